//! How good is the advice? For each of some tasks a reference, every scheme with every gain and many seeds, and what is given
//! away beside the best of it: by `advise`, and by fixed rules.
//!
//! ```text
//! python3 bench/advice_data.py FOLDER
//! cargo run --release -p headstart-bench --bin advice -- FOLDER [tune|report|further] [SEEDS] [REPEATS] > advice.jsonl
//! ```
//!
//! Half of the tasks are for tuning, the others for the report; `further` are twelve more, as a user would ask, that were never
//! tuned on. Every start of the reference has a quarter of its `SEEDS` (96), the better half of them as many again, and the best
//! quarter all. Its best start is measured, as everything else is, by 192 other seeds: so that it is not the luckiest one. Advice is
//! asked for `REPEATS` (10) times, from other seeds; its regret is the mean of these, and the worst of them is told, too, and what
//! it is in hindsight: beside whichever start that was measured did best by all seeds, which is lucky. In regression all this is
//! in per cent of the best loss, and in points of R^2 as well. How often "keep your default" is right is told: where no start of the
//! advice's own table is better than that default by more than half a point, or 1% of the loss, by 192 seeds; and where the best of the
//! reference is not, either; and how often none is better by more than the advice itself said that one may be. A line of JSON for
//! each task, and tables at the end on standard error. Tasks whose files are not in the folder are left out, and said so. The
//! reference is kept in `FOLDER/reference`, which may be deleted, and has to be after a change of the kernels; with 0
//! `REPEATS` it is all that is made.

use headstart::advise::{self, Advice, Question, families, rule_of_thumb};
use headstart::data::Kind;
use headstart::engine::activation::Activation;
use headstart::engine::init::Initialization;
use headstart::error::Error;
use headstart::executor::Batch;
use headstart::host::Host;
use headstart::run::Run;
use headstart::spec::{Inits, Seeds, TaskSpec};
use headstart::stats;
use headstart::task::Job;
use headstart::task::Task;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;

/// Seeds of the reference, unless another number is given.
const SEEDS: usize = 96;

/// Seeds that measure what was chosen.
const MEASURED: usize = 192;

/// Advice is asked for so many times unless another number is given, from seeds so far apart: it is a matter of luck, too.
const REPEATS: u64 = 10;
const APART: u64 = 10_000;

/// Seeds of the reference are beyond those of the advice.
const FIRST: u64 = 100_000;

