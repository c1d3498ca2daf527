//! What a study varies, and what a value of it does to a task.

use crate::error::Error;
use crate::spec::{Activations, Bias, Inits, OptimizerName, TaskSpec};
use crate::words::foreign;
use headstart_engine::init::{Biases, Distribution, Initialization, Scheme, split_list};
use headstart_engine::names::{GrammarError, plain};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

/// What can be varied. They are applied in this order, so that a gain is one on the scheme of the same cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quantity {
    /// The initialization: the only one of the task.
    Init,
    /// The standard deviation of all weights: `normal:S`.
    Scale,
    /// A factor on the initialization, whatever it is.
    Gain,
    /// The standard deviation of all biases: `normal:S`.
    BiasScale,
    /// The number of hidden layers, all as wide as the first one of the task.
    Depth,
    /// The width of all hidden layers.
    Width,
    /// The activation of all hidden layers.
    Activation,
    /// The update rule.
    Optimizer,
    /// The learning rate.
    Lr,
    /// Updates of the parameters.
    Steps,
    /// Samples in a minibatch.
    Batch,
    /// Momentum of gd and sgd.
    Momentum,
    /// Weight decay.
    WeightDecay,
    /// The share of the units of all hidden layers that is left out.
    Dropout,
    /// Steps in which the learning rate rises.
    Warmup,
    /// The most that the gradient may be long.
    Clip,
    /// How far the targets of classes are moved towards their mean.
    LabelSmoothing,
    /// Training samples of built-in data.
    Samples,
    /// The noise of built-in data.
    Noise,
    /// The first seed.
    Seed,
}

