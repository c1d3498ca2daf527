//! The command line of Headstart: flags in, one call into the library, tables or JSON out.

mod as_written;
mod commands;
mod files;
mod flags;
mod help;
mod interrupts;
mod outcome;
mod output;
mod progress;
mod runs;
mod studies;
mod synonyms;

use clap::FromArgMatches;
use commands::Cli;
use headstart::engine::simd::InstructionSet;
use headstart::error::Error;
use interrupts::before_anything;
use outcome::Outcome;
use std::process::ExitCode;

fn main() -> ExitCode {
    interrupts::install();
    output::report_panics();
    let arguments = synonyms::spelled(std::env::args_os());
    if arguments.len() < 2 {
        // Nothing was asked for: a script whose arguments got lost should not take it for a result.
        output::line(help::WHERE_TO_BEGIN);
        return ExitCode::from(2);
    }
    let definition = commands::definition(&arguments);
    let read = definition
        .clone()
        .try_get_matches_from(&arguments)
        .and_then(|matches| Ok((Cli::from_arg_matches(&matches)?, matches)))
        .map_err(synonyms::explained);
    let ended = match &read {
        Ok((cli, matches)) => check_instruction_set()
            .and_then(|()| before_anything(|| files::check(&definition, matches)))
            .and_then(|()| commands::run(cli)),
        Err(error) => match output::clap(error) {
            Ok(()) => return ExitCode::from(error.exit_code() as u8),
            Err(error) => Err(error),
        },
    };
    let failed = match ended {
        Ok(Outcome::Done) => return ExitCode::SUCCESS,
        Ok(Outcome::Interrupted) => "interrupted; the results are those until then".to_owned(),
        Ok(Outcome::Abandoned) => "interrupted before there was a result".to_owned(),
        Ok(Outcome::Disagrees | Outcome::Stopped) => return ExitCode::FAILURE,
        Err(error) => {
            output::say(&error.to_string());
            return ExitCode::from(if error.is_usage() { 2 } else { 1 });
        }
    };
    output::say(&failed);
    ExitCode::FAILURE
}

/// An instruction set that there is not is said, and not passed over.
fn check_instruction_set() -> Result<(), Error> {
    InstructionSet::asked_for().map(|_| ()).map_err(|error| Error::Usage(format!("HEADSTART_ISA: {error}")))
}
