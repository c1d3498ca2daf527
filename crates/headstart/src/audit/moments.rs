//! What numbers are like, in one pass: how many, their mean, spread and shape, and what is not among the finite ones.

/// Sums over numbers, the finite ones among them for all but what is said to be of others.
///
/// Parts are put together by the formulas of Pébay 2008, "Formulas for robust, one-pass parallel computation of covariances and
/// arbitrary-order statistical moments", equations 2.1 and 3.1; the same parts in the same order give the same bits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Moments {
    /// How many are finite.
    pub count: u64,
    pub mean: f64,
    /// Sums of the second to fourth powers of what they are off their mean.
    m2: f64,
    m3: f64,
    m4: f64,
    pub min: f64,
    pub max: f64,
    pub zeros: u64,
    pub nan: u64,
    pub infinite: u64,
}

/// Sums that run side by side.
const LANES: usize = 8;

impl Moments {
    /// Of no numbers.
    pub const NONE: Self = Self {
        count: 0,
        mean: 0.0,
        m2: 0.0,
        m3: 0.0,
        m4: 0.0,
        min: f64::INFINITY,
        max: f64::NEG_INFINITY,
        zeros: 0,
        nan: 0,
        infinite: 0,
    };

    /// Of these numbers; those that are not finite are taken out of them.
    pub fn of(numbers: &mut Vec<f64>) -> Self {
        // Infinities and NaN are what makes a sum of zeros something else.
        let is_finite = lanes(numbers, |x| x * 0.0) == 0.0;
        let (mut nan, mut infinite) = (0, 0);
        if !is_finite {
            nan = numbers.iter().filter(|x| x.is_nan()).count() as u64;
            infinite = numbers.iter().filter(|x| x.is_infinite()).count() as u64;
            numbers.retain(|x| x.is_finite());
        }
        if numbers.is_empty() {
            return Self { nan, infinite, ..Self::NONE };
        }
        let count = numbers.len() as f64;
        let mean = lanes(numbers, |x| x) / count;
        let [m2, m3, m4] = powers(numbers, mean);
        let (mut min, mut max, mut zeros) = (f64::INFINITY, f64::NEG_INFINITY, 0);
        for x in numbers.iter().copied() {
            min = if x < min { x } else { min };
            max = if x > max { x } else { max };
            zeros += u64::from(x == 0.0);
        }
        Self { count: numbers.len() as u64, mean, m2, m3, m4, min, max, zeros, nan, infinite }
    }

    /// Of the numbers of both.
    pub fn and(self, other: Self) -> Self {
        let (min, max) = (self.min.min(other.min), self.max.max(other.max));
        let (zeros, nan, infinite) = (self.zeros + other.zeros, self.nan + other.nan, self.infinite + other.infinite);
        let counted = Self { min, max, zeros, nan, infinite, ..self };
        if other.count == 0 {
            return counted;
        }
        if self.count == 0 {
            return Self { min, max, zeros, nan, infinite, ..other };
        }
        let (a, b) = (self.count as f64, other.count as f64);
        let n = a + b;
        let d = other.mean - self.mean;
        let mean = self.mean + d * b / n;
        let m2 = self.m2 + other.m2 + d * d * a * b / n;
        let m3 =
            self.m3 + other.m3 + d.powi(3) * a * b * (a - b) / (n * n) + 3.0 * d * (a * other.m2 - b * self.m2) / n;
        let m4 = self.m4
            + other.m4
            + d.powi(4) * a * b * (a * a - a * b + b * b) / n.powi(3)
            + 6.0 * d * d * (a * a * other.m2 + b * b * self.m2) / (n * n)
            + 4.0 * d * (a * other.m3 - b * self.m3) / n;
        Self { count: self.count + other.count, mean, m2, m3, m4, ..counted }
    }

    pub fn not_finite(&self) -> u64 {
        self.nan + self.infinite
    }

    /// The standard deviation, over the whole number of them; 0 of none.
    pub fn sd(&self) -> f64 {
        (self.m2 / self.count.max(1) as f64).sqrt()
    }

    /// The root mean square; 0 of none.
    pub fn rms(&self) -> f64 {
        self.mean.hypot(self.sd())
    }

    /// The fourth moment over the square of the second: 3 for normal numbers, 1.8 for uniform ones; none where all are one number.
    pub fn kurtosis(&self) -> Option<f64> {
        let kurtosis = self.m4 * self.count as f64 / (self.m2 * self.m2);
        kurtosis.is_finite().then_some(kurtosis)
    }

    /// The largest size of a number; 0 of none.
    pub fn largest(&self) -> f64 {
        if self.count == 0 { 0.0 } else { self.min.abs().max(self.max.abs()) }
    }
}

fn lanes(numbers: &[f64], of: impl Fn(f64) -> f64) -> f64 {
    let (whole, rest) = numbers.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for chunk in whole {
        for (sum, x) in sums.iter_mut().zip(chunk) {
            *sum += of(*x);
        }
    }
    sums.iter().sum::<f64>() + rest.iter().map(|x| of(*x)).sum::<f64>()
}

fn powers(numbers: &[f64], mean: f64) -> [f64; 3] {
    let (whole, rest) = numbers.as_chunks::<LANES>();
    let mut sums = [[0.0; LANES]; 3];
    let add = |sums: &mut [[f64; LANES]; 3], lane: usize, x: f64| {
        let d = x - mean;
        let square = d * d;
        sums[0][lane] += square;
        sums[1][lane] += square * d;
        sums[2][lane] += square * square;
    };
    for chunk in whole {
        for (lane, x) in chunk.iter().enumerate() {
            add(&mut sums, lane, *x);
        }
    }
    for (lane, x) in rest.iter().enumerate() {
        add(&mut sums, lane, *x);
    }
    sums.map(|lanes| lanes.iter().sum())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn parts_say_what_the_whole_says(numbers in prop::collection::vec(-3.0..5.0_f64, 2..300), cut in 0_usize..300) {
            let cut = cut.min(numbers.len());
            let parts = Moments::of(&mut numbers[..cut].to_vec()).and(Moments::of(&mut numbers[cut..].to_vec()));
            let whole = Moments::of(&mut numbers.clone());
            let n = numbers.len() as f64;
            let mean = numbers.iter().sum::<f64>() / n;
            let power = |p| numbers.iter().map(|x| (x - mean).powi(p)).sum::<f64>() / n;
            for moments in [parts, whole] {
                prop_assert_eq!(moments.count, numbers.len() as u64);
                prop_assert!((moments.mean - mean).abs() < 1e-12);
                prop_assert!((moments.sd() - power(2).sqrt()).abs() < 1e-12);
                prop_assert!((moments.rms().powi(2) - numbers.iter().map(|x| x * x).sum::<f64>() / n).abs() < 1e-11);
                let kurtosis = power(4) / power(2).powi(2);
                prop_assert!((moments.kurtosis().unwrap() / kurtosis - 1.0).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn what_is_not_finite_is_counted_and_left_out() {
        let moments = Moments::of(&mut vec![1.0, f64::NAN, -3.0, f64::INFINITY, f64::NEG_INFINITY, 0.0]);
        assert_eq!((moments.count, moments.nan, moments.infinite, moments.zeros), (3, 1, 2, 1));
        assert_eq!((moments.min, moments.max, moments.largest()), (-3.0, 1.0, 3.0));
        let none = Moments::of(&mut vec![f64::NAN]).and(Moments::NONE);
        assert_eq!((none.count, none.not_finite(), none.rms(), none.kurtosis()), (0, 1, 0.0, None));
    }
}
