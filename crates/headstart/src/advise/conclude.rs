//! What the race comes to: the recommendation, the evidence, and both in words.

use super::belief::Belief;
use super::candidates::Family;
use super::evidence::{DEFAULTS, Evidence, Gap};
use super::guess::{Guess, is_beaten, may_be_guessing};
use super::judge::mean_of;
use super::race::{Candidate, PREFERRED, Race};
use super::remedy::{Remedy, attempt, lead, remedies};
use super::words::{beside, ends, figure, given, named};
use super::{Advice, Plateau, Recommendation, Tried, TriedFamily, code, usual};
use crate::compare::{Cell, Comparison, Summary};
use crate::data::Preprocess;
use crate::error::Error;
use crate::explain::cure::Cure;
use crate::explain::findings::Finding;
use crate::explain::findings::data::{BadScale, bad_scale};
use crate::explain::measure::feature_sizes;
use crate::explain::{self, Explanation};
use crate::host::Host;
use crate::probe::{self, Profile};
use crate::spec::{Inits, Precision, Seeds};
use crate::task::Task;
use crate::words::{many, rough};
use headstart_engine::init::Initialization;

/// Seeds of each start that is looked at layer by layer.
const PROBED: usize = 10;

/// The share of all starts that have to do as well for the choice not to matter.
const ANY: f64 = 0.9;

/// Tolerances beyond which starts do not count as alike, whatever the noise.
const MOST_ALIKE: f64 = 3.0;

/// Starts that have to end alike on all training samples, too, before the choice is said not to matter: the usual range of plain
/// weights, and of the usual scheme's gains.
const PLAIN: [&str; 2] = ["normal:0.01", "normal:1"];
const RANGE: [f64; 2] = [0.25, 4.0];

const NOT_TRIED: &str = "Not tried: uniform and truncated weights (which differ little from normal ones of the same variance), \
                         different schemes in different layers, gains of their own for layers between the first and the last \
                         one, biases other than the scheme's own.";

/// What there was until it was stopped: the evidence, what was tried where no start works, or what the race has come to; `None` if
/// nothing was trained to the end.
pub(super) fn interrupted(
    race: &Race,
    rates: Vec<(f64, f64)>,
    evidence: Option<Evidence>,
    remedies: &[Remedy],
) -> Option<Advice> {
    let (belief, ends) = (race.belief()?, race.belief_of_end()?);
    let (winner, _) = race.winner(&belief, &ends)?;
    let Candidate { init, full, .. } = &race.candidates[winner];
    let figure = if race.classify { "accuracy" } else { "loss" };
    let rate = rate(race, &rates);
    let mut why = Vec::new();
    let sentence = if let Some(evidence) = &evidence {
        let best = evidence.best();
        let others = evidence.comparison.cells.iter().map(|cell| cell.init.as_str()).filter(|init| *init != best);
        why.extend(beside(evidence, best, &others.collect::<Vec<_>>()));
        why.extend(remedies.iter().filter(|remedy| remedy.works).map(Remedy::in_words));
        why.extend(tried_in_vain(remedies));
        why.push("The evidence was not gathered to the end, so this is no recommendation.".to_owned());
        format!("Interrupted: best so far is {}.", best_found(evidence, &rate))
    } else {
        let seen = race.figure(full).map_or_else(String::new, |seen| {
            format!(", {figure} {} on held-out samples in {}", rough(seen), many(full.len() as u64, "training"))
        });
        why.push("It was not compared to the end on all training samples, so this is no recommendation.".to_owned());
        format!("Interrupted: most promising so far is {}{rate}{seen}.", given(&init.to_string()))
    };
    let nothing = Comparison { cells: Vec::new(), differences: Vec::new(), settled: None };
    let (evidence, runs) = evidence.map_or((nothing, Vec::new()), |evidence| (evidence.comparison, evidence.runs));
    Some(Advice {
        sentence,
        why,
        sure: sure(race, [&belief, &ends], winner, share_alike(race, &ends, winner)),
        recommendation: None,
        keep_within: None,
        verdict: "interrupted",
        scale: None,
        obstacle: None,
        lr: race.lr(),
        rates,
        figure,
        tried: tried(race, &ends),
        tried_layers: race.tried_layers.clone(),
        by_class: race.whole.tells_classes(),
        evidence,
        runs,
        starts: Vec::new(),
        not_tried: NOT_TRIED,
        code: Vec::new(),
        steps: race.watch.steps(),
        repeatable: false,
    })
}

