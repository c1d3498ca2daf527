//! Data: built-in sets and files, as samples with labels.
//!
//! [`Dataset::load`] does all of it, in this order: read the files ([`DataSpec`] says which), find what in them is
//! samples and what labels, refuse or drop missing values, infer what the labels are, hold out test data if none is
//! given, preprocess the features.

pub mod builtin;

mod assemble;
mod content;
mod error;
mod imbalance;
mod labels;
pub(crate) mod memory;
mod missing;
mod preprocess;
mod read;
mod spec;
mod split;
#[allow(dead_code, reason = "the readers are about to hand these over")]
mod table;

use std::path::Path;

use ndarray::Array2;

pub(crate) use content::listed;
pub use error::DataError;
pub use preprocess::Preprocess;
pub(crate) use read::labels_beside;
pub use spec::{DataSpec, LabelKind};

use assemble::Parts;
use builtin::BuiltIn;
use content::Part;
use memory::Budget;

use crate::words;

/// Samples to train on and samples to test on.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// The built-in set's name, or the file's.
    pub name: String,
    /// What to train on.
    pub train: Samples,
    /// What to test on, if there is anything.
    pub test: Option<Samples>,
    /// What the labels are.
    pub kind: Kind,
    /// What has been done to the features.
    pub preprocess: Preprocess,
    /// Sentences that say to a person what was inferred.
    pub notes: Vec<String>,
}

/// Samples with their labels.
#[derive(Clone, Debug, PartialEq)]
pub struct Samples {
    /// The features: samples x features, all finite.
    pub x: Array2<f64>,
    /// The labels, one per sample.
    pub y: Targets,
}

/// Labels, one per sample.
#[derive(Clone, Debug, PartialEq)]
pub enum Targets {
    /// Indices into the names of [`Kind::Classes`].
    Classes(Vec<usize>),
    /// Numbers: samples x outputs, all finite.
    Values(Array2<f64>),
}

impl Targets {
    /// The number of samples.
    pub fn len(&self) -> usize {
        match self {
            Self::Classes(classes) => classes.len(),
            Self::Values(values) => values.nrows(),
        }
    }

    /// Whether there are no samples.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What labels are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Classes, by name and in order: two or more.
    Classes(Vec<String>),
    /// Numbers to be met.
    Regression {
        /// Numbers per sample.
        outputs: usize,
    },
}

impl Kind {
    /// Whether there are two classes: then one output that says how likely the second is does for both.
    pub fn is_binary(&self) -> bool {
        matches!(self, Self::Classes(names) if names.len() == 2)
    }
}

impl Dataset {
    /// Loads what `spec` asks for: a built-in set by its name, anything else as a file.
    ///
    /// # Errors
    ///
    /// [`DataError`] says what was wrong, where, and what to do. [`DataError::is_usage`] tells a request that makes no
    /// sense from data that cannot be used.
    pub fn load(spec: &DataSpec) -> Result<Self, DataError> {
        Self::load_within(spec, Budget::of_this_machine())
    }

    /// The same with a part of the training samples held out for validation in the place of the test samples, which are not
    /// in it: by a seed, as many of every class, a share of the smallest one. None if there are too few samples.
    pub fn validation(&self, share: f64, seed: u64) -> Option<Self> {
        let out = split::held_out_evenly(&self.train.y, share, seed);
        if !out.contains(&true) {
            return None;
        }
        let (train, held) = divided(self.train.clone(), &out);
        let (name, kind) = (self.name.clone(), self.kind.clone());
        Some(Self { name, train, test: Some(held), kind, preprocess: self.preprocess, notes: Vec::new() })
    }

    fn load_within(spec: &DataSpec, budget: Budget) -> Result<Self, DataError> {
        if let Some(which) = BuiltIn::from_name(&spec.data) {
            return builtin::load(which, spec);
        }
        check(spec)?;
        Self::of(spec, assemble::parts(spec, budget)?)
    }

    /// What the parts of files are as samples.
    fn of(spec: &DataSpec, parts: Parts) -> Result<Self, DataError> {
        let Parts { mut train, mut test, mut notes } = parts;
        for part in [Some(&mut train), test.as_mut()].into_iter().flatten() {
            notes.extend(missing::check(part, spec.drop_missing)?);
        }
        if let Some(test) = &test {
            same_features(&train, test)?;
        }
        let (kind, note) = labels::infer(&train.y, spec.task)?;
        notes.push(note);
        let (source, columns) = (train.x.source.clone(), train.x.columns.take());
        let mut train = samples(train, &kind)?;
        let mut test = test.map(|test| samples(test, &kind)).transpose()?;
        if test.is_none() && spec.test_share > 0.0 {
            let note;
            (train, test, note) = hold_out(train, spec.test_share, spec.split_seed);
            notes.push(note);
        }
        notes.extend(imbalance::note(&kind, &train.y));
        notes.extend(preprocess(spec.preprocess, &source, columns.as_deref(), &mut train, test.as_mut())?);
        let name = Path::new(&spec.data).file_name().map_or(spec.data.clone(), |name| name.to_string_lossy().into());
        Ok(Self { name, train, test, kind, preprocess: spec.preprocess, notes })
    }
}

