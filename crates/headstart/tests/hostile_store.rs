//! Stores that somebody else made, by mistake or on purpose: they are refused, soon, in words that are safe to be shown, and
//! nothing of anybody's is touched.
#![cfg(unix)]

use headstart::host::Host;
use headstart::study::store::{self, Shard, Store, Writer};
use headstart::study::{Study, StudySpec};
use rusqlite::Connection;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;

fn study(axis: &str) -> Study {
    let text = format!(
        "study = {{ axes = ['{axis}'] }}\ndata = {{ data = 'circles', samples = [20, 10] }}\n\
         network = {{ layers = [2, 2, 1] }}\ntraining = {{ steps = 2 }}"
    );
    Study::new(StudySpec::from_toml(&text).unwrap()).unwrap()
}

/// So many runs that their table has more than one page.
const AXIS: &str = "lr=0.1..1:200";

fn make(path: &Path, axis: &str) {
    let study = study(axis);
    let mut writer = Writer::open(path, &study, Shard::WHOLE).unwrap();
    let runs: Vec<u64> = (0..study.runs()).collect();
    study.run(&runs, &Host::here(2), |row| writer.add(row)).unwrap();
    writer.close().unwrap();
}

/// A folder with a store of ours.
fn with_store() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("study.db");
    make(&path, AXIS);
    (folder, path)
}

fn refused(path: &Path) -> String {
    let begin = Instant::now();
    let message = store::check_file(path).unwrap_err().to_string();
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}: {message}", begin.elapsed());
    assert!(message.starts_with(&path.display().to_string()), "{message}");
    message
}

#[test]
fn what_has_other_tables_than_a_store_is_not_read() {
    let (folder, path) = with_store();
    store::check_file(&path).unwrap();
    let endless = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT";
    let runs = "n AS run, 1 AS seed, 1 AS finished, 1 AS steps, 1.0 AS train_loss, 1.0 AS train_accuracy, 1.0 AS test_loss, \
                1.0 AS test_accuracy, 1 AS reached, 1.0 AS convergence, 1 AS checksum, NULL AS trace FROM r";
    for (name, change) in [
        ("a view as runs", format!("DROP TABLE runs; CREATE VIEW runs AS {endless} {runs}")),
        (
            "a view as study",
            format!("DROP TABLE study; CREATE VIEW study AS {endless} 'spec' AS key, n AS value FROM r"),
        ),
        ("one more view", format!("CREATE VIEW other AS {endless} n FROM r")),
        ("a trigger", "CREATE TRIGGER more AFTER INSERT ON runs BEGIN DELETE FROM runs; END".to_owned()),
        ("an index", "CREATE INDEX more ON runs (abs(run))".to_owned()),
        ("a column", "ALTER TABLE runs ADD COLUMN more BLOB AS (zeroblob(1000000000))".to_owned()),
        ("a virtual table", "DROP TABLE runs; CREATE VIRTUAL TABLE runs USING fts5(run, seed)".to_owned()),
        ("looser types", "ALTER TABLE study RENAME TO old; CREATE TABLE study (key, value)".to_owned()),
        ("no tables", "DROP TABLE runs; DROP TABLE study".to_owned()),
    ] {
        let other = folder.path().join("other.db");
        fs::copy(&path, &other).unwrap();
        Connection::open(&other).unwrap().execute_batch(&change).unwrap();
        let message = refused(&other);
        assert!(message.contains("other tables"), "{name}: {message}");
        assert!(Writer::open(&other, &study(AXIS), Shard::WHOLE).is_err(), "{name}");
    }
}

