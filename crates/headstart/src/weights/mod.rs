//! Weights in files: what a network starts from, and what it has learned, for other programs and from them.
//!
//! [`Weights::write`] writes what [`crate::save`] has drawn or trained as safetensors in the names of a framework. [`read`] takes any
//! such file, and what Keras, `PyTorch` and NumPy write themselves.

mod dtype;
mod every;
mod keras;
mod naming;
mod npz;
mod pickle;
mod read;
mod tensor;
mod torch;
mod zipped;

pub use dtype::Number;
#[cfg(test)]
pub(crate) use every::Float;
pub(crate) use every::{Every, Numbers, every};
pub use naming::Naming;
pub(crate) use read::given;
pub use read::{check_bytes, read};

use crate::data::{Dataset, Kind, Scaling};
use crate::error::Error;
use crate::io::{Unwritten, json, write_through};
use crate::words::{foreign, in_a_line};
use headstart_engine::init::Given;
use headstart_engine::network::Parameters;
use safetensors::SafeTensorError;
use safetensors::tensor::TensorView;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

/// Weights and biases, and what is known of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// The numbers.
    pub parameters: Parameters,
    /// What the file will say of them, by name: `init`, `seed`, `layers`, `activation`, `output`, `loss`,
    /// `label`, `classes`, `version` and more.
    pub about: BTreeMap<String, String>,
}

/// How weights are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Format {
    /// What they are called, and which way round they are.
    pub naming: Naming,
    /// What the numbers are.
    pub number: Number,
}

/// A file that was written.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Written {
    /// The file.
    pub file: String,
    /// The weights and biases, layer by layer.
    pub tensors: Vec<Tensor>,
    /// What it says of them.
    pub metadata: BTreeMap<String, String>,
}

/// One tensor of a file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tensor {
    /// Its name.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
}

impl Weights {
    /// Writes a safetensors file, whole or not at all. The same weights give the same bytes.
    ///
    /// # Errors
    /// If a number is not finite, or too large for the type asked for, or the file cannot be written.
    pub fn write(&self, path: &Path, format: Format) -> Result<Written, Error> {
        let problem = |problem: String| Error::Weights { path: path.display().to_string(), problem };
        let Format { naming, number } = format;
        // What frameworks call the parts of one depends on how its module is written.
        if naming != Naming::Plain && self.about.contains_key("network") {
            return Err(problem(format!(
                "--naming {naming} names the layers of dense networks in a row, and this is a network of blocks; use --naming plain: \
                 layers.0.weight, a row for each unit or channel, and layers.0.norms with gains and shifts"
            )));
        }
        let (mut tensors, mut slopes) = (Vec::new(), 0);
        for (l, layer) in self.parameters.0.iter().enumerate() {
            let beyond = || {
                problem(match number {
                    Number::F64 => format!("layer {} has weights that are not finite; nothing is written", l + 1),
                    _ => format!("layer {} has weights that are too large for {number}; use --dtype f64", l + 1),
                })
            };
            let weights = if naming.inputs_first() { layer.weights.t() } else { layer.weights.view() };
            let bytes = number.write(weights.iter().copied()).ok_or_else(beyond)?;
            if weights.iter().any(|x| *x != 0.0) && number.read(&bytes).iter().all(|x| *x == 0.0) {
                return Err(problem(format!(
                    "layer {} has weights that are too small for {number}: all would be 0; use --dtype f64",
                    l + 1
                )));
            }
            tensors.push((naming.weights(l), weights.shape().to_vec(), bytes));
            if !layer.biases.is_empty() {
                let bytes = number.write(layer.biases.iter().copied()).ok_or_else(beyond)?;
                tensors.push((naming.biases(l), vec![layer.biases.len()], bytes));
            }
            if let Some(slope) = layer.slope {
                let bytes = number.write(std::iter::once(slope)).ok_or_else(beyond)?;
                tensors.push((naming.slope(l, slopes), if naming.has_scalars() { vec![] } else { vec![1] }, bytes));
                slopes += 1;
            }
            if !layer.norms.is_empty() {
                let bytes = number.write(layer.norms.iter().copied()).ok_or_else(beyond)?;
                tensors.push((naming.norms(l), vec![layer.norms.len()], bytes));
            }
        }
        let mut metadata = self.about.clone();
        metadata.insert("naming".to_owned(), naming.to_string());
        metadata.insert("dtype".to_owned(), number.to_string());
        if naming == Naming::PyTorch {
            // What programs around PyTorch look for.
            metadata.insert("format".to_owned(), "pt".to_owned());
        }
        let not_in_format = |error: SafeTensorError| problem(format!("cannot be put into the format: {error}"));
        let view = |(name, shape, bytes)| Ok((name, TensorView::new(number.dtype(), shape, bytes)?));
        let views: Result<Vec<(&str, TensorView)>, SafeTensorError> =
            tensors.iter().map(|(name, shape, bytes)| view((name.as_str(), shape.clone(), bytes.as_slice()))).collect();
        let whole = views.and_then(|views| safetensors::serialize(views, None)).map_err(not_in_format)?;
        let (header, numbers) = with_metadata(&whole, &metadata);
        write_through(path, |file| {
            file.write_all(&header)
                .and_then(|()| file.write_all(numbers))
                .map_err(|source| Unwritten::new(path, source))
        })?;
        Ok(Written {
            file: path.display().to_string(),
            tensors: tensors.into_iter().map(|(name, shape, _)| Tensor { name, shape }).collect(),
            metadata,
        })
    }
}

