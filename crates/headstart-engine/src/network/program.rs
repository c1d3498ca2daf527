//! Blocks with their shapes worked out: what is computed one after the other, and where its parameters lie.

use super::blocks::{Blocks, Branch, Conv, Norm, Padding, Piece, Pool};
use super::{Extent, Layer, NetworkError};
use crate::activation::Activation;
use std::ops::Range;

/// What is computed, first to last.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    /// What it was made of.
    pub blocks: Blocks,
    /// How its inputs lie: place by place, at each the channels.
    pub shape: Extent,
    /// Steps through the network.
    pub operations: Vec<Operation>,
    /// Its layers of weights.
    pub(super) layers: Vec<Layer>,
    /// What is applied to the pre-activations of each layer but the last, or to the stream that they are added to.
    pub(super) activations: Vec<Activation>,
    /// Numbers of the inputs, and behind each layer.
    pub(super) widths: Vec<usize>,
    pub(super) parameters: usize,
}

/// One step through a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// What is done.
    pub does: Does,
    /// What comes in.
    pub from: Extent,
    /// What goes out.
    pub to: Extent,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq)]
pub enum Does {
    /// Puts the channels of samples that lie place by place one after the other.
    Split,
    /// The weights of a layer, and its biases.
    Layer(usize),
    /// A normalization.
    Norm(NormPlace),
    /// An activation.
    Activation(Activation),
    /// Windows.
    Pool(Pool),
    /// The mean over all places.
    GlobalMean,
    /// Begins a branch: what comes in is the stream, too.
    Enter,
    /// Ends it: so many times the stream is added.
    Add(f64),
}

/// Where the parameters of a normalization lie.
#[derive(Clone, Debug, PartialEq)]
pub struct NormPlace {
    /// Which normalization.
    pub norm: Norm,
    /// One gain for each channel.
    pub gains: Range<usize>,
    /// One shift for each; empty for rms.
    pub shifts: Range<usize>,
    /// Running means, then running variances, which no gradient moves; empty but for batch normalization.
    pub running: Range<usize>,
}

/// Windows of a convolution, or of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    /// Rows and columns.
    pub size: [usize; 2],
    /// Places from one to the next.
    pub stride: [usize; 2],
    /// Places before the first one's border.
    pub before: [usize; 2],
    /// Whether beyond a border there is the other side.
    pub is_circular: bool,
}

/// The shape of a convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kernel {
    /// What it sees.
    pub windows: Windows,
    /// Groups of channels.
    pub groups: usize,
    /// What comes in.
    pub from: Extent,
    /// What goes out.
    pub to: Extent,
}

/// Where a layer is in a residual branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InBranch {
    /// Which branch, from 0.
    pub index: usize,
    /// Of how many.
    pub of: usize,
    /// Which layer of it, from 0.
    pub place: usize,
    /// How many layers it has.
    pub layers: usize,
}

impl InBranch {
    /// Whether what it makes is added to the stream.
    pub fn is_last(self) -> bool {
        self.place + 1 == self.layers
    }
}

impl Kernel {
    /// Inputs and outputs of a weight as the literature counts them: the kernel's area times channels, of a group.
    pub fn fans(&self) -> [usize; 2] {
        let area = self.windows.size[0] * self.windows.size[1];
        [area * self.from.channels / self.groups, area * self.to.channels / self.groups]
    }
}

/// More weights of a unit, or places in a stride, cannot be.
const MOST: usize = 1 << 40;

/// A program that is being made.
struct Maker {
    operations: Vec<Operation>,
    layers: Vec<Layer>,
    activations: Vec<Activation>,
    widths: Vec<usize>,
    at: Extent,
    offset: usize,
    /// Normalizations since the last layer of weights: their parameters come behind those of the next one.
    norms: Vec<usize>,
    before: Activation,
    biases: bool,
    branches: usize,
    /// The branch that it is in, and how many of its layers there have been.
    branch: Option<InBranch>,
}

impl Program {
    /// Works out shapes.
    ///
    /// # Errors
    /// If a piece does not fit what comes before it.
    pub fn new(shape: Extent, blocks: &Blocks, biases: bool) -> Result<Self, NetworkError> {
        let inputs = shape.count().filter(|&inputs| inputs > 0).ok_or(NetworkError::TooLarge)?;
        let mut maker = Maker {
            operations: Vec::new(),
            layers: Vec::new(),
            activations: Vec::new(),
            widths: vec![inputs],
            at: shape,
            offset: 0,
            norms: Vec::new(),
            before: Activation::Identity,
            biases,
            branches: blocks.branches(),
            branch: None,
        };
        if shape.places() > 1 && shape.channels > 1 {
            maker.does(Does::Split, shape);
        }
        for piece in blocks.pieces() {
            maker.piece(piece)?;
        }
        maker.activations.truncate(maker.layers.len().saturating_sub(1));
        // Of the first layer it is its own units' activation, as nothing made the data.
        if let (Some(first), Some(own)) = (maker.layers.first_mut(), maker.activations.first()) {
            first.before = *own;
        }
        if let Some(last) = maker.layers.last_mut() {
            last.is_last = true;
        }
        if maker.offset > isize::MAX as usize / 64 {
            return Err(NetworkError::TooLarge);
        }
        let Maker { operations, layers, activations, widths, offset, .. } = maker;
        Ok(Self { blocks: blocks.clone(), shape, operations, layers, activations, widths, parameters: offset })
    }

