//! The step of an optimizer: what it remembers, and the kernel that moves the weights.

use super::Optimizer;
use super::lbfgs::Lbfgs;
use crate::share::Rows;
use crate::simd::{Isa, Kernel, Real, Vector};

/// The momentum of nadam falls from `beta1` by half of this to the power of 0.004 of the step (Dozat 2016; PyTorch's
/// `momentum_decay`).
const NADAM: [f64; 2] = [0.96, 0.004];

/// What a rule counts while steps go by, whatever the parameters are: the same on every machine.
#[derive(Clone, Copy, Debug)]
pub struct Count {
    /// `beta1^t` and `beta2^t`, by repeated multiplication. Of nadam the first is the product of all momenta.
    pub powers: [f64; 2],
    /// Of nadam, the momentum in this step and in the next one.
    pub momenta: [f64; 2],
    /// Steps that were done, for those rules that count them.
    steps: u64,
}

impl Default for Count {
    fn default() -> Self {
        Self { powers: [1.0; 2], momenta: [0.0; 2], steps: 0 }
    }
}

impl Count {
    /// One more step.
    pub fn step(&mut self, optimizer: Optimizer) {
        match optimizer {
            Optimizer::Adam { beta1, beta2, .. } | Optimizer::Adamax { beta1, beta2, .. } => {
                self.powers[0] *= beta1;
                self.powers[1] *= beta2;
            }
            Optimizer::Nadam { beta1, beta2, .. } => {
                self.steps += 1;
                let [base, rate] = NADAM;
                let at = |step: u64| beta1 * (1.0 - 0.5 * pxfm::f_pow(base, step as f64 * rate));
                self.momenta = [at(self.steps), at(self.steps + 1)];
                self.powers[0] *= self.momenta[0];
                self.powers[1] *= beta2;
            }
            _ => {}
        }
    }
}

/// What an optimizer remembers between steps of one run.
#[derive(Clone, Debug)]
pub(crate) struct Memory<T: Real> {
    moments: Vec<Vec<T::Block>>,
    count: Count,
    lbfgs: Lbfgs<T>,
}

impl<T: Real> Default for Memory<T> {
    fn default() -> Self {
        Self { moments: Vec::new(), count: Count::default(), lbfgs: Lbfgs::default() }
    }
}

impl<T: Real> Memory<T> {
    /// Forgets everything and makes room for a run with so many blocks of parameters.
    pub fn begin(&mut self, optimizer: Optimizer, blocks: usize) {
        let first = match optimizer {
            Optimizer::Adagrad { initial, .. } => block_of::<T>(initial),
            _ => T::ZEROS,
        };
        let moments = if let Optimizer::Lbfgs { .. } = optimizer { 0 } else { optimizer.moments() };
        self.moments.resize_with(moments, Vec::new);
        for moment in &mut self.moments {
            moment.clear();
            moment.resize(blocks, first);
        }
        self.count = Count::default();
        self.lbfgs.forget();
    }

    /// One step of the weights down the gradient. `factors` of the learning rate are as many as the weights, or none where
    /// all of them are 1.
    pub fn update<'a>(
        &'a mut self,
        optimizer: Optimizer,
        lr: f64,
        factors: &'a [T::Block],
        weights: &'a mut [T::Block],
        gradient: &'a mut [T::Block],
    ) -> Update<'a, T> {
        let (mut optimizer, mut lr) = (optimizer, lr);
        self.count.step(optimizer);
        if let Optimizer::Lbfgs { history } = optimizer {
            lr *= self.lbfgs.direction(history, weights, gradient);
            optimizer = Optimizer::GRADIENT_DESCENT;
        }
        let mut moments = self.moments.iter_mut().map(Vec::as_mut_slice);
        let moments = [moments.next().unwrap_or_default(), moments.next().unwrap_or_default()];
        let Count { powers, momenta, .. } = self.count;
        Update { optimizer, lr, powers, momenta, factors, weights, gradient, moments }
    }
}

