//! Studies and maps: what is missing of them is done, and what there is is told.

use crate::answer::Answer;
use crate::ask::{Asked, Front, Outcome};
use crate::device::Worker;
use crate::flags::study::SittingArgs;
use crate::interrupts::before_anything;
use headstart::budget::Budget;
use headstart::error::Error;
use headstart::heat;
use headstart::io::columns::Gathered;
use headstart::io::json;
use headstart::map::{self, Mapping};
use headstart::plot::Picture;
use headstart::report::document::Document;
use headstart::report::{map_text, pictures, table};
use headstart::study::session::{Session, Sitting};
use headstart::study::store::{Shard, Store, Writer};
use headstart::study::summary::{Summary, summary};
use headstart::study::{Study, StudySpec, export};
use serde::Serialize;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Does what is missing of a study, and tells what there is then.
pub fn work(
    study: &Study,
    out: &Path,
    shard: Shard,
    budget: Option<Budget>,
    sitting: &SittingArgs,
    (front, worker): (&Front<'_>, &Worker<'_>),
) -> Result<Asked, Error> {
    let front = &front.with_worker(worker);
    let session = before_anything(|| Session::new(study, Writer::open_by(out, study, shard, worker.device())?))?;
    let Sitting { left, failed, is_spent, .. } = front.work(sitting.threads(), |host| session.run(budget, host))?;
    // What there is at the end is shown after Ctrl-C, too; but then another one ends it.
    let store = if front.watch().is_stopped() { Store::open(out)? } else { looked_at(out, front)? };
    let shown = Shown::of(&store)?;
    let after = (left + failed > 0).then(|| {
        let out = out.display();
        let failed = match failed {
            0 => String::new(),
            1 => "1 run could not be done; ".to_owned(),
            n => format!("{n} runs could not be done; "),
        };
        let left = match left {
            0 => "to try again".to_owned(),
            _ if is_spent => format!("the budget is spent, and {left} runs are left"),
            _ => format!("interrupted; {left} runs are left"),
        };
        format!("{failed}{left}: headstart study resume {out}")
    });
    let outcome = if failed > 0 || left > 0 && !is_spent { Outcome::Stopped } else { Outcome::Done };
    Ok(Asked { after, ..Asked::done(shown).ended(outcome) })
}

/// A store whose reading ends when the work is stopped, however long it takes.
pub fn looked_at(file: &Path, front: &Front<'_>) -> Result<Store, Error> {
    let mut store = before_anything(|| Store::open(file))?;
    store.heed(front.watch())?;
    Ok(store)
}

/// What a store says.
#[derive(Serialize)]
pub struct Shown {
    store: String,
    study: StudySpec,
    #[serde(flatten)]
    summary: Summary,
    #[serde(skip)]
    path: PathBuf,
}

impl Shown {
    /// Of a store.
    pub fn of(store: &Store) -> Result<Self, Error> {
        Ok(Self {
            store: store.path().display().to_string(),
            study: store.about().spec.clone(),
            summary: summary(store)?,
            // Whoever asks for its rows later may be in another folder.
            path: std::path::absolute(store.path()).unwrap_or_else(|_| store.path().to_owned()),
        })
    }
}

impl Answer for Shown {
    fn document(&self) -> Document {
        let axes: Vec<&str> = self.study.study.axes.iter().map(|axis| axis.quantity.name()).collect();
        table::study(&self.summary, &axes)
    }

    fn json(&self, out: &mut dyn Write) -> std::io::Result<()> {
        json::write(out, self)
    }

    fn rows(&self) -> Result<Option<Gathered>, Error> {
        export::gathered(&Store::open(&self.path)?).map(Some)
    }
}

/// A map, as far as it is.
pub struct ShownMap {
    said: Document,
    document: Vec<u8>,
    title: String,
    subtitle: String,
    picture: heat::Map,
}

impl ShownMap {
    /// Of a map.
    pub fn of(mapping: &Mapping) -> Self {
        Self {
            said: map_text::document(mapping),
            document: json::text(&map::Report::new(mapping)).into_bytes(),
            title: mapping.title(),
            subtitle: mapping.subtitle(),
            picture: mapping.picture(),
        }
    }
}

impl Answer for ShownMap {
    fn document(&self) -> Document {
        self.said.clone()
    }

    fn json(&self, out: &mut dyn Write) -> std::io::Result<()> {
        out.write_all(&self.document)
    }

    fn picture(&self) -> Option<Picture> {
        Some(pictures::map(&self.title, &self.subtitle, &self.picture))
    }
}
