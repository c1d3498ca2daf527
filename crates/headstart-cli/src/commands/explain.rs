//! `headstart explain`: what is wrong with a start, and what to do.

use crate::files::{OutputFile, written};
use crate::flags::output::{Format, cores_unless, threads};
use crate::flags::task::{TaskFlags, settled};
use crate::help::Page;
use crate::interrupts::before_anything;
use crate::outcome::Outcome;
use crate::runs::heading;
use crate::{output, progress};
use clap::Args;
use headstart::error::Error;
use headstart::explain;
use headstart::outputs::Format as Written;
use headstart::report;

/// Say what is wrong with a start, and what to do; prove it
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  headstart explain --data circles --init normal:0.01 --lr 0.01 --steps 15000
  headstart explain --data circles --init normal:0.01,he
  headstart explain --data iris --init he --format json
  headstart explain --data circles --init normal:0.1 --rng numpy --seed 3 \\
    --verify --png why.png

It looks at the first seed, in float64. With several initializations it says
what separates them.")]
pub struct ExplainArgs {
    /// Run it: for as many steps as predicted, and with every cure that is advised
    #[arg(long, help_heading = "Explain")]
    verify: bool,
    #[command(flatten)]
    task: TaskFlags,
    /// Text for people, or one JSON document
    #[arg(long, value_enum, default_value = "table", help_heading = "Output")]
    format: Format,
    /// Draw the whole story: loss, plateau and its predicted end, signal and gradient over the layers
    #[arg(long, value_name = "FILE", value_parser = written(Written::Png), help_heading = "Output")]
    png: Option<OutputFile>,
    /// Threads to work on; results do not depend on it [default: one per core]
    #[arg(long, value_name = "N", value_parser = threads, help_heading = "Output")]
    threads: Option<usize>,
}

/// What its help shows.
pub const PAGE: Page = Page {
    command: "explain",
    main: &["data", "label", "layers", "activation", "init", "optimizer", "lr", "steps", "verify", "png"],
    hidden: &[],
};

pub fn run(args: &ExplainArgs) -> Result<Outcome, Error> {
    let spec = args.task.spec()?;
    if args.task.print_config {
        output::text(&settled(&spec)?.to_toml())?;
        return Ok(Outcome::Done);
    }
    let tasks = before_anything(|| explain::tasks(&spec))?;
    let looked = progress::showing(cores_unless(args.threads), |host| {
        let looked = before_anything(|| explain::explain_all(&tasks, host))?;
        let Some(mut explanations) = looked else { return Ok::<_, Error>(None) };
        // What was found stands, whether or not there was time to prove it.
        let is_whole = !args.verify || explain::verify_all(&tasks, &mut explanations, host)?;
        Ok(Some((explanations, is_whole)))
    })?;
    let Some((explanations, is_whole)) = looked else {
        return Ok(Outcome::Abandoned);
    };
    let task = &tasks[0];
    if let Some(path) = &args.png {
        report::story::draw(path, &task.dataset.name, &explanations, task.steps() as u64)?;
    }
    if args.format.is_json() {
        output::json(&explain::Report::new(task, &explanations))?;
    } else {
        let text = report::explanation::text(&explanations, task.steps() as u64);
        output::text(&format!("{}\n{text}", heading(task)))?;
    }
    Ok(if is_whole { Outcome::Done } else { Outcome::Interrupted })
}
