//! Hidden layers beside a stream, or normalized: what many of them do to signal and gradient.

use super::stack::Stack;
use super::{Question, Shape, drawn, has_critical, number, repeated, usual};
use crate::error::Error;
use crate::spec::{Block as Order, NormName};
use headstart_engine::activation::Activation;
use headstart_engine::init::{BranchScale, Scheme};
use headstart_engine::network::blocks::Norm;
use headstart_engine::theory::{self, Branch, Convolution, Ensemble, NormPlace, Passage};
use serde::Serialize;

/// How hidden layers follow one another, as flags say it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Blocks {
    /// In a row, or beside a stream.
    pub order: Order,
    /// What normalizes.
    pub norm: NormName,
    /// Layers of a branch.
    pub branch_layers: usize,
    /// What the last layer of each branch is multiplied by.
    pub scale: BranchScale,
}

impl Default for Blocks {
    fn default() -> Self {
        Self { order: Order::Dense, norm: NormName(None), branch_layers: 1, scale: BranchScale::default() }
    }
}

/// What is answered: of inputs of second moment 1, and of pairs of them that are orthogonal.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Theory {
    /// The activation.
    pub activation: String,
    /// Hidden layers: the first makes the stream, or is normalized first; the others are in blocks.
    pub depth: usize,
    /// What one block computes of the stream x.
    pub block: String,
    /// `residual branches` or `normalized layers`.
    pub kind: &'static str,
    /// How many there are.
    pub blocks: usize,
    /// What the last layer of each branch is multiplied by; 1 where there are no branches.
    pub branch_scale: f64,
    /// Where the theory is from.
    pub source: &'static str,
    /// What the initializations do.
    pub schemes: Vec<Start>,
}

/// What one initialization does.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Start {
    /// The initialization.
    pub init: String,
    /// Variance of the weights times the fan-in.
    pub weight_variance: f64,
    /// Variance of the biases.
    pub bias_variance: f64,
    /// What all blocks together do.
    pub whole: Whole,
    /// What the last of them does by itself.
    pub last: Whole,
    /// The power of the depth that the gradient grows like, where it does; null elsewhere.
    pub gradient_power: Option<f64>,
    /// Behind so many blocks.
    pub behind: Vec<Row>,
}

/// What blocks do to second moments.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Whole {
    /// Factor of the signal's second moment; null where it leaves the floating-point numbers.
    pub signal: Option<f64>,
    /// Its logarithm.
    pub ln_signal: f64,
    /// Factor of the gradient's second moment on its way back; null where it leaves the floating-point numbers.
    pub gradient: Option<f64>,
    /// Its logarithm.
    pub ln_gradient: f64,
}

/// What there is behind so many blocks.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Row {
    /// How many; 0 is behind the first hidden layer.
    pub blocks: usize,
    /// The second moment of the stream, or of the pre-activations; null where it leaves the floating-point numbers.
    pub variance: Option<f64>,
    /// Its logarithm.
    pub ln_variance: f64,
    /// Factor of the gradient's second moment from the last block back to here.
    pub gradient: Option<f64>,
    /// Its logarithm.
    pub ln_gradient: f64,
    /// The correlation of two samples whose inputs have correlation 0; null where it was not computed: in batches, and for activations with
    /// a scale through many blocks.
    pub correlation: Option<f64>,
}

/// Hidden layers where nobody says how many.
const DEPTH: usize = 50;

/// Blocks through which correlations are followed that take an integral each.
const FOLLOWED: usize = 300;

impl Blocks {
    /// Whether layers are dense and nothing normalizes them.
    pub fn are_plain(&self) -> bool {
        *self == Self::default()
    }

