//! What was asked for is written, whatever becomes of the terminal, and nothing else is touched: outputs are no inputs, files
//! come before text, and no stream that is full, closed or hostile ends the program badly.
#![cfg(unix)]

mod common;

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

const TASK: &str = "--data circles --samples 20,10 --steps 5";

/// Runs a line of shell in a folder; `$B` is the program.
fn shell(folder: &Path, line: &str) -> Output {
    let program = assert_cmd::cargo::cargo_bin("headstart");
    Command::new("sh").arg("-c").arg(line).env("B", program).current_dir(folder).output().unwrap()
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn exists(folder: &Path, names: &[&str]) {
    for name in names {
        assert!(folder.join(name).is_file(), "{name} was not written");
    }
}

#[test]
fn files_are_written_though_nobody_reads_the_text() {
    let folder = folder();
    // The shell's own status is that of the program: what reads is a pipe that is closed at once.
    let ended = |line: &str, files: &[&str]| {
        let said = shell(folder.path(), &format!("{{ {line}; echo $? > status; }} | true"));
        assert!(said.stderr.is_empty(), "{line}: {}", String::from_utf8_lossy(&said.stderr));
        exists(folder.path(), files);
        assert_eq!(std::fs::read_to_string(folder.path().join("status")).unwrap(), "0\n", "{line}");
    };
    // Larger than a pipe holds, so that it is noticed.
    ended(&format!("$B train {TASK} --seeds 2000 --csv a.csv"), &["a.csv"]);
    ended(&format!("$B train {TASK} --save b.safetensors --format json"), &["b.safetensors"]);
    ended(
        &format!("$B compare {TASK} --seeds 2000 --format json --csv c.csv --parquet c.parquet"),
        &["c.csv", "c.parquet"],
    );
    ended(&format!("$B map {TASK} --x lr=0.1,1 --y gain=1,2 --html d.html"), &["d.html"]);
    ended(&format!("$B probe {TASK} --png e.png"), &["e.png"]);
    ended(&format!("$B explain {TASK} --png f.png"), &["f.png"]);
    // Without files there is nothing to go on for.
    let begin = Instant::now();
    ended("$B compare --data circles --seeds 100000 --steps 200 --format json", &[]);
    assert!(begin.elapsed() < Duration::from_mins(1));
}

#[test]
fn a_configuration_is_not_printed_into_itself() {
    let folder = folder();
    let print = format!("$B train {TASK} --print-config");
    assert_eq!(shell(folder.path(), &format!("{print} > c.toml")).status.code(), Some(0));
    let before = std::fs::read(folder.path().join("c.toml")).unwrap();
    let again = shell(folder.path(), "$B train --config c.toml --print-config >> c.toml");
    assert_eq!(again.status.code(), Some(2));
    assert_eq!(std::fs::read(folder.path().join("c.toml")).unwrap(), before);
}

#[test]
fn a_hangup_is_not_heard_where_it_is_ignored() {
    let folder = folder();
    let hang_up = |trap: &str, runs: usize| {
        let sweep = format!("sweep --data circles --samples 30,10 --steps 6000 --axis lr=0.1..1:{runs} --threads 1");
        let line = format!("{trap} $B {sweep} --out {runs}.db & p=$!; sleep 0.3; kill -HUP $p; wait $p");
        shell(folder.path(), &line).status.code()
    };
    assert_eq!(hang_up("trap '' HUP;", 100), Some(0));
    assert_eq!(hang_up("", 10_000), Some(1));
}

#[test]
fn an_output_that_failed_is_a_failure_though_nobody_reads() {
    let folder = folder();
    std::fs::create_dir(folder.path().join("sub")).unwrap();
    let line = format!("{{ $B train {TASK} --csv sub; echo $? > status; }} | true");
    shell(folder.path(), &line);
    assert_eq!(std::fs::read_to_string(folder.path().join("status")).unwrap(), "1\n");
}

#[test]
fn streams_that_are_full_or_closed_lose_no_results() {
    let folder = folder();
    let code = |line: &str| shell(folder.path(), line).status.code();
    if Path::new("/dev/full").exists() {
        assert_eq!(code(&format!("$B train {TASK} --csv a.csv >/dev/full")), Some(1));
        exists(folder.path(), &["a.csv"]);
        assert_eq!(code("$B train --data nofile 2>/dev/full"), Some(2));
        assert_eq!(code("$B --nonsense 2>/dev/full"), Some(2));
        for help in ["--help", "--version", "study export --help", "help train"] {
            let said = shell(folder.path(), &format!("$B {help} >/dev/full"));
            assert_eq!(said.status.code(), Some(1), "{help}");
            assert!(String::from_utf8_lossy(&said.stderr).contains("standard output"), "{help}");
        }
    }
    // Files that are opened later do not get the numbers of the streams, nor their text.
    assert_eq!(code(&format!("$B train {TASK} --csv b.csv --html b.html >&- 2>&- <&-")), Some(0));
    let text = std::fs::read_to_string(folder.path().join("b.csv")).unwrap();
    assert!(text.starts_with("init,") && text.lines().count() == 2, "{text}");
    assert_eq!(code("$B --help | true"), Some(0));
}

#[test]
fn what_is_printed_does_not_go_into_a_file_of_the_command() {
    let folder = folder();
    std::fs::write(folder.path().join("x.csv"), "a,y\n1,0\n2,1\n3,0\n4,1\n5,0\n6,1\n").unwrap();
    let refused = |line: &str| {
        let said = shell(folder.path(), line);
        let message = String::from_utf8_lossy(&said.stderr).replace('\n', " ");
        assert!(said.status.code() == Some(2) && message.contains("what is printed goes there"), "{line}: {message}");
    };
    refused(&format!("$B train {TASK} --csv r.csv > r.csv"));
    refused("$B train --data x.csv --steps 5 >> x.csv");
    let text = std::fs::read_to_string(folder.path().join("x.csv")).unwrap();
    assert!(text.starts_with("a,y\n1,0\n"));
}

#[test]
fn what_only_the_files_name_is_an_input_too() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let rows = "1,c0\n2,c1\n".repeat(20);
    std::fs::write(at("x.csv"), format!("a,y\n{rows}")).unwrap();
    std::fs::write(at("t.toml"), "[data]\ndata = 'x.csv'\n[training]\nsteps = 5\n").unwrap();
    assert!(
        shell(folder.path(), "$B sweep --data x.csv --steps 5 --axis lr=0.1,1 --axis gain=1,2 --out s.db")
            .status
            .success()
    );
    assert!(shell(folder.path(), "$B train --data x.csv --steps 5 --save w.safetensors").status.success());
    // IDX images and the labels beside them, which nobody names.
    let idx = |shape: &[u32], bytes: &[u8]| {
        let sizes: Vec<u8> = shape.iter().flat_map(|size| size.to_be_bytes()).collect();
        [&[0, 0, 8, shape.len() as u8], sizes.as_slice(), bytes].concat()
    };
    std::fs::write(at("a-images-idx3-ubyte"), idx(&[20, 2, 2], &[7; 80])).unwrap();
    std::fs::write(at("a-labels-idx1-ubyte"), idx(&[20], &[0, 1].repeat(10))).unwrap();
    let before: Vec<Vec<u8>> =
        ["x.csv", "s.db", "w.safetensors", "a-labels-idx1-ubyte"].map(|name| std::fs::read(at(name)).unwrap()).into();
    for line in [
        "explain --config t.toml --png x.csv",
        "advise --config t.toml --html x.csv",
        "map --config t.toml --x lr=0.1,1 --y gain=1,2 --out m.db --png x.csv",
        "study draw s.db --png x.csv",
        "study draw s.db --html s.db",
        "study export s.db --csv s.db",
        "study export s.db --parquet s.db-wal",
        "train --config t.toml --csv s.db-journal",
        "train --config t.toml --csv s.db",
        "init --layers 1,10,5,1 --init file:w.safetensors --out w.safetensors",
        "train --data a-images-idx3-ubyte --steps 2 --csv a-labels-idx1-ubyte",
    ] {
        let said = shell(folder.path(), &format!("$B {line}"));
        assert_eq!(said.status.code(), Some(2), "{line}: {}", String::from_utf8_lossy(&said.stderr));
    }
    let after: Vec<Vec<u8>> =
        ["x.csv", "s.db", "w.safetensors", "a-labels-idx1-ubyte"].map(|name| std::fs::read(at(name)).unwrap()).into();
    assert!(before == after);
    assert!(!at("s.db-wal").exists() && !at("s.db-journal").exists() && !at("m.db").exists());
}

