//! What others call outputs and losses. Sources: `torch.nn`, `keras.activations`, `keras.losses`, `optax`, `MLPClassifier` and
//! `MLPRegressor`.

use super::{Loss, Output};
use crate::names::{Alias, Vocabulary};

const FOCAL: &str = "without weights of its own, which --class-weights gives: elsewhere called alpha";

const OF_MARGINS: &str = "it compares outputs with one another; hinge has each output's own margin";

const KL: &str = "ce, which it is but for the targets' own entropy; of classes that is 0";

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
        Alias::is("mean_absolute_error", "mae"),
        Alias::is("absolute_error", "mae"),
        Alias::is("absolute_loss", "mae"),
        Alias::is("l1", "mae"),
        Alias::is("L1Loss", "mae"),
        Alias::noted(
            "huber",
            "huber:1",
            "of errors beyond 1, or the number behind the colon, it is a line; in the units that training works on",
        ),
        Alias::is("HuberLoss", "huber:1"),
        Alias::noted(
            "SmoothL1Loss",
            "huber:1",
            "huber:1, which it is at its beta of 1; at another it is huber:BETA divided by beta, whose learning rate is beta times that here",
        )
        .numbered("at that beta it is this divided by beta, so that its learning rate is beta times that here"),
        Alias::is("smooth_l1", "huber:1"),
        Alias::is("hinge_loss", "hinge"),
        Alias::noted("focal", "focal:2", FOCAL),
        Alias::noted("focal_loss", "focal:2", FOCAL),
        Alias::noted("sigmoid_focal_loss", "focal:2", FOCAL),
        Alias::noted("binary_focal_crossentropy", "focal:2", FOCAL),
        Alias::noted(
            "categorical_focal_crossentropy",
            "focal:2",
            "without weights of its own; Keras's has an alpha of 0.25 that divides all of it by 4, so that its learning rate is 4 times \
             that here",
        ),
        Alias::noted(
            "poisson",
            "poisson",
            "half the deviance, which is 0 where every count is met; that of Keras and PyTorch is larger by the mean of y - y ln(y), \
             which no weights change",
        ),
        Alias::noted(
            "PoissonNLLLoss",
            "poisson",
            "poisson, which is less by the mean of y - y ln(y), and whose output is exp unless --output softplus is said: that of PyTorch takes the logarithm of the mean",
        ),
        Alias::noted("kl_divergence", "ce", KL),
        Alias::noted("KLDivLoss", "ce", KL),
        Alias::noted("kl_div", "ce", KL),
        Alias::noted("SoftMarginLoss", "bce", "bce, which it is: there classes are -1 and 1"),
        Alias::lacks("mean_absolute_percentage_error", "it is not here; it is mae of targets as logarithms where errors are small"),
        Alias::lacks("mean_squared_logarithmic_error", "it is not here; it is mse of targets as log(1 + y)"),
        Alias::lacks("rmse", "it is the root of mse, and least where that is: use mse"),
        Alias::lacks("categorical_hinge", OF_MARGINS),
        Alias::lacks("MultiMarginLoss", OF_MARGINS),
        Alias::lacks("MultiLabelMarginLoss", OF_MARGINS),
        Alias::lacks("GaussianNLLLoss", "it has outputs for the variance; mse is that of one variance for all"),
        Alias::lacks("CosineSimilarity", "it is not here; mse of targets of length 1 is the nearest"),
    ],
};

/// Names of outputs.
pub const OUTPUTS: Vocabulary = Vocabulary {
    what: "output",
    known: Output::NAMES,
    variants: &[],
    aliases: &[
        Alias::is("linear", "identity"),
        Alias::is("none", "identity"),
        Alias::is("logits", "identity"),
        Alias::is("logistic", "sigmoid"),
        Alias::is("expit", "sigmoid"),
        Alias::noted("log_softmax", "softmax", "softmax; the loss takes its logarithm"),
        Alias::is("exponential", "exp"),
        Alias::noted(
            "log_input",
            "exp",
            "exp: PyTorch's PoissonNLLLoss takes the logarithm of the mean unless told otherwise",
        ),
        Alias::lacks("log_sigmoid", "the loss takes the logarithm: bce or focal with --output sigmoid"),
    ],
};
