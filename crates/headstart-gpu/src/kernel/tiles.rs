//! Networks of any shape: tile by tile of samples, with what they leave behind in the memory that the lanes of a workgroup share.
//!
//! Each lane has a sample of the tile, or shares it with others that have other units ([`Tile::groups`]). Forward, a lane makes four units
//! at a time; back, the gradient of a layer is made in blocks of its rows by four columns, each by one lane, which goes through all
//! samples; then what the layer before did is replaced by the gradient with respect to its pre-activations. Parameters and their
//! gradient are in the shared memory where they fit beside the samples, and in the device's where not.

use super::design::{Design, Layout, Source, Traits, Turns};
use super::head::{activations, begin, begin_training, picked, sum_over_lanes, write_samples};
use super::words::line;
use super::{activation, end, rule};
use headstart::engine::network::Network;
use headstart::engine::optimizer::Clip;
use std::ops::Range;

/// Parameters of a network, at most: beyond, the processor's products are made for it.
const MOST: usize = 1 << 16;

/// Layers of weights, at most: each has its own part of the text, and drivers take long for long ones.
const MOST_LAYERS: usize = 32;
const MOST_LAYERS_SOFTWARE: usize = 12;

/// Features whose tile is copied into the shared memory, at most; others are read where they lie.
const STAGED: usize = 64;

/// Outputs, at most: those of a sample are in a lane's registers.
const MOST_OUTPUTS: usize = 256;

/// Lanes of a workgroup, at most: more have too few registers each.
const MOST_LANES: usize = 256;

/// How the shared memory is used.
#[derive(Clone, Debug)]
pub(super) struct Tile {
    /// Samples.
    pub samples: usize,
    /// Lanes that share a sample.
    pub groups: usize,
    /// Whether parameters, and their gradient, are there.
    weights: bool,
    gradient: bool,
    /// Rows of the values of each layer, the input first: where they begin, and how many there are in all.
    pub rows: Vec<usize>,
    pub all_rows: usize,
    /// Where the slopes that are kept begin, layer by layer, in rows behind those of the values.
    kept: Vec<Option<usize>>,
    /// Whether the features are copied.
    pub is_staged: bool,
}

impl Tile {
    /// A tile for at most so many samples, where parameters take so many bytes (and their gradient as many), in so much memory.
    pub fn of(network: &Network, samples: usize, parameters: Option<usize>, traits: &Traits) -> Option<Self> {
        let widths = network.widths();
        let is_staged = widths[0] <= STAGED;
        let (mut rows, mut all_rows) = (Vec::new(), 0);
        for (l, width) in widths.iter().enumerate() {
            rows.push(all_rows);
            if l > 0 || is_staged {
                all_rows += width.next_multiple_of(4);
            }
        }
        let mut kept = vec![None; widths.len()];
        if parameters.is_some() {
            for (l, activation) in network.activations().iter().enumerate() {
                if activation::keeps_slope(*activation) {
                    kept[l + 1] = Some(all_rows);
                    all_rows += widths[l + 1].next_multiple_of(4);
                }
            }
        }
        let widest = widths[1..].iter().copied().max().unwrap_or(1);
        let most = samples.next_power_of_two().clamp(4, 64);
        let most_lanes = traits.lanes.min(MOST_LANES);
        let groups =
            |samples: usize| (widest / 16).next_power_of_two().max(32 / samples).min(most_lanes / samples).max(1);
        let fits = |samples: usize, copies: usize| {
            // Besides sums of lanes: one number each, and where one only looks, pairs of numbers, too.
            let each = if parameters.is_some() { 1 } else { 3 };
            let rest = 4 * (all_rows * (samples + 1) + samples + each * samples * groups(samples) + 64);
            rest + copies * parameters.unwrap_or(0) <= traits.memory
        };
        // Parameters nearer are worth more than more samples, down to as many as lanes go together.
        let choices = [
            (most, 2),
            (most.min(32), 2),
            (most, 1),
            (most.min(32), 1),
            (most, 0),
            (most.min(32), 0),
            (16, 0),
            (8, 0),
            (4, 0),
        ];
        let (samples, copies) = choices.into_iter().find(|(samples, copies)| fits(*samples, *copies))?;
        Some(Self {
            samples,
            groups: groups(samples),
            weights: copies > 0,
            gradient: copies > 1,
            rows,
            all_rows,
            kept,
            is_staged,
        })
    }

