//! Arrow IPC, as files and as streams: what has no mark is told by the ending.

#![no_main]

use headstart::data::check_bytes;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = check_bytes("a.arrow", bytes, 1 << 26);
});
