//! What is measured of a network of blocks. A layer's place is behind it, and behind the addition where it ends a residual branch: what is
//! there is the stream.

use super::{BranchProbe, Glance, LayerProbe, SATURATED, UnitProbe, norm, saturated_outputs};
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
    /// The operation of the layer, where it ends a branch; and what its branch began with.
    branch: Option<[usize; 2]>,
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
                let add = is_added.map(|(add, _)| add).filter(|add| *add == i + 1);
                let until = rest().take_while(|(_, next)| !matches!(next.does, Does::Layer(_)));
                let activation = until.into_iter().find(|(_, next)| matches!(next.does, Does::Activation(_)));
                places.push(Place {
                    signal: add.unwrap_or(i),
                    branch: add.map(|_| [i, entered]),
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
    flat: usize,
    slopes: usize,
    moments: Vec<f64>,
    /// Squares of what a branch adds, and of the stream before.
    added: f64,
    before: f64,
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
        for row in values.of(slopes) {
            self.flat += row.iter().filter(|slope| slope.abs() < SATURATED * steepest).count();
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
            saturated: self.flat as f64 / self.slopes as f64,
            rank: if trace > 0.0 { 1.0 / squares } else { 0.0 },
        }
    }
}

/// Measures what takes one pass forward and one back.
pub fn glance(landscape: &Landscape, program: &Program, flat: &[f64]) -> Glance {
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
        for (place, sums) in places.iter().zip(&mut sums) {
            sums.see_signal(Rows { matrix: course.made_by(place.signal), samples });
            if let Some([layer, entered]) = place.branch {
                sums.added += squares(Rows { matrix: course.made_by(layer), samples });
                sums.before += squares(Rows { matrix: course.made_by(entered), samples });
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
            for (place, sums) in places.iter().zip(&mut sums).filter(|(place, _)| place.signal == operation) {
                debug_assert_eq!(place.signal, operation);
                sums.gradient += squares(Rows { matrix: delta, samples });
            }
        };
        let both = (program, &layers[..]);
        course.backward(both, flat, &part.x, &delta, &mut own, false, landscape.watch(), each);
        gradient.iter_mut().zip(numbers::<f64>(&own)).for_each(|(sum, own)| *sum += own);
    }
    let samples = landscape.samples() as f64;
    let of_layer = |((l, layer), sums): ((usize, &Layer), &Sums)| {
        let count = sums.count as f64;
        let (twins, symmetric) = twins(layer, layers.get(l + 1), flat);
        LayerProbe {
            signal: sums.signal / count,
            gradient: sums.gradient / count * samples * samples,
            weight_gradient: norm(&gradient[layer.weights.clone()]),
            weights: norm(&flat[layer.weights.clone()]),
            correlation: sums.correlation(),
            units: places[l].activation.filter(|_| l + 1 < layers.len()).map(|_| sums.units()),
            twins,
            symmetric,
            branch: places[l].branch.map(|_| BranchProbe { added: sums.added / count, stream: sums.before / count }),
        }
    };
    let rows: Vec<Rows> = logits.iter().map(|(matrix, samples)| Rows { matrix, samples: *samples }).collect();
    let measured = layers.iter().enumerate().zip(&sums).map(of_layer).collect();
    Glance { loss, saturated: saturated_outputs(network.output(), network.loss(), &rows), layers: measured }
}

/// Pairs of units that compute the same, and those of them whose outgoing weights are the same, too. What each feeds are the weights of its
/// channel: of a kernel all places of it, of a dense layer behind a convolution those of all places.
fn twins(layer: &Layer, next: Option<&Layer>, flat: &[f64]) -> (usize, usize) {
    let next = next.filter(|next| {
        next.fan_in.is_multiple_of(layer.fan_out) && next.kernel.is_none_or(|kernel| kernel.groups == 1)
    });
    let bits = |numbers: &[f64]| numbers.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    let (weights, biases) = (&flat[layer.weights.clone()], &flat[layer.biases.clone()]);
    let incoming = |u: usize| {
        let mut unit = bits(&weights[u * layer.fan_in..(u + 1) * layer.fan_in]);
        unit.extend(biases.get(u).map(|bias| bias.to_bits()));
        unit
    };
    let outgoing = |u: usize| {
        let Some(next) = next else { return Vec::new() };
        let each = next.fan_in / layer.fan_out;
        flat[next.weights.clone()]
            .chunks_exact(next.fan_in)
            .flat_map(|row| bits(&row[u * each..(u + 1) * each]))
            .collect()
    };
    let mut both: Vec<(Vec<u64>, Vec<u64>)> = (0..layer.fan_out).map(|u| (incoming(u), outgoing(u))).collect();
    both.sort_unstable();
    let pairs = |count: usize| count * (count - 1) / 2;
    let twins = both.chunk_by(|a, b| a.0 == b.0).map(|group| pairs(group.len())).sum();
    let symmetric = both.chunk_by(|a, b| a == b).map(|group| pairs(group.len())).sum();
    (twins, if next.is_some() { symmetric } else { 0 })
}
