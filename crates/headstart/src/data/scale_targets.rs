//! What is done to the targets of a regression before training.

use std::str::FromStr;

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::scaling::{Columns, Transform};
use crate::words::rough;
use headstart_engine::names::GrammarError;

/// What is done to the targets of a regression before training. Losses are told in the targets' own units all the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScaleTargets {
    /// Targets of a file that are far from mean 0 and size 1 are standardized, each on its own, where the output can be any
    /// number.
    #[default]
    Auto,
    /// Nothing.
    None,
    /// Each target minus its mean, divided by its (population) standard deviation, both of the training split only.
    Standardize,
    /// The natural logarithm of each target, or of 1 + target where some for training are 0; then standardized as `auto` does.
    /// Losses are those of logarithms.
    Log,
}

impl FromStr for ScaleTargets {
    type Err = GrammarError;

    fn from_str(name: &str) -> Result<Self, GrammarError> {
        match name.to_lowercase().as_str() {
            "auto" => Ok(Self::Auto),
            "none" => Ok(Self::None),
            "standardize" => Ok(Self::Standardize),
            "log" => Ok(Self::Log),
            _ => {
                let known = &["auto", "none", "standardize", "log"];
                Err(GrammarError::unknown("way to scale targets", name, known))
            }
        }
    }
}

/// Positive targets whose largest is more than so many times the smallest may be better met by their logarithms.
const SKEWED: f64 = 100.0;

impl ScaleTargets {
    /// Applies it to the targets (samples x outputs) of both splits, in place; figures come from `train` alone. `name` is what
    /// notes call the targets; where `strict`, nothing is done that was not asked for. Returns what was done, and what a person
    /// should know.
    ///
    /// # Errors
    /// What is wrong, where logarithms are asked for and there are none, or a test target is beyond the floats afterwards.
    pub(crate) fn apply(
        self,
        name: &str,
        called: &[String],
        strict: bool,
        train: &mut Array2<f64>,
        mut test: Option<&mut Array2<f64>>,
    ) -> Result<(Transform, Option<String>), String> {
        let log = self == Self::Log;
        let plus = if log { logarithms(train, test.as_deref_mut())? } else { 0.0 };
        let columns = Columns::of(train);
        // Of a target that never changes nothing is to be learned, and rounding is not to make it one that does.
        let which: Vec<usize> = match self {
            Self::Standardize => (0..train.ncols()).filter(|&j| !columns.is_constant(j)).collect(),
            _ => columns.badly_scaled().into_iter().filter(|&j| !columns.is_constant(j)).collect(),
        };
        let is_left = self == Self::None || self == Self::Auto && strict;
        let note = if log {
            Some(note_of_logarithms(name, plus, &columns, &which))
        } else {
            self.note((name, called), is_left, train, &columns, &which)
        };
        if is_left || which.is_empty() && !log {
            return Ok((Transform::Identity, note));
        }
        let columns = columns.only(&which);
        for y in [Some(train), test].into_iter().flatten() {
            for mut row in y.rows_mut() {
                columns.apply(row.view_mut());
                if row.iter().any(|value| !value.is_finite()) {
                    return Err(
                        "a target is beyond the floats once it is scaled: it is nowhere near those for training; \
                                use --scale-targets none"
                            .to_owned(),
                    );
                }
            }
        }
        let (mean, sd) = columns.all();
        Ok((if log { Transform::Log { plus, mean, sd } } else { Transform::Standardized { mean, sd } }, note))
    }

    /// What was done because it was needed, what was not done, or what might be, in a sentence. `y` are the targets before.
    fn note(
        self,
        (name, called): (&str, &[String]),
        is_left: bool,
        y: &Array2<f64>,
        columns: &Columns,
        which: &[usize],
    ) -> Option<String> {
        const SHOWN: usize = 4;
        let figures = |&j: &usize| {
            let (mean, sd) = columns.figures(j);
            let which = match called.get(j) {
                _ if y.ncols() == 1 => String::new(),
                Some(name) => format!("{name}: "),
                None => format!("{j}: "),
            };
            format!("{which}mean {}, sd {}", rough(mean), rough(sd))
        };
        let mut told: Vec<String> = which.iter().take(SHOWN).map(figures).collect();
        told.extend((which.len() > SHOWN).then(|| format!("{} more", which.len() - SHOWN)));
        let told = told.join("; ");
        let skewed = if (0..y.ncols()).any(|j| is_skewed(y, j)) {
            "; they are positive and the largest is more than 100 times the smallest: --scale-targets log may do better"
        } else {
            ""
        };
        match self {
            _ if which.is_empty() => (!skewed.is_empty()).then(|| format!("{name}{}", skewed.replacen(';', ":", 1))),
            _ if is_left => Some(format!(
                "{name}: the targets are far from where outputs start ({told}) and left so ({}), which may keep a network from \
                 learning anything: --scale-targets standardize trains on scaled ones and tells losses in their own \
                 units{skewed}",
                if self == Self::None { "--scale-targets none" } else { "--strict" }
            )),
            _ if y.ncols() > 1 => Some(format!(
                "{name}: training is on standardized targets ({told}), and a loss of several is told in these; each target's \
                 own error is in its own units{skewed}"
            )),
            // In which units losses are told depends on the loss, and stands with them.
            _ => Some(format!("{name}: training is on standardized targets ({told}){skewed}")),
        }
    }
}

