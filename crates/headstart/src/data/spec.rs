//! What data is asked for.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::builtin::BuiltIn;
use super::columns::{ColumnNames, ColumnPlan};
use super::given::Given;
use super::preprocess::Preprocess;
use super::scale_targets::ScaleTargets;
use super::shape::Shape;
use super::{DataError, Dataset};
use headstart_engine::names::GrammarError;

/// What data is asked for: the section `data` of a task. The keys are the long names of the command line's flags.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DataSpec {
    /// A built-in name ([`BuiltIn`](super::builtin::BuiltIn) has them all) or the path of a file. Needed.
    #[serde(default)]
    pub data: String,
    /// The file with the test data. Without it the test data is what `data` says about it, or a part of `data`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_data: Option<PathBuf>,
    /// The file with the labels of `data`, where they are in a file of their own (NPY, IDX).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<PathBuf>,
    /// The file with the labels of `test-data`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_labels: Option<PathBuf>,
    /// The columns with the labels, in tables and in arrays without labels: one, or several for several numbers to be met.
    /// The last one by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<ColumnNames>,
    /// The columns that features are made of: all but the label by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub features: Option<ColumnNames>,
    /// Columns that are left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drop: Option<ColumnNames>,
    /// The name of the array with the samples, in NPZ and HDF5. Found by itself when it is like `x`, `train_x`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x_key: Option<String>,
    /// The name of the array with the labels, in NPZ and HDF5. Found by itself when it is like `y`, `train_y`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y_key: Option<String>,
    /// The shape of every sample, which convolutions need: by default what the file says. Of rows that are given one, bytes are
    /// pixels, and what is the same in all training samples is not left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<Shape>,
    /// Built-in data: how many samples to draw, training and test.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub samples: Option<[usize; 2]>,
    /// Built-in data: the standard deviation of the noise; of classification, the share of samples with a class drawn at random.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise: Option<f64>,
    /// Built-in data: the seeds of the training and the test draw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_seeds: Option<[u64; 2]>,
    /// Built-in data: the number of blobs, and of clusters of each class of classification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub centers: Option<usize>,
    /// Built-in data: the number of classes of classification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classes: Option<usize>,
    /// Built-in data: half the side of the cube on which the clusters of classification are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class_sep: Option<f64>,
    /// Built-in data: the number of features of classification and regression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_features: Option<usize>,
    /// Built-in data: how many of them say something of the label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub informative: Option<usize>,
    /// What is done to the features before training.
    #[serde(default)]
    pub preprocess: Preprocess,
    /// What is done to targets that are numbers before training.
    #[serde(default)]
    pub scale_targets: ScaleTargets,
    /// Samples are in columns: arrays of a file are features x samples, and targets likewise. Where nothing else fits that is
    /// found by itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub transpose: bool,
    /// What the labels are, where they shall not be inferred.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<LabelKind>,
    /// The share of the samples that is held out when there is no test data, from 0 up to, not including, 1.
    #[serde(default = "default_test_share")]
    pub test_share: f64,
    /// The seed of that split.
    #[serde(default)]
    pub split_seed: u64,
    /// The share of the training samples that is not trained on, but judges when to stop: none by default.
    #[serde(default, skip_serializing_if = "is_none")]
    pub validation_share: f64,
    /// What is done where cells are missing: by default they are filled, and refused if `strict`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<Missing>,
    /// The same as `missing = "drop"`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub drop_missing: bool,
    /// Refuse text and missing cells, leave out nothing and scale nothing, instead of doing what the data needs.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub strict: bool,
    /// What becomes of the columns of a table: found from the training samples by default. Given, the same cells make the same
    /// features whatever else is in the file; columns that it does not name are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<ColumnPlan>,
    /// What is in memory in the place of files, under the names that `data` and the others have. No configuration file has it.
    #[serde(skip)]
    pub given: Given,
}

impl DataSpec {
    /// The same with what becomes of the columns, if it names a table that is there.
    ///
    /// # Errors
    /// If the table cannot be loaded.
    pub fn settled(&self) -> Result<Self, DataError> {
        let is_file = BuiltIn::from_name(&self.data).is_none() && Path::new(&self.data).exists();
        if !(is_file || self.given.has_data()) || !self.columns.is_empty() {
            return Ok(self.clone());
        }
        Ok(Self { columns: Dataset::load(self)?.plans(), ..self.clone() })
    }

    /// The same without what was found in the data.
    pub(crate) fn as_asked(&self) -> Self {
        Self { columns: Vec::new(), ..self.clone() }
    }

