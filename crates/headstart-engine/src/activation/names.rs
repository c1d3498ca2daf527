//! What others call activations. Sources: `torch.nn`, `keras.activations` of Keras 3, `jax.nn`, `MLPClassifier`.

use super::Activation;
use crate::names::{Alias, Vocabulary};

/// Names of activations.
pub const ACTIVATIONS: Vocabulary = Vocabulary {
    what: "activation",
    known: Activation::NAMES,
    variants: &[],
    aliases: &[
        Alias::is("linear", "identity"),
        Alias::is("none", "identity"),
        Alias::is("rectify", "relu"),
        Alias::is("rectifier", "relu"),
        Alias::noted(
            "LeakyReLU",
            "leaky-relu:0.01",
            "leaky-relu:0.01, as in PyTorch and JAX; Keras's leaky_relu is leaky-relu:0.2, and its layer LeakyReLU \
             leaky-relu:0.3",
        ),
        Alias::noted(
            "keras.leaky_relu",
            "leaky-relu:0.2",
            "leaky-relu:0.2, as in keras.activations; the layer LeakyReLU has 0.3",
        ),
        Alias::noted(
            "keras.layers.LeakyReLU",
            "leaky-relu:0.3",
            "leaky-relu:0.3, as Keras's layer has it; its function keras.activations.leaky_relu is leaky-relu:0.2",
        ),
        Alias::noted(
            "PReLU",
            "prelu:0.25",
            "prelu:0.25, one slope for a layer, as PyTorch starts it; Keras's layer PReLU has one for each unit, from 0",
        ),
        Alias::noted("celu", "celu:1", "elu, which it is at its default alpha of 1"),
        Alias::noted(
            "gelu",
            "gelu",
            "by erf, as in PyTorch and Keras; that of JAX and Flax is its approximation by tanh, up to 0.0005 away: gelu-tanh",
        ),
        Alias::noted(
            "jax.gelu",
            "gelu-tanh",
            "gelu-tanh, as JAX and Flax have it unless told approximate=False; by erf it is gelu",
        ),
        Alias::is("gelu_new", "gelu-tanh"),
        Alias::is("gelu_pytorch_tanh", "gelu-tanh"),
        Alias::is("exponential", "exp"),
        Alias::is("swish", "silu"),
        Alias::is("logistic", "sigmoid"),
        Alias::is("expit", "sigmoid"),
        Alias::noted(
            "hard_sigmoid",
            "hard-sigmoid",
            "z/6 + 1/2 cut off at 0 and 1, as in PyTorch, JAX and Keras 3; that of Keras 2 was z/5 + 1/2",
        ),
        Alias::is("hard_silu", "hard-swish"),
        Alias::is("sine", "sin"),
        Alias::lacks("siren", "its activation is sin; its weights are --init siren"),
        Alias::lacks("rrelu", "its slope is drawn anew at every step; leaky-relu:0.229 has its mean"),
        Alias::lacks("crelu", "it makes two units of each; relu is the nearest"),
        Alias::lacks("glu", "one half of its units gates the other; silu is the nearest that gates itself"),
        Alias::lacks("swiglu", "one half of its units gates the other; silu is the nearest that gates itself"),
        Alias::lacks("geglu", "one half of its units gates the other; gelu is the nearest that gates itself"),
        Alias::lacks("quick_gelu", "z sigmoid(1.702 z) is not here; gelu, which it stands for, is within 0.021 of it"),
        Alias::lacks("softmax", "it is for the output: --output softmax"),
        Alias::lacks("log_softmax", "it is for the output: --output softmax, whose loss takes the logarithm"),
        Alias::lacks("softmin", "it is for the output, and not here; --output softmax is the nearest"),
        Alias::lacks("sparsemax", "it is for the output, and not here; --output softmax is the nearest"),
        Alias::lacks("maxout", "it makes one unit of several; relu is the nearest"),
        Alias::lacks("step", "its slope is 0, so that nothing is learned; sigmoid is the nearest"),
        Alias::lacks("heaviside", "its slope is 0, so that nothing is learned; sigmoid is the nearest"),
    ],
};