impl Quantity {
    /// Every name in the grammar, in the order of the variants.
    pub const NAMES: &'static [&'static str] = &[
        "init",
        "scale",
        "gain",
        "bias-scale",
        "depth",
        "width",
        "activation",
        "optimizer",
        "lr",
        "steps",
        "batch",
        "momentum",
        "weight-decay",
        "dropout",
        "warmup",
        "clip",
        "label-smoothing",
        "samples",
        "noise",
        "seed",
    ];

    const ALL: &'static [Self] = &[
        Self::Init,
        Self::Scale,
        Self::Gain,
        Self::BiasScale,
        Self::Depth,
        Self::Width,
        Self::Activation,
        Self::Optimizer,
        Self::Lr,
        Self::Steps,
        Self::Batch,
        Self::Momentum,
        Self::WeightDecay,
        Self::Dropout,
        Self::Warmup,
        Self::Clip,
        Self::LabelSmoothing,
        Self::Samples,
        Self::Noise,
        Self::Seed,
    ];

    /// The name.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// The key of a task that it changes, which is also the name of the flag.
    pub fn key(self) -> &'static str {
        match self {
            Self::Init | Self::Scale | Self::Gain => "init",
            Self::BiasScale => "bias",
            Self::Depth | Self::Width => "layers",
            other => other.name(),
        }
    }

    /// Whether its values are names and not numbers.
    pub fn is_named(self) -> bool {
        matches!(self, Self::Init | Self::Activation | Self::Optimizer)
    }

    /// Whether its values are whole numbers.
    fn is_whole(self) -> bool {
        matches!(
            self,
            Self::Depth | Self::Width | Self::Steps | Self::Batch | Self::Warmup | Self::Samples | Self::Seed
        )
    }

    /// Whether a range of it is even on a logarithmic scale unless the range says otherwise.
    fn is_factor(self) -> bool {
        matches!(self, Self::Scale | Self::Gain | Self::Lr | Self::WeightDecay | Self::Clip)
    }

    /// Changes a task to a value.
    ///
    /// # Errors
    /// If there is no such value, or the task has no place for it.
    pub fn apply(self, level: &Level, spec: &mut TaskSpec) -> Result<(), Error> {
        let wrong = |problem: &str| Error::Usage(format!("{}={level}: {problem}", self.name()));
        match (self, level) {
            (Self::Init, Level::Name(name)) => spec.init.init = Inits(vec![name.parse()?]),
            (Self::Activation, Level::Name(name)) => spec.network.activation = name.parse::<Activations>()?,
            (Self::Optimizer, Level::Name(name)) => spec.training.optimizer = name.parse::<OptimizerName>()?,
            (_, Level::Name(_)) => return Err(wrong("a number is needed")),
            (_, Level::Number(x)) => self.apply_number(*x, spec).map_err(wrong)?,
        }
        Ok(())
    }

    fn apply_number(self, x: f64, spec: &mut TaskSpec) -> Result<(), &'static str> {
        let plain_normal = |sd: f64| if sd == 0.0 { Scheme::Zeros } else { Scheme::Plain(Distribution::Normal, sd) };
        if self.is_whole() && (x < 0.0 || x.fract() != 0.0) {
            return Err("a whole number is needed");
        }
        if matches!(self, Self::Scale | Self::Gain | Self::BiasScale) && x < 0.0 {
            return Err("the size of weights and biases is not negative");
        }
        match self {
            Self::Scale => spec.init.init = Inits(vec![Initialization::new(&[plain_normal(x)])]),
            Self::Gain => {
                if spec.init.init.0.iter().any(|init| init.given.is_some()) {
                    return Err("a gain is a factor on a scheme, and a file of weights has none");
                }
                for init in &mut spec.init.init.0 {
                    init.weights = init.weights.iter().map(|scheme| scheme.times(x)).collect();
                }
            }
            Self::BiasScale => spec.init.bias = Bias::Each(vec![Biases::Drawn(plain_normal(x))]),
            Self::Depth | Self::Width => {
                let layers = &mut spec.network.layers.0;
                let last = layers.len() - 1;
                let Some(&hidden) = layers[1..last].first() else {
                    return Err("the task's --layers have no hidden layer to take the width from");
                };
                if self == Self::Width {
                    layers[1..last].fill(Some(x as usize));
                } else {
                    layers.splice(1..last, std::iter::repeat_n(hidden, x as usize));
                }
            }
            Self::Lr => spec.training.lr = Some(x),
            Self::Steps => (spec.training.steps, spec.training.epochs) = (Some(x as usize), None),
            Self::Batch => spec.training.batch = Some(x as usize),
            Self::Momentum => spec.training.momentum = Some(x),
            Self::WeightDecay => spec.training.weight_decay = Some(x),
            Self::Dropout => spec.training.dropout = vec![x],
            Self::Warmup => spec.training.warmup = Some(x as usize),
            Self::Clip => spec.training.clip = Some(x),
            Self::LabelSmoothing => spec.training.label_smoothing = Some(x),
            Self::Samples => {
                let test = spec.data.samples.map_or(100, |[_, test]| test);
                spec.data.samples = Some([x as usize, test]);
            }
            Self::Noise => spec.data.noise = Some(x),
            Self::Seed => spec.init.seed = x as u64,
            Self::Init | Self::Activation | Self::Optimizer => return Err("a name is needed"),
        }
        Ok(())
    }
}

impl FromStr for Quantity {
    type Err = GrammarError;

    fn from_str(name: &str) -> Result<Self, GrammarError> {
        let found = Self::ALL.iter().find(|quantity| quantity.name() == name);
        found.copied().ok_or_else(|| GrammarError::unknown("axis", name, Self::NAMES))
    }
}

/// One value of an axis.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Level {
    /// A number.
    Number(f64),
    /// A name of the grammar of what is varied.
    Name(String),
}

impl Level {
    /// The number; NaN for a name.
    pub fn number(&self) -> f64 {
        match self {
            Self::Number(x) => *x,
            Self::Name(_) => f64::NAN,
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(x) => f.pad(&plain(*x)),
            Self::Name(name) => f.pad(name),
        }
    }
}

