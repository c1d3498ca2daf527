//! ZIP around one file of any other format.

use std::io::Cursor;

use zip::ZipArchive;

use super::gzip::read_within;
use super::npz::LARGEST_RATIO;
use super::{foreign, unreadable};
use crate::data::DataError;
use crate::data::content::listed;
use crate::data::memory::Budget;
use crate::words;

const NAME: &str = "ZIP";

/// A member that is the only one to be read.
#[derive(Debug)]
pub(super) struct Member {
    /// How messages call it, and by whose ending its format may be told.
    pub file: String,
    pub bytes: Vec<u8>,
}

/// The one file in a ZIP archive, decompressed within the budget; none if these bytes are no archive, or one that is a format of
/// its own: arrays (NPZ), or a spreadsheet.
///
/// # Errors
/// [`DataError`] if there are several files in it, none, or one that cannot be unpacked.
pub(super) fn only_member(file: &str, bytes: &[u8], budget: &Budget) -> Result<Option<Member>, DataError> {
    if !bytes.starts_with(b"PK\x03\x04") && !bytes.starts_with(b"PK\x05\x06") {
        return Ok(None);
    }
    // What is damaged is left to the readers of such formats, which say so.
    let Ok(mut zip) = ZipArchive::new(Cursor::new(bytes)) else { return Ok(None) };
    let all: Vec<String> = zip.file_names().filter_map(Result::ok).map(|name| name.to_string()).collect();
    if is_format(&all) {
        return Ok(None);
    }
    let has = |wanted: &str| all.iter().any(|name| name == wanted);
    if let Some((name, advice)) = spreadsheet(&has) {
        return Err(foreign::refusal(file, name, advice));
    }
    if all.iter().any(|name| name.ends_with("data.pkl")) {
        let advice = "these are weights and not data: name them by --init file:FILE, or save the tensors by np.savez";
        return Err(foreign::refusal(file, "a file of PyTorch", advice));
    }
    if all.iter().any(|name| name == "model.weights.h5") {
        let advice = "these are weights and not data: name them by --init file:FILE";
        return Err(foreign::refusal(file, "a model of Keras", advice));
    }
    let members: Vec<String> = all.into_iter().filter(|name| is_member(name)).collect();
    let [name] = members.as_slice() else {
        let problem = match members.len() {
            0 => "there is no file in it".to_owned(),
            count => {
                format!("there are {count} files in it, {}: unpack it, and name the one to read", listed(&members))
            }
        };
        return Err(DataError::content(file, problem));
    };
    let source = format!("{file}, {}", words::foreign(name));
    let entry = zip.by_name(name).map_err(|error| unreadable(&source, NAME, &error))?;
    // The size it claims, to refuse early; the size it has, when it lied.
    budget.take(&source, Some(entry.size()))?;
    budget.give_back(entry.size());
    let claimed = entry.size().min(entry.compressed_size().saturating_mul(LARGEST_RATIO));
    let bytes = read_within(entry, claimed, &source, budget, NAME)?;
    if bytes.is_empty() {
        return Err(DataError::content(source, "the file is empty"));
    }
    Ok(Some(Member { file: source, bytes }))
}

/// Whether members make a format of its own that is read.
fn is_format(names: &[String]) -> bool {
    // An archive with nothing in it is one of no arrays.
    let arrays = names.iter().all(|name| name.strip_suffix(".npy").is_some());
    arrays || cfg!(feature = "excel") && names.iter().any(|name| name == WORKBOOK)
}

const WORKBOOK: &str = "xl/workbook.xml";

/// What an archive with such members is, if it is a document of an office.
fn spreadsheet(has: &dyn Fn(&str) -> bool) -> Option<(&'static str, &'static str)> {
    const CSV: &str = "open it and save the sheet as CSV";
    if has(WORKBOOK) {
        Some(("an Excel file", "this program was built without the feature `excel`: open it and save the sheet as CSV"))
    } else if has("xl/workbook.bin") {
        Some(("a binary Excel file (.xlsb)", "open it and save it as .xlsx or CSV"))
    } else if has("content.xml") && has("META-INF/manifest.xml") {
        Some(("an OpenDocument file", "open it and save the sheet as .xlsx or CSV"))
    } else {
        has("[Content_Types].xml").then_some(("an Office document", CSV))
    }
}

/// Whether bytes are a workbook of Excel.
#[cfg(feature = "excel")]
pub(super) fn is_workbook(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
        && ZipArchive::new(Cursor::new(bytes)).is_ok_and(|zip| zip.index_for_name(WORKBOOK).is_some())
}