#[test]
fn a_name_that_says_another_format_is_refused() {
    for (line, says) in
        [("--png x.jpg", ".png or .svg"), ("--png x.pdf", ".svg"), ("--html x.csv", ".html"), ("--csv x.json", ".csv")]
    {
        let said = common::headstart(&format!("train {TASK} {line}"));
        assert!(said.code == 2 && said.err.contains(says) && said.err.contains(line), "{}", said.err);
    }
}

#[test]
fn a_configuration_serves_every_command() {
    let folder = folder();
    let text = "[data]\ndata = 'circles'\nsamples = [20, 10]\n[training]\nsteps = 12\n[map]\nvalue = 'loss'\n\
                [study]\naxes = ['lr=0.1,1', 'gain=1,2']\n";
    std::fs::write(folder.path().join("t.toml"), text).unwrap();
    std::fs::write(folder.path().join("unknown.toml"), format!("{text}[maps]\nvalue = 'loss'\n")).unwrap();
    std::fs::write(folder.path().join("wrong.toml"), format!("{text}refine = 'x'\n")).unwrap();
    for command in
        ["train", "compare", "advise", "explain", "probe", "map", "sweep --out s.db", "init --out w.safetensors"]
    {
        let said = shell(folder.path(), &format!("$B {command} --config t.toml"));
        assert!(said.status.success(), "{command}: {}", String::from_utf8_lossy(&said.stderr));
        for wrong in ["unknown.toml", "wrong.toml"] {
            let said = shell(folder.path(), &format!("$B {command} --config {wrong}"));
            assert_eq!(said.status.code(), Some(2), "{command} {wrong}");
        }
    }
    let printed = shell(folder.path(), "$B train --config t.toml --print-config").stdout;
    assert!(!String::from_utf8_lossy(&printed).contains("[map]"));
}

