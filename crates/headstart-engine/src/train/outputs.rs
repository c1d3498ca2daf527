//! What a network says of samples that nobody has labelled.

#![allow(clippy::inline_always)]

use super::gather::{chunk, gather};
use super::output::{Choose, Grid, activate};
use super::pass::{First, Pass};
use crate::matrix::SampleMatrix;
use crate::network::{Layer, Network, Output, Parameters};
use crate::simd::{InstructionSet, Isa, Kernel, Real};
use crate::watch::NOBODY;
use ndarray::{Array2, ArrayView2, s};
use rayon::prelude::*;

/// A number that networks are asked in: `f64` or `f32`.
///
/// As of [`Number`](super::Number), the kernels are compiled where this is implemented, and not again in every crate that asks.
pub trait Asked: Real {
    /// See [`outputs`].
    #[doc(hidden)]
    fn outputs(network: &Network, parameters: &Parameters, x: &ArrayView2<f64>) -> Array2<f64>;

    /// See [`classes`].
    #[doc(hidden)]
    fn classes(network: &Network, parameters: &Parameters, x: &ArrayView2<f64>) -> Vec<usize>;
}

macro_rules! numbers_to_ask_in {
    ($($t:ty),*) => {
        $(impl Asked for $t {
            fn outputs(network: &Network, parameters: &Parameters, x: &ArrayView2<f64>) -> Array2<f64> {
                Way::default::<$t>().outputs::<$t>(network, parameters, x)
            }

            fn classes(network: &Network, parameters: &Parameters, x: &ArrayView2<f64>) -> Vec<usize> {
                Way::default::<$t>().classes::<$t>(network, parameters, x)
            }
        })*
    };
}

numbers_to_ask_in!(f64, f32);

/// What comes out of a network for the features of some samples (`samples x features`), behind its output function: `samples x
/// outputs`, computed in `T`. Units that dropout left out in training are there.
///
/// A sample's outputs do not depend on the other samples, nor on threads or instruction set. Many samples are shared by the threads of
/// the pool that the caller is in, or else by all.
///
/// # Panics
/// If there are not as many features as the network has inputs, or the parameters are not of this network.
pub fn outputs<T: Asked>(network: &Network, parameters: &Parameters, x: &ArrayView2<f64>) -> Array2<f64> {
    T::outputs(network, parameters, x)
}

/// The class that each of some samples (`samples x features`) is put into, from 0 on: that by which the accuracy of a
/// [`Run`](super::Run) is counted. Of several outputs the one with the largest logit, the first of equal ones; of a single one the second
/// class where it is above the middle of what stands for the two.
///
/// # Panics
/// As [`outputs`].
pub fn classes<T: Asked>(network: &Network, parameters: &Parameters, x: &ArrayView2<f64>) -> Vec<usize> {
    T::classes(network, parameters, x)
}

/// How samples go through a network: what comes out does not depend on it.
#[derive(Clone, Copy)]
struct Way {
    set: InstructionSet,
    /// Samples that go together.
    at_once: usize,
}

impl Way {
    fn default<T: Real>() -> Self {
        Self { set: InstructionSet::best(), at_once: chunk::<T>() }
    }

    fn outputs<T: Real>(self, network: &Network, parameters: &Parameters, x: &ArrayView2<f64>) -> Array2<f64> {
        let outputs = network.outputs();
        let take = |logits: &SampleMatrix<T>, room: &mut SampleMatrix<T>, all: &mut [f64]| {
            self.set.run(Activate { output: network.output(), rows: outputs, logits, to: room });
            for (sample, of_sample) in all.chunks_mut(outputs).enumerate() {
                of_sample.iter_mut().enumerate().for_each(|(output, a)| *a = room.at(output, sample).to_f64());
            }
        };
        let all = self.through(network, parameters, x, outputs, take);
        Array2::from_shape_vec((x.nrows(), outputs), all).expect("there is one for each")
    }

    fn classes<T: Real>(self, network: &Network, parameters: &Parameters, x: &ArrayView2<f64>) -> Vec<usize> {
        let take = |logits: &SampleMatrix<T>, room: &mut SampleMatrix<T>, all: &mut [usize]| {
            let count = all.len();
            let each = |sample: usize, chosen| all[sample] = chosen;
            self.set.run(Choose { network, logits, count, outputs: room, each });
        };
        self.through(network, parameters, x, 1, take)
    }

    /// So many results of every sample, which `take` makes of the logits of those that went together; it has room beside.
    fn through<T: Real, R: Clone + Default + Send>(
        self,
        network: &Network,
        parameters: &Parameters,
        x: &ArrayView2<f64>,
        each: usize,
        take: impl Fn(&SampleMatrix<T>, &mut SampleMatrix<T>, &mut [R]) + Sync,
    ) -> Vec<R> {
        let (samples, features) = x.dim();
        assert_eq!(features, network.inputs(), "features of a sample");
        let parameters: Vec<T> = parameters.flat().map(T::from_f64).collect();
        assert_eq!(parameters.len(), network.parameter_count(), "parameters of the network");
        let layers: Vec<Layer> = network.layers().collect();
        let mut all = vec![R::default(); samples * each];
        let room = || {
            let mut pass = Pass::<T>::on(self.set);
            pass.fit(network);
            (pass, Vec::new(), SampleMatrix::default())
        };
        let go = |(pass, own, gathered): &mut (Pass<T>, Vec<T>, SampleMatrix<T>), part: usize, all: &mut [R]| {
            let (first, count) = (part * self.at_once, all.len() / each);
            own.clear();
            own.extend(x.slice(s![first..first + count, ..]).iter().map(|&x| T::from_f64(x)));
            gather(self.set, 1, own, features, &(0..count).collect::<Vec<_>>(), gathered);
            pass.forward(network, &layers, &parameters, &First::Features(gathered), count, &NOBODY);
            let mut room = std::mem::take(&mut pass.delta);
            take(pass.logits(network), &mut room, all);
            pass.delta = room;
        };
        // Few samples are not worth waking anybody.
        if samples <= self.at_once {
            let mut room = room();
            all.chunks_mut(self.at_once * each).enumerate().for_each(|(part, all)| go(&mut room, part, all));
        } else {
            let parts = all.par_chunks_mut(self.at_once * each).enumerate();
            parts.for_each_init(room, |room, (part, all)| go(room, part, all));
        }
        all
    }
}

/// From logits to outputs.
struct Activate<'a, T: Real> {
    output: Output,
    rows: usize,
    logits: &'a SampleMatrix<T>,
    to: &'a mut SampleMatrix<T>,
}

impl<T: Real> Kernel for Activate<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        let Self { output, rows, logits, to } = self;
        let at = Grid { rows, blocks: logits.blocks() };
        to.reshape_blocks(rows, at.blocks);
        for b in 0..at.blocks {
            activate::<T, I>(at, b, output, logits, to.all_mut());
        }
    }
}

#[cfg(test)]
mod tests;
