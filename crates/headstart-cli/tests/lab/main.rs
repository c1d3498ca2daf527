//! The lab: what its page is told is what the command line says, nobody else may ask it, and nothing that is asked does harm.

mod attacks;
#[path = "../common/mod.rs"]
mod common;
mod races;
mod served;
