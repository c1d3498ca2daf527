//! Two ways of doing the same, seed by seed.

use statrs::distribution::{Binomial, DiscreteCDF};

/// The two-sided exact sign test: how likely it is that of so many pairs, each as likely to go either way, at least as many
/// go one way as did. 1 of no pairs; ties do not count.
pub fn sign_test(first: usize, second: usize) -> f64 {
    let n = (first + second) as u64;
    let Ok(coin) = Binomial::new(0.5, n) else {
        return 1.0;
    };
    (2.0 * coin.cdf(first.min(second) as u64)).min(1.0)
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
