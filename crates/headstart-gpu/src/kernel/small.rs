//! Networks of up to some hundred parameters: every lane has all of them in its registers, and their gradient over its own samples.
//!
//! The loops over units are unrolled, parameters are read once a step, and the lanes' gradients are added by halves: at each turn a lane
//! hands half of its sums to a partner and takes the other half, until it has those of its own parameters, which it moves
//! (the transposing reduction of Hillis and Steele 1986, "Data parallel algorithms", turned on many sums at once).

use super::design::{Design, Layout, Source, Traits, Turns, flat_places};
use super::head::{activations, begin, begin_training, picked, sum_over_lanes, write_samples};
use super::words::line;
use super::{activation, end, rule};
use headstart::engine::optimizer::Clip;

/// Parameters of a network that is small, at most: twice as many numbers are in a lane's registers, of which a GPU has 255.
const MOST: usize = 112;

/// Units of all layers together, at most: those of a sample are in registers, too.
const MOST_UNITS: usize = 48;

/// Lanes where a device has no subgroups that all have as many.
const LANES: usize = 32;

/// The kernel, if the network is small.
// One text, read from its beginning to its end.
#[allow(clippy::too_many_lines)]
pub(super) fn make(design: &Design<'_>, traits: &Traits) -> Option<(Source, Layout, Turns)> {
    let Design { network, training, samples } = design;
    let parameters = network.parameter_count();
    if parameters > MOST || network.widths().iter().sum::<usize>() > MOST_UNITS {
        return None;
    }
    let lanes = if traits.subgroup >= 4 { traits.subgroup } else { LANES };
    // One more is the loss.
    let padded = (parameters + 1).next_multiple_of(lanes.max(4));
    let own = padded / lanes;
    let by_memory = traits.subgroup < 4;
    let shared = 4 * (padded + if by_memory { (parameters + 1) * (lanes + 1) + 2 * lanes } else { 8 });
    if shared > traits.memory || lanes > traits.lanes {
        return None;
    }
    let moments = training.optimizer.moments();
    let layout = Layout {
        places: (0..parameters as u32).collect(),
        is_flat: true,
        parameters: padded,
        numbers: padded * (1 + moments + usize::from(training.has_factors())),
    };
    let mut to = String::new();
    begin(&mut to, design, traits);
    begin_training(&mut to, "f32");
    write_samples(&mut to, design);
    rule::write(&mut to, "f32", training, &flat_places(network));
    // Vulkan has components of a vector apart; elsewhere lanes that write some of one would write all of it.
    let shared = if by_memory { format!("array<f32, {padded}>") } else { format!("array<vec4f, {}>", padded / 4) };
    line!(to, "const LANES = {lanes}u;\nvar<workgroup> shared_: {shared};");
    line!(to, "var<workgroup> flag: u32;");
    if by_memory {
        line!(to, "var<workgroup> sums: array<f32, {}>;", (parameters + 1) * (lanes + 1));
        line!(to, "var<workgroup> parts: array<f32, LANES>;");
    }
    let ids = if by_memory { "" } else { ", @builtin(subgroup_invocation_id) lane: u32" };
    line!(
        to,
        "@compute @workgroup_size({lanes})\nfn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) index: u32{ids}) {{"
    );
    if by_memory {
        line!(to, "let lane = index;");
    }
    line!(to, "let net = told.from_ + group.y * told.across + group.x;\nif (net >= told.networks) {{ return; }}");
    line!(to, "if (index == 0u) {{ flag = state[8u * net]; }}");
    line!(to, "if (workgroupUniformLoad(&flag) != 0u) {{ return; }}");
    rule::write_own(&mut to);
    line!(to, "let base = net * {}u;", layout.numbers);
    // Which parameters are a lane's own.
    let place =
        |j: usize| if by_memory { format!("({}u + lane)", j * lanes) } else { format!("(lane * {own}u + {j}u)") };
    for j in 0..own {
        line!(to, "var own{j} = memory[base + {}];", place(j));
        for m in 0..moments {
            line!(to, "var moment{m}_{j} = memory[base + {}u + {}];", (1 + m) * padded, place(j));
        }
        let factor = format!(" * memory[base + {}u + {}]", (1 + moments) * padded, place(j));
        line!(to, "let lr{j} = own.lr{};", if training.has_factors() { &factor } else { "" });
    }
    let share = |to: &mut String| {
        for j in 0..own {
            let slot = if by_memory { place(j) } else { format!("{0} >> 2u][{0} & 3u", place(j)) };
            line!(to, "shared_[{slot}] = own{j};");
        }
        line!(to, "workgroupBarrier();");
    };
    share(&mut to);
    line!(to, "var did = 0u;\nfor (var s = 0u; s < told.steps; s++) {{");
    line!(
        to,
        "let at = told.first + s;\nlet rule = rules[at];\nlet want = at % told.every == 0u;\nlet count = count_of(at);"
    );
    line!(to, "let part = share_of(count);");
    for q in 0..parameters.div_ceil(4) {
        if by_memory {
            let one = |i: usize| format!("shared_[{}u]", 4 * q + i);
            line!(to, "let q{q} = vec4f({}, {}, {}, {});", one(0), one(1), one(2), one(3));
        } else {
            line!(to, "let q{q} = shared_[{q}u];");
        }
    }
    let w = |i: usize| format!("q{}.{}", i / 4, ["x", "y", "z", "w"][i % 4]);
    for i in 0..=parameters {
        line!(to, "var g{i} = 0.0;");
    }
    line!(to, "for (var first = 0u; first < count; first += LANES) {{");
    line!(to, "let is_there = first + lane < count;\nvar it = select(0u, first + lane, is_there);");
    if let Some(batch) = design.batch() {
        line!(to, "it = {};", picked(batch));
    }
    sample(&mut to, design, &w);
    line!(to, "}}");
    if by_memory {
        sums_by_memory(&mut to, parameters, lanes, own);
    } else {
        sums_by_halves(&mut to, parameters, padded, lanes);
        line!(to, "let loss = subgroupShuffle(t{}, {}u);", parameters % own, parameters / own);
    }
    line!(to, "if (index == 0u && (want || bad(loss))) {{");
    line!(
        to,
        "let record = select(at / told.every, told.records - 1u, bad(loss));\ntrace[net * told.records + record] = loss;"
    );
    line!(to, "if (want) {{ trace[net * told.records + at / told.every] = loss; }}");
    line!(to, "if (bad(loss)) {{ flag = 1u; state[8u * net] = 1u; state[8u * net + 1u] = at; }}\n}}");
    line!(to, "if (workgroupUniformLoad(&flag) != 0u) {{ break; }}");
    let is_own = |j: usize| format!("{} < {parameters}u", place(j));
    if let Some(Clip::Norm(_)) = training.clip {
        line!(to, "var square = 0.0;\nvar far = 0.0;");
        for j in 0..own {
            line!(
                to,
                "square += select(0.0, t{j} * t{j}, {0});\nlet far{j} = t{j} * FAR;\nfar += select(0.0, far{j} * far{j}, {0});",
                is_own(j)
            );
        }
        total(&mut to, "square", by_memory, lanes);
        total(&mut to, "far", by_memory, lanes);
        rule::write_shrunk(&mut to);
    } else {
        line!(to, "const near = 1.0;\nconst shrunk = 1.0;");
    }
    for j in 0..own {
        line!(to, "if ({}) {{", is_own(j));
        line!(to, "var m = {};", if moments > 0 { format!("moment0_{j}") } else { "0.0".to_owned() });
        line!(to, "var v = {};", if moments > 1 { format!("moment1_{j}") } else { "0.0".to_owned() });
        line!(
            to,
            "own{j} = moved({}, own{j}, bounded(t{j} * near * shrunk, own), &m, &v, lr{j}, own, rule);",
            place(j)
        );
        for (m, name) in ["m", "v"].iter().enumerate().take(moments) {
            line!(to, "moment{m}_{j} = {name};");
        }
        line!(to, "}}");
    }
    share(&mut to);
    line!(to, "did++;\n}}");
    for j in 0..own {
        line!(to, "memory[base + {}] = own{j};", place(j));
        for m in 0..moments {
            line!(to, "memory[base + {}u + {}] = moment{m}_{j};", (1 + m) * padded, place(j));
        }
    }
    line!(to, "if (index == 0u) {{ atomicAdd(&done[0], did); state[8u * net + 3u] += did; }}\n}}");
    let together = design.batch().unwrap_or(*samples);
    let of_sums = if by_memory { own * (lanes + 1) + 2 * (lanes + 1) } else { 0 };
    let turns = Turns { once: 0, step: 2 + together.div_ceil(lanes) * (1 + end::turns(network)) + of_sums };
    Some((Source(to), layout, turns))
}

