//! Flags by the names that others have for them, and what is said of those that there are not.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, Error};
use headstart::engine::names::nearest;
use headstart::map::MapSpec;
use std::ffi::OsString;

/// Long flags, and what else they may be called.
const SYNONYMS: &[(&str, &[&str])] = &[
    ("data", &["dataset", "train-data", "train-file", "input", "file"]),
    ("test-data", &["test-file", "test", "validation-data", "val-data"]),
    ("label", &["label-column", "target-column", "class-column", "y-column"]),
    ("test-share", &["test-size", "test-fraction", "holdout"]),
    ("validation-share", &["validation-split", "validation-fraction", "val-split"]),
    ("shape", &["input-shape", "image-shape", "sample-shape"]),
    ("preprocess", &["preprocessing", "normalize", "scaling", "scaler"]),
    ("layers", &["layer-sizes", "layer-dims", "layers-dims", "widths", "architecture", "sizes"]),
    ("hidden", &["hidden-layers", "hidden-layer-sizes", "hidden-sizes", "hidden-units", "hidden-dims"]),
    ("network", &["net", "blocks", "pieces"]),
    ("block", &["block-type", "residual-block"]),
    ("norm", &["normalization", "normalisation", "norm-layer", "norm-type"]),
    ("parametrization", &["parameterization", "parametrisation", "parameterisation"]),
    ("branch-scale", &["residual-scale", "skip-scale"]),
    ("activation", &["activations", "activation-function", "activation-fn", "act", "nonlinearity"]),
    ("output", &["output-activation", "final-activation", "last-activation"]),
    ("loss", &["loss-function", "loss-fn", "criterion", "objective", "cost"]),
    (
        "init",
        &[
            "inits",
            "initialization",
            "initializer",
            "initialisation",
            "kernel-initializer",
            "kernel-init",
            "weight-init",
            "weights-init",
            "scheme",
            "schemes",
        ],
    ),
    ("bias", &["biases", "bias-initializer", "bias-init"]),
    ("seed", &["random-state", "random-seed", "rng-seed"]),
    ("seeds", &["n-seeds", "num-seeds", "runs", "n-runs", "repeats", "repetitions", "trials"]),
    ("optimizer", &["optimiser", "optim", "opt", "solver"]),
    ("lr", &["learning-rate", "learningrate", "learning-rate-init", "lrate", "eta", "step-size", "stepsize"]),
    ("lr-schedule", &["scheduler", "schedule", "lr-scheduler", "learning-rate-schedule"]),
    ("batch", &["batch-size", "batchsize", "bs", "minibatch", "mini-batch", "minibatch-size", "mini-batch-size"]),
    ("epochs", &["epoch", "nb-epoch", "nb-epochs", "n-epoch", "n-epochs", "num-epochs", "max-epochs"]),
    (
        "steps",
        &["n-steps", "num-steps", "max-steps", "iterations", "iters", "n-iter", "n-iters", "num-iterations", "updates"],
    ),
    ("beta1", &["beta-1", "b1"]),
    ("beta2", &["beta-2", "b2"]),
    ("decay", &["rho"]),
    ("warmup", &["warmup-steps", "warm-up"]),
    ("weight-decay", &["wd"]),
    ("dropout", &["dropout-rate", "drop-rate"]),
    ("clip", &["clip-norm", "global-clipnorm", "max-grad-norm", "gradient-clip", "grad-clip"]),
    ("clip-value", &["clipvalue"]),
    ("early-stopping", &["patience", "n-iter-no-change"]),
    ("history", &["history-size", "memory-size"]),
    ("epsilon", &["eps"]),
    ("threads", &["n-jobs", "jobs", "num-threads", "n-threads", "workers", "num-workers"]),
    ("precision", &["float-type"]),
    ("nesterov", &["nesterovs-momentum"]),
];

/// Flags that there are not under any name, and what to do instead.
const MISSING: &[(&[&str], &str)] = &[
    (
        &["l2", "l1", "alpha", "reg", "lambda", "regularization", "kernel-regularizer"],
        "--weight-decay D adds D/2 times the squares to the mean loss: for Keras' l2(x) D is 2x, for scikit-learn's alpha it is \
         alpha / n, for a course's lambda / (2m) it is lambda / m; there is no L1",
    ),
    (
        &["clipnorm"],
        "Keras' clipnorm is of each layer by itself; --clip is of all parameters together, as global_clipnorm",
    ),
    (&["batch-norm", "batchnorm", "layer-norm"], "layers are dense ones and nothing else"),
    (&["keep-prob"], "--dropout says how many units are left out: 1 minus what is kept"),
    (&["tol"], "--early-stopping N ends a run; compare, advise and sweep end with --budget, too"),
    (&["max-iter"], "for scikit-learn's adam and sgd that is --epochs; --steps counts updates"),
    (&["scale", "std", "sd", "sigma", "stddev"], "the size of the weights stands with the scheme: --init normal:0.01"),
    (&["gain"], "the gain stands behind the scheme: --init he:0.5"),
    (
        &["depth", "n-layers", "num-layers", "n-hidden"],
        "--layers says both: _,100x50,_ is fifty layers of 100; map and sweep vary them, as in --axis depth=1..8:8",
    ),
    (
        &["lr-decay", "decay-rate", "decay-steps"],
        "--lr-schedule says how the learning rate falls, as in step:1000:0.5 or exponential:0.999",
    ),
    (&["weights", "load", "checkpoint", "pretrained"], "--init file:NAME starts from the weights in a file"),
    (&["verbose", "quiet", "progress"], "progress is shown where standard error is a terminal, and nowhere else"),
    (
        &["device", "gpu", "cuda"],
        "compare, map, sweep, replicate and advise train on a GPU by --device gpu; all else is done by the processor, and \
         --threads says how many of its cores",
    ),
    (&["shuffle"], "minibatches are always drawn in a new order for each epoch"),
    (&["metric", "metrics", "scoring"], "all figures are shown; --target is the accuracy that counts as a success"),
    (&["json"], "--format json"),
    (&["plot", "figure"], "--png FILE, or --html FILE"),
];

