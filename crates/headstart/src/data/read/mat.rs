//! MATLAB's files: the arrays of numbers, characters and cells of text in versions 4 and 5 (to which 6 and 7 belong), and in
//! version 7.3, which is HDF5.
//!
//! Source: The `MathWorks`, "MAT-File Format", <https://www.mathworks.com/help/pdf_doc/matlab/matfile_format.pdf>.

use std::collections::HashSet;
use std::io::Read;

use flate2::read::ZlibDecoder;

use super::gzip::read_within;
use super::npy::to_c_order;
use super::scalar::{Scalar, ScalarKind};
use super::{Format, hdf5, unreadable};
use crate::data::DataError;
use crate::data::content::{Archive, Array, Content, Gatherer, Input, Values, listed};
use crate::data::memory::{Budget, elements};
use crate::words;

pub(super) const FORMAT: Format = Format {
    name: "MAT",
    endings: &["mat"],
    recognises: |bytes| is_version_5(bytes) || is_version_7_3(bytes),
    read: |input| {
        if is_version_7_3(&input.bytes) {
            let file = input.file.clone();
            let Content::Archive(inner) = (hdf5::FORMAT.read)(input)? else {
                unreachable!("HDF5 holds several arrays")
            };
            return Ok(Content::Archive(Box::new(Mat73 { file, inner })));
        }
        let open = if is_version_5(&input.bytes) { open_5 } else { open_4 };
        open(input).map(|archive| Content::Archive(Box::new(archive)))
    },
};

const HEADER: usize = 128;

fn is_version_5(bytes: &[u8]) -> bool {
    bytes.starts_with(b"MATLAB 5") && matches!(bytes.get(124..HEADER), Some([0, 1, b'I', b'M'] | [1, 0, b'M', b'I']))
}

fn is_version_7_3(bytes: &[u8]) -> bool {
    bytes.starts_with(b"MATLAB 7.3 MAT-file")
        && bytes.get(512..).is_some_and(|rest| rest.starts_with(b"\x89HDF\r\n\x1a\n"))
}

/// What cannot be read but has to be named, as it may be the samples.
const SPARSE: &str = "it is a sparse matrix, which is not supported: save it as a full one, as by X = full(X) in MATLAB or \
                      X.toarray() in SciPy";

/// The number of a sparse matrix's class.
const SPARSE_CLASS: u8 = 5;

/// An array of a file, of which only the name is known.
struct Entry {
    name: String,
    what: What,
}

enum What {
    /// Of version 5: its element, without its tag, and whether it is compressed.
    Element { start: usize, end: usize, packed: bool },
    /// Of version 4: its numbers, real and in columns, or characters.
    Matrix { start: usize, scalar: Scalar, shape: [usize; 2], text: bool },
    /// Of version 4: a sparse matrix.
    Sparse,
}

struct Mat {
    file: String,
    bytes: Vec<u8>,
    big_endian: bool,
    entries: Vec<Entry>,
    /// What is of a kind that is not read.
    others: Vec<String>,
    budget: Budget,
}

/// The parts of a file one after the other.
#[derive(Clone, Copy)]
struct Parts<'a> {
    bytes: &'a [u8],
    at: usize,
    big_endian: bool,
}

/// An element of version 5.
struct Element<'a> {
    kind: u32,
    data: &'a [u8],
    start: usize,
}

const COMPRESSED: u32 = 15;
const MATRIX: u32 = 14;

impl<'a> Parts<'a> {
    fn u32(self, at: usize) -> Option<u32> {
        let bytes = self.bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if self.big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    }

    /// The next element; none if it is damaged or cut off.
    fn next(&mut self) -> Option<Element<'a>> {
        let tag = self.u32(self.at)?;
        // Up to four bytes may stand in the tag itself.
        let (kind, size, start, next) = match tag >> 16 {
            0 => {
                let size = self.u32(self.at + 4)? as usize;
                let start = self.at + 8;
                let end = start.checked_add(size)?;
                (tag, size, start, if tag == COMPRESSED { end } else { end.checked_next_multiple_of(8)? })
            }
            size => (tag & 0xffff, (size <= 4).then_some(size as usize)?, self.at + 4, self.at + 8),
        };
        let data = self.bytes.get(start..start.checked_add(size)?)?;
        // The padding of the last one may be missing.
        self.at = next.min(self.bytes.len());
        Some(Element { kind, data, start })
    }

    fn is_over(&self) -> bool {
        self.at >= self.bytes.len()
    }
}

