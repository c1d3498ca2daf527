//! The flags that a page may use, and what of them is too much for it.

use crate::lab::{Commands, Lab};
use crate::messages::Flags;
use headstart::data::DataSpec;
use headstart::data::builtin::BuiltIn;
use headstart::error::Error;
use headstart::flags;
use headstart::map::MapSpec;
use headstart::spec::{Inits, TaskSpec};
use headstart::study::{Level, Quantity};
use headstart::words::{count, foreign};

/// Starts that race together.
pub const MOST_STARTS: usize = 6;

/// Weights of a network; built-in samples; seeds; cells of a map.
const MOST_WEIGHTS: u64 = 2_000_000;
const MOST_SAMPLES: usize = 200_000;
const MOST_SEEDS: usize = 10_000;
const MOST_CELLS: usize = 1 << 16;

/// The flags of a task, in the order in which they are shown. None of them names a file.
const TASK: [&str; 36] = [
    "data",
    "samples",
    "noise",
    "data-seeds",
    "centers",
    "classes",
    "class-sep",
    "set-features",
    "informative",
    "preprocess",
    "layers",
    "activation",
    "output",
    "loss",
    "init",
    "bias",
    "output-bias",
    "seed",
    "seeds",
    "rng",
    "optimizer",
    "lr",
    "lr-schedule",
    "warmup",
    "momentum",
    "nesterov",
    "weight-decay",
    "dropout",
    "clip",
    "label-smoothing",
    "batch",
    "steps",
    "epochs",
    "target",
    "precision",
    "beta1",
];

/// Those without a value.
const SWITCHES: [&str; 4] = ["nesterov", "transpose", "drop-missing", "strict"];

/// Those that only some commands have.
const MAP: [&str; 3] = ["x", "y", "value"];
const ADVISE: [&str; 1] = ["budget"];

/// Whether a page may use this flag of a task.
pub fn is_of_task(flag: &str) -> bool {
    TASK.contains(&flag)
}

/// A command that is asked for: words that are checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The words behind the program's name.
    pub words: Vec<String>,
}

impl Line {
    /// The line for a shell.
    pub fn command(&self) -> String {
        flags::shell(std::iter::once("headstart").chain(self.words.iter().map(String::as_str)))
    }
}

/// The words of a command with these flags.
///
/// # Errors
/// If a flag is none that a page may use, or its data is none that it may see.
pub fn line(lab: &Lab, command: &str, flags: &Flags) -> Result<Line, Error> {
    let refused = |text: String| Err(Error::Usage(text));
    let more: &[&str] = match command {
        "train" | "compare" | "explain" => &[],
        "map" => &MAP,
        "advise" => &ADVISE,
        _ => return refused(format!("the lab has no command \"{}\"", foreign(command))),
    };
    // What a race starts from is no flag of advise.
    let is_left_out = |flag: &str| command == "advise" && ["init", "seeds", "bias", "output-bias"].contains(&flag);
    let known: Vec<&str> = more.iter().chain(&TASK).copied().collect();
    if let Some(flag) = flags.keys().find(|flag| !known.contains(&flag.as_str())) {
        // A map's axes stay in a page's state when it goes on to something else.
        let is_of_another = MAP.iter().chain(&ADVISE).any(|other| other == flag);
        if !is_of_another {
            return refused(format!("--{}: the lab's page has no such flag", foreign(flag)));
        }
    }
    let mut words = vec![command.to_owned()];
    let mut add = |flag: &str, value: &str| match value {
        "" if SWITCHES.contains(&flag) => words.push(format!("--{flag}")),
        // What was left empty is as if it were not there.
        "" => {}
        // Else it would be taken for a flag.
        value if value.starts_with('-') => words.push(format!("--{flag}={value}")),
        value => words.extend([format!("--{flag}"), value.to_owned()]),
    };
    for flag in known.iter().filter(|flag| !is_left_out(flag)) {
        let Some(value) = flags.get(*flag) else { continue };
        if ["x", "y"].contains(flag) {
            check_axis(value)?;
        }
        if *flag != "data" {
            add(flag, value);
        } else if let Some(given) = lab.data.as_ref().filter(|given| given.data == *value) {
            for (flag, value) in of_data(given) {
                add(&flag, &value);
            }
        } else if BuiltIn::from_name(value).is_some() {
            add(flag, value);
        } else {
            return refused(format!(
                "--data {}: the lab shows built-in sets and what it was started with: headstart lab --data FILE",
                foreign(value)
            ));
        }
    }
    Ok(Line { words })
}

