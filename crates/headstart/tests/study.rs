//! A study loses nothing: whatever part of it is done when and where, together it is the same.

use headstart::engine::watch::Watch;
use headstart::error::Error;
use headstart::executor::{Batch, Each, Executor, Failure, Threads};
use headstart::host::Host;
use headstart::study::export::{self, Format};
use headstart::study::session::{Session, Sitting};
use headstart::study::store::{self, Shard, Store, Writer};
use headstart::study::summary::summary;
use headstart::study::{Row, Study, StudySpec};
use std::path::{Path, PathBuf};

const SPEC: &str = "
study = { axes = ['gain=0.5,1,2', 'lr=0.01..100:4'], traces = true }
data = { data = 'circles', samples = [30, 10] }
init = { seeds = 3 }
training = { steps = 40 }
";

fn study(text: &str) -> Study {
    Study::new(StudySpec::from_toml(text).unwrap()).unwrap()
}

/// Does what is missing of a study, but no more than so many runs.
fn go_on(path: &Path, shard: Shard, most: usize) -> Result<usize, Error> {
    let study = study(SPEC);
    let mut writer = Writer::open(path, &study, shard)?;
    let missing = writer.store().missing(&study)?;
    let runs = &missing[..missing.len().min(most)];
    study.run(runs, &Host::here(2), |ended| writer.add(ended))?;
    writer.close()?;
    Ok(runs.len())
}

/// Everything that is exported of a store.
fn exported(path: &Path) -> Vec<Vec<u8>> {
    let store = Store::open(path).unwrap();
    let to = tempfile::NamedTempFile::new().unwrap();
    let written = |write: fn(&Store, Format, &Path) -> Result<(), Error>, format: Format| {
        write(&store, format, to.path()).unwrap();
        std::fs::read(to.path()).unwrap()
    };
    let formats = [Format::Csv, Format::Parquet];
    formats.iter().flat_map(|&format| [written(export::runs, format), written(export::traces, format)]).collect()
}

fn whole(folder: &Path) -> PathBuf {
    let path = folder.join("whole.db");
    assert_eq!(go_on(&path, Shard::WHOLE, usize::MAX).unwrap(), 36);
    path
}

#[test]
fn a_study_done_in_pieces_is_the_same_to_the_bit() {
    let folder = tempfile::tempdir().unwrap();
    let whole = exported(&whole(folder.path()));
    let pieces = folder.path().join("pieces.db");
    while go_on(&pieces, Shard::WHOLE, 5).unwrap() > 0 {}
    assert_eq!(exported(&pieces), whole);
    let csv = String::from_utf8(whole[0].clone()).unwrap();
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 37);
    assert_eq!(
        lines[0],
        "cell,gain,lr,seed,status,steps_done,train_loss,train_accuracy,test_loss,test_accuracy,reached,convergence"
    );
    assert!(lines[1].starts_with("0,0.5,0.01,1,finished,40,"), "{}", lines[1]);
    assert!(lines[36].starts_with("11,2,100,3,"), "{}", lines[36]);
}

#[test]
fn parts_joined_are_what_one_machine_would_have_made() {
    let folder = tempfile::tempdir().unwrap();
    let whole = exported(&whole(folder.path()));
    let part = |index: u64| {
        let path = folder.path().join(format!("part{index}.db"));
        go_on(&path, Shard { index, of: 3 }, usize::MAX).unwrap();
        path
    };
    let parts: Vec<PathBuf> = (1..=3).map(part).collect();
    let joined = folder.path().join("joined.db");
    // Two of them, and one twice: what is missing can be done later.
    let some = [parts[2].clone(), parts[0].clone(), parts[2].clone()];
    assert_eq!(store::merge(&joined, &some).unwrap(), 24);
    assert_eq!(go_on(&joined, Shard::WHOLE, usize::MAX).unwrap(), 12);
    assert_eq!(exported(&joined), whole);
    // The same again is right, and anything else is in the way.
    assert_eq!(store::merge(&joined, &parts).unwrap(), 36);
    assert!(store::merge(&joined, &some).unwrap_err().to_string().contains("there already"));
    assert!(store::merge(&parts[0], &parts).unwrap_err().to_string().contains("there already"));
    assert_eq!(exported(&joined), whole);
    let again = folder.path().join("again.db");
    assert_eq!(store::merge(&again, &parts).unwrap(), 36);
    assert_eq!(exported(&again), whole);
    let message = go_on(&parts[0], Shard::WHOLE, 1).unwrap_err().to_string();
    assert!(message.contains("part 1/3") && message.contains("part 1/1"), "{message}");
}