    /// Whether samples are normalized together.
    pub fn has_batch_norm(&self) -> bool {
        self.norms().any(|norm| norm.norm == Norm::Batch)
    }

    /// Whether something is no linear map of a sample: an activation, the largest of a window, or a normalization by the sample's own
    /// numbers. That of a batch is one, with numbers that are the same for all samples.
    pub(super) fn bends(&self) -> bool {
        self.operations.iter().any(|operation| match &operation.does {
            Does::Activation(activation) => *activation != Activation::Identity,
            Does::Pool(pool) => pool.is_max,
            Does::Norm(norm) => norm.norm != Norm::Batch,
            _ => false,
        })
    }

    /// The normalizations.
    pub fn norms(&self) -> impl Iterator<Item = &NormPlace> {
        self.operations.iter().filter_map(|operation| match &operation.does {
            Does::Norm(norm) => Some(norm),
            _ => None,
        })
    }

    /// The most numbers that a sample has anywhere.
    pub fn widest(&self) -> usize {
        self.operations.iter().map(|operation| operation.to.numbers()).max().unwrap_or(0)
    }

    /// All numbers that a sample leaves behind.
    pub fn units(&self) -> usize {
        self.operations.iter().fold(0_usize, |sum, operation| sum.saturating_add(operation.to.numbers()))
    }
}

impl Maker {
    fn does(&mut self, does: Does, to: Extent) {
        self.operations.push(Operation { does, from: self.at, to });
        self.at = to;
    }

    fn piece(&mut self, piece: &Piece) -> Result<(), NetworkError> {
        let wrong = |problem: String| Err(NetworkError::Piece { piece: piece.to_string(), problem });
        match piece {
            Piece::Dense(None) => wrong("how many units it has is not known here".to_owned()),
            Piece::Dense(Some(units)) => {
                let [fan_in, fan_out] = [self.at.numbers(), *units];
                self.layer(fan_in, fan_out, None, Extent::flat(fan_out))
            }
            Piece::Conv(conv) => self.conv(conv).or_else(wrong),
            Piece::Norm(norm) => {
                self.norm(*norm);
                Ok(())
            }
            Piece::Activation(activation) if activation.is_learned() => {
                wrong(format!("slopes are learned in plain dense networks only; take {}", Activation::LeakyRelu(0.25)))
            }
            Piece::Activation(activation) => {
                self.before = *activation;
                if let Some(of_layer) =
                    self.activations.last_mut().filter(|of_layer| **of_layer == Activation::Identity)
                {
                    *of_layer = *activation;
                }
                self.does(Does::Activation(*activation), self.at);
                Ok(())
            }
            Piece::Pool(pool) => self.pool(*pool).or_else(wrong),
            Piece::GlobalMean => {
                self.does(Does::GlobalMean, Extent::flat(self.at.channels));
                Ok(())
            }
            Piece::Branch(branch) => self.branch(branch, piece),
        }
    }

    fn branch(&mut self, Branch { items, keep }: &Branch, piece: &Piece) -> Result<(), NetworkError> {
        let wrong = |problem: String| Err(NetworkError::Piece { piece: piece.to_string(), problem });
        let pieces: Vec<&Piece> =
            items.iter().flat_map(|item| std::iter::repeat_n(&item.pieces, item.times)).flatten().collect();
        let layers = pieces.iter().filter(|piece| piece.has_weights()).count();
        if pieces.iter().any(|piece| matches!(piece, Piece::Branch(_))) {
            return wrong("there is a branch within a branch".to_owned());
        }
        if layers == 0 {
            return wrong("a branch needs a layer of weights, as in [ relu | dense 100 ]".to_owned());
        }
        let index = self.branch.map_or(0, |last| last.index + 1);
        self.branch = Some(InBranch { index, of: self.branches, place: 0, layers });
        let from = self.at;
        self.does(Does::Enter, from);
        for piece in pieces {
            self.piece(piece)?;
        }
        if self.at != from {
            return wrong(format!(
                "it makes {} of a stream of {from}, and what is added must have its shape; what changes the shape stands between \
                 branches",
                self.at
            ));
        }
        self.does(Does::Add(*keep), from);
        self.before = Activation::Identity;
        // Layers that follow are in none, until the next branch.
        self.branch = self.branch.map(|branch| InBranch { place: layers, ..branch });
        Ok(())
    }

