//! Answers of `explain` to tasks drawn at random: no two sentences of one answer contradict each other, their figures, or the
//! prediction. `HEADSTART_RANDOM_TASKS=1000` tries more of them, `HEADSTART_FIRST_TASK=...` others.

use headstart::explain::cure::Cure;
use headstart::explain::findings::{Finding, NAMES};
use headstart::explain::{Explanation, explain, tasks, verify_all};
use headstart::host::Host;
use headstart::report::explanation::document;
use headstart::spec::{Seeds, TaskSpec};
use headstart::task::Task;
use std::fmt::Write as _;
use std::path::Path;

/// Numbers from a seed (Steele et al. 2014, "Fast splittable pseudorandom number generators").
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn one_of<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[(self.next() * of.len() as f64) as usize]
    }

    fn log_between(&mut self, low: f64, high: f64) -> f64 {
        low * (high / low).powf(self.next())
    }

    fn is(&mut self, probability: f64) -> bool {
        self.next() < probability
    }
}

/// A small table: two features of some scale and centre, and a target, classes or numbers.
fn table(folder: &Path, dice: &mut Dice, name: u64) -> String {
    let (scale, centre) = (dice.log_between(1e-2, 1e2), *dice.one_of(&[0.0, 0.0, 1.0, 3.0]));
    let (size, shift) = (dice.log_between(1e-2, 1e3), *dice.one_of(&[0.0, 0.0, 5.0]));
    let kind = (dice.next() * 4.0) as usize;
    let rows = if dice.is(0.2) { 4 } else { 40 };
    let mut text = String::from("a,b,y\n");
    for i in 0..rows {
        let i = f64::from(i);
        let (a, b) = if rows == 4 { ((i / 2.0).floor(), i % 2.0) } else { ((0.7 * i).sin(), (1.9 * i).cos()) };
        let y = match kind {
            0 => (if (a > 0.5) == (b > 0.5) { "no" } else { "yes" }).to_owned(),
            1 => (if a * a + b < 0.3 { "no" } else { "yes" }).to_owned(),
            2 => format!("{}", size * (a - 0.5 * b + shift)),
            _ => format!("{}", size * (a * b + 0.3 * (5.0 * i).sin() + shift)),
        };
        writeln!(text, "{},{},{y}", scale * (a + centre), scale * (b + centre)).unwrap();
    }
    let path = folder.join(format!("{name}.csv"));
    std::fs::write(&path, text).unwrap();
    let preprocess = dice.one_of(&["none", "none", "standardize"]);
    let target = if kind > 1 { "\ntask = 'regression'" } else { "" };
    let scaled = if kind > 1 && dice.is(0.5) { "\nscale-targets = 'none'" } else { "" };
    format!("data = {:?}\npreprocess = '{preprocess}'\ntest-share = 0.0{target}{scaled}", path.display().to_string())
}

/// What else moves weights in some tasks; in most nothing does.
fn more(dice: &mut Dice, hidden: usize, steps: u64) -> String {
    let mut more = String::new();
    if dice.is(0.7) {
        return more;
    }
    if dice.is(0.4) {
        write!(more, "\nweight-decay = {:.2e}", dice.log_between(1e-5, 1.0)).unwrap();
        let how = *dice.one_of::<&str>(&["", "", "\ndecoupled-decay = true", "\ndecay-biases = true"]);
        more += how;
    }
    if dice.is(0.3) {
        write!(more, "\n{} = {:.2e}", dice.one_of(&["clip", "clip-value"]), dice.log_between(1e-4, 10.0)).unwrap();
    }
    if dice.is(0.3) {
        let shares: Vec<&str> = (0..hidden).map(|_| *dice.one_of(&["0.0", "0.1", "0.3", "0.5", "0.8"])).collect();
        write!(more, "\ndropout = [{}]", shares.join(", ")).unwrap();
    }
    if dice.is(0.3) {
        write!(more, "\nwarmup = {}", (dice.next() * steps as f64 * 0.9) as u64).unwrap();
    }
    more
}

