"""Drawing the weights of a model whose parameters are arrays by name."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .. import _native
from ..errors import UsageError
from . import measure
from .blocks import Array, Weight, native
from .graph import Graph
from .initialized import Initialized
from .plan import KEEP, Plan, Planner, Schemes, branch_ends, branches_of, told_ends

__all__ = ["Wanted", "drawn"]

MOST, WITHIN = 10, 0.1
"""Rounds for one layer, and how near its variance has to be to what it shall be (Mishkin and Matas 2015, algorithm 1)."""


@dataclass(frozen=True)
class Wanted:
    """What is asked for."""

    scheme: Schemes = "he"
    seed: int = 1
    residual: str | None = None
    bias: str | None = None
    embedding: str | None = None
    activation: str | None = None
    branches: Sequence[str] | None = None


def drawn(
    wanted: Wanted,
    weights: Sequence[Weight],
    arrays: Mapping[str, Any],
    frozen: Collection[str],
    norms: Collection[str],
    graph: Graph | None,
    deviation: Callable[[Mapping[str, Any], str], float] | None,
) -> tuple[dict[str, Any], Initialized]:
    """The parameters that change, as they shall be, and what was done to all. `norms` are the parameters of normalizations;
    `deviation` gives the standard deviation of a layer's outputs with other parameters, where there are data."""
    planner = Planner(wanted.scheme, wanted.embedding, wanted.activation, graph)
    if wanted.activation is not None:
        _native.Part(0, 1, 1, 1, 1, 1, wanted.activation)
    if planner.needs_data and deviation is None:
        raise UsageError("lsuv is fitted to data: give it some, as batch=inputs")
    plans = planner.plans([_tied(weight, graph) for weight in weights], list(frozen))
    if graph is None and wanted.activation is None:
        _check_needs_no_graph(plans)
    ends = _ends(wanted, graph, arrays)
    new: dict[str, Any] = {}
    told: dict[str, dict[str, Any]] = {}

    def put(name: str, numbers: Array) -> None:
        like = arrays[name]
        new[name] = np.ascontiguousarray(np.broadcast_to(numbers, like.shape)).astype(like.dtype)

    for plan in plans:
        if plan.scheme is not None:
            put(plan.weight.name, plan.draw(wanted.seed))
    for plan in plans:
        name = plan.weight.bias
        if plan.scheme is None or name is None or name not in arrays or name in frozen or wanted.bias == KEEP:
            continue
        own = plan.scheme if not _native.scheme(plan.scheme)[1] else "orthogonal"
        numbers = plan.weight.drawn_biases(own, wanted.bias, wanted.seed, plan.slot, plan.before)
        shape = arrays[name].shape
        put(name, numbers.reshape(shape) if numbers.size == math.prod(shape) else numbers)
        told[name] = {"done": "drawn" if numbers.any() else "zeroed", "role": "bias"}
    if planner.needs_data:
        assert deviation is not None and graph is not None
        _fit(plans, graph, arrays, new, deviation)
    for name, factor in ends.items():
        # A normalization's scale begins at 1, whatever was made of it before.
        before = np.ones_like(arrays[name]) if arrays[name].ndim < 2 else new.get(name, arrays[name])
        new[name] = (np.asarray(before) * np.asarray(factor, before.dtype)).astype(before.dtype)
        told.setdefault(name, {})["factor"] = factor
    for plan in plans:
        told[plan.weight.name] = _told(plan, told.get(plan.weight.name, {}))
    entries = [_entry(name, new.get(name, array), told.get(name), name in norms) for name, array in arrays.items()]
    text = wanted.scheme if isinstance(wanted.scheme, str) else "schemes by name"
    count = None if graph is None else len(graph.branches)
    tree = {"scheme": text, "seed": wanted.seed, "residual": wanted.residual, "branches": count, "parameters": entries}
    return new, Initialized(tree)


def _tied(weight: Weight, graph: Graph | None) -> Weight:
    """A table that vectors are also multiplied by is tied to that projection."""
    if graph is None or weight.role != "embedding":
        return weight
    users = [node for node in graph.nodes if node.kind == "weight" and weight.name in node.weights]
    return replace(weight, is_tied=weight.is_tied or len({node.name for node in users}) > 1)


def _check_needs_no_graph(plans: Sequence[Plan]) -> None:
    """Says so where a scheme depends on what makes a layer's inputs, and nobody knows that."""
    for plan in plans:
        if plan.scheme is None or len(plans) < 2:
            continue
        block = plan.weight.blocks[0]
        relu, none = (native(block, 1, before).variance(plan.scheme) for before in ("relu", "identity"))
        if relu != none:
            raise UsageError(
                f'scheme: "{plan.scheme}" depends on what makes a layer\'s inputs; give the model some, as batch=inputs, or say '
                'activation="relu" for all'
            )


def _ends(wanted: Wanted, graph: Graph | None, arrays: Mapping[str, Any]) -> dict[str, float]:
    if wanted.residual is None:
        return {}
    if wanted.branches is not None:
        names = [name for name in arrays if "bias" not in name]
        return branch_ends((), wanted.residual, told_ends(wanted.branches, names))
    return branch_ends(branches_of(graph, f"residual={wanted.residual!r}"), wanted.residual)


def _fit(
    plans: Sequence[Plan],
    graph: Graph,
    arrays: Mapping[str, Any],
    new: dict[str, Any],
    deviation: Callable[[Mapping[str, Any], str], float],
) -> None:
    """Divides each layer's weights by the deviation of its outputs, in the order in which they are used."""
    goals = {plan.weight.name: _gain(plan.scheme) for plan in plans if plan.scheme and _native.scheme(plan.scheme)[1]}
    for node in graph.nodes:
        names = [name for name in node.weights if name in goals]
        if node.kind != "weight" or not names:
            continue
        goal = goals.pop(names[-1])
        for _ in range(MOST):
            found = deviation({**arrays, **new}, names[-1])
            if not 0.0 < found < math.inf or abs((found / goal) ** 2 - 1.0) < WITHIN:
                break
            new[names[-1]] = (new[names[-1]] * (goal / found)).astype(arrays[names[-1]].dtype)


def _gain(scheme: str) -> float:
    """The deviation that a layer's outputs shall have."""
    number = scheme.split(":")[1] if ":" in scheme else "1"
    return float(number) if not number.startswith("mean") else 1.0


def _told(plan: Plan, also: dict[str, Any]) -> dict[str, Any]:
    weight = plan.weight
    fan_in, fan_out = weight.fans
    about = {"role": weight.role, "fan_in": fan_in, "fan_out": fan_out, "parts": weight.parts, "before": plan.before}
    if plan.scheme is None:
        return about | {"done": "left", "why": plan.why} | also
    why = {"why": "tied, drawn once"} if weight.is_tied else {}
    return about | {"done": "drawn", "scheme": _native.scheme(plan.scheme)[0]} | why | also


def _entry(name: str, array: Any, told: dict[str, Any] | None, is_norm: bool) -> dict[str, Any]:
    scale = measure.moment(array) ** 0.5 if array.size else None
    entry = {"name": name, "shape": list(array.shape), "role": "other", "scale": scale}
    if told is None:
        return entry | {"role": "normalization" if is_norm else "other", "done": "left", "why": "no weight of a layer"}
    if "done" not in told:
        told = {"role": "normalization", "done": "zeroed" if told["factor"] == 0 else "scaled"} | told
    return entry | told
