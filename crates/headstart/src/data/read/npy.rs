//! NPY, `NumPy`'s format of one array.
//! Source: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>.
//!
//! The header is a Python literal of a fixed form; the few lines that take it apart here cannot be led into deep
//! recursion or large allocations, which a parser for any Python literal can.

use ndarray::{ArrayD, ShapeBuilder};

use super::scalar::{Scalar, ScalarKind};
use super::{Format, unreadable};
use crate::data::DataError;
use crate::data::content::{Array, Content, Gatherer, Values};
use crate::data::memory::{Budget, elements};

pub(super) const FORMAT: Format = Format {
    name: "NPY",
    endings: &["npy"],
    recognises: |bytes| bytes.starts_with(MAGIC),
    read: |input| parse(&input.file, &input.bytes, input.budget).map(Content::Array),
};

const MAGIC: &[u8] = b"\x93NUMPY";

/// The array in `bytes`; `file` is how messages call it.
pub(super) fn parse(file: &str, bytes: &[u8], budget: &Budget) -> Result<Array, DataError> {
    let error = |reason: String| unreadable(file, FORMAT.name, &reason);
    let (header, data) = split_header(bytes).ok_or_else(|| error("the header is damaged or cut off".to_owned()))?;
    let field = |name: &str| value(header, name).ok_or_else(|| error(format!("the header has no '{name}'")));
    let element = Element::parse(field("descr")?).map_err(error)?;
    let fortran = field("fortran_order")?.starts_with("True");
    let shape = parse_shape(field("shape")?).ok_or_else(|| error("the header's shape is damaged".to_owned()))?;

    let needed = elements(&shape).and_then(|count| count.checked_mul(element.size()));
    let data = needed.and_then(|needed| data.get(..needed)).ok_or_else(|| {
        error(format!(
            "the header says {shape:?} elements of {} bytes, but {} bytes follow (is it cut off?)",
            element.size(),
            data.len()
        ))
    })?;
    let mut rounded = false;
    let values = match element {
        Element::Number(scalar) => {
            budget.take_shape(file, &shape)?;
            rounded = scalar.rounds(data);
            let values = scalar.read(data).ok_or_else(|| error("unknown number type".to_owned()))?;
            if fortran && shape.len() > 1 {
                // Two copies for a while.
                budget.take_shape(file, &shape)?;
                let ordered = to_c_order(values, &shape).map_err(error)?;
                budget.give_back(8 * ordered.len() as u64);
                Values::Numbers(ordered)
            } else {
                Values::Numbers(values)
            }
        }
        Element::Text { .. } if fortran && shape.len() > 1 => {
            return Err(error("strings in Fortran order are not supported".to_owned()));
        }
        Element::Text { characters, wide, big_endian } => {
            let mut names = Gatherer::new(file, budget);
            let mut text = String::new();
            for bytes in data.chunks_exact(characters * if wide { 4 } else { 1 }) {
                text.clear();
                decode(bytes, wide, big_endian, &mut text)
                    .ok_or_else(|| error("a string in it is not valid Unicode".to_owned()))?;
                names.push(text.trim_end_matches('\0'))?;
            }
            Values::Text(names.finish())
        }
    };
    Ok(Array { shape, values, rounded })
}

/// The header's text and what follows it.
fn split_header(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let rest = bytes.strip_prefix(MAGIC)?;
    let (length, rest) = match rest.first()? {
        1 => (usize::from(u16::from_le_bytes(rest.get(2..4)?.try_into().ok()?)), &rest[4..]),
        2 | 3 => (u32::from_le_bytes(rest.get(2..6)?.try_into().ok()?) as usize, &rest[6..]),
        _ => return None,
    };
    Some((std::str::from_utf8(rest.get(..length)?).ok()?, &rest[length..]))
}

/// What follows `'name':` in the header.
fn value<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    let at = header.find(&format!("'{name}'"))? + name.len() + 2;
    Some(header[at..].trim_start().strip_prefix(':')?.trim_start())
}

/// `(209, 64, 3), ...`
fn parse_shape(text: &str) -> Option<Vec<usize>> {
    let (axes, _) = text.strip_prefix('(')?.split_once(')')?;
    // Python 2 wrote `3L`.
    axes.split(',')
        .map(|axis| axis.trim().trim_end_matches('L'))
        .filter(|axis| !axis.is_empty())
        .map(|axis| axis.parse().ok())
        .collect()
}

/// What one element is.
enum Element {
    Number(Scalar),
    /// Fixed-length strings, padded with zeros: bytes, or (`wide`) UTF-32.
    Text {
        characters: usize,
        wide: bool,
        big_endian: bool,
    },
}

impl Element {
    /// From `NumPy`'s type string, such as `'<f8'`.
    fn parse(descr: &str) -> Result<Self, String> {
        let unsupported =
            || format!("elements of type {} are not supported", descr.split_once(", '").map_or(descr, |d| d.0));
        let text = descr.strip_prefix('\'').and_then(|rest| rest.split_once('\'')).map(|(text, _)| text);
        let text = text.filter(|text| text.is_ascii() && text.len() >= 2).ok_or_else(unsupported)?;
        let big_endian = text.starts_with('>');
        let text = text.trim_start_matches(['<', '>', '=', '|']);
        if text.starts_with('O') {
            return Err("it holds Python objects: save it as an array of numbers or strings".to_owned());
        }
        let (kind, size) = text.split_at_checked(1).ok_or_else(unsupported)?;
        let size: usize = size.parse().map_err(|_| unsupported())?;
        let number = |kind| Element::Number(Scalar { kind, size, big_endian });
        let element = match kind {
            "b" => number(ScalarKind::Bool),
            "i" => number(ScalarKind::Signed),
            "u" => number(ScalarKind::Unsigned),
            "f" => number(ScalarKind::Float),
            "S" => Element::Text { characters: size, wide: false, big_endian },
            "U" => Element::Text { characters: size, wide: true, big_endian },
            _ => return Err(unsupported()),
        };
        match element {
            Element::Number(scalar) if !scalar.is_supported() => Err(unsupported()),
            Element::Text { characters, .. } if characters == 0 || characters > 1 << 20 => Err(unsupported()),
            element => Ok(element),
        }
    }

