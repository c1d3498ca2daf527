//! What a kernel is made for, and what it is.

use headstart::engine::network::Network;
use headstart::engine::train::Training;
use std::ops::Range;

/// What a device has that kernels are made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Traits {
    /// Lanes that can tell one another numbers without memory, where all subgroups have as many; 0 where they differ, or cannot.
    pub subgroup: usize,
    /// Bytes that a workgroup shares, at most.
    pub memory: usize,
    /// Lanes of a workgroup, at most.
    pub lanes: usize,
    /// Whether compilers have it that there are numbers that are none, and that comparisons with them do not hold.
    pub keeps_nan: bool,
    /// Whether it is software that only computes as a GPU.
    pub is_software: bool,
    /// Turns of all loops together that a lane does in a dispatch, at most: software may end loops that have more, and says nothing.
    pub turns: usize,
}

/// What a kernel is made for: what trainings with it have in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Design<'a> {
    pub network: &'a Network,
    pub training: &'a Training,
    /// Samples of the training set.
    pub samples: usize,
}

impl Design<'_> {
    /// Samples of a minibatch, and no more than there are.
    pub fn batch(&self) -> Option<usize> {
        self.training.batch.map(|batch| batch.min(self.samples))
    }
}

/// Columns of samples are filled up to a multiple of this.
pub(crate) const COLUMNS: usize = 64;

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

/// Weights and biases of each layer, in the flat vector of all parameters.
pub(super) fn flat_places(network: &Network) -> Vec<[Range<usize>; 2]> {
    network.layers().map(|layer| [layer.weights, layer.biases]).collect()
}

/// Turns of all loops together that a lane does, at most.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Turns {
    /// In a dispatch, before the first step and after the last.
    pub once: usize,
    /// In each step.
    pub step: usize,
}
