"""Studies: what is in a store."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from .._fields import Fields, attribute
from ._rows import count, flat, number, short
from .base import Result
from .device import Device
from .plan import StudyPlan
from .task import Guessing


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


class FailedRun(Fields):
    """A run that no machine could do."""

    run: int
    """Its number in the study."""
    cell: int
    """Its cell."""
    seed: int
    """Its seed."""
    reason: str
    """Why, and where."""


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


class Study(Result, Store):
    """What `sweep` and `study show` answer: what a store says."""

    diverged: int
    """How many of them diverged."""
    failed: tuple[FailedRun, ...] = ()
    """Runs that no machine could do, the first hundred of them; `headstart.study.resume` tries them again."""
    device: Device | None
    """What trained, where that is not the processor."""
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
            point = {attribute(axis): level for axis, level in zip(self.axes, cell.point, strict=True)}
            yield {"cell": cell.cell} | point | flat(cell, "cell", "point")

    def _sentences(self) -> Iterator[str]:
        told = f"{self.runs:,} of {count(self.wanted, 'run')} in {self.store}"
        if self.best:
            best = self.best[0]
            point = ", ".join(f"{axis} {short(level)}" for axis, level in zip(self.axes, best.point, strict=True))
            figure = best.loss if best.accuracy is None else best.accuracy
            told += f"; best {point}: {self.judged} {number(figure)}"
        yield told
        if self.failed:
            first = self.failed[0]
            yield f"Run {first.run} (cell {first.cell}, seed {first.seed}) could not be done: {first.reason}"


class Stores(Result):
    """What `study list` answers: the stores that there are. The document is a list of them."""

    stores: tuple[Store, ...]
    """The stores."""

    @cached_property
    def _tree(self) -> Mapping[str, Any]:  # type: ignore[override]
        return {"stores": json.loads(self._answer.json())}

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        return (flat(store, "study") for store in self.stores)

    def _sentences(self) -> Iterator[str]:
        yield count(len(self.stores), "store")
