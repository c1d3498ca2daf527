//! The loss on the training set as a function of the parameters: its gradient, its curvature, and the way down it.

pub(crate) mod blocks;
mod eigen;
pub mod flow;
mod jacobian;
pub(crate) mod tape;

pub use eigen::Eigenvalue;
pub use jacobian::Jacobian;

use crate::matrix::SampleMatrix;
use crate::network::program::Program;
use crate::network::{Layer, Network};
use crate::rng::{Native, Stream};
use crate::share;
use crate::simd::InstructionSet;
use crate::train::Problem;
use crate::train::gather::PART;
use crate::train::labels::Labels;
use crate::watch::{NOBODY, Watch};
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use tape::{Rows, Tape};

/// Multiply-adds of one gradient from which on threads gain more than it costs to call them.
const WORTH: usize = 10_000_000;

/// Steps of an iteration for an eigenvalue of the Hessian, at most.
const MOST_PRODUCTS: usize = 60;

/// An eigenvalue is good enough when its bound of error is this share of it.
const PRECISE: f64 = 1e-3;

/// The loss on a problem's training set, as a function of all parameters in the flat order of [`Network::layers`].
///
/// Samples are taken in parts of fixed size, whose sums are added in order: results do not depend on the threads.
#[derive(Debug)]
pub struct Landscape<'a> {
    problem: &'a Problem<f64>,
    layers: Vec<Layer>,
    set: InstructionSet,
    parts: Vec<Part>,
    pool: Option<rayon::ThreadPool>,
    watch: &'a Watch,
}

/// Some samples of the training set.
#[derive(Debug)]
pub(crate) struct Part {
    /// `features x samples`
    pub x: SampleMatrix<f64>,
    /// What they are compared with; what they count is of the whole set.
    pub labels: Labels<f64>,
}

impl<'a> Landscape<'a> {
    /// The landscape of a problem, to be looked at with so many threads where it is large enough for several.
    pub fn new(problem: &'a Problem<f64>, threads: usize) -> Self {
        let (samples, _, weights) = problem.training_set();
        let targets = problem.own_targets();
        let set = InstructionSet::best();
        let everything: Vec<usize> = (0..samples.count).collect();
        let part = |of_part: &[usize]| {
            let mut part = Part { x: SampleMatrix::default(), labels: Labels::default() };
            samples.gather(set, 1, of_part, &mut part.x);
            part.labels.gather(targets, weights, problem.network().outputs(), of_part, samples.count);
            part
        };
        // What is normalized together in training is so here, too.
        let batch = problem.training().batch.unwrap_or(samples.count).clamp(1, samples.count.max(1));
        let is_by_batch = problem.network().program().is_some_and(Program::has_batch_norm);
        let parts: Vec<Part> = everything.chunks(if is_by_batch { batch } else { PART }).map(part).collect();
        let work = problem.network().products().saturating_mul(3 * samples.count);
        let threads = if work < WORTH { 1 } else { threads.min(parts.len()) };
        let pool = (threads > 1).then(|| rayon::ThreadPoolBuilder::new().num_threads(threads).build().ok()).flatten();
        Self { problem, layers: problem.network().layers().collect(), set, parts, pool, watch: &NOBODY }
    }

    /// The same, where whatever looks at it ends soon after the watch is stopped: with figures that mean nothing, most of them
    /// NaN. Whoever watches asks the watch before using them.
    #[must_use]
    pub fn watched(self, watch: &'a Watch) -> Self {
        Self { watch, ..self }
    }

    /// Whether the watch is stopped, and figures mean nothing.
    pub(crate) fn is_stopped(&self) -> bool {
        self.watch.is_stopped()
    }

    /// Does a kernel, unless it is stopped.
    pub(crate) fn work(&self, kernel: impl share::Rows) {
        if !self.is_stopped() {
            share::share_while(self.set, 1, self.watch, kernel);
        }
    }

