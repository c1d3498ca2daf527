// Elementary functions in float32 where the device's own are not good enough: near 0, far out, and for numbers that are none.
// Comparisons stand so that NaN goes through.

// Whether a number is infinite or none, by its bits: compilers may take it that there are no such numbers.
fn bad(x: f32) -> bool {
    return (bitcast<u32>(x) & 0x7f800000u) == 0x7f800000u;
}

fn exp_m1(x: f32) -> f32 {
    var p = fma(x, 2.4801587e-5, 1.9841270e-4);
    p = fma(x, p, 1.3888889e-3);
    p = fma(x, p, 8.3333333e-3);
    p = fma(x, p, 4.1666667e-2);
    p = fma(x, p, 1.6666667e-1);
    p = fma(x, p, 0.5);
    return select(exp(x) - 1.0, fma(x * x, p, x), abs(x) < 0.35);
}

// By the series of the inverse hyperbolic tangent of x / (2 + x).
fn ln_1p(x: f32) -> f32 {
    let s = x / (2.0 + x);
    let t = s * s;
    var p = fma(t, 0.15384615, 0.18181818);
    p = fma(t, p, 0.22222222);
    p = fma(t, p, 0.28571429);
    p = fma(t, p, 0.4);
    p = fma(t, p, 0.66666667);
    p = fma(t, p, 2.0);
    return select(log(1.0 + x), s * p, x > -0.3 && x <= 1.0);
}

fn sigmoid(z: f32) -> f32 {
    let e = exp(-abs(z));
    return select(1.0, e, z < 0.0) / (1.0 + e);
}

fn softplus(z: f32) -> f32 {
    return at_least(0.0, z) + ln_1p(exp(-abs(z)));
}

fn tangens(z: f32) -> f32 {
    let e = exp_m1(-2.0 * abs(z));
    let t = -e / (2.0 + e);
    return select(t, -t, z < 0.0);
}

// Within 1 by its series, beyond by Abramowitz and Stegun's 7.1.26, whose error is at most 1.5e-7.
fn erf(x: f32) -> f32 {
    let a = abs(x);
    let t = a * a;
    var s = fma(t, 1.3122532e-8, -1.4503852e-7);
    s = fma(t, s, 1.4589169e-6);
    s = fma(t, s, -1.3227513e-5);
    s = fma(t, s, 1.0683761e-4);
    s = fma(t, s, -7.5757576e-4);
    s = fma(t, s, 4.6296296e-3);
    s = fma(t, s, -2.3809524e-2);
    s = fma(t, s, 0.1);
    s = fma(t, s, -0.33333333);
    s = fma(t, s, 1.0);
    let near = 1.1283792 * a * s;
    let u = 1.0 / fma(a, 0.3275911, 1.0);
    var q = fma(u, 1.061405429, -1.453152027);
    q = fma(u, q, 1.421413741);
    q = fma(u, q, -0.284496736);
    q = fma(u, q, 0.254829592);
    let far = 1.0 - u * q * exp(-t);
    let value = select(far, near, a < 1.0);
    return select(value, -value, x < 0.0);
}

// Sine and cosine, by what is left of multiples of half of pi: to a few units in the last place up to some hundred thousand.
fn sin_cos(x: f32) -> vec2f {
    let k = floor(fma(x, 0.63661977, 0.5));
    var r = fma(k, -1.5707963705, x);
    r = fma(k, 4.3711388e-8, r);
    r = fma(k, 1.7151245e-15, r);
    let t = r * r;
    var s = fma(t, 2.7525562e-6, -1.9840874e-4);
    s = fma(t, s, 8.3333310e-3);
    s = fma(t, s, -1.6666667e-1);
    s = fma(t * r, s, r);
    var c = fma(t, 2.4433157e-5, -1.3887316e-3);
    c = fma(t, c, 4.1666646e-2);
    c = fma(t, c, -0.5);
    c = fma(t, c, 1.0);
    let quarter = u32(i32(k - 4.0 * floor(k * 0.25)));
    let turned = select(vec2f(s, c), vec2f(c, s), (quarter & 1u) == 1u);
    let sine = select(turned.x, -turned.x, quarter >= 2u);
    let cosine = select(turned.y, -turned.y, quarter == 1u || quarter == 2u);
    return select(vec2f(sine, cosine), vec2f(x - x), bad(x));
}

// (z + sqrt(z^2 + 4)) / 2; below 0 by its inverse, as the sum has no digits there.
fn squareplus(z: f32) -> f32 {
    let root = select(abs(z), sqrt(fma(z, z, 4.0)), abs(z) < 1e10);
    return select(fma(0.5, z, 0.5 * root), 2.0 / (root - z), z < 0.0);
}
