//! The evidence: the start that was found beside those that need no search, trained on all training samples from fresh seeds until
//! they are told apart, or what may be spent is spent. What is advised, and how it is said, is what this says.

use super::race::Race;
use super::words::as_told;
use crate::compare::{self, Cell, Comparison};
use crate::error::Error;
use crate::executor::{Batch, Executor, Threads};
use crate::run::Run;
use crate::spec::{Inits, Seeds};
use crate::stats::interval::Groups;
use crate::stats::paired::{sign_test, t_interval};
use crate::stats::{LEVEL, deviation, mean};
use crate::task::NamedInit;
use crate::task::Task;
use headstart_engine::init::Initialization;
use std::cmp::Ordering;
use std::ops::{ControlFlow, Range};

/// The first seed of the evidence is this far from the task's; those of the race are much farther.
pub(super) const FRESH: u64 = 1_000;

/// What frameworks start a dense layer with.
pub(super) const DEFAULTS: [&str; 2] = ["pytorch-default", "keras-default"];

/// Seeds of each start when it is first looked, and the most; in between it is looked after twice as many each time.
const FIRST: usize = 10;
const MOST: usize = 192;

/// Seeds of a default that is to be kept, and of what may be better, as far as anything is left for it: who is told to change nothing
/// looks no further.
const KEPT: usize = 40;

/// Seeds of a start that is only looked at.
const LOOK: usize = 6;

/// Seeds of each start at least, as far as a small budget allows it: before there are fewer, there are fewer starts.
const FEW: f64 = 3.0;

/// Accuracies nearer than this are as good as equal: half a point; losses, those nearer than this part of the best one's.
const POINT: f64 = 0.005;
const PART: f64 = 0.01;

/// The farthest that what is as good as equal may turn out to be apart, in those: of accuracies and of losses.
const MAY_BE: [f64; 2] = [3.0, 2.0];

/// What is as rare by chance is none.
const RARE: f64 = 0.01;

/// Groups of accuracies that are nearer than this are not told.
const APART: f64 = 0.05;

/// A loss of so many of guessing is one of a training that was thrown away: it counts as diverged.
const THROWN: f64 = 1e4;

/// Starts that are within so many of that in a few seeds end alike.
const ALIKE: f64 = 3.0;

/// Of losses that are within noise in a few seeds, how far they may be apart, in as many of that.
const LOSSES_ALIKE: f64 = 5.0;

/// Some starts, trained side by side.
pub(super) struct Evidence {
    /// The task with all of them.
    pub task: Task,
    pub runs: Vec<Run>,
    /// The starts in figures, best first.
    pub comparison: Comparison,
    /// Of each start in the order of the comparison.
    standings: Vec<Standing>,
    classify: bool,
}

/// How a start did.
struct Standing {
    init: String,
    /// By seed, more being better: the accuracy, or minus the loss; none of a loss that diverged.
    scores: Vec<Option<f64>>,
    /// Whether it was put beside the others later on, of a few seeds: what is told of those does not change by that.
    is_added: bool,
}

/// By how much one start is better than another, over the seeds that both have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Gap {
    /// In the mean; infinite where the other one has diverged more often.
    pub mean: f64,
    /// Where that lies over all seeds, one that goes as badly as any start's did included at either end: a start that fails in
    /// one seed of twenty looks perfect in ten. None of few.
    pub interval: Option<[f64; 2]>,
    /// Seeds that both have.
    pub seeds: usize,
    /// Whether there is no difference in any seed.
    pub is_none: bool,
    /// Seeds in which it is better.
    pub wins: usize,
    /// How likely it is that it is better in so many seeds, or in so few, by chance.
    pub p: f64,
}

impl Gap {
    /// Whether the first is better beyond chance: by its mean, or by more than a margin and in nearly all seeds.
    pub fn stands(&self, margin: f64) -> bool {
        let in_most = self.mean > margin && self.p <= RARE;
        self.mean == f64::INFINITY || in_most || self.interval.is_some_and(|[low, _]| low > 0.0)
    }

    /// Whether the first may be better by more than a margin.
    pub fn may_be_beyond(&self, margin: f64) -> bool {
        !self.is_none && self.at_most() > margin
    }

