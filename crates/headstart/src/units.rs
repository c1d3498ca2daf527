//! What losses and errors of a regression are told in: the units of the targets, whatever training works on.

use crate::data::{Dataset, Samples, Targets, Transform};
use crate::serial::number;
use crate::words::rough;
use headstart_engine::network::{Loss, Network};
use headstart_engine::train::{OutputErrors, best_constant};
use ndarray::{Array1, Array2, ArrayView1, Axis};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// From the losses of training to those that people read.
///
/// A single target that was divided by its standard deviation has its losses multiplied by the square of that, which makes
/// them mean squared errors in the target's own units; absolute errors by the deviation itself. Other losses change their shape with
/// the units: scaled targets, which only who asks for them has there, keep theirs. Losses of several targets are means over targets in different units,
/// so they stay those of the scaled targets, and each target's own error is told beside them. Where nothing was scaled
/// nothing is changed, to the bit.
#[derive(Clone, Debug, PartialEq)]
pub struct Units {
    /// What a loss is multiplied by.
    factor: f64,
    /// What losses measure of errors.
    measure: Measure,
    /// The targets, where they are numbers that errors are taken of; otherwise empty.
    targets: Vec<Target>,
    /// Their names; empty where they have none.
    names: Arc<[String]>,
    /// The loss of always answering with the means of the training targets, on either set; where targets are numbers.
    guessing: Option<Guessing>,
    /// Whether targets are logarithms, and whether losses are in units of deviations: of several targets that were scaled, and of one
    /// whose loss changes its shape with the units.
    are_logs: bool,
    are_mixed: bool,
}

/// What turns the squared error of one target into what is told of it.
#[derive(Clone, Debug, PartialEq)]
struct Target {
    /// The square of what errors were divided by.
    factor: f64,
    /// The variance of the scaled target on either set.
    variance: [Option<f64>; 2],
}

/// The loss of always answering with the means of the training targets, or with what is best by the loss: see [`best_constant`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Guessing {
    /// On the training set.
    pub train: f64,
    /// On the test set.
    pub test: Option<f64>,
    /// The mean R^2 over the targets that this is on the test set: 0 or less, as the test samples have a mean of their own. Null
    /// where losses are not squared errors.
    pub test_r2: Option<f64>,
}

/// What the losses of a regression are told in, and what they are told beside: enough to read them without the data.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LossUnits {
    /// What losses are of.
    pub of: LossOf,
    /// What they measure.
    #[serde(default, skip_serializing_if = "Measure::is_squared")]
    pub measure: Measure,
    /// The number of targets.
    pub targets: usize,
    /// What guessing costs.
    pub guessing: Guessing,
}

/// What the losses of a regression measure of errors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// Their squares.
    #[default]
    Squared,
    /// Their sizes.
    Absolute,
    /// Squares of small ones and sizes of large ones.
    Huber,
    /// The logarithms of their hyperbolic cosines.
    LogCosh,
    /// Half the deviance of counts.
    Poisson,
}

impl Measure {
    /// Of a loss; none of one that is not of numbers.
    fn of(loss: Loss) -> Option<Self> {
        match loss {
            Loss::MeanSquaredError => Some(Self::Squared),
            Loss::MeanAbsoluteError => Some(Self::Absolute),
            Loss::Huber(_) => Some(Self::Huber),
            Loss::LogCosh => Some(Self::LogCosh),
            Loss::Poisson => Some(Self::Poisson),
            Loss::BinaryCrossEntropy | Loss::CrossEntropy | Loss::Hinge | Loss::SquaredHinge | Loss::Focal(_) => None,
        }
    }

    #[allow(clippy::trivially_copy_pass_by_ref)]
    fn is_squared(&self) -> bool {
        *self == Self::Squared
    }

    /// What losses are, and what is guessed that costs least.
    fn in_words(self) -> [&'static str; 2] {
        match self {
            Self::Squared => ["squared errors", "the mean"],
            Self::Absolute => ["absolute errors", "the median"],
            Self::Huber => ["huber losses", "the best constant"],
            Self::LogCosh => ["log-cosh losses", "the best constant"],
            Self::Poisson => ["half deviances", "the mean"],
        }
    }
}

/// What the losses of a regression are errors of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LossOf {
    /// Targets, in their own units.
    Targets,
    /// Logarithms of targets.
    Logarithms,
    /// Several targets, each in units of its own deviation.
    Standardized,
}

