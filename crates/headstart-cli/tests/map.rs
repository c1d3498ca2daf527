//! Maps at the command line.

mod common;

use common::{headstart, json};

const MAP: &str = "map --data circles --samples 60,20 --layers _,6,_ --steps 60 --x gain=0.1..10:9 --y lr=0.01..1:7";

#[test]
fn a_map_ends_in_the_same_cells_whatever_the_threads_and_after_a_stop() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("map.db");
    let whole = json(&format!("{MAP} --threads 1"));
    assert_eq!(whole["cells"].as_array().unwrap().len(), 63);
    assert_eq!(whole, json(&format!("{MAP} --threads 2")));
    let with_store = format!("{MAP} --out {}", store.display());
    // A budget that is over before the map is.
    let part = headstart(&format!("{with_store} --budget 600steps"));
    assert_eq!(part.code, 0, "{}", part.err);
    assert_eq!(whole, json(&with_store));
    // What is there is drawn without running anything, and a cell is what the same training gives.
    let drawn = json(&format!("study draw {}", store.display()));
    assert_eq!(drawn, whole);
    let cell = &whole["cells"][4 * 9 + 2];
    let (gain, lr) = (&cell["x"], &cell["y"]);
    let run =
        json(&format!("train --data circles --samples 60,20 --layers _,6,_ --steps 60 --init he:{gain} --lr {lr}"));
    assert_eq!(cell["test_accuracy"], run["runs"][0]["test"]["accuracy"]);
    assert_eq!(cell["train_loss"], run["runs"][0]["train"]["loss"]);
}

#[test]
fn pictures_are_drawn_and_the_configuration_says_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).display().to_string();
    let (png, html, toml) = (file("map.png"), file("map.html"), file("map.toml"));
    let said = headstart(&format!("{MAP} --value loss --refine 0.5 --png {png} --html {html}"));
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(
        said.out.contains("training loss") && said.out.lines().all(|line| line.chars().count() <= 80),
        "{}",
        said.out
    );
    assert!(std::fs::read(&png).unwrap().starts_with(b"\x89PNG"));
    assert!(std::fs::read_to_string(&html).unwrap().contains("headstart train"));
    let printed = headstart(&format!("{MAP} --value loss --refine 0.5 --print-config"));
    std::fs::write(&toml, printed.out).unwrap();
    assert_eq!(headstart(&format!("map --config {toml}")).out, said.out);
}

#[test]
fn what_is_no_map_is_met_with_help() {
    for (arguments, code, says) in [
        ("map --data circles", 2, "a map needs its two axes"),
        ("map --data circles --x gain=1,2", 2, "--y"),
        ("map --data circles --x gain=1,2 --y init=he,glorot", 2, "are numbers"),
        ("map --data circles --x gain=1,2 --y gain=3,4", 2, "twice"),
        ("map --data circles --x gain=1,2 --y lr=0,1", 2, "learning rate"),
        ("map --data circles --x gian=1,2 --y lr=1,2", 2, "did you mean \"gain\"?"),
        ("map --data circles --x gain=1,2 --y lr=1,2 --value acuracy", 2, "test-accuracy"),
        ("map --data circles --x gain=1,2 --y lr=1,2 --refine 7", 2, "a share of the cells"),
        ("map --data circles --steps 5 --x gain=1,2 --y lr=1,2 --png /nowhere/map.png", 1, "cannot be written"),
    ] {
        let said = headstart(arguments);
        assert_eq!(said.code, code, "{arguments}: {}", said.err);
        assert!(said.err.contains(says), "{arguments}: {}", said.err);
    }
}
