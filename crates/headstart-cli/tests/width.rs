//! How a start goes with the width, asked at the command line.

mod common;

use common::{headstart, headstart_with, json};

const TASK: &str =
    "probe --data circles --samples 60,30 --hidden 8x2 --optimizer adam --lr 0.01 --seeds 2 --coord-check";

#[test]
fn a_check_of_coordinates_says_first_what_goes_with_the_width() {
    let said = headstart(&format!("{TASK} --widths 16,32,64 --coord-steps 2"));
    assert_eq!(said.code, 0, "{}", said.err);
    let answer = said.out.split("\n\n").nth(1).unwrap();
    assert!(answer.contains("steps of adam move") && answer.contains("from width 16 to 64"), "{}", said.out);
    assert!(said.out.lines().all(|line| line.chars().count() <= 80), "{}", said.out);
    let told = json(&format!("{TASK} --widths 16,32,64 --coord-steps 2"));
    let check = &told["coordinates"];
    assert_eq!(
        (&check["widths"], &check["seeds"], &check["steps"]),
        (&serde_json::json!([16, 32, 64]), &2.into(), &2.into())
    );
    let layers = check["layers"].as_array().unwrap();
    assert_eq!((layers.len(), layers[0]["size"].as_array().unwrap().len()), (3, 3));
    assert_eq!(layers[2]["change"][1]["step"], 2);
    // Other threads change nothing.
    assert_eq!(json(&format!("{TASK} --widths 16,32,64 --coord-steps 2 --threads 1"))["coordinates"], *check);
}

#[test]
fn what_has_no_width_to_vary_is_met_with_help() {
    for (flags, says) in [
        ("probe --data circles --layers 2,1 --coord-check", "no hidden layer"),
        ("probe --data circles --init he,glorot --coord-check", "is of one start"),
        ("probe --data circles --widths 8,16", "--coord-check"),
        ("probe --data circles --coord-check --widths 16,8", "rising"),
        ("probe --data circles --coord-check --at-step 3", "--at-step"),
    ] {
        let said = headstart(flags);
        assert!(said.code == 2 && said.err.contains(says), "{flags}: {}", said.err);
    }
}

#[test]
fn branch_scales_are_an_axis_of_maps_and_their_names_one_of_sweeps() {
    let task = "--data circles --samples 40,20 --layers _,6,6,6,_ --block residual --steps 3";
    let map = json(&format!("map {task} --x branch-scale=0.1..1:3 --y lr=0.01,0.1"));
    assert_eq!(map["cells"].as_array().unwrap().len(), 6);
    let said = headstart(&format!("map {task} --x branch-scale=1/L,1 --y lr=0.01,0.1"));
    assert!(said.code == 2 && said.err.contains("the axes of a map are numbers"), "{}", said.err);
    let folder = tempfile::tempdir().unwrap();
    let (store, rows) = (folder.path().join("s.db"), folder.path().join("rows.csv"));
    let axes = "--axis block=residual,pre-norm --axis branch-scale=zero,1/sqrt(L)";
    let swept = headstart(&format!("sweep {task} {axes} --out {}", store.display()));
    assert_eq!(swept.code, 0, "{}", swept.err);
    let exported = headstart(&format!("study export {} --csv {}", store.display(), rows.display()));
    assert_eq!(exported.code, 0, "{}", exported.err);
    let rows = std::fs::read_to_string(rows).unwrap();
    assert!(rows.lines().next().unwrap().contains("block,branch_scale"), "{rows}");
    assert!(rows.contains("residual,0,") && rows.contains("pre-norm,1/sqrt(L),"), "{rows}");
    let store = folder.path().join("t.db").display().to_string();
    let network = "dense 8 | norm layer | relu | dense _";
    let pieces = ["sweep", "--data", "circles", "--network", network, "--axis", "depth=1,2", "--out", &store];
    let said = headstart_with(&pieces);
    assert!(said.code == 2 && said.err.contains("there is no depth to vary"), "{}", said.err);
}