/// The learning rate as it is told beside a start, where it was searched.
fn rate(race: &Race, rates: &[(f64, f64)]) -> String {
    if rates.is_empty() { String::new() } else { format!(" --lr {}", race.lr()) }
}

/// Advice from a race that is over, or what there is if it was stopped; `None` if there is nothing. `helping` sees how many
/// trainings what might help may take, where that is tried.
pub(super) fn conclude(
    race: &mut Race,
    rates: Vec<(f64, f64)>,
    helping: &dyn Fn(f64),
) -> Result<Option<Advice>, Error> {
    let (Some(belief), Some(ends)) = (race.belief(), race.belief_of_end()) else { return Ok(None) };
    let Some((winner, other)) = race.winner(&belief, &ends) else { return Ok(None) };
    let mut alike = share_alike(race, &ends, winner);
    let all_alike = alike >= ANY;
    let later = if all_alike { PLAIN.len() + RANGE.len() } else { 0 };
    let Some(mut evidence) = Evidence::gather(race, entrants(race, winner, other)?, later)? else { return Ok(None) };
    if race.watch.is_stopped() {
        return Ok(interrupted(race, rates, Some(evidence), &[]));
    }
    let scale = bad_scale(&feature_sizes(race.whole), race.whole.spec.data.preprocess == Preprocess::Standardize);
    let why_not = why_not(race, winner, &evidence, scale.as_ref());
    let range = if why_not.is_none() && all_alike { Evidence::look(race, &range(race)?)? } else { None };
    let scaled = match &scale {
        Some(scale) if scale.is_cured && why_not.is_none() => attempt(race, Cure::Standardize)?,
        _ => None,
    };
    let before = race.watch.steps();
    let explained = if why_not.is_some() { explained(race)? } else { None };
    let of_explanation = race.watch.steps() - before;
    if why_not.is_some() {
        helping(race.for_remedies());
    }
    let remedies = match &why_not {
        Some(_) => remedies(race, scale.as_ref().is_some_and(|scale| scale.is_cured), explained.as_ref())?,
        None => Vec::new(),
    };
    let steps = race.watch.steps() - of_explanation;
    let starts = starts(race, &evidence.task)?;
    if race.watch.is_stopped() {
        return Ok(interrupted(race, rates, Some(evidence), &remedies));
    }
    let Some(starts) = starts else { return Ok(None) };
    let answer = why_not.is_none().then(|| Answer::of(race, &evidence, range.as_ref(), &ends));
    // The share is told of what is advised.
    let advised = answer
        .as_ref()
        .and_then(|answer| race.candidates.iter().position(|candidate| candidate.init.to_string() == answer.init));
    if let Some(start) = advised.filter(|start| !race.candidates[*start].full.is_empty()) {
        alike = share_alike(race, &ends, start);
    }
    let recommendation = answer.as_ref().map(|answer| {
        let plateau = advised.map(|start| race.plateau_of(start, &ends));
        Recommendation { init: answer.init.clone(), lr: race.lr(), plateau }
    });
    let obstacle = explained.and_then(|explained| explained.findings.into_iter().next());
    let rate = rate(race, &rates);
    let (sentence, why) = if let (Some(answer), Some(found)) = (&answer, &recommendation) {
        let scaled = scaled.as_ref().map(Remedy::in_words);
        let why = [
            answer.beside(&evidence),
            answer.ranged(range.as_ref()),
            plateau(found, alike).or_else(|| layers_apart(race, &found.init)),
            // What was only named is given here, as a line without a blank: to be pasted whole.
            Some(format!("--init={}", found.init)).filter(|_| named(&found.init) != found.init),
            settled(&evidence, answer),
            scaled,
        ];
        (answer.sentence(race, &evidence, &rate), why.into_iter().flatten().collect())
    } else {
        let best = best_found(&evidence, &rate);
        (no_sentence(race, why_not.as_ref(), &remedies, obstacle.as_ref(), &best), tried_in_vain(&remedies))
    };
    if let Some(range) = range {
        evidence.add(range);
    }
    let init = recommendation.as_ref().map(|found| found.init.parse::<Initialization>()).transpose()?;
    Ok(Some(Advice {
        sentence,
        why,
        sure: sure(race, [&belief, &ends], winner, alike),
        verdict: answer.as_ref().map_or("no start works", |answer| answer.verdict),
        keep_within: answer.as_ref().and_then(|answer| answer.within),
        scale: scale.map(|BadScale { sentence, advice, .. }| {
            format!("{sentence} That may matter more than the start: {advice}.")
        }),
        obstacle,
        lr: race.lr(),
        rates,
        figure: if race.classify { "accuracy" } else { "loss" },
        tried: tried(race, &ends),
        tried_layers: std::mem::take(&mut race.tried_layers),
        by_class: race.whole.tells_classes(),
        evidence: evidence.comparison,
        runs: evidence.runs,
        starts,
        not_tried: NOT_TRIED,
        code: init.map_or_else(Vec::new, |init| {
            let kept = answer
                .as_ref()
                .filter(|answer| answer.verdict != "start here")
                .map_or(&[][..], |answer| &answer.others);
            code::snippets(&init, race.whole, kept)
        }),
        steps,
        repeatable: race.repeatable,
        recommendation,
    }))
}

