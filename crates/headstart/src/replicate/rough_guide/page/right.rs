//! How often the guide is right, beside what else one would start from.

use super::factors::{Factor, factors};
use super::text::{capital, table};
use crate::replicate::rough_guide::design::{DEFAULTS, Grid, Part, Setup};
use crate::replicate::rough_guide::figures::{AS_WELL, Choice, Guide, Score};
use crate::words::{many, percent};

/// From this share of tasks on a gain is said to do as well at a depth.
pub const HALF: f64 = 0.5;

/// How often the guide is right beside what else one would start from, in a sentence.
pub fn summary(grid: &Grid, guide: &Guide) -> String {
    let score = |choice| guide.score(grid, Part::HeldOut, choice, |_| true);
    let Some(own) = score(Choice::Guide) else {
        return "Nothing was learned on any task that the guide could be judged by.".to_owned();
    };
    let others: Vec<String> = Choice::ALL[1..]
        .iter()
        .filter_map(|choice| Some(format!("{} on {}", named(*choice), percent(score(*choice)?.right, 0))))
        .collect();
    format!(
        "On {} that the table was not made from, its gain does as well as the best of {} on {}; {}.",
        many(own.tasks as u64, "task"),
        many(grid.gains.len() as u64, "gain"),
        percent(own.right, 0),
        others.join(", ")
    )
}

pub fn named(choice: Choice) -> &'static str {
    match choice {
        Choice::Guide => "the table",
        Choice::Usual => "the usual scheme as it is",
        Choice::Default(0) => "the default of Keras",
        Choice::Default(_) => "the default of PyTorch",
        Choice::Blind => "a gain picked blindly",
    }
}

/// What the guide gives away, beside the others.
pub fn held_out(grid: &Grid, guide: &Guide) -> String {
    let scores: Vec<(Choice, Score)> = Choice::ALL
        .into_iter()
        .filter_map(|choice| Some((choice, guide.score(grid, Part::HeldOut, choice, |_| true)?)))
        .collect();
    let Some((_, own)) = scores.first() else { return summary(grid, guide) };
    let behind: Vec<String> =
        scores.iter().map(|(choice, score)| format!("{} {:.3}", named(*choice), score.behind)).collect();
    let (Some(best), Some(least)) = (
        scores.iter().max_by(|a, b| a.1.right.total_cmp(&b.1.right)),
        scores.iter().min_by(|a, b| a.1.behind.total_cmp(&b.1.behind)),
    ) else {
        return String::new();
    };
    let ranks = match (best.0, least.0) {
        (Choice::Guide, Choice::Guide) => "It is right most often of all these and gives away least.".to_owned(),
        (Choice::Guide, least) => {
            format!("It is right most often of all these; {} gives away less.", named(least))
        }
        (best, Choice::Guide) => format!("It gives away least of all these; {} is right more often.", named(best)),
        (best, _) => format!("{} is right more often: there the table is not worth looking up.", capital(named(best))),
    };
    format!(
        "The guide is judged by tasks that it was not made from: other data, other widths, other learning rates. On {} of \
         these something is learned, and there it is right, within {AS_WELL} of the best gain, on {}. On a scale from 0 for \
         guessing to 1 for perfect answers they are behind the best gain by, in the mean: {}. {ranks}",
        many(own.tasks as u64, "task"),
        percent(own.right, 0),
        behind.join(", ")
    )
}

pub fn score_table(grid: &Grid, guide: &Guide) -> String {
    let names = ["held-out tasks", "tasks", "table", "gain 1"].map(str::to_owned);
    let head =
        names.into_iter().chain(DEFAULTS.map(|name| format!("`{name}`"))).chain(["blindly".to_owned()]).collect();
    let line = |name: String, wanted: &dyn Fn(&Setup) -> bool| {
        let scores: Option<Vec<Score>> =
            Choice::ALL.iter().map(|choice| guide.score(grid, Part::HeldOut, *choice, wanted)).collect();
        let mut cells = vec![name];
        match scores {
            None => cells.extend(std::iter::once("0".to_owned()).chain(vec!["-".to_owned(); Choice::ALL.len()])),
            Some(scores) => {
                cells.push(scores[0].tasks.to_string());
                cells.extend(scores.iter().map(|score| percent(score.right, 0)));
            }
        }
        cells
    };
    let mut rows = vec![line("all".to_owned(), &|_| true)];
    for Factor { name, levels, .. } in factors(grid, guide, Part::HeldOut) {
        rows.extend(levels.iter().map(|(level, wanted)| line(format!("{name}: {level}"), wanted.as_ref())));
    }
    table(head, rows)
}
