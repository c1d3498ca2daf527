//! Where the samples come from.

use crate::files::{InputFile, Source};
use crate::flags::values::{checked, finite, pair, whole};
use clap::Args;
use headstart::data::given::Given;
use headstart::data::{ColumnNames, DataSpec, LabelKind, Missing, Preprocess, ScaleTargets, Shape};
use serde::Serialize;

/// Where the samples come from.
#[derive(Debug, Args, Serialize)]
#[command(next_help_heading = "Data")]
#[serde(rename_all = "kebab-case")]
pub struct DataFlags {
    /// A file (CSV, JSON, Excel, NPZ, HDF5, Parquet ...) or a built-in set: circles, moons, iris, digits ...
    ///
    /// Files: CSV and other text (ARFF, svmlight, blanks), JSON, Excel, NPY/NPZ, IDX, HDF5, MAT, Parquet, Arrow; also in gzip
    /// or ZIP. Drawn sets: circles, moons, blobs, quantiles, flower, spirals, classification, regression. Tables: digits,
    /// iris, wine, breast-cancer, diabetes.
    #[arg(long, value_name = "NAME|FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Source>,
    /// A file with test data [default: a stratified part of --data]
    #[arg(long, value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    test_data: Option<InputFile>,
    /// The file with the labels of --data, where they are in a file of their own (NPY, IDX)
    #[arg(long, value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    labels: Option<InputFile>,
    /// The file with the labels of --test-data
    #[arg(long, value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    test_labels: Option<InputFile>,
    /// The columns with the labels: names, or positions from 0 [default: -1, the last]
    #[arg(long, value_name = "COLUMNS", allow_hyphen_values = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<ColumnNames>,
    /// The columns to use, as in age,x*,3:7 [default: all but the label]
    #[arg(long, value_name = "COLUMNS", allow_hyphen_values = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    features: Option<ColumnNames>,
    /// Columns to leave out
    #[arg(long, value_name = "COLUMNS", allow_hyphen_values = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    drop: Option<ColumnNames>,
    /// Missing cells: fill (by the training samples' mean or most frequent), drop (their rows) or error [default: fill]
    #[arg(long, value_name = "HOW", value_parser = checked::<Missing>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<String>,
    /// Refuse text and missing cells; leave out and scale nothing
    #[arg(long)]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    strict: bool,
    /// The name of the samples in NPZ and HDF5 files [default: found by itself]
    #[arg(long, value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    x_key: Option<String>,
    /// The name of the labels in NPZ and HDF5 files [default: found by itself]
    #[arg(long, value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    y_key: Option<String>,
    /// The shape of samples for convolutions: 28,28 (height, width), 64,64,3 (and channels), or 100 (a length) [default: what
    /// the file says]
    ///
    /// Channels come last. A sequence of several channels is 1,100,3. With it whole numbers from 0 to 255 are pixels, and columns of
    /// a table that are the same everywhere are kept.
    #[arg(long, value_name = "SIZES", value_parser = checked::<Shape>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    shape: Option<String>,
    /// Built-in data: samples to train and to test on [default: 300,100; flower 400,0]
    #[arg(long, value_name = "TRAIN,TEST", value_parser = pair::<usize>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    samples: Option<[usize; 2]>,
    /// Built-in data: the noise's standard deviation [default: circles 0.05, moons 0.2, blobs 1]; of classification, the
    /// share of samples with a class drawn at random [default: 0.01]
    #[arg(long, value_name = "SD", allow_negative_numbers = true, value_parser = finite)]
    #[serde(skip_serializing_if = "Option::is_none")]
    noise: Option<f64>,
    /// Built-in data: seeds of the training and the test draw [default: 1,2; blobs, classification, regression 1,1]
    #[arg(long, value_name = "TRAIN,TEST", value_parser = pair::<u64>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    data_seeds: Option<[u64; 2]>,
    /// Built-in data: the number of blobs, or of clusters in each class of classification [default: 6, or 2]
    #[arg(long, value_name = "N", value_parser = whole::<usize>())]
    #[serde(skip_serializing_if = "Option::is_none")]
    centers: Option<usize>,
    /// Built-in data: the classes of classification [default: 2]
    #[arg(long, value_name = "N", value_parser = whole::<usize>())]
    #[serde(skip_serializing_if = "Option::is_none")]
    classes: Option<usize>,
    /// Built-in data: how far apart the clusters of classification are [default: 1]
    #[arg(long, value_name = "X", allow_negative_numbers = true, value_parser = finite)]
    #[serde(skip_serializing_if = "Option::is_none")]
    class_sep: Option<f64>,
    /// Built-in data: the features of classification and regression [default: 20, 100]
    #[arg(long, value_name = "N", value_parser = whole::<usize>())]
    #[serde(skip_serializing_if = "Option::is_none")]
    set_features: Option<usize>,
    /// Built-in data: how many of these features say something of the label [default: 2, 10]
    #[arg(long, value_name = "N", value_parser = whole::<usize>())]
    #[serde(skip_serializing_if = "Option::is_none")]
    informative: Option<usize>,
    /// What is done to features: auto, none, standardize or pixels [default: auto]
    ///
    /// auto is what the features of a file need, and nothing for sets that are drawn; standardize is by the training samples'
    /// mean and deviation; pixels is division by 255.
    #[arg(long, value_name = "HOW", value_parser = checked::<Preprocess>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    preprocess: Option<String>,
    /// Targets that are numbers: none, standardize, log, or auto: standardize those of a file that need it. Losses are
    /// told in the targets' own units [default: auto]
    #[arg(long, value_name = "HOW", value_parser = checked::<ScaleTargets>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    scale_targets: Option<String>,
    /// Samples are in columns: arrays are features x samples [default: where nothing else fits]
    #[arg(long)]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    transpose: bool,
    /// binary, classes or regression [default: inferred from the labels, and said]
    #[arg(long, value_name = "KIND", value_parser = checked::<LabelKind>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    task: Option<String>,
    /// The share of the samples held out for testing where there is no test data [default: 0.2]
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true, value_parser = finite)]
    #[serde(skip_serializing_if = "Option::is_none")]
    test_share: Option<f64>,
    /// The seed of that split [default: 0]
    #[arg(long, value_name = "SEED", value_parser = whole::<u64>())]
    #[serde(skip_serializing_if = "Option::is_none")]
    split_seed: Option<u64>,
    /// The share of the training samples that is not trained on, but judges when to stop: see --early-stopping [default: 0]
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true, value_parser = finite)]
    #[serde(skip_serializing_if = "Option::is_none")]
    validation_share: Option<f64>,
    /// The same as --missing drop
    #[arg(long)]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    drop_missing: bool,
    /// What is in memory, of whoever asks from within a program, in the place of the files of these names.
    #[arg(skip)]
    #[serde(skip)]
    pub given: Given,
}

impl DataFlags {
    /// What a specification of data is with what is in memory.
    pub fn with_given(&self, spec: DataSpec) -> DataSpec {
        DataSpec { given: self.given.clone(), ..spec }
    }

    /// Whether what a file says of columns is that of another question: it was found for other samples, or other columns.
    pub fn asks_for_other_columns(&self) -> bool {
        let Self { data, label, features, drop, missing, test_share, split_seed, strict, drop_missing, .. } = self;
        let Self { shape, task, labels, test_data, test_labels, .. } = self;
        let names = data.is_some() || label.is_some() || features.is_some() || drop.is_some() || missing.is_some();
        // Which samples are held out depends on what the labels are.
        let others =
            shape.is_some() || task.is_some() || labels.is_some() || test_data.is_some() || test_labels.is_some();
        names || others || test_share.is_some() || split_seed.is_some() || *strict || *drop_missing
    }
}