/// One thing that a study varies, and over what.
///
/// In text: `name=` and a list with commas (`depth=1,2,5`, `init=he,glorot`), or a range with the number of its values
/// (`gain=0.01..30:log:64`; random designs may do without the number). Ranges are even on a linear scale (`:linear`) or on a
/// logarithmic one (`:log`, the default for gain, scale and lr).
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// What is varied.
    pub quantity: Quantity,
    /// Over what.
    pub over: Over,
    /// As it was written, but for names, which are this program's.
    text: String,
}

/// What an axis goes over.
#[derive(Clone, Debug, PartialEq)]
pub enum Over {
    /// These values.
    Levels(Vec<Level>),
    /// All numbers between two.
    Range {
        /// The ends, low and high.
        ends: [f64; 2],
        /// Whether even on a logarithmic scale.
        log: bool,
        /// Whether only whole numbers.
        whole: bool,
    },
}

impl Over {
    /// The value at a share of the way, from 0 up to, not including, 1.
    pub fn at(&self, share: f64) -> Level {
        match self {
            Self::Levels(levels) => levels[((share * levels.len() as f64) as usize).min(levels.len() - 1)].clone(),
            Self::Range { ends: [low, high], log, whole } => {
                // Every whole number has as much of the way as any other: the ends too.
                let around = if *whole { 0.5 } else { 0.0 };
                let x = between([low - around, high + around], *log && low - around > 0.0, share);
                let x = if *whole { x.round() } else { digits(x, 8) };
                // A negative zero is written as one.
                Level::Number(x.clamp(*low, *high) + 0.0)
            }
        }
    }
}

impl Axis {
    /// Its values, where it has so many and no more.
    pub fn levels(&self) -> Option<&[Level]> {
        match &self.over {
            Over::Levels(levels) => Some(levels),
            Over::Range { .. } => None,
        }
    }
}

/// A number at a share of the way between two.
fn between([low, high]: [f64; 2], log: bool, share: f64) -> f64 {
    match share {
        0.0 => low,
        1.0 => high,
        _ if log && (high / low).is_finite() => low * libm::exp(share * libm::log(high / low)),
        _ if !log && (high - low).is_finite() => low + share * (high - low),
        // So far apart that floats have no number for it.
        _ if log => libm::exp((1.0 - share) * libm::log(low) + share * libm::log(high)),
        _ => (1.0 - share) * low + share * high,
    }
}

/// A number rounded to so many significant digits: short enough to be typed.
fn digits(x: f64, count: usize) -> f64 {
    let rounded = format!("{x:.*e}", count.saturating_sub(1)).parse().unwrap_or(x);
    // The largest numbers have none above them to be rounded to.
    if rounded.is_finite() { rounded } else { x }
}

/// So many numbers from one end to the other, rounded to a thousandth of their distance.
fn spaced(ends: [f64; 2], log: bool, count: usize) -> Vec<f64> {
    let [low, high] = ends;
    let share = |i: usize| i as f64 / (count - 1).max(1) as f64;
    let most = low.abs().max(high.abs());
    let width = match (log, (high / low).is_finite(), (high - low).is_finite()) {
        (true, true, _) => libm::log(high / low),
        (true, false, _) => libm::log(high) - libm::log(low),
        (false, _, true) => (high - low) / most,
        (false, _, false) => high / most - low / most,
    };
    let step = width.abs() / count as f64;
    let keep = (4.0 - libm::log10(step.max(1e-13))).ceil().clamp(4.0, 17.0) as usize;
    (0..count)
        .map(|i| match between(ends, log, share(i)) {
            end if i == 0 || i == count - 1 => end,
            x => digits(x, keep),
        })
        .collect()
}

