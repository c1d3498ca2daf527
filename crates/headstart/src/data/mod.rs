//! Data: built-in sets and files, as samples with labels.
//!
//! [`Dataset::load`] does all of it, in this order: read the files ([`DataSpec`] says which), find what in them is
//! samples and what labels, refuse or drop missing values, infer what the labels are, hold out test data if none is
//! given, scale features and targets.

pub mod builtin;

mod assemble;
mod content;
mod error;
mod labels;
pub(crate) mod memory;
mod missing;
mod preprocess;
mod read;
mod scale_targets;
mod scaling;
mod spec;
mod split;
#[allow(dead_code, reason = "the readers are about to hand these over")]
mod table;

use std::path::Path;

use ndarray::Array2;

pub use error::DataError;
pub use preprocess::Preprocess;
pub(crate) use read::labels_beside;
pub use scale_targets::ScaleTargets;
pub use scaling::{Scaling, Transform};
pub use spec::{DataSpec, LabelKind};

use assemble::Parts;
use builtin::BuiltIn;
use content::Part;
use memory::Budget;
use preprocess::{About, Done};

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
    /// What has been done to features and targets.
    pub scaling: Scaling,
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
    /// Numbers: samples x outputs, all finite; scaled as [`Dataset::scaling`] says.
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
        Self::load_for(spec, true)
    }

    /// The same for a network that can meet any number, or that cannot: then `auto` leaves targets as they are.
    pub(crate) fn load_for(spec: &DataSpec, meets_any_number: bool) -> Result<Self, DataError> {
        Self::load_within(spec, meets_any_number, Budget::of_this_machine())
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
        Some(Self { name, train, test: Some(held), kind, scaling: self.scaling.clone(), notes: Vec::new() })
    }

    fn load_within(spec: &DataSpec, meets_any_number: bool, budget: Budget) -> Result<Self, DataError> {
        if let Some(which) = BuiltIn::from_name(&spec.data) {
            return builtin::load(which, spec);
        }
        check(spec)?;
        Self::of(spec, meets_any_number, assemble::parts(spec, budget)?)
    }

    /// What the parts of files are as samples.
    fn of(spec: &DataSpec, meets_any_number: bool, parts: Parts) -> Result<Self, DataError> {
        let Parts { mut train, mut test, mut notes } = parts;
        for part in [Some(&mut train), test.as_mut()].into_iter().flatten() {
            notes.extend(missing::check(part, spec.drop_missing)?);
        }
        if let Some(test) = &test {
            same_features(&train, test)?;
        }
        let (kind, note) = labels::infer(&train.y, spec.task)?;
        notes.push(note);
        let (source, columns, targets) = (train.x.source.clone(), train.x.columns.take(), train.y.name.clone());
        let are_images = train.x.are_images;
        let mut train = samples(train, &kind)?;
        let mut test = test.map(|test| samples(test, &kind)).transpose()?;
        if test.is_none() && spec.test_share > 0.0 {
            let note;
            (train, test, note) = hold_out(train, spec.test_share, spec.split_seed);
            notes.push(note);
        }
        let about = About { columns: columns.as_deref(), are_images, strict: spec.strict };
        let features = preprocess(spec.preprocess, &source, about, &mut train, test.as_mut(), &mut notes)?;
        let targets = if spec.scale_targets == ScaleTargets::Auto && !meets_any_number {
            Transform::Identity
        } else {
            scale_targets(spec, &source, &targets, &mut train, test.as_mut(), &mut notes)?
        };
        let name = Path::new(&spec.data).file_name().map_or(spec.data.clone(), |name| name.to_string_lossy().into());
        Ok(Self { name, train, test, kind, scaling: Scaling { features, targets }, notes })
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
        scale_targets: ScaleTargets::Standardize,
        ..DataSpec::default()
    };
    let budget = Budget::of(memory_limit);
    budget.take(name, Some(bytes.len() as u64))?;
    assemble::check(&spec, bytes.to_vec(), &budget, |parts| Dataset::of(&spec, true, parts).map(drop))
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

/// Does to the features what is asked for or needed, and says where float64 ends.
fn preprocess(
    how: Preprocess,
    source: &str,
    about: About,
    train: &mut Samples,
    test: Option<&mut Samples>,
    notes: &mut Vec<String>,
) -> Result<Transform, DataError> {
    let column = |at: usize| content::column_name(about.columns, at);
    let done = how.apply(about, &mut train.x, test.map(|test| &mut test.x)).map_err(|beyond| {
        let problem = "a value is beyond the floats once it is standardized: it is nowhere near those for training";
        DataError::content(source, format!("column {}: {problem}", column(beyond)))
    })?;
    let Done { transform, note, flattened } = done;
    notes.extend(note);
    notes.extend(flattened.first().map(|&first| {
        format!(
            "{}: the values of column {} are so small that they are all the same after --preprocess",
            words::in_a_line(source),
            column(first)
        )
    }));
    Ok(transform)
}

/// The same for targets that are numbers; `name` is what notes call them.
fn scale_targets(
    spec: &DataSpec,
    source: &str,
    name: &str,
    train: &mut Samples,
    test: Option<&mut Samples>,
    notes: &mut Vec<String>,
) -> Result<Transform, DataError> {
    let how = spec.scale_targets;
    let Targets::Values(y) = &mut train.y else {
        return match how {
            ScaleTargets::Auto | ScaleTargets::None => Ok(Transform::Identity),
            ScaleTargets::Standardize | ScaleTargets::Log => Err(DataError::Usage(
                "--scale-targets is for targets that are numbers, and these labels are classes; leave it out, or say \
                 --task regression"
                    .to_owned(),
            )),
        };
    };
    let test = test.and_then(|test| match &mut test.y {
        Targets::Values(y) => Some(y),
        Targets::Classes(_) => None,
    });
    let (transform, note) =
        how.apply(name, spec.strict, y, test).map_err(|problem| DataError::content(source, problem))?;
    notes.extend(note);
    Ok(transform)
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
