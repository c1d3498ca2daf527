//! Sets of points in the plane.

use std::f64::consts::PI;

use headstart_engine::rng::{RandomState, Stream};
use ndarray::{Array2, Axis};

use super::set::BuiltIn;

/// One draw: features (samples x 2) and classes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Drawn {
    /// Samples x 2.
    pub x: Array2<f64>,
    /// The class of each sample.
    pub y: Vec<usize>,
}

/// Draws samples after `np.random.seed(seed)`: circles, moons, blobs and quantiles as scikit-learn does (1.9, with
/// `n_samples`, `noise` or `cluster_std`, and `centers` as given here and everything else as the course has it),
/// the flower as the course does, spirals in a way of our own.
///
/// Uniform draws, classes and the order of the samples are the same to the bit, coordinates within 2 ulp, because
/// sines and logarithms are not the same on every platform.
///
/// # Panics
/// If there are more centers than samples of blobs, fewer than 2 quantiles, no centers, or it is not a set of the plane.
pub(super) fn draw(set: BuiltIn, samples: usize, noise: f64, centers: usize, seed: u32) -> Drawn {
    let mut random = RandomState::new(seed);
    match set {
        BuiltIn::Circles => {
            let circle = |n: usize, radius: f64| -> Vec<[f64; 2]> {
                let angles = (0..n).map(|i| i as f64 * (2.0 * PI / n as f64));
                angles.map(|t| [pxfm::f_cos(t) * radius, pxfm::f_sin(t) * radius]).collect()
            };
            let outer = samples / 2;
            two_curves(circle(outer, 1.0), circle(samples - outer, 0.8), noise, &mut random)
        }
        BuiltIn::Moons => {
            let outer = samples / 2;
            let upper = linspace(0.0, PI, outer).map(|t| [pxfm::f_cos(t), pxfm::f_sin(t)]).collect();
            let lower = linspace(0.0, PI, samples - outer).map(|t| [1.0 - pxfm::f_cos(t), 1.0 - pxfm::f_sin(t) - 0.5]);
            two_curves(upper, lower.collect(), noise, &mut random)
        }
        BuiltIn::Blobs => {
            let middle: Vec<[f64; 2]> = (0..centers)
                .map(|_| [random.uniform_between(-10.0, 10.0), random.uniform_between(-10.0, 10.0)])
                .collect();
            let (mut points, mut y) = (Vec::new(), Vec::new());
            for (class, at) in middle.iter().enumerate() {
                for _ in 0..samples / centers + usize::from(class < samples % centers) {
                    points.push([random.normal_of(at[0], noise), random.normal_of(at[1], noise)]);
                    y.push(class);
                }
            }
            shuffled(points, y, &mut random)
        }
        BuiltIn::Quantiles => {
            let sd = 0.5_f64.sqrt();
            let mut points: Vec<[f64; 2]> =
                (0..samples).map(|_| [random.normal() * sd, random.normal() * sd]).collect();
            let distance = |p: &[f64; 2]| p[0] * p[0] + p[1] * p[1];
            points.sort_by(|a, b| distance(a).total_cmp(&distance(b)));
            let y = (0..samples).map(|i| usize::from(i >= samples / 2)).collect();
            shuffled(points, y, &mut random)
        }
        BuiltIn::Flower => {
            let petals = |j: usize, n: usize, random: &mut RandomState| {
                let from = j as f64 * 3.12;
                let angles: Vec<f64> =
                    linspace(from, (j + 1) as f64 * 3.12, n).map(|t| t + random.normal() * noise).collect();
                let point = |t: f64, random: &mut RandomState| {
                    let r = 4.0 * pxfm::f_sin(4.0 * t) + random.normal() * noise;
                    [r * pxfm::f_sin(t), r * pxfm::f_cos(t)]
                };
                angles.into_iter().map(|t| point(t, random)).collect::<Vec<_>>()
            };
            let first = petals(0, samples.div_ceil(2), &mut random);
            let second = petals(1, samples / 2, &mut random);
            labelled(first, second)
        }
        BuiltIn::Spirals => {
            // From near the center one and a half turns outwards, the arms half a turn apart.
            let arm = |j: usize, n: usize, random: &mut RandomState| {
                let turned = j as f64 * PI;
                let point = |(t, r): (f64, f64)| {
                    let t = t + turned + random.normal() * noise;
                    [r * pxfm::f_sin(t), r * pxfm::f_cos(t)]
                };
                linspace(0.0, 3.0 * PI, n).zip(linspace(0.05, 1.0, n)).map(point).collect::<Vec<_>>()
            };
            let first = arm(0, samples.div_ceil(2), &mut random);
            let second = arm(1, samples / 2, &mut random);
            labelled(first, second)
        }
        other => panic!("{other} is not drawn in the plane"),
    }
}

