//! What keeping every run costs a study, and what `compare` costs over the bare engine. Both are done in turns in the same
//! process, so that a machine that is slower for a while is so for both.
//!
//! ```text
//! cargo run --release -p headstart-bench --bin study -- [CELLS] [SEEDS] [ROUNDS]
//! ```
//!
//! `CELLS` of a study of tiny runs and of one of short runs, and `SEEDS` of the comparison of five initializations. Seconds are
//! by the clock, and those of all cores together (from `/proc`, to a hundredth; none elsewhere), which do not count what
//! other programs take.

use headstart::compare;
use headstart::data::{Samples, Targets as DataTargets};
use headstart::engine::init::Start;
use headstart::engine::train::population::in_order;
use headstart::engine::train::{Problem, Targets, Worker};
use headstart::engine::watch::Watch;
use headstart::error::Error;
use headstart::host::Host;
use headstart::report::table;
use headstart::spec::TaskSpec;
use headstart::study::session::Session;
use headstart::study::store::{Shard, Writer};
use headstart::study::{Study, StudySpec};
use headstart::task::Task;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let numbers = std::env::args().skip(1).map(|text| text.parse()).collect::<Result<Vec<u64>, _>>()?;
    let number = |at: usize, otherwise: u64| numbers.get(at).copied().unwrap_or(otherwise);
    let (cells, seeds, rounds) = (number(0, 1_000_000), number(1, 100), number(2, 3));
    let threads = std::thread::available_parallelism()?.get();
    let folder = std::env::current_dir()?;
    println!("{cells} cells each, medians of {rounds} rounds on {threads} threads\n");
    println!("{:<34}{:>9}{:>9}{:>7}{:>9}{:>9}{:>7}", "", "without", "with", "", "cores", "cores", "");
    for (name, layers, samples, steps) in
        [("2,4,1, 20 steps", "2,4,1", 30, 20), ("2,10,5,1, 100 steps", "2,10,5,1", 300, 100)]
    {
        let study = study(layers, samples, steps, cells)?;
        let pairs = turns(rounds, || without_store(&study, threads), || with_store(&study, threads, &folder))?;
        line(&format!("store: {name}"), &pairs);
    }
    let task = comparison(seeds)?;
    let pairs = turns(rounds, || engine(&task, threads), || as_command(&task, threads))?;
    line(&format!("compare: 5 starts x {seeds} seeds"), &pairs);
    Ok(())
}

/// Seconds by the clock, and of all cores together.
type Spent = [f64; 2];

/// Times two things in turns.
fn turns(
    rounds: u64,
    mut one: impl FnMut() -> Result<(), Error>,
    mut other: impl FnMut() -> Result<(), Error>,
) -> Result<Vec<[Spent; 2]>, Error> {
    (0..rounds).map(|_| Ok([spent(&mut one)?, spent(&mut other)?])).collect()
}

fn spent(work: impl FnOnce() -> Result<(), Error>) -> Result<Spent, Error> {
    let (begin, before) = (Instant::now(), of_cores());
    work()?;
    Ok([begin.elapsed().as_secs_f64(), of_cores() - before])
}

/// Seconds that the cores have worked for this process.
fn of_cores() -> f64 {
    let about = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // After the name in brackets; in hundredths.
    let fields: Vec<&str> = about.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let number = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or(f64::NAN);
    (number(11) + number(12)) / 100.0
}

/// Medians of both, and of their ratios.
fn line(name: &str, pairs: &[[Spent; 2]]) {
    let median = |of: &dyn Fn(&[Spent; 2]) -> f64| {
        let mut values: Vec<f64> = pairs.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    print!("{name:<34}");
    for kind in [0, 1] {
        let (one, other) = (median(&|pair| pair[0][kind]), median(&|pair| pair[1][kind]));
        let more = 100.0 * (median(&|pair| pair[1][kind] / pair[0][kind]) - 1.0);
        print!("{one:>8.2}s{other:>8.2}s{more:>+6.1}%");
    }
    println!();
}

/// A study of so many cells of gain and learning rate.
fn study(layers: &str, samples: u64, steps: u64, cells: u64) -> Result<Study, Error> {
    let side = (cells as f64).sqrt().round() as u64;
    Study::new(StudySpec::from_toml(&format!(
        "[study]\naxes = [\"gain=0.1..10:{side}\", \"lr=0.001..1:{side}\"]\n\
         [data]\ndata = \"circles\"\nsamples = [{samples}, 10]\n\
         [network]\nlayers = [{layers}]\n\
         [training]\nsteps = {steps}\n"
    ))?)
}

fn without_store(study: &Study, threads: usize) -> Result<(), Error> {
    let runs: Vec<u64> = (0..study.runs()).collect();
    study.run(&runs, &Host::here(threads), |_| Ok(()))
}

fn with_store(study: &Study, threads: usize, folder: &Path) -> Result<(), Error> {
    let folder = tempfile::tempdir_in(folder).map_err(|error| Error::Usage(error.to_string()))?;
    let writer = Writer::open(&folder.path().join("study.db"), study, Shard::WHOLE)?;
    Session::new(study, writer)?.run(None, &Host::here(threads)).map(|_| ())
}

/// The question of the README.
fn comparison(seeds: u64) -> Result<Task, Error> {
    Task::new(TaskSpec::from_toml(&format!(
        "[data]\ndata = \"circles\"\n[network]\nlayers = [2, 10, 5, 1]\n[training]\nsteps = 15000\n\
         [init]\ninit = \"normal:10,normal:0.1,normal:0.01,he,glorot\"\nseeds = {seeds}\n"
    ))?)
}

/// The trainings alone.
fn engine(task: &Task, threads: usize) -> Result<(), Error> {
    fn of(samples: &Samples) -> (ndarray::ArrayView2<'_, f64>, Targets<'_>) {
        let targets = match &samples.y {
            DataTargets::Classes(classes) => Targets::Classes(classes),
            DataTargets::Values(values) => Targets::Values(values.view()),
        };
        (samples.x.view(), targets)
    }
    let test = task.dataset.test.as_ref().map(of);
    let problem = Problem::<f64>::new(task.network().clone(), task.training().clone(), of(&task.dataset.train), test)?;
    let draw = |i: usize| -> Start {
        let job = task.job(i);
        job.start().init.draw(task.network(), task.spec.init.rng, job.seed).expect("checked when the task was made")
    };
    let watch = Watch::default();
    let run = |worker: &mut Worker<f64>, i: usize| worker.run(&problem, draw(i), &watch);
    let end: ControlFlow<()> = in_order(task.runs(), threads, Worker::new, run, |_, _| ControlFlow::Continue(()));
    assert!(end.is_continue());
    Ok(())
}

/// What the command does: loads, trains, compares and makes the table.
fn as_command(task: &Task, threads: usize) -> Result<(), Error> {
    let task = Task::new(task.spec.clone())?;
    let runs = task.run_all(threads);
    let comparison = compare::compare(&runs, task.target());
    std::hint::black_box(table::comparison(&comparison, false).to_string());
    Ok(())
}