    /// By how much the first may be better; infinite where that is not known.
    pub fn at_most(self) -> f64 {
        let unknown = if self.mean == f64::NEG_INFINITY { self.mean } else { f64::INFINITY };
        self.interval.map_or(unknown, |[_, high]| high)
    }

    /// `unseen` is how far one more seed may go against either.
    fn of(first: &Standing, second: &Standing, unseen: f64) -> Self {
        let pairs: Vec<(Option<f64>, Option<f64>)> =
            first.scores.iter().copied().zip(second.scores.iter().copied()).collect();
        let failed = |of: fn(&(Option<f64>, Option<f64>)) -> bool| pairs.iter().filter(|pair| of(pair)).count();
        let (own, others) = (failed(|pair| pair.0.is_none()), failed(|pair| pair.1.is_none()));
        let differences: Vec<f64> = pairs.iter().filter_map(|(a, b)| Some((*a)? - (*b)?)).collect();
        let seeds = pairs.len();
        if own != others || differences.is_empty() {
            let mean = match own.cmp(&others) {
                Ordering::Less => f64::INFINITY,
                Ordering::Equal => 0.0,
                Ordering::Greater => f64::NEG_INFINITY,
            };
            return Self { mean, interval: None, seeds, is_none: false, wins: 0, p: 1.0 };
        }
        let with = |unseen: f64| [&differences[..], &[unseen]].concat();
        let (below, above) = (with(-unseen), with(unseen));
        let interval =
            t_interval(&below, LEVEL).zip(t_interval(&above, LEVEL)).map(|([low, _], [_, high])| [low, high]);
        let is_none = differences.iter().all(|difference| *difference == 0.0);
        let count = |wins: fn(&f64) -> bool| differences.iter().filter(|difference| wins(difference)).count();
        let (wins, losses) = (count(|difference| *difference > 0.0), count(|difference| *difference < 0.0));
        Self { mean: mean(&differences), interval, seeds, is_none, wins, p: sign_test(wins, losses) }
    }
}

impl Evidence {
    /// Trains some starts from fresh seeds: those whose order is open go on as long as something may be spent. If it was stopped it
    /// is what there is until then; none if there is nothing. So many starts are to be looked at afterwards.
    pub fn gather(race: &mut Race, mut inits: Vec<Initialization>, later: usize) -> Result<Option<Self>, Error> {
        let units = race.of_evidence();
        inits.truncate(((units / FEW) as usize).max(1));
        let task = beside(race, inits)?;
        let mut evidence = Self::new(race, task);
        let mut left: Vec<usize> = (0..evidence.standings.len()).collect();
        let (mut done, mut next) = (0, FIRST);
        loop {
            let affordable = (race.of_evidence() / left.len() as f64) as usize;
            let until = next.min(done + affordable).min(MOST).max(usize::from(done == 0));
            if until <= done {
                break;
            }
            if !evidence.train(race, &left, done..until) {
                return Ok(evidence.cut_short());
            }
            (done, next) = (until, 2 * until);
            left = evidence.open(left);
            if left.len() < 2 {
                break;
            }
        }
        let mut best = left[0];
        if evidence.may_keep(best) {
            if !evidence.make_sure(race, best, (LOOK * later) as f64) {
                return Ok(evidence.cut_short());
            }
            best = evidence.open((0..evidence.standings.len()).collect())[0];
        }
        evidence.settle(best);
        Ok(Some(evidence))
    }

    /// What there is of it where it was stopped; none if there is nothing.
    fn cut_short(mut self) -> Option<Self> {
        let best = self.open((0..self.standings.len()).collect())[0];
        self.settle(best);
        (!self.comparison.cells.is_empty()).then_some(self)
    }

    /// Whether some default may be worth keeping.
    fn may_keep(&self, best: usize) -> bool {
        let margin = self.margin_of(&self.standings[best]);
        let mut defaults = self.standings.iter().filter(|standing| DEFAULTS.contains(&standing.init.as_str()));
        defaults.any(|default| {
            let mut others = self.standings.iter().filter(|other| other.init != default.init);
            others.all(|other| self.is_no_better(self.gap_of(other, default), margin))
        })
    }

