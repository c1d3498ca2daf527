//! The modules of the page, as TypeScript and a linter see them.

use std::process::Command;

#[test]
fn modules_of_the_page_are_typed_and_tidy() {
    let test = std::env::current_exe().unwrap();
    // Of `target/debug/deps/page-...`.
    let folder = test.ancestors().nth(3).unwrap().join("deno");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/check.sh");
    let checked = match Command::new("sh").arg(script).arg(&folder).output() {
        Ok(checked) => checked,
        Err(error) => return eprintln!("SKIPPED: the page's modules are not checked: {error}"),
    };
    let said = String::from_utf8_lossy(&checked.stdout) + String::from_utf8_lossy(&checked.stderr);
    if checked.status.code() == Some(2) {
        return eprintln!("SKIPPED: deno cannot be fetched; the page's modules are not checked:\n{said}");
    }
    assert!(checked.status.success(), "{said}");
}
