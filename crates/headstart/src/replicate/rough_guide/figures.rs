//! From trainings to the rules of the guide, and how often they are right.

use super::super::CaseRuns;
use super::super::reach::Reach;
use super::design::{DEFAULTS, Grid, Kind, Part, Setup};
use crate::data::{Dataset, Targets};
use crate::run::Run;
use crate::stats::{mean, median};
use crate::units::Fits;

/// A start does as well as the best gain if its skill is at most so much less.
pub const AS_WELL: f64 = 0.05;

/// From this skill of the best gain on a task was learned; others tell no start from another.
pub const LEARNED: f64 = 0.2;

/// The usual gain is kept unless another one does as well on at least so many tasks more.
pub const MORE: usize = 2;

/// What became of a task. Skills are 0 for guessing and 1 for answers that are all right: of the accuracy or the R^2 on test
/// samples, in the mean over the seeds.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The task.
    pub setup: Setup,
    /// Of each gain.
    pub skills: Vec<f64>,
    /// Of the frameworks' starts.
    pub defaults: [f64; DEFAULTS.len()],
}

impl Outcome {
    /// Of a task that was run from all gains and the frameworks' starts.
    pub fn of(grid: &Grid, setup: Setup, case: &CaseRuns) -> Self {
        let chance = chance(&case.task.dataset);
        let mut skills: Vec<f64> = case
            .runs
            .chunks(grid.seeds)
            .map(|runs| mean(&runs.iter().map(|run| skill(run, chance)).collect::<Vec<_>>()))
            .collect();
        let defaults = skills.split_off(grid.gains.len());
        Self { setup, skills, defaults: std::array::from_fn(|i| defaults[i]) }
    }

    /// The skill from the best gain.
    pub fn best(&self) -> f64 {
        self.skills.iter().copied().fold(0.0, f64::max)
    }

    /// Whether anything was learned from any gain.
    pub fn learns(&self) -> bool {
        self.best() >= LEARNED
    }

    /// Whether a start of this skill does as well as the best gain.
    pub fn is_as_good(&self, skill: f64) -> bool {
        skill >= self.best() - AS_WELL
    }

    /// Which gains do as well as the best.
    pub fn as_good(&self) -> Vec<bool> {
        self.skills.iter().map(|skill| self.is_as_good(*skill)).collect()
    }
}

/// The accuracy of always answering with the most frequent class of the test samples; none in regression.
pub fn chance(dataset: &Dataset) -> Option<f64> {
    let samples = dataset.test.as_ref().unwrap_or(&dataset.train);
    let Targets::Classes(classes) = &samples.y else { return None };
    let mut counts = vec![0_usize; classes.iter().max().map_or(0, |most| most + 1)];
    for class in classes {
        counts[*class] += 1;
    }
    Some(counts.into_iter().max().unwrap_or(0) as f64 / classes.len().max(1) as f64)
}

/// A training that diverged, or is worse than guessing, has none.
fn skill(run: &Run, chance: Option<f64>) -> f64 {
    let skill = match chance {
        Some(chance) => run.judged().accuracy.map(|accuracy| (accuracy - chance) / (1.0 - chance)),
        None => run.targets.as_ref().and_then(Fits::r2),
    };
    skill.filter(|skill| run.is_finished() && skill.is_finite()).unwrap_or(0.0).clamp(0.0, 1.0)
}

/// What the guide says for an activation and a depth.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Which of the gains to start from.
    pub gain: usize,
    /// The gains around it that do as well on as many tasks, but for one.
    pub window: Reach,
    /// On how many tasks the gain itself does as well as the best.
    pub right: usize,
    /// Tasks on which something is learned.
    pub of: usize,
}

impl Rule {
    /// From tasks that differ in all but activation and depth. None if nothing is learned on any.
    fn of<'a>(grid: &Grid, outcomes: impl Iterator<Item = &'a Outcome>) -> Option<Self> {
        let learned: Vec<&Outcome> = outcomes.filter(|outcome| outcome.learns()).collect();
        let mut counts = vec![0; grid.gains.len()];
        for outcome in &learned {
            outcome.as_good().iter().zip(&mut counts).for_each(|(good, count)| *count += usize::from(*good));
        }
        let most = counts.iter().copied().max().filter(|_| !learned.is_empty())?;
        let usual = grid.usual();
        let gain = if counts[usual] + MORE > most { usual } else { peak(&counts, usual) };
        let enough = |i: usize| counts[i] + 1 >= counts[gain].max(2);
        let first = (0..=gain).rev().take_while(|i| enough(*i)).last().unwrap_or(gain);
        let last = (gain..counts.len()).take_while(|i| enough(*i)).last().unwrap_or(gain);
        let works: Vec<bool> = (0..counts.len()).map(|i| (first..=last).contains(&i)).collect();
        Some(Self { gain, window: Reach::of(grid.gains, &works)?, right: counts[gain], of: learned.len() })
    }
}

