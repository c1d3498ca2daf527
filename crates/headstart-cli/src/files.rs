//! Flags that name files: what is read and what is written, told apart by type, so that one check sees all of them.
//!
//! Whatever names a file in the definition of the command line has one of these types, and none of them is a plain path: a
//! flag that is new is either seen by [`check`] or does not pass the tests.

use crate::as_written::AsWritten;
use clap::builder::{OsStringValueParser, TypedValueParser, ValueParser};
use clap::{Arg, ArgMatches, Command};
use headstart::error::Error;
use headstart::io::read_at_most;
use headstart::outputs::{self, Format, Input, Output};
use headstart::replicate::Experiment;
use headstart::spec::Inits;
use headstart::words;
use serde::Serialize;
use std::any::TypeId;
use std::ffi::OsString;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

macro_rules! path {
    ($($(#[$about:meta])* $name:ident;)*) => {$(
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
        #[serde(transparent)]
        pub struct $name(PathBuf);

        impl From<OsString> for $name {
            fn from(path: OsString) -> Self {
                Self(path.into())
            }
        }

        impl Deref for $name {
            type Target = Path;

            fn deref(&self) -> &Path {
                &self.0
            }
        }
    )*};
}

path! {
    /// A file that is read.
    InputFile;
    /// A store that is read, or gone on with, or deleted.
    InputStore;
    /// A folder with the files of experiments.
    DataFolder;
}

/// The name of built-in data, or a file that is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Source(String);

impl Source {
    /// As it was given.
    pub fn name(&self) -> &str {
        &self.0
    }
}

impl From<String> for Source {
    fn from(name: String) -> Self {
        Self(name)
    }
}

/// An axis as it was written, which may name files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct AxisText(pub String);

/// A configuration file: it is read once, whatever copies there are of it.
#[derive(Clone, Debug)]
pub struct Config {
    path: PathBuf,
    text: Arc<OnceLock<String>>,
}

impl From<OsString> for Config {
    fn from(path: OsString) -> Self {
        Self { path: path.into(), text: Arc::default() }
    }
}

/// More than this no configuration needs.
const MOST_BYTES: u64 = 4 << 20;

impl Config {
    /// The file's name, safe to be shown.
    pub fn name(&self) -> String {
        words::path(&self.path)
    }

    /// What it says.
    ///
    /// # Errors
    /// If it cannot be read, is no text, too long, or a pipe that it would have to wait for.
    pub fn text(&self) -> Result<&str, Error> {
        if let Some(text) = self.text.get() {
            return Ok(text);
        }
        let cannot = |problem: &str| Error::Usage(format!("--config {}: cannot be read: {problem}", self.name()));
        let bytes = read_at_most(&self.path, MOST_BYTES).map_err(|error| cannot(&error.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|_| cannot("it is no text"))?;
        Ok(self.text.get_or_init(|| text))
    }
}

/// A file that is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputFile {
    path: PathBuf,
    format: Format,
}

impl Deref for OutputFile {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.path
    }
}

/// Reads the name of a file that is written in a format.
pub fn written(format: Format) -> ValueParser {
    ValueParser::new(OsStringValueParser::new().map(move |path| OutputFile { path: path.into(), format }))
}

/// Refuses outputs that would take the place of an input or of one another, standard output among them, whatever the command.
///
/// # Errors
/// If there is one, or the configuration cannot be read.
pub fn check(definition: &Command, matches: &ArgMatches) -> Result<(), Error> {
    let (definition, matches) = of_subcommand(definition, matches);
    outputs::check(&written_of(definition, matches), &read_of(definition, matches)?)
}

/// The same for whoever prints nothing: where no file is written there is nothing to look at.
///
/// # Errors
/// As [`check`].
pub fn check_written(definition: &Command, matches: &ArgMatches) -> Result<(), Error> {
    let (definition, matches) = of_subcommand(definition, matches);
    let written = written_of(definition, matches);
    if written.is_empty() { Ok(()) } else { outputs::check(&written, &read_of(definition, matches)?) }
}

/// The command that does something, and what it was given.
fn of_subcommand<'a>(definition: &'a Command, matches: &'a ArgMatches) -> (&'a Command, &'a ArgMatches) {
    match matches.subcommand().and_then(|(name, below)| Some((definition.find_subcommand(name)?, below))) {
        Some((definition, matches)) => of_subcommand(definition, matches),
        None => (definition, matches),
    }
}

/// How messages call an argument.
fn flag(argument: &Arg) -> String {
    argument.get_long().map_or_else(|| argument.get_id().to_string(), |long| format!("--{long}"))
}

