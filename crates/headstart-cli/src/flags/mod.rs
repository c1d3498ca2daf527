//! Flags that several commands have.

pub mod config;
pub mod data;
pub mod init;
pub mod network;
pub mod output;
pub mod study;
pub mod task;
pub mod training;
pub mod values;
pub mod weights;
