//! A start, or what a training made of it, as weights for files: with all that they should say of themselves.

use crate::error::Error;
use crate::executor;
use crate::host::Host;
use crate::run::Run;
use crate::spec::{Device, Seeds, TaskSpec};
use crate::task::{Job, Task, check_memory, check_without_data, inits, of_spec};
use crate::weights::{Weights, about_features, about_labels};
use headstart_engine::names::plain;
use headstart_engine::network::{Extent, Loss, Network, Output};
use headstart_engine::watch::Watch;
use std::collections::BTreeMap;

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

/// Does the one run that a task asks for, on the threads of this process, and keeps the weights that it ends with. They are those of a
/// run that diverged before the step that showed it, and of a run that was stopped as far as it came; none if it had not
/// begun.
///
/// # Errors
/// If the task asks for several runs, or for a GPU.
pub fn train(task: &Task, host: &Host<'_>) -> Result<Option<(Run, Weights)>, Error> {
    check_single(&task.spec)?;
    if task.spec.training.device == Device::Gpu {
        return Err(Error::Usage(
            "the task is for a GPU (device = \"gpu\"), and weights are kept of what the processor trains: make it device = \"cpu\""
                .to_owned(),
        ));
    }
    let job: Job = task.job(0);
    host.begin("", task.steps() as u64);
    let Some((run, parameters)) = executor::train(&job, host.threads(), host.watch()) else { return Ok(None) };
    let mut about = about_task(task);
    let training = task.training();
    for (key, value) in [
        ("optimizer", task.spec.training.optimizer.to_string()),
        ("lr", plain(training.lr)),
        ("precision", task.spec.training.precision().to_string()),
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

/// The network that the specification alone describes. What comes behind the logits is of no matter to weights.
fn network_without_data(spec: &TaskSpec) -> Result<Network, Error> {
    let layers = &spec.network.layers;
    if let Some(blocks) = &spec.network.network {
        return Err(Error::Usage(format!(
            "--network \"{blocks}\": what goes in has a shape that is the data's; give --data, and --shape if the file has none"
        )));
    }
    let widths: Option<Vec<usize>> = layers.0.iter().copied().collect();
    let widths = widths.ok_or_else(|| {
        Error::Usage(format!(
            "--layers {layers}: without data there is nothing to take a width from; give all widths, as in \
             --layers 784,256,10, or --data"
        ))
    })?;
    of_spec(spec, Extent::flat(widths[0]), widths[widths.len() - 1], (Output::Identity, Loss::MeanSquaredError))
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
    let blocks = network.program().map(|program| ("network", program.blocks.to_string()));
    pairs.into_iter().chain(blocks).map(|(key, value)| (key.to_owned(), value)).collect()
}
