//! How start and learning rates change with the width so that what was found in a narrow network holds in a wide one.
//!
//! All figures are factors beside those of a network of base width, whose hidden layers have `base` units; `r` is a width over the base
//! width. Weights are multiplied by nothing else in the forward pass.
//!
//! Why, in a wide network of width `n` (Yang and Hu 2021, "Feature learning in infinite-width neural networks"; Yang et al. 2022, "Tensor
//! Programs V", table 3, and Yang, Simon and Bernstein 2023, "A spectral condition for feature learning"): a step is to change
//! each layer's pre-activations by an amount that does not depend on `n`, and as much as it can.
//!
//! - A change `dW` of hidden or output weights that a gradient makes is aligned with the layer's inputs `x`, so `dW x` is a sum of `n`
//!   terms of one sign: entries of `dW` have to be like `1 / n`. Rules that scale each parameter make entries of the size of the rate:
//!   the rate is like `1 / n`. Inputs are few, and biases have one input: their rate stays.
//! - Changes of an output are such sums as well, and at the start must not be larger than they: output weights are like `1 / n`, not
//!   `1 / sqrt(n)`. So the gradient at hidden pre-activations is like `1 / n`. Descent steps by rate times gradient: that is
//!   `1 / n` in hidden weights as it should be, where the rate stays; too small by `n` in input weights and biases, which get `n` times the
//!   rate; and 1 in output weights, where it should be `1 / n`.
//! - In the standard parametrization nothing of that is done: steps of a fixed rate grow with the width until training diverges. In that
//!   of the neural tangent kernel hidden pre-activations change by `1 / sqrt(n)` only: it learns no features.

use crate::names::{Alias, GrammarError, Vocabulary};
use crate::optimizer::Optimizer;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// How a start and learning rates change with the width.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Parametrization {
    /// Not at all but for what the scheme does: what frameworks do.
    #[default]
    Standard,
    /// As if weights of variance 1 were trained and divided by `sqrt(fan_in)` in the forward pass (Jacot et al. 2018, "Neural tangent
    /// kernel"). With plain descent the kernel has a limit.
    Ntk,
    /// Maximal update (Yang and Hu 2021): the best rate of a narrow network is about the best of a wide one.
    Mup,
}

/// Names of parametrizations.
pub const PARAMETRIZATIONS: Vocabulary = Vocabulary {
    what: "parametrization",
    known: Parametrization::NAMES,
    variants: &[],
    aliases: &[
        Alias::is("sp", "standard"),
        Alias::is("standard_parametrization", "standard"),
        Alias::is("neural_tangent_kernel", "ntk"),
        Alias::is("ntp", "ntk"),
        // Greek, and the sign of micro, which keyboards have.
        Alias::is("\u{3bc}p", "mup"),
        Alias::is("\u{b5}p", "mup"),
        Alias::is("maximal_update", "mup"),
    ],
};

/// Which of its fans grow with the width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The first layer of weights: its fan-out.
    Input,
    /// A layer between hidden layers: both.
    Hidden,
    /// The last layer: its fan-in. A network of one layer has no width, and no factors.
    Output,
}

/// A layer of weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Its place.
    pub role: Role,
    /// Numbers that each of its units sees; of a convolution the kernel's positions times channels, in `base` as well.
    pub fan_in: usize,
    /// Its units.
    pub fan_out: usize,
}

/// What a layer's figures are multiplied by, beside those of the network of base width.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Factors {
    /// The standard deviation that a scheme by fan-in (he, lecun, glorot) draws weights with at the layer's own width. A scheme that
    /// does not know the fan-in, as `normal:S`, is first to be divided by the root of `fan_in / base` in hidden and output layers.
    pub start: f64,
    /// The learning rate of the weights.
    pub weights: f64,
    /// The learning rate of the biases.
    pub biases: f64,
}

/// Why there are no factors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "{0} has no learning rates by layer with lbfgs, whose step is one for all parameters together: take another optimizer, or standard"
)]
pub struct NoFactors(pub Parametrization);

/// What a step of an update rule is proportional to.
enum Step {
    /// The gradient.
    Gradient,
    /// The learning rate alone, whatever the gradient's size.
    Rate,
}

