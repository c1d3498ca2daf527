//! Data: built-in sets and files, as samples with labels.
//!
//! [`Dataset::load`] does all of it, in this order: read the files ([`DataSpec`] says which), find what in them is
//! samples and what labels, refuse or drop missing values, infer what the labels are, hold out test data if none is
//! given, scale features and targets.

pub mod builtin;

mod assemble;
mod axes;
mod columns;
pub(crate) mod content;
mod error;
pub mod given;
mod imbalance;
mod labels;
pub(crate) mod memory;
mod missing;
mod prepare;
mod preprocess;
mod read;
mod recipe;
mod scale_targets;
mod scaling;
mod shape;
mod spec;
mod split;
mod table;

use std::path::Path;

use ndarray::Array2;
use serde::{Deserialize, Serialize};

pub(crate) use columns::day;
pub use columns::{Becomes, ColumnNames, ColumnPlan, ColumnReport, Decimal, Facts, Filled, Reason, Writing};
pub use columns::{MANY_MISSING, MOST_LEVELS};
pub(crate) use content::listed;
pub use error::DataError;
pub use preprocess::Preprocess;
pub(crate) use read::labels_beside;
pub use recipe::{Reading, Recipe};
pub use scale_targets::ScaleTargets;
pub use scaling::{Scaling, Transform};
pub use shape::Shape;
pub use spec::{DataSpec, LabelKind, Missing};

use assemble::Parts;
use axes::{Axes, Said};
use builtin::BuiltIn;
use columns::Options;
use content::{Archive, Content, LabelColumn};
use memory::Budget;
use prepare::Prepared;
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
    /// What early stopping judges by, if it was asked for.
    pub validation: Option<Samples>,
    /// What the labels are.
    pub kind: Kind,
    /// What became of the columns of a table; nothing of other data.
    pub columns: Vec<ColumnReport>,
    /// The names of the features, where they are made of a table.
    pub features: Vec<String>,
    /// The shape of every sample, as it was given or as the file says; none where neither says any, or where a table's columns are
    /// not features one by one.
    pub shape: Option<Shape>,
    /// The names of the label columns, where they are columns; the position of one without a name.
    pub labels: Vec<String>,
    /// What has been done to features and targets.
    pub scaling: Scaling,
    /// How samples were read before: what new ones need besides.
    pub reading: Reading,
    /// Sentences that say to a person what was inferred.
    pub notes: Vec<String>,
}

/// Samples with their labels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Samples {
    /// The features: samples x features, all finite.
    pub x: Array2<f64>,
    /// The labels, one per sample.
    pub y: Targets,
}