/// The start that was found, the usual one, what frameworks start with, the best of the others, and one whose layers have
/// gains of their own: of a small budget the first ones.
fn entrants(race: &Race, winner: usize, other: Option<usize>) -> Result<Vec<Initialization>, Error> {
    let mut inits = vec![race.candidates[winner].init.clone()];
    let known = std::iter::once(usual(race.whole)).chain(DEFAULTS).map(str::parse::<Initialization>);
    let others = other.map(|other| race.candidates[other].init.clone()).into_iter().chain(race.layered.clone());
    for init in known.chain(others.map(Ok)) {
        let init = init?;
        if !inits.contains(&init) && init.check(race.whole.network()).is_ok() {
            inits.push(init);
        }
    }
    Ok(inits)
}

/// The ends of what people start from.
fn range(race: &Race) -> Result<Vec<Initialization>, Error> {
    let plain = PLAIN.map(str::parse::<Initialization>).into_iter();
    let gains = RANGE.map(|gain| Ok(race.families[0].init(gain)));
    Ok(plain.chain(gains).collect::<Result<_, _>>()?)
}

/// What is advised, by the evidence.
struct Answer {
    init: String,
    verdict: &'static str,
    /// The frameworks' defaults that are as good as anything; where there are none, what everybody may take and may be as good, and
    /// whatever is ahead, if not beyond chance.
    others: Vec<String>,
    /// By how much some start may be better than a default that is to be kept, at the most: as it is told.
    within: Option<f64>,
}

