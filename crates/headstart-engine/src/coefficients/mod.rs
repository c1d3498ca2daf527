//! Numbers that elementary functions are made of, for each precision: polynomials and split constants.
//!
//! They stand below vectors, which are of a precision, and below the functions, which are made of vectors.

mod tables;

/// What the functions need to know of a precision. Coefficients come lowest first.
pub trait Coefficients: Sized + 'static {
    /// `(exp(r) - 1 - r) / r^2` in `r`, for `|r| <= ln(2) / 2`.
    const EXP: &'static [Self];
    /// `(2 atanh(s) / s - 2) / s^2` in `s^2`, for `|s| <= 3 - 2 sqrt(2)`.
    const LN: &'static [Self];
    /// The same for `0 <= s <= 1 / 3`.
    const LN_WIDE: &'static [Self];
    /// `(sin(r) - r) / r^3` in `r^2`, for `|r| <= pi / 4`.
    const SIN: &'static [Self];
    /// `(cos(r) - 1 + r^2 / 2) / r^4` in `r^2`, for `|r| <= pi / 4`.
    const COS: &'static [Self];
    /// `2 / sqrt(pi)`, the slope of erf at 0.
    const ERF_SLOPE: Self;
    /// Beyond it erf is 1.
    const ERF_END: Self;
    /// `-ln(1 - erf(a)) / a - ERF_SLOPE` in `a`, for `0 <= a <= ERF_END`.
    const ERF: &'static [Self];
    /// `ln(2)`, and what rounding it left.
    const LN_2: [Self; 2];
    /// `pi / 2`, and twice what rounding left.
    const HALF_PI: [Self; 3];
    /// Numbers of this size have no fraction: adding it and taking it away rounds to whole numbers.
    const ROUNDER: Self;
    /// Beyond it exp overflows, and below its negative vanishes.
    const FAR: Self;
    /// Up to here whole quarter turns can be taken away within the error bound.
    const MANY_TURNS: Self;
    /// The sine and the cosine, slowly and for any number.
    fn slow_sin_cos(self) -> (Self, Self);
}
