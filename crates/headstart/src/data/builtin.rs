//! Built-in data sets.

use std::fmt;

use super::preprocess::About;
use super::{
    DataError, DataSpec, Dataset, Kind, LabelKind, Preprocess, Samples, ScaleTargets, Scaling, Targets, Transform,
};
use headstart_engine::rng::{RandomState, Stream};
use ndarray::{Array2, Axis};
use std::f64::consts::PI;

/// The built-in data sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuiltIn {
    /// Two circles, one within the other.
    Circles,
    /// Two half moons that reach into one another.
    Moons,
    /// Normal clouds around centers.
    Blobs,
    /// Shells of one normal cloud, with equally many points.
    Quantiles,
    /// A flower whose petals take turns.
    Flower,
    /// Spirals wound around one another.
    Spirals,
}

impl BuiltIn {
    /// All of them, in the order in which they are listed to people.
    pub const ALL: [Self; 6] = [Self::Circles, Self::Moons, Self::Blobs, Self::Quantiles, Self::Flower, Self::Spirals];

    /// The name that `--data` takes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Circles => "circles",
            Self::Moons => "moons",
            Self::Blobs => "blobs",
            Self::Quantiles => "quantiles",
            Self::Flower => "flower",
            Self::Spirals => "spirals",
        }
    }

    /// The built-in set of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|set| set.name() == name)
    }

    /// The built-in set whose name is closest to `name`, if it is close enough to be a slip of the fingers.
    pub fn nearest(name: &str) -> Option<Self> {
        let name = name.to_lowercase();
        Self::ALL
            .into_iter()
            .map(|set| (strsim::damerau_levenshtein(set.name(), &name), set))
            .min_by_key(|&(distance, _)| distance)
            .filter(|&(distance, set)| 2 * distance < set.name().len())
            .map(|(_, set)| set)
    }

    /// All names, for messages.
    pub fn list() -> String {
        Self::ALL.map(Self::name).join(", ")
    }
}

impl fmt::Display for BuiltIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One draw of a built-in set: features (samples x 2) and classes.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    /// Samples x 2.
    pub x: Array2<f64>,
    /// The class of each sample.
    pub y: Vec<usize>,
}

impl BuiltIn {
    /// How many samples are drawn to train and to test on unless something else is asked for. The flower has no test
    /// set, as in the course.
    pub fn default_samples(self) -> [usize; 2] {
        if self == Self::Flower { [400, 0] } else { [300, 100] }
    }

    /// The noise's standard deviation unless another is asked for: of every coordinate of circles and moons, of every
    /// coordinate within a blob, of angle and radius of the flower, of the spirals' angle. None where there is none.
    pub fn default_noise(self) -> Option<f64> {
        match self {
            Self::Circles => Some(0.05),
            Self::Moons | Self::Flower | Self::Spirals => Some(0.2),
            Self::Blobs => Some(1.0),
            Self::Quantiles => None,
        }
    }

    /// The seeds of the training and the test draw unless others are asked for. A seed of blobs decides where their
    /// centers are, so both draws need the same one; those of the first center are then partly the same points.
    pub fn default_seeds(self) -> [u64; 2] {
        if self == Self::Blobs { [1, 1] } else { [1, 2] }
    }