    /// Whether a start that is ahead of another by so much is no better, nor may turn out to be far better.
    fn is_no_better(&self, gap: Gap, margin: f64) -> bool {
        let may_be = MAY_BE[usize::from(!self.classify)] * margin;
        !gap.stands(margin) && gap.mean <= margin && !gap.may_be_beyond(may_be)
    }

    /// Trains whatever may be the best to as many seeds as a default takes that is to be kept: here all may be spent that is left, but
    /// for so many trainings. False if it was stopped.
    fn make_sure(&mut self, race: &mut Race, best: usize, later: f64) -> bool {
        let margin = self.margin_of(&self.standings[best]);
        let may_be = |i: &usize| {
            let gap = self.gap_of(&self.standings[best], &self.standings[*i]);
            // What is the same in all of a few seeds need not be looked at, unless it is what is to be kept.
            let is_default = DEFAULTS.contains(&self.standings[*i].init.as_str());
            *i == best || !(gap.stands(margin) || gap.is_none && !is_default)
        };
        let which: Vec<usize> = (0..self.standings.len()).filter(may_be).collect();
        if which.len() < 2 {
            return true;
        }
        let until = |seeds: usize| -> usize {
            which.iter().map(|i| seeds.saturating_sub(self.standings[*i].scores.len())).sum()
        };
        let affordable = (0..=KEPT).rev().find(|seeds| until(*seeds) as f64 <= race.left() - later).unwrap_or(0);
        which.into_iter().all(|i| {
            let done = self.standings[i].scores.len();
            done >= affordable || self.train(race, &[i], done..affordable)
        })
    }

    fn new(race: &Race, task: Task) -> Self {
        let standing = |init: &NamedInit| Standing { init: init.name.to_string(), scores: Vec::new(), is_added: false };
        let standings = task.inits().iter().map(standing).collect();
        let comparison = Comparison { cells: Vec::new(), differences: Vec::new(), settled: None };
        Self { standings, task, runs: Vec::new(), comparison, classify: race.classify }
    }

    /// Trains some starts with some seeds more, seed by seed. False if it was stopped: what was done before counts.
    fn train(&mut self, race: &mut Race, which: &[usize], seeds: Range<usize>) -> bool {
        let Self { task, runs, standings, classify, .. } = self;
        let count = seeds.len() * which.len();
        let job = |i: usize| task.job_of(which[i % which.len()], seeds.start + i / which.len());
        let guessing = task.units().guessing().map(|guessing| guessing.train.max(guessing.test.unwrap_or(0.0)));
        let (mut seen, mut kept) = (0, 0);
        let mut is_cut = vec![false; which.len()];
        let end = Threads(race.threads).run(&Batch::new(count, job), race.watch, &mut |run| {
            let start = seen % which.len();
            seen += 1;
            // A start's seeds are those from the first one on: none comes after one that was stopped.
            is_cut[start] |= run.status == "stopped";
            if is_cut[start] {
                return ControlFlow::Continue(());
            }
            kept += 1;
            let loss = run.train.loss.max(run.judged().loss);
            let is_thrown = run.is_finished() && guessing.is_some_and(|guessing| loss > THROWN * guessing);
            let run = if is_thrown { Run { status: "diverged", ..run } } else { run };
            standings[which[start]].scores.push(score(&run, *classify));
            runs.push(run);
            ControlFlow::Continue(())
        });
        debug_assert!(end.is_ok(), "the jobs are there already");
        race.spend(count as f64);
        kept == count
    }

    /// Of some starts those whose order is still open, the best one first: not those that are worse beyond chance, nor those that
    /// are as good as equal to it as far as is seen.
    fn open(&self, mut which: Vec<usize>) -> Vec<usize> {
        which.sort_by(|a, b| self.better(*a, *b));
        let best = which[0];
        let is_open = |other: &usize| {
            let [best, other] = [best, *other].map(|i| &self.standings[i]);
            let (margin, seen) = (self.margin_of(best), Gap::of(best, other, 0.0));
            let is_equal = seen.is_none || seen.interval.is_some_and(|[low, high]| low >= -margin && high <= margin);
            !(self.gap_of(best, other).stands(margin) || is_equal)
        };
        which.retain(|i| *i == best || is_open(i));
        which
    }

