//! The end of a network in a kernel: from logits to the loss, its gradient, and what is said of a sample.

use super::words::{line, number};
use headstart::engine::network::{Loss, Network, Output};
use std::f64::consts::LN_2;

/// Three functions of a kernel:
///
/// - `finish(z, y, weight, want)` turns the logits of a sample into the gradient of the loss by them, and returns the loss. Without
///   `want` that is only good for one thing, as on the processor: it is finite where the loss is.
/// - `says(z, j)`, output `j`.
/// - `chosen(z)`, the class that a sample is put into.
pub(super) fn write(to: &mut String, network: &Network) {
    let outputs = network.outputs();
    line!(to, "const OUTPUTS = {outputs}u;");
    line!(to, "alias Outputs = array<f32, {outputs}>;");
    line!(to, "fn finish(z: ptr<function, Outputs>, y: ptr<function, Outputs>, weight: f32, want: bool) -> f32 {{");
    line!(to, "var total = 0.0;");
    let each = number(1.0 / outputs as f64);
    match (network.loss(), network.output()) {
        (Loss::BinaryCrossEntropy, output) => {
            let scale = if output == Output::Tanh { "2.0" } else { "1.0" };
            line!(to, "let part = weight * {each};\nfor (var j = 0u; j < OUTPUTS; j++) {{");
            line!(to, "let u = {scale} * (*z)[j];\nlet small = exp(-abs(u));");
            line!(
                to,
                "let p = select(1.0, small, u < 0.0) / (1.0 + small);\n(*z)[j] = (p - (*y)[j]) * ({scale} * part);"
            );
            line!(to, "if (want) {{ total = fma(fma(-(*y)[j], u, at_least(0.0, u)) + ln_1p(small), part, total); }}");
            line!(to, "else {{ total += select(0.0, u, bad(u)); }}\n}}");
        }
        (Loss::CrossEntropy, _) => {
            exponentials(to);
            line!(to, "for (var j = 0u; j < OUTPUTS; j++) {{");
            line!(to, "let logit = (*z)[j];\nlet p = exp(logit - largest) / sum;\n(*z)[j] = (p - (*y)[j]) * weight;");
            line!(to, "if (want) {{ total = fma((*y)[j] * (largest - logit), weight, total); }}\n}}");
            line!(to, "if (want) {{ total = fma(ln_1p(rest), weight, total); }}\ntotal += odd;");
        }
        (Loss::MeanSquaredError, Output::Softmax) => {
            exponentials(to);
            line!(to, "let part = weight * {each};\nvar mean = 0.0;\nfor (var j = 0u; j < OUTPUTS; j++) {{");
            line!(to, "let a = exp((*z)[j] - largest) / sum;\nlet error = a - (*y)[j];\n(*z)[j] = a;");
            line!(to, "total = fma(error * error, part, total);\nmean = fma(a * 2.0, error, mean);\n}}");
            line!(to, "for (var j = 0u; j < OUTPUTS; j++) {{\nlet a = (*z)[j];\nlet error = a - (*y)[j];");
            line!(to, "(*z)[j] = a * (2.0 * error - mean) * part;\n}}\ntotal += odd;");
        }
        (Loss::Focal(gamma), Output::Softmax) => {
            let gamma = number(gamma);
            exponentials(to);
            line!(to, "var own: Outputs;\nvar all = 0.0;\nfor (var j = 0u; j < OUTPUTS; j++) {{");
            line!(to, "let shifted = (*z)[j] - largest;\nlet e = exp(shifted);\nlet p = e / sum;");
            line!(to, "let q = select(rest, sum - e, shifted < 0.0) / sum;\nlet surprise = ln_1p(rest) - shifted;");
            line!(to, "let ratio = select(1.0, surprise / q, q > 0.0);");
            line!(to, "let factor = select(0.0, exp({gamma} * log(q)), q > 0.0);");
            line!(to, "own[j] = -((*y)[j] * factor * fma({gamma} * p, ratio, 1.0));\nall += own[j];\n(*z)[j] = p;");
            line!(to, "total = fma((*y)[j] * factor * surprise, weight, total);\n}}");
            line!(
                to,
                "for (var j = 0u; j < OUTPUTS; j++) {{ (*z)[j] = (own[j] - (*z)[j] * all) * weight; }}\ntotal += odd;"
            );
        }
        (loss, output) => {
            line!(to, "let part = weight * {each};\nfor (var j = 0u; j < OUTPUTS; j++) {{");
            line!(to, "let logit = (*z)[j];\nlet target_ = (*y)[j];");
            of_logit(to, loss, output);
            line!(to, "(*z)[j] = slope * part;\ntotal = fma(value, part, total);\n}}");
        }
    }
    line!(to, "return total;\n}}");
    says(to, network);
    chosen(to, network);
}

