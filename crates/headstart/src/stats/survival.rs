//! Times of events that some never lived to see (Kaplan and Meier 1958).

use super::LEVEL;
use serde::Serialize;
use statrs::distribution::{ContinuousCDF, Normal};

/// The share of runs that have not met an event, over time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Survival {
    /// Every time at which one met it: the time, and the share that has not met it afterwards.
    pub curve: Vec<(f64, f64)>,
    /// The time by which half of them have; none if fewer ever do.
    pub median: Option<f64>,
    /// An interval of the median (Brookmeyer and Crowley 1982, with the log-log transform of Greenwood's variance); an end
    /// is none where the curve's band never comes down to a half.
    pub median_interval: [Option<f64>; 2],
}

/// The Kaplan-Meier estimate. Each run has a time and whether it met the event then; those that did not were watched until
/// then, and may have met it later.
pub fn kaplan_meier(runs: &[(f64, bool)]) -> Survival {
    let mut sorted = runs.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let z = Normal::standard().inverse_cdf(f64::midpoint(1.0, LEVEL));
    let (mut share, mut variance) = (1.0, 0.0);
    let mut curve = Vec::new();
    let (mut lower, mut upper) = (None, None);
    let mut seen = 0;
    for group in sorted.chunk_by(|a, b| a.0 == b.0) {
        let at_risk = (sorted.len() - seen) as f64;
        let events = group.iter().filter(|(_, met)| *met).count() as f64;
        seen += group.len();
        if events == 0.0 {
            continue;
        }
        share *= 1.0 - events / at_risk;
        // Greenwood's sum; infinite where nobody is left.
        variance += events / (at_risk * (at_risk - events));
        curve.push((group[0].0, share));
        let band = |sign: f64| {
            if share <= 0.0 {
                return 0.0;
            }
            let log = share.ln();
            libm::exp(-libm::exp(libm::log(-log) + sign * z * variance.sqrt() / log))
        };
        let (low, high) = (band(1.0).min(band(-1.0)), band(1.0).max(band(-1.0)));
        if low <= 0.5 {
            lower = lower.or(Some(group[0].0));
        }
        if high <= 0.5 {
            upper = upper.or(Some(group[0].0));
        }
    }
    let median = curve.iter().find(|(_, share)| *share <= 0.5).map(|(time, _)| *time);
    Survival { curve, median, median_interval: [lower, upper] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use headstart_engine::rng::{Native, Stream};

    /// How often the median's interval holds the true one, of exponential times of which a part is never seen.
    #[test]
    fn the_medians_interval_covers_it_as_often_as_it_says() {
        const TRIALS: usize = 1_000;
        let mut stream = Native::new(3, 4);
        for (n, horizon) in [(30, 1.5), (100, 0.9)] {
            let covered = (0..TRIALS).filter(|_| {
                let times = (0..n).map(|_| -libm::log(1.0 - stream.uniform()));
                let runs: Vec<(f64, bool)> = times.map(|time| (time.min(horizon), time < horizon)).collect();
                let [low, high] = kaplan_meier(&runs).median_interval;
                let truth = 2_f64.ln();
                low.is_none_or(|low| low <= truth) && high.is_none_or(|high| truth <= high)
            });
            let share = covered.count() as f64 / TRIALS as f64;
            assert!((0.92..0.98).contains(&share), "{n}: {share}");
        }
    }

    /// Golden values of lifelines' `KaplanMeierFitter`, version 0.30.
    #[test]
    fn curves_medians_and_intervals_are_those_of_lifelines() {
        let times = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35];
        let met = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0];
        let runs: Vec<(f64, bool)> = times.iter().zip(met).map(|(t, m)| (f64::from(*t), m == 1)).collect();
        let survival = kaplan_meier(&runs);
        let expected = [
            (6.0, 0.857142857142857),
            (7.0, 0.8067226890756299),
            (10.0, 0.7529411764705878),
            (13.0, 0.6901960784313722),
            (16.0, 0.6274509803921566),
            (22.0, 0.5378151260504199),
            (23.0, 0.44817927170868327),
        ];
        assert_eq!(survival.curve.len(), expected.len());
        for (found, expected) in survival.curve.iter().zip(expected) {
            assert!(found.0 == expected.0 && (found.1 - expected.1).abs() < 1e-14, "{found:?} is not {expected:?}");
        }
        assert_eq!((survival.median, survival.median_interval), (Some(23.0), [Some(13.0), None]));
        let none = kaplan_meier(&[(5.0, false), (5.0, false)]);
        assert_eq!((none.median, none.curve.len()), (None, 0));
        let all = kaplan_meier(&[(1.0, true), (2.0, true), (3.0, true)]);
        assert_eq!((all.median, all.curve.last()), (Some(2.0), Some(&(3.0, 0.0))));
    }
}
