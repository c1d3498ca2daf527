//! What the kernels begin with: what they are told, and what each calls.

use super::design::{COLUMNS, Design, Traits};
use super::words::{line, number};
use super::{activation, end};
use headstart::engine::network::Network;

/// Bounds that NaN goes through, where compilers have numbers that are none.
const KEEPS_NAN: &str = "\
fn at_least(low: f32, x: f32) -> f32 {
    return select(x, low, x < low);
}

fn between(low: f32, high: f32, x: f32) -> f32 {
    let raised = select(x, low, x < low);
    return select(raised, high, raised > high);
}
";

/// The same where they may take it that there are none, as Metal's do.
const MAY_LOSE_NAN: &str = "\
fn is_none(x: f32) -> bool {
    return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}

fn at_least(low: f32, x: f32) -> f32 {
    return select(max(x, low), x, is_none(x));
}

fn between(low: f32, high: f32, x: f32) -> f32 {
    return select(min(max(x, low), high), x, is_none(x));
}
";

/// What all kernels begin with: what they are told.
///
/// `memory` has [`Layout::numbers`] for each network: parameters, moments, the factors of their rates where they have some, and what else a
/// kernel keeps there. `state` has [`crate::told::State`].
pub(super) fn begin(to: &mut String, design: &Design<'_>, traits: &Traits) {
    to.push_str(if traits.keeps_nan { KEEPS_NAN } else { MAY_LOSE_NAN });
    to.push_str(include_str!("math.wgsl"));
    line!(
        to,
        "struct Told {{ first: u32, steps: u32, networks: u32, across: u32, from_: u32, every: u32, records: u32, need: u32, window: u32, begin: u32 }}"
    );
    line!(to, "@group(0) @binding(0) var<uniform> told: Told;");
    line!(to, "@group(0) @binding(1) var<storage, read> data: array<f32>;");
    line!(to, "@group(0) @binding(3) var<storage, read_write> state: array<u32>;");
    let mut known = Vec::new();
    for activation in design.network.activations() {
        if !known.contains(activation) {
            activation::write(to, known.len(), *activation);
            known.push(*activation);
        }
    }
    end::write(to, design.network);
}

/// Which of the functions that [`begin`] wrote is the activation of each hidden layer's.
pub(super) fn activations(network: &Network) -> Vec<usize> {
    let mut known = Vec::new();
    let place = |activation| {
        let place = known.iter().position(|other| *other == activation);
        place.unwrap_or_else(|| {
            known.push(activation);
            known.len() - 1
        })
    };
    network.activations().iter().copied().map(place).collect()
}

/// What kernels that train are told besides.
pub(super) fn begin_training(to: &mut String, memory: &str) {
    line!(to, "@group(0) @binding(2) var<storage, read_write> memory: array<{memory}>;");
    line!(to, "@group(0) @binding(4) var<storage, read_write> trace: array<f32>;");
    line!(to, "@group(0) @binding(5) var<storage, read> rules: array<vec4f>;");
    line!(to, "@group(0) @binding(6) var<storage, read> order: array<u32>;");
    line!(to, "@group(0) @binding(7) var<storage, read_write> done: array<atomic<u32>>;");
}

/// Constants of the samples, and `count`, how many there are of step `at`.
pub(super) fn write_samples(to: &mut String, design: &Design<'_>) {
    let Design { network, samples, .. } = design;
    let columns = samples.next_multiple_of(COLUMNS);
    line!(to, "const COLUMNS = {columns}u;\nconst TARGETS = {}u;", network.inputs().next_multiple_of(4));
    line!(to, "const WEIGHTS = TARGETS + OUTPUTS;");
    match design.batch() {
        None => {
            line!(to, "fn count_of(at: u32) -> u32 {{ return {samples}u; }}");
            line!(to, "fn share_of(count: u32) -> f32 {{ return 1.0; }}");
        }
        Some(batch) => {
            let batches = samples.div_ceil(batch);
            let last = samples - (batches - 1) * batch;
            line!(
                to,
                "fn count_of(at: u32) -> u32 {{ return select({batch}u, {last}u, at % {batches}u == {}u); }}",
                batches - 1
            );
            let (each, of_last) = (number(1.0 / batch as f64), number(1.0 / last as f64));
            line!(to, "fn share_of(count: u32) -> f32 {{ return select({of_last}, {each}, count == {batch}u); }}");
        }
    }
}

/// The sum of a number over all lanes, as `{name}_all`: in their order, by the memory that they share.
pub(super) fn sum_over_lanes(to: &mut String, name: &str) {
    line!(to, "workgroupBarrier();\nparts[index] = {name};\nworkgroupBarrier();\nvar {name}_all = 0.0;");
    line!(to, "for (var each = 0u; each < LANES; each++) {{ {name}_all += parts[each]; }}");
}

/// The minibatch of a step, sample by sample: `it` is a number in it, and becomes one of the training set.
pub(super) fn picked(batch: usize) -> String {
    format!("order[(net * told.window + at - told.begin) * {batch}u + it]")
}