/// Data, layers, activation, optimizer, learning rate, steps, and what else there is in the section `data`. Those with an even
/// number are for tuning, the others for the report.
const TASKS: &[[&str; 7]] = &[
    ["circles", "_,10,5,_", "relu", "gd", "0.01", "15000", ""],
    ["circles", "_,10,5,_", "relu", "gd", "0.1", "1500", "data-seeds = [3, 4]"],
    ["circles", "_,10,5,_", "tanh", "gd", "0.1", "1500", ""],
    ["circles", "_,12,12,12,_", "gelu", "gd", "0.1", "1500", ""],
    ["circles", "_,16,_", "sigmoid", "gd", "0.3", "2000", ""],
    ["circles", "_,16,16,_", "sin", "gd", "0.1", "1000", ""],
    ["moons", "_,16,_", "relu", "gd", "0.1", "1500", ""],
    ["moons", "_,12,12,12,12,_", "relu", "gd", "0.1", "1000", ""],
    ["moons", "_,8,8,8,_", "silu", "adam", "0.01", "400", ""],
    ["moons", "_,8,8,_", "elu", "adam", "0.003", "400", ""],
    ["moons", "_,10,10,10,10,10,10,_", "tanh", "gd", "0.1", "1000", ""],
    ["moons", "_,10,10,10,10,10,10,_", "selu", "gd", "0.03", "1000", ""],
    ["spirals", "_,16,16,_", "tanh", "adam", "0.01", "600", ""],
    ["spirals", "_,16,16,_", "relu", "adam", "0.01", "600", ""],
    ["spirals", "_,20,20,20,_", "leaky-relu:0.1", "adam", "0.003", "600", ""],
    ["spirals", "_,20,20,_", "gelu", "adam", "0.01", "600", ""],
    ["spirals", "_,16,16,_", "sin", "gd", "0.1", "1500", ""],
    ["flower", "_,12,_", "tanh", "gd", "0.3", "1500", "samples = [300, 100]"],
    ["flower", "_,12,12,_", "relu", "gd", "0.1", "1500", "samples = [300, 100]"],
    ["flower", "_,12,12,12,_", "silu", "gd", "0.1", "1500", "samples = [300, 100]"],
    ["quantiles", "_,12,12,_", "relu", "gd", "0.1", "1000", ""],
    ["quantiles", "_,12,12,_", "softplus", "adam", "0.01", "400", ""],
    ["quantiles", "_,10,10,10,10,10,10,10,10,_", "relu", "adam", "0.003", "400", ""],
    ["quantiles", "_,10,10,10,10,10,10,10,10,_", "tanh", "adam", "0.003", "400", ""],
    ["blobs", "_,12,12,_", "relu", "gd", "0.1", "600", ""],
    ["blobs", "_,12,_", "identity", "gd", "0.03", "600", ""],
    ["blobs", "_,8,8,8,8,_", "elu", "gd", "0.03", "600", "centers = 4"],
    ["blobs", "_,10,10,10,10,_", "gelu", "adam", "0.003", "300", "centers = 8"],
    ["circles", "_,12,12,12,12,12,12,12,12,12,12,_", "relu", "gd", "0.1", "1000", ""],
    ["moons", "_,12,12,12,12,12,12,12,12,12,12,_", "relu", "adam", "0.003", "400", ""],
    ["moons", "_,10,10,10,10,10,10,10,10,10,10,10,10,10,10,10,10,10,10,10,10,_", "tanh", "gd", "0.1", "500", ""],
    ["circles", "_,10,10,10,10,10,10,10,10,10,10,10,10,10,10,10,10,10,10,10,10,_", "relu", "adam", "0.003", "300", ""],
    ["iris.csv", "_,8,_", "relu", "gd", "0.1", "500", "preprocess = 'standardize'"],
    ["iris.csv", "_,8,8,_", "tanh", "adam", "0.01", "200", ""],
    ["wine.csv", "_,12,_", "relu", "gd", "0.05", "400", "preprocess = 'standardize'"],
    ["wine.csv", "_,12,_", "tanh", "adam", "0.003", "400", ""],
    ["cancer.csv", "_,12,6,_", "relu", "sgd", "0.03", "400", "preprocess = 'standardize'"],
    ["cancer.csv", "_,12,6,_", "relu", "adam", "0.001", "400", ""],
    ["digits.csv", "_,16,_", "relu", "adam", "0.003", "300", "preprocess = 'standardize'"],
    ["digits.csv", "_,16,16,_", "tanh", "sgd", "0.05", "300", "preprocess = 'standardize'"],
    ["digits.csv", "_,16,16,16,_", "selu", "adam", "0.003", "300", ""],
    ["digits.csv", "_,16,16,16,_", "relu", "sgd", "0.01", "300", ""],
    ["diabetes.csv", "_,8,_", "relu", "adam", "0.01", "300", "preprocess = 'standardize'\ntask = 'regression'"],
    ["diabetes.csv", "_,8,8,_", "tanh", "gd", "0.01", "600", "preprocess = 'standardize'\ntask = 'regression'"],
    ["mnist.csv", "_,16,_", "relu", "adam", "0.003", "200", ""],
    ["mnist.csv", "_,16,16,16,_", "sigmoid", "adam", "0.01", "200", ""],
    ["wine.csv", "_,10,10,_", "relu", "adam", "0.003", "400", ""],
    ["cancer.csv", "_,10,_", "sigmoid", "sgd", "0.01", "400", ""],
    ["cancer.csv", "_,12,_", "tanh", "adam", "0.003", "300", ""],
    ["iris.csv", "_,6,6,6,_", "leaky-relu:0.1", "gd", "0.01", "600", ""],
    ["diabetes.csv", "_,8,8,_", "relu", "sgd", "0.001", "400", "task = 'regression'"],
    ["wine.csv", "_,8,8,8,_", "relu", "adam", "0.01", "300", "preprocess = 'standardize'"],
];

