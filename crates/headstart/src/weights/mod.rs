//! Weights in files: what a network starts from, and what it has learned, for other programs and from them.
//!
//! [`initial`] draws what `train` would start from, [`train`] keeps what it ends with, and [`Weights::write`] writes either of them as
//! safetensors in the names of a framework. [`read`] takes any such file, and what Keras, `PyTorch` and NumPy write themselves.

mod dtype;
mod keras;
mod naming;
mod npz;
mod pickle;
mod read;
mod tensor;
mod torch;
mod zipped;

pub use dtype::Number;
pub use naming::Naming;
pub(crate) use read::given;
pub use read::{check_bytes, read};

use crate::data::{Dataset, Kind, Scaling};
use crate::error::Error;
use crate::io::write_through;
use crate::report;
use crate::run::{self, Job, Run};
use crate::spec::{Bias, Seeds, TaskSpec};
use crate::task::{Task, check_memory, check_without_data, inits};
use crate::words::{foreign, in_a_line};
use headstart_engine::init::Given;
use headstart_engine::names::plain;
use headstart_engine::network::{Loss, Network, Output, Parameters};
use headstart_engine::watch::Watch;
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

/// The weights and biases that `train` would start from: the same bits. Where the specification has no data, widths are
/// those of its layers, all of them.
///
/// # Errors
/// If it asks for several starts, a width or a scheme needs data that there is not, or anything does not fit.
///
/// # Panics
/// Never: nobody can stop the draw.
pub fn initial(spec: &TaskSpec) -> Result<Weights, Error> {
    check_single(spec)?;
    if !spec.data.data.is_empty() {
        let task = Task::new(spec.clone())?;
        let about = about_task(&task);
        let start = task.job(0).draw(&Watch::default()).expect("nobody stops it");
        return Ok(Weights { parameters: start.parameters, about });
    }
    check_without_data(spec)?;
    let network = network_without_data(spec)?;
    check_memory(&network, 1, spec)?;
    let starts = inits(spec, &network)?;
    let parameters = starts[0].init.draw(&network, spec.init.rng, spec.init.seed)?.parameters;
    Ok(Weights { parameters, about: about(spec, &network) })
}

/// Does the one run that a task asks for, on so many threads, and keeps the weights that it ends with. They are those of a
/// run that diverged before the step that showed it, and of a run that was stopped as far as it came; none if it had not
/// begun.
///
/// # Errors
/// If the task asks for several runs.
pub fn train(task: &Task, threads: usize, watch: &Watch) -> Result<Option<(Run, Weights)>, Error> {
    check_single(&task.spec)?;
    let job: Job = task.job(0);
    let Some((run, parameters)) = run::train(job, threads, watch) else { return Ok(None) };
    let mut about = about_task(task);
    let training = task.training();
    for (key, value) in [
        ("optimizer", task.spec.training.optimizer.to_string()),
        ("lr", plain(training.lr)),
        ("precision", task.spec.training.precision.to_string()),
        ("steps", run.steps.to_string()),
        ("status", run.status.to_owned()),
    ] {
        about.insert(key.to_owned(), value);
    }
    Ok(Some((run, Weights { parameters, about })))
}

/// Refuses to put several starts or runs into one file.
///
/// # Errors
/// If the specification asks for several.
pub fn check_single(spec: &TaskSpec) -> Result<(), Error> {
    let (inits, seeds) = (spec.init.init.0.len(), spec.init.seeds);
    if inits == 1 && seeds == Seeds::Count(1) {
        return Ok(());
    }
    Err(Error::Usage(format!(
        "{inits} initialization(s) with {seeds} seed(s) each: a file of weights is of one start; give one --init and --seeds 1, \
         and another file for the next"
    )))
}

impl Weights {
    /// Writes a safetensors file, whole or not at all. The same weights give the same bytes.
    ///
    /// # Errors
    /// If a number is not finite, or too large for the type asked for, or the file cannot be written.
    pub fn write(&self, path: &Path, format: Format) -> Result<Written, Error> {
        let problem = |problem: String| Error::Weights { path: path.display().to_string(), problem };
        let Format { naming, number } = format;
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
                .map_err(|source| Error::Write { path: path.display().to_string(), source })
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

/// The network that the specification alone describes. What comes behind the logits is of no matter to weights.
fn network_without_data(spec: &TaskSpec) -> Result<Network, Error> {
    let layers = &spec.network.layers;
    let widths: Option<Vec<usize>> = layers.0.iter().copied().collect();
    let widths = widths.ok_or_else(|| {
        Error::Usage(format!(
            "--layers {layers}: without data there is nothing to take a width from; give all widths, as in \
             --layers 784,256,10, or --data"
        ))
    })?;
    let biases = spec.bias()? != Bias::None;
    Ok(Network::new(&widths, &spec.network.activation.0, Output::Identity, Loss::MeanSquaredError, biases)?)
}

/// What was done to features and targets, which weights are made for.
fn about_features(dataset: &Dataset) -> BTreeMap<String, String> {
    let mut about = BTreeMap::new();
    if !dataset.columns.is_empty() {
        about.insert("columns".to_owned(), report::json::text(&dataset.plans()));
    }
    if dataset.scaling != Scaling::default() {
        // What has to be done to features before the weights meet them, and undone after.
        about.insert("scaling".to_owned(), report::json::text(&dataset.scaling));
    }
    about
}

/// What the outputs stand for: the columns of the labels, and the classes in the order of their numbers.
fn about_labels(dataset: &Dataset) -> BTreeMap<String, String> {
    let mut about = BTreeMap::new();
    if !dataset.labels.is_empty() {
        about.insert("label".to_owned(), report::json::text(&dataset.labels));
    }
    if let Kind::Classes(names) = &dataset.kind {
        about.insert("classes".to_owned(), report::json::text(names));
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

fn about_task(task: &Task) -> BTreeMap<String, String> {
    let mut about = about(&task.spec, task.network());
    about.insert("data".to_owned(), task.dataset.name.clone());
    about.insert("output".to_owned(), task.network().output().to_string());
    about.insert("loss".to_owned(), task.network().loss().to_string());
    about.extend(about_features(&task.dataset));
    about.extend(about_labels(&task.dataset));
    let weights = &task.spec.training.class_weights;
    if !weights.is_none() {
        about.insert("class-weights".to_owned(), weights.to_string());
    }
    about
}

fn about(spec: &TaskSpec, network: &Network) -> BTreeMap<String, String> {
    let widths: Vec<String> = network.widths().iter().map(ToString::to_string).collect();
    let pairs = [
        ("version", concat!("headstart ", env!("CARGO_PKG_VERSION")).to_owned()),
        ("init", spec.init.init.to_string()),
        ("bias", spec.bias().expect("checked before").to_string()),
        ("seed", spec.init.seed.to_string()),
        ("rng", spec.init.rng.to_string()),
        ("layers", widths.join(",")),
        ("activation", spec.network.activation.to_string()),
    ];
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}
