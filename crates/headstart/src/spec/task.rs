//! A task and the runs wanted of it, as a configuration file says it.

use super::init::{Bias, InitSpec, OutputBias};
use super::network::NetworkSpec;
use super::notes::notes;
use super::training::TrainingSpec;
use crate::data::DataSpec;
use crate::error::Error;
use crate::words::toml_error;
use headstart_engine::init::Biases;
use serde::{Deserialize, Serialize};

/// A task and the runs wanted of it: data, network, where to start, how to train.
///
/// Every key may be left out; what is then used is in the documentation of the key, and in the output of
/// `--print-config`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct TaskSpec {
    /// Where the samples come from.
    pub data: DataSpec,
    /// What is trained.
    pub network: NetworkSpec,
    /// Where training starts.
    pub init: InitSpec,
    /// How it goes on from there.
    pub training: TrainingSpec,
    /// What was taken where a name has several meanings; says nothing that the other fields do not.
    #[serde(skip)]
    pub notes: Vec<String>,
}

impl TaskSpec {
    /// Reads a configuration file's text.
    ///
    /// # Errors
    /// If it is not TOML, or has a section, key or value that there is not; the message has the line.
    pub fn from_toml(text: &str) -> Result<Self, Error> {
        let spec: Self = toml::from_str(text).map_err(|error| Error::Usage(toml_error(&error)))?;
        Ok(Self { notes: notes(&text.parse().unwrap_or_default()), ..spec })
    }

    /// Reads what a configuration file and flags say together.
    ///
    /// # Errors
    /// As [`TaskSpec::from_toml`], without lines.
    pub fn from_table(table: toml::Table) -> Result<Self, Error> {
        let notes = notes(&table);
        let spec: Self = table.try_into().map_err(|error: toml::de::Error| Error::Usage(error.message().to_owned()))?;
        Ok(Self { notes, ..spec })
    }

    /// Where biases start, those of the last layer among them: for all layers, or for each.
    ///
    /// # Errors
    /// If it is said for another number of layers, twice for the last one, or for a network without biases.
    pub fn bias(&self) -> Result<Bias, Error> {
        let layers = self.network.layers_of_weights();
        let (bias, last) = (&self.init.bias, &self.init.output_bias);
        let given = |biases: &[Biases]| biases.len() > 1 && biases.len() != layers;
        match (bias, last) {
            (Bias::Each(biases), _) if given(biases) => Err(Error::Usage(format!(
                "--bias {bias}: {} kinds of biases for {layers} layers of weights; give one for all, or one for each",
                biases.len()
            ))),
            (_, None) => Ok(bias.clone()),
            (Bias::None, Some(last)) => Err(Error::Usage(format!(
                "--output-bias {last}: with --bias none the network has no biases; leave one of them out"
            ))),
            (Bias::Each(biases), Some(OutputBias(last))) => match biases.as_slice() {
                [others] => {
                    let mut each = vec![others.clone(); layers.saturating_sub(1)];
                    each.push(last.clone());
                    Ok(Bias::Each(each))
                }
                _ => Err(Error::Usage(format!(
                    "--bias {bias} and --output-bias {last} both say where the last biases start; give one of them"
                ))),
            },
        }
    }

    /// The text of a configuration file that says the same.
    ///
    /// # Panics
    /// Never: every specification can be written as TOML.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("tables of plain values")
    }
}
