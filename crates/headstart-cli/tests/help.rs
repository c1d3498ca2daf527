//! Names and flags as people know them from elsewhere, and help that shows what there is.

mod common;

use common::{headstart, headstart_with, json};
use std::path::Path;

/// Case N1: what frameworks call things is taken, and where they mean different things a note says which was.
#[test]
fn names_of_frameworks_are_taken_and_told() {
    let tiny = "--data circles --samples 20,4 --layers 2,3,1 --steps 2";
    for (given, printed, noted) in [
        ("he_normal", "he-truncated", true),
        ("HeNormal", "he-truncated", true),
        ("kaiming_uniform", "he-uniform", true),
        ("glorot_uniform", "glorot-uniform", false),
        ("xavier_normal", "glorot", true),
        ("random_normal", "normal:0.05", true),
        ("Xavier", "glorot", false),
        ("randn*0.01", "normal:0.01", false),
        ("0.01*np.random.randn", "normal:0.01", false),
        ("ones", "constant:1", false),
        ("he", "he", false),
    ] {
        let said = json(&format!("train {tiny} --init {given}"));
        assert_eq!(said["runs"][0]["init"], printed, "{given}");
        let notes = said["task"]["notes"].as_array().unwrap();
        let is_told = notes.iter().any(|note| note.as_str().unwrap().starts_with(&format!("{given}: ")));
        assert_eq!(is_told, noted, "{given}: {notes:?}");
    }
    for (flags, section, key, printed) in [
        ("--activation ReLU", "network", "activation", "relu"),
        ("--activation logistic", "network", "activation", "sigmoid"),
        ("--activation swish", "network", "activation", "silu"),
        ("--activation linear", "network", "activation", "identity"),
        ("--activation Hard_Sigmoid", "network", "activation", "hard-sigmoid"),
        ("--output logistic", "network", "output", "sigmoid"),
        ("--loss binary_crossentropy", "network", "loss", "bce"),
        ("--loss MSELoss", "network", "loss", "mse"),
        ("--loss SmoothL1Loss", "network", "loss", "huber:1"),
        ("--optimizer Adam", "training", "optimizer", "adam"),
        ("--optimizer SGD", "training", "optimizer", "sgd"),
        ("--lr-schedule CosineAnnealingLR", "training", "lr_schedule", "cosine"),
    ] {
        assert_eq!(json(&format!("train {tiny} {flags}"))["task"][section][key], printed, "{flags}");
    }
    // What courses mean by it is said of the scheme, whatever it was called.
    let said = headstart(&format!("train {tiny} --init Xavier"));
    assert!(said.out.contains("deep-learning"), "{}", said.out);
    let said = headstart(&format!("train {tiny} --init he_normal"));
    assert!(said.out.contains("note: he_normal: he-truncated"), "{}", said.out);
    let said = headstart("theory --activation GELU --init kaiming_normal_");
    assert_eq!(said.code, 0);
    assert!(said.err.contains("note: GELU: by erf") && said.err.contains("note: kaiming_normal_: he"), "{}", said.err);
}

