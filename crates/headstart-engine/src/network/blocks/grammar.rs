//! The text of blocks.

use super::{Blocks, Branch, Conv, Item, Norm, Padding, Piece, Pool};
use crate::names::{GrammarError, plain};
use std::fmt;
use std::str::FromStr;

/// More pieces than this are a slip of the fingers.
const MOST: usize = 100_000;

/// Brackets within brackets: groups and a branch.
const DEEPEST: usize = 8;

/// What pieces begin with, as messages list them.
const WORDS: &[&str] = &[
    "dense 100",
    "conv 3x3 16",
    "norm layer|rms|batch",
    "max-pool 2x2",
    "mean-pool 2x2",
    "gap",
    "[ ... ]",
    "an activation",
];

impl FromStr for Blocks {
    type Err = GrammarError;

    fn from_str(text: &str) -> Result<Self, GrammarError> {
        let blocks = Self(items(text, text)?);
        if count(&blocks.0) > MOST {
            return Err(GrammarError::parameter(text, format!("these are more than {MOST} pieces, which is the most")));
        }
        match blocks.0.last().map(|item| (item.pieces.as_slice(), item.times)) {
            Some(([Piece::Dense(_)], 1)) => Ok(blocks),
            _ => Err(GrammarError::parameter(
                text,
                "the last piece is the dense layer of the outputs, as in ... | dense 10, or dense _ for as many as the data call \
                 for; what is applied to it is said by --output",
            )),
        }
    }
}

/// Pieces, those of branches among them.
fn count(items: &[Item]) -> usize {
    let of_piece = |piece: &Piece| if let Piece::Branch(branch) = piece { count(&branch.items) } else { 1 };
    items.iter().fold(0, |sum, item| {
        let of_item = item.pieces.iter().fold(0, |sum: usize, piece| sum.saturating_add(of_piece(piece)));
        of_item.saturating_mul(item.times).saturating_add(sum)
    })
}

