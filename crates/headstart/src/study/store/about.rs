//! What a store says of itself: which study it is of, which part, which data, and who made it.

use super::connection;
use super::encode::checksum_of_texts;
use super::problem::{damaged, failed, problem};
use super::shard::Shard;
use super::version::VERSION;
use crate::data::builtin::BuiltIn;
use crate::data::{Preprocess, ScaleTargets};
use crate::error::Error;
use crate::executor::Device;
use crate::io::json;
use crate::spec;
use crate::study::StudySpec;
use crate::units::LossUnits;
use crate::words::{foreign, in_a_line};
use rusqlite::{Connection, ErrorCode, OptionalExtension, Transaction, params};
use std::path::{Path, PathBuf};

/// No text of a store has more letters: a study's axes may have long lists, but not that long.
pub const MOST_TEXT: i64 = 1 << 22;

/// What losses are told in; of regressions only, and not of those that were begun before it was kept.
const UNITS: &str = "units";

/// What computed, where it was no processor; after [`KEYS`] in the checksum.
const DEVICE: &str = "device";

/// What a store says of itself besides the version, in the order in which its checksum has it.
const KEYS: [&str; 5] = ["spec", "shard", "folder", "data", "tested"];

/// What a store says of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct About {
    /// The study, as it was asked for.
    pub spec: StudySpec,
    /// The part of it that is kept here.
    pub shard: Shard,
    /// The version of the program that made it.
    pub version: String,
    /// The folder it was begun in: where relative paths of its data start from.
    pub folder: PathBuf,
    /// What the losses of a regression are told in and beside, so that they can be read without the data.
    pub units: Option<LossUnits>,
    /// What computes its runs, where their figures are not the processor's bits.
    pub device: Option<Device>,
    /// The data's fingerprint.
    pub(super) data: String,
    /// Whether there is a test set.
    pub(super) tested: bool,
}

impl About {
    /// What a store says of itself, and how many runs its whole study has.
    ///
    /// # Errors
    /// If it is damaged, or this version cannot read its study.
    pub(super) fn read(path: &Path, connection: &mut Connection) -> Result<(Self, u64), Error> {
        let read = |connection: &Connection| {
            if !connection::has_our_tables(connection)? {
                return Ok(None);
            }
            let mut statement = connection.prepare("SELECT value FROM study WHERE key = ?1 AND length(value) <= ?2")?;
            let mut value = |key: &str| statement.query_row(params![key, MOST_TEXT], |row| row.get(0)).optional();
            let keys = KEYS.into_iter().chain(["checksum", "version", UNITS, DEVICE]);
            keys.map(|key| value(key).map(|value| (key, value))).collect::<rusqlite::Result<Vec<_>>>().map(Some)
        };
        let read = connection::impatiently(connection, read).map_err(|error| match error.sqlite_error_code() {
            Some(ErrorCode::OperationInterrupted) => damaged(path, "there is no end to what it says of its tables"),
            _ => failed(path, &error),
        })?;
        let Some(mut read) = read else {
            return Err(damaged(path, "it has other tables than a store, or more"));
        };
        let value =
            |(key, value): (&str, Option<String>)| value.ok_or_else(|| damaged(path, &format!("it has no {key}")));
        let device = read.pop().and_then(|(_, device)| device);
        let units = read.pop().and_then(|(_, units)| units);
        let mut values = read.into_iter().map(value).collect::<Result<Vec<String>, _>>()?;
        let others = values.split_off(KEYS.len());
        let said: Vec<String> = values.iter().chain(&device).cloned().collect();
        if others[0] != checksum_of_texts(&said) {
            return Err(damaged(path, "what it says of its study is not what was written"));
        }
        let device: Option<Device> = device
            .map(|device| serde_json::from_str(&device))
            .transpose()
            .map_err(|_| damaged(path, "it does not say what computed its runs"))?;
        let version = others[1].clone();
        let [spec, shard, folder, data, tested] = &values[..] else {
            return Err(damaged(path, "it does not say what it is of"));
        };
        // The seeds of a cell, and the runs of all of them.
        let read = |spec: StudySpec| {
            let (cells, seeds) = (spec.design()?.points(), spec.init.seeds.count()? as u64);
            Ok((spec, cells.saturating_mul(seeds)))
        };
        let unread = |error: Error| {
            let whose = foreign(&version);
            // The last line says what is wrong, those before where.
            let text = error.to_string();
            let what = foreign(text.lines().last().unwrap_or_default());
            problem(
                path,
                format!(
                    "it was made by headstart {whose}, and this is headstart {VERSION}, which cannot read its study: {what}"
                ),
            )
        };
        let (spec, runs) = as_it_was_meant(spec).and_then(read).map_err(unread)?;
        if device.is_some() != (spec.training.device == spec::Device::Gpu) {
            return Err(damaged(path, "what it says of who computed its runs is not what its study asks for"));
        }
        if runs == 0 {
            return Err(damaged(path, "its study has no runs"));
        }
        let about = Self {
            spec,
            shard: shard.parse().map_err(|error: String| damaged(path, &error))?,
            version,
            folder: folder.into(),
            // Whatever it is, no figure depends on it.
            units: units.and_then(|units| serde_json::from_str(&units).ok()),
            device,
            data: data.clone(),
            tested: tested == "true",
        };
        Ok((about, runs))
    }

