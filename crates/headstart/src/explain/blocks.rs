//! What there is to a task's network beside layers in a row: branches, kernels and normalizations, as findings read them.

use super::evidence::Look;
use super::model::{Branch, Model, OWN, Parameter};
use crate::data::Kind;
use crate::task::Task;
use headstart_engine::activation::Activation;
use headstart_engine::network::Layer;
use headstart_engine::network::blocks::Norm;
use headstart_engine::network::program::{Does, Program};
use headstart_engine::probe::LayerProbe;
use headstart_engine::theory::averages;

/// What a layer is called: by its number, and by its kernel where it has one.
pub fn name(l: usize, layer: &Layer) -> String {
    match layer.kernel_in_words() {
        Some(kernel) => format!("layer {} ({kernel})", l + 1),
        None => format!("layer {}", l + 1),
    }
}

/// The model of a task whose network is none of dense layers in a row, from what was measured of its layers.
pub fn model(task: &Task, probes: &[LayerProbe]) -> Option<Model> {
    let network = task.network();
    let program = network.program()?;
    let layers: Vec<Layer> = network.layers().collect();
    let parameters =
        layers.iter().zip(probes).enumerate().map(|(l, (layer, probe))| parameter(program, l, layer, probe));
    let parameters: Vec<Parameter> = parameters.collect();
    let branches = branches(program, &layers, probes, &parameters);
    let classes = match &task.dataset.kind {
        Kind::Classes(names) => Some(names.len()),
        Kind::Regression { .. } => None,
    };
    Some(Model { framework: OWN.to_owned(), classes, parameters, branches, ..Model::default() })
}

fn parameter(program: &Program, l: usize, layer: &Layer, probe: &LayerProbe) -> Parameter {
    let [fan_in, fan_out] = layer.fans();
    let area = layer.kernel.map_or(1, |kernel| kernel.windows.size.iter().product());
    // Nothing bends what comes from the data.
    let before = Some(layer.before).filter(|before| l > 0 && *before != Activation::Identity);
    let passed = before.map_or(1.0, |before| averages(before, 1.0).square);
    Parameter {
        name: name(l, layer),
        place: Some(l),
        role: if layer.kernel.is_some() { "conv" } else { "dense" }.to_owned(),
        shape: vec![layer.fan_out, layer.fan_in],
        count: layer.weights.len(),
        fan_in,
        fan_out,
        area,
        groups: layer.kernel.map_or(1, |kernel| kernel.groups),
        parts: 1,
        scale: probe.weights / (layer.weights.len() as f64).sqrt(),
        asked: 1.0 / (fan_in as f64 * passed).sqrt(),
        gradient: Some(probe.weight_gradient),
        before: before.map(|before| before.to_string()),
        normalized: normalization(program, l),
        is_tied: false,
        is_trained: true,
    }
}

/// What normalizes a layer's results before anything else is done to them.
fn normalization(program: &Program, l: usize) -> Option<String> {
    let mut operations = program.operations.iter().map(|operation| &operation.does);
    operations.find(|does| **does == Does::Layer(l))?;
    match operations.next()? {
        Does::Norm(norm) => Some(in_words(norm.norm).to_owned()),
        _ => None,
    }
}

fn in_words(norm: Norm) -> &'static str {
    match norm {
        Norm::Layer => "layer normalization",
        Norm::Rms => "rms normalization",
        Norm::Batch => "batch normalization",
    }
}

/// The branches, as they are added one after the other.
fn branches(program: &Program, layers: &[Layer], probes: &[LayerProbe], parameters: &[Parameter]) -> Vec<Branch> {
    let mut branches: Vec<Branch> = Vec::new();
    let (mut within, mut chain, mut last) = (None::<Vec<usize>>, 0, None);
    for operation in &program.operations {
        let before = last.replace(&operation.does);
        match (&operation.does, &mut within) {
            (Does::Enter, _) => within = Some(Vec::new()),
            (Does::Layer(l), Some(within)) => within.push(*l),
            (Does::Add(_), _) => {
                let of_branch = within.take().unwrap_or_default();
                let Some(end) = of_branch.last().copied() else { continue };
                let Some(probe) = probes[end].branch else { continue };
                let zeros = of_branch.iter().filter(|l| probes[**l].weights == 0.0);
                branches.push(Branch {
                    name: name(end, &layers[end]),
                    zeros: zeros.map(|l| parameters[*l].name.clone()).collect(),
                    parameters: of_branch,
                    size: probe.added,
                    stream: probe.stream,
                    joined: probe.joined,
                    tokens: None,
                    chain,
                    is_normalized: matches!(before, Some(Does::Norm(_))),
                });
            }
            // What is made anew is another stream.
            (Does::Layer(_) | Does::Pool(_) | Does::GlobalMean, None) if !branches.is_empty() => {
                chain = branches[branches.len() - 1].chain + 1;
            }
            _ => {}
        }
    }
    branches
}

impl Look {
    /// Whether it is of a model that somebody else holds, which takes none of the flags of a task.
    pub fn is_foreign(&self) -> bool {
        self.model.as_ref().is_some_and(|model| !model.is_own())
    }
}