#[test]
fn a_configuration_is_read_within_bounds() {
    let folder = folder();
    std::fs::write(folder.path().join("long.toml"), "#".repeat(5_000_000)).unwrap();
    let refused = |line: &str, says: &str| {
        let said = shell(folder.path(), line);
        let message = String::from_utf8_lossy(&said.stderr).replace('\n', " ");
        assert!(said.status.code() == Some(2) && message.contains(says), "{line}: {message}");
    };
    refused("$B train --config long.toml", "larger than");
    refused("$B train --config /dev/zero", "larger than");
    refused("mkfifo pipe; $B train --config pipe", "pipe");
    refused("$B train --config .", "folder");
    // What is open already does not wait.
    let said = shell(folder.path(), &format!("$B train {TASK} --print-config | $B train --config /dev/stdin"));
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
}

#[test]
fn what_a_kill_has_left_is_gone_after_the_next_run() {
    let folder = folder();
    for name in [".headstart-r.csv-aB3dE9", ".headstart-s.db-aB3dE9", ".headstart-s.db-aB3dE9-journal"] {
        std::fs::write(folder.path().join(name), "half").unwrap();
    }
    std::fs::write(folder.path().join(".headstart-other.csv-aB3dE9"), "not of this output").unwrap();
    shell(folder.path(), &format!("$B train {TASK} --csv r.csv; $B sweep {TASK} --axis lr=0.1,1 --out s.db"));
    let mut left: Vec<String> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    left.sort();
    assert_eq!(left, [".headstart-other.csv-aB3dE9", "r.csv", "s.db"]);
}

