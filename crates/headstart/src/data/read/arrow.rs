//! Arrow IPC, as files (which Feather of version 2 is) and as streams.
//!
//! A stream is read from the front, and a file by the list of its parts at its end: what stands before them may be no stream,
//! as in what Polars writes. Reading is by hand: the crate `arrow-ipc` needs as much time to build as all that reads data here.
//! Source: <https://arrow.apache.org/docs/format/Columnar.html#serialization-and-interprocess-communication-ipc> and the
//! schemas `Message.fbs`, `Schema.fbs` and `File.fbs` there.

mod flat;

use std::borrow::Cow;
use std::collections::HashMap;

use half::f16;

use self::flat::Flat;
use super::cells::{Cell, Column, grow, table};
use super::gzip::read_within;
use super::{Format, unreadable};
use crate::data::DataError;
use crate::data::content::{Content, Input};
use crate::data::memory::Budget;
use crate::data::table::{self, Table};
use crate::words;

pub(super) const FORMAT: Format = Format {
    name: "Arrow",
    endings: &["arrow", "arrows", "feather", "ipc"],
    recognises: |bytes| bytes.starts_with(MARK),
    read: |input| parse(&input).map(Content::Table),
};

const MARK: &[u8] = b"ARROW1\0\0";

/// What is wrong with a file.
enum Problem {
    /// It is cut off or damaged.
    Damaged,
    /// It is what is not read.
    Unsupported(String),
    Refused(DataError),
}

impl From<DataError> for Problem {
    fn from(error: DataError) -> Self {
        Self::Refused(error)
    }
}

pub(super) fn parse(input: &Input) -> Result<Table, DataError> {
    let file = input.file.as_str();
    read(input).map_err(|problem| match problem {
        Problem::Damaged => unreadable(file, FORMAT.name, &"its parts do not fit together (is it cut off or damaged?)"),
        Problem::Unsupported(what) => DataError::content(file, what),
        Problem::Refused(error) => error,
    })
}

fn read(input: &Input) -> Result<Table, Problem> {
    let (file, budget) = (input.file.as_str(), input.budget);
    let (schema, mut messages) = open(&input.bytes)?;
    if schema.i16(0).unwrap_or(0) != 0 {
        return Err(Problem::Unsupported("its numbers are big-endian, which is not supported".to_owned()));
    }
    let fields = schema.tables(1).ok_or(Problem::Damaged)?;
    budget.take_each(file, Some(fields.len()), 512)?;
    let fields =
        fields.into_iter().map(|field| Field::read(field.ok_or(Problem::Damaged)?)).collect::<Result<Vec<_>, _>>()?;
    if fields.is_empty() {
        return Err(Problem::Unsupported("the table has no columns".to_owned()));
    }

    let mut dictionaries: HashMap<i64, Dictionary> = HashMap::new();
    let mut columns: Vec<_> = fields.iter().map(|_| Column::new(file, budget)).collect();
    // What the texts of its dictionary are in a column.
    let mut codes: Vec<Vec<Option<u32>>> = vec![Vec::new(); fields.len()];
    // The same text can be shown by many views, and is read for each.
    let mut left_to_show = (input.bytes.len() as u64).saturating_mul(SHOWN).max(1 << 26);
    let mut rows = 0_usize;
    while let Some(message) = messages.next()? {
        match message.kind {
            2 => {
                let (id, is_delta) = (message.header.i64(0).unwrap_or(0), message.header.bool(2));
                let field = fields.iter().find(|field| field.has_dictionary(id));
                let (Some(field), Some(data)) = (field, message.header.table(1)) else { return Err(Problem::Damaged) };
                let mut batch = Batch::read(input, data, message.body)?;
                let block = batch.block(&field.kind)?;
                let known = dictionaries.entry(id).or_default();
                if !is_delta {
                    *known = Dictionary::default();
                    let those = fields.iter().zip(&mut codes);
                    those.filter(|(field, _)| field.has_dictionary(id)).for_each(|(_, codes)| codes.clear());
                }
                known.push(block)?;
            }
            3 => {
                let left = budget.left();
                let mut batch = Batch::read(input, message.header, message.body)?;
                rows = rows.checked_add(batch.len).ok_or(Problem::Damaged)?;
                // Cells that are all missing take no room in the file.
                budget.take_each(file, Some(rows), 8)?;
                budget.give_back(8 * rows as u64);
                let blocks = fields.iter().map(|field| batch.block(field.stored())).collect::<Result<Vec<_>, _>>()?;
                let taken = left - budget.left();
                let nothing = Dictionary::default();
                for (((field, block), column), codes) in fields.iter().zip(&blocks).zip(&mut columns).zip(&mut codes) {
                    let dictionary = field.dictionary.as_ref().map(|(id, _)| dictionaries.get(id).unwrap_or(&nothing));
                    for row in 0..batch.len {
                        let cell = block.cell(row)?;
                        if let (Kind::Views, Cell::Text(text)) = (&block.kind, cell) {
                            left_to_show = left_to_show.checked_sub(text.len() as u64).ok_or(Problem::Damaged)?;
                        }
                        match (dictionary, cell) {
                            (Some(dictionary), Cell::Number(at, _)) => {
                                dictionary.cell_into(at, column, codes, (file, budget))?;
                            }
                            _ => column.push(cell)?,
                        }
                    }
                }
                drop(blocks);
                budget.give_back(taken);
            }
            _ => {}
        }
    }
    if rows == 0 {
        return Err(Problem::Unsupported("the file has no rows".to_owned()));
    }
    let is_passed_over: Vec<bool> = fields.iter().map(|field| matches!(field.kind, Kind::PassedOver(_))).collect();
    let names: Vec<String> = fields.into_iter().map(|field| field.name).collect();
    let mut table = table(Some(names), columns, None, None, Vec::new())?;
    for (column, _) in table.columns.iter_mut().zip(is_passed_over).filter(|(_, is_passed_over)| *is_passed_over) {
        *column = table::Column::Unread { rows, why: Passed::WHY.to_owned() };
    }
    Ok(table)
}

