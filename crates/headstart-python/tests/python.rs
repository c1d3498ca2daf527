//! The tests of the Python package: pytest, with mypy and ruff among them, in an environment of their own.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The folder of the package, and where the workspace builds.
fn folders() -> (PathBuf, PathBuf) {
    let test = std::env::current_exe().expect("a test has a path");
    // Of `target/debug/deps/python-...`.
    let built = test.ancestors().nth(2).expect("tests are built into a folder of theirs").to_owned();
    (Path::new(env!("CARGO_MANIFEST_DIR")).join("python"), built)
}

/// Says something that is seen however the tests are run.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

fn words(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The interpreter of an environment that has what the tests need; None, and it is said, where there is none and none can be made.
fn interpreter(package: &Path, target: &Path) -> Option<PathBuf> {
    let folder = target.join("python");
    let made = Command::new("sh").arg(package.join("environment.sh")).arg(&folder).output();
    let why = match made {
        Ok(made) if made.status.success() => return Some(folder.join("bin/python")),
        Ok(made) => words(&made),
        Err(error) => error.to_string(),
    };
    say(&format!("SKIPPED: the Python package is not tested, as its environment cannot be made:\n{why}"));
    None
}

#[test]
fn the_package_passes_its_tests() {
    let (package, built) = folders();
    let target = built.parent().expect("a profile's folder is in that of the workspace");
    let Some(python) = interpreter(&package, target) else { return };
    // Beside the sources, where an import finds it.
    let name = format!("{}headstart_native{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    let native = package.join("headstart/_native.abi3.so");
    let _ = std::fs::remove_file(&native);
    // Tests build it in one place and `cargo build` puts it into the other one, too: the newer one is that of these sources.
    let age = |library: &PathBuf| library.metadata().and_then(|about| about.modified()).ok();
    let library = [built.join(&name), built.join("deps").join(&name)].into_iter().max_by_key(age);
    std::fs::copy(library.expect("there are two places"), &native).expect("the extension was built before its tests");
    let tests = Command::new(python)
        .args(["-m", "pytest", "--quiet", "--color=no", "-rs", "--durations=10"])
        .current_dir(package.join("../../.."))
        .env("PYTHONPATH", &package)
        .output()
        .expect("Python runs");
    let words = words(&tests);
    assert!(tests.status.success(), "{words}");
    // What was skipped, and what took the time.
    say(&words);
}
