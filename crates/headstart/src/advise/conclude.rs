//! What the race comes to: the recommendation, the evidence, and both in words.

use super::belief::Belief;
use super::candidates::Family;
use super::judge::{Judge, mean_of};
use super::race::{Candidate, Race};
use super::{Advice, Plateau, Recommendation, Tried, TriedFamily, code, usual};
use crate::compare::{self, Cell, Comparison, Summary};
use crate::data::{Kind, Samples, Targets};
use crate::error::Error;
use crate::explain;
use crate::explain::cure::Cure;
use crate::explain::evidence::feature_sizes;
use crate::explain::findings::Finding;
use crate::explain::findings::data::{BadScale, bad_scale};
use crate::probe::{self, Profile};
use crate::spec::{Inits, Precision, Seeds};
use crate::task::Task;
use crate::words::{count, foreign, many, rough};
use headstart_engine::init::Initialization;

/// The first seed of the evidence is this far from the task's; those of the race are much farther.
const FRESH: u64 = 1_000;

/// Seeds of the evidence: so many at least, as far as the budget allows it, and so many at the most.
const FEW: f64 = 3.0;
const MANY: usize = 50;

/// The share of all starts that have to do as well for the choice not to matter.
const ANY: f64 = 0.9;

/// Tolerances beyond which starts do not count as alike, whatever the noise.
const MOST_ALIKE: f64 = 3.0;

/// Advice from a race that is over; `None` if it was stopped.
pub(super) fn conclude(race: &Race, rates: Vec<(f64, f64)>) -> Result<Option<Advice>, Error> {
    let (Some(belief), Some(ends)) = (race.belief(), race.belief_of_end()) else { return Ok(None) };
    let Some((winner, _)) = race.winner(&belief, &ends) else { return Ok(None) };
    let init = &race.candidates[winner].init;
    let task = beside_the_usual(race, init)?;
    let mut runs = Vec::new();
    task.run(race.threads, race.watch, |run| runs.push(run));
    let evidence = compare::compare(&runs, task.target());
    let own = evidence.cells.iter().find(|cell| cell.init == init.to_string());
    let scale = bad_scale(&feature_sizes(race.whole), race.whole.spec.data.preprocess);
    let why_not = why_not(race, winner, own, scale.as_ref());
    let works = why_not.is_none();
    let obstacle = if works || race.watch.is_stopped() { None } else { obstacle(race)? };
    let cure = match &why_not {
        Some(WhyNot::Scale) => Some(Cure::Standardize),
        _ => obstacle.as_ref().and_then(|finding| finding.cure.clone()),
    };
    let cured = cure.map_or_else(String::new, |cure| cured(race, &cure));
    let steps = race.watch.steps();
    let Some(starts) = starts(race, &task)?.filter(|_| !race.watch.is_stopped()) else { return Ok(None) };
    let alike = share_alike(race, &ends, winner);
    let verdict = match works {
        false => "no start works",
        true if alike >= ANY => "any start works",
        true => "start here",
    };
    let plateau = race.plateau_of(winner, &ends);
    let recommendation = works.then(|| Recommendation { init: init.to_string(), lr: race.lr(), plateau });
    let rival = race.rival(winner, plateau, &ends);
    let sentence = match (&why_not, &recommendation) {
        (None, Some(found)) => sentence(race, verdict, found, !rates.is_empty(), own),
        _ => no_sentence(race, why_not.as_ref(), (init, own), obstacle.as_ref()),
    };
    Ok(Some(Advice {
        sentence: sentence + &cured,
        sure: sure(race, [&belief, &ends], winner, rival, alike, works) + &beside(recommendation.as_ref(), &evidence),
        verdict,
        scale: scale.map(|BadScale { sentence, advice, .. }| {
            format!("{sentence} That may matter more than the start: {advice}.")
        }),
        obstacle,
        rates,
        figure: if race.classify { "accuracy" } else { "loss" },
        tried: tried(race, &ends),
        by_class: race.whole.tells_classes(),
        evidence,
        runs,
        starts,
        not_tried: "Not tried: uniform and truncated weights (which differ little from normal ones of the same variance), \
                    different schemes in different layers, biases other than the scheme's own.",
        code: recommendation.as_ref().map_or_else(Vec::new, |_| code::snippets(init, &race.whole.bias())),
        steps,
        repeatable: race.repeatable,
        recommendation,
    }))
}

