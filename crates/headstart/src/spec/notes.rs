//! What is to be said of the names that a configuration file has.

use headstart_engine::activation::ACTIVATIONS;
use headstart_engine::init::{SCHEMES, split_list};
use headstart_engine::names::Vocabulary;
use headstart_engine::network::{LOSSES, OUTPUTS};
use headstart_engine::optimizer::{OPTIMIZERS, SCHEDULES};

/// What a person should know who wrote these names: where frameworks mean different things by one of them, which was taken.
pub fn notes(table: &toml::Table) -> Vec<String> {
    let named: [(&str, &str, &Vocabulary); 7] = [
        ("network", "activation", &ACTIVATIONS),
        ("network", "output", &OUTPUTS),
        ("network", "loss", &LOSSES),
        ("init", "init", &SCHEMES),
        ("init", "bias", &SCHEMES),
        ("training", "optimizer", &OPTIMIZERS),
        ("training", "lr-schedule", &SCHEDULES),
    ];
    let mut found: Vec<String> = Vec::new();
    let mut look = |value: &toml::Value, vocabulary: &Vocabulary| {
        for text in texts(value) {
            let names = split_list(text).into_iter().flat_map(|element| element.split('/'));
            let new = names.filter_map(|name| vocabulary.note(name));
            for note in new {
                if !found.contains(&note) {
                    found.push(note);
                }
            }
        }
    };
    for (section, key, vocabulary) in named {
        if let Some(value) = table.get(section).and_then(|section| section.get(key)) {
            look(value, vocabulary);
        }
    }
    for axis in table.get("study").and_then(|study| study.get("axes")).map(texts).unwrap_or_default() {
        if let Some((name, values)) = axis.split_once('=')
            && let Some((_, _, vocabulary)) = named.iter().find(|(_, key, _)| *key == name.trim())
        {
            look(&values.into(), vocabulary);
        }
    }
    found
}

/// A text, or those in a list.
fn texts(value: &toml::Value) -> Vec<&str> {
    match value {
        toml::Value::String(text) => vec![text],
        toml::Value::Array(values) => values.iter().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}