/// The arguments, their flags with `-` between small letters, as this program has them: `--Learning_Rate` is
/// `--learning-rate`.
pub fn spelled(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut are_flags = true;
    let spell = |argument: OsString| {
        are_flags &= argument != "--";
        let text = argument.to_str().filter(|text| are_flags && text.starts_with("--"));
        let Some(text) = text else { return argument };
        let (flag, value) = text.split_once('=').map_or((text, None), |(flag, value)| (flag, Some(value)));
        let flag = flag.to_lowercase().replace('_', "-");
        value.map_or_else(|| flag.clone(), |value| format!("{flag}={value}")).into()
    };
    arguments.into_iter().map(spell).collect()
}

/// A command that takes synonyms of its flags, and so its subcommands.
pub fn taken(command: Command) -> Command {
    let longs: Vec<String> = command.get_arguments().filter_map(|arg| Some(arg.get_long()?.to_owned())).collect();
    let command = command.mut_args(|arg| {
        let more = SYNONYMS.iter().find(|(flag, _)| arg.get_long() == Some(flag)).map_or(&[][..], |(_, more)| more);
        let arg = arg.aliases(more.iter().copied().filter(|more| longs.iter().all(|long| long != more)));
        // A number below 0 is a value like others, and is told to be one by what it is a value of.
        let takes_value = arg.get_long().is_some() && arg.get_action().takes_values();
        if takes_value { arg.allow_negative_numbers(true) } else { arg }
    });
    command.mut_subcommands(taken)
}

/// An error about arguments that says what there is in the place of a flag that there is not.
pub fn explained(mut error: Error) -> Error {
    if error.kind() != ErrorKind::UnknownArgument {
        return error;
    }
    let Some(ContextValue::String(given)) = error.get(ContextKind::InvalidArg) else { return error };
    let name = given.trim_start_matches('-').split('=').next().unwrap_or_default();
    let Some((_, instead)) = MISSING.iter().find(|(names, _)| names.contains(&name)) else { return error };
    // What is spelled alike is not meant.
    error.remove(ContextKind::SuggestedArg);
    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![(*instead).into()]));
    error
}

/// The sections of a configuration file.
const SECTIONS: &[&str] = &["data", "network", "init", "training", "study", "map"];

/// What there is in the place of a key that a configuration file has and this program has not, by what is wrong with the file.
pub fn of_key(error: &str) -> Option<String> {
    let mut quoted = error.split_once("unknown field ")?.1.split('`').skip(1).step_by(2);
    let given = quoted.next()?;
    let known: Vec<&str> = quoted.collect();
    let name = given.trim().to_lowercase().replace('_', "-");
    let name = name.trim_matches('-');
    let is_alias = |names: &[&str]| names.contains(&name);
    let flag = SYNONYMS.iter().find(|(_, names)| is_alias(names)).map_or(name, |(flag, _)| flag);
    if flag == "hidden" {
        return Some(
            "the widths of all layers are one key, layers = [\"_\", 64, 32, \"_\"], with _ for what the data say"
                .to_owned(),
        );
    }
    if let Some((_, instead)) = MISSING.iter().find(|(names, _)| is_alias(names)) {
        return Some((*instead).to_owned());
    }
    if let Some(known) = known.iter().find(|known| **known == flag) {
        return Some(format!("did you mean {known}?"));
    }
    if let Some(section) = SECTIONS.iter().find(|section| has_key(section, flag)) {
        return Some(format!("did you mean {flag} of the section [{section}]?"));
    }
    nearest(name, &known).map(|near| format!("did you mean {near}?"))
}