/// The start beside the usual ones, on all training samples, from fresh seeds; of a small budget beside fewer of them.
fn beside_the_usual(race: &Race, init: &Initialization) -> Result<Task, Error> {
    let mut inits = vec![init.clone()];
    for other in [usual(race.whole), "pytorch-default", "keras-default"] {
        let other: Initialization = other.parse()?;
        if !inits.contains(&other) && other.check(race.whole.network()).is_ok() {
            inits.push(other);
        }
    }
    let runs = race.of_evidence();
    inits.truncate(((runs / FEW) as usize).max(1));
    let mut spec = race.whole.spec.clone();
    spec.init.seed = race.seed(FRESH);
    spec.init.seeds = Seeds::Count(((runs / inits.len() as f64) as usize).clamp(1, MANY));
    spec.init.init = Inits(inits);
    spec.training.lr = Some(race.lr());
    race.whole.vary(spec)
}

/// What the starts of a task look like, layer by layer. `None` if it was stopped.
fn starts(race: &Race, task: &Task) -> Result<Option<Vec<Profile>>, Error> {
    let mut spec = task.spec.clone();
    spec.training.precision = Precision::F64;
    Ok(probe::profiles(&task.vary(spec)?, race.threads, race.watch))
}

/// What stands in the way of the usual start.
fn obstacle(race: &Race) -> Result<Option<Finding>, Error> {
    let mut spec = race.whole.spec.clone();
    spec.init.init = Inits(vec![usual(race.whole).parse()?]);
    spec.training.precision = Precision::F64;
    spec.training.lr = Some(race.lr());
    let task = race.whole.vary(spec)?;
    let explanation = explain::explain(&task, race.threads, race.watch)?;
    Ok(explanation.and_then(|explanation| explanation.findings.into_iter().next()))
}

/// Why no start is recommended.
enum WhyNot {
    /// None gets below the loss of guessing in training.
    Learned,
    /// None does better than guessing on held-out samples, and the features are badly scaled.
    Scale,
    /// The best one found does no better than always answering with one class, neither in training nor on the test samples.
    Guesses,
}

fn why_not(race: &Race, winner: usize, own: Option<&Cell>, scale: Option<&BadScale>) -> Option<WhyNot> {
    if !race.works(winner) {
        return Some(WhyNot::Learned);
    }
    if scale.is_some_and(|scale| scale.is_cured) && !race.generalizes() {
        return Some(WhyNot::Scale);
    }
    let guesses = |guess: Option<Guess>, figures: Option<Summary>| {
        guess.zip(figures).is_some_and(|(guess, figures)| guess.is_as_good(figures))
    };
    let own = own?;
    let in_training = guesses(Guess::of(race.whole, &race.whole.dataset.train), own.train);
    (in_training && guesses(Guess::judged(race.whole), own.judged())).then_some(WhyNot::Guesses)
}

/// Always answering with the class that most training samples have.
struct Guess<'a> {
    /// The class.
    class: &'a str,
    /// The share of some samples in which that is right.
    share: f64,
    /// The mean of those shares over the classes.
    balanced: f64,
}

impl<'a> Guess<'a> {
    /// A balanced accuracy that is beyond that of guessing by less than this is one of guessing.
    const LITTLE: f64 = 0.02;

    /// On some samples; none of targets that are numbers.
    fn of(task: &'a Task, samples: &Samples) -> Option<Self> {
        let Kind::Classes(names) = &task.dataset.kind else { return None };
        let counts = |y: &Targets| {
            let mut counts = vec![0_usize; names.len()];
            if let Targets::Classes(classes) = y {
                for &class in classes {
                    counts[class] += 1;
                }
            }
            counts
        };
        // The first of several.
        let most = counts(&task.dataset.train.y).iter().enumerate().rev().max_by_key(|(_, count)| **count)?.0;
        let share = counts(&samples.y)[most] as f64 / samples.y.len().max(1) as f64;
        Some(Self { class: &names[most], share, balanced: 1.0 / names.len() as f64 })
    }

