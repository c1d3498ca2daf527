//! The part of Python's pickle format that a `PyTorch` file of tensors needs, taken apart and never run.
//!
//! A pickle is a program for a stack machine that can call anything there is. Here a name of something to be called is looked up
//! in a list of six things, each of which only says how a tensor lies in the file, and any other is an error.
//! Source: `Lib/pickletools.py` of `CPython`, `torch/serialization.py` and `torch/_utils.py` of `PyTorch` 2.

use crate::data::memory::Budget;
use crate::words::{foreign, in_a_line};
use std::collections::HashMap;

/// The place of a value among all of a pickle. Values are many and refer to one another, also in circles.
type Place = usize;

/// What a pickle is made of. Nothing is copied that is larger than a place: an instruction can be repeated at three bytes each.
#[derive(Debug)]
pub(super) enum Value {
    /// A whole number.
    Whole(i64),
    /// Text.
    Text(String),
    /// Values one after the other: a tuple or a list.
    Sequence(Vec<Place>),
    /// Keys and values, in their order.
    Dict(Vec<(Place, Place)>),
    /// A storage in a file of its own.
    Storage(Storage),
    /// A tensor.
    Tensor(Tensor),
    /// Something to be called.
    Callable(Callable),
    /// A type of storages, by `PyTorch`'s name of the type of its numbers.
    Type(&'static str),
    /// None, truth values and other numbers: of no matter here.
    Other,
}

/// Numbers of one type, one after the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Storage {
    /// `Float`, `Double`, ...
    of: &'static str,
    key: Place,
}

/// Where in a storage a tensor's numbers lie.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tensor {
    storage: Storage,
    offset: Place,
    shape: Place,
    strides: Place,
}

/// The same, looked up.
#[derive(Debug)]
pub(super) struct Layout<'a> {
    /// `Float`, `Double`, ...
    pub of: &'static str,
    /// The name of the storage's file.
    pub key: &'a str,
    pub offset: usize,
    pub shape: Vec<usize>,
    /// As many as there are axes.
    pub strides: Vec<usize>,
}

impl Layout<'_> {
    /// Whether the numbers lie one after the other, the last axis running fastest.
    pub fn is_in_order(&self) -> bool {
        let mut next = Some(1_usize);
        self.shape.iter().zip(&self.strides).rev().all(|(length, stride)| {
            let fits = *length == 1 || Some(*stride) == next;
            next = next.and_then(|next| next.checked_mul(*length));
            fits
        })
    }
}

/// What may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Callable {
    OrderedDict,
    RebuildTensor,
    RebuildParameter,
}

/// Tensors of more axes than this are no weights.
const AXES: usize = 16;

/// The types of storages.
const TYPES: [&str; 10] = ["Float", "Double", "Half", "BFloat16", "Long", "Int", "Short", "Char", "Byte", "Bool"];

/// A pickle that was taken apart.
pub(super) struct Pickle {
    values: Vec<Value>,
    top: Place,
}

impl Pickle {
    /// Takes a pickle apart.
    ///
    /// # Errors
    /// If it is damaged, takes more memory than there is, or has something in it that is not of tensors.
    pub fn read(bytes: &[u8], budget: &Budget) -> Result<Self, String> {
        let mut machine = Machine {
            rest: bytes,
            budget,
            values: Vec::new(),
            stack: Vec::new(),
            marks: Vec::new(),
            memo: HashMap::new(),
        };
        loop {
            if let Some(top) = machine.step()? {
                return Ok(Self { values: machine.values, top });
            }
        }
    }

    /// The value at a place.
    pub fn at(&self, place: Place) -> &Value {
        &self.values[place]
    }

    /// What was pickled.
    pub fn top(&self) -> &Value {
        self.at(self.top)
    }

    /// Where a tensor's numbers are.
    pub fn layout(&self, tensor: &Tensor) -> Result<Layout<'_>, String> {
        let whole = |place: Place| match self.at(place) {
            Value::Whole(number) => usize::try_from(*number).ok(),
            _ => None,
        };
        let all = |place: Place| match self.at(place) {
            Value::Sequence(items) if items.len() <= AXES => items.iter().map(|&item| whole(item)).collect(),
            _ => None,
        };
        let layout = || {
            let Value::Text(key) = self.at(tensor.storage.key) else { return None };
            let (shape, strides): (Vec<usize>, Vec<usize>) = (all(tensor.shape)?, all(tensor.strides)?);
            let layout = Layout { of: tensor.storage.of, key, offset: whole(tensor.offset)?, shape, strides };
            (layout.shape.len() == layout.strides.len()).then_some(layout)
        };
        layout().ok_or_else(|| DAMAGED.to_owned())
    }

    /// Keys that are text, with what they stand for.
    pub fn entries<'a>(&'a self, dict: &'a Value) -> impl Iterator<Item = (&'a str, &'a Value)> {
        let entries = if let Value::Dict(entries) = dict { entries.as_slice() } else { &[] };
        entries.iter().filter_map(|&(key, value)| match self.at(key) {
            Value::Text(key) => Some((key.as_str(), self.at(value))),
            _ => None,
        })
    }
}

