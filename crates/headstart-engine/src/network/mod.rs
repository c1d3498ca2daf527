//! What a network is: widths, activations, output and loss, and where its parameters lie.

pub mod blocks;
mod loss;
mod names;
mod output;
pub mod program;
mod shape;

pub use loss::Loss;
pub use names::{LOSSES, OUTPUTS};
pub use output::Output;
pub use shape::Extent;

use crate::activation::Activation;
use blocks::{Blocks, Norm, Piece};
use ndarray::{Array1, Array2};
use program::{InBranch, Kernel, Program};
use std::ops::Range;
use std::sync::Arc;
use thiserror::Error;

/// Why a network cannot be built.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum NetworkError {
    /// Fewer than an input and an output.
    #[error("a network needs at least an input and an output width, as in 2,1; got {0} width(s)")]
    TooFewWidths(usize),
    /// A layer without units.
    #[error("layer {0} has width 0; every width must be at least 1")]
    ZeroWidth(usize),
    /// Not one activation for every hidden layer.
    #[error("{given} activations for {hidden} hidden layer(s); give one for all, or one for each")]
    Activations {
        /// How many were given.
        given: usize,
        /// How many hidden layers there are.
        hidden: usize,
    },
    /// Softmax of one output is 1 whatever the logit.
    #[error("softmax needs at least 2 outputs (of one output it is always 1); use sigmoid for one output")]
    SoftmaxOfOne,
    /// A loss that does not go with the output.
    #[error("loss {loss} does not go with output {output}: {why}")]
    Mismatch {
        /// The loss asked for.
        loss: Loss,
        /// The output asked for.
        output: Output,
        /// What to use instead.
        why: &'static str,
    },
    /// A piece of a network of blocks that does not fit what comes before it.
    #[error("{piece}: {problem}")]
    Piece {
        /// The piece, in the grammar.
        piece: String,
        /// What is wrong with it there, and what to do.
        problem: String,
    },
    /// More parameters than can be addressed.
    #[error("the network has too many parameters to address")]
    TooLarge,
}

/// A fully connected network: layer `l` computes `z = W a + b` from the layer before, and `a = phi(z)`. Or one of [`Blocks`], which says
/// itself what it computes.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    widths: Vec<usize>,
    activations: Vec<Activation>,
    output: Output,
    loss: Loss,
    biases: bool,
    parameters: usize,
    /// Of a network of blocks.
    program: Option<Arc<Program>>,
}

/// One layer of a network: its shape and where its parameters lie in the flat vector of all parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// Units of the layer before.
    pub fan_in: usize,
    /// Units of this layer.
    pub fan_out: usize,
    /// Where the weights are: `fan_out` rows of `fan_in`.
    pub weights: Range<usize>,
    /// Where the biases are; empty in a network without biases.
    pub biases: Range<usize>,
    /// Where the slope of this layer's units is that is learned; empty where their activation has none.
    pub slope: Range<usize>,
    /// Where the parameters of the normalizations between the layer before and this one are; empty where there are none.
    pub norms: Range<usize>,
    /// What made this layer's inputs: the activation of the layer before. Of the first layer, whose inputs are the data,
    /// it is that of its own units, and identity where there are no hidden ones.
    pub before: Activation,
    /// Of a convolution, whose weights meet every place: a row for each channel that comes out, in it channel by channel that comes in
    /// the rows of its kernel, as in `PyTorch`.
    pub kernel: Option<Kernel>,
    /// Where it is in a residual branch, if it is in one.
    pub branch: Option<InBranch>,
    /// Whether its pre-activations are the logits.
    pub is_last: bool,
}