/// What was done by logarithms, in a sentence.
fn note_of_logarithms(name: &str, plus: f64, columns: &Columns, which: &[usize]) -> String {
    let of = if plus > 0.0 { "ln(1 + target), as some targets are 0" } else { "natural logarithms" };
    let scaled = match which {
        [] => String::new(),
        [one] => {
            let (mean, sd) = columns.figures(*one);
            format!(", which are standardized (mean {}, sd {})", rough(mean), rough(sd))
        }
        several => format!(", of which {} are standardized", several.len()),
    };
    format!("{name}: training is on {of}{scaled}; losses and R^2 are of logarithms, and told in log units")
}

fn is_skewed(y: &Array2<f64>, column: usize) -> bool {
    let [least, most] = ends(y, column);
    least > 0.0 && most > SKEWED * least
}

/// The smallest and the largest number of a column.
fn ends(y: &Array2<f64>, column: usize) -> [f64; 2] {
    let y = y.column(column);
    [y.fold(f64::INFINITY, |least, y| least.min(*y)), y.fold(f64::NEG_INFINITY, |most, y| most.max(*y))]
}

/// Puts logarithms in the place of all targets, and returns what was added to them before, which the targets for training decide.
fn logarithms(train: &mut Array2<f64>, test: Option<&mut Array2<f64>>) -> Result<f64, String> {
    let least = |y: &Array2<f64>| y.fold(f64::INFINITY, |least, y| least.min(*y));
    let plus = if least(train) > 0.0 { 0.0 } else { 1.0 };
    for (y, whose) in [(Some(train), ""), (test, " of the test samples")] {
        let Some(y) = y else { continue };
        match least(y) {
            least if least < 0.0 => {
                let least = rough(least);
                return Err(format!(
                    "--scale-targets log is for targets from 0 on, and the smallest{whose} is {least}; use auto"
                ));
            }
            least if least == 0.0 && plus == 0.0 => {
                return Err(format!(
                    "--scale-targets log: a target{whose} is 0, which has no logarithm, and none of those for training is, so that \
                     these are taken as they are; leave such samples out, or use auto"
                ));
            }
            _ => y.mapv_inplace(|y| if plus > 0.0 { libm::log1p(y) } else { libm::log(y) }),
        }
    }
    Ok(plus)
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn apply(how: ScaleTargets, strict: bool, y: &Array2<f64>) -> (Array2<f64>, Transform, Option<String>) {
        let mut y = y.clone();
        let (transform, note) = how.apply("label column \"y\"", &[], strict, &mut y, None).unwrap();
        (y, transform, note)
    }

    #[test]
    fn each_target_that_is_far_from_unit_size_is_standardized() {
        let y = array![[1.0, 100.0], [-1.0, 300.0]];
        let (scaled, transform, note) = apply(ScaleTargets::Auto, false, &y);
        assert_eq!(scaled, array![[1.0, -1.0], [-1.0, 1.0]]);
        assert_eq!(transform, Transform::Standardized { mean: vec![0.0, 200.0], sd: vec![1.0, 100.0] });
        assert!(note.unwrap().contains("(1: mean 200, sd 100)"));
        assert_eq!(apply(ScaleTargets::Auto, false, &scaled), (scaled.clone(), Transform::Identity, None));
        for (how, strict, flag) in
            [(ScaleTargets::None, false, "--scale-targets none"), (ScaleTargets::Auto, true, "--strict")]
        {
            let (left, transform, note) = apply(how, strict, &y);
            assert_eq!((&left, transform), (&y, Transform::Identity));
            assert!(note.unwrap().contains(&format!("left so ({flag})")));
        }
    }

    #[test]
    fn logarithms_are_of_what_is_not_negative() {
        let y = array![[1.0], [1e6]];
        let (scaled, transform, _) = apply(ScaleTargets::Log, false, &y);
        assert_eq!(scaled, array![[-1.0], [1.0]]);
        let ln = 1e6f64.ln() / 2.0;
        assert_eq!(transform, Transform::Log { plus: 0.0, mean: vec![ln], sd: vec![ln] });
        let (_, transform, _) = apply(ScaleTargets::Log, false, &array![[0.0], [1.0]]);
        assert!(matches!(transform, Transform::Log { plus: 1.0, .. }));
        let (scaled, _, note) = apply(ScaleTargets::Log, false, &array![[0.0], [1e6]]);
        assert_eq!(scaled, array![[-1.0], [1.0]]);
        let note = note.unwrap();
        assert!(
            note.contains("on ln(1 + target), as some targets are 0, which are standardized (mean 6.91, sd 6.91);"),
            "{note}"
        );
        let (_, _, note) = apply(ScaleTargets::Log, false, &array![[0.5], [2.0]]);
        assert!(note.unwrap().contains("training is on natural logarithms; losses"));
        // Zeros to be tested on change nothing of training.
        let (mut train, mut test) = (array![[1.0], [1e6]], array![[0.0]]);
        let problem = ScaleTargets::Log.apply("y", &[], false, &mut train, Some(&mut test)).unwrap_err();
        assert!(problem.contains("a target of the test samples is 0"), "{problem}");
        let (mut train, mut test) = (array![[0.0], [1e6]], array![[1.0]]);
        assert!(ScaleTargets::Log.apply("y", &[], false, &mut train, Some(&mut test)).is_ok());
        assert!(apply(ScaleTargets::Auto, false, &y).2.unwrap().contains("--scale-targets log may do better"));
        let problem = ScaleTargets::Log.apply("y", &[], false, &mut array![[-2.0], [1.0]], None).unwrap_err();
        assert_eq!(problem, "--scale-targets log is for targets from 0 on, and the smallest is -2; use auto");
    }
}
