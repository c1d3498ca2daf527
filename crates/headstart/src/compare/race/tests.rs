//! Made-up figures show how often a comparison errs; a few real runs show that it is always the same.

use super::*;
use crate::compare::compare_settled;
use crate::events::Event;
use crate::spec::{Seeds, TaskSpec};
use headstart_engine::rng::{Native, Stream};
use std::sync::Mutex;
use std::time::Duration;

/// Figures of an initialization for a seed, of which its own luck and the luck that all share are given.
type Figure = fn(&mut Native, f64) -> f64;

/// Repetitions of every simulation.
const TIMES: u64 = 200;

/// About normal, with a standard deviation of 1.
fn luck(stream: &mut Native) -> f64 {
    (0..12).map(|_| stream.uniform()).sum::<f64>() - 6.0
}

/// As accuracies on a hundred samples are.
fn accuracy(x: f64) -> f64 {
    (100.0 * x).round().clamp(0.0, 100.0) / 100.0
}

/// How a comparison ends, and who is left, best first.
fn simulated(classify: bool, figures: &[Figure], time: u64) -> (End, Vec<usize>) {
    let mut race = Race::new(Seeds::MOST, classify);
    for _ in figures {
        race.enter(&"made-up".into());
    }
    let mut stream = Native::new(time, 7);
    loop {
        let left = race.left.clone();
        for _ in race.next_round() {
            let shared = luck(&mut stream);
            for &entrant in &left {
                let figure = figures[entrant](&mut stream, shared);
                race.score(entrant, Some(figure), 0.0);
            }
        }
        if let Some(end) = race.look() {
            return (end, race.left);
        }
    }
}

/// In which share of the repetitions a comparison ends so.
fn share(classify: bool, figures: &[Figure], is_so: impl Fn(End, &[usize]) -> bool) -> f64 {
    let count = (0..TIMES).filter(|&time| {
        let (end, left) = simulated(classify, figures, time);
        is_so(end, &left)
    });
    count.count() as f64 / TIMES as f64
}

fn around(mean: f64, stream: &mut Native, shared: f64) -> f64 {
    accuracy(mean + 0.02 * shared + 0.02 * luck(stream))
}

#[test]
fn the_best_of_those_that_differ_is_found() {
    let figures: [Figure; 5] = [
        |stream, shared| around(0.75, stream, shared),
        |stream, shared| around(0.93, stream, shared),
        |stream, shared| around(0.945, stream, shared),
        |stream, shared| around(0.925, stream, shared),
        |_, _| 0.5,
    ];
    let right = share(true, &figures, |end, left| end == End::Best && left == [2]);
    assert!(right >= 0.95, "{right}");
}

/// What fails in one seed of twenty has not failed in the first twenty in one comparison of three, and is better in all
/// other seeds.
#[test]
fn rare_failures_are_waited_for() {
    let figures: [Figure; 2] = [
        |stream, shared| if stream.uniform() < 0.05 { 0.0 } else { around(0.96, stream, shared) },
        |stream, shared| around(0.94, stream, shared),
    ];
    let right = share(true, &figures, |end, left| end == End::Best && left == [1]);
    assert!(right >= 0.95, "{right}");
}

#[test]
fn no_order_is_found_among_equals() {
    let even: [Figure; 4] = [|stream, shared| around(0.94, stream, shared); 4];
    let failing: [Figure; 3] =
        [|stream, shared| if stream.uniform() < 0.02 { 0.5 } else { around(0.94, stream, shared) }; 3];
    for figures in [&even[..], &failing] {
        let ordered = share(true, figures, |_, left| left.len() < figures.len());
        let equal = share(true, figures, |end, left| end == End::Equal && left.len() == figures.len());
        assert!(ordered <= 0.05 && equal >= 0.95, "{} equals: {ordered}, {equal}", figures.len());
    }
}

#[test]
fn the_best_losses_are_found_and_equal_ones_are_not_put_in_order() {
    fn loss(scale: f64, stream: &mut Native, shared: f64) -> f64 {
        -scale * libm::exp(0.2 * shared + 0.1 * luck(stream))
    }
    let differ: [Figure; 3] = [
        |stream, shared| loss(1.3, stream, shared),
        |stream, shared| loss(1.0, stream, shared),
        |stream, shared| loss(1.05, stream, shared),
    ];
    let right = share(false, &differ, |end, left| end == End::Best && left == [1]);
    assert!(right >= 0.95, "{right}");
    let equal: [Figure; 3] = [|stream, shared| loss(1.0, stream, shared); 3];
    let ordered = share(false, &equal, |_, left| left.len() < 3);
    assert!(ordered <= 0.05, "{ordered}");
}

/// In regression a run that diverged has no figure: who has none in more seeds is worse.
#[test]
fn losses_that_are_not_there_count_against_whoever_lacks_them() {
    let mut race = Race::new(Seeds::MOST, false);
    for init in ["a", "b", "c"] {
        race.enter(&init.into());
    }
    for _ in race.next_round() {
        race.score(0, None, f64::INFINITY);
        race.score(1, Some(-1.0), 1.0);
        race.score(2, None, f64::INFINITY);
    }
    assert_eq!(race.look(), Some(End::Best));
    let settled = race.end(End::Best, None, 60, "training loss");
    let names: Vec<&str> = settled.inits.iter().map(|standing| &*standing.init).collect();
    assert_eq!((names, settled.figure), (vec!["b", "a", "c"], "training loss"));
    assert_eq!(settled.sentences()[1], "Out: a after 20 seeds, worse than b; c after 20 seeds, worse than b.");
}