/// As [`TASKS`], of sets on which nothing was tuned, with the settings that users get.
const FURTHER: &[[&str; 7]] = &[
    ["friedman1.csv", "_,16,_", "relu", "adam", "0.01", "300", ""],
    ["friedman2.csv", "_,16,16,_", "tanh", "adam", "0.01", "300", ""],
    ["friedman3.csv", "_,12,_", "gelu", "adam", "0.01", "300", ""],
    ["hastie.csv", "_,16,16,_", "relu", "sgd", "0.05", "400", ""],
    ["classification.csv", "_,16,8,_", "leaky-relu:0.1", "adam", "0.003", "300", ""],
    ["swiss-roll.csv", "_,16,16,_", "relu", "adam", "0.01", "400", ""],
    ["s-curve.csv", "_,16,16,_", "tanh", "gd", "0.1", "600", ""],
    ["linnerud.csv", "_,6,_", "sigmoid", "adam", "0.01", "300", ""],
    ["parity.csv", "_,20,_", "relu", "rmsprop", "0.001", "300", ""],
    ["alcohol.csv", "_,10,10,_", "silu", "adam", "0.01", "300", ""],
    ["loans.csv", "_,16,_", "relu", "adam", "0.003", "300", ""],
    ["passengers.csv", "_,12,12,_", "elu", "sgd", "0.03", "300", ""],
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let folder = Path::new(arguments.first().map_or(".", String::as_str));
    let seeds = arguments.get(2).map_or(Ok(SEEDS), |seeds| seeds.parse())?.max(4);
    let repeats = arguments.get(3).map_or(Ok(REPEATS), |repeats| repeats.parse())?;
    let half = |rest: usize| TASKS.iter().enumerate().filter(move |(i, _)| i % 2 == rest);
    let (tasks, as_it_is): (Vec<(usize, &[&str; 7])>, bool) = match arguments.get(1).map_or("report", String::as_str) {
        "tune" => (half(0).collect(), true),
        "report" => (half(1).collect(), true),
        "further" => ((TASKS.len()..).zip(FURTHER).collect(), false),
        other => return Err(format!("{other}: tune, report or further").into()),
    };
    let mut all: Vec<Outcome> = Vec::new();
    for (i, task) in tasks {
        let file = folder.join(task[0]);
        if is_file(task[0]) && !file.is_file() {
            eprintln!("SKIPPED: {}; bench/advice_data.py makes it", file.display());
            continue;
        }
        let file = folder.join("reference").join(format!("{i}.json"));
        let Some(outcome) = look(&spec(task, folder, as_it_is)?, i, [seeds, repeats as usize], &file)? else {
            continue;
        };
        println!("{}", outcome.told);
        eprintln!("{:>2} {} {} {}: {}", i, task[0], task[1], task[2], outcome.line());
        all.push(outcome);
    }
    summary(&all);
    Ok(())
}

/// Whether it is no built-in set.
fn is_file(data: &str) -> bool {
    data.contains('.')
}

/// The task, with its data as it is but for what is said, or as users get it.
fn spec(task: &[&str; 7], folder: &Path, as_it_is: bool) -> Result<TaskSpec, Error> {
    let [data, layers, activation, optimizer, lr, steps, more] = task;
    let data = if is_file(data) { folder.join(data).display().to_string() } else { (*data).to_owned() };
    let as_it_is = match (as_it_is, more.contains("preprocess")) {
        (false, _) => "",
        (true, true) => "scale-targets = 'none'",
        (true, false) => "scale-targets = 'none'\npreprocess = 'none'",
    };
    TaskSpec::from_toml(&format!(
        "[data]\ndata = '{data}'\n{as_it_is}\n{more}\n[network]\nlayers = '{layers}'\nactivation = '{activation}'\n\
         [training]\noptimizer = '{optimizer}'\nlr = {lr}\nsteps = {steps}\nrecord-every = {steps}\n"
    ))
}

/// What was given away on a task, in points of accuracy, or in regression in percent of the best loss.
struct Outcome {
    advised: Vec<String>,
    best: String,
    /// By the advice, and by each fixed rule.
    regrets: Vec<(String, f64)>,
    /// The cost of one piece of advice as a share of that of the reference: the mean, and of the most costly one.
    cost: [f64; 2],
    /// Each default that was said to be worth keeping.
    kept: Vec<Kept>,
    /// What the advice gives away in points of R^2; none in classification.
    of_guessing: Option<f64>,
    /// Whether regrets are points of accuracy; otherwise they are per cent of the loss.
    is_classified: bool,
    told: serde_json::Value,
}

/// A default that was said to be worth keeping, beside the best of its table, and of the reference.
#[derive(Serialize)]
struct Kept {
    /// What it gives away.
    away: [f64; 2],
    /// By how much the others are better, in accuracy or in loss, and how much was said that it may be.
    behind: [f64; 2],
    within: f64,
}

