//! Intervals that hold the truth in 95 of 100 repetitions.

use super::{LEVEL, mean};
use serde::Serialize;
use statrs::distribution::{Binomial, ContinuousCDF, Discrete, DiscreteCDF, Normal, StudentsT};

/// Of how many standard deviations a normal interval reaches to both sides.
fn reach() -> f64 {
    Normal::standard().inverse_cdf(f64::midpoint(1.0, LEVEL))
}

/// Wilson's score interval for a probability, of which `count` of `n` trials were successes (Wilson 1927; recommended by
/// Brown et al. 2001). From 0 to 1 of no trials.
pub fn wilson(count: usize, n: usize) -> [f64; 2] {
    if n == 0 {
        return [0.0, 1.0];
    }
    let (n, z) = (n as f64, reach());
    let p = count as f64 / n;
    let center = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z / (1.0 + z * z / n) * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    [(center - half).max(0.0), (center + half).min(1.0)]
}

/// The interval of a probability by the mid-P test: the probabilities of which neither so few successes nor so many would be
/// among the rarest 2.5%, what was seen counted half (Lancaster 1961; Agresti and Gottard 2007, "Nonconservative exact small-sample
/// inference for discrete data", section 2). From 0 to 1 of no trials.
pub fn mid_p(count: usize, n: usize) -> [f64; 2] {
    // Failures are rare where successes are not.
    [lower_mid_p(count, n), 1.0 - lower_mid_p(n - count.min(n), n)]
}

/// The smallest probability of which so many successes of `n` are not among the rarest.
fn lower_mid_p(count: usize, n: usize) -> f64 {
    /// Each halves what is left of the range.
    const HALVINGS: usize = 60;
    // That at least so many succeed, those that did counted half.
    let at_least = |p: f64| {
        let law = Binomial::new(p, n as u64).ok();
        law.map_or(f64::NAN, |law| law.sf(count as u64) + law.pmf(count as u64) / 2.0)
    };
    if count == 0 {
        return 0.0;
    }
    let (mut rare, mut usual) = (0.0, count as f64 / n as f64);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(rare, usual);
        if at_least(middle) < (1.0 - LEVEL) / 2.0 { rare = middle } else { usual = middle }
    }
    usual
}

/// With fewer figures no interval of their mean keeps its word.
pub const FEWEST: usize = 6;

/// Why there is no interval of a mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoInterval {
    /// There are fewer than [`FEWEST`] figures.
    TooFew,
    /// All are the same: they say nothing of how far others may be from them.
    Alike,
    /// One is not finite.
    NotFinite,
}

/// Where the mean of all figures lies, by some of them.
///
/// Figures that fall into two groups, as of trainings that succeed or fail, say how many others fall into each: the interval is
/// that of the share ([`mid_p`]) between the groups' means. Of all others it is Student's, with their skewness removed by a cubic
/// transformation (Hall 1992, "On the removal of skewness by transformation", equation 2.6). Over normal, uniform and exponential figures
/// it holds the truth in 93% to 97.5%; of two-valued ones in 93% or more, as counts of a few seeds leave no choice.
///
/// # Errors
/// Why there is none.
pub fn of_mean(x: &[f64]) -> Result<[f64; 2], NoInterval> {
    if x.iter().any(|x| !x.is_finite()) {
        return Err(NoInterval::NotFinite);
    }
    if x.len() < FEWEST {
        return Err(NoInterval::TooFew);
    }
    if x.iter().all(|other| *other == x[0]) {
        return Err(NoInterval::Alike);
    }
    Ok(Groups::of(x).map_or_else(|| unskewed(x), Groups::interval))
}

/// Figures that fall into two groups, as of trainings that succeed or fail.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Groups {
    /// The mean of the lower group.
    pub low: f64,
    /// The mean of the upper group.
    pub high: f64,
    /// How many are in the upper one.
    pub upper: usize,
    /// How many there are.
    pub all: usize,
}

