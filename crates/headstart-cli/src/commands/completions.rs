//! `headstart completions`: what makes a shell complete commands and flags.

use crate::outcome::Outcome;
use crate::output;
use clap::{Args, Command};
use clap_complete::Shell;
use headstart::error::Error;

/// Print what makes a shell complete commands and flags
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  headstart completions bash > headstart.bash
  headstart completions zsh > ~/.zfunc/_headstart
  headstart completions fish > ~/.config/fish/completions/headstart.fish")]
pub struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

pub fn run(args: &CompletionsArgs, definition: Command) -> Result<Outcome, Error> {
    output::text(&script(args.shell, definition)).map(|()| Outcome::Done)
}

/// What makes a shell complete commands and flags.
fn script(shell: Shell, mut definition: Command) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut definition, "headstart", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::definition;

    #[test]
    fn shells_are_told_all_flags() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::PowerShell, Shell::Elvish] {
            let script = script(shell, definition(&[]));
            for word in ["advise", "lr-schedule", "preprocess", "completions"] {
                assert!(script.contains(word), "{shell}: {word}");
            }
        }
    }
}
