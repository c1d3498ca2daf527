//! Figures of the evidence in words.

use super::super::ground::{Ground, Guess};
use super::{Evidence, Gap};
use crate::compare::difference::{Difference, STEPS};
use crate::compare::{Cell, Summary};
use crate::stats::interval::Groups;
use crate::words::{many, percent, rough};

/// A start by its name in a sentence: a list of more layers than one reads at a glance, of which the first and the last one have
/// gains of their own, by that of the others.
pub(in crate::advise) fn named(init: &str) -> String {
    const GLANCE: usize = 60;
    let layers: Vec<&str> = init.split('/').collect();
    let [first, between @ .., last] = &layers[..] else { return init.to_owned() };
    let Some(others) = between.first().filter(|others| between.iter().all(|layer| layer == *others)) else {
        return init.to_owned();
    };
    let what = if others.starts_with("normal") { "scale" } else { "gain" };
    let apart = match (first != others, last != others) {
        _ if init.len() <= GLANCE => return init.to_owned(),
        (true, true) => format!("{what}s of its own for the first and last layer"),
        (true, false) => format!("a {what} of its own for the first layer"),
        (false, true) => format!("a {what} of its own for the last layer"),
        (false, false) => return init.to_owned(),
    };
    format!("{others} with {apart}")
}

/// The same as it is given, where that is short enough.
pub(in crate::advise) fn given(init: &str) -> String {
    let name = named(init);
    if name == init { format!("--init {init}") } else { name }
}

/// How the runs of a cell end: with the accuracy, or with the loss and what tells whether that is little; and where the seeds fall
/// into two groups, with the share of each.
pub(in crate::advise) fn reached(ground: &Ground, cell: &Cell, judged: Summary, groups: Option<Groups>) -> String {
    let set = if cell.test.is_some() { "test" } else { "training" };
    let seeds = many(cell.runs as u64, "fresh seed");
    let Some(accuracy) = judged.accuracy else {
        let groups = groups.map_or_else(String::new, |groups| shares(groups, rough));
        return format!("{set} loss {}{} over {seeds}{groups}", rough(judged.loss.mean), beside_loss(ground, cell));
    };
    let groups = groups.map_or_else(String::new, |groups| shares(groups, |x| format!("{x:.3}")));
    format!("{set} accuracy {:.3}{} over {seeds}{groups}", accuracy.mean, beside_accuracy(ground, judged))
}

/// Two groups of seeds, the larger one first.
fn shares(Groups { low, high, upper, all }: Groups, figure: impl Fn(f64) -> String) -> String {
    let of = |count: usize| percent(count as f64 / all as f64, 0);
    let [first, second] =
        if 2 * upper >= all { [(high, upper), (low, all - upper)] } else { [(low, all - upper), (high, upper)] };
    format!(", {} in {} of them and {} in {}", figure(first.0), of(first.1), figure(second.0), of(second.1))
}

/// What an accuracy is told beside, where it says little of classes.
fn beside_accuracy(ground: &Ground, judged: Summary) -> String {
    let balanced = judged.balanced_accuracy.filter(|_| ground.tells_classes()).zip(Guess::judged(ground));
    balanced.map_or_else(String::new, |(balanced, guess)| {
        format!(", balanced {balanced:.3}, guessing {:.3},", guess.balanced)
    })
}

/// What a loss is told beside: R^2, and what guessing costs on the same set.
fn beside_loss(ground: &Ground, cell: &Cell) -> String {
    // Of what is far worse than guessing nobody wants the digits.
    let digits = |r2: f64| match r2 {
        r2 if r2 <= -100.0 => "far below 0".to_owned(),
        // No minus in front of nothing.
        r2 => format!("{:.2}", (r2 * 1e2).round() / 1e2 + 0.0),
    };
    let r2 = cell.r2.map_or_else(String::new, |r2| format!(", R^2 {}", digits(r2.mean)));
    let guessing = ground.guessing.map_or_else(String::new, |guessing| {
        let on_set = if cell.test.is_some() { guessing.test } else { Some(guessing.train) };
        on_set.map_or_else(String::new, |loss| format!(", guessing {}", rough(loss)))
    });
    r2 + &guessing
}

/// The figure that starts are told apart by, without anything else.
pub(in crate::advise) fn figure(evidence: &Evidence, init: &str) -> Option<String> {
    let judged = evidence.cell(init)?.judged()?;
    Some(judged.accuracy.map_or_else(|| rough(judged.loss.mean), |accuracy| format!("{:.3}", accuracy.mean)))
}

/// How a start of the evidence ends, in words.
pub(in crate::advise) fn ends(evidence: &Evidence, init: &str) -> Option<String> {
    let cell = evidence.cell(init)?;
    Some(reached(&evidence.setting.ground, cell, cell.judged()?, evidence.groups(init)))
}

/// What a start is in most seeds.
fn word(is_better: bool) -> &'static str {
    if is_better { "better" } else { "worse" }
}

/// How one start does beside others, from the same fresh seeds: what stands, and what may be nothing.
pub(in crate::advise) fn beside(evidence: &Evidence, init: &str, others: &[&str]) -> Option<String> {
    between(evidence, &format!("Its {}", judged(evidence)), init, others)
}

