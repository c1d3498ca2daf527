"""Initializations side by side."""

from __future__ import annotations

from collections.abc import Iterator

from .._fields import Fields, Sentence
from ._rows import count, number
from .base import Result
from .device import Device
from .run import Run
from .seeds import Reached, Statistics, Summary
from .task import Task


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
    """The mean difference, the better one's figure minus the other's; None for steps, which some runs have none of, and
    where a run diverged that has no figure."""
    interval: tuple[float, float] | None
    """Where it lies over all seeds (95%)."""
    p: float
    """How likely so many wins are where none is better: the exact sign test."""
    adjusted: float
    """The same, adjusted for all differences looked at (Holm 1979)."""
    stands: bool
    """Whether it stands at the level of 5% among all of them."""
    sentence: Sentence
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


class Comparison(Result):
    """What `compare` answers: initializations side by side."""

    task: Task
    """What was asked for, everything inferred filled in."""
    device: Device | None
    """What trained, where that is not the processor."""
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
            yield f"{count(len(self.runs), 'run')}, nothing to compare"
            return
        best = self.cells[0]
        told = f"{best.init} is first of {len(self.cells)}"
        summary = best.judged
        if summary is not None:
            name, figure = ("accuracy", summary.accuracy) if summary.accuracy else ("loss", summary.loss)
            on = "test" if best.test else "training"
            told += f", with a mean {on} {name} of {number(figure.mean)} over {count(best.runs, 'seed')}"
        yield told
        yield from (difference.sentence for difference in self.differences if best.init in _both(difference))


def _both(difference: Difference) -> tuple[str, str]:
    return difference.better, difference.than