    /// Better first: fewer diverged, then the mean.
    fn better(&self, a: usize, b: usize) -> Ordering {
        let rank = |i: usize| {
            let there: Vec<f64> = self.standings[i].scores.iter().copied().flatten().collect();
            let all = self.standings[i].scores.len().max(1);
            let failed = (all - there.len()) as f64 / all as f64;
            (failed, if there.is_empty() { f64::INFINITY } else { -mean(&there) })
        };
        rank(a).partial_cmp(&rank(b)).unwrap_or(Ordering::Equal)
    }

    /// All in figures and in an order: the best one, and the others by how far they are behind it in the seeds that both have.
    fn settle(&mut self, best: usize) {
        let behind = |i: usize| {
            if i == best { f64::NEG_INFINITY } else { self.gap_of(&self.standings[best], &self.standings[i]).mean }
        };
        let mut order: Vec<(f64, String)> =
            (0..self.standings.len()).map(|i| (behind(i), self.standings[i].init.clone())).collect();
        order.sort_by(|a, b| a.0.total_cmp(&b.0));
        let place = |init: &str| order.iter().position(|(_, name)| name == init);
        let mut cells = compare::cells(&self.runs, self.task.target());
        cells.sort_by_key(|cell| place(&cell.init));
        self.standings.sort_by_key(|standing| place(&standing.init));
        let differences = compare::differences(&cells, &self.runs);
        self.comparison = Comparison { cells, differences: Vec::new(), settled: None };
        // Once there are cells to tell of.
        let told = differences.into_iter().map(|difference| as_told(self, difference));
        self.comparison.differences = told.collect();
    }

    /// What is as good as no difference from the best start.
    pub fn margin(&self) -> f64 {
        self.standings.first().map_or(0.0, |best| self.margin_of(best))
    }

    /// What is as good as no difference from a start.
    fn margin_of(&self, best: &Standing) -> f64 {
        if self.classify {
            return POINT;
        }
        let there: Vec<f64> = best.scores.iter().copied().flatten().collect();
        if there.is_empty() { 0.0 } else { PART * mean(&there).abs() }
    }

    /// Whether other starts end like the best one, within what is noise in a few seeds: the means are near each other, and none is
    /// below it beyond chance.
    pub fn ends_like(&self, others: &Self) -> bool {
        let Some(best) = self.standings.first() else { return false };
        let margin = ALIKE * if self.classify { POINT } else { LOSSES_ALIKE * self.margin_of(best) };
        let all = self.standings.iter().chain(&others.standings);
        all.into_iter().all(|other| {
            let gap = self.gap_of(best, other);
            gap.is_none || gap.mean <= margin && gap.interval.is_none_or(|[low, _]| low <= margin)
        })
    }

    /// Puts other starts, of the same seeds, beside these.
    pub fn add(&mut self, others: Self) {
        let known = |init: &str| self.standings.iter().any(|standing| standing.init == init);
        let new: Vec<Run> = others.runs.into_iter().filter(|run| !known(&run.init)).collect();
        self.runs.extend(new);
        let new = others.standings.into_iter().filter(|standing| !known(&standing.init));
        let standings: Vec<Standing> = new.map(|standing| Standing { is_added: true, ..standing }).collect();
        self.standings.extend(standings);
        self.settle(0);
    }

    /// A start in figures; none if it was not trained.
    pub fn cell(&self, init: &str) -> Option<&Cell> {
        self.comparison.cells.iter().find(|cell| cell.init == init)
    }

    /// By how much one start is better than another.
    pub fn gap(&self, first: &str, second: &str) -> Option<Gap> {
        let of = |init: &str| self.standings.iter().find(|standing| standing.init == init);
        Some(self.gap_of(of(first)?, of(second)?))
    }

    /// By how much one start ends better than another, and the standard error of that: in accuracy, or in decades of loss. None where
    /// that cannot be told.
    pub fn difference(&self, first: &str, second: &str) -> Option<[f64; 2]> {
        let of = |init: &str| self.standings.iter().find(|standing| standing.init == init);
        let in_units = |score: f64| if self.classify { score } else { -libm::log10((-score).max(f64::MIN_POSITIVE)) };
        let pairs = of(first)?.scores.iter().zip(&of(second)?.scores);
        let differences: Vec<f64> =
            pairs.map(|(a, b)| Some(in_units((*a)?) - in_units((*b)?))).collect::<Option<_>>()?;
        // A start that never fails in a few seeds may do so in others.
        let unseen = if self.classify { self.unseen() } else { 0.0 };
        let spread = deviation(&[&differences[..], &[unseen]].concat())?
            .max(deviation(&[&differences[..], &[-unseen]].concat())?);
        Some([mean(&differences), spread / (differences.len() as f64).sqrt()])
    }