/// The largest count; of several that are, the one with the larger ones beside it, and of these the nearest to the usual gain.
fn peak(counts: &[usize], usual: usize) -> usize {
    let beside = |i: usize| {
        let at = |i: Option<usize>| i.and_then(|i| counts.get(i)).copied().unwrap_or(0);
        at(i.checked_sub(1)) + at(Some(i + 1))
    };
    let rank = |i: &usize| (counts[*i], beside(*i), std::cmp::Reverse(i.abs_diff(usual)));
    (0..counts.len()).max_by_key(rank).unwrap_or(usual)
}

/// The rules, and the outcomes that they are from and judged by.
#[derive(Clone, Debug)]
pub struct Guide {
    /// Of all tasks of both parts.
    pub outcomes: Vec<Outcome>,
    /// A row for each activation, with a rule for each depth.
    pub rules: Vec<Vec<Option<Rule>>>,
}

/// How often starts are right, and what they give away.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// Tasks on which something is learned.
    pub tasks: usize,
    /// The share of them on which it does as well as the best gain.
    pub right: f64,
    /// The skill that it is behind the best gain, in the mean over the tasks.
    pub behind: f64,
}

/// What the guide is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The gain of the guide.
    Guide,
    /// The usual scheme as it is.
    Usual,
    /// The start of a framework.
    Default(usize),
    /// Any gain of those that were tried.
    Blind,
}

impl Choice {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 5] = [Self::Guide, Self::Usual, Self::Default(0), Self::Default(1), Self::Blind];
}

impl Guide {
    /// The rules from the outcomes of the part that they are made from.
    pub fn of(grid: &Grid, outcomes: Vec<Outcome>) -> Self {
        let rule = |activation: &str, depth: usize| {
            let is_of = |outcome: &&Outcome| {
                let Setup { part, activation: of, depth: with, .. } = outcome.setup;
                part == Part::Made && of == activation && with == depth
            };
            Rule::of(grid, outcomes.iter().filter(is_of))
        };
        let rules = grid
            .activations
            .iter()
            .map(|activation| grid.depths.iter().map(|depth| rule(activation, *depth)).collect())
            .collect();
        Self { outcomes, rules }
    }

    /// The rule for an activation and a depth of the grid.
    pub fn rule(&self, grid: &Grid, activation: &str, depth: usize) -> Option<&Rule> {
        let row = grid.activations.iter().position(|of| *of == activation)?;
        let column = grid.depths.iter().position(|of| *of == depth)?;
        self.rules[row][column].as_ref()
    }

    /// Of a choice on the tasks of a part that are wanted and where something is learned; none if there are none.
    pub fn score(&self, grid: &Grid, part: Part, choice: Choice, wanted: impl Fn(&Setup) -> bool) -> Option<Score> {
        let (mut right, mut behind) = (Vec::new(), Vec::new());
        for outcome in &self.outcomes {
            if outcome.setup.part != part || !wanted(&outcome.setup) || !outcome.learns() {
                continue;
            }
            let skills: Vec<f64> = match choice {
                // Where it names none, whoever follows it has none.
                Choice::Guide => {
                    vec![self.skill(grid, outcome).unwrap_or(0.0)]
                }
                Choice::Usual => vec![outcome.skills[grid.usual()]],
                Choice::Default(i) => vec![outcome.defaults[i]],
                Choice::Blind => outcome.skills.clone(),
            };
            let of = |figure: &dyn Fn(f64) -> f64| mean(&skills.iter().map(|skill| figure(*skill)).collect::<Vec<_>>());
            right.push(of(&|skill| f64::from(u8::from(outcome.is_as_good(skill)))));
            behind.push(of(&|skill| (outcome.best() - skill).max(0.0)));
        }
        (!right.is_empty()).then(|| Score { tasks: right.len(), right: mean(&right), behind: mean(&behind) })
    }

    /// The skill on a task from the gain that the guide names; none if it names none.
    pub fn skill(&self, grid: &Grid, outcome: &Outcome) -> Option<f64> {
        let rule = self.rule(grid, outcome.setup.activation, outcome.setup.depth)?;
        Some(outcome.skills[rule.gain])
    }

