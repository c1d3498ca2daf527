//! The command line of Headstart: flags in, one call into the library, tables or JSON out.

mod args;
mod as_written;
mod commands;
mod data;
mod files;
mod flags;
mod help;
mod interrupts;
mod outcome;
mod output;
mod progress;
mod runs;
mod studies;
mod study;
mod synonyms;

use args::ReplicateArgs;
use clap::FromArgMatches;
use commands::Cli;
use flags::config::{read_task, searches_lr};
use flags::task::settled;
use headstart::advise::{self, Question, Stage};
use headstart::compare;
use headstart::engine::simd::InstructionSet;
use headstart::error::Error;
use headstart::explain::{self, Explanation, check};
use headstart::probe::{self, Profile};
use headstart::replicate::{EXPERIMENTS, Experiment};
use headstart::report::{self, Shown, table};
use headstart::run::Run;
use headstart::save;
use headstart::task::Task;
use headstart::theory;
use interrupts::{before_anything, watch};
use outcome::Outcome;
use runs::{finish, heading, run_task};
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

fn replicate(args: &ReplicateArgs) -> Result<Outcome, Error> {
    let Some(name) = args.name.as_deref().filter(|_| !args.list) else {
        output::text(&table::experiments(EXPERIMENTS))?;
        return Ok(Outcome::Done);
    };
    let experiment = before_anything(|| Experiment::named(name)?.prepare(&args.options()))?;
    let threads = args.output.threads();
    let done = progress::showing(watch(), "", experiment.steps(), || experiment.run(threads, watch()));
    let Some(replication) = done else {
        return Ok(Outcome::Abandoned);
    };
    let table = table::replication(&replication);
    let answer = replication.answer.as_deref().map_or_else(String::new, table::wrapped);
    let shown = match &replication.map {
        Some(map) => Shown::Map(map),
        None if replication.profiles.is_empty() => Shown::Runs,
        None => Shown::Profiles(&replication.profiles),
    };
    let summary = format!("{}\n{answer}", table::wrapped(&format!("source: {}", replication.source)));
    args.output.write(&replication.runs, replication.title, &summary, &table, shown)?;
    if let (Some(path), Some(page)) = (&args.markdown, &replication.page) {
        page.write(path, args.output.png.as_deref())?;
    }
    if args.output.is_json() {
        output::json(&replication)?;
    } else {
        let verdict = match replication.agrees {
            true if replication.rows.iter().all(|row| row.agrees.is_none()) => {
                "no figures were published to agree with"
            }
            true => "all published figures agree",
            false => "NOT all published figures agree",
        };
        let head = format!("{}: {}", replication.name, replication.title);
        let head = table::wrapped(&head) + &table::wrapped(&format!("source: {}", replication.source));
        let answer = if answer.is_empty() { String::new() } else { format!("{answer}\n") };
        output::text(&format!("{head}\n{table}\n{answer}{verdict}\n"))?;
    }
    Ok(if replication.agrees { Outcome::Done } else { Outcome::Disagrees })
}
