//! Imports run one way: which modules may import which is written down here, and held against the sources.

#[path = "../../headstart-engine/tests/common/direction.rs"]
mod direction;

use direction::{Module, assert_one_way};
use std::path::Path;

/// The modules of the lab, bottom first: each may import those before it in this list, and no others.
const LAB: &[Module] = &[
    ("files", "the files of the page"),
    ("guard", "who may ask"),
    ("messages", "what is asked and told"),
    ("lab", "what the lab is to be like"),
    ("flags", "which flags a page may use, and how much"),
    ("outbox", "where a tab is told things"),
    ("hand", "one thing at a time"),
    ("explain", "findings of a race"),
    ("race", "a race on its way"),
    ("map", "a map that is wandered over"),
    ("strip", "trainings all along a slider"),
    ("ask", "commands that are asked for"),
    ("hello", "what there is to choose from"),
    ("tab", "a tab and its work"),
    ("server", "requests"),
];

#[test]
fn modules_import_those_below_them_only() {
    assert_one_way(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &[], LAB);
}
