//! Built-in data sets: some that are drawn, and some that come as tables.

mod planar;
mod problems;
mod tables;

use std::fmt;

use super::content::listed;
use super::preprocess::About;
use super::{
    DataError, DataSpec, Dataset, Kind, LabelKind, Preprocess, Samples, ScaleTargets, Scaling, Targets, Transform,
};
use ndarray::Axis;
use problems::{Classification, Regression};

/// The built-in data sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuiltIn {
    /// Two circles, one within the other.
    Circles,
    /// Two half moons that reach into one another.
    Moons,
    /// Normal clouds around centers.
    Blobs,
    /// Shells of one normal cloud, with equally many points.
    Quantiles,
    /// A flower whose petals take turns.
    Flower,
    /// Spirals wound around one another.
    Spirals,
    /// Clusters around the vertices of a hypercube, among features that say nothing.
    Classification,
    /// Numbers that are linear in some of the features.
    Regression,
    /// Handwritten digits of 8 x 8 pixels.
    Digits,
    /// Three species of irises.
    Iris,
    /// Wines of three growers.
    Wine,
    /// Malignant and benign tumors.
    BreastCancer,
    /// The progression of diabetes in a year, a number.
    Diabetes,
}

impl BuiltIn {
    /// All of them, in the order in which they are listed to people.
    pub const ALL: [Self; 13] = [
        Self::Circles,
        Self::Moons,
        Self::Blobs,
        Self::Quantiles,
        Self::Flower,
        Self::Spirals,
        Self::Classification,
        Self::Regression,
        Self::Digits,
        Self::Iris,
        Self::Wine,
        Self::BreastCancer,
        Self::Diabetes,
    ];

    /// The name that `--data` takes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Circles => "circles",
            Self::Moons => "moons",
            Self::Blobs => "blobs",
            Self::Quantiles => "quantiles",
            Self::Flower => "flower",
            Self::Spirals => "spirals",
            Self::Classification => "classification",
            Self::Regression => "regression",
            Self::Digits => "digits",
            Self::Iris => "iris",
            Self::Wine => "wine",
            Self::BreastCancer => "breast-cancer",
            Self::Diabetes => "diabetes",
        }
    }

    /// The built-in set of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|set| set.name() == name)
    }

    /// Whether it is a table of samples that were measured, to be split and scaled as a file's; the others are drawn, and taken as
    /// they are.
    pub fn is_table(self) -> bool {
        matches!(self, Self::Digits | Self::Iris | Self::Wine | Self::BreastCancer | Self::Diabetes)
    }

    /// Whether its targets, if they are numbers, have units of their own, so that they are scaled as those of a file.
    pub(crate) fn has_own_units(self) -> bool {
        self.is_table() || self == Self::Regression
    }

    /// Whether a seed draws its problem, too, and not just the samples: training and test samples then come from one draw.
    fn is_problem(self) -> bool {
        matches!(self, Self::Classification | Self::Regression)
    }

    /// The built-in set whose name is closest to `name`, if it is close enough to be a slip of the fingers.
    pub fn nearest(name: &str) -> Option<Self> {
        let name = name.to_lowercase();
        Self::ALL
            .into_iter()
            .map(|set| (strsim::damerau_levenshtein(set.name(), &name), set))
            .min_by_key(|&(distance, _)| distance)
            .filter(|&(distance, set)| 2 * distance < set.name().len())
            .map(|(_, set)| set)
    }

    /// All names, for messages.
    pub fn list() -> String {
        Self::ALL.map(Self::name).join(", ")
    }
}

impl fmt::Display for BuiltIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl BuiltIn {
    /// How many samples are drawn to train and to test on unless something else is asked for. The flower has no test
    /// set, as in the course. None of tables.
    pub fn default_samples(self) -> Option<[usize; 2]> {
        match self {
            Self::Flower => Some([400, 0]),
            table if table.is_table() => None,
            _ => Some([300, 100]),
        }
    }

    /// The noise's standard deviation unless another is asked for: of every coordinate of circles and moons, of every
    /// coordinate within a blob, of angle and radius of the flower, of the spirals' angle, of the targets of regression; of
    /// classification, the share of samples whose class is drawn at random. None where there is none.
    pub fn default_noise(self) -> Option<f64> {
        match self {
            Self::Circles => Some(0.05),
            Self::Moons | Self::Flower | Self::Spirals => Some(0.2),
            Self::Blobs => Some(1.0),
            Self::Classification => Some(0.01),
            Self::Regression => Some(0.0),
            _ => None,
        }
    }

