//! Features and targets of any size, at the command line.

mod common;

use common::{headstart, json};
use std::path::Path;

/// Four features, one of them large, and a wage in dollars that they say something about.
fn wages(folder: &Path) -> String {
    let row = |i: u32| {
        let of = |k: u32| (f64::from(i * k % 97) * 0.7).sin();
        let (a, b, c) = (of(3), of(7), of(11));
        format!("{a:.4},{b:.4},{:.1},{:.2}", 500.0 + 90.0 * c, 60_000.0 + 9_000.0 * (a - b * c) + 800.0 * of(5))
    };
    let rows: Vec<String> = (0..160).map(row).collect();
    let path = folder.join("wages.csv");
    std::fs::write(&path, format!("a,b,hours,wage\n{}\n", rows.join("\n"))).unwrap();
    path.display().to_string()
}

#[test]
fn losses_are_told_in_the_targets_units_beside_guessing_and_r2() {
    let folder = tempfile::tempdir().unwrap();
    let task = format!("--data {} --layers _,8,_ --lr 0.1 --steps 800", wages(folder.path()));
    let trained = json(&format!("train {task}"));
    let (data, run) = (&trained["task"]["data"], &trained["runs"][0]);
    let guessing = data["guessing"]["test"].as_f64().unwrap();
    let (loss, r2) = (run["test"]["loss"].as_f64().unwrap(), run["targets"]["test"][0]["r2"].as_f64().unwrap());
    assert!(guessing > 1e6 && loss < guessing && r2 > 0.3 && (r2 - 1.0 + loss / guessing).abs() < 0.1, "{trained}");
    assert_eq!(run["targets"]["test"][0]["mse"], run["test"]["loss"]);
    let scaling = &data["scaling"];
    assert_eq!(
        (&scaling["features"]["kind"], &scaling["targets"]["kind"]),
        (&"standardized".into(), &"standardized".into())
    );
    let said = headstart(&format!("train {task}")).out;
    for part in ["\"hours\"", "losses: squared errors in the target's own units; guessing the mean costs", "test R^2"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    // The same bits with any number of threads.
    let more = json(&format!("train {task} --threads 3"));
    assert_eq!((&more["runs"][0]["trace"], &more["runs"][0]["targets"]), (&run["trace"], &run["targets"]));
    // Nothing is scaled where that is forbidden, and it is said.
    for flags in ["--preprocess none --scale-targets none", "--strict"] {
        let left = json(&format!("train {task} {flags}"));
        assert_eq!(left["task"]["data"]["scaling"]["features"]["kind"], "identity");
        assert_eq!(left["task"]["data"]["scaling"]["targets"]["kind"], "identity");
        let notes = left["task"]["notes"].to_string();
        assert!(
            notes.contains("1 of 3 features (\\\"hours\\\": mean")
                && notes.contains("is badly scaled")
                && notes.contains("far from where outputs start")
        );
    }
    let log = headstart(&format!("compare {task} --scale-targets log --init he,glorot --seeds 3")).out;
    assert!(log.contains("(log units)") && log.contains("R^2"), "{log}");
}

#[test]
fn a_configuration_says_what_is_scaled_and_files_of_weights_do() {
    let folder = tempfile::tempdir().unwrap();
    let data = wages(folder.path());
    let printed = headstart(&format!("train --data {data} --scale-targets log --strict --print-config")).out;
    for line in ["preprocess = \"auto\"", "scale-targets = \"log\"", "strict = true"] {
        assert!(printed.contains(line), "{printed}");
    }
    let config = folder.path().join("task.toml");
    std::fs::write(&config, &printed).unwrap();
    assert_eq!(headstart(&format!("train --config {} --print-config", config.display())).out, printed);
    let weights = folder.path().join("start.safetensors");
    let written = json(&format!("init --data {data} --layers _,4,_ --out {}", weights.display()));
    let scaling = written["metadata"]["scaling"].as_str().unwrap();
    assert!(scaling.contains("\"mean\":[0.0,0.0,5"), "{scaling}");
    let drawn = folder.path().join("drawn.safetensors");
    let written = json(&format!("init --data circles --layers _,4,_ --out {}", drawn.display()));
    assert!(written["metadata"]["scaling"].is_null());
    let about = |key: &str| written["metadata"][key].as_str().unwrap().to_owned();
    assert_eq!([about("output"), about("loss"), about("classes")], ["sigmoid", "bce", "[\"0\",\"1\"]"]);
}

/// A sweep is read as other commands are: units, guessing and R^2, and so whenever it is looked at.
#[test]
fn a_sweep_of_a_regression_tells_units_and_what_guessing_costs() {
    let folder = tempfile::tempdir().unwrap();
    let (data, store) = (wages(folder.path()), folder.path().join("s.db").display().to_string());
    let task = format!("--data {data} --layers _,4,_ --lr 0.05 --steps 40 --seeds 1");
    let swept = headstart(&format!("sweep {task} --axis init=he_normal,Xavier --out {store}"));
    let shown = headstart(&format!("study show {store}"));
    assert_eq!((swept.code, &swept.out), (0, &shown.out), "{}", swept.err);
    let trained = json(&format!("train {task} --init he_normal"));
    let told = json(&format!("study show {store}"));
    assert_eq!(told["units"]["guessing"], trained["task"]["data"]["guessing"]);
    assert_eq!(told["study"]["study"]["axes"][0], "init=he-truncated,glorot");
    let of_he = |cell: &&serde_json::Value| cell["point"][0] == "he-truncated";
    let cell = told["best"].as_array().unwrap().iter().find(of_he).unwrap().clone();
    let run = &trained["runs"][0];
    let by_itself = run["targets"]["test"][0]["r2"].as_f64().unwrap();
    assert!((cell["r2"].as_f64().unwrap() - by_itself).abs() < 1e-9, "{cell} {by_itself}");
    assert_eq!(cell["loss"], run["test"]["loss"]);
    assert!(shown.out.contains("squared errors in the target's own units; guessing the mean costs"), "{}", shown.out);
    assert!(
        shown.out.lines().any(|line| line.contains("he-truncated")) && shown.out.contains("R^2\n"),
        "{}",
        shown.out
    );
}

/// What an output cannot say is said before anybody waits for it.
#[test]
fn targets_beyond_the_output_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let data = wages(folder.path());
    let told = json(&format!("train --data {data} --output sigmoid --loss mse --layers _,3,_ --steps 2"));
    let notes = told["task"]["notes"].to_string();
    assert!(notes.contains("a sigmoid output cannot leave 0 to 1") && notes.contains("--output identity"), "{notes}");
    let told = json(&format!("train --data {data} --layers _,3,_ --steps 2"));
    assert!(!told["task"]["notes"].to_string().contains("cannot leave"));
}

