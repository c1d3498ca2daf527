//! A start as code, for whoever goes on in another framework.
//!
//! Frameworks name things differently: Keras's and JAX's `scale` is a variance, Burn's `gain` a standard deviation. So that
//! nothing is left to a default, the variance itself is written down. No line is longer than 80 columns.

use crate::data::DataSpec;
use crate::task::Task;
use crate::words::in_a_line;
use headstart_engine::init::{
    BranchScale, Distribution, Fan, Framework, Initialization, Rule, Scheme, Shape, Sparsity,
};
use headstart_engine::names::plain;
use serde::Serialize;

/// Code of one framework.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Snippet {
    /// `PyTorch`, `Keras`, `JAX/Flax`, `Burn` or `candle`.
    pub framework: &'static str,
    /// The lines, with line ends between them.
    pub code: String,
}

/// What weights are drawn from, as frameworks know it.
enum Draw {
    /// Of this variance by this number of units.
    Scaled {
        variance: f64,
        by: Fan,
        distribution: Distribution,
    },
    /// Normal, of this mean and this standard deviation.
    Normal {
        mean: f64,
        sd: f64,
    },
    Uniform {
        low: f64,
        high: f64,
    },
    /// Normal, of this mean and standard deviation before it is cut off at these ends, or at two deviations.
    Cut {
        mean: f64,
        sd: f64,
        ends: Option<[f64; 2]>,
    },
    Constant(f64),
    Identity {
        gain: f64,
    },
    /// Normal, with this share of zeros among the weights of an input.
    Sparse {
        zeros: f64,
        sd: f64,
    },
    Orthogonal {
        gain: f64,
    },
    /// What the framework does by itself; the others load a file.
    Default(Framework),
    /// None of them: a file has the weights.
    File,
}

/// The standard deviation that is left of 1 after a cut at two of them, in the digits that say enough.
const LEFT: f64 = 0.8796;

/// Writes the code of a framework.
type Write = fn(&Draw, &[String]) -> String;

/// The flags of a task's network.
fn about(task: &Task) -> Vec<String> {
    let network = task.network();
    let Some(program) = network.program() else {
        let widths: Vec<String> = network.widths().iter().map(ToString::to_string).collect();
        return vec![
            format!("--layers {}", widths.join(",")),
            format!("--activation {}", task.spec.network.activation),
        ];
    };
    let scale = task.spec.init.branch_scale;
    let factor = (scale != BranchScale::default()).then(|| format!("--branch-scale {}", quoted(&scale.to_string())));
    let blocks = format!("--network {}", quoted(&program.blocks.to_string()));
    std::iter::once(blocks).chain(factor).collect()
}

/// The lines that start the network of a task so; of schemes that no framework has, and with biases of another kind, how to load them
/// from a file. Whoever's default is among the `kept` ones goes on with that.
pub fn snippets(init: &Initialization, task: &Task, kept: &[String]) -> Vec<Snippet> {
    let all: [(_, Write, &str); 5] = [
        ("PyTorch", pytorch, "pytorch-default"),
        ("Keras", keras, "keras-default"),
        ("JAX/Flax", jax, "flax-default"),
        ("Burn", burn, ""),
        ("candle", candle, ""),
    ];
    let about = about(task);
    // What is drawn in blocks depends on more than a layer's fans, and their shape is that of the data.
    let is_chain = task.network().is_dense_chain();
    let of = |(framework, write, default): (&'static str, Write, &str)| {
        let kept = kept.iter().find(|kept| *kept == default).and_then(|kept| kept.parse::<Initialization>().ok());
        let init = kept.as_ref().unwrap_or(init);
        let bias = task.bias();
        let weights = init.weights.iter().map(ToString::to_string).collect::<Vec<_>>().join("/");
        let draw = match &init.weights[..] {
            [scheme] if bias.is_auto() && is_chain => of_scheme(*scheme),
            // Layers, or biases, of their own.
            _ => Draw::File,
        };
        let mut start = vec![format!("--init {weights}")];
        start.extend((!bias.is_auto()).then(|| format!("--bias {bias}")));
        // Most schemes look at nothing but the widths.
        let looks_at_data =
            !is_chain || !bias.is_auto() || init.weights.iter().any(|scheme| matches!(scheme, Scheme::Lsuv { .. }));
        start.extend(if looks_at_data { flags(&task.spec.data) } else { Vec::new() });
        // Samples that are set aside are not looked at.
        let patience = task.spec.training.early_stopping.filter(|_| looks_at_data);
        start.extend(patience.map(|looks| format!("--early-stopping {looks}")));
        start.extend(about.clone());
        Snippet { framework, code: write(&draw, &start) }
    };
    all.into_iter().map(of).collect()
}

