//! Why an initialization does not fit.

use super::{Part, Scheme};
use crate::activation::Activation;
use thiserror::Error;

/// Why an initialization does not fit a network.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum InitError {
    /// Not one scheme for every layer.
    #[error("{given} schemes for {layers} layers of weights; give one for all, or one for each")]
    Layers {
        /// How many were given.
        given: usize,
        /// How many layers of weights there are.
        layers: usize,
    },
    /// A block of weights that cannot be.
    #[error(
        "a block of {} x {} weights with fans {} and {} and a kernel of {} places: none may be 0, and the columns are a multiple of the \
         places", .0.rows, .0.columns, .0.fan_in, .0.fan_out, .0.area
    )]
    NoPart(Part),
    /// Biases are vectors.
    #[error("biases cannot be {0}, which is for matrices; use a number or one of the other schemes")]
    Biases(Scheme),
    /// Not one for every layer.
    #[error(
        "{given} kinds of biases for {layers} layers of weights; give one for all, or one for each, as in 0/0/prior"
    )]
    BiasLayers {
        /// How many were given.
        given: usize,
        /// How many layers of weights there are.
        layers: usize,
    },
    /// Hidden units have no targets.
    #[error(
        "prior is for the biases of the last layer; say so by --output-bias prior, or for each layer, as in --bias 0/0/prior"
    )]
    PriorInside,
    /// Nobody has looked at the targets.
    #[error("prior takes the last biases from the labels, and there is no data; give --data, or a number")]
    NoPrior,
    /// The biases are for another network.
    #[error("prior: there are {biases} biases for {network} outputs")]
    PriorOutputs {
        /// How many there are.
        biases: usize,
        /// Outputs of the network.
        network: usize,
    },
    /// No weights and biases keep signal and gradient.
    #[error("critical: no start of a {0} network keeps signal and gradient through depth; use lecun or glorot")]
    NoCritical(Activation),
    /// The random walk of the signal is worked out for some activations only.
    #[error("depth-scaled is worked out for relu and identity, not for {0}; use critical, lecun or glorot")]
    NoDepthScaled(Activation),
    /// Nobody has read the numbers.
    #[error("file:{0}: only its name is known here, not its numbers")]
    NotRead(String),
    /// The numbers are another network's.
    #[error("file:{name}: its layers are {has}, those of the network are {needs} (outputs x inputs + biases)")]
    Shapes {
        /// What they are called.
        name: String,
        /// Their layers.
        has: String,
        /// The network's.
        needs: String,
    },
    /// There is nothing to fit the weights to.
    #[error("lsuv scales the weights on a batch of the data, and there is no data; give --data, or use orthogonal")]
    NeedsData,
    /// There is nothing to take means of.
    #[error("--bias data centers each unit on a batch of the data, and there is no data; give --data, or a number")]
    BiasesNeedData,
    /// There is nothing to take a mean off with.
    #[error("lsuv:mean=0 sets the biases, and this network has none; leave out --bias none, or the mean")]
    NoBiases,
    /// It goes through the layers one after the other.
    #[error(
        "lsuv and --bias data go through dense layers in a row, and this is a network of blocks; take orthogonal or he"
    )]
    NeedsChain,
    /// There are no residual branches.
    #[error(
        "{0} is for networks with residual branches, and this has none; take he, or give it some by --block residual"
    )]
    NoBranches(Scheme),
    /// The data are of another network.
    #[error("the data that the start is fitted to have {data} features, the network takes {network}")]
    Features {
        /// Features of the data.
        data: usize,
        /// Inputs of the network.
        network: usize,
    },
    /// The watch was stopped while it was drawn.
    #[error("stopped before the weights were drawn")]
    Stopped,
    /// The legacy generator takes 32 bits of seed.
    #[error("--rng numpy takes seeds from 0 to 4294967295, as np.random.seed does; got {0}")]
    Seed(u64),
}