/// A task of some data, network, start and optimizer.
fn task(folder: &Path, number: u64) -> String {
    let mut dice = Dice(number.wrapping_mul(0x2545_f491_4f6c_dd1d));
    let data = table(folder, &mut dice, number);
    let hidden: Vec<String> = (0..*dice.one_of(&[1, 1, 2, 2, 3, 5, 9]))
        .map(|_| dice.one_of(&["1", "2", "4", "8", "16"]).to_string())
        .collect();
    let activation =
        dice.one_of(&["relu", "relu", "tanh", "sigmoid", "gelu", "elu", "sin", "softplus", "hard-sigmoid"]);
    let gain = dice.log_between(0.01, 30.0);
    let scheme =
        dice.one_of(&["he", "glorot", "lecun", "normal", "normal", "uniform", "orthogonal", "zeros", "keras-default"]);
    let init = if *scheme == "zeros" { (*scheme).to_owned() } else { format!("{scheme}:{gain:.3}") };
    let bias = if dice.is(0.2) { "\nbias = 'normal:1'" } else { "" };
    let lr = dice.log_between(1e-4, 5.0);
    let optimizer = dice.one_of(&[
        "optimizer = 'gd'",
        "optimizer = 'gd'",
        "optimizer = 'gd'\nmomentum = 0.9",
        "optimizer = 'gd'\nmomentum = 0.9\nnesterov = true",
        "optimizer = 'sgd'\nbatch = 8",
        "optimizer = 'adam'\nbatch = 64",
        "optimizer = 'adam'\nbatch = 8",
        "optimizer = 'rmsprop'\nbatch = 64",
        "optimizer = 'adamw'\nbatch = 16",
        "optimizer = 'nadam'\nbatch = 64",
        "optimizer = 'adagrad'\nbatch = 64",
    ]);
    let schedule = if dice.is(0.15) { "\nlr-schedule = 'cosine'" } else { "" };
    let factors: Vec<String> = if dice.is(0.15) {
        (0..=hidden.len()).map(|_| dice.one_of(&["0.0", "0.1", "1.0", "10.0"]).to_string()).collect()
    } else {
        Vec::new()
    };
    let factors = if factors.is_empty() { String::new() } else { format!("\nlr-factors = [{}]", factors.join(", ")) };
    let steps = dice.log_between(20.0, 2_000.0) as u64;
    let seed = (dice.next() * 1000.0) as u64;
    let more = more(&mut dice, hidden.len(), steps);
    format!(
        "[data]\n{data}\n[network]\nlayers = ['_', {}, '_']\nactivation = '{activation}'\n[init]\ninit = '{init}'\nseed = {seed}{bias}\n\
         [training]\n{optimizer}\nlr = {lr:.2e}\nsteps = {steps}{schedule}{factors}{more}\n",
        hidden.join(", ")
    )
}

/// The numbers behind a phrase of a sentence.
fn number_after(sentence: &str, phrase: &str) -> Option<f64> {
    let rest = &sentence[sentence.find(phrase)? + phrase.len()..];
    let end = rest.find(|c: char| !(c.is_ascii_digit() || ".e-+,".contains(c))).unwrap_or(rest.len());
    rest[..end].trim_end_matches(['.', ',', 'e']).replace(',', "").parse().ok()
}

/// Numbers in words have three digits.
fn near(a: f64, b: f64) -> bool {
    a == b || (a - b).abs() <= 0.006 * a.abs().max(b.abs())
}

