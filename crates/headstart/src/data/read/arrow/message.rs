//! The messages of a file or a stream, one after the other.

use super::flat::Flat;
use super::problem::Problem;

pub const MARK: &[u8] = b"ARROW1\0\0";

/// The schema of a file or a stream, and the messages with its data.
pub fn open(bytes: &[u8]) -> Result<(Flat<'_>, Messages<'_>), Problem> {
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
pub enum Messages<'a> {
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
    pub fn next(&mut self) -> Result<Option<Message<'a>>, Problem> {
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

pub struct Message<'a> {
    /// 1: schema, 2: dictionary, 3: rows.
    pub kind: u8,
    pub header: Flat<'a>,
    pub body: &'a [u8],
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
