"""What the commands answer, as objects: one class for each command, and one for each part of what it tells.

Every result has its JSON document (`json()`), the text that the command prints (`str(result)`), tables (`to_pandas()`,
`to_polars()`) and a picture (`plot()`). The keys of the document are attributes: `result.runs[0].train.loss`.

In all of them `train` and `test` are the training set and the test set, an interval of a mean says where the mean over all seeds
lies, and an initialization is in the grammar of `--init`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from ._fields import Fields, attribute
from ._optional import MissingPackage, needed

if TYPE_CHECKING:
    import pandas as pd  # type: ignore[import-untyped, unused-ignore]
    import polars as pl
    from matplotlib.axes import Axes

__all__ = [
    "Advice",
    "Answer",
    "Comparison",
    "DataOverview",
    "Explanation",
    "Map",
    "MissingPackage",
    "Probe",
    "Replication",
    "Result",
    "Stores",
    "Study",
    "Theory",
    "Training",
    "WeightsFile",
]


# What a run comes to.


class Figures(Fields):
    """What a network makes of a set of samples."""

    loss: float
    """The mean loss, in the units of the targets; samples are weighted by their classes if there are weights. Nan or infinite where
    it is not finite."""
    accuracy: float | None
    """The share of samples put into their class; None in regression, and where the loss is not finite."""
    balanced_accuracy: float | None
    """The mean over the classes of the share of their samples that are put into them."""
    f1: float | None
    """Of two classes, the F1 score of the second one; None where it is 0 / 0."""
    auc: float | None
    """Of two classes, the area under the ROC curve; None where one of them has no samples."""


class Record(Fields):
    """One entry of a trace."""

    step: int
    """The step, from 0."""
    loss: float
    """The loss before its update; of the minibatch where there are minibatches."""


class Fit(Fields):
    """How one target of a regression is met on one set of samples."""

    mse: float
    """The mean squared error, in the target's own units; of logarithms in theirs."""
    rmse: float
    """The root of that."""
    r2: float | None
    """1 minus the mean squared error by the variance of the target on this set: 1 is perfect, 0 is as good as the mean. None where
    the target is the same everywhere."""


class Fits(Fields):
    """How the targets of a regression are met, target by target."""

    names: tuple[str, ...] = ()
    """The targets' names; empty where they have none."""
    train: tuple[Fit, ...]
    """On the training set, after the last update; empty where it was not looked at."""
    test: tuple[Fit, ...]
    """On the test set; empty without one."""


class Run(Fields):
    """One training."""

    case: str | None
    """What was trained, where several tasks are run together."""
    init: str
    """The initialization."""
    seed: int
    """The seed."""
    status: str
    """How it ended: `finished`, `diverged` or `stopped`."""
    step: int | None
    """Where the run diverged or was stopped: the step whose update was not done."""
    train: Figures
    """On the training set, after the last update."""
    test: Figures | None
    """On the test set, after the last update; None without one."""
    targets: Fits | None
    """How each target of a regression is met."""
    trace: tuple[Record, ...]
    """Losses before the updates of some steps."""
    steps: int
    """Updates that were done."""
    best: Record | None
    """With early stopping the figures are of the parameters before this step, which had the lowest loss that was seen on the
    validation samples: this one."""
    reached: int | None
    """After so many updates the target accuracy was first found to be reached; None if it never was."""
    seconds: float
    """How long it took."""

    @property
    def judged(self) -> Figures:
        """The figures that it is judged by: on the test set, or on the training set where there is no test set."""
        return self.test or self.train


# The task: what was asked for, everything inferred filled in.


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
    """What stands for missing cells: the training samples' mean, or most frequent level. None where missing cells are refused."""
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


class TaskInit(Fields):
    """Where training started."""

    init: tuple[str, ...]
    """The initializations."""
    bias: str
    """Where biases start."""
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
    notes: tuple[str, ...]
    """What is worth knowing of it."""


# Initializations side by side.


class Statistics(Fields):
    """A figure over several seeds."""

    mean: float
    """The arithmetic mean."""
    interval: tuple[float, float] | None
    """Where the mean over all seeds lies (95%)."""
    no_interval: str | None
    """Why there is no interval, if there is none: `too-few` figures, all `alike`, or one `not-finite`."""
    sd: float | None
    """The sample standard deviation (divided by n - 1); None of a single run."""
    median: float
    """The figure in the middle."""
    worst: float
    """The worst figure."""
    worst_seed: int
    """The seed that has it; the first of several."""


class Summary(Fields):
    """Loss and accuracy of several runs on one set of samples."""

    loss: Statistics
    """The final losses; the worst is the largest."""
    accuracy: Statistics | None
    """The final accuracies; the worst is the smallest. None in regression."""
    balanced_accuracy: float | None
    """The mean of the balanced accuracies. None in regression."""
    f1: float | None
    """The mean of the F1 scores, over the runs that have one. None of more than two classes."""
    auc: float | None
    """The mean of the areas under the ROC curve. None of more than two classes."""


class Survival(Fields):
    """The share of runs that have not reached the target, over the steps."""

    curve: tuple[tuple[float, float], ...]
    """Every step at which one reached it, and the share that has not afterwards."""
    median: float | None
    """The step by which half of them have; None if fewer ever do."""
    median_interval: tuple[float | None, float | None]
    """An interval of the median (Brookmeyer and Crowley 1982); an end is None where nothing bounds it."""


class Reached(Fields):
    """How often an accuracy was reached."""

    target: float
    """The accuracy, on the test set or, without one, on the training set."""
    count: int
    """The number of runs that ended at or above it."""
    share: float
    """Their share of all runs, those that diverged included."""
    interval: tuple[float, float]
    """Where that share lies over all seeds (Wilson's interval)."""
    steps: Survival
    """The steps until it was first reached, over all runs."""