/// Whether a member is a file that somebody put there: no folder, and none of those that systems leave behind.
fn is_member(name: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or_default();
    !last.is_empty()
        && !name.starts_with("__MACOSX/")
        && !last.starts_with("._")
        && ![".DS_Store", "Thumbs.db", "desktop.ini"].contains(&last)
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Write;

    use zip::write::{SimpleFileOptions, ZipWriter};

    use super::super::npy::tests::{f64s, npy};
    use super::super::npz::tests::npz;
    use super::*;

    /// An archive of these files; those whose names end with a slash are folders.
    pub(in crate::data) fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
        for (name, bytes) in members {
            if name.ends_with('/') {
                writer.add_directory(*name, options).unwrap();
            } else {
                writer.start_file(*name, options).unwrap();
                writer.write_all(bytes).unwrap();
            }
        }
        writer.finish().unwrap().into_inner()
    }

    fn opened(bytes: &[u8]) -> Result<Option<Member>, DataError> {
        only_member("a.zip", bytes, &Budget::of(1_000_000))
    }

    #[test]
    fn one_table_among_what_systems_leave_behind() {
        let left: [(&str, &[u8]); 5] = [
            ("data/", b""),
            ("__MACOSX/data/._cats.csv", b"x"),
            ("data/.DS_Store", b"x"),
            ("Thumbs.db", b"x"),
            ("._a", b"x"),
        ];
        let members = [&left[..], &[("data/cats.csv", b"a,b\n1,2\n")]].concat();
        let member = opened(&zip(&members)).unwrap().unwrap();
        assert_eq!((member.file.as_str(), member.bytes.as_slice()), ("a.zip, data/cats.csv", b"a,b\n1,2\n".as_slice()));
        assert_eq!(opened(&zip(&left)).unwrap_err().to_string(), "a.zip: there is no file in it");
    }

    #[test]
    fn several_tables_are_listed() {
        let error = opened(&zip(&[("train.csv", b"1"), ("test.csv", b"2")])).unwrap_err().to_string();
        assert_eq!(error, "a.zip: there are 2 files in it, train.csv, test.csv: unpack it, and name the one to read");
    }

    #[test]
    fn formats_of_their_own_are_left_alone() {
        let arrays = npz(&[("x", npy("'<f8'", false, "(1,)", &f64s(&[1.5])))], true);
        for bytes in [arrays, zip(&[]), b"1,2\n".to_vec(), b"PK\x03\x04".to_vec()] {
            assert!(opened(&bytes).unwrap().is_none());
        }
        let sheet = opened(&zip(&[("[Content_Types].xml", b""), ("xl/workbook.xml", b"")]));
        if cfg!(feature = "excel") {
            assert!(sheet.unwrap().is_none());
        } else {
            assert!(sheet.unwrap_err().to_string().contains("without the feature `excel`"));
        }
        for (members, name) in [
            (
                [("mimetype", b"".as_slice()), ("content.xml", b""), ("META-INF/manifest.xml", b"")],
                "an OpenDocument file",
            ),
            ([("[Content_Types].xml", b""), ("xl/workbook.bin", b""), ("x", b"")], "a binary Excel file (.xlsb)"),
            ([("[Content_Types].xml", b""), ("word/document.xml", b""), ("x", b"")], "an Office document"),
        ] {
            let error = opened(&zip(&members)).unwrap_err().to_string();
            assert!(error.contains(name) && error.ends_with("CSV"), "{error}");
        }
        let weights = opened(&zip(&[("model/data.pkl", b""), ("model/data/0", b"")])).unwrap_err().to_string();
        assert!(weights.contains("a file of PyTorch") && weights.contains("--init file:"), "{weights}");
        let weights = opened(&zip(&[("config.json", b""), ("model.weights.h5", b"")])).unwrap_err().to_string();
        assert!(weights.contains("a model of Keras"), "{weights}");
    }

    #[test]
    fn bombs_and_damage() {
        let bomb = zip(&[("a.csv", &vec![b'1'; 5_000_000])]);
        assert!(matches!(opened(&bomb), Err(DataError::TooLarge { .. })));
        // One that lies about its size.
        let mut lying = zip(&[("a.csv", &vec![b'1'; 5_000_000])]);
        for at in 0..lying.len() - 4 {
            if lying[at..at + 4] == 5_000_000_u32.to_le_bytes() {
                lying[at..at + 4].copy_from_slice(&10_u32.to_le_bytes());
            }
        }
        assert!(opened(&lying).is_err());
        let mut changed = zip(&[("a.csv", b"a,b\n1,2\n3,4\n")]);
        let at = changed.windows(5).position(|name| name == b"a.csv").unwrap() + 7;
        changed[at] ^= 0xff;
        assert!(opened(&changed).is_err());
        assert_eq!(opened(&zip(&[("a.csv", b"")])).unwrap_err().to_string(), "a.zip, a.csv: the file is empty");
    }
}
