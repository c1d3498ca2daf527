//! What Parquet's pages claim, held against what there is, before the decoder makes room for it.
//!
//! Page headers are structs in Thrift's compact protocol. Source:
//! <https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift> (`PageHeader`) and
//! <https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md>.

use parquet::basic::Encoding;
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};

/// Structs within structs are looked through this deep; page headers need three.
const DEPTH: usize = 8;

/// Walks over the pages of a column and refuses one that claims to be more than `largest` bytes when decompressed.
pub(super) fn check_sizes(column: &[u8], largest: u64) -> Result<()> {
    // Page headers have no lists, and the decoder takes some of what stands in one for something else.
    let mut rest = Thrift(column, Lists::None);
    while !rest.0.is_empty() {
        let mut sizes = [None; 2];
        rest.typed(&HEADER)
            .ok_or_else(|| ParquetError::General("a page's header has fields of other types".to_owned()))?;
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

/// Walks over what the end of a file says of it, and refuses lists of more elements than there are bytes: the decoder counts
/// through all that one claims.
pub(super) fn check_footer(file: &[u8]) -> Result<()> {
    /// Row groups, columns, their statistics and logical types are structs within structs.
    const DEPTH: usize = 32;
    let damaged = || ParquetError::General("what its end says of it is damaged".to_owned());
    let Some((rest, end)) = file.split_last_chunk::<8>().filter(|(_, end)| end[4..] == *b"PAR1") else {
        // Encrypted, cut off, or none: the decoder says so.
        return Ok(());
    };
    let length = u32::from_le_bytes([end[0], end[1], end[2], end[3]]) as usize;
    let Some(at) = rest.len().checked_sub(length) else { return Ok(()) };
    Thrift(&rest[at..], Lists::Some).structure(DEPTH, &mut |_, _| ()).ok_or_else(damaged)
}

/// Bytes in Thrift's compact protocol.
struct Thrift<'a>(&'a [u8], Lists);

/// The fields of a struct that the decoder knows, by the types that it takes them to have without looking: whole numbers, truth
/// values, bytes, and structs with their own fields.
struct Fields {
    integers: &'static [i64],
    truths: &'static [i64],
    bytes: &'static [i64],
    structs: &'static [(i64, &'static Fields)],
}

impl Fields {
    fn knows(&self, id: i64) -> bool {
        let of_a_type = [self.integers, self.truths, self.bytes].into_iter().any(|ids| ids.contains(&id));
        of_a_type || self.structs.iter().any(|(known, _)| *known == id)
    }
}

const STATISTICS: Fields = Fields { integers: &[3, 4], truths: &[7, 8], bytes: &[1, 2, 5, 6], structs: &[] };
const DATA: Fields = Fields { integers: &[1, 2, 3, 4], truths: &[], bytes: &[], structs: &[(5, &STATISTICS)] };
const INDEX: Fields = Fields { integers: &[], truths: &[], bytes: &[], structs: &[] };
const DICTIONARY: Fields = Fields { integers: &[1, 2], truths: &[3], bytes: &[], structs: &[] };
const DATA_2: Fields = Fields { integers: &[1, 2, 3, 4, 5, 6], truths: &[7], bytes: &[], structs: &[(8, &STATISTICS)] };
const HEADER: Fields = Fields {
    integers: &[1, 2, 3, 4],
    truths: &[],
    bytes: &[],
    structs: &[(5, &DATA), (6, &INDEX), (7, &DICTIONARY), (8, &DATA_2)],
};

