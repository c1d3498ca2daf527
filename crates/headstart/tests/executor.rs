//! Any executor gives the same bits: one that packs every run, does it elsewhere and gets it back in any order, too.

use headstart::advise::{self, Question};
use headstart::engine::watch::Watch;
use headstart::error::Error;
use headstart::events::{Event, Partial};
use headstart::executor::parcel::{Bench, Packer, Parcel, pack_runs, unpack_runs};
use headstart::executor::{Batch, Each, Executor, InOrder, Threads};
use headstart::host::Host;
use headstart::map::{MapSection, Mapping};
use headstart::run::Run;
use headstart::save;
use headstart::spec::TaskSpec;
use headstart::study::{Study, StudySpec};
use headstart::task::Task;
use headstart::weights::Format;
use headstart::{compare, replicate};
use serde::Serialize;
use std::ops::ControlFlow;
use std::sync::Mutex;

/// An executor whose machines know nothing but bytes: parcels of a few runs, done last first.
#[derive(Default)]
struct Elsewhere {
    packer: Mutex<Packer>,
    bench: Mutex<Bench>,
    /// Bytes of samples that were sent.
    sent: Mutex<usize>,
}

impl Executor for Elsewhere {
    fn run(&self, batch: &Batch<'_>, watch: &Watch, each: &mut Each<'_>) -> Result<(), Error> {
        const SIZE: usize = 3;
        let mut parcels = Vec::new();
        for first in (0..batch.len()).step_by(SIZE) {
            let mut packer = self.packer.lock().unwrap();
            parcels.push(packer.pack(batch, first..batch.len().min(first + SIZE))?.to_bytes()?);
        }
        let mut joined = InOrder::default();
        for parcel in parcels.iter().rev() {
            let parcel = Parcel::from_bytes(parcel)?;
            let bench = self.bench.lock().unwrap();
            for digest in parcel.needs() {
                if !bench.has(digest) {
                    let packer = self.packer.lock().unwrap();
                    let content = packer.content(digest)?.expect("it is the packer's");
                    *self.sent.lock().unwrap() += content.len();
                    bench.add(digest, &content)?;
                }
            }
            let mut runs = Vec::new();
            bench.run(&parcel, 2, watch, |number, run| runs.push((number, run)))?;
            for (number, run) in unpack_runs(&pack_runs(&runs)?)? {
                joined.add(number, run);
            }
        }
        while let Some(run) = joined.ready() {
            if each(Ok(run)).is_break() {
                break;
            }
        }
        Ok(())
    }
}

fn elsewhere() -> Host<'static> {
    Host::of(Elsewhere::default(), 2)
}

fn task(text: &str) -> Task {
    Task::new(TaskSpec::from_toml(text).unwrap()).unwrap()
}

fn runs(task: &Task, host: &Host<'_>) -> Vec<Run> {
    let mut runs = Vec::new();
    // How long a run took is the one thing that may differ.
    task.run(host, |run| runs.push(Run { seconds: 0.0, ..run })).unwrap();
    runs
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap()
}

/// Losses that are no numbers have bits, too.
fn bits(runs: &[Run]) -> Vec<String> {
    let of = |run: &Run| {
        let losses: Vec<u64> = run.trace.iter().map(|record| record.loss.to_bits()).collect();
        format!("{run:?} {losses:?} {}", run.train.loss.to_bits())
    };
    runs.iter().map(of).collect()
}

#[test]
fn runs_that_travel_have_the_same_bits() {
    let tasks = [
        "[data]\ndata = 'circles'\n[init]\ninit = 'normal:10,he,normal:1e200'\nseeds = 3\n[training]\nsteps = 50\nlr = 0.1",
        "[data]\ndata = 'moons'\n[init]\ninit = 'lsuv,orthogonal/he/he'\nseeds = 2\nbias = '0/0/prior'\n[network]\nlayers = '_,8,8,_'\n\
         [training]\noptimizer = 'adam'\nbatch = 16\nepochs = 3\nprecision = 'f32'\nclass-weights = 'balanced'\ndropout = [0.2, 0.0]",
        "[data]\ndata = 'diabetes'\nscale-targets = 'standardize'\npreprocess = 'standardize'\n[init]\nseeds = 2\n[training]\nsteps = 40",
        "[data]\ndata = 'moons'\nvalidation-share = 0.25\n[training]\nsteps = 60\nlr = 0.5\nearly-stopping = 5\nvalidation-every = 2",
    ];
    for text in tasks {
        let task = task(text);
        assert_eq!(bits(&runs(&task, &elsewhere())), bits(&runs(&task, &Host::here(2))), "{text}");
    }
}

