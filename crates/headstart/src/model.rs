//! A trained network that says something of new samples: its parameters, and what has to be done to samples before.

use crate::data::given::Source;
use crate::data::{Dataset, Kind, Recipe, Transform};
use crate::error::Error;
use crate::spec::Precision;
use crate::task::Task;
use headstart_engine::activation::Activation;
use headstart_engine::network::{Extent, Network, Output, Parameters};
use headstart_engine::train;
use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The version of models as data; others are refused.
const VERSION: u32 = 1;

/// What a training ended with, and all that is needed to use it: it knows no samples. Copies share the parameters.
///
/// As data ([`Model::to_bytes`], or by serde) it keeps its numbers' bits.
///
/// ```
/// use headstart::data::given::Source;
/// use headstart::host::Host;
/// use headstart::model::Model;
/// use headstart::save;
/// use headstart::spec::TaskSpec;
/// use headstart::task::Task;
///
/// let spec = "data.data = 'iris'\ninit.init = 'he'\ntraining.steps = 100\n";
/// let task = Task::new(TaskSpec::from_toml(spec)?)?;
/// let (_, trained) = save::train(&task, &Host::here(1))?.expect("nobody stopped it");
/// let model = Model::new(&task, trained.parameters)?;
/// let flowers = Source::of_numbers(vec![2, 4], vec![5.1, 3.5, 1.4, 0.2, 6.3, 2.9, 5.6, 1.8], false);
/// let x = model.features("flowers", &flowers)?;
/// let chosen = model.predict(x.view()).expect("there are classes");
/// assert_eq!(model.classes().unwrap()[chosen[0]], "setosa");
/// assert_eq!(model.outputs(x.view()).dim(), (2, 3));
/// # Ok::<(), headstart::error::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "Packed", try_from = "Packed")]
pub struct Model {
    network: Network,
    precision: Precision,
    parameters: Arc<Parameters>,
    kind: Kind,
    /// The names of the label columns, where they are columns.
    labels: Vec<String>,
    recipe: Recipe,
    /// What was done to the targets of a regression.
    targets: Transform,
}

impl Model {
    /// The network of a task with the parameters that a training ended with, as [`crate::save::train`] has them.
    ///
    /// # Errors
    /// If the parameters are not of the task's network.
    pub fn new(task: &Task, parameters: Parameters) -> Result<Self, Error> {
        let dataset: &Dataset = &task.dataset;
        let model = Self {
            network: task.network().clone(),
            precision: task.spec.training.precision(),
            parameters: Arc::new(parameters),
            kind: dataset.kind.clone(),
            labels: dataset.labels.clone(),
            recipe: Recipe::of(dataset),
            targets: dataset.scaling.targets.clone(),
        };
        model.check()?;
        Ok(model)
    }

    /// Refuses what does not fit together.
    fn check(&self) -> Result<(), Error> {
        let wrong = |problem: String| Err(Error::Usage(format!("this is no model: {problem}")));
        let layers = self.network.layers();
        let fits = self.parameters.0.len() == layers.len()
            && self.parameters.0.iter().zip(layers).all(|(own, layer)| {
                own.weights.dim() == (layer.fan_out, layer.fan_in)
                    && own.biases.len() == layer.biases.len()
                    && own.slope.is_some() != layer.slope.is_empty()
                    && own.norms.len() == layer.norms.len()
            });
        if !fits {
            return wrong("its parameters are not those of its network".to_owned());
        }
        let (features, inputs) = (self.recipe.features_count(), self.network.inputs());
        if features != inputs {
            return wrong(format!("it makes {features} features of a sample, and its network takes {inputs}"));
        }
        let (outputs, wanted) = (
            self.network.outputs(),
            match &self.kind {
                Kind::Classes(names) if names.len() == 2 && self.network.outputs() == 1 => 1,
                Kind::Classes(names) => names.len(),
                Kind::Regression { outputs } => *outputs,
            },
        );
        if outputs != wanted {
            return wrong(format!("its network has {outputs} outputs, where {wanted} are needed"));
        }
        Ok(())
    }

    /// The network.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Its weights, biases and learned slopes.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// What is done to samples before it.
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// What it says of samples: classes, or numbers.
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    /// The names of the classes, in the order of the columns of [`Model::outputs`]; none of a regression.
    pub fn classes(&self) -> Option<&[String]> {
        match &self.kind {
            Kind::Classes(names) => Some(names),
            Kind::Regression { .. } => None,
        }
    }

    /// The names of the label columns of the training data, one for each output of a regression; empty where they have none.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// Whether [`Model::outputs`] are probabilities of classes: those of a sigmoid or softmax output. Of several sigmoids each is of
    /// its class against all others, so that they need not sum to 1.
    pub fn has_probabilities(&self) -> bool {
        self.classes().is_some() && matches!(self.network.output(), Output::Sigmoid | Output::Softmax)
    }

    /// The features (samples x features) of raw samples: see [`Recipe::features`]. `name` is what messages call the samples.
    ///
    /// # Errors
    /// If samples are not what those for training were.
    pub fn features(&self, name: &str, source: &Source) -> Result<Array2<f64>, Error> {
        Ok(self.recipe.features(name, source)?)
    }