/// Whether there may be lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lists {
    None,
    Some,
}

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

    /// Goes over whole numbers that are stored as their differences, no more than `most` of them.
    /// Source: <https://github.com/apache/parquet-format/blob/master/Encodings.md>, "Delta Encoding".
    fn differences(&mut self, most: u64) -> Option<()> {
        let (block, parts, count) = (self.varint()?, self.varint()?, self.varint()?);
        self.zigzag()?;
        let part = block.checked_div(parts).filter(|part| *part > 0 && count <= most)?;
        let mut left = count.saturating_sub(1);
        while left > 0 {
            self.zigzag()?;
            let widths = self.0.get(..usize::try_from(parts).ok()?)?;
            self.0 = &self.0[widths.len()..];
            for &width in widths {
                // Parts beyond the last number have a width and no bytes.
                if left > 0 {
                    self.take(part.checked_mul(width.into())?.div_ceil(8))?;
                    left = left.saturating_sub(part);
                }
            }
        }
        Some(())
    }

    /// Whether the struct that begins here has its known fields of their types, and no other structs or lists: what the decoder takes for a struct
    /// where there is none, it reads on from there. Nothing is taken.
    fn typed(&self, fields: &Fields) -> Option<()> {
        Thrift(self.0, self.1).take_typed(fields)
    }

    fn take_typed(&mut self, fields: &Fields) -> Option<()> {
        let mut id = 0i64;
        loop {
            match self.field(&mut id)? {
                0 => return Some(()),
                1 | 2 if fields.truths.contains(&id) => {}
                4..=6 if fields.integers.contains(&id) => drop(self.varint()?),
                8 if fields.bytes.contains(&id) => self.skip(8, 1)?,
                12 => {
                    let (_, fields) = fields.structs.iter().find(|(known, _)| *known == id)?;
                    self.take_typed(fields)?;
                }
                // What later versions add, the decoder passes over.
                1 | 2 if !fields.knows(id) => {}
                kind @ 3..=8 if !fields.knows(id) => self.skip(kind, 1)?,
                _ => return None,
            }
        }
    }

    /// The type of the next field, whose number `id` then is; 0 at the end of the struct.
    fn field(&mut self, id: &mut i64) -> Option<u8> {
        let header = self.byte()?;
        if header != 0 {
            *id = if header >> 4 == 0 { self.zigzag()? } else { id.checked_add(i64::from(header >> 4))? };
            // A field of no type is none.
            return Some(header & 0x0f).filter(|kind| *kind != 0);
        }
        Some(0)
    }

    /// One struct; `integer` gets the fields that are integers.
    fn structure(&mut self, depth: usize, integer: &mut dyn FnMut(i64, i64)) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        let mut id = 0i64;
        loop {
            match self.field(&mut id)? {
                0 => return Some(()),
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
            9 | 10 if self.1 == Lists::Some => {
                let header = self.byte()?;
                // Truth values in a list take a byte each, which the decoder does not take; the end of a file has no such list.
                if matches!(header & 0x0f, 1 | 2) {
                    return None;
                }
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

/// Pages that claim no more entries than there can be: the decoder makes room for all that one claims.
pub(super) struct Checked {
    pub pages: Box<dyn PageReader>,
    /// The rows of this part of the table.
    pub rows: usize,
    /// Whether cells may be missing.
    pub optional: bool,
    /// Whether text may be stored as the difference to the one before, so that little of it can be much.
    pub differences: bool,
}

impl Checked {
    fn check(&self, page: &Page) -> Option<()> {
        match page {
            Page::DictionaryPage { buf, num_values, .. } => (*num_values as usize <= buf.len()).then_some(()),
            Page::DataPage { buf, num_values, encoding, def_level_encoding, .. } => {
                let levels = match (self.optional, def_level_encoding) {
                    (false, _) => 0,
                    (true, Encoding::RLE) => 4 + u32::from_le_bytes(buf.get(..4)?.try_into().ok()?) as usize,
                    (true, _) => (*num_values as usize).div_ceil(8),
                };
                self.check_data(buf, levels, *num_values, *encoding)
            }
            Page::DataPageV2 { buf, num_values, encoding, def_levels_byte_len, rep_levels_byte_len, .. } => {
                let levels = (*def_levels_byte_len as usize).checked_add(*rep_levels_byte_len as usize)?;
                self.check_data(buf, levels, *num_values, *encoding)
            }
        }
    }

    fn check_data(&self, page: &[u8], levels: usize, values: u32, encoding: Encoding) -> Option<()> {
        let values = (values as usize <= self.rows).then_some(u64::from(values))?;
        let mut data = Thrift(page.get(levels..)?, Lists::None);
        match encoding {
            Encoding::DELTA_BINARY_PACKED | Encoding::DELTA_LENGTH_BYTE_ARRAY => data.differences(values),
            // Lengths of what each text shares with the one before, then those of the rest.
            Encoding::DELTA_BYTE_ARRAY if self.differences => {
                data.differences(values)?;
                data.differences(values)
            }
            Encoding::DELTA_BYTE_ARRAY => None,
            _ => Some(()),
        }
    }
}

impl PageReader for Checked {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        let page = self.pages.get_next_page()?;
        if page.as_ref().is_some_and(|page| self.check(page).is_none()) {
            return Err(ParquetError::General("a page claims more entries than it can have".to_owned()));
        }
        Ok(page)
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.pages.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.pages.skip_next_page()
    }

    fn at_record_boundary(&mut self) -> Result<bool> {
        self.pages.at_record_boundary()
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
    fn a_list_has_no_more_elements_than_bytes() {
        let file = |footer: &[u8]| {
            let length = u32::try_from(footer.len()).unwrap().to_le_bytes();
            [b"PAR1", footer, &length, b"PAR1"].concat()
        };
        // A list of bytes, two of them or 2^31 - 1.
        assert!(check_footer(&file(&[0x19, 0x23, 1, 2, 0])).is_ok());
        let error = check_footer(&file(&[0x19, 0xf3, 0xff, 0xff, 0xff, 0xff, 0x07, 1, 0])).unwrap_err();
        assert!(error.to_string().contains("damaged"), "{error}");
        // Truth values, which decoders take for other things.
        assert!(check_footer(&file(&[0x19, 0x21, 1, 2, 0])).is_err());
        let with_list = [&[0x19, 0x21, 1, 2][..], &page(&[20], 5)].concat();
        assert!(check_sizes(&with_list, 20).unwrap_err().to_string().contains("fields of other types"));
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

    #[test]
    fn differences_are_no_more_than_there_are_rows() {
        // Blocks of 128 in 4 parts; 3 numbers, the first of which is 5; the least difference is 1, widths are 0.
        let three = [0x80, 0x01, 4, 3, 10, 2, 0, 0, 0, 0];
        assert_eq!(Thrift(&three, Lists::None).differences(3), Some(()));
        assert_eq!(Thrift(&three, Lists::None).differences(2), None);
        assert_eq!(Thrift(&three[..9], Lists::None).differences(3), None);
        let billions = [0x80, 0x01, 4, 0xff, 0xff, 0xff, 0xff, 0x0f, 10, 2, 0, 0, 0, 0];
        assert_eq!(Thrift(&billions, Lists::None).differences(1000), None);
    }
}
