//! `headstart explain`: what is wrong with a start, and what to do.

use crate::answer::Answer;
use crate::ask::{Ask, Asked, Front, Hearer, Outcome};
use crate::flags::data::DataFlags;
use crate::flags::output::{Format, cores_unless, threads};
use crate::flags::page::PageFlags;
use crate::flags::picture::PictureFlags;
use crate::flags::task::TaskFlags;
use crate::help::Page;
use crate::interrupts::before_anything;
use clap::Args;
use headstart::error::Error;
use headstart::explain::{self, Explanation};
use headstart::io::json;
use headstart::plot::Picture;
use headstart::report;
use headstart::report::document::Document;
use headstart::task::Task;
use std::io::Write;

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
    #[command(flatten)]
    picture: PictureFlags,
    #[command(flatten)]
    page: PageFlags,
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

impl Ask for ExplainArgs {
    fn ask(&self, front: &Front<'_>, _heard: &mut dyn Hearer) -> Result<Asked, Error> {
        let spec = self.task.spec()?;
        let mut tasks = before_anything(|| explain::tasks(&spec))?;
        let looked = front.work(cores_unless(self.threads), |host| {
            let looked = before_anything(|| explain::explain_all(&tasks, host))?;
            let Some(mut explanations) = looked else { return Ok::<_, Error>(None) };
            // What was found stands, whether or not there was time to prove it.
            let is_whole = !self.verify || explain::verify_all(&tasks, &mut explanations, host)?;
            Ok(Some((explanations, is_whole)))
        })?;
        let Some((explanations, is_whole)) = looked else { return Ok(Asked::abandoned()) };
        let explained = Explained { task: tasks.swap_remove(0), explanations };
        self.picture.draw(|| explained.picture())?;
        front.page(&self.page, &explained)?;
        Ok(Asked::done(explained).ended(if is_whole { Outcome::Done } else { Outcome::Interrupted }))
    }

    fn config(&self, _front: &Front<'_>) -> Option<Result<String, Error>> {
        self.task.config(|| self.task.spec())
    }

    fn format(&self) -> Format {
        self.format
    }

    fn data(&mut self) -> Option<&mut DataFlags> {
        Some(&mut self.task.data)
    }
}

struct Explained {
    task: Task,
    explanations: Vec<Explanation>,
}

impl Answer for Explained {
    fn document(&self) -> Document {
        let title = format!("Why it goes as it goes: {}", self.task.dataset.name);
        let about = report::training::about(&self.task);
        Document { title, about, ..report::explanation::document(&self.explanations, self.task.steps() as u64) }
    }

    fn page(&self) -> Document {
        let steps = self.task.steps() as u64;
        let title = "The loss, as predicted and as measured; the start, layer by layer";
        // What the picture says in words stands in the findings.
        let story = report::pictures::story(title, "", &self.explanations, steps);
        self.document().with(Picture { words: Vec::new(), ..story })
    }

    fn json(&self, out: &mut dyn Write) -> std::io::Result<()> {
        json::write(out, &explain::Report::new(&self.task, &self.explanations))
    }

    fn picture(&self) -> Option<Picture> {
        let inits: Vec<&str> = self.explanations.iter().map(|one| one.init.as_str()).collect();
        let title = format!("{} from {}: what happens, and why", self.task.dataset.name, inits.join(", "));
        Some(report::pictures::story(&title, &self.task.in_one_line(), &self.explanations, self.task.steps() as u64))
    }
}
