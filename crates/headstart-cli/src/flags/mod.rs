//! Flags that several commands have.

pub(crate) mod config;
pub mod data;
pub(crate) mod device;
pub(crate) mod init;
pub(crate) mod network;
pub mod output;
pub mod page;
pub mod picture;
pub(crate) mod study;
pub(crate) mod task;
pub(crate) mod training;
pub(crate) mod values;
pub(crate) mod weights;