/// `np.linspace(from, to, n)`
fn linspace(from: f64, to: f64, n: usize) -> impl Iterator<Item = f64> {
    let step = (to - from) / n.saturating_sub(1).max(1) as f64;
    (0..n).map(move |i| if i > 0 && i == n - 1 { to } else { i as f64 * step + from })
}

/// Points of two classes, one after the other.
fn labelled(first: Vec<[f64; 2]>, second: Vec<[f64; 2]>) -> Drawn {
    let y = std::iter::repeat_n(0, first.len()).chain(std::iter::repeat_n(1, second.len())).collect();
    Drawn { x: Array2::from([first, second].concat()), y }
}

/// Points of two classes in a random order, with noise on every coordinate.
fn two_curves(first: Vec<[f64; 2]>, second: Vec<[f64; 2]>, noise: f64, random: &mut RandomState) -> Drawn {
    let drawn = labelled(first, second);
    let mut drawn = in_order(&drawn, &random.permutation(drawn.y.len()));
    drawn.x.iter_mut().for_each(|x| *x += random.normal_of(0.0, noise));
    drawn
}

fn shuffled(points: Vec<[f64; 2]>, y: Vec<usize>, random: &mut RandomState) -> Drawn {
    let order = random.permutation(y.len());
    in_order(&Drawn { x: Array2::from(points), y }, &order)
}

fn in_order(drawn: &Drawn, order: &[usize]) -> Drawn {
    Drawn { x: drawn.x.select(Axis(0), order), y: order.iter().map(|&i| drawn.y[i]).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines of `name samples noise centers seed: x0 x1 ... : y0 y1 ...` with the first and last three samples, and the
    /// sums of all coordinates and of the classes times their position.
    #[test]
    fn draws_are_scikit_learns() {
        for line in include_str!("../builtin.golden").lines().filter(|line| !line.starts_with('#')) {
            let (what, expected) = line.split_once(": ").unwrap();
            let what: Vec<&str> = what.split(' ').collect();
            let number = |i: usize| what[i].parse::<f64>().unwrap();
            let set = BuiltIn::from_name(what[0]).unwrap();
            let drawn = draw(set, number(1) as usize, number(2), number(3) as usize, number(4) as u32);
            let n = drawn.y.len();
            let ends = (0..3.min(n)).chain(n - 3.min(n)..n);
            let mut found: Vec<f64> = ends.clone().flat_map(|i| drawn.x.row(i).to_vec()).collect();
            found.extend(ends.map(|i| drawn.y[i] as f64));
            found.push(drawn.y.iter().enumerate().map(|(i, y)| ((i + 1) * y) as f64).sum());
            let expected: Vec<f64> = expected.split(' ').map(|x| x.parse().unwrap()).collect();
            assert_eq!(found.len() + 1, expected.len(), "{line}");
            for (x, y) in found.iter().zip(&expected) {
                // 2 ulp of a number around 1: where noise and curve cancel, the rest has their rounding.
                assert!((x - y).abs() <= 2.0 * f64::EPSILON * y.abs().max(1.0), "{what:?}: {x} is not {y}");
            }
            let sum = drawn.x.sum();
            assert!((sum - expected[found.len()]).abs() < 1e-11 * n as f64, "{what:?}: sum {sum}");
        }
    }
}
