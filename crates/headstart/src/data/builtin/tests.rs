use super::{BuiltIn, load};
use crate::data::{DataError, DataSpec, Dataset, Kind, LabelKind, Missing, Preprocess, Targets};
use ndarray::Axis;

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
    says(BuiltIn::Iris, DataSpec { missing: Some(Missing::Fill), ..spec("iris") }, "--missing is for data from files");
    says(BuiltIn::Flower, DataSpec { drop_missing: true, ..spec("flower") }, "--drop-missing is for data from files");
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
    says(BuiltIn::Regression, DataSpec { set_features: Some(1 << 40), ..spec("regression") }, "more than can be drawn");
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
    let asked = DataSpec { preprocess: Preprocess::Standardize, split_seed: 3, ..spec("iris") };
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
