"""What a run comes to."""

from __future__ import annotations

from .._fields import Fields


class Figures(Fields):
    """What a network makes of a set of samples."""

    loss: float
    """The mean loss, in the units of the targets; samples are weighted by their classes if there are weights. Nan or
    infinite where it is not finite."""
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
    """1 minus the mean squared error by the variance of the target on this set: 1 is perfect, 0 is as good as the mean.
    None where the target is the same everywhere."""


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
    """With early stopping the figures are of the parameters before this step, which had the lowest loss that was seen
    on the validation samples: this one."""
    reached: int | None
    """After so many updates the target accuracy was first found to be reached; None if it never was."""
    seconds: float
    """How long it took."""

    @property
    def judged(self) -> Figures:
        """The figures that it is judged by: on the test set, or on the training set where there is no test set."""
        return self.test or self.train
