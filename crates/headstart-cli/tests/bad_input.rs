//! What goes wrong is said: what, where, and what to do. Exit code 2 where the way of asking is at fault, 1 where the
//! data is, nothing on standard output, nothing half written, never a panic.

mod common;

use common::{headstart, headstart_with};
use std::fs;
use std::path::Path;

/// Runs a command that has to fail with a code and a message that has all of these parts.
fn fails(code: i32, arguments: &str, parts: &[&str]) {
    let said = headstart(arguments);
    assert_eq!(said.code, code, "{arguments}: {}{}", said.out, said.err);
    assert_eq!(said.out, "", "{arguments}");
    for part in parts {
        assert!(said.err.contains(part), "{arguments}: {part:?} is not in {}", said.err);
    }
}

/// A file of this content, in a folder that lives as long as what is returned.
fn file(name: &str, content: &[u8]) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    (folder, path.display().to_string())
}

#[test]
fn unknown_names_are_met_with_the_nearest_known_one() {
    fails(2, "train --data circels", &["circels", "did you mean", "circles"]);
    fails(2, "train --data circles --init hee", &["did you mean \"he\"?", "glorot"]);
    fails(2, "train --data circles --activation rleu", &["did you mean \"relu\"?"]);
    fails(2, "train --data circles --output softmx", &["did you mean \"softmax\"?"]);
    fails(2, "train --data circles --loss bcee", &["did you mean \"bce\"?"]);
    fails(2, "train --data circles --optimizer sdg", &["did you mean \"sgd\"?"]);
    fails(2, "train --data circles --lr-schedule cosin", &["did you mean \"cosine\"?"]);
    fails(2, "train --data circles --rng nunpy", &["did you mean \"numpy\"?"]);
    fails(2, "train --data circles --preprocess pixel", &["did you mean \"pixels\"?"]);
    fails(2, "train --data circles --task binery", &["did you mean \"binary\"?"]);
    fails(2, "train --data circles --precision f16", &["f64, f32"]);
    fails(2, "replicate dls-thraed", &["did you mean \"dls-thread\"?"]);
    fails(2, "trian --data circles", &["train"]);
    fails(2, "explain --data circles --init hee", &["did you mean \"he\"?"]);
    fails(2, "train --data circles --step 3", &["--steps"]);
}

#[test]
fn numbers_that_are_none_or_have_no_end_are_refused_by_their_flag() {
    for flag in ["--test-share", "--noise", "--lr", "--momentum", "--epsilon", "--target"] {
        for number in ["nan", "inf", "1e400"] {
            fails(2, &format!("train --data circles --steps 2 {flag} {number}"), &[flag]);
        }
    }
}

/// What a number becomes where it is used is not passed over.
#[test]
fn numbers_that_are_others_in_float32_are_refused() {
    let narrow = "train --data circles --steps 2 --precision f32";
    fails(2, &format!("{narrow} --lr 1e-60"), &["learning rate 1e-60 is 0 in float32"]);
    fails(2, &format!("{narrow} --lr 1e60"), &["infinite in float32"]);
    fails(2, &format!("{narrow} --optimizer adam --epsilon 1e-60"), &["epsilon 1e-60 is 0 in float32"]);
    fails(2, &format!("{narrow} --optimizer sgd --momentum 0.99999999999"), &["momentum", "is 1 in float32"]);
    fails(2, "train --data circles --layers 2,4,1 --steps 2 --lr 10 --lr-factors 1e308,1", &["infinite in float64"]);
}

#[test]
fn more_than_there_is_memory_for_is_refused_before_it_is_asked_for() {
    let seeds = i64::MAX;
    fails(2, &format!("probe --data circles --seeds {seeds}"), &["--seeds", "memory"]);
    fails(2, "map --data circles --steps 3 --x gain=0.1..1:2 --y lr=0.1..1:2 --seeds 4294967296", &["runs"]);
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("start.safetensors");
    fails(2, &format!("init --layers 2,4294967296,1 --out {}", out.display()), &["memory"]);
    assert!(!out.exists());
}

