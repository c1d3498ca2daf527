//! What may be written where: an output never takes the place of an input, of another output, or of what only looks like one.

use crate::data;
use crate::data::builtin::BuiltIn;
use crate::error::Error;
use crate::io::{self, Place};
use crate::study::store::Store;
use crate::words;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// What is written into a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A table with commas.
    Csv,
    /// A table.
    Parquet,
    /// A picture: PNG, or by the ending SVG.
    Picture,
    /// A page.
    Html,
    /// A page as plain text.
    Markdown,
    /// Weights.
    Safetensors,
    /// A study.
    Store,
}

impl Format {
    const ALL: [Self; 7] =
        [Self::Csv, Self::Parquet, Self::Picture, Self::Html, Self::Markdown, Self::Safetensors, Self::Store];

    /// As people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Parquet => "Parquet",
            Self::Picture => "PNG or SVG",
            Self::Html => "HTML",
            Self::Markdown => "Markdown",
            Self::Safetensors => "safetensors",
            Self::Store => "a store",
        }
    }

    /// The endings that say it; the first one is the usual one.
    fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Csv => &["csv"],
            Self::Parquet => &["parquet", "pq"],
            Self::Picture => &["png", "svg"],
            Self::Html => &["html", "htm"],
            Self::Markdown => &["md", "markdown"],
            Self::Safetensors => &["safetensors", "st"],
            Self::Store => &["db", "sqlite", "sqlite3"],
        }
    }
}

/// Endings of what is never written.
const OTHER_ENDINGS: [&str; 31] = [
    "jpg", "jpeg", "gif", "webp", "bmp", "tif", "tiff", "pdf", "ps", "eps", "tsv", "xls", "xlsx", "json", "jsonl",
    "toml", "yaml", "yml", "xml", "npy", "npz", "h5", "hdf5", "pt", "pth", "pkl", "keras", "onnx", "zip", "gz", "zst",
];

/// A file that is to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// What asks for it, as in `--csv`.
    pub flag: String,
    /// Where to.
    pub path: PathBuf,
    /// As what.
    pub format: Format,
}

/// A file that is read, or may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// What names it, as in `--data`.
    pub flag: String,
    /// Where it is; nothing is lost if there is none.
    pub path: PathBuf,
}

impl Input {
    /// A file, and the one that is read with it without being named: labels beside images.
    pub fn all_of(flag: &str, path: &Path) -> Vec<Self> {
        let all = [Some(path.to_owned()), data::labels_beside(path)];
        all.into_iter().flatten().map(|path| Self { flag: flag.to_owned(), path }).collect()
    }

    /// The files that a text of the grammar may name, as `init=file:a.safetensors,file:b.safetensors` does, or all of it.
    pub fn named_in(flag: &str, text: &str) -> Vec<Self> {
        let given = text.split(',').filter_map(|part| Some(part.split_once("file:")?.1.trim()));
        let whole = Some(text.trim()).filter(|text| BuiltIn::from_name(text).is_none());
        given.chain(whole).flat_map(|name| Self::all_of(flag, Path::new(name))).collect()
    }

    /// The files that a configuration file names, and itself.
    pub fn of_config(flag: &str, path: &Path, text: &str) -> Vec<Self> {
        let mut found = Self::all_of(flag, path);
        // What is no TOML names no file; its reader says what is wrong.
        let mut values: Vec<toml::Value> = text.parse::<toml::Table>().into_iter().map(toml::Value::Table).collect();
        while let Some(value) = values.pop() {
            match value {
                toml::Value::String(text) => found.extend(Self::named_in(flag, &text)),
                toml::Value::Array(more) => values.extend(more),
                toml::Value::Table(more) => values.extend(more.into_iter().map(|(_, value)| value)),
                _ => {}
            }
        }
        found
    }

    /// A store's files, and those that its study reads.
    pub fn of_store(flag: &str, path: &Path) -> Vec<Self> {
        // What is no store is said by its reader.
        let text = Store::open(path).map(|store| store.about().spec.to_toml()).unwrap_or_default();
        let mut found = Self::of_config(flag, path, &text);
        found.extend(helpers(path).map(|path| Self { flag: flag.to_owned(), path }));
        found
    }
}

/// What is around a store's name where `SQLite` keeps something beside it, and where its lock is.
const HELPERS: [[&str; 2]; 4] = [["", "-wal"], ["", "-shm"], ["", "-journal"], [".", ".headstart-lock"]];

fn helpers(path: &Path) -> impl Iterator<Item = PathBuf> {
    HELPERS.into_iter().filter_map(|[before, behind]| {
        let mut name = OsString::from(before);
        name.push(path.file_name()?);
        name.push(behind);
        Some(path.with_file_name(name))
    })
}

/// The store that a file belongs to, by its name.
fn helped(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    let store = |[before, behind]: [&str; 2]| name.strip_prefix(before)?.strip_suffix(behind);
    let stores = HELPERS.into_iter().filter_map(store).filter(|store| !store.is_empty());
    stores.map(|store| path.with_file_name(store)).find(|store| is_store(store))
}

fn is_store(path: &Path) -> bool {
    path.is_file() && Store::is_one(path)
}

