//! What is done to the features before training.

use std::str::FromStr;

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::content::called;
use super::scaling::{Columns, Transform};
use headstart_engine::names::GrammarError;

/// What is done to the features before training.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preprocess {
    /// What the features of a file need: images of bytes are divided by 255, and features that are far from mean 0 and size
    /// 1 are standardized, and so are those of the built-in tables. To drawn data nothing is done.
    #[default]
    Auto,
    /// Nothing.
    None,
    /// Each feature minus its mean, divided by its (population) standard deviation, both of the training split only.
    /// A constant feature is centred and not divided.
    Standardize,
    /// Divided by 255.
    Pixels,
}

impl FromStr for Preprocess {
    type Err = GrammarError;

    fn from_str(name: &str) -> Result<Self, GrammarError> {
        match name.to_lowercase().as_str() {
            "auto" => Ok(Self::Auto),
            "none" => Ok(Self::None),
            "standardize" => Ok(Self::Standardize),
            "pixels" => Ok(Self::Pixels),
            _ => {
                let known = &["auto", "none", "standardize", "pixels"];
                Err(GrammarError::unknown("way to preprocess", name, known))
            }
        }
    }
}

/// What is known of features besides their numbers.
#[derive(Clone, Copy)]
pub(crate) struct About<'a> {
    /// Their names, if there are any.
    pub columns: Option<&'a [String]>,
    /// Whether they are images, or other arrays of more than two dimensions, that were flattened.
    pub are_images: bool,
    /// Whether nothing may be done that was not asked for, so that it is only said.
    pub strict: bool,
}

/// What was done to features, and what a person should know of it.
pub(crate) struct Done {
    pub transform: Transform,
    pub note: Option<String>,
    /// The columns for training that have the same value everywhere now and had not before, because float64 ends there.
    pub flattened: Vec<usize>,
}

/// The largest number of a byte, and the least that the brightest of some bytes has to be: what ends at 16 is no byte.
const BYTE: f64 = 255.0;
const BRIGHT: f64 = 128.0;

/// So many columns of bytes, at least, are an image without its shape.
const FLAT_IMAGE: usize = 16;

impl Preprocess {
    /// Applies it to the features (samples x features) of both splits, in place; figures come from `train` alone.
    ///
    /// # Errors
    /// The first column that has a number beyond the floats afterwards, as a test sample can have that is nowhere near those for
    /// training.
    pub(crate) fn apply(
        self,
        about: About,
        train: &mut Array2<f64>,
        test: Option<&mut Array2<f64>>,
    ) -> Result<Done, usize> {
        let done = |transform, note, flattened| Ok(Done { transform, note, flattened });
        let needed = needed(self, about, train);
        let note = note(self, about, &needed);
        let is_left = self == Self::None || self == Self::Auto && about.strict;
        let (before, how) = match needed {
            Needed::Nothing => return done(Transform::Identity, None, Vec::new()),
            _ if is_left => return done(Transform::Identity, note, Vec::new()),
            how => (constant(train, (0..train.ncols()).collect()), how),
        };
        let transform = match how {
            Needed::Nothing => Transform::Identity,
            Needed::Pixels => {
                for x in [Some(&mut *train), test].into_iter().flatten() {
                    x.mapv_inplace(|value| value / BYTE);
                }
                Transform::Pixels
            }
            Needed::Standardize(columns, which) => {
                let columns = columns.only(&which);
                for x in [Some(&mut *train), test].into_iter().flatten() {
                    for mut row in x.rows_mut() {
                        columns.apply(row.view_mut());
                        if let Some(beyond) = row.iter().position(|value| !value.is_finite()) {
                            return Err(beyond);
                        }
                    }
                }
                let (mean, sd) = columns.all();
                Transform::Standardized { mean, sd }
            }
        };
        let varied = (0..train.ncols()).filter(|column| before.binary_search(column).is_err());
        done(transform, note, constant(train, varied.collect()))
    }
}

/// What features need.
enum Needed {
    Nothing,
    Pixels,
    /// Some columns.
    Standardize(Box<Columns>, Vec<usize>),
}

/// What is to be done, or would have to be if nothing may.
fn needed(how: Preprocess, about: About, train: &Array2<f64>) -> Needed {
    match how {
        Preprocess::Pixels => Needed::Pixels,
        Preprocess::Standardize => Needed::Standardize(Box::new(Columns::of(train)), (0..train.ncols()).collect()),
        Preprocess::Auto | Preprocess::None if are_bytes(train, about.are_images) => Needed::Pixels,
        Preprocess::Auto | Preprocess::None => {
            let columns = Box::new(Columns::of(train));
            let is_image_of_ones = about.are_images && train.iter().all(|value| value.abs() <= 1.0);
            match columns.badly_scaled() {
                fine if fine.is_empty() || is_image_of_ones => Needed::Nothing,
                which => Needed::Standardize(columns, which),
            }
        }
    }
}

