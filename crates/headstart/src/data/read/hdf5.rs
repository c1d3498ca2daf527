//! HDF5: the datasets of a file, those in groups by their path.

use hdf5_pure::{DType, Dataset, Error, File, Group};

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