    /// The samples, part after part.
    pub(crate) fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// On which instruction set it works.
    pub(crate) fn set(&self) -> InstructionSet {
        self.set
    }

    /// Who may stop it.
    pub(crate) fn watch(&self) -> &'a Watch {
        self.watch
    }

    /// The network.
    pub fn network(&self) -> &'a Network {
        self.problem.network()
    }

    /// Samples of the training set.
    pub fn samples(&self) -> usize {
        self.problem.training_set().0.count
    }

    /// The loss at these parameters, and its gradient.
    ///
    /// # Panics
    /// If the parameters are not as many as the network has.
    pub fn gradient(&self, parameters: &[f64]) -> (f64, Vec<f64>) {
        if let Some(program) = self.network().program() {
            assert_eq!(parameters.len(), self.network().parameter_count(), "one number for each parameter");
            return self.gradient_of_blocks(program, parameters);
        }
        let of_part = |part: &Part| {
            let tape = Tape::record(self, part, parameters);
            (tape.loss, tape.gradient(self, part))
        };
        let (losses, gradients): (Vec<f64>, Vec<_>) = self.map(&self.parts, of_part).into_iter().unzip();
        (losses.iter().sum(), self.sum(gradients))
    }

    /// The gradient where these tapes were recorded.
    pub(crate) fn gradient_on(&self, tapes: &[Tape]) -> Vec<f64> {
        let both: Vec<(&Part, &Tape)> = self.parts.iter().zip(tapes).collect();
        self.sum(self.map(&both, |(part, tape)| tape.gradient(self, part)))
    }

    /// A matrix of every tape, with the samples that count.
    pub(crate) fn rows<'t>(
        &'t self,
        tapes: &'t [Tape],
        matrix: impl Fn(&'t Tape) -> &'t SampleMatrix<f64>,
    ) -> impl Iterator<Item = Rows<'t>> {
        let rows = move |(part, tape): (&Part, &'t Tape)| Rows { matrix: matrix(tape), samples: part.labels.count };
        self.parts.iter().zip(tapes).map(rows)
    }

    /// The loss where the outputs are the best that do not depend on the inputs: what a network gets that knows the
    /// targets' distribution and nothing else (see [`Problem::prior`]). Without biases, the loss of logits that are all 0.
    pub fn blind_loss(&self) -> f64 {
        tape::blind_loss(self)
    }

    /// What a pass leaves behind at these parameters, part by part.
    pub(crate) fn tapes(&self, parameters: &[f64]) -> Vec<Tape> {
        self.map(&self.parts, |part| Tape::record(self, part, parameters))
    }

    /// The largest eigenvalue of the loss's Hessian: the sharpness. Gradient descent with a learning rate above 2 over it
    /// does not settle here.
    ///
    /// By the Lanczos iteration, power iteration's better, on exact products of the Hessian with vectors (Pearlmutter
    /// 1994), until the bound of its error is a thousandth of it. Of a loss with kinks it is that of the piece that the
    /// parameters lie in. Not finite where the loss is not.
    ///
    /// Of a network of blocks the products are differences of gradients, and the bound is a hundredth.
    pub fn sharpness(&self, parameters: &[f64]) -> Eigenvalue {
        if let Some(program) = self.network().program() {
            let product = |direction: &[f64]| self.hessian_of_blocks(program, parameters, direction);
            return blocks::sharpness(drawn(parameters.len()), product);
        }
        self.sharpness_on(&self.tapes(parameters), parameters)
    }

    /// The sharpness that steps meet whose parameters have rates of their own: the largest eigenvalue of `D H D`, where `D` has the
    /// roots of these rates on its diagonal. Descent with the step `lr` times the rates settles where plain descent with `lr` does
    /// on a loss of this sharpness (Cohen et al. 2022, "Adaptive gradient methods at the edge of stability", section 2).
    ///
    /// # Panics
    /// If parameters and rates are not as many as the network has parameters.
    pub fn sharpness_at_rates(&self, parameters: &[f64], rates: &[f64]) -> Eigenvalue {
        let roots: Vec<f64> = rates.iter().map(|rate| rate.sqrt()).collect();
        let scaled = |v: &[f64]| v.iter().zip(&roots).map(|(x, root)| x * root).collect::<Vec<f64>>();
        let start = drawn(parameters.len());
        if let Some(program) = self.network().program() {
            let product = |direction: &[f64]| scaled(&self.hessian_of_blocks(program, parameters, &scaled(direction)));
            return blocks::sharpness(start, product);
        }
        let tapes = self.tapes(parameters);
        let product = |direction: &[f64]| scaled(&self.hessian_on(&tapes, parameters, &scaled(direction)));
        eigen::largest(start, MOST_PRODUCTS, PRECISE, product)
    }

    /// What the learning rate is multiplied by, parameter by parameter; none where it is 1 for all.
    pub fn rates(&self) -> Option<Vec<f64>> {
        let training = self.problem.training();
        if !training.has_factors() {
            return None;
        }
        let mut rates = vec![1.0; self.network().parameter_count()];
        for (l, layer) in self.layers.iter().enumerate() {
            let [of_weights, of_others] = training.factors(l);
            rates[layer.all()].fill(of_others);
            rates[layer.weights.clone()].fill(of_weights);
        }
        Some(rates)
    }

    pub(crate) fn sharpness_on(&self, tapes: &[Tape], parameters: &[f64]) -> Eigenvalue {
        eigen::largest(drawn(parameters.len()), MOST_PRODUCTS, PRECISE, |direction| {
            self.hessian_on(tapes, parameters, direction)
        })
    }

    /// The Hessian of the loss at these parameters times a direction.
    ///
    /// # Panics
    /// If parameters and direction are not as many as the network has parameters.
    ///
    /// Of a network of blocks it is a difference of gradients.
    pub fn hessian_product(&self, parameters: &[f64], direction: &[f64]) -> Vec<f64> {
        if let Some(program) = self.network().program() {
            return self.hessian_of_blocks(program, parameters, direction);
        }
        self.hessian_on(&self.tapes(parameters), parameters, direction)
    }

    fn hessian_on(&self, tapes: &[Tape], parameters: &[f64], direction: &[f64]) -> Vec<f64> {
        let both: Vec<(&Part, &Tape)> = self.parts.iter().zip(tapes).collect();
        self.sum(self.map(&both, |(part, tape)| tape.hessian_product(self, part, parameters, direction)))
    }

    /// The sum of vectors with a number for each parameter, first to last; NaN if it was stopped.
    fn sum(&self, vectors: Vec<Vec<f64>>) -> Vec<f64> {
        if self.is_stopped() {
            return vec![f64::NAN; self.network().parameter_count()];
        }
        let add = |mut sum: Vec<f64>, vector: Vec<f64>| {
            add(&mut sum, &vector);
            sum
        };
        vectors.into_iter().reduce(add).unwrap_or_default()
    }

    /// The Jacobian of the logits with respect to the inputs, at some of the samples.
    pub fn jacobian(&self, parameters: &[f64]) -> Jacobian {
        jacobian::jacobian(self, parameters)
    }

    /// Does something with each, on all threads there are.
    pub(crate) fn map<X: Sync, R: Send>(&self, items: &[X], each: impl Fn(&X) -> R + Sync + Send) -> Vec<R> {
        match &self.pool {
            Some(pool) => pool.install(|| items.par_iter().map(each).collect()),
            None => items.iter().map(each).collect(),
        }
    }
}

/// Where an iteration for an eigenvector begins. Any start will do that is not orthogonal to it; one that is drawn is not.
fn drawn(count: usize) -> Vec<f64> {
    let mut stream = Native::new(0, 0);
    (0..count).map(|_| stream.normal()).collect()
}

fn add(to: &mut [f64], what: &[f64]) {
    to.iter_mut().zip(what).for_each(|(to, what)| *to += what);
}
