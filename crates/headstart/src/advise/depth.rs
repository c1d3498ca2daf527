//! What depth costs a network of layers in a row, and which change of it makes it train: trainings of changed networks beside those of the
//! plain one, and what they say in words.

use super::ground::Ground;
use crate::compare::{Cell, Statistics};
use crate::words::{many, rough};
use serde::Serialize;

/// The difference of accuracy, or the part of the loss, from which on a change is told before the start is: where depth costs less a
/// better start is the simpler change.
const WORTH: f64 = 0.02;
const WORTH_OF_LOSS: f64 = 0.1;

/// Standard errors of a difference within which it may be luck.
const ERRORS: f64 = 2.0;

/// The start matters less with a change where its starts are apart by less than this part of what the plain ones are.
const LESS: f64 = 0.75;

/// And hardly at all below this.
const HARDLY: f64 = 0.25;

/// What depth costs, and what helps.
#[derive(Clone, Debug, Serialize)]
pub struct Depth {
    /// It in a sentence.
    pub sentence: String,
    /// How much the start matters with the change that does best, and what came of the others.
    pub why: Vec<String>,
    /// Hidden layers of the network that was asked about.
    pub hidden: usize,
    /// Whether a change does better than the best plain start beyond chance and by enough to come before the start, or as well from
    /// whatever start.
    pub helps: bool,
    /// Whether it comes before the start in the answer: where a change helps, or a shallow network does better.
    pub leads: bool,
    /// The best plain start of the evidence.
    pub plain: Cell,
    /// The usual start of a plain network of two hidden layers of the same width; none where there is no such network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shallow: Option<Cell>,
    /// What was tried, best first.
    pub changes: Vec<Change>,
}

/// A change of the network, and what came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Change {
    /// It as flags.
    pub flags: String,
    /// The usual start with it, and of the change that does best other starts of the evidence behind that.
    pub cells: Vec<Cell>,
}

/// The figure that networks are told apart by, more being better: the accuracy, a run that diverged counting as 0, or minus the loss.
pub(super) fn score(cell: &Cell) -> f64 {
    let share = (cell.runs - cell.diverged) as f64 / cell.runs.max(1) as f64;
    let Some(judged) = cell.judged() else { return f64::NEG_INFINITY };
    match judged.accuracy {
        Some(accuracy) => share * accuracy.mean,
        None if cell.diverged > 0 => f64::NEG_INFINITY,
        None => -judged.loss.mean,
    }
}

/// A difference beside a start that is worth a change.
fn worth(other: &Cell) -> f64 {
    let is_accuracy = other.judged().is_some_and(|judged| judged.accuracy.is_some());
    if is_accuracy { WORTH } else { WORTH_OF_LOSS * score(other).abs() }
}

/// Whether one does better than another beyond chance, and by what is worth a change.
pub(super) fn is_ahead(one: &Cell, other: &Cell) -> bool {
    let by = score(one) - score(other);
    let error = |cell: &Cell| figures(cell).and_then(|of| of.sd).unwrap_or(0.0) / (cell.runs.max(1) as f64).sqrt();
    by == f64::INFINITY || by > worth(other) && by > ERRORS * error(one).hypot(error(other))
}

/// The same start with a change and without it, of those that both have.
fn alike<'a>(plain: &'a [Cell], change: &'a Change) -> Vec<[&'a Cell; 2]> {
    let without = |changed: &&Cell| plain.iter().find(|plain| plain.init == changed.init);
    change.cells.iter().filter_map(|changed| Some([changed, without(&changed)?])).collect()
}

/// How far these starts are apart with the change and without it; none of fewer than two.
fn spreads(alike: &[[&Cell; 2]]) -> Option<[f64; 2]> {
    let spread = |which: usize| {
        let scores = || alike.iter().map(|both| score(both[which]));
        scores().fold(f64::NEG_INFINITY, f64::max) - scores().fold(f64::INFINITY, f64::min)
    };
    (alike.len() > 1).then(|| [spread(0), spread(1)])
}

fn figures(cell: &Cell) -> Option<Statistics> {
    let judged = cell.judged()?;
    Some(judged.accuracy.unwrap_or(judged.loss))
}

/// A mean and the deviation of the seeds, as they are told.
fn told(cell: &Cell) -> String {
    let diverged = (cell.diverged > 0).then(|| format!(", {} of {} diverge", cell.diverged, cell.runs));
    let Some(Statistics { mean, sd, .. }) = figures(cell) else { return "no loss that is a number".to_owned() };
    let is_accuracy = cell.judged().is_some_and(|judged| judged.accuracy.is_some());
    let digits = |x: f64| if is_accuracy { format!("{x:.3}") } else { rough(x) };
    let sd = sd.map_or_else(String::new, |sd| format!(" +- {}", digits(sd)));
    format!("{}{sd}{}", digits(mean), diverged.unwrap_or_default())
}

