//! IDX, the format of MNIST: a type, the shape, and the elements, big-endian throughout.
//! Source: <https://yann.lecun.org/exdb/mnist/>, "THE IDX FILE FORMAT".

use std::path::{Path, PathBuf};

use super::scalar::{Scalar, ScalarKind};
use super::{Format, unreadable};
use crate::data::DataError;
use crate::data::content::{Array, Content, Input, Values};
use crate::data::memory::elements;

pub(super) const FORMAT: Format = Format {
    name: "IDX",
    endings: &["idx", "idx1-ubyte", "idx3-ubyte"],
    recognises: |bytes| header(bytes).is_some(),
    read: |input| parse(&input).map(Content::Array),
};

/// The element type and the rank, from the first four bytes.
fn header(bytes: &[u8]) -> Option<(Scalar, usize)> {
    let (kind, size) = match bytes.get(..4)? {
        [0, 0, 0x08, _] => (ScalarKind::Unsigned, 1),
        [0, 0, 0x09, _] => (ScalarKind::Signed, 1),
        [0, 0, 0x0b, _] => (ScalarKind::Signed, 2),
        [0, 0, 0x0c, _] => (ScalarKind::Signed, 4),
        [0, 0, 0x0d, _] => (ScalarKind::Float, 4),
        [0, 0, 0x0e, _] => (ScalarKind::Float, 8),
        _ => return None,
    };
    let rank = usize::from(bytes[3]);
    (1..=8).contains(&rank).then_some((Scalar { kind, size, big_endian: true }, rank))
}

fn parse(input: &Input) -> Result<Array, DataError> {
    let file = input.file.as_str();
    let bytes = input.bytes.as_slice();
    let (scalar, rank) =
        header(bytes).ok_or_else(|| unreadable(file, FORMAT.name, &"the first four bytes are no IDX header"))?;
    let sizes = bytes
        .get(4..4 + 4 * rank)
        .ok_or_else(|| unreadable(file, FORMAT.name, &"the file ends within the header (is it cut off?)"))?;
    let shape: Vec<usize> = sizes.as_chunks().0.iter().map(|&size| u32::from_be_bytes(size) as usize).collect();
    let data = &bytes[4 + 4 * rank..];
    let expected = elements(&shape).and_then(|count| count.checked_mul(scalar.size));
    if expected != Some(data.len()) {
        let reason = format!(
            "the header says {shape:?} elements of {} bytes, but {} bytes follow (is it cut off?)",
            scalar.size,
            data.len()
        );
        return Err(unreadable(file, FORMAT.name, &reason));
    }
    input.budget.take_shape(file, &shape)?;
    let values = scalar.read(data).ok_or_else(|| unreadable(file, FORMAT.name, &"unknown element type"))?;
    Ok(Array::new(shape, Values::Numbers(values)))
}

/// The file with the labels of the images in `path`, if both go by MNIST's names and it is there.
pub(crate) fn labels_beside(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    let labels = ["-images-idx3-ubyte", "-images.idx3-ubyte"]
        .into_iter()
        .find(|part| name.contains(part))
        .map(|part| name.replace(part, &part.replace("images", "labels").replace("idx3", "idx1")))?;
    let other = match labels.strip_suffix(".gz") {
        Some(plain) => plain.to_owned(),
        None => format!("{labels}.gz"),
    };
    [labels, other].into_iter().map(|name| path.with_file_name(name)).find(|labels| labels.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::memory::Budget;

    fn read(bytes: &[u8]) -> Result<Array, DataError> {
        parse(&Input { file: "a.idx".into(), bytes: bytes.to_vec(), budget: &Budget::of(1_000_000) })
    }

    #[test]
    fn shape_and_elements() {
        let array = read(&[0, 0, 0x0b, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0xff, 0xff, 1, 0]).unwrap();
        assert_eq!(array, Array::new(vec![1, 2], Values::Numbers(vec![-1.0, 256.0])));
    }

    #[test]
    fn claims_are_held_against_the_files_size() {
        let error = read(&[0, 0, 8, 1, 0xff, 0xff, 0xff, 0xff, 1]).unwrap_err().to_string();
        assert_eq!(
            error,
            "a.idx cannot be read as IDX: the header says [4294967295] elements of 1 bytes, but 1 bytes follow \
             (is it cut off?)"
        );
        assert!(read(&[0, 0, 8, 3, 0, 0]).unwrap_err().to_string().contains("within the header"));
    }
}
