//! The lab of Headstart: a page on loopback in which one moves starts and watches them train.
//!
//! [`serve`] answers one kind of page, whose tabs each have a WebSocket: what they ask for comes as flags of the command line
//! (`flags`), what they are told are JSON documents (`messages`). A tab (`tab`) has at most one race, one map and four commands at
//! work; each has a thread of its own that ends when the tab does. Nothing here knows of training: races are [`headstart::live`], maps
//! [`headstart::map::Atlas`], and everything else is a command that [`Commands`] does.

mod ask;
mod explain;
mod files;
mod flags;
mod guard;
mod hand;
mod hello;
mod lab;
mod map;
mod messages;
mod outbox;
mod race;
mod server;
mod strip;
mod tab;

pub use lab::{Commands, Lab};
pub use open::that_detached as open;
pub use server::serve;
