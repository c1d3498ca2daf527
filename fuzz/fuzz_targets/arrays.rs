//! NPY, NPZ and IDX, also packed by gzip: the format is told by the first bytes.

#![no_main]

use headstart::data::check_bytes;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = check_bytes("a.npz", bytes, 1 << 26);
});