/// Whether a section has a key, whatever its values are.
fn has_key(section: &str, key: &str) -> bool {
    let is_plain = key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') && !key.is_empty();
    let read = || MapSpec::from_toml(&format!("[{section}]\n{key} = {{}}\n"));
    is_plain && !read().is_err_and(|error| error.to_string().contains("unknown field"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::definition;

    fn read(line: &str) -> Result<clap::ArgMatches, Error> {
        let given = spelled(line.split_whitespace().map(OsString::from));
        definition(&given).try_get_matches_from(&given).map_err(explained)
    }

    #[test]
    fn every_synonym_is_its_flag() {
        let train = definition(&[]).find_subcommand("train").unwrap().clone();
        for (flag, more) in SYNONYMS {
            assert!(train.get_arguments().any(|arg| arg.get_long() == Some(flag)), "{flag}");
            let value = if *flag == "nesterov" { "" } else { known(flag) };
            for name in *more {
                let of = |name: &str| read(&format!("headstart train --data circles --{name} {value}"));
                // Its own flag may be given once only.
                if *flag == "data" {
                    assert!(read(&format!("headstart train --{name} circles")).is_ok(), "{name}");
                    continue;
                }
                let (given, plain) = (of(name).unwrap_or_else(|error| panic!("{name}: {error}")), of(flag).unwrap());
                assert_eq!(format!("{given:?}"), format!("{plain:?}"), "{name}");
            }
        }
    }

    /// A value of a flag.
    fn known(flag: &str) -> &'static str {
        match flag {
            "layers" => "2,3,1",
            "hidden" => "3",
            "network" => "3|relu|1",
            "block" => "residual",
            "norm" => "layer",
            "parametrization" => "mup",
            "activation" => "tanh",
            "output" => "sigmoid",
            "loss" => "bce",
            "init" | "bias" => "he",
            "optimizer" => "adam",
            "lr-schedule" => "cosine",
            "preprocess" => "none",
            "precision" => "f32",
            "test-share" | "validation-share" | "lr" | "beta1" | "beta2" | "decay" | "epsilon" | "dropout" => "0.1",
            _ => "1",
        }
    }

    #[test]
    fn what_there_is_not_is_said() {
        for (names, instead) in MISSING {
            for name in *names {
                let error = read(&format!("headstart train --data circles --{name} 1")).unwrap_err().to_string();
                assert!(error.contains(instead) && error.matches("tip:").count() == 1, "{name}: {error}");
                assert!(read(&format!("headstart train --data circles --{}=1", name.to_uppercase())).is_err());
            }
        }
        // It is the picture's; who means the layers' is told where that is said.
        let error = read("headstart train --data circles --width 64").unwrap_err().to_string();
        assert!(error.contains("--layers"), "{error}");
        let error = read("headstart train --data circles --lear 1").unwrap_err().to_string();
        assert!(error.contains("--lear") && !error.contains("L2"), "{error}");
    }

    #[test]
    fn keys_have_the_synonyms_of_flags() {
        let tip = |section: &str, key: &str| {
            let error = MapSpec::from_toml(&format!("[{section}]\n{key} = 1\n")).unwrap_err().to_string();
            of_key(&error).unwrap_or_else(|| panic!("{error}"))
        };
        for (section, key, says) in [
            ("training", "learning_rate", "did you mean lr?"),
            ("training", "Learning-Rate", "did you mean lr?"),
            ("training", "epochs_", "did you mean epochs?"),
            ("training", "batch_size", "did you mean batch?"),
            ("training", "momentun", "did you mean momentum?"),
            ("training", "weight_decay", "did you mean weight-decay?"),
            ("training", "l2", "Keras' l2(x) D is 2x"),
            ("network", "hidden", "layers = [\"_\", 64"),
            ("network", "hidden_layer_sizes", "layers = [\"_\", 64"),
            ("network", "learning_rate", "did you mean lr of the section [training]?"),
            ("data", "dataset", "did you mean data?"),
            ("init", "bais", "did you mean bias?"),
        ] {
            assert!(tip(section, key).contains(says), "{section} {key}: {}", tip(section, key));
        }
        let top = MapSpec::from_toml("lr = 1\n").unwrap_err().to_string();
        assert_eq!(of_key(&top).unwrap(), "did you mean lr of the section [training]?");
        let section = MapSpec::from_toml("[netwrok]\n").unwrap_err().to_string();
        assert_eq!(of_key(&section).unwrap(), "did you mean network?");
        assert_eq!(of_key("unknown field `quux`, expected one of `lr`, `batch`"), None);
        assert_eq!(of_key("unknown field `"), None);
    }

    #[test]
    fn flags_are_spelled_in_any_way_and_values_are_left_alone() {
        let of = |line: &str| {
            let spelled = spelled(line.split(' ').map(OsString::from));
            spelled.into_iter().map(|word| word.into_string().unwrap()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(of("--Learning_Rate=A_b --data My_File.csv"), "--learning-rate=A_b --data My_File.csv");
        assert_eq!(of("study show -- --My_Store"), "study show -- --My_Store");
        assert!(read("headstart train --data circles --LEARNING_RATE 0.1 --N_Iter 5").is_ok());
    }

    #[test]
    fn hidden_widths_and_all_widths_are_not_both_given() {
        let error = read("headstart train --data circles --hidden 3 --layers 2,3,1").unwrap_err().to_string();
        assert!(error.contains("--hidden") && error.contains("--layers"), "{error}");
    }
}