/// What is wrong with an answer; nothing if it is consistent.
fn contradictions(explanation: &Explanation, steps: u64) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut must = |holds: bool, what: String| {
        if !holds {
            wrong.push(what);
        }
    };
    let told = document(std::slice::from_ref(explanation), steps).to_string();
    let prediction = &explanation.prediction;
    let names: Vec<&str> = explanation.findings.iter().map(|finding| finding.name).collect();
    let has = |name: &str| names.contains(&name);
    let decides = explanation.findings.iter().find(|finding| finding.decides).map(|finding| finding.name);
    let is_late = prediction.step.is_none_or(|step| step > steps / 2);

    // The text.
    must(told.lines().all(|line| line.chars().count() <= 80), "lines of more than 80 columns".to_owned());
    for word in ["NaN", "nan", " inf ", "inf,", "-0 ", "  do: ;"] {
        must(!told.contains(word), format!("the text has \"{word}\""));
    }
    must(names.iter().all(|name| NAMES.contains(name)), "a name is not in the list".to_owned());

    // The prediction.
    if let (Some(from), Some(step), Some(to)) = (prediction.from, prediction.step, prediction.to) {
        must(from <= step && step <= to, format!("{from} {step} {to} are not in order"));
    }
    must(prediction.within == prediction.step.is_some_and(|step| step <= steps), "within".to_owned());

    // Headline, findings and prediction.
    must(decides.is_none_or(|name| name == names[0]), "what decides is not first".to_owned());
    must(!has("nothing wrong") || names.len() == 1, format!("nothing is wrong beside {names:?}"));
    must(!has("nothing wrong") || !told.contains("does not get"), "nothing wrong and not learning".to_owned());
    if told.contains("nothing that keeps it from learning") {
        must(prediction.within && !is_late, "nothing keeps it from learning, but it is late".to_owned());
    }
    if told.contains("leave it as it is: it does not keep the run from learning") {
        must(!is_late, "it does not keep the run from learning, but it is late".to_owned());
    }
    for pair in [
        ["exploding signal", "vanishing signal"],
        ["exploding gradient", "vanishing gradient"],
        ["step too large", "step too small"],
        ["symmetric units", "dead units"],
        ["plateau", "symmetric units"],
    ] {
        must(!(has(pair[0]) && has(pair[1])), format!("both {pair:?}"));
    }
    must(
        !(decides == Some("step too large") && has("plateau")),
        "a plateau beside steps that throw it away".to_owned(),
    );
    if ["plateau", "step too small", "vanishing signal", "vanishing gradient"].iter().any(|name| decides == Some(name))
    {
        must(is_late, format!("{decides:?} decides, but the start is left at {:?} of {steps}", prediction.step));
    }

    for finding in &explanation.findings {
        words_are_those_of_figures(explanation, finding, &mut must);
        names_are_those_of_figures(finding, steps, &mut must);
        cure_is_consistent(explanation, finding, &mut must);
        let further = number_after(&finding.advice, "go on to --steps ");
        must(further.is_none_or(|further| further > steps as f64), format!("on to {further:?} of {steps} steps"));
    }
    run_is_told(explanation, &told, &mut must);
    wrong
}