impl LossUnits {
    /// What losses are, and what guessing costs, in a sentence.
    pub fn in_words(&self) -> String {
        let Guessing { train, test, test_r2 } = self.guessing;
        let r2 = test_r2.map_or_else(String::new, |r2| format!(", R^2 {}", rough(r2)));
        let test = test.map_or_else(String::new, |test| format!(" and {} in testing{r2}", rough(test)));
        let [errors, guess] = self.measure.in_words();
        let of = match self.of {
            LossOf::Standardized => "in units of the standardized targets",
            LossOf::Logarithms => "of logarithms (log units)",
            LossOf::Targets if self.targets > 1 => "the mean over the targets, each in its own units",
            LossOf::Targets => "in the target's own units",
        };
        let comma = if self.of == LossOf::Targets && self.targets > 1 { "," } else { "" };
        let zero = if self.measure.is_squared() { " (R^2 0)" } else { "" };
        format!("losses: {errors}{comma} {of}; guessing {guess} costs {}{zero}{test}", rough(train))
    }

    /// The R^2 that a loss of a single target is, on the test set or on the training set; none of several targets, whose loss does
    /// not tell how much of it is whose, where a target is the same everywhere, and of losses that are not squared errors.
    pub fn r2(&self, loss: f64, is_test: bool) -> Option<f64> {
        let Guessing { train, test, test_r2 } = self.guessing;
        // Guessing costs the variance in training; in testing what its R^2 says of that.
        let variance = if is_test { test? / (1.0 - test_r2?) } else { train };
        (self.targets == 1 && self.measure.is_squared() && variance > 0.0)
            .then(|| 1.0 - loss / variance)
            .filter(|r2| r2.is_finite())
    }
}

/// How one target of a regression is met on one set of samples.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fit {
    /// The mean squared error, in the target's own units; of logarithms in theirs.
    #[serde(deserialize_with = "number")]
    pub mse: f64,
    /// The root of that.
    #[serde(deserialize_with = "number")]
    pub rmse: f64,
    /// 1 minus the mean squared error by the variance of the target on this set: 1 is perfect, 0 is as good as the mean. Null
    /// where the target is the same everywhere.
    pub r2: Option<f64>,
}

/// How the targets of a regression are met, target by target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fits {
    /// The targets' names; empty where they have none.
    #[serde(skip_serializing_if = "<[_]>::is_empty", default)]
    pub names: Arc<[String]>,
    /// On the training set, after the last update; empty where it was not looked at.
    pub train: Vec<Fit>,
    /// On the test set; empty without one.
    pub test: Vec<Fit>,
}

impl Fits {
    /// The mean R^2 over the targets: on the test set, or on the training set where there is no test set.
    pub fn r2(&self) -> Option<f64> {
        mean_r2(if self.test.is_empty() { &self.train } else { &self.test })
    }
}

/// The mean R^2 of some targets; none where one has none.
pub fn mean_r2(fits: &[Fit]) -> Option<f64> {
    let all: Option<Vec<f64>> = fits.iter().map(|fit| fit.r2).collect();
    all.filter(|all| !all.is_empty()).map(|all| all.iter().sum::<f64>() / all.len() as f64)
}

