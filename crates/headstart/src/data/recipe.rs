//! What samples go through before a network sees them, so that new ones can go through the same.

use ndarray::{Array2, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use super::columns::{self, Becomes, ColumnPlan, Filled, Known, Options, Seen, look_as};
use super::content::{FeatureValues, Features, Given, Rows, called};
use super::given::Source;
use super::memory::Budget;
use super::prepare::in_order;
use super::spec::Missing;
use super::table::Column;
use super::{DataError, Dataset, Transform, assemble, missing};

/// How samples were read, beside what [`Dataset::columns`] and [`Dataset::scaling`] say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// What was done where numbers were missing.
    pub missing: Missing,
    /// The columns of an array in which numbers were missing, from 0, and what stands for them.
    pub fills: Vec<(usize, f64)>,
    /// Whether the samples of an array were in its columns.
    pub transposed: bool,
}

impl Default for Reading {
    /// Samples in memory, or drawn: nothing is missing.
    fn default() -> Self {
        Self { missing: Missing::Error, fills: Vec::new(), transposed: false }
    }
}

/// What was done to the samples of a data set to make features of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// What becomes of the columns, in their order. Of an array each is a number.
    columns: Vec<ColumnPlan>,
    /// Whether they are those of a table.
    is_table: bool,
    /// Whether samples of an array are in its columns.
    transposed: bool,
    missing: Missing,
    /// What is done to features once they are numbers.
    scaling: Transform,
}

/// What messages call the samples that a recipe is from.
const TRAINING: &str = "the training data";

impl Recipe {
    /// That of a data set.
    pub fn of(dataset: &Dataset) -> Self {
        let Reading { missing, transposed, .. } = dataset.reading;
        let (plans, scaling) = (dataset.plans(), dataset.scaling.features.clone());
        let is_table = !plans.is_empty();
        let columns = if is_table { plans } else { numbers(dataset) };
        Self { columns, is_table, transposed, missing, scaling }
    }

    /// How many features it makes of a sample.
    pub fn features_count(&self) -> usize {
        self.names().len()
    }

    /// The names of the features, in their order: of a level `column=level`, of an indicator `column missing`; positions from 0 where
    /// there are no names.
    pub fn names(&self) -> Vec<String> {
        columns::names(&self.columns)
    }

