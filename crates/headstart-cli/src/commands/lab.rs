//! `headstart lab`: a page in which one moves starts and watches them train. How it is asked is in `crate::lab`, which knows all commands.

use crate::flags::config::read;
use crate::flags::data::DataFlags;
use crate::flags::output::{cores_unless, threads};
use crate::help::Page;
use crate::interrupts::before_anything;
use clap::Args;
use headstart::data::{DataSpec, Dataset};
use headstart::error::Error;
use headstart::spec::TaskSpec;
use headstart::words::foreign;
use headstart_lab::Lab;
use serde::Serialize;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

/// Open a page in which starts race and maps sharpen
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  headstart lab
  headstart lab --data wine.csv --label grower
  headstart lab --port 8080 --no-browser

The page is served to this machine alone, at the link that is printed; its token
lets one in. It ends with Ctrl-C. Nothing is written but what the page is asked
to download.")]
pub struct LabArgs {
    /// Where samples are.
    #[command(flatten)]
    pub data: DataFlags,
    #[command(flatten)]
    served: Served,
}

/// How it is served.
#[derive(Debug, Args)]
#[command(next_help_heading = "Lab")]
struct Served {
    /// The port; 0 takes any that is free
    #[arg(long, value_name = "PORT", default_value = "0")]
    port: u16,
    /// An address of this machine at which others reach it: whoever has the link uses its cores [default: 127.0.0.1]
    #[arg(long, value_name = "ADDRESS")]
    host: Option<IpAddr>,
    /// Print the link, and open no browser
    #[arg(long)]
    no_browser: bool,
    /// Trainings at a time [default: one per core]
    #[arg(long, value_name = "N", value_parser = threads)]
    threads: Option<usize>,
}

/// What its help shows.
pub const PAGE: Page = Page {
    command: "lab",
    main: &["data", "label", "features", "drop", "test_data", "preprocess", "port", "host", "no_browser", "threads"],
    hidden: &[],
};

impl LabArgs {
    /// The lab that is asked for.
    ///
    /// # Errors
    /// If its data makes no sense.
    pub fn lab(&self) -> Result<Lab, Error> {
        let Served { port, host, threads, .. } = self.served;
        let address = host.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        Ok(Lab { data: self.given()?, address, port, threads: cores_unless(threads) })
    }

    /// Whether a browser is to be opened.
    pub fn opens_browser(&self) -> bool {
        !self.served.no_browser
    }

    /// The data that it is started with, if any is.
    fn given(&self) -> Result<Option<DataSpec>, Error> {
        /// The section of a configuration file.
        #[derive(Serialize)]
        struct Section<'a> {
            data: &'a DataFlags,
        }
        let table =
            toml::Table::try_from(Section { data: &self.data }).map_err(|error| Error::Usage(error.to_string()))?;
        let spec = read::<TaskSpec>(table)?;
        let data = self.data.with_given(spec.data);
        if data == TaskSpec::default().data {
            return Ok(None);
        }
        if data.data.is_empty() {
            return Err(Error::Usage("--data FILE is needed beside what is said of it".to_owned()));
        }
        let path = Path::new(&data.data);
        if path.exists() && !path.is_file() && !path.is_dir() {
            return Err(Error::Usage(format!(
                "--data {}: the lab reads its data for every race anew, which takes a file and not a pipe",
                foreign(&data.data)
            )));
        }
        // What does not make sense is said here, and not in a page.
        before_anything(|| Dataset::load(&data))?;
        Ok(Some(data))
    }
}
