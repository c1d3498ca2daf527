//! Stores: all that `study list`, `show` and `export` read of one.

#![no_main]

use headstart::study::store::check_file;
use libfuzzer_sys::fuzz_target;
use std::path::PathBuf;
use std::sync::LazyLock;
use tempfile::TempDir;

static FOLDER: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a folder"));

fuzz_target!(|bytes: &[u8]| {
    let path: PathBuf = FOLDER.path().join("study.db");
    std::fs::write(&path, bytes).expect("a file");
    let _ = check_file(&path);
});
