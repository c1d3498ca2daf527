//! Two ways of doing the same, seed by seed.

use super::{deviation, mean};
use statrs::distribution::{Binomial, ContinuousCDF, DiscreteCDF, StudentsT};

/// The two-sided exact sign test: how likely it is that of so many pairs, each as likely to go either way, at least as many
/// go one way as did. 1 of no pairs; ties do not count.
pub fn sign_test(first: usize, second: usize) -> f64 {
    let n = (first + second) as u64;
    let Ok(coin) = Binomial::new(0.5, n) else {
        return 1.0;
    };
    (2.0 * coin.cdf(first.min(second) as u64)).min(1.0)
}

/// The two-sided t test of paired differences (Student 1908): how likely it is that their mean is at least so far from 0
/// where that of all is 0. 1 of fewer than two differences, or where one is not finite.
pub fn t_test(differences: &[f64]) -> f64 {
    let Some((center, error, law)) = student(differences) else {
        return 1.0;
    };
    match (center, error) {
        (0.0, _) => 1.0,
        (_, 0.0) => 0.0,
        _ => (2.0 * law.sf((center / error).abs())).min(1.0),
    }
}

/// Where the mean of all differences lies at a level, by the same law. None of fewer than two differences, or where one is
/// not finite.
pub fn t_interval(differences: &[f64], level: f64) -> Option<[f64; 2]> {
    let (center, error, law) = student(differences)?;
    let half = law.inverse_cdf(f64::midpoint(1.0, level)) * error;
    Some([center - half, center + half])
}

/// The mean, its standard error, and the law of their ratio.
fn student(x: &[f64]) -> Option<(f64, f64, StudentsT)> {
    let deviation = deviation(x).filter(|deviation| deviation.is_finite())?;
    let law = StudentsT::new(0.0, 1.0, (x.len() - 1) as f64).ok()?;
    Some((mean(x), deviation / (x.len() as f64).sqrt(), law))
}

/// p-values adjusted for how many there are (Holm 1979): at most the level where a finding stands among all of them.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let mut adjusted = vec![0.0; p.len()];
    let mut least = 0.0_f64;
    for (rank, &i) in order.iter().enumerate() {
        least = least.max((p[i] * (p.len() - rank) as f64).min(1.0));
        adjusted[i] = least;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Golden values of `scipy.stats.binomtest(first, first + second).pvalue`, SciPy 1.17.
    #[test]
    fn sign_tests_are_scipys() {
        for (first, second, p) in [
            (3, 9, 0.14599609375),
            (0, 6, 0.03125),
            (10, 10, 1.0),
            (480, 520, 0.2174482932041415),
            (4, 96, 6.449688895763542e-24),
            (1, 0, 1.0),
        ] {
            let found = sign_test(first, second);
            assert!((found / p - 1.0).abs() < 1e-9, "{first} and {second}: {found}");
        }
        assert_eq!(sign_test(0, 0), 1.0);
    }

    /// Student's own example, the sleep that a drug adds to another's: golden values of R's documentation,
    /// `t.test(extra ~ group, data = sleep, paired = TRUE)`; and laws of one and two degrees of freedom, which are known.
    #[test]
    fn t_tests_and_intervals_are_rs() {
        let sleep = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4];
        assert!((t_test(&sleep) - 0.002833).abs() < 5e-7, "{}", t_test(&sleep));
        let [low, high] = t_interval(&sleep, 0.95).unwrap();
        assert!((low - 0.7001142).abs() < 5e-8 && (high - 2.4598858).abs() < 5e-8, "{low} to {high}");
        // The ratio of the mean of 0 and 2 to its error is 1: Cauchy's law.
        assert!((t_test(&[0.0, 2.0]) - 0.5).abs() < 1e-12);
        let t = 3.0 / (7.0_f64 / 3.0).sqrt();
        assert!((t_test(&[1.0, 2.0, 6.0]) - (1.0 - t / (2.0 + t * t).sqrt())).abs() < 1e-12);
        assert_eq!((t_test(&[0.3; 5]), t_test(&[0.0; 5]), t_test(&[0.3])), (0.0, 1.0, 1.0));
        assert_eq!((t_interval(&[0.3], 0.95), t_interval(&[0.3, f64::NAN], 0.95)), (None, None));
    }

    /// Golden values of R's `p.adjust(p, "holm")`, as in its documentation's formula.
    #[test]
    fn holms_adjustment_is_in_the_books() {
        let adjusted = holm(&[0.01, 0.04, 0.03, 0.005]);
        for (found, expected) in adjusted.iter().zip([0.03, 0.06, 0.06, 0.02]) {
            assert!((found - expected).abs() < 1e-15, "{adjusted:?}");
        }
        assert!(holm(&[]).is_empty());
    }

    proptest! {
        #[test]
        fn adjusted_values_keep_their_order_and_only_grow(p in proptest::collection::vec(0.0..1.0, 1..20_usize)) {
            let adjusted = holm(&p);
            for i in 0..p.len() {
                prop_assert!(adjusted[i] >= p[i] && adjusted[i] <= 1.0);
                for j in 0..p.len() {
                    prop_assert!(p[i] > p[j] || adjusted[i] <= adjusted[j]);
                }
            }
        }
    }
}
