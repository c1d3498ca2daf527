//! What is measured of a network of blocks. A layer's place is behind it, and behind the addition where it ends a residual branch: what is
//! there is the stream.

use super::portrait::{Histogram, LayerPortrait, Portrait, UnitPortrait};
use super::{BranchProbe, Glance, LayerProbe, SATURATED, UnitProbe, norm, saturated_outputs, twins};
use crate::landscape::Landscape;
use crate::landscape::blocks::Passage;
use crate::landscape::tape::Rows;
use crate::matrix::{Outer, SampleMatrix};
use crate::network::program::{Does, Program};
use crate::network::{Extent, Layer};
use crate::simd::{Block, Real, numbers, numbers_mut};
use crate::train::course::Course;

/// Where a layer is measured.
struct Place {
    /// The operation whose results are the signal.
    signal: usize,
    /// Of the last layer of a branch: the operation whose results are added, what the branch began with, and the addition.
    branch: Option<[usize; 3]>,
    /// The activation that comes next, before other weights.
    activation: Option<usize>,
}

fn places(program: &Program) -> Vec<Place> {
    let operations = &program.operations;
    let mut entered = 0;
    let mut places = Vec::new();
    for (i, operation) in operations.iter().enumerate() {
        match operation.does {
            Does::Enter => entered = i,
            Does::Layer(_) => {
                let rest = || operations.iter().enumerate().skip(i + 1);
                let ends = |does: &Does| matches!(does, Does::Layer(_) | Does::Enter);
                let is_added = rest()
                    .take_while(|(_, next)| !ends(&next.does))
                    .find(|(_, next)| matches!(next.does, Does::Add(_)));
                let add = is_added.map(|(add, _)| add);
                let until = rest().take_while(|(_, next)| !matches!(next.does, Does::Layer(_)));
                let activation = until.into_iter().find(|(_, next)| matches!(next.does, Does::Activation(_)));
                places.push(Place {
                    // Where something comes between the layer and the addition, what the layer makes is told, and not the stream.
                    signal: add.filter(|add| *add == i + 1).unwrap_or(i),
                    branch: add.map(|add| [add - 1, entered, add]),
                    activation: activation.map(|(activation, _)| activation),
                });
            }
            _ => {}
        }
    }
    places
}

/// The operations that make each layer's signal, first to last.
pub fn signals(program: &Program) -> impl Iterator<Item = usize> {
    places(program).into_iter().map(|place| place.signal)
}

/// Sums over the samples that there have been.
#[derive(Default)]
struct Sums {
    signal: f64,
    gradient: f64,
    count: usize,
    /// Sums of the samples' signals over their lengths, and how many have one.
    directions: Vec<f64>,
    alive: f64,
    silent: Vec<bool>,
    /// Of each channel, where its slope is nearly 0.
    flat: Vec<usize>,
    slopes: usize,
    moments: Vec<f64>,
    /// Squares of what a branch adds, of the stream before, and of both together.
    added: f64,
    before: f64,
    joined: f64,
    /// Numbers of the stream.
    of_stream: usize,
}

fn squares(rows: Rows) -> f64 {
    rows.each().map(|row| row.iter().map(|x| x * x).sum::<f64>()).sum()
}

impl Sums {
    fn see_signal(&mut self, rows: Rows) {
        self.signal += squares(rows);
        let mut of_samples = vec![0.0; rows.samples];
        for row in rows.each() {
            of_samples.iter_mut().zip(row).for_each(|(sum, x)| *sum += x * x);
            self.count += row.len();
        }
        self.alive += of_samples.iter().filter(|square| **square > 0.0).count() as f64;
        let lengths: Vec<f64> = of_samples.iter().map(|square| square.sqrt()).collect();
        self.directions.resize(rows.each().count(), 0.0);
        for (sum, row) in self.directions.iter_mut().zip(rows.each()) {
            let unit = row.iter().zip(&lengths).filter(|(_, length)| **length > 0.0);
            *sum += unit.map(|(x, length)| x / length).sum::<f64>();
        }
    }