/// The words of a finding's sentence are those of its figures.
fn words_are_those_of_figures(explanation: &Explanation, finding: &Finding, must: &mut impl FnMut(bool, String)) {
    let prediction = &explanation.prediction;
    let figures = |name: &str| finding.evidence.get(name).copied();
    let (name, sentence) = (finding.name, &finding.sentence);
    let both = |from: &str, to: &str| Some((number_after(sentence, from)?, number_after(sentence, to)?));
    must(!finding.advice.is_empty(), format!("{name}: nothing to do"));
    if let Some((from, to)) = both("grows from ", " to ").filter(|_| name == "exploding signal") {
        must(to > from, sentence.clone());
    }
    if let (Some(first), Some(last)) = (figures("first_layer"), figures("last_layer")) {
        must((name == "vanishing signal") == (last < first), sentence.clone());
    }
    if let Some((from, to)) = sentence
        .split_once("bounces up ")
        .and_then(|(_, rest)| Some((number_after(rest, "from ")?, number_after(rest, " to ")?)))
    {
        must(to > from, sentence.clone());
    }
    if let (Some(up), Some(start)) = (number_after(sentence, "the loss goes up to "), figures("loss_at_start")) {
        must(up > start, sentence.clone());
    }
    if let (Some(down), Some(start)) = (number_after(sentence, "the loss falls to "), figures("loss_at_start")) {
        must(down < start, format!("{sentence}, from {start}"));
    }
    if let Some((from, to)) = both("correlation goes from ", " to ").filter(|_| name == "samples alike") {
        must(to > from, sentence.clone());
    }
    if let Some(level) = number_after(sentence, "the loss stays at ") {
        must(near(level, prediction.plateau), format!("{sentence}: {}", prediction.plateau));
    }
    if let (Some(step), "plateau") = (number_after(sentence, "until about step "), name) {
        let predicted = prediction.step.unwrap_or(0) as f64;
        must((step / predicted - 1.0).abs() < 0.06, format!("{sentence}: {predicted}"));
    }
    if let Some(starts) = number_after(sentence, "the loss starts at ") {
        let is_above = sentence.contains("undo all that");
        must(near(starts, explanation.loss) && is_above == (starts > prediction.plateau), sentence.clone());
    }
    let small = ["is small here (second moment ", "is tiny (second moment "];
    for phrase in small.iter().filter_map(|phrase| number_after(sentence, phrase)) {
        must(phrase < 0.01 * prediction.plateau.max(1.0), sentence.clone());
    }
    if let Some(limit) =
        figures("sharpness_limit").filter(|_| name == "step too large" && sentence.contains("stable up to"))
    {
        must(figures("sharpness").unwrap() > limit, sentence.clone());
    }
}

/// So is its name.
fn names_are_those_of_figures(finding: &Finding, steps: u64, must: &mut impl FnMut(bool, String)) {
    let figures = |name: &str| finding.evidence.get(name).copied();
    let (name, sentence) = (finding.name, &finding.sentence);
    if let (Some(first), Some(last)) = (figures("first_layer"), figures("last_hidden_layer")) {
        must((name == "exploding gradient") == (first > last), sentence.clone());
    }
    if let Some(size) = figures("pre_activations").filter(|_| name.starts_with("first layer")) {
        must((name == "first layer too small") == (size < 2.0), format!("{name}: {size}"));
    }
    if let Some(needed) = figures("steps_needed") {
        let is_far = figures("sharpness").unwrap() * 100.0 <= figures("sharpness_limit").unwrap();
        must(needed > steps as f64 && is_far, sentence.clone());
    }
    if let Some(median) = figures("median_mean_by_deviation") {
        must(median >= 1.0, sentence.clone());
    }
    if let Some(largest) = number_after(sentence, "No feature is larger than ") {
        must(largest < 0.03 && near(largest, figures("largest_feature").unwrap()), sentence.clone());
    }
    if let (Some(before), Some(after)) = (figures("dead_at_start"), figures("dead_after_first_steps")) {
        let told = format!("{:.0}% of the units", 100.0 * after);
        must(after > before && sentence.contains(&told), sentence.clone());
    }
    if let Some(share) = figures("share") {
        let told = format!("{:.0}%", 100.0 * share);
        must(share >= 0.25 && (sentence.contains(&told) || sentence.starts_with("All ")), sentence.clone());
    }
    if let (Some(alike), Some(seeds)) = (figures("seeds_that_end_so"), figures("seeds")) {
        let told = format!("{:.0}% of {seeds} seeds end so", 100.0 * alike / seeds);
        let is_told = sentence.contains(&told) || alike == seeds && sentence.contains("all of ");
        must(is_told, sentence.clone());
    }
}

