//! What data is asked for.

use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

use super::preprocess::Preprocess;
use super::scale_targets::ScaleTargets;
use headstart_engine::names::GrammarError;

/// What data is asked for: the section `data` of a task. The keys are the long names of the command line's flags.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DataSpec {
    /// A built-in name (circles, moons, blobs, quantiles, flower, spirals) or the path of a file. Needed.
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
    /// The column with the labels, in tables: its name, or its position from 0; -1 is the last one, the default.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "name_or_position")]
    pub label: Option<String>,
    /// The name of the array with the samples, in NPZ and HDF5. Found by itself when it is like `x`, `train_x`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x_key: Option<String>,
    /// The name of the array with the labels, in NPZ and HDF5. Found by itself when it is like `y`, `train_y`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y_key: Option<String>,
    /// Built-in data: how many samples to draw, training and test.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub samples: Option<[usize; 2]>,
    /// Built-in data: the standard deviation of the noise added to every coordinate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise: Option<f64>,
    /// Built-in data: the seeds of the training and the test draw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_seeds: Option<[u64; 2]>,
    /// Built-in data: the number of blobs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub centers: Option<usize>,
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
    /// Leave out rows with missing cells, NaN or infinities, instead of refusing them.
    #[serde(default)]
    pub drop_missing: bool,
    /// Do nothing to the numbers of a file that was not asked for; what would be needed is said.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub strict: bool,
}

impl Default for DataSpec {
    fn default() -> Self {
        Self {
            data: String::new(),
            test_data: None,
            labels: None,
            test_labels: None,
            label: None,
            x_key: None,
            y_key: None,
            samples: None,
            noise: None,
            data_seeds: None,
            centers: None,
            preprocess: Preprocess::default(),
            scale_targets: ScaleTargets::default(),
            transpose: false,
            task: None,
            test_share: default_test_share(),
            split_seed: 0,
            drop_missing: false,
            strict: false,
        }
    }
}

fn default_test_share() -> f64 {
    0.2
}

/// A column is named by a string, and a position may be written as the number it is.
fn name_or_position<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "a column's name or position")]
    enum Column {
        Name(String),
        Position(i64),
    }
    Ok(Option::deserialize(deserializer)?.map(|column| match column {
        Column::Name(name) => name,
        Column::Position(position) => position.to_string(),
    }))
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
        match name {
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
                    samples = [300, 100]\ndata-seeds = [1, 2]\npreprocess = \"pixels\"\ntask = \"binary\"\n\
                    test-share = 0.5\nsplit-seed = 3\ndrop-missing = true\n";
        let spec: DataSpec = toml::from_str(text).unwrap();
        assert_eq!(spec.label.as_deref(), Some("-1"));
        assert_eq!(spec.task, Some(LabelKind::Binary));
        assert_eq!(toml::from_str::<DataSpec>(&toml::to_string(&spec).unwrap()).unwrap(), spec);
        let error = toml::from_str::<DataSpec>("data = \"a\"\ntestdata = \"b\"").unwrap_err().to_string();
        assert!(error.contains("line 2") && error.contains("testdata"), "{error}");
    }
}