/// A difference of the evidence by what the answer tells of it: the figures of one start beside another are the same wherever they
/// are shown.
pub(in crate::advise) fn as_told(evidence: &Evidence, difference: Difference) -> Difference {
    let Difference { better, than, figure, .. } = &difference;
    let gaps = evidence.gap(better, than).zip(evidence.gap(than, better));
    let Some((ahead, behind)) = gaps.filter(|_| *figure != STEPS) else { return difference };
    let has_figures = |init: &str| evidence.cell(init).is_some_and(|cell| cell.judged().is_some());
    let told = between(evidence, &format!("The {figure} of {}", named(better)), better, &[than]);
    // Of losses less is better, and told is the loss.
    let of_figure = if figure.ends_with("loss") { behind } else { ahead };
    Difference {
        mean: Some(of_figure.mean).filter(|mean| mean.is_finite()),
        interval: of_figure.interval,
        stands: [ahead, behind].iter().any(|gap| gap.stands(evidence.margin())),
        sentence: told.filter(|_| has_figures(better) || has_figures(than)).unwrap_or(difference.sentence),
        ..difference
    }
}

/// By what starts are judged.
fn judged(evidence: &Evidence) -> String {
    let set = evidence.setting.ground.judged();
    format!("{set} {}", if is_accuracy(evidence) { "accuracy" } else { "loss" })
}

fn is_accuracy(evidence: &Evidence) -> bool {
    evidence.setting.classify()
}

/// How one start does beside others; `whose` begins the sentence with what is told.
fn between(evidence: &Evidence, whose: &str, init: &str, others: &[&str]) -> Option<String> {
    let accuracy = is_accuracy(evidence);
    // Of losses less is better, and told is the loss.
    let sign = if accuracy { 1.0 } else { -1.0 };
    let digits = |x: f64| {
        let x = sign * x;
        if accuracy {
            // No minus in front of nothing.
            format!("{:+.3}", (x * 1e3).round() / 1e3 + 0.0)
        } else {
            format!("{}{}", if x < 0.0 { "" } else { "+" }, rough(x + 0.0))
        }
    };
    let margin = evidence.margin();
    let (mut told, mut open, mut of_open) = (Vec::new(), Vec::new(), [usize::MAX, 0]);
    for other in others {
        let (Some(ahead), Some(behind)) = (evidence.gap(init, other), evidence.gap(other, init)) else { continue };
        let other = named(other);
        let Gap { mean, interval, seeds, is_none, wins, .. } = ahead;
        let ends = interval.map(|[low, high]| {
            let [low, high] = if accuracy { [low, high] } else { [high, low] };
            format!("{} to {}", digits(low), digits(high))
        });
        match ends {
            _ if is_none => {
                let of_all = if seeds > 1 { "all of " } else { "" };
                told.push(format!("the same as {other}'s in {of_all}{}", many(seeds as u64, "seed")));
            }
            _ if mean == f64::INFINITY => told.push(format!("{other} diverges more often")),
            _ if mean == f64::NEG_INFINITY => told.push(format!("{other} diverges less often")),
            Some(ends) if ahead.stands(margin) || behind.stands(margin) => {
                // What wins nearly always may have an interval that is open, because one more seed may fail.
                let is_open = interval.is_some_and(|[low, high]| low <= 0.0 && high >= 0.0);
                let most = wins.max(behind.wins);
                let wins = if is_open {
                    format!(", but {} in {most} of {seeds} seeds", word(wins >= behind.wins))
                } else {
                    String::new()
                };
                told.push(format!("{} ({ends}{wins}) beside {other}", digits(mean)));
            }
            ends => {
                let ends = ends.map_or_else(String::new, |ends| format!(", {ends}"));
                open.push(format!("{other} ({}{ends})", digits(mean)));
                of_open = [of_open[0].min(seeds), of_open[1].max(seeds)];
            }
        }
    }
    let mut sentences = Vec::new();
    if !told.is_empty() {
        sentences.push(format!("{whose} from the same fresh seeds: {}.", told.join("; ")));
    }
    if !open.is_empty() {
        let whose = if told.is_empty() { whose } else { "It" };
        sentences.push(format!(
            "{whose} is not to be told by {} from that of {}.",
            match of_open {
                [fewest, most] if fewest < most => format!("{fewest} to {most} seeds"),
                [_, most] => many(most as u64, "seed"),
            },
            open.join(", ")
        ));
    }
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_longer_than_a_glance_is_named_by_what_its_layers_have_in_common() {
        let deep = |first: &str, last: &str| [&[first][..], &["he"; 18], &[last]].concat().join("/");
        assert_eq!(named(&deep("he:4", "he")), "he with a gain of its own for the first layer");
        assert_eq!(given(&deep("he", "he:4")), "he with a gain of its own for the last layer");
        assert_eq!(named(&deep("he:4", "he:0.25")), "he with gains of its own for the first and last layer");
        assert_eq!(given("he:0.25/he/he"), "--init he:0.25/he/he");
        let odd = ["he", "lecun"].repeat(10).join("/");
        assert_eq!(named(&odd), odd);
    }
}
