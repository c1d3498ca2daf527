//! HDF5: the datasets of a file, those in groups by their path.

use hdf5_pure::{DType, Dataset, Datatype, DatatypeByteOrder, Error, File, FormatError, VlenStringReadOptions};

use super::guard::no_panic;
use super::npz::LARGEST_RATIO;
use super::scalar::{Scalar, ScalarKind, is_exact};
use super::{Format, damaged, unreadable};
use crate::data::DataError;
use crate::data::content::{Archive, Array, Content, Gatherer, Input, Names, Values};
use crate::data::memory::{Budget, elements};
use crate::words;

pub(super) const FORMAT: Format = Format {
    name: "HDF5",
    endings: &["h5", "hdf5", "he5"],
    recognises: hdf5_pure::is_hdf5_bytes,
    read: |input| open(input).map(|archive| Content::Archive(Box::new(archive))),
};

/// Groups within groups are looked through this deep: a group can be linked into itself.
const DEPTH: usize = 4;

/// What is in groups is listed until so many datasets and groups were seen: groups that are linked into one another have no end.
const LISTED: usize = 100_000;

struct Hdf5 {
    file: String,
    handle: File,
    names: Vec<String>,
    /// Whether not all groups were looked through.
    cut_off: bool,
    size: u64,
    budget: Budget,
}

fn open(input: Input) -> Result<Hdf5, DataError> {
    let size = input.bytes.len() as u64;
    let error = |reason: String| damaged(&input.file, FORMAT.name, &reason);
    let opened = no_panic(|| File::from_bytes(input.bytes)).map_err(&error)?;
    let handle = opened.map_err(|reason| error(reason.to_string()))?;
    // What is missing need not be noticed later: parts that were cut off can read as zeros.
    let claimed = handle.superblock().eof_address;
    if claimed > size {
        let reason = format!("it says that it is {claimed} bytes long, but it has {size} (is it cut off?)");
        return Err(unreadable(&input.file, FORMAT.name, &reason));
    }
    let listed = no_panic(|| list(&handle, LISTED)).map_err(&error)?;
    let (names, cut_off) = listed.map_err(|reason| match reason {
        // The address that a soft link has, in the kind of group that older files have, is all ones.
        Error::Format(FormatError::UnexpectedEof { expected: usize::MAX, .. } | FormatError::OffsetOverflow { .. }) => {
            let advice =
                "it has a soft link, which is not followed: write the arrays themselves into a file, without links";
            unreadable(&input.file, FORMAT.name, &advice)
        }
        reason => error(reason.to_string()),
    })?;
    Ok(Hdf5 { file: input.file, handle, names, cut_off, size, budget: input.budget.clone() })
}

/// The paths of all datasets, those of outer groups first, until so much was seen; and whether there are more.
fn list(handle: &File, most: usize) -> Result<(Vec<String>, bool), Error> {
    let mut names = Vec::new();
    let mut groups = vec![(String::new(), handle.root())];
    let mut seen = 0;
    for depth in 0..=DEPTH {
        let mut inner = Vec::new();
        for (path, group) in groups {
            if seen > most {
                return Ok((names, true));
            }
            let datasets = group.datasets()?;
            let groups = group.iter_groups()?;
            seen += 1 + datasets.len() + groups.len();
            names.extend(datasets.iter().map(|name| format!("{path}{name}")));
            if depth < DEPTH {
                inner.extend(groups.map(|(name, group)| (format!("{path}{name}/"), group)));
            }
        }
        groups = inner;
    }
    Ok((names, false))
}

impl Archive for Hdf5 {
    fn names(&self) -> Vec<String> {
        self.names.clone()
    }

    fn note(&self) -> Option<String> {
        self.cut_off.then(|| {
            "it has more groups than are looked through, or groups that lead into one another: arrays in the others are not found"
                .to_owned()
        })
    }

