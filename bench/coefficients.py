"""Fits the polynomials of the engine's elementary functions and prints crates/.../src/coefficients/tables.rs.

    python bench/coefficients.py > crates/headstart-engine/src/coefficients/tables.rs && cargo fmt

Each is a weighted minimax fit (Remez' exchange on a fine grid, in high precision). The weight turns an error of the
polynomial into a relative error of the function, so the figure behind each table is what truncation costs, in units
of the last place. The lowest coefficients are rounded first and the rest fitted again around them. Needs mpmath.
"""

import struct
from mpmath import mp, mpf, cos, erf, erfc, exp, expm1, ln, log, lu_solve, matrix, pi, polyval, sin, sqrt, tanh, atanh

mp.dps = 60


def remez(target, weight, low, high, degree, fixed):
    """The coefficients, lowest first, that minimise max |weight * (target - polynomial)| and begin with `fixed`."""
    grid = [(low + high) / 2 - (high - low) / 2 * cos(pi * k / 1500) for k in range(1501)]
    known = [polyval(fixed[::-1], x) if fixed else mpf(0) for x in grid]
    wanted = [target(x) - k for x, k in zip(grid, known)]
    weights = [weight(x) for x in grid]
    powers = range(len(fixed), degree + 1)
    count = len(powers) + 1
    at = [round(1 + 1498 * k / (count - 1)) for k in range(count)]
    for _ in range(30):
        rows = [[weights[i] * grid[i] ** p for p in powers] + [mpf(-1) ** k] for k, i in enumerate(at)]
        solution = lu_solve(matrix(rows), matrix([weights[i] * wanted[i] for i in at]))
        free = list(solution)[:-1]
        lead = len(fixed)
        error = [w * (t - x**lead * polyval(free[::-1], x)) for x, t, w in zip(grid, wanted, weights)]
        peaks = []
        for i, e in enumerate(error):
            if peaks and (e > 0) == (error[peaks[-1]] > 0):
                if abs(e) > abs(error[peaks[-1]]):
                    peaks[-1] = i
            else:
                peaks.append(i)
        while len(peaks) > count:
            peaks.pop(0 if abs(error[peaks[0]]) < abs(error[peaks[-1]]) else -1)
        worst = max(map(abs, error))
        if len(peaks) < count or worst < abs(solution[count - 1]) * mpf("1.001"):
            break
        at = peaks
    return fixed + free, worst


def rounded(x, bits):
    return mpf(float(x)) if bits == 53 else mpf(struct.unpack("f", struct.pack("f", float(x)))[0])


def fit(bits, target, weight, low, high, degree, fixed=()):
    fixed = list(fixed)
    for i in range(len(fixed), min(3, degree)):
        coefficients, _ = remez(target, weight, low, high, degree, fixed)
        fixed.append(rounded(coefficients[i], bits))
    coefficients, worst = remez(target, weight, low, high, degree, fixed)
    return [c if c in fixed else rounded(c, bits) for c in coefficients], worst * mpf(2) ** bits


def literal(x, bits):
    if bits == 53:
        return repr(float(x))
    return next(s for n in range(1, 12) if rounded(mpf(s := f"{float(x):.{n}g}"), 24) == x) if x else "0.0"


def parts(x, bits, count):
    """Numbers whose sum is x, each the rest of those before."""
    result = []
    for _ in range(count):
        result.append(rounded(x - sum(result), bits))
    return result


def series(terms, x):
    return sum(t * x**k for k, t in enumerate(terms))


def fact(n):
    return mp.factorial(n)