impl Network {
    /// A network with the given widths, input first, and one activation for every hidden layer (or a single one for
    /// all of them).
    ///
    /// # Errors
    /// If there are fewer than two widths or one is 0, if the number of activations fits neither way, or if the loss
    /// does not go with the output.
    pub fn new(
        widths: &[usize],
        activations: &[Activation],
        output: Output,
        loss: Loss,
        biases: bool,
    ) -> Result<Self, NetworkError> {
        if widths.len() < 2 {
            return Err(NetworkError::TooFewWidths(widths.len()));
        }
        if let Some(zero) = widths.iter().position(|&width| width == 0) {
            return Err(NetworkError::ZeroWidth(zero));
        }
        let hidden = widths.len() - 2;
        let activations = match *activations {
            [one] => vec![one; hidden],
            ref all if all.len() == hidden => all.to_vec(),
            ref other => return Err(NetworkError::Activations { given: other.len(), hidden }),
        };
        check_output(widths[widths.len() - 1], output, loss)?;
        let count = |(fan_in, fan_out): (usize, usize)| fan_in.checked_add(usize::from(biases))?.checked_mul(fan_out);
        let slopes = activations.iter().filter(|activation| activation.is_learned()).count();
        let parameters = widths
            .iter()
            .copied()
            .zip(widths[1..].iter().copied())
            .try_fold(slopes, |sum, layer| sum.checked_add(count(layer)?))
            .filter(|&n| n <= isize::MAX as usize / 64)
            .ok_or(NetworkError::TooLarge)?;
        Ok(Self { widths: widths.to_vec(), activations, output, loss, biases, parameters, program: None })
    }

    /// A network of blocks for samples of a shape. What is dense layers in a row is the network that [`Network::new`] makes of them.
    ///
    /// # Errors
    /// If a piece does not fit what comes before it, or the loss does not go with the output.
    pub fn of_blocks(
        shape: Extent,
        blocks: &Blocks,
        output: Output,
        loss: Loss,
        biases: bool,
    ) -> Result<Self, NetworkError> {
        if let Some((widths, activations)) = dense_chain(shape, blocks) {
            return match activations.as_slice() {
                [] => Self::new(&widths, &[Activation::Identity], output, loss, biases),
                each => Self::new(&widths, each, output, loss, biases),
            };
        }
        let program = Program::new(shape, blocks, biases)?;
        let Program { widths, activations, parameters, .. } = &program;
        let (widths, activations, parameters) = (widths.clone(), activations.clone(), *parameters);
        check_output(widths[widths.len() - 1], output, loss)?;
        Ok(Self { widths, activations, output, loss, biases, parameters, program: Some(Arc::new(program)) })
    }

    /// Multiply-adds of one sample's pass from its inputs to the logits.
    pub fn products(&self) -> usize {
        match &self.program {
            None => self.parameters,
            Some(program) => program
                .layers
                .iter()
                .fold(0_usize, |sum, layer| sum.saturating_add(layer.weights.len().saturating_mul(layer.places()))),
        }
    }

    /// What a network of blocks computes; none of dense layers in a row.
    pub fn program(&self) -> Option<&Program> {
        self.program.as_deref()
    }

    /// Whether layers of weights follow one another with nothing beside them or between them but activations.
    pub fn is_dense_chain(&self) -> bool {
        self.program.is_none()
    }

    /// All widths, input first.
    pub fn widths(&self) -> &[usize] {
        &self.widths
    }

    /// The number of features the network takes.
    pub fn inputs(&self) -> usize {
        self.widths[0]
    }

    /// The number of numbers it returns.
    pub fn outputs(&self) -> usize {
        self.widths[self.widths.len() - 1]
    }

    /// Whether nothing on the way bends, so that all layers together are one linear map.
    pub fn is_linear(&self) -> bool {
        let bends = self.program().is_some_and(Program::bends);
        !bends && self.activations().iter().all(|activation| *activation == Activation::Identity)
    }

    /// The activations of the hidden layers, first to last.
    pub fn activations(&self) -> &[Activation] {
        &self.activations
    }

    /// What is applied to the logits.
    pub fn output(&self) -> Output {
        self.output
    }

    /// What is made small.
    pub fn loss(&self) -> Loss {
        self.loss
    }

