//! Text in other encodings than UTF-8: UTF-16, and what Windows and Excel call ANSI.

use rayon::prelude::*;

use crate::data::DataError;
use crate::data::memory::Budget;
use crate::words;

/// The mark before text in UTF-8, which says nothing.
pub(super) const BOM: &[u8] = b"\xef\xbb\xbf";

/// How a text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Utf8,
    Utf16 { big_endian: bool },
    Windows1252,
}

/// A text as UTF-8 without a byte order mark, and what a person should know about how it was written. A text that is in UTF-8 is
/// checked and handed back as it is.
///
/// # Errors
/// [`DataError::Row`] if it is UTF-8 but for a few bytes, [`DataError::Content`] if it is no text, [`DataError::TooLarge`].
pub(super) fn to_utf8(file: &str, mut bytes: Vec<u8>, budget: &Budget) -> Result<(Vec<u8>, Option<String>), DataError> {
    let (decoded, called) = match encoding_of(&bytes) {
        Some(Encoding::Utf8) => {
            if bytes.starts_with(BOM) {
                bytes.drain(..BOM.len());
            }
            return Ok((bytes, None));
        }
        Some(Encoding::Utf16 { big_endian }) => (from_utf16(file, &bytes, big_endian, budget)?, "UTF-16"),
        Some(Encoding::Windows1252) => {
            if let Some(row) = damaged_row(&bytes) {
                let problem =
                    "there are bytes in it that are not UTF-8, as all the rest is: is the file damaged?".to_owned();
                return Err(DataError::Row { file: file.to_owned(), row, problem });
            }
            (from_windows_1252(file, &bytes, budget)?, "Windows-1252 (Latin-1)")
        }
        None => {
            return Err(DataError::content(
                file,
                "this is no text in UTF-8, UTF-16 or Latin-1: save the file as text with the encoding UTF-8",
            ));
        }
    };
    budget.give_back(bytes.len() as u64);
    Ok((decoded, Some(format!("{} is not in UTF-8: it is read as {called}", words::in_a_line(file)))))
}

/// Whether bytes are text in one of the encodings known here, by their beginning.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    const LOOKED_AT: usize = 1 << 12;
    let head = &bytes[..bytes.len().min(LOOKED_AT)];
    if utf16(head).is_some() {
        return true;
    }
    match std::str::from_utf8(head) {
        Ok(text) => !text.contains('\0'),
        // The head may end within a character.
        Err(error) if error.error_len().is_none() && bytes.len() > LOOKED_AT => !head.contains(&0),
        Err(_) => encoding_of(head).is_some(),
    }
}

fn encoding_of(bytes: &[u8]) -> Option<Encoding> {
    if let Some(big_endian) = utf16(bytes) {
        return Some(Encoding::Utf16 { big_endian });
    }
    if is_utf8(bytes) {
        return Some(Encoding::Utf8);
    }
    (!bytes.iter().any(|&byte| is_control(byte))).then_some(Encoding::Windows1252)
}

/// Whether bytes are UTF-8, which all cores look at.
fn is_utf8(mut bytes: &[u8]) -> bool {
    const PIECE: usize = 1 << 22;
    let mut pieces = Vec::new();
    while !bytes.is_empty() {
        // A piece ends before the first byte of a character.
        let begins = |byte: &u8| *byte & 0xc0 != 0x80;
        let end = bytes.get(PIECE..).and_then(|behind| Some(PIECE + behind.iter().position(begins)?));
        let (piece, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
        pieces.push(piece);
        bytes = rest;
    }
    pieces.into_par_iter().all(|piece| simdutf8::basic::from_utf8(piece).is_ok())
}

/// Whether text hardly has this byte: it has line ends, tabs, form feeds, an end of file of old, and colours, of those below 32.
fn is_control(byte: u8) -> bool {
    byte < 32 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1a | 0x1b)
}

/// Whether text of 16-bit units is big-endian; none if it is no such text. By the byte order mark, or by where the zeros are that
/// the characters of all western languages, digits and line ends have.
fn utf16(bytes: &[u8]) -> Option<bool> {
    const LOOKED_AT: usize = 1 << 10;
    // Numbers of 32 bits would begin with the same two bytes.
    if bytes.len() < 4 || bytes.starts_with(&[0xff, 0xfe, 0, 0]) {
        return None;
    }
    match bytes {
        [0xff, 0xfe, ..] => return Some(false),
        [0xfe, 0xff, ..] => return Some(true),
        _ => {}
    }
    let units = bytes[..bytes.len().min(LOOKED_AT)].as_chunks::<2>().0;
    let high = |at: usize| {
        let zeros = units.iter().filter(|unit| unit[at] == 0).count();
        10 * zeros >= 9 * units.len() && !units.iter().any(|unit| is_control(unit[1 - at]))
    };
    if high(1) { Some(false) } else { high(0).then_some(true) }
}

fn from_utf16(file: &str, bytes: &[u8], big_endian: bool, budget: &Budget) -> Result<Vec<u8>, DataError> {
    let unit = |&unit: &[u8; 2]| if big_endian { u16::from_be_bytes(unit) } else { u16::from_le_bytes(unit) };
    let (units, odd) = bytes.as_chunks();
    let units = || char::decode_utf16(units.iter().map(unit)).skip_while(|first| *first == Ok('\u{feff}'));
    let mut size = 0;
    let mut row = 1;
    for char in units() {
        let Ok(char) = char else {
            let problem = "half a character of UTF-16 stands alone: is the file damaged?".to_owned();
            return Err(DataError::Row { file: file.to_owned(), row, problem });
        };
        row += usize::from(char == '\n');
        size += char.len_utf8();
    }
    if !odd.is_empty() {
        return Err(DataError::content(file, "it is UTF-16 and ends with half a character: is it cut off?"));
    }
    let mut text = reserved(file, size, budget)?;
    text.extend(units().filter_map(Result::ok));
    Ok(text.into_bytes())
}

