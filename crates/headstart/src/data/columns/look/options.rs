//! What is to be done with a table.

use crate::data::spec::Missing;

/// What is to be done with a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    pub missing: Missing,
    /// Text is refused, and nothing is left out.
    pub strict: bool,
    /// What is the same in all training samples is not left out: in samples that have a shape it has its place.
    pub keeps_constant: bool,
}