/// How many times as long as the file the texts of all views may be.
const SHOWN: u64 = 256;

/// The cells that a column has by their positions; they may have come in pieces.
#[derive(Default)]
struct Dictionary<'a> {
    pieces: Vec<Block<'a>>,
    /// How many cells there are up to the end of each.
    ends: Vec<usize>,
}

impl<'a> Dictionary<'a> {
    fn push(&mut self, piece: Block<'a>) -> Result<(), Problem> {
        let before = self.ends.last().copied().unwrap_or(0);
        self.ends.push(before.checked_add(piece.len).ok_or(Problem::Damaged)?);
        self.pieces.push(piece);
        Ok(())
    }

    /// Adds the cell at a position to a column. What stands for text in it is in `codes`, once it was looked up.
    fn cell_into(
        &self,
        at: f64,
        column: &mut Column,
        codes: &mut Vec<Option<u32>>,
        (file, budget): (&str, &Budget),
    ) -> Result<(), Problem> {
        if at < 0.0 {
            return Err(Problem::Damaged);
        }
        let at = at as usize;
        if let Some(Some(code)) = codes.get(at) {
            return Ok(column.push_again(*code)?);
        }
        let nth = self.ends.partition_point(|end| *end <= at);
        let piece = self.pieces.get(nth).ok_or(Problem::Damaged)?;
        let before = self.ends[nth] - piece.len;
        let Cell::Text(text) = piece.cell(at - before)? else { return Ok(column.push(piece.cell(at - before)?)?) };
        let code = column.push_text(text)?;
        // A text takes some bytes in the file, so that there are not many more positions.
        while codes.len() <= at {
            grow(file, budget, codes, None)?;
        }
        codes[at] = code;
        Ok(())
    }
}

/// The schema of a file or a stream, and the messages with its data.
fn open(bytes: &[u8]) -> Result<(Flat<'_>, Messages<'_>), Problem> {
    if !bytes.starts_with(MARK) {
        let mut rest = bytes;
        let schema = Message::read(&mut rest)?.filter(|message| message.kind == 1).ok_or(Problem::Damaged)?;
        return Ok((schema.header, Messages::Stream { rest }));
    }
    let end = bytes.strip_suffix(&MARK[..6]).and_then(<[u8]>::split_last_chunk);
    let (before, size) = end.ok_or(Problem::Damaged)?;
    let start = before.len().checked_sub(u32::from_le_bytes(*size) as usize).ok_or(Problem::Damaged)?;
    let footer = Flat::root(&before[start..]).ok_or(Problem::Damaged)?;
    let (Some(schema), Some(mut starts), Some(rows)) = (footer.table(1), footer.blocks(2), footer.blocks(3)) else {
        return Err(Problem::Damaged);
    };
    // The dictionaries first, as rows look up their cells in them.
    starts.extend(rows);
    Ok((schema, Messages::File { bytes, starts: starts.into_iter(), left: bytes.len() }))
}

