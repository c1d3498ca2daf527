//! Files that are read, as far as there is room for them.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::Path;
use thiserror::Error;

/// Why a file was not read: a sentence to stand behind its name.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Unread {
    /// A folder.
    #[error("it is a folder, not a file: name the file in it")]
    Folder,
    /// A named pipe. Whoever opens one waits for as long as nobody writes into it, without a word.
    #[error("it is a named pipe, and this would wait until somebody writes into it: give a file, or /dev/stdin")]
    Pipe,
    /// A socket.
    #[error("it is a socket, not a file")]
    Socket,
    /// It has more bytes than may be read, or no end.
    #[error("it is larger than the {limit} bytes that it may have")]
    TooLarge {
        /// Its size, where it has one: a device or a pipe has none.
        size: Option<u64>,
        /// The bytes allowed.
        limit: u64,
    },
    /// The operating system would not have it.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Reads a whole file of at most `limit` bytes: memory grows with what comes, and no further than that, whatever a file says
/// of its size and however long a device or a pipe goes on.
///
/// Pipes that are open already (the standard input, `<(command)` of a shell) are read; named ones are refused.
///
/// # Errors
/// If it is no file, is too large, or cannot be read.
pub fn read_at_most(path: &Path, limit: u64) -> Result<Vec<u8>, Unread> {
    let about = std::fs::metadata(path)?;
    if about.is_dir() {
        return Err(Unread::Folder);
    }
    if about.is_file() && about.len() > limit {
        return Err(Unread::TooLarge { size: Some(about.len()), limit });
    }
    refuse_what_waits(&about)?;
    let file = File::open(path)?;
    let size = if about.is_file() { about.len() } else { 0 };
    if let Some(bytes) = usize::try_from(size).ok().and_then(|size| read_pieces(&file, size)) {
        return Ok(bytes);
    }
    read_stream(file, size, limit)
}

/// A large file of a known size, in pieces on all cores: making room takes as long as reading. None if it is small, not of that
/// size any more, or cannot be read so.
#[cfg(unix)]
fn read_pieces(file: &File, size: usize) -> Option<Vec<u8>> {
    use super::zeros;
    use rayon::prelude::*;
    use std::os::unix::fs::FileExt;
    const PIECE: usize = 1 << 22;
    if size < 2 * PIECE {
        return None;
    }
    // Zeroed memory is not touched before a piece is read into it, but there is no asking for it that may fail: so that is tried.
    Vec::<u8>::new().try_reserve_exact(size).ok()?;
    let mut bytes = zeros(size);
    let read = |(i, piece): (usize, &mut [u8])| file.read_exact_at(piece, (i * PIECE) as u64);
    bytes.par_chunks_mut(PIECE).enumerate().try_for_each(read).ok()?;
    // It may have grown since.
    matches!(file.read_at(&mut [0], size as u64), Ok(0)).then_some(bytes)
}

#[cfg(not(unix))]
fn read_pieces(_: &File, _: usize) -> Option<Vec<u8>> {
    None
}

/// The same for anything that can be read; `expected` is what it is said to have, if anything.
///
/// # Errors
/// If it is too large or cannot be read.
pub(crate) fn read_stream(mut source: impl Read, expected: u64, limit: u64) -> Result<Vec<u8>, Unread> {
    const FIRST: u64 = 1 << 16;
    let mut bytes = Vec::new();
    // One more than there may be, to notice that there are more.
    let most = limit.saturating_add(1);
    let mut step = expected.saturating_add(1).clamp(FIRST, most.max(FIRST));
    loop {
        let left = most - bytes.len() as u64;
        let room = step.min(left);
        let more = usize::try_from(room).map_err(|_| io::ErrorKind::OutOfMemory)?;
        bytes.try_reserve_exact(more).map_err(|_| io::ErrorKind::OutOfMemory)?;
        let came = source.by_ref().take(room).read_to_end(&mut bytes)? as u64;
        if bytes.len() as u64 > limit {
            return Err(Unread::TooLarge { size: None, limit });
        }
        if came < room {
            return Ok(bytes);
        }
        step = bytes.len() as u64;
    }
}

impl From<io::ErrorKind> for Unread {
    fn from(kind: io::ErrorKind) -> Self {
        Self::Io(kind.into())
    }
}

#[cfg(unix)]
pub(super) fn refuse_what_waits(about: &Metadata) -> Result<(), Unread> {
    use std::os::unix::fs::{FileTypeExt, MetadataExt};
    let kind = about.file_type();
    if kind.is_socket() {
        return Err(Unread::Socket);
    }
    // What a shell has opened for us is one of our own descriptors.
    let same = |other: Metadata| (other.dev(), other.ino()) == (about.dev(), about.ino());
    let is_open = || {
        let mut own = std::fs::read_dir("/dev/fd").into_iter().flatten().flatten();
        own.any(|own| std::fs::metadata(own.path()).is_ok_and(same))
    };
    if kind.is_fifo() && !is_open() { Err(Unread::Pipe) } else { Ok(()) }
}

#[cfg(not(unix))]
pub(super) fn refuse_what_waits(_: &Metadata) -> Result<(), Unread> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_read_than_may_be() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, [7; 100]).unwrap();
        assert_eq!(read_at_most(&path, 100).unwrap(), [7; 100]);
        assert!(matches!(read_at_most(&path, 99), Err(Unread::TooLarge { size: Some(100), limit: 99 })));
        assert!(matches!(read_at_most(folder.path(), 99), Err(Unread::Folder)));
        assert!(matches!(read_at_most(&folder.path().join("b"), 99), Err(Unread::Io(_))));
    }

    #[test]
    fn what_has_no_end_is_read_to_the_limit() {
        let endless = read_stream(io::repeat(1), 0, 1_000_000);
        assert!(matches!(endless, Err(Unread::TooLarge { size: None, limit: 1_000_000 })));
        let long = read_stream(io::repeat(1).take(1_000_000), 3, 1_000_000).unwrap();
        assert_eq!((long.len(), long.capacity() <= 1_000_001), (1_000_000, true));
        assert_eq!(
            read_stream(io::empty(), u64::MAX, u64::MAX - 1).map_err(|e| e.to_string()).unwrap_err(),
            "out of memory"
        );
        assert!(read_stream(io::empty(), 0, 0).unwrap().is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn a_named_pipe_is_refused_and_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        assert!(matches!(read_at_most(&path, 99), Err(Unread::Pipe)));
        let socket = folder.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        assert!(matches!(read_at_most(&socket, 99), Err(Unread::Socket)));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_pipe_that_is_open_already_is_read() {
        use std::io::Write;
        use std::os::fd::AsRawFd;
        let (reader, mut writer) = io::pipe().unwrap();
        writer.write_all(b"1,2\n").unwrap();
        drop(writer);
        let path = format!("/dev/fd/{}", reader.as_raw_fd());
        assert_eq!(read_at_most(Path::new(&path), 99).unwrap(), b"1,2\n");
    }
}