    fn array(&mut self, name: &str) -> Result<Array, DataError> {
        let source = format!("{}, {}", self.file, words::foreign(name));
        no_panic(|| self.read(name, &source)).map_err(|panic| unreadable(&source, FORMAT.name, &panic))?
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
    fn read(&self, name: &str, source: &str) -> Result<Array, DataError> {
        let error = |error: Error| unreadable(source, FORMAT.name, &error);
        let dataset = self.handle.dataset(name).map_err(error)?;
        let (shape, count) = self.checked_shape(source, &dataset)?;
        if count == 0 {
            // Of a shape like 0 times 2^40 there is nothing to be read, however often.
            return Ok(Array::new(shape, Values::Numbers(Vec::new())));
        }
        let mut rounded = false;
        let values = match dataset.dtype().map_err(error)? {
            DType::String | DType::VariableLengthString => Values::Text(self.text(source, &dataset, count)?),
            kind => {
                self.budget.take_shape(source, &shape)?;
                Values::Numbers(match kind {
                    DType::Other(kind) if half(&kind).is_some() => {
                        let raw = dataset.read_raw().map_err(error)?;
                        half(&kind).and_then(|scalar| scalar.read(&raw)).unwrap_or_default()
                    }
                    DType::I64 => {
                        let values = dataset.read_i64().map_err(error)?;
                        rounded = values.iter().any(|&value| !is_exact(value.into()));
                        values.into_iter().map(|value| value as f64).collect()
                    }
                    DType::U64 => {
                        let values = dataset.read_u64().map_err(error)?;
                        rounded = values.iter().any(|&value| !is_exact(value.into()));
                        values.into_iter().map(|value| value as f64).collect()
                    }
                    _ => dataset.read_f64().map_err(error)?,
                })
            }
        };
        let found = match &values {
            Values::Numbers(values) => values.len(),
            Values::Text(values) => values.len(),
        };
        if found != count {
            return Err(unreadable(
                source,
                FORMAT.name,
                &format!("its shape is {shape:?}, but it has {found} elements"),
            ));
        }
        Ok(Array { shape, values, rounded })
    }

    /// The strings of a dataset. Many of them can be one that the file has once.
    fn text(&self, source: &str, dataset: &Dataset, count: usize) -> Result<Names, DataError> {
        /// What the crate has for each, besides the characters.
        const EACH: u64 = 64;
        let error = |error: Error| unreadable(source, FORMAT.name, &error);
        let mut names = Gatherer::new(source, &self.budget);
        let mut result = Ok(());
        let size = dataset.element_size().map_err(error)?;
        let needed = size.saturating_mul(2).saturating_add(EACH);
        self.budget.take_each(source, Some(count), needed)?;
        if dataset.dtype().map_err(error)? == DType::VariableLengthString {
            let most = usize::try_from(self.budget.left()).unwrap_or(usize::MAX);
            let options = VlenStringReadOptions::new().with_max_payload_bytes(most);
            let push = |text: &str| {
                if result.is_ok() {
                    result = names.push(text);
                }
            };
            dataset.visit_vlen_strings(options, push).map_err(error)?;
        } else {
            let texts = dataset.read_string().map_err(error)?;
            result = texts.iter().try_for_each(|text| names.push(text));
        }
        self.budget.give_back(needed.saturating_mul(count as u64));
        result.map(|()| names.finish())
    }

    /// The dataset's shape and the number of its elements, once it is known that a file of this size can hold them.
    fn checked_shape(&self, source: &str, dataset: &Dataset) -> Result<(Vec<usize>, usize), DataError> {
        let error = |error: Error| unreadable(source, FORMAT.name, &error);
        let lengths = dataset.shape().map_err(error)?;
        let shape: Vec<usize> = lengths.iter().map(|&length| usize::try_from(length).unwrap_or(usize::MAX)).collect();
        let Some(count) = elements(&shape) else {
            self.budget.take(source, None)?;
            return Err(unreadable(source, FORMAT.name, &format!("its shape {shape:?} is too large")));
        };
        let stored = dataset.element_size().ok().and_then(|size| size.checked_mul(count as u64));
        self.budget.take(source, stored)?;
        self.budget.give_back(stored.unwrap_or(0));
        if stored.is_none_or(|stored| stored > self.size.saturating_mul(LARGEST_RATIO)) {
            let reason = format!("its shape {shape:?} does not fit in a file of {} bytes (is it damaged?)", self.size);
            return Err(unreadable(source, FORMAT.name, &reason));
        }
        if count > 0 {
            self.check_chunks(source, dataset)?;
        }
        Ok((shape, count))
    }

    /// Chunks are where the file is, and one of them is no more than there is room for: the crate makes room for what they claim
    /// before it looks for it.
    fn check_chunks(&self, source: &str, dataset: &Dataset) -> Result<(), DataError> {
        let error = |error: Error| unreadable(source, FORMAT.name, &error);
        let Some(shape) = dataset.chunk_shape().map_err(error)? else { return Ok(()) };
        let size = dataset.element_size().map_err(error)?;
        let whole = shape.iter().try_fold(size, |bytes, &length| bytes.checked_mul(length));
        self.budget.take(source, whole)?;
        self.budget.give_back(whole.unwrap_or(0));
        let is_outside = whole.is_none_or(|whole| whole > self.size.saturating_mul(LARGEST_RATIO))
            || dataset
                .chunks()
                .map_err(error)?
                .iter()
                .any(|chunk| chunk.address.checked_add(chunk.storage_size).is_none_or(|end| end > self.size));
        if is_outside {
            let reason = format!("its chunks do not fit in a file of {} bytes (is it damaged?)", self.size);
            return Err(unreadable(source, FORMAT.name, &reason));
        }
        Ok(())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use hdf5_pure::FileBuilder;

    use super::*;

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
        open(Input { file: "a.h5".into(), bytes, budget: &Budget::of(budget) })
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
            assert_eq!(file.array(text).unwrap().values, Values::Text(["cat", "dog"].into_iter().collect()));
        }
        assert!(file.array("nothing").is_err());
    }