def tables(bits):
    degree = dict(zip(["exp", "ln", "ln_wide", "sin", "cos", "erf"], [10, 6, 9, 5, 5, 23] if bits == 53 else [4, 2, 3, 2, 2, 8]))
    # The reductions miss the middle between two multiples by a little: hence the ends just beyond.
    half_ln2 = ln(2) / 2 * mpf("1.0001" if bits == 53 else "1.001")
    eighth = pi / 4 * mpf("1.0001" if bits == 53 else "1.01")
    small = mpf("0.01")

    def exp_rest(r):
        return (expm1(r) - r) / r**2 if abs(r) > small else series([1 / fact(k + 2) for k in range(25)], r)

    def exp_weight(r):
        return abs(r**2 / expm1(r)) if r else mpf(0)

    def atanh_rest(z):
        return (2 * atanh(sqrt(z)) / sqrt(z) - 2) / z if z > small else series([mpf(2) / (2 * k + 3) for k in range(40)], z)

    def sin_rest(z):
        r = sqrt(z)
        return (sin(r) - r) / r**3 if z > small else series([(-1) ** (k + 1) / fact(2 * k + 3) for k in range(20)], z)

    def cos_rest(z):
        return (cos(sqrt(z)) - 1 + z / 2) / z**2 if z > small else series([(-1) ** k / fact(2 * k + 4) for k in range(20)], z)

    def erf_rest(a):
        return -log(1 - erf(a)) / a if 0 < a < 1 else -log(erfc(a)) / a if a else 2 / sqrt(pi)

    last = (3 - 2 * sqrt(mpf(2))) ** 2 * mpf("1.0001")
    end = mpf(6 if bits == 53 else 4)
    slope = sum(parts(2 / sqrt(pi), bits, 2))
    yield "EXP", fit(bits, exp_rest, exp_weight, -half_ln2, half_ln2, degree["exp"])
    yield "LN", fit(bits, atanh_rest, lambda z: z / 2, mpf(0), last, degree["ln"])
    yield "LN_WIDE", fit(bits, atanh_rest, lambda z: z / 2, mpf(0), mpf(1) / 9, degree["ln_wide"])
    yield "SIN", fit(bits, sin_rest, lambda z: z, mpf(0), eighth**2, degree["sin"])
    yield "COS", fit(bits, cos_rest, lambda z: z**2, mpf(0), eighth**2, degree["cos"])
    yield "ERF", fit(bits, erf_rest, lambda a: a * erfc(a) / erf(a) if a else mpf(1), mpf(0), end, degree["erf"], [slope])


print("""//! Polynomials and split constants for each precision. Made by `bench/coefficients.py`: change them there.

// Digits that nobody reads, among them some of famous numbers.
#![allow(clippy::approx_constant, clippy::excessive_precision, clippy::unreadable_literal)]

use super::Coefficients;
""")
for bits in (53, 24):
    name = "f64" if bits == 53 else "f32"
    print(f"impl Coefficients for {name} {{")
    for table, (coefficients, worst) in tables(bits):
        print(f"    // Truncation: {float(worst):.3f} ulp.")
        if table == "ERF":
            print(f"    const ERF_SLOPE: Self = {literal(rounded(coefficients[0], bits), bits)};")
            print(f"    const ERF_END: Self = {'6.0' if bits == 53 else '4.0'};")
            coefficients[0] -= rounded(coefficients[0], bits)
        print(f"    const {table}: &'static [Self] = &[")
        for c in coefficients:
            print(f"        {literal(c, bits)},")
        print("    ];")
    print(f"    const LN_2: [Self; 2] = [{', '.join(literal(c, bits) for c in parts(ln(2), bits, 2))}];")
    print("    const HALF_PI: [Self; 3] = [")
    for c in parts(pi / 2, bits, 3):
        print(f"        {literal(c, bits)},")
    print("    ];")
    print(f"    const ROUNDER: Self = {mpf(1.5) * 2 ** (bits - 1)};")
    print(f"    const FAR: Self = {'750.0' if bits == 53 else '105.0'};")
    print(f"    const MANY_TURNS: Self = {'1e9' if bits == 53 else '1e5'};")
    print("""
    fn slow_sin_cos(self) -> (Self, Self) {""")
    print(f"        libm::sincos{'' if bits == 53 else 'f'}(self)")
    print("    }")
    print("}" if bits == 24 else "}\n")