/// The lowest and the highest mean.
fn range(cells: &[&Cell]) -> String {
    let means = cells.iter().filter_map(|cell| Some((figures(cell)?.mean, *cell)));
    let digits = |(mean, cell): (f64, &Cell)| match cell.judged().and_then(|judged| judged.accuracy) {
        Some(_) => format!("{mean:.3}"),
        None => rough(mean),
    };
    let mut means: Vec<(f64, &Cell)> = means.collect();
    means.sort_by(|a, b| a.0.total_cmp(&b.0));
    let diverged: usize = cells.iter().filter(|cell| cell.diverged > 0).count();
    let diverged = if diverged > 0 {
        format!(" (of {} some seeds diverge)", many(diverged as u64, "start"))
    } else {
        String::new()
    };
    match (means.first(), means.last()) {
        (Some(low), Some(high)) => format!("{} to {}{diverged}", digits(*low), digits(*high)),
        _ => "no number".to_owned(),
    }
}

impl Depth {
    /// What a deep network comes to: `plain` is the table of its starts, best first, and `changes` are of the same steps and fresh seeds.
    pub(super) fn of(
        ground: &Ground,
        (hidden, steps): (usize, u64),
        plain: &[Cell],
        shallow: Option<Cell>,
        mut changes: Vec<Change>,
    ) -> Option<Self> {
        changes.retain(|change| !change.cells.is_empty());
        changes.sort_by(|a, b| score(&b.cells[0]).total_cmp(&score(&a.cells[0])));
        let (own, best) = (plain.first()?, changes.first()?);
        let (is_better, costs) =
            (is_ahead(&best.cells[0], own), shallow.as_ref().is_some_and(|shallow| is_ahead(shallow, own)));
        // What does as well from any start takes no search.
        let spreads = spreads(&alike(plain, best));
        let hardly_matters = spreads.is_some_and(|[now, before]| now < HARDLY * before && before > worth(own))
            && !is_ahead(own, &best.cells[0]);
        let helps = is_better || hardly_matters;
        let set = format!("{} {}", ground.judged(), if ground.classes.is_some() { "accuracy" } else { "loss" });
        let seeds = best.cells[0].runs.min(own.runs);
        let about =
            format!("{set}, mean +- sd of {} or more, {}", many(seeds as u64, "fresh seed"), many(steps, "step"));
        // From the same start as the others, where another one is the best.
        let usual = &best.cells[0].init;
        let same = plain.iter().find(|cell| cell.init == *usual && cell.init != own.init);
        let same = same.map_or_else(String::new, |cell| format!("{} from {usual} and ", told(cell)));
        let at_best = format!("{hidden} plain layers end at {same}{} from {}", told(own), own.init);
        let beside = shallow.as_ref().map(|shallow| format!(", 2 layers at {}", told(shallow))).unwrap_or_default();
        let lead = match (is_better, hardly_matters, costs) {
            (true, _, true) => "Depth costs more than the start",
            (true, _, false) => "Another network helps more than another start",
            (false, true, _) => "With another network the start hardly matters",
            (false, false, true) => "Depth costs more than the start, and no change that was tried makes up for it",
            (false, false, false) => "Other networks do no better beyond chance",
        };
        let (changed, flags) = (told(&best.cells[0]), &best.flags);
        let sentence = format!("{lead}: {at_best}{beside}, and all {hidden} at {changed} with {flags} ({about}).");
        Some(Self {
            why: why(plain, best, &changes[1..]).into_iter().flatten().collect(),
            sentence,
            hidden,
            helps,
            leads: helps || costs,
            plain: own.clone(),
            shallow,
            changes,
        })
    }

    /// The answer, where it comes before the start.
    pub fn answer(&self) -> Option<&str> {
        self.leads.then_some(&self.sentence)
    }

    /// What else is told of it: all, where it is no part of the answer.
    pub(super) fn in_words(&self) -> impl Iterator<Item = String> {
        let sentence = if self.answer().is_none() { Some(self.sentence.clone()) } else { None };
        sentence.into_iter().chain(self.why.clone())
    }
}

/// How much the start matters with the best change and without it, and what the other changes come to.
fn why(plain: &[Cell], best: &Change, others: &[Change]) -> [Option<String>; 2] {
    let alike = alike(plain, best);
    let starts: Vec<&str> = alike.iter().map(|[changed, _]| changed.init.as_str()).collect();
    let [changed, as_is] = [0, 1].map(|which| alike.iter().map(|both| both[which]).collect::<Vec<_>>());
    let start = spreads(&alike).map(|[now, before]| {
        let matters = match () {
            () if now < HARDLY * before => "the start hardly matters",
            () if now < LESS * before => "the start matters less",
            () => "the start matters as much",
        };
        format!(
            "With {} {matters}: from {} it ends at {}, the plain layers at {}.",
            best.flags,
            listed(&starts),
            range(&changed),
            range(&as_is)
        )
    });
    let tried: Vec<String> =
        others.iter().map(|change| format!("{} ({})", change.flags, told(&change.cells[0]))).collect();
    let others = (!tried.is_empty()).then(|| {
        let (init, seeds) = (&others[0].cells[0].init, many(others[0].cells[0].runs as u64, "seed"));
        format!("Also tried, {init} and {seeds} each: {}.", tried.join(", "))
    });
    [start, others]
}