impl Units {
    /// Of a network that is trained on a data set.
    pub fn of(dataset: &Dataset, network: &Network) -> Self {
        let nothing = Self {
            factor: 1.0,
            measure: Measure::Squared,
            targets: Vec::new(),
            names: Arc::default(),
            guessing: None,
            are_logs: false,
            are_mixed: false,
        };
        let Targets::Values(train) = &dataset.train.y else { return nothing };
        let loss = network.loss();
        let Some(measure) = Measure::of(loss) else { return nothing };
        let test = dataset.test.as_ref().and_then(values);
        let how = &dataset.scaling.targets;
        let target = |j: usize| {
            let of = |y: &Array2<f64>| variance(&y.column(j)).filter(|variance| *variance > 0.0);
            Target { factor: how.sd(j) * how.sd(j), variance: [of(train), test.and_then(of)] }
        };
        let targets: Vec<Target> = (0..train.ncols()).map(target).collect();
        let factor = match (targets.as_slice(), measure) {
            ([one], Measure::Squared) => one.factor,
            ([one], Measure::Absolute) => one.factor.sqrt(),
            _ => 1.0,
        };
        let guesses = if measure == Measure::Squared {
            train.mean_axis(Axis(0))
        } else {
            let best = |y: ArrayView1<f64>| best_constant(loss, y.iter().map(|&y| (y, 1.0)).collect());
            Some(train.columns().into_iter().map(best).collect::<Array1<f64>>())
        };
        let guessing = guesses.and_then(|means| {
            let of = |y: &Array2<f64>| {
                if measure == Measure::Squared {
                    return (y - &means).mapv(|error| error * error).mean().map(|loss| factor * loss);
                }
                let costs = y.rows().into_iter().flat_map(|row| {
                    row.iter().zip(&means).map(|(&y, &guess)| loss.of_numbers(guess, y)).collect::<Vec<_>>()
                });
                Some(factor * costs.sum::<f64>() / y.len() as f64).filter(|loss| loss.is_finite())
            };
            let test = test.filter(|test| !test.is_empty());
            let test_r2 = test.and_then(|test| {
                let r2 = |(j, target): (usize, &Target)| {
                    let error = test.column(j).mapv(|y| (y - means[j]) * (y - means[j])).mean()?;
                    Some(1.0 - error / target.variance[1]?).filter(|r2| r2.is_finite())
                };
                let all: Option<Vec<f64>> = targets.iter().enumerate().map(r2).collect();
                all.map(|all| all.iter().sum::<f64>() / all.len() as f64).filter(|_| measure == Measure::Squared)
            });
            Some(Guessing { train: of(train)?, test: test.and_then(of), test_r2 })
        });
        let is_told_so = targets.len() == 1 && matches!(measure, Measure::Squared | Measure::Absolute);
        let are_mixed = !is_told_so && targets.iter().any(|target| target.factor != 1.0);
        let names = dataset.labels.iter().cloned().collect();
        Self { factor, measure, targets, names, guessing, are_logs: matches!(how, Transform::Log { .. }), are_mixed }
    }

    /// A loss of training as it is told.
    pub fn told(&self, loss: f64) -> f64 {
        self.factor * loss
    }

    /// A loss that was told as training has it.
    pub fn of_training(&self, told: f64) -> f64 {
        told / self.factor
    }

    /// How the targets are met, by the losses of training and the errors of its outputs; none where targets are not numbers.
    pub fn fits(&self, train: f64, test: Option<f64>, errors: &OutputErrors) -> Option<Fits> {
        if self.targets.is_empty() {
            return None;
        }
        let of = |set: usize, loss: Option<f64>, errors: &[f64]| {
            let is_error = self.targets.len() == 1 && self.measure.is_squared();
            let errors = if is_error { loss.into_iter().collect() } else { errors.to_vec() };
            let fit = |(target, error): (&Target, f64)| {
                let mse = target.factor * error;
                let r2 = target.variance[set].map(|variance| 1.0 - error / variance).filter(|r2| r2.is_finite());
                Fit { mse, rmse: mse.sqrt(), r2 }
            };
            self.targets.iter().zip(errors).map(fit).collect()
        };
        Some(Fits {
            names: Arc::clone(&self.names),
            train: of(0, Some(train), &errors.train),
            test: of(1, test, &errors.test),
        })
    }

    /// The loss of guessing; none where targets are not numbers.
    pub fn guessing(&self) -> Option<Guessing> {
        self.guessing
    }

    /// What losses are told in and beside; none where targets are not numbers.
    pub fn of_losses(&self) -> Option<LossUnits> {
        let of = match (self.are_logs, self.are_mixed) {
            (_, true) => LossOf::Standardized,
            (true, _) => LossOf::Logarithms,
            (false, false) => LossOf::Targets,
        };
        Some(LossUnits { of, measure: self.measure, targets: self.targets.len(), guessing: self.guessing? })
    }

    /// What losses are, and what guessing costs, in a sentence; none where targets are not numbers.
    pub fn in_words(&self) -> Option<String> {
        self.of_losses().map(|units| units.in_words())
    }
}

/// Targets that are numbers.
fn values(samples: &Samples) -> Option<&Array2<f64>> {
    match &samples.y {
        Targets::Values(values) => Some(values),
        Targets::Classes(_) => None,
    }
}

/// The population's variance.
fn variance(y: &ArrayView1<f64>) -> Option<f64> {
    let mean = y.mean()?;
    y.mapv(|y| (y - mean) * (y - mean)).mean()
}

