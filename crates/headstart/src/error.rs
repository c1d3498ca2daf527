//! Everything that can go wrong, and whose fault it is.

use crate::data::DataError;
use crate::io::Unwritten;
use crate::words::in_a_line;
use headstart_engine::init::InitError;
use headstart_engine::names::GrammarError;
use headstart_engine::network::NetworkError;
use headstart_engine::train::ProblemError;
use thiserror::Error;

/// Why a task could not be set up, run, or written down.
#[derive(Debug, Error)]
pub enum Error {
    /// What was asked for makes no sense: unknown names, numbers out of range, things that do not go together.
    #[error("{0}")]
    Usage(String),
    /// The data cannot be read, or is not what it has to be.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A file could not be written.
    #[error(transparent)]
    Write(#[from] Unwritten),
    /// A store could not be used.
    #[error("{}: {problem}", in_a_line(path))]
    Store {
        /// The store's file.
        path: String,
        /// Why, and what to do.
        problem: String,
    },
    /// A file of weights is not what it has to be.
    #[error("{}: {problem}", in_a_line(path))]
    Weights {
        /// The file.
        path: String,
        /// Why, and what to do.
        problem: String,
    },
    /// A picture could not be drawn.
    #[error("{}: the picture cannot be drawn: {problem}", in_a_line(path))]
    Picture {
        /// The file.
        path: String,
        /// Why.
        problem: String,
    },
    /// Machines that were to work do not, or a run is more than they can do.
    #[error("{0}")]
    Cluster(String),
    /// A device that computes cannot be used, or failed.
    #[error("{0}")]
    Device(String),
}

impl Error {
    /// The same error, with what it is about before it.
    #[must_use]
    pub fn about(self, what: &str) -> Self {
        match self {
            Self::Usage(message) => Self::Usage(format!("{what}: {message}")),
            Self::Device(message) => Self::Device(format!("{what}: {message}")),
            other @ (Self::Data(_)
            | Self::Write(_)
            | Self::Store { .. }
            | Self::Weights { .. }
            | Self::Picture { .. }
            | Self::Cluster(_)) => other,
        }
    }

    /// Whether the way of asking is at fault (exit code 2), and not data or machine (exit code 1).
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Usage(_) => true,
            Self::Data(error) => error.is_usage(),
            Self::Write(_)
            | Self::Store { .. }
            | Self::Weights { .. }
            | Self::Picture { .. }
            | Self::Cluster(_)
            | Self::Device(_) => false,
        }
    }
}

macro_rules! usage {
    ($($t:ty),*) => {
        $(impl From<$t> for Error {
            fn from(error: $t) -> Self {
                Self::Usage(error.to_string())
            }
        })*
    };
}

usage!(GrammarError, NetworkError, InitError, ProblemError);
