//! Version 5, to which 6 and 7 belong: elements, some of them compressed.

use super::archive::{Entry, Mat, What};
use super::elements::{COMPRESSED, Head, MATRIX, Parts};
use super::said::NAME;
use crate::data::DataError;
use crate::data::content::Input;
use crate::data::read::{damaged, unreadable};
use flate2::read::ZlibDecoder;
use std::io::Read;

pub const HEADER: usize = 128;

pub fn is_one(bytes: &[u8]) -> bool {
    bytes.starts_with(b"MATLAB 5") && matches!(bytes.get(124..HEADER), Some([0, 1, b'I', b'M'] | [1, 0, b'M', b'I']))
}

pub fn open(input: Input) -> Result<Mat, DataError> {
    /// What an array's dimensions and name, of 63 characters at most, take.
    const HEAD: u64 = 1 << 10;
    let big_endian = input.bytes[126] == b'M';
    let cut_off = || damaged(&input.file, NAME, &"an element is longer than the file");
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
            .ok_or_else(|| unreadable(&input.file, NAME, &"the head of an array is damaged"))?;
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