struct Machine<'a> {
    rest: &'a [u8],
    budget: &'a Budget,
    values: Vec<Value>,
    stack: Vec<Place>,
    /// The heights of the stack where something began.
    marks: Vec<usize>,
    memo: HashMap<u32, Place>,
}

const DAMAGED: &str = "its pickle (data.pkl) is damaged or cut off";

impl<'a> Machine<'a> {
    /// Takes one instruction; gives what is on the stack at the end.
    fn step(&mut self) -> Result<Option<Place>, String> {
        match self.byte()? {
            // PROTO, FRAME
            0x80 => drop(self.byte()?),
            0x95 => drop(self.take(8)?),
            b'.' => return self.pop().map(Some),
            b'(' => {
                self.room(size_of::<usize>())?;
                self.marks.push(self.stack.len());
            }
            b'0' => drop(self.pop()?),
            b't' => {
                let items = self.since_mark()?;
                self.push(Value::Sequence(items))?;
            }
            count @ 0x85..=0x87 => {
                let begin = self.stack.len().checked_sub(usize::from(count - 0x84)).ok_or(DAMAGED)?;
                let items = self.stack.split_off(begin);
                self.push(Value::Sequence(items))?;
            }
            b'a' => {
                let item = self.pop()?;
                self.append(vec![item])?;
            }
            b'e' => {
                let items = self.since_mark()?;
                self.append(items)?;
            }
            b's' => {
                let value = self.pop()?;
                let key = self.pop()?;
                self.set(&[key, value])?;
            }
            b'u' => {
                let items = self.since_mark()?;
                self.set(&items)?;
            }
            b'q' => {
                let number = self.byte()?;
                self.remember(number.into())?;
            }
            b'r' => {
                let number = u32::from_le_bytes(self.array()?);
                self.remember(number)?;
            }
            0x94 => self.remember(self.memo.len() as u32)?,
            b'h' => {
                let number = self.byte()?;
                self.recall(number.into())?;
            }
            b'j' => {
                let number = u32::from_le_bytes(self.array()?);
                self.recall(number)?;
            }
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                self.push(known(module, name)?)?;
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                let (Value::Text(module), Value::Text(name)) = (&self.values[module], &self.values[name]) else {
                    return Err(DAMAGED.to_owned());
                };
                let known = known(module, name)?;
                self.push(known)?;
            }
            b'Q' => self.storage()?,
            b'R' => self.call()?,
            b'b' => {
                // What an ordered dictionary of tensors knows besides: the versions of its modules.
                self.pop()?;
                let object = *self.stack.last().ok_or(DAMAGED)?;
                if !matches!(self.values[object], Value::Dict(_)) {
                    return Err("its pickle (data.pkl) sets the state of something that is not a dictionary".to_owned());
                }
            }
            other => self.literal(other)?,
        }
        Ok(None)
    }

    /// Takes an instruction that pushes something that stands there.
    fn literal(&mut self, instruction: u8) -> Result<(), String> {
        match instruction {
            b'N' | 0x88 | 0x89 => self.push(Value::Other),
            b'K' => {
                let value = self.byte()?;
                self.push(Value::Whole(value.into()))
            }
            b'M' => {
                let value = u16::from_le_bytes(self.array()?);
                self.push(Value::Whole(value.into()))
            }
            b'J' => {
                let value = i32::from_le_bytes(self.array()?);
                self.push(Value::Whole(value.into()))
            }
            0x8a => self.long(),
            b'G' => {
                self.take(8)?;
                self.push(Value::Other)
            }
            b'X' => {
                let length = u32::from_le_bytes(self.array()?);
                self.text(length as usize)
            }
            0x8c => {
                let length = self.byte()?;
                self.text(length.into())
            }
            b'}' => self.push(Value::Dict(Vec::new())),
            b']' | b')' => self.push(Value::Sequence(Vec::new())),
            other => Err(format!("its pickle (data.pkl) has an instruction (0x{other:02x}) that tensors do not need")),
        }
    }

    fn byte(&mut self) -> Result<u8, String> {
        Ok(self.take(1)?[0])
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], String> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(DAMAGED)?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        Ok(self.take(N)?.try_into().expect("as many as were asked for"))
    }

    fn line(&mut self) -> Result<&'a str, String> {
        let end = memchr::memchr(b'\n', self.rest).ok_or(DAMAGED)?;
        let line = self.take(end)?;
        self.byte()?;
        std::str::from_utf8(line).map_err(|_| DAMAGED.to_owned())
    }

    fn text(&mut self, length: usize) -> Result<(), String> {
        let text = std::str::from_utf8(self.take(length)?).map_err(|_| DAMAGED)?.to_owned();
        self.push(Value::Text(text))
    }

    /// A whole number of any length; those that matter have at most eight bytes.
    fn long(&mut self) -> Result<(), String> {
        let length = self.byte()?.into();
        let bytes = self.take(length)?;
        let sign = if bytes.last().is_some_and(|last| last & 0x80 != 0) { 0xff } else { 0 };
        let mut number = [sign; 8];
        let Some(room) = number.get_mut(..length) else { return self.push(Value::Other) };
        room.copy_from_slice(bytes);
        self.push(Value::Whole(i64::from_le_bytes(number)))
    }

    fn push(&mut self, value: Value) -> Result<(), String> {
        // Its place in the list and on the stack.
        self.room(size_of::<Value>() + size_of::<Place>())?;
        self.stack.push(self.values.len());
        self.values.push(value);
        Ok(())
    }

    fn pop(&mut self) -> Result<Place, String> {
        self.stack.pop().ok_or_else(|| DAMAGED.to_owned())
    }

    fn since_mark(&mut self) -> Result<Vec<Place>, String> {
        let begin = self.marks.pop().filter(|begin| *begin <= self.stack.len()).ok_or(DAMAGED)?;
        Ok(self.stack.split_off(begin))
    }

    fn append(&mut self, items: Vec<Place>) -> Result<(), String> {
        let list = *self.stack.last().ok_or(DAMAGED)?;
        let Value::Sequence(all) = &mut self.values[list] else { return Err(DAMAGED.to_owned()) };
        all.extend(items);
        Ok(())
    }

    fn set(&mut self, items: &[Place]) -> Result<(), String> {
        let dict = *self.stack.last().ok_or(DAMAGED)?;
        let (pairs, []) = items.as_chunks() else { return Err(DAMAGED.to_owned()) };
        let Value::Dict(all) = &mut self.values[dict] else { return Err(DAMAGED.to_owned()) };
        all.extend(pairs.iter().map(|&[key, value]| (key, value)));
        Ok(())
    }

    /// Takes the room of something small, with what lists keep free.
    fn room(&self, bytes: usize) -> Result<(), String> {
        self.budget.take("its pickle (data.pkl)", Some(2 * bytes as u64)).map_err(|error| error.to_string())
    }

    fn remember(&mut self, number: u32) -> Result<(), String> {
        if !self.memo.contains_key(&number) {
            self.room(2 * size_of::<(u32, Place)>())?;
        }
        let place = *self.stack.last().ok_or(DAMAGED)?;
        self.memo.insert(number, place);
        Ok(())
    }

    fn recall(&mut self, number: u32) -> Result<(), String> {
        let place = *self.memo.get(&number).ok_or(DAMAGED)?;
        self.room(size_of::<Place>())?;
        self.stack.push(place);
        Ok(())
    }

    /// `("storage", type, key, device, count)`
    fn storage(&mut self) -> Result<(), String> {
        let id = self.pop()?;
        let storage = match self.sequence(id) {
            [kind, of, key, _, _] if matches!(&self.values[*kind], Value::Text(kind) if kind == "storage") => {
                match (&self.values[*of], &self.values[*key]) {
                    (Value::Type(of), Value::Text(_)) => Some(Storage { of, key: *key }),
                    _ => None,
                }
            }
            _ => None,
        };
        self.push(Value::Storage(
            storage.ok_or("its pickle (data.pkl) refers to something that is no storage of numbers")?,
        ))
    }

    fn sequence(&self, place: Place) -> &[Place] {
        if let Value::Sequence(items) = &self.values[place] { items } else { &[] }
    }

    fn call(&mut self) -> Result<(), String> {
        let arguments = self.pop()?;
        let callable = self.pop()?;
        let Value::Callable(callable) = self.values[callable] else { return Err(DAMAGED.to_owned()) };
        let arguments = self.sequence(arguments);
        let value = match (callable, arguments) {
            (Callable::OrderedDict, []) => Some(Value::Dict(Vec::new())),
            (Callable::RebuildParameter, [tensor, ..]) => match self.values[*tensor] {
                Value::Tensor(tensor) => Some(Value::Tensor(tensor)),
                _ => None,
            },
            (Callable::RebuildTensor, &[storage, offset, shape, strides, ..]) => match self.values[storage] {
                Value::Storage(storage) => Some(Value::Tensor(Tensor { storage, offset, shape, strides })),
                _ => None,
            },
            _ => None,
        };
        self.push(value.ok_or(DAMAGED)?)
    }
}

/// What a name stands for.
fn known(module: &str, name: &str) -> Result<Value, String> {
    Ok(match (module, name) {
        ("collections", "OrderedDict") => Value::Callable(Callable::OrderedDict),
        ("torch._utils", "_rebuild_tensor_v2") => Value::Callable(Callable::RebuildTensor),
        ("torch._utils", "_rebuild_parameter") => Value::Callable(Callable::RebuildParameter),
        ("torch", name) => {
            let of = name.strip_suffix("Storage").and_then(|of| TYPES.into_iter().find(|known| *known == of));
            Value::Type(of.ok_or_else(|| unknown(module, name))?)
        }
        _ => return Err(unknown(module, name)),
    })
}

fn unknown(module: &str, name: &str) -> String {
    format!(
        "it has a {}.{} in it, which only Python could make, and nothing in a file is run here: give the tensors alone, as \
         safetensors.torch.save_file(model.state_dict(), \"weights.safetensors\") writes them",
        in_a_line(&foreign(module)),
        in_a_line(&foreign(name))
    )
}