/// Turns of all loops for a sample, at most.
pub(super) fn turns(network: &Network) -> usize {
    // One goes through the outputs five times, or through both sides of each.
    6 * (network.outputs() + 1)
}

/// The largest logit, what the exponentials of the logits over it sum to, the same without its own, and `odd`, which is not finite where
/// some logit is not.
fn exponentials(to: &mut String) {
    line!(to, "var largest = (*z)[0];\nvar odd = 0.0;\nfor (var j = 0u; j < OUTPUTS; j++) {{");
    line!(to, "largest = select(largest, (*z)[j], (*z)[j] > largest);\nodd += select(0.0, (*z)[j], bad((*z)[j]));\n}}");
    line!(to, "var rest = 0.0;\nvar ones = -1.0;\nfor (var j = 0u; j < OUTPUTS; j++) {{");
    line!(
        to,
        "let shifted = (*z)[j] - largest;\nif (shifted < 0.0) {{ rest += exp(shifted); }} else {{ ones += 1.0; }}\n}}"
    );
    line!(to, "rest += ones;\nlet sum = rest + 1.0;");
}

/// `value` and `slope`: the loss of one output with target `target_` by its `logit`, and its derivative.
fn of_logit(to: &mut String, loss: Loss, output: Output) {
    match (loss, output) {
        (Loss::Focal(gamma), _) => {
            let gamma = number(gamma);
            line!(to, "var value = 0.0;\nvar slope = 0.0;\nfor (var side = 0u; side < 2u; side++) {{");
            line!(
                to,
                "let u = select(logit, -logit, side == 1u);\nlet share = select(target_, 1.0 - target_, side == 1u);"
            );
            line!(to, "let p = sigmoid(u);\nlet q = sigmoid(-u);\nlet surprise = softplus(-u);");
            line!(to, "let factor = exp(-{gamma} * softplus(u));\nlet own = -factor * fma({gamma} * p, surprise, q);");
            line!(to, "value = fma(share, factor * surprise, value);");
            line!(to, "slope = fma(share, select(own, -own, side == 1u), slope);\n}}");
        }
        (Loss::Poisson, Output::Exp) => {
            line!(to, "let a = exp(logit);\nlet ln_y = select(0.0, log(target_), target_ > 0.0);");
            line!(to, "let value = fma(-target_, logit - ln_y, a - target_);\nlet slope = a - target_;");
        }
        (Loss::Poisson, _) => {
            line!(to, "let a = softplus(logit);\nlet s = sigmoid(logit);\nlet is_far = logit < -40.0;");
            line!(
                to,
                "let ln_a = select(log(a), logit, is_far);\nlet ln_y = select(0.0, log(target_), target_ > 0.0);"
            );
            line!(to, "let value = fma(-target_, ln_a - ln_y, a - target_);");
            line!(to, "let slope = fma(-target_, select(s / a, 1.0, is_far), s);");
        }
        _ => {
            line!(to, "let a = {};\nlet of_a = {};", value(output, "logit"), slope(output, "a"));
            of_output(to, loss);
            line!(to, "let slope = by_output * of_a;");
        }
    }
}