/// What stands before an array's elements.
struct Head<'a> {
    class: u8,
    complex: bool,
    shape: Vec<usize>,
    name: &'a [u8],
    rest: Parts<'a>,
}

impl<'a> Head<'a> {
    fn read(bytes: &'a [u8], big_endian: bool) -> Option<Self> {
        let mut parts = Parts { bytes, at: 0, big_endian };
        let flags = parts.next().filter(|flags| flags.data.len() == 8)?;
        let flags = Parts { bytes: flags.data, at: 0, big_endian }.u32(0)?;
        let shape = parts.next()?;
        let lengths = Parts { bytes: shape.data, at: 0, big_endian };
        let shape = (0..shape.data.len() / 4).map(|axis| lengths.u32(4 * axis).map(|length| length as usize));
        let shape = shape.collect::<Option<Vec<_>>>().filter(|shape| (2..=32).contains(&shape.len()))?;
        let name = parts.next()?.data;
        Some(Self { class: flags as u8, complex: flags & 0x800 != 0, shape, name, rest: parts })
    }

    /// Whether it is an array of numbers, characters, or cells, or a sparse one.
    fn is_known(&self) -> bool {
        matches!(self.class, 1 | 4 | SPARSE_CLASS | 6..=15)
    }
}

fn open_5(input: Input) -> Result<Mat, DataError> {
    /// What an array's dimensions and name, of 63 characters at most, take.
    const HEAD: u64 = 1 << 10;
    let big_endian = input.bytes[126] == b'M';
    let cut_off =
        || unreadable(&input.file, FORMAT.name, &"an element is longer than the file (is it cut off or damaged?)");
    let mut parts = Parts { bytes: &input.bytes, at: HEADER, big_endian };
    let (mut entries, mut others) = (Vec::new(), Vec::new());
    while !parts.is_over() {
        let element = parts.next().ok_or_else(cut_off)?;
        let packed = element.kind == COMPRESSED;
        let mut head = Vec::new();
        let bytes = if packed {
            // Whatever is wrong behind the head is noticed when the array is read.
            let mut decoder = ZlibDecoder::new(element.data).take(HEAD);
            drop(decoder.read_to_end(&mut head));
            head.get(8..).ok_or_else(cut_off)?
        } else {
            element.data
        };
        if !packed && element.kind != MATRIX {
            continue;
        }
        let head = Head::read(bytes, big_endian)
            .ok_or_else(|| unreadable(&input.file, FORMAT.name, &"the head of an array is damaged"))?;
        let name = String::from_utf8_lossy(head.name).into_owned();
        // Data of subsystems, as of objects, has no name.
        if name.is_empty() {
            continue;
        }
        input.budget.take(&input.file, Some(128 + name.len() as u64))?;
        if head.is_known() {
            let (start, end) = (element.start, element.start + element.data.len());
            entries.push(Entry { name, what: What::Element { start, end, packed } });
        } else {
            others.push(name);
        }
    }
    Ok(Mat { file: input.file, bytes: input.bytes, big_endian, entries, others, budget: input.budget.clone() })
}

