"""Figures over several seeds."""

from __future__ import annotations

from .._fields import Fields


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
