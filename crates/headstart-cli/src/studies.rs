//! Studies and maps: what is missing of them is done, and what there is is shown.

use crate::flags::output::{Format, cores_unless};
use crate::flags::study::SittingArgs;
use crate::interrupts::{before_anything, watch};
use crate::outcome::Outcome;
use crate::{output, progress};
use headstart::budget::Budget;
use headstart::error::Error;
use headstart::map::{self, Mapping};
use headstart::report::{map_text, table};
use headstart::study::session::{Session, Sitting};
use headstart::study::store::{Shard, Store, Writer};
use headstart::study::summary::{Summary, summary};
use headstart::study::{Study, StudySpec};
use serde::Serialize;
use std::path::Path;

/// Does what is missing of a study, and shows what there is then.
pub fn work(
    study: &Study,
    out: &Path,
    shard: Shard,
    budget: Option<Budget>,
    sitting: &SittingArgs,
) -> Result<Outcome, Error> {
    let session = before_anything(|| Session::new(study, Writer::open(out, study, shard)?))?;
    let Sitting { left, is_spent, .. } =
        progress::showing(cores_unless(sitting.threads), |host| session.run(budget, host))?;
    // What there is at the end is shown after Ctrl-C, too; but then another one ends it.
    let store = if watch().is_stopped() { Store::open(out)? } else { looked_at(out)? };
    show(&store, sitting.format)?;
    if left > 0 {
        let why = if is_spent { "the budget is spent" } else { "interrupted" };
        let out = out.display();
        output::say(&format!("{why}; {left} runs are left: headstart study resume {out}"));
    }
    Ok(if left > 0 && !is_spent { Outcome::Stopped } else { Outcome::Done })
}

/// A store whose reading ends with Ctrl-C, however long it takes.
pub fn looked_at(file: &Path) -> Result<Store, Error> {
    let mut store = before_anything(|| Store::open(file))?;
    store.heed(watch())?;
    Ok(store)
}

#[derive(Serialize)]
struct Shown<'a> {
    store: String,
    study: &'a StudySpec,
    #[serde(flatten)]
    summary: Summary,
}

impl<'a> Shown<'a> {
    fn of(store: &'a Store) -> Result<Self, Error> {
        Ok(Self { store: store.path().display().to_string(), study: &store.about().spec, summary: summary(store)? })
    }
}

/// Shows what a store says.
pub fn show(store: &Store, format: Format) -> Result<(), Error> {
    let shown = Shown::of(store)?;
    let axes: Vec<&str> = shown.study.study.axes.iter().map(|axis| axis.quantity.name()).collect();
    match format {
        Format::Json => output::json(&shown),
        Format::Table => output::text(&table::study(&shown.summary, &axes)),
    }
}

/// Shows a map, as far as it is.
pub fn show_map(mapping: &Mapping, format: Format) -> Result<(), Error> {
    match format {
        Format::Json => output::json(&map::Report::new(mapping)),
        Format::Table => output::text(&map_text::text(mapping)),
    }
}
