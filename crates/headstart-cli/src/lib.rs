//! The command line of Headstart: flags in, one call into the library, tables or JSON out.
//!
//! [`terminal`] is the program. What a command does and finds ([`ask`], [`commands`]) is apart from how the terminal shows it, so
//! that others can ask with the same flags and get the same figures: the Python package is a front of this kind.

pub mod answer;
mod as_written;
pub mod ask;
pub mod commands;
mod device;
pub mod files;
pub mod flags;
pub mod help;
mod interrupts;
mod lab;
mod output;
mod printed;
mod progress;
mod runs;
mod studies;
pub mod synonyms;
pub mod terminal;
