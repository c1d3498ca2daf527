//! Imports run one way: which modules may import which is written down here, and held against the sources.

#[path = "../../headstart-engine/tests/common/direction.rs"]
mod direction;

use direction::{Module, assert_one_way};
use std::path::Path;

/// The rooms of the core, bottom first: each may import those before it in this list, and no others. docs/architecture.md has the
/// picture.
const CORE: &[Module] = &[
    ("words", "numbers as people read them, and text of others that is safe to be shown"),
    ("serial", "how values are written in files"),
    ("stats", "intervals and tests"),
    ("heat", "a figure over two axes"),
    ("io", "files that are written whole or not at all, and read as far as there is room"),
    ("budget", "how much may be spent"),
    ("data", "samples, from files and built in"),
    ("error", "everything that can go wrong, and whose fault it is"),
    ("plot", "pictures: what is to be drawn, laid out, and as SVG and PNG"),
    ("spec", "a task as users write it"),
    ("flags", "the same as the flags of the command line"),
    ("weights", "weights in files"),
    ("units", "what losses of a regression are told in"),
    ("run", "what came of a training"),
    ("task", "data, network and training that fit one another"),
    ("model", "a trained network, and what is done to samples before it"),
    ("executor", "trainings, one and many"),
    ("events", "what happens while work goes on"),
    ("pulse", "how far work is"),
    ("host", "where work is done, and who watches it"),
    ("live", "trainings that are watched while they go"),
    ("convergence", "one number that says whether a run converged"),
    ("audit", "files of weights, looked at without their network"),
    ("theory", "what theory says of activations and schemes"),
    ("probe", "what a start looks like, layer by layer"),
    ("coordinates", "whether a network learns alike at every width"),
    ("explain", "why a start goes as it goes"),
    ("compare", "initializations side by side"),
    ("advise", "where to start"),
    ("study", "any axes, many seeds, one store"),
    ("map", "two axes as a picture"),
    ("replicate", "what was published, beside what is measured"),
    ("save", "a start, or what a training made of it, as weights"),
    ("outputs", "what may be written where"),
    ("report", "results as text, pages, pictures and files"),
];

/// The modules of `advise`, in the same way: the race and what it comes to know nobody who trains.
const ADVISE: &[Module] = &[
    ("candidates", "what is tried for a network, and what theory rules out"),
    ("code", "a start as code of frameworks"),
    ("trainer", "what is asked of whoever trains, and answered"),
    ("ground", "what starts are held against"),
    ("setting", "what has to be known before anything is trained"),
    ("depth", "what depth costs, and which change of the network helps"),
    ("evidence", "some starts, trained until they are told apart"),
    ("race", "what is asked next, by what was answered"),
    ("advice", "what is advised, as it is told"),
    ("conclude", "what the race comes to, in words"),
    ("drive", "the race driven by a trainer"),
    ("engine", "the engine as a trainer, and what only it can do"),
];

#[test]
fn advice_knows_nobody_who_trains_but_at_its_top() {
    assert_one_way(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &["advise"], ADVISE);
}

#[test]
fn rooms_import_those_below_them_only() {
    assert_one_way(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &[], CORE);
}
