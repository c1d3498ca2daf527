//! What a value does to a task.

use super::level::Level;
use super::quantity::Quantity;
use crate::error::Error;
use crate::spec::{Activations, Bias, Inits, OptimizerName, TaskSpec};
use headstart_engine::init::{Biases, BranchScale, Distribution, Initialization, Scheme};

impl Quantity {
    /// Changes a task to a value.
    ///
    /// # Errors
    /// If there is no such value, or the task has no place for it.
    pub fn apply(self, level: &Level, spec: &mut TaskSpec) -> Result<(), Error> {
        let wrong = |problem: &str| Error::Usage(format!("{}={level}: {problem}", self.name()));
        if let Some(blocks) = spec.network.network.as_ref().filter(|_| self.is_of_layers()) {
            return Err(Error::Usage(format!(
                "{}={level}: --network \"{blocks}\" says all of the network, so there is no {0} to vary; give the widths by \
                 --layers, with --block and --norm where there shall be blocks",
                self.name()
            )));
        }
        match (self, level) {
            (Self::Init, Level::Name(name)) => spec.init.init = Inits(vec![name.parse()?]),
            (Self::Activation, Level::Name(name)) => spec.network.activation = name.parse::<Activations>()?,
            (Self::Optimizer, Level::Name(name)) => spec.training.optimizer = name.parse::<OptimizerName>()?,
            (Self::Block, Level::Name(name)) => spec.network.block = name.parse()?,
            (Self::Norm, Level::Name(name)) => spec.network.norm = name.parse()?,
            (Self::Parametrization, Level::Name(name)) => spec.network.parametrization = name.parse()?,
            (Self::BranchScale, Level::Name(name)) => spec.init.branch_scale = name.parse()?,
            (_, Level::Name(_)) => return Err(wrong("a number is needed")),
            (_, Level::Number(x)) => self.apply_number(*x, spec).map_err(wrong)?,
        }
        Ok(())
    }

    fn apply_number(self, x: f64, spec: &mut TaskSpec) -> Result<(), &'static str> {
        let plain_normal = |sd: f64| if sd == 0.0 { Scheme::Zeros } else { Scheme::Plain(Distribution::Normal, sd) };
        if self.is_whole() && (x < 0.0 || x.fract() != 0.0) {
            return Err("a whole number is needed");
        }
        if matches!(self, Self::Scale | Self::Gain | Self::BiasScale) && x < 0.0 {
            return Err("the size of weights and biases is not negative");
        }
        if self == Self::BranchScale && x < 0.0 {
            return Err("branches are multiplied by a number from 0 on");
        }
        match self {
            Self::BranchScale => spec.init.branch_scale = BranchScale::Times(x + 0.0),
            Self::Scale => spec.init.init = Inits(vec![Initialization::new(&[plain_normal(x)])]),
            Self::Gain => {
                if spec.init.init.0.iter().any(|init| init.given.is_some()) {
                    return Err("a gain is a factor on a scheme, and a file of weights has none");
                }
                for init in &mut spec.init.init.0 {
                    init.weights = init.weights.iter().map(|scheme| scheme.times(x)).collect();
                }
            }
            Self::BiasScale => spec.init.bias = Bias::Each(vec![Biases::Drawn(plain_normal(x))]),
            Self::Depth | Self::Width => {
                let layers = &mut spec.network.layers.0;
                let last = layers.len() - 1;
                let Some(&hidden) = layers[1..last].first() else {
                    return Err("the task's --layers have no hidden layer to take the width from");
                };
                if self == Self::Width {
                    layers[1..last].fill(Some(x as usize));
                } else {
                    layers.splice(1..last, std::iter::repeat_n(hidden, x as usize));
                }
            }
            Self::Lr => spec.training.lr = Some(x),
            Self::Steps => (spec.training.steps, spec.training.epochs) = (Some(x as usize), None),
            Self::Batch => spec.training.batch = Some(x as usize),
            Self::Momentum => spec.training.momentum = Some(x),
            Self::WeightDecay => spec.training.weight_decay = Some(x),
            Self::Dropout => spec.training.dropout = vec![x],
            Self::Warmup => spec.training.warmup = Some(x as usize),
            Self::Clip => spec.training.clip = Some(x),
            Self::LabelSmoothing => spec.training.label_smoothing = Some(x),
            Self::Samples => {
                let test = spec.data.samples.map_or(100, |[_, test]| test);
                spec.data.samples = Some([x as usize, test]);
            }
            Self::Noise => spec.data.noise = Some(x),
            Self::Seed => spec.init.seed = x as u64,
            Self::Init | Self::Activation | Self::Block | Self::Norm | Self::Parametrization | Self::Optimizer => {
                return Err("a name is needed");
            }
        }
        Ok(())
    }
}