    /// What stands for a class that a sample is not in, and for the one that it is in: 0 and 1, or -1 and 1 where the output or the loss
    /// asks for signs.
    pub fn class_ends(&self) -> [f64; 2] {
        [if self.has_signed_targets() { -1.0 } else { 0.0 }, 1.0]
    }

    /// Whether classes are targets of -1 and 1, and not of 0 and 1: those of a margin, and of a tanh output that is not a
    /// probability, as it reaches from -1 to 1 (`LeCun` et al. 1998).
    pub(crate) fn has_signed_targets(&self) -> bool {
        self.loss.is_hinge() || self.output == Output::Tanh && self.loss != Loss::BinaryCrossEntropy
    }

    /// Whether the layers have biases.
    pub fn has_biases(&self) -> bool {
        self.biases
    }

    /// The number of weights, biases, and slopes that are learned.
    pub fn parameter_count(&self) -> usize {
        self.parameters
    }

    /// The layers, first to last. In the flat vector of all parameters each layer's weights come before its biases, and these before
    /// the slope that is learned.
    pub fn layers(&self) -> impl ExactSizeIterator<Item = Layer> {
        let mut offset = 0;
        (1..self.widths.len()).map(move |l| {
            if let Some(program) = &self.program {
                return program.layers[l - 1].clone();
            }
            let (fan_in, fan_out) = (self.widths[l - 1], self.widths[l]);
            let weights = offset..offset + fan_in * fan_out;
            let biases = weights.end..weights.end + if self.biases { fan_out } else { 0 };
            let is_learned = self.activations.get(l - 1).is_some_and(|activation| activation.is_learned());
            let slope = biases.end..biases.end + usize::from(is_learned);
            offset = slope.end;
            let before = self.activations.get(l.saturating_sub(2)).copied().unwrap_or(Activation::Identity);
            let norms = slope.end..slope.end;
            let is_last = l + 1 == self.widths.len();
            Layer { fan_in, fan_out, weights, biases, slope, norms, before, kernel: None, branch: None, is_last }
        })
    }
}

impl Layer {
    /// Whether it is the one that gets the data.
    pub fn is_first(&self) -> bool {
        self.weights.start == 0
    }

    /// Places that its weights meet: of a convolution its windows, 1 of others.
    pub fn places(&self) -> usize {
        self.kernel.as_ref().map_or(1, |kernel| kernel.to.places())
    }

    /// Inputs and outputs of a unit as schemes count them: those of a convolution times the kernel's area.
    pub fn fans(&self) -> [usize; 2] {
        self.kernel.as_ref().map_or([self.fan_in, self.fan_out], Kernel::fans)
    }

    /// Its kernel and channels in the grammar of [`Blocks`], as `conv 3x3 16`; none without a kernel.
    pub fn kernel_in_words(&self) -> Option<String> {
        self.kernel.map(|kernel| match kernel.windows.size {
            [1, columns] => format!("conv {columns} {}", self.fan_out),
            [rows, columns] => format!("conv {rows}x{columns} {}", self.fan_out),
        })
    }

    /// The same with inputs and outputs as schemes count them: see [`Layer::fans`].
    #[must_use]
    pub fn by_fans(&self) -> Self {
        let [fan_in, fan_out] = self.fans();
        Self { fan_in, fan_out, ..self.clone() }
    }

    /// Where all of its parameters are.
    pub fn all(&self) -> Range<usize> {
        self.weights.start..self.norms.end
    }
}

fn check_output(outputs: usize, output: Output, loss: Loss) -> Result<(), NetworkError> {
    if output == Output::Softmax && outputs == 1 {
        return Err(NetworkError::SoftmaxOfOne);
    }
    let alone = "of a single output ce is always 0; use bce";
    let is_alone = loss == Loss::CrossEntropy && outputs == 1;
    match loss.mismatch(output).or(is_alone.then_some(alone)) {
        Some(why) => Err(NetworkError::Mismatch { loss, output, why }),
        None => Ok(()),
    }
}