    /// Activations of so many channels, and their slopes.
    fn see_units(&mut self, landscape: &Landscape, extent: Extent, values: Rows, slopes: &[f64], steepest: f64) {
        let (channels, places) = (extent.channels, extent.places());
        self.silent.resize(channels, true);
        for (i, row) in values.each().enumerate() {
            let silent = &mut self.silent[i / places];
            *silent = *silent && row.iter().all(|x| *x == 0.0);
        }
        self.flat.resize(channels, 0);
        for (i, row) in values.of(slopes).enumerate() {
            self.flat[i / places] += row.iter().filter(|slope| slope.abs() < SATURATED * steepest).count();
            self.slopes += row.len();
        }
        // Lanes beyond the last sample do not count; places are as many samples of a channel.
        let mut alone = values.matrix.clone();
        let row = alone.blocks() * f64::LANES;
        numbers_mut::<f64>(alone.all_mut()).chunks_exact_mut(row).for_each(|row| row[values.samples..].fill(0.0));
        let mut by_channel = SampleMatrix::default();
        by_channel.reshape_blocks(channels, places * values.matrix.blocks());
        by_channel.all_mut().copy_from_slice(alone.all());
        self.moments.resize(channels * channels, 0.0);
        landscape.work(Outer { d: by_channel.all(), a: &by_channel, out: &mut self.moments, add: true });
    }

    fn correlation(&self) -> Option<f64> {
        let of_sum: f64 = self.directions.iter().map(|sum| sum * sum).sum();
        (self.alive >= 2.0).then(|| (of_sum - self.alive) / (self.alive * (self.alive - 1.0)))
    }

    fn units(&self) -> UnitProbe {
        let channels = self.silent.len();
        let trace: f64 = self.moments.iter().step_by(channels + 1).sum();
        let squares: f64 = self.moments.iter().map(|m| (m / trace) * (m / trace)).sum();
        UnitProbe {
            dead: self.silent.iter().filter(|silent| **silent).count() as f64 / channels as f64,
            saturated: self.flat.iter().sum::<usize>() as f64 / self.slopes as f64,
            rank: if trace > 0.0 { 1.0 / squares } else { 0.0 },
        }
    }

    fn branch(&self) -> BranchProbe {
        let mean = |squares: f64| squares / self.of_stream as f64;
        BranchProbe { added: mean(self.added), stream: mean(self.before), joined: mean(self.joined) }
    }

    /// Channel by channel: whether it is 0 for every sample, and where its slope is nearly 0.
    fn portraits(&self) -> Vec<UnitPortrait> {
        let of_channel = self.slopes as f64 / self.silent.len() as f64;
        let both = self.silent.iter().zip(&self.flat);
        both.map(|(dead, flat)| UnitPortrait { dead: *dead, saturated: *flat as f64 / of_channel }).collect()
    }
}

/// What one pass forward and one back have shown.
struct Seen {
    places: Vec<Place>,
    sums: Vec<Sums>,
    gradient: Vec<f64>,
    loss: f64,
    /// The logits, part by part, and of how many samples they are.
    logits: Vec<(SampleMatrix<f64>, usize)>,
}

