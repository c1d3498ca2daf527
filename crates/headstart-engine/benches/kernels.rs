//! Times of the kernels, one at a time and in the steps of whole networks.
//!
//! ```text
//! cargo bench -p headstart-engine                    # everything
//! cargo bench -p headstart-engine -- step/f64        # what has this in its name
//! HEADSTART_ISA=avx2 cargo bench -p headstart-engine # on a lesser instruction set
//! ```
//!
//! Throughput is in numbers for the functions, and in multiply-adds of the plain algorithm for the steps.

use divan::Bencher;
use divan::counter::ItemsCount;
use headstart_engine::activation::Activation;
use headstart_engine::init::Initialization;
use headstart_engine::math;
use headstart_engine::network::{Loss, Network, Output};
use headstart_engine::optimizer::Optimizer;
use headstart_engine::rng::{Native, Rng, Stream};
use headstart_engine::simd::{InstructionSet, Isa, Kernel, Real, Vector};
use headstart_engine::train::{Number, Problem, Targets, Training, Worker};
use headstart_engine::watch::Watch;
use ndarray::Array2;

fn main() {
    divan::main();
}

/// Blocks that a function is applied to: they stay in the first-level cache.
const BLOCKS: usize = 128;

macro_rules! functions {
    ($($name:ident),*) => {
        $(
            struct $name<'a, T: Real>(&'a mut [T::Block]);

            impl<T: Real> Kernel for $name<'_, T> {
                type Output = ();

                #[inline(always)]
                fn run<I: Isa>(self) {
                    for block in self.0 {
                        math::$name(T::V::<I>::load(block)).store(block);
                    }
                }
            }
        )*

        /// Elementary functions of numbers between -3 and 3, or 0 and 3 for logarithms.
        #[divan::bench(types = [f64, f32], args = [$(stringify!($name)),*])]
        fn function<T: Real>(bencher: Bencher, name: &str) {
            let set = InstructionSet::best();
            let mut numbers = vec![T::ZEROS; BLOCKS];
            let from = if name.starts_with("ln") { 0.0 } else { -3.0 };
            for (i, x) in numbers.iter_mut().flat_map(|block| block.as_mut()).enumerate() {
                *x = T::from_f64(from + (3.0 - from) * (i as f64 + 0.5) / (BLOCKS * T::LANES) as f64);
            }
            let bencher = bencher.counter(ItemsCount::new(BLOCKS * T::LANES));
            bencher.with_inputs(|| numbers.clone()).bench_local_refs(|numbers| match name {
                $(stringify!($name) => set.run($name::<T>(numbers)),)*
                _ => unreachable!(),
            });
        }
    };
}

#[allow(non_camel_case_types, clippy::inline_always)]
mod functions {
    use super::{BLOCKS, Bencher, InstructionSet, Isa, ItemsCount, Kernel, Real, Vector, math};
    functions!(exp, exp_m1, ln, ln_1p, tanh, erf, sigmoid, softplus, sin);
}

/// Widths, samples, activation.
struct Shape(&'static [usize], usize, Activation);

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let widths: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        write!(f, "{} {} x{}", widths.join("-"), self.2, self.1)
    }
}

const SHAPES: &[Shape] = &[
    Shape(&[2, 10, 5, 1], 300, Activation::Relu),
    Shape(&[2, 10, 5, 1], 300, Activation::Tanh),
    Shape(&[16, 16, 1], 272, Activation::Tanh),
    Shape(&[2, 100, 100, 1], 300, Activation::Relu),
    Shape(&[784, 128, 64, 10], 128, Activation::Relu),
    Shape(&[100, 100, 100, 100, 100, 10], 1000, Activation::Tanh),
    Shape(&[12288, 20, 7, 5, 1], 209, Activation::Relu),
];

/// A step of full-batch descent on one thread: the time of a run of a hundred steps, without its start and its end.
#[divan::bench(types = [f64, f32], args = SHAPES, sample_count = 20)]
fn steps<T: Number>(bencher: Bencher, shape: &Shape) {
    const STEPS: usize = 100;
    let &Shape(widths, samples, activation) = shape;
    let outputs = widths[widths.len() - 1];
    let (output, loss) =
        if outputs == 1 { (Output::Sigmoid, Loss::BinaryCrossEntropy) } else { (Output::Softmax, Loss::CrossEntropy) };
    let network = Network::new(widths, &[activation], output, loss, true).unwrap();
    let mut stream = Native::new(1, 2);
    let x = Array2::from_shape_simple_fn((samples, widths[0]), || stream.normal());
    let y: Vec<usize> = (0..samples).map(|i| i % outputs.max(2)).collect();
    let training = Training { record_every: STEPS, ..Training::new(Optimizer::GRADIENT_DESCENT, 0.01, STEPS) };
    let problem = Problem::<T>::new(network.clone(), training, (x.view(), Targets::Classes(&y)), None).unwrap();
    let init: Initialization = "lecun".parse().unwrap();
    let sizes: Vec<usize> = widths.windows(2).map(|pair| pair[0] * pair[1]).collect();
    let products = (3 * sizes.iter().sum::<usize>() - sizes[0]) * samples * STEPS;
    let mut worker = Worker::new();
    bencher
        .counter(ItemsCount::new(products))
        .with_inputs(|| init.draw(&network, Rng::Native, 1).unwrap())
        .bench_local_values(|start| worker.run(&problem, start, &Watch::default()));
}