#[test]
fn what_there_is_not_is_refused_with_what_is_nearest() {
    for (flags, parts) in [
        ("--optimizer newton", ["curvature", "lbfgs"]),
        ("--optimizer Adafactor", ["not here", "adam"]),
        ("--activation RReLU", ["drawn anew", "leaky-relu:0.229"]),
        ("--loss rmse", ["root of mse", "use mse"]),
        ("--loss log_loss", ["bce of two classes", "leave --loss out"]),
        ("--init dirac_", ["convolution", "identity"]),
        ("--lr-schedule StepLR", ["how often", "step:1000:0.5"]),
        ("--lr-schedule MultiStepLR", ["not here", "every so many steps"]),
        ("--init kaimingunifrom", ["did you mean", "kaiming_uniform_"]),
        ("--l2 0.1", ["--l2", "Keras' l2(x) D is 2x"]),
        ("--clipnorm 1", ["each layer by itself", "--clip"]),
        ("--max_iter 5", ["--max-iter", "--epochs"]),
        ("--batch-norm", ["--batch-norm", "dense"]),
        ("--init variance-scaling:2,fan-bla,normal", ["fan-bla", "fan-in, fan-out or fan-avg"]),
        ("--warmup -1", ["-1", "--warmup"]),
        ("--weight-decay -1", ["from 0 on", "0.0001"]),
        ("--dropout 1", ["no unit would be left", "0.2"]),
        ("--clip 0", ["nothing would move", "positive"]),
        ("--warmup 20000", ["15000 steps", "shorter"]),
        ("--early-stopping 5", ["not trained on", "--validation-share"]),
        ("--early-stopping 2 --validation-share 0.2 --steps 50 --validation-every 50", ["50 steps", "more often"]),
        ("--optimizer lbfgs --batch 10", ["same samples", "leave out"]),
        ("--step 3", ["--step", "--steps"]),
        ("--hidden 3 --layers 2,3,1", ["--hidden", "--layers"]),
        ("--hidden _,3", ["_,3", "hidden layers"]),
    ] {
        let said = headstart(&format!("train --data circles {flags}"));
        assert_eq!(said.code, 2, "{flags}: {}", said.out);
        for part in parts {
            assert!(said.err.contains(part), "{flags}: {part} is not in {}", said.err);
        }
    }
}

#[test]
fn flags_have_the_names_that_people_know() {
    let config = |flags: &str| {
        let said = headstart(&format!("train --data circles {flags} --print-config"));
        assert_eq!(said.code, 0, "{flags}: {}", said.err);
        said.out
    };
    for (given, flags) in [
        ("--learning-rate 0.1", "--lr 0.1"),
        ("--learning_rate=0.1", "--lr 0.1"),
        ("--epoch 5", "--epochs 5"),
        ("--nb-epoch 5", "--epochs 5"),
        ("--n-iter 5", "--steps 5"),
        ("--batch-size 8", "--batch 8"),
        ("--hidden 64,32", "--layers _,64,32,_"),
        ("--hidden-layer-sizes (64,32)", "--layers _,64,32,_"),
        ("--random_state 4", "--seed 4"),
        ("--layers 2,10x3,1", "--layers 2,10,10,10,1"),
        ("--kernel-initializer he_normal", "--init he-truncated"),
        ("--solver Adam", "--optimizer adam"),
    ] {
        assert_eq!(config(given), config(flags), "{given}");
    }
    assert_eq!(config("--layers 2,100x50,1").matches("100").count(), 50);
    // What is printed reads back as the same.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("task.toml");
    let printed =
        config("--hidden 4x2 --init he_normal,randn*0.1 --activation Swish/ReLU --bias Zeros --optimizer Adam");
    std::fs::write(&path, &printed).unwrap();
    assert_eq!(headstart(&format!("train --config {} --print-config", path.display())).out, printed);
    std::fs::write(&path, "[data]\ndata = \"circles\"\n[network]\nlayers = [2, \"4x2\", 1]\n").unwrap();
    assert_eq!(headstart(&format!("train --config {} --print-config", path.display())).out, config("--layers 2,4,4,1"));
}

#[test]
fn nothing_asked_for_is_told_where_to_begin() {
    let said = headstart_with(&[]);
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    assert!(said.err.contains("headstart advise --data circles") && said.err.lines().count() < 15, "{}", said.err);
    let said = headstart("completions bash");
    assert_eq!(said.code, 0);
    assert!(said.out.contains("_headstart") && said.out.contains("--lr-schedule"));
}

/// The flags that the help of a command shows, each with whether it takes a value.
fn shown(command: &str) -> Vec<(String, bool)> {
    let said = headstart(&format!("{command} --help"));
    assert_eq!(said.code, 0, "{command}: {}", said.err);
    let flag = |line: &str| {
        let flag = line.trim_start().trim_start_matches("-h, ").strip_prefix("--")?.to_owned();
        let (name, value) = flag.split_once(' ').map_or((flag.as_str(), ""), |(name, value)| (name, value));
        (line.starts_with("      --") || line.starts_with("  -h, --"))
            .then(|| (name.to_owned(), value.starts_with('<')))
    };
    said.out.lines().filter_map(flag).collect()
}

