"""What runs come to: their losses, and what they end with."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import mean, median
from typing import Any

from matplotlib.axes import Axes

from ..results import Comparison, Replication, Run, Study, Training
from .base import MOST_NAMED, axes, draw, ink, is_log, is_positive, legend, logarithmic
from .cells import heat

MOST_ROWS = 40
"""So many rows can be told apart."""


@draw.register(Training)
def train(result: Training, ax: Axes | None = None, **options: Any) -> Axes:
    """The losses over the steps, a line for each run, and what guessing costs where that is known."""
    ax = losses(result.runs, axes(ax), options)
    guessing = result.task.data.guessing
    if guessing is not None:
        ax.axhline(guessing.train, color=ink(), linestyle=":", linewidth=1, label="guessing")
        legend(ax)
    ax.set_title(result.task.data.name)
    return ax


def losses(runs: Sequence[Run], ax: Axes, options: dict[str, Any]) -> Axes:
    """The losses of runs over the steps, those of one start in one colour; where one diverged there is a cross."""
    colours: dict[str, str] = {}
    alpha = 1.0 if len(runs) <= MOST_NAMED else max(0.15, MOST_NAMED / len(runs))
    shown: list[float] = []
    for run in runs:
        name = run.case or run.init
        label = None if name in colours else name
        colour = colours.setdefault(name, f"C{len(colours)}")
        style: dict[str, Any] = {"label": label, "color": colour, "linewidth": 1.2, "alpha": alpha}
        points = [(record.step, record.loss) for record in run.trace] + [(run.steps, run.train.loss)]
        points = [(step, loss) for step, loss in points if math.isfinite(loss)]
        steps, values = [step for step, _ in points], [loss for _, loss in points]
        ax.plot(steps, values, **(style | options))
        if run.status == "diverged" and points:
            ax.plot(*points[-1], "x", color=colour)
        shown += values
    logarithmic(ax, "y", shown)
    ax.set_xlabel("step")
    ax.set_ylabel("training loss")
    legend(ax)
    return ax


@draw.register(Comparison)
def compare(result: Comparison, ax: Axes | None = None, **options: Any) -> Axes:
    """What every seed ends with, a row of dots for each start, best first; the mean, and where it lies over all
    seeds."""
    ax = axes(ax, 1.4 + 0.6 * max(2, len(result.cells)))
    has_test = any(run.test for run in result.runs)
    is_accuracy = any(run.judged.accuracy is not None for run in result.runs)
    ends: list[float] = []
    for row, cell in enumerate(result.cells):
        runs = [run for run in result.runs if run.init == cell.init and run.status == "finished"]
        values = [run.judged.accuracy if is_accuracy else run.judged.loss for run in runs]
        found = [value for value in values if value is not None and math.isfinite(value)]
        # Dots are put beside each other so that equal ones are seen: by the golden ratio, the same every time.
        places = [row + 0.5 * ((seed * 0.618034) % 1 - 0.5) for seed in range(len(found))]
        style: dict[str, Any] = {"s": 24, "color": f"C{row}", "alpha": 0.5, "linewidths": 0}
        ax.scatter(found, places, **(style | options))
        ends += found
        summary = cell.judged
        over = summary and (summary.accuracy if is_accuracy else summary.loss)
        if over:
            low, high = over.interval or (over.mean, over.mean)
            around = [[max(0.0, over.mean - low)], [max(0.0, high - over.mean)]]
            ax.errorbar(over.mean, row, xerr=around, fmt="D", color=ink(), markersize=5, capsize=4, zorder=3)
    diverged = [f", {cell.diverged} diverged" if cell.diverged else "" for cell in result.cells]
    names = [f"{cell.init}\n({cell.runs}{more})" for cell, more in zip(result.cells, diverged, strict=True)]
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    if not is_accuracy:
        logarithmic(ax, "x", ends)
    figure = f"{'test' if has_test else 'training'} {'accuracy' if is_accuracy else 'loss'}"
    ax.set_xlabel(f"{figure}\n(a dot is a seed; their mean, and where it lies over all seeds)")
    ax.set_title(result.task.data.name)
    return ax


@draw.register(Study)
def study(result: Study, ax: Axes | None = None, **options: Any) -> Axes:
    """What runs end with over the first axis: every run, and the mean accuracy or the median loss of each value. A run
    that diverged has an accuracy of 0 and no loss."""
    ax = axes(ax)
    axis = result.axes[0]
    is_accuracy = result.judged.endswith("accuracy")
    runs = [(level, figure) for level, figure in judged(result, axis) if figure is not None and math.isfinite(figure)]
    levels = list(dict.fromkeys(level for level, _ in runs))
    numbers = [level for level in levels if not isinstance(level, str)]
    is_named = len(numbers) < len(levels)
    place: dict[float | str, float] = {level: at if is_named else float(level) for at, level in enumerate(levels)}
    means = []
    for level in sorted(levels, key=lambda level: place[level]):
        of_level = [figure for other, figure in runs if other == level]
        means.append((place[level], mean(of_level) if is_accuracy else median(of_level)))
    at, figures = [place[level] for level, _ in runs], [figure for _, figure in runs]
    ax.scatter(at, figures, s=18, color="grey", alpha=0.5, linewidths=0, label="a run")
    style: dict[str, Any] = {"marker": "o", "label": "mean" if is_accuracy else "median"}
    style["linestyle"] = "" if is_named else "-"
    ax.plot([x for x, _ in means], [figure for _, figure in means], **(style | options))
    if is_named:
        ax.set_xticks(range(len(levels)), [str(level) for level in levels])
    elif is_log(sorted(numbers)):
        ax.set_xscale("log")
    if not is_accuracy:
        logarithmic(ax, "y", figures)
    others = " and ".join(result.axes[1:])
    ax.set_xlabel(axis)
    ax.set_ylabel(result.judged)
    ax.set_title(f"over all of {others}" if others else "")
    legend(ax)
    return ax


def judged(result: Study, axis: str) -> list[tuple[float | str, float | None]]:
    """The values of an axis and what runs with them end with; without runs, the best cells."""
    columns = result.to_columns()
    levels = list(columns.get(axis.replace("-", "_"), []))
    figures = columns.get(result.judged.replace(" ", "_"))
    if figures is None:
        figures = columns["accuracy" if result.judged.endswith("accuracy") else "loss"]
    if "status" in columns and result.judged.endswith("accuracy"):
        figures = [
            0.0 if status == "diverged" else value for value, status in zip(figures, columns["status"], strict=True)
        ]
    return list(zip(levels, figures, strict=True))


@draw.register(Replication)
def replicate(result: Replication, ax: Axes | None = None, **options: Any) -> Axes:
    """What was published beside what was measured, where both are numbers; otherwise all runs as colours, or their
    losses."""
    pairs = [(row.what, number(row.published), number(row.measured)) for row in result.rows]
    both = [(what, theirs, ours) for what, theirs, ours in pairs if theirs is not None and ours is not None]
    if both:
        both = both[:MOST_ROWS]
        ax = axes(ax, 1.2 + 0.3 * len(both))
        rows, theirs, ours = range(len(both)), [pair[1] for pair in both], [pair[2] for pair in both]
        ax.hlines(rows, theirs, ours, color="grey", linewidth=1)
        ax.plot(theirs, rows, "o", markersize=9, markerfacecolor="none", markeredgecolor=ink(), label="published")
        style: dict[str, Any] = {"linestyle": "", "marker": "o", "markersize": 5, "label": "measured"}
        ax.plot(ours, rows, **(style | options))
        ax.set_yticks(rows, [what for what, _, _ in both])
        ax.set_ylim(len(both) - 0.5, -0.5)
        if is_positive(theirs + ours) and max(theirs + ours) > 100 * min(theirs + ours):
            ax.set_xscale("log")
        ax.set_xlabel("figure")
        legend(ax)
    elif result.map is not None:
        ax = heat(result.map, axes(ax), options)
    elif result.runs:
        ax = losses(result.runs, axes(ax), options)
    else:
        raise ValueError(f"there is no picture of {result.name}: it has neither figures to put side by side nor runs")
    ax.set_title(result.name)
    return ax


def number(text: str) -> float | None:
    """The number that a figure is; None of a dash, and of what is more than a number."""
    try:
        return float(text.replace(",", "").removesuffix("%"))
    except ValueError:
        return None
