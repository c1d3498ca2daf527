//! Ranges and lists of values, as they are written.

use super::level::Level;
use super::over::Over;
use super::quantity::Quantity;
use super::spacing::spaced;
use crate::spec::TaskSpec;
use crate::words::foreign;
use headstart_engine::init::{BranchScale, split_list};
use headstart_engine::names::GrammarError;
use std::collections::HashSet;

/// More values of one thing than this nobody means.
const MOST_LEVELS: usize = 1_000_000;

/// So many values may a range have of which only a window is meant: beyond, floats begin to be next to one another.
const MOST_BEHIND_A_WINDOW: usize = 1 << 40;

fn number(quantity: Quantity, text: &str) -> Result<f64, String> {
    let x: f64 = text.trim().parse().map_err(|_| format!("\"{}\" is not a number", foreign(text.trim())))?;
    match x {
        x if !x.is_finite() => Err("numbers must be finite".to_owned()),
        x if quantity.is_whole() && (x < 0.0 || x.fract() != 0.0 || x > 2_f64.powi(53)) => {
            Err(format!("\"{}\" is not a whole number", foreign(text.trim())))
        }
        x => Ok(x),
    }
}

/// The first and the last of the values that are meant, as in `1000-1063`.
fn window(text: &str) -> Option<[usize; 2]> {
    let (first, last) = text.trim().split_once('-')?;
    Some([first.parse().ok()?, last.parse().ok()?])
}

pub fn range(quantity: Quantity, low: &str, rest: &str) -> Result<Over, String> {
    let mut parts = rest.split(':');
    let ends = [number(quantity, low)?, number(quantity, parts.next().unwrap_or_default())?];
    let (mut log, mut count, mut seen) = (None, None, None);
    for part in parts {
        match (part.trim(), part.trim().parse::<usize>(), window(part)) {
            ("log", ..) => log = Some(true),
            ("linear", ..) => log = Some(false),
            (_, Ok(0), _) => return Err("at least 1 value is needed".to_owned()),
            (_, Ok(n), _) => count = Some(n),
            (_, _, Some(window)) => seen = Some(window),
            (other, ..) => {
                return Err(format!("\"{}\" is neither log, nor linear, nor a number of values", foreign(other)));
            }
        }
    }
    match (count, seen) {
        (Some(n), None) if n > MOST_LEVELS => return Err(format!("more than {MOST_LEVELS} values")),
        (Some(n), Some(_)) if n > MOST_BEHIND_A_WINDOW => {
            return Err(format!("more than {MOST_BEHIND_A_WINDOW} values, between which floats have no room"));
        }
        (Some(n), Some([first, last])) if first > last || last >= n => {
            return Err(format!("{first}-{last} is no window of {n} values, which are counted from 0 to {}", n - 1));
        }
        (_, Some([first, last])) if last - first.min(last) >= MOST_LEVELS => {
            return Err(format!("a window of more than {MOST_LEVELS} values"));
        }
        (None, Some(_)) => {
            return Err(
                "a window needs the number of all values before it, as in gain=0.01..30:log:4096:1000-1063".to_owned()
            );
        }
        _ => {}
    }
    if ends[0] >= ends[1] {
        return Err("a range goes from a smaller number to a larger one".to_owned());
    }
    if log == Some(true) && ends[0] <= 0.0 {
        return Err("a logarithmic range begins above 0; use :linear, or another begin".to_owned());
    }
    let (log, whole) = (log.unwrap_or(quantity.is_factor() && ends[0] > 0.0), quantity.is_whole());
    let Some(count) = count else {
        return Ok(Over::Range { ends, log, whole });
    };
    let window = seen.map_or(0..count, |[first, last]| first..last + 1);
    let mut values = spaced(ends, log, count, window);
    if whole {
        for x in &mut values {
            *x = x.round();
        }
    }
    // Whole numbers, and ends that are next to one another, have fewer between them than were asked for.
    values.dedup();
    Ok(Over::Levels(values.into_iter().map(Level::Number).collect()))
}

pub fn list(quantity: Quantity, text: &str) -> Result<Vec<Level>, String> {
    let level = |part: &str| {
        let part = part.trim();
        if quantity == Quantity::BranchScale {
            return Ok(match part.parse().map_err(|error: GrammarError| error.to_string())? {
                BranchScale::Times(factor) => Level::Number(factor),
                by_count => Level::Name(by_count.to_string()),
            });
        }
        if !quantity.is_named() {
            return number(quantity, part).map(Level::Number);
        }
        // Names are checked where they are read, by the grammar of what they name.
        let mut task = TaskSpec::default();
        quantity.apply(&Level::Name(part.to_owned()), &mut task).map_err(|error| error.to_string())?;
        Ok(Level::Name(match quantity {
            Quantity::Activation => task.network.activation.to_string(),
            Quantity::Block => task.network.block.to_string(),
            Quantity::Norm => task.network.norm.to_string(),
            Quantity::Parametrization => task.network.parametrization.to_string(),
            Quantity::Optimizer => task.training.optimizer.to_string(),
            _ => task.init.init.to_string(),
        }))
    };
    let levels = split_list(text).into_iter().map(level).collect::<Result<Vec<_>, _>>()?;
    let mut seen = HashSet::new();
    match levels.iter().find(|level| !seen.insert(identity(level))) {
        Some(Level::Name(twice)) => {
            Err(format!("{} stands there twice, in whatever words; once is enough", foreign(twice)))
        }
        Some(twice) => Err(format!("{twice} stands there twice; once is enough")),
        None => Ok(levels),
    }
}

/// What is equal where two levels are.
fn identity(level: &Level) -> (u64, &str) {
    match level {
        // The two zeros are one number.
        Level::Number(x) => ((x + 0.0).to_bits(), ""),
        Level::Name(name) => (0, name),
    }
}
