//! Ranges and lists of values, as they are written.

use super::level::Level;
use super::over::Over;
use super::quantity::Quantity;
use super::spacing::spaced;
use crate::spec::TaskSpec;
use crate::words::foreign;
use headstart_engine::init::split_list;
use std::collections::HashSet;

/// More values of one thing than this nobody means.
const MOST_LEVELS: usize = 1_000_000;

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

pub fn range(quantity: Quantity, low: &str, rest: &str) -> Result<Over, String> {
    let mut parts = rest.split(':');
    let ends = [number(quantity, low)?, number(quantity, parts.next().unwrap_or_default())?];
    let (mut log, mut count) = (None, None);
    for part in parts {
        match (part.trim(), part.trim().parse::<usize>()) {
            ("log", _) => log = Some(true),
            ("linear", _) => log = Some(false),
            (_, Ok(0)) => return Err("at least 1 value is needed".to_owned()),
            (_, Ok(n)) if n > MOST_LEVELS => return Err(format!("more than {MOST_LEVELS} values")),
            (_, Ok(n)) => count = Some(n),
            (other, Err(_)) => {
                return Err(format!("\"{}\" is neither log, nor linear, nor a number of values", foreign(other)));
            }
        }
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
    let mut values = spaced(ends, log, count);
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
        if !quantity.is_named() {
            return number(quantity, part).map(Level::Number);
        }
        // Names are checked where they are read, by the grammar of what they name.
        let mut task = TaskSpec::default();
        quantity.apply(&Level::Name(part.to_owned()), &mut task).map_err(|error| error.to_string())?;
        Ok(Level::Name(match quantity {
            Quantity::Activation => task.network.activation.to_string(),
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
