//! Tables for people, at most 80 columns wide.

mod comparison;
mod figures;
mod layout;
mod probe;
mod replication;
mod runs;
mod study;
#[cfg(test)]
mod tests;
mod weights;

pub(super) use comparison::comparison_with_mark;
pub use comparison::{MARK, comparison};
pub(super) use figures::{exponential, nothing};
pub use layout::wrapped;
pub(super) use layout::{WIDTH, table};
pub use probe::probe;
pub use replication::{experiments, replication};
pub use runs::{classes, runs};
pub use study::{stores, study};
pub use weights::weights;