fn of_scheme(scheme: Scheme) -> Draw {
    match scheme {
        Scheme::Zeros => Draw::Constant(0.0),
        Scheme::Constant(c) => Draw::Constant(c),
        Scheme::Scaled { rule, gain, distribution } => {
            let scaled = |of: f64, by| Draw::Scaled { variance: of * gain * gain, by, distribution };
            match rule {
                Rule::He => scaled(2.0, Fan::In),
                Rule::LeCun => scaled(1.0, Fan::In),
                Rule::Glorot => scaled(1.0, Fan::Average),
                Rule::Kaiming(nonlinearity, fan) => scaled(nonlinearity.square_of_gain(), fan),
                Rule::VarianceScaling(scale, fan) => scaled(scale, fan),
                // Layers are not all drawn alike.
                Rule::Critical | Rule::DepthScaled | Rule::Fixup | Rule::Gpt2 | Rule::TFixup | Rule::DeepNorm => {
                    Draw::File
                }
            }
        }
        Scheme::Plain(Distribution::Normal, sd) => Draw::Normal { mean: 0.0, sd },
        Scheme::Plain(Distribution::Uniform, bound) => Draw::Uniform { low: -bound, high: bound },
        Scheme::Plain(Distribution::Truncated, sd) => Draw::Cut { mean: 0.0, sd: sd / LEFT, ends: None },
        Scheme::Of(Shape::Normal { mean, sd }) => Draw::Normal { mean, sd },
        Scheme::Of(Shape::Uniform { low, high }) => Draw::Uniform { low, high },
        Scheme::Of(Shape::Truncated { mean, sd }) => Draw::Cut { mean, sd: sd / LEFT, ends: None },
        Scheme::Of(Shape::Cut { mean, sd, low, high }) => Draw::Cut { mean, sd, ends: Some([low, high]) },
        Scheme::Identity { gain } => Draw::Identity { gain },
        Scheme::Sparse { sparsity: Sparsity::Zeros(zeros), sd } => Draw::Sparse { zeros, sd },
        Scheme::Orthogonal { gain } => Draw::Orthogonal { gain },
        Scheme::Framework { framework, gain: 1.0 } if framework != Framework::Sklearn => Draw::Default(framework),
        // What looks at the data, at the layer's place, or has biases of its own.
        Scheme::DeltaOrthogonal { .. }
        | Scheme::Sparse { .. }
        | Scheme::Siren { .. }
        | Scheme::Lsuv { .. }
        | Scheme::Framework { .. } => Draw::File,
    }
}

/// A number as code has it, in the digits that say enough.
fn digits(x: f64) -> String {
    let text = plain(format!("{x:.3e}").parse().unwrap_or(x));
    if text.contains(['.', 'e']) { text } else { format!("{text}.0") }
}

/// The flags that ask for the same data: of the section's keys, which are their names, those that are not as they are by themselves.
fn flags(data: &DataSpec) -> Vec<String> {
    let table = |data: &DataSpec| toml::Table::try_from(data.as_asked()).unwrap_or_default();
    let usual = table(&DataSpec::default());
    let flag = |(name, value): (String, toml::Value)| match value {
        toml::Value::Boolean(_) => format!("--{name}"),
        toml::Value::Array(values) => {
            format!("--{name} {}", quoted(&values.iter().map(told).collect::<Vec<_>>().join(",")))
        }
        value => format!("--{name} {}", quoted(&told(&value))),
    };
    table(data).into_iter().filter(|(name, value)| usual.get(name) != Some(value)).map(flag).collect()
}

fn told(value: &toml::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), in_a_line)
}

