//! Update rules in a kernel: how a gradient becomes a step, as the processor has it.

use super::words::{line, number};
use headstart::engine::network::Network;
use headstart::engine::optimizer::{Clip, Count, Optimizer};
use headstart::engine::train::Training;

/// What a rule is told at a step besides the gradient: what the learning rate is multiplied by, and numbers that only the step decides.
pub(crate) type AtStep = [f32; 4];

/// Whether there is a kernel of it: of all but L-BFGS.
pub(super) fn is_known(optimizer: Optimizer) -> bool {
    !matches!(optimizer, Optimizer::Lbfgs { .. })
}

/// What is told at each step of a training, from the first one on.
pub(crate) fn steps(training: &Training) -> impl Iterator<Item = AtStep> + '_ {
    let mut count = Count::default();
    (0..training.steps).map(move |step| {
        count.step(training.optimizer);
        let rate = training.rate(step) / training.lr;
        let Count { powers, momenta, .. } = count;
        let root = (1.0 - powers[1]).sqrt();
        let told = match training.optimizer {
            Optimizer::Adam { .. } => [rate / (1.0 - powers[0]), root, 0.0, rate],
            Optimizer::Adamax { .. } => [rate / (1.0 - powers[0]), 1.0, 0.0, rate],
            Optimizer::Nadam { .. } => {
                let of_mean = momenta[1] / (1.0 - powers[0] * momenta[1]);
                [rate, root, of_mean, (1.0 - momenta[0]) / (1.0 - powers[0])]
            }
            _ => [rate, 0.0, 0.0, rate],
        };
        told.map(|x| x as f32)
    })
}

/// What the moments start from.
pub(crate) fn first_moment(optimizer: Optimizer) -> f32 {
    match optimizer {
        Optimizer::Adagrad { initial, .. } => initial as f32,
        _ => 0.0,
    }
}

/// The functions of a kernel that move parameters: `moved(i, w, g, m, v, rate, told)`, where `V` is a number or four of them, `i` the
/// place of the parameter, and `m` and `v` the moments; and `bounded(g)`, the gradient cut off.
///
/// `places` says from which place on, and up to which, the weights and biases of each layer are.
pub(super) fn write(
    to: &mut String,
    vector: &str,
    network: &Network,
    training: &Training,
    places: &[[std::ops::Range<usize>; 2]],
) {
    line!(to, "alias V = {vector};");
    let by_place = |to: &mut String, name: &str, of: &dyn Fn(usize, usize) -> f64| {
        line!(to, "fn {name}(i: u32) -> f32 {{");
        for (l, both) in places.iter().enumerate() {
            for (kind, place) in both.iter().enumerate().filter(|(_, place)| !place.is_empty()) {
                line!(to, "if (i < {}u) {{ return {}; }}", place.end, number(of(l, kind)));
            }
        }
        line!(to, "return 0.0;\n}}");
    };
    debug_assert_eq!(places.len(), network.layers().len());
    let decay = training.decay;
    if training.has_factors() {
        by_place(to, "factor", &|l, kind| training.factors(l)[kind]);
    }
    if decay.rate > 0.0 {
        by_place(to, "decay", &|_, kind| if kind == 0 || decay.biases { decay.rate } else { 0.0 });
    }
    line!(to, "fn bounded(g: V) -> V {{");
    match training.clip {
        Some(Clip::Value(bound)) => {
            let b = number(bound);
            // NaN cannot come here: a step whose loss is not finite is not done.
            line!(to, "return clamp(g, V(-{b}), V({b}));\n}}");
        }
        _ => line!(to, "return g;\n}}"),
    }
    line!(to, "fn moved(i: u32, w0: V, g0: V, m: ptr<function, V>, v: ptr<function, V>, lr: f32, told: vec4f) -> V {{");
    line!(to, "var w = w0;\nvar g = g0;");
    let factor = if training.has_factors() { " * factor(i)" } else { "" };
    if decay.rate > 0.0 && decay.decoupled {
        let rate = if matches!(training.optimizer, Optimizer::Nadam { .. }) { "told.x" } else { "told.w" };
        line!(to, "w = fma(V(-(lr * {rate}{factor}) * decay(i)), w, w);");
    } else if decay.rate > 0.0 {
        line!(to, "g = fma(V(decay(i)), w, g);");
    }
    line!(to, "let down = V(-(lr * told.x){factor});");
    step(to, training.optimizer);
    line!(to, "}}");
}

fn step(to: &mut String, optimizer: Optimizer) {
    let n = number;
    let mean = |to: &mut String, beta1: f64| {
        line!(to, "*m = fma(*m, V({}), {} * g);", n(beta1), n(1.0 - beta1));
    };
    let square = |to: &mut String, which: &str, keep: f64| {
        line!(to, "*{which} = fma(*{which}, V({}), {} * (g * g));", n(keep), n(1.0 - keep));
    };
    match optimizer {
        Optimizer::Descent { momentum, nesterov } if momentum != 0.0 => {
            line!(to, "*m = fma(*m, V({}), g);", n(momentum));
            let direction = if nesterov { format!("fma(*m, V({}), g)", n(momentum)) } else { "*m".to_owned() };
            line!(to, "return fma({direction}, down, w);");
        }
        Optimizer::Descent { .. } | Optimizer::Lbfgs { .. } => line!(to, "return fma(g, down, w);"),
        Optimizer::Adam { beta1, beta2, epsilon } => {
            mean(to, beta1);
            square(to, "v", beta2);
            line!(to, "return fma(*m / (sqrt(*v) / told.y + V({})), down, w);", n(epsilon));
        }
        Optimizer::RmsProp { decay, epsilon } => {
            square(to, "m", decay);
            line!(to, "return fma(g / (sqrt(*m) + V({})), down, w);", n(epsilon));
        }
        Optimizer::Nadam { beta1, beta2, epsilon } => {
            mean(to, beta1);
            square(to, "v", beta2);
            line!(to, "let ahead = fma(*m, V(told.z), told.w * g);");
            line!(to, "return fma(ahead / (sqrt(*v) / told.y + V({})), down, w);", n(epsilon));
        }
        Optimizer::Adamax { beta1, beta2, epsilon } => {
            mean(to, beta1);
            line!(to, "*v = max(*v * {}, abs(g) + V({}));", n(beta2), n(epsilon));
            line!(to, "return fma(select(V(0.0), *m / *v, *v > V(0.0)), down, w);");
        }
        Optimizer::Adadelta { decay, epsilon } => {
            square(to, "m", decay);
            let e = n(epsilon);
            line!(to, "let d = g * sqrt(*v + V({e})) / sqrt(*m + V({e}));");
            line!(to, "*v = fma(*v, V({}), {} * (d * d));\nreturn fma(d, down, w);", n(decay), n(1.0 - decay));
        }
        Optimizer::Adagrad { epsilon, .. } => {
            line!(to, "*m = fma(g, g, *m);\nlet size = sqrt(*m) + V({});", n(epsilon));
            line!(to, "return fma(select(V(0.0), g / size, size > V(0.0)), down, w);");
        }
        Optimizer::Lion { beta1, beta2 } => {
            line!(to, "let way = fma(*m, V({}), {} * g);", n(beta1), n(1.0 - beta1));
            line!(to, "*m = fma(*m, V({}), {} * g);\nreturn fma(sign(way), down, w);", n(beta2), n(1.0 - beta2));
        }
    }
}
