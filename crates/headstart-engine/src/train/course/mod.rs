//! One pass through a network of blocks and back, operation by operation.

#![allow(clippy::inline_always)]

mod convolve;
mod normalize;
mod pool;

use super::layer::{Backward, Forward, Gradients};
use crate::activation::Activation;
use crate::matrix::{Base, SampleMatrix, Side, Weights};
use crate::network::blocks::Norm;
use crate::network::program::{Does, NormPlace, Operation, Program};
use crate::network::{Layer, Network};
use crate::share::share_while;
use crate::simd::{InstructionSet, Isa, Kernel, Real, numbers_mut};
use crate::watch::Watch;
use convolve::Bands;
use normalize::{Normalize, NormalizeBack, Normalized, Span};

/// How a pass treats what it meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Batches are normalized by themselves.
    Training,
    /// By running means.
    Asking,
}

/// What a pass through a network of blocks leaves behind.
#[derive(Debug)]
pub struct Course<T: Real> {
    set: InstructionSet,
    /// How many threads may work on it.
    pub threads: usize,
    /// Whether every operation keeps what it makes, for those who look at all of it.
    keeps_all: bool,
    /// What made them: the operation's own results, where it does not write over those before it.
    values: Vec<SampleMatrix<T>>,
    /// In which of these the results of each operation are.
    places: Vec<usize>,
    slopes: Vec<SampleMatrix<T>>,
    norms: Vec<Normalized<T>>,
    taps: Vec<Vec<usize>>,
    bands: Bands<T>,
    samples: usize,
    /// Gradients with respect to what an operation makes, with respect to what it is given, and with respect to the stream beside a branch.
    delta: SampleMatrix<T>,
    next: SampleMatrix<T>,
    beside: SampleMatrix<T>,
}

impl<T: Real> Course<T> {
    /// Memory for passes on an instruction set.
    pub fn on(set: InstructionSet) -> Self {
        let empty = SampleMatrix::default;
        Self {
            set,
            threads: 1,
            keeps_all: false,
            values: Vec::new(),
            places: Vec::new(),
            slopes: Vec::new(),
            norms: Vec::new(),
            taps: Vec::new(),
            bands: Bands::default(),
            samples: 0,
            delta: empty(),
            next: empty(),
            beside: empty(),
        }
    }

    /// The same, where every operation keeps what it makes.
    pub fn keeping_all(set: InstructionSet) -> Self {
        Self { keeps_all: true, ..Self::on(set) }
    }

    /// Makes room for a network.
    pub fn fit(&mut self, network: &Network, program: &Program) {
        let operations = &program.operations;
        self.values.resize_with(operations.len(), SampleMatrix::default);
        self.slopes.resize_with(operations.len(), SampleMatrix::default);
        self.norms.resize_with(operations.len(), Normalized::default);
        self.taps.clear();
        self.places.clear();
        let layers: Vec<Layer> = network.layers().collect();
        for (i, operation) in operations.iter().enumerate() {
            self.taps.push(match operation.does {
                Does::Layer(layer) => layers[layer].kernel.as_ref().map_or_else(Vec::new, convolve::taps),
                _ => Vec::new(),
            });
            let before = i.checked_sub(1).map(|before| (self.places[before], &operations[before].does));
            // Who made what comes in does not need it any more.
            let may_overwrite =
                !self.keeps_all && matches!(before, Some((_, Does::Layer(_) | Does::Norm(_) | Does::Add(_))));
            self.places.push(match (&operation.does, before) {
                (Does::Enter, Some((place, _))) => place,
                (Does::Activation(_) | Does::Add(_), Some((place, _))) if may_overwrite => place,
                _ => i,
            });
        }
    }

    /// What comes out at the end.
    pub fn logits(&self) -> &SampleMatrix<T> {
        &self.values[self.places[self.places.len() - 1]]
    }

    /// What an operation made, of a course that keeps all.
    pub fn made_by(&self, operation: usize) -> &SampleMatrix<T> {
        &self.values[self.places[operation]]
    }

    /// Writes the running means and variances as they are after the pass over those before it.
    pub fn keep_running(&self, program: &Program, parameters: &mut [T]) {
        for (operation, normalized) in program.operations.iter().zip(&self.norms) {
            if let Does::Norm(NormPlace { running, .. }) = &operation.does
                && !running.is_empty()
            {
                parameters[running.clone()].copy_from_slice(&normalized.running);
            }
        }
    }

