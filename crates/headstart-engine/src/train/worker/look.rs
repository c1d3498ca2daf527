//! Looks at samples: the loss on them, how many are put into their class, and the outputs' errors.

use super::Worker;
use crate::network::{Layer, Loss};
use crate::simd::{Real, numbers};
use crate::train::pass::First;
use crate::train::problem::{Problem, Set};
use crate::train::run::Figures;
use crate::watch::Watch;

/// Samples that are looked at on the way, about.
const LOOKED_AT: usize = 1000;

/// Every so manieth sample, from one on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Every {
    first: usize,
    every: usize,
}

/// All samples.
pub(super) const EVERYTHING: Every = Every { first: 0, every: 1 };

impl<T: Real> Worker<T> {
    /// The loss that training makes small, on some of its samples.
    pub(super) fn look_aside(&mut self, problem: &Problem<T>, watch: &Watch) -> f64 {
        self.pass.frozen = 0;
        let (samples, _, weights) = problem.training_set();
        let every = samples.count.div_ceil(LOOKED_AT);
        let sample = Every { first: problem.looked_at % every, every };
        self.look(problem, (samples, problem.own_targets(), weights), sample, watch).loss
    }

    /// The accuracy that is judged, during training; 0 where the loss is not finite.
    pub(super) fn look_on_the_way(&mut self, problem: &Problem<T>, watch: &Watch) -> f64 {
        let set = problem.test_set().unwrap_or_else(|| problem.training_set());
        // Looking leaves its own activations behind: those of frozen layers have to be made anew.
        self.pass.frozen = 0;
        let figures = if problem.by_gram {
            self.look_by_gram(problem, set, watch)
        } else {
            self.look(problem, set, EVERYTHING, watch)
        };
        figures.accuracy.unwrap_or(0.0)
    }

    /// Loss and accuracy on the samples that are judged, with coefficients in the place of the first layer's weights:
    /// `W X' = W0 X' + C (X^T X')`, so that no feature is looked at.
    fn look_by_gram(&mut self, problem: &Problem<T>, (samples, targets, own): Set<T>, watch: &Watch) -> Figures {
        let Self { weights, pass, judged_base, labels, .. } = self;
        let network = &problem.network;
        labels.gather(targets, own, network.outputs(), &(0..samples.count).collect::<Vec<_>>(), samples.count);
        let first = First::Gram { gram: &problem.data.judged_gram().products, base: judged_base };
        pass.forward(network, &problem.layers, numbers::<T>(weights), &first, samples.count, watch);
        let loss = pass.output(network, labels, true).to_f64();
        Figures {
            loss,
            accuracy: loss.is_finite().then(|| pass.correct(network, labels) as f64 / samples.count as f64),
            classes: None,
        }
    }

    /// Loss and accuracy, and what more there is to say of classes.
    pub(super) fn look_closely(&mut self, problem: &Problem<T>, set: Set<T>, watch: &Watch) -> Figures {
        let figures = self.look(problem, set, EVERYTHING, watch);
        let classes = figures.accuracy.and_then(|_| self.tally.figures());
        Figures { classes, ..figures }
    }

    /// Loss and accuracy on some samples of a set, with the parameters that [`Worker::end`] left; a loss of NaN where the watch is
    /// stopped before it is known. Leaves its classes counted, and the outputs' errors.
    pub(super) fn look(
        &mut self,
        problem: &Problem<T>,
        (samples, targets, own): Set<T>,
        some: Every,
        watch: &Watch,
    ) -> Figures {
        let Self { weights, pass, x, labels, errors, tally, .. } = self;
        let network = &problem.network;
        let layers: Vec<Layer> = network.layers().collect();
        let nothing = Figures { loss: f64::NAN, accuracy: None, classes: None };
        errors.clear();
        // The loss of a single target is its squared error, where it is that.
        let is_new = network.outputs() > 1 || network.loss() != Loss::MeanSquaredError;
        if network.loss().is_of_numbers() && is_new && !samples.are_classified() {
            errors.resize(network.outputs(), 0.0);
        }
        let mut loss = 0.0;
        tally.clear();
        let everything: Vec<usize> = (some.first..samples.count).step_by(some.every).collect();
        for of_chunk in everything.chunks(problem.at_once) {
            if watch.is_stopped() {
                errors.clear();
                return nothing;
            }
            samples.gather(pass.set, pass.threads, of_chunk, x);
            labels.gather(targets, own, network.outputs(), of_chunk, everything.len());
            pass.forward(network, &layers, numbers::<T>(weights), &First::Features(x), labels.count, watch);
            loss += pass.output(network, labels, true).to_f64();
            if !errors.is_empty() {
                pass.squared_errors(network, labels, errors);
            }
            if samples.are_classified() {
                pass.count(network, labels, tally);
            }
        }
        if watch.is_stopped() {
            errors.clear();
            return nothing;
        }
        for sum in errors.iter_mut() {
            *sum /= everything.len() as f64;
        }
        let accuracy =
            (samples.are_classified() && loss.is_finite()).then(|| tally.right() as f64 / everything.len() as f64);
        Figures { loss, accuracy, classes: None }
    }
}
