//! What is done to gradient and weights besides the optimizer's rule: clipping and weight decay.

use super::lbfgs::dot;
use super::step::{load, number};
use crate::simd::{InstructionSet, Isa, Kernel, Real, Vector, numbers};

/// A bound of the gradient, before weight decay is added to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Clip {
    /// The gradient of all parameters together is made no longer than this (Pascanu, Mikolov and Bengio 2013, algorithm 1):
    /// `torch.nn.utils.clip_grad_norm_`, `optax.clip_by_global_norm`, Keras' `global_clipnorm`.
    Norm(f64),
    /// Every element is cut off at this and its negative: `clip_grad_value_`, `optax.clip`, Keras' `clipvalue`.
    Value(f64),
}

/// Weight decay.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Decay {
    /// How much: `rate w` is added to the gradient of every weight, which is that of `rate / 2 |w|^2` in the loss. 0 for none.
    /// The losses that are told are without it.
    pub rate: f64,
    /// Whether it goes past the gradient instead: before each step `w -= lr rate w` (Loshchilov and Hutter 2019, algorithm 2).
    pub decoupled: bool,
    /// Whether biases decay as well, as PyTorch's optimizers have it; Keras' and scikit-learn's penalties are of weights alone.
    pub biases: bool,
}

/// Clipping and decay of one run.
#[derive(Debug)]
pub(crate) struct Regular<'a, T: Real> {
    pub clip: Option<Clip>,
    pub decay: Decay,
    /// The learning rate of the step.
    pub lr: f64,
    /// Of the learning rate; empty where all are 1.
    pub factors: &'a [T::Block],
    /// How much of the decay each parameter has; empty where there is none.
    pub decays: &'a [T::Block],
}

impl<T: Real> Regular<'_, T> {
    /// Clips the gradient, adds the decay to it, or takes it from the weights.
    pub fn apply(&self, set: InstructionSet, weights: &mut [T::Block], gradient: &mut [T::Block]) {
        let Self { clip, decay, lr, factors, decays } = self;
        match clip {
            None => {}
            Some(Clip::Value(bound)) => set.run(Cut::<T> { bound: *bound, gradient }),
            Some(Clip::Norm(most)) => {
                let own = numbers::<T>(gradient);
                let norm = dot(own, own).sqrt();
                if norm > *most {
                    set.run(Times::<T> { factor: most / norm, gradient });
                }
            }
        }
        if decays.is_empty() {
            return;
        }
        if decay.decoupled {
            set.run(Shrink::<T> { by: lr * decay.rate, factors, decays, weights });
        } else {
            set.run(Pull::<T> { rate: decay.rate, decays, weights, gradient });
        }
    }
}

/// Cuts every element off.
struct Cut<'a, T: Real> {
    bound: f64,
    gradient: &'a mut [T::Block],
}

impl<T: Real> Kernel for Cut<'_, T> {
    type Output = ();

    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn run<I: Isa>(self) {
        let [low, high] = [-self.bound, self.bound].map(number::<T, I>);
        for g in self.gradient {
            load::<T, I>(g).max(low).min(high).store(g);
        }
    }
}

/// Makes every element smaller.
struct Times<'a, T: Real> {
    factor: f64,
    gradient: &'a mut [T::Block],
}

impl<T: Real> Kernel for Times<'_, T> {
    type Output = ();

    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn run<I: Isa>(self) {
        let factor = number::<T, I>(self.factor);
        for g in self.gradient {
            (load::<T, I>(g) * factor).store(g);
        }
    }
}

/// Adds the gradient of the penalty.
struct Pull<'a, T: Real> {
    rate: f64,
    decays: &'a [T::Block],
    weights: &'a [T::Block],
    gradient: &'a mut [T::Block],
}

impl<T: Real> Kernel for Pull<'_, T> {
    type Output = ();

    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn run<I: Isa>(self) {
        let rate = number::<T, I>(self.rate);
        for ((g, w), decay) in self.gradient.iter_mut().zip(self.weights).zip(self.decays) {
            (load::<T, I>(decay) * rate).mul_add(load::<T, I>(w), load::<T, I>(g)).store(g);
        }
    }
}

/// Takes a part of the weights away.
struct Shrink<'a, T: Real> {
    by: f64,
    factors: &'a [T::Block],
    decays: &'a [T::Block],
    weights: &'a mut [T::Block],
}

impl<T: Real> Kernel for Shrink<'_, T> {
    type Output = ();

    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn run<I: Isa>(self) {
        let by = number::<T, I>(-self.by);
        for (i, (w, decay)) in self.weights.iter_mut().zip(self.decays).enumerate() {
            let by = self.factors.get(i).map_or(by, |factor| by * load::<T, I>(factor));
            let old = load::<T, I>(w);
            (load::<T, I>(decay) * by).mul_add(old, old).store(w);
        }
    }
}
