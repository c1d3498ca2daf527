//! The runs of a task: they are done, and what came of them is shown and written.

use crate::flags::task::TaskArgs;
use crate::interrupts::watch;
use crate::outcome::Outcome;
use crate::{output, progress};
use headstart::budget::Budget;
use headstart::compare::race::{self, End, Settled};
use headstart::compare::{self, Comparison};
use headstart::error::Error;
use headstart::report::{Shown, table};
use headstart::run::Run;
use headstart::save;
use headstart::spec::Seeds;
use headstart::task::Task;
use headstart::weights::Weights;

/// A task that was run.
pub struct Done {
    pub task: Task,
    pub runs: Vec<Run>,
    /// What was printed of it so far, if it is told in JSON.
    document: Option<output::Document>,
    /// How it ended, if the number of seeds was left open.
    pub settled: Option<Settled>,
    outcome: Outcome,
    /// What its only run ended with, if that was asked for.
    pub weights: Option<Weights>,
}

/// What runs are done for.
#[derive(Clone, Copy)]
pub enum Purpose {
    /// To be shown one by one, with their traces or without; of a single one with the weights that it ends with.
    Each { traces: bool, weights: bool },
    /// To be compared.
    Comparison,
}

/// Sets up the task and runs it, as far as the budget reaches.
pub fn run_task(args: &TaskArgs, task: Task, purpose: Purpose, budget: Option<Budget>) -> Result<Done, Error> {
    let (keep_traces, keep_weights) = match purpose {
        Purpose::Each { traces, weights } => (traces || args.output.draws(), weights),
        Purpose::Comparison => (args.output.draws(), false),
    };
    let watch = watch();
    let is_for_files = args.output.writes() || keep_weights;
    let mut runs = Vec::new();
    let mut document = args.output.is_json().then(|| output::Document::begin(&task));
    let mut is_unheard = false;
    let mut each = |mut run: Run| {
        if let Some(document) = &mut document
            && !document.run(&run)
            && !is_for_files
        {
            // What nobody would hear of need not be done.
            is_unheard = true;
            watch.stop();
        }
        if !keep_traces {
            run.trace = Vec::new();
        }
        runs.push(run);
    };
    let (mut settled, mut is_spent, mut weights) = (None, false, None);
    progress::showing(args.output.threads(), |host| {
        match (task.spec.init.seeds, budget) {
            (Seeds::Auto, _) => {
                let end = race::race(&task, budget, host, each)?;
                is_spent = end.because == End::Budget;
                settled = Some(end);
            }
            (Seeds::Count(_), None) if keep_weights => {
                if let Some((run, trained)) = save::train(&task, host)? {
                    each(run);
                    weights = Some(trained);
                }
            }
            (Seeds::Count(_), Some(budget)) => is_spent = race::within(&task, budget, host, each)?,
            (Seeds::Count(_), None) if matches!(purpose, Purpose::Comparison) => {
                compare::run(&task, keep_traces || args.output.is_json(), host, each)?;
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
    Ok(Done { task, runs, document, settled, outcome, weights })
}

/// What is run, and what is worth knowing before reading the figures.
pub fn heading(task: &Task) -> String {
    let notes = task.notes.iter().map(|note| table::wrapped(&format!("note: {note}")));
    let summary = task.summary().lines().map(table::wrapped).collect::<String>();
    summary + &notes.collect::<String>()
}

/// Prints and writes results.
pub fn finish(
    args: &TaskArgs,
    Done { task, runs, document, outcome, .. }: Done,
    comparison: Option<&Comparison>,
    table: impl FnOnce(&[Run]) -> String,
) -> Result<Outcome, Error> {
    let table = table(&runs);
    let title = format!("{} from {}", task.dataset.name, task.spec.init.init.to_string().replace(',', ", "));
    args.output.write(&runs, &title, &heading(&task), &table, Shown::Runs)?;
    match document {
        Some(document) => document.end(comparison)?,
        None => output::text(&format!("{}\n{table}", heading(&task)))?,
    }
    Ok(outcome)
}
