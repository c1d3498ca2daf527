"""The task: what was asked for, everything inferred filled in."""

from __future__ import annotations

from .._fields import Fields, Sentence


class Writing(Fields):
    """How the numbers of a column are written."""

    decimal: str
    """The sign before the fraction: `point` or `comma`."""
    groups: str | None
    """What stands between groups of digits: `,`, `.`, a blank or an apostrophe."""
    mark: str | None
    """What stands before or behind, and counts for nothing: `$`, `EUR`, `%`."""


class ColumnPlan(Fields):
    """What becomes of a column of a table."""

    column: str
    """Its name, or its position from 0 in a table without names."""
    becomes: str
    """`number`, `truth-value` and `time` are one feature, `one-hot` is one for each level, `left-out` is none."""
    written: Writing | str | None
    """How numbers are written, where it is not the usual way; of times that are text the form, as `strftime` has it."""
    origin: float | None
    """Of dates, seconds from 1970-01-01 00:00 UTC to the day that they are counted from."""
    levels: tuple[str, ...] = ()
    """The levels of the training samples, sorted; of `one-hot` only."""
    fill: float | str | None
    """What stands for missing cells: the training samples' mean, or most frequent level. None where missing cells are
    refused."""
    indicator: bool = False
    """Whether one more feature says where cells were missing: 1 there, else 0."""
    because: str | None
    """Why it is left out: `empty`, `constant`, `row-number`, `identifier`, `many-levels` or `unread`."""


class Transform(Fields):
    """What was done to the columns of a matrix, by figures of the training samples alone."""

    kind: str
    """`identity`, `pixels` (divided by 255), `standardized` or `log`."""
    plus: float | None
    """What was added before the logarithm was taken: 0, or 1 where some numbers are 0."""
    mean: tuple[float, ...] = ()
    """What was subtracted, column by column."""
    sd: tuple[float, ...] = ()
    """What the difference was divided by, column by column."""


class Scaling(Fields):
    """What was done to the numbers of a data set before training."""

    features: Transform
    """To the features."""
    targets: Transform
    """To the targets of a regression."""


class Guessing(Fields):
    """The loss of always answering with the mean of the training targets, or with what is best by the loss."""

    train: float
    """On the training set."""
    test: float | None
    """On the test set."""
    test_r2: float | None
    """The mean R^2 over the targets that this is on the test set. None where losses are not squared errors."""


class TaskData(Fields):
    """The data that was trained on."""

    name: str
    """The built-in set's name, or the file's."""
    samples: tuple[int, int]
    """Samples to train on and to test on."""
    features: int
    """Numbers per sample."""
    shape: tuple[int, int, int] | None
    """Height, width and channels of a sample, where they are known; a sequence has height 1."""
    kind: str
    """`binary`, `classes` or `regression`."""
    classes: tuple[str, ...]
    """The names of the classes; empty in regression."""
    preprocess: str
    """What was asked to be done to the features: `auto`, `none`, `standardize` or `pixels`."""
    columns: tuple[ColumnPlan, ...] = ()
    """What became of the columns of a table."""
    scaling: Scaling
    """What was done to features and targets."""
    guessing: Guessing | None
    """What guessing costs; in regression only."""


class TaskNetwork(Fields):
    """The network that was trained."""

    layers: tuple[int, ...]
    """Widths, input first."""
    activation: str
    """The activation of the hidden layers, or one for each with slashes between them."""
    output: str
    """What is applied to the logits."""
    loss: str
    """What is made small."""
    biases: bool
    """Whether layers have biases."""
    parameters: int
    """Weights and biases together."""
    network: str | None
    """Piece by piece; None of plain dense layers."""
    parametrization: str | None
    """How start and rates go with the width; None where they do not."""


class TaskInit(Fields):
    """Where training started."""

    init: tuple[str, ...]
    """The initializations."""
    bias: str
    """Where biases start."""
    branch_scale: str | None
    """What residual branches' last layers are multiplied by; None where that is 1."""
    seed: int
    """The first seed."""
    seeds: int | str
    """How many seeds, or `auto`."""
    rng: str
    """The random stream that weights and minibatches are drawn from."""


class TaskTraining(Fields):
    """How training went on."""

    optimizer: str
    """The update rule."""
    lr: float
    """The learning rate."""
    lr_factors: tuple[float, ...] = ()
    """What it is multiplied by in each layer of weights; empty where that is 1."""
    bias_lr_factors: tuple[float, ...] = ()
    """The same for biases; empty where it is that of the weights."""
    lr_schedule: str
    """The learning rate over the steps."""
    warmup: int = 0
    """Steps in which the learning rate rises before its schedule begins."""
    weight_decay: float = 0.0
    """Weight decay."""
    decoupled_decay: bool = False
    """Whether it goes past the gradient."""
    decay_biases: bool = False
    """Whether biases decay as well."""
    clip: float | None
    """The most that the gradient of all parameters together may be long."""
    clip_value: float | None
    """The most that every element of the gradient may be."""
    dropout: tuple[float, ...] = ()
    """The share of the units that is left out, for each hidden layer; empty without dropout."""
    label_smoothing: float = 0.0
    """How far targets of classes are moved towards their mean."""
    early_stopping: int | None
    """Looks at the validation samples in a row without a lower loss before training stops."""
    validation_every: int | None
    """Steps between two of them."""
    batch: int | None
    """Samples in a minibatch; None where every step takes all."""
    steps: int
    """Updates of the parameters."""
    record_every: int
    """The loss is recorded every so many steps."""
    precision: str
    """The numbers that training computes with: `f64` or `f32`."""
    class_weights: tuple[float, ...] = ()
    """What the losses of the samples of each class count; empty where that is 1."""


class Task(Fields):
    """What was asked for, everything inferred filled in."""

    data: TaskData
    """The data."""
    network: TaskNetwork
    """The network."""
    init: TaskInit
    """Where training started."""
    training: TaskTraining
    """How it went on."""
    notes: tuple[Sentence, ...]
    """What is worth knowing of it."""
