//! What becomes of columns, from the training samples alone.

use rayon::prelude::*;

use super::look::{Cells, Manner, Seen};
use super::{Becomes, ColumnPlan, Filled, MANY_MISSING, Options, Reason, dates};
use crate::data::content::Names;
use crate::data::missing::mean_of;
use crate::data::spec::Missing;

/// What becomes of the columns, given which rows are training samples.
pub(crate) fn fit(columns: &[Seen], train: &[bool], options: Options) -> Vec<ColumnPlan> {
    let Options { missing, strict, keeps_constant } = options;
    let fitted = |keeps_constant| -> Vec<ColumnPlan> {
        columns.par_iter().map(|column| one(column, train, missing, keeps_constant)).collect()
    };
    let plans = fitted(strict || keeps_constant);
    // A column that is the same everywhere is better than none: of one sample all are.
    if plans.iter().all(|plan| matches!(plan.becomes, Becomes::LeftOut { .. })) { fitted(true) } else { plans }
}

fn one(column: &Seen, train: &[bool], missing: Missing, keeps_constant: bool) -> ColumnPlan {
    let name = column.given.name.clone().filter(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| column.given.position.to_string());
    let becomes = match (column.left_out, &column.cells) {
        (Some(because), _) => Becomes::LeftOut { because },
        (None, Cells::Numbers(values)) => number(column, values, train, missing, keeps_constant),
        (None, Cells::Text(names)) => one_hot(column, names, train, missing, keeps_constant),
    };
    ColumnPlan { column: name, becomes }
}

fn number(column: &Seen, values: &[f64], train: &[bool], missing: Missing, keeps_constant: bool) -> Becomes {
    let finite = || values.iter().zip(train).filter(|(value, train)| **train && value.is_finite()).map(|(&v, _)| v);
    let Some(first) = finite().next() else { return Becomes::LeftOut { because: Reason::Empty } };
    let is_whole = column.facts.missing == 0 && train.iter().all(|train| *train);
    let Sums { count, sum, is_constant } =
        if is_whole { Sums::of(first, values.iter().copied()) } else { Sums::of(first, finite()) };
    let all = train.iter().filter(|train| **train).count();
    let indicator = missing == Missing::Fill && (all - count) as f64 > MANY_MISSING * all as f64;
    if is_constant && !indicator && !keeps_constant && !column.given.is_asked_for {
        return Becomes::LeftOut { because: Reason::Constant };
    }
    // Rounding leaves no constant as it is.
    let fill = match sum / count as f64 {
        _ if missing != Missing::Fill => None,
        _ if is_constant => Some(first),
        mean if mean.is_finite() => Some(mean),
        _ => mean_of(finite),
    };
    match &column.manner {
        Manner::TruthValue => Becomes::TruthValue { missing: Filled { fill, indicator } },
        Manner::Time(written) => {
            let is_time = written.as_deref().is_some_and(|form| dates::scope(form) == dates::Scope::Time);
            let origin = (!is_time).then(|| day(finite().fold(first, f64::min)));
            let fill = fill.map(|seconds| features_of_time(seconds, origin));
            Becomes::Time { written: written.clone(), origin, missing: Filled { fill, indicator } }
        }
        Manner::Number(written) => Becomes::Number { written: written.clone(), missing: Filled { fill, indicator } },
        Manner::Names => Becomes::Number { written: None, missing: Filled { fill, indicator } },
    }
}

/// What is known of some numbers after one look.
struct Sums {
    count: usize,
    /// One after the other.
    sum: f64,
    /// Whether all are as the first.
    is_constant: bool,
}

impl Sums {
    fn of(first: f64, values: impl Iterator<Item = f64>) -> Self {
        let mut sums = Self { count: 0, sum: 0.0, is_constant: true };
        for value in values {
            sums.count += 1;
            sums.sum += value;
            sums.is_constant &= value == first;
        }
        sums
    }
}

/// The beginning of the day of a moment.
fn day(seconds: f64) -> f64 {
    (seconds / 86_400.0).floor() * 86_400.0
}

/// A moment as a feature: days from the origin on, or hours since midnight.
pub(super) fn features_of_time(seconds: f64, origin: Option<f64>) -> f64 {
    match origin {
        Some(origin) => (seconds - origin) / 86_400.0,
        None => seconds / 3_600.0,
    }
}

fn one_hot(column: &Seen, names: &Names, train: &[bool], missing: Missing, keeps_constant: bool) -> Becomes {
    let mut counts = vec![0_usize; names.levels().len()];
    let (mut all, mut none) = (0_usize, 0_usize);
    for row in (0..names.len()).filter(|&row| train[row]) {
        all += 1;
        match names.level(row) {
            Some(level) => counts[level] += 1,
            None => none += 1,
        }
    }
    let mut levels: Vec<(&str, usize)> = names
        .levels()
        .iter()
        .zip(counts)
        .filter(|(_, count)| *count > 0)
        .map(|(name, count)| (&**name, count))
        .collect();
    levels.sort_unstable();
    let indicator = missing == Missing::Fill && none as f64 > MANY_MISSING * all as f64;
    // The first of those that are as frequent, as scikit-learn's SimpleImputer takes it.
    let most = levels.iter().rev().max_by_key(|(_, count)| *count);
    let Some(most) = most.map(|(name, _)| (*name).to_owned()) else {
        return Becomes::LeftOut { because: Reason::Empty };
    };
    if levels.len() == 1 && !indicator && !keeps_constant && !column.given.is_asked_for {
        return Becomes::LeftOut { because: Reason::Constant };
    }
    // Filled, a single level would be the same everywhere; not filled, it is the indicator.
    let is_indicator = levels.len() == 1 && indicator;
    let fill = (missing == Missing::Fill && !is_indicator).then_some(most);
    let indicator = indicator && !is_indicator;
    let levels = levels.into_iter().map(|(name, _)| name.to_owned()).collect();
    Becomes::OneHot { levels, missing: Filled { fill, indicator } }
}