#[test]
fn explain_and_probe_refuse_what_they_cannot_look_at() {
    fails(2, "explain --data circles --layers 3,4,1", &["3 inputs", "2 features"]);
    fails(2, "explain --data circles --lr nan", &["learning rate"]);
    fails(2, "explain --data circles --seeds 0", &["at least 1 seed"]);
    fails(2, "explain --data circles --init he/he", &["2 schemes for 3 layers"]);
    // One batch of it could be trained.
    let many = "--data circles --layers 2,900000,1 --samples 200000,2 --optimizer sgd";
    fails(2, &format!("probe {many}"), &["200000 samples", "fewer samples"]);
    fails(2, &format!("explain {many}"), &["200000 samples", "fewer samples"]);
}

#[test]
fn networks_that_do_not_fit_are_refused() {
    fails(2, "train --data circles --layers 3,4,1", &["3 inputs", "2 features"]);
    fails(2, "train --data blobs --layers 2,4,3", &["3 outputs", "6 classes"]);
    fails(2, "train --data circles --layers 2,4,3", &["3 outputs", "2 classes"]);
    fails(2, "train --data circles --layers 2", &["at least an input and an output"]);
    fails(2, "train --data circles --layers 2,0,1", &["layer 1", "width 0"]);
    fails(2, "train --data circles --layers 0,3,1", &["width 0"]);
    fails(2, "train --data circles --layers 2,-3,1", &["\"-3\" is not a width"]);
    fails(2, "train --data circles --layers 2,_,1", &["only the first and the last"]);
    fails(2, "train --data circles --layers 2,99999999999,1", &["memory", "smaller layers"]);
    fails(2, "train --data circles --layers 2,99999999999,99999999999,1", &["too many parameters"]);
    fails(2, "train --data circles --layers 2,4,1 --output softmax", &["softmax needs at least 2 outputs"]);
    fails(2, "train --data blobs --output sigmoid --loss ce", &["ce goes with softmax"]);
    fails(2, "train --data circles --layers 2,4,4,1 --activation relu/relu/relu", &["3 activations for 2 hidden"]);
    fails(2, "train --data circles --layers 2,4,1 --init he/he/he", &["3 schemes for 2 layers"]);
    fails(2, "train --data circles --bias orthogonal", &["biases cannot be orthogonal"]);
    fails(2, "train --data circles --bias lsuv", &["biases cannot be lsuv"]);
    fails(2, "train --data circles --activation tanh --init depth-scaled", &["not for tanh", "critical"]);
    fails(2, "theory --init lsuv", &["--init lsuv", "data", "probe"]);
    fails(2, "train --data circles --init normal", &["needs the standard deviation"]);
    fails(2, "train --data circles --init normal:-1", &["must not be negative"]);
}

#[test]
fn numbers_that_make_no_sense_are_refused() {
    for lr in ["0", "-1", "nan", "inf"] {
        fails(2, &format!("train --data circles --lr {lr}"), &["learning rate must be a positive number"]);
    }
    fails(2, "train --data circles --lr fast", &["fast"]);
    fails(2, "train --data circles --steps 0", &["at least 1 step"]);
    fails(2, "train --data circles --epochs 0", &["at least 1 epoch"]);
    fails(2, "train --data circles --steps 5 --epochs 5", &["give one of them"]);
    fails(2, "train --data circles --batch 0", &["at least 1 sample"]);
    fails(2, "train --data circles --record-every 0", &["every 1 steps"]);
    fails(2, "train --data circles --seeds 0", &["at least 1 seed"]);
    fails(2, "train --data circles --seeds many", &["--seeds", "whole number", "auto"]);
    for command in ["train", "probe", "explain", "sweep --axis lr=0.1,1 --out x.db", "map --x lr=0.1,1 --y gain=1,2"] {
        fails(2, &format!("{command} --data circles --seeds auto"), &["auto is for headstart compare", "--seeds 20"]);
    }
    fails(2, "compare --data circles --init he,he --seeds auto", &["stands there twice"]);
    fails(2, "compare --data circles --seed 4294967290 --rng numpy --seeds auto", &["0 to 4294967295"]);
    fails(2, "compare --data circles --budget 5", &["--budget", "90s", "5Msteps"]);
    fails(2, "train --data circles --rng numpy --seed 4294967295 --seeds 2", &["0 to 4294967295"]);
    fails(2, "train --data circles --seed 18446744073709551615", &["--seed", "9223372036854775807"]);
    fails(2, "train --data circles --steps 18446744073709551615", &["--steps", "9223372036854775807"]);
    fails(2, "train --data circles --optimizer adam --momentum 0.9", &["--momentum is for --optimizer gd or sgd"]);
    fails(2, "train --data circles --momentum 1.5", &["momentum", "below 1"]);
    fails(2, "train --data circles --nesterov", &["needs --momentum"]);
    fails(2, "compare --data circles --target 1.5", &["between 0 and 1"]);
    fails(2, "train --data circles --threads 0", &["at least 1"]);
    fails(2, "train --data circles --noise -1", &["at least 0"]);
    fails(2, "train --data circles --samples 300", &["as in 300,100"]);
    fails(2, "train --data circles --samples 0,10", &["0 training samples"]);
    fails(2, "train --data moons --centers 3", &["--centers is for blobs"]);
    fails(2, "train", &["no data", "--data", "circles"]);
}

