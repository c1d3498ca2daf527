//! A device's figures are never taken for the processor's: who computes is asked for, checked, told and kept.

use headstart::advise::{self, Question};
use headstart::engine::watch::Watch;
use headstart::error::Error;
use headstart::events::Event;
use headstart::executor::parcel::Packer;
use headstart::executor::{Batch, Device, Each, Executor, Threads};
use headstart::host::Host;
use headstart::map::{MapSection, Mapping};
use headstart::replicate::{Experiment, Options};
use headstart::save;
use headstart::spec::{self, TaskSpec};
use headstart::study::session::Session;
use headstart::study::store::{self, Shard, Store, Writer};
use headstart::study::summary::summary;
use headstart::study::{Study, StudySpec};
use headstart::task::Task;
use std::path::Path;
use std::sync::Mutex;

/// A card that has something to say when it is first asked.
struct Card(Device, Mutex<Vec<String>>);

impl Executor for Card {
    fn run(&self, batch: &Batch<'_>, watch: &Watch, each: &mut Each<'_>) -> Result<(), Error> {
        Threads(2).run(batch, watch, each)
    }

    fn device(&self) -> Option<&Device> {
        Some(&self.0)
    }

    fn remarks(&self) -> Vec<String> {
        std::mem::take(&mut self.1.lock().unwrap())
    }
}

fn device(name: &str) -> Device {
    Device { name: name.to_owned(), driver: "Driver 1".to_owned(), precision: "float32".to_owned() }
}

fn on(name: &str) -> Host<'static> {
    Host::of(Card(device(name), Mutex::default()), 2)
}

fn task(training: &str) -> Task {
    Task::new(spec(training)).unwrap()
}

fn spec(training: &str) -> TaskSpec {
    let text = "[data]\ndata = 'circles'\nsamples = [30, 10]\n[init]\nseeds = 2\n[training]\n";
    TaskSpec::from_toml(&format!("{text}steps = 20\n{training}")).unwrap()
}

fn study(training: &str) -> Study {
    let text =
        "study = { axes = ['gain=0.5,1'] }\n[data]\ndata = 'circles'\nsamples = [30, 10]\n[training]\nsteps = 20\n";
    Study::new(StudySpec::from_toml(&format!("{text}{training}")).unwrap()).unwrap()
}

const GPU: &str = "device = 'gpu'";

/// Does a study into a store, by a card or by the processor.
fn sit(path: &Path, study: &Study, shard: Shard, card: Option<&str>) -> Result<(), Error> {
    let host = card.map_or_else(|| Host::here(2), on);
    let writer = Writer::open_by(path, study, shard, host.device(&study.spec().training))?;
    Session::new(study, writer)?.run(None, &host).map(drop)
}

#[test]
fn who_works_is_who_the_task_is_for() {
    let run = |training: &str, host: &Host<'_>| task(training).run(host, |_| ()).map_err(|error| error.to_string());
    assert_eq!(run(GPU, &on("Card")), Ok(()));
    let error = run(GPU, &Host::here(2)).unwrap_err();
    assert!(error.contains("is for a GPU") && error.contains("device = \"cpu\""), "{error}");
    let error = run("precision = 'f32'", &on("Card")).unwrap_err();
    assert!(error.contains("is for the processor") && error.contains("Card (Driver 1, float32)"), "{error}");
    // Nor by another way.
    let one =
        TaskSpec::from_toml("[data]\ndata = 'circles'\nsamples = [30, 10]\n[training]\ndevice = 'gpu'\n").unwrap();
    assert!(save::train(&Task::new(one).unwrap(), &on("Card")).unwrap_err().is_usage());
    let question = Question { spec: spec(GPU), search_lr: false, budget: None };
    let asked = advise::task(&question).unwrap();
    assert!(advise::advise(&question, &asked, &Host::here(2)).unwrap_err().to_string().contains("is for a GPU"));
    // No device does float64: that is the processor's wherever it comes.
    assert_eq!(run("", &on("Card")), Ok(()));
    assert_eq!(on("Card").device(&task("").spec.training), None);
    assert_eq!(on("Card").device(&task(GPU).spec.training), Some(&device("Card")));
}

#[test]
fn what_a_device_has_no_numbers_for_is_an_error_before_anything_is_read() {
    let error = |training: &str| Task::new(spec(training)).unwrap_err();
    let of_f64 = error("device = 'gpu'\nprecision = 'f64'");
    assert!(of_f64.is_usage() && of_f64.to_string().contains("leave out the precision"), "{of_f64}");
    let open = error("device = 'auto'");
    assert!(open.is_usage() && open.to_string().contains("cpu or gpu"), "{open}");
}

#[test]
fn a_task_for_a_gpu_is_not_packed_for_workers_that_have_none() {
    let task = task(GPU);
    let error = Packer::default().pack(&Batch::of(&task), 0..1).unwrap_err().to_string();
    assert!(error.contains("--device gpu") && error.contains("processors"), "{error}");
}

#[test]
fn what_an_executor_remarks_is_heard_once() {
    let heard = Mutex::new(Vec::new());
    let listener = |event: Event<'_>| {
        if let Event::Warning { text } = event {
            heard.lock().unwrap().push(text.to_owned());
        }
    };
    let card = Card(device("Card"), Mutex::new(vec!["siren networks are done by the processor".to_owned()]));
    let host = Host::of(card, 2).heard_by(&listener);
    let task = task(GPU);
    host.work(|host| (0..2).try_for_each(|_| task.run(host, |_| ()))).unwrap();
    assert_eq!(*heard.lock().unwrap(), ["siren networks are done by the processor"]);
}

