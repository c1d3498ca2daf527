//! When a task's run leaves its start: predicted from the gradient flow, without taking the steps.

use super::evidence::stays_dead;
use super::prediction::{Outlook, Prediction};
use crate::error::Error;
use crate::executor;
use crate::run::{Record, Run};
use crate::spec::TaskSpec;
use crate::task::{Precise, Task};
use crate::words::number;
use headstart_engine::landscape::Landscape;
use headstart_engine::landscape::flow::{End, Flow, Quest, flow};
use headstart_engine::network::Parameters;
use headstart_engine::optimizer::{Decay, Optimizer, Schedule};
use headstart_engine::probe::layers;
use headstart_engine::train::{Checkpoint, Training, Worker};
use headstart_engine::watch::Watch;

/// A run has left its start when the loss has lost this share of what the best constant output gets.
const LOST: f64 = 0.25;

/// A predicted step may be off by this factor either way; see docs/explain.md for what was measured.
const FACTOR: f64 = 1.8;

/// Beyond so many steps it does not matter when.
const FAR: f64 = 1e15;

/// Steps of training that are taken to see whether it follows the flow.
const STRETCH: usize = 300;

/// How far the losses of the two may be apart, as a share, over the second half of that stretch.
const APART: f64 = 0.1;

/// Multiply-adds that a prediction may cost, and evaluations of the gradient within them.
const WORK: f64 = 1e11;
const EVALUATIONS: (f64, f64) = (200.0, 20_000.0);

/// The same of a trial.
const TRIAL: f64 = 3e9;
const TRIALS: (f64, f64) = (10.0, 3_000.0);

/// How much may be computed to find out.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Evaluations of the gradient along the flow.
    evaluations: usize,
    /// Steps of training that are taken to see whether it follows the flow.
    stretch: usize,
    /// Steps of the run itself, where that is what is followed.
    most: usize,
}

impl Effort {
    /// What an answer is worth.
    pub fn whole(task: &Task) -> Self {
        let training = task.training();
        let each = 3.0 * task.network().products() as f64 * task.dataset.train.x.nrows() as f64;
        let evaluations = (WORK / each).clamp(EVALUATIONS.0, EVALUATIONS.1) as usize;
        // A schedule ends with its steps.
        let is_endless = training.has_constant_rate();
        let most = if is_endless { evaluations.max(training.steps) } else { training.steps };
        Self { evaluations, stretch: training.steps.min(evaluations).min(STRETCH), most }
    }

    /// What it is worth to try whether something else would go better.
    pub fn trial(task: &Task) -> Self {
        let samples = task.dataset.train.x.nrows();
        let within = |samples: usize| {
            let each = 3.0 * task.network().products() as f64 * samples as f64;
            (TRIAL / each).clamp(TRIALS.0, TRIALS.1) as usize
        };
        let steps = within(task.training().batch.unwrap_or(samples)).min(task.steps());
        Self { evaluations: within(samples), stretch: steps.min(STRETCH), most: steps }
    }
}

/// Predicts when the run of a task's first start and seed, whose first parameters these are, leaves its start.
///
/// The first steps are taken. If they follow the gradient flow, so does the prediction; if they do not, because they are
/// too long for the curvature or the optimizer is none that a flow describes, the run itself is followed as far as the
/// same work goes. `None` if it was stopped.
///
/// # Errors
/// None that making the task did not meet.
pub fn predict(
    task: &Task,
    landscape: &Landscape,
    start: &[f64],
    effort: Effort,
    watch: &Watch,
) -> Result<Option<Outlook>, Error> {
    let training = task.training();
    // The landscape's losses are those of training, and all others are told in the targets' own units.
    let units = task.units();
    let plateau = units.told(landscape.blind_loss());
    let threshold = (1.0 - LOST) * plateau;
    let evaluations = effort.evaluations;
    let Some((stretch, parameters)) = first_steps(task, effort.stretch, watch)? else {
        return Ok(None);
    };
    let layers = layers(landscape, &parameters);
    let hidden = layers[..layers.len() - 1].iter();
    let dead = hidden.map(|layer| stays_dead(layer.units.map(|units| units.dead), layer.weight_gradient)).collect();
    let outlook = |prediction: Prediction| Outlook {
        cap: None,
        is_falling: false,
        prediction,
        trace: stretch.trace.clone(),
        steps: stretch.steps,
        diverged: stretch.status == "diverged",
        dead,
    };
    let blank = Prediction {
        event: format!(
            "training loss below {}, three quarters of its plateau's {}",
            number(threshold),
            number(plateau)
        ),
        plateau,
        threshold,
        from: None,
        to: None,
        step: None,
        within: false,
        method: "first steps".to_owned(),
        evaluations: stretch.steps,
        way: way(&stretch),
    };
    let Some(Sight { step: found }) = found(task, &stretch, threshold, watch)? else { return Ok(None) };
    if found.is_some() || stretch.status == "diverged" {
        return Ok(Some(outlook(by_running(blank, task, &stretch, found))));
    }
    if let Some(step) = time_of_a_step(training) {
        let clock = Clock::of(training, step);
        let decay = decay(training);
        let quest = Quest { threshold: units.of_training(threshold), step, until: clock.end(), evaluations, decay };
        let mut flow = flow(landscape, start, &quest);
        flow.trace.iter_mut().for_each(|(_, loss)| *loss = units.told(*loss));
        if watch.is_stopped() {
            return Ok(None);
        }
        // Where it gave up sooner than training ends, training itself is the shorter way.
        let is_far = !matches!(flow.end, End::GaveUp(time) if clock.steps_at(time) < training.steps as f64);
        let prediction = by_flow(&blank, training, &clock, &flow);
        let is_near = if training.is_noisy() { is_near_in_the_mean } else { is_near };
        if is_far && is_near(&stretch, &prediction.way) {
            return Ok(Some(outlook(prediction)));
        }
    }
    let Some((run, found, evaluations)) = until_found(task, threshold, effort.most, watch)? else { return Ok(None) };
    let prediction =
        by_running(Prediction { method: "run itself".to_owned(), evaluations, ..blank }, task, &run, found);
    Ok(Some(outlook(prediction)))
}