    /// The shares of tasks that are wanted on which each gain does as well as the best, of those where something is learned;
    /// and how many these are. Both parts count.
    pub fn shares(&self, grid: &Grid, wanted: impl Fn(&Setup) -> bool) -> (Vec<f64>, usize) {
        let wanted: Vec<Vec<bool>> = self
            .outcomes
            .iter()
            .filter(|outcome| wanted(&outcome.setup) && outcome.learns())
            .map(Outcome::as_good)
            .collect();
        let share = |i: usize| wanted.iter().filter(|good| good[i]).count() as f64 / wanted.len() as f64;
        ((0..grid.gains.len()).map(share).collect(), wanted.len())
    }

    /// The share of the tasks that are wanted on which something is learned.
    pub fn learns(&self, wanted: impl Fn(&Setup) -> bool) -> f64 {
        let all: Vec<f64> = self
            .outcomes
            .iter()
            .filter(|outcome| wanted(&outcome.setup))
            .map(|outcome| f64::from(u8::from(outcome.learns())))
            .collect();
        mean(&all)
    }

    /// Where gains do as well, as multiples of the gain of the guide: the smallest and the largest of each task of which the
    /// guide was made, in the geometric mean over those that are wanted. None if nothing is learned on any.
    pub fn window(&self, grid: &Grid, wanted: impl Fn(&Setup) -> bool) -> Option<[f64; 2]> {
        let mut logarithms = [Vec::new(), Vec::new()];
        for outcome in &self.outcomes {
            let Setup { part, activation, depth, .. } = outcome.setup;
            if part != Part::Made || !wanted(&outcome.setup) || !outcome.learns() {
                continue;
            }
            let Some(rule) = self.rule(grid, activation, depth) else { continue };
            let Some(reach) = Reach::of(grid.gains, &outcome.as_good()) else { continue };
            let gain = grid.gains[rule.gain];
            logarithms[0].push(libm::log2(reach.low.value / gain));
            logarithms[1].push(libm::log2(reach.high.value / gain));
        }
        (!logarithms[0].is_empty()).then(|| logarithms.map(|of| libm::exp2(mean(&of))))
    }

    /// The held-out tasks on which the guide names a gain that is not right.
    pub fn misses(&self, grid: &Grid) -> Misses {
        let (mut larger, mut lost) = (0, Vec::new());
        for outcome in self.outcomes.iter().filter(|of| of.setup.part == Part::HeldOut && of.learns()) {
            let Some(skill) = self.skill(grid, outcome) else { continue };
            if outcome.is_as_good(skill) {
                continue;
            }
            let best = outcome.skills.iter().position(|skill| *skill == outcome.best());
            let rule = self.rule(grid, outcome.setup.activation, outcome.setup.depth);
            larger += usize::from(best > rule.map(|rule| rule.gain));
            lost.push(outcome.best() - skill);
        }
        Misses { tasks: lost.len(), larger, lost: median(&lost) }
    }

    /// From where to where gains do as well on at least this share of the tasks that are wanted, at each depth; none where no
    /// gain does.
    pub fn reaches(&self, grid: &Grid, share: f64, wanted: impl Fn(&Setup) -> bool) -> Vec<(usize, Option<Reach>)> {
        let reach = |depth: usize| {
            let (shares, tasks) = self.shares(grid, |setup| setup.depth == depth && wanted(setup));
            let works: Vec<bool> = shares.iter().map(|of| tasks > 0 && *of >= share).collect();
            Reach::of(grid.gains, &works)
        };
        grid.depths.iter().map(|depth| (*depth, reach(*depth))).collect()
    }
}

/// Where the guide is not right.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Misses {
    /// The held-out tasks on which its gain does not do as well as the best.
    pub tasks: usize,
    /// Those of them whose best gain is larger.
    pub larger: usize,
    /// The median of the skill that its gain is behind; none if there are no such tasks.
    pub lost: Option<f64>,
}

/// Whether a task is of two classes in the plane with one of the two outputs.
pub fn is_plane(setup: &Setup, is_tanh: bool) -> bool {
    setup.kind == Kind::Plane && setup.is_tanh == is_tanh
}

#[cfg(test)]
mod tests {
    use super::super::design::Optimizer;
    use super::*;

    const GRID: Grid =
        Grid { activations: &["relu"], depths: &[1], gains: &[0.25, 0.5, 1.0, 2.0, 4.0], rows: 9, seeds: 1, steps: 1 };