fn task(init: &str) -> Task {
    let text = format!(
        "[data]\ndata = \"circles\"\nsamples = [60, 40]\n[network]\nlayers = \"2,6,1\"\n[init]\n{init}\n\
         [training]\nsteps = 100\nlr = 0.3\n"
    );
    Task::new(TaskSpec::from_toml(&text).unwrap()).unwrap()
}

/// The runs, the stages with their steps, and how it ended.
fn raced(task: &Task, budget: Option<Budget>, threads: usize) -> (Vec<Run>, Vec<(String, u64)>, Settled) {
    let (mut runs, stages) = (Vec::new(), Mutex::new(Vec::new()));
    let listener = |event: Event| {
        if let Event::Stage { name, steps } = event {
            stages.lock().unwrap().push((name.to_owned(), steps));
        }
    };
    // How long a run took is the one thing that may differ.
    let each = |run| runs.push(Run { seconds: 0.0, trace: Vec::new(), ..run });
    let settled = race(task, budget, &Host::here(threads).heard_by(&listener), each).unwrap();
    (runs, stages.into_inner().unwrap(), settled)
}

#[test]
fn a_comparison_goes_on_until_it_is_settled() {
    let task = task("init = \"zeros,he,normal:1e-9\"\nseeds = \"auto\"\nseed = 5");
    let (runs, stages, settled) = raced(&task, None, 2);
    assert_eq!(stages[0], ("3 inits, seeds 1 to 20: ".to_owned(), 6_000));
    assert_eq!((settled.because, &*settled.inits[0].init, settled.repeatable), (End::Best, "he", true));
    assert_eq!(settled.steps, runs.iter().map(|run| run.steps as u64).sum::<u64>());
    // All inits of a seed stand together, and whoever is left has all seeds.
    assert_eq!(
        runs[..4].iter().map(|run| (&*run.init, run.seed)).collect::<Vec<_>>(),
        [("zeros", 5), ("he", 5), ("normal:1e-9", 5), ("zeros", 6)]
    );
    assert_eq!(runs.iter().filter(|run| &*run.init == "he").count(), settled.seeds);
    let comparison = compare_settled(&runs, Some(0.95), settled.clone());
    let cells: Vec<&str> = comparison.cells.iter().map(|cell| cell.init.as_str()).collect();
    assert_eq!(cells, settled.inits.iter().map(|standing| &*standing.init).collect::<Vec<_>>());
    let said = settled.sentences();
    assert!(said[0].starts_with("Settled after") && said[0].contains("he has the best mean test accuracy"), "{said:?}");
    assert!(said[1].contains("zeros after 40 seeds, worse than he by 0."), "{said:?}");
}

/// Runs of 100 steps each: a budget ends with the run that spends it.
#[test]
fn neither_threads_nor_time_change_what_a_budget_of_steps_ends_with() {
    let task = task("init = \"he,glorot\"\nseeds = \"auto\"");
    for (steps, runs) in [(1, 1), (700, 7), (4_000, 40), (4_001, 41)] {
        let alone = raced(&task, Some(Budget::Steps(steps)), 1);
        assert_eq!(alone, raced(&task, Some(Budget::Steps(steps)), 3));
        assert_eq!((alone.0.len(), alone.2.because, alone.2.repeatable), (runs, End::Budget, true), "{steps}");
        assert_eq!((alone.2.seeds, alone.2.looks), (runs / 2, usize::from(runs >= 40)));
        let words = if runs < 40 { "before it was looked who is out" } else { "may still be the best" };
        assert!(alone.2.sentences()[0].contains(words), "{steps}");
        let mut first = Vec::new();
        let is_spent = within(&task, Budget::Steps(steps), &Host::here(2), |run| first.push(run)).unwrap();
        assert!(is_spent && first.len() == runs && first.iter().zip(&alone.0).all(|(a, b)| a.train == b.train));
    }
    let whole = crate::compare::compare(&task_runs(2), Some(0.95));
    assert_eq!(whole.cells[0].runs, 3);
}

/// All runs of a task with a budget that is more than enough.
fn task_runs(threads: usize) -> Vec<Run> {
    let (task, mut runs) = (task("init = \"he,glorot\"\nseeds = 3"), Vec::new());
    assert!(!within(&task, Budget::Steps(600), &Host::here(threads), |run| runs.push(run)).unwrap());
    runs
}

#[test]
fn a_budget_of_time_says_that_it_is_not_repeatable() {
    let task = task("init = \"he,glorot\"\nseeds = \"auto\"");
    let (_, _, settled) = raced(&task, Some(Budget::Time(Duration::from_nanos(1))), 2);
    assert_eq!((settled.because, settled.repeatable), (End::Budget, false));
    assert!(settled.sentences().last().unwrap().contains("depends on the machine"));
    let host = Host::here(2);
    host.watch().stop();
    let settled = race(&task, None, &host, |_| {}).unwrap();
    assert_eq!((settled.because, settled.seeds), (End::Interrupted, 0));
}

#[test]
fn there_must_be_something_to_compare() {
    let error = race(&task("init = \"he\""), None, &Host::here(1), |_| {}).unwrap_err();
    assert!(error.to_string().contains("at least two different initializations"), "{error}");
    // A number of seeds is the most that are tried.
    let (runs, _, settled) = raced(&task("init = \"he,he-uniform\"\nseeds = 3"), None, 1);
    assert_eq!((runs.len(), settled.because), (6, End::Seeds));
}
