//! Equal branches, or equal layers of another kind than plain dense ones, one after the other in a network.

use headstart_engine::activation::Activation;
use headstart_engine::init::Initialization;
use headstart_engine::network::blocks::Norm;
use headstart_engine::network::program::{Does, Kernel, Program};
use headstart_engine::network::{Layer, Network};
use headstart_engine::theory::{
    Block, Branch, Convolution, Ensemble, NormPlace, Padding, Passage, averages, batch_norm_growth, batch_norm_limit,
};
use ndarray::Array2;
use std::ops::Range;

/// So many equal blocks in a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Stack {
    /// Residual branches, or dense layers that a sample's own numbers normalize.
    Blocks(Block, usize),
    /// Dense layers, each with batch normalization before its activation; of batches of so many samples, or of large ones.
    Batch(Ensemble, usize, Option<usize>),
    /// Convolutions over images of so many rows and columns.
    Images(Convolution, [usize; 2], usize),
}

/// A batch of fewer samples scatters too much for a mean to say anything: see [`batch_norm_growth`].
const LEAST_BATCH: usize = 8;

/// Weights of layers whose variances differ by less than this share are drawn alike.
const ALIKE: f64 = 1e-9;

impl Stack {
    /// The stack within a network that is no row of plain dense layers, and the layers it lies between: from the pre-activations of the
    /// first to those of the last. None where blocks differ from each other, or theory has no word for them.
    pub fn of(network: &Network, init: &Initialization, batch: usize) -> Option<(Self, [usize; 2])> {
        let program = network.program()?;
        let parts = Parts { program, layers: network.layers().collect(), init };
        if program.blocks.branches() > 0 {
            return parts.branches();
        }
        parts.images().or_else(|| parts.normalized(batch))
    }

    /// How many blocks it has.
    pub fn count(&self) -> usize {
        match self {
            Self::Blocks(_, count) | Self::Batch(_, count, _) | Self::Images(_, _, count) => *count,
        }
    }

    /// What its blocks are called.
    pub fn what(&self) -> &'static str {
        match self {
            Self::Blocks(block, _) if block.skip != 0.0 => "residual branches",
            Self::Blocks(..) | Self::Batch(..) => "normalized layers",
            Self::Images(..) => "convolutions",
        }
    }

    /// Where that is from.
    pub fn source(&self) -> &'static str {
        match self {
            Self::Blocks(Block { skip, norm, .. }, _) => match (*skip == 0.0, norm) {
                (true, _) => "Poole et al. 2016, with the signal divided by its size",
                (_, NormPlace::Nowhere) => "Yang and Schoenholz 2017; Hayou et al. 2021",
                (_, NormPlace::Before) => "He et al. 2016; Yang and Schoenholz 2017",
                (_, NormPlace::After) => "Yang and Schoenholz 2017, with the sum divided by its size",
            },
            Self::Batch(..) => "Yang et al. 2019",
            Self::Images(..) => "Xiao et al. 2018",
        }
    }

    /// What each block does to a signal that begins with second moment `q`, and to the gradient on its way back.
    pub fn along(&self, q: f64) -> Vec<Passage> {
        match self {
            Self::Blocks(block, count) => block.along(q, *count).collect(),
            Self::Batch(ensemble, count, batch) => along_batch(ensemble, *count, *batch, q),
            Self::Images(convolution, size, count) => along_images(convolution, *size, *count, q),
        }
    }

    /// What all of them do from there to the sum in the last block: of one that normalizes behind the addition it is that sum which is
    /// measured, and not what becomes of it.
    pub fn through(&self, q: f64) -> Passage {
        let all = self.along(q);
        let ln_gradient = all.iter().map(|block| block.ln_gradient).sum();
        let last = all.last().map_or(q.ln(), |block| block.ln_square);
        match self {
            Self::Blocks(block, count) if block.norm == NormPlace::After => {
                let before = if *count > 1 { 0.0 } else { q.ln() };
                let sum = Block { norm: NormPlace::Nowhere, ..*block }.pass(before).ln_square;
                Passage { ln_square: sum, ln_gradient: ln_gradient + sum }
            }
            _ => Passage { ln_square: last, ln_gradient },
        }
    }
}

/// The normalization takes a layer's mean over the batch away: it divides by the variance, of the first by `q`, whose inputs have mean 0.
fn along_batch(ensemble: &Ensemble, count: usize, batch: Option<usize>, q: f64) -> Vec<Passage> {
    let passed = averages(ensemble.activation, 1.0);
    let growth = match batch {
        Some(batch) => batch_norm_growth(ensemble.activation, batch),
        None => batch_norm_limit(ensemble.activation),
    };
    let ln_square = (ensemble.weights * passed.square + ensemble.biases).ln();
    let first = (ensemble.weights * passed.slope_square / q).ln();
    let block = |l: usize| Passage { ln_square, ln_gradient: if l == 0 { first } else { growth.ln() } };
    (0..count).map(block).collect()
}