    /// On the test samples, or on those for training where there are none.
    fn judged(task: &'a Task) -> Option<Self> {
        Self::of(task, task.dataset.test.as_ref().unwrap_or(&task.dataset.train))
    }

    /// Whether it is right as often as trainings are, in the mean over all samples.
    fn is_right_as_often(&self, figures: Summary) -> bool {
        figures.accuracy.is_some_and(|accuracy| accuracy.mean <= self.share + 1e-9)
    }

    /// The same, and in the mean over the classes.
    fn is_as_good(&self, figures: Summary) -> bool {
        let is_balanced_alike = figures.balanced_accuracy.is_none_or(|mean| mean <= self.balanced + Self::LITTLE);
        self.is_right_as_often(figures) && is_balanced_alike
    }

    fn in_words(&self, task: &Task) -> String {
        let set = if task.dataset.test.is_some() { "test" } else { "training" };
        format!(
            "always answering \"{}\" is right in {:.1}% of the {set} samples",
            foreign(self.class),
            100.0 * self.share
        )
    }
}

/// What comes of the usual start where the data are scaled as is advised, in a sentence; nothing is said of other cures, nor of data
/// that cannot be read again.
fn cured(race: &Race, cure: &Cure) -> String {
    if !matches!(cure, Cure::ScaleTargets | Cure::Standardize) {
        return String::new();
    }
    let mut spec = cure.applied(&race.whole.spec);
    let Ok(init) = usual(race.whole).parse() else { return String::new() };
    spec.init.init = Inits(vec![init]);
    (spec.init.seed, spec.init.seeds) = (race.seed(FRESH), Seeds::Count(FEW as usize));
    spec.training.lr = Some(race.lr());
    let Ok(task) = race.whole.vary(spec) else { return String::new() };
    let mut runs = Vec::new();
    task.run(race.threads, race.watch, |run| runs.push(run));
    let evidence = compare::compare(&runs, task.target());
    let told = evidence.cells.first().and_then(|cell| Some(reached(&task, cell, cell.judged()?)));
    told.map_or_else(String::new, |told| format!(" With {cure}, {} ends at a {told}.", task.inits()[0].name))
}

/// The share of all starts that were looked at that do as well as the winner. Those that were not trained to the end are judged by
/// the part that they were trained for, if others were nearly done by then.
fn share_alike(race: &Race, ends: &Belief, winner: usize) -> f64 {
    let (tolerance, most) = (race.tolerance(), MOST_ALIKE * race.tolerance());
    let looked_at =
        |candidate: &Candidate| candidate.out.is_some() || !candidate.early.is_empty() || !candidate.full.is_empty();
    let all: Vec<usize> = (0..race.candidates.len()).filter(|i| looked_at(&race.candidates[*i])).collect();
    let early = |i: usize| mean_of(&race.candidates[i].early, |seen| race.judge().end(seen));
    let best_early = all.iter().map(|i| early(*i)).filter(|early| !early.is_nan()).fold(f64::NEG_INFINITY, f64::max);
    let was_done = best_early >= ends.score(winner) - most;
    let alike = |i: &&usize| match &race.candidates[**i] {
        candidate if candidate.out.is_some() => false,
        candidate if candidate.full.is_empty() => was_done && early(**i) >= best_early - most,
        _ => {
            let [by, error] = ends.difference(**i, winner);
            by >= -(2.0 * error).clamp(tolerance, most)
        }
    };
    all.iter().filter(alike).count() as f64 / all.len().max(1) as f64
}