class Cell(Fields):
    """All runs of one initialization, in figures."""

    init: str
    """The initialization."""
    runs: int
    """How many runs there are."""
    diverged: int
    """How many of them diverged. They have no figures, but count as runs that did not reach the target."""
    train: Summary | None
    """On the training set, over the runs that have figures; None if no run has any."""
    test: Summary | None
    """On the test set, likewise."""
    r2: Statistics | None
    """R^2 in regression, the mean over the targets: on the test set, or on the training set without one."""
    reached: Reached | None
    """How many runs reached the target; None in regression."""

    @property
    def judged(self) -> Summary | None:
        """What it is judged by: on the test set, or on the training set where there is no test set."""
        return self.test or self.train


class Difference(Fields):
    """How two initializations differ in a figure, over the seeds that both have."""

    better: str
    """The one that is better in more seeds."""
    than: str
    """The other one."""
    figure: str
    """In what: the accuracy or the loss that is judged, or the steps to the target."""
    seeds: int
    """Seeds that both have."""
    wins: int
    """Seeds in which the better one is better."""
    losses: int
    """Seeds in which the other one is."""
    mean: float | None
    """The mean difference, the better one's figure minus the other's; None for steps, which some runs have none of, and where a
    run diverged that has no figure."""
    interval: tuple[float, float] | None
    """Where it lies over all seeds (95%)."""
    p: float
    """How likely so many wins are where none is better: the exact sign test."""
    adjusted: float
    """The same, adjusted for all differences looked at (Holm 1979)."""
    stands: bool
    """Whether it stands at the level of 5% among all of them."""
    sentence: str
    """That in words."""


class Gap(Fields):
    """One initialization behind another."""

    leader: str
    """The leader at that time."""
    mean: float | None
    """By how much the leader's figure is better on average; None where a run diverged that has no figure."""
    interval: tuple[float, float] | None
    """Where that lies over all seeds, one that goes as badly as can be added at either end."""
    adjusted: float
    """How likely so large a difference is where there is none, adjusted for all pairs (Holm 1979)."""
    is_equal: bool
    """Whether they are as good as equal."""


class Standing(Fields):
    """Where one initialization stands in a comparison that goes on until it is settled."""

    init: str
    """The initialization."""
    is_out: bool
    """Whether it is out of the comparison, being worse."""
    seeds: int
    """The seeds it was compared over."""
    behind: Gap | None
    """How far it was behind the leader when they were last compared; None for the leader."""


class Settled(Fields):
    """How a comparison ended that went on until it was settled."""

    is_settled: bool
    """Whether the order of the best ones is settled."""
    because: str
    """Why it went on no longer: `best`, `equal`, `budget`, `seeds` or `interrupted`."""
    budget: str | None
    """The budget, if there was one."""
    repeatable: bool
    """Whether it ends like this every time: not where a time was spent, or somebody interrupted it."""
    figure: str
    """What is judged: the accuracy or the loss."""
    margin: float | None
    """What is as good as no difference; None in regression before there is a loss."""
    seeds: int
    """The seeds that all that are left have."""
    looks: int
    """How often it was looked who is out."""
    steps: int
    """Updates of parameters that were done."""
    inits: tuple[Standing, ...]
    """The initializations, best first; those that are out come last."""


# Two axes.


class Axis(Fields):
    """Names and positions of the rows or columns of a map."""

    name: str
    """What it is."""
    values: tuple[float, ...]
    """The numbers, rising; cells are of equal size whatever lies between them."""


class Line(Fields):
    """A line over a map."""

    name: str
    """Its name; may be empty."""
    points: tuple[tuple[float, float], ...]
    """Its corners: a number of the x axis and one of the y axis each. It is broken where one is not a number."""


class MapCell(Fields):
    """A cell of a map in figures, over its seeds. Accuracies and shares count a run that diverged as 0, losses as infinite."""

    cell: int
    """Its number."""
    x: float
    """Its place along the x axis."""
    y: float
    """Its place along the y axis."""
    runs: int
    """Its runs."""
    diverged: int
    """How many of them diverged."""
    test_accuracy: float | None
    """The mean accuracy on the test set; None without one, and in regression."""
    train_accuracy: float | None
    """The mean accuracy on the training set; None in regression."""
    success: float | None
    """The share of the runs that ended at or above the target accuracy; None in regression."""
    steps: float | None
    """The median number of steps to the target accuracy, runs that never got there being censored (Kaplan-Meier); None if less
    than half of them did."""
    train_loss: float
    """The median of the final losses on the training set."""
    test_loss: float | None
    """The same on the test set; None without one."""
    convergence: float
    """The median of the measure of Sohl-Dickstein 2024: below 0 for runs that go down, above for the others, nearer to 0 the
    sooner."""


class Panel(Fields):
    """One panel of a picture in colours."""

    title: str
    """What tells it from the others."""
    axes: tuple[Axis, Axis] | None
    """Its own columns and rows, where they are not those of the picture."""
    cells: tuple[tuple[float, ...], ...]
    """Rows by columns; what is not a number stays grey."""


class HeatMap(Fields):
    """A figure over two axes, in one or several panels side by side."""

    x: Axis
    """Columns, from left to right."""
    y: Axis
    """Rows, from bottom to top."""
    value: str
    """What the colours mean."""
    range: tuple[float, float]
    """The figures at the two ends of the colours."""
    colours: str
    """How figures become colours: `sequential`, `logarithmic` or `divergent`."""
    outline: float | None
    """The figure from which on cells are outlined together, if they are."""
    lines: tuple[Line, ...]
    """Lines over all panels."""
    panels: tuple[Panel, ...]
    """The panels."""


# Layer by layer.


class Spread(Fields):
    """A figure over the seeds."""

    mean: float
    """The arithmetic mean."""
    sd: float | None
    """The sample standard deviation; None for a single seed."""
    quantiles: tuple[float, float, float]
    """The 10th percentile, the median and the 90th: each the nearest figure."""

    @property
    def median(self) -> float:
        """The figure in the middle."""
        return self.quantiles[1]