/// The messages with data, one after the other.
enum Messages<'a> {
    Stream {
        rest: &'a [u8],
    },
    File {
        bytes: &'a [u8],
        /// Where in the file they begin.
        starts: std::vec::IntoIter<i64>,
        /// How long all that are to come may be together: the same one could be listed a million times.
        left: usize,
    },
}

impl<'a> Messages<'a> {
    /// The next message; none at the end.
    fn next(&mut self) -> Result<Option<Message<'a>>, Problem> {
        let (bytes, starts, left) = match self {
            Self::Stream { rest } => return Message::read(rest),
            Self::File { bytes, starts, left } => (bytes, starts, left),
        };
        let Some(start) = starts.next() else { return Ok(None) };
        let at = usize::try_from(start).ok().and_then(|start| bytes.get(start..)).ok_or(Problem::Damaged)?;
        let mut rest = at;
        let message = Message::read(&mut rest)?.ok_or(Problem::Damaged)?;
        *left = left.checked_sub(at.len() - rest.len()).ok_or(Problem::Damaged)?;
        Ok(Some(message))
    }
}

struct Message<'a> {
    /// 1: schema, 2: dictionary, 3: rows.
    kind: u8,
    header: Flat<'a>,
    body: &'a [u8],
}

impl<'a> Message<'a> {
    /// The message at the beginning of `bytes`, which then begin behind it; none at the end of a stream.
    fn read(bytes: &mut &'a [u8]) -> Result<Option<Self>, Problem> {
        let mut number = || {
            let (number, rest) = bytes.split_first_chunk()?;
            *bytes = rest;
            Some(u32::from_le_bytes(*number))
        };
        // Before version 0.15 the length came first.
        let length = match number() {
            Some(u32::MAX) => number().ok_or(Problem::Damaged)?,
            Some(length) => length,
            None => return Ok(None),
        };
        if length == 0 {
            return Ok(None);
        }
        let (head, rest) = bytes.split_at_checked(length as usize).ok_or(Problem::Damaged)?;
        let message = Flat::root(head).ok_or(Problem::Damaged)?;
        let size = usize::try_from(message.i64(3).unwrap_or(0)).map_err(|_| Problem::Damaged)?;
        let (body, rest) = rest.split_at_checked(size).ok_or(Problem::Damaged)?;
        *bytes = rest;
        let header = message.table(2).ok_or(Problem::Damaged)?;
        Ok(Some(Self { kind: message.u8(1).unwrap_or(0), header, body }))
    }
}

/// A column's name and type.
struct Field {
    name: String,
    kind: Kind,
    /// The number of the dictionary that its cells are positions in, and how those are stored.
    dictionary: Option<(i64, Kind)>,
}

/// How cells are stored.
#[derive(Clone, Debug)]
enum Kind {
    Nothing,
    /// Of so many bytes.
    Signed(usize),
    Unsigned(usize),
    Float(usize),
    Bool,
    /// Signed numbers of so many bytes, to be divided by this.
    Scaled(usize, f64),
    /// Signed numbers of so many bytes: times since 1970, in units of so many seconds, or with so many units in a second.
    Time(usize, f64, f64),
    /// With offsets of so many bytes.
    Text(usize),
    Views,
    /// Nothing that a table has in one cell.
    PassedOver(Passed),
}

/// What a column takes that is not read: its own part and those of what is nested in it.
#[derive(Clone, Copy, Debug)]
struct Passed {
    nodes: usize,
    buffers: usize,
    /// Columns of views, each with buffers of its own besides.
    views: usize,
}

impl Passed {
    /// So many fields within one another, and in all.
    const DEEPEST: usize = 32;
    const MOST: usize = 10_000;
    /// Why such columns are not read.
    const WHY: &str = "lists, other nested columns and bytes are not supported";

