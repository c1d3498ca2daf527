//! Where the guide is not right, and what that costs.

use super::factors::{Factor, factors};
use super::right::{HALF, named};
use crate::replicate::rough_guide::design::{Grid, Part, Setup};
use crate::replicate::rough_guide::figures::{Choice, Guide, Misses};
use crate::words::{many, percent};

/// Where the guide fails, and what that costs, in paragraphs.
pub fn wrong(grid: &Grid, guide: &Guide) -> String {
    let mut paragraphs = Vec::new();
    let Misses { tasks, larger, lost } = guide.misses(grid);
    if let Some(lost) = lost {
        let share = larger as f64 / tasks as f64;
        paragraphs.push(format!(
            "On the {} where the table's gain is not as good, the median of what it loses is {lost:.2} on that scale; the best \
             gain was larger than the table's in {} of them.",
            many(tasks as u64, "task"),
            percent(share, 0)
        ));
    }
    let mut by_factor = Vec::new();
    for Factor { name, levels, .. } in factors(grid, guide, Part::HeldOut) {
        let scored: Vec<(&str, f64)> = levels
            .iter()
            .filter_map(|(level, wanted)| {
                Some((level.as_str(), guide.score(grid, Part::HeldOut, Choice::Guide, wanted)?.right))
            })
            .collect();
        let most = scored.iter().max_by(|a, b| a.1.total_cmp(&b.1));
        let least = scored.iter().min_by(|a, b| a.1.total_cmp(&b.1));
        let (Some(most), Some(least)) = (most, least) else { continue };
        if percent(most.1, 0) != percent(least.1, 0) {
            by_factor.push(format!(
                "By {name} it is right least often with {} ({}) and most often with {} ({}).",
                least.0,
                percent(least.1, 0),
                most.0,
                percent(most.1, 0)
            ));
        }
    }
    paragraphs.extend(Some(by_factor.join(" ")).filter(|text| !text.is_empty()));
    paragraphs.extend(beaten(grid, guide));
    let mut low = Vec::new();
    for (activation, rules) in grid.activations.iter().zip(&guide.rules) {
        for (depth, rule) in grid.depths.iter().zip(rules) {
            let wanted = |setup: &Setup| setup.activation == *activation && setup.depth == *depth;
            let Some(score) = guide.score(grid, Part::HeldOut, Choice::Guide, wanted) else { continue };
            if score.right < HALF {
                let why = if rule.is_none() { ", for which it names no gain" } else { "" };
                let right = (score.right * score.tasks as f64).round();
                low.push(format!(
                    "{activation} with {} ({right} of {}{why})",
                    many(*depth as u64, "layer"),
                    score.tasks
                ));
            }
        }
    }
    paragraphs.push(match low.as_slice() {
        [] => "There is no cell of the table that is right on less than half of its held-out tasks.".to_owned(),
        cells => format!("Right on less than half of their held-out tasks: {}.", cells.join(", ")),
    });
    let nothing: Vec<String> = grid
        .activations
        .iter()
        .filter_map(|activation| {
            let shares = grid.depths.iter().map(|depth| {
                (depth, 1.0 - guide.learns(|setup| setup.activation == *activation && setup.depth == *depth))
            });
            let (depth, share) = shares.max_by(|a, b| a.1.total_cmp(&b.1))?;
            (share > 0.0)
                .then(|| format!("{activation} on up to {} (with {})", percent(share, 0), many(*depth as u64, "layer")))
        })
        .collect();
    paragraphs.push(match nothing.as_slice() {
        [] => "From some gain something is learned on every task.".to_owned(),
        these => format!(
            "And there are tasks where nothing is learned from any gain, so that no start is the answer (another activation, \
             fewer layers or more steps may be): {}.",
            these.join(", ")
        ),
    });
    paragraphs.join("\n\n")
}

/// Where something else is right more often than the guide; none where nothing is.
pub fn beaten(grid: &Grid, guide: &Guide) -> Option<String> {
    let right = |choice, wanted: &dyn Fn(&Setup) -> bool| {
        guide.score(grid, Part::HeldOut, choice, wanted).map(|score| score.right)
    };
    let mut told = Vec::new();
    for Factor { name, levels, .. } in factors(grid, guide, Part::HeldOut) {
        for (level, wanted) in &levels {
            let wanted = wanted.as_ref();
            let others = Choice::ALL[1..].iter().rev().filter_map(|choice| Some((*choice, right(*choice, wanted)?)));
            let best = others.max_by(|a, b| a.1.total_cmp(&b.1));
            let (Some(own), Some((choice, other))) = (right(Choice::Guide, wanted), best) else { continue };
            if own < other && percent(own, 0) != percent(other, 0) {
                let (own, other) = (percent(own, 0), percent(other, 0));
                told.push(format!("{name} {level} ({} {other}, the table {own})", named(choice)));
            }
        }
    }
    (!told.is_empty()).then(|| format!("Something else is right more often with: {}.", told.join("; ")))
}