    fn layer(&mut self, fan_in: usize, fan_out: usize, kernel: Option<Kernel>, to: Extent) -> Result<(), NetworkError> {
        let weights = fan_in.checked_mul(fan_out).ok_or(NetworkError::TooLarge)?;
        let biases = if self.biases { fan_out } else { 0 };
        let norms: usize = self.norms.iter().sum();
        let start = self.offset;
        let end =
            start.checked_add(weights).and_then(|end| end.checked_add(biases + norms)).ok_or(NetworkError::TooLarge)?;
        let weights = start..start + weights;
        let biases = weights.end..weights.end + biases;
        let (slope, norms) = (biases.end..biases.end, biases.end..end);
        self.place_norms(norms.start);
        let branch = self.branch.filter(|branch| branch.place < branch.layers);
        if let Some(branch) = &mut self.branch {
            branch.place += 1;
        }
        let before = self.before;
        let is_last = false;
        self.layers.push(Layer { fan_in, fan_out, weights, biases, slope, norms, before, kernel, branch, is_last });
        self.does(Does::Layer(self.layers.len() - 1), to);
        self.widths.push(to.count().ok_or(NetworkError::TooLarge)?);
        self.activations.push(Activation::Identity);
        self.before = Activation::Identity;
        (self.offset, self.norms) = (end, Vec::new());
        Ok(())
    }

    fn norm(&mut self, norm: Norm) {
        let channels = self.at.channels;
        let count = match norm {
            Norm::Rms => channels,
            Norm::Layer => 2 * channels,
            Norm::Batch => 4 * channels,
        };
        self.norms.push(count);
        let nowhere = || 0..0;
        self.does(Does::Norm(NormPlace { norm, gains: nowhere(), shifts: nowhere(), running: nowhere() }), self.at);
    }

    /// Says where the parameters of the normalizations before a layer lie.
    fn place_norms(&mut self, start: usize) {
        let mut end = start + self.norms.iter().sum::<usize>();
        let mut unplaced = self.norms.len();
        for operation in self.operations.iter_mut().rev() {
            let Does::Norm(norm) = &mut operation.does else { continue };
            if unplaced == 0 {
                return;
            }
            unplaced -= 1;
            let (begin, channels) = (end - self.norms[unplaced], operation.from.channels);
            norm.gains = begin..begin + channels;
            norm.shifts = norm.gains.end..norm.gains.end + if norm.norm.has_shift() { channels } else { 0 };
            norm.running = norm.shifts.end..end;
            end = begin;
        }
    }

    fn conv(&mut self, conv: &Conv) -> Result<(), String> {
        let Conv { kernel, channels, stride, padding, groups } = *conv;
        let from = self.at;
        if from.places() == 1 {
            return Err(format!(
                "what comes in has no places to go over, but {} in a row; give data with a shape, as --shape 28,28,1",
                from.channels
            ));
        }
        if from.height == 1 && kernel[0] > 1 {
            return Err(format!(
                "what comes in is a sequence, whose kernels have one size, as in conv {} {channels}",
                kernel[1]
            ));
        }
        if !from.channels.is_multiple_of(groups) || !channels.is_multiple_of(groups) {
            return Err(format!(
                "{groups} groups need channels in their multiples, and there are {} and {channels}",
                from.channels
            ));
        }
        let count = |of: usize| kernel[0].checked_mul(kernel[1])?.checked_mul(of);
        let most = count(from.channels.max(channels)).filter(|most| *most <= MOST && stride <= MOST);
        if most.is_none() {
            return Err("the kernel, its stride or its channels are too large to count".to_owned());
        }
        let stride = [if from.height == 1 { 1 } else { stride }, stride];
        let sizes = [from.height, from.width];
        let (mut to, mut before) = ([0; 2], [0; 2]);
        for axis in 0..2 {
            let (size, kernel, stride) = (sizes[axis], kernel[axis], stride[axis]);
            if padding == Padding::Valid {
                if kernel > size {
                    return Err(format!(
                        "its kernel is larger than the {} x {} places that come in",
                        from.height, from.width
                    ));
                }
                to[axis] = (size - kernel) / stride + 1;
            } else {
                to[axis] = size.div_ceil(stride);
                before[axis] = ((to[axis] - 1) * stride + kernel).saturating_sub(size) / 2;
            }
        }
        let windows = Windows { size: kernel, stride, before, is_circular: padding == Padding::Circular };
        let to = Extent { channels, height: to[0], width: to[1] };
        let kernel = Kernel { windows, groups, from, to };
        let fan_in = kernel.fans()[0];
        self.layer(fan_in, channels, Some(kernel), to).map_err(|error| error.to_string())
    }

    fn pool(&mut self, pool: Pool) -> Result<(), String> {
        let from = self.at;
        let [rows, columns] = pool.size;
        if rows > from.height || columns > from.width {
            return Err(format!("its window is larger than the {} x {} places that come in", from.height, from.width));
        }
        let count = |size: usize, window: usize, stride: usize| (size - window) / stride + 1;
        let to = Extent {
            channels: from.channels,
            height: count(from.height, rows, pool.stride[0]),
            width: count(from.width, columns, pool.stride[1]),
        };
        self.does(Does::Pool(pool), to);
        Ok(())
    }
}
