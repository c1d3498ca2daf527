//! The end of a network: from logits to the loss, its gradient, and predictions.

mod bend;
mod classify;
mod deltas;
mod exponentials;
mod focal;
mod single;
mod values;

pub use bend::Bend;
pub use classify::{Choose, Classify};
pub use deltas::Deltas;
pub use values::{Grid, activate};
