//! Optimizers and learning rates: how a gradient becomes a step.

use crate::names::{GrammarError, SCHEDULES};
use crate::simd::{Isa, Kernel, Real, Vector};
use std::fmt;
use std::str::FromStr;

/// An update rule. Figures and forms are PyTorch's.
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
    /// Adam (Kingma and Ba 2015, algorithm 1), bias-corrected.
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
}

impl Optimizer {
    /// Every name in the grammar. `gd` and `sgd` are the same rule; they differ in the batch that users mean.
    pub const NAMES: &'static [&'static str] = &["gd", "sgd", "adam", "rmsprop"];

    /// Plain gradient descent.
    pub const GRADIENT_DESCENT: Self = Self::Descent { momentum: 0.0, nesterov: false };

    /// Adam with the figures of its paper.
    pub const ADAM: Self = Self::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

    /// RMSprop with PyTorch's figures.
    pub const RMSPROP: Self = Self::RmsProp { decay: 0.99, epsilon: 1e-8 };

    /// How many numbers the rule remembers per parameter.
    pub(crate) fn moments(self) -> usize {
        match self {
            Self::Descent { momentum, .. } => usize::from(momentum != 0.0),
            Self::RmsProp { .. } => 1,
            Self::Adam { .. } => 2,
        }
    }
}

/// The learning rate over the steps of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Schedule {
    /// The same at every step.
    #[default]
    Constant,
    /// `lr (1 + cos(pi t / steps)) / 2` (Loshchilov and Hutter 2017, eq. 5, one period, down to 0).
    Cosine,
}

impl Schedule {
    /// Every name in the grammar.
    pub const NAMES: &'static [&'static str] = &["constant", "cosine"];

    /// The learning rate of step `step` of `steps`, where the constant one is `lr`.
    pub fn rate(self, lr: f64, step: usize, steps: usize) -> f64 {
        match self {
            Self::Constant => lr,
            Self::Cosine => lr * 0.5 * (1.0 + pxfm::f_cos(std::f64::consts::PI * step as f64 / steps as f64)),
        }
    }
}

impl FromStr for Schedule {
    type Err = GrammarError;

    fn from_str(text: &str) -> Result<Self, GrammarError> {
        SCHEDULES.position(text).map(|i| [Self::Constant, Self::Cosine][i])
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(Self::NAMES[*self as usize])
    }
}

/// What an optimizer remembers between steps of one run.
#[derive(Clone, Debug)]
pub(crate) struct Memory<T: Real> {
    moments: Vec<Vec<T::Block>>,
    /// `beta1^t` and `beta2^t`, by repeated multiplication: the same on every machine.
    powers: [f64; 2],
}

impl<T: Real> Default for Memory<T> {
    fn default() -> Self {
        Self { moments: Vec::new(), powers: [1.0; 2] }
    }
}

impl<T: Real> Memory<T> {
    /// Forgets everything and makes room for a run with so many blocks of parameters.
    pub fn begin(&mut self, optimizer: Optimizer, blocks: usize) {
        self.moments.resize_with(optimizer.moments(), Vec::new);
        for moment in &mut self.moments {
            moment.clear();
            moment.resize(blocks, T::ZEROS);
        }
        self.powers = [1.0; 2];
    }

    /// One step of the weights down the gradient. `factors` of the learning rate are as many as the weights, or none where
    /// all of them are 1.
    pub fn update<'a>(
        &'a mut self,
        optimizer: Optimizer,
        lr: f64,
        factors: &'a [T::Block],
        weights: &'a mut [T::Block],
        gradient: &'a [T::Block],
    ) -> Update<'a, T> {
        if let Optimizer::Adam { beta1, beta2, .. } = optimizer {
            self.powers[0] *= beta1;
            self.powers[1] *= beta2;
        }
        let mut moments = self.moments.iter_mut().map(Vec::as_mut_slice);
        let moments = [moments.next().unwrap_or_default(), moments.next().unwrap_or_default()];
        Update { optimizer, lr, powers: self.powers, factors, weights, gradient, moments }
    }
}

/// A step of some weights down their gradient, element by element.
#[derive(Debug)]
pub(crate) struct Update<'a, T: Real> {
    optimizer: Optimizer,
    lr: f64,
    powers: [f64; 2],
    /// Of the learning rate; empty where all are 1.
    factors: &'a [T::Block],
    pub weights: &'a mut [T::Block],
    gradient: &'a [T::Block],
    /// As long as the weights where the rule has use for them, empty otherwise.
    moments: [&'a mut [T::Block]; 2],
}

