//! `headstart completions`: what makes a shell complete commands and flags.

use crate::answer::Answer;
use clap::{Args, Command};
use clap_complete::Shell;
use headstart::io::json;
use headstart::report::document::{Block, Document, Snippet};
use headstart::report::terminal::Paper;
use std::io::Write;

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

impl CompletionsArgs {
    /// What makes the shell complete the commands and flags of a definition.
    pub fn script(&self, definition: Command) -> Script {
        Script(script(self.shell, definition))
    }
}

/// What makes a shell complete commands and flags.
pub struct Script(String);

impl Answer for Script {
    fn document(&self) -> Document {
        let code = Snippet { framework: String::new(), code: self.0.clone() };
        Document { blocks: vec![Block::Code(vec![code])], ..Document::default() }
    }

    /// As it is, to the last blank: a shell reads it.
    fn text(&self, _paper: &Paper) -> String {
        self.0.clone()
    }

    fn json(&self, out: &mut dyn Write) -> std::io::Result<()> {
        json::write(out, &self.0)
    }
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
