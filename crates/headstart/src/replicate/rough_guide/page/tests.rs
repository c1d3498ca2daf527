use super::page;
use super::right::{held_out, summary};
use super::thread::thread;
use super::wrong::{beaten, wrong};
use crate::replicate::rough_guide::design::{Grid, Part, Setup};
use crate::replicate::rough_guide::figures::{Guide, Outcome};

const GRID: Grid = Grid {
    activations: &["relu", "tanh"],
    depths: &[1, 5, 20],
    gains: &[0.12, 0.25, 1.0, 4.0, 16.0],
    rows: 9,
    seeds: 1,
    steps: 1,
};

/// Every task of the grid, of which a gain has this skill.
fn guide(skill: impl Fn(&Setup, f64) -> f64) -> Guide {
    let outcome = |setup: Setup| {
        let skills: Vec<f64> = GRID.gains.iter().map(|gain| skill(&setup, *gain)).collect();
        let defaults = [skills[2], skills[1]];
        Outcome { setup, skills, defaults }
    };
    Guide::of(&GRID, GRID.setups().into_iter().map(outcome).collect())
}

#[test]
fn the_answers_are_those_of_the_figures() {
    // Gains work within a window around 1 that closes, or around one that moves up.
    let closes = guide(|setup, gain| {
        let most = 20.0 / setup.depth as f64;
        if gain <= most && gain >= 1.0 / most { 0.9 } else { 0.0 }
    });
    let moves_up = guide(|setup, gain| {
        let middle = match setup.depth {
            1 => 0.25,
            5 => 1.0,
            _ => 4.0,
        };
        if gain == middle { 0.9 } else { 0.0 }
    });
    let said = |guide: &Guide| thread(&GRID, guide).join("\n");
    let answer = said(&closes);
    let both = "is right about the small end and wrong about the large one; with depth the window closes from both sides \
                around the usual 1: from 1 to 20 hidden layers the largest gain that works falls from 16 or more to 1";
    assert_eq!(answer.matches(both).count(), 2, "{answer}");
    assert!(answer.contains("a quarter of he's size does as well as the best gain on 100%, 100%, 0% of the tasks"));
    assert!(answer.contains("so it is right up to 5 hidden layers. Four times he's size does on 100%, 100%, 0%"));
    assert!(
        answer.contains("For tanh (1 layer: 0.12 or less to 16 or more, 20 layers: 1; in the table 1 layer: 1, 20")
    );
    let answer = said(&moves_up);
    assert_eq!(answer.matches("output it is right; with depth the window moves up").count(), 2, "{answer}");
    assert!(answer.contains("so it is right up to 1 hidden layer. Four times he's size does on 0%, 0%, 100%"));
    assert!(answer.contains("so that is right with 20 hidden layers only"), "{answer}");
    assert!(answer.contains("in the table 1 layer: 0.25, 20 layers: 4) it is right, as the window moves up"));
    // Where nothing is learned there is no answer.
    let nothing = guide(|_, _| 0.1);
    assert!(said(&nothing).contains("With a tanh output too little is learned to tell."), "{}", said(&nothing));
    assert_eq!(summary(&GRID, &nothing), "Nothing was learned on any task that the guide could be judged by.");
    assert!(!page(&GRID, &nothing, 1).text(None).contains("NaN"));
}

#[test]
fn who_is_best_is_chosen_by_the_figures() {
    // What the guide is made from says 4; what it is judged by says 4 as well, or 1.
    let of = |held_out: f64| {
        guide(move |setup, gain| {
            let best = if setup.part == Part::Made { 4.0 } else { held_out };
            if gain == best { 0.9 } else { 0.3 }
        })
    };
    let right = of(4.0);
    assert!(
        summary(&GRID, &right).contains("does as well as the best of 5 gains on 100%; the usual scheme as it is on 0%")
    );
    assert!(held_out(&GRID, &right).ends_with("It is right most often of all these and gives away least."));
    assert!(wrong(&GRID, &right).starts_with("There is no cell of the table that is right on less than half"));
    let other = of(1.0);
    let said = held_out(&GRID, &other);
    assert!(said.contains("on 0%") && said.contains("there the table is not worth looking up"), "{said}");
    assert!(wrong(&GRID, &other).contains("activation relu (the usual scheme as it is 100%, the table 0%)"));
    assert_eq!(beaten(&GRID, &right), None);
    assert!(wrong(&GRID, &other).contains("the best gain was larger than the table's in 0% of them"));
    assert!(wrong(&GRID, &other).contains("relu with 1 layer (0 of 12)"), "{}", wrong(&GRID, &other));
}