/// Pages of a tree that all lead to one and the same: 400 to the power of 7 rows from a few kilobytes.
#[test]
fn a_table_without_end_is_found_out() {
    let (_folder, path) = with_store();
    let mut bytes = fs::read(&path).unwrap();
    let pages = u32::from_be_bytes(bytes[28..32].try_into().unwrap());
    let root: i64 = Connection::open(&path)
        .unwrap()
        .query_row("SELECT rootpage FROM sqlite_master WHERE name = 'runs'", [], |row| row.get(0))
        .unwrap();
    let root = (root as usize - 1) * 4096;
    let leaf = u32::from_be_bytes(bytes[root + 8..root + 12].try_into().unwrap());
    assert_eq!(bytes[root], 5, "the table is larger than a page");
    let page_to = |child: u32| {
        let cells = 400_u16;
        let mut page = vec![5, 0, 0];
        page.extend(cells.to_be_bytes());
        page.extend((4096 - cells * 6).to_be_bytes());
        page.push(0);
        page.extend(child.to_be_bytes());
        page.extend((0..cells).flat_map(|i| (4096 - (i + 1) * 6).to_be_bytes()));
        page.resize(4096, 0);
        for i in 0..usize::from(cells) {
            let at = 4096 - (i + 1) * 6;
            page[at..at + 4].copy_from_slice(&child.to_be_bytes());
            page[at + 4..at + 6].copy_from_slice(&[0x81, 0x48]);
        }
        page
    };
    bytes[root..root + 4096].copy_from_slice(&page_to(pages + 1));
    for level in 1..=6 {
        bytes.extend(page_to(if level == 6 { leaf } else { pages + level + 1 }));
    }
    bytes[28..32].copy_from_slice(&(pages + 6).to_be_bytes());
    fs::write(&path, bytes).unwrap();
    let store = Store::open(&path).unwrap();
    let begin = Instant::now();
    assert!(store.count().unwrap_err().to_string().contains("more runs than there is room for"));
    assert!(store.rows(0..u64::MAX, true, |_| Ok(())).unwrap_err().to_string().contains("not in order"));
    assert!(store.check().unwrap_err().to_string().contains("damaged"));
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
    refused(&path);
}

#[test]
fn texts_are_of_a_size_and_do_not_steer_the_terminal() {
    let (folder, path) = with_store();
    let changed = |key: &str, value: &str| {
        let other = folder.path().join("other.db");
        fs::copy(&path, &other).unwrap();
        let connection = Connection::open(&other).unwrap();
        connection.execute("UPDATE study SET value = ?2 WHERE key = ?1", [key, value]).unwrap();
        // What a text is worth that somebody writes on purpose.
        let keys = ["spec", "shard", "folder", "data", "tested"];
        let text = |key: &&str| -> String {
            connection.query_row("SELECT value FROM study WHERE key = ?1", [key], |row| row.get(0)).unwrap()
        };
        let texts: Vec<String> = keys.iter().map(text).collect();
        let checksum = format!("{:016x}", twox_hash::XxHash3_64::oneshot(texts.join("\0").as_bytes()));
        connection.execute("UPDATE study SET value = ?1 WHERE key = 'checksum'", [checksum]).unwrap();
        drop(connection);
        other
    };
    assert!(refused(&changed("spec", &"x = 1\n".repeat(1_000_000))).contains("it has no spec"));
    assert!(refused(&changed("spec", "training = { steps = 2 }")).contains("cannot read its study"));
    assert!(refused(&changed("spec", "[study]\naxes = ['lr=1,2']\n[init]\nseeds = 0")).contains("no runs"));
    for key in ["spec", "shard", "version"] {
        let other = changed(key, "\x1b[31m\u{202e}red = 1\n");
        let message = Writer::open(&other, &study(AXIS), Shard::WHOLE).unwrap_err().to_string();
        assert!(!message.contains(['\x1b', '\u{202e}']), "{message:?}");
    }
    // The runs of a study are those that it says it has.
    let message = refused(&changed("shard", "2/2"));
    assert!(message.contains("it has a run 0 that its study has not"), "{message}");
}

