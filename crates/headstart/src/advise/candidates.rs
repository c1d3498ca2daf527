//! What is tried: families of schemes, each with a range of sizes.

use crate::stats::mean;
use headstart_engine::activation::Activation;
use headstart_engine::init::{Initialization, Scheme};
use headstart_engine::network::{Layer, Network};
use headstart_engine::theory::{self, Ensemble};

/// A scheme with a range of gains, or plain weights with a range of scales.
#[derive(Clone, Debug, PartialEq)]
pub struct Family {
    /// The scheme's name in the grammar.
    pub name: &'static str,
    /// The gains, rising; of `normal`, the scales. Every other one is looked at first.
    pub gains: &'static [f64],
    /// Whether theory or custom says that its gain 1 is good for the network.
    pub is_expected: bool,
}

impl Family {
    /// The start of this family with a gain.
    ///
    /// # Panics
    /// Never: the names are those of the grammar.
    pub fn init(&self, gain: f64) -> Initialization {
        let text = format!("{}:{gain}", self.name);
        Initialization::new(&[text.parse::<Scheme>().expect("a name of the grammar")])
    }

    /// The gains that are looked at first: every other one, 1 among them.
    pub fn first(&self) -> impl Iterator<Item = f64> {
        self.gains.iter().copied().step_by(2)
    }

    /// The gain that the scheme was published with; none of plain weights, which have no size of their own.
    pub fn own_gain(&self) -> Option<f64> {
        (self.name != "normal").then_some(1.0)
    }
}

/// Gains around 1, half an octave apart, as people write them.
const GAINS: [f64; 17] = [0.06, 0.09, 0.12, 0.18, 0.25, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0, 5.6, 8.0, 11.0, 16.0];

/// Scales of plain weights, four to a decade.
const SCALES: [f64; 13] = [0.01, 0.018, 0.03, 0.056, 0.1, 0.18, 0.3, 0.56, 1.0, 1.8, 3.0, 5.6, 10.0];

/// Hidden layers from which on a correction for depth is worth a try.
const DEEP: usize = 8;

/// The usual start for an activation: He's for those that are cut or bent at 0, LeCun's for selu, Glorot's for the others
/// (He et al. 2015; Klambauer et al. 2017; Glorot and Bengio 2010).
pub fn rule_of_thumb(activation: Activation) -> &'static str {
    match activation {
        Activation::Relu
        | Activation::LeakyRelu(_)
        | Activation::Prelu(_)
        | Activation::Elu
        | Activation::Gelu
        | Activation::Silu
        | Activation::Softplus
        | Activation::Relu6
        | Activation::HardSwish
        | Activation::Mish
        | Activation::GeluTanh
        | Activation::Celu(_)
        | Activation::LogSigmoid
        | Activation::Threshold(_)
        | Activation::Squareplus
        | Activation::SparsePlus => "he",
        Activation::Selu => "lecun",
        Activation::Identity
        | Activation::Tanh
        | Activation::Sigmoid
        | Activation::Sin
        | Activation::HardTanh
        | Activation::HardSigmoid
        | Activation::Softsign
        | Activation::TanhShrink
        | Activation::SoftShrink(_)
        | Activation::HardShrink(_)
        | Activation::Exp
        | Activation::SparseSigmoid => "glorot",
    }
}

/// The families that are tried for a network, the best known one first.
pub fn families(network: &Network) -> Vec<Family> {
    let activation = network.activations().first().copied().unwrap_or(Activation::Identity);
    let usual = rule_of_thumb(activation);
    let mut names = vec![usual];
    // He's and LeCun's are one family with another unit.
    let is_by_fan_in = |name: &str| ["he", "lecun"].contains(&name);
    names.extend(["he", "glorot"].into_iter().filter(|name| is_by_fan_in(name) != is_by_fan_in(usual)));
    names.extend(["orthogonal", "lsuv"]);
    // Without biases of their own critical weights are one of the above.
    if theory::critical(activation).is_some_and(|point| point.biases > 0.0) && network.has_biases() {
        names.push("critical");
    }
    let hidden = network.activations();
    let is_plain = network.is_dense_chain();
    if is_plain
        && hidden.len() >= DEEP
        && hidden.iter().all(|each| matches!(each, Activation::Relu | Activation::Identity))
    {
        names.push("depth-scaled");
    }
    let is_expected = |name: &str| [usual, "critical", "depth-scaled"].contains(&name);
    let family = |name: &'static str| Family { name, gains: &GAINS, is_expected: is_expected(name) };
    let mut families: Vec<Family> = names.into_iter().map(family).collect();
    families.push(Family { name: "normal", gains: &SCALES, is_expected: false });
    families
}