/// Fails with a message that has these parts, and leaves the file as it was.
#[track_caller]
fn is_refused(path: &Path, text: &str, parts: &[&str]) {
    let before = std::fs::read(path).unwrap();
    let message = Writer::open(path, &study(text), Shard::WHOLE).unwrap_err().to_string();
    assert!(parts.iter().all(|part| message.contains(part)), "{message}");
    assert_eq!(std::fs::read(path).unwrap(), before);
}

#[test]
fn what_is_not_this_studys_store_is_refused_and_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let path = whole(folder.path());
    is_refused(&path, &SPEC.replace("steps = 40", "steps = 41"), &["another study", "steps = 40", "steps = 41"]);
    is_refused(
        &path,
        &SPEC.replace("gain=0.5,1,2", "gain=0.5,1,3"),
        &["another study", "gain=0.5,1,2", "gain=0.5,1,3"],
    );
    // A store of another version of the tables, and of another version of the program.
    let bytes = std::fs::read(&path).unwrap();
    let changed = |at: usize, to: &[u8]| {
        let mut bytes = bytes.clone();
        bytes[at..at + to.len()].copy_from_slice(to);
        let path = folder.path().join("changed.db");
        std::fs::write(&path, bytes).unwrap();
        path
    };
    is_refused(&changed(60, &[0, 0, 0, 99]), SPEC, &["version 99", "version 1"]);
    let version = env!("CARGO_PKG_VERSION");
    let at = bytes.windows(7 + version.len()).position(|part| part == format!("version{version}").as_bytes()).unwrap();
    is_refused(&changed(at + 7, b"9"), SPEC, &["made by headstart 9", "begin anew"]);
    // Damaged ones, and what is something else altogether.
    is_refused(&changed(5000, &[0xff; 3000]), SPEC, &["damaged"]);
    is_refused(&changed(0, b"cell,gain,lr"), SPEC, &["not a study's store"]);
    let short = folder.path().join("short.db");
    std::fs::write(&short, &bytes[..50]).unwrap();
    is_refused(&short, SPEC, &["not a study's store"]);
    assert!(Store::open(&folder.path().join("none.db")).unwrap_err().to_string().contains("no such file"));
}

/// What a store says: everything, or that it is damaged, or nothing of ours.
fn read(path: &Path) -> Result<Vec<Row>, Error> {
    let store = Store::open(path)?;
    store.check()?;
    let mut rows = Vec::new();
    store.rows(0..u64::MAX, true, |row| {
        rows.push(row);
        Ok(())
    })?;
    assert_eq!(store.about().spec, *study(SPEC).spec());
    Ok(rows)
}

#[test]
fn nothing_is_read_that_was_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = whole(folder.path());
    let (bytes, rows) = (std::fs::read(&path).unwrap(), format!("{:?}", read(&path).unwrap()));
    let copy = folder.path().join("copy.db");
    let read_of = |bytes: &[u8]| {
        std::fs::write(&copy, bytes).unwrap();
        read(&copy).map(|rows| format!("{rows:?}"))
    };
    let mut found = 0;
    for at in (0..bytes.len()).step_by(23) {
        let mut changed = bytes.clone();
        changed[at] ^= 1 << (at % 8);
        match read_of(&changed) {
            Ok(read) => assert_eq!(read, rows, "byte {at}"),
            Err(error) => {
                found += 1;
                assert!(error.to_string().starts_with(&copy.display().to_string()), "{error}");
            }
        }
    }
    // What is not found lies where nothing is.
    assert!(found > 100, "{found}");
    for length in [1, 99, 100, 4096, bytes.len() / 2, bytes.len() - 1] {
        assert!(read_of(&bytes[..length]).is_err(), "{length} bytes");
    }
}