impl Answer {
    /// Whoever needs no change is told so; otherwise it is the best by the race and the evidence together.
    fn of(race: &Race, evidence: &Evidence, range: Option<&Evidence>, ends: &Belief) -> Self {
        let both = Both { race, evidence, ends };
        let good = evidence.defaults(|evidence, init| evidence.is_as_good(init) && both.is_as_good(init));
        let does_not_matter = range.is_some_and(|range| evidence.ends_like(range));
        let verdict = match (does_not_matter, good.first()) {
            (true, _) => "any start works",
            (false, Some(_)) => "keep your default",
            (false, None) => "start here",
        };
        let layered = race.layered.as_ref().map(ToString::to_string);
        let init = good.first().cloned().unwrap_or_else(|| {
            let best = both.best();
            // Gains of layers of their own are more to write down: they have to be better beyond chance.
            let is_better = |gap: Gap| gap.mean > evidence.margin() && gap.stands(evidence.margin());
            let is_worth_it = |init: &String| evidence.gap(init, &best).is_some_and(is_better);
            let best = layered.clone().filter(is_worth_it).unwrap_or(best);
            // A change that its own table does not speak for is none to recommend.
            let is_ahead = |default: &&str| both.is_ahead(default, &best);
            let cells = evidence.comparison.cells.iter().map(|cell| cell.init.as_str());
            let mut defaults = cells.filter(|init| DEFAULTS.contains(init) && evidence.may_be_best(init));
            defaults.find(is_ahead).map_or(best.clone(), str::to_owned)
        });
        // A default is kept where that is known.
        let most = good.iter().map(|default| evidence.at_most(default)).fold(0.0, f64::max);
        let within = (verdict == "keep your default").then(|| rounded_up(most, race.classify));
        let usual = usual(race.whole);
        let mut others = good;
        if others.is_empty() {
            let known = std::iter::once(usual).chain(DEFAULTS).filter(|other| *other != init);
            others = known.filter(|other| evidence.may_be_best(other)).map(str::to_owned).collect();
            // So is whoever is ahead.
            let is_ahead = |own: &str| evidence.gap(own, &init).is_some_and(|gap| gap.mean > evidence.margin());
            let cells = evidence.comparison.cells.iter().map(|cell| cell.init.as_str());
            let ahead = cells.filter(|own| *own != init && evidence.may_be_best(own) && is_ahead(own));
            let ahead: Vec<String> = ahead.map(str::to_owned).filter(|own| !others.contains(own)).collect();
            others.extend(ahead);
            let place = |other: &String| evidence.comparison.cells.iter().position(|cell| cell.init == *other);
            others.sort_by_key(place);
        }
        Self { init, verdict, others, within }
    }

    /// The answer.
    fn sentence(&self, race: &Race, evidence: &Evidence, rate: &str) -> String {
        let ends = |init: &str| ends(evidence, init).map_or_else(String::new, |ends| format!(" ({ends})"));
        let short = |init: &str| figure(evidence, init).map_or_else(String::new, |figure| format!(" ({figure})"));
        let own = evidence.cell(&self.init).and_then(Cell::judged);
        let guess = Guess::judged(race.whole).zip(own).filter(|(guess, figures)| guess.is_right_as_often(*figures));
        let little = guess.map_or_else(String::new, |(guess, _)| {
            let guess = guess.in_words(race.whole);
            format!(" Its accuracy says little: {guess}; the balanced accuracy says what it has learned.")
        });
        let (init, best) = (given(&self.init), evidence.best());
        let with = if rate.is_empty() { String::new() } else { format!(" with{rate}") };
        let other = if self.others.iter().any(|default| default == best) {
            "no start that was found".to_owned()
        } else {
            format!("no start that was found, not even {}{},", named(best), short(best))
        };
        let than = other + &no_better(self.within.unwrap_or(0.0), race.classify);
        let also = |defaults: &[String]| {
            defaults.get(1).map_or_else(String::new, |second| format!(" or {second}{}", short(second)))
        };
        let told = match (self.verdict, self.others.as_slice()) {
            ("any start works", defaults) => {
                let keep = if defaults.contains(&self.init) { ": keep your default" } else { "" };
                format!(
                    "The start does not matter here{keep}. All that were tried end alike{with}, on all training samples, \
                     too: {init}{rate}{} is as good as any.",
                    ends(&self.init)
                )
            }
            ("keep your default", [_]) => {
                let framework = if self.init.starts_with("pytorch") { "PyTorch" } else { "Keras" };
                format!("Keep your default{with} if that is {framework}'s, {init}{}: {than}.", ends(&self.init))
            }
            ("keep your default", defaults) => {
                format!("Keep your framework's default{with}, {init}{}{}: {than}.", ends(&self.init), also(defaults))
            }
            (_, []) => format!("Start from {init}{rate}{}.", ends(&self.init)),
            (_, others) => {
                let seeds = many(evidence.cell(&self.init).map_or(0, |cell| cell.runs) as u64, "seed");
                let others: Vec<String> =
                    others.iter().map(|other| format!("{}{}", named(other), short(other))).collect();
                format!(
                    "Start from {init}{rate}{}, or from {}: {seeds} do not tell which is better.",
                    ends(&self.init),
                    others.join(" or ")
                )
            }
        };
        told + &little
    }