    /// Of a field, and what is nested in it: "Columnar Format", "Buffer Listing for Each Layout".
    /// Source: <https://arrow.apache.org/docs/format/Columnar.html>.
    fn of(field: Flat, left: &mut usize, depth: usize) -> Option<Self> {
        *left = left.checked_sub(1).filter(|_| depth < Self::DEEPEST)?;
        if field.table(4).is_some() {
            return Some(Self { nodes: 1, buffers: 2, views: 0 });
        }
        let (buffers, views) = match field.u8(2)? {
            1 | 22 => (0, 0),
            13 | 16 => (1, 0),
            2 | 3 | 6..=12 | 15 | 17 | 18 | 21 => (2, 0),
            4 | 5 | 19 | 20 | 25 | 26 => (3, 0),
            // A dense union has offsets besides.
            14 => (1 + usize::from(field.table(3)?.i16(0).unwrap_or(0) == 1), 0),
            23 | 24 => (2, 1),
            _ => return None,
        };
        let mut all = Self { nodes: 1, buffers, views };
        for nested in field.tables(5)? {
            let nested = Self::of(nested?, left, depth + 1)?;
            all.nodes += nested.nodes;
            all.buffers += nested.buffers;
            all.views += nested.views;
        }
        Some(all)
    }
}

impl Field {
    fn read(field: Flat) -> Result<Self, Problem> {
        let name = field.text(0).unwrap_or_default().to_owned();
        let known = Kind::read(field.u8(2).unwrap_or(0), field.table(3));
        let passed_over = || Passed::of(field, &mut { Passed::MOST }, 0).map(Kind::PassedOver);
        let kind = known.or_else(passed_over).ok_or_else(|| {
            let name = words::foreign(&name);
            Problem::Unsupported(format!("column \"{name}\" is of a type that is not known here: leave it out"))
        })?;
        let dictionary = field.table(4).map(|encoding| {
            // Positions are signed 32-bit numbers unless something else is said.
            let stored = encoding.table(1).map_or(Some(Kind::Signed(4)), |int| Kind::read(2, Some(int)));
            Some((encoding.i64(0).unwrap_or(0), stored?))
        });
        Ok(Self { name, kind, dictionary: dictionary.map(|known| known.ok_or(Problem::Damaged)).transpose()? })
    }

    fn has_dictionary(&self, id: i64) -> bool {
        self.dictionary.as_ref().is_some_and(|(known, _)| *known == id)
    }

    /// What its rows hold.
    fn stored(&self) -> &Kind {
        self.dictionary.as_ref().map_or(&self.kind, |(_, stored)| stored)
    }
}

impl Kind {
    fn read(kind: u8, about: Option<Flat>) -> Option<Self> {
        let bytes = |field: usize, default: i32| {
            let bits = about.as_ref().and_then(|about| about.i32(field)).unwrap_or(default);
            usize::try_from(bits).ok().filter(|bits| bits % 8 == 0).map(|bits| bits / 8)
        };
        let unit = |default: i16| about.as_ref().and_then(|about| about.i16(0)).unwrap_or(default);
        let units_of_second = |unit: i16| [1.0, 1e3, 1e6, 1e9].get(usize::try_from(unit).ok()?).copied();
        Some(match kind {
            1 => Self::Nothing,
            2 if about.as_ref()?.bool(1) => Self::Signed(bytes(0, 0).filter(|size| matches!(size, 1 | 2 | 4 | 8))?),
            2 => Self::Unsigned(bytes(0, 0).filter(|size| matches!(size, 1 | 2 | 4 | 8))?),
            3 => Self::Float(*[2, 4, 8].get(usize::try_from(unit(0)).ok()?)?),
            5 => Self::Text(4),
            6 => Self::Bool,
            7 => {
                let scale = about.as_ref()?.i32(1).unwrap_or(0);
                Self::Scaled(bytes(2, 128).filter(|size| matches!(size, 4 | 8 | 16 | 32))?, 10f64.powi(scale))
            }
            8 if unit(1) == 0 => Self::Time(4, 86_400.0, 1.0),
            8 => Self::Time(8, 1.0, 1e3),
            // Times of the day are hours, as in every format.
            9 => Self::Scaled(bytes(1, 32).filter(|size| matches!(size, 4 | 8))?, 3_600.0 * units_of_second(unit(1))?),
            10 => Self::Time(8, 1.0, units_of_second(unit(0))?),
            18 => Self::Scaled(8, units_of_second(unit(1))?),
            20 => Self::Text(8),
            24 => Self::Views,
            _ => return None,
        })
    }
}

