//! HDF5.

#![no_main]

use headstart::data::check_bytes;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = check_bytes("a.h5", bytes, 1 << 26);
});