    /// How it does beside the others that everybody may have.
    fn beside(&self, evidence: &Evidence) -> Option<String> {
        let others = evidence.comparison.cells.iter().map(|cell| cell.init.as_str()).filter(|init| *init != self.init);
        beside(evidence, &self.init, &others.collect::<Vec<_>>())
    }

    /// Where the ends of the range that people start from do not end alike, though parts of the samples said so.
    fn ranged(&self, range: Option<&Evidence>) -> Option<String> {
        let range = range.filter(|_| self.verdict != "any start works")?;
        let worst = range.comparison.cells.last()?.init.clone();
        let ended = ends(range, &worst)?;
        Some(format!("The start does matter: on all training samples {worst} ends at a {ended}."))
    }
}

/// What race and evidence say together.
struct Both<'a> {
    race: &'a Race<'a>,
    evidence: &'a Evidence,
    ends: &'a Belief,
}

impl Both<'_> {
    /// The start of the race that is one of the evidence. Keras' default is Glorot's, uniform, and ends like the normal one.
    fn raced(&self, init: &str) -> Option<usize> {
        let normal = if init == "keras-default" { "glorot" } else { init };
        self.race.candidates.iter().position(|candidate| candidate.init.to_string() == normal)
    }

    /// How far one start is ahead of another, and the standard error: by race and evidence together, each with the weight of its
    /// precision, or by the evidence alone where the race does not know them apart. None if neither knows.
    fn ahead(&self, one: &str, other: &str) -> Option<[f64; 2]> {
        let raced = self.raced(one).zip(self.raced(other)).filter(|(i, j)| i != j);
        let believed = raced.map(|(i, j)| self.ends.difference(i, j));
        match (believed, self.evidence.difference(one, other)) {
            (Some([believed, of_belief]), Some([seen, of_seen])) => {
                let [a, b] = [of_belief, of_seen].map(|error| 1.0 / (error * error).max(1e-18));
                Some([(a * believed + b * seen) / (a + b), (1.0 / (a + b)).sqrt()])
            }
            (believed, seen) => believed.or(seen),
        }
    }

    /// The best of the starts that no other one is known to be better than; the usual one where that is as good within noise, and not
    /// far behind. Where a default is known to be better than all of them, that.
    fn best(&self) -> String {
        let may_be = self.evidence.comparison.cells.iter().map(|cell| cell.init.as_str());
        let mut from: Vec<&str> =
            may_be.filter(|init| self.evidence.may_be_best(init) && self.raced(init).is_some()).collect();
        // What does no better than guessing is not where to start, if anything does.
        let learns = |init: &str| self.evidence.cell(init).is_some_and(|cell| is_beaten(&self.evidence.task, cell));
        if from.iter().any(|init| learns(init)) {
            from.retain(|init| learns(init));
        }
        let Some(first) = from.first().copied() else { return self.evidence.best().to_owned() };
        let by = |one: &str| if one == first { 0.0 } else { self.ahead(one, first).map_or(0.0, |[by, _]| by) };
        let best = from.iter().copied().max_by(|a, b| by(a).total_cmp(&by(b))).unwrap_or(first);
        let is_preferred = |usual: &&str| {
            let is_near = |[by, error]: [f64; 2]| by <= error.min(self.race.in_units(PREFERRED));
            *usual == self::usual(self.race.whole) && self.ahead(best, usual).is_some_and(is_near)
        };
        from.iter().filter(|usual| **usual != best).find(|usual| is_preferred(usual)).unwrap_or(&best).to_string()
    }

    /// Whether a start is not behind another in the table, and by more than noise there, or not behind it by what the race says, too.
    fn is_ahead(&self, init: &str, other: &str) -> bool {
        let is_there = self.evidence.gap(init, other).is_some_and(|gap| gap.mean >= 0.0);
        let is_clear = self.evidence.difference(init, other).is_none_or(|[by, error]| by >= error);
        is_there && (is_clear || self.ahead(init, other).is_none_or(|[by, _]| by >= 0.0))
    }

    /// Whether no start is better by more than is as good as nothing.
    fn is_as_good(&self, init: &str) -> bool {
        let others =
            self.evidence.comparison.cells.iter().map(|cell| cell.init.as_str()).filter(|other| *other != init);
        let mut by = others.filter_map(|other| self.ahead(other, init));
        by.all(|[by, _]| by <= self.race.tolerance())
    }
}