/// What was run is told, and nothing that it refutes.
fn run_is_told(explanation: &Explanation, text: &str, must: &mut impl FnMut(bool, String)) {
    let names: Vec<&str> = explanation.findings.iter().map(|finding| finding.name).collect();
    let has = |name: &str| names.contains(&name);
    let decides = explanation.findings.iter().find(|finding| finding.decides).map(|finding| finding.name);
    if let Some(check) = &explanation.check {
        let run = text.lines().any(|line| line.starts_with("run  "));
        must(run, "how it ended is not told".to_owned());
        for told in explanation.findings.iter().filter_map(|finding| finding.cure.as_ref()) {
            let failed = check.cures.iter().find(|check| check.cure == *told && !check.bears_out);
            must(failed.is_none(), format!("{told} is told, and does not help"));
        }
        let guesses = check.ended.contains("it has learned no more than that");
        must(!(guesses && has("nothing wrong")), "nothing is wrong with a run that guesses".to_owned());
        must(
            !(guesses && text.contains("nothing that keeps it from learning")),
            "a run that guesses learns".to_owned(),
        );
        must(
            text.contains("no better than guessing (")
                == check.population.as_ref().is_some_and(|population| {
                    population.is_guessing && names[0] != "local minimum" && decides.is_some()
                }),
            "the headline says otherwise what became of other seeds".to_owned(),
        );
        if let Some(population) = &check.population {
            must(population.alike >= 1 && population.alike <= population.seeds, format!("{population:?}"));
            must((population.alike == population.seeds) == population.best.is_none(), format!("{population:?}"));
        }
    }
}

/// What a cure is told to do it does, and no answer advises what it says does not help.
fn cure_is_consistent(explanation: &Explanation, finding: &Finding, must: &mut impl FnMut(bool, String)) {
    let denied = finding.tried.iter().filter(|trial| finding.advice.contains(&format!("{} was", trial.cure)));
    for trial in denied {
        must(!trial.helps, format!("{}: {} helps, and is denied", finding.name, trial.cure));
        let told = explanation.findings.iter().find(|other| other.cure.as_ref() == Some(&trial.cure));
        must(
            told.is_none(),
            format!("{} is denied by {} and told by {:?}", trial.cure, finding.name, told.map(|f| f.name)),
        );
    }
    let Some(cure) = &finding.cure else { return };
    let trial = finding.tried.iter().find(|trial| trial.cure == *cure);
    must(trial.is_some_and(|trial| trial.helps), format!("{cure} is told, and was not tried, or does not help"));
    must(finding.advice.contains(&cure.to_string()), format!("{cure} is not in {:?}", finding.advice));
    let Some(trial) = trial else { return };
    if let (Some("dead units" | "flat units" | "flat outputs" | "copies"), [Some(before), Some(after)]) =
        (trial.figure, trial.figures)
    {
        must(after < before, format!("{trial:?}"));
    }
    let rate = cure.to_string().strip_prefix("--lr ").and_then(|rate| rate.parse::<f64>().ok());
    let lr = finding.evidence.get("lr");
    match (finding.name, rate, lr) {
        ("step too large", Some(rate), Some(lr)) => must(rate < *lr, format!("{cure}, where it is {lr}")),
        ("step too small", Some(rate), Some(lr)) => must(rate > *lr, format!("{cure}, where it is {lr}")),
        _ => {}
    }
    let (sharpness, limit) = (finding.evidence.get("sharpness"), finding.evidence.get("sharpness_limit"));
    if let (Some(rate), Some(lr), Some(sharpness), Some(limit)) = (rate, lr, sharpness, limit) {
        must(*sharpness < limit * lr / rate, format!("{cure} is not stable: {sharpness}, {limit} with {lr}"));
    }
}

