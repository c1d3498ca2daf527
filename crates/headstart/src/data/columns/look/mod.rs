//! What the columns of a table hold.

mod cells;
mod facts;
mod known;
mod levels;
mod manner;
mod options;
mod read;
mod refuse;
mod seen;
mod slip;
mod training;
mod useless;

pub(crate) use cells::{Cells, Manner};
pub(crate) use known::{Known, look_as};
pub(super) use levels::levels_there;
pub(crate) use manner::{certain_decimal, numbers_in, usual_decimal};
pub(crate) use options::Options;
pub(crate) use seen::Seen;
pub(crate) use training::look;
