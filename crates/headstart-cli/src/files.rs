//! Flags that name files: what is read and what is written, told apart by type, so that one check sees all of them.
//!
//! Whatever names a file in the definition of the command line has one of these types, and none of them is a plain path: a
//! flag that is new is either seen by [`check`] or does not pass the tests.

use crate::output;
use clap::builder::{OsStringValueParser, TypedValueParser, ValueParser};
use clap::{Arg, ArgMatches, Command};
use headstart::error::Error;
use headstart::outputs::{self, Format, Input, Output};
use headstart::replicate::Experiment;
use headstart::spec::Inits;
use headstart::words::foreign;
use serde::Serialize;
use std::any::TypeId;
use std::ffi::OsString;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

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

impl From<String> for Source {
    fn from(name: String) -> Self {
        Self(name)
    }
}

/// A configuration file: it is read once.
#[derive(Clone, Debug)]
pub struct Config {
    path: PathBuf,
    text: OnceLock<String>,
}

impl From<OsString> for Config {
    fn from(path: OsString) -> Self {
        Self { path: path.into(), text: OnceLock::new() }
    }
}

/// More than this no configuration needs.
const MOST_BYTES: u64 = 1 << 20;

impl Config {
    /// The file's name, safe to be shown.
    pub fn name(&self) -> String {
        foreign(&self.path.display().to_string())
    }

    /// What it says.
    ///
    /// # Errors
    /// If it cannot be read, is no text, or too long.
    pub fn text(&self) -> Result<&str, Error> {
        if let Some(text) = self.text.get() {
            return Ok(text);
        }
        let cannot = |error: std::io::Error| {
            let problem = if error.kind() == ErrorKind::InvalidData { "it is no text".into() } else { error.to_string() };
            Error::Usage(format!("--config {}: cannot be read: {problem}", self.name()))
        };
        if self.path.metadata().map_err(cannot)?.is_dir() {
            return Err(cannot(ErrorKind::IsADirectory.into()));
        }
        if !self.path.is_file() {
            output::say(&format!("--config {}: no file, but a pipe or a device; waiting for what comes", self.name()));
        }
        let mut text = String::new();
        let file = File::open(&self.path).map_err(cannot)?;
        file.take(MOST_BYTES + 1).read_to_string(&mut text).map_err(cannot)?;
        if text.len() as u64 > MOST_BYTES {
            let problem = format!("more than {MOST_BYTES} bytes are no configuration");
            return Err(cannot(std::io::Error::other(problem)));
        }
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

/// Refuses outputs that would take the place of an input or of one another, whatever the command.
///
/// # Errors
/// If there is one, or the configuration cannot be read.
pub fn check(definition: &Command, matches: &ArgMatches) -> Result<(), Error> {
    let (mut definition, mut matches) = (definition, matches);
    while let Some((name, of_subcommand)) = matches.subcommand() {
        let Some(subcommand) = definition.find_subcommand(name) else { break };
        (definition, matches) = (subcommand, of_subcommand);
    }
    let is_set = |flag: &str| matches.try_get_one::<bool>(flag).is_ok_and(|set| set == Some(&true));
    // Nothing is written then.
    if is_set("print_config") || is_set("list") {
        return Ok(());
    }
    let flag = |argument: &Arg| match argument.get_long() {
        Some(long) => format!("--{long}"),
        None => argument.get_id().to_string(),
    };
    let mut outputs = Vec::new();
    for argument in definition.get_arguments().filter(|argument| Kind::of(argument) == Kind::Output) {
        let output = |OutputFile { path, format }: &OutputFile| Output {
            flag: flag(argument),
            path: path.clone(),
            format: *format,
        };
        outputs.extend(given::<OutputFile>(matches, argument).map(output));
    }
    let mut inputs = Vec::new();
    for argument in definition.get_arguments() {
        let named = flag(argument);
        match Kind::of(argument) {
            Kind::Input => inputs.extend(given::<InputFile>(matches, argument).flat_map(|file| Input::all_of(&named, file))),
            Kind::Store => {
                // What a store's study reads is of interest only to what is written.
                let files = if outputs.is_empty() { Input::all_of } else { Input::of_store };
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
                let texts = given::<Inits>(matches, argument).map(ToString::to_string);
                inputs.extend(texts.flat_map(|text| Input::named_in(&named, &text)));
            }
            Kind::Text => {
                inputs.extend(given::<String>(matches, argument).flat_map(|text| Input::named_in(&named, text)));
            }
            Kind::Output | Kind::Other => {}
        }
    }
    outputs::check(&outputs, &inputs)
}

/// What the value of an argument has to do with files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Output,
    Input,
    Store,
    Folder,
    Config,
    Source,
    Inits,
    /// A text of a grammar that may name files: an axis.
    Text,
    Other,
}

impl Kind {
    fn of(argument: &Arg) -> Self {
        let of_type = argument.get_value_parser().type_id();
        let kinds = [
            (TypeId::of::<OutputFile>(), Self::Output),
            (TypeId::of::<InputFile>(), Self::Input),
            (TypeId::of::<InputStore>(), Self::Store),
            (TypeId::of::<DataFolder>(), Self::Folder),
            (TypeId::of::<Config>(), Self::Config),
            (TypeId::of::<Source>(), Self::Source),
            (TypeId::of::<Inits>(), Self::Inits),
            (TypeId::of::<String>(), Self::Text),
        ];
        kinds.into_iter().find(|(id, _)| of_type == *id).map_or(Self::Other, |(_, kind)| kind)
    }
}

/// The values that were given, or stand there by default.
fn given<'a, T: Clone + Send + Sync + 'static>(matches: &'a ArgMatches, argument: &Arg) -> impl Iterator<Item = &'a T> {
    matches.get_many::<T>(argument.get_id().as_str()).into_iter().flatten()
}