/// A step of some weights down their gradient, element by element.
#[derive(Debug)]
pub(crate) struct Update<'a, T: Real> {
    optimizer: Optimizer,
    lr: f64,
    powers: [f64; 2],
    /// Of nadam, in this step and in the next one.
    momenta: [f64; 2],
    /// Of the learning rate; empty where all are 1.
    factors: &'a [T::Block],
    weights: &'a mut [T::Block],
    gradient: &'a [T::Block],
    /// As long as the weights where the rule has use for them, empty otherwise.
    moments: [&'a mut [T::Block]; 2],
}

impl<T: Real> Rows for Update<'_, T> {
    fn rows(&self) -> usize {
        self.weights.len()
    }

    fn work(&self) -> usize {
        // Limited by memory.
        self.weights.len() * 4
    }

    fn split(self, at: usize) -> (Self, Self) {
        let Self { optimizer, lr, powers, momenta, factors, weights, gradient, moments: [first, second] } = self;
        let (gradients, weights) = (gradient.split_at(at), weights.split_at_mut(at));
        let (first, second) = (first.split_at_mut(at.min(first.len())), second.split_at_mut(at.min(second.len())));
        let factors = factors.split_at(at.min(factors.len()));
        let part = |factors, weights, gradient, moments| Self {
            optimizer,
            lr,
            powers,
            momenta,
            factors,
            weights,
            gradient,
            moments,
        };
        (
            part(factors.0, weights.0, gradients.0, [first.0, second.0]),
            part(factors.1, weights.1, gradients.1, [first.1, second.1]),
        )
    }
}

