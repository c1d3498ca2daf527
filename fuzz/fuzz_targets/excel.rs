//! Excel's workbooks, and ZIP around one file of another format.

#![no_main]

use headstart::data::check_bytes;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = check_bytes("a.zip", bytes, 1 << 26);
});
