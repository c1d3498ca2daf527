//! What there is to choose from in a page.

use crate::flags;
use crate::lab::Lab;
use crate::messages::{Axis, Data, Flags, Hello, Scheme};
use headstart::data::builtin::BuiltIn;
use headstart::engine::activation::Activation;
use headstart::live;
use headstart::map::Value;
use headstart::spec::OptimizerName;

/// What pages can choose from.
pub fn hello(lab: &Lab) -> Hello {
    let built_in = BuiltIn::ALL.iter().map(|set| Data { name: set.name().to_owned(), label: set.name().to_owned() });
    let given = lab.data.as_ref().map(|data| Data {
        name: data.data.clone(),
        label: std::path::Path::new(&data.data)
            .file_name()
            .map_or_else(|| data.data.clone(), |name| name.to_string_lossy().into_owned()),
    });
    let axis =
        |name: &'static str, title: &'static str, usual: &str| Axis { name, title, usual: format!("{name}={usual}") };
    let mut usual: Flags =
        [("layers", "_,10,5,_"), ("activation", "relu"), ("lr", "0.01"), ("steps", "15000"), ("seed", "3")]
            .map(|(flag, value)| (flag.to_owned(), value.to_owned()))
            .into();
    usual.insert("init".to_owned(), "normal:10,normal:0.1,he".to_owned());
    if let Some(given) = &given {
        usual.insert("data".to_owned(), given.name.clone());
    } else {
        // The thread's own.
        usual.extend([("data", "circles"), ("rng", "numpy")].map(|(flag, value)| (flag.to_owned(), value.to_owned())));
    }
    Hello {
        version: env!("CARGO_PKG_VERSION"),
        data: given.into_iter().chain(built_in).collect(),
        // Those that want a number have a usual one, or are none that one can choose by name alone.
        activations: Activation::NAMES
            .iter()
            .filter_map(|name| name.split(':').next())
            .filter(|name| name.parse::<Activation>().is_ok())
            .collect(),
        optimizers: OptimizerName::ALL.iter().map(ToString::to_string).collect(),
        schemes: live::schemes_with_gain().map(|name| Scheme { name, takes_gain: true }).collect(),
        axes: vec![
            axis("gain", "gain", "0.01..30:log:32"),
            axis("lr", "learning rate", "0.001..1:log:32"),
            axis("scale", "scale of the weights", "0.001..30:log:32"),
            axis("bias-scale", "scale of the biases", "0.001..10:log:32"),
            axis("depth", "hidden layers", "1..8:8"),
            axis("width", "units in each hidden layer", "1..32:32"),
            axis("steps", "steps", "10..10000:log:32"),
            axis("batch", "batch", "1..256:log:32"),
            axis("momentum", "momentum", "0..0.99:32"),
            axis("weight-decay", "weight decay", "0.00001..1:log:32"),
            axis("noise", "noise", "0..0.5:32"),
            axis("seed", "seed", "1..32:32"),
        ],
        values: Value::ALL.iter().map(|value| [value.name(), value.title()]).collect(),
        usual,
        most_starts: flags::MOST_STARTS,
    }
}
