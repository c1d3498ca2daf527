//! How a comparison ended, in words.

use super::entrants::FIRST;
use super::settled::{End, Settled, Standing};
use crate::words::{many, rough};

impl Settled {
    /// How it ended, in words: whether it is settled and why, who is out, and what is not repeatable.
    pub fn sentences(&self) -> Vec<String> {
        let (left, out): (Vec<&Standing>, Vec<&Standing>) = self.inits.iter().partition(|standing| !standing.is_out);
        let names = listed(left.iter().map(|standing| standing.init.to_string()).collect());
        let (seeds, figure) = (many(self.seeds as u64, "seed"), self.figure);
        let are_left = format!("{names} may still be the best");
        let mut said = vec![match self.because {
            End::Best => format!("Settled after {seeds}: {names} has the best mean {figure}."),
            End::Equal => {
                let margin = self.margin.map_or_else(String::new, |margin| format!(" ({})", rough(margin)));
                let within =
                    if figure.ends_with("accuracy") { "half a point of accuracy" } else { "1% of the best one's loss" };
                format!(
                    "Settled after {seeds}: {names} are the best, and as good as equal: what is between them in \
                     mean {figure} lies within {within}{margin}."
                )
            }
            End::Budget => {
                let budget = self.budget.map_or_else(String::new, |budget| format!(" of {}", budget.in_words()));
                let and = if self.looks == 0 {
                    format!("before it was looked who is out, for which it takes {}", many(FIRST as u64, "seed"))
                } else {
                    format!("and {are_left}")
                };
                format!("Not settled: the budget{budget} is spent after {seeds}, {and}.")
            }
            End::Seeds => format!("Not settled: all of {seeds} are done, and {are_left}."),
            End::Interrupted => format!("Not settled: interrupted after {seeds}, and {are_left}."),
        }];
        let fall = |standing: &&Standing| {
            let Standing { init, seeds, behind, .. } = standing;
            let than = behind.as_ref().map_or_else(String::new, |gap| match gap.mean {
                Some(by) => format!(", worse than {} by {}", gap.leader, rough(by)),
                None => format!(", worse than {}", gap.leader),
            });
            format!("{init} after {}{than}", many(*seeds as u64, "seed"))
        };
        if !out.is_empty() {
            let falls: Vec<String> = out.iter().map(fall).collect();
            said.push(format!("Out: {}.", falls.join("; ")));
        }
        if self.because == End::Budget && !self.repeatable {
            said.push(
                "How far a budget of time reaches depends on the machine and its load: to get the same again, give one \
                 of steps."
                    .to_owned(),
            );
        }
        said
    }
}

/// Names as a sentence lists them.
fn listed(mut names: Vec<String>) -> String {
    match names.pop() {
        Some(last) if names.is_empty() => last,
        Some(last) => format!("{} and {last}", names.join(", ")),
        None => String::new(),
    }
}