    /// Bytes.
    fn size(&self) -> usize {
        match *self {
            Self::Number(scalar) => scalar.size,
            Self::Text { characters, wide, .. } => characters * if wide { 4 } else { 1 },
        }
    }
}

/// Elements of which the first axis runs fastest, as those of which the last one does.
pub(super) fn to_c_order(values: Vec<f64>, shape: &[usize]) -> Result<Vec<f64>, String> {
    let array = ArrayD::from_shape_vec(shape.f(), values).map_err(|error| error.to_string())?;
    Ok(array.iter().copied().collect())
}

/// Adds the characters of one string, its padding included; `None` if it is not Unicode.
fn decode(bytes: &[u8], wide: bool, big_endian: bool, text: &mut String) -> Option<()> {
    if !wide {
        text.push_str(std::str::from_utf8(bytes).ok()?);
        return Some(());
    }
    let code = |&code: &[u8; 4]| if big_endian { u32::from_be_bytes(code) } else { u32::from_le_bytes(code) };
    bytes.as_chunks().0.iter().try_for_each(|c| char::from_u32(code(c)).map(|c| text.push(c)))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// An NPY file of version 1.
    pub(in crate::data) fn npy(descr: &str, fortran: bool, shape: &str, data: &[u8]) -> Vec<u8> {
        let order = if fortran { "True" } else { "False" };
        let mut header = format!("{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}");
        while (header.len() + 11) % 64 != 0 {
            header.push(' ');
        }
        header.push('\n');
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend(u16::try_from(header.len()).unwrap().to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(data);
        bytes
    }

    pub(in crate::data) fn f64s(values: &[f64]) -> Vec<u8> {
        values.iter().flat_map(|value| value.to_le_bytes()).collect()
    }

    fn read(bytes: &[u8]) -> Result<Array, DataError> {
        parse("a.npy", bytes, &Budget::of(1_000_000))
    }

    #[test]
    fn both_orders_end_in_c_order() {
        let data = f64s(&[1., 2., 3., 4., 5., 6.]);
        let c = read(&npy("'<f8'", false, "(2, 3)", &data)).unwrap();
        assert_eq!(c, Array::new(vec![2, 3], Values::Numbers(vec![1., 2., 3., 4., 5., 6.])));
        let fortran = read(&npy("'<f8'", true, "(2, 3)", &data)).unwrap();
        assert_eq!(fortran.values, Values::Numbers(vec![1., 3., 5., 2., 4., 6.]));
    }

    #[test]
    fn types() {
        let numbers = |descr: &str, data: &[u8]| read(&npy(descr, false, "(1,)", data)).unwrap().values;
        assert_eq!(numbers("'|b1'", &[1]), Values::Numbers(vec![1.0]));
        assert_eq!(numbers("'>i4'", &[0xff, 0xff, 0xff, 0xfe]), Values::Numbers(vec![-2.0]));
        assert_eq!(numbers("'<f2'", &[0x00, 0x3c]), Values::Numbers(vec![1.0]));
        assert_eq!(numbers("'|S4'", b"cat\0"), Values::Text(["cat"].into_iter().collect()));
        assert_eq!(numbers("'<U2'", &[b'a', 0, 0, 0, 0xe9, 0, 0, 0]), Values::Text(["aé"].into_iter().collect()));
        for descr in ["'<c16'", "'<f16'", "'|O'", "[('a', '<f8')]", "'<M8[ns]'"] {
            assert!(read(&npy(descr, false, "(1,)", &[0; 16])).is_err(), "{descr}");
        }
    }

    #[test]
    fn claims_are_held_against_the_files_size() {
        let error = read(&npy("'<f8'", false, "(1000000000000,)", &[0; 8])).unwrap_err().to_string();
        assert!(error.contains("(is it cut off?)"), "{error}");
        let overflow = npy("'<f8'", false, "(4611686018427387904, 4611686018427387904)", &[0; 8]);
        assert!(read(&overflow).is_err());
        assert!(read(b"\x93NUMPY\x02\x00\xff\xff\xff\xff{}").is_err());
    }

    #[test]
    fn a_string_of_many_samples_is_kept_once() {
        let data = b"cat\0".repeat(100_000);
        let file = npy("'|S4'", false, "(100000,)", &data);
        let Values::Text(names) = read(&file).unwrap().values else { panic!("text") };
        assert_eq!((names.len(), names.levels().len()), (100_000, 1));
        let long = npy("'|S10000'", false, "(200,)", &vec![b'x'; 2_000_000]);
        assert!(read(&long).is_ok());
        let all_different: Vec<u8> =
            (0..20_000u32).flat_map(|i| [&i.to_le_bytes()[..], &[1; 96]].concat()).map(|b| b % 128).collect();
        let error = read(&npy("'|S100'", false, "(20000,)", &all_different)).unwrap_err();
        assert!(matches!(error, DataError::TooLarge { .. }), "{error}");
    }

    #[test]
    fn whole_numbers_that_are_rounded_are_noticed() {
        let rounded = |value: i64| read(&npy("'<i8'", false, "(1,)", &value.to_le_bytes())).unwrap().rounded;
        assert_eq!((rounded(1 << 53), rounded((1 << 53) + 1)), (false, true));
    }
}