/// Columns of some rows on their way.
struct Batch<'a> {
    file: &'a str,
    budget: &'a Budget,
    len: usize,
    body: &'a [u8],
    /// Length of each column, and what else is known of it.
    nodes: std::vec::IntoIter<(i64, i64)>,
    /// Where each part of each column lies in the body.
    buffers: std::vec::IntoIter<(i64, i64)>,
    /// How many parts each column of views has besides those that all have.
    views: std::vec::IntoIter<i64>,
    /// How parts are compressed: 0 lz4, 1 zstd.
    codec: Option<u8>,
}

impl<'a> Batch<'a> {
    fn read(input: &'a Input, header: Flat, body: &'a [u8]) -> Result<Self, Problem> {
        let len = usize::try_from(header.i64(0).unwrap_or(0)).map_err(|_| Problem::Damaged)?;
        let pairs = |field: usize| header.pairs(field).ok_or(Problem::Damaged).map(Vec::into_iter);
        let codec = header.table(3).map(|compression| compression.u8(0).unwrap_or(0));
        if codec.is_some_and(|codec| codec > 1) {
            return Err(Problem::Unsupported(
                "it is compressed by neither lz4 nor zstd, which is not supported".to_owned(),
            ));
        }
        let views = header.numbers(4).ok_or(Problem::Damaged)?.into_iter();
        let (file, budget) = (input.file.as_str(), input.budget);
        Ok(Self { file, budget, len, body, nodes: pairs(1)?, buffers: pairs(2)?, views, codec })
    }

    /// The next column.
    fn block(&mut self, kind: &Kind) -> Result<Block<'a>, Problem> {
        let (len, _) = self.nodes.next().ok_or(Problem::Damaged)?;
        let len = usize::try_from(len).ok().filter(|len| *len == self.len).ok_or(Problem::Damaged)?;
        if let Kind::PassedOver(passed) = kind {
            let mut buffers = passed.buffers;
            for _ in 0..passed.views {
                let more = self.views.next().and_then(|more| usize::try_from(more).ok()).ok_or(Problem::Damaged)?;
                buffers = buffers.checked_add(more).ok_or(Problem::Damaged)?;
            }
            if passed.nodes - 1 > self.nodes.len() || buffers > self.buffers.len() {
                return Err(Problem::Damaged);
            }
            self.nodes.by_ref().take(passed.nodes - 1).for_each(drop);
            self.buffers.by_ref().take(buffers).for_each(drop);
            return Ok(Block { kind: kind.clone(), len, parts: Vec::new() });
        }
        let parts = match kind {
            Kind::Nothing => 0,
            Kind::Text(_) => 3,
            Kind::Views => {
                let more = self.views.next().and_then(|more| usize::try_from(more).ok());
                more.and_then(|more| more.checked_add(2)).ok_or(Problem::Damaged)?
            }
            _ => 2,
        };
        if parts > 3 + self.buffers.len() {
            return Err(Problem::Damaged);
        }
        let parts = (0..parts).map(|_| self.part()).collect::<Result<_, _>>()?;
        Ok(Block { kind: kind.clone(), len, parts })
    }

    fn part(&mut self) -> Result<Cow<'a, [u8]>, Problem> {
        let (start, length) = self.buffers.next().ok_or(Problem::Damaged)?;
        let (start, length) = (usize::try_from(start), usize::try_from(length));
        let (Ok(start), Ok(length)) = (start, length) else { return Err(Problem::Damaged) };
        let part = self.body.get(start..).and_then(|rest| rest.get(..length)).ok_or(Problem::Damaged)?;
        let (Some(codec), false) = (self.codec, part.is_empty()) else { return Ok(Cow::Borrowed(part)) };
        let (size, packed) = part.split_first_chunk().ok_or(Problem::Damaged)?;
        let size = match i64::from_le_bytes(*size) {
            -1 => return Ok(Cow::Borrowed(packed)),
            size => usize::try_from(size).map_err(|_| Problem::Damaged)?,
        };
        let whole = if codec == 0 {
            read_within(lz4_flex::frame::FrameDecoder::new(packed), 0, self.file, self.budget, FORMAT.name)?
        } else {
            self.budget.take_each(self.file, Some(size), 1)?;
            zstd::bulk::decompress(packed, size).map_err(|_| Problem::Damaged)?
        };
        if whole.len() == size { Ok(Cow::Owned(whole)) } else { Err(Problem::Damaged) }
    }
}