impl Parametrization {
    /// Every name in the grammar.
    pub const NAMES: &'static [&'static str] = &["standard", "ntk", "mup"];

    /// What start and rates of a layer are multiplied by, in a network whose hidden layers have `base` units at base width (1 or more).
    /// At base width all are exactly 1.
    ///
    /// | mup | start | descent: weights, biases | rules that scale each parameter: weights, biases |
    /// | --- | --- | --- | --- |
    /// | input | 1 | r, r | 1, 1 |
    /// | hidden | 1 | `r_out / r_in`, `r_out` | `1 / r_in`, 1 |
    /// | output | `1 / sqrt(r_in)` | `1 / r_in`, 1 | `1 / r_in`, 1 |
    ///
    /// with `r_in = fan_in / base` and `r_out = fan_out / base`. This is table 3 of Yang et al. 2022, whose hidden layers all are of one
    /// width, so that `r_out / r_in` is 1. Descent is so with momentum, too; the others are adam, nadam, adamax, rmsprop, adagrad, adadelta
    /// and lion, as long as their epsilon is small beside the gradient, which falls with the width.
    ///
    /// Of ntk, weights' rates are divided by `r_in` (of the input's by nothing) for descent: `w = v / sqrt(n)` and a step of `v` by the
    /// rate times `dL/dv = dL/dw / sqrt(n)` move `w` by rate / n times `dL/dw`. For rules that scale each parameter `v` moves by the
    /// rate, and `w` by rate / `sqrt(n)`: divided by `sqrt(r_in)`. That is the same training, but no start that can be kept: hidden
    /// pre-activations then move by `sqrt(r)`, so the rate has to fall with the width. Biases are what they are: 1.
    ///
    /// # Errors
    /// With lbfgs, but of the standard parametrization.
    pub fn factors(self, shape: Shape, base: usize, optimizer: Optimizer) -> Result<Factors, NoFactors> {
        let step = match (self, step(optimizer)) {
            (Self::Standard, _) => return Ok(Factors::NONE),
            (_, None) => return Err(NoFactors(self)),
            (_, Some(step)) => step,
        };
        let ratio = |fan: usize| fan as f64 / base as f64;
        // The fan that does not grow has no part.
        let (r_in, r_out) = match shape.role {
            Role::Input => (1.0, ratio(shape.fan_out)),
            Role::Hidden => (ratio(shape.fan_in), ratio(shape.fan_out)),
            Role::Output => (ratio(shape.fan_in), 1.0),
        };
        let factors = match (self, step) {
            (Self::Mup, Step::Gradient) => Factors { start: 1.0, weights: r_out / r_in, biases: r_out },
            (Self::Mup, Step::Rate) | (_, Step::Gradient) => Factors { weights: 1.0 / r_in, ..Factors::NONE },
            (_, Step::Rate) => Factors { weights: 1.0 / r_in.sqrt(), ..Factors::NONE },
        };
        let is_smaller = self == Self::Mup && shape.role == Role::Output;
        Ok(if is_smaller { Factors { start: 1.0 / r_in.sqrt(), ..factors } } else { factors })
    }
}

impl Factors {
    /// Those that change nothing.
    pub const NONE: Self = Self { start: 1.0, weights: 1.0, biases: 1.0 };
}

/// How an update rule steps; none if it has no step by parameter.
fn step(optimizer: Optimizer) -> Option<Step> {
    match optimizer {
        Optimizer::Descent { .. } => Some(Step::Gradient),
        Optimizer::Adam { .. }
        | Optimizer::RmsProp { .. }
        | Optimizer::Nadam { .. }
        | Optimizer::Adamax { .. }
        | Optimizer::Adadelta { .. }
        | Optimizer::Adagrad { .. }
        | Optimizer::Lion { .. } => Some(Step::Rate),
        Optimizer::Lbfgs { .. } => None,
    }
}

impl FromStr for Parametrization {
    type Err = GrammarError;

    fn from_str(text: &str) -> Result<Self, GrammarError> {
        Ok([Self::Standard, Self::Ntk, Self::Mup][PARAMETRIZATIONS.position(text)?])
    }
}

