//! A run is its task, its initialization and its seed: nothing around it changes a bit.

use headstart::engine::train::Watch;
use headstart::spec::TaskSpec;
use headstart::task::{Job, Run, Task};

fn task(init: &str, training: &str) -> Task {
    let text =
        format!("[data]\ndata = \"moons\"\nsamples = [50, 20]\n[init]\n{init}\n[training]\nsteps = 60\n{training}");
    Task::new(TaskSpec::from_toml(&text).unwrap()).unwrap()
}

fn run(task: &Task, jobs: &[Job], threads: usize) -> Vec<Run> {
    let mut runs = Vec::new();
    // How long a run took is the one thing that may differ.
    task.run(jobs, threads, &Watch::default(), |run| runs.push(Run { seconds: 0.0, ..run }));
    runs
}

#[test]
fn neither_threads_nor_company_nor_order_change_a_run() {
    for init in
        ["init = \"he,normal:10,orthogonal\"\nseeds = 4", "init = \"glorot-uniform\"\nseeds = 6\nrng = \"numpy\""]
    {
        for training in ["", "batch = 16\nmomentum = 0.9", "optimizer = \"adam\"\nprecision = \"f32\""] {
            let task = task(init, training);
            let jobs = task.jobs();
            let together = run(&task, &jobs, 1);
            assert_eq!(run(&task, &jobs, 3), together);
            let mut backwards = run(&task, &jobs.iter().rev().cloned().collect::<Vec<_>>(), 2);
            backwards.reverse();
            assert_eq!(backwards, together);
            for (job, run_together) in jobs.iter().zip(&together) {
                assert_eq!(&run(&task, std::slice::from_ref(job), 1)[0], run_together);
            }
        }
    }
}

#[test]
fn seeds_and_streams_make_a_difference() {
    let task = task("init = \"he\"\nseeds = 2", "");
    let runs = run(&task, &task.jobs(), 2);
    assert_ne!(runs[0].trace, runs[1].trace);
}

#[test]
fn runs_that_are_told_to_stop_do_not_begin() {
    let task = task("init = \"he\"\nseeds = 1000", "");
    let watch = Watch::default();
    let mut seen = 0;
    task.run(&task.jobs(), 2, &watch, |_| {
        seen += 1;
        watch.stop();
    });
    assert!((1..1000).contains(&seen), "{seen}");
}
