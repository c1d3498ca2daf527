//! What frameworks call the weights and biases of a network, and which way round they keep them.

use super::Written;
use super::tensor::dotted;
use headstart_engine::names::GrammarError;
use std::fmt;
use std::str::FromStr;

/// Whose names, and whose orientation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Naming {
    /// `torch.nn.Sequential` of linear layers with activations between them: `0.weight`, `0.bias`, `2.weight`; weights are
    /// `outputs x inputs`.
    #[default]
    PyTorch,
    /// The dense layers of a Keras model in their order: `dense/kernel`, `dense/bias`, `dense_1/kernel`; kernels are
    /// `inputs x outputs`.
    Keras,
    /// The variables of a Flax Linen module with `nn.Dense` layers: `params/Dense_0/kernel`, `params/Dense_0/bias`; kernels are
    /// `inputs x outputs`.
    Flax,
    /// `flax.nnx.Sequential` of linear layers with activations between them: `layers.0.kernel`, `layers.0.bias`,
    /// `layers.2.kernel`; kernels are `inputs x outputs`.
    Nnx,
    /// Layer by layer: `layers.0.weight`, `layers.0.bias`, `layers.1.weight`; weights are `outputs x inputs`.
    Plain,
}

impl Naming {
    /// Every name in the grammar, in the order of the variants.
    pub const NAMES: &'static [&'static str] = &["pytorch", "keras", "flax", "nnx", "plain"];

    /// Every naming.
    pub const ALL: [Self; 5] = [Self::PyTorch, Self::Keras, Self::Flax, Self::Nnx, Self::Plain];

    /// The name of a layer's weights, from layer 0 on.
    pub fn weights(self, layer: usize) -> String {
        match self {
            Self::PyTorch => format!("{}.weight", 2 * layer),
            Self::Keras => format!("{}/kernel", keras_layer("dense", layer)),
            Self::Flax => format!("params/Dense_{layer}/kernel"),
            Self::Nnx => format!("layers.{}.kernel", 2 * layer),
            Self::Plain => format!("layers.{layer}.weight"),
        }
    }

    /// The name of a layer's biases.
    pub fn biases(self, layer: usize) -> String {
        match self {
            Self::PyTorch => format!("{}.bias", 2 * layer),
            Self::Keras => format!("{}/bias", keras_layer("dense", layer)),
            Self::Flax => format!("params/Dense_{layer}/bias"),
            Self::Nnx => format!("layers.{}.bias", 2 * layer),
            Self::Plain => format!("layers.{layer}.bias"),
        }
    }

    /// The name of the slope that a layer's units learn, which is the `nth` such layer, from 0 on.
    pub fn slope(self, layer: usize, nth: usize) -> String {
        match self {
            Self::PyTorch => format!("{}.weight", 2 * layer + 1),
            Self::Keras => format!("{}/alpha", keras_layer("p_re_lu", nth)),
            Self::Flax => format!("params/PReLU_{nth}/negative_slope"),
            Self::Nnx => format!("layers.{}.negative_slope", 2 * layer + 1),
            Self::Plain => format!("layers.{layer}.slope"),
        }
    }

    /// The name of the parameters of the normalizations before a layer, in a row: gains, shifts, running means and running variances, as
    /// far as each has them.
    pub fn norms(self, layer: usize) -> String {
        let weights = self.weights(layer);
        let stem = weights.trim_end_matches(".weight").trim_end_matches(".kernel").trim_end_matches("/kernel");
        format!("{stem}.norms")
    }

    /// Whether a single number has no dimension, and not one of length 1.
    pub fn has_scalars(self) -> bool {
        matches!(self, Self::Flax | Self::Nnx)
    }

    /// Whether weights are `inputs x outputs`, and not the other way round.
    pub fn inputs_first(self) -> bool {
        matches!(self, Self::Keras | Self::Flax | Self::Nnx)
    }

    /// Python that puts such a file into a model.
    pub fn python(self, written: &Written) -> String {
        let file = format!("{:?}", written.file);
        let has_slopes = written.tensors.iter().any(|tensor| tensor.name.ends_with("/alpha"));
        match self {
            Self::PyTorch => format!("model.load_state_dict(safetensors.torch.load_file({file}))"),
            Self::Keras => format!(
                "w = safetensors.numpy.load_file({file})\n\
                 for i, layer in enumerate(l for l in model.layers if isinstance(l, keras.layers.Dense)):\n    \
                 name = f\"dense_{{i}}\" if i else \"dense\"\n    \
                 layer.set_weights([w[f\"{{name}}/{{v}}\"] for v in (\"kernel\", \"bias\") if f\"{{name}}/{{v}}\" in w]){}",
                if has_slopes {
                    "\nfor i, layer in enumerate(l for l in model.layers if isinstance(l, keras.layers.PReLU)):\n    \
                     layer.set_weights([w[f\"p_re_lu_{i}/alpha\" if i else \"p_re_lu/alpha\"]])"
                } else {
                    ""
                }
            ),
            Self::Flax => {
                format!("variables = flax.traverse_util.unflatten_dict(safetensors.flax.load_file({file}), sep=\"/\")")
            }
            Self::Nnx => format!(
                "w = flax.traverse_util.unflatten_dict(safetensors.flax.load_file({file}), sep=\".\")\n\
                 state = nnx.state(model, nnx.Param)\n\
                 nnx.replace_by_pure_dict(state, nnx.restore_int_paths(w))\n\
                 nnx.update(model, state)"
            ),
            Self::Plain => format!("weights = safetensors.numpy.load_file({file})"),
        }
    }
}

/// The names of a layer's weights and biases with dots, without what may be missing before them.
pub(super) fn stem(naming: Naming, layer: usize) -> [String; 2] {
    [naming.weights(layer), naming.biases(layer)].map(|name| bare(&name))
}

/// A name with dots, without what may be missing before it.
pub(super) fn bare(name: &str) -> String {
    dotted(name.trim_start_matches("params/"))
}

/// What Keras calls the layers of a kind, in their order.
fn keras_layer(kind: &str, nth: usize) -> String {
    if nth == 0 { kind.to_owned() } else { format!("{kind}_{nth}") }
}

impl FromStr for Naming {
    type Err = GrammarError;

    fn from_str(text: &str) -> Result<Self, GrammarError> {
        let found = Self::NAMES.iter().position(|name| *name == text.trim()).map(|i| Self::ALL[i]);
        found.ok_or_else(|| GrammarError::unknown("naming", text.trim(), Self::NAMES))
    }
}

impl fmt::Display for Naming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(Self::NAMES[*self as usize])
    }
}
