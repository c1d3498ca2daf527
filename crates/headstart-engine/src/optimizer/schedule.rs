//! Learning rates over the steps of a run.

use super::names::SCHEDULES;
use crate::names::{GrammarError, plain};
use std::fmt;
use std::str::FromStr;

/// The share of a one-cycle schedule that rises, the ratio of its largest rate to its first one, and that of its first to its
/// last one: PyTorch's.
const ONE_CYCLE: [f64; 3] = [0.3, 25.0, 1e4];

/// The learning rate over the steps of a run, of which the largest one is `lr`; changed at every step.
///
/// Step `t` of `n` is `t` from 0; a warm-up has steps of its own before these: see [`Schedule::rate`].
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub enum Schedule {
    /// The same at every step.
    #[default]
    Constant,
    /// `lr (1 + cos(pi t / n)) / 2` (Loshchilov and Hutter 2017, eq. 5, one period, down to 0).
    Cosine,
    /// `lr factor^floor(t / every)`: PyTorch's `StepLR`, Keras' `ExponentialDecay` with `staircase`.
    Step {
        /// Steps between two falls.
        every: usize,
        /// What the rate is multiplied by at each.
        factor: f64,
    },
    /// `lr factor^t`: PyTorch's `ExponentialLR` at every step.
    Exponential {
        /// What the rate is multiplied by at every step.
        factor: f64,
    },
    /// `lr (1 - (1 - end) t / n)`: optax's `linear_schedule`.
    Linear {
        /// What the rate falls to, as a part of `lr`.
        end: f64,
    },
    /// `lr (1 - t / n)^power`: PyTorch's `PolynomialLR`, Keras' `PolynomialDecay` down to 0.
    Polynomial {
        /// The power.
        power: f64,
    },
    /// From `lr / 25` up to `lr` in the first part of the steps and down to `lr / 250,000`, both as half a cosine (Smith and Topin
    /// 2019, in the form of PyTorch's `OneCycleLR`).
    OneCycle {
        /// The share of the steps that rises.
        rise: f64,
    },
}

impl Schedule {
    /// Every name in the grammar.
    pub const NAMES: &'static [&'static str] = &[
        "constant",
        "cosine",
        "step:EVERY:FACTOR",
        "exponential:FACTOR",
        "linear:END",
        "polynomial:POWER",
        "one-cycle:RISE",
    ];

    /// The learning rate of step `step` of `steps`, where the largest one is `lr`, and the first `warmup` steps rise to it:
    /// `lr (step + 1) / warmup`.
    pub fn rate(self, lr: f64, warmup: usize, step: usize, steps: usize) -> f64 {
        if step < warmup {
            return lr * ((step + 1) as f64 / warmup as f64);
        }
        let (t, n) = ((step - warmup) as f64, (steps - warmup) as f64);
        match self {
            Self::Constant => lr,
            Self::Cosine => lr * 0.5 * (1.0 + pxfm::f_cos(std::f64::consts::PI * t / n)),
            Self::Step { every, factor } => lr * pxfm::f_pow(factor, ((step - warmup) / every) as f64),
            Self::Exponential { factor } => lr * pxfm::f_pow(factor, t),
            Self::Linear { end } => lr * (1.0 - (1.0 - end) * (t / n)),
            Self::Polynomial { power } => lr * pxfm::f_pow(1.0 - t / n, power),
            Self::OneCycle { rise } => one_cycle(lr, rise, t, n),
        }
    }

    fn check(self, text: &str) -> Result<Self, GrammarError> {
        let wrong = |problem: &str| Err(GrammarError::parameter(text, problem));
        let share = |x: f64| (0.0..=1.0).contains(&x);
        match self {
            Self::Step { every: 0, .. } => wrong("the rate falls every 1 steps or more, not every 0"),
            Self::Step { factor, .. } | Self::Exponential { factor } if !(factor > 0.0 && share(factor)) => {
                wrong("the factor must be above 0 and at most 1")
            }
            Self::Linear { end } if !share(end) => wrong("the end is a part of the rate, from 0 to 1"),
            Self::Polynomial { power } if !(power > 0.0 && power.is_finite()) => {
                wrong("the power must be a positive number")
            }
            Self::OneCycle { rise } if !(share(rise) && rise > 0.0 && rise < 1.0) => {
                wrong("the part that rises must be between 0 and 1")
            }
            fine => Ok(fine),
        }
    }
}

fn one_cycle(lr: f64, rise: f64, t: f64, n: f64) -> f64 {
    let [_, first, last] = ONE_CYCLE;
    let (low, end) = (lr / first, lr / first / last);
    let between =
        |from: f64, to: f64, share: f64| to + (from - to) / 2.0 * (1.0 + pxfm::f_cos(std::f64::consts::PI * share));
    let (top, over) = (rise * n - 1.0, n - 1.0);
    if t <= top && top > 0.0 {
        between(low, lr, t / top)
    } else {
        let top = top.max(0.0);
        between(lr, end, if over > top { (t - top) / (over - top) } else { 0.0 })
    }
}

impl FromStr for Schedule {
    type Err = GrammarError;

