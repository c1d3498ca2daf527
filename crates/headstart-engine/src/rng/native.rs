//! The stream of this project: any part of it can be drawn without drawing what comes before.

use super::{Stream, mask, normal_quantile};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng as _, SeedableRng};

/// A counter-based stream: `ChaCha8` (Bernstein 2008), whose key is the seed and whose stream number is the purpose.
///
/// Streams of different seeds or purposes are independent, so a run, a layer, or an epoch never depends on what was
/// drawn for another. Normal numbers are made by inversion, one from one uniform number. The bits are a promise: they
/// will not change with versions or platforms.
#[derive(Clone, Debug)]
pub struct Native(ChaCha8Rng);

impl Native {
    /// The stream of a seed for one of 2^64 purposes.
    pub fn new(seed: u64, purpose: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        let mut bits = ChaCha8Rng::from_seed(key);
        bits.set_stream(purpose);
        Self(bits)
    }
}

impl Stream for Native {
    fn uniform(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 * 2_f64.powi(-53)
    }

    fn normal(&mut self) -> f64 {
        // In the middle of the 2^53 intervals: neither 0 nor 1, whose quantiles are infinite.
        let p = ((self.0.next_u64() >> 11) as f64 + 0.5) * 2_f64.powi(-53);
        // Rounding can make the last one 1.
        normal_quantile(p.min(1.0 - f64::EPSILON / 2.0))
    }

    fn up_to(&mut self, last: u64) -> u64 {
        let mask = mask(last);
        loop {
            let bits = self.0.next_u64() & mask;
            if bits <= last {
                return bits;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bits_of_a_seed_never_change() {
        let mut stream = Native::new(3, 1);
        let uniform: Vec<f64> = (0..2).map(|_| stream.uniform()).collect();
        let normal: Vec<f64> = (0..2).map(|_| stream.normal()).collect();
        assert_eq!(uniform, [0.758_425_255_352_993_9, 0.287_771_288_281_257]);
        assert_eq!(normal, [0.127_058_239_734_752_25, -1.188_098_597_720_244_5]);
        let mut items: Vec<usize> = (0..8).collect();
        stream.shuffle(&mut items);
        assert_eq!(items, [4, 7, 3, 2, 6, 1, 0, 5]);
    }

    /// The largest distance between the distribution function of some numbers and the one they should have.
    fn kolmogorov_smirnov(mut numbers: Vec<f64>, cdf: impl Fn(f64) -> f64) -> f64 {
        numbers.sort_by(f64::total_cmp);
        let n = numbers.len() as f64;
        let distance = |(i, x): (usize, &f64)| (cdf(*x) - i as f64 / n).abs().max((cdf(*x) - (i + 1) as f64 / n).abs());
        numbers.iter().enumerate().map(distance).fold(0.0, f64::max)
    }

    #[test]
    fn numbers_are_distributed_as_they_should_be_for_many_seeds_and_purposes() {
        // One number from each of many streams: also across streams there must be no pattern.
        let streams = || (0..200).flat_map(|seed| (0..100).map(move |purpose| Native::new(seed, purpose)));
        let uniform = streams().map(|mut stream| stream.uniform()).collect();
        let normal = streams().map(|mut stream| stream.normal()).collect();
        // The 99.9% point of the statistic for 20,000 numbers is 1.95 / sqrt(20000) = 0.0138.
        assert!(kolmogorov_smirnov(uniform, |x| x) < 0.0138);
        assert!(kolmogorov_smirnov(normal, super::super::normal_cdf) < 0.0138);
    }
}
