//! `headstart audit`: a file of weights, without the code of its network.

use crate::answer::Answer;
use crate::ask::{Ask, Asked, Front, Hearer};
use crate::files::{InputFile, OutputFile, written};
use crate::flags::output::{Format, cores_unless, threads};
use clap::Args;
use headstart::audit::{self, Audit};
use headstart::error::Error;
use headstart::io::columns::Gathered;
use headstart::io::json;
use headstart::outputs::Format as Written;
use headstart::report;
use headstart::report::document::Document;
use std::io::Write;
use std::path::PathBuf;

/// Look at a file of weights alone, without its network
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  headstart audit model.safetensors
  headstart audit checkpoint.pt --all
  headstart audit model.safetensors.index.json --format json
  headstart audit model-1.safetensors model-2.safetensors --csv weights.csv

Files are safetensors, PyTorch's .pt, Keras' .keras and .h5, and NumPy's .npz;
several files are one model, and so is the index of one. Nothing in a file is
run, and safetensors and PyTorch's files are read where they lie.

Columns: scale is the root mean square of the weights; asked is the rule whose
scale for this shape is nearest to it (he, glorot, lecun, or pytorch, the
default there), and ratio is scale over asked. Siblings, which are one weight
of several layers, have one row, with the figures of the middle one.")]
pub struct AuditArgs {
    /// The files of one model, or its index
    #[arg(value_name = "FILE", required = true)]
    checkpoint: Vec<InputFile>,
    /// Show every tensor, and not siblings in one row
    #[arg(long)]
    all: bool,
    /// A table for people, or one JSON document
    #[arg(long, value_enum, default_value = "table", help_heading = "Output")]
    format: Format,
    /// Write a row for each tensor as CSV
    #[arg(long, value_name = "FILE", value_parser = written(Written::Csv), help_heading = "Output")]
    csv: Option<OutputFile>,
    /// Write a row for each tensor as Parquet
    #[arg(long, value_name = "FILE", value_parser = written(Written::Parquet), help_heading = "Output")]
    parquet: Option<OutputFile>,
    /// Threads; results do not depend on it [default: one per core]
    #[arg(long, value_name = "N", value_parser = threads, help_heading = "Output")]
    threads: Option<usize>,
}

impl Ask for AuditArgs {
    fn ask(&self, front: &Front<'_>, _heard: &mut dyn Hearer) -> Result<Asked, Error> {
        let files: Vec<PathBuf> = self.checkpoint.iter().map(|file| file.to_path_buf()).collect();
        let Some(audit) = front.work(cores_unless(self.threads), |host| audit::run(&files, host))? else {
            return Ok(Asked::abandoned());
        };
        if let Some(path) = &self.csv {
            audit::csv(&audit, path)?;
        }
        if let Some(path) = &self.parquet {
            audit::parquet(&audit, path)?;
        }
        Ok(Asked::done(Audited { audit, all: self.all }))
    }

    fn format(&self) -> Format {
        self.format
    }
}

struct Audited {
    audit: Audit,
    all: bool,
}

impl Answer for Audited {
    fn document(&self) -> Document {
        report::audit::document(&self.audit, self.all)
    }

    fn json(&self, out: &mut dyn Write) -> std::io::Result<()> {
        json::write(out, &self.audit)
    }

    fn rows(&self) -> Result<Option<Gathered>, Error> {
        audit::gathered(&self.audit).map(Some)
    }
}
