//! Running the program and looking at what it says.

use assert_cmd::Command;
use serde_json::Value;
use std::path::PathBuf;

/// What a command left behind.
pub struct Said {
    pub code: i32,
    pub out: String,
    /// In one line: that it is broken into lines is for people.
    pub err: String,
}

/// Runs `headstart` with arguments separated by blanks, as a shell has them: between quotes blanks are kept.
pub fn headstart(arguments: &str) -> Said {
    let words = words(arguments);
    headstart_with(&words.iter().map(String::as_str).collect::<Vec<_>>())
}

/// The words of a line.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for letter in line.chars() {
        match (letter, quote) {
            (letter, Some(open)) if letter == open => quote = None,
            ('\'' | '"', None) => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (letter, None) if letter.is_whitespace() => words.extend(word.take()),
            (letter, _) => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

/// Runs `headstart` with arguments that may have blanks.
pub fn headstart_with(arguments: &[&str]) -> Said {
    let output = Command::cargo_bin("headstart").unwrap().args(arguments).output().unwrap();
    let said = Said {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap().replace('\n', " "),
    };
    assert!(!said.err.contains("panicked"), "{arguments:?}: {}", said.err);
    said
}

/// The JSON that a command prints, and nothing else on standard output.
#[allow(dead_code)]
pub fn json(arguments: &str) -> Value {
    let said = headstart(&format!("{arguments} --format json"));
    assert_eq!(said.code, 0, "{arguments}: {}", said.err);
    serde_json::from_str(&said.out).unwrap()
}

/// The same, on an instruction set, or on the fastest one where the machine does not have it.
#[allow(dead_code)]
pub fn json_on(set: &str, arguments: &str) -> Value {
    let mut command = Command::cargo_bin("headstart").unwrap();
    command.env("HEADSTART_ISA", set).args(arguments.split_whitespace()).args(["--format", "json"]);
    serde_json::from_slice(&command.assert().success().get_output().stdout).unwrap()
}

/// The folder with the course's cat images, if this machine has it.
#[allow(dead_code)]
pub fn cats() -> Option<PathBuf> {
    let given = std::env::var_os("HEADSTART_CATS_DIR").map(PathBuf::from);
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/cats"));
    let found = [given, Some(beside)].into_iter().flatten().find(|folder| folder.join("train_catvnoncat.h5").is_file());
    if found.is_none() {
        eprintln!("SKIPPED: no cat images; set HEADSTART_CATS_DIR to the folder that has them");
    }
    found
}
