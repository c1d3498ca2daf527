//! What others call learning rate schedules. Sources: `torch.optim.lr_scheduler`, `keras.optimizers.schedules`, `optax`,
//! `MLPClassifier`.

use super::vocabulary::{Alias, Vocabulary};
use crate::optimizer::Schedule;

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