#[test]
fn a_store_at_rest_is_one_file_and_a_new_one_takes_nothing_from_an_old_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = whole(folder.path());
    summary(&Store::open(&path).unwrap()).unwrap();
    let names = |folder: &Path| -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    assert_eq!(names(folder.path()), ["whole.db"]);
    // Somebody deletes the store of a study under way, and not what lies beside it.
    let beside = folder.path().join("whole.db-wal");
    std::fs::remove_file(&path).unwrap();
    // What it begins with says what it is.
    let left = b"\x37\x7f\x06\x82 runs of the old one";
    std::fs::write(&beside, left).unwrap();
    let message = go_on(&path, Shard::WHOLE, 1).unwrap_err().to_string();
    assert!(message.contains("whole.db-wal") && message.contains("not there any more"), "{message}");
    assert!(store::merge(&path, &[]).is_err());
    assert_eq!(std::fs::read(&beside).unwrap(), left);
    std::fs::write(&beside, "").unwrap();
    assert_eq!(go_on(&path, Shard::WHOLE, 1).unwrap(), 1);
    assert_eq!(names(folder.path()), ["whole.db"]);
}

#[cfg(unix)]
#[test]
fn a_store_that_is_deleted_while_it_is_written_is_missed_at_once() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["study.db", ".study.db.headstart-lock"] {
        let path = folder.path().join("study.db");
        let study = study(SPEC);
        let mut writer = Writer::open(&path, &study, Shard::WHOLE).unwrap();
        std::fs::remove_file(folder.path().join(name)).unwrap();
        study.run(&[0], &Host::here(1), |row| writer.add(row)).unwrap();
        let message = writer.commit().unwrap_err().to_string();
        assert!(message.contains("was deleted, moved or replaced"), "{message}");
    }
}

#[test]
fn too_many_runs_are_refused_before_anything_is_made() {
    let refused = |text: &str, shard| {
        let folder = tempfile::tempdir().unwrap();
        let study = Study::new(StudySpec::from_toml(text).unwrap())?;
        let refused = Writer::open(&folder.path().join("study.db"), &study, shard).map(|_| ());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        refused
    };
    let common = "study = { axes = ['gain=0.1..1:20000', 'lr=0.1..1:10000'] }\ndata = { data = 'circles' }\n";
    let message = refused(common, Shard::WHOLE).unwrap_err().to_string();
    assert!(message.contains("200000000 runs") && message.contains("--shard 1/2"), "{message}");
    let message = refused(&format!("{common}init = {{ seeds = 9000000000000 }}"), Shard::WHOLE).unwrap_err();
    assert!(message.to_string().contains("more runs than can be counted"), "{message}");
    // A part of nothing is nothing.
    assert_eq!(Shard { index: u64::MAX, of: u64::MAX }.share(5), 0);
    assert_eq!((1..=4).map(|index| Shard { index, of: 4 }.share(10)).collect::<Vec<_>>(), [3, 3, 2, 2]);
}

#[test]
fn changed_data_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data.csv");
    let write = |last: &str| {
        let row = |i: usize| format!("{i},{}", if i.is_multiple_of(3) { "a" } else { "b" });
        let rows: Vec<String> = (0..20).map(row).collect();
        std::fs::write(&data, format!("x,y\n{}\n21,{last}\n", rows.join("\n"))).unwrap();
    };
    let text = format!("study = {{ axes = ['lr=1,2'] }}\ndata = {{ data = '{}' }}\n", data.display());
    write("a");
    let store = folder.path().join("study.db");
    Writer::open(&store, &study(&text), Shard::WHOLE).unwrap().close().unwrap();
    write("b");
    is_refused(&store, &text, &["data.csv", "has changed"]);
}

