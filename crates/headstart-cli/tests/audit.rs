//! A file of weights, looked at alone.

mod common;

use common::{headstart, json};
use std::path::{Path, PathBuf};

/// A start as a file.
fn start(folder: &Path, init: &str, more: &str) -> PathBuf {
    let path = folder.join(format!("{}.safetensors", init.replace(':', "-")));
    let said = headstart(&format!("init --layers 100,64,64,10 --init {init} {more} --out {}", path.display()));
    assert_eq!(said.code, 0, "{}", said.err);
    path
}

#[test]
fn the_answer_is_the_first_line_and_everything_fits_on_a_screen() {
    let folder = tempfile::tempdir().unwrap();
    let (he, large) = (start(folder.path(), "he", "--naming keras"), start(folder.path(), "normal:10", ""));
    let said = headstart(&format!("audit {}", he.display()));
    assert!(said.out.starts_with("nothing looks wrong in 6 tensors of 11,274 numbers.\n"), "{}", said.out);
    assert!(said.out.contains("distributed as starts are: he normal (3)"), "{}", said.out);
    let said = headstart(&format!("audit {}", large.display()));
    assert!(said.out.starts_with("0.weight has a scale of 10"), "{}", said.out);
    for all in ["", "--all"] {
        let said = headstart(&format!("audit {} {all}", large.display()));
        assert!(said.out.lines().all(|line| line.chars().count() <= 80), "{}", said.out);
        assert_eq!(said.out.contains("0.bias"), !all.is_empty(), "{}", said.out);
    }
}

#[test]
fn documents_and_tables_have_a_row_for_each_tensor() {
    let folder = tempfile::tempdir().unwrap();
    let file = start(folder.path(), "glorot-uniform", "");
    let [csv, parquet] = ["weights.csv", "weights.parquet"].map(|name| folder.path().join(name));
    let flags = format!("--csv {} --parquet {} --threads 1", csv.display(), parquet.display());
    let said = json(&format!("audit {} {flags}", file.display()));
    let weights = said["weights"].as_array().unwrap();
    assert_eq!(weights.len(), 6);
    assert_eq!((&weights[1]["name"], &weights[1]["role"]), (&"0.weight".into(), &"dense".into()));
    assert!(weights[1]["looks_like"].as_str().unwrap().starts_with("glorot uniform: uniform(-0.191"), "{said}");
    let text = std::fs::read_to_string(csv).unwrap();
    assert_eq!(text.lines().count(), 7);
    assert!(text.starts_with("name,siblings,file,shape,dtype,role,count,"), "{text}");
    assert!(std::fs::read(parquet).unwrap().starts_with(b"PAR1"));
}

#[test]
fn what_is_no_file_of_weights_is_refused_with_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bad.safetensors");
    std::fs::write(&path, "a,b\n1,2\n").unwrap();
    let line = format!("audit {}", path.display());
    let said = headstart(&line);
    assert!(said.code == 1 && said.err.contains("no file of weights"), "{}", said.err);
    assert_eq!(headstart("audit").code, 2);
    assert_eq!(headstart(&format!("{line} --csv {}", path.display())).code, 2);
}
