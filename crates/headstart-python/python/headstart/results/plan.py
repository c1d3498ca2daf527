"""The configuration file of a study. Its keys have dashes in the document."""

from __future__ import annotations

from .._fields import Fields
from .task import ColumnPlan


class StudySection(Fields):
    """What is varied, and how."""

    axes: tuple[str, ...]
    """What is varied, and over what: `gain=0.1..10:log:20`."""
    design: str
    """How points are chosen from the axes: `grid`, `random` or `sobol`."""
    points: int | None
    """How many points, where the design is not a grid."""
    design_seed: int
    """The seed of a random or Sobol design."""
    traces: bool
    """Whether the losses along the way are kept."""
    budget: str | None
    """What may be spent in one sitting."""


class StudyData(Fields):
    """Where the samples come from."""

    data: str
    """A built-in name or the path of a file."""
    test_data: str | None
    """The file with the test data."""
    labels: str | None
    """The file with the labels, where they are in a file of their own."""
    test_labels: str | None
    """The file with the labels of the test data."""
    label: str | None
    """The columns with the labels; the last one by default."""
    features: str | None
    """The columns that features are made of; all but the label by default."""
    drop: str | None
    """Columns that are left out."""
    x_key: str | None
    """The name of the array with the samples."""
    y_key: str | None
    """The name of the array with the labels."""
    shape: tuple[int, int, int] | None
    """The shape of every sample, where it was given: height, width and channels."""
    samples: tuple[int, int] | None
    """Built-in data: how many samples to draw, training and test."""
    noise: float | None
    """Built-in data: the standard deviation of the noise, or the share of samples with a class drawn at random."""
    data_seeds: tuple[int, int] | None
    """Built-in data: the seeds of the training and the test draw."""
    centers: int | None
    """Built-in data: the number of blobs, and of clusters of each class."""
    classes: int | None
    """Built-in data: the number of classes."""
    class_sep: float | None
    """Built-in data: half the side of the cube on which the clusters are."""
    set_features: int | None
    """Built-in data: the number of features."""
    informative: int | None
    """Built-in data: how many of them say something of the label."""
    preprocess: str
    """What is done to the features before training."""
    scale_targets: str
    """What is done to targets that are numbers before training."""
    transpose: bool = False
    """Whether samples are in columns."""
    task: str | None
    """What the labels are, where they are not inferred: `binary`, `classes` or `regression`."""
    test_share: float
    """The share of the samples that is held out when there is no test data."""
    split_seed: int
    """The seed of that split."""
    validation_share: float = 0.0
    """The share of the training samples that is not trained on, but judges when to stop."""
    missing: str | None
    """What is done where cells are missing: `error`, `drop` or `fill`."""
    drop_missing: bool = False
    """The same as `drop`."""
    strict: bool = False
    """Whether text and missing cells are refused, and nothing is scaled."""
    columns: tuple[ColumnPlan, ...] = ()
    """What becomes of the columns of a table."""


class StudyNetwork(Fields):
    """What is trained."""

    layers: str
    """Widths, input first."""
    activation: str
    """The activation of the hidden layers, or one for each."""
    network: str | None
    """The whole network, piece by piece, in the place of layers, activations and blocks."""
    block: str = "dense"
    """How hidden layers follow one another: `dense`, `residual` or `pre-norm`."""
    norm: str = "none"
    """What normalizes what goes into them."""
    branch_layers: int = 1
    """Layers of a residual branch."""
    parametrization: str = "standard"
    """How start and learning rates go with the width."""
    base_width: int = 64
    """The width that they are those of the standard parametrization at."""
    output: str | None
    """What is applied to the logits, where it is not what the labels call for."""
    loss: str | None
    """What is made small, where it is not what the output calls for."""


class StudyInit(Fields):
    """Where training starts."""

    init: str
    """The initializations."""
    bias: str
    """Where biases start."""
    output_bias: str | None
    """Where those of the last layer start, if not where the others do."""
    branch_scale: str = "1"
    """What the last layer of each residual branch is multiplied by."""
    seed: int
    """The first seed."""
    seeds: int | str
    """How many seeds, from the first one on."""
    rng: str
    """The random stream that weights and minibatches are drawn from."""


class StudyTraining(Fields):
    """How training goes on. What is None, empty or missing is as by default."""

    optimizer: str
    """The update rule."""
    lr: float | None
    """The learning rate."""
    lr_factors: tuple[float, ...] = ()
    """What it is multiplied by in each layer of weights."""
    lr_schedule: str
    """The learning rate over the steps."""
    warmup: int | None
    """Steps in which the learning rate rises before its schedule begins."""
    weight_decay: float | None
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
    """The share of the units that is left out: one for all hidden layers, or one for each."""
    label_smoothing: float | None
    """How far targets of classes are moved towards their mean."""
    early_stopping: int | None
    """Looks at the validation samples in a row without a lower loss before training stops."""
    validation_every: int | None
    """Steps between two of them."""
    batch: int | None
    """Samples in a minibatch."""
    steps: int | None
    """Updates of the parameters."""
    epochs: int | None
    """The same, as passes through the training set."""
    momentum: float | None
    """Momentum of gd and sgd."""
    nesterov: bool = False
    """Nesterov's momentum."""
    beta1: float | None
    """Decay of the first moment of adam and its like."""
    beta2: float | None
    """Decay of their second moment."""
    decay: float | None
    """Decay of the second moment of rmsprop and adadelta."""
    epsilon: float | None
    """Added to the root of the second moment."""
    initial_accumulator: float | None
    """What adagrad's sum of squares starts from."""
    history: int | None
    """Steps that lbfgs remembers."""
    record_every: int | None
    """The loss is recorded every so many steps."""
    precision: str
    """The numbers that training computes with."""
    device: str = "cpu"
    """What trains: `cpu` or `gpu`."""
    class_weights: str | None
    """What the losses of the samples of each class count."""
    target: float | None
    """The accuracy from which on a run counts as a success."""


class StudyPlan(Fields):
    """The configuration file of a study."""

    study: StudySection
    """What is varied, and how."""
    data: StudyData
    """Where the samples come from."""
    network: StudyNetwork
    """What is trained."""
    init: StudyInit
    """Where training starts."""
    training: StudyTraining
    """How it goes on from there."""
