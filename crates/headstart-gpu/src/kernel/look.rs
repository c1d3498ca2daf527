//! What came of a network: its loss on a set of samples, and how they are put into classes.
//!
//! Of each network the numbers are, in this order: the loss; samples that are put into their class; of two classes those that are put into
//! the second one, and twice the pairs of a sample of each that are in order (ties count once), as two numbers of 32 bits, low and high;
//! the squared errors of each output; and of each class the samples that are put into it rightly. Where one asks only whether a target is
//! reached, `state` is told so, and nothing else.

use super::design::{COLUMNS, Design, Layout, Source, Traits};
use super::head::{begin, sum_over_lanes};
use super::tiles;
use super::words::line;
use headstart::engine::network::Loss;

/// Numbers before the squared errors.
pub(crate) const HEAD: usize = 5;

/// Samples of two classes whose pairs are counted, at most.
const MOST_PAIRED: usize = 1 << 14;

/// Classes, at most: they are counted in shared memory.
const MOST_CLASSES: usize = 1 << 10;

/// Whether the squared errors of the outputs are wanted: where they are not what the loss says.
pub(crate) fn tells_errors(design: &Design<'_>, classes: usize) -> bool {
    let (network, loss) = (design.network, design.network.loss());
    classes == 0 && loss.is_of_numbers() && (network.outputs() > 1 || loss != Loss::MeanSquaredError)
}

/// Numbers of a network.
pub(crate) fn numbers(design: &Design<'_>, classes: usize) -> usize {
    HEAD + design.network.outputs() + classes
}

