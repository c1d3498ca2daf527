//! `headstart advise`: where to start.

use crate::answer::Answer;
use crate::ask::{Ask, Asked, Front, Hearer, Outcome};
use crate::device::with_device;
use crate::flags::config::{overlay, searches_lr};
use crate::flags::data::DataFlags;
use crate::flags::device::DeviceFlags;
use crate::flags::output::{Format, cores_unless, threads};
use crate::flags::page::PageFlags;
use crate::flags::picture::PictureFlags;
use crate::flags::task::{TaskFlags, settled};
use crate::help::Page;
use crate::interrupts::before_anything;
use clap::Args;
use headstart::advise::{self, Advice, Question};
use headstart::budget::Budget;
use headstart::error::Error;
use headstart::io::json;
use headstart::plot::Picture;
use headstart::report;
use headstart::report::document::Document;
use headstart::spec::TaskSpec;
use headstart::task::Task;
use std::io::Write;

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
    #[command(flatten)]
    device: DeviceFlags,
    /// Text for people, or one JSON document
    #[arg(long, value_enum, default_value = "table", help_heading = "Output")]
    format: Format,
    /// Show all that was tried, and what was left out
    #[arg(long, short, help_heading = "Output")]
    verbose: bool,
    #[command(flatten)]
    picture: PictureFlags,
    #[command(flatten)]
    page: PageFlags,
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

impl AdviseArgs {
    /// What is asked: the task, and whether the learning rate is searched.
    fn question(&self) -> Result<Question, Error> {
        self.task.without_start()?;
        let mut table = self.device.over(self.task.table(&[])?)?;
        let search_lr = searches_lr(&mut table);
        Ok(Question { spec: self.task.read(table)?, search_lr, budget: self.budget })
    }
}

impl Ask for AdviseArgs {
    fn ask(&self, front: &Front<'_>, _heard: &mut dyn Hearer) -> Result<Asked, Error> {
        let mut question = self.question()?;
        let threads = cores_unless(self.threads);
        let worker = front.worker(&mut question.spec.training, threads)?;
        let front = &front.with_worker(&worker);
        // Once: what is read may come from a pipe.
        let task = before_anything(|| advise::task(&question))?;
        let done = front.work(threads, |host| advise::advise(&question, &task, host))?;
        let Some(advice) = done else { return Ok(Asked::abandoned()) };
        let task = advise::told(task, &advice)?;
        let advised = Advised { task, advice, is_verbose: self.verbose };
        self.picture.draw(|| advised.picture())?;
        front.page(&self.page, &advised)?;
        let is_interrupted = advised.advice.verdict == "interrupted";
        let outcome = if is_interrupted { Outcome::Interrupted } else { Outcome::Done };
        Ok(Asked::done(advised).ended(outcome))
    }

    fn config(&self, _front: &Front<'_>) -> Option<Result<String, Error>> {
        let config = || {
            let question = self.question()?;
            with_searched_lr(&settled(&question.spec)?, question.search_lr)
        };
        self.task.print_config.then(config)
    }

    fn format(&self) -> Format {
        self.format
    }

    fn data(&mut self) -> Option<&mut DataFlags> {
        Some(&mut self.task.data)
    }
}

struct Advised {
    task: Task,
    advice: Advice,
    is_verbose: bool,
}

impl Advised {
    fn title(&self) -> String {
        format!("Where to start: {}", self.task.dataset.name)
    }

    fn about(&self) -> Vec<String> {
        let device = self
            .advice
            .device
            .as_ref()
            .map(|device| format!("{} Starts were looked at by the processor, in float64.", device.in_words()));
        report::training::about(&self.task).into_iter().chain(device).collect()
    }
}

impl Answer for Advised {
    fn document(&self) -> Document {
        Document { title: self.title(), about: self.about(), ..report::advice::document(&self.advice, self.is_verbose) }
    }

    fn page(&self) -> Document {
        // What is not for every reader of a page is folded on it.
        Document { title: self.title(), about: self.about(), ..report::advice::page(&self.advice) }
    }

    fn json(&self, out: &mut dyn Write) -> std::io::Result<()> {
        json::write(out, &advise::Report::new(&self.task, &self.advice))
    }

    fn picture(&self) -> Option<Picture> {
        Some(report::pictures::gains(
            &self.title(),
            &with_device(self.task.in_one_line(), self.advice.device.as_ref()),
            &self.advice,
        ))
    }
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
