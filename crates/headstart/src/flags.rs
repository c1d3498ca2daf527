//! A task as the flags of the command line: what is shown to whoever wants to run it again.

use crate::spec::TaskSpec;
use toml::{Table, Value};

/// The flags of a task, each with its value; without those that say what is so anyway. The data is always said.
///
/// # Panics
/// Never: every specification can be written as TOML.
pub fn flags(spec: &TaskSpec) -> Vec<(String, String)> {
    let table = |spec: &TaskSpec| Table::try_from(spec).expect("tables of plain values");
    let (asked, usual) = (table(spec), table(&TaskSpec::default()));
    let section = |name: &str| -> Vec<(String, String)> {
        let of = |table: &Table| table.get(name).and_then(Value::as_table).cloned().unwrap_or_default();
        let usual = of(&usual);
        let is_said = |(key, value): &(String, Value)| key == "data" || usual.get(key) != Some(value);
        of(&asked).into_iter().filter(is_said).filter_map(|(key, value)| Some((key, text(&value)?))).collect()
    };
    ["data", "network", "init", "training"].into_iter().flat_map(section).collect()
}

/// Flags as one line for a shell, with a blank before each.
pub fn line(flags: &[(String, String)]) -> String {
    let one = |(key, value): &(String, String)| match value.as_str() {
        "" => format!(" --{key}"),
        value => format!(" --{key} {}", quoted(value)),
    };
    flags.iter().map(one).collect()
}

/// Words as one line for a shell, with blanks between them.
pub fn shell<S: AsRef<str>>(words: impl IntoIterator<Item = S>) -> String {
    words.into_iter().map(|word| quoted(word.as_ref())).collect::<Vec<_>>().join(" ")
}

/// The value behind a flag: empty for a switch that is on, none for one that is off.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Boolean(on) => on.then(String::new),
        Value::String(text) => Some(text.clone()),
        // What becomes of columns has no flag: it is found in the data again.
        Value::Array(values) if values.iter().any(Value::is_table) => None,
        Value::Array(values) => Some(values.iter().filter_map(text).collect::<Vec<_>>().join(",")),
        other => Some(other.to_string()),
    }
}

/// A word that a shell takes as it is.
pub(crate) fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-.,:/=+@%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_usual_is_said() {
        let spec = TaskSpec::from_toml(
            "[data]\ndata = \"my cats.h5\"\nsamples = [30, 10]\n[network]\nlayers = [2, 10, 1]\n\
             [init]\ninit = [\"he\", \"normal:0.1\"]\nseeds = 5\n[training]\nlr = 1e-5\noptimizer = \"sgd\"\n\
             momentum = 0.9\nnesterov = true\n",
        )
        .unwrap();
        assert_eq!(
            line(&flags(&spec)),
            " --data 'my cats.h5' --samples 30,10 --layers 2,10,1 --init he/normal:0.1 --seeds 5 --lr 0.00001 \
             --momentum 0.9 --nesterov --optimizer sgd"
        );
        assert_eq!(line(&flags(&TaskSpec::from_toml("[data]\ndata = 'circles'").unwrap())), " --data circles");
        assert_eq!(quoted("it's"), "'it'\\''s'");
        assert_eq!(shell(["headstart", "train", "--data", "my cats.h5", ""]), "headstart train --data 'my cats.h5' ''");
    }
}
