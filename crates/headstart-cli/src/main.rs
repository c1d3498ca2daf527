//! The command line of Headstart.
fn main() {}
