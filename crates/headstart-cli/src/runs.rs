//! The runs of a task: they are done, and what came of them is told and written.

use crate::answer::Answer;
use crate::ask::{Asked, Front, Hearer, Outcome};
use crate::device::with_device;
use crate::flags::task::TaskArgs;
use headstart::budget::Budget;
use headstart::compare::race::{self, End, Settled};
use headstart::compare::{self, Comparison};
use headstart::error::Error;
use headstart::executor::{Device, Executor};
use headstart::io::columns::Gathered;
use headstart::model::Model;
use headstart::plot::Picture;
use headstart::report::document::Document;
use headstart::report::pictures::Drawn;
use headstart::report::{self, json, pictures, training};
use headstart::run::Run;
use headstart::save;
use headstart::spec::Seeds;
use headstart::task::Task;
use headstart::weights::Weights;
use std::io::Write;

/// A task that was run.
pub struct Done {
    pub task: Task,
    pub runs: Vec<Run>,
    /// How it ended, if the number of seeds was left open.
    pub settled: Option<Settled>,
    /// What computed, where it was not the processor.
    device: Option<Device>,
    outcome: Outcome,
    /// What its only run ended with, if that was asked for.
    pub weights: Option<Weights>,
}

/// What runs are done for.
#[derive(Clone, Copy)]
pub enum Purpose {
    /// To be shown one by one, of a single one with the weights that it ends with.
    Each { weights: bool },
    /// To be compared.
    Comparison,
}

/// Runs the task, as far as the budget reaches.
pub fn run_task(
    args: &TaskArgs,
    task: Task,
    (purpose, budget): (Purpose, Option<Budget>),
    front: &Front<'_>,
    heard: &mut dyn Hearer,
) -> Result<Done, Error> {
    let keeps_weights = matches!(purpose, Purpose::Each { weights: true });
    let draws = args.output.draws();
    let is_comparison = matches!(purpose, Purpose::Comparison);
    // On a terminal comparisons show traces in pictures only, and these those of some seeds.
    let (keep_traces, mut drawn) = match heard.keeps_answer() && !heard.has_traces() {
        true => (true, None),
        false if is_comparison => (draws, Some(Drawn::default())),
        false => (draws || !heard.has_traces(), None),
    };
    let is_for_files = args.output.writes() || keeps_weights;
    let watch = front.watch();
    let mut runs = Vec::new();
    let device = front.executor().and_then(Executor::device).filter(|_| !task.spec.training.device.is_cpu()).cloned();
    heard.begin(&task, device.as_ref());
    let mut is_unheard = false;
    let needs_traces = keep_traces || heard.has_traces();
    let mut each = |mut run: Run| {
        if !heard.run(&run) && !is_for_files {
            // What nobody would hear of need not be done.
            is_unheard = true;
            watch.stop();
        }
        if !keep_traces || drawn.as_mut().is_some_and(|drawn| !drawn.takes(&run)) {
            run.trace = Vec::new();
        }
        runs.push(run);
    };
    let (mut settled, mut is_spent, mut weights) = (None, false, None);
    front.work(args.output.threads(), |host| {
        match (task.spec.init.seeds, budget) {
            (Seeds::Auto, _) => {
                let end = race::race(&task, budget, host, each)?;
                is_spent = end.because == End::Budget;
                settled = Some(end);
            }
            (Seeds::Count(_), None) if keeps_weights => {
                if let Some((run, trained)) = save::train(&task, host)? {
                    each(run);
                    weights = Some(trained);
                }
            }
            (Seeds::Count(_), Some(budget)) => is_spent = race::within(&task, budget, host, each)?,
            (Seeds::Count(_), None) if is_comparison => {
                compare::run(&task, needs_traces, host, each)?;
            }
            (Seeds::Count(_), None) => task.run(host, each)?,
        }
        Ok::<(), Error>(())
    })?;
    let is_settled = settled.as_ref().is_some_and(|end| end.because != End::Interrupted);
    let outcome = if watch.is_stopped() && !is_spent && !is_settled && !is_unheard {
        Outcome::Interrupted
    } else {
        Outcome::Done
    };
    Ok(Done { task, runs, settled, device, outcome, weights })
}

/// Runs, and what they say together.
struct Trained {
    task: Task,
    runs: Vec<Run>,
    comparison: Option<Comparison>,
    device: Option<Device>,
    model: Option<Model>,
    title: String,
}

/// Writes the files that were asked for.
pub fn finish(
    args: &TaskArgs,
    front: &Front<'_>,
    Done { task, runs, device, outcome, weights, .. }: Done,
    comparison: Option<Comparison>,
) -> Result<Asked, Error> {
    let title = format!("{} from {}", task.dataset.name, task.spec.init.init.to_string().replace(',', ", "));
    let model = weights.map(|weights| Model::new(&task, weights.parameters)).transpose()?;
    let done = Trained { task, runs, comparison, device, model, title };
    args.output.write(&done.runs, &done, front.command())?;
    Ok(Asked::done(done).ended(outcome))
}

impl Answer for Trained {
    fn document(&self) -> Document {
        let document = training::document(&self.task, &self.runs, self.comparison.as_ref(), self.device.as_ref());
        Document { title: self.title.clone(), ..document }
    }

    fn page(&self) -> Document {
        let page = training::page(&self.task, &self.runs, self.comparison.as_ref(), self.device.as_ref());
        Document { title: self.title.clone(), ..page }
    }

    fn json(&self, out: &mut dyn Write) -> std::io::Result<()> {
        let mut document = json::Document::new(out);
        document.begin(&self.task, self.device.as_ref())?;
        self.runs.iter().try_for_each(|run| document.run(run))?;
        document.end(self.comparison.as_ref()).map(drop)
    }

    fn comparison(&self) -> Option<&Comparison> {
        self.comparison.as_ref()
    }

    fn model(&self) -> Option<&Model> {
        self.model.as_ref()
    }

    fn rows(&self) -> Result<Option<Gathered>, Error> {
        report::files::gathered(&self.runs).map(Some)
    }

    fn picture(&self) -> Option<Picture> {
        let subtitle = with_device(self.task.in_one_line(), self.device.as_ref());
        Some(pictures::runs(&self.title, &subtitle, &self.runs))
    }
}
