//! Training: from first parameters to a trace and to figures.
//!
//! A [`Problem`] is what the runs of one cell share: network, training, samples; problems on the same samples share
//! those. A [`Worker`] has the memory for one run at a time, of any problem, and is used again for the next;
//! [`population`] gives every core a worker.

mod checkpoint;
mod classes;
pub(crate) mod course;
mod data;
mod dropout;
mod error;
mod errors;
pub(crate) mod gather;
mod gram;
pub(crate) mod labels;
mod layer;
mod order;
pub(crate) mod output;
mod outputs;
mod pass;
mod plain;
pub mod population;
mod prior;
mod problem;
mod run;
mod training;
mod worker;

pub use checkpoint::Checkpoint;
pub use classes::{ClassFigures, Tally};
pub use data::Targets;
pub use error::ProblemError;
pub use errors::OutputErrors;
pub use order::Order;
pub use outputs::{Asked, classes, outputs};
pub use plain::Rows;
pub use prior::best_constant;
pub use problem::Problem;
pub use run::{Figures, Record, Run, Status};
pub use training::{EarlyStopping, Training};
pub use worker::{Number, Worker};