    /// What a block computes of x.
    fn formula(&self, activation: Activation) -> String {
        let layer = |x: &str| match (self.order, self.norm.0) {
            (Order::Residual, _) | (Order::Dense, None) => format!("W {activation}({x})"),
            (Order::PreNorm, None) => format!("W {activation}(layer({x}))"),
            (_, Some(norm)) => format!("W {activation}({norm}({x}))"),
        };
        let inner = (0..self.branch_layers).fold("x".to_owned(), |x, _| layer(&x));
        let sum = match self.scale {
            BranchScale::Times(1.0) => format!("x + {inner}"),
            scale => format!("x + {scale} {inner}"),
        };
        match (self.order, self.norm.0) {
            (Order::Dense, _) => layer("x"),
            (Order::Residual, Some(norm)) => format!("{norm}({sum})"),
            _ => sum,
        }
    }
}

/// Answers a question about blocks.
///
/// # Errors
/// If theory does not know them, layers are said one by one, or a scheme has no place in it.
pub(super) fn answer(question: &Question) -> Result<Theory, Error> {
    let Question { activations, inits, bias_variance, shape, blocks } = question;
    let usage = |message: String| Err(Error::Usage(message));
    let Blocks { order, norm, branch_layers, scale } = *blocks;
    if order == Order::Dense && norm.0.is_none() {
        return usage(format!(
            "--branch-scale {scale} and --branch-layers {branch_layers} are of residual branches; give --block residual or pre-norm \
             with them"
        ));
    }
    if order == Order::Dense && (branch_layers != 1 || scale != BranchScale::default()) {
        return usage("--branch-scale and --branch-layers are of residual branches, and --block is dense".to_owned());
    }
    let (&[activation], &Shape::Equal(depth, width)) = (activations.0.as_slice(), shape) else {
        return usage(
            "--block and --norm: theory of blocks is of equal ones, with one activation, --depth and --width; probe measures others"
                .to_owned(),
        );
    };
    if let Some(init) = inits.iter().find(|init| init.weights.len() > 1) {
        return usage(format!(
            "--init {init}: theory of blocks is of equal ones, so one scheme for all layers is needed"
        ));
    }
    if branch_layers == 0 || branch_layers > 2 {
        return usage(format!(
            "--branch-layers {branch_layers}: theory knows branches of 1 or 2 layers; probe measures others"
        ));
    }
    if order != Order::Dense && norm.0 == Some(Norm::Batch) {
        return usage(
            "--norm batch: theory has batch normalization in plain layers only; probe measures it within residual branches"
                .to_owned(),
        );
    }
    let depth = depth.unwrap_or(DEPTH);
    repeated::check_shape(Some(depth), width)?;
    if depth < 1 + branch_layers || !(depth - 1).is_multiple_of(branch_layers) {
        return usage(format!(
            "--depth {depth}: behind the first hidden layer come branches of {branch_layers}, so that it takes 1 and a multiple of \
             {branch_layers}, as in --depth {}",
            1 + branch_layers * depth.div_ceil(branch_layers).max(1)
        ));
    }
    let count = (depth - 1) / branch_layers;
    let schemes = match inits.as_slice() {
        [] => usual(has_critical(activation)),
        inits => inits.iter().flat_map(|init| &init.weights).copied().collect(),
    };
    let factor = if order == Order::Dense { 1.0 } else { scale.of(count) };
    let stacks = schemes.into_iter().map(|scheme| {
        let layer = repeated::hidden_layer(activation, width)?;
        let [weights, biases] = drawn::drawn(scheme, &layer, *bias_variance)
            .map_err(|why| Error::Usage(format!("--init {scheme}: {why}")))?;
        if weights + biases == 0.0 {
            return Err(Error::Usage(format!(
                "--init {scheme}: nothing gets into the first layer, whose weights are 0"
            )));
        }
        Ok((scheme, stack(blocks, Ensemble { activation, weights, biases }, factor, count)))
    });
    let stacks: Vec<(Scheme, Stack)> = stacks.collect::<Result<_, Error>>()?;
    let Some((_, first)) = stacks.first() else { return usage("--init: at least one scheme is needed".to_owned()) };
    Ok(Theory {
        activation: activation.to_string(),
        depth,
        block: blocks.formula(activation),
        kind: first.what(),
        blocks: count,
        branch_scale: factor,
        source: first.source(),
        schemes: stacks.iter().map(|(scheme, stack)| start(*scheme, stack)).collect(),
    })
}

