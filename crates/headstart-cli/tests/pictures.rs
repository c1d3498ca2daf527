//! The pictures in README and docs are what the commands above them draw. `docs/pictures.sh` draws those that are stale.

mod common;

#[path = "../../headstart/tests/alike/mod.rs"]
mod alike;

use common::headstart;
use headstart::heat::{self, Colours};
use headstart::plot::{Format, Look};
use headstart::report::pictures;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Pictures of work that takes a minute and more: they are drawn on request, and otherwise it is only looked whether pictures of their
/// kind have changed since.
const SLOW: [&str; 11] = [
    "batchnorm.png",
    "depth.png",
    "fractal.png",
    "guide.png",
    "mup.png",
    "rate-mup.png",
    "rate-standard.png",
    "resnet.png",
    "saxe.png",
    "start.png",
    "xiao.png",
];

/// Where it stands what pictures of their kind looked like when they were drawn.
const LOCK: &str = "docs/pictures.lock";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A picture in a text: its file, and the command above it that draws it.
struct Shown {
    file: PathBuf,
    command: String,
}

/// All pictures of README and docs.
fn shown() -> Vec<Shown> {
    let docs = std::fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let texts = docs.filter(|path| path.extension().is_some_and(|ending| ending == "md"));
    let replications = std::fs::read_to_string(root().join("docs/replicate.md")).unwrap();
    let elsewhere: Vec<&str> = replications.lines().collect();
    let mut found: Vec<Shown> = Vec::new();
    for text in texts.chain([root().join("README.md")]) {
        let words = std::fs::read_to_string(&text).unwrap();
        let folder = text.parent().unwrap();
        let pictures = words.lines().enumerate().filter_map(|(line, words)| {
            let (_, rest) = words.strip_prefix("![")?.split_once("](")?;
            Some((line, rest.split_once(')')?.0))
        });
        for (line, name) in pictures.filter(|(_, name)| !name.contains("pictures/")) {
            let file = folder.join(name);
            let name = file.file_name().unwrap().display();
            let draws = [format!("--png {name}"), format!("--png docs/{name}")];
            let above: Vec<&str> = words.lines().take(line).collect();
            let is_of = |command: &&&str| {
                let command = command.trim_start();
                ["headstart ", "cargo run --release -- "].iter().any(|program| command.starts_with(program))
                    && draws.iter().any(|draws| command.ends_with(draws) || command.contains(&format!("{draws} ")))
            };
            // The guide is written by a command, which stands in another text.
            let command = above.iter().rev().find(is_of).or_else(|| elsewhere.iter().find(is_of));
            let command = command.unwrap_or_else(|| {
                panic!("{}, line {}: no command above it has {}", text.display(), line + 1, draws[0])
            });
            let arguments =
                command.trim_start().trim_start_matches("cargo run --release --").trim_start_matches("headstart");
            found.push(Shown { file, command: arguments.trim().to_owned() });
        }
    }
    found.sort_by(|a, b| a.file.file_name().cmp(&b.file.file_name()));
    found.dedup_by(|a, b| a.file.file_name() == b.file.file_name());
    found
}

#[test]
fn pictures_in_the_docs_are_what_the_commands_above_them_draw() {
    let draws_all = std::env::var("HEADSTART_DRAW").is_ok_and(|what| what == "all");
    let folder = tempfile::tempdir().unwrap();
    let mut lock = String::new();
    let all = shown();
    assert!(all.len() >= 8, "README and docs show {} pictures", all.len());
    for Shown { file, command } in &all {
        let name = file.file_name().unwrap().to_str().unwrap();
        let is_slow = SLOW.contains(&name);
        let _ = is_slow.then(|| writeln!(lock, "{name} {}", look_of_maps()));
        if is_slow && !draws_all {
            continue;
        }
        let drawn = folder.path().join(name);
        let (before, behind) = command.rsplit_once("--png ").unwrap();
        let behind = behind.split_once(' ').map_or("", |(_, rest)| rest);
        let command = format!("{before}--png {} {behind}", drawn.display());
        let (before, behind) = command.split_once("--markdown ").unwrap_or((&command, ""));
        // The text beside the picture is not what is looked at here.
        let behind = behind.split_once(' ').map_or("", |(_, rest)| rest);
        let said = headstart(&format!("{before}{behind}"));
        assert!(drawn.is_file(), "{command}: {}", said.err);
        alike::check(&std::fs::read(&drawn).unwrap(), file);
    }
    let kept = root().join(LOCK);
    if draws_all {
        std::fs::write(&kept, &lock).unwrap();
    }
    let before = std::fs::read_to_string(&kept).unwrap_or_default();
    assert_eq!(
        before, lock,
        "pictures that take long are stale, as maps look otherwise now: docs/pictures.sh all draws them"
    );
}

/// A number that changes when maps look otherwise.
fn look_of_maps() -> String {
    let axis = |name: &str| heat::Axis::new(name, vec![0.1, 1.0, 10.0]);
    let map = heat::Map {
        x: axis("gain"),
        y: axis("depth"),
        value: "accuracy".to_owned(),
        range: [0.0, 1.0],
        colours: Colours::Sequential,
        small_is_best: false,
        outline: Some(0.5),
        lines: vec![heat::Line { name: "critical".to_owned(), points: vec![[1.0, 0.0], [1.0, 20.0]] }],
        panels: vec![heat::Panel { title: "relu".to_owned(), axes: None, cells: vec![vec![0.1, 0.5, 0.9]; 3] }; 2],
    };
    let svg = pictures::map("a map", "of what", &map).bytes(Format::Svg, &Look::default()).unwrap();
    // The FNV-1a hash (Fowler, Noll, Vo).
    let hash = svg
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
}
