//! Names of one kind, and what others call the same.

use super::{GrammarError, name_and_number, nearest};

/// The names of one kind.
#[derive(Debug)]
pub struct Vocabulary {
    /// What they are names of: "activation", "loss" and so on.
    pub what: &'static str,
    /// The names of this program, with `:X` behind those that take a number.
    pub known: &'static [&'static str],
    /// More of them, which are too many to be listed.
    pub variants: &'static [&'static str],
    /// What others say, and words of theirs that have no match.
    pub aliases: &'static [Alias],
}

/// A name that others have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Alias {
    /// As they write it.
    pub name: &'static str,
    /// What it is here.
    pub meaning: Meaning,
    /// What a person should know who uses it: which of several meanings was taken, or what to use instead. May be empty.
    pub note: &'static str,
    /// The same of who puts a number behind it. May be empty.
    pub numbered: &'static str,
    /// What a number behind it is times as large as here.
    pub factor: f64,
}

/// What a name of others is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// This text of the grammar. A number behind the name takes the place of its own, and the note is then another one.
    Is(&'static str),
    /// This text of the grammar, and the name takes no number.
    Exactly(&'static str),
    /// Nothing: the note says what is nearest.
    Lacks,
}

/// A name that was read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Name {
    /// As this program has it, without a number.
    pub name: &'static str,
    /// The number behind it.
    pub number: Option<f64>,
    /// What its meaning has behind colons besides a number, as in `-2..2`; mostly empty.
    pub rest: &'static str,
    /// What to tell whoever wrote it; may be empty.
    pub note: &'static str,
}

impl Alias {
    pub(crate) const fn is(name: &'static str, meaning: &'static str) -> Self {
        Self::noted(name, meaning, "")
    }

    pub(crate) const fn noted(name: &'static str, meaning: &'static str, note: &'static str) -> Self {
        Self { name, meaning: Meaning::Is(meaning), note, numbered: "", factor: 1.0 }
    }

    /// With what to say where a number is behind it.
    pub(crate) const fn numbered(self, numbered: &'static str) -> Self {
        Self { numbered, ..self }
    }

    /// Of whose number it is so many times as much here.
    pub(crate) const fn times(self, factor: f64) -> Self {
        Self { factor, ..self }
    }

    pub(crate) const fn exactly(name: &'static str, meaning: &'static str, note: &'static str) -> Self {
        Self { name, meaning: Meaning::Exactly(meaning), note, numbered: "", factor: 1.0 }
    }

    pub(crate) const fn lacks(name: &'static str, note: &'static str) -> Self {
        Self { name, meaning: Meaning::Lacks, note, numbered: "", factor: 1.0 }
    }
}

impl Vocabulary {
    /// Reads a name, and the number behind a colon if there is one.
    ///
    /// # Errors
    /// If there is no such name, what is behind the colon is no number, or it takes none.
    pub fn read(&self, text: &str) -> Result<Name, GrammarError> {
        let (given, number) = name_and_number(text)?;
        self.called(text, given, number)
    }

