//! The network of a task, and whether its data is of the kind that its loss is for.

use crate::data::{Dataset, Kind, Targets};
use crate::error::Error;
use crate::spec::{Bias, TaskSpec};
use crate::words::in_a_line;
use headstart_engine::network::{Loss, Network, Output};

/// The network that the specification and the data make together.
pub(super) fn network(spec: &TaskSpec, dataset: &Dataset) -> Result<Network, Error> {
    let layers = &spec.network.layers.0;
    let last = layers.len() - 1;
    let needed = match (&dataset.kind, spec.network.output) {
        (Kind::Classes(_), Some(Output::Softmax)) if dataset.kind.is_binary() => 2,
        (Kind::Classes(_), _) if dataset.kind.is_binary() => 1,
        (Kind::Classes(names), _) => names.len(),
        (Kind::Regression { outputs }, _) => *outputs,
    };
    let features = dataset.train.x.ncols();
    let width = |(i, width): (usize, &Option<usize>)| width.unwrap_or(if i == last { needed } else { features });
    let widths: Vec<usize> = layers.iter().enumerate().map(width).collect();
    if let Some(zero) = widths.iter().position(|&width| width == 0) {
        let message = format!("--layers {}: layer {zero} has width 0; widths are at least 1", spec.network.layers);
        return Err(Error::Usage(message));
    }
    if widths[0] != features {
        return Err(Error::Usage(format!(
            "--layers {}: the network takes {} inputs, but {} has {features} features; use {features} or _ for the \
             first width",
            spec.network.layers,
            widths[0],
            in_a_line(&dataset.name)
        )));
    }
    let fits = match &dataset.kind {
        Kind::Classes(_) if dataset.kind.is_binary() => widths[last] <= 2,
        _ => widths[last] == needed,
    };
    if !fits {
        let has = match &dataset.kind {
            Kind::Classes(names) => format!("{} classes", names.len()),
            Kind::Regression { outputs } => format!("{outputs} target(s) per sample"),
        };
        return Err(Error::Usage(format!(
            "--layers {}: the network has {} outputs, but {} has {has}; use {needed} or _ for the last width",
            spec.network.layers,
            widths[last],
            in_a_line(&dataset.name)
        )));
    }
    let classes = matches!(dataset.kind, Kind::Classes(_));
    let single = widths[last] == 1;
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
    let biases = spec.bias()? != Bias::None;
    Ok(Network::new(&widths, &spec.network.activation.0, output, loss, biases)?)
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