/// Widths and activations of blocks that are dense layers in a row, each with at most one activation; none of others.
fn dense_chain(shape: Extent, blocks: &Blocks) -> Option<(Vec<usize>, Vec<Activation>)> {
    let (mut widths, mut activations) = (vec![shape.count()?], Vec::new());
    for piece in blocks.pieces() {
        match piece {
            Piece::Dense(Some(units)) => {
                // The layer before has no activation of its own.
                activations.resize(widths.len() - 1, Activation::Identity);
                widths.push(*units);
            }
            Piece::Activation(activation) if activations.len() + 2 == widths.len() => activations.push(*activation),
            _ => return None,
        }
    }
    activations.truncate(widths.len().checked_sub(2)?);
    Some((widths, activations))
}

/// Where the parameters of normalizations start: gains at 1, shifts at 0, running means at 0 and running variances at 1.
pub(crate) fn norms_at_start(program: &Program, layer: &Layer) -> Array1<f64> {
    let mut all = Array1::zeros(layer.norms.len());
    let within = |range: &Range<usize>| layer.norms.start <= range.start && range.end <= layer.norms.end;
    for norm in program.norms().filter(|norm| !norm.gains.is_empty() && within(&norm.gains)) {
        let mut fill = |range: Range<usize>| {
            all.as_slice_mut().expect("they lie in a row")
                [range.start - layer.norms.start..range.end - layer.norms.start]
                .fill(1.0);
        };
        fill(norm.gains.clone());
        if norm.norm == Norm::Batch {
            fill(norm.running.start + norm.running.len() / 2..norm.running.end);
        }
    }
    all
}

/// Weights, biases and learned slopes of a network, layer by layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameters(pub Vec<LayerParameters>);

/// Weights and biases of one layer, and the slope that its units learn.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerParameters {
    /// `fan_out x fan_in`: row `o` holds what unit `o` multiplies its inputs with.
    pub weights: Array2<f64>,
    /// One per unit; empty in a network without biases.
    pub biases: Array1<f64>,
    /// Of the units' activation below 0, one for all of them; none where none is learned (see [`Activation::Prelu`]).
    pub slope: Option<f64>,
    /// Of the normalizations between the layer before and this one, each: gains, shifts, running means and running variances, as far as it
    /// has them (see [`program::NormPlace`]). Empty where there are none.
    pub norms: Array1<f64>,
}

impl Parameters {
    /// Parameters from the flat vector in the order of [`Network::layers`].
    ///
    /// # Panics
    /// If the vector is shorter than the network's parameters.
    pub fn from_flat(network: &Network, flat: &[f64]) -> Self {
        let layer = |layer: Layer| LayerParameters {
            weights: Array2::from_shape_fn((layer.fan_out, layer.fan_in), |(o, i)| {
                flat[layer.weights.start + o * layer.fan_in + i]
            }),
            biases: flat[layer.biases].iter().copied().collect(),
            slope: flat[layer.slope].first().copied(),
            norms: flat[layer.norms].iter().copied().collect(),
        };
        Self(network.layers().map(layer).collect())
    }