/// The cells of a column in some rows.
struct Block<'a> {
    kind: Kind,
    len: usize,
    /// Which cells are there, a bit for each (nothing at all if all are), and what they are.
    parts: Vec<Cow<'a, [u8]>>,
}

impl Block<'_> {
    fn cell(&self, row: usize) -> Result<Cell<'_>, Problem> {
        let bit = |part: &[u8]| part.get(row / 8).map(|byte| byte >> (row % 8) & 1 == 1).ok_or(Problem::Damaged);
        let Some(there) = self.parts.first() else { return Ok(Cell::Missing) };
        if !there.is_empty() && !bit(there)? {
            return Ok(Cell::Missing);
        }
        let data = &*self.parts[1];
        Ok(match self.kind {
            Kind::Nothing | Kind::PassedOver(_) => Cell::Missing,
            Kind::Bool => Cell::whole(bit(data)?.into()),
            Kind::Signed(size) => Cell::whole(signed(data, row, size)?),
            Kind::Unsigned(size) => Cell::whole(unsigned(data, row, size)?),
            Kind::Float(size) => Cell::Number(float(data, row, size)?, false),
            Kind::Scaled(size, unit) => Cell::Number(wide(data, row, size)? / unit, false),
            Kind::Time(size, seconds, units) => Cell::Time(wide(data, row, size)? * seconds / units),
            Kind::Text(size) => {
                let (start, end) = (unsigned(data, row, size)?, unsigned(data, row + 1, size)?);
                text(&self.parts[2], start, end)?
            }
            Kind::Views => self.view(data, row)?,
        })
    }

    /// Up to twelve bytes of text are in the view itself, others in one of the parts.
    fn view(&self, views: &[u8], row: usize) -> Result<Cell<'_>, Problem> {
        let at = |nth: usize| unsigned(views, 4 * row + nth, 4);
        let length = at(0)?;
        if length <= 12 {
            let start = 16 * row as i128 + 4;
            return text(&self.parts[1], start, start + length);
        }
        let part =
            usize::try_from(at(2)?).ok().and_then(|part| self.parts.get(2..)?.get(part)).ok_or(Problem::Damaged)?;
        let start = at(3)?;
        text(part, start, start + length)
    }
}

/// The bytes of a number.
fn number(data: &[u8], row: usize, size: usize) -> Result<&[u8], Problem> {
    let start = row.checked_mul(size).ok_or(Problem::Damaged)?;
    data.get(start..).and_then(|rest| rest.get(..size)).ok_or(Problem::Damaged)
}

fn unsigned(data: &[u8], row: usize, size: usize) -> Result<i128, Problem> {
    Ok(number(data, row, size)?.iter().rev().fold(0, |value, &byte| value << 8 | i128::from(byte)))
}

fn signed(data: &[u8], row: usize, size: usize) -> Result<i128, Problem> {
    let unused = 128 - 8 * size as u32;
    Ok(unsigned(data, row, size)? << unused >> unused)
}

/// A signed number, as the nearest float64, of up to 256 bits.
fn wide(data: &[u8], row: usize, size: usize) -> Result<f64, Problem> {
    if size <= 16 {
        return Ok(signed(data, row, size)? as f64);
    }
    let (low, high) = (unsigned(data, 2 * row, 16)?, signed(data, 2 * row + 1, 16)?);
    // Most fit into the lower half, whose sign is then all that is in the other.
    let fits = high == low >> 127;
    Ok(if fits { low as f64 } else { high as f64 * 2f64.powi(128) + low.cast_unsigned() as f64 })
}

fn float(data: &[u8], row: usize, size: usize) -> Result<f64, Problem> {
    let bits = unsigned(data, row, size)?;
    Ok(match size {
        2 => f16::from_bits(bits as u16).to_f64(),
        4 => f64::from(f32::from_bits(bits as u32)),
        _ => f64::from_bits(bits as u64),
    })
}

fn text(data: &[u8], start: i128, end: i128) -> Result<Cell<'_>, Problem> {
    let range = usize::try_from(start).ok().zip(usize::try_from(end).ok());
    let bytes = range.and_then(|(start, end)| data.get(start..end)).ok_or(Problem::Damaged)?;
    std::str::from_utf8(bytes).map(Cell::of).map_err(|_| Problem::Damaged)
}

#[cfg(test)]
pub(super) mod tests;