    fn outcome(part: Part, skills: [f64; 5]) -> Outcome {
        let setup = Setup {
            part,
            activation: "relu",
            depth: 1,
            kind: Kind::Plane,
            set: "circles",
            optimizer: Optimizer::Sgd,
            rate: 0,
            lr: 0.1,
            width: 8,
            is_tanh: false,
        };
        Outcome { setup, skills: skills.to_vec(), defaults: [skills[0], skills[4]] }
    }

    fn guide(made: &[[f64; 5]], held_out: &[[f64; 5]]) -> Guide {
        let of = |part, all: &[[f64; 5]]| all.iter().map(|skills| outcome(part, *skills)).collect::<Vec<_>>();
        Guide::of(&GRID, [of(Part::Made, made), of(Part::HeldOut, held_out)].concat())
    }

    #[test]
    fn a_gain_does_as_well_within_a_twentieth_and_only_where_something_is_learned() {
        let task = outcome(Part::Made, [0.84, 0.851, 0.9, 0.2, 0.0]);
        assert_eq!(task.as_good(), [false, true, true, false, false]);
        assert!(task.learns() && !outcome(Part::Made, [0.19, 0.1, 0.0, 0.0, 0.0]).learns());
    }

    #[test]
    fn the_usual_gain_is_kept_unless_another_is_better_by_two_tasks() {
        let at_2 = [0.0, 0.0, 0.5, 0.9, 0.5];
        let both = [0.0, 0.0, 0.9, 0.9, 0.5];
        let rule = |made: &[[f64; 5]]| guide(made, &[]).rules[0][0].clone().unwrap();
        let kept = rule(&[at_2, both, both]);
        assert_eq!((kept.gain, kept.right, kept.of, kept.window.to_string().as_str()), (2, 2, 3, "1 to 2"));
        let moved = rule(&[at_2, at_2, both]);
        assert_eq!((moved.gain, moved.right, moved.of, moved.window.to_string().as_str()), (3, 3, 3, "2"));
        // Tasks where nothing is learned say nothing.
        assert_eq!(guide(&[[0.1; 5]], &[]).rules[0][0], None);
        assert_eq!(rule(&[both, [0.1; 5]]).of, 1);
    }

    #[test]
    fn of_several_peaks_the_broader_one_is_taken_and_then_the_nearest() {
        assert_eq!(peak(&[9, 2, 3, 8, 9], 2), 4);
        assert_eq!(peak(&[9, 8, 3, 8, 9], 1), 0);
    }

    #[test]
    fn the_guide_is_judged_by_what_it_was_not_made_from() {
        let made = [[0.0, 0.0, 0.9, 0.9, 0.0]; 3];
        let guide = guide(&made, &[[0.0, 0.0, 0.9, 0.0, 0.0], [0.0, 0.0, 0.6, 0.9, 0.9], [0.0; 5]]);
        let score = |choice| guide.score(&GRID, Part::HeldOut, choice, |_| true).unwrap();
        let own = score(Choice::Guide);
        assert_eq!((own.tasks, own.right), (2, 0.5));
        assert!((own.behind - 0.15).abs() < 1e-12, "{}", own.behind);
        assert_eq!((score(Choice::Default(0)).right, score(Choice::Default(1)).right), (0.0, 0.5));
        assert!((score(Choice::Blind).right - 0.3).abs() < 1e-12);
        assert_eq!(guide.score(&GRID, Part::HeldOut, Choice::Guide, |setup| setup.depth == 2), None);
        let misses = guide.misses(&GRID);
        assert!((misses.tasks, misses.larger) == (1, 1) && (misses.lost.unwrap() - 0.3).abs() < 1e-12);
        assert_eq!(guide.learns(|setup| setup.part == Part::HeldOut), 2.0 / 3.0);
    }

    #[test]
    fn windows_are_geometric_means_of_multiples_of_the_guides_gain() {
        let guide = guide(&[[0.0, 0.9, 0.9, 0.9, 0.9], [0.0, 0.0, 0.9, 0.0, 0.0]], &[]);
        let [low, high] = guide.window(&GRID, |_| true).unwrap();
        assert!((low - 0.5_f64.sqrt()).abs() < 1e-12 && (high - 2.0).abs() < 1e-12, "{low} {high}");
        assert_eq!(guide.window(&GRID, |setup| setup.width == 9), None);
    }

    #[test]
    fn reaches_are_of_shares() {
        let guide = guide(&[[0.0, 0.9, 0.9, 0.0, 0.0]], &[[0.0, 0.0, 0.9, 0.9, 0.0]]);
        let at = |share| guide.reaches(&GRID, share, |_| true)[0].1.unwrap().to_string();
        assert_eq!((at(0.5), at(1.0)), ("0.5 to 2".to_owned(), "1".to_owned()));
    }
}
