"""Why a start goes as it goes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .._fields import Fields, Sentence
from ._rows import flat
from .base import Result
from .run import Figures
from .task import Task


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
    sentence: Sentence
    """What became of it, in words."""
    how: str
    """How that is known: whether it was run, or tried at the start alone."""


class Finding(Fields):
    """One cause that was found."""

    name: str
    """A short name."""
    sentence: Sentence
    """What it is, for a learner."""
    layer: int | None
    """The layer where it is worst, from 1 on; None where it is no layer's."""
    evidence: Mapping[str, float]
    """The figures behind it."""
    advice: Sentence
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
    """How many other seeds end with a lower loss with it, and of how many; None where it does not help, and where they
    would have taken too long."""
    sentence: Sentence
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
    """That what is learned says nothing of the test samples, in words; None where it does, where nothing is learned,
    and without a test set."""
    population: Population | None
    """What became of other seeds; None where the run ended better than guessing, and where they would have taken too
    long."""
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
    sentence: Sentence
    """All of it in words."""


class Explanation(Result, StartExplanation):
    """What `explain` answers: why a start goes as it goes. Of several starts, `explanations` has one for each, and
    `separates` says what separates them; of a single one all is here as well."""

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
                yield {"init": start.init, "seed": start.seed} | flat(finding, "evidence", "tried")

    def _sentences(self) -> Iterator[str]:
        yield "; ".join(map(_decided, self.explanations))
        yield from (separation.sentence for separation in self.separates)


def _decided(start: StartExplanation) -> str:
    """What decides how a start goes."""
    decides = " decides" if any(finding.decides for finding in start.findings) else ""
    return f"{start.init}, seed {start.seed}: {start.verdict}{decides}"