/// The items between bars; those within brackets stay together.
fn items(part: &str, whole: &str) -> Result<Vec<Item>, GrammarError> {
    let wrong = |problem: String| GrammarError::parameter(whole, problem);
    let (mut depth, mut start, mut parts) = (0_usize, 0, Vec::new());
    for (at, letter) in part.char_indices() {
        match letter {
            '[' | '(' if depth == DEEPEST => return Err(wrong(format!("brackets are more than {DEEPEST} deep"))),
            '[' | '(' => depth += 1,
            ']' | ')' => {
                depth =
                    depth.checked_sub(1).ok_or_else(|| wrong("a bracket is closed that was not opened".to_owned()))?;
            }
            '|' if depth == 0 => {
                parts.push(&part[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    if depth > 0 {
        return Err(wrong("a bracket is not closed; a residual branch is [ ... ]".to_owned()));
    }
    parts.push(&part[start..]);
    parts.into_iter().map(|part| item(part.trim(), whole)).collect()
}

fn item(part: &str, whole: &str) -> Result<Item, GrammarError> {
    let unmatched = || GrammarError::parameter(whole, "a bracket is closed by another kind of bracket");
    if part.starts_with('(') {
        let end = part.rfind(')').ok_or_else(unmatched)?;
        let group = items(part[1..end].trim(), whole)?;
        let (rest, times) = repeated(part[end + 1..].split_whitespace().collect(), whole)?;
        if let [what, ..] = rest.as_slice() {
            let problem =
                format!("\"{what}\" behind a group is not understood; only x50 may stand there, for fifty of them");
            return Err(GrammarError::parameter(whole, problem));
        }
        let pieces = group.iter().flat_map(|item| std::iter::repeat_n(&item.pieces, item.times.min(MOST))).flatten();
        return Ok(Item { pieces: pieces.take(MOST).cloned().collect(), times });
    }
    if part.starts_with('[') {
        let end = part.rfind(']').ok_or_else(unmatched)?;
        let items = items(part[1..end].trim(), whole)?;
        let (rest, times) = repeated(part[end + 1..].split_whitespace().collect(), whole)?;
        let keep = match rest.as_slice() {
            [] => Some(1.0),
            [keep] => {
                keep.strip_prefix("keep=").and_then(|keep| keep.parse().ok()).filter(|keep: &f64| keep.is_finite())
            }
            _ => None,
        };
        return match keep {
            Some(keep) => Ok(Item { pieces: vec![Piece::Branch(Branch { items, keep })], times }),
            None => Err(GrammarError::parameter(
                whole,
                format!(
                    "\"{}\" behind a branch is not understood; x50 may stand there, for fifty of them, and keep=1.5, which the stream is \
                     multiplied by",
                    rest.join(" ")
                ),
            )),
        };
    }
    let (words, times) = repeated(part.split_whitespace().collect(), whole)?;
    Ok(Item { pieces: pieces(&words, part, whole)?, times })
}

/// Takes `x50` off the end.
fn repeated<'a>(mut words: Vec<&'a str>, whole: &str) -> Result<(Vec<&'a str>, usize), GrammarError> {
    let times = |word: &str| word.strip_prefix('x').map(|times| times.parse().ok().filter(|&times: &usize| times > 0));
    match words.last().and_then(|word| times(word)) {
        None => Ok((words, 1)),
        Some(Some(times)) => {
            words.pop();
            Ok((words, times))
        }
        Some(None) => {
            let problem = format!("\"{}\" is not how often; fifty times is x50", words[words.len() - 1]);
            Err(GrammarError::parameter(whole, problem))
        }
    }
}

fn pieces(words: &[&str], part: &str, whole: &str) -> Result<Vec<Piece>, GrammarError> {
    let wrong = |problem: String| Err(GrammarError::parameter(whole, problem));
    let Some((first, rest)) = words.split_first() else {
        return wrong("there is nothing between two bars, or behind the last one".to_owned());
    };
    match (*first, rest) {
        // Alone it is as short as --layers has it.
        ("dense", ["_"]) | ("_", []) => Ok(vec![Piece::Dense(None)]),
        ("dense", [units, rest @ ..]) => match (number(units), rest) {
            (Some(units), []) => Ok(vec![Piece::Dense(Some(units))]),
            (Some(units), [name]) => Ok(vec![Piece::Dense(Some(units)), Piece::Activation(name.parse()?)]),
            _ => wrong(format!("\"{part}\" is not understood; a dense layer is dense 100, or dense 100 relu")),
        },
        ("conv", [kernel, channels, rest @ ..]) => conv(kernel, channels, rest, part, whole),
        ("norm", [name]) => match Norm::ALL.into_iter().find(|norm| norm.to_string() == *name) {
            Some(norm) => Ok(vec![Piece::Norm(norm)]),
            None => Err(GrammarError::unknown("normalization", name, Norm::NAMES)),
        },
        ("max-pool" | "mean-pool" | "avg-pool", rest) => pool(*first == "max-pool", rest, part, whole),
        ("gap", []) => Ok(vec![Piece::GlobalMean]),
        (units, []) if number(units).is_some() => Ok(vec![Piece::Dense(number(units))]),
        ("dense" | "conv" | "norm" | "gap", _) => {
            wrong(format!("\"{part}\" is not understood; pieces are {}", WORDS.join(", ")))
        }
        (name, []) => match name.parse() {
            Ok(activation) => Ok(vec![Piece::Activation(activation)]),
            Err(_) => wrong(format!("\"{name}\" is no piece of a network; pieces are {}", WORDS.join(", "))),
        },
        _ => wrong(format!("\"{part}\" is not understood; pieces are {}", WORDS.join(", "))),
    }
}

fn number(text: &str) -> Option<usize> {
    text.parse().ok().filter(|&number| number > 0)
}

/// `3x3`, or `3` for one row of three.
fn size(text: &str) -> Option<[usize; 2]> {
    match text.split_once('x') {
        Some((rows, columns)) => Some([number(rows)?, number(columns)?]),
        None => Some([1, number(text)?]),
    }
}

fn conv(kernel: &str, channels: &str, rest: &[&str], part: &str, whole: &str) -> Result<Vec<Piece>, GrammarError> {
    let problem = format!(
        "\"{part}\" is not understood; a convolution is conv 3x3 16, or conv 5 16 of a sequence, and behind that /2 for its stride, \
         same, valid or circular for its border, groups=4, and an activation"
    );
    let wrong = || GrammarError::parameter(whole, problem.clone());
    let (kernel, channels) = (size(kernel).ok_or_else(wrong)?, number(channels).ok_or_else(wrong)?);
    let mut conv = Conv { kernel, channels, stride: 1, padding: Padding::Same, groups: 1 };
    let mut activation = None;
    for word in rest {
        match *word {
            "same" => conv.padding = Padding::Same,
            "valid" => conv.padding = Padding::Valid,
            "circular" => conv.padding = Padding::Circular,
            word => {
                if let Some(stride) = word.strip_prefix('/') {
                    conv.stride = number(stride).ok_or_else(wrong)?;
                } else if let Some(groups) = word.strip_prefix("groups=") {
                    conv.groups = number(groups).ok_or_else(wrong)?;
                } else if activation.is_none() {
                    activation = Some(Piece::Activation(word.parse().map_err(|_| wrong())?));
                } else {
                    return Err(wrong());
                }
            }
        }
    }
    Ok(std::iter::once(Piece::Conv(conv)).chain(activation).collect())
}

fn pool(is_max: bool, rest: &[&str], part: &str, whole: &str) -> Result<Vec<Piece>, GrammarError> {
    let read = || match rest {
        [window] => Some((size(window)?, None)),
        [window, stride] => Some((size(window)?, Some(number(stride.strip_prefix('/')?)?))),
        _ => None,
    };
    match read() {
        Some((size, stride)) => {
            // Of a sequence there is one row only.
            let stride = stride.map_or(size, |stride| [if size[0] == 1 { 1 } else { stride }, stride]);
            Ok(vec![Piece::Pool(Pool { is_max, size, stride })])
        }
        None => Err(GrammarError::parameter(
            whole,
            format!("\"{part}\" is not understood; a pool is max-pool 2x2, or mean-pool 3x3 /2, whose stride is 2"),
        )),
    }
}

impl fmt::Display for Blocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&shown(&self.0))
    }
}

fn shown(items: &[Item]) -> String {
    let item = |item: &Item| {
        let pieces: Vec<String> = item.pieces.iter().map(ToString::to_string).collect();
        let times = if item.times == 1 { String::new() } else { format!(" x{}", item.times) };
        match item.pieces.as_slice() {
            [_] => format!("{}{times}", pieces[0]),
            [layer, Piece::Activation(_)] if layer.has_weights() => format!("{}{times}", pieces.join(" ")),
            _ if item.times == 1 => pieces.join(" | "),
            _ => format!("({}){times}", format_args!(" {} ", pieces.join(" | "))),
        }
    };
    items.iter().map(item).collect::<Vec<_>>().join(" | ")
}

impl fmt::Display for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dense(None) => f.write_str("dense _"),
            Self::Dense(Some(units)) => write!(f, "dense {units}"),
            Self::Conv(conv) => conv.fmt(f),
            Self::Norm(norm) => write!(f, "norm {norm}"),
            Self::Activation(activation) => activation.fmt(f),
            Self::Pool(pool) => pool.fmt(f),
            Self::GlobalMean => f.write_str("gap"),
            Self::Branch(Branch { items, keep: 1.0 }) => write!(f, "[ {} ]", shown(items)),
            Self::Branch(Branch { items, keep }) => write!(f, "[ {} ] keep={}", shown(items), plain(*keep)),
        }
    }
}

