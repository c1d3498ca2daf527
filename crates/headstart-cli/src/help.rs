//! Help: `-h` is one screen, `--help` is all there is in sections, the command's own ones first.
//!
//! What a command has to say of itself stands beside it; here is what is made of that.

use crate::synonyms;
use clap::builder::Resettable;
use clap::{Arg, ArgAction, Command};
use std::ffi::OsString;

/// What is said to whoever gives no command.
pub const WHERE_TO_BEGIN: &str = "\
headstart finds the weights a neural network should start from, and shows why.

Begin with one of these:
  headstart advise --data circles --layers 2,10,5,1 --lr 0.01
  headstart explain --data circles --init normal:0.01 --lr 0.01
  headstart compare --data circles --init normal:10,normal:0.1,he --seeds 20

Data of your own: --data FILE, as in --data iris.csv --label species.
headstart -h lists the commands, headstart COMMAND -h has what matters of one.";

/// What the screen of all commands says of flags.
const COMMON: &str = "\
Flags that most commands take (headstart COMMAND -h, or --help for all):
  --data NAME|FILE    circles, moons ... or a file: CSV, NPZ ..., --label COLUMN
  --layers WIDTHS     input first, as in 2,10,5,1; _ is taken from the data
  --activation NAME   relu, tanh, gelu, sigmoid ...
  --init SCHEMES      he, glorot, normal:0.01 ...
  --lr LR             the learning rate of --optimizer gd, sgd, adam, rmsprop
  --epochs N          or --steps N
  --seeds N           so many runs of each
  --format json       for programs";

/// What the help of a command shows.
pub struct Page {
    /// Its name.
    pub command: &'static str,
    /// The flags of the screen, first things first.
    pub main: &'static [&'static str],
    /// Flags that are no use to the command, or that it refuses with a sentence.
    pub hidden: &'static [&'static str],
}

/// The definition of a command line with the help that these arguments may ask for.
pub fn with_pages(command: Command, pages: &[Page], arguments: &[OsString]) -> Command {
    let is_short = arguments.iter().any(|argument| argument == "-h");
    let mut command = synonyms::taken(command);
    for page in pages {
        command = command.mut_subcommand(page.command, |command| page.hide(command));
    }
    if !is_short {
        return with_help_last(command);
    }
    for page in pages {
        command = command.mut_subcommand(page.command, |command| page.on_a_screen(command));
    }
    let examples = first_examples(&command);
    command.after_help(format!("{examples}\n\n{COMMON}")).max_term_width(SCREEN)
}

/// Columns of a screen.
const SCREEN: usize = 80;

impl Page {
    fn hide(&self, command: Command) -> Command {
        command.mut_args(|arg| {
            let is_hidden = self.hidden.contains(&arg.get_id().as_str());
            if is_hidden { arg.hide(true) } else { arg }
        })
    }

    fn on_a_screen(&self, command: Command) -> Command {
        let examples = first_examples(&command);
        let more = format!("headstart {} --help has all flags.", self.command);
        let shown = |arg: Arg| {
            let place = self.main.iter().position(|id| *id == arg.get_id().as_str());
            let is_positional = arg.is_positional();
            let arg = arg.help_heading(Resettable::Reset);
            match place {
                Some(place) => arg.display_order(place),
                None => arg.hide_short_help(!is_positional),
            }
        };
        command.mut_args(shown).after_help(format!("{examples}\n\n{more}")).max_term_width(SCREEN)
    }
}

/// The flag for help behind all others, so that a command begins with its own.
fn with_help_last(command: Command) -> Command {
    let help = Arg::new("help")
        .short('h')
        .long("help")
        .action(ArgAction::Help)
        .help("Print help: -h a screen, --help all of it")
        .help_heading("Help");
    command.mut_subcommands(with_help_last).disable_help_flag(true).arg(help)
}

/// The first three examples of a command that fit on a line of a screen.
fn first_examples(command: &Command) -> String {
    let all = examples(command);
    let fitting = all.iter().filter(|example| example.len() + 2 <= SCREEN).take(3);
    fitting.fold("Examples:".to_owned(), |text, example| text + "\n  " + example)
}

