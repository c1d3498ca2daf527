//! Differences between initializations, seed by seed, and whether they stand.

use super::Cell;
use crate::run::Run;
use crate::stats::interval::of_mean;
use crate::stats::paired::{holm, sign_test};
use crate::stats::{LEVEL, mean};
use crate::words::{many, rough};
use serde::Serialize;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// With more initializations than this each is compared with the best one only.
const ALL_PAIRS: usize = 10;

/// What is compared beside what is judged, where there is a target.
pub(crate) const STEPS: &str = "steps to the target";

/// How two initializations differ in a figure, over the seeds that both have.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// The one that is better in more seeds.
    pub better: String,
    /// The other one.
    pub than: String,
    /// In what: the accuracy or the loss that is judged, or the steps to the target.
    pub figure: &'static str,
    /// Seeds that both have.
    pub seeds: usize,
    /// Seeds in which the better one is better.
    pub wins: usize,
    /// Seeds in which the other one is.
    pub losses: usize,
    /// The mean difference, the better one's figure minus the other's; null for steps, which some runs have none of, and
    /// where a run diverged that has no figure.
    pub mean: Option<f64>,
    /// Where it lies over all seeds: see [`of_mean`].
    pub interval: Option<[f64; 2]>,
    /// How likely so many wins are where none is better: the exact sign test.
    pub p: f64,
    /// The same, adjusted for all differences looked at (Holm 1979).
    pub adjusted: f64,
    /// Whether it stands at the level of 5% among all of them.
    pub stands: bool,
    /// That in words.
    pub sentence: String,
}

/// A figure that is compared.
struct Figure {
    name: &'static str,
    /// Of a run; none where it has none, which is worse than any.
    of: fn(&Run) -> Option<f64>,
    more_is_better: bool,
    /// Whether it goes from 0 to 1.
    is_share: bool,
    /// Whether a mean of differences makes sense.
    has_mean: bool,
    /// What a run does not do that has none.
    missing: &'static str,
}

/// The differences between the initializations of these cells, which are in order, best first; those of the best one come
/// first. Runs that were stopped do not count.
pub fn differences(cells: &[Cell], runs: &[Run]) -> Vec<Difference> {
    let classify = cells.iter().any(|cell| cell.reached.is_some());
    let tested = cells.iter().any(|cell| cell.test.is_some());
    let judged = match (classify, tested) {
        (true, true) => "test accuracy",
        (true, false) => "training accuracy",
        (false, true) => "test loss",
        (false, false) => "training loss",
    };
    let mut figures = Vec::new();
    if classify {
        // A run that diverged gets nothing right, as in the cells.
        let of = |run: &Run| Some(run.judged().accuracy.filter(|_| run.is_finished()).unwrap_or(0.0));
        figures.push(Figure { name: judged, of, more_is_better: true, is_share: true, has_mean: true, missing: "" });
        let of = |run: &Run| run.reached.map(|step| step as f64);
        figures.push(Figure {
            name: STEPS,
            of,
            more_is_better: false,
            is_share: false,
            has_mean: false,
            missing: "reaches the target",
        });
    } else {
        let of = |run: &Run| Some(run.judged().loss).filter(|loss| loss.is_finite() && run.is_finished());
        figures.push(Figure {
            name: judged,
            of,
            more_is_better: false,
            is_share: false,
            has_mean: true,
            missing: "ends without diverging",
        });
    }
    let by_seed: Vec<BTreeMap<u64, &Run>> = cells
        .iter()
        .map(|cell| {
            let own = runs.iter().filter(|run| *run.init == *cell.init && run.status != "stopped");
            own.map(|run| (run.seed, run)).collect()
        })
        .collect();
    let firsts = if cells.len() > ALL_PAIRS { 1 } else { cells.len() };
    let mut found = Vec::new();
    for i in 0..firsts {
        for j in i + 1..cells.len() {
            let names = [cells[i].init.as_str(), cells[j].init.as_str()];
            found.extend(figures.iter().filter_map(|figure| difference(figure, names, [&by_seed[i], &by_seed[j]])));
        }
    }
    let all = found.len();
    let adjusted = holm(&found.iter().map(|difference| difference.p).collect::<Vec<_>>());
    let target = cells.iter().find_map(|cell| cell.reached.as_ref()).map_or(0.0, |reached| reached.target);
    for (difference, adjusted) in found.iter_mut().zip(adjusted) {
        difference.adjusted = adjusted;
        difference.stands = adjusted <= 1.0 - LEVEL;
        if difference.sentence.is_empty() {
            difference.sentence = sentence(difference, target, all);
        }
    }
    found
}