fn by_flow(blank: &Prediction, training: &Training, clock: &Clock, flow: &Flow) -> Prediction {
    let at = |time: f64| clock.steps_at(time);
    let mut prediction = Prediction {
        method: "gradient flow".to_owned(),
        evaluations: flow.evaluations,
        way: flow.trace.iter().map(|&(time, loss)| (at(time), loss)).collect(),
        ..blank.clone()
    };
    match flow.end {
        End::Reached(time) => {
            let found = at(time).max(0.0);
            if found > FAR {
                prediction.from = Some(FAR as u64);
                return prediction;
            }
            // Where every step was one of training's own there is nothing to be off by but rounding.
            let factor = if flow.by_training && is_plain(training) { 1.02 } else { FACTOR };
            prediction.step = Some(found.round() as u64);
            prediction.from = Some((found / factor).floor() as u64);
            prediction.to = Some((found * factor).ceil() as u64);
            prediction.within = found <= training.steps as f64;
        }
        // It comes later, by nobody knows how much.
        End::GaveUp(time) => prediction.from = Some((at(time) / FACTOR).min(FAR).floor() as u64),
        End::TimeUp => prediction.from = Some(training.steps as u64),
        End::AtRest | End::Diverged(_) => {}
    }
    prediction
}

fn by_running(blank: Prediction, task: &Task, run: &Run, found: Option<u64>) -> Prediction {
    // Of minibatches, and with dropout, it is seen now and then, on some samples.
    let factor = if task.training().is_noisy() { FACTOR } else { 1.0 };
    let sooner = |step: u64| (step as f64 / factor).floor() as u64;
    let later = |step: u64| (step as f64 * factor).ceil() as u64;
    let not_yet = (run.status != "diverged").then_some(run.steps as u64);
    Prediction {
        from: found.map(sooner).or(not_yet),
        to: found.map(later),
        step: found,
        within: found.is_some_and(|step| step <= task.steps() as u64),
        way: way(run),
        ..blank
    }
}

fn way(run: &Run) -> Vec<(f64, f64)> {
    run.trace.iter().map(|record| (record.step as f64, record.loss)).collect()
}

/// Whether the second half of a run's losses is where the flow's are.
fn is_near(run: &Run, way: &[(f64, f64)]) -> bool {
    let apart = run.trace[run.trace.len() / 2..].iter().map(|record| (record.loss / flow_at(way, record) - 1.0).abs());
    // Not near, too, where one of the two is NaN.
    apart.fold(0.0, |worst, x| if x <= worst { worst } else { x }) <= APART
}

/// The same of the means: each loss is that of another minibatch.
fn is_near_in_the_mean(run: &Run, way: &[(f64, f64)]) -> bool {
    let half = &run.trace[run.trace.len() / 2..];
    let of_run: f64 = half.iter().map(|record| record.loss).sum();
    let of_flow: f64 = half.iter().map(|record| flow_at(way, record)).sum();
    (of_run / of_flow - 1.0).abs() <= APART
}