impl Outcome {
    fn line(&self) -> String {
        let each = |(name, regret): &(String, f64)| format!("{name} {regret:.2}");
        let all = self.regrets.iter().map(each).collect::<Vec<_>>().join(", ");
        format!("{} for {}: {all} (cost {:.2}%)", self.advised.join(", "), self.best, 100.0 * self.cost[0])
    }
}

/// Rules that need no look at the task.
const RULES: [&str; 6] = ["he", "glorot", "lecun", "pytorch-default", "keras-default", "lsuv"];

/// Scores of starts by seed, larger is better: kept in a file, because an exhaustive reference is costly and does not change.
#[derive(Default, Serialize, Deserialize)]
struct Reference {
    /// What they are of.
    task: String,
    scores: BTreeMap<String, Vec<f64>>,
}

impl Reference {
    /// What is known of a task; nothing if the file is of another one.
    fn open(file: &Path, task: &str) -> Self {
        let known = std::fs::read(file).ok().and_then(|bytes| serde_json::from_slice::<Self>(&bytes).ok());
        known.filter(|known| known.task == task).unwrap_or_else(|| Self { task: task.to_owned(), ..Self::default() })
    }

    fn save(&self, file: &Path) -> Result<(), Box<dyn std::error::Error>> {
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let temporary = file.with_extension("new");
        std::fs::write(&temporary, serde_json::to_vec(self)?)?;
        Ok(std::fs::rename(temporary, file)?)
    }

    /// Trains what is missing to so many seeds of each start.
    fn complete(&mut self, spec: &TaskSpec, starts: &[String], seeds: usize) -> Result<(), Error> {
        let known = |start: &String| self.scores.get(start).map_or(0, Vec::len);
        let missing = |(i, start): (usize, &String)| (known(start)..seeds).map(move |k| (i, k)).collect::<Vec<_>>();
        let jobs: Vec<(usize, usize)> = starts.iter().enumerate().flat_map(missing).collect();
        let inits = starts.iter().map(|start| start.parse()).collect::<Result<Vec<Initialization>, _>>()?;
        let mut varied = spec.clone();
        (varied.init.init, varied.init.seeds) = (Inits(inits), Seeds::Count(1));
        let task = Task::new(varied)?;
        let is_classified = matches!(task.dataset.kind, Kind::Classes(_));
        let job = |i: usize| Job { seed: FIRST + jobs[i].1 as u64, ..task.job(jobs[i].0) };
        let mut done = jobs.iter();
        Host::here(threads()).run(&Batch::new(jobs.len(), job), |run| {
            if let Some((start, _)) = done.next() {
                self.scores.entry(starts[*start].clone()).or_default().push(score(&run, is_classified));
            }
        })?;
        Ok(())
    }

    /// Trains all starts for a quarter of the seeds, the better half for half of them, and the best quarter for all. The best one.
    fn race(&mut self, spec: &TaskSpec, starts: &[String], seeds: usize) -> Result<String, Error> {
        let mut left = starts.to_vec();
        for part in [4, 2, 1] {
            self.complete(spec, &left, seeds / part)?;
            let mean = |start: &String| self.mean(start, 0..seeds / part);
            left.sort_by(|a, b| mean(b).total_cmp(&mean(a)));
            left.truncate(if part == 1 { 1 } else { left.len().div_ceil(2) });
        }
        left.pop().ok_or_else(|| Error::Usage("no start fits the network".to_owned()))
    }

    /// The mean over some of the seeds.
    fn mean(&self, start: &str, seeds: Range<usize>) -> f64 {
        stats::mean(&self.scores[start][seeds])
    }

