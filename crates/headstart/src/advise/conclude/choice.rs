//! Which start is advised, by the race and the evidence together, and the answer in a sentence.

use super::super::evidence::words::{beside, ends, figure, given, named};
use super::super::evidence::{Evidence, Gap};
use super::super::ground::{Guess, is_beaten};
use super::super::race::belief::Belief;
use super::super::race::{PREFERRED, Race};
use crate::compare::Cell;
use crate::words::{many, rough};

/// What is advised, by the evidence.
pub(super) struct Choice {
    pub init: String,
    pub verdict: &'static str,
    /// The frameworks' defaults that are as good as anything; where there are none, what everybody may take and may be as good, and
    /// whatever is ahead, if not beyond chance.
    pub others: Vec<String>,
    /// By how much some start may be better than a default that is to be kept, at the most: as it is told.
    pub within: Option<f64>,
}

impl Choice {
    /// Whoever needs no change is told so; otherwise it is the best by the race and the evidence together.
    pub fn of(race: &Race, evidence: &Evidence, range: Option<&Evidence>, ends: &Belief) -> Self {
        let both = Both { race, evidence, ends };
        let good = evidence.defaults(|evidence, init| evidence.is_as_good(init) && both.is_as_good(init));
        let does_not_matter = range.is_some_and(|range| evidence.ends_like(range));
        let verdict = match (does_not_matter, good.first()) {
            (true, _) => "any start works",
            (false, Some(_)) => "keep your default",
            (false, None) => "start here",
        };
        let layered = race.layered.as_ref().map(|start| start.init.clone());
        let init = good.first().cloned().unwrap_or_else(|| {
            let best = both.best();
            // Gains of layers of their own are more to write down: they have to be better beyond chance.
            let is_better = |gap: Gap| gap.mean > evidence.margin() && gap.stands(evidence.margin());
            let is_worth_it = |init: &String| evidence.gap(init, &best).is_some_and(is_better);
            let best = layered.clone().filter(is_worth_it).unwrap_or(best);
            // A change that its own table does not speak for is none to recommend.
            let is_ahead = |default: &&str| both.is_ahead(default, &best);
            let cells = evidence.comparison.cells.iter().map(|cell| cell.init.as_str());
            let mut defaults = cells.filter(|init| race.setting.is_default(init) && evidence.may_be_best(init));
            defaults.find(is_ahead).map_or(best.clone(), str::to_owned)
        });
        // A default is kept where that is known.
        let most = good.iter().map(|default| evidence.at_most(default)).fold(0.0, f64::max);
        let within = (verdict == "keep your default").then(|| rounded_up(most, race.setting.classify()));
        let usual = race.setting.usual();
        let mut others = good;
        if others.is_empty() {
            let defaults = race.setting.defaults.iter().map(|default| default.init.as_str());
            let known = std::iter::once(usual.as_str()).chain(defaults).filter(|other| *other != init);
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
    pub fn sentence(&self, race: &Race, evidence: &Evidence, rate: &str) -> String {
        let ends = |init: &str| ends(evidence, init).map_or_else(String::new, |ends| format!(" ({ends})"));
        let short = |init: &str| figure(evidence, init).map_or_else(String::new, |figure| format!(" ({figure})"));
        let ground = &race.setting.ground;
        let own = evidence.cell(&self.init).and_then(Cell::judged);
        let guess = Guess::judged(ground).zip(own).filter(|(guess, figures)| guess.is_right_as_often(*figures));
        let little = guess.map_or_else(String::new, |(guess, _)| {
            let guess = guess.in_words(ground);
            format!(" Its accuracy says little: {guess}; the balanced accuracy says what it has learned.")
        });
        let (init, best) = (given(&self.init), evidence.best());
        let with = if rate.is_empty() { String::new() } else { format!(" with{rate}") };
        let other = if self.others.iter().any(|default| default == best) {
            "no start that was found".to_owned()
        } else {
            format!("no start that was found, not even {}{},", named(best), short(best))
        };
        let than = other + &no_better(self.within.unwrap_or(0.0), race.setting.classify());
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
                let kept = race.setting.defaults.iter().find(|default| default.init == self.init);
                let framework = kept.map_or("yours", |default| &default.framework);
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
    pub fn beside(&self, evidence: &Evidence) -> Option<String> {
        let others = evidence.comparison.cells.iter().map(|cell| cell.init.as_str()).filter(|init| *init != self.init);
        beside(evidence, &self.init, &others.collect::<Vec<_>>())
    }

    /// Where the ends of the range that people start from do not end alike, though parts of the samples said so.
    pub fn ranged(&self, range: Option<&Evidence>) -> Option<String> {
        let range = range.filter(|_| self.verdict != "any start works")?;
        let worst = range.comparison.cells.last()?.init.clone();
        let ended = ends(range, &worst)?;
        Some(format!("The start does matter: on all training samples {worst} ends at a {ended}."))
    }
}

/// What race and evidence say together.
struct Both<'a> {
    race: &'a Race,
    evidence: &'a Evidence,
    ends: &'a Belief,
}

impl Both<'_> {
    /// The start of the race that is one of the evidence, or ends like it.
    fn raced(&self, init: &str) -> Option<usize> {
        let like = self.race.setting.defaults.iter().find(|default| default.init == init);
        let raced = like.and_then(|default| default.like.as_deref()).unwrap_or(init);
        self.race.candidates.iter().position(|candidate| candidate.init == raced)
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
        let learns =
            |init: &str| self.evidence.cell(init).is_some_and(|cell| is_beaten(&self.race.setting.ground, cell));
        if from.iter().any(|init| learns(init)) {
            from.retain(|init| learns(init));
        }
        let Some(first) = from.first().copied() else { return self.evidence.best().to_owned() };
        let by = |one: &str| if one == first { 0.0 } else { self.ahead(one, first).map_or(0.0, |[by, _]| by) };
        let best = from.iter().copied().max_by(|a, b| by(a).total_cmp(&by(b))).unwrap_or(first);
        let is_preferred = |usual: &&str| {
            let is_near = |[by, error]: [f64; 2]| by <= error.min(self.race.in_units(PREFERRED));
            **usual == self.race.setting.usual() && self.ahead(best, usual).is_some_and(is_near)
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
