"""When starts are left, and where to start."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes

from ..results import Advice, Explanation
from .base import axes, draw, ink, legend, logarithmic


@draw.register(Explanation)
def explain(result: Explanation, ax: Axes | None = None, **options: Any) -> Axes:
    """When each start is left: its plateau up to the most likely step, a shade over the steps within which it ends;
    where it was run, the step that was measured, and what it ended with."""
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


@draw.register(Advice)
def advise(result: Advice, ax: Axes | None = None, **options: Any) -> Axes:
    """The figure over the gain, a line for each scheme: what was trained to the end, and faintly what was not. The
    start that is advised has a star, and the gains that do as well a shade."""
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
