//! Version 4: arrays one after the other, each with its head.

use super::archive::{Entry, Mat, What};
use super::elements::Parts;
use super::said::NAME;
use crate::data::DataError;
use crate::data::content::Input;
use crate::data::memory::elements;
use crate::data::read::scalar::{Scalar, ScalarKind};
use crate::data::read::unreadable;

/// Version 4 has no mark: its files are told by their ending.
pub fn open(input: Input) -> Result<Mat, DataError> {
    let error = |what: &str| {
        let reason = format!("{what}; versions 4, 5, 6, 7 and 7.3 are known (is it damaged?)");
        unreadable(&input.file, NAME, &reason)
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
