//! How large the pre-activations of a layer are, and how far a few steps have moved them.

use super::blocks::signals;
use crate::landscape::Landscape;
use crate::landscape::blocks::Passage;
use crate::landscape::tape::{Rows, Tape};
use crate::matrix::SampleMatrix;
use crate::network::Parameters;
use crate::train::course::Course;

/// So many of the training samples are enough to see how coordinates change with the width: of more the mean is the same.
const SAMPLES: usize = 1024;

/// The pre-activations of a layer, over its units and some training samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coordinates {
    /// The mean of their absolute values.
    pub size: f64,
    /// The mean of the absolute values of what they have changed by.
    pub change: f64,
}

/// The coordinates of all layers, first to last, at `now`, and what they have changed by since `start`: what is drawn to see whether a
/// parametrization holds at every width (Yang et al. 2022, "Tensor Programs V", appendix D.1). Of a layer that ends a residual branch they
/// are those of the stream behind the addition. The first thousand or so training samples are looked at.
///
/// # Panics
/// If the parameters are not those of the landscape's network.
pub fn coordinates(landscape: &Landscape, start: &Parameters, now: &Parameters) -> Vec<Coordinates> {
    let [start, now]: [Vec<f64>; 2] = [start, now].map(|parameters| parameters.flat().collect());
    let mut sums = vec![[0.0; 2]; landscape.network().layers().len()];
    let (mut counts, mut seen) = (vec![0_usize; sums.len()], 0);
    for part in landscape.parts() {
        if seen >= SAMPLES || landscape.is_stopped() {
            break;
        }
        seen += part.labels.count;
        let at = |parameters: &[f64]| -> Vec<SampleMatrix<f64>> {
            let Some(program) = landscape.network().program() else {
                return Tape::forward(landscape, &part.x, parameters).signals;
            };
            let mut course = Course::<f64>::keeping_all(landscape.set());
            course.fit(landscape.network(), program);
            Passage { landscape, program, parameters }.forward(part, &mut course);
            signals(program).map(|operation| course.made_by(operation).clone()).collect()
        };
        for (l, (before, after)) in at(&start).iter().zip(&at(&now)).enumerate() {
            let samples = part.labels.count;
            let [before, after] = [before, after].map(|matrix| Rows { matrix, samples });
            for (before, after) in before.each().zip(after.each()) {
                sums[l][0] += after.iter().map(|z| z.abs()).sum::<f64>();
                sums[l][1] += before.iter().zip(after).map(|(before, after)| (after - before).abs()).sum::<f64>();
                counts[l] += after.len();
            }
        }
    }
    let of_layer = |([size, change], count): ([f64; 2], usize)| Coordinates {
        size: size / count as f64,
        change: change / count as f64,
    };
    sums.into_iter().zip(counts).map(of_layer).collect()
}
