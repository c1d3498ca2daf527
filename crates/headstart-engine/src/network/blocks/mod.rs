//! What a network is made of where it is more than dense layers in a row: the words, and what they say.
//!
//! In text, pieces stand with bars between them, and a residual branch in brackets: `conv 3x3 16 relu | conv 3x3 32 /2 relu | gap |
//! dense 10`, or `dense 100 | [ norm layer | relu | dense 100 ] x50 | relu | dense 10`. The last piece is the dense layer whose
//! pre-activations are the logits.

mod grammar;

use crate::activation::Activation;
use std::fmt;

/// What a network is made of, first to last.
#[derive(Clone, Debug, PartialEq)]
pub struct Blocks(pub Vec<Item>);

/// Pieces that belong together, so many times in a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// What they are: a layer and what is applied to it, as `conv 3x3 16 relu`.
    pub pieces: Vec<Piece>,
    /// How many times.
    pub times: usize,
}

/// One piece of a network.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// A dense layer of so many units; as many as the data call for where none are said.
    Dense(Option<usize>),
    /// A convolution.
    Conv(Conv),
    /// A normalization.
    Norm(Norm),
    /// An activation of every number.
    Activation(Activation),
    /// The largest or the mean of a window.
    Pool(Pool),
    /// The mean of every channel over all places: global average pooling (Lin, Chen and Yan 2013, section 3.2).
    GlobalMean,
    /// What is computed beside the stream and added to it (He et al. 2015, "Deep residual learning", eq. 1).
    Branch(Branch),
}

/// A residual branch.
#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    /// What it is made of.
    pub items: Vec<Item>,
    /// What the stream is multiplied by before the branch is added to it: 1 but for `DeepNorm` (Wang et al. 2022, "`DeepNet`", section 4).
    pub keep: f64,
}

/// A convolution: weights that are the same at every place. It is the cross-correlation that frameworks call so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conv {
    /// Rows and columns of the kernel; one row for sequences.
    pub kernel: [usize; 2],
    /// What comes out at a place.
    pub channels: usize,
    /// Places from one window to the next.
    pub stride: usize,
    /// What there is beyond the border.
    pub padding: Padding,
    /// Channels come in so many groups, which do not see each other.
    pub groups: usize,
}

/// What there is beyond the border.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Padding {
    /// Zeros, so many that there are `ceil(places / stride)` windows; one more behind than before where they are odd (as `same` of Keras and
    /// JAX).
    #[default]
    Same,
    /// Nothing: windows lie within.
    Valid,
    /// The other side: a ring, as mean-field theory has it (Xiao et al. 2018, section 2.1). As many windows as for `same`.
    Circular,
}

/// A normalization: `(x - mean) / sqrt(variance + 1e-5)`, times a gain that is learned from 1, plus a shift that is learned from 0. Gain and
/// shift are those of a unit, or of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Norm {
    /// By the numbers of one sample (Ba, Kiros and Hinton 2016); of channels with places, all of them together.
    Layer,
    /// `x / sqrt(mean x^2 + 1e-5)` of one sample, without a shift (Zhang and Sennrich 2019).
    Rms,
    /// Of every channel, by the samples of the minibatch and all places (Ioffe and Szegedy 2015); when not training, by running means with
    /// a weight of 0.1 for the newest, as in `PyTorch`.
    Batch,
}

/// What is taken of each window of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// Whether it is the largest, and not the mean.
    pub is_max: bool,
    /// Rows and columns of the window.
    pub size: [usize; 2],
    /// Places from one window to the next. Windows lie within.
    pub stride: [usize; 2],
}

impl Norm {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Layer, Self::Rms, Self::Batch];
    /// Their names.
    pub const NAMES: &'static [&'static str] = &["layer", "rms", "batch"];

    /// Whether there is a shift that is learned.
    pub fn has_shift(self) -> bool {
        self != Self::Rms
    }
}

impl fmt::Display for Norm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(Self::NAMES[*self as usize])
    }
}

impl Piece {
    /// Whether it has weights itself.
    pub fn has_weights(&self) -> bool {
        matches!(self, Self::Dense(_) | Self::Conv(_))
    }

    /// Layers of weights, those of a branch among them.
    pub fn weights(&self) -> usize {
        match self {
            Self::Branch(branch) => {
                branch.items.iter().map(|item| item.times * item.pieces.iter().map(Self::weights).sum::<usize>()).sum()
            }
            other => usize::from(other.has_weights()),
        }
    }
}

impl Blocks {
    /// The same with every item as often as it comes, one piece after the other; branches keep theirs.
    pub fn pieces(&self) -> impl Iterator<Item = &Piece> {
        self.0.iter().flat_map(|item| std::iter::repeat_n(&item.pieces, item.times)).flatten()
    }

    /// The same with so many units in the last layer, where their number is left to the data.
    #[must_use]
    pub fn with_outputs(mut self, outputs: usize) -> Self {
        let last = self.0.last_mut().and_then(|item| item.pieces.last_mut());
        if let Some(Piece::Dense(units)) = last {
            units.get_or_insert(outputs);
        }
        self
    }

    /// Units of the last layer; none where their number is left to the data.
    pub fn outputs(&self) -> Option<usize> {
        match self.0.last()?.pieces.last()? {
            Piece::Dense(units) => *units,
            _ => None,
        }
    }

    /// How many residual branches there are.
    pub fn branches(&self) -> usize {
        self.pieces().filter(|piece| matches!(piece, Piece::Branch(_))).count()
    }
}