/// What a flag is tried with, and what has to stand beside it.
fn tried(flag: &str, folder: &Path) -> String {
    let file = |name: &str| folder.join(format!("{}-{name}", std::process::id())).display().to_string();
    match flag {
        "config" => folder.join("task.toml").display().to_string(),
        "data" | "test-data" => folder.join("data.csv").display().to_string(),
        "label" => "y".to_owned(),
        "features" => "a,b".to_owned(),
        "drop" => "a --layers _,3,1".to_owned(),
        "missing" => "fill".to_owned(),
        "scale-targets" => "none".to_owned(),
        "classes" | "class-sep" => "2 --data classification --layers 20,3,1".to_owned(),
        "set-features" => "2 --data regression --layers 2,3,1".to_owned(),
        "informative" => "2 --data regression --layers 100,3,1".to_owned(),
        "class-weights" => "balanced".to_owned(),
        "output-bias" => "prior".to_owned(),
        "samples" => "20,4".to_owned(),
        "shape" => "1,2".to_owned(),
        "data-seeds" => "3,4".to_owned(),
        "centers" => "2 --data blobs".to_owned(),
        "preprocess" => "standardize".to_owned(),
        "task" => "binary".to_owned(),
        "test-share" | "lr" | "noise" | "bias" | "bias-variance" | "weight-decay" | "dropout" | "label-smoothing"
        | "clip" | "clip-value" => "0.1".to_owned(),
        "width" | "height" => format!("1200 --png {}", file("png")),
        "dpi" => format!("96 --png {}", file("png")),
        "layers" => "2,3,1".to_owned(),
        "hidden" => "3".to_owned(),
        "network" => "3|[relu|3]|relu|_".to_owned(),
        "block" => "residual".to_owned(),
        "norm" => "batch".to_owned(),
        "branch-layers" => "2 --block residual".to_owned(),
        "branch-scale" => "1/sqrt(L) --layers 2,3,3,1 --block residual".to_owned(),
        "parametrization" => "mup".to_owned(),
        "widths" => "4,8 --coord-check".to_owned(),
        "coord-steps" => "1 --coord-check".to_owned(),
        "activation" => "tanh".to_owned(),
        "output" => "sigmoid".to_owned(),
        "loss" => "bce".to_owned(),
        "init" => "lecun".to_owned(),
        "rng" => "numpy".to_owned(),
        "optimizer" => "sgd".to_owned(),
        "lr-factors" => "1,1".to_owned(),
        "lr-schedule" => "cosine".to_owned(),
        "momentum" => "0.9 --optimizer sgd".to_owned(),
        "nesterov" => "--momentum 0.9 --optimizer sgd".to_owned(),
        "beta1" | "beta2" => "0.9 --optimizer adam".to_owned(),
        "epsilon" => "0.01 --optimizer adam".to_owned(),
        "decay" => "0.9 --optimizer rmsprop".to_owned(),
        "initial-accumulator" => "0.1 --optimizer adagrad".to_owned(),
        "history" => "3 --optimizer lbfgs".to_owned(),
        "decoupled-decay" | "decay-biases" => "--weight-decay 0.1".to_owned(),
        "early-stopping" => "2 --validation-share 0.3".to_owned(),
        "validation-share" => "0.3 --early-stopping 2".to_owned(),
        "validation-every" => "1 --validation-share 0.3 --early-stopping 2".to_owned(),
        "precision" | "dtype" => "f32".to_owned(),
        "device" => "auto".to_owned(),
        "target" => "0.9".to_owned(),
        "format" => "json".to_owned(),
        "budget" => "200steps".to_owned(),
        "naming" => "keras".to_owned(),
        "csv" | "parquet" | "png" | "html" | "save" => file(flag),
        "value" => "loss".to_owned(),
        "refine" => "0.5".to_owned(),
        "design" => "random --points 2".to_owned(),
        "points" => "2 --design random".to_owned(),
        "shard" => "1/2".to_owned(),
        "depth" => "5".to_owned(),
        _ => "1".to_owned(),
    }
}