#[test]
fn what_is_no_file_is_refused_and_not_waited_for() {
    let (folder, path) = with_store();
    let at = |name: &str| folder.path().join(name);
    assert!(std::process::Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
    let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
    symlink("loop", at("loop")).unwrap();
    fs::create_dir(at("folder")).unwrap();
    for name in ["pipe", "socket", "loop", "folder", "/dev/zero"] {
        let path = at(name);
        refused(&path);
        assert!(!Store::is_one(&path), "{name}");
        assert!(Writer::open(&path, &study(AXIS), Shard::WHOLE).is_err(), "{name}");
        assert!(store::merge(&path, std::slice::from_ref(&at("study.db"))).is_err(), "{name}");
        assert!(store::delete(&path).is_err(), "{name}");
    }
    assert!(at("loop").is_symlink() && at("folder").is_dir());
    // Where the newest rows would be, likewise.
    fs::rename(at("pipe"), at("study.db-journal")).unwrap();
    assert!(refused(&path).contains("none of its files") || !path.exists());
}

/// What a user's file says, under each of the names that have a meaning for a store.
const NOTES: &[u8] = b"notes of somebody else, which nobody has a copy of";

#[test]
fn files_that_the_program_did_not_make_are_not_touched() {
    let (folder, path) = with_store();
    let at = |name: &str| folder.path().join(name);
    let parts = [path.clone()];
    // Names that only look like ours do no harm.
    for name in ["Cargo.lock", "study.db.lock", "Cargo.db.lock"] {
        fs::write(at(name), NOTES).unwrap();
    }
    for out in ["Cargo", "Cargo.db"] {
        make(&at(out), "lr=1,2");
        store::delete(&at(out)).unwrap();
        store::merge(&at(out), &parts).unwrap();
        store::delete(&at(out)).unwrap();
    }
    // The lock's own name; a link there is not followed.
    let lock = at(".new.db.headstart-lock");
    for is_link in [false, true] {
        if is_link {
            symlink(at("Cargo.lock"), &lock).unwrap();
        } else {
            fs::write(&lock, NOTES).unwrap();
        }
        let message = Writer::open(&at("new.db"), &study(AXIS), Shard::WHOLE).unwrap_err().to_string();
        assert!(message.contains("none of its own; move it"), "{message}");
        assert!(store::merge(&at("new.db"), &parts).is_err());
        assert_eq!(fs::read(&lock).unwrap(), NOTES);
        fs::remove_file(&lock).unwrap();
    }
    // Beside a store that is to be made, and beside one that is there.
    for out in ["new.db", "study.db"] {
        let before = fs::read(at(out)).ok();
        for ending in ["-wal", "-journal", "-shm"] {
            let beside = at(&format!("{out}{ending}"));
            fs::write(&beside, NOTES).unwrap();
            let message = Writer::open(&at(out), &study(AXIS), Shard::WHOLE).unwrap_err().to_string();
            assert!(message.contains("none of its files; move it"), "{message}");
            if before.is_some() {
                assert!(store::check_file(&at(out)).unwrap_err().to_string().contains("none of its files"));
            } else {
                assert!(store::merge(&at(out), &parts).is_err());
            }
            assert_eq!(fs::read(&beside).unwrap(), NOTES);
            assert_eq!(fs::read(at(out)).ok(), before);
            fs::remove_file(&beside).unwrap();
        }
    }
    for name in ["Cargo.lock", "study.db.lock", "Cargo.db.lock"] {
        assert_eq!(fs::read(at(name)).unwrap(), NOTES);
    }
    store::check_file(&path).unwrap();
    // But what lies under the names of a store's own goes with the store.
    fs::write(at("study.db-journal"), NOTES).unwrap();
    store::delete(&path).unwrap();
    assert!(!path.exists() && !at("study.db-journal").exists());
}

/// `SQLite` would write either into whatever has the name now.
#[test]
fn what_an_older_store_has_left_is_not_taken_into_a_newer_one() {
    let (folder, path) = with_store();
    let at = |name: &str| folder.path().join(name);
    // An older store of the name that was killed while it was written, and while it was changed from one way to the other.
    make(&at("old.db"), "lr=1,2");
    let writer = |path: &Path, axis: &str| {
        let study = study(axis);
        let mut writer = Writer::open(path, &study, Shard::WHOLE).unwrap();
        writer.commit().unwrap();
        writer
    };
    let old = study("lr=1,2,3");
    let mut killed = writer(&at("killed.db"), "lr=1,2,3");
    old.run(&[0, 1], &Host::here(1), |row| killed.add(row)).unwrap();
    killed.commit().unwrap();
    fs::copy(at("killed.db-wal"), at("study.db-wal")).unwrap();
    let bytes = fs::read(&path).unwrap();
    let message = refused(&path);
    assert!(message.contains("study.db-wal: it is not of the store"), "{message}");
    assert!(Writer::open(&path, &study(AXIS), Shard::WHOLE).is_err());
    assert!(at("study.db-wal").exists());
    fs::remove_file(at("study.db-wal")).unwrap();
    // A journal, as the file format has it: of one page, the first.
    let journal = |of: &[u8], trailer: &[u8]| {
        let pages = u32::try_from(of.len() / 4096).unwrap();
        let numbers = [1, 7, pages, 512, 4096].map(u32::to_be_bytes).concat();
        let mut journal = [&[0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7][..], &numbers].concat();
        journal.resize(512, 0);
        let page = &of[..4096];
        let sum = (1..=20).map(|i| u32::from(page[4096 - 200 * i])).fold(7_u32, u32::wrapping_add);
        journal.extend([&1_u32.to_be_bytes()[..], page, &sum.to_be_bytes(), trailer].concat());
        fs::write(at("study.db-journal"), journal).unwrap();
    };
    journal(&fs::read(at("old.db")).unwrap(), &[]);
    let message = refused(&path);
    assert!(message.contains("study.db-journal: it is not of the store"), "{message}");
    assert!(at("study.db-journal").exists());
    // One that names a file for SQLite to delete.
    fs::write(at("precious"), NOTES).unwrap();
    let name = at("precious").into_os_string().into_encoded_bytes();
    let sum: u32 = name.iter().map(|byte| u32::from(*byte)).sum();
    let length = u32::try_from(name.len()).unwrap();
    let magic = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
    let numbers = [length, sum].map(u32::to_be_bytes).concat();
    journal(&bytes, &[&0x4004_u32.to_be_bytes()[..], &name, &numbers, &magic].concat());
    refused(&path);
    assert_eq!(fs::read(at("precious")).unwrap(), NOTES);
    assert_eq!(fs::read(&path).unwrap(), bytes);
    // Its own is undone by whoever comes first, and be it to look.
    journal(&bytes, &[]);
    let mut half_changed = bytes.clone();
    half_changed[18..20].copy_from_slice(&[2, 2]);
    fs::write(&path, half_changed).unwrap();
    store::check_file(&path).unwrap();
    assert!(fs::read(&path).unwrap() == bytes && !at("study.db-journal").exists());
    // Without its store it is of no use; that of another program's database may be.
    fs::remove_file(&path).unwrap();
    journal(&bytes, &[]);
    make(&path, AXIS);
    assert!(!at("study.db-journal").exists());
    store::delete(&path).unwrap();
    let mut others = bytes;
    others[68..72].fill(0);
    journal(&others, &[]);
    assert!(Writer::open(&path, &study(AXIS), Shard::WHOLE).is_err());
    assert!(at("study.db-journal").exists());
}

/// Whatever name it is called by, a store has one lock, and one set of files beside it.
#[test]
fn a_link_to_a_store_is_that_store() {
    let (folder, path) = with_store();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("links")).unwrap();
    let link = at("links/link.db");
    symlink(&path, &link).unwrap();
    let first = Writer::open(&link, &study(AXIS), Shard::WHOLE).unwrap();
    let message = Writer::open(&path, &study(AXIS), Shard::WHOLE).unwrap_err().to_string();
    assert!(message.contains("another process works on it"), "{message}");
    first.close().unwrap();
    store::check_file(&link).unwrap();
    store::delete(&link).unwrap();
    assert!(!path.exists() && !link.is_symlink());
    // One that leads to nothing yet stays a link.
    symlink(&path, &link).unwrap();
    make(&link, "lr=1,2");
    assert!(link.is_symlink() && path.is_file());
}
