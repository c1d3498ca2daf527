//! Imports run one way: which modules may import which is written down here, and held against the sources.

#[path = "../../headstart-engine/tests/common/direction.rs"]
mod direction;

use direction::{Module, assert_one_way};
use std::path::Path;

/// The modules of the crate, bottom first: each may import those before it in this list, and no others.
const GPU: &[Module] = &[
    ("kernel", "texts of kernels, made for a design and for what a device has"),
    ("told", "what a kernel is told, as the device reads it"),
    ("adapter", "the device: found, opened, watched, and asked for pipelines"),
    ("peak", "what a device can do at the most"),
    ("pace", "how much is asked of a device at once"),
    ("group", "jobs that one kernel does"),
    ("course", "trainings on the device"),
    ("plan", "in which order jobs are done"),
    ("part", "some jobs, done chunk by chunk and told in their order"),
    ("executor", "runs by the device, and by threads where there is no kernel"),
];

/// The files of kernels, in the same manner.
const KERNEL: &[Module] = &[
    ("design", "what a kernel is made for, and what it is"),
    ("words", "what texts of kernels are written with"),
    ("activation", "activations and their slopes"),
    ("end", "outputs and losses"),
    ("rule", "how a gradient becomes a step"),
    ("head", "what the kernels begin with"),
    ("small", "networks in registers"),
    ("tiles", "networks of any shape, tile by tile of samples"),
    ("look", "what came of a network"),
];

fn src() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))
}

#[test]
fn modules_import_those_below_them_only() {
    assert_one_way(src(), &[], GPU);
    assert_one_way(src(), &["kernel"], KERNEL);
}
