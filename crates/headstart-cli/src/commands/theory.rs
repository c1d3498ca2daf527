//! `headstart theory`: what depth does to signal and gradient, without data.

use crate::answer::Answer;
use crate::as_written::AsWritten;
use crate::ask::{Ask, Asked, Front, Hearer};
use crate::flags::output::Format;
use crate::flags::page::PageFlags;
use crate::flags::values::finite;
use crate::help::Page;
use crate::interrupts::before_anything;
use clap::Args;
use headstart::engine::init::{BranchScale, Initialization, split_list};
use headstart::engine::names::GrammarError;
use headstart::error::Error;
use headstart::io::json;
use headstart::report;
use headstart::report::document::Document;
use headstart::spec::{Activations, Block, Layers, NormName, notes};
use headstart::theory;
use headstart::theory::blocks::Blocks;
use std::io::Write;
use std::str::FromStr;

/// What the help shows.
pub const PAGE: Page = Page {
    command: "theory",
    main: &[
        "activation",
        "init",
        "depth",
        "width",
        "layers",
        "block",
        "norm",
        "branch_scale",
        "bias_variance",
        "format",
    ],
    hidden: &[],
};

/// Say what depth does to signal and gradient, by theory alone
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  headstart theory --activation tanh
  headstart theory --activation relu --init he,glorot --depth 50 --width 100
  headstart theory --block residual --branch-scale 1/L --depth 51
  headstart theory --activation relu/tanh/gelu --init he,he/lecun/glorot/he
  headstart theory --layers 784,300,100,10 --activation tanh --init glorot
  headstart theory --norm batch --depth 20

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
    /// dense, residual, or pre-norm: hidden layers in a row, or beside a stream [default: dense]
    ///
    /// As train has it: residual is x + W relu(x), with --norm the sum is normalized; pre-norm is x + W relu(norm(x)). What signal and
    /// gradient become is shown behind 1, 2, 4 ... of them, through --depth hidden layers (50 if nothing is said).
    #[arg(long, value_name = "HOW")]
    block: Option<Block>,
    /// none, layer, rms or batch: what normalizes hidden layers [default: none; for pre-norm layer]
    #[arg(long, value_name = "NAME")]
    norm: Option<NormName>,
    /// Layers of a residual branch, 1 or 2
    #[arg(long, value_name = "N", default_value_t = 1)]
    branch_layers: usize,
    /// What residual branches' last layers are multiplied by: 1/sqrt(L), zero ... [default: 1]
    #[arg(long, value_name = "SCALE", allow_hyphen_values = true)]
    branch_scale: Option<BranchScale>,
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

    /// How hidden layers follow one another.
    fn blocks(&self) -> Blocks {
        let usual = Blocks::default();
        Blocks {
            order: self.block.unwrap_or(usual.order),
            norm: self.norm.unwrap_or(usual.norm),
            branch_layers: self.branch_layers,
            scale: self.branch_scale.unwrap_or(usual.scale),
        }
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
            blocks: self.blocks(),
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