/// Whether a cure that was told, for one seed, lowers the loss of most of some others; a run that diverges has the largest.
fn helps_others(spec: &TaskSpec, cure: &Cure) -> bool {
    let losses = |spec: &TaskSpec| {
        let mut spec = spec.clone();
        (spec.init.seed, spec.init.seeds) = (spec.init.seed + 1_000, Seeds::Count(7));
        let task = Task::new(spec).unwrap();
        let mut losses = Vec::new();
        for run in task.run_all(1) {
            let loss = run.train.loss;
            losses.push(if run.is_finished() && loss.is_finite() { loss } else { f64::INFINITY });
        }
        losses
    };
    let lower = losses(spec).into_iter().zip(losses(&cure.applied(spec))).filter(|(without, with)| with < without);
    2 * lower.count() > 7
}

#[test]
fn no_answer_contradicts_itself() {
    let number = |name: &str, otherwise: u64| std::env::var(name).ok().map_or(otherwise, |n| n.parse().unwrap());
    let first = number("HEADSTART_FIRST_TASK", 0);
    let count = number("HEADSTART_RANDOM_TASKS", 40);
    let folder = tempfile::tempdir().unwrap();
    let mut names = std::collections::BTreeMap::<&str, usize>::new();
    let (mut failures, mut told, mut helped, mut held, mut ran) = (Vec::new(), 0, 0, 0, 0_u64);
    let (mut proved, mut help_others) = (0_u64, 0_u64);
    for number in first..first + count {
        let described = task(folder.path(), number);
        let spec = TaskSpec::from_toml(&described).unwrap_or_else(|error| panic!("{error}\n{described}"));
        let steps = spec.training.steps.unwrap() as u64;
        let task = match tasks(&spec) {
            Ok(mut tasks) => tasks.remove(0),
            Err(error) => panic!("{error}\n{described}"),
        };
        let mut explanation = explain(&task, &Host::here(1)).unwrap().unwrap();
        let mut wrong = contradictions(&explanation, steps);
        if number % 3 == 0 {
            verify_all(std::slice::from_ref(&task), std::slice::from_mut(&mut explanation), &Host::here(1)).unwrap();
            wrong.extend(contradictions(&explanation, steps));
            let check = explanation.check.as_ref().unwrap();
            ran += 1;
            held += u64::from(check.holds);
            if !check.holds {
                let prediction = &explanation.prediction;
                println!(
                    "{number}: {:?}, {:?} measured\n{described}",
                    (prediction.from, prediction.step, prediction.to, &prediction.method),
                    check.measured
                );
            }
            for cure in explanation.findings.iter().filter_map(|finding| finding.cure.as_ref()) {
                // Another seed is luck, and says so.
                if matches!(cure, Cure::Seed(_)) {
                    continue;
                }
                proved += 1;
                let helps = helps_others(&spec, cure);
                help_others += u64::from(helps);
                if !helps {
                    println!("{number}: {cure} does not help most other seeds\n{described}");
                }
            }
            told += check.cures.len();
            helped += check.cures.iter().filter(|cure| cure.bears_out).count();
        }
        *names.entry(explanation.findings[0].name).or_default() += 1;
        if !wrong.is_empty() {
            let told = document(std::slice::from_ref(&explanation), steps).to_string();
            failures.push(format!("task {number}: {}\n{described}\n{told}", wrong.join("\n  ")));
        }
    }
    println!(
        "first: {names:?}\n{count} tasks; of {ran} that were run {held} predictions hold; {helped} of {told} cures that were run help, \
         and {help_others} of the {proved} that are told then help most other seeds"
    );
    assert!(failures.is_empty(), "{} of {count} contradict themselves\n{}", failures.len(), failures.join("\n"));
    assert!(held as f64 >= 0.9 * ran as f64, "{held} of {ran} predictions hold");
    // Of few cures the share says little: three standard errors are left to chance.
    let chance = 3.0 * (0.05 * 0.95 * proved as f64).sqrt();
    assert!(
        help_others as f64 >= 0.95 * proved as f64 - chance,
        "{help_others} of {proved} cures help most other seeds"
    );
}