/// `value` and `by_output`: the loss of an output `a`, and its derivative by that.
fn of_output(to: &mut String, loss: Loss) {
    line!(to, "let error = a - target_;");
    match loss {
        Loss::MeanAbsoluteError => {
            line!(to, "let value = abs(error);\nlet by_output = select(0.0 * error, sign(error), value > 0.0);");
        }
        Loss::Huber(delta) => {
            let delta = number(delta);
            line!(
                to,
                "let by_output = between(-{delta}, {delta}, error);\nlet value = by_output * (error - 0.5 * by_output);"
            );
        }
        Loss::LogCosh => {
            let ln_2 = number(LN_2);
            line!(to, "let size = abs(error);\nlet by_output = tangens(error);");
            line!(to, "let near = -0.5 * ln_1p(-(by_output * by_output));");
            line!(to, "let far = size + ln_1p(exp(-2.0 * size)) - {ln_2};\nlet value = select(far, near, size < 1.0);");
        }
        Loss::Hinge | Loss::SquaredHinge => {
            line!(to, "let missing = at_least(0.0, fma(-target_, a, 1.0));");
            line!(to, "let slope_of_it = select(0.0, -target_, missing > 0.0);");
            if loss == Loss::Hinge {
                line!(to, "let value = missing;\nlet by_output = slope_of_it;");
            } else {
                line!(to, "let value = missing * missing;\nlet by_output = 2.0 * missing * slope_of_it;");
            }
        }
        _ => line!(to, "let value = error * error;\nlet by_output = 2.0 * error;"),
    }
}

/// An output by its logit; of softmax the logit itself.
fn value(output: Output, z: &str) -> String {
    match output {
        Output::Identity | Output::Softmax => z.to_owned(),
        Output::Sigmoid => format!("sigmoid({z})"),
        Output::Tanh => format!("tangens({z})"),
        Output::Relu => format!("at_least(0.0, {z})"),
        Output::Softplus => format!("softplus({z})"),
        Output::Exp => format!("exp({z})"),
    }
}

/// The derivative of an output by its logit, from the output.
fn slope(output: Output, a: &str) -> String {
    match output {
        Output::Identity | Output::Softmax => "1.0".to_owned(),
        Output::Sigmoid => format!("{a} * (1.0 - {a})"),
        Output::Tanh => format!("fma(-{a}, {a}, 1.0)"),
        Output::Relu => format!("select(0.0, 1.0, {a} > 0.0)"),
        Output::Softplus => format!("-exp_m1(-{a})"),
        Output::Exp => a.to_owned(),
    }
}

fn says(to: &mut String, network: &Network) {
    line!(to, "fn says(z: ptr<function, Outputs>, j: u32) -> f32 {{");
    if network.output() == Output::Softmax {
        exponentials(to);
        line!(to, "return exp((*z)[j] - largest) / sum;\n}}");
    } else {
        line!(to, "return {};\n}}", value(network.output(), "(*z)[j]"));
    }
}

fn chosen(to: &mut String, network: &Network) {
    line!(to, "fn chosen(z: ptr<function, Outputs>) -> u32 {{");
    if network.outputs() > 1 {
        line!(to, "var best = 0u;\nfor (var j = 1u; j < OUTPUTS; j++) {{ if ((*z)[j] > (*z)[best]) {{ best = j; }} }}");
        line!(to, "return best;\n}}");
        return;
    }
    // The logits of an identity output are those of a sigmoid to the cross-entropy.
    let output = match (network.loss(), network.output()) {
        (Loss::BinaryCrossEntropy, Output::Identity) => Output::Sigmoid,
        (_, output) => output,
    };
    let is_signed = output == Output::Tanh || network.loss().is_hinge();
    let middle = if is_signed { "0.0" } else { "0.5" };
    line!(to, "return select(0u, 1u, {} > {middle});\n}}", value(output, "(*z)[0]"));
}
