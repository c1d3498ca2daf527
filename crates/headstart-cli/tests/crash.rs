//! Killed, or refused by the disk, at every single file operation: the same command again goes on without anybody's help, and
//! ends in the same bits as one that nothing happened to.
//!
//! Each command is run once under `strace`, which lists what it does to the files of its folder; then once for each of these
//! operations, which `strace` makes the last thing that the process does, or fail. What a command does is looked up and not
//! written down here, so that no operation can be forgotten. `HEADSTART_CRASH=all` has operations that change no file, too,
//! and more signals and errors.
#![cfg(target_os = "linux")]

mod common;

use headstart::study::export::{self, Format};
use headstart::study::store::Store;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const SWEEP: &str =
    "sweep --data circles --samples 20,10 --layers 2,2,1 --steps 5 --axis lr=0.1..1:6 --traces --threads 1";

/// Where a command is to be stopped.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Point {
    /// The system call.
    call: String,
    /// The file; none for one whose name is another each time: then all calls are counted.
    file: Option<PathBuf>,
    /// Its number among the calls of its thread, from 1.
    nth: usize,
}

/// A command in a folder, and what there has to be in the end.
struct Scene<'a> {
    folder: PathBuf,
    /// Makes what the command finds.
    before: &'a dyn Fn(&Path),
    arguments: Vec<String>,
    /// What it makes, to the bit.
    made: &'a dyn Fn(&Path) -> Vec<Vec<u8>>,
}

