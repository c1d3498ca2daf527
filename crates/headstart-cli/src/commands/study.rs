//! `headstart study`: stores, looked at, written out, gone on with and joined.

use crate::files::{InputStore, OutputFile, written};
use crate::flags::output::Format;
use crate::flags::study::{DrawArgs, SittingArgs};
use crate::interrupts::before_anything;
use crate::outcome::Outcome;
use crate::output;
use crate::studies::{looked_at, show, show_map, work};
use clap::{Args, Subcommand};
use headstart::error::Error;
use headstart::map::{MapSection, Mapping, Value};
use headstart::outputs::Format as Written;
use headstart::report::table;
use headstart::study::export::{self, Format as Table};
use headstart::study::store::{self, Store};
use headstart::study::summary::Progress;
use headstart::study::{Study, StudySpec};
use headstart::words;
use serde::Serialize;
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
    #[command(subcommand)]
    command: StudyCommand,
}

#[derive(Debug, Subcommand)]
enum StudyCommand {
    /// List stores, and how far they are
    List {
        /// Stores, or folders with stores
        #[arg(value_name = "FILE|FOLDER", default_value = ".")]
        paths: Vec<InputStore>,
        /// A table for people, or one JSON document
        #[arg(long, value_enum, default_value = "table")]
        format: Format,
    },
    /// Show what a store says: its best cells, and what each value of its axes does
    Show {
        /// The store
        file: InputStore,
        /// Print the configuration file of the study, and nothing else
        #[arg(long)]
        config: bool,
        /// A table for people, or one JSON document
        #[arg(long, value_enum, default_value = "table")]
        format: Format,
    },
    /// Write a store's runs as CSV or Parquet: a row for each
    Export {
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
    },
    /// Draw a store of two axes as a map, as far as it is
    Draw {
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
    },
    /// Go on with a study that was stopped, whatever stopped it
    Resume {
        /// The store
        file: InputStore,
        #[command(flatten)]
        sitting: SittingArgs,
    },
    /// Join the stores of a study's parts into one
    Merge {
        /// The stores of the parts
        #[arg(required = true)]
        parts: Vec<InputStore>,
        /// The store to be made
        #[arg(long, value_name = "FILE", value_parser = written(Written::Store))]
        out: OutputFile,
    },
    /// Delete stores
    Delete {
        /// The stores
        #[arg(required = true)]
        files: Vec<InputStore>,
    },
}

pub fn run(args: &StudyArgs) -> Result<Outcome, Error> {
    match &args.command {
        StudyCommand::List { paths, format } => before_anything(|| list(paths, *format))?,
        StudyCommand::Show { file, config: true, .. } => output::text(&Store::open(file)?.about().spec.to_toml())?,
        StudyCommand::Show { file, format, .. } => show(&looked_at(file)?, *format)?,
        StudyCommand::Export { file, csv, parquet, traces_csv, traces_parquet } => {
            let store = looked_at(file)?;
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
        }
        StudyCommand::Draw { file, value, drawing, format } => {
            let store = looked_at(file)?;
            let study = before_anything(|| Study::new(store.about().spec.clone()))?;
            let files = drawing.files();
            let show = MapSection { value: *value, refine: None };
            let mapping = Mapping::of_store(&study, show, files.show_traces(), &store)?;
            files.write(&mapping)?;
            show_map(&mapping, *format)?;
        }
        StudyCommand::Resume { file, sitting } => {
            let about = Store::open(file)?.about().clone();
            let study =
                before_anything(|| Study::new(about.spec)).map_err(|error| from_folder(error, file, &about.folder))?;
            return work(&study, file, about.shard, sitting.budget, sitting);
        }
        StudyCommand::Merge { parts, out } => {
            let parts: Vec<PathBuf> = parts.iter().map(|part| part.to_path_buf()).collect();
            before_anything(|| store::merge(out, &parts))?;
            show(&looked_at(out)?, Format::Table)?;
        }
        StudyCommand::Delete { files } => {
            // What is no store is said before any of them is gone.
            files.iter().try_for_each(|file| store::check_is_store(file))?;
            files.iter().try_for_each(|file| store::delete(file))?;
        }
    }
    Ok(Outcome::Done)
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

#[derive(Serialize)]
struct Listed<'a> {
    store: String,
    study: &'a StudySpec,
    #[serde(flatten)]
    progress: Progress,
}

fn list(paths: &[InputStore], format: Format) -> Result<(), Error> {
    let open = |file: &Path| -> Result<(Store, Progress), Error> {
        let store = Store::open(file)?;
        let progress = Progress::of(&store)?;
        Ok((store, progress))
    };
    let mut found = Vec::new();
    for path in paths {
        if !path.is_dir() {
            found.push(open(path)?);
            continue;
        }
        let cannot = |error| Error::Usage(format!("{}: cannot be read: {error}", path.display()));
        let mut files: Vec<PathBuf> = std::fs::read_dir(&**path)
            .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect())
            .map_err(cannot)?;
        files.sort();
        // What is no store is passed over, and one that cannot be read does not hide the others.
        for file in files.iter().filter(|file| file.is_file() && Store::is_one(file)) {
            match open(file) {
                Ok(store) => found.push(store),
                Err(error) => output::say(&error.to_string()),
            }
        }
    }
    let name = |store: &Store| store.path().strip_prefix(".").unwrap_or(store.path()).display().to_string();
    match format {
        Format::Json => {
            let mut listed = Vec::new();
            for (store, progress) in &found {
                let study = &store.about().spec;
                listed.push(Listed { store: name(store), study, progress: progress.clone() });
            }
            output::json(&listed)
        }
        Format::Table if found.is_empty() => {
            output::text("no stores here; headstart sweep --help says how to make one\n")
        }
        Format::Table => {
            let rows: Vec<(String, Progress)> =
                found.into_iter().map(|(store, progress)| (name(&store), progress)).collect();
            output::text(&table::stores(&rows))
        }
    }
}