    /// Reads a name with this number behind it; the text is what errors quote.
    ///
    /// # Errors
    /// As [`Vocabulary::read`].
    pub(crate) fn called(&self, text: &str, given: &str, number: Option<f64>) -> Result<Name, GrammarError> {
        let given = given.trim();
        // A shape says nothing of the scale.
        if let Some((name, arguments)) = given.split_once('(').filter(|(name, _)| !name.ends_with("randn"))
            && arguments.trim_end().strip_suffix(')').is_none_or(|arguments| !arguments.chars().all(is_of_a_name))
        {
            let example = self.known.iter().find(|known| known.contains(':'));
            let number = example.map_or_else(String::new, |known| {
                format!(", with a number behind a colon where it has one, as in {known}")
            });
            let problem = format!(
                "what is in parentheses is not read: give {} alone{number}; everything else has a flag of its own, as --seed and \
                 --lr",
                bare(name)
            );
            return Err(GrammarError::parameter(text.trim(), problem));
        }
        let written = bare(given);
        // A name that says whose it is is theirs.
        let theirs = framework(given).and_then(|whose| {
            // Keras has layers that are not what its functions of the same name are.
            let layer = given.to_lowercase().contains("layers.").then(|| format!("{whose}.layers.{written}"));
            let mut names = layer.into_iter().chain([format!("{whose}.{written}")]);
            names.find_map(|name| self.alias(&name, key).or_else(|| self.alias(&name, stem)))
        });
        let own = |name| Name { name, number, rest: "", note: "" };
        let alias = theirs.or_else(|| self.alias(written, key));
        if let (None, Some(name)) = (alias, self.canonical(written, key)) {
            return Ok(own(name));
        }
        let Some(alias) = alias.or_else(|| self.alias(written, stem)) else {
            return self.canonical(written, stem).map(own).ok_or_else(|| self.unknown(given));
        };
        match (alias.meaning, number) {
            (Meaning::Lacks, _) => Err(GrammarError::parameter(text.trim(), alias.note)),
            (Meaning::Exactly(meaning), Some(_)) => {
                let see = meaning.split(':').next().unwrap_or(meaning);
                let why = if alias.note.is_empty() { format!("; see {see}") } else { format!(": {}", alias.note) };
                Err(GrammarError::parameter(text.trim(), format!("{given} takes no number{why}")))
            }
            (Meaning::Is(meaning) | Meaning::Exactly(meaning), number) => {
                let (name, behind) = meaning.split_once(':').unwrap_or((meaning, ""));
                let (first, more) = behind.split_once(':').unwrap_or((behind, ""));
                let (own, rest) = first.parse().map_or((None, behind), |own| (Some(own), more));
                let (note, factor) = match (own, number) {
                    // Who writes this program's own name means it.
                    (Some(_), Some(_)) if given.eq_ignore_ascii_case(name) => ("", 1.0),
                    (Some(_), Some(_)) => (alias.numbered, alias.factor),
                    _ => (alias.note, alias.factor),
                };
                Ok(Name { name, number: number.map(|number| number * factor).or(own), rest, note })
            }
        }
    }

    /// Reads a name that takes no number; tells which of the listed ones it is.
    ///
    /// # Errors
    /// As [`Vocabulary::read`].
    pub fn position(&self, text: &str) -> Result<usize, GrammarError> {
        let Name { name, number, .. } = self.read(text)?;
        if number.is_some() {
            return Err(GrammarError::parameter(text.trim(), format!("{name} takes no number")));
        }
        self.known.iter().position(|known| *known == name).ok_or_else(|| self.unknown(name))
    }

    /// What a person should know who wrote this name, if there is anything.
    pub fn note(&self, text: &str) -> Option<String> {
        let (name, number) = text.split_once(':').map_or((text, ""), |(name, number)| (name, number.trim()));
        // Words behind it, which not all names have, change nothing of what it means.
        let first = number.split([':', ',']).next().and_then(|number| number.trim().parse().ok());
        let Name { note, .. } = self.called(text, name, first).ok()?;
        let colon = if number.is_empty() { "" } else { ":" };
        (!note.is_empty()).then(|| format!("{}{colon}{number}: {note}", bare(name.trim())))
    }

    /// A name of this program, compared by what a function leaves of it.
    fn canonical(&self, written: &str, by: fn(&str) -> String) -> Option<&'static str> {
        let names = self.known.iter().chain(self.variants).map(|name| name.split(':').next().unwrap_or(name));
        names.into_iter().find(|name| by(name) == by(written))
    }

    fn alias(&self, written: &str, by: fn(&str) -> String) -> Option<&'static Alias> {
        self.aliases.iter().find(|alias| by(alias.name) == by(written))
    }

    fn unknown(&self, given: &str) -> GrammarError {
        let taken = self.aliases.iter().filter(|alias| alias.meaning != Meaning::Lacks).map(|alias| alias.name);
        let names: Vec<&str> = self.known.iter().chain(self.variants).copied().chain(taken).collect();
        let nearest = nearest(given, &names).map(ToOwned::to_owned);
        GrammarError::Unknown { what: self.what, given: given.to_owned(), known: self.known, nearest }
    }
}

/// Of what is called `weight` or `layer.weight`: such an argument says nothing.
fn is_of_a_name(c: char) -> bool {
    c.is_ascii_alphabetic() || matches!(c, '_' | '.' | ' ')
}