impl<T: Real> Update<'_, T> {
    /// The step of the weights in the first `at` blocks, and that of the others.
    pub fn split(self, at: usize) -> (Self, Self) {
        let Self { optimizer, lr, powers, factors, weights, gradient, moments: [first, second] } = self;
        let (gradients, weights) = (gradient.split_at(at), weights.split_at_mut(at));
        let (first, second) = (first.split_at_mut(at.min(first.len())), second.split_at_mut(at.min(second.len())));
        let factors = factors.split_at(at.min(factors.len()));
        let part =
            |factors, weights, gradient, moments| Self { optimizer, lr, powers, factors, weights, gradient, moments };
        (
            part(factors.0, weights.0, gradients.0, [first.0, second.0]),
            part(factors.1, weights.1, gradients.1, [first.1, second.1]),
        )
    }
}

impl<T: Real> Kernel for Update<'_, T> {
    type Output = ();

    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn run<I: Isa>(self) {
        let Self { optimizer, lr, powers, factors, weights, gradient, moments: [first, second] } = self;
        // A product with 1 would change no bit; it is left out to spare the time.
        let down_at = |down: T::V<I>, i: usize| factors.get(i).map_or(down, |factor| down * load::<T, I>(factor));
        let steps = weights.iter_mut().zip(gradient).enumerate();
        match optimizer {
            Optimizer::Descent { momentum, nesterov } if momentum != 0.0 => {
                let (momentum, down) = (number::<T, I>(momentum), number::<T, I>(-lr));
                for ((i, (w, g)), v) in steps.zip(first) {
                    let g = load::<T, I>(g);
                    let new = load::<T, I>(v).mul_add(momentum, g);
                    new.store(v);
                    let direction = if nesterov { new.mul_add(momentum, g) } else { new };
                    direction.mul_add(down_at(down, i), load::<T, I>(w)).store(w);
                }
            }
            Optimizer::Adam { beta1, beta2, epsilon } => {
                let down = number::<T, I>(-lr / (1.0 - powers[0]));
                let correction = number::<T, I>((1.0 - powers[1]).sqrt());
                let (keep1, take1, keep2, take2) = (
                    number::<T, I>(beta1),
                    number::<T, I>(1.0 - beta1),
                    number::<T, I>(beta2),
                    number::<T, I>(1.0 - beta2),
                );
                let epsilon = number::<T, I>(epsilon);
                for ((i, (w, g)), (m, v)) in steps.zip(first.iter_mut().zip(second)) {
                    let g = load::<T, I>(g);
                    let mean = load::<T, I>(m).mul_add(keep1, take1 * g);
                    let square = load::<T, I>(v).mul_add(keep2, take2 * (g * g));
                    mean.store(m);
                    square.store(v);
                    let size = square.sqrt() / correction + epsilon;
                    (mean / size).mul_add(down_at(down, i), load::<T, I>(w)).store(w);
                }
            }
            Optimizer::RmsProp { decay, epsilon } => {
                let (keep, take, down, epsilon) =
                    (number::<T, I>(decay), number::<T, I>(1.0 - decay), number::<T, I>(-lr), number::<T, I>(epsilon));
                for ((i, (w, g)), s) in steps.zip(first) {
                    let g = load::<T, I>(g);
                    let square = load::<T, I>(s).mul_add(keep, take * (g * g));
                    square.store(s);
                    (g / (square.sqrt() + epsilon)).mul_add(down_at(down, i), load::<T, I>(w)).store(w);
                }
            }
            Optimizer::Descent { .. } => {
                let down = number::<T, I>(-lr);
                for (i, (w, g)) in steps {
                    load::<T, I>(g).mul_add(down_at(down, i), load::<T, I>(w)).store(w);
                }
            }
        }
    }
}

#[allow(clippy::inline_always)]
#[inline(always)]
fn number<T: Real, I: Isa>(x: f64) -> T::V<I> {
    T::V::<I>::splat(T::from_f64(x))
}

#[allow(clippy::inline_always)]
#[inline(always)]
fn load<T: Real, I: Isa>(block: &T::Block) -> T::V<I> {
    T::V::<I>::load(block)
}