/// Labels, one per sample.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
        Self::load_within(spec, meets_any_number, &Budget::of_this_machine())
    }

    /// Samples that are in memory, as they are.
    pub fn of(name: impl Into<String>, kind: Kind, train: Samples, test: Option<Samples>) -> Self {
        let (columns, features, labels, notes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (scaling, reading, validation, shape) = (Scaling::default(), Reading::default(), None, None);
        let name = name.into();
        Self { name, train, test, validation, kind, columns, features, shape, labels, scaling, reading, notes }
    }

    /// What becomes of the columns of a table; nothing of other data.
    pub fn plans(&self) -> Vec<ColumnPlan> {
        self.columns.iter().map(|column| column.plan.clone()).collect()
    }

    /// The share of the training samples that the most frequent class has, as often as guessing it is right; none in regression.
    pub fn majority_share(&self) -> Option<f64> {
        self.share_of_majority(&self.train)
    }

    /// How often guessing that class is right on the test samples; none without any.
    pub fn majority_share_of_test(&self) -> Option<f64> {
        self.share_of_majority(self.test.as_ref()?)
    }

    /// The share of some samples that are of the class that most training samples have; the first of several.
    fn share_of_majority(&self, samples: &Samples) -> Option<f64> {
        let (Kind::Classes(names), Targets::Classes(seen), Targets::Classes(classes)) =
            (&self.kind, &self.train.y, &samples.y)
        else {
            return None;
        };
        let mut counts = vec![0_usize; names.len()];
        for &class in seen {
            counts[class] += 1;
        }
        let most = counts.iter().enumerate().rev().max_by_key(|(_, count)| **count)?.0;
        Some(classes.iter().filter(|class| **class == most).count() as f64 / classes.len().max(1) as f64)
    }

    /// The same with a part of the training samples held out in the place of the test samples, which are not
    /// in it: by a seed, as many of every class, a share of the smallest one. None if there are too few samples.
    pub fn holding_out(&self, share: f64, seed: u64) -> Option<Self> {
        let out = split::held_out_evenly(&self.train.y, share, seed);
        if !out.contains(&true) {
            return None;
        }
        let (train, held) = divided(self.train.clone(), &out);
        let validation = self.validation.clone();
        Some(Self { train, test: Some(held), validation, notes: Vec::new(), ..self.without_samples() })
    }

    /// The same with a share of the training samples set aside for early stopping, stratified by the seed of the split.
    fn with_validation(self, spec: &DataSpec) -> Result<Self, DataError> {
        let share = spec.validation_share;
        if share == 0.0 {
            return Ok(self);
        }
        if !(0.0..1.0).contains(&share) {
            let problem = format!("--validation-share {share} is not a share from 0 up to, not including, 1");
            return Err(DataError::Usage(problem));
        }
        // Another split than that of the test samples.
        let out = split::held_out(&self.train.y, share, spec.split_seed.wrapping_add(1));
        let (count, all) = (out.iter().filter(|out| **out).count(), out.len());
        if count == 0 {
            let problem =
                format!("--validation-share {share}: of {all} training samples that is none; give a larger share");
            return Err(DataError::Usage(problem));
        }
        let mut set = self.without_samples();
        let (train, validation) = divided(self.train, &out);
        set.notes.push(format!("{count} of {all} training samples are set aside to judge when to stop"));
        Ok(Self { train, test: self.test, validation: Some(validation), ..set })
    }

    /// All but the samples.
    fn without_samples(&self) -> Self {
        let train = Samples { x: Array2::zeros((0, 0)), y: Targets::Classes(Vec::new()) };
        let Self { name, kind, columns, features, shape, labels, scaling, reading, notes, .. } = self;
        Self {
            name: name.clone(),
            train,
            test: None,
            validation: None,
            kind: kind.clone(),
            columns: columns.clone(),
            features: features.clone(),
            shape: *shape,
            labels: labels.clone(),
            scaling: scaling.clone(),
            reading: reading.clone(),
            notes: notes.clone(),
        }
    }

    fn load_within(spec: &DataSpec, meets_any_number: bool, budget: &Budget) -> Result<Self, DataError> {
        if let (Some(which), false) = (BuiltIn::from_name(&spec.data), spec.given.has_data()) {
            return builtin::load(which, spec, meets_any_number)?.with_shape(spec)?.with_validation(spec);
        }
        check(spec)?;
        let set = Self::of_parts(spec, meets_any_number, assemble::parts(spec, budget)?, budget)?;
        set.with_shape(spec)?.with_validation(spec)
    }

    /// The same with the shape that is given, if one is.
    fn with_shape(self, spec: &DataSpec) -> Result<Self, DataError> {
        let Some(shape) = spec.shape else { return Ok(self) };
        let (wanted, features) = (shape.features(), self.train.x.ncols());
        if wanted == features {
            return Ok(Self { shape: Some(shape), ..self });
        }
        // Its columns would fit, had they been left as they are.
        let hint = if self.columns.len() == wanted {
            "; its columns would be as many, but not each of them is one feature: headstart data shows what becomes of each, and \
             --strict leaves them as they are"
        } else {
            ", which has to be the same; give another shape, or leave --shape out"
        };
        let (name, numbers) = (words::in_a_line(&self.name), words::many(wanted as u64, "number"));
        let features = words::many(features as u64, "feature");
        Err(DataError::Usage(format!("--shape {shape}: that is {numbers}, but {name} has {features}{hint}")))
    }

    /// What the parts of files are as samples.
    fn of_parts(spec: &DataSpec, meets_any_number: bool, parts: Parts, budget: &Budget) -> Result<Self, DataError> {
        let options = Options { missing: spec.missing()?, strict: spec.strict, keeps_constant: spec.shape.is_some() };
        let Parts { train, test, mut notes, transposed } = parts;
        let mut train = Prepared::of(train, &spec.columns, options, &mut notes)?;
        // Rows that are said to have a shape are images as those are that a file has as such.
        if let Some(shape) = spec.shape.filter(|_| !train.axes.are_several()) {
            train.axes = Axes::of_shape(shape);
        }
        let mut test = test.map(|test| Prepared::like(test, &train, options, &mut notes)).transpose()?;
        for part in [Some(&mut train), test.as_mut()].into_iter().flatten() {
            notes.extend(missing::leave_out(part, options.missing)?);
        }
        let (kind, note) = labels::infer(&train.y, spec.task)?;
        notes.push(note);
        let (labels, targets, axes) = (train.y.columns.clone(), train.y.name.clone(), train.axes.clone());
        let called: Vec<String> = labels.iter().map(LabelColumn::called).collect();
        let (y, rows) = (labels::targets(&train.y, &kind)?, train.y.labels.len());
        let y_test = test.as_ref().map(|test| labels::targets(&test.y, &kind)).transpose()?;
        if test.is_some() {
            check_split_unasked(spec)?;
        }
        let holds_out = test.is_none() && spec.test_share > 0.0;
        let held = if holds_out { split::held_out(&y, spec.test_share, spec.split_seed) } else { vec![false; rows] };
        let source = train.source.clone();
        let numbers = prepare::numbers(train, test, &held, &spec.columns, options, budget, &mut notes)?;
        notes.extend(holds_out.then(|| said_of_split(&held, &y, spec)));
        let (y, y_held) =
            if held.contains(&true) { divided_targets(y, &held) } else { (y, Targets::Classes(Vec::new())) };
        let mut train = Samples { x: numbers.train, y };
        let mut test = numbers.test.map(|x| Samples { x, y: y_test.unwrap_or(y_held) });
        notes.extend(imbalance::note(&kind, &train.y));
        let names = (!numbers.names.is_empty()).then_some(numbers.names.as_slice());
        // Where labels were taken out of an array, the others are no image any more.
        let is_said = spec.shape.is_none() && axes.features() == train.x.ncols();
        let Said { shape, note } = if is_said { axes.said() } else { Said::default() };
        notes.extend(note.map(|note| format!("{}: {note}", words::in_a_line(&source))));
        let about = About { columns: names, are_images: axes.are_several(), strict: spec.strict };
        let scaled = preprocess(spec.preprocess, &source, about, &mut train, test.as_mut(), &mut notes)?;
        let targets = if spec.scale_targets == ScaleTargets::Auto && !meets_any_number {
            Transform::Identity
        } else {
            scale_targets(spec, &source, (&targets, &called), &mut train, test.as_mut(), &mut notes)?
        };
        let scaling = Scaling { features: scaled, targets };
        let name = Path::new(&spec.data).file_name().map_or(spec.data.clone(), |name| name.to_string_lossy().into());
        let (columns, features) = (numbers.columns, numbers.names);
        let reading = Reading { missing: options.missing, fills: numbers.fills, transposed };
        let labels = labels.iter().map(LabelColumn::key).collect();
        let validation = None;
        Ok(Self { name, train, test, validation, kind, columns, features, shape, labels, scaling, reading, notes })
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
        missing: Some(Missing::Fill),
        preprocess: Preprocess::Standardize,
        scale_targets: ScaleTargets::Standardize,
        ..DataSpec::default()
    };
    let budget = Budget::of(memory_limit);
    budget.take(name, Some(bytes.len() as u64))?;
    assemble::check(&spec, bytes.to_vec(), &budget, |parts| Dataset::of_parts(&spec, true, parts, &budget).map(drop))
}

