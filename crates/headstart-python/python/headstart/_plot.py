"""Pictures of results: matplotlib axes in, axes out. Nothing is shown here, and no style is set."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import singledispatch
from itertools import pairwise
from statistics import mean, median
from typing import Any, Literal

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import CenteredNorm, LogNorm, Normalize
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from .results import (
    Advice,
    Comparison,
    Explanation,
    HeatMap,
    Line,
    Map,
    Probe,
    Replication,
    Result,
    Run,
    Study,
    Theory,
    Training,
)

__all__ = ["draw"]

MOST_NAMED = 12
"""So many names a legend can have; more are left out."""
MOST_ROWS = 40
"""So many rows can be told apart."""


@singledispatch
def draw(result: Result, ax: Axes | None = None, **options: Any) -> Axes:
    """Draw a result into axes, new ones if there are none."""
    raise TypeError(f"there is no picture of a {type(result).__name__}; print it, or take its to_pandas()")


def axes(ax: Axes | None, height: float | None = None) -> Axes:
    """The axes to draw into."""
    if ax is not None:
        return ax
    width, usual = plt.rcParams["figure.figsize"]
    return plt.subplots(figsize=(width, height or usual), layout="constrained")[1]


def is_positive(values: Iterable[float]) -> bool:
    """Whether a logarithmic scale shows them: there are some, and all that are finite are above 0."""
    finite = [value for value in values if math.isfinite(value)]
    return bool(finite) and min(finite) > 0


def logarithmic(ax: Axes, side: Literal["x", "y"], values: Iterable[float]) -> None:
    """A logarithmic scale, where it can show the values; with plain numbers at its ticks where powers of ten are few."""
    finite = [value for value in values if math.isfinite(value)]
    if not is_positive(finite):
        return
    ax.set(**{f"{side}scale": "log"})
    if max(finite) < 10 * min(finite):
        axis = ax.xaxis if side == "x" else ax.yaxis
        axis.set_major_formatter("{x:g}")
        axis.set_minor_formatter("{x:g}")


def ink() -> Any:
    """The colour of text, which is seen on any background."""
    return plt.rcParams["text.color"]


def legend(ax: Axes, **options: Any) -> None:
    """A legend, where it has not too much to say."""
    handles, _ = ax.get_legend_handles_labels()
    if 0 < len(handles) <= MOST_NAMED:
        for handle in ax.legend(**options).legend_handles:
            if isinstance(handle, Line2D):
                handle.set_alpha(1.0)


# train


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


# compare


@draw.register(Comparison)
def compare(result: Comparison, ax: Axes | None = None, **options: Any) -> Axes:
    """What every seed ends with, a row of dots for each start, best first; the mean, and where it lies over all seeds."""
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
    names = [f"{cell.init}\n({cell.runs}{more})" for cell, more in zip(result.cells, diverged)]
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    if not is_accuracy:
        logarithmic(ax, "x", ends)
    figure = f"{'test' if has_test else 'training'} {'accuracy' if is_accuracy else 'loss'}"
    ax.set_xlabel(f"{figure}\n(a dot is a seed; their mean, and where it lies over all seeds)")
    ax.set_title(result.task.data.name)
    return ax


# map


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
    """Cells as colours, on axes that are logarithmic where their numbers are spaced so, with a bar that says what they mean."""
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


def is_log(values: Sequence[float]) -> bool:
    """Whether numbers are spaced by factors rather than by differences."""
    if len(values) < 3 or min(values) <= 0:
        return False

    def unevenness(of: Sequence[float]) -> float:
        gaps = [b - a for a, b in pairwise(of)]
        return max(gaps) - min(gaps) if min(gaps) <= 0 else max(gaps) / min(gaps)

    return unevenness([math.log(value) for value in values]) < unevenness(values)


def edges(values: Sequence[float]) -> list[float]:
    """Where the cells of numbers meet: halfway between them."""
    there = [math.log(value) for value in values] if is_log(values) else list(values)
    if len(there) == 1:
        between = [there[0] - 0.5, there[0] + 0.5]
    else:
        middle = [(a + b) / 2 for a, b in pairwise(there)]
        between = [2 * there[0] - middle[0], *middle, 2 * there[-1] - middle[-1]]
    return [math.exp(edge) for edge in between] if is_log(values) else between


# probe and theory


Course = list[tuple[int, float | None]]
"""A figure over the layers."""


@draw.register(Probe)
def probe(result: Probe, ax: Axes | None = None, **options: Any) -> Axes:
    """Signal and gradient over the layers, means over the seeds; shades go from the 10th percentile to the 90th."""
    ax = axes(ax)
    courses: list[tuple[str, Course, Course]] = []
    for colour, init in enumerate(result.inits):
        place = [layer.layer for layer in init.layers]
        for spreads in ([layer.signal for layer in init.layers], [layer.gradient for layer in init.layers]):
            low, high = [spread.quantiles[0] for spread in spreads], [spread.quantiles[2] for spread in spreads]
            ax.fill_between(place, low, high, color=f"C{colour}", alpha=0.12, linewidth=0)
        signal: Course = [(layer.layer, layer.signal.mean) for layer in init.layers]
        gradient: Course = [(layer.layer, layer.gradient.mean) for layer in init.layers]
        courses.append((init.init, signal, gradient))
    layers(ax, courses, "second moment", options)
    step = f" after {result.at_step:,} steps" if result.at_step else ""
    ax.set_title(f"{result.task.data.name}{step}")
    return ax


@draw.register(Theory)
def theory(result: Theory, ax: Axes | None = None, **options: Any) -> Axes:
    """Signal and gradient over the layers where these may differ. Of one layer that is repeated the critical line, weights over
    biases, and where the schemes are."""
    ax = axes(ax)
    if any(scheme.layers for scheme in result.schemes):
        courses: list[tuple[str, Course, Course]] = []
        for scheme in result.schemes:
            signal: Course = [(layer.layer, layer.signal) for layer in scheme.layers]
            gradient: Course = [(layer.layer, layer.gradient) for layer in scheme.layers]
            courses.append((scheme.init, signal, gradient))
        layers(ax, courses, "factor of the second moment", options)
        ax.set_title(" / ".join(result.activations))
        return ax
    starts = ([result.critical] if result.critical else []) + list(result.line)
    starts = sorted(starts, key=lambda start: start.bias_variance)
    biases, weights = [start.bias_variance for start in starts], [start.weight_variance for start in starts]
    if len(starts) == 1:
        ax.axhline(weights[0], color=ink(), linestyle=":", linewidth=1)
    style: dict[str, Any] = {"color": ink(), "marker": ".", "label": "critical"}
    ax.plot(biases, weights, **(style | options))
    for colour, scheme in enumerate(result.schemes):
        if scheme.weight_variance is not None and scheme.bias_variance is not None:
            label = f"{scheme.init}: {scheme.phase or scheme.signal}"
            # Those that are at the same place are rings around each other.
            style = {"color": f"C{colour}", "label": label, "markersize": max(5, 12 - 3 * colour), "zorder": 3}
            ax.plot(scheme.bias_variance, scheme.weight_variance, "o", **style)
    ax.set_xlabel("variance of the biases")
    ax.set_ylabel("variance of the weights x fan-in")
    ax.set_title(result.activation or "")
    legend(ax)
    return ax


def layers(ax: Axes, courses: Sequence[tuple[str, Course, Course]], what: str, options: dict[str, Any]) -> None:
    """Signal, solid, and gradient, dashed, over the layers; a colour for each start."""
    values: list[float] = []
    for colour, (name, signal, gradient) in enumerate(courses):
        for course, kind, label in ((signal, "-", name), (gradient, "--", None)):
            points = [(layer, math.nan if value is None else value) for layer, value in course]
            values += [value for _, value in points]
            style: dict[str, Any] = {"color": f"C{colour}", "linestyle": kind, "label": label}
            style |= {"marker": "o", "markersize": 3}
            ax.plot([layer for layer, _ in points], [value for _, value in points], **(style | options))
    logarithmic(ax, "y", values)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel("layer")
    ax.set_ylabel(what)
    handles, _ = ax.get_legend_handles_labels()
    kinds = [
        Line2D([], [], color="grey", label="signal"),
        Line2D([], [], color="grey", linestyle="--", label="gradient"),
    ]
    ax.legend(handles=(handles if len(handles) <= MOST_NAMED else []) + kinds)


# explain


@draw.register(Explanation)
def explain(result: Explanation, ax: Axes | None = None, **options: Any) -> Axes:
    """When each start is left: its plateau up to the most likely step, a shade over the steps within which it ends; where it was
    run, the step that was measured, and what it ended with."""
    ax = axes(ax)
    given = result.task.training.steps
    seen: list[float] = [given]
    for colour, start in enumerate(result.explanations):
        told = start.prediction
        style: dict[str, Any] = {"color": f"C{colour}"}
        wide: dict[str, Any] = {"linewidth": 2.5} | style
        label = f"{start.init}: predicted near {told.step:,}" if told.step else f"{start.init}: not found"
        end = told.step or told.to or given
        ax.plot([1, end], [told.plateau] * 2, **({"label": label} | wide | options))
        ax.plot(1, start.loss, "o", **style)
        if told.step:
            ax.plot([end, end], [told.plateau, told.threshold], **(wide | options))
        if told.from_ is not None:
            ax.axvspan(max(1, told.from_), told.to or max(seen) * 10, alpha=0.15, linewidth=0, **style)
        seen += [step for step in (told.from_, told.to, told.step) if step]
        if start.check is not None:
            if start.check.measured is not None:
                ax.plot(max(1, start.check.measured), told.threshold, "D", markersize=7, markeredgecolor=ink(), **style)
                seen.append(start.check.measured)
            ax.plot(given, start.check.train.loss, "s", markersize=6, **style)
    threshold = result.explanations[0].prediction.threshold
    ax.axhline(threshold, color=ink(), linestyle=":", linewidth=1, label="the plateau is left")
    ax.axvline(given, color=ink(), linestyle="--", linewidth=1, label=f"steps given: {given:,}")
    ax.plot([], [], "o", color="grey", label="loss at the start")
    if any(start.check for start in result.explanations):
        ax.plot([], [], "D", color="grey", label="left, as measured")
        ax.plot([], [], "s", color="grey", label="loss at the end, as measured")
    ax.set_xscale("log")
    ax.set_xlim(1, max(seen) * 2)
    ax.set_xlabel("step")
    ax.set_ylabel("training loss")
    ax.set_title(result.task.data.name)
    legend(ax, fontsize="small")
    return ax


# advise


@draw.register(Advice)
def advise(result: Advice, ax: Axes | None = None, **options: Any) -> Axes:
    """The figure over the gain, a line for each scheme: what was trained to the end, and faintly what was not. The start that is
    advised has a star, and the gains that do as well a shade."""
    ax = axes(ax)
    advised = result.recommendation
    values: list[float] = []
    for colour, family in enumerate(result.tried):
        full = [(tried.gain, tried.full) for tried in family.gains if tried.full is not None]
        early = [(tried.gain, tried.early) for tried in family.gains if tried.early is not None]
        style: dict[str, Any] = {"color": f"C{colour}", "label": family.scheme, "marker": "o", "markersize": 4}
        ax.plot([gain for gain, _ in full], [figure for _, figure in full], **(style | options))
        faint: dict[str, Any] = {"color": f"C{colour}", "alpha": 0.35, "linewidth": 1}
        ax.plot([gain for gain, _ in early], [figure for _, figure in early], **faint)
        values += [figure for _, figure in full + early]
        for tried in family.gains:
            figure = tried.early if tried.full is None else tried.full
            if advised is not None and tried.init == advised.init and figure is not None:
                style = {"color": f"C{colour}", "markersize": 16, "markeredgecolor": ink(), "linestyle": ""}
                ax.plot(tried.gain, figure, "*", label=f"advised: {advised.init}", zorder=4, **style)
    if advised is not None and advised.plateau is not None:
        low, high = advised.plateau.low, advised.plateau.high
        ax.axvspan(low, high, color="grey", alpha=0.15, linewidth=0, label=f"do as well: {low:g} to {high:g}")
    ax.plot([], [], color="grey", alpha=0.35, linewidth=1, label="after a part of training")
    ax.set_xscale("log")
    if result.figure != "accuracy":
        logarithmic(ax, "y", values)
    ax.set_xlabel("gain, or scale of plain weights")
    ax.set_ylabel(f"{result.figure} on held-out samples")
    ax.set_title(result.verdict)
    legend(ax, fontsize="small")
    return ax


# sweep and study


@draw.register(Study)
def study(result: Study, ax: Axes | None = None, **options: Any) -> Axes:
    """What runs end with over the first axis: every run, and the mean accuracy or the median loss of each value. A run that diverged
    has an accuracy of 0 and no loss."""
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
        figures = [0.0 if status == "diverged" else value for value, status in zip(figures, columns["status"])]
    return list(zip(levels, figures))


# replicate


@draw.register(Replication)
def replicate(result: Replication, ax: Axes | None = None, **options: Any) -> Axes:
    """What was published beside what was measured, where both are numbers; otherwise all runs as colours, or their losses."""
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


def heat(picture: HeatMap, ax: Axes, options: dict[str, Any]) -> Axes:
    """The first panel of a picture in colours."""
    panel = picture.panels[0]
    x, y = panel.axes or (picture.x, picture.y)
    scale = {"logarithmic": "log", "divergent": "centered"}.get(picture.colours, "linear")
    mesh(ax, (x.name, x.values), (y.name, y.values), panel.cells, picture.value, scale, options)
    lines(ax, picture.lines)
    return ax


def number(text: str) -> float | None:
    """The number that a figure is; None of a dash, and of what is more than a number."""
    try:
        return float(text.replace(",", "").removesuffix("%"))
    except ValueError:
        return None
