//! Imports run one way: which modules may import which is written down here, and held against the sources.

#[path = "common/direction.rs"]
mod direction;

use direction::{Module, Source, assert_one_way};
use std::path::Path;

/// The modules of the engine, bottom first: each may import those before it in this list, and no others.
const ENGINE: &[Module] = &[
    ("names", "words that users type, and what others call the same: strings, and nothing of what they name"),
    ("watch", "how far running work is, and a word to stop it"),
    ("coefficients", "numbers that elementary functions are made of, for each precision"),
    ("simd", "vectors of 64 bytes, the same on every instruction set"),
    ("math", "elementary functions on vectors"),
    ("share", "large kernels on several threads"),
    ("matrix", "numbers with samples along the lanes, and their products"),
    ("rng", "random streams"),
    ("activation", "what a hidden unit does to its pre-activation"),
    ("network", "widths, output and loss, and where parameters lie"),
    ("optimizer", "how a gradient becomes a step"),
    ("theory", "signals in wide networks, and where to start"),
    ("init", "schemes, their grammar, and drawing from them"),
    ("train", "from first parameters to a trace and to figures"),
    ("landscape", "the loss as a function of the parameters"),
    ("probe", "what is measured at one point of it"),
];

/// The files of training, in the same manner.
const TRAIN: &[Module] = &[
    ("error", "why a problem cannot be set up"),
    ("training", "what a training is: its numbers"),
    ("order", "which samples a step uses"),
    ("gram", "descent without the features: when, and on which layers"),
    ("gather", "samples side by side in the lanes, and how many at a time"),
    ("labels", "what the outputs for a batch are compared with"),
    ("data", "samples that many problems share"),
    ("problem", "network, training and samples together"),
    ("plain", "a problem as plain numbers"),
    ("prior", "the best answers that do not depend on the inputs"),
    ("classes", "figures of a classification"),
    ("output", "from logits to the loss, its gradient, and predictions"),
    ("errors", "the squared error of each output"),
    ("dropout", "units that are left out"),
    ("layer", "a dense layer's work"),
    ("course", "through a network of blocks and back"),
    ("pass", "through the network and back"),
    ("outputs", "what a network says of samples without labels"),
    ("run", "what came of a run"),
    ("checkpoint", "where a training stands"),
    ("worker", "one run at a time"),
    ("population", "many runs over all cores"),
];

fn src() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))
}

#[test]
fn modules_import_those_below_them_only() {
    assert_one_way(src(), &[], ENGINE);
}

#[test]
fn files_of_training_import_those_below_them_only() {
    assert_one_way(src(), &["train"], TRAIN);
}

#[test]
fn every_way_to_write_an_import_is_seen() {
    let text = r##"
        use crate::a;
        use crate::{b::B, c::{self, C as D}, d::*};
        use super::e::E;
        use {self::f::F, std::fmt};
        // use crate::comment;
        /* crate::comment::too /* and::this */ */
        const TEXT: &str = "crate::text";
        const RAW: &str = r#"a " crate::raw"#;
        pub(crate) fn g<'a>(x: &'a [crate::g::G; 2], quote: char) -> bool { quote == '"' && super::h::<u8>(x) }
        mod inner {
            use super::super::i::I;
        }
        #[cfg(test)]
        mod written_elsewhere;
        #[cfg(test)]
        mod tests {
            use crate::test::Test;
        }
        #[cfg(not(test))]
        use crate::j;
    "##;
    let module: Vec<String> = ["room", "file"].map(str::to_owned).to_vec();
    let Source { imports, of_tests } = Source::read(text, &module);
    let found: Vec<String> =
        imports.iter().map(|import| format!("{} {}", import.line, import.path.join("::"))).collect();
    let expected = [
        "2 a",
        "3 b::B",
        "3 c",
        "3 c::C",
        "3 d",
        "4 room::e::E",
        "5 room::file::f::F",
        "10 g::G",
        "10 room::h",
        "12 room::i::I",
        "21 j",
    ];
    assert_eq!(found, expected);
    assert_eq!(of_tests, [["room", "file", "written_elsewhere"].map(str::to_owned)]);
}