#[cfg(test)]
mod tests {
    use crate::data::{DataSpec, Dataset, Samples, ScaleTargets, Targets, Transform};
    use crate::executor;
    use crate::spec::{Precision, TaskSpec};
    use crate::task::Task;
    use headstart_engine::network::Parameters;
    use headstart_engine::watch::Watch;
    use ndarray::{Array2, Axis};
    use proptest::prelude::*;

    /// A table with a feature and a target: a line of it and noise, moved and scaled.
    fn table(folder: &std::path::Path, noise: &[f64], [shift, scale]: [f64; 2]) -> String {
        let row = |i: usize| {
            let x = i as f64 / 10.0 - 1.0;
            format!("{x:e},{:e}", shift + scale * (x + noise[i % noise.len()]))
        };
        let rows: Vec<String> = (0..24).map(row).collect();
        let path = folder.join("xy.csv");
        std::fs::write(&path, rows.join("\n")).unwrap();
        path.display().to_string()
    }

    fn task(data: &str, scale_targets: ScaleTargets) -> Task {
        let text = "[network]\nlayers = ['_', 5, '_']\nactivation = 'tanh'\n[training]\nsteps = 60\nlr = 0.05\n";
        let data = DataSpec { data: data.to_owned(), scale_targets, ..DataSpec::default() };
        Task::new(TaskSpec { data, ..TaskSpec::from_toml(text).unwrap() }).unwrap()
    }

    fn numbers(samples: &Samples) -> &Array2<f64> {
        let Targets::Values(y) = &samples.y else { panic!("classes") };
        y
    }

    /// What a network with one hidden layer of tanh says, in the targets' own units.
    fn predictions(dataset: &Dataset, parameters: &Parameters, samples: &Samples) -> Array2<f64> {
        let [hidden, last] = parameters.0.as_slice() else { panic!("two layers") };
        let h = (samples.x.dot(&hidden.weights.t()) + &hidden.biases).mapv(f64::tanh);
        let mut out = h.dot(&last.weights.t()) + &last.biases;
        if let Transform::Standardized { mean, sd } = &dataset.scaling.targets {
            for mut row in out.rows_mut() {
                row.iter_mut().zip(mean.iter().zip(sd)).for_each(|(out, (mean, sd))| *out = *out * sd + mean);
            }
        }
        out
    }

    fn squared_errors(predicted: &Array2<f64>, wanted: &Array2<f64>) -> Vec<f64> {
        (predicted - wanted).mapv(|error| error * error).mean_axis(Axis(0)).unwrap().to_vec()
    }

    fn is_near(a: f64, b: f64, size: f64) -> bool {
        (a - b).abs() <= 1e-6 * a.abs().max(b.abs()) + 1e-9 * size * size
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        /// Losses are the mean squared errors of what the network predicts, scaled back, of the targets in the file.
        #[test]
        fn losses_are_told_in_the_targets_own_units(
            noise in prop::collection::vec(-0.5..0.5f64, 24), shift in -1e3..1e3f64, size in -3..6i32,
        ) {
            let folder = tempfile::tempdir().unwrap();
            let size = 10f64.powi(size);
            let data = table(folder.path(), &noise, [shift * size, size]);
            let (task, raw) = (task(&data, ScaleTargets::Standardize), task(&data, ScaleTargets::None));
            let (run, parameters) = executor::train(&task.job(0), 1, &Watch::default()).unwrap();
            let (set, own) = (&task.dataset, &raw.dataset);
            let fits = run.targets.unwrap();
            let (test, own_test) = (set.test.as_ref().unwrap(), own.test.as_ref().unwrap());
            let large = shift.abs() * size;
            for (samples, own, fit, loss) in [
                (&set.train, &own.train, fits.train[0], run.train.loss),
                (test, own_test, fits.test[0], run.test.unwrap().loss),
            ] {
                let own = numbers(own);
                let by_hand = squared_errors(&predictions(set, &parameters, samples), own)[0];
                prop_assert!(is_near(loss, by_hand, 1e-5 * large), "{loss} {by_hand}");
                prop_assert!(is_near(fit.mse, loss, 0.0) && is_near(fit.rmse * fit.rmse, loss, 0.0));
                let centre = own.mean().unwrap();
                let variance = own.mapv(|y| (y - centre) * (y - centre)).mean().unwrap();
                prop_assert!((fit.r2.unwrap() - (1.0 - by_hand / variance)).abs() < 1e-5 * (1.0 + by_hand / variance));
                // And so it can be told of the loss alone.
                let is_test = std::ptr::eq(samples, test);
                let of_loss = task.units().of_losses().unwrap().r2(loss, is_test).unwrap();
                prop_assert!((of_loss - fit.r2.unwrap()).abs() < 1e-9 * (1.0 + by_hand / variance));
            }
            // Guessing costs the same whatever training works on.
            let [one, other] = [&task, &raw].map(|task| task.units().guessing().unwrap());
            prop_assert!(is_near(one.train, other.train, 1e-5 * large));
            prop_assert!(is_near(one.test.unwrap(), other.test.unwrap(), 1e-5 * large));
            prop_assert!(is_near(task.blind_loss().unwrap(), one.train, 1e-5 * large));
        }
    }