/// Whether these are bytes of images: whole numbers from 0 to 255, some of them bright. Without the shape of an image so are many
/// columns of that kind, most of which are bright somewhere.
fn are_bytes(x: &Array2<f64>, are_images: bool) -> bool {
    if x.iter().any(|value| value.fract() != 0.0 || !(0.0..=BYTE).contains(value)) {
        return false;
    }
    let largest = x.columns().into_iter().map(|column| column.fold(0.0, |most: f64, value| most.max(*value)));
    let (mut used, mut bright) = (0, 0);
    for most in largest {
        used += usize::from(most > 0.0);
        bright += usize::from(most >= BRIGHT);
    }
    if are_images { bright > 0 } else { x.ncols() >= FLAT_IMAGE && bright > 0 && 2 * bright >= used }
}

/// What was done because it was needed, or what was not done, in a sentence; nothing is said of what was asked for.
fn note(how: Preprocess, about: About, needed: &Needed) -> Option<String> {
    let left = match how {
        Preprocess::Standardize | Preprocess::Pixels => return None,
        Preprocess::None => Some("--preprocess none"),
        Preprocess::Auto => about.strict.then_some("--strict"),
    };
    match (needed, left) {
        (Needed::Nothing, _) => None,
        (Needed::Pixels, None) => Some("the features are bytes, 0 to 255, and divided by 255".to_owned()),
        (Needed::Pixels, Some(flag)) => Some(format!(
            "the features are bytes, 0 to 255, and left so ({flag}), while initializations are made for features around 1: \
             --preprocess pixels divides them by 255"
        )),
        (Needed::Standardize(columns, which), left) => {
            let worst = which.iter().copied().max_by(|&a, &b| columns.miss(a).total_cmp(&columns.miss(b)))?;
            let worst = columns.in_words(about.columns, worst);
            let (features, worst) = match which.len() {
                1 => (format!("1 of {} features ({worst})", columns.count()), String::new()),
                _ => (named(about.columns, which, columns.count()), format!(" (worst {worst})")),
            };
            let [are, they] = if which.len() == 1 { ["is", "it"] } else { ["are", "them"] };
            Some(match left {
                None => format!(
                    "{features} {are} standardized by the training samples' mean and deviation{worst}; --preprocess none \
                     leaves {they}"
                ),
                Some(flag) => format!(
                    "{features} {are} badly scaled{worst} and left so ({flag}), while initializations are made for features \
                     around 0 of size 1: --preprocess standardize does that"
                ),
            })
        }
    }
}

/// Some of so many features, with the names of the first ones.
fn named(names: Option<&[String]>, which: &[usize], all: usize) -> String {
    const SHOWN: usize = 6;
    if which.len() == all {
        return format!("all {all} features");
    }
    let name = |&j: &usize| names.map_or_else(|| j.to_string(), |_| called(names, j));
    let mut shown: Vec<String> = which.iter().take(SHOWN).map(name).collect();
    shown.extend((which.len() > SHOWN).then(|| format!("{} more", which.len() - SHOWN)));
    shown.extend(names.is_none().then(|| "from 0 on".to_owned()));
    format!("{} of {all} features ({})", which.len(), shown.join(", "))
}