/// Flags whose meaning needs a table from a file.
const OF_TABLE: [&str; 9] =
    ["test-data", "label", "features", "drop", "missing", "drop-missing", "strict", "test-share", "split-seed"];

/// No flag is shown that the command refuses. Flags whose meaning needs a file of a certain kind are left to the tests of data.
#[test]
fn every_flag_that_is_shown_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let rows: Vec<String> = (0..24).map(|i| format!("{},{},{}", i % 5, i % 7, i % 2)).collect();
    std::fs::write(folder.join("data.csv"), format!("a,b,y\n{}\n", rows.join("\n"))).unwrap();
    std::fs::write(folder.join("task.toml"), "[data]\ndata = \"circles\"\nsamples = [20, 4]\n").unwrap();
    let of_files = ["labels", "test-labels", "x-key", "y-key", "transpose"];
    let mut tries = 0;
    for (command, more) in [
        ("train", ""),
        ("compare", ""),
        ("probe", ""),
        ("explain", ""),
        ("advise", "--budget 200steps"),
        ("init", "--out OUT"),
        ("sweep", "--axis gain=1,2 --out OUT"),
        ("map", "--x gain=1,2 --y batch=5,10"),
    ] {
        let flags = shown(command);
        assert!(flags.len() > 20, "{command}: {flags:?}");
        for (i, (flag, takes)) in flags.iter().enumerate() {
            if ["help", "out", "axis", "x", "y", "print-config"].contains(&flag.as_str())
                || of_files.contains(&flag.as_str())
                // It takes all samples, and the map varies how many.
                || (command, flag.as_str()) == ("map", "history")
            {
                continue;
            }
            let value = tried(flag, folder);
            let value = if *takes || value.starts_with("--") { value } else { String::new() };
            let given = format!("--{flag} {value} {more}");
            let has = |name: &str| given.contains(&format!("--{name} "));
            let out = folder.join(format!("{command}-{i}")).display().to_string();
            let mut line = format!("{command} --{flag} {value} {}", more.replace("OUT", &out));
            if flag == "budget" {
                line = format!(
                    "{command} --{flag} {value} {}",
                    more.replace("--budget 200steps", "").replace("OUT", &out)
                );
            }
            // What is said of columns, or of one set only, needs that data.
            let of_table = OF_TABLE.contains(&flag.as_str());
            let is_file = value.contains("data.csv");
            for (name, usual) in [("data", "circles"), ("samples", "20,4"), ("layers", "2,3,1"), ("steps", "2")] {
                let is_said = match name {
                    "data" => has("data") || of_table,
                    "samples" => is_file || of_table,
                    "layers" => has("hidden") || has("network"),
                    _ => has("epochs"),
                };
                if !is_said && !has(name) {
                    line.extend([" --", name, " ", usual]);
                }
            }
            if of_table {
                line.extend([" --data ", &folder.join("data.csv").display().to_string()]);
            }
            // Frameworks have no names for the layers of blocks.
            if command == "init" && ["network", "norm", "branch-layers", "branch-scale"].contains(&flag.as_str()) {
                line.push_str(" --naming plain");
            }
            let said = headstart(&line);
            assert_eq!(said.code, 0, "{line}: {}", said.err);
            tries += 1;
        }
    }
    assert!(tries > 250, "{tries}");
    for (flag, takes) in shown("theory") {
        let value = match flag.as_str() {
            // Of layers, and not of a picture.
            "width" => "8".to_owned(),
            "branch-layers" => "2 --block residual --depth 5".to_owned(),
            "branch-scale" => "1/sqrt(L) --block residual".to_owned(),
            flag if takes => tried(flag, folder),
            _ => String::new(),
        };
        let said = headstart(&format!("theory --{flag} {value}"));
        assert_eq!(said.code, 0, "theory --{flag} {value}: {}", said.err);
    }
}
