//! What is mapped, as users write it.

use super::Value;
use crate::data::DataSpec;
use crate::error::Error;
use crate::spec::{InitSpec, NetworkSpec, TrainingSpec};
use crate::study::{StudySection, StudySpec};
use crate::words::toml_error;
use serde::{Deserialize, Serialize};

/// A map as users write it: a study's configuration file with a section `map`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct MapSpec {
    /// What is shown of it.
    pub map: MapSection,
    /// The two axes: rows, then columns.
    pub study: StudySection,
    /// Where the samples come from.
    pub data: DataSpec,
    /// What is trained.
    pub network: NetworkSpec,
    /// Where training starts.
    pub init: InitSpec,
    /// How it goes on from there.
    pub training: TrainingSpec,
}

/// The section `map`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct MapSection {
    /// The figure that is shown: by default the accuracy that is judged, or the loss in regression.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// The share of the cells that is run, where the picture changes; all by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refine: Option<f64>,
}

impl MapSpec {
    /// Reads a configuration file's text.
    ///
    /// # Errors
    /// If it is not TOML, or has a section, key or value that there is not; the message has the line.
    pub fn from_toml(text: &str) -> Result<Self, Error> {
        toml::from_str(text).map_err(|error| Error::Usage(toml_error(&error)))
    }

    /// The text of a configuration file that says the same.
    ///
    /// # Panics
    /// Never: every specification can be written as TOML.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("tables of plain values")
    }

    /// The study that is mapped.
    pub fn study(&self) -> StudySpec {
        StudySpec {
            study: self.study.clone(),
            data: self.data.clone(),
            network: self.network.clone(),
            init: self.init.clone(),
            training: self.training.clone(),
        }
    }
}
