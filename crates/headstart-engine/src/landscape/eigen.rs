//! The largest eigenvalue of a symmetric matrix that is only known by its products with vectors.

/// An eigenvalue, and how well it is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Eigenvalue {
    /// The largest one, with its sign.
    pub value: f64,
    /// An eigenvalue lies no farther from it than this.
    pub error: f64,
}

/// The largest eigenvalue, by the Lanczos iteration (Golub and Van Loan, Matrix Computations, 10.1) from a vector.
///
/// Ends when the bound of its error is at most the share `precise` of it, when the vectors reached from the start are
/// exhausted, or after so many products. There is no orthogonalization: it would keep copies of an eigenvalue away, and
/// these do no harm here (Paige 1971).
pub fn largest(start: Vec<f64>, most: usize, precise: f64, product: impl Fn(&[f64]) -> Vec<f64>) -> Eigenvalue {
    let mut vector = start;
    let length = norm(&vector);
    for x in &mut vector {
        *x /= length;
    }
    let mut before = vec![0.0; vector.len()];
    let (mut diagonal, mut beside) = (Vec::new(), Vec::new());
    let mut best = Eigenvalue { value: 0.0, error: f64::INFINITY };
    for _ in 0..most.min(vector.len()) {
        let mut next = product(&vector);
        let last = beside.last().copied().unwrap_or(0.0);
        next.iter_mut().zip(&before).for_each(|(x, old)| *x -= last * old);
        let alpha = dot(&next, &vector);
        next.iter_mut().zip(&vector).for_each(|(x, old)| *x -= alpha * old);
        let beta = norm(&next);
        if !(alpha.is_finite() && beta.is_finite()) {
            return Eigenvalue { value: f64::NAN, error: f64::NAN };
        }
        diagonal.push(alpha);
        let value = largest_of_tridiagonal(&diagonal, &beside);
        best = Eigenvalue { value, error: beta * last_of_vector(&diagonal, &beside, value) };
        beside.push(beta);
        if best.error <= precise * value.abs() || beta == 0.0 {
            break;
        }
        for x in &mut next {
            *x /= beta;
        }
        before = std::mem::replace(&mut vector, next);
    }
    best
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The length of a vector whose squares may leave the range.
fn norm(a: &[f64]) -> f64 {
    let largest = a.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
    if largest == 0.0 || !largest.is_finite() {
        // A maximum passes over NaN.
        return a.iter().map(|x| x.abs()).sum();
    }
    largest * a.iter().map(|x| (x / largest) * (x / largest)).sum::<f64>().sqrt()
}

/// By bisection: between two bounds, as many eigenvalues lie below a number as the pivots that are negative there (Golub
/// and Van Loan, 8.4).
fn largest_of_tridiagonal(diagonal: &[f64], beside: &[f64]) -> f64 {
    let off = |i: usize| if i < beside.len() { beside[i].abs() } else { 0.0 };
    // Gershgorin's discs.
    let reach = |i: usize| (if i > 0 { off(i - 1) } else { 0.0 }) + if i + 1 < diagonal.len() { off(i) } else { 0.0 };
    let (mut low, mut high) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
    for (i, d) in diagonal.iter().enumerate() {
        low = low.max(*d);
        high = high.max(d + reach(i));
    }
    let all_below = |x: f64| {
        let mut pivot = f64::NEG_INFINITY;
        diagonal.iter().enumerate().all(|(i, d)| {
            let before = if i > 0 { off(i - 1) } else { 0.0 };
            pivot = d - x - before * (before / pivot);
            pivot < 0.0
        })
    };
    loop {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            return high;
        }
        if all_below(middle) { high = middle } else { low = middle }
    }
}

/// The magnitude of the last component of the unit eigenvector.
fn last_of_vector(diagonal: &[f64], beside: &[f64], value: f64) -> f64 {
    let n = diagonal.len();
    // From the last row upwards: in this direction the components grow, and errors with them, not faster.
    let mut components = vec![1.0; n];
    for i in (0..n - 1).rev() {
        let below = if i + 2 < n { beside[i + 1] * components[i + 2] } else { 0.0 };
        components[i] = ((value - diagonal[i + 1]) * components[i + 1] - below) / beside[i];
        let largest = components[i].abs();
        if largest > 1e100 {
            components[i..].iter_mut().for_each(|c| *c /= largest);
        }
    }
    components[n - 1].abs() / norm(&components)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `Q D Q` with a Householder reflection `Q`: its eigenvalues are those of `D`.
    fn reflected(eigenvalues: &[f64], axis: &[f64]) -> impl Fn(&[f64]) -> Vec<f64> {
        let (eigenvalues, axis) = (eigenvalues.to_vec(), axis.to_vec());
        let reflect = move |v: &[f64]| {
            let factor = 2.0 * dot(&axis, v) / dot(&axis, &axis);
            v.iter().zip(&axis).map(|(v, a)| v - factor * a).collect::<Vec<_>>()
        };
        move |v| {
            let inner = reflect(v);
            reflect(&inner.iter().zip(&eigenvalues).map(|(x, l)| x * l).collect::<Vec<_>>())
        }
    }

    proptest! {
        #[test]
        fn the_largest_eigenvalue_is_found_with_its_sign(
            eigenvalues in proptest::collection::vec(-10.0..10.0, 2..40_usize),
            seed in 1..100_u32,
        ) {
            let some = |k: u32| (0..eigenvalues.len()).map(|i| libm::sin((i as f64 + 1.3) * f64::from(k))).collect();
            let (axis, start): (Vec<f64>, Vec<f64>) = (some(seed), some(seed + 7));
            let found = largest(start, 60, 1e-9, reflected(&eigenvalues, &axis));
            let expected = eigenvalues.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            // Where the products come to their end before it is settled, as between two that are nearly the same, the bound of the
            // error says so, and is small beside the eigenvalues all the same.
            let off = (found.value - expected).abs();
            prop_assert!(off < 1e-6 || off <= found.error && found.error < 0.2, "{found:?} is not {expected}");
        }
    }

    #[test]
    fn a_matrix_of_zeros_has_the_eigenvalue_0_and_one_that_is_not_finite_none() {
        let zero = largest(vec![1.0, 2.0], 10, 1e-6, |v| vec![0.0; v.len()]);
        assert_eq!((zero.value, zero.error), (0.0, 0.0));
        assert!(largest(vec![1.0, 2.0], 10, 1e-6, |v| vec![f64::INFINITY; v.len()]).value.is_nan());
    }
}