/// The examples of a command, each on one line.
fn examples(command: &Command) -> Vec<String> {
    let text = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let lines = text.lines().skip_while(|line| *line != "Examples:").skip(1).take_while(|line| !line.is_empty());
    let mut examples: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in lines {
        let (part, more) = line.trim().strip_suffix('\\').map_or((line.trim(), false), |part| (part.trim_end(), true));
        match examples.last_mut() {
            Some(last) if goes_on => last.extend([" ", part]),
            _ => examples.push(part.to_owned()),
        }
        goes_on = more;
    }
    examples
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::{PAGES, definition};

    fn arguments(words: &str) -> Vec<OsString> {
        words.split_whitespace().map(OsString::from).collect()
    }

    fn help(words: &str) -> String {
        let arguments = arguments(words);
        let error = definition(&arguments).try_get_matches_from(&arguments).unwrap_err();
        assert!(!error.use_stderr(), "{words}: {error}");
        error.to_string()
    }

    /// Every command that does something, with the words that call it.
    fn commands() -> Vec<(String, Command)> {
        let mut open = vec![("headstart".to_owned(), definition(&[]))];
        let mut found = Vec::new();
        while let Some((words, command)) = open.pop() {
            open.extend(
                command.get_subcommands().map(|below| (format!("{words} {}", below.get_name()), below.clone())),
            );
            found.push((words, command));
        }
        found
    }

    #[test]
    fn the_definition_makes_sense_to_clap() {
        for words in ["headstart", "headstart train -h", "headstart --help"] {
            definition(&arguments(words)).debug_assert();
        }
    }

    #[test]
    fn a_screen_is_a_screen() {
        for (words, _) in commands() {
            let screen = help(&format!("{words} -h"));
            let lines: Vec<&str> = screen.lines().collect();
            assert!(lines.len() <= 40, "{words}: {} lines\n{screen}", lines.len());
            for line in lines {
                assert!(line.chars().count() <= SCREEN, "{words}: {line}");
            }
            assert!(help(&format!("{words} --help")).len() >= screen.len() || words == "headstart", "{words}");
        }
    }

    #[test]
    fn a_screen_has_three_examples_and_ten_flags() {
        for page in PAGES {
            let screen = help(&format!("headstart {} -h", page.command));
            assert_eq!(screen.lines().filter(|line| line.starts_with("  headstart ")).count(), 3, "{screen}");
            let flags = screen.lines().filter(|line| line.starts_with("      --")).count();
            assert_eq!((flags, page.main.len()), (10, 10), "{screen}");
        }
        let screen = help("headstart -h");
        assert_eq!(screen.lines().filter(|line| line.starts_with("  headstart ")).count(), 3, "{screen}");
        let train = definition(&[]).find_subcommand("train").unwrap().clone();
        for line in COMMON.lines().skip(1) {
            let flag = line.split_whitespace().next().unwrap().trim_start_matches("--");
            assert!(train.get_arguments().any(|arg| arg.get_long() == Some(flag)), "{flag}");
        }
    }

    /// As pasted into a shell that takes `\` and `>` for what they are.
    #[test]
    fn every_example_is_understood_and_fits_on_a_screen() {
        let mut pasted = 0;
        for (words, command) in commands() {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.lines().all(|line| line.chars().count() <= SCREEN), "{words}: {help}");
            for example in examples(&command) {
                let line = example.split(" > ").next().unwrap();
                let given = synonyms::spelled(arguments(line));
                let read = definition(&given).try_get_matches_from(&given);
                assert!(read.is_ok(), "{line}: {}", read.unwrap_err());
                pasted += 1;
            }
        }
        for line in WHERE_TO_BEGIN.lines().filter(|line| line.starts_with("  headstart")) {
            definition(&[]).try_get_matches_from(arguments(line)).unwrap();
            pasted += 1;
        }
        assert!(pasted > 40, "{pasted}");
    }

    #[test]
    fn sections_begin_with_the_commands_own() {
        for (command, section) in [
            ("advise", "Advice:"),
            ("compare", "Compare:"),
            ("map", "Map:"),
            ("sweep", "Study:"),
            ("probe", "Probe:"),
            ("explain", "Explain:"),
            ("init", "Weights:"),
            ("train", "Weights:"),
        ] {
            let text = help(&format!("headstart {command} --help"));
            let sections: Vec<&str> =
                text.lines().filter(|line| line.ends_with(':') && !line.starts_with([' ', 'E'])).collect();
            let explain = text.lines().find(|line| *line == section).unwrap_or_else(|| panic!("{text}"));
            assert!(sections.first() == Some(&explain) || command == "explain", "{command}: {sections:?}");
            assert_eq!(sections.last(), Some(&"Help:"), "{command}: {sections:?}");
            for section in ["Data:", "Network:"] {
                assert!(sections.contains(&section), "{command}: {sections:?}");
            }
        }
    }
}