/// `3x3`, or `3` of one row.
fn written([rows, columns]: [usize; 2]) -> String {
    if rows == 1 { columns.to_string() } else { format!("{rows}x{columns}") }
}

impl fmt::Display for Conv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kernel, channels, stride, padding, groups } = self;
        write!(f, "conv {} {channels}", written(*kernel))?;
        if *stride > 1 {
            write!(f, " /{stride}")?;
        }
        match padding {
            Padding::Same => {}
            Padding::Valid => f.write_str(" valid")?,
            Padding::Circular => f.write_str(" circular")?,
        }
        if *groups > 1 {
            write!(f, " groups={groups}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.is_max { "max-pool" } else { "mean-pool" };
        write!(f, "{name} {}", written(self.size))?;
        if self.stride == self.size { Ok(()) } else { write!(f, " /{}", self.stride[1]) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::Activation;
    use proptest::prelude::*;

    #[test]
    fn blocks_read_back() {
        for text in [
            "dense 10",
            "dense _",
            "conv 3x3 16 relu | conv 3x3 32 /2 relu | gap | dense 10",
            "conv 5 8 valid groups=2 tanh x20 | max-pool 2 | dense _",
            "conv 5x5 6 circular tanh | mean-pool 2x2 | max-pool 3x3 /2 | dense 84 relu | dense 10",
            "dense 100 | [ norm layer | relu | dense 100 ] x50 | relu | dense 10",
            "dense 100 | [ dense 100 relu | dense 100 ] keep=1.5 x4 | norm layer | dense 10",
            "dense 9 | ( [ relu | dense 9 ] | norm layer ) x4 | dense 2",
            "dense 100 relu | [ dense 400 gelu | norm batch | dense 100 ] | norm rms x2 | leaky-relu:0.1 | dense 1",
        ] {
            let blocks: Blocks = text.parse().unwrap();
            assert_eq!(blocks.to_string(), text);
        }
        assert_eq!("dense 3 relu|dense 1".parse::<Blocks>().unwrap().pieces().count(), 3);
        assert_eq!(
            "3|[relu|3]x2|_".parse::<Blocks>().unwrap().to_string(),
            "dense 3 | [ relu | dense 3 ] x2 | dense _"
        );
        let fifty: Blocks = "[ relu | dense 2 ] x50 | dense 1".parse().unwrap();
        assert_eq!((fifty.branches(), fifty.pieces().count()), (50, 51));
    }

    fn layer() -> impl Strategy<Value = Vec<Piece>> {
        let conv = ([1..6_usize, 1..6], 1..40_usize, 1..4_usize, 0..3_usize, 1..5_usize).prop_map(
            |(kernel, channels, stride, padding, groups)| {
                let padding = [Padding::Same, Padding::Valid, Padding::Circular][padding];
                Piece::Conv(Conv { kernel, channels, stride, padding, groups })
            },
        );
        let layer = prop_oneof![(1..200_usize).prop_map(|units| Piece::Dense(Some(units))), conv];
        let activation = prop::option::of(prop::sample::select(Activation::all_over()).prop_map(Piece::Activation));
        (layer, activation).prop_map(|(layer, activation)| std::iter::once(layer).chain(activation).collect())
    }

    fn single() -> impl Strategy<Value = Vec<Piece>> {
        let pool = (any::<bool>(), [1..4_usize, 1..4], 1..4_usize).prop_map(|(is_max, size, stride)| {
            let stride = [if size[0] == 1 { 1 } else { stride }, stride];
            Piece::Pool(Pool { is_max, size, stride })
        });
        let norm = prop::sample::select(Norm::ALL.to_vec()).prop_map(Piece::Norm);
        prop_oneof![pool, norm, Just(Piece::GlobalMean)].prop_map(|piece| vec![piece])
    }

    fn items() -> impl Strategy<Value = Vec<Item>> {
        let item = (prop_oneof![layer(), single()], 1..60_usize).prop_map(|(pieces, times)| Item { pieces, times });
        prop::collection::vec(item, 1..4)
    }

    proptest! {
        #[test]
        fn whatever_blocks_there_are_read_back(before in items(), branch in items(), keep in 0.1..3.0, times in 1..60_usize) {
            let branch = vec![Piece::Branch(Branch { items: branch, keep })];
            let last = Item { pieces: vec![Piece::Dense(None)], times: 1 };
            let all = before.into_iter().chain([Item { pieces: branch, times }, last]);
            let blocks = Blocks(all.collect());
            prop_assert_eq!(blocks.to_string().parse::<Blocks>(), Ok(blocks));
        }

        #[test]
        fn no_text_is_too_much(text in "[a-z0-9 x/|=\\[\\]().\u{e9}-]{0,60}") {
            let _ = text.parse::<Blocks>();
        }
    }

    #[test]
    fn what_is_not_understood_is_said() {
        let says = |text: &str, words: &str| {
            let message = text.parse::<Blocks>().unwrap_err().to_string();
            assert!(message.contains(words), "{text}: {message}");
        };
        says("", "nothing between two bars");
        says("dense 3 | | dense 1", "nothing between two bars");
        says("dense 3 relu", "the last piece is the dense layer");
        says("dense 1 x2", "the last piece is the dense layer");
        says("[ relu | dense 3 | dense 1", "not closed");
        says("relu ] | dense 1", "not opened");
        says("dens 3 | dense 1", "pieces are dense 100");
        says("swoosh | dense 1", "no piece of a network");
        says("conv 3x3 | dense 1", "pieces are");
        says("conv 3x0 4 | dense 1", "a convolution is conv 3x3 16");
        says("conv 3x3 4 /0 | dense 1", "a convolution is");
        says("conv 3x3 4 relu tanh | dense 1", "a convolution is");
        says("norm batsh | dense 1", "unknown normalization \"batsh\"");
        says("dense 0 | dense 1", "a dense layer is dense 100");
        says("dense 3 x0 | dense 1", "fifty times is x50");
        says("[ relu | dense 3 ] twice | dense 1", "x50 may stand there");
        says("max-pool 2x2 2 | dense 1", "a pool is max-pool 2x2");
        says("dense 3 relu x999999 | dense 1", "more than 100000 pieces");
        says("[ dense 3 x99999999999 ] | dense 1", "more than 100000 pieces");
        says("relu x18446744073709551615 | relu x18446744073709551615 | dense 1", "more than 100000 pieces");
        says("(((((((((relu))))))))) | dense 1", "more than 8 deep");
        says("[relu)\u{e9} | dense 1", "another kind of bracket");
    }
}