    /// From the inputs (`features x samples`) to the logits. Where the watch is stopped on the way, what comes out means nothing.
    // One arm for each operation.
    #[allow(clippy::too_many_lines)]
    pub fn forward(
        &mut self,
        (program, layers): (&Program, &[Layer]),
        parameters: &[T],
        x: &SampleMatrix<T>,
        samples: usize,
        manner: Manner,
        watch: &Watch,
    ) {
        self.samples = samples;
        let blocks = x.blocks();
        let operations = &program.operations;
        let mut stream = None;
        let mut i = 0;
        while i < operations.len() {
            if watch.is_stopped() {
                // There is something of its shape to look at.
                let last = self.places[operations.len() - 1];
                self.values[last].reshape_blocks(operations[operations.len() - 1].to.numbers(), blocks);
                return;
            }
            let Operation { does, from, to } = &operations[i];
            let place = self.places[i];
            let source = i.checked_sub(1).map(|before| self.places[before]);
            if let Does::Enter = does {
                stream = Some(source);
                if source.is_none() {
                    // The data are the stream.
                    self.values[i].reshape_blocks(to.numbers(), blocks);
                    self.values[i].all_mut().copy_from_slice(x.all());
                }
                i += 1;
                continue;
            }
            let mut out = std::mem::take(&mut self.values[place]);
            let is_within = source == Some(place);
            if !is_within {
                out.reshape_blocks(to.numbers(), blocks);
            }
            let a = source.map_or(x, |source| &self.values[source]);
            match does {
                Does::Enter => {}
                Does::Split => pool::split(*from, a.all(), blocks, out.all_mut()),
                Does::Layer(layer) => {
                    let layer = &layers[*layer];
                    let biases = &parameters[layer.biases.clone()];
                    let numbers = &parameters[layer.weights.clone()];
                    if let Some(shape) = &layer.kernel {
                        let (taps, bands) = (&self.taps[i], &mut self.bands);
                        let out = out.all_mut();
                        self.set.run(convolve::Forward {
                            shape,
                            taps,
                            weights: numbers,
                            biases,
                            a: a.all(),
                            blocks,
                            out,
                            bands,
                        });
                    } else {
                        // An activation that follows at once is of the same piece of work.
                        let activation = match operations.get(i + 1).map(|next| &next.does) {
                            Some(Does::Activation(activation)) if self.places[i + 1] == place => Some(*activation),
                            _ => None,
                        };
                        let slopes = &mut self.slopes[i + usize::from(activation.is_some())];
                        if activation.is_some_and(Activation::keeps_slope) {
                            slopes.reshape_blocks(to.numbers(), blocks);
                        }
                        let forward = Forward {
                            weights: Weights { numbers, stride: layer.fan_in, side: Side::Rows },
                            base: if biases.is_empty() { Base::Zero } else { Base::Rows(biases) },
                            a: a.all(),
                            blocks,
                            activation,
                            row: 0,
                            out: out.all_mut(),
                            slopes: slopes.all_mut(),
                        };
                        share_while(self.set, self.threads, watch, forward);
                        i += usize::from(activation.is_some());
                    }
                }
                Does::Norm(NormPlace { norm, gains, shifts, running }) => {
                    let [gains, shifts, running] = [gains, shifts, running].map(|range| &parameters[range.clone()]);
                    self.set.run(Normalize {
                        norm: *norm,
                        span: Span { extent: *from, blocks, samples },
                        gains,
                        shifts,
                        running,
                        is_training: manner == Manner::Training,
                        a: a.all(),
                        out: out.all_mut(),
                        leaves: &mut self.norms[i],
                    });
                }
                Does::Activation(activation) => {
                    if !is_within {
                        out.all_mut().copy_from_slice(a.all());
                    }
                    let slopes = &mut self.slopes[i];
                    if activation.keeps_slope() {
                        slopes.reshape_blocks(to.numbers(), blocks);
                    }
                    let slopes = slopes.all_mut();
                    self.set.run(Activate::<T> { activation: *activation, z: out.all_mut(), slopes });
                }
                Does::Pool(pool) => {
                    let (windows, from, to) = (*pool, *from, *to);
                    self.set.run(pool::Pool::<T> { windows, from, to, a: a.all(), blocks, out: out.all_mut() });
                }
                Does::GlobalMean => {
                    self.set.run(pool::Mean::<T> { from: *from, a: a.all(), blocks, out: out.all_mut() });
                }
                Does::Add(times) => {
                    if !is_within {
                        out.all_mut().copy_from_slice(a.all());
                    }
                    let beside = match stream {
                        Some(Some(stream)) => self.values[stream].all(),
                        _ => x.all(),
                    };
                    self.set.run(pool::Add::<T> { times: *times, what: beside, to: out.all_mut() });
                }
            }
            self.values[place] = out;
            i += 1;
        }
    }