    /// What is done where cells are missing.
    ///
    /// # Errors
    /// If two things are asked for.
    pub fn missing(&self) -> Result<Missing, DataError> {
        match (self.missing, self.drop_missing) {
            (Some(how @ (Missing::Error | Missing::Fill)), true) => {
                Err(DataError::Usage(format!("--drop-missing and --missing {how} are two things; give one of them")))
            }
            (Some(how), _) => Ok(how),
            (None, true) => Ok(Missing::Drop),
            (None, false) => Ok(if self.strict { Missing::Error } else { Missing::Fill }),
        }
    }
}

impl Default for DataSpec {
    fn default() -> Self {
        Self {
            data: String::new(),
            test_data: None,
            labels: None,
            test_labels: None,
            label: None,
            features: None,
            drop: None,
            x_key: None,
            y_key: None,
            shape: None,
            samples: None,
            noise: None,
            data_seeds: None,
            centers: None,
            classes: None,
            class_sep: None,
            set_features: None,
            informative: None,
            preprocess: Preprocess::default(),
            scale_targets: ScaleTargets::default(),
            transpose: false,
            task: None,
            test_share: default_test_share(),
            split_seed: SPLIT_SEED,
            validation_share: 0.0,
            missing: None,
            drop_missing: false,
            strict: false,
            columns: Vec::new(),
            given: Given::default(),
        }
    }
}

/// The share of the samples that is held out, and the seed of that split, where nothing else is asked for.
pub(super) const TEST_SHARE: f64 = 0.2;
pub(super) const SPLIT_SEED: u64 = 0;

/// Whether a share is none.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_none(share: &f64) -> bool {
    *share == 0.0
}

fn default_test_share() -> f64 {
    TEST_SHARE
}

/// What is done where cells are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Missing {
    /// They are refused.
    Error,
    /// Their rows are left out.
    Drop,
    /// The training samples' mean, or their most frequent level, stands for them.
    Fill,
}

impl FromStr for Missing {
    type Err = GrammarError;

    fn from_str(name: &str) -> Result<Self, GrammarError> {
        match name.to_lowercase().as_str() {
            "error" => Ok(Self::Error),
            "drop" => Ok(Self::Drop),
            "fill" => Ok(Self::Fill),
            _ => Err(GrammarError::unknown("way with missing cells", name, &["error", "drop", "fill"])),
        }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Error => "error",
            Self::Drop => "drop",
            Self::Fill => "fill",
        })
    }
}

/// What the labels are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LabelKind {
    /// Two classes.
    Binary,
    /// Two classes or more.
    Classes,
    /// Numbers.
    Regression,
}

impl FromStr for LabelKind {
    type Err = GrammarError;

    fn from_str(name: &str) -> Result<Self, GrammarError> {
        match name.to_lowercase().as_str() {
            "binary" => Ok(Self::Binary),
            "classes" => Ok(Self::Classes),
            "regression" => Ok(Self::Regression),
            _ => Err(GrammarError::unknown("task", name, &["binary", "classes", "regression"])),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_data_is_needed() {
        let spec: DataSpec = toml::from_str("data = \"cats.csv\"").unwrap();
        assert_eq!(spec, DataSpec { data: "cats.csv".into(), ..DataSpec::default() });
        assert_eq!(spec.test_share, 0.2);
        let nothing = toml::from_str::<DataSpec>("").unwrap();
        assert!(super::super::Dataset::load(&nothing).unwrap_err().to_string().contains("no data: name a file"));
    }

    #[test]
    fn keys_are_the_flags_names_and_others_are_refused() {
        let text = "data = \"a.npz\"\ntest-data = \"b.npz\"\nlabel = -1\nx-key = \"a\"\ny-key = \"b\"\n\
                    shape = [28, 28]\nsamples = [300, 100]\ndata-seeds = [1, 2]\npreprocess = \"pixels\"\ntask = \"binary\"\n\
                    test-share = 0.5\nsplit-seed = 3\ndrop-missing = true\n";
        let spec: DataSpec = toml::from_str(text).unwrap();
        assert_eq!(spec.label, Some("-1".parse().unwrap()));
        assert_eq!(spec.task, Some(LabelKind::Binary));
        assert_eq!(toml::from_str::<DataSpec>(&toml::to_string(&spec).unwrap()).unwrap(), spec);
        let error = toml::from_str::<DataSpec>("data = \"a\"\ntestdata = \"b\"").unwrap_err().to_string();
        assert!(error.contains("line 2") && error.contains("testdata"), "{error}");
    }
}