    /// What the network says of the features of samples (samples x features), as [`Model::features`] makes them.
    ///
    /// Of classes a column for each, in their order, with its probability where the output is a sigmoid or softmax; the single output of
    /// a sigmoid is that of the second of two classes. Other outputs are as they are. Of a regression a column for each target, in its
    /// own units: what was done to the targets for training is undone. A task in float32 is computed in float32. A sample's outputs do
    /// not depend on the other samples.
    ///
    /// # Panics
    /// If there are not as many features as the network has inputs.
    #[allow(clippy::needless_pass_by_value, reason = "a view is small, and made where it is passed")]
    pub fn outputs(&self, x: ArrayView2<f64>) -> Array2<f64> {
        let mut said = match self.precision {
            Precision::F64 => train::outputs::<f64>(&self.network, &self.parameters, &x),
            Precision::F32 => train::outputs::<f32>(&self.network, &self.parameters, &x),
        };
        match &self.kind {
            Kind::Classes(_) if self.network.outputs() == 1 && self.network.output() == Output::Sigmoid => {
                Array2::from_shape_fn(
                    (said.nrows(), 2),
                    |(i, class)| if class == 0 { 1.0 - said[[i, 0]] } else { said[[i, 0]] },
                )
            }
            Kind::Classes(_) => said,
            Kind::Regression { .. } if self.targets == Transform::Identity => said,
            Kind::Regression { .. } => {
                said.indexed_iter_mut().for_each(|((_, output), value)| *value = self.targets.undo(output, *value));
                said
            }
        }
    }

    /// The class that each sample is put into, as a place in [`Model::classes`], by its features (samples x features): the one by which
    /// the accuracy of a [`Run`](crate::run::Run) is counted. None of a regression.
    ///
    /// # Panics
    /// If there are not as many features as the network has inputs.
    #[allow(clippy::needless_pass_by_value, reason = "a view is small, and made where it is passed")]
    pub fn predict(&self, x: ArrayView2<f64>) -> Option<Vec<usize>> {
        self.classes()?;
        Some(match self.precision {
            Precision::F64 => train::classes::<f64>(&self.network, &self.parameters, &x),
            Precision::F32 => train::classes::<f32>(&self.network, &self.parameters, &x),
        })
    }

    /// It as bytes (`MessagePack`), which keep the bits of its numbers.
    ///
    /// # Errors
    /// None that is not a mistake of ours: it is plain data.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        rmp_serde::to_vec_named(self).map_err(|error| Error::Usage(format!("the model cannot be packed: {error}")))
    }

    /// What [`Model::to_bytes`] made.
    ///
    /// # Errors
    /// If it did not, or another version of this program did.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        /// What every version has.
        #[derive(Deserialize)]
        struct Versioned {
            version: u32,
        }
        let no_model = |error: rmp_serde::decode::Error| Error::Usage(format!("these bytes are no model: {error}"));
        check_version(rmp_serde::from_slice::<Versioned>(bytes).map_err(no_model)?.version)?;
        rmp_serde::from_slice(bytes).map_err(no_model)
    }
}

fn check_version(version: u32) -> Result<(), Error> {
    if version == VERSION {
        return Ok(());
    }
    Err(Error::Usage(format!(
        "the model is of version {version}, and this program reads version {VERSION}; train it again, or use the program that made it"
    )))
}

/// A model as data.
#[derive(Serialize, Deserialize)]
struct Packed {
    version: u32,
    widths: Vec<usize>,
    activations: Vec<String>,
    output: String,
    loss: String,
    has_biases: bool,
    precision: String,
    /// In the order of [`Network::layers`].
    parameters: Vec<f64>,
    kind: Kind,
    labels: Vec<String>,
    recipe: Recipe,
    targets: Transform,
    /// Of a network of blocks: its pieces, and the height, width and channels of its inputs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    blocks: Option<(String, [usize; 3])>,
}

impl From<Model> for Packed {
    fn from(model: Model) -> Self {
        let Model { network, precision, parameters, kind, labels, recipe, targets } = model;
        Self {
            version: VERSION,
            widths: network.widths().to_vec(),
            activations: network.activations().iter().map(ToString::to_string).collect(),
            output: network.output().to_string(),
            loss: network.loss().to_string(),
            has_biases: network.has_biases(),
            precision: precision.to_string(),
            parameters: parameters.flat().collect(),
            kind,
            labels,
            recipe,
            targets,
            blocks: network.program().map(|program| {
                let Extent { channels, height, width } = program.shape;
                (program.blocks.to_string(), [height, width, channels])
            }),
        }
    }
}

impl TryFrom<Packed> for Model {
    type Error = Error;

    fn try_from(packed: Packed) -> Result<Self, Error> {
        check_version(packed.version)?;
        let Packed { widths, activations, output, loss, has_biases, precision, parameters, kind, labels, .. } = packed;
        let activations: Vec<Activation> =
            activations.iter().map(|activation| activation.parse()).collect::<Result<_, _>>()?;
        let (output, loss) = (output.parse()?, loss.parse()?);
        let network = match &packed.blocks {
            Some((blocks, [height, width, channels])) => {
                let shape = Extent { channels: *channels, height: *height, width: *width };
                Network::of_blocks(shape, &blocks.parse()?, output, loss, has_biases)?
            }
            None => Network::new(&widths, &activations, output, loss, has_biases)?,
        };
        if parameters.len() != network.parameter_count() {
            let (has, needs) = (parameters.len(), network.parameter_count());
            return Err(Error::Usage(format!("this is no model: {has} parameters for a network of {needs}")));
        }
        let parameters = Arc::new(Parameters::from_flat(&network, &parameters));
        let (recipe, targets, precision) = (packed.recipe, packed.targets, precision.parse()?);
        let model = Self { network, precision, parameters, kind, labels, recipe, targets };
        model.check()?;
        Ok(model)
    }
}