/// A word that a shell takes as it is.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "_-./,:=+@%".contains(c);
    if word.chars().all(is_plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

/// Columns of a line of code.
const WIDTH: usize = 74;

/// A command in lines that go on after a backslash: between flags, and within one where schemes or widths do not fit into a line.
fn command(words: impl Iterator<Item = String>) -> String {
    let mut lines = String::new();
    let mut at = 0;
    for word in words {
        if at > 0 && at + 1 + word.chars().count() > WIDTH {
            lines += " \\\n ";
            at = 1;
        }
        if at > 0 {
            lines.push(' ');
            at += 1;
        }
        // Within quotes a backslash is one, and no line goes on after it.
        let is_quoted = word.contains('\'');
        for piece in word.split_inclusive(|c| !is_quoted && "/,".contains(c)) {
            let length = piece.chars().count();
            if at + length > WIDTH && !is_quoted {
                lines += "\\\n";
                at = 0;
            }
            lines += piece;
            at += length;
        }
    }
    lines
}

/// Writes a file, and loads it.
fn file(start: &[String], naming: &str, load: &[&str]) -> String {
    let out = [format!("--naming {naming}"), "--out start.safetensors".to_owned()];
    let write = command(std::iter::once("headstart init".to_owned()).chain(start.iter().cloned()).chain(out));
    std::iter::once(write.as_str()).chain(load.iter().copied()).collect::<Vec<_>>().join("\n")
}

/// How a distribution of Flax's default is drawn by those who have another one.
const OF_FLAX: Draw = Draw::Scaled { variance: 1.0, by: Fan::In, distribution: Distribution::Truncated };

fn pytorch(draw: &Draw, start: &[String]) -> String {
    let each = |weights: String| {
        format!(
            "for m in model.modules():\n    if isinstance(m, nn.Linear):\n        {weights}\n        nn.init.zeros_(m.bias)"
        )
    };
    let ends = |low: &str, high: &str| format!("a={low}, b={high}");
    match draw {
        Draw::Scaled { variance, by, distribution } => {
            let fan = match by {
                Fan::In => "m.in_features",
                Fan::Out => "m.out_features",
                Fan::Average => "((m.in_features + m.out_features) / 2)",
            };
            let root = |of: f64| format!("({} / {fan}) ** 0.5", digits(of));
            each(match distribution {
                Distribution::Normal => {
                    format!("std = {}\n        nn.init.normal_(m.weight, std=std)", root(*variance))
                }
                Distribution::Uniform => {
                    format!("a = {}\n        nn.init.uniform_(m.weight, -a, a)", root(3.0 * variance))
                }
                Distribution::Truncated => format!(
                    "std = {} / {LEFT}\n        nn.init.trunc_normal_(m.weight, std=std, {})",
                    root(*variance),
                    ends("-2 * std", "2 * std")
                ),
            })
        }
        Draw::Normal { mean: 0.0, sd } => each(format!("nn.init.normal_(m.weight, std={})", digits(*sd))),
        Draw::Normal { mean, sd } => {
            each(format!("nn.init.normal_(m.weight, mean={}, std={})", digits(*mean), digits(*sd)))
        }
        Draw::Uniform { low, high } => each(format!("nn.init.uniform_(m.weight, {}, {})", digits(*low), digits(*high))),
        Draw::Cut { mean, sd, ends: at } => {
            let [low, high] = at.unwrap_or([mean - 2.0 * sd, mean + 2.0 * sd]);
            let ends = ends(&digits(low), &digits(high));
            let spread = format!("mean, std = {}, {}", digits(*mean), digits(*sd));
            each(format!("{spread}\n        nn.init.trunc_normal_(m.weight, mean, std, {ends})"))
        }
        Draw::Constant(c) => each(format!("nn.init.constant_(m.weight, {})", digits(*c))),
        Draw::Identity { gain: 1.0 } => each("nn.init.eye_(m.weight)".to_owned()),
        Draw::Identity { gain } => each(format!("nn.init.eye_(m.weight)\n        m.weight.data *= {}", digits(*gain))),
        Draw::Sparse { zeros, sd } => {
            each(format!("nn.init.sparse_(m.weight, {}, std={})", digits(*zeros), digits(*sd)))
        }
        Draw::Orthogonal { gain } => each(format!("nn.init.orthogonal_(m.weight, gain={})", digits(*gain))),
        Draw::Default(Framework::PyTorch) => "# nothing to do: nn.Linear starts so".to_owned(),
        Draw::Default(Framework::Keras) => each("nn.init.xavier_uniform_(m.weight)".to_owned()),
        Draw::Default(Framework::Flax) => pytorch(&OF_FLAX, start),
        Draw::Default(Framework::Sklearn) | Draw::File => {
            let load = ["state = safetensors.torch.load_file(\"start.safetensors\")", "model.load_state_dict(state)"];
            file(start, "pytorch", &load)
        }
    }
}

/// A fan as Keras and JAX name it.
fn mode(by: Fan) -> &'static str {
    match by {
        Fan::In => "\"fan_in\"",
        Fan::Out => "\"fan_out\"",
        Fan::Average => "\"fan_avg\"",
    }
}