/// Version 4 has no mark: its files are told by their ending.
fn open_4(input: Input) -> Result<Mat, DataError> {
    let error = |what: &str| {
        let reason = format!("{what}; versions 4, 5, 6, 7 and 7.3 are known (is it damaged?)");
        unreadable(&input.file, FORMAT.name, &reason)
    };
    let not_4 = "the beginning of an array is not as in any version";
    let mut at = 0;
    let (mut entries, mut others) = (Vec::new(), Vec::new());
    while at < input.bytes.len() {
        let kind = |big_endian| Parts { bytes: &input.bytes, at, big_endian }.u32(at).filter(|kind| *kind < 5000);
        let (kind, big_endian) =
            kind(false).map(|kind| (kind, false)).or_else(|| Some((kind(true)?, true))).ok_or_else(|| error(not_4))?;
        let field =
            |nth: usize| Parts { bytes: &input.bytes, at, big_endian }.u32(at + 4 * nth).map(|field| field as usize);
        let (Some(rows), Some(columns), Some(complex), Some(length)) = (field(1), field(2), field(3), field(4)) else {
            return Err(error("it ends within the beginning of an array"));
        };
        let of = |kind, size| Some(Scalar { kind, size, big_endian });
        let scalar = match kind % 100 / 10 {
            0 => of(ScalarKind::Float, 8),
            1 => of(ScalarKind::Float, 4),
            2 => of(ScalarKind::Signed, 4),
            3 => of(ScalarKind::Signed, 2),
            4 => of(ScalarKind::Unsigned, 2),
            5 => of(ScalarKind::Unsigned, 1),
            _ => None,
        };
        // The machines of 2000 and more had other floats.
        let (Some(scalar), true) = (scalar, matches!((kind / 1000, kind % 10), (0 | 1, 0..=2)) && complex < 2) else {
            return Err(error(not_4));
        };
        let start = at + 20;
        let name = start.checked_add(length).and_then(|end| input.bytes.get(start..end));
        let name = name.ok_or_else(|| error("it ends within an array's name"))?;
        let name = String::from_utf8_lossy(name.strip_suffix(b"\0").unwrap_or(name)).into_owned();
        let start = start + length;
        let size = elements(&[rows, columns, scalar.size, 1 + complex]).and_then(|size| start.checked_add(size));
        at = size.filter(|&end| end <= input.bytes.len()).ok_or_else(|| error("an array is longer than the file"))?;
        input.budget.take(&input.file, Some(128 + name.len() as u64))?;
        if kind % 10 == 2 {
            entries.push(Entry { name, what: What::Sparse });
        } else if complex == 1 {
            others.push(name);
        } else {
            let what = What::Matrix { start, scalar, shape: [rows, columns], text: kind % 10 == 1 };
            entries.push(Entry { name, what });
        }
    }
    Ok(Mat { file: input.file, bytes: input.bytes, big_endian: false, entries, others, budget: input.budget.clone() })
}

impl Archive for Mat {
    fn names(&self) -> Vec<String> {
        self.entries.iter().map(|entry| entry.name.clone()).collect()
    }

    fn note(&self) -> Option<String> {
        let others = listed(&self.others);
        (!others.is_empty()).then(|| format!("only arrays of numbers and text are read, and not {others}"))
    }

    fn array(&mut self, name: &str) -> Result<Array, DataError> {
        let source = format!("{}, {}", self.file, words::foreign(name));
        let entry = self.entries.iter().find(|entry| entry.name == name);
        let Some(entry) = entry else { return Err(DataError::content(source, "there is no array of this name")) };
        let reading = Reading { source: &source, big_endian: self.big_endian, budget: &self.budget };
        match entry.what {
            What::Element { start, end, packed: false } => reading.array(&self.bytes[start..end]),
            What::Element { start, end, packed: true } => {
                let whole =
                    read_within(ZlibDecoder::new(&self.bytes[start..end]), 0, &source, &self.budget, FORMAT.name)?;
                let element = Parts { bytes: &whole, at: 0, big_endian: self.big_endian }.next();
                let element = element.filter(|element| element.kind == MATRIX).ok_or_else(|| reading.damaged())?;
                let array = reading.array(element.data);
                self.budget.give_back(whole.len() as u64);
                array
            }
            What::Sparse => Err(DataError::content(source, SPARSE)),
            What::Matrix { start, scalar, shape, text } => {
                let count = shape[0] * shape[1];
                let data = &self.bytes[start..start + count * scalar.size];
                if text {
                    reading.characters(scalar, data, &shape)
                } else {
                    reading.numbers(scalar, data, shape.to_vec())
                }
            }
        }
    }
}

/// One array on its way.
struct Reading<'a> {
    source: &'a str,
    big_endian: bool,
    budget: &'a Budget,
}