    /// Says it in a store that is new.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(super) fn write(&self, transaction: &Transaction) -> rusqlite::Result<()> {
        let values = [
            self.spec.to_toml(),
            self.shard.to_string(),
            self.folder.display().to_string(),
            self.data.clone(),
            self.tested.to_string(),
        ];
        let device = self.device.as_ref().map(json::text);
        let said: Vec<String> = values.iter().chain(&device).cloned().collect();
        let others = [("checksum", checksum_of_texts(&said)), ("version", self.version.clone())];
        let units = self.units.as_ref().map(|units| (UNITS, json::text(units)));
        let device = device.map(|device| (DEVICE, device));
        for (key, value) in KEYS.into_iter().zip(values).chain(others).chain(units).chain(device) {
            transaction.execute("INSERT INTO study VALUES (?1, ?2)", [key, &value])?;
        }
        Ok(())
    }

    /// Whether two are of the same study, part, data and version; otherwise what differs.
    pub(super) fn is_same(&self, wanted: &Self) -> Result<(), String> {
        if self.version != wanted.version {
            return Err(format!(
                "it was made by headstart {}, whose numbers may differ from those of this version, {}; go on with that \
                 version, or begin anew in another file",
                foreign(&self.version),
                wanted.version
            ));
        }
        is_by(self.device.as_ref(), wanted.device.as_ref())?;
        let (ours, theirs) = (what_it_comes_to(&wanted.spec), what_it_comes_to(&self.spec));
        if ours != theirs {
            let only =
                |a: &str, b: &str| a.lines().find(|line| !b.lines().any(|other| other == *line)).map(str::to_owned);
            let (has, asked) = (only(&theirs, &ours), only(&ours, &theirs));
            let [has, asked] = difference(&has.unwrap_or_default(), &asked.unwrap_or_default());
            return Err(format!(
                "it is of another study: it has {has}, and asked for is {asked}; give another file, or delete this one first \
                 (headstart study delete)"
            ));
        }
        if self.data != wanted.data {
            return Err(format!(
                "the data, {}, has changed since it was begun; begin anew in another file",
                self.spec.data.data
            ));
        }
        if self.shard != wanted.shard {
            return Err(format!("it is of part {}, and asked for is part {}", self.shard, wanted.shard));
        }
        Ok(())
    }
}

/// Whether runs that one did may stand beside those that another does; otherwise why not.
pub(super) fn is_by(did: Option<&Device>, does: Option<&Device>) -> Result<(), String> {
    if did == does {
        return Ok(());
    }
    let name = |of: Option<&Device>| of.map_or("the processor".to_owned(), |device| in_a_line(&device.to_string()));
    Err(format!(
        "its runs are those of {}, and asked for are those of {}, whose figures are not the same bits; go on with what it was \
         begun with, or begin anew in another file",
        name(did),
        name(does)
    ))
}

/// The study that a store says it is of. What it was made before there were words for is nothing that was done.
fn as_it_was_meant(text: &str) -> Result<StudySpec, Error> {
    let mut spec = StudySpec::from_toml(text)?;
    let table: toml::Table = text.parse().unwrap_or_default();
    let says = |key: &str| table.get("data").and_then(|data| data.get(key)).is_some();
    if !says("preprocess") {
        spec.data.preprocess = Preprocess::None;
    }
    if !says("scale-targets") {
        spec.data.scale_targets = ScaleTargets::None;
    }
    Ok(spec)
}

/// A study's text, the same for whatever does the same: to drawn data nothing is done by itself, but to targets with units.
fn what_it_comes_to(spec: &StudySpec) -> String {
    let mut spec = StudySpec { data: spec.data.as_asked(), ..spec.clone() };
    if let Some(set) = BuiltIn::from_name(&spec.data.data).filter(|set| !set.is_table()) {
        if spec.data.preprocess == Preprocess::Auto {
            spec.data.preprocess = Preprocess::None;
        }
        if spec.data.scale_targets == ScaleTargets::Auto && !set.has_own_units() {
            spec.data.scale_targets = ScaleTargets::None;
        }
    }
    spec.to_toml()
}

/// Two lines from a little before where they differ, so that they are short enough to be shown.
fn difference(one: &str, other: &str) -> [String; 2] {
    let same = one.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
    let skipped = if one.chars().count().max(other.chars().count()) <= 60 { 0 } else { same.saturating_sub(20) };
    [one, other].map(|line| match line.chars().skip(skipped).collect::<String>() {
        rest if rest.is_empty() => "nothing of it".to_owned(),
        rest if skipped > 0 => format!("...{}", foreign(&rest)),
        rest => foreign(&rest),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_old_store_does_not_say_was_not_done() {
        let old = as_it_was_meant("[data]\ndata = 'wages.csv'\n").unwrap().data;
        assert_eq!((old.preprocess, old.scale_targets), (Preprocess::None, ScaleTargets::None));
        let spec = |name: &str| StudySpec::from_toml(&format!("[data]\ndata = '{name}'\n")).unwrap();
        let new = as_it_was_meant(&spec("wages.csv").to_toml()).unwrap();
        assert_eq!(new, spec("wages.csv"));
        assert_eq!((new.data.preprocess, new.data.scale_targets), (Preprocess::Auto, ScaleTargets::Auto));
        // To what is drawn nothing is done either way, and to a file there is.
        let old = |name: &str| as_it_was_meant(&format!("[data]\ndata = '{name}'\n")).unwrap();
        assert_eq!(what_it_comes_to(&old("circles")), what_it_comes_to(&spec("circles")));
        assert_ne!(what_it_comes_to(&old("wages.csv")), what_it_comes_to(&spec("wages.csv")));
    }
}
