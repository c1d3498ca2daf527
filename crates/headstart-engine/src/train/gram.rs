//! Full-batch descent on more features than samples, without the features.

use super::training::Training;
use crate::network::{Layer, Network};
use crate::optimizer::Optimizer;
use crate::simd::Real;

/// Whether the first layer should be trained through the Gram matrix of the samples.
///
/// The gradient of the first layer's weights is a combination of the samples, `dW = D X^T`, and every rule that is
/// linear in the gradient keeps `W = W0 + C X^T`. So its pre-activations are `W X = W0 X + C G` with `G = X^T X`, and
/// `C` is trained in the place of `W`, by the same rule and with `D` for its gradient. That is the same training,
/// rounded differently, and needs no feature inside the loop: `2 n^2` operations per unit and step instead of `4 n d`.
/// (The representer theorem of Kimeldorf and Wahba 1971, applied to the path of gradient descent.)
///
/// Weight decay, clipping, and looking at other samples on the way need the weights themselves, so it is not for them; nor for
/// dropout, whose losses are followed by looks.
pub fn is_cheaper(network: &Network, training: &Training, samples: usize) -> bool {
    let linear = network.is_dense_chain()
        && matches!(training.optimizer, Optimizer::Descent { .. })
        && training.decay.rate == 0.0
        && training.clip.is_none()
        && training.early_stopping.is_none()
        && !training.has_dropout();
    let features = network.inputs();
    // Below some features there is nothing to gain; W0 X and the way back to W have to be paid once per run as well.
    linear && training.batch.is_none() && features >= 64 && features >= samples && training.steps > 4
}

/// The layers as they are trained through the Gram matrix: the first one's weights are `C`, one coefficient for every
/// lane of samples, so that rows of coefficients are rows of gradients.
pub fn layers<T: Real>(network: &Network, samples: usize) -> Vec<Layer> {
    let mut layers: Vec<Layer> = network.layers().collect();
    let lanes = samples.next_multiple_of(T::LANES);
    let (from, to) = (layers[0].weights.end, layers[0].fan_out * lanes);
    layers[0].fan_in = lanes;
    layers[0].weights.end = to;
    for layer in &mut layers {
        for range in [&mut layer.weights, &mut layer.biases, &mut layer.slope, &mut layer.norms] {
            if range.start >= from {
                *range = range.start - from + to..range.end - from + to;
            }
        }
    }
    layers
}