/// That a map's axis is one of numbers: names may be those of files, which are opened while they are read.
fn check_axis(axis: &str) -> Result<(), Error> {
    let is_of_numbers = |name: &str| name.parse::<Quantity>().is_ok_and(|quantity| !quantity.is_named());
    let name = axis.split('=').next().unwrap_or_default().trim();
    if is_of_numbers(name) {
        return Ok(());
    }
    let all: Vec<&str> = Quantity::NAMES.iter().copied().filter(|name| is_of_numbers(name)).collect();
    Err(Error::Usage(format!("\"{}\" is no axis of a map; there are {}", foreign(name), all.join(", "))))
}

/// The flags of data that was given on the command line.
fn of_data(data: &DataSpec) -> Vec<(String, String)> {
    flags::flags(&TaskSpec { data: data.clone(), ..TaskSpec::default() })
}

/// The task of a line.
///
/// # Errors
/// If it makes no sense, reads a file that was not given, or is too large for a page.
pub fn task(commands: &dyn Commands, line: &Line) -> Result<TaskSpec, Error> {
    let mut words = line.words.clone();
    "train".clone_into(&mut words[0]);
    let spec = commands.task(&words)?;
    check(&spec, line)?;
    Ok(spec)
}

/// The map of a line.
///
/// # Errors
/// As [`task`].
pub fn map(commands: &dyn Commands, line: &Line) -> Result<MapSpec, Error> {
    let spec = commands.map(&line.words)?;
    let study = spec.study();
    check(&study.task(), line)?;
    let levels = |i: usize| spec.study.axes.get(i).and_then(|axis| axis.levels()).map_or(1, <[_]>::len);
    if levels(0).saturating_mul(levels(1)) > MOST_CELLS {
        return too_much(&format!("a map of {} x {} cells", count(levels(1) as u64), count(levels(0) as u64)), line);
    }
    let largest = |name: &str| {
        let axis = spec.study.axes.iter().find(|axis| axis.quantity.name() == name)?;
        Some(axis.levels().unwrap_or_default().iter().map(Level::number).fold(0.0, f64::max) as u64)
    };
    let hidden: Vec<u64> =
        spec.network.layers.0.iter().skip(1).rev().skip(1).map(|width| width.map_or(1, |width| width as u64)).collect();
    let width = largest("width").unwrap_or_else(|| hidden.iter().copied().max().unwrap_or(1));
    let depth = largest("depth").unwrap_or(hidden.len() as u64);
    check_weights(depth.saturating_sub(1).saturating_mul(width.saturating_mul(width)).max(depth).max(width), line)?;
    if let Some(samples) = largest("samples").filter(|samples| *samples > MOST_SAMPLES as u64) {
        return too_much(&format!("{} samples", count(samples)), line);
    }
    Ok(spec)
}