fn along_images(convolution: &Convolution, size: [usize; 2], count: usize, q: f64) -> Vec<Passage> {
    let mut signals = vec![Array2::from_elem(size, q)];
    for _ in 0..count {
        // Padded images keep their size, which a kernel then fits into.
        let Ok(next) = convolution.next(&signals[signals.len() - 1]) else { return Vec::new() };
        signals.push(next);
    }
    let mean = |of: &Array2<f64>| of.mean().unwrap_or(f64::NAN);
    let mut gradient = Array2::ones(size);
    let mut factors = Vec::new();
    for signal in signals[..count].iter().rev() {
        let Ok(before) = convolution.back(signal, &gradient) else { return Vec::new() };
        factors.push((mean(&before) / mean(&gradient)).ln());
        gradient = before;
    }
    let back = factors.into_iter().rev();
    back.zip(&signals[1..]).map(|(ln_gradient, signal)| Passage { ln_square: mean(signal).ln(), ln_gradient }).collect()
}

/// A network of which some blocks may be equal.
struct Parts<'a> {
    program: &'a Program,
    layers: Vec<Layer>,
    init: &'a Initialization,
}

/// What stands in front of a dense layer.
#[derive(Clone, Copy, PartialEq)]
struct Bend {
    norm: Option<Norm>,
    activation: Activation,
    layer: usize,
}