/// Sample `it` through the network and back: adds to the gradient, and to the loss behind it.
fn sample(to: &mut String, design: &Design<'_>, w: &dyn Fn(usize) -> String) {
    let network = design.network;
    let layers: Vec<_> = network.layers().collect();
    let acts = activations(network);
    for i in 0..network.inputs() {
        line!(to, "let a0_{i} = data[{i}u * COLUMNS + it];");
    }
    let last = layers.len();
    for (l, layer) in layers.iter().enumerate() {
        for j in 0..layer.fan_out {
            let bias = layer.biases.clone().nth(j).map_or_else(|| "0.0".to_owned(), w);
            let sum = (0..layer.fan_in).fold(bias, |sum, i| {
                format!("fma({}, a{l}_{i}, {sum})", w(layer.weights.start + j * layer.fan_in + i))
            });
            if l + 1 == last {
                line!(to, "let logit{j} = {sum};");
            } else {
                line!(to, "let b{0}_{j} = act{1}({sum});\nlet a{0}_{j} = b{0}_{j}.x;", l + 1, acts[l]);
            }
        }
    }
    line!(to, "var z: Outputs;\nvar y: Outputs;");
    for j in 0..network.outputs() {
        line!(to, "z[{j}] = logit{j};\ny[{j}] = data[(TARGETS + {j}u) * COLUMNS + it];");
    }
    line!(to, "let loss_of_it = finish(&z, &y, data[WEIGHTS * COLUMNS + it] * part, want);");
    line!(to, "g{} += select(0.0, loss_of_it, is_there);", network.parameter_count());
    for j in 0..network.outputs() {
        line!(to, "let d{last}_{j} = select(0.0, z[{j}], is_there);");
    }
    for (l, layer) in layers.iter().enumerate().rev() {
        let keeps = l > 0 && activation::keeps_slope(network.activations()[l - 1]);
        for j in 0..layer.fan_out {
            for i in 0..layer.fan_in {
                let p = layer.weights.start + j * layer.fan_in + i;
                line!(to, "g{p} = fma(d{0}_{j}, a{l}_{i}, g{p});", l + 1);
            }
            if let Some(p) = layer.biases.clone().nth(j) {
                line!(to, "g{p} += d{}_{j};", l + 1);
            }
        }
        for i in (0..layer.fan_in).filter(|_| l > 0) {
            let back = (0..layer.fan_out).map(|j| (w(layer.weights.start + j * layer.fan_in + i), j));
            let back = back.fold("0.0".to_owned(), |sum, (w, j)| format!("fma({w}, d{}_{j}, {sum})", l + 1));
            let slope = if keeps { format!("b{l}_{i}.y") } else { format!("slope{}(a{l}_{i})", acts[l - 1]) };
            line!(to, "let d{l}_{i} = {back} * {slope};");
        }
    }
}

