//! `headstart probe`: signal, gradient and units of a start, layer by layer.

use crate::answer::Answer;
use crate::ask::{Ask, Asked, Front, Hearer};
use crate::flags::data::DataFlags;
use crate::flags::output::{Format, cores_unless, threads};
use crate::flags::page::PageFlags;
use crate::flags::picture::PictureFlags;
use crate::flags::task::TaskFlags;
use crate::help::Page;
use crate::interrupts::before_anything;
use clap::Args;
use headstart::coordinates::{self, Check, Question};
use headstart::error::Error;
use headstart::io::json;
use headstart::plot::Picture;
use headstart::probe::{self, InitProbe, Profile, Report};
use headstart::report::document::Document;
use headstart::report::{self, table};
use headstart::spec::TaskSpec;
use headstart::task::Task;
use std::io::Write;

/// Measure signal, gradient and units of a start, layer by layer
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  headstart probe --data circles --init normal:10,normal:0.01,he
  headstart probe --data circles --hidden 100x4 --activation tanh --init lecun
  headstart probe --data circles --init he --at-step 1000 --format json
  headstart probe --data circles --layers 2,100,100,100,100,1 \\
    --activation tanh --init lecun,glorot:0.5,critical --png probe.png
  headstart probe --data circles --hidden 64x3 --optimizer adam --lr 0.002 \\
    --coord-check --widths 64,128,256,512

--coord-check trains the network for a few steps at several widths and says how
the pre-activations of each layer, and what the steps have moved them by, go
with the width: see docs/width.md.

Columns: signal and gradient are second moments of the pre-activations and of
one sample's loss gradient with respect to them; step is
lr x |gradient| / |weights|; dead units are 0 for every sample; flat is where
the slope is under 5% of its largest; corr. is the mean cosine between samples;
rank is the effective rank of the activations; twins are pairs of identical
units.")]
pub struct ProbeArgs {
    /// Measure after so many steps of training
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Probe")]
    at_step: usize,
    /// Look whether layers learn alike at every width, after a few steps
    #[arg(long, conflicts_with = "at_step", help_heading = "Probe")]
    coord_check: bool,
    /// Widths of all hidden layers that are compared [default: 64,128,256,512]
    #[arg(long, value_name = "N,N...", value_delimiter = ',', requires = "coord_check", help_heading = "Probe")]
    widths: Vec<usize>,
    /// Steps that are trained at each width [default: 4]
    #[arg(long, value_name = "N", requires = "coord_check", help_heading = "Probe")]
    coord_steps: Option<usize>,
    #[command(flatten)]
    task: TaskFlags,
    /// A table for people, or one JSON document
    #[arg(long, value_enum, default_value = "table", help_heading = "Output")]
    format: Format,
    #[command(flatten)]
    picture: PictureFlags,
    #[command(flatten)]
    page: PageFlags,
    /// Seeds at a time; results do not depend on it [default: one per core]
    #[arg(long, value_name = "N", value_parser = threads, help_heading = "Output")]
    threads: Option<usize>,
}

/// What its help shows.
pub const PAGE: Page = Page {
    command: "probe",
    main: &["data", "label", "layers", "activation", "init", "seeds", "at_step", "coord_check", "png", "format"],
    hidden: &[],
};

impl Ask for ProbeArgs {
    fn ask(&self, front: &Front<'_>, _heard: &mut dyn Hearer) -> Result<Asked, Error> {
        let spec = self.spec()?;
        if self.coord_check {
            return self.check(&spec, front);
        }
        let task = before_anything(|| probe::task(spec, self.at_step))?;
        let probed = || {
            front.work(cores_unless(self.threads), |host| {
                let report = probe::run(&task, self.at_step, host)?;
                Ok::<_, Error>(report.map(|report| report.inits))
            })
        };
        let Some(inits) = before_anything(probed)? else { return Ok(Asked::abandoned()) };
        let probed = Probed { task, at_step: self.at_step, inits };
        self.picture.draw(|| probed.picture())?;
        front.page(&self.page, &probed)?;
        Ok(Asked::done(probed))
    }