#[test]
fn bad_configuration_files_are_met_with_their_line() {
    let (_folder, path) = file("task.toml", b"[data]\ndata = \"circles\"\n[training]\nstep = 5\n");
    fails(2, &format!("train --config {path}"), &[&path, "line 4", "step"]);
    let (_folder, path) = file("task.toml", b"[data\n");
    fails(2, &format!("train --config {path}"), &["line 1"]);
    let (_folder, path) = file("task.toml", b"[network]\nactivation = \"rleu\"\n");
    fails(2, &format!("train --config {path} --data circles"), &["line 2", "did you mean \"relu\"?"]);
    let (_folder, path) = file("task.toml", b"[data]\ndata = \"circles\"\n[init]\nseeds = \"auto\"\n");
    fails(2, &format!("train --config {path}"), &["auto is for headstart compare"]);
    let (_folder, path) = file("task.toml", b"[data]\ndata = \"circles\"\n[init]\nseeds = \"few\"\n");
    fails(2, &format!("compare --config {path}"), &["line 4", "\"few\"", "auto"]);
    fails(2, "train --config nowhere.toml", &["nowhere.toml", "cannot be read"]);
}

#[test]
fn bad_tables_are_met_with_row_and_column() {
    let csv = |text: &str, flags: &str, code: i32, parts: &[&str]| {
        let (_folder, path) = file("cats.csv", text.as_bytes());
        fails(code, &format!("train --data {path} --steps 2 {flags}"), parts);
    };
    csv("age,y\n1,0\nn/a,1\n3,0\n", " --strict", 1, &["cats.csv", "row 3", "\"age\"", "--missing drop"]);
    csv("age,y\n1,0\n,1\n3,0\n", "--missing error", 1, &["row 3", "\"age\""]);
    csv("age,y\n1,0\nNaN,1\n3,0\n", "--strict", 1, &["row 3", "\"age\""]);
    csv("age,y\n1,0\n2,1\n3\n", "", 1, &["cats.csv", "row 4"]);
    csv("", "", 1, &["cats.csv", "empty"]);
    csv("age,y\n", "", 1, &["cats.csv"]);
    csv("age,y\n1,0\n2,0\n3,0\n4,0\n", "", 1, &["cats.csv", "class"]);
    csv("age,y\n1,a\n2,b\n3,a\n4,b\n", "--task regression", 1, &["cats.csv", "\"y\""]);
    csv("age,y\n1,0\n2,1\n3,2\n4,0\n5,1\n6,2\n", "--task binary", 1, &["binary"]);
    csv("age,y\n1,0\n2,1\n3,0\n4,1\n", "--label z", 2, &["z"]);
    csv("age,y\n1,0\n2,1\n3,0\n4,1\n", "--test-share 1", 2, &["test-share"]);
}

