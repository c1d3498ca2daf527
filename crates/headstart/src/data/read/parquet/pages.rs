//! What Parquet's pages claim, held against what there is, before the decoder makes room for it.
//!
//! Page headers are structs in Thrift's compact protocol. Source:
//! <https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift> (`PageHeader`) and
//! <https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md>.

use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};

/// Structs within structs are looked through this deep; page headers need three.
const DEPTH: usize = 8;

/// Walks over the pages of a column and refuses one that claims to be more than `largest` bytes when decompressed.
pub(super) fn check_sizes(column: &[u8], largest: u64) -> Result<()> {
    let mut rest = Thrift(column);
    while !rest.0.is_empty() {
        let mut sizes = [None; 2];
        rest.structure(DEPTH, &mut |id, value| {
            if let (2 | 3, Ok(value)) = (id, u64::try_from(value)) {
                sizes[(id - 2) as usize] = Some(value);
            }
        })
        .ok_or_else(|| ParquetError::General("a page's header is damaged".to_owned()))?;
        let [Some(whole), Some(stored)] = sizes else {
            return Err(ParquetError::General("a page's header has no size".to_owned()));
        };
        if whole > largest {
            return Err(ParquetError::General(format!("a page claims to be {whole} bytes, {largest} at most can be")));
        }
        rest.take(stored).ok_or_else(|| ParquetError::EOF("a page is cut off".to_owned()))?;
    }
    Ok(())
}

/// Bytes in Thrift's compact protocol.
struct Thrift<'a>(&'a [u8]);

impl Thrift<'_> {
    fn take(&mut self, count: u64) -> Option<()> {
        self.0 = self.0.get(usize::try_from(count).ok()?..)?;
        Some(())
    }

    fn byte(&mut self) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(first)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn zigzag(&mut self) -> Option<i64> {
        self.varint().map(|value| (value >> 1).cast_signed() ^ -(value & 1).cast_signed())
    }

    /// One struct; `integer` gets the fields that are integers.
    fn structure(&mut self, depth: usize, integer: &mut dyn FnMut(i64, i64)) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        let mut id = 0i64;
        loop {
            let header = self.byte()?;
            if header == 0 {
                return Some(());
            }
            id = if header >> 4 == 0 { self.zigzag()? } else { id.checked_add(i64::from(header >> 4))? };
            match header & 0x0f {
                // The two booleans are in the header itself.
                1 | 2 => {}
                4..=6 => integer(id, self.zigzag()?),
                kind => self.skip(kind, depth)?,
            }
        }
    }

    fn skip(&mut self, kind: u8, depth: usize) -> Option<()> {
        match kind {
            1..=3 => self.take(1),
            4..=6 => self.varint().map(|_| ()),
            7 => self.take(8),
            8 => {
                let length = self.varint()?;
                self.take(length)
            }
            9 | 10 => {
                let header = self.byte()?;
                let count = if header >> 4 == 15 { self.varint()? } else { u64::from(header >> 4) };
                // Every element takes a byte or more, so this ends with the bytes.
                (0..count).try_for_each(|_| self.skip(header & 0x0f, depth.checked_sub(1)?))
            }
            12 => self.structure(depth, &mut |_, _| ()),
            // Page headers have no maps.
            _ => None,
        }
    }
}

/// Pages whose dictionaries have no more entries than bytes: the decoder makes room for all entries that one claims.
pub(super) struct Checked(pub Box<dyn PageReader>);

impl PageReader for Checked {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        let page = self.0.get_next_page()?;
        if let Some(Page::DictionaryPage { buf, num_values, .. }) = &page
            && *num_values as usize > buf.len()
        {
            let what = format!("a dictionary of {} bytes claims {num_values} entries", buf.len());
            return Err(ParquetError::General(what));
        }
        Ok(page)
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.0.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.0.skip_next_page()
    }

    fn at_record_boundary(&mut self) -> Result<bool> {
        self.0.at_record_boundary()
    }
}

impl Iterator for Checked {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header with the type 0, the sizes, and a struct with a number; then `stored` bytes.
    fn page(whole: &[u8], stored: u8) -> Vec<u8> {
        let mut bytes = vec![0x15, 0x00, 0x15];
        bytes.extend(whole);
        bytes.extend([0x15, 2 * stored, 0x2c, 0x15, 0x06, 0x00, 0x00]);
        bytes.extend(std::iter::repeat_n(0xaa, stored.into()));
        bytes
    }

    #[test]
    fn sizes_are_checked_page_by_page() {
        let two = [page(&[20], 5), page(&[40], 3)].concat();
        assert!(check_sizes(&two, 20).is_ok());
        assert!(check_sizes(&two, 19).unwrap_err().to_string().contains("claims to be 20 bytes"));
        assert!(check_sizes(&two[..two.len() - 1], 20).is_err());
        let huge = page(&[0xfe, 0xff, 0xff, 0xff, 0x0f], 5);
        assert!(check_sizes(&huge, 1 << 20).unwrap_err().to_string().contains("claims to be 2147483647 bytes"));
        assert!(check_sizes(&page(&[0x0f], 5), 20).unwrap_err().to_string().contains("has no size"));
    }
}
