//! The answers to what the thread guessed.

use super::right::HALF;
use crate::replicate::reach::Reach;
use crate::replicate::rough_guide::design::Grid;
use crate::replicate::rough_guide::figures::{Guide, is_plane};
use crate::replicate::window::Window;
use crate::words::{many, percent, rough};

/// The answers to what was guessed: for relu, for small weights, for other activations.
pub fn thread(grid: &Grid, guide: &Guide) -> Vec<String> {
    let mut answers = Vec::new();
    if grid.activations.contains(&"relu") {
        let mut sentences = vec![format!(
            "The guess for relu hidden layers with a sigmoid or tanh output was \"the deeper the network, the larger the \
             weights may be\". By the gains of he that do as well as the best on {} of the two-class tasks or more:",
            percent(HALF, 0)
        )];
        for (output, is_tanh) in [("sigmoid", false), ("tanh", true)] {
            let reaches = guide.reaches(grid, HALF, |of| of.activation == "relu" && is_plane(of, is_tanh));
            sentences.push(match Window::of(reaches) {
                Some(window) => format!(
                    "With a {output} output it is {}; with depth {}: {}.",
                    window.verdict(),
                    window.moves(Some(("the usual 1", 1.0))),
                    window.ends("gain")
                ),
                None => format!("With a {output} output too little is learned to tell."),
            });
        }
        answers.push(sentences.join(" "));
        answers.extend(small_and_large(grid, guide));
    }
    answers.extend(others(grid, guide));
    answers
}

/// Whether small weights are right for relu, and large ones.
fn small_and_large(grid: &Grid, guide: &Guide) -> Option<String> {
    let at = |gain: f64| grid.gains.iter().position(|of| *of == gain);
    let (small, large) = (at(0.25)?, at(4.0)?);
    let shares: Vec<(usize, Vec<f64>)> = grid
        .depths
        .iter()
        .map(|depth| (*depth, guide.shares(grid, |of| of.activation == "relu" && of.depth == *depth)))
        .filter(|(_, (_, tasks))| *tasks > 0)
        .map(|(depth, (shares, _))| (depth, shares))
        .collect();
    let told = |gain: usize| shares.iter().map(|(_, of)| percent(of[gain], 0)).collect::<Vec<_>>().join(", ");
    let depths: Vec<String> = shares.iter().map(|(depth, _)| depth.to_string()).collect();
    let verdict =
        |gain: usize| right_at(&shares.iter().map(|(depth, of)| (*depth, of[gain] >= HALF)).collect::<Vec<_>>());
    (!shares.is_empty()).then(|| {
        format!(
            "That small weights are right, for relu and all data: with {} hidden layers a quarter of he's size does as well as \
             the best gain on {} of the tasks, so it is {}. Four times he's size does on {}, so that is {}.",
            depths.join(", "),
            told(small),
            verdict(small),
            told(large),
            verdict(large)
        )
    })
}

/// At which depths something is right.
fn right_at(depths: &[(usize, bool)]) -> String {
    let right: Vec<String> = depths.iter().filter(|(_, right)| *right).map(|(depth, _)| depth.to_string()).collect();
    let first = depths.iter().take_while(|(_, right)| *right).count();
    match right.as_slice() {
        [] => "wrong at every depth".to_owned(),
        _ if right.len() == depths.len() => "right at every depth".to_owned(),
        _ if right.len() == first => format!("right up to {}", many(depths[first - 1].0 as u64, "hidden layer")),
        some => format!("right with {} hidden layers only", some.join(" or ")),
    }
}

/// What depth does to the gains of other activations; those of which the same is true together.
fn others(grid: &Grid, guide: &Guide) -> Option<String> {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for activation in grid.activations.iter().filter(|activation| **activation != "relu") {
        let reaches = guide.reaches(grid, HALF, |of| of.activation == *activation);
        let verdict = Window::of(reaches.iter().copied()).map_or_else(
            || "not to be told".to_owned(),
            |window| format!("{}, as {} with depth", window.verdict(), window.moves(None)),
        );
        let figures = format!("{activation} ({})", at_the_ends(grid, guide, activation, &reaches));
        match groups.iter_mut().find(|(of, _)| *of == verdict) {
            Some((_, group)) => group.push(figures),
            None => groups.push((verdict, vec![figures])),
        }
    }
    let told = groups.iter().map(|(verdict, group)| format!("For {} it is {verdict}.", group.join(", ")));
    (!groups.is_empty()).then(|| {
        format!(
            "The same guess for other activations, by the gains that do as well as the best on {} of all their tasks or more, \
             with the table's gain: {}",
            percent(HALF, 0),
            told.collect::<Vec<_>>().join(" ")
        )
    })
}

/// The window and the table's gain of an activation at the first and the last depth that has them.
fn at_the_ends(grid: &Grid, guide: &Guide, activation: &str, reaches: &[(usize, Option<Reach>)]) -> String {
    let windows: Vec<(usize, String)> =
        reaches.iter().filter_map(|(depth, reach)| Some((*depth, reach.as_ref()?.to_string()))).collect();
    let gains: Vec<(usize, String)> = grid
        .depths
        .iter()
        .filter_map(|depth| Some((*depth, rough(grid.gains[guide.rule(grid, activation, *depth)?.gain]))))
        .collect();
    let both = |all: &[(usize, String)]| {
        let ends = [all.first(), all.last().filter(|_| all.len() > 1)].into_iter().flatten();
        let told: Vec<String> = ends.map(|(depth, gain)| format!("{}: {gain}", many(*depth as u64, "layer"))).collect();
        if told.is_empty() { "none".to_owned() } else { told.join(", ") }
    };
    format!("{}; in the table {}", both(&windows), both(&gains))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_right_at_some_depths_is_told_with_them() {
        let says = |right: [bool; 4]| right_at(&[1, 2, 5, 20].into_iter().zip(right).collect::<Vec<_>>());
        assert_eq!(says([true; 4]), "right at every depth");
        assert_eq!(says([false; 4]), "wrong at every depth");
        assert_eq!(says([true, false, false, false]), "right up to 1 hidden layer");
        assert_eq!(says([true, true, true, false]), "right up to 5 hidden layers");
        assert_eq!(says([false, true, false, true]), "right with 2 or 20 hidden layers only");
        assert_eq!(says([true, false, true, false]), "right with 1 or 5 hidden layers only");
    }
}