/// Passes through a network, forward and back, and tells of each layer its signals as well.
fn see(landscape: &Landscape, program: &Program, flat: &[f64], mut signals: impl FnMut(usize, Rows)) -> Seen {
    let network = landscape.network();
    let passage = Passage { landscape, program, parameters: flat };
    let (places, layers): (Vec<Place>, Vec<Layer>) = (places(program), network.layers().collect());
    let mut sums: Vec<Sums> = places.iter().map(|_| Sums::default()).collect();
    let mut gradient = vec![0.0; flat.len()];
    let (mut loss, mut logits) = (0.0, Vec::new());
    let mut course = Course::<f64>::keeping_all(landscape.set());
    course.fit(network, program);
    for part in landscape.parts() {
        if landscape.is_stopped() {
            break;
        }
        let samples = part.labels.count;
        let (of_part, delta) = passage.forward(part, &mut course);
        loss += of_part;
        logits.push((course.logits().clone(), samples));
        for (l, (place, sums)) in places.iter().zip(&mut sums).enumerate() {
            let signal = Rows { matrix: course.made_by(place.signal), samples };
            sums.see_signal(signal);
            signals(l, signal);
            if let Some(of_branch) = place.branch {
                let rows = of_branch.map(|operation| Rows { matrix: course.made_by(operation), samples });
                let [added, before, joined] = rows.map(squares);
                sums.added += added;
                sums.before += before;
                sums.joined += joined;
                sums.of_stream += rows[0].each().map(<[f64]>::len).sum::<usize>();
            }
            let Some(at) = place.activation else { continue };
            let Does::Activation(activation) = program.operations[at].does else { continue };
            let extent = program.operations[at].to;
            let mut z = at.checked_sub(1).map_or(&part.x, |before| course.made_by(before)).clone();
            let slopes = activation.apply(z.all_mut());
            let values = Rows { matrix: &z, samples };
            sums.see_units(landscape, extent, values, numbers::<f64>(&slopes), activation.steepest());
        }
        let mut own = vec![Block([0.0; 8]); flat.len().div_ceil(f64::LANES)];
        let each = |operation: usize, delta: &SampleMatrix<f64>| {
            for (_, sums) in places.iter().zip(&mut sums).filter(|(place, _)| place.signal == operation) {
                sums.gradient += squares(Rows { matrix: delta, samples });
            }
        };
        let both = (program, &layers[..]);
        course.backward(both, flat, &part.x, &delta, &mut own, false, landscape.watch(), each);
        gradient.iter_mut().zip(numbers::<f64>(&own)).for_each(|(sum, own)| *sum += own);
    }
    Seen { places, sums, gradient, loss, logits }
}

impl Seen {
    /// The second moments of a layer's signal and of one sample's gradient.
    fn moments(&self, l: usize, samples: usize) -> [f64; 2] {
        let (sums, samples) = (&self.sums[l], samples as f64);
        [sums.signal, sums.gradient * samples * samples].map(|sum| sum / sums.count as f64)
    }
}

/// Measures what takes one pass forward and one back.
pub fn glance(landscape: &Landscape, program: &Program, flat: &[f64]) -> Glance {
    let network = landscape.network();
    let layers: Vec<Layer> = network.layers().collect();
    let seen = see(landscape, program, flat, |_, _| {});
    let of_layer = |(l, layer): (usize, &Layer)| {
        let (place, sums) = (&seen.places[l], &seen.sums[l]);
        let [signal, gradient] = seen.moments(l, landscape.samples());
        let (twins, symmetric) = twins(layer, layers.get(l + 1), flat);
        LayerProbe {
            signal,
            gradient,
            weight_gradient: norm(&seen.gradient[layer.weights.clone()]),
            weights: norm(&flat[layer.weights.clone()]),
            correlation: sums.correlation(),
            units: place.activation.filter(|_| l + 1 < layers.len()).map(|_| sums.units()),
            twins,
            symmetric,
            branch: place.branch.map(|_| sums.branch()),
        }
    };
    let rows: Vec<Rows> = seen.logits.iter().map(|(matrix, samples)| Rows { matrix, samples: *samples }).collect();
    let measured = layers.iter().enumerate().map(of_layer).collect();
    Glance { loss: seen.loss, saturated: saturated_outputs(network.output(), network.loss(), &rows), layers: measured }
}

/// What pictures of it show. Units are channels.
pub fn portrait(landscape: &Landscape, program: &Program, flat: &[f64]) -> Portrait {
    let layers: Vec<Layer> = landscape.network().layers().collect();
    let mut inputs: Vec<Vec<f64>> = vec![Vec::new(); layers.len()];
    let seen = see(landscape, program, flat, |l, rows| inputs[l].extend(rows.each().flatten()));
    let of_layer = |(l, layer): (usize, &Layer)| {
        let [signal, gradient] = seen.moments(l, landscape.samples());
        let has_units = seen.places[l].activation.is_some() && l + 1 < layers.len();
        LayerPortrait {
            signal,
            gradient,
            inputs: Histogram::of(&inputs[l]),
            weights: Histogram::of(&flat[layer.weights.clone()]),
            units: if has_units { seen.sums[l].portraits() } else { Vec::new() },
        }
    };
    Portrait { loss: seen.loss, layers: layers.iter().enumerate().map(of_layer).collect() }
}