class LayerProbe(Fields):
    """What was measured of one layer, over the seeds."""

    layer: int
    """From 1 on."""
    width: int
    """Units."""
    signal: Spread
    """Second moment of the pre-activations."""
    gradient: Spread
    """Second moment of the gradient of one sample's loss with respect to them."""
    weight_gradient: Spread
    """Frobenius norm of the gradient of the mean loss with respect to the weights."""
    relative_step: Spread | None
    """The learning rate times that, by the norm of the weights: the step of plain descent as a share of what it moves. None where
    the weights are 0."""
    correlation: Spread | None
    """Mean cosine between the pre-activations of two samples."""
    dead: Spread | None
    """Share of units that are 0 for every sample; None for the logits."""
    saturated: Spread | None
    """Share of units and samples whose slope is under 5% of the activation's largest; None for the logits."""
    rank: Spread | None
    """Effective rank of the activations; None for the logits."""
    twins: Spread
    """Pairs of units with the same weights and bias."""
    symmetric: Spread
    """Those of them with the same outgoing weights, too, which gradients never tell apart."""


class InitProbe(Fields):
    """What was measured from one initialization."""

    init: str
    """The initialization."""
    seeds: int
    """How many seeds."""
    diverged: int
    """How many of them had diverged before the step; they were measured where they ended."""
    loss: Spread
    """The training loss."""
    saturated: Spread | None
    """Share of outputs and samples whose slope is under 5% of the largest; None for an identity output."""
    jacobian_mean_square: Spread
    """Mean square of the singular values of the Jacobian of the logits with respect to the inputs."""
    jacobian_root_mean_square: Spread
    """The root of that of each seed, and then over the seeds."""
    jacobian_largest: Spread
    """The largest of these singular values."""
    sharpness: Spread
    """The largest eigenvalue of the loss's Hessian."""
    sharpness_limit: float | None
    """The sharpness from which on descent with this learning rate does not settle; None for adam and rmsprop, whose steps are not
    the gradient's."""
    layers: tuple[LayerProbe, ...]
    """The layers, first to last; the last one is that of the logits."""


class Profile(Fields):
    """The layers of a start, over the seeds."""

    name: str
    """The initialization, or what else tells it from the others."""
    seeds: int
    """How many seeds."""
    layers: tuple[LayerProbe, ...]
    """The layers, first to last; the last one is that of the logits."""


class CriticalStart(Fields):
    """Weights and biases at which depth neither kills nor explodes."""

    weight_variance: float
    """Variance of the weights times the fan-in."""
    bias_variance: float
    """Variance of the biases."""
    variance: float
    """Variance of the pre-activations at which it holds; 0 as a limit."""
    kind: str
    """`scale-invariant`, `decaying`, `half-stable` or `stable`."""


class Through(Fields):
    """What happens from the first hidden layer to the last."""

    signal: float | None
    """Factor of the signal's second moment, forward, in wide layers; None where it leaves the floating-point numbers."""
    ln_signal: float
    """Its logarithm."""
    gradient: float | None
    """Factor of the gradient's second moment, backward, in wide layers; None where it leaves the floating-point numbers."""
    ln_gradient: float
    """Its logarithm; nothing comes back where it is not finite."""
    spread: float
    """Standard deviation of the logarithm of the signal's second moment over the draws of the weights, to first order in depth
    over width."""
    out_of_range: float
    """The chance that the signal's second moment changes by more than a factor of 10, counted."""


class TheoryLayer(Fields):
    """A layer of weights, and the units that it leads to. Second moments and correlations are of pre-activations in wide layers."""

    layer: int
    """The layer, from 1; the one behind the last hidden layer is the output."""
    units: int
    """Its units."""
    activation: str | None
    """Their activation; None for the output, where theory ends."""
    weight_variance: float
    """Variance of the weights times the fan-in."""
    bias_variance: float
    """Variance of the biases."""
    variance: float | None
    """The second moment of the pre-activations; None where it leaves the floating-point numbers."""
    ln_variance: float
    """Its logarithm; not finite where it is 0."""
    chi: float | None
    """The factor of the gradient's squared length from this layer back to the one before, and of small differences between two
    samples on their way here. None for the first layer, and where it leaves the floating-point numbers."""
    ln_chi: float | None
    """Its logarithm."""
    signal: float | None
    """Factor of the signal's second moment from the first hidden layer to here."""
    ln_signal: float
    """Its logarithm."""
    gradient: float | None
    """Factor of the gradient's second moment, a mean over units, from the last hidden layer back to here; None for the output, and
    where it leaves the floating-point numbers."""
    ln_gradient: float | None
    """Its logarithm."""
    correlation: float | None
    """The correlation of two samples whose inputs have correlation 0; None where there is no signal."""


class TheoryScheme(Fields):
    """What one scheme does in wide layers: in one layer that is repeated, or layer by layer."""

    init: str
    """The initialization."""
    layers: tuple[TheoryLayer, ...] = ()
    """The layers of weights, first to last, where they may differ; empty where one is repeated, and all below is known."""
    weight_variance: float | None
    """Variance of the weights times the fan-in."""
    bias_variance: float | None
    """Variance of the biases."""
    fixed_point: float | None
    """Where the variance of the pre-activations goes with depth; None if to infinity, or if it stays whatever it is."""
    phase: str | None
    """`ordered`, `critical` or `chaotic`: whether gradients and differences between samples shrink, stay or grow."""
    signal: str | None
    """`signal dies` (exponentially in depth), `signal fades` (like a power of it), `signal explodes`, `signal keeps` (its size,
    whatever it is) or `signal settles`."""
    chi: float | None
    """Factor of the gradient's second moment per layer, `chi_1`."""
    correlation: float | None
    """Where the correlation of two samples goes."""
    variance_depth: float | None
    """Layers over which the variance comes closer to its fixed point by a factor of e; None if never."""
    correlation_depth: float | None
    """Layers over which two samples come closer to their correlation by a factor of e; None if never."""
    through: Through | None
    """What happens through all hidden layers, if a depth is asked for."""


# Why a start goes as it goes.


class Trial(Fields):
    """A cure that was tried at the start."""

    cure: str
    """The cure, as flags."""
    figure: str | None
    """What it has to better; None where that is when the start is left and nothing else."""
    figures: tuple[float | None, float | None]
    """That without and with the cure; None where there is none."""
    leaves: tuple[int | None, int | None]
    """The predicted step at which the start is left, without and with; None where none was found."""
    betters: bool
    """Whether it betters the figure."""
    helps: bool
    """Whether it betters that, and the run as far as it is predicted."""
    sentence: str
    """What became of it, in words."""
    how: str
    """How that is known: whether it was run, or tried at the start alone."""


