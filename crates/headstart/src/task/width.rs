//! How starts and learning rates go with the width and with the number of residual branches.

use crate::error::Error;
use crate::spec::{NetworkSpec, TaskSpec};
use headstart_engine::init::{BranchScale, Initialization, Scheme};
use headstart_engine::network::program::{Does, Operation};
use headstart_engine::network::{Layer, Network};
use headstart_engine::optimizer::Optimizer;
use headstart_engine::theory::{Factors, Parametrization, Role, Shape};

/// Refuses what is said twice, or of nothing.
///
/// # Errors
/// If it is.
pub(super) fn check(spec: &TaskSpec) -> Result<(), Error> {
    let usual = NetworkSpec::default();
    let NetworkSpec { layers, network, activation, block, norm, branch_layers, base_width, .. } = &spec.network;
    let usage = |message: String| Err(Error::Usage(message));
    if let Some(blocks) = network {
        let said = [
            ("layers", *layers != usual.layers),
            ("activation", *activation != usual.activation),
            ("block", *block != usual.block),
            ("norm", *norm != usual.norm),
            ("branch-layers", *branch_layers != usual.branch_layers),
        ];
        if let Some((key, _)) = said.iter().find(|(_, is_said)| *is_said) {
            return usage(format!(
                "--network \"{blocks}\" says all of the network, so --{key} says it twice; leave one of them out"
            ));
        }
    }
    if *branch_layers == 0 || *base_width == 0 {
        let key = if *branch_layers == 0 { "branch-layers" } else { "base-width" };
        return usage(format!("--{key} 0: at least 1 is needed"));
    }
    Ok(())
}

/// What start and rates of each layer are multiplied by for its width; none where they are not.
pub(super) fn by_width(
    spec: &TaskSpec,
    network: &Network,
    optimizer: Optimizer,
) -> Result<Option<Vec<Factors>>, Error> {
    let NetworkSpec { parametrization, base_width, .. } = &spec.network;
    if *parametrization == Parametrization::Standard {
        return Ok(None);
    }
    let factors = network.layers().zip(per_unit(network)).map(|(layer, per_unit)| {
        let role = match () {
            () if layer.is_last && !layer.is_first() => Role::Output,
            () if layer.is_first() && !layer.is_last => Role::Input,
            () => Role::Hidden,
        };
        // A network of one layer has no width.
        if layer.is_first() && layer.is_last {
            return Ok(Factors::NONE);
        }
        let shape = Shape { role, fan_in: layer.fan_in / per_unit, fan_out: layer.fan_out };
        parametrization.factors(shape, *base_width, optimizer).map_err(|error| Error::Usage(error.to_string()))
    });
    factors.collect::<Result<Vec<_>, _>>().map(Some)
}

/// What weights and biases of each layer are multiplied by where a start begins; empty for 1 everywhere.
pub(super) fn start_factors(spec: &TaskSpec, network: &Network, init: &Initialization) -> Result<Vec<f64>, Error> {
    let by_width = by_width(spec, network, spec.training.optimizer()?)?;
    let scale = spec.init.branch_scale;
    if by_width.is_none() && scale == BranchScale::default() {
        return Ok(Vec::new());
    }
    if scale != BranchScale::default() && network.layers().all(|layer| layer.branch.is_none()) {
        return Err(Error::Usage(format!(
            "--branch-scale {scale}: the network has no residual branches; give it some by --block residual"
        )));
    }
    let per_unit = per_unit(network);
    let of_width = |l: usize, layer: &Layer| {
        let factor = by_width.as_ref().map_or(1.0, |factors| factors[l].start);
        let scheme = init.weights.get(if init.weights.len() == 1 { 0 } else { l });
        let knows_no_width = matches!(scheme, Some(Scheme::Constant(_) | Scheme::Plain(..) | Scheme::Of(_)));
        // Of one size for all widths: what grows are the inputs that a unit sums.
        if by_width.is_some() && knows_no_width && !layer.is_first() {
            factor / (layer.fan_in as f64 / per_unit[l] as f64 / spec.network.base_width as f64).sqrt()
        } else {
            factor
        }
    };
    let layers: Vec<Layer> = network.layers().collect();
    Ok(scale
        .factors(network)
        .into_iter()
        .zip(layers.iter().enumerate())
        .map(|(factor, (l, layer))| factor * of_width(l, layer))
        .collect())
}

/// Inputs of each layer that come from one unit before it, and so are in the base width as well: the places of a kernel, and those of an
/// image behind which a dense layer stands.
fn per_unit(network: &Network) -> Vec<usize> {
    let Some(program) = network.program() else { return vec![1; network.layers().len()] };
    let layers: Vec<Layer> = network.layers().collect();
    let of = |operation: &Operation| match operation.does {
        Does::Layer(l) => Some(match layers[l].kernel {
            Some(kernel) => kernel.windows.size[0] * kernel.windows.size[1],
            None => operation.from.places(),
        }),
        _ => None,
    };
    program.operations.iter().filter_map(of).collect()
}
