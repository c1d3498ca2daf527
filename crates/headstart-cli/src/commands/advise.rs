//! `headstart advise`: where to start.

use crate::files::{OutputFile, written};
use crate::flags::config::{overlay, read_task, searches_lr};
use crate::flags::output::{Format, cores_unless, threads};
use crate::flags::task::{TaskFlags, settled};
use crate::help::Page;
use crate::interrupts::before_anything;
use crate::outcome::Outcome;
use crate::runs::heading;
use crate::{output, progress};
use clap::Args;
use headstart::advise::{self, Question};
use headstart::budget::Budget;
use headstart::error::Error;
use headstart::outputs::Format as Written;
use headstart::report::{self, table};
use headstart::spec::TaskSpec;

/// Say where to start, for this data and this network
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  headstart advise --data circles --layers 2,10,5,1 --lr 0.01 --steps 15000
  headstart advise --data iris --optimizer adam --lr auto
  headstart advise --config task.toml --budget 60s --format json
  headstart advise --data cats/train.h5 --test-data cats/test.h5 \\
    --preprocess pixels --layers 12288,20,7,5,1 --lr 0.0075 --steps 2500 \\
    --html cats.html

The schemes are screened by theory and raced by training on a part of the
training data. The test data is looked at only then: what the race found and the
usual starts, five at most, are told apart by it.")]
pub struct AdviseArgs {
    /// What may be spent: 60s, 5m, or 5Msteps, which is repeatable [default: the steps of 230 trainings or more, see docs/advise.md]
    #[arg(long, value_name = "HOW MUCH", help_heading = "Advice")]
    budget: Option<Budget>,
    #[command(flatten)]
    task: TaskFlags,
    /// Text for people, or one JSON document
    #[arg(long, value_enum, default_value = "table", help_heading = "Output")]
    format: Format,
    /// Show all that was tried, and what was left out
    #[arg(long, short, help_heading = "Output")]
    verbose: bool,
    /// Write a page that works offline: the figures over the gain, the plateau, the traces, the probe
    #[arg(long, value_name = "FILE", value_parser = written(Written::Html), help_heading = "Output")]
    html: Option<OutputFile>,
    /// Runs at a time; the advice does not depend on it [default: one per core]
    #[arg(long, value_name = "N", value_parser = threads, help_heading = "Output")]
    threads: Option<usize>,
}

/// What its help shows.
pub const PAGE: Page = Page {
    command: "advise",
    main: &["data", "label", "preprocess", "layers", "activation", "optimizer", "lr", "epochs", "budget", "html"],
    hidden: &["init", "seeds"],
};

pub fn run(args: &AdviseArgs) -> Result<Outcome, Error> {
    args.task.without_start()?;
    let mut table = args.task.table(&[])?;
    let search_lr = searches_lr(&mut table);
    let spec = read_task(table)?;
    if args.task.print_config {
        output::text(&with_searched_lr(&settled(&spec)?, search_lr)?)?;
        return Ok(Outcome::Done);
    }
    let question = Question { spec, search_lr, budget: args.budget };
    // Once: what is read may come from a pipe.
    let task = before_anything(|| advise::task(&question))?;
    let done = progress::showing(cores_unless(args.threads), |host| advise::advise(&question, &task, host))?;
    let Some(advice) = done else {
        return Ok(Outcome::Abandoned);
    };
    let task = advise::told(task, &advice)?;
    if let Some(path) = &args.html {
        report::advice::page(path, &format!("Where to start: {}", task.dataset.name), &heading(&task), &advice)?;
    }
    if args.format.is_json() {
        output::json(&advise::Report::new(&task, &advice))?;
    } else {
        let text = report::advice::text(&advice, args.verbose);
        let marked = text.lines().find(|line| line.starts_with(table::MARK)).unwrap_or_default();
        let answer = report::advice::answer(&advice);
        output::text_with_bold(&format!("{}\n{text}", heading(&task)), &[answer.trim_end(), marked])?;
    }
    Ok(if advice.verdict == "interrupted" { Outcome::Interrupted } else { Outcome::Done })
}

/// A task as a file that says whether the learning rate is searched.
fn with_searched_lr(spec: &TaskSpec, is_searched: bool) -> Result<String, Error> {
    if !is_searched {
        return Ok(spec.to_toml());
    }
    let error = |error: toml::ser::Error| Error::Usage(error.to_string());
    let mut table = toml::Table::try_from(spec).map_err(error)?;
    overlay(&mut table, "training", &std::collections::BTreeMap::from([("lr", "auto")]))?;
    toml::to_string(&table).map_err(error)
}
