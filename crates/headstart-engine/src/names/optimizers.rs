//! What others call optimizers. Sources: `torch.optim`, `keras.optimizers`, `optax`, `MLPClassifier`.

use super::vocabulary::{Alias, Vocabulary};
use crate::optimizer::Optimizer;

const DECAY: &str = "it is adam that shrinks the weights at every step, which is not here; adam is the nearest";

const ADAPTIVE: &str = "it is not here; adam and rmsprop are the nearest";

const SECOND: &str =
    "it fits curvature, which no rule here does; adam is the nearest, or gd for the same loss on all samples";

/// Names of optimizers.
pub const OPTIMIZERS: Vocabulary = Vocabulary {
    what: "optimizer",
    known: Optimizer::NAMES,
    variants: &[],
    aliases: &[
        Alias::is("gradient_descent", "gd"),
        Alias::is("batch_gradient_descent", "gd"),
        Alias::is("stochastic_gradient_descent", "sgd"),
        Alias::noted(
            "rmsprop",
            "rmsprop",
            "its decay is 0.99 unless --decay says otherwise, as in PyTorch; Keras and optax have 0.9",
        ),
        Alias::lacks("momentum", "it is a number of gd and sgd: --optimizer sgd --momentum 0.9"),
        Alias::lacks("nesterov", "it is a variant of gd and sgd: --optimizer sgd --momentum 0.9 --nesterov"),
        Alias::lacks("nag", "it is a variant of gd and sgd: --optimizer sgd --momentum 0.9 --nesterov"),
        Alias::lacks("adamw", DECAY),
        Alias::lacks("adafactor", ADAPTIVE),
        Alias::lacks("adagrad", ADAPTIVE),
        Alias::lacks("adadelta", ADAPTIVE),
        Alias::lacks("adamax", ADAPTIVE),
        Alias::lacks("nadam", ADAPTIVE),
        Alias::lacks("radam", ADAPTIVE),
        Alias::lacks("amsgrad", ADAPTIVE),
        Alias::lacks("adabelief", ADAPTIVE),
        Alias::lacks("asgd", "it averages the weights, which is not here; sgd is the nearest"),
        Alias::lacks("lion", ADAPTIVE),
        Alias::lacks("lamb", ADAPTIVE),
        Alias::lacks("lars", ADAPTIVE),
        Alias::lacks("muon", ADAPTIVE),
        Alias::lacks("ftrl", ADAPTIVE),
        Alias::lacks("rprop", "it is not here; rmsprop is the nearest"),
        Alias::lacks("lbfgs", SECOND),
        Alias::lacks("bfgs", SECOND),
        Alias::lacks("newton", SECOND),
        Alias::lacks("levenberg_marquardt", SECOND),
    ],
};