impl Groups {
    /// Of finite figures; none if they do not fall into two groups that are further apart than either is wide, by far.
    pub fn of(x: &[f64]) -> Option<Self> {
        /// The gap between two groups, in the widths of the wider one, at least.
        const APART: f64 = 4.0;
        let mut sorted = x.to_vec();
        sorted.sort_by(f64::total_cmp);
        let gap = |at: &usize| sorted[*at] - sorted[at - 1];
        let cut = (1..sorted.len()).max_by(|a, b| gap(a).total_cmp(&gap(b)))?;
        let (low, high) = sorted.split_at(cut);
        let width = |group: &[f64]| group[group.len() - 1] - group[0];
        let (bottom, top) = (mean(low), mean(high));
        let is_apart = gap(&cut) > APART * width(low).max(width(high)) && (top - bottom).is_finite();
        is_apart.then_some(Self { low: bottom, high: top, upper: high.len(), all: x.len() })
    }

    /// Where the mean of all figures lies.
    fn interval(self) -> [f64; 2] {
        mid_p(self.upper, self.all).map(|share| self.low + share * (self.high - self.low))
    }
}

/// Student's interval of a mean whose figures may be skewed.
fn unskewed(x: &[f64]) -> [f64; 2] {
    let n = x.len() as f64;
    let center = mean(x);
    // In units of the largest deviation, so that cubes stay within the floats.
    let unit = x.iter().fold(0.0_f64, |most, x| most.max((x - center).abs()));
    let moment = |power: i32| x.iter().map(|x| ((x - center) / unit).powi(power)).sum::<f64>() / n;
    let deviation = moment(2).sqrt();
    // Without the bias that few figures have (Joanes and Gill 1998).
    let skewness = moment(3) / deviation.powi(3) * (n * (n - 1.0)).sqrt() / (n - 2.0);
    let reach = StudentsT::new(0.0, 1.0, n - 1.0).map_or(f64::NAN, |law| law.inverse_cdf(f64::midpoint(1.0, LEVEL)));
    let end = |t: f64| {
        // What the cubic makes t of: t / sqrt(n) = T + g T^2 / 3 + g^2 T^3 / 27 + g / 6n.
        let z = t / (n - 1.0).sqrt() - skewness / (6.0 * n);
        let skewed = if skewness.abs() < 1e-6 { z } else { 3.0 / skewness * (libm::cbrt(1.0 + skewness * z) - 1.0) };
        center - unit * deviation * skewed
    };
    [end(reach), end(-reach)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use headstart_engine::rng::{Native, Stream};

    /// Golden values of `scipy.stats.binomtest(count, n).proportion_ci(0.95, "wilson")`, SciPy 1.17.
    #[test]
    fn wilsons_intervals_are_scipys() {
        for (count, n, expected) in [
            (0, 10, [0.0, 0.27753279986288926]),
            (5, 10, [0.236593090512564, 0.7634069094874361]),
            (93, 128, [0.6435923144931466, 0.7963300021954198]),
            (1000, 1000, [0.9961732415144449, 1.0]),
            (950, 1000, [0.9346861797557491, 0.9618697376072511]),
            (1, 3, [0.06149194472039626, 0.7923403991979523]),
        ] {
            let found = wilson(count, n);
            assert!((0..2).all(|end| (found[end] - expected[end]).abs() < 1e-12), "{count} of {n}: {found:?}");
        }
        assert_eq!(wilson(0, 0), [0.0, 1.0]);
    }

    /// Golden values: the roots of `binom.cdf(k - 1, n, p) + binom.pmf(k, n, p) / 2 = 0.025`, by SciPy 1.17's `brentq`.
    #[test]
    fn mid_p_is_between_the_tails() {
        for (count, n, expected) in [
            (0, 10, [0.0, 0.2588655508930523]),
            (5, 10, [0.212008506778868, 0.787991493221132]),
            (9, 10, [0.5965238442623055, 0.99499852471756]),
            (93, 128, [0.6445264312204217, 0.7984520932289311]),
            (1, 3, [0.01666821030537146, 0.8679621965388994]),
        ] {
            let found = mid_p(count, n);
            assert!((0..2).all(|end| (found[end] - expected[end]).abs() < 1e-9), "{count} of {n}: {found:?}");
        }
        assert_eq!((mid_p(0, 0), mid_p(0, 9)[0], mid_p(9, 9)[1]), ([0.0, 1.0], 0.0, 1.0));
        for n in [1, 2, 7, 30, 1000] {
            for count in [0, 1, n / 3, n / 2, n - 1, n] {
                let ([low, high], [back_low, back_high]) = (mid_p(count, n), mid_p(n - count, n));
                let seen = count as f64 / n as f64;
                assert!(low <= seen && seen <= high && (low - (1.0 - back_high)).abs() < 1e-12, "{count} of {n}");
                assert!((high - (1.0 - back_low)).abs() < 1e-12, "{count} of {n}");
            }
        }
    }

    #[test]
    fn where_there_is_no_interval_it_is_said_why() {
        assert_eq!(of_mean(&[0.1, 0.2, 0.3, 0.4, 0.5]), Err(NoInterval::TooFew));
        assert_eq!(of_mean(&[1.0; 20]), Err(NoInterval::Alike));
        assert_eq!(of_mean(&[1.0, 2.0, f64::NAN, 3.0, 4.0, 5.0]), Err(NoInterval::NotFinite));
        // Nine of ten succeed.
        let mut seeds = [1.0; 10];
        seeds[3] = 0.5;
        let share = mid_p(9, 10);
        assert_eq!(of_mean(&seeds), Ok(share.map(|share| 0.5 + share * 0.5)));
        // The same by any factor, up to rounding; and mirrored.
        let x = [0.1, 0.4, 0.35, 2.2, 0.9, 0.15, 5.1, 0.3, 0.7, 0.2, 1.1, 0.05];
        let [low, high] = of_mean(&x).unwrap();
        for factor in [1e-200, 1e200, -1.0] {
            let other = of_mean(&x.map(|x| factor * x)).unwrap().map(|end| end / factor);
            let [a, b] = if factor < 0.0 { [other[1], other[0]] } else { other };
            assert!((a / low - 1.0).abs() < 1e-9 && (b / high - 1.0).abs() < 1e-9, "{factor}: {a} to {b}");
        }
        assert!(low > 0.3 && high > 2.0 && high < 8.0, "{low} to {high}");
    }

    /// How often an interval holds the truth: about 95%, of whatever figures, and more where counts leave no choice.
    #[test]
    fn intervals_cover_the_truth_as_often_as_they_say() {
        type Law = (&'static str, f64, fn(&mut Native) -> f64);
        const TRIALS: usize = 4_000;
        let mut stream = Native::new(1, 2);
        let laws: [Law; 6] = [
            ("normal", 0.0, |stream| stream.normal()),
            ("uniform", 0.5, |stream| stream.uniform()),
            ("exponential", 1.0, |stream| -libm::log(1.0 - stream.uniform())),
            ("half succeed", 0.75, |stream| if stream.uniform() < 0.5 { 0.5 } else { 1.0 }),
            ("most succeed", 0.85, |stream| if stream.uniform() < 0.3 { 0.5 } else { 1.0 }),
            ("most succeed, more or less", 0.85, |stream| {
                let ends = if stream.uniform() < 0.3 { 0.5 } else { 1.0 };
                ends + 0.01 * stream.normal()
            }),
        ];
        for (name, truth, law) in laws {
            for n in [6, 8, 10, 20, 50] {
                let mut found: Vec<[f64; 2]> = Vec::new();
                for _ in 0..TRIALS {
                    let x: Vec<f64> = (0..n).map(|_| law(&mut stream)).collect();
                    // Of failures that no seed of the sample has, no interval can tell.
                    let has_both = x.iter().any(|x| *x > 0.75) && x.iter().any(|x| *x < 0.75);
                    if has_both || !name.contains("succeed") {
                        found.extend(of_mean(&x).ok());
                    }
                }
                let covered = found.iter().filter(|[low, high]| (*low..=*high).contains(&truth)).count();
                let share = covered as f64 / found.len() as f64;
                println!("{n} of {name}: {share:.3}");
                let most = if name.contains("succeed") { 1.0 } else { 0.98 };
                assert!((0.92..=most).contains(&share), "{n} of {name}: {share}");
            }
        }
        for (n, p) in [(20, 0.5), (50, 0.9), (100, 0.97)] {
            let covered = (0..TRIALS).filter(|_| {
                let count = (0..n).filter(|_| stream.uniform() < p).count();
                let [low, high] = wilson(count, n);
                (low..=high).contains(&p)
            });
            let share = covered.count() as f64 / TRIALS as f64;
            assert!((0.92..0.98).contains(&share), "{n} of {p}: {share}");
        }
    }
}
