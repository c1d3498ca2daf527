//! Nothing is lost: a study that is killed at any moment, meets a full disk, or is interrupted, goes on from there and ends in
//! the same bits as an undisturbed one.
#![cfg(unix)]

mod common;

use common::{headstart, headstart_with};
use std::collections::BTreeSet;
use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A study of `gains` x 40 cells with two seeds each, whose runs take a moment each.
fn flags(gains: usize) -> String {
    format!(
        "--data circles --samples 40,10 --layers 2,4,1 --steps 60 --axis gain=0.1..10:{gains} --axis lr=0.01..3:40 --seeds 2"
    )
}

/// A folder, and the paths of files in it.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    fn names(&self) -> BTreeSet<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }
}

/// Starts the program, which then works by itself.
fn begin(arguments: &str) -> Child {
    let program = assert_cmd::cargo::cargo_bin("headstart");
    let mut command = Command::new(program);
    command.args(arguments.split_whitespace()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

/// The bytes of all that is exported of a store.
fn exported(folder: &Folder, store: &str) -> [Vec<u8>; 2] {
    let (csv, parquet) = (folder.file("runs.csv"), folder.file("runs.parquet"));
    succeeds(&format!("study export {store} --csv {csv} --parquet {parquet}"));
    [csv, parquet].map(|file| {
        let bytes = fs::read(&file).unwrap();
        fs::remove_file(file).unwrap();
        bytes
    })
}

#[track_caller]
fn succeeds(arguments: &str) -> String {
    let said = headstart(arguments);
    assert_eq!(said.code, 0, "{arguments}: {}", said.err);
    said.out
}

/// How many runs a store has, seen from outside while it is written or after it was killed.
fn runs(store: &str) -> u64 {
    let said = headstart(&format!("study list {store} --format json"));
    let listed: serde_json::Value = serde_json::from_str(&said.out).unwrap_or_default();
    listed[0]["runs"].as_u64().unwrap_or(0)
}

/// Numbers that look random, the same ones every time (Steele et al. 2014, `SplitMix64`), from 0 to 1.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Some die before there is a store, some before they have committed anything, some while they commit.
#[test]
fn killed_at_fifty_moments_a_study_ends_in_the_same_bits() {
    let folder = Folder::new();
    let undisturbed = folder.file("undisturbed.db");
    let sweep = |gains: usize| format!("sweep {} --threads 2 --out", flags(gains));
    let start = Instant::now();
    succeeds(&format!("{} {undisturbed}", sweep(200)));
    // So large that it takes seconds on any machine: what is committed several times a second is killed in between.
    let gains = (200.0 * (6.0 / start.elapsed().as_secs_f64()).clamp(1.0, 40.0)) as usize;
    succeeds(&format!("study delete {undisturbed}"));
    let sweep = sweep(gains);
    let start = Instant::now();
    succeeds(&format!("{sweep} {undisturbed}"));
    let whole = exported(&folder, &undisturbed);
    // All lives together are about half as long again as one study undisturbed, and the first twenty are short.
    let life = 1.5 * start.elapsed().as_secs_f64() / 30.0;
    let killed = folder.file("killed.db");
    let (mut numbers, mut before, mut went_on) = (Numbers(5), 0, 0);
    for i in 0..50 {
        let mut process = begin(&format!("{sweep} {killed}"));
        std::thread::sleep(Duration::from_secs_f64(numbers.next() * if i < 20 { 0.05 } else { 2.0 * life }));
        process.kill().unwrap();
        process.wait().unwrap();
        let now = runs(&killed);
        assert!(now >= before, "{before} runs were committed, and {now} are left");
        went_on += u32::from(now > before);
        before = now;
    }
    // Otherwise nothing was tested.
    assert!(went_on >= 5, "only {went_on} of 50 committed anything");
    succeeds(&format!("study resume {killed}"));
    let [csv, parquet] = exported(&folder, &killed);
    let cells: Vec<_> = csv.split(|byte| *byte == b'\n').skip(1).filter(|line| !line.is_empty()).collect();
    assert_eq!(cells.len(), gains * 40 * 2);
    assert_eq!(cells.iter().collect::<BTreeSet<_>>().len(), cells.len());
    assert!(csv == whole[0] && parquet == whole[1], "the exports differ");
    assert_eq!(folder.names(), ["killed.db", "undisturbed.db"].map(str::to_owned).into());
}

#[test]
fn a_second_process_on_a_store_is_told_so_and_looking_is_allowed() {
    let folder = Folder::new();
    let store = folder.file("study.db");
    let sweep = format!("sweep {} --out {store}", flags(100_000));
    let mut first = begin(&sweep);
    let begun = Instant::now();
    while runs(&store) == 0 {
        assert!(begun.elapsed() < Duration::from_secs(30), "nothing was committed");
    }
    for second in [&sweep, &format!("study resume {store}"), &format!("study delete {store}")] {
        let said = headstart(second);
        assert_eq!(said.code, 1, "{second}: {}", said.err);
        assert!(said.err.contains("another process works on it; wait for that one, or stop it"), "{}", said.err);
    }
    assert!(succeeds(&format!("study show {store}")).contains("done"));
    // What it did until Ctrl-C is kept, and everything is in one file.
    signal("INT", &first);
    let status = first.wait().unwrap();
    let said = std::io::read_to_string(first.stderr.take().unwrap()).unwrap().replace('\n', " ");
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(said.contains("interrupted") && said.contains("headstart study resume"), "{said}");
    assert!(runs(&store) > 0);
    assert_eq!(folder.names(), BTreeSet::from(["study.db".to_owned()]));
    succeeds(&format!("study delete {store}"));
    assert_eq!(folder.names().len(), 0);
}

fn signal(name: &str, process: &Child) {
    let sent = Command::new("kill").args(["-s", name, &process.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// A shell's limit on the size of files: a write beyond it fails, as on a full disk.
#[test]
fn when_nothing_more_can_be_written_what_was_committed_is_kept() {
    let folder = Folder::new();
    let (store, undisturbed) = (folder.file("study.db"), folder.file("undisturbed.db"));
    let sweep = format!("sweep {} --out", flags(500));
    succeeds(&format!("{sweep} {undisturbed}"));
    let limited = shell(&folder, &format!("trap '' XFSZ; ulimit -f 1500; exec \"$HEADSTART\" {sweep} {store}"));
    assert_eq!(limited.0, 1, "{}", limited.1);
    assert!(
        limited.1.contains("what was committed before is kept") && limited.1.contains("study resume"),
        "{}",
        limited.1
    );
    let kept = runs(&store);
    assert!(kept > 0 && kept < 40_000, "{kept}");
    succeeds(&format!("study resume {store}"));
    assert!(exported(&folder, &store) == exported(&folder, &undisturbed), "the exports differ");
}

/// A disk that is really full: a small file system in memory, which the test may make in a namespace of its own.
#[test]
fn a_full_disk_is_said_to_be_full() {
    let folder = Folder::new();
    let (undisturbed, rescued) = (folder.file("undisturbed.db"), folder.file("rescued.db"));
    let sweep = format!("sweep {} --out", flags(250));
    let script = format!(
        "mkdir disk && mount -t tmpfs -o size=900k tmpfs disk 2>/dev/null || exit 77
         \"$HEADSTART\" {sweep} disk/study.db
         code=$?
         \"$HEADSTART\" study list disk/study.db || exit 3
         cp disk/study.db* . && mv study.db {rescued} && mv study.db-wal {rescued}-wal
         exit $code"
    );
    let (code, said) = shell(&folder, &format!("exec unshare --user --map-root-user --mount sh -c '{script}'"));
    if code == 77 || said.contains("unshare") {
        eprintln!("SKIPPED: no file system can be mounted here, so that no disk is full: {said}");
        return;
    }
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("the disk is full; what was committed before is kept: make room"), "{said}");
    let kept = runs(&rescued);
    assert!(kept > 0 && kept < 20_000, "{kept}");
    succeeds(&format!("study resume {rescued}"));
    succeeds(&format!("{sweep} {undisturbed}"));
    assert!(exported(&folder, &rescued) == exported(&folder, &undisturbed), "the exports differ");
}

/// Runs a script in a folder; its exit code, and what it says on standard error.
fn shell(folder: &Folder, script: &str) -> (i32, String) {
    let program = assert_cmd::cargo::cargo_bin("headstart");
    let mut command = Command::new("sh");
    let done = command.args(["-c", script]).env("HEADSTART", program).current_dir(folder.0.path()).output().unwrap();
    (done.status.code().unwrap_or(-1), String::from_utf8(done.stderr).unwrap().replace('\n', " "))
}

/// Whoever may read a store can look at it, also where nothing can be written.
#[test]
fn a_store_in_a_folder_that_cannot_be_written_can_be_looked_at() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, to) = (Folder::new(), Folder::new());
    let store = folder.file("study.db");
    succeeds(&format!("sweep {} --out {store}", flags(2)));
    let before = fs::read(&store).unwrap();
    fs::set_permissions(folder.0.path(), fs::Permissions::from_mode(0o555)).unwrap();
    assert!(succeeds(&format!("study show {store}")).contains("complete"));
    assert_eq!(runs(&store), 160);
    assert!(exported(&to, &store)[0].starts_with(b"cell,gain,lr,seed,status"));
    assert_eq!(folder.names(), BTreeSet::from(["study.db".to_owned()]));
    assert_eq!(fs::read(&store).unwrap(), before);
    fs::set_permissions(folder.0.path(), fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_list_shows_all_stores_and_names_those_that_cannot_be_read() {
    let folder = Folder::new();
    succeeds(&format!("sweep {} --shard 2/3 --out {}", flags(2), folder.file("part2.db")));
    let whole = fs::read(folder.file("part2.db")).unwrap();
    fs::write(folder.file("torn.db"), &whole[..whole.len() / 2]).unwrap();
    let newer = [&whole[..60], &[0, 0, 0, 9], &whole[64..]].concat();
    fs::write(folder.file("newer.db"), newer).unwrap();
    fs::write(folder.file("notes.txt"), "no store").unwrap();
    // Nobody writes into it, and nobody waits for that.
    assert!(Command::new("mkfifo").arg(folder.file("pipe.db")).status().unwrap().success());
    let said = headstart(&format!("study list {}", folder.file("")));
    assert_eq!(said.code, 0);
    let lines: Vec<&str> = said.out.lines().collect();
    assert_eq!(lines.len(), 2, "{}", said.out);
    for part in ["part2.db", "80", "2/3", "54 of 54"] {
        assert!(lines[1].contains(part), "{}", lines[1]);
    }
    assert!(said.err.contains("torn.db: it is damaged"), "{}", said.err);
    assert!(said.err.contains("newer.db: its tables are of version 9"), "{}", said.err);
    assert!(!said.err.contains("notes.txt") && !said.err.contains("pipe.db"), "{}", said.err);
    let said = headstart(&format!("study show {}", folder.file("pipe.db")));
    assert_eq!(
        (said.code, said.err.contains("it is a folder, a pipe or a device, and no store")),
        (1, true),
        "{}",
        said.err
    );
}

/// A study on a file, in three parts and in one, with points that are drawn.
#[test]
fn parts_of_a_random_design_joined_are_what_one_machine_would_have_made() {
    let folder = Folder::new();
    let data = folder.file("data.csv");
    let rows: Vec<String> = (0..40).map(|i| format!("{},{},{}", i % 7, (i * i) % 11, i % 2)).collect();
    fs::write(&data, format!("a,b,y\n{}\n", rows.join("\n"))).unwrap();
    let sweep = format!(
        "sweep --data {data} --steps 30 --axis lr=0.001..1 --axis depth=1..4 --axis init=he,glorot --design random --points 50 \
         --design-seed 4 --seeds 3 --out"
    );
    let (whole, joined) = (folder.file("whole.db"), folder.file("joined.db"));
    succeeds(&format!("{sweep} {whole} --threads 1"));
    let parts: Vec<String> = (1..=3).map(|i| folder.file(&format!("part{i}.db"))).collect();
    for (i, part) in parts.iter().enumerate() {
        succeeds(&format!("{sweep} {part} --shard {}/3", i + 1));
    }
    succeeds(&format!("study merge {} --out {joined}", parts.join(" ")));
    assert!(exported(&folder, &joined) == exported(&folder, &whole), "the exports differ");
    // The points are others with another seed.
    let other = folder.file("other.db");
    succeeds(&format!("{} {other}", sweep.replace("--design-seed 4", "--design-seed 5")));
    assert!(exported(&folder, &other)[0] != exported(&folder, &whole)[0]);
    let said = headstart(&format!("study merge {whole} {other} --out {}", folder.file("both.db")));
    assert_eq!(said.code, 1);
    assert!(
        said.err.contains("another study: it has design-seed = 5, and asked for is design-seed = 4"),
        "{}",
        said.err
    );
}

#[test]
fn paths_of_data_start_from_the_folder_that_a_study_was_begun_in() {
    let folder = Folder::new();
    fs::write(folder.file("data.csv"), "x,y\n1,0\n2,1\n3,0\n4,1\n5,0\n6,1\n").unwrap();
    let (code, said) = shell(
        &folder,
        "exec \"$HEADSTART\" sweep --data data.csv --steps 3 --axis lr=0.1,1 --out study.db --budget 1steps >/dev/null",
    );
    assert_eq!(code, 0, "{said}");
    let store = folder.file("study.db");
    let said = headstart_with(&["study", "resume", &store]);
    let begun_in = fs::canonicalize(folder.0.path()).unwrap();
    assert_eq!(said.code, 1);
    for part in ["data.csv", "try again from the folder", begun_in.to_str().unwrap()] {
        assert!(said.err.contains(part), "{}", said.err);
    }
    let (code, said) = shell(&folder, "exec \"$HEADSTART\" study resume study.db > /dev/null");
    assert_eq!(code, 0, "{said}");
    assert_eq!(runs(&store), 2);
}
