//! The network of a task, and whether its data is of the kind that its loss is for.

use crate::data::{Dataset, Kind, Targets};
use crate::error::Error;
use crate::spec::{Bias, NetworkSpec, TaskSpec, blocks};
use crate::words::in_a_line;
use headstart_engine::network::{Extent, Loss, Network, Output};

/// The network that the specification and the data make together.
pub(super) fn network(spec: &TaskSpec, dataset: &Dataset) -> Result<Network, Error> {
    let needed = match (&dataset.kind, spec.network.output) {
        (Kind::Classes(_), Some(Output::Softmax)) if dataset.kind.is_binary() => 2,
        (Kind::Classes(_), _) if dataset.kind.is_binary() => 1,
        (Kind::Classes(names), _) => names.len(),
        (Kind::Regression { outputs }, _) => *outputs,
    };
    let (features, name) = (dataset.train.x.ncols(), in_a_line(&dataset.name));
    let layers = &spec.network.layers;
    let given = layers.0.first().copied().flatten().filter(|_| spec.network.network.is_none());
    if let Some(zero) = layers.0.iter().position(|width| *width == Some(0)).filter(|_| spec.network.network.is_none()) {
        let message = format!("--layers {layers}: layer {zero} has width 0; widths are at least 1");
        return Err(Error::Usage(message));
    }
    if let Some(width) = given.filter(|width| *width != features) {
        return Err(Error::Usage(format!(
            "--layers {layers}: the network takes {width} inputs, but {name} has {features} features; use {features} or _ for \
             the first width"
        )));
    }
    let outputs = match &spec.network.network {
        Some(blocks) => blocks.outputs(),
        None => layers.0.last().copied().flatten(),
    };
    let outputs = outputs.unwrap_or(needed);
    let fits = match &dataset.kind {
        Kind::Classes(_) if dataset.kind.is_binary() => outputs <= 2,
        _ => outputs == needed,
    };
    if !fits {
        let has = match &dataset.kind {
            Kind::Classes(names) => format!("{} classes", names.len()),
            Kind::Regression { outputs } => format!("{outputs} target(s) per sample"),
        };
        return Err(Error::Usage(format!(
            "{}: the network has {outputs} outputs, but {name} has {has}; use {needed} or _ for the last width",
            spec.network.named(),
        )));
    }
    let extent = match dataset.shape {
        Some(shape) => Extent { channels: shape.channels(), height: shape.height(), width: shape.width() },
        None => Extent::flat(features),
    };
    of_spec(spec, extent, outputs, ends(spec, dataset, outputs))
}

/// What is applied to the logits and made small, where it is not said: by the labels.
fn ends(spec: &TaskSpec, dataset: &Dataset, outputs: usize) -> (Output, Loss) {
    let classes = matches!(dataset.kind, Kind::Classes(_));
    let single = outputs == 1;
    let output = spec.network.output.unwrap_or(match spec.network.loss {
        Some(Loss::BinaryCrossEntropy) => Output::Sigmoid,
        Some(Loss::Focal(_)) if single => Output::Sigmoid,
        Some(Loss::CrossEntropy | Loss::Focal(_)) => Output::Softmax,
        Some(Loss::Hinge | Loss::SquaredHinge) => Output::Identity,
        Some(Loss::Poisson) => Output::Exp,
        _ if !classes => Output::Identity,
        // No softmax goes with them.
        Some(Loss::MeanAbsoluteError | Loss::Huber(_) | Loss::LogCosh) => Output::Sigmoid,
        _ if single => Output::Sigmoid,
        _ => Output::Softmax,
    });
    let loss = spec.network.loss.unwrap_or(match output {
        Output::Sigmoid if classes => Loss::BinaryCrossEntropy,
        Output::Softmax if classes => Loss::CrossEntropy,
        _ => Loss::MeanSquaredError,
    });
    (output, loss)
}

/// The network that the specification asks for, of samples of a shape and with so many outputs.
pub(crate) fn of_spec(
    spec: &TaskSpec,
    extent: Extent,
    outputs: usize,
    (output, loss): (Output, Loss),
) -> Result<Network, Error> {
    let biases = spec.bias()? != Bias::None;
    if let Some(blocks) = &spec.network.network {
        return Ok(Network::of_blocks(extent, &blocks.clone().with_outputs(outputs), output, loss, biases)?);
    }
    let NetworkSpec { layers, activation, block, norm, branch_layers, .. } = &spec.network;
    let last = layers.0.len() - 1;
    let width =
        |(i, width): (usize, &Option<usize>)| width.unwrap_or(if i == last { outputs } else { extent.numbers() });
    let widths: Vec<usize> = layers.0.iter().enumerate().map(width).collect();
    // Of a wrong number of activations the network says itself what is wrong.
    let fits = [1, widths.len() - 2].contains(&activation.0.len());
    let flat = Extent::flat(widths[0]);
    match blocks(&widths, &activation.0, (*block, norm.0), *branch_layers).filter(|_| fits) {
        Some(blocks) => Ok(Network::of_blocks(flat, &blocks, output, loss, biases)?),
        None => Ok(Network::new(&widths, &activation.0, output, loss, biases)?),
    }
}

/// Cross-entropies are of probabilities, margins of sides, poisson of counts.
pub(super) fn check_targets(network: &Network, dataset: &Dataset) -> Result<(), Error> {
    let (loss, name) = (network.loss(), in_a_line(&dataset.name));
    let usage = |problem: String| Err(Error::Usage(problem));
    let Targets::Values(values) = &dataset.train.y else {
        return match loss {
            Loss::Poisson => usage(format!(
                "--loss {loss} is for counts, but the labels of {name} are taken for classes; where they are counts, say --task \
                 regression"
            )),
            _ => Ok(()),
        };
    };
    let tests = dataset.test.iter().filter_map(|test| match &test.y {
        Targets::Values(values) => Some(values),
        Targets::Classes(_) => None,
    });
    let mut all = tests.chain([values]).flatten();
    let problem = match loss {
        Loss::Poisson if all.any(|y| *y < 0.0) => {
            return usage(format!(
                "--loss {loss} is for counts, but some targets of {name} are below 0; use --loss mse"
            ));
        }
        loss if loss.is_of_numbers() => return Ok(()),
        Loss::Hinge | Loss::SquaredHinge if values.iter().all(|y| y.abs() == 1.0) => return Ok(()),
        Loss::Hinge | Loss::SquaredHinge => " other than -1 and 1",
        Loss::BinaryCrossEntropy | Loss::Focal(_) => {
            let are_probabilities = values.iter().all(|y| (0.0..=1.0).contains(y));
            if are_probabilities && network.output() != Output::Softmax {
                return Ok(());
            }
            if are_probabilities { "" } else { " beyond 0 and 1" }
        }
        _ => "",
    };
    usage(format!("--loss {loss} is for classes, but the targets of {name} are numbers{problem}; use --loss mse"))
}