/// Why there is no start to be recommended, and what to do; `best` is the best that was found.
fn no_sentence(
    race: &Race,
    why: Option<&WhyNot>,
    (best, own): (&Initialization, Option<&Cell>),
    obstacle: Option<&Finding>,
) -> String {
    let finding = || {
        obstacle.map_or_else(String::new, |finding| format!(" {} What to do: {}.", finding.sentence, finding.advice))
    };
    let figures = own.and_then(|cell| Some(format!(" ({})", reached(race.whole, cell, cell.judged()?))));
    let found = format!("--init {best}{}", figures.unwrap_or_default());
    match why {
        Some(WhyNot::Scale) => format!(
            "Scale the features first: --preprocess standardize. As they are no start that was tried does better than guessing on \
             held-out samples; what trains best is {found}."
        ),
        Some(WhyNot::Guesses) => {
            let guess = Guess::judged(race.whole).map_or_else(String::new, |guess| guess.in_words(race.whole));
            let weights = if race.whole.dataset.is_imbalanced() && race.whole.training().class_weights.is_empty() {
                " --class-weights balanced makes the rare classes count as much as the others."
            } else {
                ""
            };
            format!(
                "No start that was tried does better than guessing: {guess}, and the best start found, {found}, learns nothing \
                 else.{weights}{}",
                finding()
            )
        }
        Some(WhyNot::Learned) | None => {
            let nothing = if race.learned {
                "With no start that was tried do as many as half of the trainings get below the loss of guessing"
            } else {
                "No start that was tried gets below the loss of guessing"
            };
            format!("{nothing} in {} steps.{}", count(race.whole.steps() as u64), finding())
        }
    }
}

fn sentence(
    race: &Race,
    verdict: &str,
    Recommendation { init, plateau: Plateau { low, high, .. }, .. }: &Recommendation,
    rate_was_searched: bool,
    own: Option<&Cell>,
) -> String {
    let reached = own.and_then(|cell| Some(format!(" ({})", reached(race.whole, cell, cell.judged()?))));
    let reached = reached.unwrap_or_default();
    let what = if init.starts_with("normal") { "scales" } else { "gains" };
    let range = if low < high {
        format!("{what} from {} to {} do as well", rough(*low), rough(*high))
    } else {
        format!("no other of the {what} tried does as well")
    };
    let rate = if rate_was_searched { format!(" --lr {}", race.lr()) } else { String::new() };
    let judged = own.and_then(Cell::judged);
    let guess = Guess::judged(race.whole).zip(judged).filter(|(guess, figures)| guess.is_right_as_often(*figures));
    let little = match &guess {
        Some((guess, figures)) if guess.is_as_good(*figures) => {
            return format!(
                "No start that was tried does better than guessing where it counts: {}. What trains best is --init \
                 {init}{rate}{reached}.",
                guess.in_words(race.whole)
            );
        }
        Some((guess, _)) => {
            let guess = guess.in_words(race.whole);
            format!(" Its accuracy says little: {guess}; the balanced accuracy says what it has learned.")
        }
        None => String::new(),
    };
    if verdict == "any start works" {
        return format!(
            "The start does not matter here: nearly all that were tried end alike; --init {init}{rate}{reached} is as good as any.{little}"
        );
    }
    format!("Start from --init {init}{rate}{reached}: {range}.{little}")
}

/// How the runs of a cell end, in words: with the accuracy, or with the loss and what tells whether that is little.
fn reached(task: &Task, cell: &Cell, judged: Summary) -> String {
    let set = if cell.test.is_some() { "test" } else { "training" };
    let seeds = many(cell.runs as u64, "fresh seed");
    match judged.accuracy {
        Some(accuracy) => format!("{set} accuracy {:.3}{} over {seeds}", accuracy.mean, beside_accuracy(task, judged)),
        None => format!("{set} loss {}{} over {seeds}", rough(judged.loss.mean), beside_loss(task, cell)),
    }
}

/// What an accuracy is told beside, where it says little of classes.
fn beside_accuracy(task: &Task, judged: Summary) -> String {
    let balanced = judged.balanced_accuracy.filter(|_| task.tells_classes()).zip(Guess::judged(task));
    balanced.map_or_else(String::new, |(balanced, guess)| {
        format!(", balanced {balanced:.3}, guessing {:.3},", guess.balanced)
    })
}

/// What a loss is told beside: R^2, and what guessing costs on the same set.
fn beside_loss(task: &Task, cell: &Cell) -> String {
    let r2 = cell.r2.map_or_else(String::new, |r2| format!(", R^2 {:.2}", r2.mean));
    let guessing = task.units().guessing().map_or_else(String::new, |guessing| {
        let on_set = if cell.test.is_some() { guessing.test } else { Some(guessing.train) };
        on_set.map_or_else(String::new, |loss| format!(", guessing {}", rough(loss)))
    });
    r2 + &guessing
}

