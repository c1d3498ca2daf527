use std::io::Write;

use flate2::{Compression, write::ZlibEncoder};

use super::FORMAT;
use super::elements::MATRIX;
use super::version_5::HEADER;
use super::version_7_3::Mat73;
use crate::data::DataError;
use crate::data::content::{Archive, Array, Content, Input, Values};
use crate::data::memory::Budget;
use crate::data::read::hdf5::tests::hdf5;

pub(in crate::data::read) const PLAIN: &[u8] = include_bytes!("../samples/plain.mat");
pub(in crate::data::read) const PACKED: &[u8] = include_bytes!("../samples/packed.mat");
pub(in crate::data::read) const OLD: &[u8] = include_bytes!("../samples/old.mat");
pub(in crate::data::read) const NEW: &[u8] = include_bytes!("../samples/new.mat");

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