/// A name without the modules before it and the parentheses behind it.
fn bare(name: &str) -> &str {
    let name = name.split('(').next().unwrap_or(name).trim_end();
    match name.rsplit_once('.') {
        Some((path, last)) if path.starts_with(|c: char| c.is_ascii_alphabetic()) => last,
        _ => name,
    }
}

/// Whose name it is, where the modules before it say so.
fn framework(name: &str) -> Option<&'static str> {
    let path = name.split('(').next().unwrap_or(name).rsplit_once('.')?.0.to_lowercase();
    path.split('.').find_map(|module| match module {
        "jax" | "flax" | "optax" => Some("jax"),
        "keras" | "tf" | "tensorflow" => Some("keras"),
        "torch" => Some("torch"),
        _ => None,
    })
}

/// What is the same of a name however it is written. An underscore at its end is `PyTorch`'s mark of what changes its
/// argument, and makes another name of it: `normal_` has a default, `normal` has none.
fn key(name: &str) -> String {
    let mark = if name.ends_with('_') { "_" } else { "" };
    stem(name) + mark
}

/// That without the mark.
fn stem(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '-' | '_' | ' ')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::ACTIVATIONS;
    use crate::init::SCHEMES;
    use crate::network::{LOSSES, OUTPUTS};
    use crate::optimizer::{OPTIMIZERS, SCHEDULES};
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    const ALL: [&Vocabulary; 6] = [&ACTIVATIONS, &LOSSES, &OPTIMIZERS, &OUTPUTS, &SCHEDULES, &SCHEMES];

    #[test]
    fn every_name_is_told_apart_and_leads_to_one_of_this_program() {
        for vocabulary in ALL {
            let own = || vocabulary.known.iter().chain(vocabulary.variants).map(|name| name.split(':').next().unwrap());
            let keys: BTreeSet<String> = vocabulary.aliases.iter().map(|alias| key(alias.name)).collect();
            assert_eq!(keys.len(), vocabulary.aliases.len(), "{}: a name stands there twice", vocabulary.what);
            for alias in vocabulary.aliases {
                match alias.meaning {
                    Meaning::Is(meaning) | Meaning::Exactly(meaning) => {
                        let read = vocabulary.read(alias.name).unwrap();
                        assert_eq!(read.name, meaning.split(':').next().unwrap(), "{}", alias.name);
                        assert!(own().any(|name| name == read.name), "{}: {meaning}", alias.name);
                        let behind = meaning.split_once(':').map_or("", |(_, behind)| behind);
                        let number = behind.split(':').find_map(|own| own.parse().ok());
                        assert_eq!(read.number, number);
                        assert!(behind.ends_with(read.rest) && read.rest.is_empty() != behind.contains(".."));
                        assert_eq!(read.note, alias.note);
                        // What it leads to is what it says, and not another alias.
                        let own = meaning.split(':').next().unwrap();
                        assert_eq!(vocabulary.called(meaning, own, number).unwrap().name, read.name, "{}", alias.name);
                    }
                    Meaning::Lacks => {
                        let error = vocabulary.read(alias.name).unwrap_err().to_string();
                        assert!(error.contains(alias.note) && !alias.note.is_empty(), "{error}");
                    }
                }
            }
            for name in own() {
                let read = vocabulary.read(name).unwrap();
                assert_eq!(vocabulary.read(read.name).unwrap().name, read.name, "{name}");
            }
        }
    }

    #[test]
    fn names_are_read_as_they_stand_in_code() {
        for (text, name) in [
            ("nn.ReLU()", "relu"),
            ("torch.nn.LeakyReLU", "leaky-relu"),
            (" jax.nn.swish ", "silu"),
            ("nn.GELU(x)", "gelu"),
        ] {
            assert_eq!(ACTIVATIONS.read(text).unwrap().name, name, "{text}");
        }
        assert_eq!(OPTIMIZERS.read("torch.optim.Adam").unwrap().name, "adam");
        for (text, name) in [
            ("jax.nn.initializers.kaiming_normal()", "he-truncated"),
            ("JAX.nn.initializers.Xavier_Normal", "glorot-truncated"),
            ("nn.initializers.kaiming_normal", "he"),
            ("torch.nn.init.kaiming_normal_", "he"),
            ("tf.keras.initializers.HeNormal()", "he-truncated"),
        ] {
            assert_eq!(SCHEMES.read(text).unwrap().name, name, "{text}");
        }
        assert_eq!(ACTIVATIONS.read("keras.activations.leaky_relu").unwrap().number, Some(0.2));
        assert_eq!(ACTIVATIONS.read("keras.layers.LeakyReLU()").unwrap().number, Some(0.3));
        assert_eq!(ACTIVATIONS.read("tf.keras.layers.leaky_relu").unwrap().number, Some(0.3));
        assert_eq!(ACTIVATIONS.read("torch.nn.LeakyReLU()").unwrap().number, Some(0.01));
        // What is told is the name, and what it is there is told no more.
        assert_eq!(SCHEMES.note("jax.nn.initializers.kaiming_normal()"), None);
        assert!(SCHEMES.note("nn.init.kaiming_normal_(m.weight)").unwrap().starts_with("kaiming_normal_: he,"));
        let error = SCHEMES.read("tf.keras.initializers.HeNormal(seed=1)").unwrap_err().to_string();
        assert!(error.contains("give HeNormal alone"), "{error}");
        assert_eq!(SCHEMES.read("nn.init.kaiming_uniform_:0.5").unwrap().number, Some(0.5));
        for text in ["LeakyReLU(0.2)", "he(junk", "he()junk", "RandomNormal(stddev=0.02)", "Adam(lr=0.1)"] {
            let error = ACTIVATIONS.read(text).unwrap_err().to_string();
            assert!(error.contains("in parentheses is not read"), "{error}");
        }
        assert!(ACTIVATIONS.read("").is_err() && ACTIVATIONS.read("_").is_err() && ACTIVATIONS.read("()").is_err());
    }

    #[test]
    fn a_number_that_means_another_thing_elsewhere_is_told() {
        let note = SCHEMES.note("keras.initializers.TruncatedNormal:0.02").unwrap();
        assert!(note.starts_with("TruncatedNormal:0.02: ") && note.contains("0.88"), "{note}");
        assert!(SCHEMES.note("truncated_normal:0.02").is_some());
        assert_eq!(SCHEMES.note("truncated-normal:0.02"), None);
    }

    #[test]
    fn the_nearest_name_of_anyone_is_offered() {
        let error = |text: &str| SCHEMES.read(text).unwrap_err().to_string();
        assert!(error("kaimingunifrom").contains("did you mean \"kaiming_uniform_\"?"), "{}", error("kaimingunifrom"));
        let error = LOSSES.read("categorical_crosentropy").unwrap_err().to_string();
        assert!(error.contains("did you mean \"categorical_crossentropy\"?"), "{error}");
    }

    proptest! {
        #[test]
        fn case_and_separators_make_no_difference(
            which in 0..ALL.len(), at in any::<prop::sample::Index>(), seed in any::<u64>(),
        ) {
            let vocabulary = ALL[which];
            let own = vocabulary.known.iter().chain(vocabulary.variants).map(|name| name.split(':').next().unwrap());
            let names: Vec<&str> = own.chain(vocabulary.aliases.iter().map(|alias| alias.name)).collect();
            let name = names[at.index(names.len())];
            let mut bits = seed;
            let mut next = || { bits = bits.rotate_left(7).wrapping_mul(0x9e37_79b9_7f4a_7c15); bits >> 62 };
            let (body, mark) = name.strip_suffix('_').map_or((name, ""), |body| (body, "_"));
            let respelled: String = body
                .chars()
                .map(|c| match (c, next()) {
                    ('-' | '_', 0) => "-".to_owned(),
                    ('-' | '_', 1) => "_".to_owned(),
                    ('-' | '_', _) => String::new(),
                    (c, 0 | 1) => c.to_uppercase().collect(),
                    (c, _) => c.to_lowercase().collect(),
                })
                .collect();
            let (given, plain) = (vocabulary.read(&(respelled.clone() + mark)), vocabulary.read(name));
            prop_assert_eq!(given.is_ok(), plain.is_ok());
            if let (Ok(given), Ok(plain)) = (given, plain) {
                prop_assert_eq!(given, plain, "{}", respelled);
            }
        }

        #[test]
        fn nothing_that_is_typed_breaks_it(text in ".{0,20}") {
            for vocabulary in ALL {
                let _ = (vocabulary.read(&text), vocabulary.note(&text));
            }
        }
    }
}