/// The kernel that looks at so many samples of so many classes, 0 of numbers.
// One text, read from its beginning to its end.
#[allow(clippy::too_many_lines)]
pub(super) fn make(
    design: &Design<'_>,
    layout: &Layout,
    (samples, classes): (usize, usize),
    traits: &Traits,
) -> Result<Source, String> {
    let network = design.network;
    if classes > MOST_CLASSES {
        return Err(format!("there are {classes} classes, and {MOST_CLASSES} are the most there"));
    }
    let is_paired = classes > 0 && network.outputs() <= 2;
    if is_paired && samples > MOST_PAIRED {
        return Err(format!("{samples} samples of two classes are ranked, and {MOST_PAIRED} are the most there"));
    }
    let too_wide = || "its layers are too wide for the memory that the lanes of the device share".to_owned();
    let room = Traits { memory: traits.memory.saturating_sub(4 * classes), ..*traits };
    let tile = tiles::Tile::of(network, samples, None, &room).ok_or_else(too_wide)?;
    let lanes = tile.lanes();
    let of_pairs = if is_paired { samples.div_ceil(lanes) * (samples + 2) } else { 0 };
    // To say an output of softmax, all are gone through.
    let says = if tells_errors(design, classes) { network.outputs() * (2 * network.outputs() + 3) } else { 0 };
    let of_tile = 1 + tile.turns_forward(network) + network.outputs() + 1 + says;
    let of_numbers = (network.outputs() + 2) * (lanes + 2) + 2 * (classes.div_ceil(lanes) + 1) + lanes;
    if tile.turns_at_first() + samples.div_ceil(tile.samples) * of_tile + of_numbers + of_pairs > traits.turns {
        return Err(format!("software that computes as a GPU does not go through {samples} samples at once"));
    }
    let mut to = String::new();
    begin(&mut to, design, traits);
    line!(
        to,
        "@group(0) @binding(2) var<storage, read> memory: array<{}>;",
        if layout.is_flat { "f32" } else { "vec4f" }
    );
    line!(to, "@group(0) @binding(4) var<storage, read_write> figures: array<u32>;");
    line!(to, "@group(0) @binding(5) var<storage, read_write> scores: array<f32>;");
    line!(
        to,
        "const COLUMNS = {}u;\nconst TARGETS = {}u;",
        samples.next_multiple_of(COLUMNS),
        network.inputs().next_multiple_of(4)
    );
    line!(to, "const WEIGHTS = TARGETS + OUTPUTS;\nconst CLASSES = WEIGHTS + 1u;\nconst LANES = {lanes}u;");
    line!(
        to,
        "var<workgroup> flag: u32;\nvar<workgroup> parts: array<f32, LANES>;\nvar<workgroup> pairs: array<vec2u, LANES>;"
    );
    line!(to, "var<workgroup> right: atomic<u32>;\nvar<workgroup> second: atomic<u32>;");
    if classes > 0 {
        line!(to, "var<workgroup> hits: array<atomic<u32>, {classes}>;");
    }
    tiles::write_values(&mut to, &tile);
    line!(to, "@compute @workgroup_size({lanes})");
    line!(to, "fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) index: u32) {{");
    line!(to, "let net = told.from_ + group.y * told.across + group.x;\nif (net >= told.networks) {{ return; }}");
    // Of steps on the way only those that matter are looked at.
    line!(
        to,
        "let asks = told.need != 0u;\nif (index == 0u) {{ flag = select(0u, state[8u * net] | state[8u * net + 2u], asks); }}"
    );
    line!(to, "if (workgroupUniformLoad(&flag) != 0u) {{ return; }}");
    line!(to, "if (index == 0u) {{ atomicStore(&right, 0u); atomicStore(&second, 0u); }}");
    if classes > 0 {
        line!(to, "for (var c = index; c < {classes}u; c += LANES) {{ atomicStore(&hits[c], 0u); }}");
    }
    line!(
        to,
        "let wb = net * {}u;\nconst count = {samples}u;\nvar loss = 0.0;",
        layout.numbers / if layout.is_flat { 1 } else { 4 }
    );
    let errors = tells_errors(design, classes);
    if errors {
        line!(to, "var errors: Outputs;");
    }
    tiles::begin_tiles(&mut to, &tile);
    line!(to, "for (var first = 0u; first < count; first += SAMPLES) {{");
    tiles::gather(&mut to, network, &tile, None);
    tiles::forward_only(&mut to, network, &tile, layout.is_flat);
    line!(to, "if (lane_group == 0u && is_there) {{");
    tiles::logits(&mut to, &tile, network.widths().len() - 1);
    if classes > 0 {
        line!(to, "let class_ = u32(data[CLASSES * COLUMNS + it]);\nlet choice = chosen(&z);");
        line!(to, "if (choice == class_) {{ atomicAdd(&right, 1u); atomicAdd(&hits[class_], 1u); }}");
        line!(to, "if (choice == 1u) {{ atomicAdd(&second, 1u); }}");
    }
    if is_paired {
        let score = if network.outputs() == 2 { "z[1] - z[0]" } else { "z[0]" };
        line!(to, "if (!asks) {{ scores[net * count + it] = {score}; }}");
    }
    if errors {
        line!(
            to,
            "for (var j = 0u; j < OUTPUTS; j++) {{ let e = says(&z, j) - y[j]; errors[j] = fma(e, e, errors[j]); }}"
        );
    }
    line!(to, "loss += finish(&z, &y, data[WEIGHTS * COLUMNS + it], true);\n}}\nworkgroupBarrier();\n}}");
    sum_over_lanes(&mut to, "loss");
    line!(
        to,
        "if (asks) {{\nif (index == 0u && !bad(loss_all) && atomicLoad(&right) >= told.need) {{ state[8u * net + 2u] = told.first + 1u; }}\nreturn;\n}}"
    );
    let numbers = numbers(design, classes);
    line!(to, "let out = net * {numbers}u;\nif (index == 0u) {{");
    line!(
        to,
        "figures[out] = bitcast<u32>(loss_all);\nfigures[out + 1u] = atomicLoad(&right);\nfigures[out + 2u] = atomicLoad(&second);\n}}"
    );
    if errors {
        line!(
            to,
            "for (var j = 0u; j < OUTPUTS; j++) {{\nworkgroupBarrier();\nparts[index] = errors[j];\nworkgroupBarrier();"
        );
        line!(
            to,
            "if (index == 0u) {{ var sum = 0.0; for (var lane = 0u; lane < LANES; lane++) {{ sum += parts[lane]; }}"
        );
        line!(to, "figures[out + {HEAD}u + j] = bitcast<u32>(sum); }}\n}}");
    }
    if classes > 0 {
        let behind = HEAD + network.outputs();
        line!(
            to,
            "for (var c = index; c < {classes}u; c += LANES) {{ figures[out + {behind}u + c] = atomicLoad(&hits[c]); }}"
        );
    }
    if is_paired {
        line!(
            to,
            "storageBarrier();\nworkgroupBarrier();\nvar sum = vec2u(0u);\nfor (var i = index; i < count; i += LANES) {{"
        );
        line!(to, "if (u32(data[CLASSES * COLUMNS + i]) != 1u) {{ continue; }}");
        line!(to, "let own = scores[net * count + i];\nvar ordered = 0u;\nfor (var o = 0u; o < count; o++) {{");
        line!(to, "if (u32(data[CLASSES * COLUMNS + o]) == 0u) {{");
        line!(
            to,
            "let other = scores[net * count + o];\nordered += select(0u, 1u, other < own) + select(0u, 1u, other <= own);\n}}\n}}"
        );
        line!(to, "sum.x += ordered;\nsum.y += select(0u, 1u, sum.x < ordered);\n}}");
        line!(to, "pairs[index] = sum;\nworkgroupBarrier();\nif (index == 0u) {{\nvar total = vec2u(0u);");
        line!(
            to,
            "for (var lane = 0u; lane < LANES; lane++) {{ total.x += pairs[lane].x; total.y += pairs[lane].y + select(0u, 1u, total.x < pairs[lane].x); }}"
        );
        line!(to, "figures[out + 3u] = total.x;\nfigures[out + 4u] = total.y;\n}}");
    }
    line!(to, "}}");
    Ok(Source(to))
}
