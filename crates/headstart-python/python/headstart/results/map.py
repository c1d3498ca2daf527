"""Figures over two axes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .._fields import Fields
from ._rows import count, flat, number
from .base import Result
from .device import Device


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
    """A cell of a map in figures, over its seeds. Accuracies and shares count a run that diverged as 0, losses as
    infinite."""

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
    """The median number of steps to the target accuracy, runs that never got there being censored (Kaplan-Meier); None
    if less than half of them did."""
    train_loss: float
    """The median of the final losses on the training set."""
    test_loss: float | None
    """The same on the test set; None without one."""
    convergence: float
    """The median of the measure of Sohl-Dickstein 2024: below 0 for runs that go down, above for the others, nearer to
    0 the sooner."""


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


class Map(Result):
    """What `map` answers: what becomes of training over two axes."""

    value: str
    """The figure that is shown: `test-accuracy`, `train-accuracy`, `success`, `steps`, `loss`, `test-loss` or
    `convergence`."""
    device: Device | None
    """What trained, where that is not the processor."""
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
        return map(flat, self.cells)

    def _sentences(self) -> Iterator[str]:
        what = self.value.replace("-", " ")
        told = f"{what} over {self.x.name} and {self.y.name}, {self.done:,} of {count(self.wanted, 'cell')} done"
        is_better = max if self.value in ("test-accuracy", "train-accuracy", "success") else min
        figures = ((self.figure(cell), cell) for cell in self.cells)
        known = [(figure, cell) for figure, cell in figures if figure is not None and math.isfinite(figure)]
        if known and self.value != "convergence":
            figure, best = is_better(known, key=lambda pair: pair[0])
            told += f"; best {number(figure)} at {self.x.name} {number(best.x)}, {self.y.name} {number(best.y)}"
        yield told