impl fmt::Display for Parametrization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(Self::NAMES[*self as usize])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::Activation;
    use crate::rng::Native;
    use crate::theory::draws;
    use ndarray::Array2;
    use proptest::prelude::*;

    const MOMENTUM: Optimizer = Optimizer::Descent { momentum: 0.9, nesterov: true };

    const SCALING: [Optimizer; 7] = [
        Optimizer::ADAM,
        Optimizer::RMSPROP,
        Optimizer::NADAM,
        Optimizer::ADAMAX,
        Optimizer::ADADELTA,
        Optimizer::ADAGRAD,
        Optimizer::LION,
    ];

    const ALL: [Parametrization; 3] = [Parametrization::Standard, Parametrization::Ntk, Parametrization::Mup];

    fn layer(role: Role, fan_in: usize, fan_out: usize) -> Shape {
        Shape { role, fan_in, fan_out }
    }

    #[test]
    fn names_are_read_and_written() {
        for parametrization in ALL {
            assert_eq!(parametrization.to_string().parse(), Ok(parametrization));
        }
        for (name, meant) in [
            ("SP", Parametrization::Standard),
            ("NTK", Parametrization::Ntk),
            ("muP", Parametrization::Mup),
            ("mu-p", Parametrization::Mup),
            ("\u{3bc}P", Parametrization::Mup),
            ("\u{b5}p", Parametrization::Mup),
            ("maximal update", Parametrization::Mup),
        ] {
            assert_eq!(name.parse(), Ok(meant), "{name}");
        }
        let error = "mpu".parse::<Parametrization>().unwrap_err().to_string();
        assert!(error.contains("unknown parametrization \"mpu\", did you mean \"mup\"?"), "{error}");
        assert!("mup:2".parse::<Parametrization>().unwrap_err().to_string().contains("takes no number"));
    }

    /// Table 3 of Yang et al. 2022 at 4 times the width.
    #[test]
    fn factors_are_those_of_table_3() {
        let of = |shape, optimizer| {
            let Factors { start, weights, biases } = Parametrization::Mup.factors(shape, 64, optimizer).unwrap();
            [start, weights, biases]
        };
        let [input, hidden, output] =
            [layer(Role::Input, 784, 256), layer(Role::Hidden, 256, 256), layer(Role::Output, 256, 10)];
        for optimizer in [Optimizer::GRADIENT_DESCENT, MOMENTUM] {
            assert_eq!(of(input, optimizer), [1.0, 4.0, 4.0]);
            assert_eq!(of(hidden, optimizer), [1.0, 1.0, 4.0]);
            assert_eq!(of(output, optimizer), [0.5, 0.25, 1.0]);
        }
        for optimizer in SCALING {
            assert_eq!(of(input, optimizer), [1.0, 1.0, 1.0]);
            assert_eq!(of(hidden, optimizer), [1.0, 0.25, 1.0]);
            assert_eq!(of(output, optimizer), [0.5, 0.25, 1.0]);
        }
        let ntk = |shape, optimizer| Parametrization::Ntk.factors(shape, 64, optimizer).unwrap();
        assert_eq!(ntk(input, MOMENTUM), Factors::NONE);
        assert_eq!(ntk(hidden, MOMENTUM), Factors { weights: 0.25, ..Factors::NONE });
        assert_eq!(ntk(output, Optimizer::ADAM), Factors { weights: 0.5, ..Factors::NONE });
    }

    /// The output of table 8 has a multiplier of 1 / n, a start of 1 and rates of n and 1. A multiplier t times as large, a start t times
    /// as small and rates t^2 (descent) or t times as small are the same training (lemma J.1 of Yang et al. 2022): with t = n, without
    /// a multiplier, table 3.
    #[test]
    fn table_8_is_table_3_with_multipliers() {
        let r: f64 = 4.0;
        let output = layer(Role::Output, 256, 10);
        let by = |optimizer| Parametrization::Mup.factors(output, 64, optimizer).unwrap();
        // Beside a scheme by fan-in, which has 1 / sqrt(r) of its own.
        assert_eq!(by(MOMENTUM).start / r.sqrt(), 1.0 / r);
        assert_eq!(by(MOMENTUM).weights, r / (r * r));
        assert_eq!(by(Optimizer::ADAM).weights, 1.0 / r);
    }

    #[test]
    fn lbfgs_has_no_rates_by_layer() {
        let hidden = layer(Role::Hidden, 8, 8);
        assert_eq!(Parametrization::Standard.factors(hidden, 4, Optimizer::LBFGS), Ok(Factors::NONE));
        let error = Parametrization::Mup.factors(hidden, 4, Optimizer::LBFGS).unwrap_err();
        assert!(error.to_string().starts_with("mup has no learning rates by layer with lbfgs"), "{error}");
    }

    /// How far one step moves the second hidden layer's pre-activations (the root of the mean square) and the output, a mean over draws.
    fn moved(parametrization: Parametrization, optimizer: Optimizer, width: usize) -> [f64; 2] {
        const INPUTS: usize = 6;
        const DRAWS: u64 = 8;
        let shapes =
            [layer(Role::Input, INPUTS, width), layer(Role::Hidden, width, width), layer(Role::Output, width, 1)];
        let factors = shapes.map(|shape| parametrization.factors(shape, 32, optimizer).unwrap());
        let mut sums = [0.0; 2];
        for seed in 0..DRAWS {
            let mut stream = Native::new(seed, 5);
            let x = draws::normal(INPUTS, 1, 1.0, &mut stream);
            let mut weights: Vec<Array2<f64>> = shapes
                .iter()
                .zip(factors)
                .map(|(shape, factors)| {
                    let variance = 2.0 * factors.start * factors.start;
                    draws::weights(shape.fan_out, shape.fan_in, variance, &mut stream)
                })
                .collect();
            let (before, gradients) = pass(&weights, &x);
            for ((weights, gradient), factors) in weights.iter_mut().zip(gradients).zip(factors) {
                // The first step of adam is the gradient's sign. Small steps, or the narrow network would leave its start.
                let step = match optimizer {
                    Optimizer::Adam { .. } => gradient.map(|g| if *g == 0.0 { 0.0 } else { g.signum() }),
                    _ => gradient,
                };
                weights.scaled_add(-1e-4 * factors.weights, &step);
            }
            let (after, _) = pass(&weights, &x);
            sums[0] += draws::mean_square(&(&after[1] - &before[1])).sqrt() / DRAWS as f64;
            sums[1] += (after[2][[0, 0]] - before[2][[0, 0]]).abs() / DRAWS as f64;
        }
        sums
    }

    /// Pre-activations, and the gradient of the output.
    fn pass(weights: &[Array2<f64>], x: &Array2<f64>) -> (Vec<Array2<f64>>, Vec<Array2<f64>>) {
        let (mut inputs, mut slopes, mut z) = (vec![x.clone()], Vec::new(), Vec::new());
        for layer in weights {
            z.push(layer.dot(&inputs[inputs.len() - 1]));
            let (values, slope) = draws::activate(Activation::Relu, &z[z.len() - 1]);
            inputs.push(values);
            slopes.push(slope);
        }
        let mut delta = Array2::ones((1, 1));
        let mut gradients = Vec::new();
        for l in (0..weights.len()).rev() {
            gradients.push(delta.dot(&inputs[l].t()));
            if l > 0 {
                delta = weights[l].t().dot(&delta) * &slopes[l - 1];
            }
        }
        gradients.reverse();
        (z, gradients)
    }

    /// From 64 to 1024 units: features move alike in mup, die out in ntk, grow in the standard parametrization.
    #[test]
    fn one_step_moves_wide_networks_as_the_theory_says() {
        let grows = |parametrization, optimizer| {
            let [narrow, wide] = [64, 1024].map(|width| moved(parametrization, optimizer, width));
            [wide[0] / narrow[0], wide[1] / narrow[1]]
        };
        for (parametrization, optimizer, features, output) in [
            (Parametrization::Mup, Optimizer::GRADIENT_DESCENT, 1.0, Some(1.0)),
            (Parametrization::Mup, Optimizer::ADAM, 1.0, Some(1.0)),
            (Parametrization::Ntk, Optimizer::GRADIENT_DESCENT, 0.25, Some(1.0)),
            (Parametrization::Ntk, Optimizer::ADAM, 4.0, None),
            (Parametrization::Standard, Optimizer::GRADIENT_DESCENT, 4.0, Some(16.0)),
            (Parametrization::Standard, Optimizer::ADAM, 16.0, None),
        ] {
            let [found, found_output] = grows(parametrization, optimizer);
            let near = |found: f64, told: f64| (0.6..1.6).contains(&(found / told));
            assert!(near(found, features), "{parametrization} {optimizer:?}: features x {found}, not {features}");
            let is_near = output.is_none_or(|output| near(found_output, output));
            assert!(is_near, "{parametrization} {optimizer:?}: output x {found_output}, not {output:?}");
        }
    }

    proptest! {
        #[test]
        fn at_base_width_nothing_changes(base in 1..5000_usize, fan in 1..5000_usize, which in 0..3_usize) {
            let shapes = [layer(Role::Input, fan, base), layer(Role::Hidden, base, base), layer(Role::Output, base, fan)];
            for optimizer in SCALING.into_iter().chain([MOMENTUM]) {
                for shape in shapes {
                    prop_assert_eq!(ALL[which].factors(shape, base, optimizer), Ok(Factors::NONE));
                }
            }
        }

        /// From a to b and on to c is from a to c.
        #[test]
        fn factors_multiply(which in 0..3_usize, k in 0..3_usize, widths in (1..6_u32, 1..6_u32), place in 0..2_usize) {
            let role = [Role::Input, Role::Hidden, Role::Output][k];
            let optimizer = [MOMENTUM, Optimizer::ADAM][place];
            let at = |width: usize, base: usize| {
                ALL[which].factors(layer(role, width, width), base, optimizer).unwrap()
            };
            let (middle, end) = (4_usize.pow(widths.0), 4_usize.pow(widths.1));
            let [first, second, whole] = [at(middle, 4), at(end, middle), at(end, 4)];
            prop_assert_eq!(first.weights * second.weights, whole.weights);
            prop_assert_eq!(first.biases * second.biases, whole.biases);
            prop_assert_eq!(first.start * second.start, whole.start);
        }
    }
}
