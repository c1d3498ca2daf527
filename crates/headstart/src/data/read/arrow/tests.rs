use super::message::{Messages, open};
use super::problem::Problem;
use super::{FORMAT, parse};
use crate::data::DataError;
use crate::data::read::cells::tests::{numbers, same, text, within};
use crate::data::table::{Column as Kept, Table};

pub(in crate::data::read) const PLAIN: &[u8] = include_bytes!("../samples/plain.arrow");
pub(in crate::data::read) const LZ4: &[u8] = include_bytes!("../samples/lz4.arrow");
pub(in crate::data::read) const ZSTD: &[u8] = include_bytes!("../samples/zstd.arrow");
pub(in crate::data::read) const DELTAS: &[u8] = include_bytes!("../samples/deltas.arrows");
pub(in crate::data::read) const POLARS: &[u8] = include_bytes!("../samples/polars.arrow");
const NESTED: &[u8] = include_bytes!("../samples/nested.arrow");
const ZEROS: &[u8] = include_bytes!("../samples/zeros.arrow");

fn read(bytes: &[u8]) -> Result<Table, DataError> {
    within(parse, "a.arrow", bytes, 10_000_000)
}

/// What pyarrow wrote (bench/formats.py): three rows in two parts, the second row missing.
#[test]
fn every_type_of_column() {
    let two = |first: f64, last: f64| numbers(&[first, f64::NAN, last]);
    let rounded = |first: f64, last: f64| Kept::Numbers { values: vec![first, f64::NAN, last], rounded: true };
    let times = |first: f64, last: f64| Kept::Times(vec![first, f64::NAN, last]);
    let day = 1_709_164_800.0;
    let time = day + 45_001.5;
    let right = [
        ("f64", two(1.5, -2e300)),
        ("f32", two(0.5, 2.5)),
        ("f16", two(0.5, -2.0)),
        ("i8", two(-128.0, 127.0)),
        ("u16", two(65535.0, 0.0)),
        ("i64", rounded(9007199254740992.0, -5.0)),
        ("u64", rounded(18446744073709551616.0, 5.0)),
        ("yes", two(1.0, 0.0)),
        ("text", text(&["größe", "", "a text of more than twelve bytes"])),
        ("large", text(&["x", "", ""])),
        ("view", text(&["a text of more than twelve bytes", "", "short"])),
        ("kind", text(&["cat", "", "dog"])),
        ("level", two(7.5, 2.5)),
        ("date", times(day, -86_400.0)),
        ("date64", times(day, day)),
        ("us", times(time, time)),
        ("ns", times(time, time)),
        ("s", times(1.0, -1.0)),
        ("clock", two(1.0 / 60.0, 1.0)),
        ("span", two(1.5, -0.5)),
        ("price", two(1.25, -3.5)),
        ("wide", two(1.25, -3.5)),
        ("none", numbers(&[f64::NAN; 3])),
    ];
    for bytes in [PLAIN, LZ4, ZSTD] {
        assert!((FORMAT.recognises)(bytes));
        let table = read(bytes).unwrap();
        assert_eq!(table.names.unwrap(), right.each_ref().map(|(name, _)| *name));
        for (found, (name, column)) in table.columns.iter().zip(&right) {
            assert!(same(found, column), "{name}: {found:?}");
        }
    }
}

#[test]
fn a_stream_with_a_dictionary_in_pieces() {
    let table = read(DELTAS).unwrap();
    assert_eq!(table.columns, [text(&["cat", "dog", "cat", "dog", "owl"])]);
}

/// What Polars wrote (bench/formats.py), in which what stands before the rows is no stream.
#[test]
fn a_file_of_polars() {
    assert!((FORMAT.recognises)(POLARS));
    let table = read(POLARS).unwrap();
    assert_eq!(table.names.unwrap(), ["f64", "text", "kind", "clock"]);
    let right = [
        numbers(&[1.5, f64::NAN, -2e300]),
        text(&["a text of more than twelve bytes", "", "größe"]),
        text(&["cat", "", "dog"]),
        numbers(&[10.5, f64::NAN, 1.0 / 3600.0]),
    ];
    for (found, right) in table.columns.iter().zip(&right) {
        assert!(same(found, right), "{found:?}");
    }
}

/// A list may say that the same rows are there again and again.
#[test]
fn parts_are_together_no_longer_than_their_file() {
    let mut messages = open(PLAIN).ok().unwrap().1;
    let Messages::File { starts, .. } = &mut messages else { panic!("a file") };
    *starts = vec![starts.as_slice()[0]; 1000].into_iter();
    assert!((0..1000).any(|_| matches!(messages.next(), Err(Problem::Damaged))));
}

#[test]
fn what_is_not_read_is_said() {
    let table = read(NESTED).unwrap();
    let names = table.names.unwrap();
    assert_eq!(names[..3], ["a", "lst", "v"]);
    // What stands between is passed over as a whole.
    assert_eq!((&table.columns[0], &table.columns[2]), (&numbers(&[1.5, 2.5, 3.5]), &numbers(&[3.0, 4.0, 5.0])));
    assert_eq!(table.columns.last(), Some(&text(&["p", "q", "p"])));
    let is_unread = |column: &&Kept| matches!(column, Kept::Unread { rows: 3, why } if why.starts_with("lists"));
    assert_eq!(table.columns.iter().filter(is_unread).count(), names.len() - 3);
}

#[test]
fn cut_off_and_damaged() {
    for bytes in [PLAIN, LZ4, ZSTD, POLARS] {
        for end in [bytes.len() - 1, bytes.len() / 2, 20, 8] {
            let error = read(&bytes[..end]).err().unwrap().to_string();
            assert!(error.starts_with("a.arrow cannot be read as Arrow: ") && error.contains("cut off"), "{error}");
        }
    }
    assert!(read(b"").is_err());
    // Whatever a single byte says, there is a table or an error.
    for bytes in [PLAIN, LZ4, DELTAS, POLARS] {
        for at in 0..bytes.len() {
            let mut changed = bytes.to_vec();
            changed[at] ^= 0xff;
            drop(within(parse, "a.arrow", changed, 1 << 20));
        }
    }
}

#[test]
fn a_bomb_is_refused_at_the_budget() {
    assert!(ZEROS.len() < 2000);
    assert!(matches!(within(parse, "a.arrow", ZEROS, 1_000_000), Err(DataError::TooLarge { .. })));
    assert_eq!(read(ZEROS).unwrap().columns[0].len(), 200_000);
}