impl FromStr for Axis {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = |problem: &str| Error::Usage(format!("axis \"{}\": {problem}", foreign(text)));
        let (name, over) = text
            .split_once('=')
            .ok_or_else(|| wrong("a name and its values are needed, as in lr=0.001..1:log:64 or depth=1,2,5"))?;
        let quantity: Quantity = name.trim().parse()?;
        let over = match over.split_once("..") {
            Some((low, rest)) if !quantity.is_named() => {
                range(quantity, low, rest).map_err(|problem| wrong(&problem))?
            }
            _ => Over::Levels(list(quantity, over).map_err(|problem| wrong(&problem))?),
        };
        // Names as this program has them, whatever words were used.
        let text = match &over {
            Over::Levels(levels) if quantity.is_named() => {
                let names: Vec<String> = levels.iter().map(Level::to_string).collect();
                format!("{}={}", quantity.name(), names.join(","))
            }
            _ => text.trim().to_owned(),
        };
        Ok(Self { quantity, over, text })
    }
}

fn number(quantity: Quantity, text: &str) -> Result<f64, String> {
    let x: f64 = text.trim().parse().map_err(|_| format!("\"{}\" is not a number", foreign(text.trim())))?;
    match x {
        x if !x.is_finite() => Err("numbers must be finite".to_owned()),
        x if quantity.is_whole() && (x < 0.0 || x.fract() != 0.0 || x > 2_f64.powi(53)) => {
            Err(format!("\"{}\" is not a whole number", foreign(text.trim())))
        }
        x => Ok(x),
    }
}

fn range(quantity: Quantity, low: &str, rest: &str) -> Result<Over, String> {
    let mut parts = rest.split(':');
    let ends = [number(quantity, low)?, number(quantity, parts.next().unwrap_or_default())?];
    let (mut log, mut count) = (None, None);
    for part in parts {
        match (part.trim(), part.trim().parse::<usize>()) {
            ("log", _) => log = Some(true),
            ("linear", _) => log = Some(false),
            (_, Ok(0)) => return Err("at least 1 value is needed".to_owned()),
            (_, Ok(n)) if n > MOST_LEVELS => return Err(format!("more than {MOST_LEVELS} values")),
            (_, Ok(n)) => count = Some(n),
            (other, Err(_)) => {
                return Err(format!("\"{}\" is neither log, nor linear, nor a number of values", foreign(other)));
            }
        }
    }
    if ends[0] >= ends[1] {
        return Err("a range goes from a smaller number to a larger one".to_owned());
    }
    if log == Some(true) && ends[0] <= 0.0 {
        return Err("a logarithmic range begins above 0; use :linear, or another begin".to_owned());
    }
    let (log, whole) = (log.unwrap_or(quantity.is_factor() && ends[0] > 0.0), quantity.is_whole());
    let Some(count) = count else {
        return Ok(Over::Range { ends, log, whole });
    };
    let mut values = spaced(ends, log, count);
    if whole {
        for x in &mut values {
            *x = x.round();
        }
    }
    // Whole numbers, and ends that are next to one another, have fewer between them than were asked for.
    values.dedup();
    Ok(Over::Levels(values.into_iter().map(Level::Number).collect()))
}

fn list(quantity: Quantity, text: &str) -> Result<Vec<Level>, String> {
    let level = |part: &str| {
        let part = part.trim();
        if !quantity.is_named() {
            return number(quantity, part).map(Level::Number);
        }
        // Names are checked where they are read, by the grammar of what they name.
        let mut task = TaskSpec::default();
        quantity.apply(&Level::Name(part.to_owned()), &mut task).map_err(|error| error.to_string())?;
        Ok(Level::Name(match quantity {
            Quantity::Activation => task.network.activation.to_string(),
            Quantity::Optimizer => task.training.optimizer.to_string(),
            _ => task.init.init.to_string(),
        }))
    };
    let levels = split_list(text).into_iter().map(level).collect::<Result<Vec<_>, _>>()?;
    let mut seen = HashSet::new();
    match levels.iter().find(|level| !seen.insert(identity(level))) {
        Some(Level::Name(twice)) => {
            Err(format!("{} stands there twice, in whatever words; once is enough", foreign(twice)))
        }
        Some(twice) => Err(format!("{twice} stands there twice; once is enough")),
        None => Ok(levels),
    }
}

