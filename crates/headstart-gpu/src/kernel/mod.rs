//! Kernels made for an architecture: texts in WGSL, unrolled or specialised for widths, activations, output, loss and rule.
//!
//! One workgroup has one network. Its lanes have the samples, and every sum has an order that nothing but the kernel decides, so that a
//! network's bits do not depend on what is trained beside it. There are two ways: [`small`] keeps parameters and gradients of a lane in
//! its registers, [`tiles`] keeps what samples leave behind in the memory that a workgroup shares. [`look`] says what came of it.

mod activation;
mod end;
pub(crate) mod look;
pub(crate) mod rule;
mod small;
mod tiles;
mod words;

use headstart::engine::network::Network;
use headstart::engine::train::Training;
use std::ops::Range;
use words::line;

/// What a device has that kernels are made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Traits {
    /// Lanes that can tell one another numbers without memory, where all subgroups have as many; 0 where they differ, or cannot.
    pub subgroup: usize,
    /// Bytes that a workgroup shares, at most.
    pub memory: usize,
    /// Lanes of a workgroup, at most.
    pub lanes: usize,
}

/// What a kernel is made for: what trainings with it have in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Design<'a> {
    pub network: &'a Network,
    pub training: &'a Training,
    /// Samples of the training set.
    pub samples: usize,
}

/// Columns of samples are filled up to a multiple of this.
pub(crate) const COLUMNS: usize = 64;

/// Kernels for a design, and how parameters lie for them.
#[derive(Clone, Debug)]
pub(crate) struct Kernel {
    /// Does steps.
    pub train: Source,
    pub layout: Layout,
}

/// The minibatch of a step, sample by sample: `it` is a number in it, and becomes one of the training set.
fn picked(batch: usize) -> String {
    format!("order[(net * told.window + at - told.begin) * {batch}u + it]")
}

/// The text of a kernel.
#[derive(Clone, Debug)]
pub(crate) struct Source(pub String);

/// Where the parameters of a network lie in a device's memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    /// The place of each parameter, in the order of [`Network::layers`].
    pub places: Vec<u32>,
    /// Whether that is one after the other; otherwise rows of weights are filled up to whole fours.
    pub is_flat: bool,
    /// Numbers of all parameters, the gaps between them included.
    pub parameters: usize,
    /// Numbers that a network takes: parameters, moments, and what else a kernel keeps there.
    pub numbers: usize,
}

impl Kernel {
    /// The kernels for a design on a device; or, in a sentence, why there are none.
    pub fn of(design: &Design<'_>, traits: &Traits) -> Result<Self, String> {
        check(design)?;
        match small::make(design, traits) {
            Some((train, layout)) => Ok(Self { train, layout }),
            None => tiles::make(design, traits).map(|(train, layout)| Self { train, layout }),
        }
    }

    /// Numbers that a look at a network tells.
    pub fn numbers(&self, design: &Design<'_>, classes: usize) -> usize {
        look::numbers(design, classes)
    }

    /// The kernel that looks at so many samples.
    pub fn look(&self, design: &Design<'_>, samples: usize, classes: usize, traits: &Traits) -> Result<Source, String> {
        look::make(design, &self.layout, (samples, classes), traits)
    }
}

/// That there are kernels for all that a design asks for.
fn check(design: &Design<'_>) -> Result<(), String> {
    let Design { network, training, .. } = design;
    if !network.is_dense_chain() {
        return Err("it has blocks, and there are kernels for dense layers in a row".to_owned());
    }
    if let Some(activation) = network.activations().iter().find(|activation| !activation::is_known(**activation)) {
        return Err(format!("{activation} learns its slope"));
    }
    if !rule::is_known(training.optimizer) {
        return Err("L-BFGS is not done there".to_owned());
    }
    if training.has_dropout() {
        return Err("there is no dropout there".to_owned());
    }
    if training.early_stopping.is_some() {
        return Err("there is no early stopping there".to_owned());
    }
    Ok(())
}

/// What all kernels begin with: what they are told.
///
/// `memory` has [`Layout::numbers`] for each network: parameters, moments, the factors of their rates where they have some, and what else a
/// kernel keeps there. `state` has [`crate::told::State`].
fn begin(to: &mut String, design: &Design<'_>) {
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
fn activations(network: &Network) -> Vec<usize> {
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
fn begin_training(to: &mut String, memory: &str) {
    line!(to, "@group(0) @binding(2) var<storage, read_write> memory: array<{memory}>;");
    line!(to, "@group(0) @binding(4) var<storage, read_write> trace: array<f32>;");
    line!(to, "@group(0) @binding(5) var<storage, read> rules: array<vec4f>;");
    line!(to, "@group(0) @binding(6) var<storage, read> order: array<u32>;");
    line!(to, "@group(0) @binding(7) var<storage, read_write> done: array<atomic<u32>>;");
}

/// Constants of the samples, and `count`, how many there are of step `at`.
fn write_samples(to: &mut String, design: &Design<'_>) {
    let Design { network, training, samples } = design;
    let columns = samples.next_multiple_of(COLUMNS);
    line!(to, "const COLUMNS = {columns}u;\nconst TARGETS = {}u;", network.inputs().next_multiple_of(4));
    line!(to, "const WEIGHTS = TARGETS + OUTPUTS;");
    match training.batch {
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
            let (each, of_last) = (words::number(1.0 / batch as f64), words::number(1.0 / last as f64));
            line!(to, "fn share_of(count: u32) -> f32 {{ return select({of_last}, {each}, count == {batch}u); }}");
        }
    }
}

/// Weights and biases of each layer, in the flat vector of all parameters.
fn flat_places(network: &Network) -> Vec<[Range<usize>; 2]> {
    network.layers().map(|layer| [layer.weights, layer.biases]).collect()
}
