//! What the pictures and the pages draw: many traces, or many starts, of one initialization as one line with a band.

use crate::probe::{LayerSummary, Profile};
use crate::run::Run;
use crate::stats::{self, Spread};
use std::collections::HashMap;
use std::sync::Arc;

/// The runs of one initialization, to be drawn in one colour.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// The initialization, or what else tells it from the others.
    pub init: String,
    /// At every recorded step: the step, then the 10th percentile, the median and the 90th of the runs' losses there.
    /// Runs that have diverged by then count as infinitely large.
    pub quantiles: Vec<(usize, [f64; 3])>,
    /// The judged figure of every run that has one: its seed, and the accuracy, or in regression the loss.
    pub outcomes: Vec<(u64, f64)>,
    /// How many runs there are, and how many of them have a trace.
    pub runs: usize,
    pub traced: usize,
}

/// Seeds of one initialization whose traces are drawn, at most: more would move no quantile by as much as can be seen.
pub const DRAWN: usize = 2000;

/// Which traces are drawn where there are very many: those of the first seeds of each initialization.
#[derive(Clone, Debug, Default)]
pub struct Drawn {
    counts: HashMap<(Option<Arc<str>>, Arc<str>), usize>,
}

impl Drawn {
    /// Whether the trace of this run, the next one of its initialization, is drawn.
    pub fn takes(&mut self, run: &Run) -> bool {
        let count = self.counts.entry((run.case.clone(), run.init.clone())).or_default();
        *count += 1;
        *count <= DRAWN
    }
}

/// The runs of each initialization of each case, in the order of their first ones.
pub fn groups(runs: &[Run]) -> Vec<Vec<&Run>> {
    let mut groups: Vec<Vec<&Run>> = Vec::new();
    for run in runs {
        let of = |group: &&mut Vec<&Run>| (&group[0].case, &group[0].init) == (&run.case, &run.init);
        match groups.iter_mut().find(of) {
            Some(group) => group.push(run),
            None => groups.push(vec![run]),
        }
    }
    groups
}

/// One curve for each of these.
pub fn curves(groups: &[Vec<&Run>]) -> Vec<Curve> {
    let name = |first: &Run| match &first.case {
        None => first.init.to_string(),
        Some(case) if groups.iter().filter(|group| group[0].case == first.case).count() == 1 => case.to_string(),
        Some(case) => format!("{case}: {}", first.init),
    };
    groups.iter().map(|group| curve(name(group[0]), group)).collect()
}

fn curve(init: String, runs: &[&Run]) -> Curve {
    // What was not kept says nothing of what diverged.
    let traced: Vec<&Run> = runs.iter().copied().filter(|run| !run.trace.is_empty()).collect();
    let longest = traced.iter().max_by_key(|run| run.trace.len()).map_or(&[][..], |run| &run.trace);
    let at = |i: usize| {
        let loss = |run: &&Run| match run.trace.get(i) {
            Some(record) if record.loss.is_finite() => record.loss,
            _ => f64::INFINITY,
        };
        let mut losses: Vec<f64> = traced.iter().map(loss).collect();
        losses.sort_unstable_by(f64::total_cmp);
        let quantile = |share: f64| stats::quantile_of_sorted(&losses, share).unwrap_or(f64::INFINITY);
        (longest[i].step, [quantile(0.1), quantile(0.5), quantile(0.9)])
    };
    let outcome = |run: &&Run| {
        let judged = run.judged();
        let figure = if run.train.accuracy.is_some() { judged.accuracy } else { Some(judged.loss) };
        figure.filter(|x| x.is_finite()).map(|x| (run.seed, x))
    };
    Curve {
        init,
        quantiles: (0..longest.len()).map(at).collect(),
        outcomes: runs.iter().filter_map(outcome).collect(),
        runs: runs.len(),
        traced: traced.len(),
    }
}

/// One curve per start, of a figure over the layers that have it.
pub fn by_layer(profiles: &[Profile], of: fn(&LayerSummary) -> Option<Spread>) -> Vec<Curve> {
    let curve = |profile: &Profile| Curve {
        init: profile.name.clone(),
        quantiles: profile.layers.iter().filter_map(|layer| Some((layer.layer, of(layer)?.quantiles))).collect(),
        outcomes: Vec::new(),
        runs: profile.seeds,
        traced: profile.seeds,
    };
    profiles.iter().map(curve).collect()
}

/// What the outcomes are called.
pub fn outcome_name(runs: &[Run]) -> &'static str {
    let classify = runs.iter().any(|run| run.train.accuracy.is_some());
    let tested = runs.iter().any(|run| run.test.is_some());
    match (classify, tested) {
        (true, true) => "test accuracy",
        (true, false) => "training accuracy",
        (false, true) => "test loss",
        (false, false) => "training loss",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{Figures, Record};

    fn run(seed: u64, losses: &[f64]) -> Run {
        Run {
            case: None,
            init: "he".into(),
            seed,
            status: "finished",
            step: None,
            train: Figures { loss: losses[losses.len() - 1], accuracy: None, classes: None },
            test: None,
            targets: None,
            trace: losses.iter().enumerate().map(|(i, &loss)| Record { step: 10 * i, loss }).collect(),
            steps: 10,
            best: None,
            reached: None,
            seconds: 0.0,
        }
    }

    #[test]
    fn a_curve_is_the_quantiles_of_its_runs_and_divergence_is_at_the_top() {
        let runs = [run(1, &[1.0, 0.5]), run(2, &[2.0, 0.6]), run(3, &[3.0])];
        let curves = curves(&groups(&runs));
        assert_eq!(curves.len(), 1);
        assert_eq!(curves[0].quantiles, [(0, [1.0, 2.0, 3.0]), (10, [0.5, 0.6, f64::INFINITY])]);
        assert_eq!(curves[0].outcomes, [(1, 0.5), (2, 0.6), (3, 3.0)]);
    }

    #[test]
    fn of_very_many_seeds_the_first_are_drawn_and_the_others_are_not_taken_for_diverged() {
        let mut drawn = Drawn::default();
        let taken: Vec<bool> = (0..=DRAWN as u64).map(|seed| drawn.takes(&run(seed, &[1.0]))).collect();
        assert_eq!((taken.iter().filter(|taken| **taken).count(), taken[DRAWN]), (DRAWN, false));
        let without = Run { trace: Vec::new(), ..run(2, &[1.0]) };
        let runs = [run(1, &[1.0, 0.5]), without];
        let curves = curves(&groups(&runs));
        assert_eq!((curves[0].quantiles[1], curves[0].runs, curves[0].traced), ((10, [0.5; 3]), 2, 1));
    }

    #[test]
    fn what_starts_alike_in_different_cases_is_kept_apart() {
        let of = |case: &str, init: &str| Run { case: Some(case.into()), init: init.into(), ..run(1, &[1.0]) };
        let runs = [of("wide", "he"), of("deep", "he"), of("deep", "zeros"), of("wide", "he")];
        let curves = curves(&groups(&runs));
        let named: Vec<(&str, usize)> = curves.iter().map(|curve| (&*curve.init, curve.runs)).collect();
        assert_eq!(named, [("wide", 2), ("deep: he", 1), ("deep: zeros", 1)]);
    }
}
