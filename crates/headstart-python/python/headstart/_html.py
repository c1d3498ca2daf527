"""Results as HTML for notebooks: the answer in a sentence or a few, and a table. There are no scripts and no colours, so that it
reads as well on a dark page as on a light one.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Sequence
from functools import singledispatch
from html import escape
from typing import Any

from ._native import in_python
from .results import (
    Advice,
    Audit,
    Cell,
    Comparison,
    DataOverview,
    Explanation,
    Map,
    Probe,
    Replication,
    Result,
    Spread,
    Statistics,
    Stores,
    Study,
    Theory,
    Training,
    WeightsFile,
)

__all__ = ["page"]

MOST_ROWS = 20
"""So many rows are shown; the others are in the data frames."""
MOST_SENTENCES = 6
"""So many sentences are shown; the others are in the text."""

Table = tuple[Sequence[str], Iterable[Sequence[Any]]]
"""The names of the columns, and the rows."""


def page(result: Result) -> str:
    """A result, without what would be around it in a page of its own."""
    first, *more = map(in_python, result._sentences())
    paragraphs = [f"<p><strong>{type(result).__name__}</strong>: {escape(first)}</p>"]
    paragraphs += [f"<p>{escape(sentence)}</p>" for sentence in more[: MOST_SENTENCES - 1]]
    if len(more) >= MOST_SENTENCES:
        left = len(more) - MOST_SENTENCES + 1
        paragraphs.append(f"<p>... and {left:,} more sentence{'s' if left > 1 else ''}: print() shows all</p>")
    paragraphs += [f"<p>note: {escape(note)}</p>" for note in result._notes]
    return f"<div>{''.join(paragraphs)}{picture(result)}{table(*rows(result))}{code(result)}</div>"


def picture(result: Result) -> str:
    """The picture that the command draws, of a map."""
    png = result._png() if isinstance(result, Map) else None
    if png is None:
        return ""
    return f'<img alt="the map" src="data:image/png;base64,{base64.b64encode(png).decode()}" style="max-width: 100%"/>'


def code(result: Result) -> str:
    """The code that starts as advised, folded up."""
    snippets = result.code if isinstance(result, Advice) else ()
    return "".join(
        f"<details><summary>{escape(snippet.framework)}</summary><pre>{escape(snippet.code)}</pre></details>"
        for snippet in snippets
    )


def table(header: Sequence[str], body: Iterable[Sequence[Any]]) -> str:
    """Rows as a table, numbers on the right; nothing where there are no rows."""
    lines = list(body)
    if not lines:
        return ""
    sides = ["right" if all(map(is_figure, column)) else "left" for column in zip(*lines)]
    head = row("th", sides, header)
    shown = "".join(row("td", sides, map(told, line)) for line in lines[:MOST_ROWS])
    more = f"<p>... and {len(lines) - MOST_ROWS:,} more: .to_pandas()</p>" if len(lines) > MOST_ROWS else ""
    return f"<table><thead>{head}</thead><tbody>{shown}</tbody></table>{more}"


def row(tag: str, sides: Iterable[str], texts: Iterable[str]) -> str:
    """A row of a table."""
    cells = (
        f'<{tag} style="text-align: {side}; padding: 0.1em 0.6em">{escape(text)}</{tag}>'
        for side, text in zip(sides, texts)
    )
    return f"<tr>{''.join(cells)}</tr>"


def is_figure(value: Any) -> bool:
    """Whether it is a number, or stands where one would."""
    return value is None or (isinstance(value, (int, float, Statistics, Spread)) and not isinstance(value, bool))


def told(value: Any) -> str:
    """What a cell says."""
    if isinstance(value, Statistics):
        low, high = value.interval or (None, None)
        return told(value.mean) + (f" [{told(low)}, {told(high)}]" if value.interval else "")
    if isinstance(value, Spread):
        return told(value.mean)
    if isinstance(value, (tuple, list)):
        return " x ".join(map(told, value))
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= 10_000 else str(value)
    if isinstance(value, float):
        return f"{value:,.0f}" if 1000 <= abs(value) < 1e9 else f"{value:.4g}"
    return str(value)


@singledispatch
def rows(result: Result) -> Table:
    """The table of a result."""
    raise NotImplementedError


@rows.register(Training)
def train(result: Training) -> Table:
    has_test = any(run.test for run in result.runs)
    figure = "loss" if result.task.data.kind == "regression" else "accuracy"
    header = ["init", "seed", "status", "steps", "training loss"]
    header += [f"training {figure}"] * (figure != "loss") + [f"test {figure}"] * has_test

    def cells(run: Any) -> list[Any]:
        line = [run.init, run.seed, run.status, run.steps, run.train.loss]
        line += [run.train[figure]] * (figure != "loss")
        return line + [run.test and run.test[figure]] * has_test

    return header, map(cells, result.runs)


@rows.register(Comparison)
def compare(result: Comparison) -> Table:
    return cells(result.cells)


def cells(them: Sequence[Cell]) -> Table:
    """Initializations side by side."""
    on = "test" if any(cell.test for cell in them) else "training"
    is_accuracy = any(cell.judged and cell.judged.accuracy for cell in them)
    name = "accuracy" if is_accuracy else "loss"
    targets = [cell.reached.target for cell in them if cell.reached]
    header = ["init", "runs", "diverged", f"{on} {name}", "worst", "seed"]
    header += [f"share at {targets[0]:g}", "steps"] if targets else []

    def line(cell: Cell) -> list[Any]:
        figure = cell.judged and (cell.judged.accuracy if is_accuracy else cell.judged.loss)
        shown = [figure, figure.worst, figure.worst_seed] if figure else [None] * 3
        reached = [cell.reached.share, cell.reached.steps.median] if cell.reached else [None] * 2
        return [cell.init, cell.runs, cell.diverged, *shown, *(reached if targets else [])]

    return header, map(line, them)


@rows.register(Map)
def map_(result: Map) -> Table:
    header = [result.x.name, result.y.name, result.value.replace("-", " "), "runs", "diverged"]
    if result._png() is not None:
        return header, ()
    return header, ((cell.x, cell.y, result.figure(cell), cell.runs, cell.diverged) for cell in result.cells)


@rows.register(Probe)
def probe(result: Probe) -> Table:
    figures = ["signal", "gradient", "relative_step", "dead", "saturated", "correlation", "rank"]
    header = ["init", "layer", "units", "signal", "gradient", "step", "dead", "flat", "correlation", "rank"]
    every = ((init.init, layer) for init in result.inits for layer in init.layers)
    return header, ([name, layer.layer, layer.width, *(layer[figure] for figure in figures)] for name, layer in every)


@rows.register(Audit)
def audit(result: Audit) -> Table:
    figures = ["rms", "nearest", "ratio", "looks_like"]
    header = ["weight", "shape", "role", "scale", "nearest", "ratio", "looks like"]
    every = (weight for weight in result.weights if weight.role not in ("bias", "statistic", "buffer"))
    return header, ([weight.name, weight.shape, weight.role, *(weight[key] for key in figures)] for weight in every)


@rows.register(Theory)
def theory(result: Theory) -> Table:
    if result.activation is None:
        header = ["init", "layer", "units", "activation", "weight variance", "bias variance", "signal x", "gradient x"]
        every = ((scheme.init, layer) for scheme in result.schemes for layer in scheme.layers)
        keys = ["layer", "units", "activation", "weight_variance", "bias_variance", "signal", "gradient"]
        return header, ([name, *(layer[key] for key in keys)] for name, layer in every)
    if result.block is not None:
        behind = ((scheme.init, row) for scheme in result.schemes for row in scheme.behind)
        figures = ["blocks", "variance", "gradient", "correlation"]
        return ["init", "blocks", "signal", "gradient x", "correlation"], (
            [name, *(row[key] for key in figures)] for name, row in behind
        )
    header = ["init", "weight variance", "bias variance", "signal", "phase", "chi", "correlation"]
    header += ["signal x", "gradient x"] if result.depth else []
    keys = ["init", "weight_variance", "bias_variance", "signal", "phase", "chi", "correlation"]

    def line(scheme: Any) -> list[Any]:
        through = scheme.through
        depth = [through and through.signal, through and through.gradient] if result.depth else []
        return [scheme[key] for key in keys] + depth

    return header, map(line, result.schemes)


@rows.register(Explanation)
def explain(result: Explanation) -> Table:
    every = ((start.init, finding) for start in result.explanations for finding in start.findings)
    header = ["init", "finding", "decides", "what it is", "what to do"]
    return header, ([init, found.name, found.decides, found.sentence, in_python(found.advice)] for init, found in every)


@rows.register(Advice)
def advise(result: Advice) -> Table:
    return cells(result.evidence.cells)


@rows.register(Study)
def study(result: Study) -> Table:
    is_accuracy = any(cell.accuracy is not None for cell in result.best)
    header = [*result.axes, "runs", "diverged", result.judged, *(["at target"] if is_accuracy else [])]

    def line(cell: Any) -> list[Any]:
        figures = [cell.accuracy, cell.at_target] if is_accuracy else [cell.loss]
        return [*cell.point, cell.runs, cell.diverged, *figures]

    return header, map(line, result.best)


@rows.register(Stores)
def stores(result: Stores) -> Table:
    every = ([store.store, store.cells, store.seeds, store.shard, store.runs, store.wanted] for store in result.stores)
    return ["store", "cells", "seeds", "part", "runs", "of"], every


@rows.register(Replication)
def replicate(result: Replication) -> Table:
    every = ([row.what, row.published, row.measured, row.agrees] for row in result.rows)
    return ["figure", "published", "measured", "agrees"], every


@rows.register(WeightsFile)
def init(result: WeightsFile) -> Table:
    return ["tensor", "shape"], ([tensor.name, tensor.shape] for tensor in result.tensors)


@rows.register(DataOverview)
def data(result: DataOverview) -> Table:
    if result.columns:
        header = ["column", "holds", "becomes", "missing", "least", "greatest", "texts"]
        every = ((column, column.range or (None, None)) for column in result.columns)
        return header, ([c.column, c.kind, becomes(c), c.missing, *between, c.distinct] for c, between in every)
    if result.classes:
        return ["class", "training samples"], ([each.name, each.samples] for each in result.classes)
    header = ["target", "mean", "standard deviation", "least", "greatest"]
    return header, ([each.name or "target", each.mean, each.sd, *each.range] for each in result.targets)


def becomes(column: Any) -> str:
    """What becomes of a column, in words."""
    if column.because:
        return f"left out: {column.because.replace('-', ' ')}"
    return f"{len(column.levels)} levels" if column.levels else str(column.becomes).replace("-", " ")