fn keras(draw: &Draw, start: &[String]) -> String {
    let dense =
        |init: String| format!("init = keras.initializers.{init}\nkeras.layers.Dense(units, kernel_initializer=init)");
    let around = |mean: f64| if mean == 0.0 { String::new() } else { format!("mean={}, ", digits(mean)) };
    match draw {
        Draw::Scaled { variance, by, distribution } => {
            let distribution = match distribution {
                Distribution::Normal => "\"untruncated_normal\"",
                Distribution::Uniform => "\"uniform\"",
                Distribution::Truncated => "\"truncated_normal\"",
            };
            dense(format!("VarianceScaling(\n    {}, {}, {distribution}\n)", digits(*variance), mode(*by)))
        }
        Draw::Normal { mean, sd } => dense(format!("RandomNormal({}stddev={})", around(*mean), digits(*sd))),
        Draw::Uniform { low, high } => dense(format!("RandomUniform({}, {})", digits(*low), digits(*high))),
        Draw::Cut { mean, sd, ends: None } => {
            dense(format!("TruncatedNormal({}stddev={})", around(*mean), digits(*sd)))
        }
        Draw::Constant(c) => dense(format!("Constant({})", digits(*c))),
        Draw::Identity { gain } => dense(format!("Identity(gain={})", digits(*gain))),
        Draw::Orthogonal { gain } => dense(format!("Orthogonal(gain={})", digits(*gain))),
        Draw::Default(Framework::Keras) => "keras.layers.Dense(units)  # starts so".to_owned(),
        Draw::Default(Framework::Flax) => keras(&OF_FLAX, start),
        Draw::Default(Framework::PyTorch | Framework::Sklearn)
        | Draw::Cut { .. }
        | Draw::Sparse { .. }
        | Draw::File => file(start, "keras", &["# then layer.set_weights([kernel, bias]) of each layer"]),
    }
}

fn jax(draw: &Draw, start: &[String]) -> String {
    let dense = |init: String| format!("init = nn.initializers.{init}\nnn.Dense(features, kernel_init=init)");
    // What Flax has no initializer of is a function.
    let function = |value: String| {
        format!("def init(key, shape, dtype):\n    return {value}\nnn.Dense(features, kernel_init=init)")
    };
    match draw {
        Draw::Scaled { variance, by, distribution } => {
            let (variance, mode) = (digits(*variance), mode(*by));
            dense(match distribution {
                Distribution::Normal => format!("variance_scaling({variance}, {mode}, \"normal\")"),
                Distribution::Uniform => format!("variance_scaling({variance}, {mode}, \"uniform\")"),
                Distribution::Truncated => {
                    format!("variance_scaling(\n    {variance}, {mode}, \"truncated_normal\"\n)")
                }
            })
        }
        Draw::Normal { mean: 0.0, sd } => dense(format!("normal({})", digits(*sd))),
        Draw::Normal { mean, sd } => {
            function(format!("{} + {} * jax.random.normal(key, shape, dtype)", digits(*mean), digits(*sd)))
        }
        Draw::Uniform { low, high } => {
            function(format!("jax.random.uniform(key, shape, dtype, {}, {})", digits(*low), digits(*high)))
        }
        Draw::Cut { mean: 0.0, sd, ends: None } => dense(format!("truncated_normal({})", digits(*sd))),
        Draw::Cut { mean, sd, ends } => {
            let [low, high] = ends.map_or([-2.0, 2.0], |ends| ends.map(|end| (end - mean) / sd));
            let z = format!(
                "z = jax.random.truncated_normal(\n        key, {}, {}, shape, dtype\n    )",
                digits(low),
                digits(high)
            );
            let value = format!("{} + {} * z", digits(*mean), digits(*sd));
            format!("def init(key, shape, dtype):\n    {z}\n    return {value}\nnn.Dense(features, kernel_init=init)")
        }
        Draw::Constant(c) => dense(format!("constant({})", digits(*c))),
        Draw::Identity { gain } => function(format!("{} * jnp.eye(*shape, dtype=dtype)", digits(*gain))),
        Draw::Orthogonal { gain } => dense(format!("orthogonal({})", digits(*gain))),
        Draw::Default(Framework::Keras) => dense("glorot_uniform()".to_owned()),
        Draw::Default(Framework::Flax) => "nn.Dense(features)  # starts so".to_owned(),
        Draw::Default(Framework::PyTorch | Framework::Sklearn) | Draw::Sparse { .. } | Draw::File => {
            let load = [
                "flat = safetensors.flax.load_file(\"start.safetensors\")",
                "params = flax.traverse_util.unflatten_dict(flat, sep=\"/\")",
            ];
            file(start, "flax", &load)
        }
    }
}