/// The files that are to be written.
fn written_of(definition: &Command, matches: &ArgMatches) -> Vec<Output> {
    let is_set = |flag: &str| matches.try_get_one::<bool>(flag).is_ok_and(|set| set == Some(&true));
    // Nothing but standard output is written then.
    if is_set("print_config") || is_set("list") {
        return Vec::new();
    }
    let mut outputs = Vec::new();
    for argument in definition.get_arguments().filter(|argument| Kind::of(argument) == Kind::Output) {
        let output = |OutputFile { path, format }: &OutputFile| Output {
            flag: flag(argument),
            path: path.clone(),
            format: *format,
        };
        outputs.extend(given::<OutputFile>(matches, argument).map(output));
    }
    outputs
}

/// The files that are read.
fn read_of(definition: &Command, matches: &ArgMatches) -> Result<Vec<Input>, Error> {
    let is_written = !written_of(definition, matches).is_empty();
    let mut inputs = Vec::new();
    for argument in definition.get_arguments() {
        let named = flag(argument);
        match Kind::of(argument) {
            Kind::Input => {
                inputs.extend(given::<InputFile>(matches, argument).flat_map(|file| Input::all_of(&named, file)));
            }
            Kind::Store => {
                // What a store's study reads is of interest only to what is written.
                let files = if is_written { Input::of_store } else { Input::all_of };
                inputs.extend(given::<InputStore>(matches, argument).flat_map(|store| files(&named, store)));
            }
            Kind::Folder => {
                let experiment = matches.get_one::<String>("name").and_then(|name| Experiment::named(name).ok());
                let reads = |folder: &DataFolder| experiment.map(|of| of.reads(folder)).unwrap_or_default();
                let files = given::<DataFolder>(matches, argument).flat_map(reads);
                inputs.extend(files.flat_map(|path| Input::all_of(&named, &path)));
            }
            Kind::Config => {
                for config in given::<Config>(matches, argument) {
                    inputs.extend(Input::of_config(&named, &config.path, config.text()?));
                }
            }
            Kind::Source => {
                inputs.extend(given::<Source>(matches, argument).flat_map(|source| Input::named_in(&named, &source.0)));
            }
            Kind::Inits => {
                let given = given::<AsWritten<Inits>>(matches, argument);
                inputs.extend(given.flat_map(|inits| Input::named_in(&named, &inits.value.to_string())));
            }
            Kind::Axis => {
                inputs.extend(given::<AxisText>(matches, argument).flat_map(|axis| Input::named_in(&named, &axis.0)));
            }
            Kind::Output | Kind::Other => {}
        }
    }
    Ok(inputs)
}

/// What the value of an argument has to do with files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It is written.
    Output,
    /// It is read.
    Input,
    /// It is a store.
    Store,
    /// It is a folder with the files of experiments.
    Folder,
    /// It is a configuration file.
    Config,
    /// It is a file that is read, or built-in data.
    Source,
    /// It is schemes, of which some may be in files.
    Inits,
    /// It is an axis, whose schemes may be in files.
    Axis,
    /// Nothing.
    Other,
}

impl Kind {
    /// Of an argument.
    pub fn of(argument: &Arg) -> Self {
        let of_type = argument.get_value_parser().type_id();
        let kinds = [
            (TypeId::of::<OutputFile>(), Self::Output),
            (TypeId::of::<InputFile>(), Self::Input),
            (TypeId::of::<InputStore>(), Self::Store),
            (TypeId::of::<DataFolder>(), Self::Folder),
            (TypeId::of::<Config>(), Self::Config),
            (TypeId::of::<Source>(), Self::Source),
            (TypeId::of::<AsWritten<Inits>>(), Self::Inits),
            (TypeId::of::<AxisText>(), Self::Axis),
        ];
        kinds.into_iter().find(|(id, _)| of_type == *id).map_or(Self::Other, |(_, kind)| kind)
    }
}

