//! Intervals that hold the truth in 95 of 100 repetitions.

use super::{LEVEL, deviation, mean};
use headstart_engine::rng::{Native, Stream};
use statrs::distribution::{ContinuousCDF, Normal};

/// Samples that a bootstrap draws.
const RESAMPLES: usize = 2_000;

/// Of how many standard deviations a normal interval reaches to both sides.
fn reach() -> f64 {
    normal().inverse_cdf(f64::midpoint(1.0, LEVEL))
}

fn normal() -> Normal {
    Normal::standard()
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

/// With more figures than this their mean is as good as normal, and a bootstrap takes long to say the same.
const MANY: usize = 20_000;

/// The bias-corrected and accelerated bootstrap interval of a mean (Efron 1987). The draws are always the same ones. Of
/// very many figures it is the normal one. None of fewer than two figures, or where one is not finite.
pub fn bootstrap_mean(x: &[f64]) -> Option<[f64; 2]> {
    let n = x.len();
    if n < 2 || x.iter().any(|x| !x.is_finite()) {
        return None;
    }
    let center = mean(x);
    if n > MANY {
        let half = reach() * deviation(x)? / (n as f64).sqrt();
        return Some([center - half, center + half]);
    }
    let mut stream = Native::new(n as u64, 1);
    let draw = |_| (0..n).map(|_| x[stream.up_to(n as u64 - 1) as usize]).sum::<f64>() / n as f64;
    let mut means: Vec<f64> = (0..RESAMPLES).map(draw).collect();
    means.sort_by(f64::total_cmp);
    if means[0] == means[RESAMPLES - 1] {
        return Some([means[0]; 2]);
    }
    // Where the mean itself lies among its bootstraps, ties counted half.
    let below = means.iter().filter(|&&m| m < center).count() as f64;
    let at = means.iter().filter(|&&m| m == center).count() as f64;
    let share = ((below + at / 2.0) / RESAMPLES as f64).clamp(0.5 / RESAMPLES as f64, 1.0 - 0.5 / RESAMPLES as f64);
    let bias = normal().inverse_cdf(share);
    // Means without one figure differ from the mean as that figure does, so their skewness is that of the figures.
    let moment = |power: i32| x.iter().map(|x| (x - center).powi(power)).sum::<f64>();
    let squares = moment(2);
    let acceleration = if squares > 0.0 { moment(3) / (6.0 * squares.powf(1.5)) } else { 0.0 };
    let end = |z: f64| {
        let share = normal().cdf(bias + (bias + z) / (1.0 - acceleration * (bias + z)));
        let place = share * (RESAMPLES - 1) as f64;
        let low = (place.floor() as usize).min(RESAMPLES - 2);
        means[low] + (means[low + 1] - means[low]) * (place - low as f64)
    };
    Some([end(-reach()), end(reach())])
}

#[cfg(test)]
mod tests {
    use super::*;

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

    /// The same draws for ever, near SciPy's `bootstrap(x, mean, method="BCa", n_resamples=1_000_000)`.
    #[test]
    fn bootstraps_are_near_scipys_and_always_the_same() {
        let x = [0.1, 0.4, 0.35, 2.2, 0.9, 0.15, 5.1, 0.3, 0.7, 0.2, 1.1, 0.05];
        let [low, high] = bootstrap_mean(&x).unwrap();
        assert!((low - 0.4458).abs() < 0.03 && (high - 2.3167).abs() < 0.2, "{low} to {high}");
        assert_eq!(bootstrap_mean(&x), bootstrap_mean(&x));
        // The step to the normal interval is none.
        let many = |n: usize| bootstrap_mean(&(0..n).map(|i| libm::sin(i as f64)).collect::<Vec<_>>()).unwrap();
        let [few, more] = [many(MANY), many(MANY + 1)];
        assert!((0..2).all(|end| (few[end] - more[end]).abs() < 1e-3), "{few:?} {more:?}");
        assert_eq!(bootstrap_mean(&[0.5; 9]), Some([0.5; 2]));
        assert_eq!((bootstrap_mean(&[0.5]), bootstrap_mean(&[0.5, f64::NAN])), (None, None));
    }

    /// How often an interval holds the truth: near 95%, of a share as of the mean of skewed figures.
    #[test]
    fn intervals_cover_the_truth_as_often_as_they_say() {
        const TRIALS: usize = 2_000;
        let mut stream = Native::new(1, 2);
        for (n, p) in [(20, 0.5), (50, 0.9), (100, 0.97)] {
            let covered = (0..TRIALS).filter(|_| {
                let count = (0..n).filter(|_| stream.uniform() < p).count();
                let [low, high] = wilson(count, n);
                (low..=high).contains(&p)
            });
            let share = covered.count() as f64 / TRIALS as f64;
            assert!((0.92..0.98).contains(&share), "{n} of {p}: {share}");
        }
        let mut skewed = || -libm::log(1.0 - stream.uniform());
        for (n, least) in [(20, 0.89), (100, 0.92)] {
            let covered = (0..400).filter(|_| {
                let x: Vec<f64> = (0..n).map(|_| skewed()).collect();
                let [low, high] = bootstrap_mean(&x).unwrap();
                (low..=high).contains(&1.0)
            });
            let share = covered.count() as f64 / 400.0;
            assert!((least..0.985).contains(&share), "{n}: {share}");
        }
    }
}
