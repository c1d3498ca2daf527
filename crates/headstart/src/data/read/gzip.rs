//! Gzip around any other format.

use std::io::{self, Read};

use flate2::read::MultiGzDecoder;

use super::{FORMATS, unreadable};
use crate::data::DataError;
use crate::data::memory::Budget;
use crate::io::{Unread, read_stream};

/// Whether bytes begin like a gzip file.
pub(super) fn recognises(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

/// More blanks or zeros than this in a row are in no text.
const BLANK: usize = 1 << 24;

/// Decompresses, and stops where the budget ends, or where a text is nothing but blank: what a file claims about its size is not
/// trusted.
pub(super) fn decompress(file: &str, bytes: &[u8], budget: &Budget) -> Result<Vec<u8>, DataError> {
    const HEAD: u64 = 1 << 16;
    let mut source = MultiGzDecoder::new(bytes);
    let mut head = Vec::new();
    source.by_ref().take(HEAD).read_to_end(&mut head).map_err(|error| unreadable(file, "gzip", &error))?;
    let is_binary = FORMATS.iter().any(|format| (format.recognises)(&head));
    let most = if is_binary { usize::MAX } else { BLANK };
    let source = Dense { source: head.chain(source), blank: 0, most };
    let content = read_within(source, 0, file, budget, "gzip")?;
    if content.is_empty() {
        return Err(DataError::content(file, "the file is empty once decompressed"));
    }
    Ok(content)
}

/// A source that ends with an error where it has nothing but blanks or zeros for long.
struct Dense<R> {
    source: R,
    /// How many of those came last, as far as whole pieces of them are concerned.
    blank: usize,
    most: usize,
}

impl<R: Read> Read for Dense<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(buffer)?;
        let is_blank = buffer[..count].iter().all(|&byte| byte == 0 || byte.is_ascii_whitespace());
        self.blank = if is_blank { self.blank.saturating_add(count) } else { 0 };
        if self.blank > self.most {
            let problem = format!("there are more than {} blanks or zeros in a row: is this a table?", self.most);
            return Err(io::Error::other(problem));
        }
        Ok(count)
    }
}

/// Reads to the end, or to an error where that would take more than the budget; `expected` is what it is said to have.
pub(super) fn read_within(
    source: impl Read,
    expected: u64,
    file: &str,
    budget: &Budget,
    format: &'static str,
) -> Result<Vec<u8>, DataError> {
    let content = read_stream(source, expected, budget.left()).map_err(|unread| match unread {
        // As a whole, and not only what is left of it.
        Unread::TooLarge { .. } => budget.take(file, None).err().unwrap_or(DataError::content(file, "it is too large")),
        Unread::Io(error) => unreadable(file, format, &error),
        other => unreadable(file, format, &other),
    })?;
    budget.take(file, Some(content.len() as u64))?;
    Ok(content)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    #[test]
    fn a_bomb_is_refused_at_the_budget() {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        for _ in 0..100 {
            encoder.write_all(&vec![0; 100_000]).unwrap();
        }
        let bomb = encoder.finish().unwrap();
        assert!(bomb.len() < 20_000);
        let error = decompress("bomb.gz", &bomb, &Budget::of(1_000_000)).unwrap_err();
        assert!(matches!(error, DataError::TooLarge { .. }), "{error}");
        assert_eq!(decompress("bomb.gz", &bomb, &Budget::of(10_000_000)).unwrap().len(), 10_000_000);
    }

    #[test]
    fn a_text_of_nothing_is_refused_before_there_is_no_room() {
        let compressed = |head: &[u8], byte: u8| {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(head).unwrap();
            for _ in 0..300 {
                encoder.write_all(&[byte; 100_000]).unwrap();
            }
            encoder.finish().unwrap()
        };
        let budget = || Budget::of(100_000_000);
        for (head, byte) in [(b"".as_slice(), 0), (b"", b'\n'), (b"a,b\n1,2\n", b'\n'), (b"a,b\n1,2\n", b' ')] {
            let error = decompress("bomb.csv.gz", &compressed(head, byte), &budget()).unwrap_err().to_string();
            assert!(error.contains("more than 16777216 blanks or zeros in a row"), "{error}");
        }
        // Numbers may be zero for long, and text may be long.
        for (head, byte) in [(b"\x93NUMPY".as_slice(), 0), (b"a,b\n", b'1')] {
            let whole = decompress("a.gz", &compressed(head, byte), &budget()).unwrap();
            assert_eq!((whole.len(), &whole[..head.len()]), (30_000_000 + head.len(), head));
        }
    }

    #[test]
    fn cut_off_is_an_error() {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(b"1,2\n3,4\n").unwrap();
        let whole = encoder.finish().unwrap();
        let error = decompress("a.csv.gz", &whole[..whole.len() - 5], &Budget::of(1000)).unwrap_err();
        assert!(error.to_string().starts_with("a.csv.gz cannot be read as gzip: "), "{error}");
    }
}
