//! Sentences of the command line, as they are said in Python: of keywords, not of flags.

use crate::definition::kind;
use headstart_cli::commands;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

/// What is known of a flag.
#[derive(Clone, Copy)]
struct Flag {
    takes_value: bool,
    /// Whether a value is one of a few words: what stands behind the flag is its value if it looks like one.
    is_worded: bool,
    /// Whether a value is an axis.
    is_axis: bool,
}

/// All flags of all commands.
static FLAGS: LazyLock<HashMap<String, Flag>> = LazyLock::new(|| {
    let mut flags = HashMap::new();
    let mut open = vec![commands::definition(&[])];
    while let Some(command) = open.pop() {
        for arg in command.get_arguments() {
            let Some(long) = arg.get_long() else { continue };
            let takes_value = arg.get_action().takes_values();
            let kind = kind(arg);
            let free = ["data", "label", "labels", "features", "drop", "x-key", "y-key", "config", "out", "data-dir"];
            flags.insert(
                long.to_owned(),
                Flag {
                    takes_value,
                    is_worded: ["str", "list"].contains(&kind) && !free.contains(&long),
                    is_axis: kind == "axis",
                },
            );
        }
        open.extend(command.get_subcommands().cloned());
    }
    flags
});

/// Words that may stand behind a flag in a sentence, and are no values.
const WORDS: &str = "a alone an and are as at be begins by can cannot ends for from gives goes has have in instead is it its leaves makes \
                     may means must named names need needs of on one or out over puts reads says say sets takes tells than that the then \
                     there they to together too was were what where which with";

/// A flag as a keyword.
pub fn keyword(flag: &str) -> String {
    flag.trim_matches(['-', '<', '>', '.']).replace('-', "_").to_lowercase()
}

/// A text with keywords in the place of flags, but for command lines that are shown.
pub fn text_in_python(text: &str) -> String {
    let (mut said, mut sentence, mut goes_on) = (String::with_capacity(text.len()), String::new(), false);
    for line in text.split_inclusive('\n') {
        let is_command = goes_on || line.trim_start().starts_with("headstart ");
        goes_on = is_command && line.trim_end().ends_with('\\');
        if is_command {
            said += &in_python(&std::mem::take(&mut sentence));
            said += line;
        } else {
            sentence += line;
        }
    }
    said + &in_python(&sentence)
}

/// A sentence of the command line with keywords in the place of flags: `--lr 0.1` is `lr=0.1`, `--png FILE` is `png=FILE`, `--drop-missing`
/// is `drop_missing=True` where it is to be done, and `drop_missing` where it is named.
pub fn in_python(sentence: &str) -> String {
    let mut said = String::with_capacity(sentence.len());
    let mut rest = sentence;
    while let Some(at) = rest.find("--") {
        let is_word = rest[..at].chars().next_back().is_none_or(|before| !before.is_alphanumeric() && before != '-');
        let behind = &rest[at + 2..];
        let end = behind.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).unwrap_or(behind.len());
        let name = behind[..end].trim_end_matches('-');
        let (Some(flag), true) = (FLAGS.get(name), is_word) else {
            said.push_str(&rest[..at + 2]);
            rest = behind;
            continue;
        };
        said.push_str(&rest[..at]);
        said.push_str(&name.replace('-', "_"));
        rest = &behind[name.len()..];
        // As clap shows what a flag takes: that says nothing in Python.
        let shown = rest.strip_prefix(" <").and_then(|rest| rest.split_once('>'));
        if let Some((_, left)) = shown {
            rest = left;
        } else if flag.takes_value
            && let Some((value, left)) = value(rest, *flag)
        {
            let is_number = value.parse::<f64>().is_ok();
            let is_meta = value.chars().all(|c| c.is_ascii_uppercase());
            // Writing into a string does not fail.
            let _ = if is_number || is_meta { write!(said, "={value}") } else { write!(said, "=\"{value}\"") };
            rest = left;
        }
    }
    said + rest
}

/// The value that stands behind a flag, if one does, and what is left behind it.
fn value(rest: &str, flag: Flag) -> Option<(&str, &str)> {
    // A line may have been broken there.
    let rest = rest.strip_prefix([' ', '=', '\n'])?;
    let end = rest.find(|c: char| c.is_whitespace() || ");\"'`".contains(c)).unwrap_or(rest.len());
    let value = rest[..end].trim_end_matches([',', ':', '.', '?']);
    let is_number = value.parse::<f64>().is_ok();
    let is_meta = !["A", "I"].contains(&value) && !value.is_empty() && value.chars().all(|c| c.is_ascii_uppercase());
    let is_axis = flag.is_axis && value.contains('=');
    let is_word = is_axis || flag.is_worded && !value.is_empty() && !WORDS.split_whitespace().any(|word| word == value);
    (is_number || is_meta || is_word && value.chars().all(|c| c.is_ascii_alphanumeric() || "-_.,:/=".contains(c)))
        .then(|| (value, &rest[value.len()..]))
}
