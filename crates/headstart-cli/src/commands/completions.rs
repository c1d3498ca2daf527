//! `headstart completions`: what makes a shell complete commands and flags.

use crate::commands::definition;
use clap_complete::Shell;

/// What makes a shell complete commands and flags.
pub fn script(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut definition(&[]), "headstart", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shells_are_told_all_flags() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::PowerShell, Shell::Elvish] {
            let script = script(shell);
            for word in ["advise", "lr-schedule", "preprocess", "completions"] {
                assert!(script.contains(word), "{shell}: {word}");
            }
        }
    }
}
