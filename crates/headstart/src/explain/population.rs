//! Whether other seeds end as a run did that ended no better than guessing, or halfway; and if all do, what stands in the way.

use super::cure::Cure;
use super::evidence::ON_PLATEAU;
use super::retrain::{Facts, Retrain, Trained, Wanted, trained};
use crate::error::Error;
use crate::run::{Figures, Run};
use crate::words::{count, percent, rough};
use serde::Serialize;

/// Multiply-adds that a population may cost.
const WORK: f64 = 2e10;

/// Seeds of a population: as many as fit, but no fewer and no more than these.
const SEEDS: (usize, usize) = (8, 50);

/// Seeds that show whether wider layers or more steps would help.
const FEW: usize = 8;

/// By which factor these are more.
pub(super) const MORE: usize = 4;

/// What became of other seeds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Population {
    /// How many were run, the run's own among them.
    pub seeds: usize,
    /// How many of them end no better than the run did, which is among them.
    pub alike: usize,
    /// Whether that is no better than guessing; otherwise it is halfway.
    pub is_guessing: bool,
    /// The seed whose run ended best, if any ended better.
    pub best: Option<u64>,
    /// The training loss that it ended with, and its accuracy.
    pub best_loss: f64,
    /// The same of classes.
    pub best_accuracy: Option<f64>,
    /// What stands in the way of all of them: the change that lets two thirds of the seeds and more do better.
    pub obstacle: Option<Obstacle>,
    /// Whether that was looked for: it is where most seeds end alike.
    pub is_searched: bool,
}

/// What stands in the way of all seeds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Obstacle {
    /// What is changed.
    pub change: Change,
    /// Of how many seeds.
    pub seeds: usize,
    /// How many do better then.
    pub better: usize,
}

/// A change of a task that no start can make up for.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// Another learning rate.
    Rate(f64),
    /// What makes a linear network bend: one of [`Cure::bends`].
    Bent(Cure),
    /// Hidden layers that are wider: all widths.
    Wider(Vec<usize>),
    /// More steps.
    Longer(usize),
}

impl Population {
    /// The share of seeds that end no better than guessing.
    pub fn share(&self) -> f64 {
        self.alike as f64 / self.seeds as f64
    }

    /// Whether most seeds end so.
    pub fn is_most(&self) -> bool {
        2 * self.alike > self.seeds
    }

    /// That share in words.
    pub fn in_words(&self) -> String {
        if self.alike == self.seeds {
            return format!("all of {} seeds end so", count(self.seeds as u64));
        }
        format!("{} of {} seeds end so", percent(self.share(), 0), count(self.seeds as u64))
    }
}

/// A run has stayed halfway at this share of what guessing costs, and others do better that are right more often by this share of
/// the samples, or whose loss is below this share of its own.
const HALFWAY: f64 = 0.5;
const MORE_OFTEN: f64 = 0.1;
const LOWER: f64 = 0.5;

/// Where a run has stayed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stuck {
    /// At what guessing gets: by its loss, or by how often it is right.
    Guessing {
        /// What that costs.
        cost: f64,
    },
    /// Halfway between that and nothing.
    Halfway {
        /// What the run ended with: on test samples where there are some, as more weights may learn training samples by heart.
        own: Figures,
    },
}

impl Stuck {
    /// Where a run ended, if it is there; guessing costs so much.
    pub fn of(facts: &Facts, run: &Run, cost: f64) -> Option<Self> {
        let guessing = Self::Guessing { cost };
        match () {
            () if run.status == "diverged" => None,
            () if guessing.holds(facts, run) => Some(guessing),
            () if run.train.loss >= HALFWAY * cost => Some(Self::Halfway { own: run.judged() }),
            () => None,
        }
    }