    /// Turns of the loops of [`begin_tiles`], at most.
    pub fn turns_at_first(&self) -> usize {
        (self.all_rows * self.stride()).div_ceil(self.lanes()) + 1
    }

    /// Turns of the loops of a tile forward and of the loss, at most.
    pub fn turns_forward(&self, network: &Network) -> usize {
        let layers = places(network).into_iter();
        let of_layer = |place: Place| place.row_blocks().div_ceil(self.groups) * (place.fours + 2) + 1;
        let of_features = network.inputs().div_ceil(self.groups) + 1;
        of_features + layers.map(of_layer).sum::<usize>() + 2 * (network.outputs() + 1) + end::turns(network)
    }

    /// Lanes of a workgroup.
    pub fn lanes(&self) -> usize {
        self.samples * self.groups
    }

    /// Numbers between two rows: one more than samples, so that lanes that read rows do not wait for one another.
    pub fn stride(&self) -> usize {
        self.samples + 1
    }
}

/// Where the parameters of a layer lie, counted in fours: rows of weights, filled up to whole fours, and the biases.
#[derive(Clone, Debug)]
struct Place {
    fan_in: usize,
    fan_out: usize,
    /// Rows that are done together; the number of rows is filled up to a multiple of it.
    together: usize,
    /// Fours of a row.
    fours: usize,
    weights: Range<usize>,
    biases: Range<usize>,
    /// Where they begin in the flat vector of all parameters.
    flat: [usize; 2],
}

impl Place {
    fn row_blocks(&self) -> usize {
        self.fan_out.div_ceil(self.together)
    }
}

/// Where a kernel reads parameters: in an array of fours of this name, from `wb` on, or one after the other in `memory`.
#[derive(Clone, Copy)]
enum Lie {
    Fours(&'static str),
    Flat,
}

impl Lie {
    /// Four weights of a row.
    fn weights(self, place: &Place, row: &str, four: &str) -> String {
        match self {
            Self::Fours(name) => format!("{name}[wb + {}u + ({row}) * {}u + {four}]", place.weights.start, place.fours),
            Self::Flat => {
                let one = |q: usize| {
                    // What fills up rows and blocks is read, though not used: from where there is something.
                    let row = within(row, place.fan_out, place.together);
                    let column = within(&format!("4u * {four} + {q}u"), place.fan_in, 4);
                    let weight = format!("memory[wb + {}u + {row} * {}u + {column}]", place.flat[0], place.fan_in);
                    let is_whole = place.fan_in.is_multiple_of(4);
                    if is_whole {
                        weight
                    } else {
                        format!("select(0.0, {weight}, 4u * {four} + {q}u < {}u)", place.fan_in)
                    }
                };
                format!("vec4f({})", (0..4).map(one).collect::<Vec<_>>().join(", "))
            }
        }
    }

