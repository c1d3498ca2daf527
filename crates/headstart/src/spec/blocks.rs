//! How hidden layers follow one another: residual branches and normalizations around the layers of `--layers`.

use headstart_engine::activation::Activation;
use headstart_engine::names::GrammarError;
use headstart_engine::network::blocks::{Blocks, Branch, Item, Norm, Piece};
use std::fmt;
use std::str::FromStr;

/// How hidden layers follow one another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Block {
    /// Each gets what the one before made: weights, normalization, activation.
    #[default]
    Dense,
    /// Each but the first is a branch beside a stream, `x + W phi(x)`; where there is a normalization it is of the sum.
    Residual,
    /// The same with the normalization within: `x + W phi(norm(x))` (He et al. 2016, "Identity mappings in deep residual networks").
    PreNorm,
}

impl Block {
    /// Their names.
    pub const NAMES: &'static [&'static str] = &["dense", "residual", "pre-norm"];
    const ALL: [Self; 3] = [Self::Dense, Self::Residual, Self::PreNorm];
}

impl FromStr for Block {
    type Err = GrammarError;

    fn from_str(text: &str) -> Result<Self, GrammarError> {
        let name = text.trim().to_lowercase().replace('_', "-");
        let found = Self::ALL.into_iter().find(|block| block.to_string() == name);
        found.ok_or_else(|| GrammarError::unknown("block", text, Self::NAMES))
    }
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(Self::NAMES[*self as usize])
    }
}

/// A normalization, or none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NormName(pub Option<Norm>);

impl NormName {
    /// Their names.
    pub const NAMES: &'static [&'static str] = &["none", "layer", "rms", "batch"];
}

impl FromStr for NormName {
    type Err = GrammarError;

    fn from_str(text: &str) -> Result<Self, GrammarError> {
        let name = text.trim().to_lowercase();
        let name = name.trim_end_matches("norm").trim_end_matches(['-', '_']);
        match name {
            "none" => Ok(Self(None)),
            name => match Norm::ALL.into_iter().find(|norm| norm.to_string() == name) {
                Some(norm) => Ok(Self(Some(norm))),
                None => Err(GrammarError::unknown("normalization", text, Self::NAMES)),
            },
        }
    }
}

impl fmt::Display for NormName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.pad("none"),
            Some(norm) => norm.fmt(f),
        }
    }
}

/// How layers of these widths, input first, follow one another, with an activation behind each hidden one; none where they are dense and
/// nothing normalizes them.
///
/// A stream has one width: where the next layer has another it is a layer of its own, and so is the first.
pub fn blocks(
    widths: &[usize],
    activations: &[Activation],
    (block, norm): (Block, Option<Norm>),
    branch_layers: usize,
) -> Option<Blocks> {
    let norm = match (block, norm) {
        (Block::Dense, None) => return None,
        (Block::PreNorm, None) => Some(Norm::Layer),
        (_, norm) => norm,
    };
    let hidden = &widths[1..widths.len() - 1];
    // What stands before the layer behind hidden layer `i`.
    let bend = |i: usize| {
        let activation = if let [one] = activations { *one } else { activations[i] };
        let norm = norm.filter(|_| block != Block::Residual).map(Piece::Norm);
        norm.into_iter().chain((activation != Activation::Identity).then_some(Piece::Activation(activation)))
    };
    let single = |piece: Piece| Item { pieces: vec![piece], times: 1 };
    if block == Block::Dense {
        let layer = |i: usize| [Piece::Dense(Some(hidden[i]))].into_iter().chain(bend(i)).collect();
        let mut runs: Vec<Item> = Vec::new();
        for pieces in (0..hidden.len()).map(layer) {
            match runs.last_mut().filter(|last| last.pieces == pieces) {
                Some(last) => last.times += 1,
                None => runs.push(Item { pieces, times: 1 }),
            }
        }
        let of_run = |run: Item| match run.times {
            1 => run.pieces.into_iter().map(single).collect(),
            _ => vec![run],
        };
        let last = Piece::Dense(Some(widths[widths.len() - 1]));
        return Some(Blocks(runs.into_iter().flat_map(of_run).chain([single(last)]).collect()));
    }
    let mut items: Vec<Item> = Vec::new();
    let mut i = 0;
    while i < hidden.len() {
        let width = hidden[i];
        let rest = hidden[i..].iter().take_while(|next| **next == width).count();
        let is_stream = i > 0 && hidden[i - 1] == width;
        let layers = if is_stream { rest.min(branch_layers.max(1)) } else { 1 };
        let pieces = (0..layers).flat_map(|layer| {
            let before = i + layer;
            let bend: Vec<Piece> = if before > 0 { bend(before - 1).collect() } else { Vec::new() };
            bend.into_iter().chain([Piece::Dense(Some(width))])
        });
        if is_stream {
            let branch = Branch { items: pieces.map(single).collect(), keep: 1.0 };
            let after = norm.filter(|_| block == Block::Residual).map(Piece::Norm);
            let item = Item { pieces: [Piece::Branch(branch)].into_iter().chain(after).collect(), times: 1 };
            match items.last_mut().filter(|last| last.pieces == item.pieces) {
                Some(last) => last.times += 1,
                None => items.push(item),
            }
        } else {
            items.extend(pieces.map(single));
        }
        i += layers;
    }
    if let Some(last) = hidden.len().checked_sub(1) {
        items.extend(bend(last).map(single));
    }
    items.push(single(Piece::Dense(Some(widths[widths.len() - 1]))));
    Some(Blocks(items))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(widths: &[usize], block: Block, norm: Option<Norm>, branch_layers: usize) -> String {
        let blocks = blocks(widths, &[Activation::Relu], (block, norm), branch_layers).unwrap();
        assert_eq!(blocks.to_string().parse(), Ok(blocks.clone()));
        blocks.to_string()
    }

    #[test]
    fn layers_are_put_beside_a_stream_and_normalized() {
        use Block::{Dense, PreNorm, Residual};
        let wide = [784, 100, 100, 100, 100, 10];
        assert_eq!(blocks(&wide, &[Activation::Relu], (Dense, None), 1), None);
        assert_eq!(
            made(&[3, 5, 4, 1], Dense, Some(Norm::Batch), 1),
            "dense 5 | norm batch | relu | dense 4 | norm batch | relu | dense 1"
        );
        assert_eq!(
            made(&[3, 5, 5, 5, 4, 1], Dense, Some(Norm::Rms), 1),
            "( dense 5 | norm rms | relu ) x3 | dense 4 | norm rms | relu | dense 1"
        );
        assert_eq!(made(&wide, Residual, None, 1), "dense 100 | [ relu | dense 100 ] x3 | relu | dense 10");
        assert_eq!(
            made(&wide, Residual, None, 2),
            "dense 100 | [ relu | dense 100 | relu | dense 100 ] | [ relu | dense 100 ] | relu | dense 10"
        );
        assert_eq!(
            made(&wide, Residual, Some(Norm::Layer), 1),
            "dense 100 | ( [ relu | dense 100 ] | norm layer ) x3 | relu | dense 10"
        );
        assert_eq!(
            made(&wide, PreNorm, None, 1),
            "dense 100 | [ norm layer | relu | dense 100 ] x3 | norm layer | relu | dense 10"
        );
        assert_eq!(
            made(&[2, 8, 8, 4, 4, 1], Residual, None, 1),
            "dense 8 | [ relu | dense 8 ] | relu | dense 4 | [ relu | dense 4 ] | relu | dense 1"
        );
        assert_eq!(made(&[2, 1], Residual, None, 1), "dense 1");
    }
}
