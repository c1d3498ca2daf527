//! What a few figures say of all that could have been: intervals, survival, paired comparisons.

pub mod interval;
pub mod paired;
pub mod survival;

use serde::Serialize;

/// The level of all intervals and tests.
pub const LEVEL: f64 = 0.95;

/// The arithmetic mean; NaN of nothing.
pub fn mean(x: &[f64]) -> f64 {
    x.iter().sum::<f64>() / x.len() as f64
}

/// The sample standard deviation, divided by `n - 1`; none of fewer than two figures.
pub fn deviation(x: &[f64]) -> Option<f64> {
    let center = mean(x);
    let squares: f64 = x.iter().map(|x| (x - center) * (x - center)).sum();
    (x.len() > 1).then(|| (squares / (x.len() - 1) as f64).sqrt())
}

/// The figure at a share of the way from the smallest to the largest: the nearest one, so that infinities do no harm.
/// None of nothing.
pub fn quantile(x: &[f64], share: f64) -> Option<f64> {
    let mut sorted = x.to_vec();
    sorted.sort_by(f64::total_cmp);
    quantile_of_sorted(&sorted, share)
}

/// The same of numbers that are in order.
pub fn quantile_of_sorted(sorted: &[f64], share: f64) -> Option<f64> {
    sorted.get((sorted.len().saturating_sub(1) as f64 * share).round() as usize).copied()
}

/// The middle figure, or the mean of the two in the middle. None of nothing.
pub fn median(x: &[f64]) -> Option<f64> {
    let mut sorted = x.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().checked_sub(1)?;
    Some(f64::midpoint(sorted[last / 2], sorted[last - last / 2]))
}

/// A figure over the seeds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// The arithmetic mean.
    pub mean: f64,
    /// The sample standard deviation; null for a single seed.
    pub sd: Option<f64>,
    /// The 10th percentile, the median and the 90th: each the nearest figure.
    pub quantiles: [f64; 3],
}

impl Spread {
    /// Of the figures that there are; none if there are none.
    pub fn of(figures: impl Iterator<Item = f64>) -> Option<Self> {
        let figures: Vec<f64> = figures.collect();
        let at = |share| quantile(&figures, share);
        Some(Self { mean: mean(&figures), sd: deviation(&figures), quantiles: [at(0.1)?, at(0.5)?, at(0.9)?] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_summed_up() {
        let x = [3.0, 1.0, 2.0, 10.0];
        assert_eq!((mean(&x), median(&x), quantile(&x, 0.9)), (4.0, Some(2.5), Some(10.0)));
        assert!((deviation(&x).unwrap() - (50.0_f64 / 3.0).sqrt()).abs() < 1e-15);
        assert_eq!((deviation(&[1.0]), median(&[]), quantile(&[], 0.5)), (None, None, None));
        assert_eq!(median(&[1.0, f64::INFINITY, 2.0]), Some(2.0));
        assert_eq!(Spread::of([5.0].into_iter()), Some(Spread { mean: 5.0, sd: None, quantiles: [5.0; 3] }));
    }
}