/// The flow's loss at the step of a record.
fn flow_at(way: &[(f64, f64)], record: &Record) -> f64 {
    let at = record.step as f64;
    let next = way.partition_point(|(step, _)| *step < at).min(way.len() - 1);
    let ((s0, l0), (s1, l1)) = (way[next.saturating_sub(1)], way[next]);
    if s1 > s0 { l0 + (l1 - l0) * ((at - s0) / (s1 - s0)).clamp(0.0, 1.0) } else { l1 }
}

/// What was looked for along a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sight {
    /// The step at which the event happened; none if it did not.
    pub step: Option<u64>,
}

/// When the loss on a fixed sample of the training set falls below a threshold within so many steps: of minibatches, each of which
/// has a loss of its own, and with dropout. It is looked at before steps that are a tenth apart. `None` if it was stopped. The watch
/// does not count the steps.
pub fn seen(task: &Task, threshold: f64, sample: usize, until: usize, threads: usize, watch: &Watch) -> Option<Sight> {
    let Precise::F64(problem) = task.problem() else { return None };
    let next = |step: &usize| Some(step + 1 + step / 10);
    let steps = std::iter::successors(Some(0), next).take_while(|step| *step < until).collect();
    let watch = watch.aside();
    let start = task.job(0).draw(&watch)?;
    let problem = problem.clone().looking_before(steps, sample);
    let from = Checkpoint::new(&problem, start);
    let (run, _) = Worker::new().with_threads(threads).go_on(&problem, from, until, &watch);
    if watch.is_stopped() {
        return None;
    }
    let is_below = |loss: f64| task.units().told(loss) < threshold;
    let last = is_below(run.train.loss).then_some(run.steps as u64);
    let first = run.looks.iter().find(|look| is_below(look.loss)).map(|look| look.step as u64);
    Some(Sight { step: first.or(last) })
}

/// The step at which the event happens in a run of a task's first steps: of all samples as they are trained on, and on a fixed
/// sample where there are minibatches. `None` if it was stopped.
///
/// # Errors
/// None that making the task did not meet.
fn found(task: &Task, run: &Run, threshold: f64, watch: &Watch) -> Result<Option<Sight>, Error> {
    if !task.training().is_noisy() {
        return Ok(Some(Sight { step: passed(task, run, threshold) }));
    }
    Ok(seen(&task.vary(first(task, run.steps))?, threshold, 0, run.steps, 1, watch))
}

/// The first step at which a run's loss was below a threshold. Of minibatches it is the mean over the last quarter of the way, or
/// over an epoch where that is shorter: each loss is that of other samples, and a mean over much more than there has been time
/// for would tell of the event when it is long past.
pub fn passed(task: &Task, run: &Run, threshold: f64) -> Option<u64> {
    let training = task.training();
    let samples = task.dataset.train.x.nrows();
    let every = run.trace.get(1).map_or(1, |record| record.step.max(1));
    let window = training.batch.map_or(1, |batch| samples.div_ceil(batch).div_ceil(every));
    let mean = |records: &[Record]| records.iter().map(|record| record.loss).sum::<f64>() / records.len() as f64;
    let is_below = |&last: &usize| {
        let window = (last / OF_WAY).clamp(1, window);
        mean(&run.trace[last + 1 - window..=last]) < threshold
    };
    (0..run.trace.len()).find(is_below).map(|last| run.trace[last].step as u64)
}

/// The part of the way over which losses of minibatches are averaged is one of so many.
const OF_WAY: usize = 4;

/// Records of a run, at most.
const RECORDS: usize = 200_000;

/// The specification with so many steps, and a record of each unless they are very many.
pub(super) fn recorded(spec: &TaskSpec, steps: usize) -> TaskSpec {
    let mut spec = spec.clone();
    spec.training.epochs = None;
    spec.training.steps = Some(steps.max(1));
    spec.training.record_every = Some(steps.div_ceil(RECORDS).max(1));
    spec
}

/// The task of which a run takes its first steps: with those alone, but for a schedule, which belongs to its number of steps.
fn first(task: &Task, steps: usize) -> TaskSpec {
    let mut spec = recorded(&task.spec, steps);
    if !task.training().has_constant_rate() {
        spec.training.steps = Some(task.steps().max(steps));
    }
    spec
}

/// Takes the first steps of a task's own training from its first start and seed, and tells where they end; `None` if it was
/// stopped. The watch does not count them.
fn first_steps(task: &Task, steps: usize, watch: &Watch) -> Result<Option<(Run, Parameters)>, Error> {
    let shorter = task.vary(first(task, steps))?;
    Ok(executor::first_steps(&shorter.job(0), steps, 1, &watch.aside()).filter(|_| !watch.is_stopped()))
}

