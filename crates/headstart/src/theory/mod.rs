//! What theory says of activations and schemes: no data, no network, no run.
//!
//! Where one activation and one scheme go on through all layers there are fixed points and phases ([`repeated`]); where they
//! change from layer to layer there are none, and theory goes through the layers one by one ([`layers`]). Hidden layers beside a stream,
//! or normalized ones, go through block by block ([`blocks`]); what of a task's network is such a row of equal ones, [`stack`] finds.

pub mod blocks;
mod drawn;
pub mod layers;
pub mod repeated;
pub mod stack;

use crate::error::Error;
use crate::spec::{Activations, Layers};
use crate::words::many;
use headstart_engine::activation::Activation;
use headstart_engine::init::{Distribution, Initialization, Rule, Scheme};
use headstart_engine::theory::{self, Step};
use serde::Serialize;

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// One activation for all hidden layers, or one for each.
    pub activations: Activations,
    /// The initializations to look at; if there are none, he, glorot, and critical where there is such a start.
    pub inits: Vec<Initialization>,
    /// Variance of the biases, where it is not what belongs to each scheme.
    pub bias_variance: Option<f64>,
    /// The hidden layers.
    pub shape: Shape,
    /// How they follow one another.
    pub blocks: blocks::Blocks,
}

/// The widths of a network.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// So many hidden layers, if anything is to be said of a number of them, and so many units in each layer.
    Equal(Option<usize>, usize),
    /// All widths, input first.
    Each(Layers),
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// Of one layer that is repeated.
    Repeated(repeated::Theory),
    /// Of layers that may differ.
    Layers(layers::Theory),
    /// Of blocks, or of layers that something normalizes.
    Blocks(blocks::Theory),
}

/// What happens from the first hidden layer to the last.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Through {
    /// Factor of the signal's second moment, forward, in wide layers; null where it leaves the floating-point numbers.
    pub signal: Option<f64>,
    /// Its logarithm.
    pub ln_signal: f64,
    /// Factor of the gradient's second moment, backward, in wide layers; null where it leaves the floating-point numbers.
    pub gradient: Option<f64>,
    /// Its logarithm; null where nothing comes back.
    pub ln_gradient: f64,
    /// Standard deviation of the logarithm of the signal's second moment over the draws of the weights, to first order in
    /// depth over width.
    pub spread: f64,
    /// The chance that the signal's second moment changes by more than a factor of [`OUT_OF_RANGE`], counted.
    pub out_of_range: f64,
}

/// A signal whose second moment changes by more than this has left the range in which a network starts well.
pub const OUT_OF_RANGE: f64 = 10.0;

/// More layers than this nobody trains, and the theory goes through them one by one.
const DEEPEST: usize = 10_000;

/// More layers than this nobody reads one by one; and the correlation takes milliseconds in each.
const MOST_SHOWN: usize = 1_000;

/// Answers a question: layer by layer if it says anything layer by layer, or widths.
///
/// # Errors
/// If a number makes no sense, what is said of layers is not of equally many, or a scheme has no place in the theory.
pub fn answer(question: &Question) -> Result<Answer, Error> {
    let Question { activations, inits, bias_variance, shape, blocks } = question;
    let usage = |message: String| Err(Error::Usage(message));
    if bias_variance.is_some_and(|b| !(b >= 0.0 && b.is_finite())) {
        return usage("--bias-variance: a variance is a number from 0 on, as in 0.05".to_owned());
    }
    if let Some(init) = inits.iter().find(|init| init.given.is_some()) {
        return usage(format!(
            "--init {init}: theory is of weights that are drawn, and a file has its own; probe --data FILE --init {init} measures \
             what they do"
        ));
    }
    if !blocks.are_plain() {
        return blocks::answer(question).map(Answer::Blocks);
    }
    match (activations.0.as_slice(), shape) {
        (&[activation], &Shape::Equal(depth, width)) if inits.iter().all(|init| init.weights.len() == 1) => {
            let inits = inits.iter().flat_map(|init| &init.weights).copied().collect();
            let bias_variance = *bias_variance;
            let question = repeated::Question { activation, inits, bias_variance, depth, width };
            repeated::answer(&question).map(Answer::Repeated)
        }
        _ => {
            let widths = widths(question)?;
            layers::answer(&activations.0, inits, *bias_variance, &widths).map(Answer::Layers)
        }
    }
}

