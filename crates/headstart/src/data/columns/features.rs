//! The numbers that become of columns.

use ndarray::Array2;
use rayon::prelude::*;

use super::fit::features_of_time;
use super::look::{Cells, Seen};
use super::{Becomes, ColumnPlan};
use crate::data::DataError;
use crate::data::memory::Budget;
use crate::io::zeros;

/// Cells whose level the training samples do not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unknown {
    /// The column's name.
    pub column: String,
    /// How many cells.
    pub count: usize,
    /// The first level of them.
    pub level: String,
}

/// The names of the features, in their order: of a level `column=level`, of an indicator `column missing`.
pub(crate) fn names(plans: &[ColumnPlan]) -> Vec<String> {
    let of = |plan: &ColumnPlan| {
        let column = &plan.column;
        let (mut names, indicator) = match &plan.becomes {
            Becomes::LeftOut { .. } => (Vec::new(), false),
            Becomes::OneHot { levels, missing } => {
                (levels.iter().map(|level| format!("{column}={level}")).collect(), missing.indicator)
            }
            Becomes::Number { missing, .. } | Becomes::TruthValue { missing } | Becomes::Time { missing, .. } => {
                (vec![column.clone()], missing.indicator)
            }
        };
        names.extend(indicator.then(|| format!("{column} missing")));
        names
    };
    plans.iter().flat_map(of).collect()
}

/// The features of the rows that are marked, samples x features; and the cells whose level no training sample has.
///
/// # Errors
/// If there is not enough memory.
pub(crate) fn features(
    file: &str,
    plans: &[ColumnPlan],
    columns: &[Seen],
    rows: &[bool],
    budget: &Budget,
) -> Result<(Array2<f64>, Vec<Unknown>), DataError> {
    /// So many rows at a time stay in the cache while column after column is written into them.
    const ROWS: usize = 64;
    /// So many are written by one thread.
    const PART: usize = 1 << 13;
    let encoders: Vec<Encoder> =
        plans.iter().zip(columns).filter_map(|(plan, seen)| Encoder::new(plan, seen)).collect();
    let width: usize = encoders.iter().map(|encoder| encoder.width).sum();
    let rows: Vec<usize> = (0..rows.len()).filter(|&row| rows[row]).collect();
    budget.take_shape(file, &[rows.len(), width])?;
    let mut x: Vec<f64> = zeros(rows.len() * width);
    let write = |(chunk, x): (&[usize], &mut [f64])| {
        let mut unknown = vec![(0, None); encoders.len()];
        let blocks = chunk.chunks(ROWS).zip(x.chunks_mut((ROWS * width).max(1)));
        for (rows, x) in blocks {
            let mut at = 0;
            for (encoder, unknown) in encoders.iter().zip(&mut unknown) {
                encoder.write(rows, x, width, at, unknown);
                at += encoder.width;
            }
        }
        unknown
    };
    let parts = rows.par_chunks(PART).zip(x.par_chunks_mut((PART * width).max(1)));
    let parts: Vec<Vec<(usize, Option<String>)>> = parts.map(write).collect();
    let mut unknown = vec![(0, None); encoders.len()];
    for part in parts {
        for ((count, first), (more, level)) in unknown.iter_mut().zip(part) {
            *count += more;
            *first = first.take().or(level);
        }
    }
    let unknown = encoders.iter().zip(unknown).filter_map(|(encoder, (count, level))| {
        level.map(|level| Unknown { column: encoder.column.clone(), count, level })
    });
    let unknown = unknown.collect();
    let x =
        Array2::from_shape_vec((rows.len(), width), x).map_err(|error| DataError::content(file, error.to_string()))?;
    Ok((x, unknown))
}

/// How one column is written.
struct Encoder<'a> {
    column: String,
    width: usize,
    cells: &'a Cells,
    what: What<'a>,
    indicator: bool,
}

enum What<'a> {
    /// Numbers as they are, and what stands for missing ones.
    Plain(Option<f64>),
    /// Moments.
    Time { origin: Option<f64>, fill: Option<f64> },
    /// For each text of the column its place among the levels; and that of missing ones.
    OneHot { places: Vec<Option<usize>>, fill: Option<usize>, names: &'a crate::data::content::Names },
}

impl<'a> Encoder<'a> {
    /// None for a column that is left out.
    fn new(plan: &ColumnPlan, seen: &'a Seen) -> Option<Self> {
        let (what, width, indicator) = match (&plan.becomes, &seen.cells) {
            // A column is looked at as its plan says, so that there are no numbers where there should be levels.
            (Becomes::LeftOut { .. }, _) | (Becomes::OneHot { .. }, Cells::Numbers(_)) => return None,
            (Becomes::Number { missing, .. } | Becomes::TruthValue { missing }, _) => {
                (What::Plain(missing.fill), 1, missing.indicator)
            }
            (Becomes::Time { origin, missing, .. }, _) => {
                (What::Time { origin: *origin, fill: missing.fill }, 1, missing.indicator)
            }
            (Becomes::OneHot { levels, missing }, Cells::Text(names)) => {
                let place = |text: &str| levels.binary_search_by(|level| level.as_str().cmp(text)).ok();
                let places = names.levels().iter().map(|text| place(text)).collect();
                let fill = missing.fill.as_deref().and_then(place);
                (What::OneHot { places, fill, names }, levels.len(), missing.indicator)
            }
        };
        Some(Self {
            column: plan.column.clone(),
            width: width + usize::from(indicator),
            cells: &seen.cells,
            what,
            indicator,
        })
    }

    /// Writes the features of some rows into their block, from column `at` of `width` on.
    fn write(&self, rows: &[usize], x: &mut [f64], width: usize, at: usize, unknown: &mut (usize, Option<String>)) {
        let numbers = match self.cells {
            Cells::Numbers(values) => values.as_slice(),
            Cells::Text(_) => &[],
        };
        let own = rows.iter().zip(x.chunks_mut(width).map(|x| &mut x[at..at + self.width]));
        match &self.what {
            What::Plain(fill) => {
                let fill = fill.unwrap_or(f64::NAN);
                own.for_each(|(&row, x)| self.number(x, numbers[row], numbers[row], fill));
            }
            What::Time { origin, fill } => {
                let fill = fill.unwrap_or(f64::NAN);
                own.for_each(|(&row, x)| self.number(x, numbers[row], features_of_time(numbers[row], *origin), fill));
            }
            What::OneHot { places, fill, names } => own.for_each(|(&row, x)| {
                let level = names.level(row);
                match (level.map_or(*fill, |level| places[level]), level) {
                    (Some(place), _) => x[place] = 1.0,
                    (None, Some(level)) => {
                        unknown.0 += 1;
                        unknown.1.get_or_insert_with(|| names.levels()[level].to_string());
                    }
                    (None, None) => {}
                }
                if self.indicator && level.is_none() {
                    x[self.width - 1] = 1.0;
                }
            }),
        }
    }

    /// Writes a cell that is a number: what it stands for, or what stands for a missing one.
    #[inline]
    fn number(&self, x: &mut [f64], cell: f64, feature: f64, fill: f64) {
        x[0] = if cell.is_nan() { fill } else { feature };
        if self.indicator && cell.is_nan() {
            x[self.width - 1] = 1.0;
        }
    }
}
