//! The lab asks for commands: words of a page in, what they find out.

use crate::ask::{Ask, Asked, Front, Hearer};
use crate::commands::lab::LabArgs;
use crate::commands::{Cli, Command, definition};
use crate::flags::data::DataFlags;
use crate::flags::output::Format;
use crate::{output, synonyms};
use clap::FromArgMatches;
use headstart::engine::watch::Watch;
use headstart::error::Error;
use headstart::host::Listener;
use headstart::map::MapSpec;
use headstart::report::document::Document;
use headstart::spec::TaskSpec;
use headstart_lab::{Commands, serve};
use std::ffi::OsString;
use std::sync::Arc;

impl Ask for LabArgs {
    fn ask(&self, front: &Front<'_>, _heard: &mut dyn Hearer) -> Result<Asked, Error> {
        serve(self.lab()?, Arc::new(Here), front.watch(), |link| {
            // On a line of its own, so that a terminal finds it.
            output::say("the lab is open until Ctrl-C:");
            output::line(link);
            if self.opens_browser() && headstart_lab::open(link).is_err() {
                output::say("there is no browser that can be opened from here: open the link yourself");
            }
        })?;
        Ok(Asked::nothing())
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