/// Leaves in `t0`, `t1`, ... the sums over all lanes of a lane's own parameters.
fn sums_by_halves(to: &mut String, parameters: usize, padded: usize, lanes: usize) {
    let mut sums: Vec<String> =
        (0..padded).map(|i| if i <= parameters { format!("g{i}") } else { "0.0".to_owned() }).collect();
    let mut with = lanes / 2;
    while with > 0 {
        let half = sums.len() / 2;
        line!(to, "let upper{with} = (lane & {with}u) != 0u;");
        let (low, high) = sums.split_at(half);
        let mut next = Vec::with_capacity(half);
        for (j, (a, b)) in low.iter().zip(high).enumerate() {
            let name = format!("r{with}_{j}");
            if a == "0.0" && b == "0.0" {
                next.push("0.0".to_owned());
                continue;
            }
            line!(
                to,
                "let {name} = select({a}, {b}, upper{with}) + subgroupShuffleXor(select({b}, {a}, upper{with}), {with}u);"
            );
            next.push(name);
        }
        sums = next;
        with /= 2;
    }
    for (j, sum) in sums.iter().enumerate() {
        line!(to, "let t{j} = {sum};");
    }
}

/// The same by the memory of the workgroup; and `loss`.
fn sums_by_memory(to: &mut String, parameters: usize, lanes: usize, own: usize) {
    let stride = lanes + 1;
    for i in 0..=parameters {
        line!(to, "sums[{}u + lane] = g{i};", i * stride);
    }
    line!(to, "workgroupBarrier();");
    for j in 0..own {
        line!(to, "var t{j} = 0.0;\nif ({}u + lane <= {parameters}u) {{", j * lanes);
        line!(
            to,
            "for (var other = 0u; other < LANES; other++) {{ t{j} += sums[({}u + lane) * {stride}u + other]; }}\n}}",
            j * lanes
        );
    }
    line!(to, "if (lane == {}u) {{ parts[0] = t{}; }}", parameters % lanes, parameters / lanes);
    line!(to, "let loss = workgroupUniformLoad(&parts[0]);");
}

/// The sum of a number over all lanes, as `{name}_all`.
fn total(to: &mut String, name: &str, by_memory: bool, lanes: usize) {
    if by_memory {
        sum_over_lanes(to, name);
        return;
    }
    line!(to, "var {name}_all = {name};");
    let mut with = lanes / 2;
    while with > 0 {
        line!(to, "{name}_all += subgroupShuffleXor({name}_all, {with}u);");
        with /= 2;
    }
}