    /// Draws samples after `np.random.seed(seed)`: circles, moons, blobs and quantiles as scikit-learn does (1.9, with
    /// `n_samples`, `noise` or `cluster_std`, and `centers` as given here and everything else as the course has it),
    /// the flower as the course does, spirals in a way of our own.
    ///
    /// Uniform draws, classes and the order of the samples are the same to the bit, coordinates within 2 ulp, because
    /// sines and logarithms are not the same on every platform.
    ///
    /// # Panics
    /// If there are more centers than samples of blobs, fewer than 2 quantiles, or no centers.
    pub fn draw(self, samples: usize, noise: f64, centers: usize, seed: u32) -> Drawn {
        let mut random = RandomState::new(seed);
        match self {
            Self::Circles => {
                let circle = |n: usize, radius: f64| -> Vec<[f64; 2]> {
                    let angles = (0..n).map(|i| i as f64 * (2.0 * PI / n as f64));
                    angles.map(|t| [pxfm::f_cos(t) * radius, pxfm::f_sin(t) * radius]).collect()
                };
                let outer = samples / 2;
                two_curves(circle(outer, 1.0), circle(samples - outer, 0.8), noise, &mut random)
            }
            Self::Moons => {
                let outer = samples / 2;
                let upper = linspace(0.0, PI, outer).map(|t| [pxfm::f_cos(t), pxfm::f_sin(t)]).collect();
                let lower =
                    linspace(0.0, PI, samples - outer).map(|t| [1.0 - pxfm::f_cos(t), 1.0 - pxfm::f_sin(t) - 0.5]);
                two_curves(upper, lower.collect(), noise, &mut random)
            }
            Self::Blobs => {
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
            Self::Quantiles => {
                let sd = 0.5_f64.sqrt();
                let mut points: Vec<[f64; 2]> =
                    (0..samples).map(|_| [random.normal() * sd, random.normal() * sd]).collect();
                let distance = |p: &[f64; 2]| p[0] * p[0] + p[1] * p[1];
                points.sort_by(|a, b| distance(a).total_cmp(&distance(b)));
                let y = (0..samples).map(|i| usize::from(i >= samples / 2)).collect();
                shuffled(points, y, &mut random)
            }
            Self::Flower => {
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
            Self::Spirals => {
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
        }
    }

    /// How many classes there are.
    fn classes(self, centers: usize) -> usize {
        if self == Self::Blobs { centers } else { 2 }
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

/// Draws the built-in set `which` as `spec` asks for.
///
/// # Errors
/// If the specification makes no sense for it.
pub fn load(which: BuiltIn, spec: &DataSpec) -> Result<Dataset, DataError> {
    let usage = |message: String| Err(DataError::Usage(message));
    let for_files = [
        ("test-data", spec.test_data.is_some()),
        ("labels", spec.labels.is_some()),
        ("test-labels", spec.test_labels.is_some()),
        ("label", spec.label.is_some()),
        ("x-key", spec.x_key.is_some()),
        ("y-key", spec.y_key.is_some()),
        ("transpose", spec.transpose),
    ];
    if let Some((flag, _)) = for_files.iter().find(|(_, given)| *given) {
        return usage(format!("--{flag} is for data from files, and {which} is built in"));
    }
    if matches!(spec.task, Some(LabelKind::Regression))
        || spec.task == Some(LabelKind::Binary) && which == BuiltIn::Blobs
    {
        return usage(format!(
            "--task: {which} has classes{}",
            if which == BuiltIn::Blobs { ", not just two" } else { "" }
        ));
    }
    let centers = match (which, spec.centers) {
        (BuiltIn::Blobs, centers) => centers.unwrap_or(6),
        (_, None) => 0,
        (_, Some(_)) => return usage(format!("--centers is for blobs, and {which} has none")),
    };
    if which == BuiltIn::Blobs && centers < 2 {
        return usage(format!("--centers {centers}: at least 2 are needed to have something to tell apart"));
    }
    let noise = match (which.default_noise(), spec.noise) {
        (None, Some(_)) => return usage(format!("--noise: {which} is drawn without noise")),
        (_, Some(noise)) if !(noise >= 0.0 && noise.is_finite()) => {
            return usage(format!("--noise {noise}: a standard deviation of at least 0 is needed"));
        }
        (default, noise) => noise.or(default).unwrap_or(0.0),
    };
    let [train, test] = spec.samples.unwrap_or(which.default_samples());
    let classes = which.classes(centers);
    for (name, samples) in [("training", train), ("test", test)] {
        if samples < classes && (samples > 0 || name == "training") {
            return usage(format!("--samples: {samples} {name} samples of {which} cannot have {classes} classes"));
        }
    }
    if let Some(too_many) = [train, test].into_iter().find(|&samples| samples > MOST) {
        return usage(format!("--samples {too_many}: at most {MOST} can be drawn"));
    }
    let seeds = spec.data_seeds.unwrap_or(which.default_seeds());
    let Ok([train_seed, test_seed]) = seeds
        .map(u32::try_from)
        .into_iter()
        .collect::<Result<Vec<_>, _>>()
        .as_deref()
        .map(|seeds| [seeds[0], seeds[1]])
    else {
        return usage(format!("--data-seeds {},{}: seeds go from 0 to 4294967295", seeds[0], seeds[1]));
    };
    let mut notes = Vec::new();
    if which == BuiltIn::Blobs && test > 0 && train_seed != test_seed {
        notes.push(format!(
            "the seeds {train_seed} and {test_seed} draw different centers, so the test figures say nothing about \
             these blobs; use --data-seeds {train_seed},{train_seed}"
        ));
    }
    let samples = |n: usize, seed: u32| {
        let Drawn { x, y } = which.draw(n, noise, centers, seed);
        Samples { x, y: Targets::Classes(y) }
    };
    let mut train = samples(train, train_seed);
    let mut test = (test > 0).then(|| samples(test, test_seed));
    // What is drawn has the size that it is drawn with, unless somebody asks for another one.
    let features = match spec.preprocess {
        Preprocess::Auto | Preprocess::None => Transform::Identity,
        how => {
            let about = About { columns: None, are_images: false, strict: false };
            super::preprocess(how, which.name(), about, &mut train, test.as_mut(), &mut notes)?
        }
    };
    if matches!(spec.scale_targets, ScaleTargets::Standardize | ScaleTargets::Log) {
        return usage(format!("--scale-targets is for targets that are numbers, and {which} has classes"));
    }
    let names = (0..classes).map(|class| class.to_string()).collect();
    let name = which.name().to_owned();
    Ok(Dataset {
        name,
        train,
        test,
        kind: Kind::Classes(names),
        scaling: Scaling { features, ..Scaling::default() },
        notes,
    })
}

/// More samples than this are surely a slip of the fingers, and would not fit into memory.
const MOST: usize = 100_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(name: &str) -> DataSpec {
        DataSpec { data: name.to_owned(), ..DataSpec::default() }
    }

    /// Lines of `name samples noise centers seed: x0 x1 ... : y0 y1 ...` with the first and last three samples, and the
    /// sums of all coordinates and of the classes times their position.
    #[test]
    fn draws_are_scikit_learns() {
        for line in include_str!("builtin.golden").lines().filter(|line| !line.starts_with('#')) {
            let (what, expected) = line.split_once(": ").unwrap();
            let what: Vec<&str> = what.split(' ').collect();
            let number = |i: usize| what[i].parse::<f64>().unwrap();
            let set = BuiltIn::from_name(what[0]).unwrap();
            let drawn = set.draw(number(1) as usize, number(2), number(3) as usize, number(4) as u32);
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

    #[test]
    fn every_set_loads_with_its_defaults() {
        for set in BuiltIn::ALL {
            let data = load(set, &spec(set.name())).unwrap();
            assert_eq!(data.train.x.nrows(), set.default_samples()[0], "{set}");
            assert_eq!(data.test.map_or(0, |test| test.x.nrows()), set.default_samples()[1], "{set}");
            assert_eq!(data.kind.is_binary(), set != BuiltIn::Blobs, "{set}");
            assert!(data.train.x.iter().all(|x| x.is_finite()) && data.notes.is_empty(), "{set}");
        }
    }

    #[test]
    fn what_makes_no_sense_for_a_set_is_said() {
        let says = |set, spec: DataSpec, text: &str| {
            let message = load(set, &spec).unwrap_err().to_string();
            assert!(message.contains(text), "{message}");
        };
        says(BuiltIn::Circles, DataSpec { centers: Some(3), ..spec("circles") }, "--centers is for blobs");
        says(BuiltIn::Circles, DataSpec { noise: Some(-1.0), ..spec("circles") }, "at least 0");
        says(BuiltIn::Circles, DataSpec { noise: Some(f64::NAN), ..spec("circles") }, "at least 0");
        says(BuiltIn::Quantiles, DataSpec { noise: Some(0.1), ..spec("quantiles") }, "without noise");
        says(BuiltIn::Circles, DataSpec { samples: Some([0, 10]), ..spec("circles") }, "0 training samples");
        says(BuiltIn::Blobs, DataSpec { samples: Some([300, 3]), ..spec("blobs") }, "cannot have 6 classes");
        says(BuiltIn::Moons, DataSpec { data_seeds: Some([1, 1 << 40]), ..spec("moons") }, "4294967295");
        says(BuiltIn::Moons, DataSpec { label: Some("y".into()), ..spec("moons") }, "--label is for data from files");
    }

    #[test]
    fn blobs_around_different_centers_come_with_a_warning() {
        let apart = load(BuiltIn::Blobs, &DataSpec { data_seeds: Some([1, 2]), ..spec("blobs") }).unwrap();
        assert!(apart.notes[0].contains("different centers"));
    }
}