/// The values that were given, or stand there by default.
fn given<'a, T: Clone + Send + Sync + 'static>(matches: &'a ArgMatches, argument: &Arg) -> impl Iterator<Item = &'a T> {
    matches.get_many::<T>(argument.get_id().as_str()).into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::Cli;
    use clap::CommandFactory;

    /// All commands that do something, with the words that call them.
    fn commands() -> Vec<(Vec<String>, Command)> {
        let mut open = vec![(vec!["headstart".to_owned()], Cli::command())];
        let mut found = Vec::new();
        while let Some((words, mut command)) = open.pop() {
            command.build();
            let below = command.get_subcommands().filter(|below| below.get_name() != "help");
            open.extend(
                below.map(|below| ([words.clone(), vec![below.get_name().to_owned()]].concat(), below.clone())),
            );
            if !command.has_subcommands() {
                found.push((words, command));
            }
        }
        found
    }

    /// An argument with a value.
    fn given(argument: &Arg, value: &str) -> Vec<String> {
        let flag = argument.get_long().map(|long| format!("--{long}"));
        let with = match argument.get_id().as_str() {
            "x" => ["--y", "gain=1,2"].as_slice(),
            "y" => &["--x", "lr=0.1,0.2"],
            _ => &[],
        };
        flag.into_iter().chain([value.to_owned()]).chain(with.iter().map(|&word| word.to_owned())).collect()
    }

    /// The command line with these arguments, and with what the command cannot do without.
    fn line(words: &[String], command: &Command, arguments: &[(&Arg, String)]) -> Vec<String> {
        let is_missing = |argument: &&Arg| {
            let is_needed = argument.is_required_set() || ["out", "name"].contains(&argument.get_id().as_str());
            is_needed && arguments.iter().all(|(other, _)| other.get_id() != argument.get_id())
        };
        let needed = command.get_arguments().filter(is_missing).flat_map(|argument| match Kind::of(argument) {
            Kind::Output => given(argument, "needed.db"),
            Kind::Store => given(argument, "needed.store"),
            _ => given(argument, "dls-cats"),
        });
        let arguments = arguments.iter().flat_map(|(argument, value)| given(argument, value));
        words.iter().cloned().chain(needed).chain(arguments).collect()
    }

    fn checked(line: &[String]) -> Result<(), String> {
        let definition = Cli::command();
        let matches = definition.clone().try_get_matches_from(line).unwrap_or_else(|error| panic!("{line:?}: {error}"));
        check(&definition, &matches).map_err(|error| error.to_string())
    }

    /// A value of an argument that makes the command read a file.
    fn reading(kind: Kind, file: &Path) -> Option<String> {
        let path = file.display();
        match kind {
            Kind::Input | Kind::Store | Kind::Config | Kind::Source => Some(path.to_string()),
            Kind::Folder => Some(file.parent()?.display().to_string()),
            Kind::Inits => Some(format!("he,file:{path}")),
            Kind::Axis => Some(format!("init=he,file:{path}")),
            Kind::Output | Kind::Other => None,
        }
    }

    #[cfg(unix)]
    #[test]
    fn no_command_writes_over_what_it_reads() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        // The name is one that an experiment reads; what it holds is a configuration, or whatever else.
        let file = at("train_catvnoncat.h5");
        std::fs::write(&file, "[training]\nsteps = 5\n").unwrap();
        std::fs::hard_link(&file, at("hard")).unwrap();
        std::os::unix::fs::symlink(&file, at("soft")).unwrap();
        let spellings = [file.clone(), folder.path().join("./train_catvnoncat.h5"), at("hard"), at("soft")];
        let mut pairs = 0;
        for (words, command) in commands() {
            for output in command.get_arguments().filter(|argument| Kind::of(argument) == Kind::Output) {
                for input in command.get_arguments() {
                    let Some(value) = reading(Kind::of(input), &file) else { continue };
                    for spelled in &spellings {
                        let written = (output, spelled.display().to_string());
                        let line = line(&words, &command, &[written, (input, value.clone())]);
                        let refused = checked(&line).expect_err(&line.join(" "));
                        assert!(refused.contains("read by"), "{line:?}: {refused}");
                    }
                    pairs += 1;
                }
            }
        }
        assert!(pairs > 90, "{pairs}");
    }

    #[test]
    fn no_command_writes_two_files_into_one() {
        let folder = tempfile::tempdir().unwrap();
        let (new, spelled) = (folder.path().join("new"), folder.path().join(".").join("new"));
        let mut pairs = 0;
        for (words, command) in commands() {
            let outputs: Vec<&Arg> = command.get_arguments().filter(|of| Kind::of(of) == Kind::Output).collect();
            for (i, one) in outputs.iter().enumerate() {
                for other in &outputs[..i] {
                    let both = [(*one, new.display().to_string()), (*other, spelled.display().to_string())];
                    let refused = checked(&line(&words, &command, &both)).expect_err("two files in one");
                    assert!(refused.contains("is to be written there"), "{refused}");
                    pairs += 1;
                }
            }
        }
        assert!(pairs > 20, "{pairs}");
    }

    /// A flag that names a file and is of none of the types here would not be seen by the check.
    #[test]
    fn every_flag_that_names_a_file_says_whether_it_reads_or_writes() {
        use Kind::{Axis, Config, Folder, Inits, Input, Output, Source, Store};
        let mut kinds = Vec::new();
        for (words, command) in commands() {
            for argument in command.get_arguments() {
                let kind = Kind::of(argument);
                let name = format!("{} {}", words.join(" "), argument.get_id());
                let of_type = argument.get_value_parser().type_id();
                assert!(
                    of_type != TypeId::of::<PathBuf>() && of_type != TypeId::of::<OsString>(),
                    "{name}: a plain path"
                );
                let values = argument.get_value_names().unwrap_or_default();
                let is_file =
                    values.iter().any(|value| ["FILE", "FOLDER", "PATH", "DIR"].iter().any(|of| value.contains(of)));
                assert!(!is_file || kind != Kind::Other, "{name}: neither read nor written");
                kinds.push(kind);
            }
        }
        for kind in [Output, Input, Store, Folder, Config, Source, Inits, Axis] {
            assert!(kinds.contains(&kind), "{kind:?}");
        }
    }
}
