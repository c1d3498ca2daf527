//! Tables as people have them, from a file to what is said of it.

mod common;

use common::{Said, headstart, json};
use serde_json::Value;
use std::path::Path;

/// Writes a file and returns its path.
fn file(folder: &Path, name: &str, content: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    path.display().to_string()
}

/// Passengers of a ship: text, names, dates, and cells that are missing.
fn passengers(folder: &Path) -> String {
    let row = |i: usize| {
        let (sex, port) = (["male", "female"][i * 7 % 3 % 2], ["S", "C", "Q"][i * 5 % 3]);
        let age = if i.is_multiple_of(6) { String::new() } else { format!("{}.5", 3 + i * 13 % 60) };
        let survived = if (i * 7 % 3 % 2 == 1) ^ i.is_multiple_of(7) { "yes" } else { "no" };
        format!(
            "{},{survived},\"Doe, {i}\",{sex},{age},{}.25,{port},1912-01-{:02}\n",
            i + 1,
            7 + i * i % 90,
            1 + i % 28
        )
    };
    let rows: String = (0..120).map(row).collect();
    file(folder, "passengers.csv", &format!("id,survived,name,sex,age,fare,port,sailed\n{rows}"))
}

fn notes(of: &Value) -> String {
    let notes = of["notes"].as_array().or_else(|| of["task"]["notes"].as_array()).unwrap();
    notes.iter().map(|note| note.as_str().unwrap()).collect::<Vec<_>>().join("\n")
}

/// Case T1.
#[test]
fn a_table_of_passengers_works_with_no_further_flag() {
    let folder = tempfile::tempdir().unwrap();
    let data = passengers(folder.path());
    let said = headstart(&format!("advise --data {data} --label survived --steps 100 --budget 20000steps"));
    assert_eq!(said.code, 0, "{}", said.err);
    for note in [
        "left out: id (counts the rows), name (an identifier",
        "one feature for each of its levels: sex (2), port",
        "days from 1912-01-01",
        "mean or most frequent: age (20)",
        "a feature says where: age",
        "are standardized",
    ] {
        let unwrapped = said.out.replace('\n', " ");
        assert!(unwrapped.contains(note), "{note}: {}", said.out);
    }
    let overview = json(&format!("data {data} --label survived"));
    let becomes: Vec<&str> =
        overview["columns"].as_array().unwrap().iter().map(|column| column["becomes"].as_str().unwrap()).collect();
    assert_eq!(becomes, ["left-out", "left-out", "one-hot", "number", "number", "one-hot", "time"]);
    assert_eq!(overview["columns"][3]["missing"], 20);
    assert_eq!(overview["classes"].as_array().unwrap().len(), 2);
    let text = headstart(&format!("data {data} --label survived")).out;
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    assert!(text.contains("left out: row number") && text.contains("1 feature, in days"), "{text}");
}

