//! Initialization: schemes, their grammar, and drawing weights and biases from them.
//!
//! | scheme | weights of a layer | source |
//! | --- | --- | --- |
//! | `zeros`, `constant:C`, `ones` | all 0, all C, all 1 | units stay identical: the classic mistake |
//! | `normal:S`, `normal:S:mean=M` | N(M, S^2), M 0 unless it is given | |
//! | `uniform:A`, `uniform:A..B` | U(-A, A), U(A, B) | |
//! | `truncated-normal:S`, `truncated-normal:S:mean=M` | normal cut at two sigmas, standard deviation S after the cut | |
//! | `truncated-normal:S:A..B`, `truncated-normal:S:mean=M:A..B` | normal cut at A and B, standard deviation S before the cut | `torch.nn.init.trunc_normal_` |
//! | `variance-scaling:SCALE,FAN,DISTRIBUTION` | variance SCALE / fan | `VarianceScaling` of Keras, `variance_scaling` of JAX |
//! | `he` | variance 2 / fan-in | He et al. 2015, eq. 10 |
//! | `he:tanh`, `he:fan-out` | variance gain^2 / fan | `torch.nn.init.kaiming_normal_` with `nonlinearity` and `mode` |
//! | `glorot` | variance 2 / (fan-in + fan-out) | Glorot and Bengio 2010, eqs. 12 and 16 |
//! | `lecun` | variance 1 / fan-in | LeCun et al. 1998, eq. 16 |
//! | `orthogonal` | rows or columns orthonormal | Saxe et al. 2013; drawn as Mezzadri 2007 |
//! | `delta-orthogonal` | an orthogonal matrix in the middle of a kernel, zeros around it | Xiao et al. 2018, algorithm 1 |
//! | `fixup`, `gpt2`, `t-fixup`, `deepnorm` | smaller in residual branches, by how many there are: see [`Rule`] | Zhang et al. 2019; Radford et al. 2019; Huang et al. 2020; Wang et al. 2022 |
//! | `identity` | ones on the diagonal, zeros elsewhere | Le, Jaitly and Hinton 2015 |
//! | `sparse:K`, `sparse:SHARE` | K of a unit's weights N(0, 1), or so many zeros of an input's | Martens 2010; `torch.nn.init.sparse_` |
//! | `siren`, `siren:OMEGA` | U(-omega / fan-in, omega / fan-in), behind the first layer U(-sqrt(6 / fan-in), sqrt(6 / fan-in)) | Sitzmann et al. 2020; see [`Scheme::Siren`] |
//! | `critical` | variance `C_W` / fan-in, biases of variance `C_b`, by the activation before the layer | Roberts, Yaida and Hanin 2022, chapter 5; see [`critical`](crate::theory::critical()) |
//! | `depth-scaled` | he, with a correction for the width of relu layers: see [`Rule::DepthScaled`] | Sussillo and Abbott 2014 |
//! | `lsuv`, `lsuv:mean=0` | orthogonal, then scaled on data until the layer's outputs have variance 1, and mean 0 if asked for | Mishkin and Matas 2015; fast.ai |
//! | `pytorch-default`, `keras-default`, `flax-default`, `sklearn-default` | what a dense layer of the framework starts with | see [`Framework`] |
//!
//! From one module to the next: `rule` and `draw` know numbers, `scheme` a layer, `words`,
//! `grammar` and `shown` the text of a scheme, `start` a network, `part` a block of weights of any other model.

mod biases;
mod branches;
mod draw;
mod error;
mod grammar;
mod lsuv;
mod names;
mod orthogonal;
mod part;
mod rule;
mod scheme;
mod shown;
mod sparse;
mod start;
mod words;

#[cfg(test)]
mod tests;

pub use biases::Biases;
pub use branches::BranchScale;
pub use draw::{Distribution, Shape};
pub use error::InitError;
pub use names::SCHEMES;
pub use part::Part;
pub use rule::{Fan, Nonlinearity, Rule};
pub use scheme::{Framework, Scheme};
pub use sparse::Sparsity;
pub use start::{Given, Initialization, Start};
pub use words::split_list;