    /// From the gradient with respect to the logits to that with respect to all parameters, over what is there. Where the watch is stopped
    /// on the way, what comes out means nothing.
    ///
    /// `each` is told the gradient with respect to what each operation makes, last to first. Asked for, that with respect to the inputs is
    /// returned; then what batches are normalized by counts as given.
    #[allow(clippy::too_many_arguments, clippy::too_many_lines)]
    pub fn backward(
        &mut self,
        (program, layers): (&Program, &[Layer]),
        parameters: &[T],
        x: &SampleMatrix<T>,
        of_logits: &SampleMatrix<T>,
        gradient: &mut [T::Block],
        of_inputs: bool,
        watch: &Watch,
        mut each: impl FnMut(usize, &SampleMatrix<T>),
    ) -> Option<&SampleMatrix<T>> {
        let operations = &program.operations;
        let blocks = x.blocks();
        let out = numbers_mut::<T>(gradient);
        let first_layer =
            operations.iter().position(|operation| matches!(operation.does, Does::Layer(_) | Does::Norm(_)));
        // Of what comes before all parameters nobody needs to know, unless it is asked for.
        let last = if of_inputs { 0 } else { first_layer.unwrap_or(0) };
        let (mut delta, mut next) = (std::mem::take(&mut self.delta), std::mem::take(&mut self.next));
        let mut times = 1.0;
        delta.reshape_blocks(operations[operations.len() - 1].to.numbers(), blocks);
        delta.all_mut().copy_from_slice(of_logits.all());
        for (i, Operation { does, from, to }) in operations.iter().enumerate().rev() {
            if i < last || watch.is_stopped() {
                break;
            }
            each(i, &delta);
            let a = i.checked_sub(1).map_or(x, |before| &self.values[self.places[before]]);
            let is_asked = i > last || of_inputs;
            match does {
                Does::Layer(layer) => {
                    let layer = &layers[*layer];
                    let numbers = &parameters[layer.weights.clone()];
                    let (of_weights, of_biases) = out.split_at_mut(layer.weights.end);
                    let of_weights = &mut of_weights[layer.weights.start..];
                    let of_biases = &mut of_biases[..layer.biases.len()];
                    next.reshape_blocks(if is_asked { from.numbers() } else { 0 }, blocks);
                    if let Some(shape) = &layer.kernel {
                        self.set.run(convolve::Backward {
                            shape,
                            taps: &self.taps[i],
                            weights: numbers,
                            a: a.all(),
                            d: delta.all(),
                            blocks,
                            of_weights,
                            of_biases,
                            of_inputs: next.all_mut(),
                            bands: &mut self.bands,
                        });
                    } else {
                        let (d, a) = (delta.all(), a.all());
                        let gradients = Gradients { d, a, blocks, weights: of_weights, biases: of_biases, add: false };
                        share_while(self.set, self.threads, watch, gradients);
                        if is_asked {
                            let backward = Backward {
                                weights: Weights { numbers, stride: layer.fan_in, side: Side::Columns },
                                d,
                                blocks,
                                activation: None,
                                values: &[],
                                slopes: &[],
                                row: 0,
                                out: next.all_mut(),
                            };
                            share_while(self.set, self.threads, watch, backward);
                        }
                    }
                    std::mem::swap(&mut delta, &mut next);
                }
                Does::Norm(NormPlace { norm, gains, shifts, .. }) => {
                    let (before, of_shifts) = out.split_at_mut(gains.end);
                    self.set.run(NormalizeBack {
                        norm: *norm,
                        span: Span { extent: *from, blocks, samples: self.samples },
                        gains: &parameters[gains.clone()],
                        d: delta.all_mut(),
                        of_gains: &mut before[gains.start..],
                        of_shifts: &mut of_shifts[..shifts.len()],
                        leaves: &mut self.norms[i],
                        is_fixed: of_inputs && *norm == Norm::Batch,
                    });
                }
                Does::Activation(activation) => {
                    let (values, slopes) = (self.values[self.places[i]].all(), self.slopes[i].all());
                    self.set.run(ActivateBack::<T> { activation: *activation, d: delta.all_mut(), values, slopes });
                }
                Does::Pool(pool) => {
                    next.reshape_blocks(from.numbers(), blocks);
                    self.set.run(pool::PoolBack::<T> {
                        windows: *pool,
                        from: *from,
                        to: *to,
                        a: a.all(),
                        taken: self.values[self.places[i]].all(),
                        d: delta.all(),
                        blocks,
                        out: next.all_mut(),
                    });
                    std::mem::swap(&mut delta, &mut next);
                }
                Does::GlobalMean => {
                    next.reshape_blocks(from.numbers(), blocks);
                    self.set.run(pool::MeanBack::<T> { from: *from, d: delta.all(), blocks, out: next.all_mut() });
                    std::mem::swap(&mut delta, &mut next);
                }
                Does::Add(keep) => {
                    times = *keep;
                    self.beside.reshape_blocks(to.numbers(), blocks);
                    self.beside.all_mut().copy_from_slice(delta.all());
                }
                Does::Enter => self.set.run(pool::Add::<T> { times, what: self.beside.all(), to: delta.all_mut() }),
                // Whoever asks for it does not ask for an order.
                Does::Split => {}
            }
        }
        (self.delta, self.next) = (delta, next);
        of_inputs.then_some(&self.delta)
    }
}

/// Applies an activation.
struct Activate<'a, T: Real> {
    activation: Activation,
    z: &'a mut [T::Block],
    slopes: &'a mut [T::Block],
}

impl<T: Real> Kernel for Activate<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        self.activation.forward::<T, I>(self.z, self.slopes);
    }
}

/// Backward through it.
struct ActivateBack<'a, T: Real> {
    activation: Activation,
    d: &'a mut [T::Block],
    values: &'a [T::Block],
    slopes: &'a [T::Block],
}

impl<T: Real> Kernel for ActivateBack<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        self.activation.backward::<T, I>(self.d, self.values, self.slopes);
    }
}