/// Case T2: columns are left out by name, pattern and position, or are the only ones.
#[test]
fn columns_are_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let rows: String = (0..30).map(|i| format!("{},{}.5,{}.25,{}\n", 900 - i, i % 7, i % 5, i % 2)).collect();
    let data = file(folder.path(), "id.csv", &format!("key,a,b,y\n{rows}"));
    let features = |flags: &str| json(&format!("data {data} {flags}"))["names"].to_string();
    assert_eq!(features(""), r#"["key","a","b"]"#);
    for flags in ["--drop key", "--drop k*", "--drop 0", "--features a,b", "--features 1:3", "--features a,-2"] {
        assert_eq!(features(flags), r#"["a","b"]"#, "{flags}");
    }
    assert_eq!(features("--label a --drop y"), r#"["key","b"]"#);
    let said = headstart(&format!("train --data {data} --drop kee"));
    assert_eq!(said.code, 2);
    assert!(said.err.contains("no column \"kee\", did you mean \"key\"?"), "{}", said.err);
    // The badly scaled one is named.
    assert!(notes(&json(&format!("data {data}"))).contains("\"key\""));
}

/// Case T3: several targets of a CSV, each with its own figures.
#[test]
fn several_targets_have_figures_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let rows: String = (0..60)
        .map(|i| {
            let x = f64::from(i % 11) / 5.0 - 1.0;
            format!("{x},{},{},{}\n", i % 3, 0.001 * x, 2000.0 - 300.0 * x)
        })
        .collect();
    let data = file(folder.path(), "two.csv", &format!("x,z,gpp,et\n{rows}"));
    let said =
        json(&format!("train --data {data} --label gpp,et --layers _,8,2 --activation tanh --lr 0.1 --steps 2000"));
    let of = |set: &str, target: usize, figure: &str| said["runs"][0]["targets"][set][target][figure].as_f64().unwrap();
    assert_eq!(said["runs"][0]["targets"]["names"].to_string(), r#"["gpp","et"]"#);
    for set in ["train", "test"] {
        assert!(of(set, 0, "r2") > 0.9 && of(set, 1, "r2") > 0.9, "{}", said["runs"][0]["targets"]);
        assert!(of(set, 0, "rmse") < 0.001 && of(set, 1, "rmse") > 0.01 && of(set, 1, "rmse") < 100.0);
    }
    let text = headstart(&format!("train --data {data} --label gpp,et --layers _,8,2 --steps 50")).out;
    assert!(text.contains("target by target") && text.contains(" gpp ") && text.contains(" et "), "{text}");
}

/// Cases T4 and T5: money is a number, and marks out of fifty are no classes.
#[test]
fn labels_that_are_amounts_are_regression() {
    let folder = tempfile::tempdir().unwrap();
    let rows: String = (0..40)
        .map(|i| format!("\"{},{:03}\",\"${},{:03}\"\n", 1 + i / 20, i * 21 % 1000, 10 + i, i * 7 % 1000))
        .collect();
    let data = file(folder.path(), "money.csv", &format!("sqft,price\n{rows}"));
    let overview = json(&format!("data {data}"));
    // Whatever training works on.
    assert!((overview["targets"][0]["range"][1].as_f64().unwrap() - 49_273.0).abs() < 1e-6);
    assert_eq!(overview["columns"][0]["range"].to_string(), "[1000.0,2819.0]");
    assert!(notes(&overview).contains("label column \"price\": read as numbers"));
    let rows: String = (0..200).map(|i| format!("{},{}\n", i % 9, (i % 7) * (i % 8))).collect();
    let data = file(folder.path(), "marks.csv", &format!("studied,marks\n{rows}"));
    let overview = json(&format!("data {data}"));
    assert!(overview["targets"].is_array(), "{overview}");
    assert!(notes(&overview).contains("--task classes if they are classes"));
}

/// What was done is a part of the configuration, of stores and of files of weights, and is done again from there.
#[test]
fn what_was_done_is_kept_and_done_again() {
    let folder = tempfile::tempdir().unwrap();
    let data = passengers(folder.path());
    let flags = format!("--data {data} --label survived --layers _,4,_ --steps 30");
    let printed = headstart(&format!("train {flags} --print-config")).out;
    assert!(printed.contains("[[data.columns]]") && printed.contains("becomes = \"one-hot\""), "{printed}");
    let config = file(folder.path(), "task.toml", &printed);
    let (ours, again) = (json(&format!("train {flags}")), json(&format!("train --config {config}")));
    assert_eq!(ours["runs"][0]["train"], again["runs"][0]["train"]);
    assert_eq!(ours["runs"][0]["test"], again["runs"][0]["test"]);
    assert_eq!(ours["task"]["data"]["columns"], again["task"]["data"]["columns"]);
    // A flag beats the file: columns are found anew.
    let fewer = json(&format!("train --config {config} --drop sex"));
    assert!(!fewer["task"]["data"]["columns"].to_string().contains("\"sex\""), "{fewer}");
    let (weights, store) = (folder.path().join("w.safetensors"), folder.path().join("s.db"));
    let done = |Said { code, err, .. }: Said| assert_eq!(code, 0, "{err}");
    done(headstart(&format!("train {flags} --save {}", weights.display())));
    let bytes = std::fs::read(&weights).unwrap();
    assert!(String::from_utf8_lossy(&bytes).contains("one-hot"));
    done(headstart(&format!("sweep {flags} --axis gain=1,2 --out {}", store.display())));
    // The same command goes on with the same store.
    done(headstart(&format!("sweep {flags} --axis gain=1,2 --out {}", store.display())));
    let kept = headstart(&format!("study show {} --config", store.display())).out;
    assert!(kept.contains("[[data.columns]]"), "{kept}");
    let config = file(folder.path(), "study.toml", &kept);
    done(headstart(&format!("sweep --config {config} --out {}", store.display())));
}

/// Cases T7 and T8: other formats of the same table, and what is not read.
#[test]
fn one_table_in_many_formats() {
    let folder = tempfile::tempdir().unwrap();
    let cells = |i: usize| (5.0 + (i % 4) as f64 / 2.0, 1.0 + (i % 5) as f64, ["setosa", "virginica"][i % 2]);
    let lines = |line: &dyn Fn(f64, f64, &str) -> String| -> String {
        (0..20).map(cells).map(|(a, b, kind)| line(a, b, kind)).collect()
    };
    let csv = lines(&|a, b, kind| format!("{a},{b},{kind}\n"));
    let records = lines(&|a, b, kind| format!("{{\"length\":{a},\"width\":{b},\"kind\":\"{kind}\"}}\n"));
    let arff = "@relation iris\n@attribute length numeric\n@attribute width numeric\n@attribute kind {setosa,virginica}\n@data\n";
    let mut losses = Vec::new();
    for (name, content) in [
        ("iris.csv", format!("length,width,kind\n{csv}")),
        ("iris.arff", format!("{arff}{csv}")),
        ("iris.jsonl", records),
        ("iris_blanks.dat", lines(&|a, b, kind| format!("  {a}   {b}  {kind}\n"))),
        ("iris.tsv", format!("length\twidth\tkind\r\n{}", csv.replace(',', "\t").replace('\n', "\r\n"))),
        ("iris_semicolons.csv", format!("length;width;kind\n{}", csv.replace(',', ";").replace('.', ","))),
    ] {
        let data = file(folder.path(), name, &content);
        let said = json(&format!("train --data {data} --layers 2,3,1 --steps 20"));
        losses.push((name, said["runs"][0]["train"]["loss"].clone(), said["runs"][0]["test"]["loss"].clone()));
    }
    assert!(losses.iter().all(|(_, train, test)| (train, test) == (&losses[0].1, &losses[0].2)), "{losses:?}");
    let workbook = file(folder.path(), "iris.xls", "\u{fffd}no workbook");
    let said = headstart(&format!("data {workbook}"));
    assert_ne!(said.code, 0);
    let other = folder.path().join("iris.pkl");
    std::fs::write(&other, b"\x80\x04\x95\x00\x00\x00\x00\x00\x00\x00\x00.").unwrap();
    let said = headstart(&format!("data {}", other.display()));
    assert!(said.code != 0 && said.err.contains("pickle") && said.err.contains("df.to_parquet"), "{}", said.err);
}

#[test]
fn strict_is_as_strict_as_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let data = passengers(folder.path());
    let said = headstart(&format!("train --data {data} --label survived --strict"));
    assert_eq!(said.code, 1);
    assert!(said.err.contains("column \"name\"") && said.err.contains("--strict takes numbers only"), "{}", said.err);
    let said = headstart(&format!("train --data {data} --label survived --features age,fare --missing error"));
    assert!(said.code == 1 && said.err.contains("row 2, column \"age\": the cell is empty"), "{}", said.err);
    let kept = json(&format!("data {data} --label survived --features age,fare --missing drop"));
    assert!(notes(&kept).contains("20 of 120 rows have missing cells and are left out"), "{kept}");
}

/// What convolutions go by is in the file, or is said, and is told.
#[test]
fn samples_of_images_have_a_shape() {
    let overview = json("data digits");
    assert_eq!(overview["shape"], serde_json::json!([8, 8, 1]));
    let said = headstart("data digits");
    assert!(
        said.out.starts_with("digits: 1,438 samples to train on and 359 to test on, 64 features (8 x 8)"),
        "{}",
        said.out
    );
    assert!(json("data circles").get("shape").is_none());
    let task = |flags: &str| json(&format!("train --data circles --steps 1 {flags}"))["task"]["data"].clone();
    assert_eq!(task("--shape 1x2")["shape"], serde_json::json!([1, 2, 1]));
    assert!(task("").get("shape").is_none());
    let printed = headstart("train --data circles --shape 2 --print-config").out;
    assert!(printed.contains("shape = [1, 2, 1]"), "{printed}");
    let refused = |flags: &str| {
        let said = headstart(&format!("train --data circles --steps 1 {flags}"));
        assert_eq!(said.code, 2, "{flags}: {}", said.out);
        said.err
    };
    assert!(refused("--shape 3,3").contains("that is 9 numbers, but circles has 2 features"));
    assert!(refused("--shape 0,3").contains("sizes are at least 1"));
}
