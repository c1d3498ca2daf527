//! Formats that are not read: what a file seems to be, and what to do with it.

use crate::data::DataError;

/// A format that is not read.
struct Foreign {
    /// With its article, as messages call it.
    name: &'static str,
    /// What its files have at which position.
    marks: &'static [(usize, &'static [u8])],
    endings: &'static [&'static str],
    advice: &'static str,
}

const PANDAS: &str = "read it with pandas and save it as CSV or Parquet: df.to_parquet(\"data.parquet\")";
const R: &str = "save it from R as text: write.csv(data, \"data.csv\", row.names = FALSE)";
const UNPACK: &str = "unpack it and name the file that is in it";
const PICTURE: &str =
    "one picture is no set of samples: put the pictures' pixels into one array, np.savez(\"data.npz\", x=x, y=y)";
const WEB: &str =
    "this is a page and not the file that it leads to: download that itself (on GitHub it is behind \"Raw\")";

const FORMATS: &[Foreign] = &[
    Foreign { name: "a 7z archive", marks: &[(0, b"7z\xbc\xaf\x27\x1c")], endings: &["7z"], advice: UNPACK },
    Foreign { name: "a RAR archive", marks: &[(0, b"Rar!\x1a\x07")], endings: &["rar"], advice: UNPACK },
    Foreign { name: "a tar archive", marks: &[(257, b"ustar")], endings: &["tar", "tgz"], advice: UNPACK },
    Foreign { name: "packed by xz", marks: &[(0, b"\xfd7zXZ\0")], endings: &["xz"], advice: "unpack it: xz -d FILE" },
    Foreign {
        name: "packed by bzip2",
        marks: &[(0, b"BZh"), (4, b"1AY&SY")],
        endings: &["bz2"],
        advice: "unpack it: bzip2 -d FILE",
    },
    Foreign {
        name: "packed by zstd",
        marks: &[(0, b"\x28\xb5\x2f\xfd")],
        endings: &["zst"],
        advice: "unpack it: zstd -d FILE",
    },
    Foreign {
        name: "packed by lz4",
        marks: &[(0, b"\x04\x22\x4d\x18")],
        endings: &["lz4"],
        advice: "unpack it: lz4 -d FILE",
    },
    Foreign {
        name: "packed by compress",
        marks: &[(0, b"\x1f\x9d")],
        endings: &["z"],
        advice: "unpack it: uncompress FILE",
    },
    Foreign {
        name: "a Feather file of version 1",
        marks: &[(0, b"FEA1")],
        endings: &[],
        advice: "save it in version 2, or as Parquet: pd.read_feather(\"FILE\").to_parquet(\"data.parquet\")",
    },
    Foreign { name: "an ORC file", marks: &[], endings: &["orc"], advice: PANDAS },
    Foreign { name: "an Avro file", marks: &[(0, b"Obj\x01")], endings: &["avro"], advice: PANDAS },
    Foreign { name: "a file of R's saveRDS", marks: &[(0, b"X\n\0\0\0")], endings: &["rds"], advice: R },
    Foreign { name: "a file of R's save", marks: &[(0, b"RDX2\n")], endings: &["rda", "rdata"], advice: R },
    Foreign { name: "a file of R's save", marks: &[(0, b"RDX3\n")], endings: &[], advice: R },
    Foreign { name: "an SPSS file", marks: &[(0, b"$FL2")], endings: &["sav", "zsav", "por"], advice: PANDAS },
    Foreign { name: "an SPSS file", marks: &[(0, b"$FL3")], endings: &[], advice: PANDAS },
    Foreign { name: "a Stata file", marks: &[(0, b"<stata_dta>")], endings: &["dta"], advice: PANDAS },
    Foreign {
        name: "a SAS file",
        marks: &[(12, b"\xc2\xea\x81\x60\xb3\x14\x11\xcf\xbd\x92\x08\x00\x09\xc7\x31\x8c")],
        endings: &["sas7bdat"],
        advice: PANDAS,
    },
    Foreign {
        name: "a SAS transport file",
        marks: &[(0, b"HEADER RECORD*******LIB")],
        endings: &["xpt"],
        advice: PANDAS,
    },
    Foreign {
        name: "an SQLite database",
        marks: &[(0, b"SQLite format 3\0")],
        endings: &["sqlite", "sqlite3", "db"],
        advice: "save the table as text: sqlite3 -csv -header FILE \"select * from NAME\" > data.csv",
    },
    Foreign {
        name: "an Excel file of the old kind (.xls), or another document of its time",
        marks: &[(0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")],
        endings: &["xls", "doc"],
        advice: "open it and save it as .xlsx or CSV",
    },
    Foreign {
        name: "a PDF document",
        marks: &[(0, b"%PDF-")],
        endings: &["pdf"],
        advice: "copy its table into a spreadsheet and save that as CSV",
    },
    Foreign { name: "a PNG picture", marks: &[(0, b"\x89PNG\r\n\x1a\n")], endings: &["png"], advice: PICTURE },
    Foreign { name: "a JPEG picture", marks: &[(0, b"\xff\xd8\xff")], endings: &["jpg", "jpeg"], advice: PICTURE },
    Foreign { name: "a GIF picture", marks: &[(0, b"GIF89a")], endings: &["gif"], advice: PICTURE },
    Foreign { name: "a TIFF picture", marks: &[(0, b"II*\0")], endings: &["tif", "tiff"], advice: PICTURE },
    Foreign { name: "a TIFF picture", marks: &[(0, b"MM\0*")], endings: &[], advice: PICTURE },
    Foreign {
        name: "a pointer of Git LFS",
        marks: &[(0, b"version https://git-lfs.github.com/spec/")],
        endings: &[],
        advice: "the file itself is elsewhere: git lfs pull",
    },
    Foreign {
        name: "a file of Python's pickle",
        marks: &[],
        endings: &["pkl", "pickle", "joblib"],
        advice: "what is in it is not only data, but also code, and is not run: in Python, save it by df.to_parquet(\"data.parquet\") or \
                 np.savez(\"data.npz\", x=x, y=y)",
    },
];

/// What a file seems to be, by its first bytes.
pub(super) fn by_content(file: &str, bytes: &[u8]) -> Option<DataError> {
    let has = |&(at, mark): &(usize, &[u8])| bytes.get(at..).is_some_and(|rest| rest.starts_with(mark));
    let marked = FORMATS.iter().find(|format| !format.marks.is_empty() && format.marks.iter().all(has));
    let named = |name: &str| FORMATS.iter().find(|format| format.name == name);
    let is_pickle = matches!(bytes, [0x80, 2..=5, .., b'.']);
    let found = marked.or_else(|| if is_pickle { named("a file of Python's pickle") } else { None });
    if let Some(format) = found {
        return Some(refusal(file, format.name, format.advice));
    }
    // Versions 104 to 115: the version, the byte order, and the kind of file.
    if matches!(bytes, [104..=115, 1 | 2, 1, 0, ..]) {
        return named("a Stata file").map(|format| refusal(file, format.name, format.advice));
    }
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(256)])
        .trim_start_matches('\u{feff}')
        .trim_start()
        .to_lowercase();
    match head.as_str() {
        head if ["<!doctype html", "<html", "<table", "<body", "<div"].iter().any(|tag| head.starts_with(tag)) => {
            Some(refusal(file, "an HTML page", WEB))
        }
        head if head.starts_with("<?xml") => Some(refusal(file, "an XML file", PANDAS)),
        _ => None,
    }
}