impl Reading<'_> {
    fn damaged(&self) -> DataError {
        unreadable(self.source, FORMAT.name, &"its shape and its elements do not fit (is it cut off or damaged?)")
    }

    /// How numbers are stored, which may be in less room than their class has.
    fn scalar(&self, kind: u32) -> Option<Scalar> {
        let (kind, size) = match kind {
            1 => (ScalarKind::Signed, 1),
            // 16 to 18 are text, in UTF-8, UTF-16 and UTF-32.
            2 | 16 => (ScalarKind::Unsigned, 1),
            3 => (ScalarKind::Signed, 2),
            4 | 17 => (ScalarKind::Unsigned, 2),
            5 => (ScalarKind::Signed, 4),
            6 | 18 => (ScalarKind::Unsigned, 4),
            7 => (ScalarKind::Float, 4),
            9 => (ScalarKind::Float, 8),
            12 => (ScalarKind::Signed, 8),
            13 => (ScalarKind::Unsigned, 8),
            _ => return None,
        };
        Some(Scalar { kind, size, big_endian: self.big_endian })
    }

    fn array(&self, bytes: &[u8]) -> Result<Array, DataError> {
        let mut head = Head::read(bytes, self.big_endian).ok_or_else(|| self.damaged())?;
        if head.class == SPARSE_CLASS {
            return Err(DataError::content(self.source, SPARSE));
        }
        if head.complex {
            return Err(DataError::content(self.source, "complex numbers are not supported"));
        }
        if head.class == 1 {
            return self.cells(head);
        }
        let element = head.rest.next().ok_or_else(|| self.damaged())?;
        let scalar = self.scalar(element.kind).ok_or_else(|| self.damaged())?;
        if head.class == 4 {
            return self.characters(scalar, element.data, &head.shape);
        }
        self.numbers(scalar, element.data, head.shape)
    }

    /// Numbers, in the file with the first axis running fastest.
    fn numbers(&self, scalar: Scalar, data: &[u8], shape: Vec<usize>) -> Result<Array, DataError> {
        if elements(&shape).and_then(|count| count.checked_mul(scalar.size)) != Some(data.len()) {
            return Err(self.damaged());
        }
        // Two copies for a while.
        self.budget.take_shape(self.source, &shape)?;
        self.budget.take_shape(self.source, &shape)?;
        let rounded = scalar.rounds(data);
        let values = scalar.read(data).ok_or_else(|| self.damaged())?;
        let values = to_c_order(values, &shape).map_err(|error| unreadable(self.source, FORMAT.name, &error))?;
        self.budget.give_back(8 * values.len() as u64);
        Ok(Array { shape, values: Values::Numbers(values), rounded })
    }

    /// A text in each row.
    fn characters(&self, scalar: Scalar, data: &[u8], shape: &[usize]) -> Result<Array, DataError> {
        let mut texts = Gatherer::new(self.source, self.budget);
        let [rows, width] = *shape else { return Err(self.damaged()) };
        self.text(scalar, data, rows, width, &mut texts)?;
        Ok(Array::new(vec![rows], Values::Text(texts.finish())))
    }

    fn text(
        &self,
        scalar: Scalar,
        data: &[u8],
        rows: usize,
        width: usize,
        into: &mut Gatherer,
    ) -> Result<(), DataError> {
        let codes = data.len() / scalar.size;
        // The numbers and the characters.
        self.budget.take_each(self.source, Some(codes), 16)?;
        let chars: Option<Vec<char>> = match (std::str::from_utf8(data), scalar.size) {
            (Ok(text), 1) => Some(text.chars().collect()),
            (Err(_), 1) => Some(data.iter().map(|&byte| char::from(byte)).collect()),
            (_, 2) => scalar.read(data).and_then(|codes| {
                char::decode_utf16(codes.into_iter().map(|code| code as u16)).collect::<Result<_, _>>().ok()
            }),
            _ => {
                scalar.read(data).and_then(|codes| codes.into_iter().map(|code| char::from_u32(code as u32)).collect())
            }
        };
        let chars = chars.ok_or_else(|| unreadable(self.source, FORMAT.name, &"a text in it is not valid Unicode"))?;
        // Rows of no characters take no room in the file.
        if elements(&[rows, width]) != Some(chars.len()) || chars.is_empty() && rows > 0 {
            return Err(self.damaged());
        }
        let mut text = String::with_capacity(width);
        for row in 0..rows {
            text.clear();
            text.extend(chars.iter().skip(row).step_by(rows));
            into.push(text.trim_matches(|c: char| c == '\0' || c.is_whitespace()))?;
        }
        self.budget.give_back(16 * codes as u64);
        Ok(())
    }

    /// Cells, each of which is a text.
    fn cells(&self, mut head: Head) -> Result<Array, DataError> {
        let count = elements(&head.shape).ok_or_else(|| self.damaged())?;
        let mut texts = Gatherer::new(self.source, self.budget);
        for _ in 0..count {
            let cell = head.rest.next().filter(|cell| cell.kind == MATRIX).ok_or_else(|| self.damaged())?;
            let mut cell = Head::read(cell.data, self.big_endian).ok_or_else(|| self.damaged())?;
            let (rows, empty) = (cell.shape[0], cell.shape.contains(&0));
            if cell.class != 4 || !empty && rows != 1 {
                let problem = "it is a cell array with other cells than lines of text, which is not supported";
                return Err(DataError::content(self.source, problem));
            }
            if empty {
                texts.push("")?;
                continue;
            }
            let element = cell.rest.next().ok_or_else(|| self.damaged())?;
            let scalar = self.scalar(element.kind).ok_or_else(|| self.damaged())?;
            self.text(scalar, element.data, 1, cell.shape[1], &mut texts)?;
        }
        Ok(Array::new(vec![count], Values::Text(texts.finish())))
    }
}

