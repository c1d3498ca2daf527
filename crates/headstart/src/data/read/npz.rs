//! NPZ, `NumPy`'s format of named arrays: a ZIP archive of NPY files.

use std::io::Cursor;

use zip::ZipArchive;
use zip::result::ZipError;

use super::gzip::read_within;
use super::{Format, npy, unreadable};
use crate::data::DataError;
use crate::data::content::{Archive, Array, Content, Input};
use crate::data::memory::Budget;
use crate::words;

pub(super) const FORMAT: Format = Format {
    name: "NPZ",
    endings: &["npz"],
    recognises: |bytes| bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06"),
    read: |input| open(input).map(|archive| Content::Archive(Box::new(archive))),
};

/// Deflate cannot shrink data by more than this.
pub(super) const LARGEST_RATIO: u64 = 1032;

struct Npz {
    file: String,
    zip: ZipArchive<Cursor<Vec<u8>>>,
    budget: Budget,
}

fn open(input: Input) -> Result<Npz, DataError> {
    let claimed = entries(&input.bytes);
    let zip = ZipArchive::new(Cursor::new(input.bytes))
        .map_err(|error| unreadable(&input.file, FORMAT.name, &format!("{error} (is it cut off?)")))?;
    if claimed.is_some_and(|claimed| usize::from(claimed) > zip.len()) {
        return Err(DataError::content(input.file, "it has two arrays of one name: give each its own"));
    }
    Ok(Npz { file: input.file, zip, budget: input.budget.clone() })
}

/// How many entries there are by the record at the end, more than the crate tells where two have one name; `None` of an archive
/// so large that this is written elsewhere.
/// Source: <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>, 4.3.16.
fn entries(bytes: &[u8]) -> Option<u16> {
    let end = bytes.get(memchr::memmem::rfind(bytes, b"PK\x05\x06")?..)?;
    let count = u16::from_le_bytes(end.get(10..12)?.try_into().ok()?);
    (count != u16::MAX).then_some(count)
}

impl Archive for Npz {
    fn names(&self) -> Vec<String> {
        let names = self.zip.file_names().filter_map(Result::ok);
        names.filter_map(|name| name.strip_suffix(".npy").map(str::to_owned)).collect()
    }

    fn array(&mut self, name: &str) -> Result<Array, DataError> {
        let source = format!("{}, {}", self.file, words::foreign(name));
        let error = |error: ZipError| unreadable(&source, FORMAT.name, &error);
        let entry = self.zip.by_name(&format!("{name}.npy")).map_err(error)?;
        // The size it claims, to refuse early; the size it has, when it lied.
        self.budget.take(&source, Some(entry.size()))?;
        self.budget.give_back(entry.size());
        let claimed = entry.size().min(entry.compressed_size().saturating_mul(LARGEST_RATIO));
        let bytes = read_within(entry, claimed, &source, &self.budget, FORMAT.name)?;
        let array = npy::parse(&source, &bytes, &self.budget);
        self.budget.give_back(bytes.len() as u64);
        array
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Write;

    use zip::write::{SimpleFileOptions, ZipWriter};

    use super::super::npy::tests::{f64s, npy};
    use super::*;
    use crate::data::content::Values;

    /// An NPZ file of the given NPY files.
    pub(in crate::data) fn npz(entries: &[(&str, Vec<u8>)], compressed: bool) -> Vec<u8> {
        let method = if compressed { zip::CompressionMethod::Deflated } else { zip::CompressionMethod::Stored };
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in entries {
            writer.start_file(format!("{name}.npy"), SimpleFileOptions::default().compression_method(method)).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn opened(bytes: Vec<u8>, budget: u64) -> Result<Npz, DataError> {
        open(Input { file: "a.npz".into(), bytes, budget: &Budget::of(budget) })
    }

    #[test]
    fn stored_and_compressed() {
        for compressed in [false, true] {
            let bytes = npz(&[("x", npy("'<f8'", false, "(2,)", &f64s(&[1.5, 2.5])))], compressed);
            let mut archive = opened(bytes, 1_000_000).unwrap();
            assert_eq!(archive.names(), ["x"]);
            let array = archive.array("x").unwrap();
            assert_eq!(array, Array::new(vec![2], Values::Numbers(vec![1.5, 2.5])));
            assert!(archive.array("y").is_err());
        }
    }

    #[test]
    fn damage_is_an_error() {
        let bytes = npz(&[("x", npy("'<f8'", false, "(2,)", &f64s(&[1.5, 2.5])))], true);
        let error = opened(bytes[..bytes.len() - 30].to_vec(), 1_000_000).err().unwrap().to_string();
        assert!(error.starts_with("a.npz cannot be read as NPZ: "), "{error}");
        // The checksum notices a single changed byte of the data.
        let stored = npz(&[("x", npy("'<f8'", false, "(2,)", &f64s(&[1.5, 2.5])))], false);
        let at = stored.windows(8).position(|window| window == 2.5f64.to_le_bytes()).unwrap();
        let mut changed = stored;
        changed[at] ^= 1;
        assert!(opened(changed, 1_000_000).unwrap().array("x").is_err());
    }

    #[test]
    fn two_arrays_of_one_name_are_refused() {
        let one = npy("'<f8'", false, "(2,)", &f64s(&[1.5, 2.5]));
        let mut bytes = npz(&[("x", one.clone()), ("z", one)], false);
        for at in 0..bytes.len() - 5 {
            if &bytes[at..at + 5] == b"z.npy" {
                bytes[at] = b'x';
            }
        }
        let error = opened(bytes, 1_000_000).err().unwrap().to_string();
        assert_eq!(error, "a.npz: it has two arrays of one name: give each its own");
    }

    #[test]
    fn a_bomb_is_refused_at_the_budget() {
        let bytes = npz(&[("x", npy("'|u1'", false, "(1000000,)", &vec![0; 1_000_000]))], true);
        let error = opened(bytes.clone(), 100_000).unwrap().array("x").unwrap_err();
        assert!(matches!(error, DataError::TooLarge { .. }), "{error}");
        let error = opened(bytes, 7_000_000).unwrap().array("x").unwrap_err();
        assert!(matches!(error, DataError::TooLarge { needs: Some(8_000_000..), .. }), "{error}");
    }
}