/// How a start's first and last layer differ from the others, in words; none if they do not.
fn layers_apart(race: &Race, init: &str) -> Option<String> {
    let [first, last] = race.tried_layers.iter().find(|tried| tried.init == init)?.factors;
    let what = if init.starts_with("normal") { "scale" } else { "gain" };
    let layers = [("first", first), ("last", last)].into_iter().filter(|(_, factor)| *factor != 1.0);
    let of_layer =
        |(layer, factor): (&str, f64)| format!("{} times the {what} of the others in the {layer} layer", rough(factor));
    let layers: Vec<String> = layers.map(of_layer).collect();
    Some(format!("It has {}.", layers.join(" and ")))
}

/// The gains that do as well, in words.
fn plateau(found: &Recommendation, alike: f64) -> Option<String> {
    let Plateau { low, high, .. } = found.plateau?;
    let what = if found.init.starts_with("normal") { "Scales" } else { "Gains" };
    let range = if low < high {
        format!("{what} from {} to {} do as well", rough(low), rough(high))
    } else {
        format!("No other of the {} tried does as well", what.to_lowercase())
    };
    Some(format!("{range}; of all starts looked at {:.0}% do.", 100.0 * alike))
}

/// Whether the evidence settles it, in words: by how much another start may be better all the same. None where the answer says so.
fn settled(evidence: &Evidence, answer: &Answer) -> Option<String> {
    if answer.within.is_some() {
        return None;
    }
    let seeds = many(evidence.cell(&answer.init).map_or(0, |cell| cell.runs) as u64, "fresh seed");
    let most = evidence.at_most(&answer.init);
    if most <= evidence.margin() {
        return Some(format!("By {seeds} none of these is better."));
    }
    let by = if most.is_finite() { format!(" by up to {}", rough(most)) } else { String::new() };
    Some(format!("As far as {seeds} tell, another of these may be better{by}; a larger --budget tells more."))
}

/// That something is better than what is kept by no more than so much, in accuracy or in loss.
fn no_better(within: f64, is_accuracy: bool) -> String {
    let by = match (within > 0.0, is_accuracy) {
        (true, true) => format!("is better by more than {within:.3}"),
        (true, false) => format!("has a loss lower by more than {}", rough(within)),
        _ => "does better".to_owned(),
    };
    format!(" {by}, as far as these seeds tell")
}

/// A bound in as many digits as are told, and not below itself: thousandths of accuracy, three digits of a loss.
fn rounded_up(bound: f64, is_accuracy: bool) -> f64 {
    // What is a hair above a digit is that digit.
    const HAIR: f64 = 1e-9;
    if is_accuracy {
        return (1e3 * bound - HAIR).ceil() / 1e3;
    }
    let told = |x: f64| format!("{x:.2e}").parse().unwrap_or(x);
    let nearest: f64 = told(bound);
    if nearest >= bound * (1.0 - HAIR) {
        nearest
    } else {
        told(nearest + libm::pow(10.0, libm::log10(bound).floor() - 2.0))
    }
}

/// What did best, in words, where no start is advised.
fn best_found(evidence: &Evidence, rate: &str) -> String {
    let best = evidence.best();
    format!("{}{rate}{}", given(best), ends(evidence, best).map_or_else(String::new, |ends| format!(" ({ends})")))
}

/// What the starts of a task look like, layer by layer. `None` if it was stopped.
fn starts(race: &Race, task: &Task) -> Result<Option<Vec<Profile>>, Error> {
    let mut spec = task.spec.clone();
    spec.init.seeds = Seeds::Count(PROBED);
    spec.training.precision = Precision::F64;
    Ok(probe::profiles(&task.vary(spec)?, race.threads, race.watch))
}