impl Parts<'_> {
    fn does(&self, operation: usize) -> Option<&Does> {
        self.program.operations.get(operation).map(|operation| &operation.does)
    }

    /// How a layer is drawn.
    fn drawn(&self, l: usize, activation: Activation) -> Option<Ensemble> {
        let [weights, biases] = self.init.variances(l, &self.layers[l])?;
        Some(Ensemble { activation, weights: weights * self.layers[l].fans()[0] as f64, biases })
    }

    /// How all of some layers are drawn.
    fn alike(&self, mut layers: impl Iterator<Item = usize>, activation: Activation) -> Option<Ensemble> {
        let first = self.drawn(layers.next()?, activation)?;
        let near = |a: f64, b: f64| (a - b).abs() <= ALIKE * a.abs();
        let is_first = |other: Ensemble| near(first.weights, other.weights) && near(first.biases, other.biases);
        layers.all(|l| self.drawn(l, activation).is_some_and(is_first)).then_some(first)
    }

    /// Operations that are `norm | activation | dense`, with the first of them or without, one after the other.
    fn bends(&self, operations: Range<usize>) -> Option<Vec<Bend>> {
        let (mut bends, mut norm, mut activation) = (Vec::new(), None, None);
        for operation in operations {
            match self.does(operation)? {
                Does::Norm(place) if norm.is_none() && activation.is_none() => norm = Some(place.norm),
                Does::Activation(one) if activation.is_none() => activation = Some(*one),
                Does::Layer(layer) if self.layers[*layer].kernel.is_none() => {
                    bends.push(Bend { norm: norm.take(), activation: activation.take()?, layer: *layer });
                }
                _ => return None,
            }
        }
        (norm.is_none() && activation.is_none() && !bends.is_empty()).then_some(bends)
    }

    fn branches(&self) -> Option<(Stack, [usize; 2])> {
        let find = |from: usize, is: fn(&Does) -> bool| (from..usize::MAX).find(|at| self.does(*at).is_none_or(is));
        let first = find(0, |does| *does == Does::Enter)?;
        let Does::Layer(before) = *self.does(first.checked_sub(1)?)? else { return None };
        let (mut all, mut posts): (Vec<Vec<Bend>>, Vec<Option<Norm>>) = (Vec::new(), Vec::new());
        let (mut at, mut keep) = (first, None);
        while self.does(at) == Some(&Does::Enter) {
            let end = find(at, |does| matches!(does, Does::Add(_)))?;
            let Some(Does::Add(factor)) = self.does(end) else { return None };
            if *keep.get_or_insert(*factor) != *factor {
                return None;
            }
            all.push(self.bends(at + 1..end)?);
            at = end + 1;
            let post = match self.does(at)? {
                // Where no branch follows it may be what stands in front of the last layer.
                Does::Norm(place) if self.does(at + 1) == Some(&Does::Enter) => Some(place.norm),
                _ => None,
            };
            at += usize::from(post.is_some());
            posts.push(post);
        }
        if all.len() != self.program.blocks.branches() {
            return None;
        }
        // Behind the last branch a normalization changes nothing that is looked at.
        posts.pop();
        let post = posts.first().copied().flatten();
        let is_alike = |bends: &Vec<Bend>| {
            let both = bends.iter().zip(&all[0]);
            bends.len() == all[0].len()
                && both.into_iter().all(|(a, b)| (a.norm, a.activation) == (b.norm, b.activation))
        };
        let (norm, activation, layers) = (all[0][0].norm, all[0][0].activation, all[0].len());
        let is_even = all[0].iter().all(|bend| (bend.norm, bend.activation) == (norm, activation));
        if !is_even || !all.iter().all(is_alike) || posts.iter().any(|other| *other != post) {
            return None;
        }
        let norm = match (norm, post) {
            (None, None) => NormPlace::Nowhere,
            (Some(Norm::Layer | Norm::Rms), None) => NormPlace::Before,
            (None, Some(Norm::Layer | Norm::Rms)) => NormPlace::After,
            _ => return None,
        };
        let place = |i: usize| self.alike(all.iter().map(|bends| bends[i].layer), activation);
        let ensemble = place(0)?;
        let (branch, scale) = match layers {
            1 => (Branch::One, 1.0),
            2 => {
                let last = place(1)?;
                let times = last.weights / ensemble.weights;
                let is_scaled = (last.biases - times * ensemble.biases).abs() <= ALIKE * last.biases;
                (Branch::Two, Some(times.sqrt()).filter(|times| is_scaled && times.is_finite())?)
            }
            _ => return None,
        };
        let block = Block { ensemble, branch, skip: keep?, scale, norm };
        let end = all.last()?.last()?.layer;
        Some((Stack::Blocks(block, all.len()), [before, end]))
    }

    /// Dense layers of one width with the same normalization behind each.
    fn normalized(&self, batch: usize) -> Option<(Stack, [usize; 2])> {
        let Does::Layer(0) = self.does(0)? else { return None };
        let bends = self.bends(1..self.program.operations.len())?;
        let (last, hidden) = bends.split_last()?;
        let first = hidden.first()?;
        let width = self.layers[0].fan_out;
        let is_alike = |bend: &Bend| {
            (bend.norm, bend.activation) == (first.norm, first.activation) && self.layers[bend.layer].fan_out == width
        };
        if last.norm != first.norm || !hidden.iter().all(is_alike) || self.layers[0].kernel.is_some() {
            return None;
        }
        let ensemble = self.alike(hidden.iter().map(|bend| bend.layer), first.activation)?;
        let stack = match first.norm? {
            Norm::Batch if batch < LEAST_BATCH => return None,
            Norm::Batch => Stack::Batch(ensemble, hidden.len(), Some(batch)),
            Norm::Layer | Norm::Rms => {
                let block = Block { ensemble, branch: Branch::One, skip: 0.0, scale: 1.0, norm: NormPlace::Before };
                Stack::Blocks(block, hidden.len())
            }
        };
        Some((stack, [0, hidden.len()]))
    }

    /// The longest row of equal convolutions with nothing but one activation between them.
    fn images(&self) -> Option<(Stack, [usize; 2])> {
        let kind = |l: usize| (self.layers[l].kernel.map(|kernel| kernel.windows), self.layers[l].before);
        let mut best: Option<Range<usize>> = None;
        let mut start = 0;
        while start < self.layers.len() {
            let mut end = start;
            while self.goes_on(end) && kind(end + 1) == kind(start + 1) {
                end += 1;
            }
            if end > start && best.as_ref().is_none_or(|best| end - start > best.len()) {
                best = Some(start..end);
            }
            start = end.max(start + 1);
        }
        let Range { start, end } = best?;
        let Kernel { windows, to, .. } = self.layers[end].kernel?;
        let ensemble = self.alike((start + 1)..=end, self.layers[end].before)?;
        let padding = if windows.is_circular { Padding::Circular } else { Padding::Same };
        let convolution = Convolution { ensemble, kernel: windows.size, padding };
        Some((Stack::Images(convolution, [to.height, to.width], end - start), [start, end]))
    }

    /// Whether a layer's images go through an activation into a convolution that makes as many numbers of them.
    fn goes_on(&self, l: usize) -> bool {
        let both = self.layers[l].kernel.zip(self.layers.get(l + 1).and_then(|next| next.kernel));
        let Some((own, next)) = both else { return false };
        let mut operations = self.program.operations.iter().map(|operation| &operation.does);
        let mut behind = operations.by_ref().skip_while(|does| **does != Does::Layer(l)).skip(1);
        let follows = matches!(behind.next(), Some(Does::Activation(_))) && behind.next() == Some(&Does::Layer(l + 1));
        follows && next.windows.stride == [1, 1] && own.to == next.from && next.from == next.to
    }
}