impl Scene<'_> {
    fn begin(&self) {
        for entry in fs::read_dir(&self.folder).unwrap() {
            fs::remove_file(entry.unwrap().path()).unwrap();
        }
        (self.before)(&self.folder);
    }

    fn run(&self) -> Output {
        Command::new(program()).args(&self.arguments).output().unwrap()
    }

    fn names(&self) -> BTreeSet<String> {
        let entries = fs::read_dir(&self.folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// Runs the command under `strace`.
    fn traced(&self, options: &[&str]) -> Output {
        let mut command = Command::new("strace");
        command.args(["-f", "-qq", "-y"]).args(options).arg(program()).args(&self.arguments).output().unwrap()
    }

    /// What the command does to the files of its folder.
    fn points(&self) -> BTreeSet<Point> {
        self.begin();
        let log = tempfile::NamedTempFile::new().unwrap();
        let name = log.path().to_str().unwrap();
        assert!(self.traced(&["-s", "0", "-o", name, "-e", "trace=%file,%desc"]).status.success());
        let lines = fs::read_to_string(log.path()).unwrap();
        let mut counts = std::collections::BTreeMap::new();
        let mut points = BTreeSet::new();
        for line in lines.lines() {
            let Some((thread, call, rest)) = parsed(line) else {
                continue;
            };
            let file = self.file_in(rest);
            let mut nth = |file: &Option<PathBuf>| {
                let count = counts.entry((thread.to_owned(), call.to_owned(), file.clone())).or_insert(0);
                *count += 1;
                *count
            };
            let of_all = nth(&None);
            let Some(file) = file else {
                continue;
            };
            let is_temporary = file.file_name().is_some_and(|name| name.to_string_lossy().starts_with(".headstart-"));
            let point = if is_temporary {
                Point { call: call.to_owned(), file: None, nth: of_all }
            } else {
                let file = Some(file);
                Point { call: call.to_owned(), nth: nth(&file), file }
            };
            if is_all() || changes(call, rest) {
                points.insert(point);
            }
        }
        points
    }

    /// The file of the folder, or the folder itself, that a call is about: of two the one that keeps its name.
    fn file_in(&self, call: &str) -> Option<PathBuf> {
        let folder = self.folder.to_str().unwrap();
        // The folder that a process runs in stands before every path.
        let found = call.match_indices(folder).filter_map(|(at, _)| {
            let name = call[at..].split(['"', '>', ',']).next()?;
            Some(PathBuf::from(name.trim_end_matches("(deleted)")))
        });
        let is_kept =
            |path: &PathBuf| !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(".headstart-"));
        let found: Vec<PathBuf> = found.collect();
        found.iter().find(|path| is_kept(path)).or(found.first()).cloned()
    }

    /// Something happens to the command at a point. A disk that is full stays so, as far as the terminal is not meant.
    fn meets(&self, point: &Point, fault: &str) -> Output {
        if is_all() {
            // What was last, if it fails.
            eprintln!("{fault} at {point:?}");
        }
        self.begin();
        let more = if fault.ends_with("ENOSPC") && point.file.is_some() { "+" } else { "" };
        let trace = format!("trace={}", point.call);
        let inject = format!("inject={}:{fault}:when={}{more}", point.call, point.nth);
        let mut options = vec!["-o", "/dev/null", "-e", &trace, "-e", &inject];
        if let Some(file) = &point.file {
            options.extend(["-P", file.to_str().unwrap()]);
        }
        self.traced(&options)
    }

    /// Whatever happened, the same command again does what it did the first time, and nothing is left over.
    fn goes_on(&self, whole: &(BTreeSet<String>, Vec<Vec<u8>>), what: &str) {
        let left = self.names();
        let again = self.run();
        let said = String::from_utf8_lossy(&again.stderr);
        assert!(again.status.success(), "{what}: then there were {left:?}, and again: {said}");
        assert_eq!(self.names(), whole.0, "{what}: then there were {left:?}");
        assert!((self.made)(&self.folder) == whole.1, "{what}: the results differ");
    }

    /// All of it.
    fn is_safe(&self) {
        let points = self.points();
        let whole = (self.names(), (self.made)(&self.folder));
        assert!(points.len() > 3, "nothing was traced");
        let signals: &[&str] = if is_all() { &["KILL", "TERM", "HUP"] } else { &["KILL"] };
        for point in &points {
            for signal in signals {
                self.meets(point, &format!("signal={signal}"));
                self.goes_on(&whole, &format!("{signal} at {point:?}"));
            }
            let errors: &[&str] = match &*point.call {
                // Rust takes it for a mistake in the program.
                "close" => &[],
                _ if is_all() => &["ENOSPC", "EIO", "EDQUOT"],
                call => &[error_of(call)],
            };
            for error in errors {
                let what = format!("{error} at {point:?}");
                let said = self.meets(point, &format!("error={error}"));
                let text = String::from_utf8_lossy(&said.stderr);
                // What cannot be told from success is one, and anything else is said.
                match said.status.code() {
                    Some(0) => assert!((self.made)(&self.folder) == whole.1, "{what}: success, and the results differ"),
                    Some(1) => assert!(text.starts_with("headstart: ") && !text.contains("panicked"), "{what}: {text}"),
                    code => panic!("{what}: {code:?} {text}"),
                }
                let temporary = |name: &&String| name.starts_with(".headstart-");
                // Where what could not be done is to remove it, it stays until the next time.
                if !point.call.starts_with("unlink") {
                    assert_eq!(self.names().iter().find(temporary), None, "{what}: {text}");
                }
                self.goes_on(&whole, &what);
            }
        }
        eprintln!("{}: {} operations", self.arguments[0], points.len());
    }
}

/// What a disk most likely has to say to a call.
fn error_of(call: &str) -> &'static str {
    if call.contains("sync") || call.contains("unlink") || call.contains("rename") { "EIO" } else { "ENOSPC" }
}

fn is_all() -> bool {
    std::env::var("HEADSTART_CRASH").is_ok_and(|value| value == "all")
}

/// Whether a call may leave the files other than they were: all but those that are known not to.
fn changes(call: &str, rest: &str) -> bool {
    const LOOKS: &[&str] = &[
        "access",
        "faccessat",
        "faccessat2",
        "close",
        "dup",
        "dup2",
        "dup3",
        "execve",
        "fadvise64",
        "fchdir",
        "fcntl",
        "flock",
        "fstat",
        "fstatfs",
        "getcwd",
        "getdents64",
        "ioctl",
        "lseek",
        "lstat",
        "mmap",
        "newfstatat",
        "poll",
        "ppoll",
        "pread64",
        "preadv",
        "read",
        "readahead",
        "readlink",
        "readlinkat",
        "readv",
        "stat",
        "statfs",
        "statx",
    ];
    let opens = call.starts_with("open") || call == "creat";
    if opens { ["O_CREAT", "O_TRUNC"].iter().any(|flag| rest.contains(flag)) } else { !LOOKS.contains(&call) }
}

