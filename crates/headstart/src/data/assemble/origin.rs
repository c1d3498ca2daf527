//! Where samples and labels are: in files, or in memory.

use crate::data::content::Content;
use crate::data::given::Source;
use crate::data::memory::Budget;
use crate::data::spec::DataSpec;
use crate::data::{DataError, read};
use std::path::Path;

/// Where samples or labels are.
#[derive(Clone, Copy)]
pub(super) enum Origin<'a> {
    File(&'a Path),
    /// What messages call it, and what it is.
    Memory(&'static str, &'a Source),
}

impl<'a> Origin<'a> {
    fn of(name: &'static str, given: Option<&'a Source>, path: Option<&'a Path>) -> Option<Self> {
        given.map(|source| Self::Memory(name, source)).or(path.map(Self::File))
    }

    /// As messages call it.
    pub(super) fn name(self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Memory(name, _) => name.to_owned(),
        }
    }

    pub(super) fn path(self) -> Option<&'a Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Memory(..) => None,
        }
    }

    /// What is there.
    pub(super) fn content(self, budget: &Budget) -> Result<Content<'a>, DataError> {
        match self {
            Self::File(path) => read::read(path, budget),
            Self::Memory(name, source) => source.content(name, budget),
        }
    }
}

/// Where all that a specification names is.
pub(super) struct Origins<'a> {
    pub data: Origin<'a>,
    pub labels: Option<Origin<'a>>,
    pub test_data: Option<Origin<'a>>,
    pub test_labels: Option<Origin<'a>>,
}

impl<'a> Origins<'a> {
    pub(super) fn of(spec: &'a DataSpec) -> Self {
        let given = &spec.given;
        Self {
            data: Origin::of("data", given.data.as_ref(), None).unwrap_or(Origin::File(Path::new(&spec.data))),
            labels: Origin::of("labels", given.labels.as_ref(), spec.labels.as_deref()),
            test_data: Origin::of("test_data", given.test_data.as_ref(), spec.test_data.as_deref()),
            test_labels: Origin::of("test_labels", given.test_labels.as_ref(), spec.test_labels.as_deref()),
        }
    }
}