    fn config(&self, _front: &Front<'_>) -> Option<Result<String, Error>> {
        self.task.config(|| self.spec())
    }

    fn format(&self) -> Format {
        self.format
    }

    fn data(&mut self) -> Option<&mut DataFlags> {
        Some(&mut self.task.data)
    }
}

impl ProbeArgs {
    fn spec(&self) -> Result<TaskSpec, Error> {
        // A check of coordinates trains, and its mean is one over units as well.
        self.task.spec_with_seeds(if self.coord_check { 5 } else { 20 })
    }

    fn check(&self, spec: &TaskSpec, front: &Front<'_>) -> Result<Asked, Error> {
        let widths = if self.widths.is_empty() { coordinates::WIDTHS.to_vec() } else { self.widths.clone() };
        let question = Question { widths, steps: self.coord_steps.unwrap_or(coordinates::STEPS) };
        let mut tasks = before_anything(|| coordinates::tasks(spec, &question))?;
        let checked = front.work(cores_unless(self.threads), |host| coordinates::check(&tasks, &question, host))?;
        let Some(check) = checked else { return Ok(Asked::abandoned()) };
        let checked = Checked { task: tasks.swap_remove(0), check };
        self.picture.draw(|| checked.picture())?;
        front.page(&self.page, &checked)?;
        Ok(Asked::done(checked))
    }
}

/// What a check of coordinates came to.
struct Checked {
    /// At the first width.
    task: Task,
    check: Check,
}

impl Checked {
    fn title(&self) -> String {
        format!(
            "{} at widths {} to {}",
            self.task.dataset.name,
            self.check.widths[0],
            self.check.widths[self.check.widths.len() - 1]
        )
    }

    fn drawn(&self) -> Picture {
        report::pictures::coordinates(&self.title(), &self.task.in_one_line(), &self.check)
    }
}

impl Answer for Checked {
    fn document(&self) -> Document {
        let (about, blocks) = (report::training::about(&self.task), table::coordinates(&self.check));
        Document { title: self.title(), about, answer: self.check.sentence.clone(), blocks, ..Document::default() }
    }

    fn page(&self) -> Document {
        self.document().with(self.drawn())
    }

    fn json(&self, out: &mut dyn Write) -> std::io::Result<()> {
        json::write(out, &coordinates::Report { task: self.task.describe(), coordinates: self.check.clone() })
    }

    fn picture(&self) -> Option<Picture> {
        Some(self.drawn())
    }
}

struct Probed {
    task: Task,
    at_step: usize,
    inits: Vec<InitProbe>,
}

impl Probed {
    fn title(&self) -> String {
        let when = if self.at_step == 0 { "at the start".to_owned() } else { format!("after {} steps", self.at_step) };
        format!("{} {when}", self.task.dataset.name)
    }
}

impl Answer for Probed {
    fn document(&self) -> Document {
        let about = report::training::about(&self.task);
        Document { title: self.title(), about, blocks: table::probe(&self.inits), ..Document::default() }
    }

    fn page(&self) -> Document {
        let profiles: Vec<Profile> = self.inits.iter().map(Profile::from).collect();
        self.document().with(report::pictures::profiles("Signal and gradient, layer by layer", "", &profiles, &[]))
    }

    fn json(&self, out: &mut dyn Write) -> std::io::Result<()> {
        let inits = self.inits.clone();
        json::write(out, &Report { task: self.task.describe(), at_step: self.at_step, inits })
    }

    fn picture(&self) -> Option<Picture> {
        let profiles: Vec<Profile> = self.inits.iter().map(Profile::from).collect();
        let title = format!("{}, layer by layer", self.title());
        Some(report::pictures::profiles(&title, &self.task.in_one_line(), &profiles, &[]))
    }
}