/// The named arrays of a file of these bytes (NPZ, HDF5), which weights are kept in, too; `name` is what messages call it.
pub(crate) fn archive(name: &str, bytes: Vec<u8>, budget: &Budget) -> Result<Box<dyn Archive>, DataError> {
    budget.take(name, Some(bytes.len() as u64))?;
    match read::read_bytes(name.to_owned(), bytes, budget)? {
        Content::Archive(archive) => Ok(archive),
        _ => Err(DataError::content(name, "it has no arrays with names")),
    }
}

/// Refuses what no file could make sense of.
fn check(spec: &DataSpec) -> Result<(), DataError> {
    if spec.data.is_empty() {
        return Err(DataError::Usage(format!("no data: name a file by --data, or one of {}", BuiltIn::list())));
    }
    if !spec.given.has_data() && !Path::new(&spec.data).exists() {
        let nearest = BuiltIn::nearest(&spec.data);
        return Err(DataError::UnknownName { name: spec.data.clone(), nearest });
    }
    check_test_share(spec)?;
    let built_in_only = [
        ("--samples", spec.samples.is_some()),
        ("--noise", spec.noise.is_some()),
        ("--data-seeds", spec.data_seeds.is_some()),
        ("--centers", spec.centers.is_some()),
        ("--classes", spec.classes.is_some()),
        ("--class-sep", spec.class_sep.is_some()),
        ("--set-features", spec.set_features.is_some()),
        ("--informative", spec.informative.is_some()),
    ];
    match built_in_only.iter().find(|(_, given)| *given) {
        Some((flag, _)) => {
            Err(DataError::Usage(format!("{flag} is for built-in data ({}), not for files", BuiltIn::list())))
        }
        None => Ok(()),
    }
}