    /// All numbers in the order of [`Network::layers`].
    pub fn flat(&self) -> impl Iterator<Item = f64> {
        self.0.iter().flat_map(|layer| {
            layer.weights.iter().chain(&layer.biases).copied().chain(layer.slope).chain(layer.norms.iter().copied())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(widths: &[usize], output: Output, loss: Loss) -> Result<Network, NetworkError> {
        Network::new(widths, &[Activation::Relu], output, loss, true)
    }

    #[test]
    fn parameters_lie_layer_by_layer_weights_first() {
        let net = network(&[2, 3, 1], Output::Sigmoid, Loss::BinaryCrossEntropy).unwrap();
        let layers: Vec<Layer> = net.layers().collect();
        let before = Activation::Relu;
        let plain = |[fan_in, fan_out]: [usize; 2], weights: Range<usize>, biases: Range<usize>| Layer {
            fan_in,
            fan_out,
            slope: biases.end..biases.end,
            norms: biases.end..biases.end,
            weights,
            biases,
            before,
            kernel: None,
            branch: None,
            is_last: fan_out == 1,
        };
        assert_eq!(layers, [plain([2, 3], 0..6, 6..9), plain([3, 1], 9..12, 12..13)]);
        assert_eq!(net.parameter_count(), 13);
        let flat: Vec<f64> = (0..13).map(f64::from).collect();
        let parameters = Parameters::from_flat(&net, &flat);
        assert_eq!(parameters.0[0].weights[[1, 0]], 2.0);
        assert_eq!(parameters.flat().collect::<Vec<_>>(), flat);
    }

    #[test]
    fn a_learned_slope_lies_behind_the_biases() {
        let all = [Activation::Prelu(0.25), Activation::Tanh, Activation::Prelu(0.0)];
        for (biases, slopes) in [(true, [9..10, 18..18, 21..22, 24..24]), (false, [6..7, 13..13, 15..16, 17..17])] {
            let net = Network::new(&[2, 3, 2, 1, 1], &all, Output::Identity, Loss::MeanSquaredError, biases).unwrap();
            assert_eq!(net.layers().map(|layer| layer.slope).collect::<Vec<_>>(), slopes);
            assert_eq!(net.layers().last().unwrap().all().end, net.parameter_count());
            let flat: Vec<f64> = (0..net.parameter_count()).map(|i| i as f64).collect();
            let parameters = Parameters::from_flat(&net, &flat);
            assert_eq!(parameters.0[0].slope, Some(slopes[0].start as f64));
            assert_eq!(parameters.flat().collect::<Vec<_>>(), flat);
        }
    }

    #[test]
    fn networks_that_make_no_sense_are_refused_with_a_reason() {
        use Loss::{BinaryCrossEntropy, CrossEntropy};
        let says = |result: Result<Network, NetworkError>, text: &str| {
            let message = result.unwrap_err().to_string();
            assert!(message.contains(text), "{message}");
        };
        says(network(&[], Output::Sigmoid, BinaryCrossEntropy), "at least an input and an output");
        says(network(&[2, 0, 1], Output::Sigmoid, BinaryCrossEntropy), "layer 1 has width 0");
        says(network(&[2, 1], Output::Softmax, CrossEntropy), "softmax needs at least 2");
        says(network(&[2, 3], Output::Softmax, BinaryCrossEntropy), "softmax goes with ce");
        says(network(&[2, 3], Output::Tanh, CrossEntropy), "ce goes with softmax");
        says(network(&[2, 1], Output::Identity, CrossEntropy), "use bce");
        says(network(&[2, 3], Output::Sigmoid, Loss::Hinge), "identity and tanh");
        says(network(&[2, 3], Output::Identity, Loss::Focal(2.0)), "focal:2 does not go with output identity");
        says(network(&[2, 3], Output::Relu, Loss::Poisson), "exp or softplus");
        says(network(&[2, 3], Output::Softmax, Loss::MeanAbsoluteError), "ce, focal or mse");
        says(network(&[2, 3], Output::Exp, BinaryCrossEntropy), "goes with sigmoid");
        says(network(&[usize::MAX, 2, 1], Output::Sigmoid, BinaryCrossEntropy), "too many parameters");
        let two = Network::new(&[2, 3, 1], &[Activation::Relu; 2], Output::Sigmoid, BinaryCrossEntropy, true);
        says(two, "2 activations for 1 hidden layer");
    }

    #[test]
    fn names_of_outputs_and_losses_read_back() {
        let more = [Loss::Huber(0.25), Loss::Huber(1e-9), Loss::Focal(0.0), Loss::Focal(1.5)];
        for loss in Loss::ALL.into_iter().chain(more) {
            assert_eq!(loss.to_string().parse(), Ok(loss));
        }
        for output in Output::ALL {
            assert_eq!(output.to_string().parse(), Ok(output));
        }
        for text in ["huber:0", "huber:-1", "huber:inf", "focal:-0.5", "focal:1e4", "mse:2", "poisson:1"] {
            assert!(text.parse::<Loss>().is_err(), "{text}");
        }
    }
}