impl<T: Real> Kernel for Update<'_, T> {
    type Output = ();

    // An arm for each rule.
    #[allow(clippy::too_many_lines)]
    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn run<I: Isa>(self) {
        let Self { optimizer, lr, powers, momenta, factors, weights, gradient, moments: [first, second] } = self;
        // A product with 1 would change no bit; it is left out to spare the time.
        let down_at = |down: T::V<I>, i: usize| factors.get(i).map_or(down, |factor| down * load::<T, I>(factor));
        let steps = weights.iter_mut().zip(gradient).enumerate();
        let zero = T::V::<I>::splat(T::default());
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
                let (means, epsilon) = (Means::<T, I>::of(beta1, beta2), number::<T, I>(epsilon));
                for ((i, (w, g)), (m, v)) in steps.zip(first.iter_mut().zip(second)) {
                    let [mean, square] = means.meet(load::<T, I>(g), m, v);
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
            Optimizer::Nadam { beta1, beta2, epsilon } => {
                let of_mean = number::<T, I>(momenta[1] / (1.0 - powers[0] * momenta[1]));
                let of_gradient = number::<T, I>((1.0 - momenta[0]) / (1.0 - powers[0]));
                let (down, correction) = (number::<T, I>(-lr), number::<T, I>((1.0 - powers[1]).sqrt()));
                let (means, epsilon) = (Means::<T, I>::of(beta1, beta2), number::<T, I>(epsilon));
                for ((i, (w, g)), (m, v)) in steps.zip(first.iter_mut().zip(second)) {
                    let g = load::<T, I>(g);
                    let [mean, square] = means.meet(g, m, v);
                    let size = square.sqrt() / correction + epsilon;
                    let ahead = mean.mul_add(of_mean, of_gradient * g);
                    (ahead / size).mul_add(down_at(down, i), load::<T, I>(w)).store(w);
                }
            }
            Optimizer::Adamax { beta1, beta2, epsilon } => {
                let down = number::<T, I>(-lr / (1.0 - powers[0]));
                let [keep1, take1, keep2, epsilon] = [beta1, 1.0 - beta1, beta2, epsilon].map(number::<T, I>);
                for ((i, (w, g)), (m, u)) in steps.zip(first.iter_mut().zip(second)) {
                    let g = load::<T, I>(g);
                    let mean = load::<T, I>(m).mul_add(keep1, take1 * g);
                    let largest = (load::<T, I>(u) * keep2).max(g.abs() + epsilon);
                    mean.store(m);
                    largest.store(u);
                    // Without an epsilon a parameter that has never had a gradient stays.
                    let step = T::V::<I>::select(zero.lt(largest), mean / largest, zero);
                    step.mul_add(down_at(down, i), load::<T, I>(w)).store(w);
                }
            }
            Optimizer::Adadelta { decay, epsilon } => {
                let [keep, take, down, epsilon] = [decay, 1.0 - decay, -lr, epsilon].map(number::<T, I>);
                for ((i, (w, g)), (v, u)) in steps.zip(first.iter_mut().zip(second)) {
                    let g = load::<T, I>(g);
                    let square = load::<T, I>(v).mul_add(keep, take * (g * g));
                    square.store(v);
                    let moved = load::<T, I>(u);
                    let step = (moved + epsilon).sqrt() / (square + epsilon).sqrt() * g;
                    moved.mul_add(keep, take * (step * step)).store(u);
                    step.mul_add(down_at(down, i), load::<T, I>(w)).store(w);
                }
            }
            Optimizer::Adagrad { epsilon, .. } => {
                let [down, epsilon] = [-lr, epsilon].map(number::<T, I>);
                for ((i, (w, g)), s) in steps.zip(first) {
                    let g = load::<T, I>(g);
                    let sum = g.mul_add(g, load::<T, I>(s));
                    sum.store(s);
                    let size = sum.sqrt() + epsilon;
                    let step = T::V::<I>::select(zero.lt(size), g / size, zero);
                    step.mul_add(down_at(down, i), load::<T, I>(w)).store(w);
                }
            }
            Optimizer::Lion { beta1, beta2 } => {
                let [of_mean, of_gradient, keep, take, down, one] =
                    [beta1, 1.0 - beta1, beta2, 1.0 - beta2, -lr, 1.0].map(number::<T, I>);
                for ((i, (w, g)), m) in steps.zip(first) {
                    let (g, mean) = (load::<T, I>(g), load::<T, I>(m));
                    let way = mean.mul_add(of_mean, of_gradient * g);
                    mean.mul_add(keep, take * g).store(m);
                    let sign = T::V::<I>::select(zero.lt(way.abs()), one.copysign(way), zero);
                    sign.mul_add(down_at(down, i), load::<T, I>(w)).store(w);
                }
            }
            // L-BFGS is a step of descent along its own direction.
            Optimizer::Descent { .. } | Optimizer::Lbfgs { .. } => {
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
pub(super) fn number<T: Real, I: Isa>(x: f64) -> T::V<I> {
    T::V::<I>::splat(T::from_f64(x))
}

#[allow(clippy::inline_always)]
#[inline(always)]
pub(super) fn load<T: Real, I: Isa>(block: &T::Block) -> T::V<I> {
    T::V::<I>::load(block)
}

/// How the mean of a gradient and of its square change: what is kept of the old one and taken of the new one, of each.
struct Means<T: Real, I: Isa>([T::V<I>; 4]);

impl<T: Real, I: Isa> Means<T, I> {
    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn of(beta1: f64, beta2: f64) -> Self {
        Self([beta1, 1.0 - beta1, beta2, 1.0 - beta2].map(number::<T, I>))
    }

    /// Both after one more gradient, which are stored as well.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn meet(&self, g: T::V<I>, mean: &mut T::Block, square: &mut T::Block) -> [T::V<I>; 2] {
        let Self([keep1, take1, keep2, take2]) = *self;
        let new = [load::<T, I>(mean).mul_add(keep1, take1 * g), load::<T, I>(square).mul_add(keep2, take2 * (g * g))];
        new[0].store(mean);
        new[1].store(square);
        new
    }
}

/// A block full of one number.
pub(super) fn block_of<T: Real>(x: f64) -> T::Block {
    let mut block = T::ZEROS;
    block.as_mut().fill(T::from_f64(x));
    block
}
