//! The seam between the race and whoever trains: plain data that can travel, and a trait.
//!
//! The race asks for trainings in batches, an [`Ask`], and is told an [`Answer`] for each [`Trial`]. It does not know who trains: the
//! engine of this crate, a framework, a cluster, or a formula. All of it is JSON by serde, where a number that is not finite is null.

use crate::error::Error;
use crate::probe::Profile;
use crate::run::{Figures, Record, Run};
use crate::serial::number;
use crate::units::Fits;
use headstart_engine::watch::Watch;
use serde::{Deserialize, Serialize};

/// A batch of trainings that are wanted. Each stands for itself: they may be done in any order, side by side, and by several.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ask {
    /// What they are for.
    pub purpose: Purpose,
    /// The trainings; never none.
    pub trials: Vec<Trial>,
}

/// What trainings are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// To see how many fit into a budget that is a time.
    Speed,
    /// To find a learning rate.
    Rates,
    /// To find the starts that may be the best, on held-out parts of the training samples.
    Race,
    /// To tell a few starts apart, on all training samples. From here on nothing is asked to go on that was paused before.
    Evidence,
}

/// One training that is wanted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// Its number, which its answer has, too; never the same for two trials of one race.
    pub id: u64,
    /// Where it starts.
    pub start: Start,
    /// What it draws by: two trials with the same seed, the same samples and the same start are the same training.
    pub seed: u64,
    /// What it is trained and judged on.
    pub on: Samples,
    /// The learning rate.
    pub lr: f64,
    /// The steps that it is long: schedules are laid out over these. Counted as in [`Setting::steps`](super::setting::Setting::steps).
    pub length: u64,
    /// The step up to which it shall go: the length, or less where it may be asked to go on later.
    pub until: u64,
    /// Losses on the way are wanted once in so many steps; none where it is left to the trainer.
    pub record: Option<u64>,
    /// The trial whose training this one goes on, from where that was paused. Whoever cannot starts again: it is the same start,
    /// seed, rate and length.
    pub goes_on: Option<u64>,
}

/// Where a training starts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// Its name, by which it is told: a scheme and its gain (`he:0.5`), or with a slash between layers (`he:4/he/he`). What schemes
    /// of [`Initialization`](headstart_engine::init::Initialization)'s grammar make is in that grammar.
    pub init: String,
    /// The scheme and the gain, of plain weights the scale; none of a start that is no scheme of the race.
    pub scheme: Option<(String, f64)>,
    /// What the gain is multiplied by in the first and in the last layer.
    pub factors: [f64; 2],
}

impl Start {
    /// A start that is no scheme of the race, by its name.
    pub fn named(init: &str) -> Self {
        Self { init: init.to_owned(), scheme: None, factors: [1.0; 2] }
    }
}

/// What a training is trained and judged on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Samples {
    /// On the training samples without this part of them, and judged on it: one of [`Setting::parts`](super::setting::Setting::parts).
    Without(usize),
    /// On all training samples, and judged on the test set where there is one.
    All,
}

/// A look at starts that is wanted, to be shown beside the advice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Probe {
    /// The starts.
    pub starts: Vec<Start>,
    /// The first seed: it takes a few from here on.
    pub seed: u64,
    /// The learning rate.
    pub lr: f64,
}

/// What became of a trial.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The trial's number.
    pub trial: u64,
    /// Whether it was given up because of a loss that grew beyond all bounds. A loss that is not finite counts as that, too.
    pub diverged: bool,
    /// On what it was trained on, after the last update.
    pub train: Figures,
    /// On what was held out, or on the test set; none where all samples were trained on and there is no test set.
    pub held: Option<Figures>,
    /// The training losses after a quarter, a half and three quarters of the steps; empty where they are not known: then only the end
    /// counts. In JSON a null is one that is not finite.
    #[serde(default)]
    pub way: Vec<Option<f64>>,
    /// Updates that were done for this answer: without those before it was paused. No more than was asked for.
    pub steps: u64,
    /// Whether it can go on from where it stands.
    #[serde(default)]
    pub paused: bool,
    /// What else there is to tell of it; nothing is decided by it.
    #[serde(default)]
    pub details: Details,
}

/// What there may be to tell of a training, beside how it ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Details {
    /// Losses before the updates of some steps.
    pub trace: Vec<Record>,
    /// How each target of a regression is met.
    pub targets: Option<Fits>,
    /// After so many updates the target accuracy was first found to be reached.
    pub reached: Option<usize>,
    /// The lowest validation loss that was seen, with early stopping.
    pub best: Option<Record>,
    /// How long it took.
    #[serde(deserialize_with = "number")]
    pub seconds: f64,
}

/// At so many points of a training its loss counts, the end among them.
pub(super) const POINTS: usize = 4;

impl Answer {
    /// Of a training that went as far as it was asked to.
    pub fn of(trial: &Trial, train: Figures, held: Option<Figures>) -> Self {
        Self {
            trial: trial.id,
            diverged: false,
            train,
            held,
            way: Vec::new(),
            steps: trial.until,
            paused: false,
            details: Details::default(),
        }
    }

    /// Whether it ended with losses that are numbers.
    pub fn is_finished(&self) -> bool {
        !self.diverged && self.train.loss.is_finite() && self.held.is_none_or(|held| held.loss.is_finite())
    }

    /// On what it is judged by: what was held out or the test set, or else the training samples.
    pub fn judged(&self) -> Figures {
        self.held.unwrap_or(self.train)
    }

    /// As a run of its trial.
    pub(super) fn into_run(self, trial: &Trial) -> Run {
        let is_finished = self.is_finished();
        let Details { trace, targets, reached, best, seconds } = self.details;
        Run {
            case: None,
            init: trial.start.init.as_str().into(),
            seed: trial.seed,
            status: if is_finished { "finished" } else { "diverged" },
            step: (!is_finished).then_some(self.steps as usize),
            train: self.train,
            test: self.held,
            targets,
            trace,
            steps: self.steps as usize,
            best,
            reached,
            seconds,
        }
    }
}

/// The losses after each of some equal stretches of so many steps but the last one: what was recorded there, or next.
pub fn way(trace: &[Record], steps: u64) -> Vec<Option<f64>> {
    let at = |point: usize| trace.iter().find(|record| record.step * POINTS >= point * steps as usize);
    (1..POINTS).map(|point| at(point).map(|record| record.loss).filter(|loss| loss.is_finite())).collect()
}

/// Whoever can train.
pub trait Trainer {
    /// Does the trainings of a batch, and returns what became of each, in any order; only of those that were done where the watch
    /// was stopped meanwhile, which it looks at at least every tenth of a second. Updates are added to the watch.
    ///
    /// # Errors
    /// If something cannot be trained at all. A training that fails is none: its answer says that it diverged.
    fn train(&mut self, ask: &Ask, watch: &Watch) -> Result<Vec<Answer>, Error>;

    /// What starts look like layer by layer; none from who cannot tell, or was stopped.
    ///
    /// # Errors
    /// If they cannot be looked at.
    fn probe(&mut self, _probe: &Probe, _watch: &Watch) -> Result<Option<Vec<Profile>>, Error> {
        Ok(None)
    }
}