    fn gap_of(&self, first: &Standing, second: &Standing) -> Gap {
        Gap::of(first, second, self.unseen())
    }

    /// How far below its mean the worst seed of any start is.
    fn unseen(&self) -> f64 {
        let below = |standing: &Standing| {
            let there: Vec<f64> = standing.scores.iter().copied().flatten().collect();
            there.iter().map(|score| mean(&there) - score).fold(0.0, f64::max)
        };
        self.standings.iter().filter(|standing| !standing.is_added).map(below).fold(0.0, f64::max)
    }

    /// By how much some other start may be better than this one at the most, as far as the seeds tell: infinite where that is not
    /// known, minus that where there is no other. What is the same in all seeds may be better in the next one.
    pub fn at_most(&self, init: &str) -> f64 {
        let others = self.comparison.cells.iter().filter(|cell| cell.init != init);
        others.filter_map(|cell| self.gap(&cell.init, init)).map(Gap::at_most).fold(f64::NEG_INFINITY, f64::max)
    }

    /// The best one.
    pub fn best(&self) -> &str {
        self.comparison.cells.first().map_or("", |cell| &cell.init)
    }

    /// Whether no other start is better by more than is as good as nothing, nor may turn out to be far better.
    pub fn is_as_good(&self, init: &str) -> bool {
        let margin = self.margin();
        self.beside_all(init, |gap| self.is_no_better(gap, margin))
    }

    /// Whether no other start is known to be better.
    pub fn may_be_best(&self, init: &str) -> bool {
        self.beside_all(init, |gap| !gap.stands(self.margin()))
    }

    /// Whether something holds of how far every other start is ahead of one.
    fn beside_all(&self, init: &str, holds: impl Fn(Gap) -> bool) -> bool {
        let mut others = self.comparison.cells.iter().filter(|cell| cell.init != init);
        self.cell(init).is_some() && others.all(|other| self.gap(&other.init, init).is_none_or(&holds))
    }

    /// The frameworks' defaults of which something holds, the better one first.
    pub fn defaults(&self, holds: impl Fn(&Self, &str) -> bool) -> Vec<String> {
        let cells = self.comparison.cells.iter().map(|cell| cell.init.as_str());
        cells.filter(|init| DEFAULTS.contains(init) && holds(self, init)).map(str::to_owned).collect()
    }

    /// The two groups that a start's seeds fall into, as where some learn and others do not; none if they do not.
    pub fn groups(&self, init: &str) -> Option<Groups> {
        let standing = self.standings.iter().find(|standing| standing.init == init)?;
        let scores: Vec<f64> = standing.scores.iter().copied().collect::<Option<_>>()?;
        // As figures are told: losses without their minus.
        let told: Vec<f64> = scores.into_iter().map(|score| if self.classify { score } else { -score }).collect();
        Groups::of(&told).filter(|groups| !self.classify || groups.high - groups.low > APART)
    }

    /// Trains some starts on the same terms, a few seeds each; none if that costs more than is left, or it was stopped.
    pub fn look(race: &mut Race, inits: &[Initialization]) -> Result<Option<Self>, Error> {
        if race.left() < (LOOK * inits.len()) as f64 {
            return Ok(None);
        }
        let task = beside(race, inits.to_vec())?;
        let mut more = Self::new(race, task);
        let all: Vec<usize> = (0..inits.len()).collect();
        if !more.train(race, &all, 0..LOOK) {
            return Ok(None);
        }
        more.settle(more.open(all)[0]);
        Ok(Some(more))
    }
}

/// More is better.
fn score(run: &Run, classify: bool) -> Option<f64> {
    let judged = run.judged();
    if classify {
        return Some(judged.accuracy.filter(|_| run.is_finished()).unwrap_or(0.0));
    }
    Some(-judged.loss).filter(|score| score.is_finite() && run.is_finished())
}