    fn from_str(text: &str) -> Result<Self, GrammarError> {
        let mut parts = text.trim().split(':').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let numbers = parts
            .map(|part| {
                let number = part.parse::<f64>().ok().filter(|number| number.is_finite());
                number.ok_or_else(|| GrammarError::parameter(text, format!("\"{part}\" is not a number")))
            })
            .collect::<Result<Vec<f64>, _>>()?;
        let wants = |what: &str| Err(GrammarError::parameter(text, what));
        let found = match (SCHEDULES.read(name)?.name, numbers.as_slice()) {
            ("constant", []) => Self::Constant,
            ("cosine", []) => Self::Cosine,
            ("step", [every, factor]) if every.fract() == 0.0 && (0.0..1e15).contains(every) => {
                Self::Step { every: *every as usize, factor: *factor }
            }
            ("step", _) => return wants("step needs how often the rate falls, and by what, as in step:1000:0.5"),
            ("exponential", [factor]) => Self::Exponential { factor: *factor },
            ("exponential", _) => return wants("exponential needs a factor of every step, as in exponential:0.999"),
            ("linear", []) => Self::Linear { end: 0.0 },
            ("linear", [end]) => Self::Linear { end: *end },
            ("polynomial", []) => Self::Polynomial { power: 1.0 },
            ("polynomial", [power]) => Self::Polynomial { power: *power },
            ("one-cycle", []) => Self::OneCycle { rise: ONE_CYCLE[0] },
            ("one-cycle", [rise]) => Self::OneCycle { rise: *rise },
            (name, _) => return wants(&format!("{name} takes no such numbers")),
        };
        found.check(text)
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match *self {
            Self::Constant => "constant".to_owned(),
            Self::Cosine => "cosine".to_owned(),
            Self::Step { every, factor } => format!("step:{every}:{}", plain(factor)),
            Self::Exponential { factor } => format!("exponential:{}", plain(factor)),
            Self::Linear { end: 0.0 } => "linear".to_owned(),
            Self::Linear { end } => format!("linear:{}", plain(end)),
            Self::Polynomial { power } => format!("polynomial:{}", plain(power)),
            Self::OneCycle { rise } if rise == ONE_CYCLE[0] => "one-cycle".to_owned(),
            Self::OneCycle { rise } => format!("one-cycle:{}", plain(rise)),
        };
        f.pad(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(schedule: &str, warmup: usize, steps: usize) -> Vec<f64> {
        let schedule: Schedule = schedule.parse().unwrap();
        (0..steps).map(|step| schedule.rate(0.1, warmup, step, steps)).collect()
    }

    #[test]
    fn rates_are_those_of_their_formulas() {
        let near = |schedule: &str, warmup, expected: &[f64]| {
            let rates = rates(schedule, warmup, expected.len());
            let is_near = rates.iter().zip(expected).all(|(rate, expected)| (rate - expected).abs() < 1e-15);
            assert!(is_near, "{schedule}: {rates:?}");
        };
        near("constant", 0, &[0.1; 3]);
        let half = 0.05 * std::f64::consts::FRAC_1_SQRT_2;
        near("cosine", 0, &[0.1, 0.05 + half, 0.05, 0.05 - half]);
        near("step:2:0.5", 0, &[0.1, 0.1, 0.05, 0.05, 0.025]);
        near("exponential:0.5", 0, &[0.1, 0.05, 0.025]);
        near("linear", 0, &[0.1, 0.075, 0.05, 0.025]);
        near("linear:0.5", 0, &[0.1, 0.0875, 0.075, 0.0625]);
        near("polynomial:2", 0, &[0.1, 0.1 * 9.0 / 16.0, 0.025, 0.1 / 16.0]);
        // The steps of the warm-up come before those of the schedule.
        near("linear", 4, &[0.025, 0.05, 0.075, 0.1, 0.1, 0.075, 0.05, 0.025]);
        let cycle = rates("one-cycle", 0, 100);
        assert!((cycle[0] - 0.1 / 25.0).abs() < 1e-15 && cycle[29] == 0.1);
        assert!((cycle[99] - 0.1 / 25.0 / 1e4).abs() < 1e-15 && cycle.iter().all(|rate| (0.0..=0.1).contains(rate)));
    }

    #[test]
    fn a_schedule_reads_back_as_it_was_written() {
        for text in [
            "constant",
            "cosine",
            "step:100:0.5",
            "exponential:0.999",
            "linear",
            "linear:0.1",
            "polynomial:2",
            "one-cycle",
            "one-cycle:0.2",
        ] {
            assert_eq!(text.parse::<Schedule>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_makes_no_schedule_is_refused_with_a_reason() {
        let says = |text: &str, why: &str| {
            let message = text.parse::<Schedule>().unwrap_err().to_string();
            assert!(message.contains(why), "{message}");
        };
        says("step", "as in step:1000:0.5");
        says("step:0:0.5", "not every 0");
        says("step:10:0", "above 0 and at most 1");
        says("exponential:1.5", "above 0 and at most 1");
        says("exponential", "as in exponential:0.999");
        says("linear:2", "from 0 to 1");
        says("polynomial:-1", "positive");
        says("one-cycle:1", "between 0 and 1");
        says("cosine:3", "no such numbers");
        says("linear:x", "\"x\" is not a number");
        says("cosin", "did you mean \"cosine\"");
    }
}
