//! Flags that several commands have.

pub mod output;
pub mod values;
pub mod weights;