    fn bias(self, place: &Place, row: &str) -> String {
        match self {
            Self::Fours(name) => format!("{name}[wb + {}u + (({row}) >> 2u)][({row}) & 3u]", place.biases.start),
            Self::Flat => {
                format!("memory[wb + {}u + {}]", place.flat[1], within(row, place.fan_out, place.together))
            }
        }
    }
}

/// A place that is below `count`, where those up to a multiple of `together` are asked for.
fn within(place: &str, count: usize, together: usize) -> String {
    if count.is_multiple_of(together) { format!("({place})") } else { format!("min({place}, {}u)", count - 1) }
}

fn places(network: &Network) -> Vec<Place> {
    let mut at = 0;
    let place = |layer: headstart::engine::network::Layer| {
        let (fan_in, fan_out) = (layer.fan_in, layer.fan_out);
        let together = fan_out.min(4);
        let fours = fan_in.div_ceil(4);
        let weights = at..at + fan_out.next_multiple_of(together) * fours;
        let biases = weights.end..weights.end + if layer.biases.is_empty() { 0 } else { fan_out.div_ceil(4) };
        at = biases.end;
        let flat = [layer.weights.start, layer.biases.start];
        Place { fan_in, fan_out, together, fours, weights, biases, flat }
    };
    network.layers().map(place).collect()
}

/// Where parameters lie, for kernels of this kind.
fn layout(network: &Network, places: &[Place], copies: usize) -> Layout {
    let mut at = Vec::with_capacity(network.parameter_count());
    for place in places {
        for row in 0..place.fan_out {
            at.extend((0..place.fan_in).map(|i| (4 * (place.weights.start + row * place.fours) + i) as u32));
        }
        if !place.biases.is_empty() {
            at.extend((0..place.fan_out).map(|j| (4 * place.biases.start + j) as u32));
        }
    }
    let parameters = 4 * places.last().map_or(0, |place| place.biases.end);
    Layout { places: at, is_flat: false, parameters, numbers: parameters * copies }
}

/// The kernel; or, in a sentence, why there is none.
// One text, read from its beginning to its end.
#[allow(clippy::too_many_lines)]
pub(super) fn make(design: &Design<'_>, traits: &Traits) -> Result<(Source, Layout, Turns), String> {
    let Design { network, training, samples } = design;
    let count = network.parameter_count();
    if count > MOST {
        return Err(format!("it has {count} parameters, and {MOST} are the most there"));
    }
    if network.outputs() > MOST_OUTPUTS {
        return Err(format!("it has {} outputs, and {MOST_OUTPUTS} are the most there", network.outputs()));
    }
    let layers = network.widths().len() - 1;
    let most_layers = if traits.is_software { MOST_LAYERS_SOFTWARE } else { MOST_LAYERS };
    if layers > most_layers {
        return Err(format!("it has {layers} layers, and {most_layers} are the most there"));
    }
    // What fills rows up has gradients of 0, and would be divided by it.
    if rule::epsilon(training.optimizer).is_some_and(|epsilon| epsilon < f64::from(f32::MIN_POSITIVE)) {
        return Err("its epsilon is nothing in float32".to_owned());
    }
    let places = places(network);
    let fours = places.last().map_or(0, |place| place.biases.end);
    let together = design.batch().unwrap_or(*samples);
    let Some(tile) = Tile::of(network, together, Some(16 * fours), traits) else {
        return Err("its layers are too wide for the memory that the lanes of the device share".to_owned());
    };
    let moments = training.optimizer.moments();
    // Parameters, moments, factors of the rate, and the gradient.
    let behind = 1 + moments + usize::from(training.has_factors());
    let layout = layout(network, &places, behind + usize::from(!tile.gradient));
    let mut to = String::new();
    begin(&mut to, design, traits);
    begin_training(&mut to, "vec4f");
    write_samples(&mut to, design);
    let in_fours: Vec<[Range<usize>; 2]> =
        places.iter().map(|place| [place.weights.clone(), place.biases.clone()]).collect();
    rule::write(&mut to, "vec4f", training, &in_fours);
    let lanes = tile.lanes();
    line!(to, "const LANES = {lanes}u;\nconst FOURS = {fours}u;\nconst NUMBERS = {}u;", layout.numbers / 4);
    line!(to, "var<workgroup> flag: u32;\nvar<workgroup> parts: array<f32, LANES>;");
    write_values(&mut to, &tile);
    let weights = if tile.weights { "near_weights" } else { "memory" };
    let gradient = if tile.gradient { "near_gradient" } else { "memory" };
    for near in [weights, gradient].into_iter().filter(|name| name.starts_with("near")) {
        line!(to, "var<workgroup> {near}: array<vec4f, FOURS>;");
    }
    line!(to, "@compute @workgroup_size({lanes})");
    line!(to, "fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) index: u32) {{");
    line!(to, "let net = told.from_ + group.y * told.across + group.x;\nif (net >= told.networks) {{ return; }}");
    line!(to, "if (index == 0u) {{ flag = state[8u * net]; }}");
    line!(to, "if (workgroupUniformLoad(&flag) != 0u) {{ return; }}");
    rule::write_own(&mut to);
    line!(to, "let base = net * NUMBERS;");
    line!(to, "let wb = {};", if tile.weights { "0u" } else { "base" });
    line!(to, "let gb = {};", if tile.gradient { "0u".to_owned() } else { format!("base + {}u", behind * fours) });
    if tile.weights {
        line!(to, "for (var q = index; q < FOURS; q += LANES) {{ near_weights[q] = memory[base + q]; }}");
    }
    begin_tiles(&mut to, &tile);
    line!(to, "var did = 0u;\nfor (var s = 0u; s < told.steps; s++) {{");
    line!(
        to,
        "let at = told.first + s;\nlet rule = rules[at];\nlet want = at % told.every == 0u;\nlet count = count_of(at);"
    );
    line!(to, "let part = share_of(count);\nvar loss = 0.0;");
    line!(to, "for (var first = 0u; first < count; first += SAMPLES) {{");
    let pick = design.batch().map(picked);
    gather(&mut to, design.network, &tile, pick.as_deref());
    forward(&mut to, network, &tile, &places, Lie::Fours(weights), true);
    finish(&mut to, network, &tile);
    backward(&mut to, network, &tile, &places, (weights, gradient));
    line!(to, "storageBarrier();\nworkgroupBarrier();\n}}");
    // The loss of the step, and whether it is a number.
    // Some finite ones may have a sum that is not: where they are large, all are added.
    line!(to, "if (bad(loss) || abs(loss) > 1e36) {{ flag = 1u; }}\nparts[index] = loss;");
    line!(to, "if (workgroupUniformLoad(&flag) != 0u || want) {{");
    line!(
        to,
        "if (index == 0u) {{\nvar all = 0.0;\nfor (var lane = 0u; lane < SAMPLES; lane++) {{ all += parts[lane]; }}"
    );
    line!(
        to,
        "if (bad(all)) {{ trace[net * told.records + told.records - 1u] = all; state[8u * net] = 1u; state[8u * net + 1u] = at; }}"
    );
    line!(
        to,
        "flag = select(0u, 1u, bad(all));\nif (want) {{ trace[net * told.records + at / told.every] = all; }}\n}}"
    );
    line!(to, "if (workgroupUniformLoad(&flag) != 0u) {{ break; }}\n}}");
    if let Some(Clip::Norm(_)) = training.clip {
        line!(
            to,
            "var square = 0.0;\nvar far = 0.0;\nfor (var q = index; q < FOURS; q += LANES) {{\n\
             let g = {gradient}[gb + q];\nsquare += dot(g, g);\nlet far_g = g * FAR;\nfar += dot(far_g, far_g);\n}}"
        );
        for name in ["square", "far"] {
            sum_over_lanes(&mut to, name);
        }
        rule::write_shrunk(&mut to);
    } else {
        line!(to, "const near = 1.0;\nconst shrunk = 1.0;");
    }
    line!(to, "for (var q = index; q < FOURS; q += LANES) {{");
    let moment = |m: usize| format!("memory[base + {}u + q]", (1 + m) * fours);
    line!(to, "var m = {};", if moments > 0 { moment(0) } else { "vec4f(0.0)".to_owned() });
    line!(to, "var v = {};", if moments > 1 { moment(1) } else { "vec4f(0.0)".to_owned() });
    let factor = format!(" * memory[base + {}u + q]", (1 + moments) * fours);
    line!(to, "let lr = V(own.lr){};", if training.has_factors() { &factor } else { "" });
    line!(to, "let g = bounded({gradient}[gb + q] * near * shrunk, own);");
    line!(to, "{weights}[wb + q] = moved(q, {weights}[wb + q], g, &m, &v, lr, own, rule);");
    for (m, name) in ["m", "v"].iter().enumerate().take(moments) {
        line!(to, "{} = {name};", moment(m));
    }
    line!(to, "}}\nstorageBarrier();\nworkgroupBarrier();\ndid++;\n}}");
    if tile.weights {
        line!(to, "for (var q = index; q < FOURS; q += LANES) {{ memory[base + q] = near_weights[q]; }}");
    }
    line!(to, "if (index == 0u) {{ atomicAdd(&done[0], did); state[8u * net + 3u] += did; }}\n}}");
    let of_all = fours.div_ceil(lanes) + 1;
    let of_tile = tile.turns_forward(network) + turns_backward(network, &tile, &places);
    let tiles = together.div_ceil(tile.samples);
    let turns = Turns {
        once: tile.turns_at_first() + 2 * of_all,
        step: 2 + tiles * (1 + of_tile) + tile.samples + 2 * of_all + 2 * (lanes + 1),
    };
    Ok((Source(to), layout, turns))
}

/// The shared memory of the values.
pub(super) fn write_values(to: &mut String, tile: &Tile) {
    let (samples, stride) = (tile.samples, tile.stride());
    line!(to, "const SAMPLES = {samples}u;\nconst STRIDE = {stride}u;\nconst GROUPS = {}u;", tile.groups);
    line!(
        to,
        "var<workgroup> values: array<f32, {}>;\nvar<workgroup> who: array<u32, SAMPLES>;",
        tile.all_rows * stride
    );
}

/// What lanes do before their first tile: rows that fill up others are 0, and stay so.
pub(super) fn begin_tiles(to: &mut String, tile: &Tile) {
    line!(to, "let column = index % SAMPLES;\nlet lane_group = index / SAMPLES;");
    line!(
        to,
        "for (var i = index; i < {}u; i += {}u) {{ values[i] = 0.0; }}\nworkgroupBarrier();",
        tile.all_rows * tile.stride(),
        tile.lanes()
    );
}

/// The samples of a tile: `it` is the lane's.
pub(super) fn gather(to: &mut String, network: &Network, tile: &Tile, pick: Option<&str>) {
    line!(
        to,
        "let there = min(count - first, SAMPLES);\nlet is_there = first + column < count;\nvar it = select(0u, first + column, is_there);"
    );
    if let Some(pick) = pick {
        line!(to, "it = {pick};");
    }
    line!(to, "if (lane_group == 0u) {{ who[column] = it; }}");
    if tile.is_staged {
        line!(to, "for (var i = lane_group; i < {}u; i += GROUPS) {{", network.inputs());
        line!(to, "values[i * STRIDE + column] = data[i * COLUMNS + it];\n}}");
    }
    line!(to, "workgroupBarrier();");
}

/// A value of layer `l`, the input being layer 0.
fn value(tile: &Tile, l: usize, row: &str, column: &str) -> String {
    if l == 0 && !tile.is_staged {
        return format!("data[({row}) * COLUMNS + who[{column}]]");
    }
    format!("values[({row} + {}u) * STRIDE + {column}]", tile.rows[l])
}

/// From the features to the logits; keeps slopes where the way back needs them.
fn forward(to: &mut String, network: &Network, tile: &Tile, places: &[Place], from: Lie, keeps: bool) {
    let acts = activations(network);
    for (l, place) in places.iter().enumerate() {
        let Place { fan_out, together, fours, .. } = *place;
        line!(
            to,
            "for (var block = lane_group; block < {}u; block += GROUPS) {{\nlet row = block * {together}u;",
            place.row_blocks()
        );
        for u in 0..together {
            if place.biases.is_empty() {
                line!(to, "var sum{u} = 0.0;");
            } else {
                let bias = from.bias(place, &format!("row + {u}u"));
                // Rows that fill up have no bias.
                let guard = if fan_out % together == 0 {
                    bias
                } else {
                    format!("select(0.0, {bias}, row + {u}u < {fan_out}u)")
                };
                line!(to, "var sum{u} = {guard};");
            }
        }
        line!(to, "for (var i = 0u; i < {fours}u; i++) {{");
        for q in 0..4 {
            line!(to, "let a{q} = {};", value(tile, l, &format!("4u * i + {q}u"), "column"));
        }
        for u in 0..together {
            // Rows that fill up have weights of 0, or are not used.
            line!(to, "let w{u} = {};", from.weights(place, &format!("row + {u}u"), "i"));
            line!(to, "sum{u} = fma(w{u}.w, a3, fma(w{u}.z, a2, fma(w{u}.y, a1, fma(w{u}.x, a0, sum{u}))));");
        }
        line!(to, "}}");
        for u in 0..together {
            let guard = if fan_out % together == 0 { "true".to_owned() } else { format!("row + {u}u < {fan_out}u") };
            line!(to, "if ({guard}) {{");
            let slot = value(tile, l + 1, &format!("row + {u}u"), "column");
            if l + 1 == places.len() {
                line!(to, "{slot} = sum{u};");
            } else {
                line!(to, "let b = act{}(sum{u});\n{slot} = b.x;", acts[l]);
                if let Some(kept) = tile.kept[l + 1].filter(|_| keeps) {
                    line!(to, "values[(row + {u}u + {kept}u) * STRIDE + column] = b.y;");
                }
            }
            line!(to, "}}");
        }
        line!(to, "}}");
        if tile.groups > 1 {
            line!(to, "workgroupBarrier();");
        }
    }
}

/// Forward for whoever only looks, with parameters in the device's memory.
pub(super) fn forward_only(to: &mut String, network: &Network, tile: &Tile, is_flat: bool) {
    forward(to, network, tile, &places(network), if is_flat { Lie::Flat } else { Lie::Fours("memory") }, false);
}

/// The logits and targets of a lane's sample, as `z` and `y`.
pub(super) fn logits(to: &mut String, tile: &Tile, last: usize) {
    line!(to, "var z: Outputs;\nvar y: Outputs;\nfor (var j = 0u; j < OUTPUTS; j++) {{");
    line!(to, "z[j] = {};\ny[j] = data[(TARGETS + j) * COLUMNS + it];\n}}", value(tile, last, "j", "column"));
}

/// Puts the gradient with respect to the logits in their place, and adds to the loss.
fn finish(to: &mut String, network: &Network, tile: &Tile) {
    let last = network.widths().len() - 1;
    line!(to, "if (lane_group == 0u) {{");
    logits(to, tile, last);
    line!(to, "let loss_of_it = finish(&z, &y, data[WEIGHTS * COLUMNS + it] * part, want);");
    line!(to, "loss += select(0.0, loss_of_it, is_there);\nfor (var j = 0u; j < OUTPUTS; j++) {{");
    line!(to, "{} = select(0.0, z[j], is_there);\n}}\n}}", value(tile, last, "j", "column"));
}

/// Turns of the loops of a tile back, at most.
fn turns_backward(network: &Network, tile: &Tile, places: &[Place]) -> usize {
    let of_layer = |place: &Place| {
        let blocks =
            (place.row_blocks() * place.fours).div_ceil(tile.lanes()) + place.biases.len().div_ceil(tile.lanes());
        blocks * (tile.samples + 2) + place.fours.div_ceil(tile.groups) * (place.fan_out + 2) + 3
    };
    network.outputs() + 1 + places.iter().map(of_layer).sum::<usize>()
}

/// Adds a tile's part to the gradient, layer by layer from the last one.
fn backward(to: &mut String, network: &Network, tile: &Tile, places: &[Place], (weights, gradient): (&str, &str)) {
    let acts = activations(network);
    for (l, place) in places.iter().enumerate().rev() {
        let Place { fan_in, fan_out, together, fours, .. } = *place;
        line!(to, "workgroupBarrier();");
        // The weights' part: blocks of rows by four columns.
        line!(to, "for (var block = index; block < {}u; block += LANES) {{", place.row_blocks() * fours);
        line!(to, "let row = (block / {fours}u) * {together}u;\nlet four = block % {fours}u;");
        for u in 0..together {
            let slot = format!("{gradient}[gb + {}u + (row + {u}u) * {fours}u + four]", place.weights.start);
            line!(to, "var g{u} = vec4f(0.0);\nif (first != 0u) {{ g{u} = {slot}; }}");
        }
        line!(to, "for (var c = 0u; c < there; c++) {{");
        let a: Vec<String> = (0..4).map(|q| value(tile, l, &format!("4u * four + {q}u"), "c")).collect();
        line!(to, "let a = vec4f({});", a.join(", "));
        for u in 0..together {
            line!(to, "g{u} = fma(vec4f({}), a, g{u});", value(tile, l + 1, &format!("row + {u}u"), "c"));
        }
        line!(to, "}}");
        for u in 0..together {
            line!(to, "{gradient}[gb + {}u + (row + {u}u) * {fours}u + four] = g{u};", place.weights.start);
        }
        line!(to, "}}");
        if !place.biases.is_empty() {
            line!(to, "for (var four = index; four < {}u; four += LANES) {{", place.biases.len());
            line!(
                to,
                "var g = vec4f(0.0);\nif (first != 0u) {{ g = {gradient}[gb + {}u + four]; }}",
                place.biases.start
            );
            let d: Vec<String> = (0..4).map(|q| value(tile, l + 1, &format!("4u * four + {q}u"), "c")).collect();
            line!(to, "for (var c = 0u; c < there; c++) {{ g += vec4f({}); }}", d.join(", "));
            line!(to, "{gradient}[gb + {}u + four] = g;\n}}", place.biases.start);
        }
        if l == 0 {
            continue;
        }
        line!(to, "workgroupBarrier();");
        line!(to, "for (var four = lane_group; four < {fours}u; four += GROUPS) {{\nvar back = vec4f(0.0);");
        line!(to, "for (var j = 0u; j < {fan_out}u; j++) {{");
        line!(
            to,
            "back = fma(vec4f({}), {weights}[wb + {}u + j * {fours}u + four], back);\n}}",
            value(tile, l + 1, "j", "column"),
            place.weights.start
        );
        for q in 0..4 {
            let row = format!("4u * four + {q}u");
            let slot = value(tile, l, &row, "column");
            let slope = match tile.kept[l] {
                Some(kept) => format!("values[({row} + {kept}u) * STRIDE + column]"),
                None => format!("slope{}({slot})", acts[l - 1]),
            };
            let guard = if fan_in % 4 == 0 { "true".to_owned() } else { format!("{row} < {fan_in}u") };
            line!(to, "if ({guard}) {{ {slot} = back[{q}] * {slope}; }}");
        }
        line!(to, "}}");
    }
}