    /// The same of the figures that people read, more being better: of the accuracy, or of minus the loss.
    fn told(&self, start: &str, seeds: Range<usize>, is_classified: bool) -> f64 {
        let told = |score: &f64| if is_classified { *score } else { -(-score).exp() };
        stats::mean(&self.scores[start][seeds].iter().map(told).collect::<Vec<_>>())
    }
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// What was given away on a task; none if nothing was asked.
fn look(
    spec: &TaskSpec,
    number: usize,
    [seeds, repeats]: [usize; 2],
    file: &Path,
) -> Result<Option<Outcome>, Box<dyn std::error::Error>> {
    let question = |repeat: usize| {
        let mut spec = spec.clone();
        spec.init.seed += APART * repeat as u64;
        Question { spec, search_lr: false, budget: None }
    };
    let task = advise::task(&question(0))?;
    let mut reference = Reference::open(file, &serde_json::to_string(&task.describe())?);
    let starts = starts(&task);
    let best = reference.race(spec, &starts, seeds)?;
    reference.save(file)?;
    if repeats == 0 {
        return Ok(None);
    }
    let advice: Vec<Advice> = (0..repeats)
        .map(|repeat| {
            let question = question(repeat);
            let task = advise::task(&question)?;
            Ok(advise::advise(&question, &task, &Host::here(threads()))?.ok_or("stopped")?)
        })
        .collect::<Result<_, Box<dyn std::error::Error>>>()?;
    let usual = rule_of_thumb(task.network().activations().first().copied().unwrap_or(Activation::Identity));
    let init = |advice: &Advice| advice.recommendation.as_ref().map(|found| found.init.clone());
    let advised: Vec<String> = advice.iter().map(|advice| init(advice).unwrap_or_else(|| usual.to_owned())).collect();
    let rules = RULES.into_iter().chain([usual, &best]).map(str::to_owned);
    let is_kept = |advice: &&Advice| advice.verdict == "keep your default";
    let table = |advice: &Advice| advice.evidence.cells.iter().map(|cell| cell.init.clone()).collect::<Vec<_>>();
    let tables = advice.iter().filter(is_kept).flat_map(table);
    let measured: Vec<String> =
        rules.chain(advised.clone()).chain(tables).collect::<BTreeSet<_>>().into_iter().collect();
    let all_seeds = seeds + MEASURED;
    reference.complete(spec, &measured, all_seeds)?;
    reference.save(file)?;
    let is_classified = matches!(task.dataset.kind, Kind::Classes(_));
    let of = |start: &str| reference.mean(start, seeds..all_seeds);
    let regret = |start: &str| given_away(of(&best) - of(start), is_classified);
    let each: Vec<f64> = advised.iter().map(|init| regret(init)).collect();
    // Beside whichever of those that were measured did best by all seeds: too much, because that one was lucky.
    let by_all = |start: &str| reference.mean(start, 0..all_seeds);
    let most = measured.iter().map(|start| by_all(start)).fold(f64::NEG_INFINITY, f64::max);
    let in_hindsight: Vec<f64> = advised.iter().map(|init| given_away(most - by_all(init), is_classified)).collect();
    let told = |start: &str| reference.told(start, seeds..all_seeds, is_classified);
    let kept = |advice: &Advice| {
        let init = init(advice)?;
        let most = |figure: &dyn Fn(&str) -> f64| {
            table(advice).iter().map(|start| figure(start)).fold(f64::NEG_INFINITY, f64::max)
        };
        Some(Kept {
            away: [most(&of), of(&best)].map(|other| given_away(other - of(&init), is_classified)),
            behind: [most(&told), told(&best)].map(|other| other - told(&init)),
            within: advice.keep_within?,
        })
    };
    let kept: Vec<Kept> = advice.iter().filter(is_kept).filter_map(kept).collect();
    // A loss of which guessing has so much more is so many points of R^2.
    let guess = task.units().guessing().map(|guess| guess.test.unwrap_or(guess.train)).filter(|_| !is_classified);
    let of_guessing = guess.map(|guess| {
        let points = |init: &String| 100.0 * ((-of(init)).exp() - (-of(&best)).exp()) / guess;
        stats::mean(&advised.iter().map(points).collect::<Vec<_>>())
    });
    let mut regrets = vec![
        ("advice".to_owned(), each.iter().sum::<f64>() / each.len() as f64),
        ("worst advice".to_owned(), each.iter().copied().fold(f64::NEG_INFINITY, f64::max)),
        ("in hindsight".to_owned(), stats::mean(&in_hindsight)),
    ];
    regrets.extend(RULES.iter().map(|rule| ((*rule).to_owned(), regret(rule))));
    regrets.push(("rule of thumb".to_owned(), regret(usual)));
    let of_reference = (starts.len() * seeds * task.steps()) as f64;
    let costs: Vec<f64> = advice.iter().map(|advice| advice.steps as f64 / of_reference).collect();
    let cost = [stats::mean(&costs), costs.iter().copied().fold(0.0, f64::max)];
    let told = json!({
        "number": number,
        "data": task.dataset.name, "layers": spec.network.layers.to_string(),
        "activation": spec.network.activation.to_string(), "advised": advised,
        "verdicts": advice.iter().map(|advice| advice.verdict).collect::<Vec<_>>(),
        "best": best, "best_score": of(&best), "cost": cost, "kept": kept, "points_of_r2": of_guessing,
        "regret": regrets.iter().cloned().collect::<BTreeMap<_, _>>(),
    });
    Ok(Some(Outcome { advised, best, regrets, cost, kept, of_guessing, is_classified, told }))
}

/// A difference of scores in points of accuracy, or in per cent of the better loss.
fn given_away(difference: f64, is_classified: bool) -> f64 {
    100.0 * if is_classified { difference } else { difference.exp() - 1.0 }
}

/// Every scheme with every gain, half an octave apart; plain weights four to a decade.
fn starts(task: &Task) -> Vec<String> {
    let of_family = |family: &advise::Family| -> Vec<String> {
        let gains: Vec<f64> = match family.own_gain() {
            Some(_) => (-8..=8).map(|i| 2_f64.powf(f64::from(i) / 2.0)).collect(),
            None => (-8..=4).map(|i| 10_f64.powf(f64::from(i) / 4.0)).collect(),
        };
        let fits = |init: &Initialization| init.check(task.network()).is_ok();
        gains.iter().map(|gain| family.init(*gain)).filter(fits).map(|init| init.to_string()).collect()
    };
    families(task.network()).iter().flat_map(of_family).collect()
}

/// The accuracy on the test set, a run that diverged counting as 0; in regression minus the logarithm of the loss.
fn score(run: &Run, is_classified: bool) -> f64 {
    const WORST: f64 = 1e6;
    let judged = run.judged();
    if is_classified {
        return judged.accuracy.filter(|_| run.is_finished()).unwrap_or(0.0);
    }
    -if run.is_finished() && judged.loss.is_finite() { judged.loss.min(WORST) } else { WORST }.ln()
}

fn summary(all: &[Outcome]) {
    let mean = 100.0 * stats::mean(&all.iter().map(|one| one.cost[0]).collect::<Vec<_>>());
    let most = 100.0 * all.iter().map(|one| one.cost[1]).fold(0.0, f64::max);
    eprintln!("\n{} tasks; cost {mean:.2}% in the mean, {most:.2}% at most", all.len());
    let kept: Vec<(&Kept, f64)> = all
        .iter()
        .flat_map(|one| one.kept.iter().map(|kept| (kept, if one.is_classified { 0.5 } else { 1.0 })))
        .collect();
    for (i, beside) in ["its own table", "the best of the reference"].into_iter().enumerate() {
        let right = kept.iter().filter(|(kept, most)| kept.away[i] <= *most).count();
        let as_said = kept.iter().filter(|(kept, _)| kept.behind[i] <= kept.within).count();
        let most = kept.iter().map(|(kept, _)| kept.away[i]).fold(0.0, f64::max);
        eprintln!(
            "keep your default: right {right} of {} times beside {beside}, {most:.2} at most; behind it by no more than was \
             said {as_said} times",
            kept.len()
        );
    }
    let points: Vec<f64> = all.iter().filter_map(|one| one.of_guessing).map(|points| points.max(0.0)).collect();
    if !points.is_empty() {
        let worst = points.iter().copied().fold(0.0, f64::max);
        eprintln!("regression, points of R^2: {:.2} in the mean, worst {worst:.2}", stats::mean(&points));
    }
    let (classified, others): (Vec<&Outcome>, Vec<&Outcome>) = all.iter().partition(|one| one.is_classified);
    table("all", &all.iter().collect::<Vec<_>>());
    table("accuracy, points", &classified);
    table("loss, %", &others);
}

/// What is given away on some tasks, a line for each rule. A task on which more is won than the best of the reference has, which
/// is a matter of the seeds by which that was chosen, counts as 0; the last column is the mean without that.
fn table(of: &str, all: &[&Outcome]) {
    let Some(first) = all.first() else { return };
    eprintln!("{:<18}{:>8}{:>8}{:>8}{:>8}  ({} tasks)", of, "mean", "median", "worst", "raw", all.len());
    for (i, (name, _)) in first.regrets.iter().enumerate() {
        let raw: Vec<f64> = all.iter().map(|one| one.regrets[i].1).collect();
        let regrets: Vec<f64> = raw.iter().map(|regret| regret.max(0.0)).collect();
        let (mean, median) = (stats::mean(&regrets), stats::median(&regrets).unwrap_or(f64::NAN));
        let worst = regrets.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        eprintln!("{name:<18}{mean:>8.2}{median:>8.2}{worst:>8.2}{:>8.2}", stats::mean(&raw));
    }
}
