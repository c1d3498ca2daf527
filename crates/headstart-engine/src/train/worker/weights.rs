//! Where training wants the parameters, and where the network has them.

use super::Worker;
use crate::matrix::{Base, Multiply, Outer, SampleMatrix, Side, Weights};
use crate::network::Parameters;
use crate::share::share_while;
use crate::simd::{Real, numbers, numbers_mut};
use crate::train::checkpoint::Checkpoint;
use crate::train::problem::Problem;
use crate::watch::Watch;

impl<T: Real> Worker<T> {
    /// Puts the parameters, and what the optimizer remembers, where training wants them.
    pub(super) fn begin(&mut self, problem: &Problem<T>, from: &Checkpoint<T>, watch: &Watch) {
        let first = &from.first[..];
        let layers = &problem.layers;
        let last = &layers[layers.len() - 1];
        let blocks = last.all().end.div_ceil(T::LANES);
        for numbers in [&mut self.weights, &mut self.gradient] {
            numbers.clear();
            numbers.resize(blocks, T::ZEROS);
        }
        self.factors.clear();
        if problem.training.has_factors() {
            self.factors.resize(blocks, T::ZEROS);
            for (l, layer) in layers.iter().enumerate() {
                let [of_weights, of_others] = problem.training.factors(l);
                let factors = numbers_mut::<T>(&mut self.factors);
                factors[layer.all()].fill(T::from_f64(of_others));
                factors[layer.weights.clone()].fill(T::from_f64(of_weights));
            }
        }
        self.decays.clear();
        let decay = problem.training.decay;
        if decay.rate > 0.0 {
            self.decays.resize(blocks, T::ZEROS);
            let decays = numbers_mut::<T>(&mut self.decays);
            for layer in layers {
                decays[layer.weights.clone()].fill(T::from_f64(1.0));
                if decay.biases {
                    decays[layer.all()].fill(T::from_f64(1.0));
                }
            }
        }
        self.pass.frozen = 0;
        self.memory.begin(problem.training.optimizer, blocks);
        if from.step > 0 {
            self.weights.copy_from_slice(&from.weights);
            self.memory.clone_from(&from.memory);
        }
        self.pass.fit(&problem.network);
        self.fit_parts(problem);
        if !problem.by_gram {
            if from.step == 0 {
                numbers_mut::<T>(&mut self.weights)[..first.len()].copy_from_slice(first);
            }
            return;
        }
        let (first_layer, rest) = first.split_at(own_weights(problem));
        let behind = layers[0].weights.end;
        if from.step == 0 {
            numbers_mut::<T>(&mut self.weights)[behind..behind + rest.len()].copy_from_slice(rest);
        }
        let weights = Weights { numbers: first_layer, stride: problem.network.inputs(), side: Side::Rows };
        let set = self.pass.set;
        let see = |x: &SampleMatrix<T>, base: &mut SampleMatrix<T>| {
            base.reshape_blocks(layers[0].fan_out, x.blocks());
            share_while(set, 1, watch, Multiply::new(weights, Base::Zero, x, base));
        };
        see(&problem.data.gram().x, &mut self.base);
        if problem.looks_on_the_way() {
            see(&problem.data.judged_gram().x, &mut self.judged_base);
        }
    }

    /// Leaves the network's own parameters in `weights`: `W = W0 + C X^T` where the Gram matrix was used.
    pub(super) fn end(&mut self, problem: &Problem<T>, mut first: Vec<T>) {
        if !problem.by_gram {
            return;
        }
        let (first_layer, rest) = first.split_at_mut(own_weights(problem));
        let behind = problem.layers[0].weights.end;
        let coefficients = &self.weights[..behind / T::LANES];
        self.pass.set.run(Outer { d: coefficients, a: &problem.data.gram().x, out: first_layer, add: true });
        rest.copy_from_slice(&numbers::<T>(&self.weights)[behind..behind + rest.len()]);
        self.weights.clear();
        self.weights.resize(first.len().div_ceil(T::LANES), T::ZEROS);
        numbers_mut::<T>(&mut self.weights)[..first.len()].copy_from_slice(&first);
    }

    /// The network's own parameters, which [`Worker::end`] left.
    pub(super) fn parameters(&self, problem: &Problem<T>) -> Parameters {
        let flat: Vec<f64> = numbers::<T>(&self.weights).iter().map(|w| w.to_f64()).collect();
        Parameters::from_flat(&problem.network, &flat)
    }
}

/// How many weights the network's first layer has.
fn own_weights<T: Real>(problem: &Problem<T>) -> usize {
    problem.network.inputs() * problem.layers[0].fan_out
}