/// What is equal where two levels are.
fn identity(level: &Level) -> (u64, &str) {
    match level {
        // The two zeros are one number.
        Level::Number(x) => ((x + 0.0).to_bits(), ""),
        Level::Name(name) => (0, name),
    }
}

/// More values of one thing than this nobody means.
const MOST_LEVELS: usize = 1_000_000;

impl fmt::Display for Axis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl Serialize for Axis {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Axis {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(text: &str) -> Vec<String> {
        text.parse::<Axis>().unwrap().levels().unwrap().iter().map(ToString::to_string).collect()
    }

    /// The points of it are numbers, though the distance and the ratio of its ends are none.
    #[test]
    fn a_range_may_be_as_wide_as_numbers_are() {
        assert_eq!(levels("lr=1e-300..1e300:log:5"), ["1e-300", "1e-150", "1", "1e150", "1e300"]);
        assert_eq!(levels("noise=-1.5e308..1.5e308:linear:3"), ["-1.5e308", "0", "1.5e308"]);
        let close = "noise=1.7e308..1.7976931348623157e308:linear:9".parse::<Axis>().unwrap();
        assert!(close.levels().unwrap().iter().all(|level| level.number().is_finite()));
        for over in ["lr=1e-300..1e300:log", "noise=-1.5e308..1.5e308:linear"] {
            let axis: Axis = over.parse().unwrap();
            for share in [0.0, 0.1, 0.5, 0.999] {
                assert!(axis.over.at(share).number().is_finite(), "{over} at {share}");
            }
        }
    }

    #[test]
    fn a_long_list_is_read_in_a_moment() {
        let numbers: Vec<String> = (0..200_000).map(|i| i.to_string()).collect();
        let begin = std::time::Instant::now();
        assert_eq!(levels(&format!("seed={}", numbers.join(","))).len(), 200_000);
        assert!(begin.elapsed().as_secs() < 5);
        assert!("seed=3,1,2,1,3".parse::<Axis>().unwrap_err().to_string().contains("1 stands there twice"));
        assert!("noise=0,-0".parse::<Axis>().unwrap_err().to_string().contains("twice"));
    }

    #[test]
    fn ranges_and_lists_are_written_as_they_are_meant() {
        assert_eq!(levels("gain=0.01..100:log:5"), ["0.01", "0.1", "1", "10", "100"]);
        assert_eq!(levels("gain=0.01..100:5"), levels("gain=0.01..100:log:5"));
        assert_eq!(levels("noise=0..1:5"), ["0", "0.25", "0.5", "0.75", "1"]);
        assert_eq!(levels("lr=0.001..1:linear:2"), ["0.001", "1"]);
        // Whole numbers come but once.
        assert_eq!(levels("depth=1..4:log:9"), ["1", "2", "3", "4"]);
        assert_eq!(levels("init=he, he:2,orthogonal/he"), ["he", "he:2", "orthogonal/he"]);
        assert_eq!("lr=0.1..1".parse::<Axis>().unwrap().levels(), None);
        assert_eq!("lr=0.1..1:3".parse::<Axis>().unwrap().to_string(), "lr=0.1..1:3");
    }

    #[test]
    fn names_are_those_of_this_program_and_the_same_one_comes_once() {
        let axis: Axis = "init=he_normal, Xavier,nn.init.kaiming_uniform_:2 ,ones".parse().unwrap();
        assert_eq!(axis.to_string(), "init=he-truncated,glorot,he-uniform:2,constant:1");
        assert_eq!(axis.levels().unwrap()[1], Level::Name("glorot".to_owned()));
        assert_eq!("activation=ReLU,swish/Tanh".parse::<Axis>().unwrap().to_string(), "activation=relu,silu/tanh");
        assert_eq!(levels("optimizer=Adam,torch.optim.SGD"), ["adam", "sgd"]);
        for twice in ["init=he,kaiming", "init=normal:0.1,Normal:.10", "activation=swish,silu", "optimizer=Adam,adam"] {
            let error = twice.parse::<Axis>().unwrap_err().to_string();
            assert!(error.contains("stands there twice, in whatever words"), "{error}");
        }
    }

