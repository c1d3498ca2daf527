//! The table of gains, and how it is read.

use super::text::table;
use crate::replicate::rough_guide::design::{Grid, scheme};
use crate::replicate::rough_guide::figures::{Guide, Rule};
use crate::words::{many, rough};

pub fn rules(grid: &Grid, guide: &Guide) -> String {
    let head = ["activation".to_owned(), "scheme".to_owned()].into_iter();
    let head = head.chain(grid.depths.iter().map(|depth| many(*depth as u64, "layer"))).collect();
    let rows = grid.activations.iter().zip(&guide.rules).map(|(activation, rules)| {
        let names = [format!("`{activation}`"), format!("`{}`", scheme(activation))].into_iter();
        names
            .chain(
                rules
                    .iter()
                    .map(|rule| rule.as_ref().map_or_else(|| "nothing learns".to_owned(), |rule| cell(grid, rule))),
            )
            .collect()
    });
    table(head, rows)
}

fn cell(grid: &Grid, Rule { gain, window, right, of }: &Rule) -> String {
    let gain = rough(grid.gains[*gain]);
    // What fails on most of its own tasks is no rule to rely on.
    let gain = if 2 * right < *of { gain } else { format!("**{gain}**") };
    format!("{gain} ({window}) {right}/{of}")
}

/// How the table is read, with one of its cells as an example.
pub fn legend(grid: &Grid, guide: &Guide) -> String {
    let units = "A gain is a factor on the standard deviation of all weights: `he` with gain g is N(0, (g sqrt(2 / \
                 inputs))^2), `glorot` is N(0, (g sqrt(2 / (inputs + outputs)))^2), `lecun` is N(0, (g sqrt(1 / inputs))^2), \
                 where inputs and outputs are those of the layer; biases start from 0 \
                 ([initialization](initialization.md)).";
    let (least, most) = (grid.gains[0], grid.gains[grid.gains.len() - 1]);
    let tried = format!("Gains from {} to {} were tried.", rough(least), rough(most));
    // The question that the thread ended with, or what is nearest to it.
    let example = guide.rules.iter().zip(grid.activations).find_map(|(rules, activation)| {
        let near = |(_, depth): &(&Option<Rule>, &usize)| depth.abs_diff(5);
        let (rule, depth) = rules.iter().zip(grid.depths).filter(|(rule, _)| rule.is_some()).min_by_key(near)?;
        let Rule { gain, window, right, of } = rule.as_ref()?;
        let scheme = scheme(activation);
        Some(format!(
            "So for {activation} with {}: start from {scheme} with gain {} (`--init {scheme}:{}`), which does as well as the \
             best on {right} of {}; {}.",
            many(*depth as u64, "hidden layer"),
            rough(grid.gains[*gain]),
            rough(grid.gains[*gain]),
            many(*of as u64, "task"),
            if window.low.value == window.high.value {
                "its neighbours do not do as well on as many".to_owned()
            } else {
                format!("gains from {} to {} do so on as many, but for one", window.low, window.high)
            }
        ))
    });
    [Some(units.to_owned()), example, Some(tried)].into_iter().flatten().collect::<Vec<_>>().join(" ")
}