    /// Two targets, one of them thousands of times the other: the joint loss would be that of one alone.
    #[test]
    fn of_several_targets_each_has_its_own_error() {
        let folder = tempfile::tempdir().unwrap();
        let noise: Vec<f64> = (0..24).map(|i| 0.3 * f64::from(i * i % 7) - 0.9).collect();
        let data = table(folder.path(), &noise, [0.0, 1.0]);
        let file = task(&data, ScaleTargets::None).dataset;
        // A table has one label column here, so the two are put together by hand.
        let both = |samples: &Samples| {
            let y = ndarray::concatenate![Axis(1), numbers(samples).clone(), numbers(samples) * 5000.0 + 1e4];
            Samples { x: samples.x.clone(), y: Targets::Values(y) }
        };
        let own = [both(&file.train), both(file.test.as_ref().unwrap())];
        let scale = [1.0, 5000.0];
        let centre = [0.0, 1e4];
        let scaled = own.clone().map(|samples| {
            let mut y = numbers(&samples).clone();
            for mut row in y.rows_mut() {
                row.iter_mut().zip(scale.iter().zip(centre)).for_each(|(y, (sd, mean))| *y = (*y - mean) / sd);
            }
            Samples { x: samples.x, y: Targets::Values(y) }
        });
        let mut dataset = (*file).clone();
        let [train, test] = scaled;
        (dataset.train, dataset.test) = (train, Some(test));
        dataset.kind = crate::data::Kind::Regression { outputs: 2 };
        dataset.scaling.targets = Transform::Standardized { mean: centre.to_vec(), sd: scale.to_vec() };
        for precision in [Precision::F64, Precision::F32] {
            let text = "[network]\nlayers = ['_', 5, '_']\nactivation = 'tanh'\n[training]\nsteps = 60\nlr = 0.05\n";
            let mut spec = TaskSpec::from_toml(text).unwrap();
            spec.training.precision = Some(precision);
            let task = Task::of(dataset.clone().into(), spec).unwrap();
            let (run, parameters) = executor::train(&task.job(0), 1, &Watch::default()).unwrap();
            let fits = run.targets.unwrap();
            for (set, fits, loss) in [(0, &fits.train, run.train.loss), (1, &fits.test, run.test.unwrap().loss)] {
                let samples = [&task.dataset.train, task.dataset.test.as_ref().unwrap()][set];
                let by_hand = squared_errors(&predictions(&task.dataset, &parameters, samples), numbers(&own[set]));
                for j in 0..2 {
                    assert!((fits[j].mse / by_hand[j] - 1.0).abs() < 1e-5, "{fits:?} {by_hand:?}");
                }
                // The joint loss is the mean in units of the scaled targets.
                let joint = fits.iter().zip(scale).map(|(fit, sd)| fit.mse / sd / sd).sum::<f64>() / 2.0;
                assert!((loss / joint - 1.0).abs() < 1e-5);
            }
        }
    }

    #[test]
    fn where_nothing_is_scaled_nothing_changes() {
        let folder = tempfile::tempdir().unwrap();
        let noise: Vec<f64> = (0..24).map(|i| 0.2 * f64::from(i % 5) - 0.4).collect();
        let data = table(folder.path(), &noise, [0.1, 1.0]);
        let [auto, none] = [ScaleTargets::Auto, ScaleTargets::None].map(|how| task(&data, how));
        assert_eq!(auto.dataset, none.dataset);
        let [auto, none] = [auto, none].map(|task| task.run_all(1).remove(0));
        assert_eq!((auto.train.loss.to_bits(), auto.trace), (none.train.loss.to_bits(), none.trace));
    }
}
