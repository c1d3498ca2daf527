//! Damaged files: whatever bytes come, every reader gives content or an error, and does not panic.

use std::io::Write;

use flate2::{Compression as Level, write::GzEncoder};
use parquet::basic::{Compression, ZstdLevel};
use proptest::prelude::*;

use super::arrow::tests as arrow;
use super::mat::tests as mat;
use super::read_bytes;
use super::testing::{f64s, hdf5, npy, npz, parquet, zip};
use crate::data::check_bytes;
use crate::data::content::Content;
use crate::data::memory::Budget;

/// Valid small files of every kind.
fn samples() -> Vec<(&'static str, Vec<u8>)> {
    let x = npy("'<f8'", true, "(2, 3)", &f64s(&[1., 2., 3., 4., 5., 6.]));
    let y = npy("'<U3'", false, "(2,)", &[b'a', 0, 0, 0, b'b', 0, 0, 0, 0, 0, 0, 0].repeat(2));
    let rows = [(Some(1.5), 255, "cat"), (None, 0, "dog"), (Some(2.5), 7, "cat"), (Some(3.5), 7, "cat")];
    let idx = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6].to_vec();
    let mut gzip = GzEncoder::new(Vec::new(), Level::default());
    gzip.write_all(&idx).unwrap();
    vec![
        ("a.csv", b"age,\"weight\",kind\n1,2.5,cat\n3,n/a,dog\r\n\n5,6e3,cat\n".to_vec()),
        ("b.csv", b"1;2;0\n3;4;1\n".to_vec()),
        ("x.npy", x.clone()),
        ("y.npy", y.clone()),
        ("a.npz", npz(&[("x", x.clone()), ("y", y.clone())], false)),
        ("b.npz", npz(&[("x", x), ("y", y)], true)),
        ("a.idx", idx),
        ("a.idx.gz", gzip.finish().unwrap()),
        ("a.h5", hdf5()),
        ("a.arff", b"@relation r\n@attribute a real\n@attribute 'b c' integer\n@attribute k {x,'y z'}\n@data\n1,2,x\n{0 ?, 2 'y z'}\n".to_vec()),
        ("a.libsvm", b"1 1:0.5 3:2 # c\n-1 qid:3 2:1e3\n".to_vec()),
        ("a.json", br#"[{"a":1.5,"b":true,"k":"x"},{"a":null,"b":2,"k":"y\u00e9"}]"#.to_vec()),
        ("b.json", br#"{"a":{"0":1.5,"1":null},"k":{"0":"x","1":"y"}}"#.to_vec()),
        ("c.json", br#"{"columns":["a","k"],"index":[0,1],"data":[[1.5,"x"],[2,"y"]]}"#.to_vec()),
        ("a.jsonl", b"{\"a\":1,\"k\":\"x\"}\n\n{\"k\":\"y\",\"a\":2}\n".to_vec()),
        ("a.dat", b"  1.5  2 x\n\t3\t4 \"y z\"\n".to_vec()),
        ("latin1.csv", b"gr\xf6\xdfe,art\n1,x\n2,\xe4\n".to_vec()),
        ("utf16.csv", "\u{feff}größe,art\n1,x\n2,ä\n".encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("a.zip", zip(&[("__MACOSX/._a.csv", b"x"), ("a.csv", b"a,k\n1,x\n2,y\n")])),
        ("plain.mat", mat::PLAIN.to_vec()),
        ("packed.mat", mat::PACKED.to_vec()),
        ("old.mat", mat::OLD.to_vec()),
        ("new.mat", mat::NEW.to_vec()),
        ("a.arrows", arrow::DELTAS.to_vec()),
        ("a.arrow", arrow::POLARS.to_vec()),
        ("a.parquet", parquet(&rows, 2, Compression::UNCOMPRESSED)),
        ("b.parquet", parquet(&rows, 1, Compression::SNAPPY)),
        ("c.parquet", parquet(&rows, 1, Compression::ZSTD(ZstdLevel::default()))),
    ]
}

/// One piece of damage; positions are shares of the file's length.
#[derive(Clone, Debug)]
enum Damage {
    Flip(f64, u8),
    Set(f64, u8),
    /// A 4 byte number, as a size might be.
    Number(f64, u32),
    Insert(f64, Vec<u8>),
    Remove(f64, usize),
    CutOff(f64),
    /// A stretch of the file put somewhere else.
    Move(f64, f64, usize),
}

impl Damage {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let len = bytes.len();
        let at = |share: f64| ((share * len as f64) as usize).min(len.saturating_sub(1));
        if len == 0 {
            return;
        }
        match self {
            Self::Flip(share, bit) => bytes[at(*share)] ^= 1 << (bit % 8),
            Self::Set(share, value) => bytes[at(*share)] = *value,
            Self::Number(share, number) => {
                for (byte, new) in bytes[at(*share)..].iter_mut().zip(number.to_le_bytes()) {
                    *byte = new;
                }
            }
            Self::Insert(share, new) => drop(bytes.splice(at(*share)..at(*share), new.iter().copied())),
            Self::Remove(share, count) => drop(bytes.drain(at(*share)..(at(*share) + count).min(len))),
            Self::CutOff(share) => bytes.truncate(at(*share)),
            Self::Move(from, to, count) => {
                let piece = bytes[at(*from)..(at(*from) + count).min(len)].to_vec();
                for (byte, new) in bytes[at(*to)..].iter_mut().zip(piece) {
                    *byte = new;
                }
            }
        }
    }
}

fn damage() -> impl Strategy<Value = Damage> {
    let share = || 0.0..1.0;
    let large = prop_oneof![Just(u32::MAX), Just(i32::MAX as u32), Just(1 << 30), Just(0), any::<u32>()];
    prop_oneof![
        4 => (share(), any::<u8>()).prop_map(|(at, bit)| Damage::Flip(at, bit)),
        4 => (share(), any::<u8>()).prop_map(|(at, value)| Damage::Set(at, value)),
        2 => (share(), large).prop_map(|(at, number)| Damage::Number(at, number)),
        1 => (share(), prop::collection::vec(any::<u8>(), 1..9)).prop_map(|(at, new)| Damage::Insert(at, new)),
        1 => (share(), 1usize..9).prop_map(|(at, count)| Damage::Remove(at, count)),
        1 => share().prop_map(Damage::CutOff),
        1 => (share(), share(), 1usize..33).prop_map(|(from, to, count)| Damage::Move(from, to, count)),
    ]
}

/// Reads all there is, and drops it.
fn read_all(name: &str, bytes: Vec<u8>) {
    let _ = check_bytes(name, &bytes, 1 << 20);
    if let Ok(Content::Archive(mut archive)) = read_bytes(name.to_owned(), bytes, &Budget::of(1 << 20)) {
        for name in archive.names() {
            let _ = archive.array(&name);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_files_never_panic(
        which in 0..samples().len(), damage in prop::collection::vec(damage(), 1..6),
    ) {
        let (name, mut bytes) = samples().swap_remove(which);
        for damage in damage {
            damage.apply(&mut bytes);
        }
        read_all(name, bytes);
    }

    #[test]
    fn noise_never_panics(which in 0..samples().len(), noise in prop::collection::vec(any::<u8>(), 0..200)) {
        let (name, bytes) = samples().swap_remove(which);
        read_all(name, noise.clone());
        // The beginning of a real file gets noise past the first look.
        let mut begun = bytes[..bytes.len().min(12)].to_vec();
        begun.extend(noise);
        read_all(name, begun);
    }
}

/// Few by default, to be quick; `PROPTEST_CASES` asks for more.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(2000)
}

#[test]
fn every_cut_and_every_flipped_bit() {
    for (name, bytes) in samples() {
        for end in 0..bytes.len() {
            read_all(name, bytes[..end].to_vec());
        }
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << (at % 8);
            read_all(name, damaged);
        }
    }
}

#[test]
fn the_samples_are_valid() {
    for (name, bytes) in samples() {
        let content = read_bytes(name.to_owned(), bytes, &Budget::of(1 << 20)).unwrap();
        if let Content::Archive(mut archive) = content {
            // But for complex numbers.
            for name in archive.names().iter().filter(|name| *name != "z") {
                archive.array(name).unwrap();
            }
        }
    }
}

/// Small files that claim, or unfold to, what no memory holds.
#[test]
fn bombs_are_refused() {
    let empty: [(&str, Vec<u8>); 5] = [
        ("a.npy", npy("'<f8'", false, "(0, 4611686018427387904)", &[])),
        ("b.npy", npy("'<f8'", true, "(4611686018427387904, 0)", &[])),
        (
            "a.npz",
            npz(
                &[
                    ("x", npy("'<f8'", false, "(1, 0)", &[])),
                    ("y", npy("'|u1'", false, "(9223372036854775807, 0)", &[])),
                ],
                true,
            ),
        ),
        ("a.idx", [0, 0, 8, 2, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0].to_vec()),
        ("b.idx", [0, 0, 8, 2, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff].to_vec()),
    ];
    for (name, bytes) in empty {
        let error = check_bytes(name, &bytes, 1 << 30).unwrap_err().to_string();
        assert!(error.contains("there is nothing in it"), "{error}");
    }
    assert!(check_bytes("c.npy", &npy("'<U1'", false, "(4611686018427387904, 0)", &[]), 1 << 30).is_err());
    let zeros =
        |descr: &str, count: usize, size: usize| npy(descr, false, &format!("({count},)"), &vec![0; count * size]);
    let mut commas = GzEncoder::new(Vec::new(), Level::best());
    commas.write_all(&vec![b','; 5_000_000]).unwrap();
    let long = "x".repeat(10_000);
    let rows: Vec<String> = (0..500).map(|i| format!("{i}{long}")).collect();
    let rows: Vec<(Option<f64>, u8, &str)> = rows.iter().map(|text| (None, 0, text.as_str())).collect();
    for (name, bytes) in [
        ("text.npz", npz(&[("x", zeros("'<U1'", 1_000_000, 4)), ("y", zeros("'|u1'", 1_000_000, 1))], true)),
        ("numbers.npz", npz(&[("x", zeros("'|u1'", 1_000_000, 1)), ("y", zeros("'|u1'", 1_000_000, 1))], true)),
        ("commas.csv.gz", commas.finish().unwrap()),
        ("text.parquet", parquet(&rows, 1, Compression::ZSTD(ZstdLevel::default()))),
    ] {
        let error = check_bytes(name, &bytes, 2_000_000).unwrap_err().to_string();
        assert!(bytes.len() < 200_000 && error.contains("may be used here"), "{error}");
    }
}