fn listed(names: &[&str]) -> String {
    match names {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        names => names.join(""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advise::ground::Classes;
    use crate::compare::cells;
    use crate::run::{Figures, Run};

    fn cell(init: &str, accuracies: &[f64]) -> Cell {
        let run = |(seed, accuracy): (usize, &f64)| Run {
            case: None,
            init: init.into(),
            seed: seed as u64,
            status: "finished",
            step: None,
            train: Figures { loss: 1.0 - accuracy, accuracy: Some(*accuracy), classes: None },
            test: None,
            targets: None,
            trace: Vec::new(),
            steps: 300,
            best: None,
            reached: None,
            seconds: 0.0,
        };
        let runs: Vec<Run> = accuracies.iter().enumerate().map(run).collect();
        cells(&runs, Some(0.95)).remove(0)
    }

    fn change(flags: &str, cells: Vec<Cell>) -> Change {
        Change { flags: flags.to_owned(), cells }
    }

    fn depth(plain: &[Cell], shallow: Option<Cell>, changes: Vec<Change>) -> Depth {
        let classes = Classes {
            count: 2,
            most: "0".to_owned(),
            in_training: 0.5,
            in_testing: None,
            are_uneven: false,
            are_unweighted: true,
        };
        Depth::of(&Ground::of_classes(classes, 0.7), (20, 300), plain, shallow, changes).unwrap()
    }

    #[test]
    fn what_depth_costs_is_said_with_what_helps() {
        let plain = [cell("he", &[0.7, 0.72, 0.68]), cell("glorot", &[0.5, 0.5, 0.5])];
        let shallow = cell("he", &[0.9, 0.91, 0.89]);
        let better =
            || change("--block pre-norm", vec![cell("he", &[0.88, 0.89, 0.87]), cell("glorot", &[0.87, 0.88, 0.86])]);
        let worse = || change("--norm batch", vec![cell("he", &[0.4, 0.5, 0.45])]);
        let found = depth(&plain, Some(shallow.clone()), vec![worse(), better()]);
        assert!(found.helps && found.leads);
        assert_eq!(
            found.answer().unwrap(),
            "Depth costs more than the start: 20 plain layers end at 0.700 +- 0.020 from he, 2 layers at 0.900 +- 0.010, and \
             all 20 at 0.880 +- 0.010 with --block pre-norm (training accuracy, mean +- sd of 3 fresh seeds or more, 300 steps)."
        );
        let why = found.in_words().collect::<Vec<_>>().join(" ");
        assert!(why.contains("the start hardly matters: from he and glorot it ends at 0.870 to 0.880, the plain layers at 0.500 to 0.700"), "{why}");
        assert!(why.contains("Also tried, he and 3 seeds each: --norm batch (0.450 +- 0.050)."), "{why}");
        // What does no better than the best start, but so from any, takes no search.
        let alike = change("--norm layer", vec![cell("he", &[0.7, 0.71, 0.69]), cell("glorot", &[0.69, 0.7, 0.68])]);
        let any = depth(&plain, None, vec![alike]);
        assert!(
            any.helps && any.sentence.starts_with("With another network the start hardly matters: "),
            "{}",
            any.sentence
        );
        // A change that does not help is told below, and so is that depth costs nothing.
        let vain = depth(&plain, Some(shallow), vec![worse()]);
        assert!(vain.leads && !vain.helps && vain.sentence.contains("no change that was tried makes up for it"));
        let free = depth(&plain, Some(cell("he", &[0.71, 0.72, 0.68])), vec![worse()]);
        assert!(
            free.answer().is_none()
                && free.in_words().next().unwrap().starts_with("Other networks do no better beyond chance: ")
        );
    }

    #[test]
    fn what_may_be_luck_or_is_little_helps_nothing() {
        let plain = cell("he", &[0.7, 0.9, 0.5]);
        assert!(!is_ahead(&cell("he", &[0.8, 0.9, 0.7]), &plain));
        assert!(!is_ahead(&cell("he", &[0.71, 0.71, 0.71]), &cell("he", &[0.7, 0.7, 0.7])));
        assert!(is_ahead(&cell("he", &[0.75, 0.76, 0.74]), &cell("he", &[0.7, 0.7, 0.7])));
    }
}