    /// The seeds of the training and the test draw unless others are asked for. A seed of blobs decides where their
    /// centers are, so both draws need the same one; those of the first center are then partly the same points. Of
    /// classification and regression there is one draw only.
    pub fn default_seeds(self) -> [u64; 2] {
        if self == Self::Blobs || self.is_problem() { [1, 1] } else { [1, 2] }
    }
}

/// Draws or reads the built-in set `which` as `spec` asks for.
///
/// # Errors
/// If the specification makes no sense for it.
pub(crate) fn load(which: BuiltIn, spec: &DataSpec, meets_any_number: bool) -> Result<Dataset, DataError> {
    check_flags(which, spec)?;
    let ((mut train, mut test, kind, mut notes), columns) =
        if which.is_table() { table(which, spec)? } else { (drawn(which, spec)?, None) };
    check_task(which, spec, &kind)?;
    let about = About { columns: columns.as_deref(), are_images: false, strict: spec.strict };
    // What is drawn has the size that it is drawn with, unless somebody asks for another one.
    let scaled = match (which.is_table(), spec.preprocess) {
        (false, Preprocess::Auto | Preprocess::None) => Transform::Identity,
        (_, how) => super::preprocess(how, which.name(), about, &mut train, test.as_mut(), &mut notes)?,
    };
    // Targets of regression are hundreds, which no output meets in the steps that one trains for.
    let is_scaled = which.has_own_units();
    let targets = match (is_scaled && meets_any_number, spec.scale_targets) {
        (false, ScaleTargets::Auto | ScaleTargets::None) => Transform::Identity,
        _ => super::scale_targets(spec, which.name(), ("targets", &[]), &mut train, test.as_mut(), &mut notes)?,
    };
    let (scaling, features) = (Scaling { features: scaled, targets }, columns.unwrap_or_default());
    Ok(Dataset { features, scaling, notes, ..Dataset::of(which.name(), kind, train, test) })
}

fn usage<T>(message: String) -> Result<T, DataError> {
    Err(DataError::Usage(message))
}

/// Refuses flags that are for other data.
fn check_flags(which: BuiltIn, spec: &DataSpec) -> Result<(), DataError> {
    let for_files = [
        ("test-data", spec.test_data.is_some()),
        ("labels", spec.labels.is_some()),
        ("test-labels", spec.test_labels.is_some()),
        ("label", spec.label.is_some()),
        ("features", spec.features.is_some()),
        ("drop", spec.drop.is_some()),
        ("columns", !spec.columns.is_empty()),
        ("x-key", spec.x_key.is_some()),
        ("y-key", spec.y_key.is_some()),
        ("transpose", spec.transpose),
        ("missing", spec.missing.is_some()),
        ("drop-missing", spec.drop_missing),
    ];
    if let Some((flag, _)) = for_files.iter().find(|(_, given)| *given) {
        return usage(format!("--{flag} is for data from files, and {which} is built in; leave it out"));
    }
    // What a configuration file says by itself, the usual share and seed, says nothing here.
    let of_split = [
        ("test-share", spec.test_share != super::spec::TEST_SHARE),
        ("split-seed", spec.split_seed != super::spec::SPLIT_SEED),
    ];
    if let Some((flag, _)) = of_split.iter().find(|(_, given)| *given && !which.is_table()) {
        let samples = "--samples 300,100 says how many samples are drawn to train and to test on, and --data-seeds by which seeds";
        return usage(format!("--{flag} is for tables, of which a part is held out, and {which} is drawn: {samples}"));
    }
    // Of what is drawn only the targets of regression are scaled.
    if spec.strict && !which.is_table() && which != BuiltIn::Regression {
        return usage(format!(
            "--strict is for tables, and {which} is drawn, of which nothing is refused or scaled; leave it out"
        ));
    }
    let (classification, regression) = (BuiltIn::Classification, BuiltIn::Regression);
    let for_some: [(_, _, &[BuiltIn]); 5] = [
        ("centers", spec.centers.is_some(), &[BuiltIn::Blobs, classification]),
        ("classes", spec.classes.is_some(), &[classification]),
        ("class-sep", spec.class_sep.is_some(), &[classification]),
        ("set-features", spec.set_features.is_some(), &[classification, regression]),
        ("informative", spec.informative.is_some(), &[classification, regression]),
    ];
    for (flag, given, sets) in for_some {
        if given && !sets.contains(&which) {
            let sets: Vec<&str> = sets.iter().map(|set| set.name()).collect();
            return usage(format!("--{flag} is for {}, and {which} has none", sets.join(" and ")));
        }
    }
    let for_drawn = [
        ("samples", spec.samples.is_some()),
        ("noise", spec.noise.is_some()),
        ("data-seeds", spec.data_seeds.is_some()),
    ];
    match for_drawn.iter().find(|(_, given)| *given && which.is_table()) {
        Some((flag, _)) => {
            usage(format!("--{flag} is for data that is drawn, and {which} is a table of what was measured"))
        }
        None => Ok(()),
    }
}

