//! `headstart theory`: what depth does to signal and gradient, without data.

use crate::answer::Answer;
use crate::as_written::AsWritten;
use crate::ask::{Ask, Asked, Front, Hearer};
use crate::flags::output::Format;
use crate::flags::page::PageFlags;
use crate::flags::values::finite;
use crate::interrupts::before_anything;
use clap::Args;
use headstart::engine::init::{Initialization, split_list};
use headstart::engine::names::GrammarError;
use headstart::error::Error;
use headstart::io::json;
use headstart::report;
use headstart::report::document::Document;
use headstart::spec::{Activations, Layers, notes};
use headstart::theory;
use std::io::Write;
use std::str::FromStr;

/// Say what depth does to signal and gradient, by theory alone
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  headstart theory --activation tanh
  headstart theory --activation relu --init he,glorot --depth 50 --width 100
  headstart theory --activation relu/tanh/gelu --init he,he/lecun/glorot/he
  headstart theory --layers 784,300,100,10 --activation tanh --init glorot

Where activations, schemes or widths differ from layer to layer, every layer is
shown: w and b, the variances of weights (times fan-in) and biases; q, the
signal's variance; chi, the gradient's factor to the layer before; signal x from
the first hidden layer to here, gradient x from the last one back to here; and
the correlation of two samples whose inputs are orthogonal.")]
pub struct TheoryArgs {
    /// The activation of the hidden layers; with slashes between them one for each
    #[arg(long, value_name = "NAME", default_value = "relu")]
    activation: AsWritten<Activations>,
    /// Schemes, with commas [default: he, glorot, critical if there is one]
    ///
    /// With slashes between them one for each layer of weights, the output's among them, as in he/lecun/glorot.
    #[arg(long, value_name = "LIST")]
    init: Vec<Schemes>,
    /// Variance of the biases [default: 0, with critical weights theirs]
    #[arg(long, value_name = "VARIANCE", value_parser = finite)]
    bias_variance: Option<f64>,
    /// Hidden layers: show what happens through all of them
    #[arg(long, value_name = "N")]
    depth: Option<usize>,
    /// Units in every layer
    #[arg(long, value_name = "N", default_value_t = 100)]
    width: usize,
    /// Widths, input first, in the place of --depth and --width: show every layer
    #[arg(long, value_name = "WIDTHS", conflicts_with_all = ["depth", "width"], allow_hyphen_values = true)]
    layers: Option<Layers>,
    /// A table for people, or one JSON document
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    #[command(flatten)]
    page: PageFlags,
}

/// Initializations with commas between them.
#[derive(Clone, Debug)]
struct Schemes(Vec<AsWritten<Initialization>>);

impl FromStr for Schemes {
    type Err = GrammarError;

    fn from_str(text: &str) -> Result<Self, GrammarError> {
        split_list(text).into_iter().map(str::parse).collect::<Result<_, _>>().map(Self)
    }
}

impl TheoryArgs {
    fn inits(&self) -> impl Iterator<Item = &AsWritten<Initialization>> {
        self.init.iter().flat_map(|list| &list.0)
    }

    /// What was taken where a name has several meanings.
    fn notes(&self) -> Vec<String> {
        let inits: Vec<&str> = self.inits().map(|init| init.text.as_str()).collect();
        let section = |key: &str, text: &str| toml::Table::from_iter([(key.to_owned(), text.into())]);
        notes(&toml::Table::from_iter([
            ("network".to_owned(), section("activation", &self.activation.text).into()),
            ("init".to_owned(), section("init", &inits.join(",")).into()),
        ]))
    }
}

impl Ask for TheoryArgs {
    fn ask(&self, front: &Front<'_>, _heard: &mut dyn Hearer) -> Result<Asked, Error> {
        front.notes(&self.notes());
        let question = theory::Question {
            activations: self.activation.value.clone(),
            inits: self.inits().map(|init| init.value.clone()).collect(),
            bias_variance: self.bias_variance,
            shape: match &self.layers {
                Some(layers) => theory::Shape::Each(layers.clone()),
                None => theory::Shape::Equal(self.depth, self.width),
            },
        };
        let answer = before_anything(|| theory::answer(&question))?;
        front.page(&self.page, &answer)?;
        Ok(Asked::done(answer))
    }

    fn format(&self) -> Format {
        self.format
    }
}

impl Answer for theory::Answer {
    fn document(&self) -> Document {
        report::theory::document(self)
    }

    fn json(&self, out: &mut dyn Write) -> std::io::Result<()> {
        json::write(out, self)
    }
}