class Finding(Fields):
    """One cause that was found."""

    name: str
    """A short name."""
    sentence: str
    """What it is, for a learner."""
    layer: int | None
    """The layer where it is worst, from 1 on; None where it is no layer's."""
    evidence: Mapping[str, float]
    """The figures behind it."""
    advice: str
    """What to do."""
    cure: str | None
    """The flags that do it, which were tried at the start, and helped; None where no flag did."""
    tried: tuple[Trial, ...]
    """The cures that were tried at the start."""
    decides: bool
    """Whether this is what decides how the run goes."""


class Prediction(Fields):
    """When the loss will have lost a quarter of its plateau's value."""

    event: str
    """The event, in words."""
    plateau: float
    """The loss of the best outputs that do not depend on the inputs."""
    threshold: float
    """The event is the training loss below this."""
    from_: int | None
    """It happens no sooner than at this step; None if it never will. The key is `from`."""
    to: int | None
    """And no later than at this one; None if nothing bounds it."""
    step: int | None
    """The most likely step; None if none was found."""
    within: bool
    """Whether that is within the steps of training."""
    method: str
    """How it was found, in words."""
    evaluations: int
    """Evaluations of the gradient that it took."""


class Change(Fields):
    """A change of a task that no start can make up for: one of these."""

    rate: float | None
    """Another learning rate."""
    bent: str | None
    """What makes a linear network bend, as flags."""
    wider: tuple[int, ...] | None
    """Hidden layers that are wider: all widths."""
    longer: int | None
    """More steps."""


class Obstacle(Fields):
    """What stands in the way of all seeds."""

    change: Change
    """What is changed."""
    seeds: int
    """Of how many seeds."""
    better: int
    """How many do better then."""


class Population(Fields):
    """What became of other seeds."""

    seeds: int
    """How many were run, the run's own among them."""
    alike: int
    """How many of them end no better than the run did, which is among them."""
    is_guessing: bool
    """Whether that is no better than guessing; otherwise it is halfway."""
    best: int | None
    """The seed whose run ended best, if any ended better."""
    best_loss: float
    """The training loss that it ended with."""
    best_accuracy: float | None
    """Its accuracy."""
    obstacle: Obstacle | None
    """What stands in the way of all of them: the change that lets two thirds of the seeds and more do better."""
    is_searched: bool
    """Whether that was looked for: it is where most seeds end alike."""


class CureCheck(Fields):
    """A run with the cure that a finding advises, and with nothing else changed."""

    finding: str
    """The finding's name."""
    cure: str
    """The cure, as flags."""
    measured: int | None
    """The step at which the event happened."""
    train: Figures
    """What it ended with."""
    test: Figures | None
    """On the test set, if there is one."""
    bears_out: bool
    """Whether it went better than without, as the finding says, and with most other seeds as well, if they were run."""
    others: tuple[int, int] | None
    """How many other seeds end with a lower loss with it, and of how many; None where it does not help, and where they would have
    taken too long."""
    sentence: str
    """That in words."""


class Check(Fields):
    """What running it showed."""

    measured: int | None
    """The step at which the event happened; None if it did not within the steps that were run."""
    steps: int
    """Steps that were run to see it."""
    holds: bool
    """Whether that is as predicted."""
    train: Figures
    """What the run of the task's own steps ended with."""
    ended: str
    """How that run ended, beside guessing, in words."""
    test: Figures | None
    """On the test set, if there is one."""
    held_out: str | None
    """That what is learned says nothing of the test samples, in words; None where it does, where nothing is learned, and without
    a test set."""
    population: Population | None
    """What became of other seeds; None where the run ended better than guessing, and where they would have taken too long."""
    cures: tuple[CureCheck, ...]
    """What became of it with each cure that was advised."""


class StartExplanation(Fields):
    """Why one start goes as it goes."""

    init: str
    """The initialization."""
    seed: int
    """The seed."""
    findings: tuple[Finding, ...]
    """What was found, what explains most first; never empty."""
    prediction: Prediction
    """When the run leaves its start."""
    check: Check | None
    """What running it showed; None if it was not run."""
    loss: float
    """The loss at the start."""
    signal: tuple[float, ...]
    """Second moments of the pre-activations, layer by layer."""
    gradient: tuple[float, ...]
    """Second moments of one sample's gradient with respect to them."""
    sharpness: float
    """The largest eigenvalue of the loss's Hessian, each layer at its own rate."""

    @property
    def verdict(self) -> str:
        """The name of the finding that decides how the run goes."""
        return next((finding.name for finding in self.findings if finding.decides), self.findings[0].name)


class Separation(Fields):
    """What separates one start from another."""

    sooner: str
    """The one that is predicted to leave its start sooner."""
    later: str
    """The other one."""
    figure: str
    """The figure in which they differ most."""
    figures: tuple[float, float]
    """That figure of the sooner and of the later one."""
    sentence: str
    """All of it in words."""


# Where to start.


class Plateau(Fields):
    """Gains within noise of the best."""

    low: float
    """The smallest."""
    high: float
    """The largest."""
    peak: float
    """The one that is expected to be the best."""


class Recommendation(Fields):
    """Where to start."""

    init: str
    """The initialization."""
    lr: float
    """The learning rate."""
    plateau: Plateau | None
    """The gains that do as well, of the same scheme; of plain weights, the scales. None of a framework's default, of which only
    that one was trained."""


class Tried(Fields):
    """A start that was tried."""

    gain: float
    """The gain, or the scale of plain weights."""
    init: str
    """The initialization."""
    out: str | None
    """Why it was not trained at all."""
    early: float | None
    """The validation accuracy, or in regression the loss, after a part of the training: the mean over the seeds."""
    full: float | None
    """The same after all of it."""
    seeds: int
    """Seeds that were trained to the end."""
    expected: tuple[float, float] | None
    """How a training is expected to end by all that was seen, and the standard error. None of what was not trained to the end."""