fn check_task(which: BuiltIn, spec: &DataSpec, kind: &Kind) -> Result<(), DataError> {
    match (spec.task, kind) {
        (None, _)
        | (Some(LabelKind::Classes), Kind::Classes(_))
        | (Some(LabelKind::Regression), Kind::Regression { .. }) => Ok(()),
        (Some(LabelKind::Binary), Kind::Classes(names)) if names.len() == 2 => Ok(()),
        (Some(LabelKind::Binary), Kind::Classes(_)) => usage(format!("--task: {which} has classes, not just two")),
        (Some(_), Kind::Classes(_)) => usage(format!("--task: {which} has classes")),
        (Some(_), Kind::Regression { .. }) => usage(format!("--task: {which} has numbers, not classes")),
    }
}

/// Training and test samples, what their labels are, and what a person should know.
type Loaded = (Samples, Option<Samples>, Kind, Vec<String>);

/// A table, of which a part is held out as of a file, and the names of its columns.
fn table(which: BuiltIn, spec: &DataSpec) -> Result<(Loaded, Option<Vec<String>>), DataError> {
    super::check_test_share(spec)?;
    let tables::Table { columns, all, kind } = tables::read(which);
    let labels = match &kind {
        Kind::Classes(names) => format!("{} classes ({})", names.len(), listed(names)),
        Kind::Regression { .. } => "numbers, regression".to_owned(),
    };
    let mut notes = vec![format!("labels: {labels}")];
    if spec.test_share == 0.0 {
        return Ok(((all, None, kind, notes), Some(columns)));
    }
    let held = super::split::held_out(&all.y, spec.test_share, spec.split_seed);
    let note = super::said_of_split(&held, &all.y, spec);
    let (train, test) = super::divided(all, &held);
    let test = held.contains(&true).then_some(test);
    notes.push(note);
    Ok(((train, test, kind, notes), Some(columns)))
}

/// Samples as a seed draws them.
fn drawn(which: BuiltIn, spec: &DataSpec) -> Result<Loaded, DataError> {
    let noise = match (which.default_noise(), spec.noise) {
        (None, Some(_)) => return usage(format!("--noise: {which} is drawn without noise")),
        (_, Some(noise)) if which == BuiltIn::Classification && !(0.0..=1.0).contains(&noise) => {
            return usage(format!(
                "--noise {noise}: of classification, it is the share of samples whose class is drawn at random, from 0 to 1"
            ));
        }
        (_, Some(noise)) if !(noise >= 0.0 && noise.is_finite()) => {
            return usage(format!("--noise {noise}: a standard deviation of at least 0 is needed"));
        }
        (default, noise) => noise.or(default).unwrap_or(0.0),
    };
    let sizes = spec.samples.or(which.default_samples()).unwrap_or_default();
    if let Some(too_many) = sizes.into_iter().find(|&samples| samples > MOST) {
        return usage(format!("--samples {too_many}: at most {MOST} can be drawn"));
    }
    let seeds = spec.data_seeds.unwrap_or(which.default_seeds());
    let [Ok(train_seed), Ok(test_seed)] = seeds.map(u32::try_from) else {
        return usage(format!("--data-seeds {},{}: seeds go from 0 to 4294967295", seeds[0], seeds[1]));
    };
    if which.is_problem() {
        if train_seed != test_seed {
            return usage(format!(
                "--data-seeds {train_seed},{test_seed}: the training and the test samples of {which} are of one draw, as another seed \
                 draws another problem; give one seed twice"
            ));
        }
        return problem(which, spec, noise, sizes, train_seed);
    }
    let [train, test] = sizes;
    let centers = if which == BuiltIn::Blobs { spec.centers.unwrap_or(6) } else { 0 };
    if which == BuiltIn::Blobs && centers < 2 {
        return usage(format!("--centers {centers}: at least 2 are needed to have something to tell apart"));
    }
    let classes = if which == BuiltIn::Blobs { centers } else { 2 };
    check_samples(which, sizes, classes)?;
    let mut notes = Vec::new();
    if which == BuiltIn::Blobs && test > 0 && train_seed != test_seed {
        notes.push(format!(
            "the seeds {train_seed} and {test_seed} draw different centers, so the test figures say nothing about \
             these blobs; use --data-seeds {train_seed},{train_seed}"
        ));
    }
    let samples = |n: usize, seed: u32| {
        let planar::Drawn { x, y } = planar::draw(which, n, noise, centers, seed);
        Samples { x, y: Targets::Classes(y) }
    };
    Ok((samples(train, train_seed), (test > 0).then(|| samples(test, test_seed)), numbered(classes), notes))
}