/// Version 7.3: HDF5, in which every array's axes are in the opposite order, and a sparse one is a group: of its numbers (`data`),
/// their rows (`ir`), and where each column begins among them (`jc`).
struct Mat73 {
    file: String,
    inner: Box<dyn Archive>,
}

impl Archive for Mat73 {
    fn names(&self) -> Vec<String> {
        let own = |name: &String| !name.starts_with("#refs#") && !name.starts_with("#subsystem#");
        let names: Vec<String> = self.inner.names().into_iter().filter(own).collect();
        let known: HashSet<&str> = names.iter().map(String::as_str).collect();
        let whole = |name: &String| match name.rsplit_once('/') {
            Some((group, part @ ("data" | "ir" | "jc"))) if parts(group).iter().all(|part| known.contains(&**part)) => {
                (part == "jc").then(|| group.to_owned())
            }
            _ => Some(name.clone()),
        };
        names.iter().filter_map(whole).collect()
    }

    fn note(&self) -> Option<String> {
        self.inner.note()
    }

    fn array(&mut self, name: &str) -> Result<Array, DataError> {
        let known = self.inner.names();
        if !known.iter().any(|known| known == name) && parts(name).iter().all(|part| known.contains(part)) {
            return Err(DataError::content(format!("{}, {}", self.file, words::foreign(name)), SPARSE));
        }
        let Array { mut shape, values, rounded } = self.inner.array(name)?;
        shape.reverse();
        let values = match values {
            Values::Numbers(values) if !values.is_empty() => {
                Values::Numbers(to_c_order(values, &shape).map_err(|error| unreadable(name, FORMAT.name, &error))?)
            }
            values => values,
        };
        Ok(Array { shape, values, rounded })
    }
}