/// That nothing is asked for that is too much for a page, or that reads a file.
fn check(spec: &TaskSpec, line: &Line) -> Result<(), Error> {
    let Inits(inits) = &spec.init.init;
    if let Some(init) = inits.iter().find(|init| init.given.is_some()) {
        return Err(Error::Usage(format!("--init {init}: the lab reads no weights from files")));
    }
    let biases =
        format!("{} {}", spec.init.bias, spec.init.output_bias.as_ref().map_or_else(String::new, ToString::to_string));
    if biases.contains("file:") {
        return Err(Error::Usage("--bias: the lab reads no weights from files".to_owned()));
    }
    if inits.len() > MOST_STARTS {
        return too_much(&format!("{} starts", inits.len()), line);
    }
    let widths: Vec<u64> = spec.network.layers.0.iter().map(|width| width.map_or(1, |width| width as u64)).collect();
    let weights = widths.windows(2).fold(0_u64, |sum, pair| sum.saturating_add(pair[0].saturating_mul(pair[1])));
    check_weights(weights, line)?;
    if let Some(samples) =
        spec.data.samples.map(|[train, test]| train.saturating_add(test)).filter(|n| *n > MOST_SAMPLES)
    {
        return too_much(&format!("{} samples", count(samples as u64)), line);
    }
    if spec.data.set_features.is_some_and(|features| features > 10_000) || spec.data.centers.is_some_and(|n| n > 1000) {
        return too_much("data of that many features or centers", line);
    }
    if spec.init.seeds.most() > MOST_SEEDS && spec.init.seeds.count().is_ok() {
        return too_much(&format!("{} seeds", count(spec.init.seeds.most() as u64)), line);
    }
    Ok(())
}

/// That a network is not too large for a page.
///
/// # Errors
/// If it is.
pub fn check_weights(weights: u64, line: &Line) -> Result<(), Error> {
    if weights > MOST_WEIGHTS {
        return too_much(&format!("a network of {} weights", count(weights)), line);
    }
    Ok(())
}

fn too_much<T>(what: &str, line: &Line) -> Result<T, Error> {
    Err(Error::Usage(format!("{what} is too much for a page; on the command line: {}", line.command())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{IpAddr, Ipv4Addr};

    fn lab(data: Option<&str>) -> Lab {
        let of = |data: &str| TaskSpec::from_toml(&format!("[data]\ndata = '{data}'\nlabel = 'kind'")).unwrap().data;
        Lab { data: data.map(of), address: IpAddr::V4(Ipv4Addr::LOCALHOST), port: 0, threads: 1 }
    }

    fn flags(pairs: &[(&str, &str)]) -> Flags {
        pairs.iter().map(|(flag, value)| ((*flag).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn flags_are_the_command_line_that_does_the_same() {
        let asked = flags(&[("init", "he,normal:0.1"), ("data", "moons"), ("lr", "-1"), ("nesterov", "")]);
        assert_eq!(
            line(&lab(None), "train", &asked).unwrap().command(),
            "headstart train --data moons --init he,normal:0.1 --lr=-1 --nesterov"
        );
        assert_eq!(
            line(&lab(None), "advise", &asked).unwrap().command(),
            "headstart advise --data moons --lr=-1 --nesterov"
        );
        let given = line(&lab(Some("my wine.csv")), "train", &flags(&[("data", "my wine.csv")])).unwrap();
        assert_eq!(given.command(), "headstart train --data 'my wine.csv' --label kind");
    }

    #[test]
    fn no_file_is_named_that_was_not_given() {
        for data in ["/etc/passwd", "other.csv", "-", " ", "circles/../x.csv"] {
            assert!(line(&lab(Some("wine.csv")), "train", &flags(&[("data", data)])).is_err(), "{data}");
        }
        for flag in ["config", "out", "png", "test-data", "labels", "save", "Data", "data=x", "--data", ""] {
            assert!(line(&lab(None), "train", &flags(&[(flag, "x")])).is_err(), "{flag}");
        }
        assert!(line(&lab(None), "audit", &Flags::new()).is_err());
        for axis in
            ["init=file:/etc/passwd", " init = file:x", "INIT=file:x", "activation=relu", "-init=file:x", "file:x", ""]
        {
            let asked = flags(&[("data", "circles"), ("x", axis), ("y", "lr=0.1,1")]);
            assert!(line(&lab(None), "map", &asked).is_err(), "{axis}");
        }
        // What is left empty takes no word of its neighbour's.
        let empty = line(&lab(None), "train", &flags(&[("layers", ""), ("init", "he"), ("data", "moons")])).unwrap();
        assert_eq!(empty.command(), "headstart train --data moons --init he");
    }
}
