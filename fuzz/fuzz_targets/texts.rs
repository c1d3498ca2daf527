//! ARFF, svmlight, JSON and text with blanks, in every encoding: the first byte is the file's ending, which tells the format where
//! the rest does not.

#![no_main]

use headstart::data::check_bytes;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((which, text)) = bytes.split_first() else { return };
    let names = ["a.arff", "a.libsvm", "a.json", "a.jsonl", "a.dat"];
    let _ = check_bytes(names[usize::from(*which) % names.len()], text, 1 << 26);
});