/// The datasets that every sparse array of version 7.3 has: one of zeros only has no others.
fn parts(sparse: &str) -> [String; 2] {
    [format!("{sparse}/ir"), format!("{sparse}/jc")]
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Write;

    use flate2::{Compression, write::ZlibEncoder};

    use super::super::hdf5::tests::hdf5;
    use super::*;

    pub(in crate::data::read) const PLAIN: &[u8] = include_bytes!("samples/plain.mat");
    pub(in crate::data::read) const PACKED: &[u8] = include_bytes!("samples/packed.mat");
    pub(in crate::data::read) const OLD: &[u8] = include_bytes!("samples/old.mat");
    pub(in crate::data::read) const NEW: &[u8] = include_bytes!("samples/new.mat");

    fn opened(bytes: &[u8], budget: u64) -> Result<Box<dyn Archive>, DataError> {
        let budget = &Budget::of(budget);
        match (FORMAT.read)(Input { file: "a.mat".into(), bytes: bytes.to_vec(), budget })? {
            Content::Archive(archive) => Ok(archive),
            _ => panic!("MAT holds several arrays"),
        }
    }

    fn numbers(shape: &[usize], values: &[f64]) -> Array {
        Array::new(shape.to_vec(), Values::Numbers(values.to_vec()))
    }

    fn texts(texts: &[&str]) -> Array {
        let names = texts.iter().copied().collect();
        Array::new(vec![texts.len()], Values::Text(names))
    }

    /// What `scipy.io.loadmat` gives of what `savemat` wrote (bench/formats.py).
    #[test]
    fn version_5_as_it_is_and_compressed() {
        for bytes in [PLAIN, PACKED] {
            assert!((FORMAT.recognises)(bytes));
            let mut file = opened(bytes, 1_000_000).unwrap();
            assert_eq!(file.names(), ["X", "y", "small", "big", "cube", "yes", "names", "cells", "z"]);
            assert_eq!(file.note().unwrap(), "only arrays of numbers and text are read, and not s");
            assert_eq!(file.array("X").unwrap(), numbers(&[3, 2], &[1.5, 2.0, 3.0, -4e300, 5.0, 6.0]));
            assert_eq!(file.array("y").unwrap(), numbers(&[3, 1], &[1.0, 0.0, 1.0]));
            assert_eq!(file.array("small").unwrap(), numbers(&[1, 3], &[1.0, 2.0, 300.0]));
            let big = file.array("big").unwrap();
            assert!(big.rounded && big.values == Values::Numbers(vec![9007199254740992.0]));
            assert_eq!(file.array("cube").unwrap(), numbers(&[2, 2, 2], &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]));
            assert_eq!(file.array("yes").unwrap(), numbers(&[1, 2], &[1.0, 0.0]));
            assert_eq!(file.array("names").unwrap(), texts(&["cat", "größer"]));
            assert_eq!(file.array("cells").unwrap(), texts(&["setosa", "", "höher"]));
            assert_eq!(file.array("z").unwrap_err().to_string(), "a.mat, z: complex numbers are not supported");
            assert!(file.array("none").is_err());
        }
    }

    #[test]
    fn versions_4_and_7_3() {
        let mut file = opened(OLD, 1_000_000).unwrap();
        assert_eq!(file.names(), ["X", "y", "names"]);
        assert_eq!(file.array("X").unwrap(), numbers(&[3, 2], &[1.5, 2.0, 3.0, -4e300, 5.0, 6.0]));
        assert_eq!(file.array("y").unwrap(), numbers(&[3, 1], &[1.0, 0.0, 1.0]));
        assert_eq!(file.array("names").unwrap(), texts(&["cat", "dog"]));
        assert!(file.note().unwrap().ends_with("and not z"));
        assert!((FORMAT.recognises)(NEW));
        let mut file = opened(NEW, 1_000_000).unwrap();
        assert_eq!(file.names(), ["X"]);
        assert_eq!(file.array("X").unwrap(), numbers(&[3, 2], &[1.5, 2.0, 3.0, -4e300, 5.0, 6.0]));
    }

    #[test]
    fn a_sparse_matrix_is_named() {
        // As `scipy.io.savemat` writes [[0, 1.5], [2, 0]] in versions 5 and 4, here with zeros for the numbers of 4.
        let element = |kind: u32, data: &[u8]| {
            let mut element = [kind.to_le_bytes(), (data.len() as u32).to_le_bytes()].concat();
            element.extend(data);
            element.resize(element.len().next_multiple_of(8), 0);
            element
        };
        let ints = |ints: &[u32]| ints.iter().flat_map(|int| int.to_le_bytes()).collect::<Vec<_>>();
        let floats = |floats: &[f64]| floats.iter().flat_map(|float| float.to_le_bytes()).collect::<Vec<_>>();
        let parts = [
            element(6, &ints(&[5, 2])),
            element(5, &ints(&[2, 2])),
            element(1, b"X"),
            element(5, &ints(&[1, 0])),
            element(5, &ints(&[0, 1, 2])),
            element(9, &floats(&[2.0, 1.5])),
        ];
        let new = [&PLAIN[..HEADER], &element(MATRIX, &parts.concat())].concat();
        let old = [ints(&[2, 3, 3, 0, 2]), b"X\0".to_vec(), vec![0; 72]].concat();
        for bytes in [new, old] {
            let mut file = opened(&bytes, 1_000_000).unwrap();
            assert_eq!((file.names(), file.note()), (vec!["X".to_owned()], None));
            let error = file.array("X").unwrap_err().to_string();
            assert!(error.starts_with("a.mat, X: it is a sparse matrix"), "{error}");
            assert!(error.contains("X = full(X) in MATLAB"), "{error}");
        }
    }

    #[test]
    fn a_sparse_matrix_of_version_7_3_is_named() {
        struct Datasets;
        impl Archive for Datasets {
            fn names(&self) -> Vec<String> {
                ["y", "X/data", "X/ir", "X/jc", "s/data", "s/ir"].map(str::to_owned).to_vec()
            }
            fn array(&mut self, _: &str) -> Result<Array, DataError> {
                Ok(numbers(&[1, 2], &[1.0, 2.0]))
            }
        }
        let mut file = Mat73 { file: "a.mat".to_owned(), inner: Box::new(Datasets) };
        assert_eq!(file.names(), ["y", "X", "s/data", "s/ir"]);
        let error = file.array("X").unwrap_err().to_string();
        assert!(error.starts_with("a.mat, X: it is a sparse matrix"), "{error}");
        assert_eq!(file.array("y").unwrap().shape, [2, 1]);
    }

    #[test]
    fn other_files_are_not_taken_for_one() {
        let plain = hdf5();
        for other in [plain.as_slice(), b"MATLAB", b"", b"1,2\n"] {
            assert!(!(FORMAT.recognises)(other));
        }
        let error = opened(b"1,2\n3,4\n5,6\n7,8\n", 1_000_000).err().unwrap().to_string();
        assert!(error.contains("is not as in any version; versions 4, 5, 6, 7 and 7.3 are known"), "{error}");
    }

    #[test]
    fn damage_is_an_error() {
        for bytes in [PLAIN, PACKED, OLD, NEW] {
            let error = opened(&bytes[..bytes.len() - 20], 1_000_000).err().unwrap().to_string();
            assert!(error.starts_with("a.mat cannot be read as "), "{error}");
        }
        // A shape that its elements do not have: 3 x 2 becomes 3 x 3.
        let mut changed = PLAIN.to_vec();
        let at = changed.windows(8).position(|bytes| bytes == [3, 0, 0, 0, 2, 0, 0, 0]).unwrap();
        changed[at + 4] = 3;
        let error = opened(&changed, 1_000_000).unwrap().array("X").unwrap_err().to_string();
        assert!(error.contains("its shape and its elements do not fit"), "{error}");
    }

    #[test]
    fn a_bomb_is_refused_at_the_budget() {
        // One matrix of 1 x 1,000,000 bytes that are 0.
        let mut matrix = Vec::new();
        let mut element = |kind: u32, data: &[u8]| {
            matrix.extend([kind.to_le_bytes(), (data.len() as u32).to_le_bytes()].concat());
            matrix.extend(data);
            matrix.resize(matrix.len().next_multiple_of(8), 0);
        };
        element(6, &[9, 0, 0, 0, 0, 0, 0, 0]);
        element(5, &[1_u32.to_le_bytes(), 1_000_000_u32.to_le_bytes()].concat());
        element(1, b"x");
        element(2, &vec![0; 1_000_000]);
        let mut packed = ZlibEncoder::new(Vec::new(), Compression::best());
        packed.write_all(&[14_u32.to_le_bytes(), (matrix.len() as u32).to_le_bytes()].concat()).unwrap();
        packed.write_all(&matrix).unwrap();
        let packed = packed.finish().unwrap();
        let mut bomb = PACKED[..HEADER].to_vec();
        bomb.extend([15_u32.to_le_bytes(), (packed.len() as u32).to_le_bytes()].concat());
        bomb.extend(packed);
        assert!(bomb.len() < 2000);
        assert_eq!(opened(&bomb, 20_000_000).unwrap().array("x").unwrap().shape, [1, 1_000_000]);
        for budget in [100_000, 5_000_000] {
            let error = opened(&bomb, budget).unwrap().array("x").unwrap_err();
            assert!(matches!(error, DataError::TooLarge { .. }), "{error}");
        }
    }
}
