//! A step of a network of blocks: part after part of the samples, on as many threads as there are, and added in order.

#![allow(clippy::inline_always)]

use super::Worker;
use crate::matrix::SampleMatrix;
use crate::simd::{InstructionSet, Isa, Kernel, Real, Vector, numbers};
use crate::train::course::Manner;
use crate::train::labels::Labels;
use crate::train::pass::{First, Pass};
use crate::train::problem::Problem;
use crate::watch::Watch;
use rayon::prelude::*;

/// One part of the samples of a step.
#[derive(Debug)]
pub(super) struct Part<T: Real> {
    pub pass: Pass<T>,
    x: SampleMatrix<T>,
    labels: Labels<T>,
    gradient: Vec<T::Block>,
    loss: T,
}

impl<T: Real> Part<T> {
    fn on(set: InstructionSet) -> Self {
        let mut pass = Pass::on(set);
        pass.manner = Manner::Training;
        let (x, labels) = (SampleMatrix::default(), Labels::default());
        Self { pass, x, labels, gradient: Vec::new(), loss: T::default() }
    }

    /// Loss and gradient of these samples.
    fn of(
        &mut self,
        problem: &Problem<T>,
        parameters: &[T],
        (x, labels): (Option<&SampleMatrix<T>>, Option<&Labels<T>>),
        want_loss: bool,
        watch: &Watch,
    ) {
        let Self { pass, x: own_x, labels: own_labels, gradient, loss } = self;
        let (network, labels) = (&problem.network, labels.unwrap_or(own_labels));
        let first = First::Features(x.unwrap_or(own_x));
        pass.forward(network, &problem.layers, parameters, &first, labels.count, watch);
        *loss = pass.output(network, labels, want_loss);
        if loss.to_f64().is_finite() {
            pass.backward(network, &problem.layers, parameters, &first, gradient, false, watch);
        }
    }
}

impl<T: Real> Worker<T> {
    /// Makes room for the parts of a problem's steps.
    pub(super) fn fit_parts(&mut self, problem: &Problem<T>) {
        if problem.network.is_dense_chain() {
            return;
        }
        let batch = problem.training.batch.unwrap_or(problem.data.train.count);
        let (set, threads) = (self.pass.set, self.pass.threads);
        let parts = batch.div_ceil(problem.at_once).min(threads);
        self.parts.resize_with(parts.max(self.parts.len()), || Part::on(set));
        for part in &mut self.parts {
            part.gradient.clear();
            part.gradient.resize(self.gradient.len(), T::ZEROS);
            part.pass.fit(&problem.network);
            // Where there is one part only, threads share its layers.
            part.pass.threads = if parts == 1 { threads } else { 1 };
        }
    }

    /// The loss of a step before it, and the gradient. Whether the parameters may be moved by it: not where the loss is not finite. None
    /// where it was stopped.
    pub(super) fn step_by_parts(
        &mut self,
        problem: &Problem<T>,
        samples: Option<&[usize]>,
        want_loss: bool,
        watch: &Watch,
    ) -> Option<(T, bool)> {
        let Self { weights, gradient, parts, pass, .. } = self;
        let parameters = numbers::<T>(weights);
        let at_once = problem.at_once;
        let whole: Vec<_> = if samples.is_none() { problem.full().collect() } else { Vec::new() };
        let count = samples.map_or(whole.len(), |samples| samples.len().div_ceil(at_once));
        let together = pass.threads.min(parts.len()).max(1);
        let mut loss = T::default();
        let work = |(at, part): (usize, &mut Part<T>)| match samples {
            None => part.of(problem, parameters, (Some(whole[at].0), Some(whole[at].1)), want_loss, watch),
            Some(samples) => {
                let of_part = &samples[at * at_once..samples.len().min((at + 1) * at_once)];
                let outputs = problem.network.outputs();
                problem.data.train.gather(part.pass.set, part.pass.threads, of_part, &mut part.x);
                part.labels.gather(problem.own_targets(), &problem.train_weights, outputs, of_part, samples.len());
                part.of(problem, parameters, (None, None), want_loss, watch);
            }
        };
        for first in (0..count).step_by(together) {
            let wave = &mut parts[..together.min(count - first)];
            match &mut *wave {
                [alone] => work((first, alone)),
                several => several.par_iter_mut().enumerate().for_each(|(i, part)| work((first + i, part))),
            }
            if watch.is_stopped() {
                return None;
            }
            for (i, part) in wave.iter().enumerate() {
                loss = loss + part.loss;
                if !loss.to_f64().is_finite() {
                    return Some((loss, false));
                }
                pass.set.run(Add::<T> { what: &part.gradient, to: gradient, is_first: first + i == 0 });
            }
        }
        Some((loss, true))
    }
}

/// Adds the gradient of a part.
struct Add<'a, T: Real> {
    what: &'a [T::Block],
    to: &'a mut [T::Block],
    is_first: bool,
}

impl<T: Real> Kernel for Add<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        if self.is_first {
            return self.to.copy_from_slice(self.what);
        }
        for (to, what) in self.to.iter_mut().zip(self.what) {
            (T::V::<I>::load(to) + T::V::<I>::load(what)).store(to);
        }
    }
}
