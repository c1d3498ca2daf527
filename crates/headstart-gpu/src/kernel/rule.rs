//! Update rules in a kernel: how a gradient becomes a step, as the processor has it.

use super::words::{line, number};
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
        // Of a rate of 1: what trainings with other rates share must not depend on any of theirs.
        let rate = training.schedule.rate(1.0, training.warmup, step, training.steps);
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

/// What keeps a rule from dividing by nothing, where it divides.
pub(super) fn epsilon(optimizer: Optimizer) -> Option<f64> {
    match optimizer {
        Optimizer::Adam { epsilon, .. }
        | Optimizer::Nadam { epsilon, .. }
        | Optimizer::RmsProp { epsilon, .. }
        | Optimizer::Adadelta { epsilon, .. } => Some(epsilon),
        _ => None,
    }
}

/// What the moments start from.
pub(crate) fn first_moment(optimizer: Optimizer) -> f32 {
    match optimizer {
        Optimizer::Adagrad { initial, .. } => initial as f32,
        _ => 0.0,
    }
}

/// The numbers of a training that are no part of a kernel's text: a sweep over them has one kernel.
#[derive(Clone, Copy, Debug, Default, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
pub(crate) struct Own {
    /// The learning rate, or its largest value.
    pub lr: f32,
    /// Of descent.
    pub momentum: f32,
    /// Weight decay.
    pub decay: f32,
    /// The bound of the gradient.
    pub clip: f32,
}

impl Own {
    /// Those of a training.
    pub fn of(training: &Training) -> Self {
        let momentum = if let Optimizer::Descent { momentum, .. } = training.optimizer { momentum } else { 0.0 };
        let clip = match training.clip {
            Some(Clip::Norm(bound) | Clip::Value(bound)) => bound,
            None => 0.0,
        };
        let [lr, momentum, decay, clip] = [training.lr, momentum, training.decay.rate, clip].map(|x| x as f32);
        Self { lr, momentum, decay, clip }
    }
}

/// Whether two trainings differ in nothing but what a network has of its own: the numbers of [`Own`], and the factors of its rates.
pub(crate) fn are_alike(one: &Training, other: &Training) -> bool {
    if one == other {
        return true;
    }
    let mut other = other.clone();
    other.lr = one.lr;
    if one.has_factors() == other.has_factors() {
        other.lr_factors.clone_from(&one.lr_factors);
        other.bias_lr_factors.clone_from(&one.bias_lr_factors);
    }
    if (one.decay.rate > 0.0) == (other.decay.rate > 0.0) {
        other.decay.rate = one.decay.rate;
    }
    match (one.optimizer, &mut other.optimizer) {
        (Optimizer::Descent { momentum: own, .. }, Optimizer::Descent { momentum, .. })
            if (own != 0.0) == (*momentum != 0.0) =>
        {
            *momentum = own;
        }
        _ => {}
    }
    match (one.clip, &mut other.clip) {
        (Some(Clip::Norm(own)), Some(Clip::Norm(bound))) | (Some(Clip::Value(own)), Some(Clip::Value(bound))) => {
            *bound = own;
        }
        _ => {}
    }
    *one == other
}

/// What a kernel has of a network's own: `own`, of the network `net`.
pub(super) fn write_own(to: &mut String) {
    line!(
        to,
        "let own = Own(bitcast<f32>(state[8u * net + 4u]), bitcast<f32>(state[8u * net + 5u]), \
               bitcast<f32>(state[8u * net + 6u]), bitcast<f32>(state[8u * net + 7u]));"
    );
}

/// What a gradient is multiplied by, where it is cut off by its norm: first by `near`, then by `shrunk`. Of a gradient whose squares have a
/// sum (`square_all`) beyond float32 it is that of `FAR` times it (`far_all`).
pub(super) fn write_shrunk(to: &mut String) {
    line!(to, "let is_far = bad(square_all);\nlet near = select(1.0, FAR, is_far);");
    line!(to, "let norm = sqrt(select(square_all, far_all, is_far));");
    line!(to, "let shrunk = select(1.0 / near, own.clip / norm, norm > own.clip * near);");
}

/// The functions of a kernel that move parameters, where `V` is a number or four of them: `moved(i, w, g, m, v, lr, own, told)`, where `i` is
/// the place of the parameter, `m` and `v` are its moments, and `lr` its rate; and `bounded(g, own)`, the gradient cut off.
///
/// `places` says from which place on, and up to which, the weights and biases of each layer are.
pub(super) fn write(to: &mut String, vector: &str, training: &Training, places: &[[std::ops::Range<usize>; 2]]) {
    line!(to, "// 2^-80.\nconst FAR = 8.271806125530277e-25f;");
    line!(to, "alias V = {vector};\nstruct Own {{ lr: f32, momentum: f32, decay: f32, clip: f32 }}");
    let decay = training.decay;
    if decay.rate > 0.0 {
        line!(to, "fn decays(i: u32) -> f32 {{");
        for (kind, place) in
            places.iter().flat_map(|both| both.iter().enumerate()).filter(|(_, place)| !place.is_empty())
        {
            let decays = if kind == 0 || decay.biases { "1.0" } else { "0.0" };
            line!(to, "if (i < {}u) {{ return {decays}; }}", place.end);
        }
        line!(to, "return 0.0;\n}}");
    }
    // NaN cannot come here: a step whose loss is not finite is not done.
    let cut = if let Some(Clip::Value(_)) = training.clip { "clamp(g, V(-own.clip), V(own.clip))" } else { "g" };
    line!(to, "fn bounded(g: V, own: Own) -> V {{ return {cut}; }}");
    line!(
        to,
        "fn moved(i: u32, w0: V, g0: V, m: ptr<function, V>, v: ptr<function, V>, lr: V, own: Own, told: vec4f) -> V {{"
    );
    line!(to, "var w = w0;\nvar g = g0;");
    if decay.rate > 0.0 && decay.decoupled {
        let rate = if matches!(training.optimizer, Optimizer::Nadam { .. }) { "told.x" } else { "told.w" };
        line!(to, "w = fma(-(lr * {rate}) * own.decay * decays(i), w, w);");
    } else if decay.rate > 0.0 {
        line!(to, "g = fma(V(own.decay * decays(i)), w, g);");
    }
    line!(to, "let down = -(lr * told.x);");
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
            line!(to, "*m = fma(*m, V(own.momentum), g);");
            let direction = if nesterov { "fma(*m, V(own.momentum), g)" } else { "*m" };
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