/// One draw of a problem of any size: its first samples to train on, the others to test on.
fn problem(which: BuiltIn, spec: &DataSpec, noise: f64, sizes: [usize; 2], seed: u32) -> Result<Loaded, DataError> {
    let is_regression = which == BuiltIn::Regression;
    let features = spec.set_features.unwrap_or(if is_regression { 100 } else { 20 });
    let informative = spec.informative.unwrap_or(if is_regression { features.min(10) } else { features.min(2) });
    if features == 0 {
        return usage("--set-features 0: at least 1 is needed".to_owned());
    }
    if informative == 0 || informative > features {
        return usage(format!(
            "--informative {informative}: of {features} features, 1 to {features} can say something"
        ));
    }
    let [train, test] = sizes;
    let all = train + test;
    // The draw has a matrix of the informative features for every cluster, too.
    let largest = features.saturating_mul(all).max(informative.saturating_mul(informative));
    if largest > 2 * MOST {
        return usage(format!(
            "--set-features {features}: {all} samples of so many features are more than can be drawn"
        ));
    }
    let (x, y, kind) = if is_regression {
        check_samples(which, sizes, 1)?;
        let (x, y) = Regression { features, informative, noise }.draw(all, seed);
        (x, Targets::Values(y.insert_axis(Axis(1))), Kind::Regression { outputs: 1 })
    } else {
        let (classes, clusters) = (spec.classes.unwrap_or(2), spec.centers.unwrap_or(2));
        if classes < 2 {
            return usage(format!("--classes {classes}: at least 2 are needed to have something to tell apart"));
        }
        if clusters < 1 {
            return usage(format!("--centers {clusters}: every class has at least 1 cluster"));
        }
        check_samples(which, sizes, classes.saturating_mul(clusters))?;
        let vertices = u32::try_from(informative).ok().and_then(|n| 1usize.checked_shl(n)).unwrap_or(usize::MAX);
        if classes * clusters > vertices {
            return usage(format!(
                "--classes {classes}: {clusters} clusters (--centers) of each are on vertices of a cube, which has {vertices} of them \
                 with --informative {informative}; give more informative features, or fewer classes or clusters"
            ));
        }
        let separation = spec.class_sep.unwrap_or(1.0);
        if !separation.is_finite() {
            return usage(format!("--class-sep {separation}: a number is needed, half of the cube's side"));
        }
        let like = Classification { features, informative, classes, clusters, flipped: noise, separation };
        let (x, y) = like.draw(all, seed);
        (x, Targets::Classes(y), numbered(classes))
    };
    let mut marked = vec![false; train];
    marked.resize(all, true);
    let (train, held) = super::divided(Samples { x, y }, &marked);
    Ok((train, (test > 0).then_some(held), kind, Vec::new()))
}

fn check_samples(which: BuiltIn, sizes: [usize; 2], groups: usize) -> Result<(), DataError> {
    for (name, samples) in ["training", "test"].into_iter().zip(sizes) {
        if samples < groups && (samples > 0 || name == "training") {
            let groups = match which {
                BuiltIn::Regression => "be fitted".to_owned(),
                BuiltIn::Classification => format!("have {groups} clusters"),
                _ => format!("have {groups} classes"),
            };
            return usage(format!("--samples: {samples} {name} samples of {which} cannot {groups}"));
        }
    }
    Ok(())
}

