//! Files of weights: what `--init file:` reads.

#![no_main]

use headstart::weights::check_bytes;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = check_bytes(bytes);
});