fn stack(blocks: &Blocks, ensemble: Ensemble, factor: f64, count: usize) -> Stack {
    let Blocks { order, norm, branch_layers, .. } = *blocks;
    if norm.0 == Some(Norm::Batch) {
        return Stack::Batch(ensemble, count, None);
    }
    let branch = if branch_layers == 1 { Branch::One } else { Branch::Two };
    let (skip, norm) = match (order, norm.0) {
        (Order::Dense, _) => (0.0, NormPlace::Before),
        (Order::PreNorm, _) => (1.0, NormPlace::Before),
        (Order::Residual, Some(_)) => (1.0, NormPlace::After),
        (Order::Residual, None) => (1.0, NormPlace::Nowhere),
    };
    Stack::Blocks(theory::Block { ensemble, branch, skip, scale: factor, norm }, count)
}

fn start(scheme: Scheme, stack: &Stack) -> Start {
    let (Stack::Blocks(theory::Block { ensemble, .. }, _)
    | Stack::Batch(ensemble, ..)
    | Stack::Images(Convolution { ensemble, .. }, ..)) = stack;
    let first = ensemble.weights + ensemble.biases;
    let along = stack.along(first);
    let correlations = correlations(stack, ensemble, first);
    // From the last block back to what is behind each.
    let mut back = vec![0.0; along.len() + 1];
    for (i, block) in along.iter().enumerate().rev() {
        back[i] = back[i + 1] + block.ln_gradient;
    }
    let behind = |blocks: usize| blocks.checked_sub(1).map_or(first.ln(), |last| along[last].ln_square);
    let row = |blocks: usize| Row {
        blocks,
        variance: number(behind(blocks)),
        ln_variance: behind(blocks),
        gradient: number(back[blocks]),
        ln_gradient: back[blocks],
        correlation: correlations.get(blocks).copied(),
    };
    let Passage { ln_square, .. } = along[along.len() - 1];
    let ln_signal = ln_square - first.ln();
    Start {
        init: scheme.to_string(),
        weight_variance: ensemble.weights,
        bias_variance: ensemble.biases,
        whole: Whole::new(ln_signal, back[0]),
        last: Whole::new(ln_square - behind(along.len() - 1), back[along.len() - 1]),
        gradient_power: match stack {
            Stack::Blocks(block, _) => block.gradient_power(),
            _ => None,
        },
        behind: shown(along.len()).into_iter().map(row).collect(),
    }
}

impl Whole {
    fn new(ln_signal: f64, ln_gradient: f64) -> Self {
        Self { signal: number(ln_signal), ln_signal, gradient: number(ln_gradient), ln_gradient }
    }
}

/// The correlations behind 0 blocks and more, as far as they are followed.
fn correlations(stack: &Stack, ensemble: &Ensemble, first: f64) -> Vec<f64> {
    let Stack::Blocks(block, count) = stack else { return Vec::new() };
    let has_no_scale =
        theory::critical(ensemble.activation).is_some_and(|point| point.kind == theory::Kind::ScaleInvariant);
    if *count > FOLLOWED && !has_no_scale {
        return Vec::new();
    }
    // Of orthogonal inputs only the biases are shared.
    let c = ensemble.biases / first;
    std::iter::once(c).chain(block.correlations(first, c, *count)).collect()
}

