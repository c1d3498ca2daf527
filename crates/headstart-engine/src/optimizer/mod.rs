//! Optimizers and learning rates: how a gradient becomes a step.

mod lbfgs;
mod names;
mod regular;
mod schedule;
mod step;

pub use names::{OPTIMIZERS, SCHEDULES};
pub use regular::{Clip, Decay};
pub use schedule::Schedule;
pub use step::Count;

pub(crate) use regular::Regular;
pub(crate) use step::Memory;

/// An update rule. Figures and forms are PyTorch's; `g` is the gradient, `m` and `v` start at 0 and `t` at 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Optimizer {
    /// Gradient descent, `w -= lr g`; with momentum `v = momentum v + g, w -= lr v` (Polyak 1964, as Sutskever et
    /// al. 2013 write it), with `nesterov` `w -= lr (g + momentum v)`.
    Descent {
        /// 0 for plain descent; below 1.
        momentum: f64,
        /// Nesterov's variant.
        nesterov: bool,
    },
    /// Adam (Kingma and Ba 2015, algorithm 1), bias-corrected. With [`Decay::decoupled`] it is `AdamW`.
    Adam {
        /// Decay of the first moment.
        beta1: f64,
        /// Decay of the second moment.
        beta2: f64,
        /// Added to the root of the second moment.
        epsilon: f64,
    },
    /// RMSprop (Tieleman and Hinton 2012): `s = decay s + (1 - decay) g^2, w -= lr g / (sqrt(s) + epsilon)`.
    RmsProp {
        /// Decay of the second moment.
        decay: f64,
        /// Added to the root of the second moment.
        epsilon: f64,
    },
    /// Adam with Nesterov's momentum (Dozat 2016, "Incorporating Nesterov Momentum into Adam", algorithm 2) and its schedule of
    /// the momentum, `mu_t = beta1 (1 - 0.96^(0.004 t) / 2)`:
    /// `w -= lr (mu_(t+1) m / (1 - mu_1 ... mu_(t+1)) + (1 - mu_t) g / (1 - mu_1 ... mu_t)) / (sqrt(v / (1 - beta2^t)) + epsilon)`.
    Nadam {
        /// Decay of the first moment.
        beta1: f64,
        /// Decay of the second moment.
        beta2: f64,
        /// Added to the root of the second moment.
        epsilon: f64,
    },
    /// Adam with the largest gradient in the place of the second moment (Kingma and Ba 2015, algorithm 2):
    /// `u = max(beta2 u, |g| + epsilon), w -= lr m / ((1 - beta1^t) u)`.
    Adamax {
        /// Decay of the first moment.
        beta1: f64,
        /// Decay of the largest gradient.
        beta2: f64,
        /// Added to the gradient's size.
        epsilon: f64,
    },
    /// Adadelta (Zeiler 2012, algorithm 1), `v = decay v + (1 - decay) g^2, d = g sqrt(u + epsilon) / sqrt(v + epsilon),
    /// u = decay u + (1 - decay) d^2, w -= lr d`: the paper has no learning rate, which is 1.
    Adadelta {
        /// Decay of both means.
        decay: f64,
        /// Added to both means.
        epsilon: f64,
    },
    /// Adagrad (Duchi, Hazan and Singer 2011, with diagonal matrices): `s += g^2, w -= lr g / (sqrt(s) + epsilon)`.
    Adagrad {
        /// What the sum of squares starts from: 0 in PyTorch, 0.1 in Keras and optax.
        initial: f64,
        /// Added to the root of the sum.
        epsilon: f64,
    },
    /// Lion (Chen et al. 2023, "Symbolic Discovery of Optimization Algorithms", program 1):
    /// `w -= lr sign(beta1 m + (1 - beta1) g), m = beta2 m + (1 - beta2) g`.
    Lion {
        /// Weight of the moment in the step.
        beta1: f64,
        /// Decay of the moment.
        beta2: f64,
    },
    /// L-BFGS (Liu and Nocedal 1989, algorithm 2.1) with steps of `lr` along its direction, without a line search, and a first one
    /// of `min(1, 1 / |g|_1) lr`: what `torch.optim.LBFGS` does by default. For all samples at every step.
    Lbfgs {
        /// Steps that the curvature is taken from.
        history: usize,
    },
}

impl Optimizer {
    /// Every name in the grammar. `gd` and `sgd` are the same rule; they differ in the batch that users mean. `adamw` is `adam`
    /// with decoupled weight decay.
    pub const NAMES: &'static [&'static str] =
        &["gd", "sgd", "adam", "adamw", "nadam", "adamax", "rmsprop", "adagrad", "adadelta", "lion", "lbfgs"];

    /// Plain gradient descent.
    pub const GRADIENT_DESCENT: Self = Self::Descent { momentum: 0.0, nesterov: false };

    /// Adam with the figures of its paper.
    pub const ADAM: Self = Self::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

    /// RMSprop with PyTorch's figures.
    pub const RMSPROP: Self = Self::RmsProp { decay: 0.99, epsilon: 1e-8 };

    /// Nadam with PyTorch's figures.
    pub const NADAM: Self = Self::Nadam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

    /// Adamax with the figures of its paper.
    pub const ADAMAX: Self = Self::Adamax { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

    /// Adadelta with PyTorch's figures.
    pub const ADADELTA: Self = Self::Adadelta { decay: 0.9, epsilon: 1e-6 };

    /// Adagrad with PyTorch's figures.
    pub const ADAGRAD: Self = Self::Adagrad { initial: 0.0, epsilon: 1e-10 };

    /// Lion with the figures of its paper.
    pub const LION: Self = Self::Lion { beta1: 0.9, beta2: 0.99 };

    /// L-BFGS with a usual memory.
    pub const LBFGS: Self = Self::Lbfgs { history: 10 };

    /// How many numbers the rule remembers per parameter.
    pub fn moments(self) -> usize {
        match self {
            Self::Descent { momentum, .. } => usize::from(momentum != 0.0),
            Self::RmsProp { .. } | Self::Adagrad { .. } | Self::Lion { .. } => 1,
            Self::Adam { .. } | Self::Nadam { .. } | Self::Adamax { .. } | Self::Adadelta { .. } => 2,
            // The last gradient and weights, and what changed in the steps before.
            Self::Lbfgs { history } => 2 + 2 * history,
        }
    }
}