/// An empty text with room for so many bytes, which are taken of the budget.
fn reserved(file: &str, size: usize, budget: &Budget) -> Result<String, DataError> {
    budget.take(file, Some(size as u64))?;
    let mut text = String::new();
    if text.try_reserve_exact(size).is_err() {
        budget.take(file, None)?;
    }
    Ok(text)
}

/// The characters of 0x80 to 0x9f in Windows-1252; those that have none stay as they are in Latin-1.
/// Source: <https://encoding.spec.whatwg.org/index-windows-1252.txt>.
const HIGH: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

fn from_windows_1252(file: &str, bytes: &[u8], budget: &Budget) -> Result<Vec<u8>, DataError> {
    let char = |&byte: &u8| match byte {
        0x80..=0x9f => HIGH[usize::from(byte - 0x80)],
        _ => char::from(byte),
    };
    let size = bytes.iter().map(|byte| char(byte).len_utf8()).sum();
    let mut text = reserved(file, size, budget)?;
    text.extend(bytes.iter().map(char));
    Ok(text.into_bytes())
}

/// The row of the first byte that is not UTF-8 in a text that otherwise is: one in which more characters beyond ASCII are right
/// than wrong, as they hardly are by chance.
fn damaged_row(bytes: &[u8]) -> Option<usize> {
    let (mut right, mut wrong, mut lines, mut row) = (0_usize, 0_usize, 0, None);
    for chunk in bytes.utf8_chunks() {
        right += chunk.valid().bytes().filter(|byte| *byte >= 0xc0).count();
        lines += memchr::memchr_iter(b'\n', chunk.valid().as_bytes()).count();
        if !chunk.invalid().is_empty() {
            wrong += 1;
            row.get_or_insert(lines + 1);
        }
    }
    row.filter(|_| right > wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8]) -> Result<(String, Option<String>), String> {
        let budget = Budget::of(1000);
        budget.take("a.csv", Some(bytes.len() as u64)).unwrap();
        let (bytes, note) = to_utf8("a.csv", bytes.to_vec(), &budget).map_err(|error| error.to_string())?;
        assert!(note.is_none() || budget.left() == 1000 - bytes.len() as u64);
        Ok((String::from_utf8(bytes).unwrap(), note))
    }

    fn utf16(text: &str, big_endian: bool) -> Vec<u8> {
        let bytes = |unit: u16| if big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() };
        text.encode_utf16().flat_map(bytes).collect()
    }

    const TEXT: &str = "größe,preis €,𝒳\r\n1,2,„drei“\n";

    #[test]
    fn utf8_stays_as_it_is() {
        for text in [TEXT, "", "a,b\n", "\u{1}"] {
            assert_eq!(decoded(text.as_bytes()), Ok((text.to_owned(), None)));
        }
        assert_eq!(decoded(b"\xef\xbb\xbfa,b\n"), Ok(("a,b\n".to_owned(), None)));
        assert!(is_text(TEXT.as_bytes()) && is_text("ö".repeat(3000).as_bytes()) && is_text(b"a,b"));
    }

    #[test]
    fn utf16_with_and_without_its_mark() {
        for big_endian in [false, true] {
            for text in [format!("\u{feff}{TEXT}"), "a,b\n1,2\n".to_owned()] {
                let bytes = utf16(&text, big_endian);
                assert!(is_text(&bytes));
                let (read, note) = decoded(&bytes).unwrap();
                assert_eq!(read, text.trim_start_matches('\u{feff}'));
                assert_eq!(note.unwrap(), "a.csv is not in UTF-8: it is read as UTF-16");
            }
        }
        let mut cut = utf16("\u{feff}a,b\n1,2\n", false);
        cut.pop();
        assert!(decoded(&cut).unwrap_err().ends_with("it is UTF-16 and ends with half a character: is it cut off?"));
        let lone = [utf16("\u{feff}a\n", false), vec![0, 0xd8, b'x', 0]].concat();
        assert!(decoded(&lone).unwrap_err().starts_with("a.csv, row 2: half a character"));
    }

    #[test]
    fn latin_1_and_what_is_no_text() {
        let (read, note) = decoded(b"gr\xf6\xdfe,preis \x80\n1,2\n").unwrap();
        assert_eq!(read, "größe,preis €\n1,2\n");
        assert_eq!(note.unwrap(), "a.csv is not in UTF-8: it is read as Windows-1252 (Latin-1)");
        for noise in [b"\xff\x00\x01".as_slice(), b"\x80\x02", &[0xff, 0xfe, 0, 0, b'a', 0, 0, 0]] {
            assert!(decoded(noise).unwrap_err().contains("no text"));
            assert!(!is_text(noise));
        }
        // One byte is wrong among many that are right.
        let damaged = "größer,höher\nä,ö,".bytes().chain([0xff, b'\n']).collect::<Vec<_>>();
        assert!(decoded(&damaged).unwrap_err().starts_with("a.csv, row 2: there are bytes in it that are not UTF-8"));
    }

    #[test]
    fn within_the_budget() {
        let latin1 = vec![0xe4; 600];
        let budget = Budget::of(1000);
        budget.take("a.csv", Some(600)).unwrap();
        assert!(matches!(to_utf8("a.csv", latin1, &budget), Err(DataError::TooLarge { .. })));
        let wide = utf16(&"a".repeat(450), false);
        budget.take("a.csv", Some(300)).unwrap();
        assert!(matches!(to_utf8("a.csv", wide, &budget), Err(DataError::TooLarge { .. })));
    }
}
