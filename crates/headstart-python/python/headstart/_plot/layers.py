"""Signal and gradient over the layers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from ..results import Probe, Theory
from .base import MOST_NAMED, axes, draw, ink, legend, logarithmic

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
    """Signal and gradient over the layers where these may differ. Of one layer that is repeated the critical line,
    weights over biases, and where the schemes are."""
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
