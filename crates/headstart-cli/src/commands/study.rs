//! `headstart study`: stores, looked at, written out, gone on with and joined.

use crate::answer::Answer;
use crate::ask::{Ask, Asked, Front, Hearer};
use crate::files::{InputStore, OutputFile, written};
use crate::flags::output::Format;
use crate::flags::study::{DrawArgs, SittingArgs};
use crate::interrupts::before_anything;
use crate::studies::{Shown, ShownMap, looked_at, work};
use clap::{Args, Subcommand};
use headstart::error::Error;
use headstart::io::json;
use headstart::map::{MapSection, Mapping, Value};
use headstart::outputs::Format as Written;
use headstart::report::document::{Block, Document};
use headstart::report::table;
use headstart::study::export::{self, Format as Table};
use headstart::study::store::{self, Store};
use headstart::study::summary::Progress;
use headstart::study::{Study, StudySpec};
use headstart::words;
use serde::Serialize;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Look at a store, export it, go on with it, join parts of it
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  headstart study list
  headstart study show study.db
  headstart study export study.db --parquet runs.parquet
  headstart study draw map.db --value loss --html map.html
  headstart study resume study.db --budget 1h
  headstart study merge part1.db part2.db --out study.db")]
pub struct StudyArgs {
    /// What is to be done.
    #[command(subcommand)]
    pub command: StudyCommand,
}

/// What is done with stores.
#[derive(Debug, Subcommand)]
#[expect(missing_docs)]
pub enum StudyCommand {
    List(List),
    Show(Show),
    Export(Export),
    Draw(Draw),
    Resume(Resume),
    Merge(Merge),
    Delete(Delete),
}

impl StudyCommand {
    /// What is asked.
    pub fn asks(&self) -> &dyn Ask {
        match self {
            Self::List(args) => args,
            Self::Show(args) => args,
            Self::Export(args) => args,
            Self::Draw(args) => args,
            Self::Resume(args) => args,
            Self::Merge(args) => args,
            Self::Delete(args) => args,
        }
    }
}

/// List stores, and how far they are
#[derive(Debug, Args)]
pub struct List {
    /// Stores, or folders with stores
    #[arg(value_name = "FILE|FOLDER", default_value = ".")]
    paths: Vec<InputStore>,
    /// A table for people, or one JSON document
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

impl Ask for List {
    fn ask(&self, front: &Front<'_>, _heard: &mut dyn Hearer) -> Result<Asked, Error> {
        before_anything(|| list(&self.paths, front)).map(Asked::done)
    }

    fn format(&self) -> Format {
        self.format
    }
}

/// Show what a store says: its best cells, and what each value of its axes does
#[derive(Debug, Args)]
pub struct Show {
    /// The store
    file: InputStore,
    /// Print the configuration file of the study, and nothing else
    #[arg(long)]
    config: bool,
    /// A table for people, or one JSON document
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

impl Ask for Show {
    fn ask(&self, front: &Front<'_>, _heard: &mut dyn Hearer) -> Result<Asked, Error> {
        Shown::of(&looked_at(&self.file, front)?).map(Asked::done)
    }

    fn config(&self, _front: &Front<'_>) -> Option<Result<String, Error>> {
        self.config.then(|| Ok(Store::open(&self.file)?.about().spec.to_toml()))
    }

    fn format(&self) -> Format {
        self.format
    }
}

/// Write a store's runs as CSV or Parquet: a row for each
#[derive(Debug, Args)]
pub struct Export {
    /// The store
    file: InputStore,
    /// Write the runs as CSV
    #[arg(long, value_name = "FILE", value_parser = written(Written::Csv))]
    csv: Option<OutputFile>,
    /// Write the runs as Parquet
    #[arg(long, value_name = "FILE", value_parser = written(Written::Parquet))]
    parquet: Option<OutputFile>,
    /// Write the losses along the way as CSV; the study must have been begun with --traces
    #[arg(long, value_name = "FILE", value_parser = written(Written::Csv))]
    traces_csv: Option<OutputFile>,
    /// The same as Parquet
    #[arg(long, value_name = "FILE", value_parser = written(Written::Parquet))]
    traces_parquet: Option<OutputFile>,
}

impl Ask for Export {
    fn ask(&self, front: &Front<'_>, _heard: &mut dyn Hearer) -> Result<Asked, Error> {
        let Self { file, csv, parquet, traces_csv, traces_parquet } = self;
        let store = looked_at(file, front)?;
        if [csv, parquet, traces_csv, traces_parquet].iter().all(|to| to.is_none()) {
            return Err(Error::Usage(
                "study export: say where to: --csv FILE, --parquet FILE, --traces-csv FILE or --traces-parquet FILE"
                    .to_owned(),
            ));
        }
        store.check()?;
        for (to, write, table) in [
            (csv, export::runs as fn(&Store, Table, &Path) -> _, Table::Csv),
            (parquet, export::runs, Table::Parquet),
            (traces_csv, export::traces, Table::Csv),
            (traces_parquet, export::traces, Table::Parquet),
        ] {
            to.as_deref().map_or(Ok(()), |to| write(&store, table, to))?;
        }
        Ok(Asked::nothing())
    }