/// The size of a start's weights in octaves: the logarithm of their standard deviation times the root of the inputs of a unit,
/// in the mean over the layers; so schemes can be compared. None of a scheme that looks at the data.
pub fn size(network: &Network, init: &Initialization) -> Option<f64> {
    let of_layer = |(l, layer): (usize, Layer)| {
        let [weights, _] = init.variances(l, &layer)?;
        Some(0.5 * libm::log2(weights * layer.fan_in as f64))
    };
    let sizes: Vec<f64> = network.layers().enumerate().map(of_layer).collect::<Option<_>>()?;
    Some(mean(&sizes)).filter(|size| size.is_finite())
}

/// A signal or a gradient that changes by more than this through all layers is lost for a training, even for one that divides
/// by the gradient's size.
const LOST: f64 = 1e18;

/// Why a start cannot get going, from theory alone; none if nothing speaks against it, and of blocks, which this theory is not of. `second_moment` is that of the inputs.
pub fn obstacle(network: &Network, init: &Initialization, second_moment: f64) -> Option<String> {
    if !network.is_dense_chain() {
        return None;
    }
    let (mut signal, mut gradient) = (second_moment, 1.0);
    let mut first = None;
    for (l, layer) in network.layers().enumerate() {
        // What theory does not know is not held against a start.
        let [weights, biases] = init.variances(l, &layer)?;
        let ensemble = Ensemble { activation: layer.before, weights: weights * layer.fan_in as f64, biases };
        if l > 0 {
            gradient *= ensemble.weights * theory::averages(layer.before, signal.clamp(1e-24, 1e24)).slope_square;
        }
        signal = if l == 0 { ensemble.weights * signal + biases } else { ensemble.next_variance(signal.min(1e24)) };
        first.get_or_insert(signal);
    }
    let growth = signal / first.filter(|first| *first > 0.0)?;
    match (growth, gradient) {
        (growth, _) if growth > LOST => Some(format!("the signal grows more than {LOST:.0e} times through the layers")),
        (_, gradient) if gradient > LOST => {
            Some(format!("the gradient grows more than {LOST:.0e} times on its way back"))
        }
        (_, gradient) if gradient < 1.0 / LOST => {
            Some(format!("the gradient shrinks to less than {:.0e} of itself on its way back", 1.0 / LOST))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use headstart_engine::network::{Loss, Output};

    fn network(widths: &[usize], activation: Activation) -> Network {
        Network::new(widths, &[activation], Output::Sigmoid, Loss::BinaryCrossEntropy, true).unwrap()
    }

    #[test]
    fn the_best_known_scheme_of_an_activation_comes_first() {
        let first = |activation| families(&network(&[2, 10, 5, 1], activation))[0].name;
        assert_eq!(
            [first(Activation::Relu), first(Activation::Tanh), first(Activation::Selu)],
            ["he", "glorot", "lecun"]
        );
        let names = |widths: &[usize], activation| {
            families(&network(widths, activation)).iter().map(|family| family.name).collect::<Vec<_>>()
        };
        assert_eq!(names(&[2, 10, 1], Activation::Relu), ["he", "glorot", "orthogonal", "lsuv", "normal"]);
        assert_eq!(names(&[2, 10, 1], Activation::Tanh), ["glorot", "he", "orthogonal", "lsuv", "normal"]);
        assert!(names(&[2, 10, 1], Activation::Gelu).contains(&"critical"));
        let deep = [&[2][..], &[10; 12], &[1]].concat();
        assert!(names(&deep, Activation::Relu).contains(&"depth-scaled"));
        assert!(!names(&deep, Activation::Tanh).contains(&"depth-scaled"));
        for family in families(&network(&deep, Activation::Relu)) {
            for gain in family.gains {
                family.init(*gain).check(&network(&deep, Activation::Relu)).unwrap();
            }
        }
    }

    #[test]
    fn the_size_of_weights_compares_schemes() {
        let network = network(&[20, 20, 20], Activation::Relu);
        let size = |init: &str| size(&network, &init.parse().unwrap());
        let near = |a: Option<f64>, b: f64| (a.unwrap() - b).abs() < 1e-12;
        assert!(near(size("he"), 0.5) && near(size("lecun"), 0.0) && near(size("glorot:2"), 1.0));
        assert!(near(size("orthogonal:0.5"), -1.0) && near(size("normal:1"), 0.5 * 20_f64.log2()));
        assert_eq!((size("lsuv"), size("zeros")), (None, None));
    }

    #[test]
    fn theory_rules_out_what_depth_makes_of_a_size() {
        let deep = network(&[&[2][..], &[20; 20], &[1]].concat(), Activation::Relu);
        let says = |init: &str| obstacle(&deep, &init.parse().unwrap(), 1.0);
        assert_eq!(says("he"), None);
        assert!(says("normal:0.01").unwrap().contains("gradient shrinks"));
        assert!(says("normal:10").unwrap().contains("signal grows"));
        // A shallow network can start from any of them.
        let shallow = network(&[2, 10, 5, 1], Activation::Relu);
        assert_eq!(obstacle(&shallow, &"normal:10".parse().unwrap(), 1.0), None);
    }
}