/// So many classes, called by their numbers.
fn numbered(classes: usize) -> Kind {
    Kind::Classes((0..classes).map(|class| class.to_string()).collect())
}

/// More samples than this are surely a slip of the fingers, and would not fit into memory.
const MOST: usize = 100_000_000;

#[cfg(test)]
mod tests {
    use super::super::Missing;
    use super::*;

    fn drawn_or_read(set: BuiltIn, spec: &DataSpec) -> Result<Dataset, DataError> {
        load(set, spec, true)
    }

    fn spec(name: &str) -> DataSpec {
        DataSpec { data: name.to_owned(), ..DataSpec::default() }
    }

    #[test]
    fn every_set_loads_with_its_defaults() {
        for set in BuiltIn::ALL {
            let data = drawn_or_read(set, &spec(set.name())).unwrap();
            let sizes = [data.train.x.nrows(), data.test.map_or(0, |test| test.x.nrows())];
            let (expected, classes, features) = match set {
                BuiltIn::Flower => ([400, 0], 2, 2),
                BuiltIn::Blobs => ([300, 100], 6, 2),
                BuiltIn::Classification => ([300, 100], 2, 20),
                BuiltIn::Regression => ([300, 100], 0, 100),
                BuiltIn::Digits => ([1438, 359], 10, 64),
                BuiltIn::Iris => ([120, 30], 3, 4),
                BuiltIn::Wine => ([142, 36], 3, 13),
                BuiltIn::BreastCancer => ([455, 114], 2, 30),
                BuiltIn::Diabetes => ([354, 88], 0, 10),
                _ => ([300, 100], 2, 2),
            };
            assert_eq!((sizes, data.train.x.ncols()), (expected, features), "{set}");
            match data.kind {
                Kind::Classes(names) => assert_eq!(names.len(), classes, "{set}"),
                Kind::Regression { outputs } => assert_eq!((outputs, classes), (1, 0), "{set}"),
            }
            assert!(data.train.x.iter().all(|x| x.is_finite()), "{set}");
            assert_eq!(data.notes.is_empty(), !set.is_table() && set != BuiltIn::Regression, "{set}");
        }
    }

    #[test]
    fn what_makes_no_sense_for_a_set_is_said() {
        let says = |set, spec: DataSpec, text: &str| {
            let message = drawn_or_read(set, &spec).unwrap_err().to_string();
            assert!(message.contains(text), "{message}");
        };
        says(BuiltIn::Circles, DataSpec { centers: Some(3), ..spec("circles") }, "--centers is for blobs");
        says(BuiltIn::Iris, DataSpec { centers: Some(3), ..spec("iris") }, "--centers is for blobs and classification");
        says(BuiltIn::Moons, DataSpec { informative: Some(3), ..spec("moons") }, "for classification and regression");
        says(BuiltIn::Iris, DataSpec { noise: Some(0.1), ..spec("iris") }, "for data that is drawn");
        says(BuiltIn::Iris, DataSpec { test_share: 1.0, ..spec("iris") }, "--test-share 1");
        says(BuiltIn::Moons, DataSpec { test_share: 0.5, ..spec("moons") }, "--test-share is for tables");
        says(BuiltIn::Regression, DataSpec { split_seed: 3, ..spec("regression") }, "--split-seed is for tables");
        says(BuiltIn::Blobs, DataSpec { strict: true, ..spec("blobs") }, "--strict is for tables");
        says(
            BuiltIn::Iris,
            DataSpec { missing: Some(Missing::Fill), ..spec("iris") },
            "--missing is for data from files",
        );
        says(
            BuiltIn::Flower,
            DataSpec { drop_missing: true, ..spec("flower") },
            "--drop-missing is for data from files",
        );
        let task = |task| DataSpec { task: Some(task), ..DataSpec::default() };
        says(BuiltIn::Iris, task(LabelKind::Binary), "not just two");
        says(BuiltIn::Iris, task(LabelKind::Regression), "iris has classes");
        says(BuiltIn::Diabetes, task(LabelKind::Classes), "diabetes has numbers");
        let problem = || spec("classification");
        says(BuiltIn::Classification, DataSpec { classes: Some(3), ..problem() }, "a cube, which has 4 of them");
        says(BuiltIn::Classification, DataSpec { classes: Some(1), ..problem() }, "at least 2");
        says(BuiltIn::Classification, DataSpec { centers: Some(0), ..problem() }, "at least 1 cluster");
        says(BuiltIn::Classification, DataSpec { noise: Some(1.5), ..problem() }, "the share of samples");
        says(BuiltIn::Classification, DataSpec { informative: Some(21), ..problem() }, "1 to 20 can say something");
        says(BuiltIn::Classification, DataSpec { class_sep: Some(f64::INFINITY), ..problem() }, "a number is needed");
        says(BuiltIn::Classification, DataSpec { samples: Some([3, 0]), ..problem() }, "cannot have 4 clusters");
        says(BuiltIn::Classification, DataSpec { data_seeds: Some([1, 2]), ..problem() }, "give one seed twice");
        says(BuiltIn::Regression, DataSpec { set_features: Some(0), ..spec("regression") }, "at least 1 is needed");
        says(
            BuiltIn::Regression,
            DataSpec { set_features: Some(1 << 40), ..spec("regression") },
            "more than can be drawn",
        );
        says(BuiltIn::Circles, DataSpec { noise: Some(-1.0), ..spec("circles") }, "at least 0");
        says(BuiltIn::Circles, DataSpec { noise: Some(f64::NAN), ..spec("circles") }, "at least 0");
        says(BuiltIn::Quantiles, DataSpec { noise: Some(0.1), ..spec("quantiles") }, "without noise");
        says(BuiltIn::Circles, DataSpec { samples: Some([0, 10]), ..spec("circles") }, "0 training samples");
        says(BuiltIn::Blobs, DataSpec { samples: Some([300, 3]), ..spec("blobs") }, "cannot have 6 classes");
        says(BuiltIn::Moons, DataSpec { data_seeds: Some([1, 1 << 40]), ..spec("moons") }, "4294967295");
        says(
            BuiltIn::Moons,
            DataSpec { label: Some("y".parse().unwrap()), ..spec("moons") },
            "--label is for data from files",
        );
    }