/// Those of some columns that have the same value everywhere.
fn constant(x: &Array2<f64>, mut columns: Vec<usize>) -> Vec<usize> {
    let Some(first) = x.rows().into_iter().next() else { return Vec::new() };
    for row in x.rows() {
        if columns.is_empty() {
            break;
        }
        columns.retain(|&j| row[j] == first[j]);
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    const TABLE: About = About { columns: None, are_images: false, strict: false };

    /// The columns that are flattened.
    fn apply(how: Preprocess, train: &mut Array2<f64>, test: Option<&mut Array2<f64>>) -> Result<Vec<usize>, usize> {
        how.apply(TABLE, train, test).map(|done| done.flattened)
    }

    /// What `auto` makes of features, and what it says.
    fn auto(about: About, mut x: Array2<f64>) -> (Array2<f64>, Transform, Option<String>) {
        let Done { transform, note, .. } = Preprocess::Auto.apply(about, &mut x, None).unwrap_or_else(|_| panic!());
        (x, transform, note)
    }

    #[test]
    fn standardize_uses_the_training_figures_only() {
        let mut train = array![[1.0, 0.1], [3.0, 0.1], [5.0, 0.1]];
        let mut test = array![[3.0, 1.1]];
        assert_eq!(apply(Preprocess::Standardize, &mut train, Some(&mut test)), Ok(vec![]));
        let sd = (8.0f64 / 3.0).sqrt();
        assert_eq!(train.column(0).to_vec(), [-2.0 / sd, 0.0, 2.0 / sd]);
        assert!(train.column(1).iter().all(|v| v.abs() < 1e-15));
        assert_eq!(test[[0, 0]], 0.0);
        assert!((test[[0, 1]] - 1.0).abs() < 1e-15);
    }

    #[test]
    fn pixels_are_divided_by_255() {
        let mut train = array![[17.0, 255.0]];
        assert_eq!(apply(Preprocess::Pixels, &mut train, None), Ok(vec![]));
        assert_eq!(train, array![[17.0 / 255.0, 1.0]]);
    }

    /// Multiplication by a power of two changes no digit of what comes out.
    #[test]
    fn standardize_goes_as_far_as_the_floats() {
        let standardize = |x: &mut Array2<f64>| assert_eq!(apply(Preprocess::Standardize, x, None), Ok(vec![]));
        let plain = array![[1.0, 7.0], [2.5, 7.0], [-4.0, 7.0], [1.25, 7.0]];
        let mut expected = plain.clone();
        standardize(&mut expected);
        for exponent in [-1000, -600, -400, 400, 600, 1000, 1020] {
            let mut x = plain.mapv(|value| value * 2f64.powi(exponent));
            standardize(&mut x);
            assert_eq!(x.column(0), expected.column(0), "2^{exponent}");
            assert_eq!(x.column(1).to_vec(), [0.0; 4]);
        }
        let mut smallest = array![[5e-324], [0.0]];
        standardize(&mut smallest);
        assert_eq!(smallest, array![[1.0], [-1.0]]);
        let mut largest = array![[f64::MAX], [-f64::MAX]];
        standardize(&mut largest);
        assert_eq!(largest, array![[1.0], [-1.0]]);
        let mut many = Array2::from_elem((1000, 1), 1e307);
        standardize(&mut many);
        assert!(many.iter().all(|value| value.abs() < 1e-6), "{many}");
    }

    #[test]
    fn what_leaves_the_floats_is_said() {
        let (mut train, mut test) = (array![[0.0, 1e-10], [0.0, 2e-10]], array![[0.0, 1e308]]);
        assert_eq!(apply(Preprocess::Standardize, &mut train, Some(&mut test)), Err(1));
        let mut tiny = array![[5e-324, 3.0], [1e-323, 4.0]];
        assert_eq!(apply(Preprocess::Pixels, &mut tiny, None), Ok(vec![0]));
    }

    #[test]
    fn auto_standardizes_what_is_badly_scaled_and_nothing_else() {
        let x = array![[0.5, 12.0, 1.0], [-1.0, 14.0, 0.0], [1.5, 13.0, 1.0], [-1.0, 13.0, 0.0]];
        let names = ["a", "alcohol", "b"].map(str::to_owned);
        let (scaled, transform, note) = auto(About { columns: Some(&names), ..TABLE }, x.clone());
        assert_eq!((scaled.column(0), scaled.column(2)), (x.column(0), x.column(2)));
        let sd = 0.5f64.sqrt();
        assert_eq!(scaled.column(1).to_vec(), [-1.0 / sd, 1.0 / sd, 0.0, 0.0]);
        let (mean, sd) = (vec![0.0, 13.0, 0.0], vec![1.0, sd, 1.0]);
        assert_eq!(transform, Transform::Standardized { mean, sd });
        assert_eq!(
            note.unwrap(),
            "1 of 3 features (\"alcohol\": mean 13, sd 0.707) is standardized by the training samples' mean and \
             deviation; --preprocess none leaves it"
        );
        // Again, there is nothing to do.
        assert_eq!(auto(TABLE, scaled.clone()), (scaled, Transform::Identity, None));
        let (left, transform, note) = auto(About { strict: true, ..TABLE }, x.clone());
        assert_eq!((&left, transform), (&x, Transform::Identity));
        assert!(
            note.unwrap()
                .starts_with("1 of 3 features (number 1: mean 13, sd 0.707) is badly scaled and left so (--strict)")
        );
        let none = Preprocess::None.apply(TABLE, &mut x.clone(), None).unwrap_or_else(|_| panic!());
        assert!(none.note.unwrap().contains("left so (--preprocess none)"));
    }

    #[test]
    fn auto_divides_bytes_and_leaves_images_of_shares() {
        let is_pixels = |about: About, x: Array2<f64>| auto(about, x).1 == Transform::Pixels;
        let image = About { are_images: true, ..TABLE };
        let bytes = |most: f64| Array2::from_shape_fn((3, 16), |(i, j)| ((i * 16 + j) as f64 * 5.0).min(most));
        assert!(is_pixels(TABLE, bytes(255.0)) && is_pixels(image, array![[0.0, 200.0]]));
        // Digits from 0 to 16, few columns, one large one among small ones, halves.
        assert!(!is_pixels(image, bytes(16.0)) && !is_pixels(TABLE, array![[0.0, 200.0]]));
        let uneven = Array2::from_shape_fn((3, 20), |(i, j)| if j == 0 { 100.0 * i as f64 } else { i as f64 });
        assert!(!is_pixels(TABLE, uneven) && !is_pixels(image, array![[0.5, 200.0]]));
        let shares = array![[0.0, 0.99], [0.01, 0.98]];
        assert_eq!(auto(image, shares.clone()), (shares.clone(), Transform::Identity, None));
        assert_ne!(auto(TABLE, shares).1, Transform::Identity);
    }
}