/// All widths, input first: of so many hidden layers as are said in the first of several places.
fn widths(question: &Question) -> Result<Vec<usize>, Error> {
    let Question { activations, inits, shape, .. } = question;
    let each = inits.iter().find(|init| init.weights.len() > 1);
    let (hidden, said) = match (shape, each) {
        (Shape::Each(layers), _) => (layers.0.len().saturating_sub(2), format!("--layers {layers}")),
        (Shape::Equal(Some(depth), _), _) => (*depth, format!("--depth {depth}")),
        _ if activations.0.len() > 1 => (activations.0.len(), format!("--activation {activations}")),
        (_, Some(init)) => (init.weights.len() - 1, format!("--init {init}")),
        (Shape::Equal(None, _), None) => unreachable!("nothing is said layer by layer"),
    };
    let widths = match shape {
        Shape::Equal(_, width) => repeated::check_shape(Some(hidden), *width).map(|()| vec![*width; hidden + 2])?,
        Shape::Each(layers) => layers.0.iter().copied().collect::<Option<_>>().ok_or_else(|| {
            Error::Usage(format!("{said}: theory has no data to take a width from; give numbers, as in 784,100,50,10"))
        })?,
    };
    if !(1..=MOST_SHOWN).contains(&hidden) {
        return Err(Error::Usage(format!(
            "{said}: layer by layer theory goes through 1 to {MOST_SHOWN} hidden layers, and here are {hidden}; of more give one \
             activation and one scheme, with --depth and --width"
        )));
    }
    let given = activations.0.len();
    if given > 1 && given != hidden {
        return Err(Error::Usage(format!(
            "--activation {activations}: {given} activations for the {} of {said}; give one for all, or one for each",
            many(hidden as u64, "hidden layer")
        )));
    }
    for init in inits {
        let given = init.weights.len();
        if given > 1 && given != hidden + 1 {
            return Err(Error::Usage(format!(
                "--init {init}: {given} schemes for {} of weights, the output's among them, that {said} has; give one for all, or \
                 one for each",
                many(hidden as u64 + 1, "layer")
            )));
        }
    }
    Ok(widths)
}

/// The schemes that are looked at where none is asked for.
fn usual(has_critical: bool) -> Vec<Scheme> {
    let scaled = |rule| Scheme::Scaled { rule, distribution: Distribution::Normal, gain: 1.0 };
    [Rule::He, Rule::Glorot].into_iter().chain(has_critical.then_some(Rule::Critical)).map(scaled).collect()
}

/// What happens from a variance in the first hidden layer of so many units to the last one.
fn through(steps: &[Step], first: f64, [from, to]: [usize; 2]) -> Through {
    let theory::Spread { variance, ln_signal, ln_gradient, .. } = theory::spread(steps, first);
    let ln_gradient = ln_gradient + of_units(from, to);
    Through {
        signal: number(ln_signal).filter(|_| ln_signal.is_finite()),
        ln_signal,
        gradient: number(ln_gradient),
        ln_gradient,
        spread: variance.sqrt(),
        out_of_range: theory::chance_beyond(steps, first, OUT_OF_RANGE),
    }
}

/// The squared length of the gradient is multiplied by chi from layer to layer, its mean over the units, on the way back from
/// `to` units to `from`, by so much more: the logarithm (Schoenholz et al. 2017).
fn of_units(from: usize, to: usize) -> f64 {
    if from == to { 0.0 } else { (to as f64 / from as f64).ln() }
}

/// The number of a logarithm; none where it leaves the floating-point numbers, which some hundred layers are enough for.
fn number(ln: f64) -> Option<f64> {
    Some(libm::exp(ln)).filter(|x| ln == f64::NEG_INFINITY || x.is_normal())
}

/// Whether there are weights and biases that keep signal and gradient.
fn has_critical(activation: Activation) -> bool {
    theory::critical(activation).is_some()
}

#[cfg(test)]
mod tests;