#[test]
fn damaged_and_unfit_files_are_refused() {
    let bad = |name: &str, content: &[u8]| {
        let (_folder, path) = file(name, content);
        fails(1, &format!("train --data {path} --steps 2"), &[name]);
    };
    bad("a.npz", b"PK\x03\x04 and then nothing");
    bad("a.h5", b"\x89HDF\r\n\x1a\n and then nothing");
    bad("a.parquet", b"PAR1 and then nothing PAR1");
    bad("a.csv.gz", b"\x1f\x8b\x08 and then nothing");
    bad("a-images-idx3-ubyte", &[0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 28, 0, 0, 0, 28, 1, 2, 3]);
    bad("a.npy", b"\x93NUMPY\x01\x00\x02\x00{}");
    bad("a.csv", b"\xff\xfe\x00\x01\n");
    bad("a.bin", &[0; 100]);
    let folder = tempfile::tempdir().unwrap();
    fails(1, &format!("train --data {}", folder.path().display()), &["is a directory"]);
}

#[test]
fn weights_that_cannot_be_written_or_read_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let out = format!("--out {}", path("w.safetensors"));
    fails(2, "init --layers 2,3,1", &["--out"]);
    fails(2, &format!("init {out}"), &["--layers _,10,5,_", "nothing to take a width from", "--data"]);
    fails(2, &format!("init --layers 2,_ {out}"), &["--layers 2,_", "--data"]);
    fails(2, &format!("init --layers 2,3,1 --init lsuv {out}"), &["lsuv", "--data"]);
    fails(2, &format!("init --layers 2,3,1 --init he,lecun {out}"), &["one --init"]);
    fails(2, &format!("init --layers 2,3,1 --seeds 2 {out}"), &["--seeds 1"]);
    fails(2, &format!("init --layers 2,3,1 --naming pytorhc {out}"), &["did you mean \"pytorch\"?"]);
    fails(2, &format!("init --layers 2,3,1 --dtype f8 {out}"), &["f64, f32, bf16, f16"]);
    fails(1, &format!("init --layers 2,3,1 --init normal:1e9 --dtype f16 {out}"), &["too large for f16"]);
    fails(1, &format!("init --layers 2,3,1 --out {}", path("nowhere/w")), &["nowhere", "cannot be written"]);
    fails(1, &format!("train --data circles --save {}", path("nowhere/w")), &["nowhere", "no such folder"]);
    fails(2, &format!("train --data circles --seeds 2 --save {}", path("w")), &["--seeds 1"]);
    fails(1, &format!("train --data circles --init file:{}", path("w")), &["cannot be read"]);
    fails(2, "train --data circles --init he/file:w", &["file:w", "not a scheme for a layer"]);
    fails(2, "train --data circles --init file:", &["needs a file"]);
    fails(2, "theory --init file:w", &["file:w", "theory"]);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    // What is there is no better if it is another network's.
    assert_eq!(headstart(&format!("init --layers 2,3,1 {out}")).code, 0);
    let init = format!("--init file:{} --steps 2", path("w.safetensors"));
    fails(1, &format!("compare --data circles {init}"), &["w.safetensors", "3 x 2", "10 x 2", "--layers"]);
    for command in ["train", "compare", "probe", "explain"] {
        let said = headstart(&format!("{command} --data circles --layers 2,3,1 {init}"));
        assert_eq!(said.code, 0, "{command}: {}", said.err);
    }
}

#[test]
fn nothing_is_half_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let said = headstart(&format!("train --data circles --steps 2 --csv {}", path("nowhere/runs.csv")));
    assert_eq!(said.code, 1);
    assert!(said.err.contains("cannot be written"), "{}", said.err);
    fs::write(path("runs.csv"), "precious").unwrap();
    fails(2, &format!("train --data circles --steps 0 --csv {}", path("runs.csv")), &[]);
    assert_eq!(fs::read_to_string(path("runs.csv")).unwrap(), "precious");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn paths_may_have_blanks_and_any_letters() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("Kätzchen und Hunde.csv");
    fs::write(&path, "größe,art\r\n1,Hund\r\n2,Katze\r\n3,Hund\r\n4,Katze\r\n5,Hund\r\n6,Katze\r\n").unwrap();
    let said = headstart_with(&["train", "--data", Path::to_str(&path).unwrap(), "--label", "art", "--steps", "2"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.contains("2 classes (Hund, Katze)"), "{}", said.out);
}