/// Numbers of blocks that are shown of so many: powers of two, and all.
fn shown(count: usize) -> Vec<usize> {
    let powers = std::iter::successors(Some(1), |power| Some(2 * power)).take_while(|power| *power < count);
    std::iter::once(0).chain(powers).chain([count]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(activation: &str, blocks: Blocks, depth: usize) -> Result<Theory, Error> {
        answer(&Question {
            activations: activation.parse().unwrap(),
            inits: vec!["he".parse().unwrap()],
            bias_variance: None,
            shape: Shape::Equal(Some(depth), 100),
            blocks,
        })
    }

    const RESIDUAL: Blocks =
        Blocks { order: Order::Residual, norm: NormName(None), branch_layers: 1, scale: BranchScale::Times(1.0) };

    #[test]
    fn branches_double_add_up_or_change_nothing() {
        let of = |blocks: Blocks| told("relu", blocks, 51).unwrap().schemes.remove(0);
        let doubled = of(RESIDUAL);
        assert!((doubled.whole.ln_signal / (50.0 * 2.0_f64.ln()) - 1.0).abs() < 1e-12);
        assert!((doubled.whole.ln_gradient / doubled.whole.ln_signal - 1.0).abs() < 1e-12);
        assert_eq!(doubled.behind.iter().map(|row| row.blocks).collect::<Vec<_>>(), [0, 1, 2, 4, 8, 16, 32, 50]);
        let stable = of(Blocks { scale: BranchScale::OverRoot, ..RESIDUAL });
        assert!((stable.whole.signal.unwrap() - 1.02_f64.powi(50)).abs() < 1e-9);
        let pre = of(Blocks { order: Order::PreNorm, ..RESIDUAL });
        // Each adds as much as the first layer made: half of its weights' variance 2.
        assert!((pre.behind[7].variance.unwrap() - 52.0).abs() < 1e-9, "{:?}", pre.behind[7]);
        assert!((pre.gradient_power.unwrap() - 1.0).abs() < 1e-12);
        let closed = of(Blocks { scale: BranchScale::Times(0.0), ..RESIDUAL });
        assert_eq!(
            (closed.whole.ln_signal, closed.whole.ln_gradient, closed.behind[7].correlation),
            (0.0, 0.0, Some(0.0))
        );
        let two = of(Blocks { branch_layers: 2, ..RESIDUAL });
        assert!((two.whole.ln_signal / (25.0 * 2.0_f64.ln()) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn batch_normalization_multiplies_the_gradient() {
        let blocks = Blocks { norm: NormName(Some(Norm::Batch)), ..Blocks::default() };
        let start = told("relu", blocks, 20).unwrap().schemes.remove(0);
        let pi = std::f64::consts::PI;
        let growth = (pi / (pi - 1.0)).ln();
        // The first layer's inputs have mean 0, so that its normalization divides by more.
        assert!((start.whole.ln_gradient - (18.0 * growth + 0.5_f64.ln())).abs() < 1e-9, "{}", start.whole.ln_gradient);
        let layer = told("relu", Blocks { norm: NormName(Some(Norm::Layer)), ..Blocks::default() }, 20).unwrap();
        assert!((layer.schemes[0].whole.ln_gradient - 0.5_f64.ln()).abs() < 1e-9, "{:?}", layer.schemes[0]);
    }

    #[test]
    fn what_theory_does_not_know_is_refused() {
        let says = |blocks: Blocks, depth: usize, words: &str| {
            let message = told("relu", blocks, depth).unwrap_err().to_string();
            assert!(message.contains(words), "{message}");
        };
        says(Blocks { norm: NormName(Some(Norm::Batch)), ..RESIDUAL }, 20, "plain layers only");
        says(Blocks { branch_layers: 3, ..RESIDUAL }, 20, "branches of 1 or 2 layers");
        says(Blocks { branch_layers: 2, ..RESIDUAL }, 20, "as in --depth 21");
        says(RESIDUAL, 1, "--depth 2");
        says(Blocks { scale: BranchScale::OverRoot, ..Blocks::default() }, 20, "give --block residual");
        let mixed = told("relu/tanh", RESIDUAL, 3).unwrap_err().to_string();
        assert!(mixed.contains("one activation"), "{mixed}");
    }
}
