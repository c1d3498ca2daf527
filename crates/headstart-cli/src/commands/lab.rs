//! `headstart lab`: a page in which one moves starts and watches them train.

use crate::ask::{Ask, Asked, Front, Hearer, Outcome};
use crate::commands::{Cli, Command, definition};
use crate::flags::data::DataFlags;
use crate::flags::output::{Format, cores_unless, threads};
use crate::help::Page;
use crate::{output, synonyms};
use clap::{Args, FromArgMatches};
use headstart::data::DataSpec;
use headstart::engine::watch::Watch;
use headstart::error::Error;
use headstart::host::Listener;
use headstart::map::MapSpec;
use headstart::report::document::Document;
use headstart::spec::TaskSpec;
use headstart_lab::{Commands, Lab, serve};
use serde::Serialize;
use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// Open a page in which starts race, maps sharpen and advice is found
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
    #[command(flatten)]
    data: DataFlags,
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
    /// The address that it listens at, for others to reach it: whoever has the link can use this machine's cores [default: this machine alone]
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
pub const PAGE: Page = Page { command: "lab", main: &["data", "label", "port", "no-browser"], hidden: &[] };

impl LabArgs {
    /// The data that it is started with, if any is.
    fn given(&self) -> Result<Option<DataSpec>, Error> {
        /// The section of a configuration file.
        #[derive(Serialize)]
        struct Section<'a> {
            data: &'a DataFlags,
        }
        let table =
            toml::Table::try_from(Section { data: &self.data }).map_err(|error| Error::Usage(error.to_string()))?;
        let spec = crate::flags::config::read::<TaskSpec>(table)?;
        let data = self.data.with_given(spec.data);
        if data == TaskSpec::default().data {
            return Ok(None);
        }
        if data.data.is_empty() {
            return Err(Error::Usage("--data FILE is needed beside what is said of it".to_owned()));
        }
        // What does not make sense is said here, and not in a page.
        crate::interrupts::before_anything(|| data.settled())?;
        Ok(Some(data))
    }
}

impl Ask for LabArgs {
    fn ask(&self, front: &Front<'_>, _heard: &mut dyn Hearer) -> Result<Asked, Error> {
        let Served { port, host, no_browser, threads } = self.served;
        let address = host.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let lab = Lab { data: self.given()?, address, port, threads: cores_unless(threads) };
        serve(lab, Arc::new(Here), front.watch(), |link| {
            // On a line of its own, so that a terminal finds it.
            output::say("the lab is open until Ctrl-C:");
            output::line(link);
            if !no_browser && headstart_lab::open(link).is_err() {
                output::say("there is no browser that can be opened from here: open the link yourself");
            }
        })?;
        Ok(Asked::nothing().ended(Outcome::Done))
    }

    fn format(&self) -> Format {
        Format::Table
    }

    fn data(&mut self) -> Option<&mut DataFlags> {
        Some(&mut self.data)
    }
}

/// This program's commands.
struct Here;

/// The command that these words ask for.
fn read(words: &[String]) -> Result<Command, Error> {
    let given: Vec<OsString> =
        std::iter::once("headstart").chain(words.iter().map(String::as_str)).map(Into::into).collect();
    let words = synonyms::spelled(given);
    let read = definition(&words)
        .try_get_matches_from(&words)
        .and_then(|matches| Cli::from_arg_matches(&matches))
        .map_err(synonyms::explained);
    let told = |error: clap::Error| {
        // The first sentence says what is wrong; usage and help are for terminals.
        let text = error.render().to_string();
        let first = text.split("\n\n").next().unwrap_or_default().trim_start_matches("error: ");
        Error::Usage(first.split_whitespace().collect::<Vec<_>>().join(" "))
    };
    read.map(|cli| cli.command).map_err(told)
}

impl Commands for Here {
    fn task(&self, words: &[String]) -> Result<TaskSpec, Error> {
        match read(words)? {
            Command::Train(args) => args.spec(),
            _ => Err(Error::Usage("no task is described".to_owned())),
        }
    }

    fn map(&self, words: &[String]) -> Result<MapSpec, Error> {
        match read(words)? {
            Command::Map(args) => args.asked(),
            _ => Err(Error::Usage("no map is described".to_owned())),
        }
    }

    fn ask(
        &self,
        words: &[String],
        as_written: &str,
        watch: &Watch,
        listener: &Listener<'_>,
    ) -> Result<Option<Document>, Error> {
        let command = read(words)?;
        let asked = command.asks().ask(&Front::new(watch, listener).with(as_written), &mut ())?;
        Ok(asked.answer.map(|answer| answer.page()))
    }
}