/// The task with some starts, from fresh seeds.
fn beside(race: &Race, inits: Vec<Initialization>) -> Result<Task, Error> {
    let mut spec = race.whole.spec.clone();
    (spec.init.seed, spec.init.seeds) = (race.seed(FRESH), Seeds::Count(MOST));
    spec.init.init = Inits(inits);
    spec.training.lr = Some(race.lr());
    race.whole.vary(spec)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advise::{Question, advise, task};
    use crate::compare::difference::STEPS;
    use crate::spec::TaskSpec;
    use headstart_engine::watch::Watch;
    use std::thread;

    fn question(data: &str, steps: usize) -> Question {
        let spec = format!("[data]\n{data}\n[network]\nlayers = '_,6,_'\n[training]\nlr = 0.1\nsteps = {steps}\n");
        Question { spec: TaskSpec::from_toml(&spec).unwrap(), search_lr: false, budget: None }
    }

    /// A curve as a file, and what makes it data.
    fn curve(folder: &tempfile::TempDir) -> String {
        let file = folder.path().join("curve.csv");
        let row = |i: u32| format!("{i},{}\n", i * i % 31);
        std::fs::write(&file, format!("x,y\n{}", (0..40).map(row).collect::<String>())).unwrap();
        format!("data = '{}'\ntask = 'regression'", file.display())
    }

    #[test]
    fn differences_are_those_that_the_sentences_tell() {
        let folder = tempfile::tempdir().unwrap();
        for data in ["data = 'moons'\nsamples = [60, 60]".to_owned(), curve(&folder)] {
            let question = question(&data, 40);
            let whole = task(&question).unwrap();
            let watch = Watch::default();
            let mut race = Race::new(&whole, &question, 2, &watch).unwrap();
            race.spent = 60.0;
            let inits = ["he", "normal:0.1", "keras-default"].map(|init| init.parse().unwrap());
            let mut evidence = Evidence::gather(&mut race, inits.to_vec(), 0).unwrap().unwrap();
            let before = evidence.gap("he", "keras-default").unwrap();
            // Of what is put beside them later nothing changes.
            evidence.add(Evidence::look(&mut race, &["normal:4".parse().unwrap()]).unwrap().unwrap());
            assert_eq!(evidence.gap("he", "keras-default").unwrap(), before);
            let told = evidence.comparison.differences.iter().filter(|difference| difference.figure != STEPS);
            assert_eq!(told.clone().count(), 6);
            for difference in told {
                let [ahead, behind] = [[&difference.better, &difference.than], [&difference.than, &difference.better]]
                    .map(|[one, other]| evidence.gap(one, other).unwrap());
                let figures = if race.classify { ahead } else { behind };
                let mean = Some(figures.mean).filter(|mean| mean.is_finite());
                assert_eq!((difference.mean, difference.interval), (mean, figures.interval));
                let words = super::super::words::beside(&evidence, &difference.better, &[&difference.than]).unwrap();
                let [words, sentence] =
                    [&words, &difference.sentence].map(|text| text.split_once(" from ").unwrap().1.to_owned());
                assert_eq!(words, sentence);
            }
        }
    }

    #[test]
    fn what_was_gathered_when_it_was_stopped_is_told() {
        let question = question("data = 'moons'\nsamples = [60, 60]", 4_000);
        let whole = task(&question).unwrap();
        let watch = &Watch::default();
        let advice = thread::scope(|scope| {
            let each = |stage: crate::advise::Stage| {
                let begin = watch.steps();
                if stage.what == "evidence: " {
                    scope.spawn(move || {
                        while watch.steps() < begin + 5 * 4_000 {
                            thread::yield_now();
                        }
                        watch.stop();
                    });
                }
            };
            advise(&question, &whole, 1, watch, &each).unwrap().unwrap()
        });
        assert_eq!((advice.verdict, &advice.recommendation), ("interrupted", &None));
        let best = &advice.evidence.cells[0].init;
        assert!(advice.sentence.starts_with(&format!("Interrupted: best so far is --init {best} (test accuracy ")));
        assert!(advice.sentence.contains(" fresh seed"), "{}", advice.sentence);
        let runs: usize = advice.evidence.cells.iter().map(|cell| cell.runs).sum();
        assert!(runs == advice.runs.len() && advice.runs.iter().all(Run::is_finished));
    }
}