/// Losses beyond a million are as different as any others.
#[test]
fn no_loss_is_too_large_to_be_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let task = format!(
        "advise --data {} --layers _,6,_ --activation tanh --optimizer adam --lr 0.01 --epochs 4 --scale-targets none",
        wages(folder.path())
    );
    let advice = json(&task);
    let gains = advice["tried"].as_array().unwrap().iter().flat_map(|family| family["gains"].as_array().unwrap());
    let mut losses: Vec<f64> =
        gains.filter_map(|tried| tried["full"].as_f64().or_else(|| tried["early"].as_f64())).collect();
    losses.sort_by(f64::total_cmp);
    losses.dedup();
    assert!(losses.len() > 20 && losses[0] > 1e6, "{losses:?}");
    // From 0 an Adam of steps of 0.01 never gets to 60,000, and what would is named and shown.
    assert_eq!(advice["verdict"], "no start works", "{}", advice["sentence"]);
    let sentence = advice["sentence"].as_str().unwrap();
    let lead = "Scale the targets first: with --scale-targets standardize, ";
    let shown = sentence.strip_prefix(lead).unwrap_or_else(|| panic!("{sentence}"));
    assert!(shown.contains(" ends at a test loss ") && shown.contains("R^2 0."), "{sentence}");
    let scaled = json(&task.replace("--scale-targets none", "--scale-targets auto"));
    assert_ne!(scaled["verdict"], "no start works");
}

#[test]
fn a_learning_rate_beyond_the_usual_ones_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let task =
        format!("advise --data {} --layers _,6,_ --steps 60 --lr auto --scale-targets none", wages(folder.path()));
    let advice = json(&task);
    let rates: Vec<f64> = advice["rates"].as_array().unwrap().iter().map(|rate| rate[0].as_f64().unwrap()).collect();
    assert!(rates.len() > 7 && rates.is_sorted(), "{rates:?}");
    assert_eq!(rates[rates.len() - 1], 0.3);
}
