//! Gzip around any other format.

use std::io::Read;

use flate2::read::MultiGzDecoder;

use super::unreadable;
use crate::data::DataError;
use crate::data::memory::Budget;

/// Whether bytes begin like a gzip file.
pub(super) fn recognises(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

/// Decompresses, and stops where the budget ends: what a file claims about its size is not trusted.
pub(super) fn decompress(file: &str, bytes: &[u8], budget: Budget) -> Result<Vec<u8>, DataError> {
    let content = read_at_most(MultiGzDecoder::new(bytes), file, budget, |error| unreadable(file, "gzip", &error))?;
    if content.is_empty() {
        return Err(DataError::content(file, "the file is empty once decompressed"));
    }
    Ok(content)
}

/// Reads to the end, or to an error where that would take more than the budget.
pub(super) fn read_at_most(
    source: impl Read,
    file: &str,
    budget: Budget,
    wrap: impl Fn(std::io::Error) -> DataError,
) -> Result<Vec<u8>, DataError> {
    let mut content = Vec::new();
    source.take(budget.0.saturating_add(1)).read_to_end(&mut content).map_err(wrap)?;
    budget.check(file, Some(content.len() as u64))?;
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
        let error = decompress("bomb.gz", &bomb, Budget(1_000_000)).unwrap_err();
        assert!(matches!(error, DataError::TooLarge { .. }), "{error}");
        assert_eq!(decompress("bomb.gz", &bomb, Budget(10_000_000)).unwrap().len(), 10_000_000);
    }

    #[test]
    fn cut_off_is_an_error() {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(b"1,2\n3,4\n").unwrap();
        let whole = encoder.finish().unwrap();
        let error = decompress("a.csv.gz", &whole[..whole.len() - 5], Budget(1000)).unwrap_err();
        assert!(error.to_string().starts_with("a.csv.gz cannot be read as gzip: "), "{error}");
    }
}
