//! NumPy's legacy generator.

use super::{Stream, mask};
use rand_mt::Mt;

/// Exactly `np.random.RandomState`: what `np.random.seed`, `rand`, `randn`, `shuffle` and `randint` draw.
///
/// MT19937 (Matsumoto and Nishimura 1998), normal numbers by the polar method (Marsaglia and Bray 1964) with the second
/// of each pair kept for the next call, whole numbers by masked rejection. Uniform numbers and whole numbers are
/// NumPy's to the bit; normal ones are within 2 ulp, because logarithms are not the same on every platform (here they
/// are `libm`'s, the same everywhere).
#[derive(Clone, Debug)]
pub struct RandomState {
    bits: Mt,
    /// The second normal number of a pair.
    kept: Option<f64>,
}

impl RandomState {
    /// The state after `np.random.seed(seed)`.
    pub fn new(seed: u32) -> Self {
        Self { bits: Mt::new(seed), kept: None }
    }

    /// `np.random.uniform(low, high)`
    pub fn uniform_between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// `np.random.normal(mean, sd)`
    pub fn normal_of(&mut self, mean: f64, sd: f64) -> f64 {
        mean + sd * self.normal()
    }

    /// `np.random.permutation(n)`
    pub fn permutation(&mut self, n: usize) -> Vec<usize> {
        let mut items: Vec<usize> = (0..n).collect();
        self.shuffle(&mut items);
        items
    }

    fn next_u64(&mut self) -> u64 {
        let high = u64::from(self.bits.next_u32());
        high << 32 | u64::from(self.bits.next_u32())
    }
}

impl Stream for RandomState {
    /// `np.random.rand()`
    fn uniform(&mut self) -> f64 {
        let (high, low) = (self.bits.next_u32() >> 5, self.bits.next_u32() >> 6);
        (f64::from(high) * 67_108_864.0 + f64::from(low)) / 9_007_199_254_740_992.0
    }

    /// `np.random.randn()`
    fn normal(&mut self) -> f64 {
        if let Some(kept) = self.kept.take() {
            return kept;
        }
        loop {
            let (x, y) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let r = x * x + y * y;
            if r < 1.0 && r != 0.0 {
                let factor = (-2.0 * pxfm::f_log(r) / r).sqrt();
                self.kept = Some(factor * x);
                return factor * y;
            }
        }
    }

    /// `np.random.randint(last + 1)`
    fn up_to(&mut self, last: u64) -> u64 {
        if last == 0 {
            return 0;
        }
        let mask = mask(last);
        loop {
            let bits = if u32::try_from(last).is_ok() { u64::from(self.bits.next_u32()) } else { self.next_u64() };
            if bits & mask <= last {
                return bits & mask;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn within_2_ulp(x: f64, y: f64) -> bool {
        x.to_bits().abs_diff(y.to_bits()) <= 2
    }

    #[test]
    fn replays_numpy() {
        let golden = include_str!("numpy.golden");
        for line in golden.lines().filter(|line| !line.starts_with('#')) {
            let (call, expected) = line.split_once(": ").unwrap();
            let (seed, call) = call.split_once(' ').unwrap();
            let mut state = RandomState::new(seed.parse().unwrap());
            let expected: Vec<f64> = expected.split(' ').map(|x| x.parse().unwrap()).collect();
            let (call, argument) = call.split_once(' ').unwrap();
            let argument: u64 = argument.parse().unwrap();
            let n = expected.len();
            let drawn: Vec<f64> = match call {
                "rand" => (0..argument as usize + n).map(|_| state.uniform()).skip(argument as usize).collect(),
                "randn" => (0..argument as usize + n).map(|_| state.normal()).skip(argument as usize).collect(),
                "mixed" => (0..n).map(|i| if i % 3 == 0 { state.normal() } else { state.uniform() }).collect(),
                "randint" => (0..n).map(|_| state.up_to(argument - 1) as f64).collect(),
                "permutation" => state.permutation(argument as usize).iter().take(n).map(|&i| i as f64).collect(),
                other => panic!("{other}"),
            };
            for (x, y) in drawn.iter().zip(&expected) {
                let exact = !matches!(call, "randn" | "mixed");
                assert!(x == y || !exact && within_2_ulp(*x, *y), "{line}: {x} is not {y}");
            }
        }
    }
}