/// How the recommended start does beside the usual ones, from the same fresh seeds.
fn beside(recommendation: Option<&Recommendation>, evidence: &Comparison) -> String {
    let Some(Recommendation { init, .. }) = recommendation else { return String::new() };
    let mut figure = "";
    let mut told = Vec::new();
    for difference in &evidence.differences {
        let (Some(by), Some([low, high])) = (difference.mean, difference.interval) else { continue };
        let (other, [by, low, high]) = match [&difference.better, &difference.than] {
            [better, than] if better == init => (than, [by, low, high]),
            [better, than] if than == init => (better, [-by, -high, -low]),
            _ => continue,
        };
        figure = difference.figure;
        // Accuracies have three digits that matter; a loss may be of any size.
        let [by, low, high] = [by, low, high].map(|x| match figure {
            loss if loss.ends_with("loss") => format!("{}{}", if x < 0.0 { "" } else { "+" }, rough(x)),
            // No minus in front of nothing.
            _ => format!("{:+.3}", (x * 1e3).round() / 1e3 + 0.0),
        });
        told.push(format!("{by} ({low} to {high}) beside {other}"));
    }
    if told.is_empty() {
        return String::new();
    }
    format!(" Its {figure} from the same fresh seeds: {}.", told.join(", "))
}

/// By what is believed of the scores, of how trainings end.
fn sure(
    race: &Race,
    [belief, ends]: [&Belief; 2],
    winner: usize,
    rival: Option<usize>,
    alike: f64,
    works: bool,
) -> String {
    let trained = race.candidates.iter().filter(|candidate| !candidate.full.is_empty());
    let runs: usize = trained.clone().map(|candidate| candidate.full.len()).sum();
    let unit = race.judge().unit();
    let trainings =
        format!("{} of {} to the end", many(runs as u64, "training"), many(trained.count() as u64, "start"));
    if !works {
        return format!("{trainings}.");
    }
    let against = rival.map_or_else(String::new, |other| {
        let [by, error] = ends.difference(winner, other);
        let name = &race.candidates[other].init;
        let why = if belief.difference(winner, other)[0] > 0.0 { "it learns faster" } else { "the better known" };
        let more = if error > MOST_ALIKE * race.tolerance() { " (a larger --budget makes it less)" } else { "" };
        if by > 2.0 * error {
            format!(" It beats {name}, the best of the others, by {by:.3} {unit}; standard error {error:.3}.")
        } else if by > 0.0 {
            format!(" It is ahead of {name}, the best of the others, by {by:.3} {unit}, which is within noise: standard error {error:.3}{more}.")
        } else {
            format!(
                " {name} is as good or better, by {:.3} {unit}, standard error {error:.3}{more}: this one is preferred as {why}.",
                by.abs()
            )
        }
    });
    let blind = match (race.generalizes(), race.judge()) {
        (true, _) => String::new(),
        (false, judge) => {
            let why = if judge == Judge::Loss { "does the least harm" } else { "trains best" };
            format!(
                " On held-out samples no start does better than guessing: what is advised is what {why}, and may be luck; it \
                 takes more data, another network or fewer --steps to tell more."
            )
        }
    };
    format!("{trainings}; {:.0}% of all starts looked at do as well.{against}{blind}", 100.0 * alike)
}

fn tried(race: &Race, ends: &Belief) -> Vec<TriedFamily> {
    let of_family = |(number, family): (usize, &Family)| {
        let of = (0..race.candidates.len()).filter(|i| race.candidates[*i].family == number);
        let tried = |i: usize| {
            let candidate = &race.candidates[i];
            let is_trained = !candidate.full.is_empty();
            Tried {
                gain: candidate.gain,
                init: candidate.init.to_string(),
                out: candidate.out.clone(),
                early: race.figure(&candidate.early),
                full: race.figure(&candidate.full),
                seeds: candidate.full.len(),
                expected: is_trained.then(|| [ends.score(i), ends.error(i)]),
            }
        };
        // What was not looked at is no part of the story.
        let is_first = |tried: &Tried| family.first().any(|gain| gain == tried.gain);
        let is_told = |tried: &Tried| is_first(tried) || tried.full.is_some();
        TriedFamily {
            scheme: family.name,
            plateau: race.plateau(number, ends),
            gains: of.map(tried).filter(is_told).collect(),
        }
    };
    race.families.iter().enumerate().map(of_family).collect()
}