    fn format(&self) -> Format {
        Format::Table
    }
}

/// Draw a store of two axes as a map, as far as it is
#[derive(Debug, Args)]
pub struct Draw {
    /// The store
    file: InputStore,
    /// The colours [default: what the task is judged by]
    #[arg(long, value_name = "FIGURE")]
    value: Option<Value>,
    #[command(flatten)]
    drawing: DrawArgs,
    /// A map in letters, or one JSON document
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

impl Ask for Draw {
    fn ask(&self, front: &Front<'_>, _heard: &mut dyn Hearer) -> Result<Asked, Error> {
        let store = looked_at(&self.file, front)?;
        let study = before_anything(|| Study::new(store.about().spec.clone()))?;
        let files = self.drawing.files().by(front.command());
        let show = MapSection { value: self.value, refine: None };
        let mapping = Mapping::of_store(&study, show, files.show_traces(), &store)?;
        files.write(&mapping)?;
        Ok(Asked::done(ShownMap::of(&mapping)))
    }

    fn format(&self) -> Format {
        self.format
    }
}

/// Go on with a study that was stopped, whatever stopped it
#[derive(Debug, Args)]
pub struct Resume {
    /// The store
    file: InputStore,
    #[command(flatten)]
    sitting: SittingArgs,
}

impl Ask for Resume {
    fn ask(&self, front: &Front<'_>, _heard: &mut dyn Hearer) -> Result<Asked, Error> {
        let mut about = Store::open(&self.file)?.about().clone();
        let worker =
            front.worker(&mut about.spec.training, self.sitting.threads()).map_err(|error| match &about.device {
                Some(device) => error.about(&format!("the runs of this study are trained on {device}")),
                None => error,
            })?;
        let study = before_anything(|| Study::new(about.spec))
            .map_err(|error| from_folder(error, &self.file, &about.folder))?;
        work(&study, &self.file, about.shard, self.sitting.budget, &self.sitting, (front, &worker))
    }

    fn format(&self) -> Format {
        self.sitting.format
    }
}

/// Join the stores of a study's parts into one
#[derive(Debug, Args)]
pub struct Merge {
    /// The stores of the parts
    #[arg(required = true)]
    parts: Vec<InputStore>,
    /// The store to be made
    #[arg(long, value_name = "FILE", value_parser = written(Written::Store))]
    out: OutputFile,
}

impl Ask for Merge {
    fn ask(&self, front: &Front<'_>, _heard: &mut dyn Hearer) -> Result<Asked, Error> {
        let parts: Vec<PathBuf> = self.parts.iter().map(|part| part.to_path_buf()).collect();
        before_anything(|| store::merge(&self.out, &parts))?;
        Shown::of(&looked_at(&self.out, front)?).map(Asked::done)
    }

    fn format(&self) -> Format {
        Format::Table
    }
}

/// Delete stores
#[derive(Debug, Args)]
pub struct Delete {
    /// The stores
    #[arg(required = true)]
    files: Vec<InputStore>,
}

impl Ask for Delete {
    fn ask(&self, _front: &Front<'_>, _heard: &mut dyn Hearer) -> Result<Asked, Error> {
        // What is no store is said before any of them is gone.
        self.files.iter().try_for_each(|file| store::check_is_store(file))?;
        self.files.iter().try_for_each(|file| store::delete(file))?;
        Ok(Asked::nothing())
    }

    fn format(&self) -> Format {
        Format::Table
    }
}

/// Where data was not found because its path starts from another folder, says so.
fn from_folder(error: Error, store: &Path, folder: &Path) -> Error {
    if !matches!(error, Error::Data(_)) || std::env::current_dir().is_ok_and(|here| here == folder) {
        return error;
    }
    let problem =
        format!("{error}; its paths start from where it was begun: try again from the folder {}", words::path(folder));
    Error::Store { path: store.display().to_string(), problem }
}

/// Stores, and how far they are.
#[derive(Serialize)]
#[serde(transparent)]
struct Stores(Vec<Listed>);

#[derive(Serialize)]
struct Listed {
    store: String,
    study: StudySpec,
    #[serde(flatten)]
    progress: Progress,
}

impl Listed {
    fn of(file: &Path) -> Result<Self, Error> {
        let store = Store::open(file)?;
        let name = store.path().strip_prefix(".").unwrap_or(store.path()).display().to_string();
        Ok(Self { store: name, study: store.about().spec.clone(), progress: Progress::of(&store)? })
    }
}

fn list(paths: &[InputStore], front: &Front<'_>) -> Result<Stores, Error> {
    let mut found = Vec::new();
    for path in paths {
        if !path.is_dir() {
            found.push(Listed::of(path)?);
            continue;
        }
        let cannot = |error| Error::Usage(format!("{}: cannot be read: {error}", path.display()));
        let mut files: Vec<PathBuf> = std::fs::read_dir(&**path)
            .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect())
            .map_err(cannot)?;
        files.sort();
        // What is no store is passed over, and one that cannot be read does not hide the others.
        for file in files.iter().filter(|file| file.is_file() && Store::is_one(file)) {
            match Listed::of(file) {
                Ok(listed) => found.push(listed),
                Err(error) => front.warn(&error.to_string()),
            }
        }
    }
    Ok(Stores(found))
}

impl Answer for Stores {
    fn document(&self) -> Document {
        if self.0.is_empty() {
            let answer = "no stores here; headstart sweep --help says how to make one".to_owned();
            return Document { answer, ..Document::default() };
        }
        let rows: Vec<(String, Progress)> =
            self.0.iter().map(|listed| (listed.store.clone(), listed.progress.clone())).collect();
        Document { blocks: vec![Block::Table(table::stores(&rows))], ..Document::default() }
    }

    fn json(&self, out: &mut dyn Write) -> std::io::Result<()> {
        json::write(out, self)
    }
}
