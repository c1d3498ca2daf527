//! Files of `torch.save`: a ZIP archive of a pickle, which says what tensors there are, and of the numbers they have.
//!
//! Nothing in a file is run: see [`super::pickle`].

use super::Number;
use super::pickle::{Layout, Pickle, Value};
use super::tensor::{Content, Tensor, Tensors, insert};
use super::zipped::Zipped;
use crate::data::memory::{Budget, elements};
use crate::words::foreign;
use std::borrow::Cow;
use std::collections::HashMap;

/// Names of tensors, and of what a checkpoint has besides, take less than this.
const PICKLE: u64 = 4_000_000;

/// What checkpoints call the tensors of the network, where they have those of others, too.
const NETWORK: [&str; 4] = ["model_state_dict", "state_dict", "model", "net"];

/// What to do with a file of before version 1.6.
pub(super) const LEGACY: &str = "it is a pickle, as PyTorch wrote before version 1.6 or other programs of Python do: load it there, and \
     save it by safetensors.torch.save_file(model.state_dict(), \"weights.safetensors\") or by today's torch.save";

/// Whether bytes begin a pickle that is not within a ZIP archive.
pub(super) fn is_legacy(bytes: &[u8]) -> bool {
    // The length that begins a safetensors file can be these two bytes and zeros.
    matches!(bytes, [0x80, 2..=5, rest @ ..] if rest.iter().take(6).any(|byte| *byte != 0))
}

/// The name of the pickle in an archive of `PyTorch`'s.
pub(super) fn pickle_in(zip: &Zipped) -> Option<String> {
    zip.names().into_iter().find(|name| name == "data.pkl" || name.ends_with("/data.pkl"))
}

/// The tensors of a file: of a dictionary of tensors, or of the one that a checkpoint has in it.
pub(super) fn tensors<'a>(zip: Zipped<'a>, pickle: &str, budget: &Budget) -> Result<Tensors<'a>, String> {
    read(zip, pickle, budget, |_, _| None)
}

/// The same with numbers that lie in the archive as a tensor has them left where they are: checksums are not looked at.
pub(super) fn lent<'a>(zip: Zipped<'a>, pickle: &str, budget: &Budget) -> Result<Tensors<'a>, String> {
    read(zip, pickle, budget, Zipped::stored)
}

fn read<'a>(
    mut zip: Zipped<'a>,
    pickle: &str,
    budget: &Budget,
    stored: impl Fn(&mut Zipped<'a>, &str) -> Option<&'a [u8]>,
) -> Result<Tensors<'a>, String> {
    let folder = pickle.strip_suffix("data.pkl").unwrap_or_default().to_owned();
    let names = zip.names();
    if names.iter().any(|name| *name == format!("{folder}constants.pkl")) {
        return Err("it is a program of TorchScript and not a file of tensors: save model.state_dict()".to_owned());
    }
    let byte_order = format!("{folder}byteorder");
    if names.contains(&byte_order) && zip.read(&byte_order, 100, budget)? != b"little" {
        return Err(
            "its numbers have their largest byte first: save it again by safetensors.torch.save_file".to_owned()
        );
    }
    let bytes = zip.read(pickle, PICKLE, budget)?;
    let pickle = Pickle::read(&bytes, budget)?;
    let mut storages = HashMap::new();
    let mut all = Tensors::new();
    for (name, value) in pickle.entries(network(&pickle)?) {
        let Value::Tensor(tensor) = value else { continue };
        let layout = pickle.layout(tensor)?;
        let content = match number(layout.of) {
            Some(number) => {
                if !storages.contains_key(layout.key) {
                    let storage = format!("{folder}data/{}", layout.key);
                    let bytes = match stored(&mut zip, &storage) {
                        Some(bytes) => Cow::Borrowed(bytes),
                        None => Cow::Owned(zip.read(&storage, u64::MAX, budget)?),
                    };
                    storages.insert(layout.key.to_owned(), bytes);
                }
                match &storages[layout.key] {
                    Cow::Borrowed(storage) if layout.is_in_order() => {
                        Content::Bytes(number, in_order(name, &layout, number, storage)?)
                    }
                    storage => Content::Numbers(numbers(name, &layout, number, storage, budget)?),
                }
            }
            None => Content::Other(layout.of.to_owned()),
        };
        insert(&mut all, Tensor { name: name.to_owned(), shape: layout.shape, content })?;
    }
    Ok(all)
}

fn number(of: &str) -> Option<Number> {
    match of {
        "Float" => Some(Number::F32),
        "Double" => Some(Number::F64),
        "Half" => Some(Number::F16),
        "BFloat16" => Some(Number::Bf16),
        _ => None,
    }
}

/// The dictionary of the network's tensors.
fn network(pickle: &Pickle) -> Result<&Value, String> {
    let has_tensors = |value: &Value| pickle.entries(value).any(|(_, value)| matches!(value, Value::Tensor(_)));
    if has_tensors(pickle.top()) {
        return Ok(pickle.top());
    }
    let within: Vec<(&str, &Value)> = pickle.entries(pickle.top()).filter(|(_, value)| has_tensors(value)).collect();
    let named = NETWORK.iter().find_map(|name| within.iter().find(|(key, _)| key == name));
    match (named, within.as_slice()) {
        (Some((_, value)), _) | (None, [(_, value)]) => Ok(value),
        (None, []) => Err("there are no tensors in it: save model.state_dict()".to_owned()),
        (None, several) => {
            let names: Vec<String> = several.iter().take(6).map(|(key, _)| foreign(key)).collect();
            Err(format!("it has tensors under several names ({}): save those of one network alone", names.join(", ")))
        }
    }
}

fn outside(name: &str) -> String {
    format!("{} lies outside of its storage (is the file damaged?)", foreign(name))
}

/// The bytes of a tensor whose numbers lie one after the other.
fn in_order<'a>(name: &str, layout: &Layout, number: Number, storage: &'a [u8]) -> Result<&'a [u8], String> {
    let range = || {
        let begin = layout.offset.checked_mul(number.size())?;
        storage.get(begin..begin.checked_add(elements(&layout.shape)?.checked_mul(number.size())?)?)
    };
    range().ok_or_else(|| outside(name))
}

/// The numbers of a tensor, the last axis running fastest.
fn numbers(name: &str, layout: &Layout, number: Number, storage: &[u8], budget: &Budget) -> Result<Vec<f64>, String> {
    let size = number.size();
    let outside = || outside(name);
    budget.take_shape(&foreign(name), &layout.shape).map_err(|error| error.to_string())?;
    let count = elements(&layout.shape).ok_or_else(outside)?;
    if count == 0 {
        return Ok(Vec::new());
    }
    let last = layout
        .shape
        .iter()
        .zip(&layout.strides)
        .try_fold(layout.offset, |at, (length, stride)| at.checked_add((length - 1).checked_mul(*stride)?));
    if last.is_none_or(|last| last >= storage.len() / size) {
        return Err(outside());
    }
    let mut numbers = Vec::with_capacity(count);
    let mut at = vec![0; layout.shape.len()];
    for _ in 0..count {
        let place = layout.offset + at.iter().zip(&layout.strides).map(|(at, stride)| at * stride).sum::<usize>();
        numbers.extend(number.read(&storage[place * size..(place + 1) * size]));
        for (at, length) in at.iter_mut().zip(&layout.shape).rev() {
            *at += 1;
            if *at < *length {
                break;
            }
            *at = 0;
        }
    }
    Ok(numbers)
}
