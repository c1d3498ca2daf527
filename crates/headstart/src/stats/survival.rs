//! Times of events that some never lived to see (Kaplan and Meier 1958).

use super::LEVEL;
use num_bigint::BigUint;
use serde::Serialize;
use statrs::distribution::{ContinuousCDF, Normal};
use std::cmp::Ordering;

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
///
/// Whether half of them have is a question of counts, and counts answer it: of 14 runs of which 7 met the event the share
/// is a half, not the 0.5000000000000001 that a product of quotients comes to.
pub fn kaplan_meier(runs: &[(f64, bool)]) -> Survival {
    let mut sorted = runs.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let z = Normal::standard().inverse_cdf(f64::midpoint(1.0, LEVEL));
    let (mut share, mut variance) = (Share { factors: Vec::new(), before: 1.0 }, 0.0);
    let mut curve = Vec::new();
    let mut median = None;
    let (mut lower, mut upper) = (None, None);
    let mut seen = 0;
    for group in sorted.chunk_by(|a, b| a.0 == b.0) {
        let at_risk = sorted.len() - seen;
        let events = group.iter().filter(|(_, met)| *met).count();
        seen += group.len();
        if events == 0 {
            continue;
        }
        let time = group[0].0;
        share.lose(events, at_risk);
        // Greenwood's sum; infinite where nobody is left.
        variance += events as f64 / (at_risk as f64 * (at_risk - events) as f64);
        let now = share.value();
        curve.push((time, now));
        if share.is_half_or_less() {
            median = median.or(Some(time));
        }
        let band = |sign: f64| {
            if now <= 0.0 {
                return 0.0;
            }
            let log = now.ln();
            libm::exp(-libm::exp(libm::log(-log) + sign * z * variance.sqrt() / log))
        };
        let (low, high) = (band(1.0).min(band(-1.0)), band(1.0).max(band(-1.0)));
        if low <= 0.5 {
            lower = lower.or(Some(time));
        }
        if high <= 0.5 {
            upper = upper.or(Some(time));
        }
    }
    Survival { curve, median, median_interval: [lower, upper] }
}

/// A share that has lost some of those at risk again and again: the product of `left / at risk`.
///
/// Where all who are left are at risk the next time, one quotient's numerator is the next one's denominator, and both are
/// left out: only those who are no longer watched make a new factor.
struct Share {
    /// Numerators and denominators, from one loss of sight to the next.
    factors: Vec<[usize; 2]>,
    /// The product of all but the last, rounded.
    before: f64,
}

impl Share {
    fn lose(&mut self, events: usize, at_risk: usize) {
        let left = at_risk - events;
        match self.factors.last_mut() {
            Some([numerator, _]) if *numerator == at_risk => *numerator = left,
            _ => {
                self.before = self.rounded();
                self.factors.push([left, at_risk]);
            }
        }
    }

    /// Rounded once where nobody was lost from sight.
    fn value(&self) -> f64 {
        match self.half() {
            Some(Ordering::Equal) => 0.5,
            _ => self.rounded(),
        }
    }

    fn is_half_or_less(&self) -> bool {
        match self.half() {
            Some(exactly) => exactly.is_le(),
            None => self.rounded() < 0.5,
        }
    }

    fn rounded(&self) -> f64 {
        self.before * self.factors.last().map_or(1.0, |[left, at_risk]| *left as f64 / *at_risk as f64)
    }

    /// How it compares with a half, exactly; none where it is so far from it that rounding cannot matter.
    fn half(&self) -> Option<Ordering> {
        // Of a million factors, each rounded twice, the product is off by less than this.
        const NEAR: f64 = 1e-9;
        ((self.rounded() - 0.5).abs() < NEAR).then(|| {
            let product = |i: usize| self.factors.iter().map(|factor| BigUint::from(factor[i])).product::<BigUint>();
            (product(0) * 2_u32).cmp(&product(1))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use headstart_engine::rng::{Native, Stream};

    /// One after the other meets the event: after half of them the share is a half, to the bit, and that time the median.
    #[test]
    fn a_half_is_a_half_whatever_the_number_of_runs() {
        for n in 1..=400_usize {
            let runs: Vec<(f64, bool)> = (1..=n).map(|i| (i as f64, true)).collect();
            let survival = kaplan_meier(&runs);
            assert_eq!(survival.median, Some(n.div_ceil(2) as f64), "{n}");
            assert_eq!(survival.curve[n.div_ceil(2) - 1].1, (n - n.div_ceil(2)) as f64 / n as f64, "{n}");
        }
        // Whole groups at once, half of all left in the end, and never fewer.
        for groups in [vec![1, 3, 3], vec![2, 1, 4], vec![1; 7], vec![3, 2, 2]] {
            let times = groups.iter().enumerate().flat_map(|(time, count)| vec![(time as f64, true); *count]);
            let runs: Vec<(f64, bool)> = times.chain([(9.0, false); 7]).collect();
            let survival = kaplan_meier(&runs);
            let last = groups.len() - 1;
            assert_eq!((survival.median, survival.curve[last].1), (Some(last as f64), 0.5), "{groups:?}");
        }
    }

    /// The same where some are lost from sight on the way, against whole numbers.
    #[test]
    fn a_half_that_is_made_of_several_counts_is_a_half_as_well() {
        let mut stream = Native::new(5, 6);
        let (mut halves, mut cases) = (0, 0);
        for _ in 0..20_000 {
            let n = 2 + stream.up_to(14) as usize;
            let runs: Vec<(f64, bool)> = (0..n).map(|_| (stream.up_to(6) as f64, stream.up_to(3) > 0)).collect();
            let (mut left, mut all) = (1_u128, 1_u128);
            let mut expected = None;
            for time in 0..=6 {
                let at_risk = runs.iter().filter(|run| run.0 >= f64::from(time)).count() as u128;
                let events = runs.iter().filter(|run| run.0 == f64::from(time) && run.1).count() as u128;
                if events > 0 {
                    (left, all) = (left * (at_risk - events), all * at_risk);
                    halves += u32::from(2 * left == all);
                    if 2 * left <= all {
                        expected = expected.or(Some(f64::from(time)));
                    }
                }
            }
            cases += 1;
            assert_eq!(kaplan_meier(&runs).median, expected, "{runs:?}");
        }
        assert!(halves > cases / 50, "{halves} of {cases} curves pass through a half");
    }

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
