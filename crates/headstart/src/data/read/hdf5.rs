//! HDF5: the datasets of a file, those in groups by their path.

use hdf5_pure::{DType, Dataset, Datatype, DatatypeByteOrder, Error, File, Group};

use super::scalar::{Scalar, ScalarKind};
use super::{Format, unreadable};
use crate::data::DataError;
use crate::data::content::{Archive, Array, Content, Input, Values};
use crate::data::memory::{Budget, elements};

pub(super) const FORMAT: Format = Format {
    name: "HDF5",
    endings: &["h5", "hdf5", "he5"],
    recognises: hdf5_pure::is_hdf5_bytes,
    read: |input| open(input).map(|archive| Content::Archive(Box::new(archive))),
};

/// Groups within groups are looked through this deep: a group can be linked into itself.
const DEPTH: usize = 4;

/// Deflate cannot shrink data by more than this, so no honest file of n bytes holds more than this many times n.
const LARGEST_RATIO: u64 = 1032;

struct Hdf5 {
    file: String,
    handle: File,
    names: Vec<String>,
    size: u64,
    budget: Budget,
}

fn open(input: Input) -> Result<Hdf5, DataError> {
    let size = input.bytes.len() as u64;
    let error = |error: Error| unreadable(&input.file, FORMAT.name, &format!("{error} (is it cut off or damaged?)"));
    let handle = File::from_bytes(input.bytes).map_err(error)?;
    // What is missing need not be noticed later: parts that were cut off can read as zeros.
    let claimed = handle.superblock().eof_address;
    if claimed > size {
        let reason = format!("it says that it is {claimed} bytes long, but it has {size} (is it cut off?)");
        return Err(unreadable(&input.file, FORMAT.name, &reason));
    }
    let mut names = Vec::new();
    collect(&handle.root(), "", DEPTH, &mut names).map_err(error)?;
    Ok(Hdf5 { file: input.file, handle, names, size, budget: input.budget })
}

/// Adds the paths of all datasets in `group`.
fn collect(group: &Group, path: &str, depth: usize, names: &mut Vec<String>) -> Result<(), Error> {
    names.extend(group.datasets()?.iter().map(|name| format!("{path}{name}")));
    if depth > 0 {
        for name in group.groups()? {
            collect(&group.group(&name)?, &format!("{path}{name}/"), depth - 1, names)?;
        }
    }
    Ok(())
}

impl Archive for Hdf5 {
    fn names(&self) -> Vec<String> {
        self.names.clone()
    }

    fn array(&mut self, name: &str) -> Result<Array, DataError> {
        let source = format!("{}, {name}", self.file);
        let error = |error: Error| unreadable(&source, FORMAT.name, &error);
        let dataset = self.handle.dataset(name).map_err(error)?;
        let shape = self.checked_shape(&source, &dataset)?;
        let values = match dataset.dtype().map_err(error)? {
            DType::String | DType::VariableLengthString => Values::Text(dataset.read_string().map_err(error)?),
            DType::Other(kind) if half(&kind).is_some() => {
                let raw = dataset.read_raw().map_err(error)?;
                Values::Numbers(half(&kind).and_then(|scalar| scalar.read(&raw)).unwrap_or_default())
            }
            _ => Values::Numbers(dataset.read_f64().map_err(error)?),
        };
        let count = match &values {
            Values::Numbers(values) => values.len(),
            Values::Text(values) => values.len(),
        };
        if elements(&shape) != Some(count) {
            return Err(unreadable(
                &source,
                FORMAT.name,
                &format!("its shape is {shape:?}, but it has {count} elements"),
            ));
        }
        Ok(Array { shape, values })
    }
}

/// IEEE's half precision, which the crate has no conversion for.
fn half(kind: &Datatype) -> Option<Scalar> {
    let Datatype::FloatingPoint { size: 2, byte_order, layout } = kind else { return None };
    let big_endian = match byte_order {
        DatatypeByteOrder::LittleEndian => false,
        DatatypeByteOrder::BigEndian => true,
        DatatypeByteOrder::Vax => return None,
    };
    let ieee = layout.exponent_size == 5 && layout.mantissa_size == 10 && layout.exponent_bias == 15;
    ieee.then_some(Scalar { kind: ScalarKind::Float, size: 2, big_endian })
}

