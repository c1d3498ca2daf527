//! Classes of different size, their weights, and the last biases, from a file to what is shown.

mod common;

use common::{headstart, json};
use std::fmt::Write as _;

/// 300 rows of which 18 are of the class "yes", in a folder of its own.
fn rare() -> (tempfile::TempDir, String) {
    let mut text = "a,b,hit\n".to_owned();
    for i in 0..300 {
        let is_hit = i % 50 < 3;
        let a = f64::from(i * 37 % 101) / 50.0 - 1.0 + if is_hit { 1.5 } else { 0.0 };
        writeln!(text, "{a},{},{}", f64::from(i * 53 % 97) / 50.0 - 1.0, if is_hit { "yes" } else { "no" }).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rare.csv");
    std::fs::write(&path, text).unwrap();
    let path = path.display().to_string();
    (folder, path)
}

#[test]
fn imbalance_is_said_and_so_is_what_accuracy_does_not_say() {
    let (_folder, file) = rare();
    let task = format!("--data {file} --layers _,6,_ --test-share 0 --lr 0.1 --steps 60");
    let said = headstart(&format!("train {task}"));
    let told = said.out.split_whitespace().collect::<Vec<_>>().join(" ") + &said.err;
    assert!(told.contains("imbalanced classes: \"yes\" is 6.0% of the training samples"), "{told}");
    assert!(told.contains("always guessing \"no\" is right in 94.0%"), "{told}");
    assert!(told.contains("by class, on the training samples init seed acc. balanced F1 of \"yes\" AUC"), "{told}");
    let compared = headstart(&format!("compare {task} --init he,lecun --seeds 3")).out;
    assert!(compared.contains("balanced"), "{compared}");
    // Of guessing the accuracy is high, and the balanced one a half.
    let guess = json(&format!("train {task} --init zeros"));
    let train = &guess["runs"][0]["train"];
    assert_eq!((train["accuracy"].as_f64(), train["balanced_accuracy"].as_f64()), (Some(0.94), Some(0.5)));
    assert_eq!((train["f1"].as_f64(), train["auc"].as_f64()), (Some(0.0), Some(0.5)));
    let cells = json(&format!("compare {task} --init he,lecun --seeds 3"));
    assert!(cells["cells"][0]["train"]["balanced_accuracy"].is_f64());
    // Built-in sets are even.
    let even = headstart("train --data circles --steps 5");
    assert!(!even.out.contains("by class") && !even.out.contains("imbalanced"), "{}", even.out);
}

#[test]
fn weights_and_the_prior_come_from_flags_and_files() {
    let (folder, file) = rare();
    let task = format!("--data {file} --layers _,6,_ --test-share 0 --lr 0.1 --steps 60");
    let first = |flags: &str| {
        let said = json(&format!("train {task} {flags}"));
        (said["runs"][0]["trace"][0]["loss"].as_f64().unwrap(), said)
    };
    let near = |a: f64, b: f64| (a / b - 1.0).abs() < 1e-12;
    let entropy = -(0.06 * f64::ln(0.06) + 0.94 * f64::ln(0.94));
    let (loss, said) = first("--init he/zeros --output-bias prior");
    assert!(near(loss, entropy) && said["task"]["init"]["bias"] == "auto/prior", "{loss}");
    let (loss, said) = first("--init he/zeros --bias 0/prior --class-weights balanced");
    assert!(near(loss, f64::ln(2.0)), "{loss}");
    let weights = &said["task"]["training"]["class_weights"];
    let is_balanced = |class: usize, count: f64| near(weights[class].as_f64().unwrap(), 300.0 / (2.0 * count));
    assert!(is_balanced(0, 282.0) && is_balanced(1, 18.0), "{weights}");
    // The same from the file that the flags print.
    let config = folder.path().join("task.toml");
    let printed =
        headstart(&format!("train {task} --init he/zeros --bias 0/prior --class-weights 1,5 --print-config")).out;
    std::fs::write(&config, printed).unwrap();
    let again = json(&format!("train --config {}", config.display()));
    assert_eq!(
        again["runs"][0]["trace"],
        first("--init he/zeros --bias 0/prior --class-weights 1,5").1["runs"][0]["trace"]
    );
    // And in a file of weights.
    let out = folder.path().join("start.safetensors").display().to_string();
    let written = json(&format!("init {task} --output-bias prior --out {out}"));
    assert_eq!(written["metadata"]["bias"], "auto/prior");
    let start = json(&format!("train {task} --init file:{out}"));
    assert_eq!(start["runs"][0]["trace"], first("--output-bias prior").1["runs"][0]["trace"]);
    // A store takes them, too, and others look at the loss that is trained.
    let store = folder.path().join("study.db").display().to_string();
    let flags = "--output-bias prior --class-weights balanced";
    assert_eq!(headstart(&format!("sweep {task} {flags} --axis lr=0.1,0.2 --out {store}")).code, 0);
    assert_eq!(headstart(&format!("study show {store}")).code, 0);
    for command in ["probe", "explain"] {
        assert_eq!(headstart(&format!("{command} {task} {flags}")).code, 0, "{command}");
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    let (_folder, file) = rare();
    for (flags, says) in [
        (
            format!("train --data {file} --class-weights 1,2,3"),
            "3 weights for 2 classes; give one for each, in the order no, yes",
        ),
        (format!("train --data {file} --class-weights 1,-2"), "a positive number for each class"),
        (format!("train --data {file} --bias prior"), "prior is for the biases of the last layer"),
        (format!("train --data {file} --bias none --output-bias prior"), "the network has no biases"),
        ("init --layers 2,5,1 --output-bias prior --out x.safetensors".to_owned(), "give --data"),
    ] {
        let said = headstart(&flags);
        assert_eq!(said.code, 2, "{flags}: {}", said.err);
        let told = said.err.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(told.contains(says), "{flags}: {told}");
    }
}