/// The same by the ending of its name, for content that is not known either.
pub(super) fn by_ending(file: &str, ending: &str) -> Option<DataError> {
    let format = FORMATS.iter().find(|format| format.endings.contains(&ending))?;
    Some(refusal(file, format.name, format.advice))
}

/// The error of a file that seems to be what is not read.
pub(super) fn refusal(file: &str, name: &str, advice: &str) -> DataError {
    DataError::content(file, format!("it seems to be {name}, which is not read here: {advice}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_seems_to_be_and_what_to_do() {
        let tar = [vec![b'a'; 257], b"ustar\0".to_vec()].concat();
        let sas =
            [vec![0; 12], b"\xc2\xea\x81\x60\xb3\x14\x11\xcf\xbd\x92\x08\x00\x09\xc7\x31\x8c\x18\x1f\x10\x11".to_vec()]
                .concat();
        for (bytes, name, advice) in [
            (b"7z\xbc\xaf\x27\x1c\0\x04".as_slice(), "a 7z archive", "unpack it"),
            (&tar, "a tar archive", "unpack it"),
            (b"BZh91AY&SY\0", "packed by bzip2", "bzip2 -d"),
            (b"\x28\xb5\x2f\xfd\0", "packed by zstd", "zstd -d"),
            (b"\xfd7zXZ\0\0", "packed by xz", "xz -d"),
            (b"FEA1\0\0", "Feather file of version 1", "version 2"),
            (b"X\n\0\0\0\x03", "R's saveRDS", "write.csv"),
            (b"RDX3\nX\n", "R's save,", "write.csv"),
            (b"$FL2@(#) SPSS", "SPSS", "to_parquet"),
            (b"<stata_dta><header>", "Stata", "to_parquet"),
            (b"\x73\x02\x01\0", "Stata", "to_parquet"),
            (&sas, "SAS", "to_parquet"),
            (b"SQLite format 3\0\x10", "SQLite", "sqlite3 -csv"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0", ".xls", ".xlsx or CSV"),
            (b"%PDF-1.7", "PDF", "as CSV"),
            (b"\x89PNG\r\n\x1a\n\0", "PNG", "np.savez"),
            (b"\xff\xd8\xff\xe0", "JPEG", "np.savez"),
            (b"\n <!DOCTYPE html>\n", "HTML", "Raw"),
            (b"<?xml version=\"1.0\"?>", "XML", "to_parquet"),
            (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS", "git lfs pull"),
            (b"\x80\x04\x95\x01.", "pickle", "is not run"),
        ] {
            let error = by_content("a.bin", bytes).unwrap_or_else(|| panic!("{name}")).to_string();
            assert!(
                error.starts_with("a.bin: it seems to be ") && error.contains(name) && error.contains(advice),
                "{error}"
            );
        }
        for known in
            [b"1,2\n3,4\n".as_slice(), b"", b"a", b"PK\x03\x04", b"BZh9,1\n", b"\x80\x04", b"ROW,1\n", b"A\n1\n"]
        {
            assert!(by_content("a.csv", known).is_none());
        }
        assert!(by_ending("a.rds", "rds").unwrap().to_string().contains("R's saveRDS"));
        assert!(by_ending("a.csv", "csv").is_none());
    }
}
