//! What others call losses. Sources: `torch.nn`, `keras.losses`, `optax`, `MLPClassifier` and `MLPRegressor`.

use super::vocabulary::{Alias, Vocabulary};
use crate::network::Loss;

const OF_NUMBERS: &str = "it is not here; mse is the loss of numbers";

const OF_CLASSES: &str = "it is not here; bce and ce are the losses of classes";

const HALF: &str = "the mean of squares; where others take half of it, their learning rate counts twice here";

/// Names of losses.
pub const LOSSES: Vocabulary = Vocabulary {
    what: "loss",
    known: Loss::NAMES,
    variants: &[],
    aliases: &[
        Alias::is("binary_crossentropy", "bce"),
        Alias::is("BCELoss", "bce"),
        Alias::noted("BCEWithLogitsLoss", "bce", "bce, which is computed from the logits here in any case"),
        Alias::noted("bce_with_logits", "bce", "bce, which is computed from the logits here in any case"),
        Alias::noted(
            "binary_cross_entropy_with_logits",
            "bce",
            "bce, which is computed from the logits here in any case",
        ),
        Alias::is("sigmoid_binary_cross_entropy", "bce"),
        Alias::is("sigmoid_cross_entropy", "bce"),
        Alias::is("binary_log_loss", "bce"),
        Alias::is("cross_entropy", "ce"),
        Alias::is("CrossEntropyLoss", "ce"),
        Alias::is("categorical_crossentropy", "ce"),
        Alias::is("sparse_categorical_crossentropy", "ce"),
        Alias::is("softmax_cross_entropy", "ce"),
        Alias::is("softmax_cross_entropy_with_integer_labels", "ce"),
        Alias::is("softmax_cross_entropy_with_logits", "ce"),
        Alias::noted("NLLLoss", "ce", "ce, of the softmax: that of PyTorch wants its logarithm as the output"),
        Alias::noted("nll", "ce", "ce, of the softmax: that of PyTorch wants its logarithm as the output"),
        Alias::is("negative_log_likelihood", "ce"),
        Alias::lacks("log_loss", "it is bce of two classes and ce of more: leave --loss out, and the labels decide"),
        Alias::is("MSELoss", "mse"),
        Alias::is("mean_squared_error", "mse"),
        Alias::noted(
            "squared_error",
            "mse",
            "the mean of squares, as in optax; scikit-learn's is half of it, so that its learning rate is twice that here",
        ),
        Alias::noted("squared_loss", "mse", HALF),
        Alias::noted("quadratic", "mse", HALF),
        Alias::noted("l2_loss", "mse", HALF),
        Alias::noted("l2", "mse", HALF),
        Alias::lacks("mae", OF_NUMBERS),
        Alias::lacks("mean_absolute_error", OF_NUMBERS),
        Alias::lacks("absolute_error", OF_NUMBERS),
        Alias::lacks("l1", OF_NUMBERS),
        Alias::lacks("L1Loss", OF_NUMBERS),
        Alias::lacks("SmoothL1Loss", OF_NUMBERS),
        Alias::lacks("huber", OF_NUMBERS),
        Alias::lacks("HuberLoss", OF_NUMBERS),
        Alias::lacks("log_cosh", OF_NUMBERS),
        Alias::lacks("mean_absolute_percentage_error", OF_NUMBERS),
        Alias::lacks("mean_squared_logarithmic_error", "it is not here; it is mse of targets as log(1 + y)"),
        Alias::lacks("rmse", "it is the root of mse, and least where that is: use mse"),
        Alias::lacks("poisson", "it is not here; mse of targets as logarithms is the nearest"),
        Alias::lacks("hinge", OF_CLASSES),
        Alias::lacks("hinge_loss", OF_CLASSES),
        Alias::lacks("squared_hinge", OF_CLASSES),
        Alias::lacks("MultiMarginLoss", OF_CLASSES),
        Alias::lacks("focal", OF_CLASSES),
        Alias::lacks("binary_focal_crossentropy", OF_CLASSES),
        Alias::lacks("sigmoid_focal_loss", OF_CLASSES),
        Alias::lacks("kl_divergence", OF_CLASSES),
        Alias::lacks("KLDivLoss", OF_CLASSES),
    ],
};