/// Trains until the loss is below a threshold, but at most so many steps: in runs from the start, each four times as long as
/// the one before. Returns the last run, the step at which it was, and the steps of all; `None` if it was stopped.
fn until_found(
    task: &Task,
    threshold: f64,
    most: usize,
    watch: &Watch,
) -> Result<Option<(Run, Option<u64>, usize)>, Error> {
    let is_endless = task.training().has_constant_rate();
    let (mut steps, mut all) = (if is_endless { 4 * STRETCH } else { most }, 0);
    while let Some((run, _)) = first_steps(task, steps.min(most), watch)? {
        all += run.steps;
        let Some(Sight { step: found }) = found(task, &run, threshold, watch)? else { return Ok(None) };
        if steps >= most || !run.is_finished() || found.is_some() {
            return Ok(Some((run, found, all)));
        }
        steps = steps.saturating_mul(4);
    }
    Ok(None)
}

/// The time of the flow that goes by in one step; none where the flow does not describe the optimizer.
fn time_of_a_step(training: &Training) -> Option<f64> {
    let is_followed = training.clip.is_none() && !training.has_dropout() && training.early_stopping.is_none();
    match training.optimizer {
        // The steps of a steady gradient add up to 1 / (1 - momentum) of it.
        Optimizer::Descent { momentum, .. } if is_followed => Some(training.lr / (1.0 - momentum)),
        _ => None,
    }
}

/// The weight decay along the flow: past the gradient it is not made more by momentum.
fn decay(training: &Training) -> f64 {
    match (training.optimizer, training.decay) {
        (Optimizer::Descent { momentum, .. }, Decay { rate, decoupled: true, .. }) => rate * (1.0 - momentum),
        (_, Decay { rate, .. }) => rate,
    }
}

/// Whether a step of training is a step of Euler's method.
fn is_plain(training: &Training) -> bool {
    training.optimizer == Optimizer::GRADIENT_DESCENT && training.batch.is_none() && training.has_constant_rate()
}

/// From the flow's time to training's steps.
struct Clock {
    step: f64,
    rates: Rates,
}

/// What the learning rates of the steps add up to.
enum Rates {
    /// All are the same.
    Constant,
    /// Up to share x of so many steps `(x + sin(pi x) / pi) / 2` of all.
    Cosine(usize),
    /// Any others: the sums, as parts of the largest rate, at steps that are so many apart.
    Others(Vec<f64>, usize),
}

/// Sums that are kept of a schedule, at most.
const SUMS: usize = 100_000;

impl Clock {
    fn of(training: &Training, step: f64) -> Self {
        let rates = match (training.schedule, training.warmup) {
            (Schedule::Constant, 0) => Rates::Constant,
            (Schedule::Cosine, 0) => Rates::Cosine(training.steps),
            _ => {
                let every = training.steps.div_ceil(SUMS);
                let part = |from: usize| {
                    let until = training.steps.min(from + every);
                    (from..until).map(|step| training.rate(step) / training.lr).sum::<f64>()
                };
                let parts = (0..training.steps).step_by(every).map(part);
                let sums = parts.scan(0.0, |sum, part| {
                    *sum += part;
                    Some(*sum)
                });
                Rates::Others(std::iter::once(0.0).chain(sums).collect(), every)
            }
        };
        Self { step, rates }
    }

    /// The time at which training ends, where its schedule makes it end.
    fn end(&self) -> f64 {
        match &self.rates {
            Rates::Constant => f64::INFINITY,
            Rates::Cosine(steps) => self.step * *steps as f64 / 2.0,
            Rates::Others(sums, _) => self.step * sums[sums.len() - 1],
        }
    }

    fn steps_at(&self, time: f64) -> f64 {
        match &self.rates {
            Rates::Constant => time / self.step,
            Rates::Cosine(steps) => {
                // By bisection.
                let share = time / self.step / *steps as f64;
                let (mut low, mut high) = (0.0, 1.0);
                for _ in 0..60 {
                    let x = f64::midpoint(low, high);
                    let sum = f64::midpoint(x, libm::sin(std::f64::consts::PI * x) / std::f64::consts::PI);
                    if sum < share { low = x } else { high = x }
                }
                high * *steps as f64
            }
            Rates::Others(sums, every) => {
                let wanted = time / self.step;
                let next = sums.partition_point(|sum| *sum < wanted).clamp(1, sums.len() - 1);
                let (low, high) = (sums[next - 1], sums[next]);
                let share = if high > low { ((wanted - low) / (high - low)).clamp(0.0, 1.0) } else { 1.0 };
                ((next - 1) as f64 + share) * *every as f64
            }
        }
    }
}