    #[test]
    fn too_large_and_damaged() {
        let error = opened(hdf5(), 100).unwrap().array("train_set_x").unwrap_err();
        assert!(matches!(error, DataError::TooLarge { needs: Some(128), .. }), "{error}");
        let whole = hdf5();
        let error = opened(whole[..whole.len() - 1].to_vec(), 1_000_000).err().unwrap().to_string();
        assert!(error.starts_with("a.h5 cannot be read as HDF5: it says that it is "), "{error}");
    }

    #[test]
    fn groups_without_end_are_listed_to_a_limit() {
        // As where each of many groups has all the others in it, there is more than the limit: that is just low here.
        let mut file = FileBuilder::new();
        file.create_dataset("x").with_f64_data(&[1.0]).with_shape(&[1]);
        for i in 0..300 {
            let mut group = file.create_group(&format!("g{i}"));
            group.create_dataset("y").with_f64_data(&[1.0]).with_shape(&[1]);
            file.add_group(group.finish());
        }
        let bytes = file.finish().unwrap();
        let mut file = opened(bytes, 1_000_000).unwrap();
        assert_eq!((file.names().len(), file.names()[0].as_str(), file.note()), (301, "x", None));
        // The root and what is in it are 302, and each group is two.
        for (most, found) in [(0, 1), (301, 1), (302, 2), (303, 2), (304, 3), (899, 300), (900, 301)] {
            let (names, cut_off) = list(&file.handle, most).unwrap();
            assert_eq!((names.len(), cut_off), (found, most < 900), "{most}");
        }
        file.cut_off = true;
        assert!(file.note().unwrap().contains("more groups than are looked through"));
    }

    #[test]
    fn nothing_times_much_is_nothing() {
        let mut file = FileBuilder::new();
        file.create_dataset("x").with_f64_data(&[]).with_shape(&[0, 1 << 40]);
        let mut file = opened(file.finish().unwrap(), 1_000_000).unwrap();
        let x = file.array("x").unwrap();
        assert_eq!((x.shape, x.values), (vec![0, 1 << 40], Values::Numbers(Vec::new())));
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
