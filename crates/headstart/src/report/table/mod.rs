//! Tables of documents, and what stands around them.

mod comparison;
mod coordinates;
mod figures;
mod probe;
mod replication;
mod runs;
mod study;
#[cfg(test)]
mod tests;
mod weights;

pub(super) use comparison::table as compared;
pub use comparison::{comparison, in_a_sentence};
pub use coordinates::coordinates;
pub(super) use figures::{
    counted, exponential, figure, in_percent, measured, measured_or_nothing, nothing, numbered, roughly,
};
pub use probe::probe;
pub use replication::{experiments, figures as published, replication};
pub use runs::{classes, runs};
pub use study::{stores, study};
pub use weights::weights;