    /// Whether another run ended there, too.
    fn holds(self, facts: &Facts, run: &Run) -> bool {
        match self {
            Self::Guessing { cost } => {
                let majority = facts.majority.zip(run.train.accuracy);
                let is_as_wrong = majority.is_some_and(|(share, accuracy)| accuracy <= share + 1e-9);
                let is_lower = run.train.loss < cost * (1.0 - ON_PLATEAU);
                let is_right = majority.is_some_and(|(share, accuracy)| accuracy >= share + MORE_OFTEN);
                !run.is_finished() || !is_lower && !is_right || is_as_wrong
            }
            Self::Halfway { own } => {
                let other = run.judged();
                let is_better = match own.accuracy.zip(other.accuracy) {
                    Some((own, other)) => other >= own + MORE_OFTEN,
                    None => other.loss < LOWER * own.loss,
                };
                !run.is_finished() || !is_better
            }
        }
    }
}

/// How a run ended beside guessing, in few words.
pub fn beside_guessing(facts: &Facts, run: &Run, guessing: f64) -> String {
    let right = run.train.accuracy.map_or_else(String::new, |share| format!(" and is right in {}", percent(share, 0)));
    let guesses = facts.majority.map_or_else(String::new, |share| format!(" and is right in {}", percent(share, 0)));
    format!("ends with loss {}{right}, where guessing costs {}{guesses}", rough(run.train.loss), rough(guessing))
}

/// Runs other seeds of a training whose own run is stuck, and, where most are, what might help but for the cures that were refuted. None
/// if they would take too long, and if it was stopped.
///
/// # Errors
/// As those of whoever trains.
pub fn population(stuck: Stuck, refuted: &[Cure], runs: &mut dyn Retrain) -> Result<Option<Population>, Error> {
    let facts = runs.facts();
    let work = runs.work(None)?;
    let seeds = (WORK / work) as usize;
    if seeds < SEEDS.0 {
        return Ok(None);
    }
    let mut of_seeds = |cure: Option<Cure>, seeds: usize| -> Result<Option<Vec<(Run, bool)>>, Error> {
        let wanted = Wanted::others(cure, None, seeds.saturating_sub(1).max(1));
        if runs.takes(&wanted).is_err() {
            return Ok(None);
        }
        let Some(done) = trained(runs, &[wanted], f64::NEG_INFINITY, true)? else { return Ok(None) };
        let judged = |Trained { run, .. }: Trained| {
            let is_stuck = stuck.holds(&facts, &run);
            (run, is_stuck)
        };
        Ok(Some(done.into_iter().flatten().map(judged).collect()))
    };
    let Some(others) = of_seeds(None, seeds.min(SEEDS.1))? else { return Ok(None) };
    let better = || others.iter().filter(|(_, is_stuck)| !is_stuck).map(|(run, _)| run);
    let best = better().min_by(|a, b| a.train.loss.total_cmp(&b.train.loss));
    let mut population = Population {
        seeds: others.len() + 1,
        alike: others.len() + 1 - better().count(),
        is_guessing: matches!(stuck, Stuck::Guessing { .. }),
        best: best.map(|run| run.seed),
        best_loss: best.map_or(f64::NAN, |run| run.train.loss),
        best_accuracy: best.and_then(|run| run.train.accuracy),
        obstacle: None,
        is_searched: false,
    };
    let few = (WORK / MORE as f64 / work) as usize;
    if !population.is_most() || few < SEEDS.0 {
        return Ok(Some(population));
    }
    population.is_searched = true;
    for change in facts.changes.iter().filter(|change| !refuted.contains(&change.cure())) {
        let Some(runs) = of_seeds(Some(change.cure()), FEW + 1)? else { continue };
        let better = runs.iter().filter(|(_, is_stuck)| !is_stuck).count();
        if 3 * better >= 2 * runs.len() {
            population.obstacle = Some(Obstacle { change: change.clone(), seeds: runs.len(), better });
            break;
        }
    }
    Ok(Some(population))
}

/// Learning rates that are tried where all seeds end alike, in those of the task.
pub(super) const RATES: [f64; 3] = [0.1, 0.01, 10.0];

impl Change {
    /// The flags that do it.
    pub fn cure(&self) -> Cure {
        match self {
            Self::Bent(cure) => cure.clone(),
            Self::Rate(rate) => Cure::LearningRate(*rate),
            Self::Wider(widths) => Cure::Layers(widths.clone()),
            Self::Longer(steps) => Cure::Steps(*steps),
        }
    }
}