/// None if there is no seed that both have.
fn difference(figure: &Figure, names: [&str; 2], runs: [&BTreeMap<u64, &Run>; 2]) -> Option<Difference> {
    let both = runs[0].iter().filter_map(|(seed, first)| Some([*first, *runs[1].get(seed)?]));
    let pairs: Vec<[Option<f64>; 2]> = both.map(|pair| pair.map(figure.of)).collect();
    // None is worse than anything.
    let order = |[a, b]: &[Option<f64>; 2]| match (a, b) {
        (Some(a), Some(b)) if figure.more_is_better => a.total_cmp(b),
        (Some(a), Some(b)) => b.total_cmp(a),
        (a, b) => a.is_some().cmp(&b.is_some()),
    };
    let count = |wanted| pairs.iter().filter(|pair| order(pair) == wanted).count();
    let (first, second) = (count(Ordering::Greater), count(Ordering::Less));
    let swap = second > first;
    let sign = if swap { -1.0 } else { 1.0 };
    let all: Option<Vec<f64>> = pairs.iter().map(|[a, b]| Some(sign * ((*a)? - (*b)?))).collect();
    let differences = all.filter(|_| figure.has_mean);
    let [better, than] = if swap { [names[1], names[0]] } else { names };
    (!pairs.is_empty()).then(|| Difference {
        better: better.to_owned(),
        than: than.to_owned(),
        figure: figure.name,
        seeds: pairs.len(),
        wins: first.max(second),
        losses: first.min(second),
        mean: differences.as_deref().map(mean),
        interval: differences.as_deref().and_then(|differences| {
            let interval = of_mean(differences).ok()?;
            Some(if figure.is_share { interval.map(|end| end.clamp(-1.0, 1.0)) } else { interval })
        }),
        p: sign_test(first, second),
        adjusted: 1.0,
        stands: false,
        // Where there is nothing to compare that is all there is to say.
        sentence: if pairs.iter().any(|[a, b]| a.is_some() || b.is_some()) {
            String::new()
        } else {
            let seeds = many(pairs.len() as u64, "seed");
            format!("{better} and {than}: in {seeds} neither {}.", figure.missing)
        },
    })
}

/// The fewest seeds by which one of so many differences can stand: those of which one wins all, by the sign test among all of them.
fn fewest_seeds(differences: usize) -> usize {
    let mut seeds = 1;
    while sign_test(seeds, 0) * differences as f64 > 1.0 - LEVEL {
        seeds += 1;
    }
    seeds
}