/// Burn's layers draw their biases like their weights: so from a file.
fn burn(_: &Draw, start: &[String]) -> String {
    file(start, "plain", &["SafetensorsStore::from_file(\"start.safetensors\")  // burn-store"])
}

fn candle(draw: &Draw, start: &[String]) -> String {
    let get =
        |init: String| format!("let init = Init::{init};\nvb.get_with_hints((fan_out, fan_in), \"weight\", init)");
    match draw {
        Draw::Scaled { variance, by, distribution: distribution @ (Distribution::Normal | Distribution::Uniform) } => {
            let fan = match by {
                Fan::In => "fan_in as f64",
                Fan::Out => "fan_out as f64",
                Fan::Average => "(fan_in + fan_out) as f64 / 2.0",
            };
            let root = |of: f64| format!("({} / ({fan})).sqrt()", digits(of));
            if *distribution == Distribution::Normal {
                let stdev = format!("let stdev = {};", root(*variance));
                format!("{stdev}\n{}", get("Randn { mean: 0.0, stdev }".to_owned()))
            } else {
                let bound = format!("let up = {};", root(3.0 * variance));
                format!("{bound}\n{}", get("Uniform { lo: -up, up }".to_owned()))
            }
        }
        Draw::Normal { mean, sd } => get(format!("Randn {{ mean: {}, stdev: {} }}", digits(*mean), digits(*sd))),
        Draw::Uniform { low, high } => get(format!("Uniform {{ lo: {}, up: {} }}", digits(*low), digits(*high))),
        Draw::Constant(c) => get(format!("Const({})", digits(*c))),
        Draw::Scaled { .. }
        | Draw::Cut { .. }
        | Draw::Identity { .. }
        | Draw::Sparse { .. }
        | Draw::Orthogonal { .. }
        | Draw::Default(_)
        | Draw::File => {
            let load = [
                "let files = [\"start.safetensors\"];",
                "VarBuilder::from_mmaped_safetensors(&files, dtype, device)  // unsafe",
            ];
            file(start, "plain", &load)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::TaskSpec;

    fn task(bias: &str) -> Task {
        let text =
            format!("[data]\ndata = \"circles\"\n[network]\nlayers = [2, 10, 5, 1]\n[init]\nbias = \"{bias}\"\n");
        Task::new(TaskSpec::from_toml(&text).unwrap()).unwrap()
    }

    fn code(init: &str) -> Vec<String> {
        snippets(&init.parse().unwrap(), &task("auto"), &[]).into_iter().map(|snippet| snippet.code).collect()
    }

    #[test]
    fn every_framework_draws_the_variance_that_is_meant() {
        let he = code("he:0.5");
        assert!(he[0].contains("std = (0.5 / m.in_features) ** 0.5"), "{}", he[0]);
        assert!(he[1].contains("VarianceScaling(\n    0.5, \"fan_in\", \"untruncated_normal\"\n)"), "{}", he[1]);
        assert!(he[2].contains("variance_scaling(0.5, \"fan_in\", \"normal\")"), "{}", he[2]);
        assert!(he[3].starts_with("headstart init --init he:0.5 --layers 2,10,5,1 --activation relu"), "{}", he[3]);
        assert!(he[4].contains("stdev = (0.5 / (fan_in as f64)).sqrt()"), "{}", he[4]);
        assert!(code("glorot")[4].contains("(1.0 / ((fan_in + fan_out) as f64 / 2.0)).sqrt()"));
        assert!(code("normal:0.7")[0].contains("std=0.7)") && code("orthogonal:1.4")[1].contains("gain=1.4"));
    }

    /// Of samples that are set aside nothing is looked at, so the line has to set them aside, too.
    #[test]
    fn a_line_starts_from_the_samples_that_were_trained_on() {
        let mut spec = task("auto").spec;
        (spec.data.validation_share, spec.training.early_stopping) = (0.2, Some(7));
        let task = Task::new(spec).unwrap();
        let line = |init: &str| snippets(&init.parse().unwrap(), &task, &[])[3].code.replace(" \\\n ", "");
        let lsuv = line("lsuv");
        assert!(lsuv.contains("--validation-share 0.2 --early-stopping 7"), "{lsuv}");
        assert!(!line("he").contains("--early-stopping"));
    }

    #[test]
    fn every_framework_has_the_distribution_that_is_meant() {
        let from_file = |line: &str| line.starts_with("headstart init ");
        for (init, [torch, keras, jax, candle]) in [
            (
                "he-uniform:fan-out",
                [
                    "a = (6.0 / m.out_features) ** 0.5\n        nn.init.uniform_(m.weight, -a, a)",
                    "VarianceScaling(\n    2.0, \"fan_out\", \"uniform\"\n)",
                    "variance_scaling(2.0, \"fan_out\", \"uniform\")",
                    "let up = (6.0 / (fan_out as f64)).sqrt();",
                ],
            ),
            (
                "variance-scaling:3,fan-avg,truncated",
                [
                    "std = (3.0 / ((m.in_features + m.out_features) / 2)) ** 0.5 / 0.8796",
                    "VarianceScaling(\n    3.0, \"fan_avg\", \"truncated_normal\"\n)",
                    "variance_scaling(\n    3.0, \"fan_avg\", \"truncated_normal\"\n)",
                    "",
                ],
            ),
            (
                "he:tanh",
                ["std = (2.778 / m.in_features) ** 0.5", "2.778, \"fan_in\"", "2.778, \"fan_in\"", "(2.778 / "],
            ),
            (
                "uniform:0..1",
                [
                    "nn.init.uniform_(m.weight, 0.0, 1.0)",
                    "RandomUniform(0.0, 1.0)",
                    "jax.random.uniform(key, shape, dtype, 0.0, 1.0)",
                    "Uniform { lo: 0.0, up: 1.0 }",
                ],
            ),
            (
                "normal:0.1:mean=0.5",
                [
                    "nn.init.normal_(m.weight, mean=0.5, std=0.1)",
                    "RandomNormal(mean=0.5, stddev=0.1)",
                    "0.5 + 0.1 * jax.random.normal(key, shape, dtype)",
                    "Randn { mean: 0.5, stdev: 0.1 }",
                ],
            ),
            (
                "truncated-normal:0.02:-2..2",
                [
                    "mean, std = 0.0, 0.02\n        nn.init.trunc_normal_(m.weight, mean, std, a=-2.0, b=2.0)",
                    "",
                    "key, -100.0, 100.0,",
                    "",
                ],
            ),
            (
                "truncated-normal:0.8796:mean=3",
                [
                    "mean, std = 3.0, 1.0\n        nn.init.trunc_normal_(m.weight, mean, std, a=1.0, b=5.0)",
                    "TruncatedNormal(mean=3.0, stddev=1.0)",
                    "3.0 + 1.0 * z",
                    "",
                ],
            ),
            ("ones", ["constant_(m.weight, 1.0)", "Constant(1.0)", "constant(1.0)", "Const(1.0)"]),
            (
                "identity:2",
                [
                    "nn.init.eye_(m.weight)\n        m.weight.data *= 2.0",
                    "Identity(gain=2.0)",
                    "2.0 * jnp.eye(*shape",
                    "",
                ],
            ),
            ("sparse:0.9", ["nn.init.sparse_(m.weight, 0.9, std=0.01)", "", "", ""]),
            (
                "flax-default",
                [
                    "std = (1.0 / m.in_features) ** 0.5 / 0.8796",
                    "1.0, \"fan_in\", \"truncated_normal\"",
                    "# starts so",
                    "",
                ],
            ),
        ] {
            let lines = code(init);
            for (line, part) in
                [&lines[0], &lines[1], &lines[2], &lines[4]].into_iter().zip([torch, keras, jax, candle])
            {
                assert!(line.contains(part) && part.is_empty() == from_file(line), "{init}: {line}");
                assert!(line.lines().all(|line| line.chars().count() <= 80), "{line}");
            }
        }
    }

    #[test]
    fn biases_of_another_kind_come_from_a_file() {
        for bias in ["none", "0.1", "0/0/prior"] {
            let lines = snippets(&"he".parse().unwrap(), &task(bias), &[]);
            assert!(lines.iter().all(|line| line.code.contains(&format!("--init he --bias {bias}"))), "{lines:?}");
        }
    }

    #[test]
    fn what_no_framework_has_is_loaded_from_a_file() {
        for init in [
            "lsuv:mean=0",
            "critical",
            "siren:10",
            "sparse:15",
            "sklearn-default",
            "pytorch-default:2",
            "he:16/he/he:0.25",
        ] {
            assert!(code(init).iter().all(|line| line.contains(&format!("headstart init --init {init}"))), "{init}");
        }
    }

    /// lsuv looks at the data: at the very data that was asked about.
    #[test]
    fn what_looks_at_the_data_is_given_all_that_was_said_of_it() {
        let spec = "[data]\ndata = 'moons'\nsamples = [40, 20]\nnoise = 0.3\npreprocess = 'standardize'\n";
        let task = Task::new(TaskSpec::from_toml(spec).unwrap()).unwrap();
        let lines = &snippets(&"lsuv:0.5".parse().unwrap(), &task, &[])[0].code;
        for flag in ["--data moons", "--samples 40,20", "--noise 0.3", "--preprocess standardize"] {
            assert!(lines.contains(flag), "{lines}");
        }
        assert_eq!(quoted("my house's.csv"), "'my house'\\''s.csv'");
        // A path in quotes is never broken, however long it is.
        let long = quoted(&format!("{}my house.csv", "folder/".repeat(20)));
        assert!(command([format!("--data {long}")].into_iter()).contains(&long));
    }

    #[test]
    fn whoever_has_a_default_changes_nothing() {
        let [keras, pytorch] = [code("keras-default"), code("pytorch-default")];
        assert!(keras[1].starts_with("keras.layers.Dense(units)") && keras[0].contains("xavier_uniform_(m.weight)"));
        assert!(
            pytorch[0].starts_with("# nothing to do") && pytorch[1].contains("headstart init --init pytorch-default")
        );
    }

    #[test]
    fn defaults_that_are_kept_are_kept_in_their_frameworks() {
        let kept = ["keras-default", "pytorch-default"].map(str::to_owned);
        let all = snippets(&"keras-default".parse().unwrap(), &task("auto"), &kept);
        assert!(all[0].code.starts_with("# nothing to do") && all[1].code.starts_with("keras.layers.Dense(units)"));
    }

    #[test]
    fn lines_are_short() {
        let long = format!("lsuv:0.0625/{}lsuv", "lsuv/".repeat(30));
        let widths: String = "16,".repeat(31);
        let spec = format!("[network]\nlayers = '2,{widths}1'\n[data]\ndata = 'circles'\n");
        let task = Task::new(TaskSpec::from_toml(&spec).unwrap()).unwrap();
        for snippet in snippets(&long.parse().unwrap(), &task, &[]) {
            assert!(snippet.code.lines().all(|line| line.len() <= 76), "{}", snippet.code);
        }
        for init in ["glorot:0.123", "he:0.0006", "orthogonal:1.4", "normal:0.00123", "lsuv:0.35", "pytorch-default"] {
            for code in code(init) {
                assert!(code.lines().all(|line| line.len() <= 76), "{code}");
            }
        }
    }
}
