//! Imports run one way: which modules may import which is written down here, and held against the sources.

#[path = "../../headstart-engine/tests/common/direction.rs"]
mod direction;

use direction::{Module, assert_one_way};
use std::path::Path;

/// The modules of the program, bottom first: each may import those before it in this list, and no others.
const PROGRAM: &[Module] = &[
    ("as_written", "values with the text they were written as"),
    ("answer", "what a command found"),
    ("output", "what is printed"),
    ("interrupts", "Ctrl-C and its kin"),
    ("synonyms", "flags by the names that others have for them"),
    ("help", "screens and sections, made of what commands say of themselves"),
    ("files", "flags that name files, and what may not be written over"),
    ("flags", "flags that several commands have"),
    ("ask", "asking: who asks, and what comes of it"),
    ("device", "what does the runs of a command"),
    ("runs", "the runs of a task, done and told"),
    ("studies", "studies and maps, worked on and told"),
    ("commands", "a file for each: flags, help, and what it does"),
    ("lab", "commands that a page asks for"),
    ("progress", "how far work is, at the terminal"),
    ("printed", "runs that are printed while they end"),
    ("terminal", "the program"),
];

/// The files of flags, in the same manner.
const FLAGS: &[Module] = &[
    ("values", "readers of values"),
    ("picture", "what is drawn, and how large"),
    ("page", "the page that shows what was found"),
    ("output", "what is shown and written"),
    ("weights", "how weights are written"),
    ("data", "where the samples come from"),
    ("network", "what is trained"),
    ("init", "where training starts"),
    ("training", "how training goes on"),
    ("study", "axes of a study, how long it is worked on, and how it is drawn"),
    ("config", "configuration files, and flags over them"),
    ("device", "what trains"),
    ("task", "all of a task"),
];

/// The commands: none of them knows another one.
const COMMANDS: &[&str] = &[
    "advise",
    "train",
    "compare",
    "map",
    "sweep",
    "study",
    "replicate",
    "theory",
    "probe",
    "audit",
    "explain",
    "data",
    "init",
    "lab",
    "completions",
];

fn src() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))
}

#[test]
fn modules_import_those_below_them_only() {
    assert_one_way(src(), &[], PROGRAM);
}

#[test]
fn flags_import_those_below_them_only() {
    assert_one_way(src(), &["flags"], FLAGS);
}

/// An order that stands as well when it is turned around is one of things that do not import each other.
#[test]
fn no_command_imports_another_one() {
    let order: Vec<Module> = COMMANDS.iter().map(|&name| (name, "")).collect();
    assert_one_way(src(), &["commands"], &order);
    let turned: Vec<Module> = order.into_iter().rev().collect();
    assert_one_way(src(), &["commands"], &turned);
}