/// What is wrong with the usual start.
fn explained(race: &Race) -> Result<Option<Explanation>, Error> {
    let mut spec = race.whole.spec.clone();
    spec.init.init = Inits(vec![usual(race.whole).parse()?]);
    spec.training.precision = Precision::F64;
    spec.training.lr = Some(race.lr());
    explain::explain(&race.whole.vary(spec)?, &Host::here(race.threads).watched_by(race.watch))
}

/// Why no start is recommended.
enum WhyNot {
    /// None gets below the loss of guessing in training.
    Learned,
    /// None does better than guessing on held-out samples, nor on those that the evidence is judged by.
    HeldOut,
    /// The best one found does no better than always answering with one class, neither in training nor on the test samples.
    Guesses,
}

fn why_not(race: &Race, winner: usize, evidence: &Evidence, scale: Option<&BadScale>) -> Option<WhyNot> {
    if !race.works(winner) {
        return Some(WhyNot::Learned);
    }
    let own = evidence.comparison.cells.first()?;
    let guesses = |guess: Option<Guess>, figures: Option<Summary>| {
        guess.zip(figures).is_some_and(|(guess, figures)| guess.is_as_good(figures))
    };
    let in_training = guesses(Guess::of(race.whole, &race.whole.dataset.train), own.train);
    if guesses(Guess::judged(race.whole), own.judged()) {
        return Some(if in_training { WhyNot::Guesses } else { WhyNot::HeldOut });
    }
    let is_tested = race.whole.dataset.test.is_some();
    let is_beaten = is_beaten(&evidence.task, own) && !(is_tested && scale.is_some_and(|scale| scale.is_cured));
    // A loss that is no lower than guessing's with any start of the table is none to start for, whatever the race saw.
    let guessing = race
        .whole
        .units()
        .guessing()
        .map(|guess| if is_tested { guess.test.unwrap_or(guess.train) } else { guess.train });
    let learns = |cell: &Cell| cell.judged().zip(guessing).is_none_or(|(judged, guessing)| judged.loss.mean < guessing);
    if !race.classify && !evidence.comparison.cells.iter().any(learns) {
        return Some(WhyNot::HeldOut);
    }
    let is_blind = !race.generalizes() && !is_beaten;
    (is_blind || is_tested && may_be_guessing(&evidence.task, own)).then_some(WhyNot::HeldOut)
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

/// Why there is no start to be recommended, and what to do: what was tried with success first.
fn no_sentence(
    race: &Race,
    why: Option<&WhyNot>,
    remedies: &[Remedy],
    obstacle: Option<&Finding>,
    best: &str,
) -> String {
    let steps = many(race.whole.steps() as u64, "step");
    let problem = match why {
        Some(WhyNot::HeldOut) => format!(
            "no start that was tried does better than guessing on held-out samples by more than chance; what trains best is \
             {best}"
        ),
        Some(WhyNot::Guesses) => {
            let guess = Guess::judged(race.whole).map_or_else(String::new, |guess| guess.in_words(race.whole));
            format!(
                "no start that was tried does better than guessing: {guess}, and the best start found, {best}, learns \
                 nothing else"
            )
        }
        Some(WhyNot::Learned) | None if race.learned => format!(
            "with no start that was tried do as many as half of the trainings get below the loss of guessing in {steps}"
        ),
        Some(WhyNot::Learned) | None => {
            format!("no start that was tried gets below the loss of guessing in {steps}")
        }
    };
    let working = remedies.iter().filter(|remedy| remedy.works);
    if let Some(Remedy { cure, ends, .. }) = working.max_by(|a, b| a.score.total_cmp(&b.score)) {
        return format!("{}: with {cure}, {ends}. As it is, {problem}.", lead(cure));
    }
    let is_imbalanced = race.whole.dataset.is_imbalanced() && race.whole.training().class_weights.is_empty();
    let weights = match why {
        Some(WhyNot::Guesses) if is_imbalanced => {
            " --class-weights balanced makes the rare classes count as much as the others."
        }
        _ => "",
    };
    let finding = match (why, obstacle) {
        (Some(WhyNot::HeldOut), _) => {
            " It takes more data, other features or another network: what is learned here says nothing of other samples."
                .to_owned()
        }
        (_, Some(finding)) if finding.name == "nothing wrong" => String::new(),
        // What was tried in vain is not advised.
        (_, Some(finding)) if remedies.iter().any(|remedy| Some(&remedy.cure) == finding.cure.as_ref()) => {
            format!(" {}", finding.sentence)
        }
        (_, Some(finding)) => format!(" {} What to do: {}.", finding.sentence, finding.advice),
        _ => String::new(),
    };
    let problem = problem[..1].to_uppercase() + &problem[1..];
    format!("{problem}.{weights}{finding}")
}

/// What was tried where nothing works, and did not help, in a line.
fn tried_in_vain(remedies: &[Remedy]) -> Vec<String> {
    let failed = remedies.iter().filter(|remedy| !remedy.works);
    let told: Vec<String> = failed.map(|remedy| format!("with {}, {}", remedy.cure, remedy.ends)).collect();
    if told.is_empty() {
        Vec::new()
    } else {
        vec![format!("Tried, and not better than guessing beyond chance: {}.", told.join("; "))]
    }
}

/// What the race found, by what is believed of the scores and of how trainings end.
fn sure(race: &Race, [belief, ends]: [&Belief; 2], winner: usize, alike: f64) -> String {
    let trained = race.candidates.iter().filter(|candidate| !candidate.full.is_empty());
    let runs: usize = trained.clone().map(|candidate| candidate.full.len()).sum();
    let unit = race.judge().unit();
    let trainings =
        format!("{} of {} to the end", many(runs as u64, "training"), many(trained.count() as u64, "start"));
    if !race.works(winner) {
        return format!("{trainings}.");
    }
    let found = &race.candidates[winner].init;
    let rival = race.rival(winner, race.plateau_of(winner, ends), ends);
    let against = rival.map_or_else(String::new, |other| {
        let [by, error] = ends.difference(winner, other);
        let name = &race.candidates[other].init;
        let why = if belief.difference(winner, other)[0] > 0.0 { "it learns faster" } else { "the better known" };
        if by > 2.0 * error {
            format!(" There {found} beats {name}, the best of the others, by {by:.3} {unit}; standard error {error:.3}.")
        } else if by > 0.0 {
            format!(
                " There {found} is ahead of {name}, the best of the others, by {by:.3} {unit}, which is within noise: \
                 standard error {error:.3}."
            )
        } else {
            format!(
                " There {name} is as good as {found} or better, by {:.3} {unit}, standard error {error:.3}: {found} went on \
                 as {why}.",
                by.abs()
            )
        }
    });
    let layers = race.layers_in_words().map_or_else(String::new, |layers| format!(" {layers}"));
    format!("{trainings}; {:.0}% of all starts looked at do as well.{against}{layers}", 100.0 * alike)
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

#[cfg(test)]
mod tests {
    use super::{no_better, rounded_up};

    #[test]
    fn a_bound_is_not_told_as_less_than_it_is() {
        let accuracies = [(0.0121, 0.013), (0.012, 0.012), (0.0, 0.0), (0.01199, 0.012)];
        assert!(accuracies.iter().all(|(bound, told)| rounded_up(*bound, true) == *told));
        let losses =
            [(2931.2, 2940.0), (0.03104, 0.0311), (0.0311, 0.0311), (9.991, 10.0), (1.2e-7, 1.2e-7), (0.0, 0.0)];
        for (bound, told) in losses {
            assert_eq!(rounded_up(bound, false), told, "{bound}");
        }
    }

    #[test]
    fn what_is_kept_is_bounded_in_what_it_is_judged_by() {
        assert_eq!(no_better(0.012, true), " is better by more than 0.012, as far as these seeds tell");
        assert_eq!(no_better(0.0, true), " does better, as far as these seeds tell");
        assert_eq!(no_better(2940.0, false), " has a loss lower by more than 2940, as far as these seeds tell");
    }
}
