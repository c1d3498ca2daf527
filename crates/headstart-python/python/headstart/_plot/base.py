"""What all pictures share: axes, scales and legends."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import singledispatch
from itertools import pairwise
from typing import Any, Literal

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ..results import Result

MOST_NAMED = 12
"""So many names a legend can have; more are left out."""


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
    """A logarithmic scale, where it can show the values; with plain numbers at its ticks where powers of ten are
    few."""
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


def is_log(values: Sequence[float]) -> bool:
    """Whether numbers are spaced by factors rather than by differences."""
    if len(values) < 3 or min(values) <= 0:
        return False

    def unevenness(of: Sequence[float]) -> float:
        gaps = [b - a for a, b in pairwise(of)]
        return max(gaps) - min(gaps) if min(gaps) <= 0 else max(gaps) / min(gaps)

    return unevenness([math.log(value) for value in values]) < unevenness(values)
