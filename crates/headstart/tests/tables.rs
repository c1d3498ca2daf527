//! Tables as people have them are read to what pandas and scikit-learn make of them (made by `bench/golden_pandas.py`).

use std::io::{BufRead, BufReader};

use flate2::read::GzDecoder;
use headstart::data::{DataSpec, Dataset, Kind, Preprocess, Targets};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    name: String,
    /// The file's bytes, a character for each.
    table: String,
    label: String,
    x: Vec<Vec<f64>>,
    y: Vec<String>,
}

#[test]
fn tables_are_what_pandas_and_scikit_learn_make_of_them() {
    let lines = BufReader::new(GzDecoder::new(&include_bytes!("tables.jsonl.gz")[..])).lines();
    let folder = tempfile::tempdir().unwrap();
    let (mut count, mut wrong) = (0, Vec::new());
    for line in lines {
        let golden: Golden = serde_json::from_str(&line.unwrap()).unwrap();
        let path = folder.path().join("table.csv");
        std::fs::write(&path, golden.table.chars().map(|c| c as u8).collect::<Vec<u8>>()).unwrap();
        count += 1;
        if let Err(what) = check(&golden, path.display().to_string()) {
            wrong.push(format!("{}: {what}", golden.name));
        }
    }
    assert!(count >= 150 && wrong.is_empty(), "{} of {count} differ:\n{}", wrong.len(), wrong.join("\n"));
}

fn check(golden: &Golden, data: String) -> Result<(), String> {
    let label = Some(golden.label.parse().map_err(|error| format!("{error}"))?);
    let spec = DataSpec { data, label, test_share: 0.0, preprocess: Preprocess::None, ..DataSpec::default() };
    let data = Dataset::load(&spec).map_err(|error| error.to_string())?;
    let (Kind::Classes(names), Targets::Classes(classes)) = (&data.kind, &data.train.y) else {
        return Err("no classes".to_owned());
    };
    if classes.iter().map(|&class| &names[class]).ne(&golden.y) {
        return Err("other labels".to_owned());
    }
    let shape = (golden.x.len(), golden.x[0].len());
    if data.train.x.dim() != shape {
        return Err(format!("{:?} and not {shape:?}: {:?}; {:?}", data.train.x.dim(), data.features, data.notes));
    }
    for (i, (ours, theirs)) in data.train.x.rows().into_iter().zip(&golden.x).enumerate() {
        for (j, (a, b)) in ours.iter().zip(theirs).enumerate() {
            if (a - b).abs() > 1e-9 * b.abs().max(1.0) {
                return Err(format!("row {i}, {}: {a} and not {b}; {:?}", data.features[j], data.notes));
            }
        }
    }
    Ok(())
}