class TriedFamily(Fields):
    """A family of starts that was tried."""

    scheme: str
    """The scheme."""
    plateau: Plateau | None
    """Its plateau; None if nothing of it was trained to the end."""
    gains: tuple[Tried, ...]
    """Its gains."""


class TriedLayers(Fields):
    """A start whose first or last layer has a gain of its own, and what came of it."""

    factors: tuple[float, float]
    """What the gain of the first layer is multiplied by, and that of the last one."""
    init: str
    """The initialization."""
    early: float | None
    """The validation accuracy, or in regression the loss, after the first part of the training."""
    full: float | None
    """The same after all of it."""


class Evidence(Fields):
    """The start that was found beside the usual ones."""

    cells: tuple[Cell, ...]
    """One for each initialization, best first."""
    differences: tuple[Difference, ...]
    """What separates them, those of the best one first."""
    settled: Settled | None
    """How a comparison ended that went on until it was settled; None of any other."""


class Snippet(Fields):
    """Code of one framework."""

    framework: str
    """`PyTorch`, `Keras`, `JAX/Flax`, `Burn` or `candle`."""
    code: str
    """The lines, with line ends between them."""


# Studies: the configuration file that a store was made by, and what is in it. The keys have dashes in the document.


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


class LossUnits(Fields):
    """What the losses of a regression are told in, and what they are told beside."""

    of: str
    """What losses are of: `targets` in their own units, `logarithms` of them, or `standardized` targets."""
    measure: str = "squared"
    """What they measure of errors: `squared`, `absolute`, `huber`, `log-cosh` or `poisson`."""
    targets: int
    """The number of targets."""
    guessing: Guessing
    """What guessing costs."""


class StudyCell(Fields):
    """A cell of a study in figures."""

    cell: int
    """Its number."""
    point: tuple[float | str, ...]
    """Its values, one for each axis."""
    runs: int
    """Its runs."""
    diverged: int
    """How many of them diverged."""
    accuracy: float | None
    """The mean of the accuracies it is judged by, a run that diverged counting as 0; None in regression."""
    at_target: float | None
    """The share of its runs that ended at or above the target accuracy; None in regression."""
    loss: float
    """The median of the losses it is judged by."""
    r2: float | None
    """The R^2 that this loss is, of a regression with one target whose units are known."""


class Margin(Fields):
    """What one value of an axis does, over all values of the others."""

    axis: str
    """The axis."""
    level: float | str
    """The value."""
    runs: int
    """Runs."""
    diverged: float
    """The share of them that diverged."""
    accuracy: float | None
    """Their mean accuracy, a run that diverged counting as 0; None in regression."""
    at_target: float | None
    """The share at the target."""


# Published experiments, weights and data.


class Published(Fields):
    """One published figure beside ours."""

    what: str
    """Which figure of which training."""
    published: str
    """As published; a dash where nothing was."""
    measured: str
    """As measured here, in the digits of the published one."""
    agrees: bool | None
    """Whether they agree to the digits published; None where there is nothing to agree with."""


class Page(Fields):
    """What an experiment says as a page in Markdown."""

    head: str
    """What comes before its picture."""
    caption: str
    """What the picture shows."""
    rest: str
    """What comes behind it."""


class Tensor(Fields):
    """One tensor of a file of weights."""

    name: str
    """Its name."""
    shape: tuple[int, ...]
    """Its shape."""


class Column(ColumnPlan):
    """A column of a table: what it holds, and what becomes of it."""

    kind: str
    """What it holds: `whole numbers`, `numbers`, `true/false`, `dates`, `times` or `text`."""
    missing: int
    """Cells that are missing."""
    range: tuple[float, float] | None
    """The least and the greatest number; of dates in seconds from 1970-01-01 00:00 UTC. None of text."""
    distinct: int | None
    """The number of different texts. None of numbers."""


class Class(Fields):
    """A class."""

    name: str
    """Its name."""
    samples: int
    """How many training samples are of it."""


class Target(Fields):
    """A number to be met: figures of the training samples."""

    name: str | None
    """The column's name, if it has one."""
    mean: float
    """The mean."""
    sd: float
    """The standard deviation of the population."""
    range: tuple[float, float]
    """The least and the greatest."""


# Results: a whole document each.


class Answer(Protocol):
    """What a result is made of: one answer of the native code, in all its forms."""

    def json(self) -> bytes:
        """The document of `--format json`."""

    def text(self) -> str:
        """The text that the command prints."""

    def columns(self) -> Mapping[str, Any] | None:
        """A row for each run, by column; None where there are no runs."""

    def png(self) -> bytes | None:
        """The picture that the command draws, if it draws one."""


class Kept:
    """An answer that was copied out of the native code, as a pickle has it."""

    def __init__(self, answer: Answer) -> None:
        columns = answer.columns()
        self._json, self._text, self._png = answer.json(), answer.text(), answer.png()
        self._columns = None if columns is None else dict(columns)

    def json(self) -> bytes:
        return self._json

    def text(self) -> str:
        return self._text

    def columns(self) -> Mapping[str, Any] | None:
        return self._columns

    def png(self) -> bytes | None:
        return self._png