/// The thread, the call and its arguments of a line of `strace`.
fn parsed(line: &str) -> Option<(&str, &str, &str)> {
    let (thread, rest) = line.split_once(' ')?;
    let (call, rest) = rest.trim_start().split_once('(')?;
    // Its process runs in another folder, whose name stands before paths.
    let rest =
        rest.split_once("AT_FDCWD<").map_or(rest, |(_, rest)| rest.split_once('>').map_or(rest, |(_, rest)| rest));
    call.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_').then_some((thread, call, rest))
}

fn program() -> PathBuf {
    assert_cmd::cargo::cargo_bin("headstart")
}

/// Runs the program, and nothing happens to it.
#[track_caller]
fn runs(arguments: &str) {
    let done = Command::new(program()).args(arguments.split_whitespace()).output().unwrap();
    assert!(done.status.success(), "{arguments}: {}", String::from_utf8_lossy(&done.stderr));
}

/// Everything that is exported of a store.
fn exported(path: &Path) -> Vec<Vec<u8>> {
    let store = Store::open(path).unwrap_or_else(|error| panic!("{error}"));
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for (write, name) in [(export::runs as fn(&Store, Format, &Path) -> _, "runs"), (export::traces, "traces")] {
        let to = folder.path().join(name);
        write(&store, Format::Csv, &to).unwrap();
        files.push(fs::read(to).unwrap());
    }
    files
}

