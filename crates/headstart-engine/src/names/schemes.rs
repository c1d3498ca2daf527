//! What others call initialization schemes. Sources: `torch.nn.init`, `keras.initializers` of Keras 3,
//! `jax.nn.initializers`, NumPy.

use super::vocabulary::{Alias, Vocabulary};
use crate::init::Scheme;

/// Names of initialization schemes.
pub const SCHEMES: Vocabulary = Vocabulary {
    what: "initialization scheme",
    known: Scheme::NAMES,
    variants: &["critical-uniform", "critical-truncated", "depth-scaled-uniform", "depth-scaled-truncated"],
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
        Alias::exactly(
            "variance_scaling",
            "lecun-truncated",
            "lecun-truncated, Keras's defaults (scale 1, fan_in, truncated_normal); for another scale give its root as the gain, as \
             in lecun-truncated:1.41 for 2",
        ),
        Alias::noted("random_normal", "normal:0.05", "normal:0.05, Keras's default"),
        Alias::noted("normal_", "normal:1", "normal:1, PyTorch's default"),
        Alias::is("randn", "normal:1"),
        Alias::is("standard_normal", "normal:1"),
        Alias::noted(
            "random_uniform",
            "uniform:0.05",
            "uniform:0.05, Keras's default, from -0.05 to 0.05; JAX's uniform() draws from 0 to 0.01",
        ),
        Alias::lacks("uniform_", "PyTorch's draws from 0 to 1 by default, all of one sign; uniform:A is from -A to A"),
        Alias::lacks("rand", "it draws from 0 to 1, all of one sign; uniform:A is from -A to A"),
        Alias::noted(
            "truncated_normal",
            "truncated-normal:0.04398128305171199",
            "Keras's default, 0.05 before the cut, of which 0.044 are left; JAX has 0.01 before the cut. The number behind \
             truncated-normal is the standard deviation after it",
        )
        .numbered(
            "the number is the standard deviation after the cut; the one that Keras and JAX take is before it, of which 0.88 are left: \
             multiply theirs by 0.8796",
        ),
        Alias::noted(
            "jax.truncated_normal",
            "truncated-normal:0.008796256610342398",
            "JAX's default, 0.01 before the cut, of which 0.0088 are left",
        )
        .numbered(
            "the number is the standard deviation after the cut; JAX's is before it, of which 0.88 are left: multiply it by 0.8796",
        ),
        Alias::is("jax.kaiming_normal", "he-truncated"),
        Alias::is("jax.kaiming_uniform", "he-uniform"),
        Alias::is("jax.xavier_normal", "glorot-truncated"),
        Alias::exactly(
            "trunc_normal_",
            "truncated-normal:0.8796256610342398",
            "PyTorch's default, a deviation of 1 cut off at -2 and 2, of which 0.88 are left. Its cut stays at 2: with a \
             small std nothing is cut off, which is normal:S",
        ),
        Alias::exactly("ones", "constant:1", ""),
        Alias::exactly("zero", "zeros", ""),
        Alias::is("torch-default", "pytorch-default"),
        Alias::is("tensorflow-default", "keras-default"),
        Alias::noted("flax-default", "lecun-truncated", "lecun-truncated, with which flax.linen.Dense starts"),
        Alias::noted("jax-default", "lecun-truncated", "lecun-truncated, with which flax.linen.Dense starts"),
        Alias::lacks(
            "sklearn-default",
            "weights and biases of MLPClassifier come from one uniform distribution; glorot-uniform has its weights \
             (glorot-uniform:0.577 for logistic), with biases at 0",
        ),
        Alias::lacks("identity", "a matrix with ones on its diagonal is not here; orthogonal is the nearest"),
        Alias::lacks("eye_", "a matrix with ones on its diagonal is not here; orthogonal is the nearest"),
        Alias::lacks("dirac_", "it is for convolutions; orthogonal is the nearest"),
        Alias::lacks("delta_orthogonal", "it is for convolutions; orthogonal is the same for dense layers"),
        Alias::lacks("sparse_", "weights with zeros among them are not here; normal:S is the nearest"),
    ],
};

/// A scheme as notebooks compute it: `0.01 * np.random.randn`, in either order, of any shape.
pub(crate) fn of_code(text: &str) -> Option<String> {
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
