//! Gzip around any other format.

use std::io::Read;

use flate2::read::MultiGzDecoder;

use super::unreadable;
use crate::data::DataError;
use crate::data::memory::Budget;
use crate::io::{Unread, read_stream};

/// Whether bytes begin like a gzip file.
pub(super) fn recognises(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

/// Decompresses, and stops where the budget ends: what a file claims about its size is not trusted.
pub(super) fn decompress(file: &str, bytes: &[u8], budget: &Budget) -> Result<Vec<u8>, DataError> {
    let content = read_within(MultiGzDecoder::new(bytes), 0, file, budget, "gzip")?;
    if content.is_empty() {
        return Err(DataError::content(file, "the file is empty once decompressed"));
    }
    Ok(content)
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
    fn cut_off_is_an_error() {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(b"1,2\n3,4\n").unwrap();
        let whole = encoder.finish().unwrap();
        let error = decompress("a.csv.gz", &whole[..whole.len() - 5], &Budget::of(1000)).unwrap_err();
        assert!(error.to_string().starts_with("a.csv.gz cannot be read as gzip: "), "{error}");
    }
}
