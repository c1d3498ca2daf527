"""Figures over two axes, as colours."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from matplotlib.axes import Axes
from matplotlib.colors import CenteredNorm, LogNorm, Normalize
from matplotlib.ticker import MaxNLocator

from ..results import HeatMap, Line, Map
from .base import axes, draw, is_log, is_positive


@draw.register(Map)
def map_(result: Map, ax: Axes | None = None, **options: Any) -> Axes:
    """The figure over both axes as colours, with theory's lines. What was not run, or has no figure, is grey."""
    columns = {x: column for column, x in enumerate(result.x.values)}
    rows = {y: row for row, y in enumerate(result.y.values)}
    cells = [[math.nan] * len(columns) for _ in rows]
    for cell in result.cells:
        figure = result.figure(cell)
        cells[rows[cell.y]][columns[cell.x]] = math.nan if figure is None else figure
    shown = {
        "loss": ("median training loss", "log"),
        "test-loss": ("median test loss", "log"),
        "steps": ("median steps to the target", "log"),
        "convergence": ("convergence: below 0 it converges", "centered"),
        "success": ("share of runs at the target", "linear"),
    }
    label, scale = shown.get(result.value, (f"mean {result.value.replace('-', ' ')}", "linear"))
    ax = axes(ax)
    mesh(ax, (result.x.name, result.x.values), (result.y.name, result.y.values), cells, label, scale, options)
    lines(ax, result.lines)
    return ax


def mesh(
    ax: Axes,
    x: tuple[str, Sequence[float]],
    y: tuple[str, Sequence[float]],
    cells: Sequence[Sequence[float]],
    label: str,
    scale: str,
    options: dict[str, Any],
) -> None:
    """Cells as colours, on axes that are logarithmic where their numbers are spaced so, with a bar that says what they
    mean."""
    known = [value for row in cells for value in row if math.isfinite(value)]
    norm: Normalize | None = None
    if scale == "log" and is_positive(known):
        norm = LogNorm(min(known), max(known))
    elif scale == "centered" and known:
        norm = CenteredNorm(halfrange=max(map(abs, known)) or 1.0)
    style: dict[str, Any] = {"norm": norm, "cmap": "RdBu_r" if scale == "centered" else "viridis", "shading": "flat"}
    finite = [[value if math.isfinite(value) else math.nan for value in row] for row in cells]
    for set_scale, set_label, (name, values) in ((ax.set_xscale, ax.set_xlabel, x), (ax.set_yscale, ax.set_ylabel, y)):
        set_scale("log" if is_log(values) else "linear")
        set_label(name)
    for axis, (_, values) in ((ax.xaxis, x), (ax.yaxis, y)):
        if not is_log(values) and all(value == int(value) for value in values):
            axis.set_major_locator(MaxNLocator(integer=True))
    colours = ax.pcolormesh(edges(x[1]), edges(y[1]), finite, **(style | options))
    ax.set_facecolor("0.8")
    figure = ax.get_figure()
    if figure is not None and known:
        figure.colorbar(colours, ax=ax, label=label)


def lines(ax: Axes, them: Sequence[Line]) -> None:
    """Lines over cells, no further than these go."""
    frame = ax.axis()
    for line in them:
        points = [(x, y) if math.isfinite(x) and math.isfinite(y) else (math.nan, math.nan) for x, y in line.points]
        label = f"theory: {line.name}" if line.name else None
        ax.plot([x for x, _ in points], [y for _, y in points], color="white", linewidth=3.5)
        ax.plot([x for x, _ in points], [y for _, y in points], color="black", linewidth=1.5, label=label)
    ax.axis(frame)
    if any(line.name for line in them):
        ax.legend(loc="upper right")


def heat(picture: HeatMap, ax: Axes, options: dict[str, Any]) -> Axes:
    """The first panel of a picture in colours."""
    panel = picture.panels[0]
    x, y = panel.axes or (picture.x, picture.y)
    scale = {"logarithmic": "log", "divergent": "centered"}.get(picture.colours, "linear")
    mesh(ax, (x.name, x.values), (y.name, y.values), panel.cells, picture.value, scale, options)
    lines(ax, picture.lines)
    return ax


def edges(values: Sequence[float]) -> list[float]:
    """Where the cells of numbers meet: halfway between them."""
    there = [math.log(value) for value in values] if is_log(values) else list(values)
    if len(there) == 1:
        between = [there[0] - 0.5, there[0] + 0.5]
    else:
        middle = [(a + b) / 2 for a, b in pairwise(there)]
        between = [2 * there[0] - middle[0], *middle, 2 * there[-1] - middle[-1]]
    return [math.exp(edge) for edge in between] if is_log(values) else between
