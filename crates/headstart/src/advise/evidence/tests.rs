use super::*;
use crate::advise::engine::Engine;
use crate::advise::trainer::{Ask, Purpose, Samples, Trainer};
use crate::advise::{Question, advise, task};
use crate::compare::difference::STEPS;
use crate::events::Event;
use crate::host::Host;
use crate::spec::TaskSpec;
use headstart_engine::watch::Watch;
use std::sync::atomic::{AtomicUsize, Ordering};

fn question(data: &str, steps: usize) -> Question {
    let spec = format!("[data]\n{data}\n[network]\nlayers = '_,6,_'\n[training]\nlr = 0.1\nsteps = {steps}\n");
    Question { spec: TaskSpec::from_toml(&spec).unwrap(), search_lr: false, budget: None }
}

/// A curve as a file, and what makes it data.
fn curve(folder: &tempfile::TempDir) -> String {
    let file = folder.path().join("curve.csv");
    let row = |i: u32| format!("{i},{}\n", i * i % 31);
    std::fs::write(&file, format!("x,y\n{}", (0..40).map(row).collect::<String>())).unwrap();
    format!("data = '{}'\ntask = 'regression'", file.display())
}

#[test]
fn differences_are_those_that_the_sentences_tell() {
    let folder = tempfile::tempdir().unwrap();
    for data in ["data = 'moons'\nsamples = [60, 60]".to_owned(), curve(&folder)] {
        let question = question(&data, 40);
        let whole = task(&question).unwrap();
        let host = Host::here(2);
        let mut engine = Engine::new(&whole, &host).unwrap();
        let setting = Arc::new(engine.setting().unwrap());
        let mut train = |evidence: &mut Evidence, which: Vec<(usize, usize)>| {
            let trial = |(id, &(start, seed)): (usize, &(usize, usize))| Trial {
                id: id as u64,
                start: evidence.starts[start].clone(),
                seed: 1_000 + seed as u64,
                on: Samples::All,
                lr: 0.1,
                length: 40,
                until: 40,
                record: None,
                goes_on: None,
            };
            let trials: Vec<Trial> = which.iter().enumerate().map(trial).collect();
            let ask = Ask { purpose: Purpose::Evidence, trials };
            let answers = engine.train(&ask, &Watch::default()).unwrap();
            let done = which.into_iter().zip(ask.trials).zip(answers);
            evidence.take(done.map(|(((start, _), trial), answer)| (start, trial, answer)));
        };
        let mut evidence = Evidence::new(&setting, ["he", "normal:0.1", "keras-default"].map(Start::named).to_vec());
        loop {
            let which = evidence.next(Funds { of_evidence: 60.0, left: 120.0 });
            if which.is_empty() {
                break;
            }
            train(&mut evidence, which);
        }
        let before = evidence.gap("he", "keras-default").unwrap();
        // Of what is put beside them later nothing changes.
        let mut others = Evidence::new(&setting, vec![Start::named("normal:4")]);
        let which = others.look();
        train(&mut others, which);
        others.settle_all();
        evidence.add(others);
        assert_eq!(evidence.gap("he", "keras-default").unwrap(), before);
        let told = evidence.comparison.differences.iter().filter(|difference| difference.figure != STEPS);
        assert_eq!(told.clone().count(), 6);
        for difference in told {
            let [ahead, behind] = [[&difference.better, &difference.than], [&difference.than, &difference.better]]
                .map(|[one, other]| evidence.gap(one, other).unwrap());
            let figures = if setting.classify() { ahead } else { behind };
            let mean = Some(figures.mean).filter(|mean| mean.is_finite());
            assert_eq!((difference.mean, difference.interval), (mean, figures.interval));
            let words = words::beside(&evidence, &difference.better, &[&difference.than]).unwrap();
            let [words, sentence] =
                [&words, &difference.sentence].map(|text| text.split_once(" from ").unwrap().1.to_owned());
            assert_eq!(words, sentence);
        }
    }
}

#[test]
fn what_was_gathered_when_it_was_stopped_is_told() {
    let question = question("data = 'moons'\nsamples = [60, 60]", 4_000);
    let whole = task(&question).unwrap();
    let (watch, ended) = (Watch::default(), AtomicUsize::new(usize::MAX));
    let listener = |event: Event| match event {
        Event::Stage { name: "evidence: ", .. } => ended.store(0, Ordering::Relaxed),
        Event::Run(_) if ended.load(Ordering::Relaxed) < usize::MAX && ended.fetch_add(1, Ordering::Relaxed) == 4 => {
            watch.stop();
        }
        _ => {}
    };
    let host = Host::here(1).watched_by(&watch).heard_by(&listener);
    let advice = advise(&question, &whole, &host).unwrap().unwrap();
    assert_eq!((advice.verdict, &advice.recommendation), ("interrupted", &None));
    let best = &advice.evidence.cells[0].init;
    assert!(advice.sentence.starts_with(&format!("Interrupted: best so far is --init {best} (test accuracy ")));
    assert!(advice.sentence.contains(" fresh seed"), "{}", advice.sentence);
    let runs: usize = advice.evidence.cells.iter().map(|cell| cell.runs).sum();
    assert!(runs == advice.runs.len() && advice.runs.iter().all(Run::is_finished));
}
