//! What others call learning rate schedules. Sources: `torch.optim.lr_scheduler`, `keras.optimizers.schedules`, `optax`,
//! `MLPClassifier`.

use super::vocabulary::{Alias, Vocabulary};
use crate::optimizer::Schedule;

const COSINE: &str = "down to 0 over all steps, without restarts, changed at every step";

const FALLING: &str = "it is not here; cosine is the one that falls";

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
        Alias::lacks("warmup_cosine_decay_schedule", "a warm-up is not here; cosine is what follows it"),
        Alias::lacks("cosine_onecycle_schedule", "a warm-up is not here; cosine is what follows it"),
        Alias::lacks("OneCycleLR", "a warm-up is not here; cosine is what follows it"),
        Alias::lacks("StepLR", FALLING),
        Alias::lacks("MultiStepLR", FALLING),
        Alias::lacks("PiecewiseConstantDecay", FALLING),
        Alias::lacks("ExponentialLR", FALLING),
        Alias::lacks("ExponentialDecay", FALLING),
        Alias::lacks("InverseTimeDecay", FALLING),
        Alias::lacks("PolynomialDecay", FALLING),
        Alias::lacks("PolynomialLR", FALLING),
        Alias::lacks("linear", FALLING),
        Alias::lacks("LinearLR", FALLING),
        Alias::lacks("linear_schedule", FALLING),
        Alias::lacks("invscaling", FALLING),
        Alias::lacks("adaptive", "what follows the loss is not here; cosine falls by the steps"),
        Alias::lacks("ReduceLROnPlateau", "what follows the loss is not here; cosine falls by the steps"),
    ],
};
