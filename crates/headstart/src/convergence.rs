//! One number that says whether a run converged, and how soon: what pictures of trainability are coloured by.

use crate::run::Record;

/// A loss this many times the first one, or that is not finite, counts as this many times the first one.
const LARGEST: f64 = 1e6;

/// The steps at the end whose mean loss decides whether a run converged: more than one, for losses that oscillate.
const LAST: usize = 20;

/// How a training of so many steps went, from its losses (Sohl-Dickstein 2024, section 2; `convergence_measure` in its
/// notebook, whose sign this has). With every loss as a multiple of the first one, it is
///
/// - minus the sum of them over all steps, where they are below 1 on average over the last 20 steps: the run converged;
/// - the sum of their inverses, otherwise: it diverged, or was no better at its end.
///
/// So it is below 0 for runs that converge and at least 0 for the others, near 0 for those that are soon where they go, and
/// farthest from it, about as far as there are steps, at the boundary between the two.
///
/// A loss that is recorded every so many steps stands for the steps up to the next record, and that of a run that diverged,
/// which is not finite, for all that were not done. What is not finite, or more than a million times the first loss, counts
/// as a million times that; less than a millionth counts as a millionth. Where the first loss is not finite, all do.
pub fn convergence(trace: &[Record], steps: usize) -> f64 {
    let Some(first) = trace.first().map(|record| record.loss) else { return 0.0 };
    let multiple = |loss: f64| match loss / first {
        _ if loss == first && first.is_finite() => 1.0,
        x if x.is_finite() => x.clamp(1.0 / LARGEST, LARGEST),
        _ => LARGEST,
    };
    let ends = trace.iter().skip(1).map(|record| record.step).chain([steps]);
    let last = steps.saturating_sub(LAST);
    let (mut sum, mut inverses, mut end_sum) = (0.0, 0.0, 0.0);
    for (record, end) in trace.iter().zip(ends) {
        let (x, count) = (multiple(record.loss), end.saturating_sub(record.step) as f64);
        sum += x * count;
        inverses += count / x;
        end_sum += x * end.saturating_sub(record.step.max(last)) as f64;
    }
    if end_sum < (steps - last) as f64 { -sum } else { inverses }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Losses recorded every so many steps.
    fn trace(every: usize, losses: &[f64]) -> Vec<Record> {
        losses.iter().enumerate().map(|(i, &loss)| Record { step: every * i, loss }).collect()
    }

    #[test]
    fn below_zero_where_the_end_is_below_the_beginning() {
        // 4 at first, then 1: multiples 1, 1/4, 1/4 ...
        let converges = [&[4.0][..], &[1.0; 39]].concat();
        assert_eq!(convergence(&trace(1, &converges), 40), -(1.0 + 39.0 / 4.0));
        // Multiples 1, 4, 4 ...
        let diverges = [&[1.0][..], &[4.0; 39]].concat();
        assert_eq!(convergence(&trace(1, &diverges), 40), 1.0 + 39.0 / 4.0);
        // Neither up nor down is not converged.
        assert_eq!(convergence(&trace(1, &[2.0; 40]), 40), 40.0);
        assert_eq!(convergence(&trace(1, &[0.0; 40]), 40), 40.0);
    }

    #[test]
    fn the_sooner_the_nearer_to_zero() {
        let falls_at = |step: usize| {
            let losses: Vec<f64> = (0..100).map(|i| if i < step { 1.0 } else { 0.01 }).collect();
            convergence(&trace(1, &losses), 100)
        };
        assert!(falls_at(60) < falls_at(10) && falls_at(10) < 0.0);
        let bursts_at = |step: usize| {
            let losses: Vec<f64> = (0..step).map(|_| 1.0).chain([f64::INFINITY]).collect();
            convergence(&trace(1, &losses), 100)
        };
        assert!(bursts_at(60) > bursts_at(10) && bursts_at(10) > 0.0);
    }

    #[test]
    fn oscillations_at_the_end_are_averaged() {
        let end = |high: f64| {
            let losses: Vec<f64> = (0..50).map(|i| if i % 2 == 0 { 1.0 } else { high }).collect();
            convergence(&trace(1, &losses), 50)
        };
        assert!(end(0.9) < 0.0 && end(1.1) > 0.0);
        // What was before the last 20 steps decides nothing.
        let late: Vec<f64> = (0..50).map(|i| if i == 0 || i >= 30 { 0.5 } else { 100.0 }).collect();
        assert!(convergence(&trace(1, &late), 50) > 0.0, "no lower than at first");
        let late: Vec<f64> = (0..50)
            .map(|i| {
                if i == 0 {
                    0.5
                } else if i >= 30 {
                    0.4
                } else {
                    100.0
                }
            })
            .collect();
        assert!(convergence(&trace(1, &late), 50) < 0.0);
    }

    #[test]
    fn a_record_stands_for_the_steps_up_to_the_next() {
        let losses = [8.0, 4.0, 2.0, 1.0];
        let every_step: Vec<f64> = losses.iter().flat_map(|loss| [*loss; 10]).collect();
        assert_eq!(convergence(&trace(10, &losses), 40), convergence(&trace(1, &every_step), 40));
        // The last one may stand for fewer.
        assert_eq!(convergence(&trace(10, &losses), 35), convergence(&trace(1, &every_step[..35]), 35));
    }

    #[test]
    fn what_is_not_finite_counts_as_large() {
        let burst = trace(1, &[1.0, 2.0, f64::NAN]);
        let near = |x: f64, wanted: f64| (x / wanted - 1.0).abs() < 1e-12;
        assert!(near(convergence(&burst, 50), 1.0 + 0.5 + 48.0 * 1e-6));
        assert!(near(convergence(&trace(1, &[f64::INFINITY]), 50), 50.0 * 1e-6));
        assert_eq!(convergence(&[], 50), 0.0);
    }
}
