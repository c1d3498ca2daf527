//! Activations in a kernel: the value of each, and its slope.

use super::words::{line, number};
use headstart::engine::activation::Activation;
use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// Selu's scale and alpha (Klambauer et al. 2017, eq. 14).
const SELU_SCALE: f64 = 1.050_700_987_355_480_5;
const SELU_ALPHA: f64 = 1.673_263_242_354_377_2;

/// Whether there is a kernel of it: of all but those whose slope is learned.
pub(super) fn is_known(activation: Activation) -> bool {
    !activation.is_learned()
}

/// Whether its slope is kept from the way forward, as the value does not tell it. The same as on the processor.
pub(super) fn keeps_slope(activation: Activation) -> bool {
    use Activation::{Gelu, GeluTanh, HardSwish, LeakyRelu, Mish, Silu, Sin, TanhShrink, Threshold};
    match activation {
        LeakyRelu(slope) => slope < 0.0,
        Gelu | Silu | Sin | HardSwish | Mish | GeluTanh | TanhShrink | Threshold(_) => true,
        _ => false,
    }
}

/// Two functions of a kernel: `act{id}`, from a pre-activation to the activation and its slope (of those that do not keep it, 0), and
/// `slope{id}`, from the activation to the slope (of those that keep it, 0).
#[allow(clippy::too_many_lines)]
pub(super) fn write(to: &mut String, id: usize, activation: Activation) {
    let both = |to: &mut String, body: &str| {
        line!(to, "fn act{id}(z: f32) -> vec2f {{\n{body}\n}}");
        line!(to, "fn slope{id}(a: f32) -> f32 {{ return 0.0; }}");
    };
    let simple = |to: &mut String, value: &str, slope: &str| {
        line!(to, "fn act{id}(z: f32) -> vec2f {{ return vec2f({value}, 0.0); }}");
        line!(to, "fn slope{id}(a: f32) -> f32 {{ return {slope}; }}");
    };
    match activation {
        Activation::Identity => simple(to, "z", "1.0"),
        Activation::Relu => simple(to, "at_least(0.0, z)", "select(0.0, 1.0, a > 0.0)"),
        Activation::LeakyRelu(slope) if slope < 0.0 => {
            let s = number(slope);
            both(to, &format!("return select(vec2f({s} * z, {s}), vec2f(z, 1.0), z > 0.0);"));
        }
        Activation::LeakyRelu(slope) | Activation::Prelu(slope) => {
            let s = number(slope);
            simple(to, &format!("select({s} * z, z, z > 0.0)"), &format!("select({s}, 1.0, a > 0.0)"));
        }
        Activation::Elu => simple(to, "select(exp_m1(z), z, z > 0.0)", "select(a + 1.0, 1.0, a > 0.0)"),
        Activation::Selu => {
            let (scale, below) = (number(SELU_SCALE), number(SELU_SCALE * SELU_ALPHA));
            let value = format!("select({below} * exp_m1(z), {scale} * z, z > 0.0)");
            simple(to, &value, &format!("select(a + {below}, {scale}, a > 0.0)"));
        }
        Activation::Tanh => simple(to, "tangens(z)", "fma(-a, a, 1.0)"),
        Activation::Sigmoid => simple(to, "sigmoid(z)", "a * (1.0 - a)"),
        Activation::Softplus => simple(to, "softplus(z)", "-exp_m1(-a)"),
        Activation::Gelu => {
            let (root, density) = (number(FRAC_1_SQRT_2), number(1.0 / (2.0 * PI).sqrt()));
            both(
                to,
                &format!(
                    "let cdf = fma(0.5, erf(z * {root}), 0.5);\nlet pdf = {density} * exp(-0.5 * z * z);\n\
                     let value = select(select(cdf, z, bad(z) && !(z < 0.0)), z * cdf, cdf > 0.0);\n\
                     return vec2f(value, cdf + select(pdf, z * pdf, pdf > 0.0));"
                ),
            );
        }
        Activation::Silu => both(
            to,
            "let s = sigmoid(z);\nlet value = select(s, z * s, s > 0.0);\nreturn vec2f(value, fma(value, 1.0 - s, s));",
        ),
        Activation::Sin => both(to, "return sin_cos(z);"),
        Activation::Relu6 => simple(to, "between(0.0, 6.0, z)", "select(0.0, 1.0, a > 0.0 && a < 6.0)"),
        Activation::HardTanh => simple(to, "between(-1.0, 1.0, z)", "select(0.0, 1.0, abs(a) < 1.0)"),
        Activation::HardSigmoid => {
            let sixth = number(1.0 / 6.0);
            let value = format!("between(0.0, 6.0, z + 3.0) * {sixth}");
            simple(to, &value, &format!("select(0.0, {sixth}, a > 0.0 && a < 1.0)"));
        }
        Activation::HardSwish => {
            let (sixth, third) = (number(1.0 / 6.0), number(1.0 / 3.0));
            both(
                to,
                &format!(
                    "let s = between(0.0, 6.0, z + 3.0) * {sixth};\nlet value = select(s, z * s, s > 0.0);\n\
                     let slope = select(fma(z, {third}, 0.5), 1.0, z > 3.0);\n\
                     return vec2f(value, select(0.0, slope, z > -3.0));"
                ),
            );
        }
        Activation::Softsign => simple(
            to,
            "between(-1e30, 1e30, z) / (1.0 + between(-1e30, 1e30, abs(z)))",
            "(1.0 - abs(a)) * (1.0 - abs(a))",
        ),
        Activation::Mish => both(
            to,
            "let t = tangens(softplus(z));\nlet s = sigmoid(z);\nlet value = select(t, z * t, t > 0.0);\n\
             return vec2f(value, select(t, fma(z * s, (1.0 - t) * (1.0 + t), t), t > 0.0));",
        ),
        Activation::GeluTanh => {
            let twice = 2.0 * (2.0 / PI).sqrt();
            let (linear, cubic) = (number(twice), number(twice * 0.044_715));
            both(
                to,
                &format!(
                    "let y = between(-1e3, 1e3, z);\nlet q = y * y;\nlet s = sigmoid(y * fma(q, {cubic}, {linear}));\n\
                     let of_s = s * (1.0 - s) * fma(q, 3.0 * {cubic}, {linear});\nlet value = select(s, z * s, s > 0.0);\n\
                     return vec2f(value, select(s, fma(z, of_s, s), of_s > 0.0));"
                ),
            );
        }
        Activation::Celu(alpha) => {
            let (alpha, inverse) = (number(alpha), number(1.0 / alpha));
            let value = format!("select({alpha} * exp_m1(z / {alpha}), z, z > 0.0)");
            simple(to, &value, &format!("select(fma(a, {inverse}, 1.0), 1.0, a > 0.0)"));
        }
        Activation::LogSigmoid => simple(to, "-softplus(-z)", "-exp_m1(a)"),
        Activation::TanhShrink => both(
            to,
            // Near 0 by the series: the difference has no digits there.
            "let t = tangens(z);\nlet q = z * z;\n\
             var p = fma(q, 1.4558e-3, -3.5921e-3);\np = fma(q, p, 8.8632e-3);\np = fma(q, p, -2.1869489e-2);\n\
             p = fma(q, p, 5.3968254e-2);\np = fma(q, p, -0.13333333);\np = fma(q, p, 0.33333333);\n\
             return vec2f(select(z - t, q * z * p, abs(z) < 0.25), t * t);",
        ),
        Activation::SoftShrink(bound) => {
            let b = number(bound);
            simple(to, &format!("z - between(-{b}, {b}, z)"), "select(0.0, 1.0, abs(a) > 0.0)");
        }
        Activation::HardShrink(bound) => {
            let b = number(bound);
            let value = format!("select(between(0.0, 0.0, z), z, abs(z) > {b})");
            simple(to, &value, "select(0.0, 1.0, abs(a) > 0.0)");
        }
        Activation::Threshold(threshold) => {
            let t = number(threshold);
            both(to, &format!("let none = between(0.0, 0.0, z);\nreturn select(vec2f(none), vec2f(z, 1.0), z > {t});"));
        }
        Activation::Squareplus => simple(to, "squareplus(z)", "1.0 / fma(1.0 / a, 1.0 / a, 1.0)"),
        Activation::Exp => simple(to, "exp(z)", "a"),
        Activation::SparsePlus => simple(
            to,
            "select(between(0.0, 1.0, fma(0.5, z, 0.5)) * between(0.0, 1.0, fma(0.5, z, 0.5)), z, z > 1.0)",
            "between(0.0, 1.0, sqrt(a))",
        ),
        Activation::SparseSigmoid => {
            simple(to, "between(0.0, 1.0, fma(0.5, z, 0.5))", "select(0.0, 0.5, a > 0.0 && a < 1.0)");
        }
    }
}