/// Refuses outputs that could not be written, or that would take the place of one another, of what is read, or of a store:
/// said before a long training, not after it.
///
/// # Errors
/// If there is one.
pub fn check(outputs: &[Output], inputs: &[Input]) -> Result<(), Error> {
    let inputs: Vec<(&Input, Place)> =
        inputs.iter().filter(|input| input.path.exists()).map(|input| (input, Place::of(&input.path))).collect();
    // All files that an output is, and whose they are.
    let mut taken: Vec<(&Output, Place)> = Vec::new();
    let streams = streams();
    for output in outputs {
        let Output { flag, path, format } = output;
        let name = words::path(path);
        let wrong = |problem: &str| Err(Error::Usage(format!("{flag} {name}: {problem}")));
        if path == Path::new("-") {
            return wrong("a file is needed; standard output has --format json");
        }
        let own = std::iter::once(path.clone()).chain(helpers(path).filter(|_| *format == Format::Store));
        let own: Vec<Place> = own.map(|path| Place::of(&path)).collect();
        let clash = |other: &Place| own.iter().any(|place| place.is(other));
        if let Some((input, _)) = inputs.iter().find(|(_, place)| clash(place)) {
            return wrong(&format!("that is what is read by {}, and would be lost; give another name", input.flag));
        }
        if let Some((other, _)) = taken.iter().find(|(_, place)| clash(place)) {
            return wrong(&format!("{} is to be written there, too; give each its own name", other.flag));
        }
        if streams.iter().any(clash) {
            return wrong("what is printed goes there, too; give each its own name");
        }
        taken.extend(own.into_iter().map(|place| (output, place)));
        if let Some(store) = helped(path) {
            let store = words::path(&store);
            return wrong(&format!("that belongs to the store {store}; give another name"));
        }
        if *format != Format::Store && is_store(path) {
            return wrong("that is a store, and its runs would be lost; give another name");
        }
        io::check_regular(path)?;
        io::check_folder(path)?;
        check_ending(path, *format).or_else(|problem| wrong(&problem))?;
    }
    let onto =
        |(input, place): &&(&Input, Place)| streams.iter().any(|stream| stream.is(place)) && input.path.is_file();
    match inputs.iter().find(onto) {
        Some((input, _)) => Err(Error::Usage(format!(
            "{} {}: what is printed goes there, and it would not be what it was; print to another file",
            input.flag,
            words::path(&input.path)
        ))),
        None => Ok(()),
    }
}

/// Files that standard output and standard error are.
#[cfg(unix)]
fn streams() -> Vec<Place> {
    [Place::of_open(std::io::stdout()), Place::of_open(std::io::stderr())].into_iter().flatten().collect()
}

#[cfg(not(unix))]
fn streams() -> Vec<Place> {
    Vec::new()
}

/// A name whose ending says another format than what is written would mislead whoever opens it.
fn check_ending(path: &Path, format: Format) -> Result<(), String> {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let ending = ending.as_str();
    // A picture is what its name says; of no other file the name does more than to say it.
    let is_unknown = format == Format::Picture && !ending.is_empty();
    let says_other =
        is_unknown || OTHER_ENDINGS.contains(&ending) || Format::ALL.iter().any(|of| of.endings().contains(&ending));
    if !says_other || format.endings().contains(&ending) {
        return Ok(());
    }
    let (name, usual) = (format.name(), format.endings());
    let usual = if format == Format::Picture { usual.join(" or .") } else { usual[0].to_owned() };
    Err(format!("what is written is {name}, and the name says .{ending}; give one that ends in .{usual}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(flag: &str, path: PathBuf, format: Format) -> Output {
        Output { flag: flag.to_owned(), path, format }
    }

    fn refused(outputs: &[Output], inputs: &[Input]) -> String {
        check(outputs, inputs).unwrap_err().to_string()
    }

    #[test]
    fn an_output_is_neither_an_input_nor_another_output() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("x"), "a,y\n").unwrap();
        let inputs = Input::all_of("--data", &at("x"));
        let csv = |name: &str| output("--csv", at(name), Format::Csv);
        assert!(refused(&[csv("./x")], &inputs).contains("read by --data"));
        let png = output("--png", at("./r"), Format::Picture);
        assert!(refused(&[csv("r"), png.clone()], &inputs).contains("--csv is to be written there, too"));
        let store = output("--out", at("m"), Format::Store);
        assert!(refused(&[store, csv("m-wal")], &[]).contains("--out is to be written there"));
        assert!(refused(&[csv("no/r")], &[]).contains("no such folder"));
        assert!(refused(&[csv(".")], &[]).contains("a folder or a device"));
        assert!(refused(&[output("--csv", "-".into(), Format::Csv)], &[]).contains("--format json"));
        check(&[csv("q"), png], &inputs).unwrap();
    }

    #[test]
    fn what_a_configuration_names_is_an_input() {
        let text = "init = { init = ['file:a', 'he'] }\n[study]\naxes = ['init=file:b,file:c']\n[data]\ndata = 'd'\n";
        let inputs = Input::of_config("--config", Path::new("task.toml"), text);
        for name in ["task.toml", "a", "b", "c", "d"] {
            assert!(inputs.iter().any(|input| input.path == Path::new(name)), "{name}");
        }
        assert!(!Input::named_in("--data", "circles").iter().any(|input| input.path == Path::new("circles")));
    }

    #[test]
    fn an_ending_does_not_say_another_format() {
        for (name, format, says) in [
            ("x.jpg", Format::Picture, ".png or .svg"),
            ("x.tex", Format::Picture, ".png or .svg"),
            ("x.svg", Format::Csv, ".csv"),
            ("x.csv", Format::Html, ".html"),
            ("x.CSV", Format::Store, ".db"),
            ("x.html", Format::Markdown, ".md"),
        ] {
            assert!(check_ending(Path::new(name), format).unwrap_err().contains(says), "{name}");
        }
        for (name, format) in [
            ("x.PNG", Format::Picture),
            ("x.svg", Format::Picture),
            ("x", Format::Picture),
            ("v1.2", Format::Csv),
            ("x.txt", Format::Csv),
        ] {
            check_ending(Path::new(name), format).unwrap();
        }
    }
}
