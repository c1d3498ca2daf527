//! What may be spent, and what was: in trainings, so that every budget is the same.

use super::super::setting::Setting;
use super::rates::OF_RATES;
use crate::budget::Budget;
use crate::error::Error;
use crate::words::count;
use std::time::Instant;

/// Trainings' worth of steps for each start that may be tried: the most that is spent unless a budget says otherwise.
const RUNS_EACH: f64 = 2.84;

/// With less than this nothing can be said.
pub(super) const LEAST_RUNS: f64 = 12.0;

/// The share of all trainings that is for the race; the evidence has the others.
const OF_RACE: f64 = 0.6;

/// The share of a budget in time after which it is known how fast trainings are.
const TO_MEASURE: f64 = 0.02;

/// Trainings that may be spent.
#[derive(Clone, Debug)]
pub(super) struct Purse {
    /// What may be spent; what may be, of a budget in time, is said by the clock.
    units: f64,
    /// What the race has spent.
    pub spent: f64,
    /// What the evidence has.
    shown: f64,
    clock: Option<Clock>,
    /// What may be spent on what might help, beside what is left: some where nobody said how many.
    extra: f64,
    /// What is spent unless somebody says otherwise.
    usual: f64,
    /// The least that anything can be said with.
    least: f64,
    /// The share of a budget that is kept for what is tried beside the race, and in trainings where that is known.
    kept: f64,
    kept_units: f64,
}

/// A budget in time.
#[derive(Clone, Debug)]
struct Clock {
    begin: Instant,
    seconds: f64,
    /// When the trainings began by which it is measured.
    since: f64,
    /// Trainings that there are to a second; none as long as that is not measured.
    rate: Option<f64>,
}

impl Purse {
    /// # Errors
    /// If it is a budget in steps too small for anything.
    pub fn new(setting: &Setting, search_lr: bool, budget: Option<Budget>) -> Result<Self, Error> {
        let steps = setting.steps as f64;
        let usual = RUNS_EACH * setting.starts() as f64;
        let least = LEAST_RUNS + if search_lr { OF_RATES } else { 0.0 };
        let kept = setting.kept;
        let (units, clock) = match budget {
            None => (usual, None),
            Some(Budget::Steps(budget)) => ((1.0 - kept) * budget as f64 / steps, None),
            // What a second holds is found out on the way.
            Some(Budget::Time(time)) => {
                let seconds = (1.0 - kept) * time.as_secs_f64();
                let clock = Clock { begin: Instant::now(), seconds, since: 0.0, rate: None };
                (f64::INFINITY, Some(clock))
            }
        };
        if units < least {
            return Err(Error::Usage(format!(
                "--budget {}: that is less than {least} trainings of {} steps, of which nothing could be said; give at \
                 least {}steps, or use fewer --steps",
                budget.map_or_else(String::new, |budget| budget.to_string()),
                count(setting.steps),
                (least * steps / (1.0 - kept)).ceil()
            )));
        }
        let extra = if budget.is_none() { usual } else { 0.0 };
        // Of a budget the rest is the race's; where nobody gave one it comes on top.
        let kept_units = if budget.is_none() { kept * units } else { kept / (1.0 - kept) * units };
        Ok(Self { units, spent: 0.0, shown: 0.0, clock, extra, usual, least, kept, kept_units })
    }

    /// Whether it has to be measured first how many trainings there are to a second.
    pub fn is_unknown(&self) -> bool {
        self.clock.as_ref().is_some_and(|clock| clock.rate.is_none())
    }

    /// Whether the same would be spent again.
    pub fn is_repeatable(&self) -> bool {
        self.clock.is_none()
    }

    /// Trainings begin by which it is measured.
    pub fn begin(&mut self) {
        if let Some(clock) = &mut self.clock {
            clock.since = clock.begin.elapsed().as_secs_f64();
        }
    }

    /// So many trainings are done that had this share of the steps. Whether that took long enough to know.
    pub fn measure(&mut self, count: usize, share: f64) -> bool {
        let Some(clock) = &mut self.clock else { return true };
        let took = clock.begin.elapsed().as_secs_f64() - clock.since;
        if took > TO_MEASURE * clock.seconds || share >= 1.0 {
            clock.rate = Some(share * count as f64 / took.max(1e-9));
        }
        clock.rate.is_some()
    }

    /// What is wrong with a budget in time, once it is measured; none if it is enough.
    pub fn too_little_time(&self) -> Option<String> {
        let seconds = self.clock.as_ref()?.seconds / (1.0 - self.kept);
        (self.left() < self.least).then(|| {
            format!(
                "--budget {seconds}s: that is time for about {:.1} trainings here, of which nothing could be said; {} are \
                 the least: give more time, or use fewer --steps",
                self.left(),
                self.least
            )
        })
    }

    /// Trainings that are left.
    pub fn left(&self) -> f64 {
        match self.clock {
            None => self.units - self.spent - self.shown,
            Some(Clock { begin, seconds, rate, .. }) => {
                (seconds - begin.elapsed().as_secs_f64()).max(0.0) * rate.unwrap_or(f64::INFINITY)
            }
        }
    }

    /// The trainings of the race, those that are done among them.
    pub fn of_race(&self) -> f64 {
        OF_RACE * (self.spent + self.left())
    }

    /// The trainings that the evidence may still take: less where the race was over soon, because starts were soon told apart.
    pub fn of_evidence(&self) -> f64 {
        ((1.0 - OF_RACE) / OF_RACE * self.spent - self.shown).min(self.left()).max(0.0)
    }

    /// The trainings that may be spent on what might help, where no start does: what is left, and as many again where nobody said how
    /// many.
    pub fn for_remedies(&self) -> f64 {
        (self.left() + self.extra).max(0.0)
    }

    /// The trainings that are kept for what is tried beside the race: of a budget in time as many as the time takes that is left for them.
    pub fn kept(&self) -> f64 {
        let of_time = self.clock.as_ref().map(|Clock { begin, seconds, rate, .. }| {
            let left = (seconds / (1.0 - self.kept) - begin.elapsed().as_secs_f64()).max(0.0) * rate.unwrap_or(0.0);
            left.min(self.kept / (1.0 - self.kept) * seconds * rate.unwrap_or(0.0))
        });
        of_time.unwrap_or(self.kept_units)
    }

    /// What is spent unless somebody says otherwise, in shares of what there is.
    pub fn usual_share(&self) -> f64 {
        self.usual / (self.spent + self.left())
    }

    /// So many trainings were done to find a learning rate.
    pub fn set_aside(&mut self, trainings: f64) {
        self.units -= trainings;
    }

    /// So many trainings of the evidence were done.
    pub fn show(&mut self, trainings: f64) {
        self.shown += trainings;
    }
}