    #[test]
    fn values_are_short_enough_to_be_typed_and_far_enough_apart() {
        let coarse = levels("lr=0.001..1:64");
        assert!(coarse.iter().all(|x| x.len() <= 10), "{coarse:?}");
        let fine = levels("lr=0.5000000001..0.5000000002:linear:1000");
        assert!(fine.windows(2).all(|pair| pair[0] != pair[1]));
        // Two numbers that are next to one another have none between them.
        assert_eq!(levels("lr=1..1.0000000000000002:5").len(), 2);
    }

    #[test]
    fn whole_numbers_of_a_random_design_are_equally_likely() {
        for (text, ends) in [("depth=1..4:linear", [1.0, 4.0]), ("samples=0..3", [0.0, 3.0])] {
            let axis: Axis = text.parse().unwrap();
            let numbers: Vec<f64> = (0..100).map(|i| axis.over.at((f64::from(i) + 0.5) / 100.0).number()).collect();
            for k in 0..4 {
                let wanted = ends[0] + f64::from(k);
                assert_eq!(numbers.iter().filter(|x| **x == wanted).count(), 25, "{text}: {wanted}");
            }
            assert!(numbers.iter().all(|x| x.is_sign_positive() && (ends[0]..=ends[1]).contains(x)));
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (text, says) in [
            ("gian=1,2", "did you mean \"gain\"?"),
            ("gain", "as in lr=0.001..1"),
            ("gain=", "not a number"),
            ("gain=1..x:3", "\"x\" is not a number"),
            ("gain=2..1:3", "from a smaller number"),
            ("gain=0..1:log:3", "above 0"),
            ("gain=1..2:lgo:3", "neither log"),
            ("gain=1..2:0", "at least 1"),
            ("gain=1,1", "twice"),
            ("gain=inf", "finite"),
            ("depth=1.5", "whole"),
            ("seed=-1,2", "whole"),
            ("init=hee", "did you mean \"he\"?"),
            ("activation=rleu", "did you mean \"relu\"?"),
        ] {
            let message = text.parse::<Axis>().unwrap_err().to_string();
            assert!(message.contains(says), "{text}: {message}");
        }
    }

    #[test]
    fn values_change_the_task_they_are_applied_to() {
        let changed = |text: &str| {
            let axis: Axis = text.parse().unwrap();
            let mut spec = TaskSpec::default();
            axis.quantity.apply(&axis.levels().unwrap()[0], &mut spec).unwrap();
            spec
        };
        assert_eq!(changed("gain=0.5").init.init.to_string(), "he:0.5");
        assert_eq!(changed("scale=0.5").init.init.to_string(), "normal:0.5");
        assert_eq!(changed("scale=0").init.init.to_string(), "zeros");
        assert_eq!(changed("bias-scale=2").init.bias.to_string(), "normal:2");
        assert_eq!(changed("depth=3").network.layers.to_string(), "_,10,10,10,_");
        assert_eq!(changed("depth=0").network.layers.to_string(), "_,_");
        assert_eq!(changed("width=7").network.layers.to_string(), "_,7,7,_");
        assert_eq!(changed("samples=50").data.samples, Some([50, 100]));
        assert_eq!(changed("steps=9").training.steps, Some(9));
        assert_eq!(changed("seed=9").init.seed, 9);
        assert_eq!(changed("optimizer=adam").training.optimizer, OptimizerName::Adam);
    }
}
