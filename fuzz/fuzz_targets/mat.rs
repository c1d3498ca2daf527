//! MATLAB's files of every version: what has no mark is read as version 4.

#![no_main]

use headstart::data::check_bytes;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = check_bytes("a.mat", bytes, 1 << 26);
});