#[test]
fn a_store_is_gone_on_with_by_what_it_was_begun_with() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (gpu, cpu) = (study(GPU), study("precision = 'f32'"));
    let half = |index| Shard { index, of: 2 };
    sit(&at("gpu.db"), &gpu, half(1), Some("Card")).unwrap();
    sit(&at("gpu.db"), &gpu, half(1), Some("Card")).unwrap();
    sit(&at("cpu.db"), &cpu, half(1), None).unwrap();
    store::check_file(&at("gpu.db")).unwrap();
    let kept = Store::open(&at("gpu.db")).unwrap();
    assert_eq!(kept.about().device, Some(device("Card")));
    assert_eq!(summary(&kept).unwrap().device, Some(device("Card")));
    assert_eq!(kept.about().spec, *gpu.spec());
    drop(kept);
    assert_eq!(Store::open(&at("cpu.db")).unwrap().about().device, None);
    let refused = |path: &str, study: &Study, card, names: [&str; 2]| {
        let error = sit(&at(path), study, half(1), card).unwrap_err().to_string();
        assert!(names.iter().all(|name| error.contains(name)) && error.contains("another file"), "{error}");
    };
    refused("gpu.db", &gpu, Some("Other"), ["Card (Driver 1, float32)", "Other (Driver 1, float32)"]);
    refused("gpu.db", &cpu, None, ["Card (Driver 1, float32)", "the processor"]);
    refused("cpu.db", &gpu, Some("Card"), ["Card (Driver 1, float32)", "the processor"]);
    // So it is with parts that are joined.
    let parts = |card, name: &str| {
        sit(&at(name), &gpu, half(2), card).unwrap();
        store::merge(&at("both.db"), &[at("gpu.db"), at(name)])
    };
    let error = parts(Some("Other"), "other.db").unwrap_err().to_string();
    assert!(error.contains("Card") && error.contains("Other"), "{error}");
    assert_eq!(parts(Some("Card"), "second.db").unwrap(), 2);
    assert_eq!(Store::open(&at("both.db")).unwrap().about().device, Some(device("Card")));
}

#[test]
fn a_store_whose_device_was_changed_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("study.db");
    sit(&path, &study(GPU), Shard::WHOLE, Some("Card")).unwrap();
    for change in [
        "UPDATE study SET value = replace(value, 'Card', 'Other') WHERE key = 'device'",
        "DELETE FROM study WHERE key = 'device'",
    ] {
        let other = folder.path().join("other.db");
        std::fs::copy(&path, &other).unwrap();
        rusqlite::Connection::open(&other).unwrap().execute(change, []).unwrap();
        let error = Store::open(&other).unwrap_err().to_string();
        assert!(error.contains("not what was written"), "{change}: {error}");
    }
}

#[test]
fn a_writer_knows_the_device_that_a_study_is_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("study.db");
    let error = Writer::open(&path, &study(GPU), Shard::WHOLE).unwrap_err();
    assert!(error.is_usage() && error.to_string().contains("device = \"gpu\""), "{error}");
    assert!(Writer::open_by(&path, &study(""), Shard::WHOLE, Some(&device("Card"))).is_err());
    assert!(!path.exists());
    // Nor is one opened for a device written to by another.
    let writer = Writer::open_by(&path, &study(GPU), Shard::WHOLE, Some(&device("Card"))).unwrap();
    let study = study(GPU);
    let error = Session::new(&study, writer).unwrap().run(None, &on("Other")).unwrap_err().to_string();
    assert!(error.contains("Card") && error.contains("Other"), "{error}");
}

#[test]
fn maps_advice_and_replications_name_it() {
    let text = "study = { axes = ['lr=0.1,1', 'gain=1,2'] }\n[data]\ndata = 'circles'\nsamples = [30, 10]\n[training]\n\
                steps = 20\ndevice = 'gpu'\n";
    let study = Study::new(StudySpec::from_toml(text).unwrap()).unwrap();
    let mut mapping = Mapping::new(&study, MapSection::default(), false, None).unwrap();
    mapping.run(None, &on("Card"), |_| Ok(())).unwrap();
    assert_eq!(mapping.device(), Some(&device("Card")));
    assert!(mapping.subtitle().ends_with("Card (Driver 1, float32)"), "{}", mapping.subtitle());

    let mut question = Question { spec: spec(GPU), search_lr: false, budget: None };
    question.budget = Some("4ksteps".parse().unwrap());
    let asked = advise::task(&question).unwrap();
    let advice = advise::advise(&question, &asked, &on("Card")).unwrap().unwrap();
    assert_eq!(advice.device, Some(device("Card")));

    let options = Options { resolution: Some(8), device: spec::Device::Gpu, ..Options::default() };
    let prepared = Experiment::named("fractal-2024").unwrap().prepare(&options).unwrap();
    assert!(prepared.run(&Host::here(2)).is_err());
    let replication = prepared.run(&on("Card")).unwrap().unwrap();
    assert_eq!((replication.device, replication.runs.len()), (Some(device("Card")), 3 * 64));
}
