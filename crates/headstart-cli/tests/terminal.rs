//! Colours and widths: at a terminal, and where there is none.

mod common;

use assert_cmd::Command;
use std::process::Command as Program;

const COMPARE: &str = "compare --data circles --init he,normal:0.1 --seeds 6 --steps 50";
const EXPLAIN: &str = "explain --data circles --init normal:0.01 --lr 0.01 --steps 300";
const ADVISE: &str = "advise --data circles --steps 50 --budget 50ksteps";

/// What decides on colours besides the terminal. CI counts as a terminal that has them.
const ASKED: [&str; 4] = ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "CI"];

/// What is printed into a pipe, with these variables set.
fn piped(arguments: &str, set: &[(&str, &str)]) -> String {
    let mut command = Command::cargo_bin("headstart").unwrap();
    for name in ASKED {
        command.env_remove(name);
    }
    command.args(arguments.split(' ')).envs(set.iter().copied());
    String::from_utf8(command.assert().success().get_output().stdout.clone()).unwrap()
}

/// What is shown at a terminal of so many columns, if there is a program that makes one.
fn at_a_terminal(arguments: &str, columns: usize, set: &[(&str, &str)]) -> Option<String> {
    let program = assert_cmd::cargo::cargo_bin("headstart");
    let line = format!("stty rows 24 cols {columns}; {} {arguments}", program.display());
    let mut script = Program::new("script");
    for name in ASKED {
        script.env_remove(name);
    }
    let output = script.args(["-qec", &line, "/dev/null"]).env("TERM", "xterm").envs(set.iter().copied()).output();
    let shown = output.ok().filter(|output| output.status.success());
    if shown.is_none() {
        eprintln!("SKIPPED: no program \"script\" that makes a terminal");
    }
    shown.map(|output| String::from_utf8(output.stdout).unwrap().replace("\r\n", "\n"))
}

/// A text without what makes it coloured.
fn stripped(text: &str) -> String {
    let (first, others) = text.split_once('\x1b').unwrap_or((text, ""));
    let after = |part: &str| part.split_once('m').unwrap().1.to_owned();
    let others = if others.is_empty() { String::new() } else { others.split('\x1b').map(after).collect() };
    first.to_owned() + &others
}

#[test]
fn there_are_colours_only_where_they_are_wanted() {
    let plain = piped(COMPARE, &[]);
    assert!(!plain.contains('\x1b'), "{plain}");
    let forced = piped(COMPARE, &[("CLICOLOR_FORCE", "1")]);
    assert!(forced.contains("\x1b["), "{forced}");
    assert_eq!(stripped(&forced), plain);
    assert_eq!(piped(COMPARE, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]), plain);
    let Some(shown) = at_a_terminal(COMPARE, 80, &[]) else { return };
    assert!(shown.contains("\x1b[2m"), "{shown}");
    for none in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let shown = at_a_terminal(COMPARE, 80, &[none]).unwrap();
        assert_eq!(shown, plain, "{none:?}");
    }
}

#[test]
fn lines_are_as_long_as_the_terminal_and_say_the_same() {
    let words = |text: &str| {
        let mut words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        // Names stand again where a table goes on below, and lines are broken elsewhere.
        words.sort();
        words.dedup();
        words
    };
    for arguments in [COMPARE, EXPLAIN, ADVISE] {
        let plain = piped(arguments, &[]);
        assert!(plain.lines().all(|line| line.chars().count() <= 80), "{plain}");
        for columns in [40, 60, 80, 120, 200] {
            let Some(shown) = at_a_terminal(arguments, columns, &[("NO_COLOR", "1")]) else { return };
            let most = columns.clamp(60, 120);
            assert!(shown.lines().all(|line| line.chars().count() <= most), "{columns}: {shown}");
            let missing: Vec<String> =
                words(&plain).into_iter().filter(|word| !words(&shown).contains(word) && word != "\\").collect();
            assert!(missing.is_empty(), "{columns}: {missing:?} {shown}");
        }
    }
}
