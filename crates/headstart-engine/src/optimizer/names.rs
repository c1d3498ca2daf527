//! What others call optimizers and learning rate schedules. Sources: `torch.optim` and its `lr_scheduler`, `keras.optimizers` and
//! its `schedules`, `optax`, `MLPClassifier`.

use super::{Optimizer, Schedule};
use crate::names::{Alias, Vocabulary};

const ADAPTIVE: &str = "it is not here; adam and rmsprop are the nearest";

const LBFGS: &str = "steps of the learning rate along its direction, without a line search, as in PyTorch by default; SciPy's, \
                     which scikit-learn uses, searches along every line";

const SECOND: &str = "it is not here; lbfgs is the one that fits curvature";

const ADAGRAD: &str = "its sum of squares starts from 0, as in PyTorch; from 0.1 in Keras and optax";

const EPSILON: &str = "its epsilon is 1e-8, as in PyTorch and optax; 1e-7 in Keras";

const ADADELTA: &str =
    "its learning rate is 1 unless --lr says otherwise, as in its paper and in PyTorch; 0.001 in Keras";

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
        Alias::noted(
            "adamw",
            "adamw",
            "its weight decay is 0.01 unless --weight-decay says otherwise, as in PyTorch; 0.004 in Keras",
        ),
        Alias::lacks("adafactor", ADAPTIVE),
        Alias::noted("adagrad", "adagrad", ADAGRAD),
        Alias::noted("adadelta", "adadelta", ADADELTA),
        Alias::noted("adamax", "adamax", EPSILON),
        Alias::noted("nadam", "nadam", EPSILON),
        Alias::lacks("radam", ADAPTIVE),
        Alias::lacks("amsgrad", ADAPTIVE),
        Alias::lacks("adabelief", ADAPTIVE),
        Alias::lacks("asgd", "it averages the weights, which is not here; sgd is the nearest"),
        Alias::lacks("lamb", ADAPTIVE),
        Alias::lacks("lars", ADAPTIVE),
        Alias::lacks("muon", ADAPTIVE),
        Alias::lacks("ftrl", ADAPTIVE),
        Alias::lacks("rprop", "it is not here; rmsprop is the nearest"),
        Alias::noted("lbfgs", "lbfgs", LBFGS),
        Alias::lacks("bfgs", SECOND),
        Alias::lacks("newton", SECOND),
        Alias::lacks("levenberg_marquardt", SECOND),
    ],
};

const COSINE: &str = "down to 0 over all steps, without restarts, changed at every step";

const EVERY_STEP: &str = "changed at every step, where frameworks mostly count epochs";

const WARM: &str = "with --warmup STEPS before it";

const MANY: &str = "several falls at steps of their own are not here; step falls every so many steps";

/// Names of schedules.
pub const SCHEDULES: Vocabulary = Vocabulary {
    what: "learning rate schedule",
    known: Schedule::NAMES,
    variants: &[],
    aliases: &[
        Alias::is("none", "constant"),
        Alias::is("constant_schedule", "constant"),
        Alias::lacks(
            "ConstantLR",
            "PyTorch's takes a third of the rate for five epochs; constant is the same throughout",
        ),
        Alias::noted("CosineAnnealingLR", "cosine", COSINE),
        Alias::noted("cosine_annealing", "cosine", COSINE),
        Alias::noted("CosineDecay", "cosine", COSINE),
        Alias::noted("cosine_decay_schedule", "cosine", COSINE),
        Alias::lacks("CosineAnnealingWarmRestarts", "restarts are not here; cosine is one period of it"),
        Alias::lacks("CosineDecayRestarts", "restarts are not here; cosine is one period of it"),
        Alias::lacks("sgdr_schedule", "restarts are not here; cosine is one period of it"),
        Alias::noted("warmup_cosine_decay_schedule", "cosine", WARM),
        Alias::noted("warmup_constant_schedule", "constant", WARM),
        Alias::is("OneCycleLR", "one-cycle"),
        Alias::is("cosine_onecycle_schedule", "one-cycle"),
        Alias::noted("StepLR", "step", EVERY_STEP),
        Alias::lacks("MultiStepLR", MANY),
        Alias::lacks("PiecewiseConstantDecay", MANY),
        Alias::lacks("piecewise_constant_schedule", MANY),
        Alias::noted("ExponentialLR", "exponential", EVERY_STEP),
        Alias::noted("ExponentialDecay", "exponential", EVERY_STEP),
        Alias::lacks("InverseTimeDecay", "it is not here; polynomial and exponential are the nearest"),
        Alias::is("PolynomialDecay", "polynomial"),
        Alias::is("PolynomialLR", "polynomial"),
        Alias::is("polynomial_schedule", "polynomial"),
        Alias::is("LinearLR", "linear"),
        Alias::is("linear_schedule", "linear"),
        Alias::lacks("invscaling", "it is not here; polynomial and exponential are the nearest"),
        Alias::lacks("adaptive", "what follows the loss is not here; cosine, linear and the others fall by the steps"),
        Alias::lacks(
            "ReduceLROnPlateau",
            "what follows the loss is not here; cosine, linear and the others fall by the steps",
        ),
    ],
};
