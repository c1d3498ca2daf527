//! The guide as a page: a table to be used without the program, how often it is right, and what moves it.

mod effects;
mod factors;
mod method;
mod right;
mod rules;
#[cfg(test)]
mod tests;
mod text;
mod thread;
mod wrong;

pub use method::method;
pub use right::{HALF, summary};
pub use text::paragraph;
pub use thread::thread;

use crate::replicate::Page;
use crate::replicate::rough_guide::design::Grid;
use crate::replicate::rough_guide::figures::Guide;
use crate::words::{count, percent};
use effects::{effect_table, effects};
use right::{held_out, score_table};
use rules::{legend, rules};
use wrong::wrong;

/// The page of a guide that so many trainings made.
pub fn page(grid: &Grid, guide: &Guide, runs: usize) -> Page {
    let head = [
        "# The rough guide".to_owned(),
        paragraph(&format!(
            "Which weights a network should start from, as a table that needs no program. It was measured: {} trainings of \
             small networks, made, judged and written down by `headstart replicate rough-guide --markdown guide.md --png \
             guide.png`; the figures choose the words. For your own data ask [headstart advise](advise.md).",
            count(runs as u64)
        )),
        paragraph(&format!("**{}**", summary(grid, guide))),
        "## The table".to_owned(),
        paragraph(
            "In each cell: the gain to start from; in parentheses the gains around it that do as well on as many tasks, but \
             for one; and on how many of the tasks where anything was learned the first one does as well as the best gain of \
             all; bold where that is half of them or more. Columns are hidden layers; between two of them take the nearer one.",
        ),
        rules(grid, guide),
        paragraph(&legend(grid, guide)),
    ];
    let caption =
        "On which share of the tasks each gain does as well as the best, over depth, for each activation".to_owned();
    let below = format!(
        "The brighter, the larger the share of the tasks where anything is learned on which a gain does as well as the best; \
         outlined from {} on. The dashed line is the usual gain, 1. The last two panels are relu layers and two classes in the \
         plane alone, with either output.",
        percent(HALF, 0)
    );
    let rest = [
        paragraph(&below),
        "## How often it is right".to_owned(),
        paragraph(&held_out(grid, guide)),
        paragraph(
            "On which share of the held-out tasks where anything is learned each choice does as well as the best gain, by what \
             the tasks are made of:",
        ),
        score_table(grid, guide),
        "## Where it is not right".to_owned(),
        paragraph(&wrong(grid, guide)),
        "## What moves the window".to_owned(),
        paragraph(
            "The smallest and the largest gain that do as well as the best on a task, as multiples of the table's, so that 1 \
             is the table's gain: geometric means over the tasks that the table is made from and where anything is learned. \
             All levels were tried equally often with those of every other factor; both outputs with two classes in the plane.",
        ),
        effect_table(grid, guide),
        paragraph(&effects(grid, guide)),
        "## How it was measured".to_owned(),
        paragraph(&method(grid)),
        "## The thread's guesses".to_owned(),
        thread(grid, guide).iter().map(|text| paragraph(text)).collect::<Vec<_>>().join("\n\n"),
    ];
    Page { head: head.join("\n\n"), caption, rest: rest.join("\n\n") + "\n" }
}
