//! What the lab is to be like, and who does what is asked of it.

use crate::messages::Hello;
use headstart::data::DataSpec;
use headstart::engine::watch::Watch;
use headstart::error::Error;
use headstart::host::Listener;
use headstart::map::MapSpec;
use headstart::report::document::Document;
use headstart::spec::TaskSpec;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// What the lab is to be like.
#[derive(Clone, Debug)]
pub struct Lab {
    /// The data that the page may use besides the built-in sets, if any was given.
    pub data: Option<DataSpec>,
    /// Where it listens: loopback, unless somebody wants to be reached from elsewhere.
    pub address: IpAddr,
    /// The port; 0 for any that is free.
    pub port: u16,
    /// Trainings at a time.
    pub threads: usize,
}

/// When files were written, and how long they are.
pub type Stamp = Vec<Option<(u64, SystemTime)>>;

impl Lab {
    /// What the files of the given data are like now: what was read before they changed is read again.
    pub fn stamp(&self) -> Stamp {
        let Some(data) = &self.data else { return Vec::new() };
        let others = [&data.test_data, &data.labels, &data.test_labels].into_iter().flatten().map(PathBuf::as_path);
        let stamp = |path: &Path| {
            let about = std::fs::metadata(path).ok()?;
            Some((about.len(), about.modified().ok()?))
        };
        std::iter::once(Path::new(&data.data)).chain(others).map(stamp).collect()
    }
}

/// Who does what command lines ask for. Words are those behind the program's name.
pub trait Commands: Send + Sync {
    /// The task that the flags of `train` describe.
    ///
    /// # Errors
    /// If they make no sense.
    fn task(&self, words: &[String]) -> Result<TaskSpec, Error>;

    /// The map that the flags of `map` describe.
    ///
    /// # Errors
    /// If they make no sense.
    fn map(&self, words: &[String]) -> Result<MapSpec, Error>;

    /// Does what a command line asks for, and says what came of it; nothing if it was stopped before there was anything. What it writes
    /// shows the line `as_written`.
    ///
    /// # Errors
    /// If it makes no sense, or cannot be done.
    fn ask(
        &self,
        words: &[String],
        as_written: &str,
        watch: &Watch,
        listener: &Listener<'_>,
    ) -> Result<Option<Document>, Error>;
}

/// What all tabs share.
pub struct Shared {
    /// What the lab was started with.
    pub lab: Lab,
    /// Who does commands.
    pub commands: Arc<dyn Commands>,
    /// What every tab is told first.
    pub hello: Arc<Hello>,
}