#[test]
fn one_process_at_a_time_works_on_a_store_and_anybody_may_look() {
    let folder = tempfile::tempdir().unwrap();
    let path = whole(folder.path());
    let first = Writer::open(&path, &study(SPEC), Shard::WHOLE).unwrap();
    let message = Writer::open(&path, &study(SPEC), Shard::WHOLE).unwrap_err().to_string();
    assert!(message.contains("another process works on it"), "{message}");
    assert!(store::delete(&path).unwrap_err().to_string().contains("another process"));
    assert_eq!(Store::open(&path).unwrap().count().unwrap(), 36);
    drop(first);
    store::delete(&path).unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_summary_names_the_best_cells_and_what_each_value_does() {
    let folder = tempfile::tempdir().unwrap();
    let found = summary(&Store::open(&whole(folder.path())).unwrap()).unwrap();
    assert_eq!((found.cells, found.seeds, found.wanted, found.runs, found.judged), (12, 3, 36, 36, "test accuracy"));
    assert_eq!((found.best.len(), found.margins.len()), (10, 3 + 4));
    assert!(found.best.windows(2).all(|pair| pair[0].accuracy >= pair[1].accuracy));
    assert!(found.margins.iter().all(|margin| margin.runs == if margin.axis == "gain" { 12 } else { 9 }));
    // The mean over the values of an axis is the mean over all.
    let mean = |axis: &str, n: f64| {
        let of_axis = found.margins.iter().filter(|margin| margin.axis == axis);
        of_axis.map(|margin| margin.accuracy.unwrap()).sum::<f64>() / n
    };
    assert!((mean("gain", 3.0) - mean("lr", 4.0)).abs() < 1e-12);
}

/// An executor whose machines cannot do these runs of a batch.
struct Weak(&'static [usize]);

impl Executor for Weak {
    fn run(&self, batch: &Batch<'_>, watch: &Watch, each: &mut Each<'_>) -> Result<(), Error> {
        let mut number = 0;
        Threads(2).run(batch, watch, &mut |ended| {
            let failure =
                |init, seed| Failure { init, seed, reason: "on a: out of memory; on b: out of memory".to_owned() };
            let is_done = !self.0.contains(&number);
            number += 1;
            each(ended.and_then(|run| if is_done { Ok(run) } else { Err(failure(run.init, run.seed)) }))
        })
    }
}

#[test]
fn runs_that_no_machine_could_do_are_kept_as_such_until_one_can() {
    let folder = tempfile::tempdir().unwrap();
    let whole = exported(&whole(folder.path()));
    let path = folder.path().join("study.db");
    let study = study(SPEC);
    let sit = |path: &Path, weak, shard| {
        Session::new(&study, Writer::open(path, &study, shard).unwrap())
            .unwrap()
            .run(None, &Host::of(Weak(weak), 2))
            .unwrap()
    };
    assert_eq!(sit(&path, &[4, 7, 35], Shard::WHOLE), Sitting { done: 33, failed: 3, left: 0, is_spent: false });
    let failed = summary(&Store::open(&path).unwrap()).unwrap().failed;
    assert_eq!(
        failed.iter().map(|failed| (failed.run, failed.cell, failed.seed)).collect::<Vec<_>>(),
        [(4, 1, 2), (7, 2, 2), (35, 11, 3)]
    );
    assert_eq!(failed[0].reason, "on a: out of memory; on b: out of memory");
    store::check_file(&path).unwrap();
    // They are missing, as far as figures go, and done the next time.
    assert_eq!(sit(&path, &[1], Shard::WHOLE), Sitting { done: 2, failed: 1, left: 0, is_spent: false });
    assert_eq!(summary(&Store::open(&path).unwrap()).unwrap().failed, failed[1..2]);
    sit(&path, &[], Shard::WHOLE);
    assert_eq!(summary(&Store::open(&path).unwrap()).unwrap().failed, []);
    assert_eq!(exported(&path), whole);

    // Parts keep them, and what they are joined to does.
    let parts = [1, 2].map(|index| folder.path().join(format!("part{index}.db")));
    sit(&parts[0], &[2], Shard { index: 1, of: 2 });
    sit(&parts[1], &[], Shard { index: 2, of: 2 });
    let joined = folder.path().join("joined.db");
    assert_eq!(store::merge(&joined, &parts).unwrap(), 35);
    assert_eq!(
        summary(&Store::open(&joined).unwrap()).unwrap().failed.iter().map(|failed| failed.run).collect::<Vec<_>>(),
        [2]
    );
    sit(&joined, &[], Shard::WHOLE);
    assert_eq!(exported(&joined), whole);
}