fn check_test_share(spec: &DataSpec) -> Result<(), DataError> {
    if (0.0..1.0).contains(&spec.test_share) {
        return Ok(());
    }
    let problem = format!("--test-share {} is not a share from 0 up to, not including, 1", spec.test_share);
    Err(DataError::Usage(problem))
}

/// Refuses to be asked for a part to be held out where there is test data; to hold out none is what is done.
fn check_split_unasked(spec: &DataSpec) -> Result<(), DataError> {
    let asked = [
        ("test-share", ![spec::TEST_SHARE, 0.0].contains(&spec.test_share)),
        ("split-seed", spec.split_seed != spec::SPLIT_SEED),
    ];
    match asked.iter().find(|(_, given)| *given) {
        Some((flag, _)) => Err(DataError::Usage(format!(
            "--{flag} says which samples are held out for testing, and there is test data of its own; leave it out"
        ))),
        None => Ok(()),
    }
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
    let column = |at: usize| content::called(about.columns, at);
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

/// The same for targets that are numbers; `name` is what notes call them, and `called` what each is called, if they have names.
fn scale_targets(
    spec: &DataSpec,
    source: &str,
    (name, called): (&str, &[String]),
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
        how.apply(name, called, spec.strict, y, test).map_err(|problem| DataError::content(source, problem))?;
    notes.extend(note);
    Ok(transform)
}

/// What to say of samples that are held out.
fn said_of_split(held: &[bool], y: &Targets, spec: &DataSpec) -> String {
    let out = held.iter().filter(|&&out| out).count();
    if out == 0 {
        return "no test data given, and too few samples to hold any out".to_owned();
    }
    let how = if matches!(y, Targets::Classes(_)) { "stratified, " } else { "" };
    let share = |share: f64| (share * 1000.0).round() / 10.0;
    let (asked, done) = (share(spec.test_share), share(out as f64 / held.len() as f64));
    // Small classes keep their samples, and no part of a sample can be held out.
    let is_less = asked - done > 1.0;
    let less =
        if is_less { format!(" ({asked}% was asked for, but small classes keep theirs)") } else { String::new() };
    format!(
        "no test data given: {}% of the rows ({out} of {}), {how}seed {}, are held out{less}",
        if is_less { done } else { asked },
        held.len(),
        spec.split_seed
    )
}

/// The samples that stay, and those that are marked.
fn divided(all: Samples, marked: &[bool]) -> (Samples, Samples) {
    let stays: Vec<bool> = marked.iter().map(|out| !out).collect();
    let (y, y_out) = divided_targets(all.y, marked);
    let held = missing::copy_rows(&all.x.view(), marked);
    (Samples { x: missing::keep_rows(all.x, &stays), y }, Samples { x: held, y: y_out })
}

fn divided_targets(y: Targets, marked: &[bool]) -> (Targets, Targets) {
    let stays: Vec<bool> = marked.iter().map(|out| !out).collect();
    match y {
        Targets::Classes(classes) => {
            let of = |marked: &[bool]| {
                Targets::Classes(classes.iter().zip(marked).filter(|(_, marked)| **marked).map(|(&c, _)| c).collect())
            };
            (of(&stays), of(marked))
        }
        Targets::Values(values) => {
            let held = missing::copy_rows(&values.view(), marked);
            (Targets::Values(missing::keep_rows(values, &stays)), Targets::Values(held))
        }
    }
}

#[cfg(test)]
mod tests;