    #[test]
    fn what_a_printed_configuration_says_of_splits_is_no_question() {
        let usual = DataSpec { test_share: 0.2, split_seed: 0, ..spec("circles") };
        assert!(drawn_or_read(BuiltIn::Circles, &usual).is_ok());
        let strict = DataSpec { strict: true, ..spec("regression") };
        let (scaled, left) =
            (drawn_or_read(BuiltIn::Regression, &spec("regression")), drawn_or_read(BuiltIn::Regression, &strict));
        assert_ne!(scaled.unwrap().scaling, left.unwrap().scaling);
    }

    #[test]
    fn a_problem_is_one_draw_whatever_is_held_out() {
        for set in [BuiltIn::Classification, BuiltIn::Regression] {
            let of = |samples| drawn_or_read(set, &DataSpec { samples: Some(samples), ..spec(set.name()) }).unwrap();
            let (split, whole) = (of([70, 30]), of([100, 0]));
            let test = split.test.unwrap();
            assert_eq!((split.train.x.nrows(), test.x.nrows(), whole.test), (70, 30, None));
            assert_eq!(ndarray::concatenate![Axis(0), split.train.x, test.x], whole.train.x);
        }
    }

    #[test]
    fn tables_are_split_by_class_and_standardized_as_asked() {
        let all = drawn_or_read(BuiltIn::Iris, &DataSpec { test_share: 0.0, ..spec("iris") }).unwrap();
        assert_eq!((all.train.x.nrows(), all.test), (150, None));
        let asked = DataSpec { preprocess: crate::data::Preprocess::Standardize, split_seed: 3, ..spec("iris") };
        let split = drawn_or_read(BuiltIn::Iris, &asked).unwrap();
        let Targets::Classes(classes) = split.test.unwrap().y else { panic!("classes") };
        assert_eq!([0, 1, 2].map(|class| classes.iter().filter(|&&c| c == class).count()), [10, 10, 10]);
        assert!(split.train.x.sum().abs() < 1e-9);
        assert_eq!(split.notes[0], "labels: 3 classes (setosa, versicolor, virginica)");
        assert_eq!(split.notes.len(), 2);
    }

    #[test]
    fn blobs_around_different_centers_come_with_a_warning() {
        let apart = drawn_or_read(BuiltIn::Blobs, &DataSpec { data_seeds: Some([1, 2]), ..spec("blobs") }).unwrap();
        assert!(apart.notes[0].contains("different centers"));
    }
}