    /// The columns that features are made of, in their order: the names that a table with new samples needs, or positions from 0.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().filter(|plan| is_used(plan)).map(|plan| plan.column.as_str())
    }

    /// The features (samples x features) of raw samples: the same bits as those of training samples that are the same. `name` is what
    /// messages call them.
    ///
    /// An array has a row for each sample, or a column where the training samples were in columns, and all further axes are flattened.
    /// Columns of a table go by their names, or, where either table has none, by their order; labels and others that are not used may be
    /// there. An array is taken for a table that has as many columns. What is missing is filled as in training; a level that no training
    /// sample has makes zeros.
    ///
    /// # Errors
    /// If there are no samples, columns are missing or are not as many, a cell is not what it was in training, a number is not finite,
    /// or missing where training filled nothing in.
    pub fn features(&self, name: &str, source: &Source) -> Result<Array2<f64>, DataError> {
        let budget = Budget::of_this_machine();
        let Features { source, values, rows, .. } = assemble::samples(name, source.content(name, &budget)?, &budget)?;
        let x = match values {
            FeatureValues::Array(x) if self.is_table => {
                self.of_columns(&source, &rows, columns_of(&x.view()), &budget)?
            }
            FeatureValues::Array(x) => {
                let x =
                    if self.transposed { x.reversed_axes().as_standard_layout().into_owned() } else { x.into_owned() };
                self.of_array(&source, x)?
            }
            FeatureValues::Columns(given) => self.of_columns(&source, &rows, given, &budget)?,
        };
        self.scaled(&source, &rows, x)
    }

    fn of_array(&self, source: &str, mut x: Array2<f64>) -> Result<Array2<f64>, DataError> {
        self.check_count(source, x.ncols())?;
        for (sample, mut row) in x.rows_mut().into_iter().enumerate() {
            for ((j, value), plan) in row.iter_mut().enumerate().zip(&self.columns) {
                if value.is_nan()
                    && let Becomes::Number { missing: Filled { fill: Some(fill), .. }, .. } = &plan.becomes
                {
                    *value = *fill;
                }
                if !value.is_finite() {
                    return Err(self.refused(source, sample + 1, called(None, j), *value));
                }
            }
        }
        Ok(x)
    }

    fn of_columns(
        &self,
        source: &str,
        rows: &Rows,
        given: Vec<Given>,
        budget: &Budget,
    ) -> Result<Array2<f64>, DataError> {
        let name = |given: &Given| given.name.clone().filter(|name| !name.is_empty());
        let has_names = given.iter().any(|given| name(given).is_some());
        let is_there = |column: &str| given.iter().any(|given| name(given).is_some_and(|name| name == column));
        let by_name = has_names && (self.has_names() || self.columns().all(is_there));
        let by_position = !has_names && !self.has_names() && given.len() > self.columns.len();
        let given = if by_name || by_position {
            let wanted: Vec<(String, bool)> =
                self.columns.iter().map(|plan| (plan.column.clone(), is_used(plan))).collect();
            in_order(source, given, &wanted, TRAINING, &mut Vec::new())?
        } else {
            self.check_count(source, given.len())?;
            given
        };
        let known: Vec<Known> = self.columns.iter().map(Known::from).collect();
        // What is missing, or not finite, is looked for below.
        let options = Options { missing: Missing::Drop, strict: false, keeps_constant: true };
        let seen = look_as(source, rows, given, &known, options)?;
        let count = seen.iter().find(|column| column.left_out.is_none()).map_or(0, Seen::len);
        for (column, plan) in seen.iter().zip(&self.columns).filter(|(column, _)| column.left_out.is_none()) {
            if let Some((row, value)) = self.odd(column, plan) {
                return Err(self.refused(source, rows.at(row), column.given.called(), value));
            }
        }
        let (x, _) = columns::features(source, &self.columns, &seen, &vec![true; count], budget)?;
        Ok(x)
    }

    /// The first cell of a column of which no feature can be made, and its number; NaN of one that is missing.
    fn odd(&self, column: &Seen, plan: &ColumnPlan) -> Option<(usize, f64)> {
        let stands_for_missing = match &plan.becomes {
            Becomes::Number { missing, .. } | Becomes::TruthValue { missing } | Becomes::Time { missing, .. } => {
                missing.fill.is_some()
            }
            // Where nothing is filled in, that nothing is there is what it says.
            Becomes::OneHot { .. } | Becomes::LeftOut { .. } => self.missing == Missing::Fill,
        };
        (0..column.len()).filter(|&row| column.is_missing(row)).find_map(|row| {
            let value = column.number(row).unwrap_or(f64::NAN);
            (!value.is_nan() || !stands_for_missing).then_some((row, value))
        })
    }

    fn scaled(&self, source: &str, rows: &Rows, mut x: Array2<f64>) -> Result<Array2<f64>, DataError> {
        if self.scaling == Transform::Identity {
            return Ok(x);
        }
        for (sample, mut row) in x.rows_mut().into_iter().enumerate() {
            for (j, value) in row.iter_mut().enumerate() {
                *value = self.scaling.apply(j, *value);
                if !value.is_finite() {
                    let names = self.names();
                    return Err(DataError::Cell {
                        file: source.to_owned(),
                        row: rows.at(sample),
                        column: called(self.has_names().then_some(names.as_slice()), j),
                        problem:
                            "the value is beyond the floats once it is scaled as those for training were, and nowhere \
                                  near them"
                                .to_owned(),
                    });
                }
            }
        }
        Ok(x)
    }

    /// Whether the columns have names, and not positions in their place.
    fn has_names(&self) -> bool {
        self.columns.iter().any(|plan| plan.column.parse::<usize>().is_err())
    }

    fn check_count(&self, source: &str, count: usize) -> Result<(), DataError> {
        let wanted = self.columns.len();
        if count == wanted {
            return Ok(());
        }
        let (noun, of) = if self.is_table { ("columns", "") } else { ("features", " per sample") };
        let turned = if self.transposed { "; samples are in columns, as those for training" } else { "" };
        let by_name = if self.has_names() {
            let used: Vec<String> = self.columns().map(str::to_owned).collect();
            format!("; a table with the columns {} may have others, too", super::content::listed(&used))
        } else {
            String::new()
        };
        let problem = format!("{count} {noun}{of}, but {TRAINING} has {wanted}{turned}{by_name}");
        Err(DataError::content(source, problem))
    }

    fn refused(&self, source: &str, row: usize, column: String, value: f64) -> DataError {
        let problem = match self.missing {
            _ if !value.is_nan() => format!("{value} is not a finite number"),
            Missing::Drop => {
                "nothing is there, and training left such samples out: fill it in, or leave the sample out".to_owned()
            }
            Missing::Error | Missing::Fill => {
                "nothing is there, and training knows nothing that could stand for it: fill \
                                               it in, or leave the sample out"
                    .to_owned()
            }
        };
        DataError::Cell { file: source.to_owned(), row, column, problem }
    }
}

fn is_used(plan: &ColumnPlan) -> bool {
    !matches!(plan.becomes, Becomes::LeftOut { .. })
}

/// An array as the columns of a table without names.
fn columns_of(x: &ArrayView2<f64>) -> Vec<Given> {
    let given = |(position, column): (usize, ndarray::ArrayView1<f64>)| {
        let cells = Column::Numbers { values: column.to_vec(), rounded: false };
        Given { name: None, position, is_asked_for: false, cells }
    };
    x.columns().into_iter().enumerate().map(given).collect()
}

/// The plan of an array, whose columns are numbers.
fn numbers(dataset: &Dataset) -> Vec<ColumnPlan> {
    let (x, reading) = (&dataset.train.x, &dataset.reading);
    let name = |j: usize| dataset.features.get(j).cloned().unwrap_or_else(|| j.to_string());
    let sums = x.sum_axis(Axis(0));
    // Of a column in which nothing was missing the mean of what it has become, as it was before.
    let mean = |j: usize| {
        let mean = if sums[j].is_finite() {
            sums[j] / x.nrows() as f64
        } else {
            missing::mean_of(|| x.column(j).into_iter().copied()).unwrap_or(0.0)
        };
        dataset.scaling.features.undo(j, mean)
    };
    let plan = |j: usize| {
        let kept = reading.fills.binary_search_by_key(&j, |(column, _)| *column);
        let fill = || kept.map_or_else(|_| mean(j), |at| reading.fills[at].1);
        let fill = (reading.missing == Missing::Fill).then(fill);
        ColumnPlan {
            column: name(j),
            becomes: Becomes::Number { written: None, missing: Filled { fill, indicator: false } },
        }
    };
    (0..x.ncols()).map(plan).collect()
}