#[test]
fn the_first_signal_ends_what_has_nothing_to_lose() {
    let folder = folder();
    assert!(Command::new("mkfifo").arg(folder.path().join("pipe")).status().unwrap().success());
    // It waits for data that never come: the shell holds the pipe open.
    let program = assert_cmd::cargo::cargo_bin("headstart");
    for signal in ["INT", "TERM", "HUP"] {
        let mut waiting = Command::new(&program)
            .args(["train", "--data", "/dev/stdin", "--steps", "5"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(500));
        let begin = Instant::now();
        assert!(Command::new("kill").args(["-s", signal, &waiting.id().to_string()]).status().unwrap().success());
        let status = waiting.wait().unwrap();
        assert!(begin.elapsed() < Duration::from_secs(5), "{signal}");
        assert_eq!(status.code(), Some(1), "{signal}");
    }
}

#[test]
fn one_signal_that_comes_twice_at_once_does_not_lose_what_there_is() {
    let folder = folder();
    let long = "--data circles --samples 20,10 --steps 1000000000 --seeds 2 --threads 1";
    // The program and its group are told, as timeout does it.
    let line = format!("$B train {long} --csv r.csv >out 2>err & P=$!; sleep 2; kill -TERM $P; kill -TERM $P; wait $P");
    assert_eq!(shell(folder.path(), &line).status.code(), Some(1));
    exists(folder.path(), &["r.csv"]);
    let said = std::fs::read_to_string(folder.path().join("err")).unwrap();
    assert!(said.contains("interrupted; the results are those until then"), "{said}");
}

#[test]
fn names_that_steer_a_terminal_are_shown_and_do_not() {
    let folder = folder();
    let name = "f\u{1b}[31m\u{202e}.csv";
    let rows = "1,\u{1b}[31mred\u{9b}\n2,dog\u{7f}\n".repeat(20);
    std::fs::write(folder.path().join(name), format!("\u{1b}]0;x\u{7},y\n{rows}")).unwrap();
    std::fs::write(
        folder.path().join("t.toml"),
        format!("[data]\ndata = 'circles'\n\"\\u001b[31mfoo\" = '{}'\n", "x".repeat(5000)),
    )
    .unwrap();
    let run = |line: &str| {
        let said = shell(folder.path(), &line.replace("NAME", &format!("'{name}'")));
        let all = [said.stdout, said.stderr].concat();
        let text = String::from_utf8(all).unwrap();
        let is_harmless = |c: char| c == '\n' || !c.is_control() && c != '\u{202e}';
        assert!(text.chars().all(is_harmless), "{line}: {text:?}");
        text
    };
    for command in ["train", "train --format json", "compare --seeds 2", "probe", "explain --verify"] {
        assert!(run(&format!("$B {command} --data NAME --steps 5")).contains("1b"), "{command}");
    }
    run("$B train --data NAME --label nope");
    run("$B train --data \"$(printf 'nofile\\033[31m')\"");
    run("$B train --data NAME --steps 5 --csv \"$(printf 'no\\033[31m/x')\"");
    run("$B \"$(printf 'tr\\033[31main')\"");
    run("$B train --layers \"$(printf '2,\\033[31m,1')\"");
    run("$B replicate \"$(printf 'dls\\033[31m')\"");
    run("$B train --init \"$(printf 'file:\\033[31m')\" --data NAME");
    let message = run("$B train --config t.toml");
    assert!(message.contains("line 3") && message.len() < 1000, "{message}");
    let json = run("$B train --format json --data NAME --steps 5");
    let told: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(told["task"]["data"]["name"], name);
}
