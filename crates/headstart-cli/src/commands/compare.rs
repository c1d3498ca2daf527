//! `headstart compare`: initializations side by side over many seeds.

use crate::ask::{Ask, Asked, Front, Hearer};
use crate::flags::data::DataFlags;
use crate::flags::device::DeviceFlags;
use crate::flags::output::Format;
use crate::flags::task::{TaskArgs, settled};
use crate::help::Page;
use crate::interrupts::before_anything;
use crate::runs::{Purpose, finish, run_task};
use clap::Args;
use headstart::budget::Budget;
use headstart::compare;
use headstart::error::Error;
use headstart::spec::TaskSpec;
use headstart::task::Task;

/// Put initializations side by side over many seeds, best first
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  headstart compare --data circles --init normal:10,normal:0.1,he --seeds 100
  headstart compare --data circles --init he,glorot,lecun --seeds auto
  headstart compare --data digits --init he,glorot --html digits.html
  headstart compare --data circles --init he,glorot,lecun,normal:0.1 \\
    --seeds auto --budget 5m
  headstart compare --data digits --init he,glorot,orthogonal --seeds 20 \\
    --target 0.9 --csv runs.csv --html digits.html

--seeds auto goes on until the order of the best ones is settled: until all but
one are worse by more than chance, or those that are left are as good as equal,
to within half a point of accuracy or 1% of the loss. It begins with 20 seeds of
each, doubles them for those that may still be the best, and stops at 10,240.")]
pub struct CompareArgs {
    /// Stop after this much, and show what there is: 90s, 10m, 2h, or 5Msteps, which ends the same everywhere
    /// [default: all seeds]
    #[arg(long, value_name = "HOW MUCH", help_heading = "Compare")]
    budget: Option<Budget>,
    #[command(flatten)]
    task: TaskArgs,
    #[command(flatten)]
    device: DeviceFlags,
}

/// What its help shows.
pub const PAGE: Page = Page {
    command: "compare",
    main: &["data", "label", "layers", "activation", "init", "optimizer", "lr", "epochs", "seeds", "budget"],
    hidden: &[],
};

impl Ask for CompareArgs {
    fn ask(&self, front: &Front<'_>, heard: &mut dyn Hearer) -> Result<Asked, Error> {
        let Self { task: args, device, budget } = self;
        let (mut spec, has_seeds) = args.task.spec_of_comparison(device)?;
        let worker = front.worker(&mut spec.training, args.output.threads())?;
        let front = &front.with_worker(&worker);
        let task = before_anything(|| Task::new(spec))?;
        let task = if has_seeds { task } else { compare::with_usual_seeds(task)? };
        let begin = std::time::Instant::now();
        let mut done = run_task(args, task, (Purpose::Comparison, *budget), front, heard)?;
        if !has_seeds {
            front.warn(&compare::usual_seeds_in_words(&done.task, begin.elapsed()));
        }
        let target = done.task.target();
        let comparison = match done.settled.take() {
            Some(settled) => compare::compare_settled(&done.runs, target, settled),
            None => compare::compare(&done.runs, target),
        };
        finish(args, front, done, Some(comparison))
    }

    fn config(&self, _front: &Front<'_>) -> Option<Result<String, Error>> {
        let task = &self.task.task;
        task.print_config.then(|| {
            let (spec, has_seeds) = task.spec_of_comparison(&self.device)?;
            with_open_seeds(&settled(&spec)?, !has_seeds)
        })
    }

    fn format(&self) -> Format {
        self.task.output.format
    }

    fn data(&mut self) -> Option<&mut DataFlags> {
        Some(&mut self.task.task.data)
    }
}

/// A task as a file that may leave the number of seeds open.
fn with_open_seeds(spec: &TaskSpec, are_open: bool) -> Result<String, Error> {
    if !are_open {
        return Ok(spec.to_toml());
    }
    let error = |error: toml::ser::Error| Error::Usage(error.to_string());
    let mut table = toml::Table::try_from(spec).map_err(error)?;
    if let Some(init) = table.get_mut("init").and_then(toml::Value::as_table_mut) {
        init.remove("seeds");
    }
    toml::to_string(&table).map_err(error)
}