#[test]
fn samples_and_weights_of_files_travel_with_the_work() {
    let folder = tempfile::tempdir().unwrap();
    let (rows, weights) = (folder.path().join("rows.csv"), folder.path().join("start.safetensors"));
    let row = |i: i32| format!("{},{},{}\n", i * i % 17, ["red", "blue"][i as usize % 2], i % 3);
    std::fs::write(&rows, format!("size,colour,kind\n{}", (0..60).map(row).collect::<String>())).unwrap();
    let text = |init: &str| {
        format!(
            "[data]\ndata = '{}'\nlabel = 'kind'\n[network]\nlayers = '_,6,_'\n[init]\ninit = '{init}'\n[training]\nsteps = 30",
            rows.display()
        )
    };
    let (_, trained) = save::train(&task(&text("he")), &Host::here(1)).unwrap().unwrap();
    trained.write(&weights, Format::default()).unwrap();
    let task = task(&text(&format!("file:{},glorot", weights.display())));
    let here = runs(&task, &Host::here(2));
    std::fs::remove_file(&rows).unwrap();
    std::fs::remove_file(&weights).unwrap();
    assert_eq!(bits(&runs(&task, &elsewhere())), bits(&here));
}

/// Whoever asks for runs does not know who does them.
#[test]
fn comparisons_studies_maps_advice_and_replications_are_the_same_from_any_executor() {
    let text = "[data]\ndata = 'circles'\nsamples = [40, 20]\n[init]\ninit = 'he,normal:3,normal:0.1'\nseeds = 5\n[training]\nsteps = 80";
    let compared = |host: &Host| {
        let (task, mut runs) = (task(text), Vec::new());
        compare::run(&task, true, host, |run| runs.push(run)).unwrap();
        json(&compare::compare(&runs, task.target()))
    };
    assert_eq!(compared(&elsewhere()), compared(&Host::here(2)));
    let raced = |host: &Host| {
        let task = task(&text.replace("seeds = 5", "seeds = 'auto'"));
        json(&compare::race::race(&task, None, host, |_| ()).unwrap())
    };
    assert_eq!(raced(&elsewhere()), raced(&Host::here(2)));

    let study = "study = { axes = ['gain=0.5,1,2', 'samples=20,40'], traces = true }\ninit = { seeds = 2 }\n\
                 [data]\ndata = 'circles'\nsamples = [30, 10]\n[training]\nsteps = 20\n";
    let study = Study::new(StudySpec::from_toml(study).unwrap()).unwrap();
    let rows = |host: &Host| {
        let (mut rows, all) = (Vec::new(), (0..study.runs()).collect::<Vec<_>>());
        let each = |row| {
            rows.push(row);
            Ok(())
        };
        study.run(&all, host, each).unwrap();
        rows
    };
    assert_eq!(rows(&elsewhere()), rows(&Host::here(2)));

    let map = "study = { axes = ['gain=0.1,1,10', 'lr=0.01,1'] }\n[data]\ndata = 'circles'\n[training]\nsteps = 20\n";
    let study = Study::new(StudySpec::from_toml(map).unwrap()).unwrap();
    let picture = |host: &Host| {
        let mut mapping = Mapping::new(&study, MapSection::default(), false, None).unwrap();
        mapping.run(None, host, |_| Ok(())).unwrap();
        format!("{:?}", mapping.picture())
    };
    assert_eq!(picture(&elsewhere()), picture(&Host::here(2)));

    let question = Question {
        spec: TaskSpec::from_toml("[data]\ndata = 'moons'\nsamples = [40, 20]\n[training]\nsteps = 60\nlr = 0.3")
            .unwrap(),
        search_lr: true,
        budget: None,
    };
    let asked = advise::task(&question).unwrap();
    let advised = |host: &Host| json(&advise::advise(&question, &asked, host).unwrap().unwrap());
    assert_eq!(advised(&elsewhere()), advised(&Host::here(2)));

    let replicated = |host: &Host| {
        let experiment = replicate::Experiment::named("dls-thread").unwrap();
        let replication = experiment.prepare(&replicate::Options::default()).unwrap().run(host).unwrap().unwrap();
        json(&replication.rows)
    };
    assert_eq!(replicated(&elsewhere()), replicated(&Host::here(2)));
}

/// Samples are sent once, however many parcels need them, and however many tasks share them.
#[test]
fn the_same_samples_are_packed_and_sent_once() {
    let base = task("[data]\ndata = 'digits'\n[training]\nsteps = 2");
    let mut spec = base.spec.clone();
    spec.training.lr = Some(0.5);
    let tasks = [base.vary(spec).unwrap(), base];
    let executor = Elsewhere::default();
    let batch = Batch::new(12, |i| tasks[i % 2].job(0));
    executor.run(&batch, &Watch::default(), &mut |_| ControlFlow::Continue(())).unwrap();
    let sent = *executor.sent.lock().unwrap();
    let numbers = tasks[0].dataset.train.x.len() + tasks[0].dataset.test.as_ref().unwrap().x.len();
    assert!((9 * numbers..10 * numbers).contains(&sent), "{sent} bytes of {numbers} numbers");
}

