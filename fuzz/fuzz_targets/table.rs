//! Tables of text, also packed by gzip: what does not begin like another format is read as CSV.

#![no_main]

use headstart::data::check_bytes;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = check_bytes("a.csv", bytes, 1 << 26);
});