class Result(Fields):
    """What a command answers."""

    _answer: Answer
    _notes: tuple[str, ...]

    def __init__(self, answer: Answer, notes: Iterable[str] = ()) -> None:
        """Of an answer, and of what was told on the way to it."""
        self.__dict__.update(_answer=answer, _notes=tuple(notes))

    @cached_property
    def _tree(self) -> Mapping[str, Any]:  # type: ignore[override]
        tree: Mapping[str, Any] = json.loads(self._answer.json())
        return tree

    @property
    def messages(self) -> tuple[str, ...]:
        """What a person should know who reads the figures, and was told on the way to them."""
        return self._notes

    def json(self) -> str:
        """The JSON document, as the command prints it with `--format json`."""
        return self._answer.json().decode()

    def to_columns(self) -> Mapping[str, Any]:
        """A table by columns, lists or arrays: a row for each run, or whatever else there are several of."""
        columns = self._answer.columns()
        return _columns(self._rows()) if columns is None else columns

    def to_pandas(self) -> pd.DataFrame:
        """The same table as a data frame of pandas."""
        frame: pd.DataFrame = needed("pandas", "to_pandas()").DataFrame(self.to_columns())
        return frame

    def to_polars(self) -> pl.DataFrame:
        """The same table as a data frame of polars."""
        # What is in the first rows says nothing of the type of the others, and an axis may have numbers and names.
        frame: pl.DataFrame = needed("polars", "to_polars()").DataFrame(self.to_columns(), strict=False)
        return frame

    def plot(self, ax: Axes | None = None, **options: Any) -> Axes:
        """Draw it with matplotlib, into axes that are given or new ones, which are returned.

        Options go to matplotlib, to the lines, dots or colours that show the figures.
        """
        needed("matplotlib", "plot()")
        from . import _plot

        return _plot.draw(self, ax, **options)

    def __str__(self) -> str:
        return self._answer.text()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {next(iter(self._sentences()), '')}>"

    def _repr_html_(self) -> str:
        from . import _html

        return _html.page(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (Kept(self._answer), self._notes)

    def _png(self) -> bytes | None:
        return self._answer.png()

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        """The rows of that table, where there is none of runs."""
        return ()

    def _sentences(self) -> Iterator[str]:
        """The answer, in a sentence or a few."""
        raise NotImplementedError


def _columns(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """A table by columns, None where a row has not what others have."""
    rows = list(rows)
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}


def _flat(part: Fields, *without: str) -> dict[str, Any]:
    """A part in a row: what is in its own parts is beside it, under both names; of a figure over the seeds the mean has its name."""
    row: dict[str, Any] = {}
    for key, value in part.items():
        name = attribute(key)
        if key in without:
            continue
        if isinstance(value, Spread):
            low, median, high = value.quantiles
            row |= {name: value.mean, f"{name}_sd": value.sd}
            row |= {f"{name}_q10": low, f"{name}_median": median, f"{name}_q90": high}
        elif isinstance(value, Fields):
            row |= {f"{name}_{inner}": item for inner, item in _flat(value).items()}
        else:
            row[name] = list(value) if isinstance(value, tuple) else value
    return row


def _number(value: float) -> str:
    """A number for a sentence."""
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def _count(count: int, what: str) -> str:
    """So many of something."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


class Training(Result):
    """What `train` answers: every run."""

    task: Task
    """What was asked for, everything inferred filled in."""
    runs: tuple[Run, ...]
    """The runs, seed by seed of each initialization."""

    def _sentences(self) -> Iterator[str]:
        told = f"{_count(len(self.runs), 'run')} on {self.task.data.name}"
        best = max(self.runs, key=_merit, default=None)
        if best is not None:
            several = f", best {best.init}, seed {best.seed}" if len(self.runs) > 1 else f" from {best.init}"
            told += f"{several}: {_ended(best)}"
        yield told


def _merit(run: Run) -> tuple[float, float]:
    """The better a run is, the more."""
    loss = run.judged.loss
    return run.judged.accuracy or 0.0, -loss if math.isfinite(loss) else -math.inf


def _ended(run: Run) -> str:
    if run.status == "diverged":
        return f"diverged at step {run.step}"
    on, figures = ("test", run.test) if run.test else ("training", run.train)
    if figures.accuracy is not None:
        return f"{on} accuracy {_number(figures.accuracy)}"
    return f"{on} loss {_number(figures.loss)}"


class Comparison(Result):
    """What `compare` answers: initializations side by side."""

    task: Task
    """What was asked for, everything inferred filled in."""
    runs: tuple[Run, ...]
    """The runs behind it."""
    cells: tuple[Cell, ...] = ()
    """One for each initialization, best first."""
    differences: tuple[Difference, ...] = ()
    """What separates them, those of the best one first."""
    settled: Settled | None
    """How it ended, of a comparison that went on until it was settled."""

    def _sentences(self) -> Iterator[str]:
        if not self.cells:
            yield f"{_count(len(self.runs), 'run')}, nothing to compare"
            return
        best = self.cells[0]
        told = f"{best.init} is first of {len(self.cells)}"
        summary = best.judged
        if summary is not None:
            name, figure = ("accuracy", summary.accuracy) if summary.accuracy else ("loss", summary.loss)
            on = "test" if best.test else "training"
            told += f", with a mean {on} {name} of {_number(figure.mean)} over {_count(best.runs, 'seed')}"
        yield told
        yield from (difference.sentence for difference in self.differences if best.init in _both(difference))


def _both(difference: Difference) -> tuple[str, str]:
    return difference.better, difference.than


class Map(Result):
    """What `map` answers: what becomes of training over two axes."""

    value: str
    """The figure that is shown: `test-accuracy`, `train-accuracy`, `success`, `steps`, `loss`, `test-loss` or `convergence`."""
    done: int
    """Cells that have all their runs."""
    wanted: int
    """Cells that shall have."""
    seeds: int
    """Runs of each cell."""
    x: Axis
    """Columns."""
    y: Axis
    """Rows."""
    lines: tuple[Line, ...]
    """Theory's lines."""
    cells: tuple[MapCell, ...]
    """The cells that have all their runs, row by row."""

    def figure(self, cell: MapCell) -> float | None:
        """The figure of a cell that is shown; None where it has none."""
        shown: float | None = cell["train_loss" if self.value == "loss" else self.value.replace("-", "_")]
        return shown

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        return map(_flat, self.cells)

    def _sentences(self) -> Iterator[str]:
        what = self.value.replace("-", " ")
        told = f"{what} over {self.x.name} and {self.y.name}, {self.done:,} of {_count(self.wanted, 'cell')} done"
        is_better = max if self.value in ("test-accuracy", "train-accuracy", "success") else min
        figures = ((self.figure(cell), cell) for cell in self.cells)
        known = [(figure, cell) for figure, cell in figures if figure is not None and math.isfinite(figure)]
        if known and self.value != "convergence":
            figure, best = is_better(known, key=lambda pair: pair[0])
            told += f"; best {_number(figure)} at {self.x.name} {_number(best.x)}, {self.y.name} {_number(best.y)}"
        yield told


class Probe(Result):
    """What `probe` answers: signal, gradient and units of a start, layer by layer."""

    task: Task
    """What was asked for, everything inferred filled in."""
    at_step: int
    """After so many updates."""
    inits: tuple[InitProbe, ...]
    """What was measured from each initialization."""

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        return ({"init": init.init} | _flat(layer) for init in self.inits for layer in init.layers)

    def _sentences(self) -> Iterator[str]:
        names = ", ".join(init.init for init in self.inits)
        seeds = max((init.seeds for init in self.inits), default=0)
        yield f"{names} on {self.task.data.name}, layer by layer over {_count(seeds, 'seed')}, at step {self.at_step:,}"


class Theory(Result):
    """What `theory` answers: what depth does to signal and gradient. Of one layer that is repeated, or of layers that may differ."""

    activation: str | None
    """The activation; None where layers may differ."""
    activations: tuple[str, ...] = ()
    """The activation of every hidden layer, where they may differ."""
    widths: tuple[int, ...] = ()
    """All widths, input first, where layers may differ."""
    best: str | None
    """Where layers may differ, the initialization that changes the signal's or the gradient's second moment, whichever changes
    more, least of all; None if none lets both through."""
    critical: CriticalStart | None
    """Weights and biases that keep signal and gradient through any depth; None if there are none."""
    critical_with_biases: CriticalStart | None
    """The weights that are critical with the biases asked for; None if there are none, or no biases were asked for."""
    line: tuple[CriticalStart, ...] = ()
    """Points of the critical line, by the variance of the biases."""
    depth: int | None
    """Hidden layers, if asked for."""
    width: int | None
    """Units in every hidden layer, where one is repeated."""
    schemes: tuple[TheoryScheme, ...]
    """What the initializations do."""

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        for scheme in self.schemes:
            if scheme.layers:
                yield from ({"init": scheme.init} | _flat(layer) for layer in scheme.layers)
            else:
                yield _flat(scheme)

    def _sentences(self) -> Iterator[str]:
        if self.activation is None:
            best = f"{self.best} changes signal and gradient least" if self.best else "no start lets both through"
            yield f"{' '.join(self.activations)}: {best}"
        elif self.critical:
            weights, biases = self.critical.weight_variance, self.critical.bias_variance
            yield (
                f"{self.activation} is critical with a weight variance of {_number(weights)} / fan-in and a bias variance of "
                f"{_number(biases)}"
            )
        else:
            yield f"{self.activation}: no weights and biases keep both signal and gradient through depth"


class Explanation(Result, StartExplanation):
    """What `explain` answers: why a start goes as it goes. Of several starts, `explanations` has one for each, and `separates`
    says what separates them; of a single one all is here as well."""

    task: Task
    """What was asked for, everything inferred filled in."""
    separates: tuple[Separation, ...] = ()
    """What separates the start that is predicted to be left first from each of the others."""

    @property
    def explanations(self) -> tuple[StartExplanation, ...]:
        """One explanation for each start."""
        return tuple(map(StartExplanation, self._tree.get("explanations", [self._own()])))

    def _own(self) -> dict[str, Any]:
        return {key: value for key, value in self._tree.items() if key != "task"}

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        for start in self.explanations:
            for finding in start.findings:
                yield {"init": start.init, "seed": start.seed} | _flat(finding, "evidence", "tried")

    def _sentences(self) -> Iterator[str]:
        yield "; ".join(map(_decided, self.explanations))
        yield from (separation.sentence for separation in self.separates)


def _decided(start: StartExplanation) -> str:
    """What decides how a start goes."""
    decides = " decides" if any(finding.decides for finding in start.findings) else ""
    return f"{start.init}, seed {start.seed}: {start.verdict}{decides}"


class Advice(Result):
    """What `advise` answers: where to start, and why."""

    task: Task
    """What was asked for, everything inferred filled in."""
    recommendation: Recommendation | None
    """Where to start; None if no start works."""
    verdict: str
    """`start here`, `keep your default`, `any start works` or `no start works`; `interrupted` where it was told to stop."""
    keep_within: float | None
    """Of a default that is to be kept, by how much some start that was found may be better at the most, as far as the seeds tell.
    None with any other verdict."""
    sentence: str
    """It in a sentence."""
    why: tuple[str, ...]
    """Why, in a few sentences."""
    sure: str
    """What the race found, by which the evidence was chosen."""
    scale: str | None
    """What is wrong with the sizes of the features, and what to do; it may matter more than the start."""
    obstacle: Finding | None
    """What stands in the way, where no start works."""
    lr: float
    """The learning rate of all that is told: the one that was found, if one was searched."""
    rates: tuple[tuple[float, float], ...] = ()
    """The learning rates that were tried, if one was searched: each with the figure of its best start."""
    figure: str
    """What `early`, `full` and `rates` tell: `accuracy`, on what was held out, or `loss`."""
    tried: tuple[TriedFamily, ...]
    """All that was tried, family by family."""
    tried_layers: tuple[TriedLayers, ...] = ()
    """Starts whose first or last layer has a gain of its own."""
    evidence: Evidence
    """The start that was found beside the usual ones: on all training samples and the test set, from fresh seeds."""
    starts: tuple[Profile, ...]
    """The starts of the evidence, layer by layer."""
    not_tried: str
    """What was not tried, in a sentence."""
    code: tuple[Snippet, ...]
    """The code that starts so, by framework."""
    steps: int
    """Updates that were spent, of all networks together."""
    repeatable: bool
    """Whether the same would be advised again: not if the budget was a time."""

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        for family in self.tried:
            for tried in family.gains:
                expected, error = tried.expected or (None, None)
                figures = {"out": tried.out, "early": tried.early, "full": tried.full, "seeds": tried.seeds}
                row = {"scheme": family.scheme, "gain": tried.gain, "init": tried.init}
                yield row | figures | {"expected": expected, "expected_error": error}
        for layers in self.tried_layers:
            first, last = layers.factors
            figures = {"early": layers.early, "full": layers.full}
            yield {"init": layers.init} | figures | {"first_factor": first, "last_factor": last}

    def _sentences(self) -> Iterator[str]:
        if self.scale:
            yield self.scale
        yield self.sentence
        yield from self.why


class Study(Result):
    """What `sweep` and `study show` answer: what a store says."""

    store: str
    """The store."""
    study: StudyPlan
    """The configuration file of the study."""
    cells: int
    """Cells of the study."""
    seeds: int
    """Seeds of each."""
    shard: str
    """The part of the cells that is kept here, as in 1/1."""
    wanted: int
    """Runs that this part has when it is complete."""
    runs: int
    """Runs that are there."""
    diverged: int
    """How many of them diverged."""
    judged: str
    """What cells are judged by: `test accuracy`, and so on."""
    units: LossUnits | None
    """What the losses of a regression are told in and beside; None of classes, and where it is not kept."""
    best: tuple[StudyCell, ...]
    """The best cells of those that have all their runs, best first."""
    margins: tuple[Margin, ...]
    """What each value of the axes with few values does, over all others."""

    @property
    def axes(self) -> tuple[str, ...]:
        """The names of the axes."""
        return tuple(axis.split("=")[0] for axis in self.study.study.axes)

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        for cell in self.best:
            point = {attribute(axis): level for axis, level in zip(self.axes, cell.point)}
            yield {"cell": cell.cell} | point | _flat(cell, "cell", "point")

    def _sentences(self) -> Iterator[str]:
        told = f"{self.runs:,} of {_count(self.wanted, 'run')} in {self.store}"
        if self.best:
            best = self.best[0]
            point = ", ".join(f"{axis} {_level(level)}" for axis, level in zip(self.axes, best.point))
            figure = best.loss if best.accuracy is None else best.accuracy
            told += f"; best {point}: {self.judged} {_number(figure)}"
        yield told


class Store(Fields):
    """A store, and how far it is."""

    store: str
    """The file."""
    study: StudyPlan
    """The configuration file of its study."""
    cells: int
    """Cells of the study."""
    seeds: int
    """Seeds of each."""
    shard: str
    """The part of the cells that is kept there, as in 1/1."""
    wanted: int
    """Runs that this part has when it is complete."""
    runs: int
    """Runs that are there."""


class Stores(Result):
    """What `study list` answers: the stores that there are. The document is a list of them."""

    stores: tuple[Store, ...]
    """The stores."""

    @cached_property
    def _tree(self) -> Mapping[str, Any]:  # type: ignore[override]
        return {"stores": json.loads(self._answer.json())}

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        return (_flat(store, "study") for store in self.stores)

    def _sentences(self) -> Iterator[str]:
        yield _count(len(self.stores), "store")


def _level(level: float | str) -> str:
    return level if isinstance(level, str) else f"{level:g}"


class Replication(Result):
    """What `replicate` answers: an experiment's published figures beside ours."""

    name: str
    """The experiment's name."""
    title: str
    """What was done."""
    source: str
    """Where the figures were published."""
    agrees: bool
    """Whether all figures agree."""
    rows: tuple[Published, ...]
    """The figures."""
    answer: str | None
    """The answer to the experiment's question, in a sentence; None where the figures are the answer."""
    map: HeatMap | None
    """All runs as colours, where that says more than their losses."""
    page: Page | None
    """All of that as a page, of an experiment that writes one."""
    profiles: tuple[Profile, ...] = ()
    """The starts layer by layer, where the figures are about them."""
    runs: tuple[Run, ...]
    """The trainings behind them."""

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        return map(_flat, self.rows)

    def _sentences(self) -> Iterator[str]:
        yield f"{self.name}: {self._verdict()}"
        yield self.title
        if self.answer:
            yield self.answer

    def _verdict(self) -> str:
        if all(row.agrees is None for row in self.rows):
            return "no figures were published to agree with"
        return "all published figures agree" if self.agrees else "not all published figures agree"


class WeightsFile(Result):
    """What `init` answers: the file of weights that was written."""

    file: str
    """The file."""
    tensors: tuple[Tensor, ...]
    """The weights and biases, layer by layer."""
    metadata: Mapping[str, str]
    """What it says of them."""

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        return map(_flat, self.tensors)

    def _sentences(self) -> Iterator[str]:
        numbers = sum(math.prod(tensor.shape) for tensor in self.tensors)
        yield f"{self.file}: {_count(len(self.tensors), 'tensor')}, {_count(numbers, 'number')}"


class DataOverview(Result):
    """What `data` answers: what is in data, and what becomes of it."""

    name: str
    """The built-in set's name, or the file's."""
    samples: tuple[int, int]
    """Samples to train on and to test on."""
    features: int
    """Numbers per sample."""
    names: tuple[str, ...] = ()
    """Their names, where they are made of a table."""
    columns: tuple[Column, ...] = ()
    """The columns of a table."""
    classes: tuple[Class, ...] = ()
    """The classes, with their training samples."""
    targets: tuple[Target, ...] = ()
    """The numbers to be met."""
    notes: tuple[str, ...]
    """What is worth knowing."""

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        for column in self.columns:
            row = {"column": column.column, "kind": column.kind, "becomes": column.becomes, "missing": column.missing}
            least, greatest = column.range or (None, None)
            row |= {"least": least, "greatest": greatest, "distinct": column.distinct, "features": _features(column)}
            fill = column.fill if column.fill is None else _level(column.fill)
            yield row | {"fill": fill, "indicator": column.indicator, "because": column.because}

    def _sentences(self) -> Iterator[str]:
        train, test = self.samples
        columns = f" of {_count(len(self.columns), 'column')}" if self.columns else ""
        yield (
            f"{self.name}: {_count(train, 'sample')} to train on and {test:,} to test on, "
            f"{_count(self.features, 'feature')}{columns}"
        )


def _features(column: Column) -> int:
    """How many features a column becomes."""
    of_kind = {"one-hot": len(column.levels), "left-out": 0}
    return of_kind.get(column.becomes, 1) + column.indicator