/// A difference in words, one of so many.
fn sentence(difference: &Difference, target: f64, all: usize) -> String {
    let Difference { better, than, figure, .. } = difference;
    let percent = |count: usize| match 100.0 * count as f64 / difference.seeds as f64 {
        // Neither all nor nothing by rounding.
        share if share > 99.0 && share < 100.0 => format!("{:.1}%", share.min(99.9)),
        share if share > 0.0 && share < 1.0 => format!("{:.1}%", share.max(0.1)),
        share => format!("{share:.0}%"),
    };
    let wins = percent(difference.wins);
    let but = |otherwise: &str| match difference.losses {
        0 => String::new(),
        losses => format!(", {otherwise} in {}", percent(losses)),
    };
    let fewest = fewest_seeds(all);
    if !difference.stands && difference.seeds < fewest {
        let seeds = many(difference.seeds as u64, "seed");
        return format!("{better} and {than}: {seeds} cannot show a difference in {figure}, it takes {fewest}.");
    }
    if !difference.stands {
        return format!("{better} and {than}: no difference in {figure} that stands in {} seeds.", difference.seeds);
    }
    if *figure == STEPS {
        return format!("{better} reaches {target} sooner than {than} in {wins} of seeds{}.", but("later"));
    }
    // Of losses less is better.
    let sign = if figure.ends_with("loss") { -1.0 } else { 1.0 };
    let by = match (difference.mean, difference.interval) {
        (Some(mean), Some([low, high])) => {
            let gain = sign * mean;
            // What wins in most seeds may lose more in the others.
            let (words, sign) = if gain < 0.0 { ("but worse by", -sign) } else { ("by", sign) };
            let ends = [sign * low, sign * high];
            let ends = [ends[0].min(ends[1]), ends[0].max(ends[1])];
            format!("; {words} {} on average ({} to {})", rough(gain.abs()), rough(ends[0]), rough(ends[1]))
        }
        (Some(mean), None) => {
            let words = if sign * mean < 0.0 { "but worse by" } else { "by" };
            format!("; {words} {} on average", rough(mean.abs()))
        }
        _ => String::new(),
    };
    format!("{better} has a better {figure} than {than} in {wins} of seeds{}{by}.", but("a worse one"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::cells;
    use crate::run::Figures;

    fn run(init: &str, seed: u64, accuracy: f64, reached: Option<usize>) -> Run {
        Run {
            case: None,
            init: init.into(),
            seed,
            status: "finished",
            step: None,
            train: Figures { loss: 1.0 - accuracy, accuracy: Some(accuracy), classes: None },
            test: None,
            targets: None,
            trace: Vec::new(),
            steps: 100,
            best: None,
            reached,
            seconds: 0.0,
        }
    }

    fn found(runs: &[Run]) -> Vec<Difference> {
        differences(&cells(runs, Some(0.9)), runs)
    }

    /// One that wins in most seeds by little, and loses much in a few.
    #[test]
    fn where_seeds_and_mean_disagree_both_are_said() {
        let accuracy = |init: &str, seed: u64| match (init, seed % 10) {
            ("often", 0) => 0.5,
            ("often", _) => 0.91,
            _ => 0.9,
        };
        let runs: Vec<Run> = (0..60)
            .flat_map(|seed| ["often", "always"].map(|init| run(init, seed, accuracy(init, seed), None)))
            .collect();
        let sentence = &found(&runs)[0].sentence;
        assert!(sentence.starts_with("often has a better training accuracy than always in 90% of seeds"), "{sentence}");
        assert!(sentence.contains("; but worse by 0.031 on average"), "{sentence}");
        let losses: Vec<Run> = runs
            .into_iter()
            .map(|run| {
                let loss = 1.0 - run.train.accuracy.unwrap();
                Run { train: Figures { loss, accuracy: None, classes: None }, ..run }
            })
            .collect();
        let sentence = &differences(&cells(&losses, None), &losses)[0].sentence;
        assert!(sentence.contains("; but worse by 0.031 on average"), "{sentence}");
    }

    #[test]
    fn what_stands_is_said_and_what_does_not_is_not() {
        let mut runs = Vec::new();
        for seed in 0..40_u32 {
            let wobble = 0.001 * f64::from(seed % 7);
            runs.push(run("he", u64::from(seed), 0.95 + wobble, Some(40 + seed as usize)));
            runs.push(run("zeros", u64::from(seed), 0.5 + wobble, None));
            runs.push(run(
                "he-uniform",
                u64::from(seed),
                0.95 + 0.001 * f64::from((seed + 3) % 7),
                Some(79 - seed as usize),
            ));
        }
        let all = found(&runs);
        assert_eq!(all.len(), 6);
        let of = |figure: &str, a: &str, b: &str| {
            let is = |d: &&Difference| {
                d.figure == figure
                    && [&d.better[..], &d.than[..]].contains(&a)
                    && [&d.better[..], &d.than[..]].contains(&b)
            };
            all.iter().find(is).unwrap()
        };
        let clear = of("training accuracy", "he", "zeros");
        assert!(clear.stands && clear.better == "he" && clear.wins == 40);
        assert!((clear.mean.unwrap() - 0.45).abs() < 1e-12);
        assert!(
            clear.sentence.contains("he has a better training accuracy than zeros in 100% of seeds; by 0.45"),
            "{}",
            clear.sentence
        );
        let sooner = of("steps to the target", "he", "zeros");
        assert_eq!(sooner.sentence, "he reaches 0.9 sooner than zeros in 100% of seeds.");
        let none = of("steps to the target", "he", "he-uniform");
        assert!(!none.stands && none.sentence.contains("no difference"), "{}", none.sentence);
        assert!(all.iter().all(|d| d.adjusted >= d.p && d.wins + d.losses <= d.seeds));
    }

    #[test]
    fn only_seeds_that_both_have_are_compared() {
        let runs = [run("a", 1, 0.9, None), run("a", 2, 0.8, None), run("b", 2, 0.7, None), run("c", 5, 0.1, None)];
        let all = found(&runs);
        assert_eq!(
            all.iter().map(|d| (d.better.as_str(), d.than.as_str(), d.seeds)).collect::<Vec<_>>(),
            [("a", "b", 1); 2]
        );
        // One seed is no evidence.
        assert!(all.iter().all(|difference| !difference.stands));
        let sentence = "a and b: 1 seed cannot show a difference in training accuracy, it takes 7.";
        assert_eq!(all[0].sentence, sentence);
    }

    /// The sentence of a few seeds keeps its word: with so many one difference can stand among as many, with one fewer none.
    #[test]
    fn the_fewest_seeds_are_those_by_which_a_difference_can_stand() {
        for differences in [1, 2, 6, 45] {
            let fewest = fewest_seeds(differences);
            let stands = |seeds| {
                let mut p = vec![1.0; differences];
                p[0] = sign_test(seeds, 0);
                holm(&p)[0] <= 1.0 - LEVEL
            };
            assert!(stands(fewest) && !stands(fewest - 1), "{differences}: {fewest}");
        }
        assert_eq!(fewest_seeds(1), 6);
    }
}
