//! Configuration files, and flags over them.

use crate::files::Config;
use crate::synonyms;
use headstart::error::Error;
use headstart::map::MapSpec;
use headstart::spec::TaskSpec;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Whether the learning rate is to be searched; then what file and flags describe says nothing of it any more.
pub fn searches_lr(table: &mut toml::Table) -> bool {
    let training = table.get_mut("training").and_then(toml::Value::as_table_mut);
    let is_auto = |training: &&mut toml::Table| training.get("lr").and_then(toml::Value::as_str) == Some("auto");
    training.filter(is_auto).is_some_and(|training| training.remove("lr").is_some())
}

/// All that a configuration file says.
pub fn all_sections(config: &Config) -> Result<toml::Table, Error> {
    let about = |error: Error| {
        let tip = synonyms::of_key(&error.to_string());
        match (error.about(&format!("--config {}", config.name())), tip) {
            (Error::Usage(text), Some(tip)) => Error::Usage(format!("{text}\ntip: {tip}")),
            (error, _) => error,
        }
    };
    let text = config.text()?;
    let mut table = text.parse::<toml::Table>().unwrap_or_default();
    // The file alone first: its errors have lines. A learning rate that is to be searched is for advise, and said by the others.
    if searches_lr(&mut table) { read::<MapSpec>(table).map(drop) } else { MapSpec::from_toml(text).map(drop) }
        .map_err(about)?;
    text.parse().map_err(|error: toml::de::Error| Error::Usage(error.to_string()))
}

/// The task that file and flags describe together.
pub fn read_task(mut table: toml::Table) -> Result<TaskSpec, Error> {
    refuse_search(&mut table)?;
    TaskSpec::from_table(table)
}

fn refuse_search(table: &mut toml::Table) -> Result<(), Error> {
    if searches_lr(table) {
        return Err(Error::Usage(
            "--lr auto: only advise searches a learning rate; give a number, as in --lr 0.01".to_owned(),
        ));
    }
    Ok(())
}

/// What file and flags describe together.
pub fn read<S: DeserializeOwned>(mut table: toml::Table) -> Result<S, Error> {
    refuse_search(&mut table)?;
    table.try_into().map_err(|error: toml::de::Error| Error::Usage(error.message().to_owned()))
}

/// Puts the flags that were given into a section of the file.
pub fn overlay(table: &mut toml::Table, section: &str, flags: &impl Serialize) -> Result<(), Error> {
    let flags = toml::Table::try_from(flags).map_err(|error| Error::Usage(error.to_string()))?;
    let entry = table.entry(section).or_insert_with(|| toml::Value::Table(toml::Table::new()));
    if let Some(section) = entry.as_table_mut() {
        section.extend(flags);
    }
    Ok(())
}
