//! The command line of Headstart.

use std::process::ExitCode;

fn main() -> ExitCode {
    headstart_cli::terminal::main(std::env::args_os())
}
