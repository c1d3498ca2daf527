//! How starts and learning rates go with the width and with the number of residual branches.

use crate::error::Error;
use crate::spec::{NetworkSpec, TaskSpec};
use headstart_engine::init::BranchScale;
use headstart_engine::network::Network;
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
    let factors = network.layers().map(|layer| {
        let role = match () {
            () if layer.is_last && !layer.is_first() => Role::Output,
            () if layer.is_first() && !layer.is_last => Role::Input,
            () => Role::Hidden,
        };
        // A network of one layer has no width.
        if layer.is_first() && layer.is_last {
            return Ok(Factors::NONE);
        }
        // Of a kernel the places are in the base as well; behind places, those of the image are.
        let per_unit = layer.kernel.map_or(1, |kernel| kernel.windows.size[0] * kernel.windows.size[1]);
        let shape = Shape { role, fan_in: layer.fan_in / per_unit, fan_out: layer.fan_out };
        parametrization.factors(shape, *base_width, optimizer).map_err(|error| Error::Usage(error.to_string()))
    });
    factors.collect::<Result<Vec<_>, _>>().map(Some)
}

/// What weights and biases of each layer are multiplied by at the start; empty for 1 everywhere.
pub(super) fn start_factors(spec: &TaskSpec, network: &Network) -> Result<Vec<f64>, Error> {
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
    let of_width = |l: usize| by_width.as_ref().map_or(1.0, |factors| factors[l].start);
    Ok(scale.factors(network).into_iter().enumerate().map(|(l, factor)| factor * of_width(l)).collect())
}
