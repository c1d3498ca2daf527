//! A run is its task, its initialization and its seed: nothing around it changes a bit.

use headstart::compare;
use headstart::engine::watch::Watch;
use headstart::events::Event;
use headstart::executor::Batch;
use headstart::host::Host;
use headstart::run::Run;
use headstart::spec::TaskSpec;
use headstart::task::Job;
use headstart::task::Task;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

fn task(init: &str, training: &str) -> Task {
    let text =
        format!("[data]\ndata = \"moons\"\nsamples = [50, 20]\n[init]\n{init}\n[training]\nsteps = 60\n{training}");
    Task::new(TaskSpec::from_toml(&text).unwrap()).unwrap()
}

fn run(jobs: &[Job], threads: usize) -> Vec<Run> {
    let mut runs = Vec::new();
    // How long a run took is the one thing that may differ.
    let keep = |run| runs.push(Run { seconds: 0.0, ..run });
    Host::here(threads).run(&Batch::new(jobs.len(), |i| jobs[i].clone()), keep).unwrap();
    runs
}

#[test]
fn neither_threads_nor_company_nor_order_change_a_run() {
    for init in
        ["init = \"he,normal:10,orthogonal,lsuv\"\nseeds = 4", "init = \"glorot-uniform\"\nseeds = 6\nrng = \"numpy\""]
    {
        for training in ["", "batch = 16\nmomentum = 0.9", "optimizer = \"adam\"\nprecision = \"f32\""] {
            let task = task(init, training);
            let jobs: Vec<Job> = (0..task.runs()).map(|i| task.job(i)).collect();
            let together = run(&jobs, 1);
            assert_eq!(run(&jobs, 3), together);
            let mut backwards = run(&jobs.iter().rev().cloned().collect::<Vec<_>>(), 2);
            backwards.reverse();
            assert_eq!(backwards, together);
            let (first, second) = jobs.split_at(jobs.len() / 2);
            assert_eq!([run(first, 2), run(second, 1)].concat(), together);
            for (job, run_together) in jobs.iter().zip(&together) {
                assert_eq!(&run(std::slice::from_ref(job), 1)[0], run_together);
            }
        }
    }
}

/// Rates, architectures, optimizers, precisions and data in one population, each on samples shared with the others.
#[test]
fn a_run_among_other_tasks_is_the_run_it_would_have_been_alone() {
    let base = task("init = \"he\"\nseeds = 3", "");
    let variations: [fn(&mut TaskSpec); 7] = [
        |spec| spec.training.lr = Some(0.3),
        |spec| spec.network.layers = "2,40,30,1".parse().unwrap(),
        |spec| spec.network.activation = "gelu".parse().unwrap(),
        |spec| spec.training.optimizer = "adam".parse().unwrap(),
        |spec| spec.training.batch = Some(7),
        |spec| spec.training.precision = Some("f32".parse().unwrap()),
        |spec| spec.data.data = "circles".into(),
    ];
    let mut alone = Vec::new();
    let mut tasks = vec![base];
    for vary in variations {
        let mut spec = tasks[0].spec.clone();
        vary(&mut spec);
        alone.push(Task::new(spec.clone()).unwrap());
        tasks.push(tasks[0].vary(spec).unwrap());
    }
    let jobs: Vec<Job> = (0..3).flat_map(|i| tasks.iter().map(move |task| task.job(i))).collect();
    let together = run(&jobs, 2);
    for (t, alone) in alone.iter().enumerate() {
        let of_task: Vec<Run> = together.iter().skip(t + 1).step_by(tasks.len()).cloned().collect();
        assert_eq!(of_task, run(&[0, 1, 2].map(|i| alone.job(i)), 1), "variation {t}");
    }
}

#[test]
fn seeds_and_streams_make_a_difference() {
    let runs = task("init = \"he\"\nseeds = 2", "").run_all(2);
    assert_ne!(runs[0].trace, runs[1].trace);
}

#[test]
fn runs_that_are_told_to_stop_do_not_begin() {
    let task = task("init = \"he\"\nseeds = 1000", "");
    let host = Host::here(2);
    let mut seen = 0;
    let each = |_| {
        seen += 1;
        host.watch().stop();
    };
    host.run(&Batch::of(&task), each).unwrap();
    assert!((1..1000).contains(&seen), "{seen}");
}

/// Seed by seed every initialization has something to be compared by, wherever it is stopped; and in the end the runs are those of any
/// other order.
#[test]
fn what_is_compared_is_run_seed_by_seed() {
    let task = task("init = \"he,normal:10,orthogonal\"\nseeds = 5", "");
    let begun = Mutex::new(Vec::new());
    let listener = |event: Event| {
        if let Event::Run(run) = event {
            begun.lock().unwrap().push((run.init.to_string(), run.seed));
        }
    };
    let plain = |runs: Vec<Run>| runs.into_iter().map(|run| Run { seconds: 0.0, ..run }).collect::<Vec<_>>();
    let mut compared = Vec::new();
    compare::run(&task, true, &Host::here(2).heard_by(&listener), |run| compared.push(run)).unwrap();
    assert_eq!(plain(compared), plain(task.run_all(1)));
    let begun = begun.into_inner().unwrap();
    let first: Vec<&str> = begun[..4].iter().map(|(init, _)| init.as_str()).collect();
    assert_eq!((first, begun[3].1), (vec!["he", "normal:10", "orthogonal", "he"], task.spec.init.seed + 1));

    // What is stopped after four runs has them, and what was done by others meanwhile.
    let watch = Watch::default();
    let ended = AtomicUsize::new(0);
    let listener = |event: Event| {
        if matches!(event, Event::Run(run) if run.is_finished()) && ended.fetch_add(1, Ordering::Relaxed) == 3 {
            watch.stop();
        }
    };
    let mut done = 0;
    let host = Host::here(1).watched_by(&watch).heard_by(&listener);
    compare::run(&task, true, &host, |run| done += usize::from(run.is_finished())).unwrap();
    assert!(done >= 4, "{done}");
}