impl Hdf5 {
    /// The dataset's shape, once it is known that a file of this size can hold it and that it fits in memory.
    fn checked_shape(&self, source: &str, dataset: &Dataset) -> Result<Vec<usize>, DataError> {
        let error = |error: Error| unreadable(source, FORMAT.name, &error);
        let lengths = dataset.shape().map_err(error)?;
        let shape: Vec<usize> = lengths.iter().map(|&length| usize::try_from(length).unwrap_or(usize::MAX)).collect();
        self.budget.check_shape(source, &shape)?;
        let stored = elements(&shape).and_then(|count| dataset.element_size().ok()?.checked_mul(count as u64));
        if stored.is_none_or(|stored| stored > self.size.saturating_mul(LARGEST_RATIO)) {
            let reason = format!("its shape {shape:?} does not fit in a file of {} bytes (is it damaged?)", self.size);
            return Err(unreadable(source, FORMAT.name, &reason));
        }
        Ok(shape)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use hdf5_pure::FileBuilder;

    use super::*;
    use crate::data::content::Wanted;

    /// `train_set_x` (4 x 2 x 2 bytes, in compressed chunks), `train_set_y`, names, and a group with one number.
    pub(in crate::data) fn hdf5() -> Vec<u8> {
        let mut file = FileBuilder::new();
        let x: Vec<u8> = (0..16).collect();
        let chunks = file.create_dataset("train_set_x").with_u8_data(&x).with_shape(&[4, 2, 2]).with_chunks(&[2, 2, 2]);
        chunks.with_shuffle().with_deflate(6);
        file.create_dataset("train_set_y").with_i64_data(&[0, 1, 1, 0]).with_shape(&[4]);
        file.create_dataset("fixed").with_strings(&["cat", "dog"]).unwrap();
        file.create_dataset("names").with_vlen_strings(&["cat", "dog"]);
        let mut group = file.create_group("group");
        group.create_dataset("half").with_f32_data(&[0.5]).with_shape(&[1]);
        file.add_group(group.finish());
        file.finish().unwrap()
    }

    fn opened(bytes: Vec<u8>, budget: u64) -> Result<Hdf5, DataError> {
        open(Input { file: "a.h5".into(), bytes, wanted: &Wanted::default(), budget: Budget(budget) })
    }

    #[test]
    fn datasets_of_several_types() {
        let mut file = opened(hdf5(), 1_000_000).unwrap();
        let mut names = file.names();
        names.sort();
        assert_eq!(names, ["fixed", "group/half", "names", "train_set_x", "train_set_y"]);
        let x = file.array("train_set_x").unwrap();
        assert_eq!(x.shape, [4, 2, 2]);
        assert_eq!(x.values, Values::Numbers((0..16).map(f64::from).collect()));
        assert_eq!(file.array("train_set_y").unwrap().values, Values::Numbers(vec![0., 1., 1., 0.]));
        assert_eq!(file.array("group/half").unwrap().values, Values::Numbers(vec![0.5]));
        for text in ["fixed", "names"] {
            assert_eq!(file.array(text).unwrap().values, Values::Text(vec!["cat".into(), "dog".into()]));
        }
        assert!(file.array("nothing").is_err());
    }

    #[test]
    fn too_large_and_damaged() {
        let error = opened(hdf5(), 100).unwrap().array("train_set_x").unwrap_err();
        assert!(matches!(error, DataError::TooLarge { needs: 128, .. }), "{error}");
        let whole = hdf5();
        let error = opened(whole[..whole.len() - 1].to_vec(), 1_000_000).err().unwrap().to_string();
        assert!(error.starts_with("a.h5 cannot be read as HDF5: it says that it is "), "{error}");
    }

    #[test]
    fn a_claim_that_no_file_of_this_size_can_hold() {
        let mut file = FileBuilder::new();
        file.create_dataset("x").with_u8_data(&[7; 8]).with_shape(&[8]).with_chunks(&[8]);
        let mut bytes = file.finish().unwrap();
        let size = bytes.len() as u64;
        // Every 8 that could be the length: the file must never be believed.
        for at in 0..bytes.len() - 8 {
            if bytes[at..at + 8] == 8u64.to_le_bytes() {
                let saved = bytes[at..at + 8].to_vec();
                bytes[at..at + 8].copy_from_slice(&(size * 2000).to_le_bytes());
                if let Ok(mut file) = opened(bytes.clone(), u64::MAX) {
                    assert!(file.array("x").is_err() || file.array("x").unwrap().shape == [8]);
                }
                bytes[at..at + 8].copy_from_slice(&saved);
            }
        }
    }
}
