//! What others call initialization schemes. Sources: `torch.nn.init`, `keras.initializers` of Keras 3,
//! `jax.nn.initializers`, NumPy.

use super::Scheme;
use super::draw::SD_OF_CUT_NORMAL;
use crate::names::{Alias, Vocabulary};

const BEFORE_THE_CUT: &str = "the number is the standard deviation before the cut, as in Keras and JAX, of which 0.88 are left; that \
                              behind truncated-normal, which is written with -, is after it";

/// Names of initialization schemes.
pub const SCHEMES: Vocabulary = Vocabulary {
    what: "initialization scheme",
    known: Scheme::NAMES,
    variants: &[
        "critical-uniform",
        "critical-truncated",
        "depth-scaled-uniform",
        "depth-scaled-truncated",
        "fixup-uniform",
        "fixup-truncated",
        "gpt2-uniform",
        "gpt2-truncated",
        "t-fixup-uniform",
        "t-fixup-truncated",
        "deepnorm-uniform",
        "deepnorm-truncated",
    ],
    aliases: &[
        Alias::is("kaiming", "he"),
        Alias::noted(
            "he_normal",
            "he-truncated",
            "he-truncated, cut off at two standard deviations, as in Keras and JAX; PyTorch's kaiming_normal_, not cut off, \
             is he",
        ),
        Alias::noted("kaiming_normal_", "he", "he, not cut off, as in PyTorch; JAX's kaiming_normal is he-truncated"),
        Alias::noted(
            "kaiming_uniform_",
            "he-uniform",
            "he-uniform, as kaiming_uniform_ has it by default; what PyTorch's Linear starts with (a = sqrt(5)) is \
             pytorch-default",
        ),
        Alias::is("kaiming-truncated", "he-truncated"),
        Alias::is("xavier", "glorot"),
        Alias::noted(
            "glorot_normal",
            "glorot-truncated",
            "glorot-truncated, cut off at two standard deviations, as in Keras and JAX; PyTorch's xavier_normal_, not cut \
             off, is glorot",
        ),
        Alias::noted(
            "xavier_normal_",
            "glorot",
            "glorot, not cut off, as in PyTorch; JAX's xavier_normal is glorot-truncated",
        ),
        Alias::is("xavier_uniform_", "glorot-uniform"),
        Alias::is("xavier-truncated", "glorot-truncated"),
        Alias::noted(
            "lecun_normal",
            "lecun-truncated",
            "lecun-truncated, cut off at two standard deviations, as in Keras and JAX; lecun is not cut off",
        ),
        Alias::is("critical-normal", "critical"),
        Alias::is("depth-scaled-normal", "depth-scaled"),
        Alias::noted(
            "variance_scaling",
            "variance-scaling:1",
            "variance-scaling:1,fan-in,truncated, Keras's defaults; another one is variance-scaling:SCALE,FAN,DISTRIBUTION, where \
             normal is not cut off, as in JAX; what Keras calls \"normal\" is truncated",
        )
        .numbered(
            "where nothing else is said it is fan-in and truncated, Keras's defaults; normal is not cut off, as in JAX, while what \
             Keras calls \"normal\" is truncated",
        ),
        Alias::noted("random_normal", "normal:0.05", "normal:0.05, Keras's default"),
        Alias::noted("jax.normal", "normal:0.01", "normal:0.01, JAX's default"),
        Alias::noted("normal_", "normal:1", "normal:1, PyTorch's default"),
        Alias::is("randn", "normal:1"),
        Alias::is("standard_normal", "normal:1"),
        Alias::noted(
            "random_uniform",
            "uniform:0.05",
            "uniform:0.05, Keras's default, from -0.05 to 0.05; JAX's uniform() draws from 0 to 0.01",
        ),
        Alias::exactly(
            "jax.uniform",
            "uniform:0..0.01",
            "uniform:0..0.01, JAX's default, all of one sign; another one is uniform:0..A",
        ),
        Alias::exactly(
            "uniform_",
            "uniform:0..1",
            "uniform:0..1, PyTorch's default, all of one sign; another one is uniform:A..B, and uniform:A is from -A to A",
        ),
        Alias::exactly("rand", "uniform:0..1", "uniform:0..1, all of one sign; uniform:A is from -A to A"),
        Alias::noted(
            "truncated_normal",
            "truncated-normal:0.04398128305171199",
            "Keras's default, 0.05 before the cut, of which 0.044 are left; JAX has 0.01 before the cut. The number behind \
             truncated-normal is the standard deviation after it",
        )
        .numbered(BEFORE_THE_CUT)
        .times(SD_OF_CUT_NORMAL),
        Alias::noted(
            "jax.truncated_normal",
            "truncated-normal:0.008796256610342398",
            "JAX's default, 0.01 before the cut, of which 0.0088 are left",
        )
        .numbered(BEFORE_THE_CUT)
        .times(SD_OF_CUT_NORMAL),
        Alias::is("jax.kaiming_normal", "he-truncated"),
        Alias::is("jax.kaiming_uniform", "he-uniform"),
        Alias::is("jax.xavier_normal", "glorot-truncated"),
        Alias::noted(
            "trunc_normal_",
            "truncated-normal:1:-2..2",
            "PyTorch's default, a deviation of 1 before the cut at -2 and 2, of which 0.88 are left",
        )
        .numbered(
            "the number is the standard deviation before the cut, as in PyTorch, whose cut is at -2 and 2 unless other ends are \
             given, as in trunc_normal_:0.02:-0.04..0.04",
        ),
        Alias::exactly("ones", "constant:1", ""),
        Alias::exactly("zero", "zeros", ""),
        Alias::is("torch-default", "pytorch-default"),
        Alias::is("tensorflow-default", "keras-default"),
        Alias::noted("jax-default", "flax-default", "flax-default, with which the dense layers of Flax start"),
        Alias::is("scikit-learn-default", "sklearn-default"),
        Alias::is("gpt-2", "gpt2"),
        Alias::is("tfixup", "t-fixup"),
        Alias::is("deep_norm", "deepnorm"),
        Alias::is("eye_", "identity"),
        Alias::is("eye", "identity"),
        Alias::lacks("dirac_", "it is the identity of a convolution; of a dense layer that is identity, and delta-orthogonal is one that is rotated"),
    ],
};

/// A scheme as notebooks compute it: `0.01 * np.random.randn`, in either order, of any shape.
pub(super) fn of_code(text: &str) -> Option<String> {
    let (left, right) = text.split_once('*')?;
    let factor = |text: &str| text.trim().parse::<f64>().ok().filter(|factor| factor.is_finite());
    let (size, draw) = match (factor(left), factor(right)) {
        (Some(size), None) => (size, right),
        (None, Some(size)) => (size, left),
        _ => return None,
    };
    let name = SCHEMES.read(draw).ok().filter(|name| name.name == "normal" && name.number == Some(1.0));
    name.map(|_| format!("normal:{size}"))
}