/// Decodes all that a file of these bytes holds, within so much memory, and keeps nothing of it. For programs that try the
/// readers on damaged files; `name` counts where the content does not tell the format.
///
/// # Errors
/// As [`Dataset::load`]: whatever the bytes are, there is an error or none, but no panic and no more memory than a few times
/// the limit.
pub fn check_bytes(name: &str, bytes: &[u8], memory_limit: u64) -> Result<(), DataError> {
    let spec = DataSpec {
        data: name.to_owned(),
        drop_missing: true,
        preprocess: Preprocess::Standardize,
        ..DataSpec::default()
    };
    let budget = Budget::of(memory_limit);
    budget.take(name, Some(bytes.len() as u64))?;
    assemble::check(&spec, bytes.to_vec(), &budget, |parts| Dataset::of(&spec, parts).map(drop))
}

/// Refuses what no file could make sense of.
fn check(spec: &DataSpec) -> Result<(), DataError> {
    if spec.data.is_empty() {
        return Err(DataError::Usage(format!("no data: name a file by --data, or one of {}", BuiltIn::list())));
    }
    if !Path::new(&spec.data).exists() {
        let nearest = BuiltIn::nearest(&spec.data);
        return Err(DataError::UnknownName { name: spec.data.clone(), nearest });
    }
    if !(0.0..1.0).contains(&spec.test_share) {
        let problem = format!("--test-share {} is not a share from 0 up to, not including, 1", spec.test_share);
        return Err(DataError::Usage(problem));
    }
    let built_in_only = [
        ("--samples", spec.samples.is_some()),
        ("--noise", spec.noise.is_some()),
        ("--data-seeds", spec.data_seeds.is_some()),
        ("--centers", spec.centers.is_some()),
    ];
    match built_in_only.iter().find(|(_, given)| *given) {
        Some((flag, _)) => {
            Err(DataError::Usage(format!("{flag} is for built-in data ({}), not for files", BuiltIn::list())))
        }
        None => Ok(()),
    }
}

fn same_features(train: &Part, test: &Part) -> Result<(), DataError> {
    let (expected, found) = (train.x.values.ncols(), test.x.values.ncols());
    if expected != found {
        let problem = format!("{found} features per sample, but {} has {expected}", train.x.source);
        return Err(DataError::content(&test.x.source, problem));
    }
    if let (Some(expected), Some(found)) = (&train.x.columns, &test.x.columns)
        && let Some((expected, found)) = expected.iter().zip(found).find(|(expected, found)| expected != found)
    {
        let (found, expected) = (words::foreign(found), words::foreign(expected));
        let problem = format!("column \"{found}\" stands where {} has \"{expected}\"", train.x.source);
        return Err(DataError::content(&test.x.source, problem));
    }
    Ok(())
}

fn samples(part: Part, kind: &Kind) -> Result<Samples, DataError> {
    Ok(Samples { x: part.x.values, y: labels::targets(part.y, kind)? })
}

/// Does to the features what is asked for, and says where float64 ends.
fn preprocess(
    how: Preprocess,
    source: &str,
    columns: Option<&[String]>,
    train: &mut Samples,
    test: Option<&mut Samples>,
) -> Result<Option<String>, DataError> {
    let column = |at: usize| content::column_name(columns, at);
    let constant = how.apply(&mut train.x, test.map(|test| &mut test.x)).map_err(|beyond| {
        let problem = "a value is beyond the floats once it is standardized: it is nowhere near those for training";
        DataError::content(source, format!("column {}: {problem}", column(beyond)))
    })?;
    Ok(constant.first().map(|&first| {
        format!(
            "{}: the values of column {} are so small that they are all the same after --preprocess",
            words::in_a_line(source),
            column(first)
        )
    }))
}

/// Splits test samples off, with a sentence that says so.
fn hold_out(all: Samples, share: f64, seed: u64) -> (Samples, Option<Samples>, String) {
    let out = split::held_out(&all.y, share, seed);
    if !out.contains(&true) {
        return (all, None, "no test data given, and too few samples to hold any out".to_owned());
    }
    let (train, held) = divided(all, &out);
    let how = if matches!(train.y, Targets::Classes(_)) { "stratified, " } else { "" };
    let note = format!(
        "no test data given: {}% of the rows ({} of {}), {how}seed {seed}, are held out",
        (share * 1000.0).round() / 10.0,
        held.y.len(),
        out.len()
    );
    (train, Some(held), note)
}

/// The samples that stay, and those that are marked.
fn divided(all: Samples, marked: &[bool]) -> (Samples, Samples) {
    let stays: Vec<bool> = marked.iter().map(|out| !out).collect();
    let (y, y_out) = match all.y {
        Targets::Classes(classes) => {
            let of = |marked: &[bool]| {
                Targets::Classes(classes.iter().zip(marked).filter(|(_, marked)| **marked).map(|(&c, _)| c).collect())
            };
            (of(&stays), of(marked))
        }
        Targets::Values(values) => {
            let held = missing::copy_rows(&values, marked);
            (Targets::Values(missing::keep_rows(values, &stays)), Targets::Values(held))
        }
    };
    let held = missing::copy_rows(&all.x, marked);
    (Samples { x: missing::keep_rows(all.x, &stays), y }, Samples { x: held, y: y_out })
}

#[cfg(test)]
mod tests;
