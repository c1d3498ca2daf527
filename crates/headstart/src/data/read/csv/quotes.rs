//! Quotes that are out of place. The parser takes any text and finds some cells in it, so that a quote too much could make one
//! cell of all rows that follow; here such text is refused.

use memchr::{memchr, memchr_iter};

use crate::data::DataError;
use crate::words;

/// What is worth knowing of the quotes; those in the midst of cells that are not in quotes are taken as they are, and counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Within {
    pub count: usize,
    /// The row of the first one.
    pub first: usize,
    /// Whether a cell in quotes has several lines.
    pub has_lines: bool,
    /// Whether there are quotes at all.
    pub any: bool,
}

/// Refuses a cell whose quotes are not closed, or end before the cell does.
pub(super) fn check(file: &str, bytes: &[u8], delimiter: u8) -> Result<Within, DataError> {
    let start = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let ends_cell = |byte: u8| byte == delimiter || byte == b'\n' || byte == b'\r';
    let mut within = Within::default();
    let (mut at, mut row, mut counted) = (start, 1, 0);
    while let Some(quote) = memchr(b'"', &bytes[at..]).map(|next| at + next) {
        within.any = true;
        row += memchr_iter(b'\n', &bytes[counted..quote]).count();
        counted = quote;
        let error = |what: &str| {
            let end = bytes.len().min(quote + 200);
            let end = memchr(b'\n', &bytes[quote..end]).map_or(end, |line| quote + line);
            let cell = words::foreign(String::from_utf8_lossy(&bytes[quote..end]).trim_end());
            let problem = format!("the cell that begins with {cell} {what}: is there a quote too many, or too few?");
            Err(DataError::Row { file: file.to_owned(), row, problem })
        };
        if quote > start && !ends_cell(bytes[quote - 1]) {
            if within.count == 0 {
                within.first = row;
            }
            within.count += 1;
            at = quote + 1;
            continue;
        }
        let Some(end) = closing(bytes, quote + 1) else {
            return error("is never closed, to the end of the file");
        };
        let rest = &bytes[end + 1..];
        let blank = rest.iter().take_while(|&&byte| (byte == b' ' || byte == b'\t') && byte != delimiter).count();
        if rest.get(blank).is_some_and(|&byte| !ends_cell(byte)) {
            let lines = memchr_iter(b'\n', &bytes[quote..end]).count();
            return match lines {
                0 => error("goes on behind its closing quote"),
                _ => error(&format!("ends {} further down in the midst of a cell", words::many(lines as u64, "line"))),
            };
        }
        within.has_lines |= memchr(b'\n', &bytes[quote..end]).is_some();
        at = end + 1;
    }
    Ok(within)
}

/// Where the quotes that are open at `from` are closed; two quotes in a row are one that is meant.
fn closing(bytes: &[u8], mut from: usize) -> Option<usize> {
    loop {
        let quote = from + memchr(b'"', bytes.get(from..)?)?;
        if bytes.get(quote + 1) != Some(&b'"') {
            return Some(quote);
        }
        from = quote + 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(text: &str) -> Result<Within, String> {
        check("a.csv", text.as_bytes(), b',').map_err(|error| error.to_string())
    }

    #[test]
    fn quotes_that_are_in_their_place() {
        for text in [
            "a,\"b\",c\n",
            "\u{feff}\"a\"\n",
            "\"a\nb\" ,\"\",\"c \"\"d\"\"\"\r\n\"e\"",
            "\"a\"\r\"b\"",
            "",
            "\"\"\"\"",
        ] {
            assert_eq!(checked(text).map(|within| within.count), Ok(0), "{text:?}");
        }
        assert_eq!(checked("a\n5\" disk,6\"\n"), Ok(Within { count: 2, first: 2, has_lines: false, any: true }));
    }

    #[test]
    fn a_quote_too_many() {
        let unclosed = checked("a,y\n1,\"cat\n2,dog\n").unwrap_err();
        assert_eq!(
            unclosed,
            "a.csv, row 2: the cell that begins with \"cat is never closed, to the end of the file: is there a quote too \
             many, or too few?"
        );
        assert!(
            checked("a,\"y\n1,cat\n").unwrap_err().contains("row 1: the cell that begins with \"y is never closed")
        );
        // The next quote opens a cell, and does not close this one.
        assert!(checked("a,y\r\n1,\"cat\r\n2,dog\r\n3,\"dog\r\n").unwrap_err().contains("row 2"));
        assert!(checked("a,y\n1,\"cat\n2,\"dog\"\n").unwrap_err().contains("ends 1 line further down"));
        assert!(checked("1,\"a\"b\n").unwrap_err().contains("\"a\"b goes on behind its closing quote"));
        assert!(checked("1,\"\"cat\"\n").unwrap_err().contains("goes on behind its closing quote"));
        assert!(checked("1,\"cat\"\"\n2,dog\n").unwrap_err().contains("never closed"));
    }
}
