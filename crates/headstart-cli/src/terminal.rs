//! The program: what is asked for in words, and the answer on standard output.

use crate::ask::{Ask, Asked, Front, Outcome};
use crate::commands::{self, Cli};
use crate::flags::output::Format;
use crate::interrupts::{self, before_anything};
use crate::printed::Printed;
use crate::{files, help, output, progress, synonyms};
use clap::FromArgMatches;
use headstart::engine::simd::InstructionSet;
use headstart::error::Error;
use headstart::executor::Executor;
use headstart::flags;
use std::ffi::OsString;
use std::process::ExitCode;

/// What the program ends with where it failed, and where it was asked in a wrong way.
const FAILED: u8 = 1;
const USAGE: u8 = 2;

/// Does what a command line asks for, the program's name first.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    run(arguments, None).into()
}

/// The same, with runs done by this executor, if there is one; and the code that the program ends with: 0 done, 1 failed, 2 wrong usage.
pub fn run(arguments: impl IntoIterator<Item = OsString>, executor: Option<&dyn Executor>) -> u8 {
    interrupts::install();
    output::report_panics();
    let given: Vec<OsString> = arguments.into_iter().collect();
    let command = command(&given);
    let arguments = synonyms::spelled(given);
    if arguments.len() < 2 {
        // Nothing was asked for: a script whose arguments got lost should not take it for a result.
        output::line(help::WHERE_TO_BEGIN);
        return USAGE;
    }
    let definition = commands::definition(&arguments);
    let read = definition
        .clone()
        .try_get_matches_from(&arguments)
        .and_then(|matches| Ok((Cli::from_arg_matches(&matches)?, matches)))
        .map_err(synonyms::explained);
    let ended = match &read {
        Ok((cli, matches)) => {
            check_instruction_set().and_then(|()| before_anything(|| files::check(&definition, matches))).and_then(
                |()| progress::at_the_terminal(executor, |front| show(cli.command.asks(), &front.with(&command))),
            )
        }
        Err(error) => match output::clap(error, &arguments) {
            Ok(()) => return error.exit_code() as u8,
            Err(error) => Err(error),
        },
    };
    let failed = match ended {
        Ok(Outcome::Done) => return 0,
        Ok(Outcome::Interrupted) => "interrupted; the results are those until then".to_owned(),
        Ok(Outcome::Abandoned) => "interrupted before there was a result".to_owned(),
        Ok(Outcome::Disagrees | Outcome::Stopped) => return FAILED,
        Err(error) => {
            output::say(&error.to_string());
            return if error.is_usage() { USAGE } else { FAILED };
        }
    };
    output::say(&failed);
    FAILED
}

/// The line for a shell that asks the same again, whatever the program's file is called.
fn command(arguments: &[OsString]) -> String {
    let words = arguments.iter().skip(1).map(|word| word.to_string_lossy());
    flags::shell(std::iter::once("headstart".into()).chain(words))
}

/// Asks, and shows what was found.
fn show(asks: &dyn Ask, front: &Front<'_>) -> Result<Outcome, Error> {
    if let Some(config) = asks.config(front) {
        output::text(&config?)?;
        return Ok(Outcome::Done);
    }
    let is_json = asks.format() == Format::Json;
    let mut printed = Printed::new(is_json);
    let Asked { answer, outcome, after } = asks.ask(front, &mut printed)?;
    match answer {
        // Its runs have been printed as they came.
        Some(answer) if printed.has_begun() => printed.end(&*answer)?,
        Some(answer) if is_json => output::json(&*answer)?,
        Some(answer) => output::answer(&*answer)?,
        None => {}
    }
    if let Some(after) = after {
        output::say(&after);
    }
    Ok(outcome)
}

/// An instruction set that there is not is said, and not passed over.
fn check_instruction_set() -> Result<(), Error> {
    InstructionSet::asked_for().map(|_| ()).map_err(|error| Error::Usage(format!("HEADSTART_ISA: {error}")))
}