#[test]
fn what_is_no_parcel_or_comes_without_its_samples_is_refused() {
    let task = task("[data]\ndata = 'circles'\n[training]\nsteps = 2");
    let mut packer = Packer::default();
    let parcel = packer.pack(&Batch::of(&task), 0..1).unwrap();
    let digest = parcel.needs().next().unwrap();
    let bytes = parcel.to_bytes().unwrap();
    let bench = &Bench::default();
    let run = |bench: &Bench| bench.run(&parcel, 1, &Watch::default(), |_, _| ()).map_err(|error| error.to_string());
    assert!(run(bench).unwrap_err().contains("have not come"));
    let mut content = packer.content(digest).unwrap().unwrap();
    *content.last_mut().unwrap() ^= 1;
    assert!(bench.add(digest, &content).unwrap_err().to_string().contains("not those that were named"));
    bench.add(digest, &packer.content(digest).unwrap().unwrap()).unwrap();
    run(bench).unwrap();
    for end in 0..bytes.len() {
        assert!(Parcel::from_bytes(&bytes[..end]).is_err(), "{end}");
    }
    for at in 0..bytes.len() {
        let mut other = bytes.clone();
        other[at] ^= 0x55;
        // Another parcel, or none: but never a panic.
        if let Ok(other) = Parcel::from_bytes(&other) {
            let _ = Bench::default().run(&other, 1, &Watch::default(), |_, _| ());
        }
    }
}

/// Tells the runs of threads in an order of its own, or others.
struct Wrong(Order);

/// What becomes of runs.
type Order = fn(Vec<Run>) -> Vec<Run>;

impl Executor for Wrong {
    fn run(&self, batch: &Batch<'_>, watch: &Watch, each: &mut Each<'_>) -> Result<(), Error> {
        let mut runs = Vec::new();
        Threads(1).run(batch, watch, &mut |ended| {
            runs.extend(ended.ok());
            ControlFlow::Continue(())
        })?;
        // And does not hear that nobody wants more.
        for run in (self.0)(runs) {
            let _ = each(Ok(run));
        }
        Ok(())
    }
}

#[test]
fn an_executor_that_does_something_else_is_found_out() {
    let task = task("[data]\ndata = 'circles'\n[init]\ninit = 'zeros,he'\nseeds = 3\n[training]\nsteps = 5");
    let wrong: [(Order, &str); 4] = [
        (|runs| runs.into_iter().rev().collect(), "run 0 is told as that of he with seed 3"),
        (|runs| runs.iter().chain(&runs).cloned().collect(), "more runs are told than the 6"),
        (
            |runs| runs.into_iter().flat_map(|run| [run.clone(), run]).collect(),
            "run 1 is told as that of zeros with seed 1",
        ),
        (|runs| runs[..4].to_vec(), "4 of 6 runs are told, though nobody stopped it"),
    ];
    for (executor, problem) in wrong {
        let host = Host::of(Wrong(executor), 1);
        let of_task = task.run(&host, |_| ()).unwrap_err().to_string();
        assert!(of_task.contains(problem), "{of_task}");
        assert!(compare::run(&task, false, &host, |_| ()).is_err());
        let study = "study = { axes = ['gain=0.5,1,2'] }\ninit = { seeds = 2 }\n[data]\ndata = 'circles'\n[training]\nsteps = 5\n";
        let study = Study::new(StudySpec::from_toml(study).unwrap()).unwrap();
        assert!(study.run(&[0, 1, 2, 3, 4, 5], &host, |_| Ok(())).is_err());
    }
}

#[test]
fn whoever_listens_hears_stages_runs_what_there_is_so_far_and_the_end() {
    let task =
        task("[data]\ndata = 'circles'\n[init]\ninit = 'zeros,he'\nseeds = 2\n[training]\nsteps = 300\nlr = 0.3");
    let heard = Mutex::new(Vec::new());
    let listener = |event: Event| {
        heard.lock().unwrap().push(match event {
            Event::Stage { steps, .. } => format!("stage of {steps}"),
            Event::Run(run) => format!("{} {}", run.init, run.seed),
            Event::Partial(Partial::Standings { figure, starts }) => {
                format!("{figure}: {} of {}", starts[0].init, starts.len())
            }
            Event::Progress(progress) if progress.share <= 1.0 => return,
            Event::Done { is_stopped } => format!("done {is_stopped}"),
            other => format!("{other:?}"),
        });
    };
    Host::here(1).heard_by(&listener).work(|host| compare::run(&task, false, host, |_| ())).unwrap();
    let mut heard = heard.into_inner().unwrap();
    // On a slow machine there is time for another look.
    let first = heard.iter().position(|event| event.starts_with("test accuracy")).unwrap();
    let mut at = 0..;
    heard.retain(|event| at.next() == Some(first) || !event.starts_with("test accuracy"));
    let expected = ["stage of 1200", "zeros 1", "he 1", "test accuracy: he of 2", "zeros 2", "he 2", "done false"];
    assert_eq!(heard, expected);
}