/// Tests a command; `FOLDER` in it stands for a folder of its own.
fn is_safe(command: &str, before: &dyn Fn(&Path), made: &dyn Fn(&Path) -> Vec<Vec<u8>>) {
    if Command::new("strace").arg("--version").output().is_err() {
        eprintln!("SKIPPED: no strace; nothing is known of crashes at single operations");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().canonicalize().unwrap();
    let arguments = command.replace("FOLDER", folder.to_str().unwrap());
    let arguments = arguments.split_whitespace().map(str::to_owned).collect();
    Scene { folder, before, arguments, made }.is_safe();
}

/// A folder with what several tests begin with.
fn prepared(commands: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for command in commands {
        runs(&command.replace("FOLDER", folder.path().to_str().unwrap()));
    }
    folder
}

fn copy_all(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

fn the_store(folder: &Path) -> Vec<Vec<u8>> {
    exported(&folder.join("study.db"))
}

#[test]
fn a_sweep_goes_on_from_every_operation() {
    is_safe(&format!("{SWEEP} --out FOLDER/study.db"), &|_| {}, &the_store);
}

/// Here all runs are done by the second process, and it ends what the first one began.
#[test]
fn a_study_that_is_resumed_goes_on_from_every_operation() {
    if Command::new("strace").arg("--version").output().is_err() {
        return is_safe("", &|_| {}, &the_store);
    }
    // One that was killed when it had begun to write ahead.
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().canonicalize().unwrap();
    let arguments = format!("{SWEEP} --out {}", at.join("study.db").display());
    let arguments = arguments.split_whitespace().map(str::to_owned).collect();
    let killed = Scene { folder: at.clone(), before: &|_| {}, arguments, made: &the_store };
    let point = Point { call: "fsync".to_owned(), file: Some(at.join("study.db-wal")), nth: 2 };
    killed.meets(&point, "signal=KILL");
    assert!(killed.names().contains("study.db-wal"), "{:?}", killed.names());
    is_safe("study resume FOLDER/study.db --threads 1", &|folder| copy_all(&at, folder), &the_store);
}

#[test]
fn a_map_goes_on_from_every_operation() {
    let map =
        "map --data circles --samples 20,10 --layers 2,2,1 --steps 5 --x lr=0.1..1:2 --y gain=1,2 --traces --threads 1";
    let made = |folder: &Path| {
        let files = ["map.png", "map.html"].map(|name| fs::read(folder.join(name)).unwrap());
        the_store(folder).into_iter().chain(files).collect()
    };
    is_safe(&format!("{map} --out FOLDER/study.db --png FOLDER/map.png --html FOLDER/map.html"), &|_| {}, &made);
}

#[test]
fn a_comparison_writes_its_files_whole_whatever_happens() {
    let compare =
        "compare --data circles --samples 20,10 --layers 2,2,1 --steps 5 --init he,glorot --seeds 2 --threads 1";
    // How long it took is another time each time: what is whole has its end, and all else.
    let made = |folder: &Path| {
        let csv = fs::read_to_string(folder.join("runs.csv")).unwrap();
        let seconds = csv.lines().next().unwrap().split(',').position(|name| name == "seconds").unwrap();
        let cells =
            |line: &str| line.split(',').enumerate().filter(|(i, _)| *i != seconds).map(|(_, cell)| cell).collect();
        let lines: Vec<String> = csv.lines().map(cells).collect();
        let parquet = fs::read(folder.join("runs.parquet")).unwrap();
        vec![lines.join("\n").into_bytes(), parquet[..4].to_vec(), parquet[parquet.len() - 4..].to_vec()]
    };
    // What was there before is replaced by all of the new, or stays.
    let before = |folder: &Path| fs::write(folder.join("runs.csv"), "before").unwrap();
    is_safe(&format!("{compare} --csv FOLDER/runs.csv --parquet FOLDER/runs.parquet"), &before, &made);
}

#[test]
fn parts_are_joined_whatever_happens() {
    let parts = prepared(&[
        &format!("{SWEEP} --shard 1/2 --out FOLDER/a.db"),
        &format!("{SWEEP} --shard 2/2 --out FOLDER/b.db"),
    ]);
    let before = |folder: &Path| copy_all(parts.path(), folder);
    is_safe("study merge FOLDER/a.db FOLDER/b.db --out FOLDER/study.db", &before, &the_store);
}

/// Begun again under its name after its deletion was cut off, a study takes nothing from the old one.
#[test]
fn a_deletion_that_is_cut_off_leaves_nothing_to_the_next_store_of_that_name() {
    let old = prepared(&[&format!("{} --out FOLDER/study.db", SWEEP.replace("0.1..1:6", "2..3:3"))]);
    let left = ["-wal", "-journal", "-shm"].map(|ending| format!("study.db{ending}"));
    let before = |folder: &Path| {
        copy_all(old.path(), folder);
        for name in &left {
            fs::write(folder.join(name), "of the old one").unwrap();
        }
    };
    let new = prepared(&[&format!("{SWEEP} --out FOLDER/study.db")]);
    let whole = the_store(new.path());
    let sweep = |folder: &Path| {
        runs(&format!("{SWEEP} --out {}", folder.join("study.db").display()));
        let made = the_store(folder);
        assert!(made == whole);
        fs::remove_file(folder.join("study.db")).unwrap();
        made
    };
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().canonicalize().unwrap();
    let arguments = ["study".to_owned(), "delete".to_owned(), at.join("study.db").display().to_string()].to_vec();
    let scene = Scene { folder: at.clone(), before: &before, arguments, made: &sweep };
    if Command::new("strace").arg("--version").output().is_err() {
        return is_safe("", &|_| {}, &the_store);
    }
    for point in scene.points() {
        for fault in ["signal=KILL", "error=EIO"] {
            scene.meets(&point, fault);
            // The deletion had not begun, or it is finished by whatever comes next.
            if scene.names().is_superset(&left.iter().cloned().collect()) {
                assert!(scene.run().status.success(), "{fault} at {point:?}");
            }
            sweep(&at);
            assert_eq!(scene.names(), BTreeSet::new(), "{fault} at {point:?}");
        }
    }
}