/// The header of a file, with metadata in it, and the rest. Done here because the crate would write it in the order of a
/// hash table, another one each time, and the same weights are to give the same bytes.
fn with_metadata<'a>(whole: &'a [u8], metadata: &BTreeMap<String, String>) -> (Vec<u8>, &'a [u8]) {
    let (length, rest) = whole.split_first_chunk().expect("a length comes first");
    let (header, numbers) = rest.split_at(u64::from_le_bytes(*length) as usize);
    let metadata = serde_json::to_string(metadata).expect("strings by strings");
    let mut new = format!("{{\"__metadata__\":{metadata},").into_bytes();
    // Behind its opening brace; there is at least one layer.
    new.extend(&header[1..]);
    // Numbers begin at a multiple of eight.
    new.resize(new.len().next_multiple_of(8), b' ');
    let mut header = (new.len() as u64).to_le_bytes().to_vec();
    header.extend(new);
    (header, numbers)
}

/// What was done to features and targets, which weights are made for.
pub(crate) fn about_features(dataset: &Dataset) -> BTreeMap<String, String> {
    let mut about = BTreeMap::new();
    if !dataset.columns.is_empty() {
        about.insert("columns".to_owned(), json::text(&dataset.plans()));
    }
    if dataset.scaling != Scaling::default() {
        // What has to be done to features before the weights meet them, and undone after.
        about.insert("scaling".to_owned(), json::text(&dataset.scaling));
    }
    about
}

/// What the outputs stand for: the columns of the labels, and the classes in the order of their numbers.
pub(crate) fn about_labels(dataset: &Dataset) -> BTreeMap<String, String> {
    let mut about = BTreeMap::new();
    if !dataset.labels.is_empty() {
        about.insert("label".to_owned(), json::text(&dataset.labels));
    }
    if let Kind::Classes(names) = &dataset.kind {
        about.insert("classes".to_owned(), json::text(names));
    }
    about
}

/// What to say where weights from a file were trained on features or targets that were made otherwise, by the file's metadata.
pub(crate) fn note_of_features(given: &Given, dataset: &Dataset) -> Option<String> {
    let kept = read::metadata(Path::new(&given.name))?;
    // Others than this program say nothing of it.
    kept.get("data").filter(|_| kept.contains_key("version"))?;
    let ours = about_features(dataset);
    let differs = |key: &&str| kept.get(*key) != ours.get(*key);
    let differing: Vec<&str> = ["columns", "scaling"].into_iter().filter(differs).collect();
    if differing.is_empty() {
        let classes = about_labels(dataset);
        // Files from before there were words for classes say nothing of them.
        let differ = kept.get("classes").filter(|kept| Some(*kept) != classes.get("classes"));
        return differ.map(|kept| {
            format!(
                "{}: its outputs are of other classes, or in another order ({}), so they may mean nothing here",
                in_a_line(&given.name),
                foreign(kept)
            )
        });
    }
    Some(format!(
        "{}: its weights are of features or targets that were made otherwise (the file's {} {} not this data's), so they may mean \
         nothing here",
        in_a_line(&given.name),
        differing.join(" and "),
        if differing.len() == 1 { "is" } else { "are" }
    ))
}
