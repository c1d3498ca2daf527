"""Drawing the weights of a model whose parameters are arrays by name."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
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

__all__ = ["Wanted", "biases", "drawn", "ends", "entry", "fit", "has_bias", "plan_told", "planner"]

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
    planned = planner(wanted, deviation is not None)
    planned.graph = graph
    plans = planned.plans([_tied(weight, graph) for weight in weights], list(frozen))
    if graph is None and wanted.activation is None:
        _check_needs_no_graph(plans)
    factors = ends(wanted, graph, arrays)
    new: dict[str, Any] = {}
    told: dict[str, dict[str, Any]] = {}

    def put(name: str, numbers: Array) -> None:
        like = arrays[name]
        new[name] = np.ascontiguousarray(np.broadcast_to(numbers, like.shape)).astype(like.dtype)

    for plan in plans:
        if plan.scheme is not None:
            put(plan.weight.name, plan.draw(wanted.seed))
    for plan in plans:
        if not has_bias(wanted, plan, arrays, frozen):
            continue
        name, numbers = str(plan.weight.bias), biases(wanted, plan)
        shape = arrays[name].shape
        put(name, numbers.reshape(shape) if numbers.size == math.prod(shape) else numbers)
        told[name] = {"done": "drawn" if numbers.any() else "zeroed", "role": "bias"}
    if planned.needs_data:
        assert deviation is not None and graph is not None
        of_data = deviation

        def scale(name: str, factor: float) -> None:
            new[name] = (new[name] * factor).astype(arrays[name].dtype)

        fit(plans, graph, lambda name: of_data({**arrays, **new}, name), scale)
    for name, factor in factors.items():
        # A normalization's scale begins at 1, whatever was made of it before.
        before = np.ones_like(arrays[name]) if arrays[name].ndim < 2 else new.get(name, arrays[name])
        new[name] = (np.asarray(before) * np.asarray(factor, before.dtype)).astype(before.dtype)
        told.setdefault(name, {})["factor"] = factor
    for plan in plans:
        told[plan.weight.name] = plan_told(plan, told.get(plan.weight.name, {}))
    entries = [
        entry(name, new.get(name, array).shape, _size(new.get(name, array)), told.get(name), name in norms)
        for name, array in arrays.items()
    ]
    text = wanted.scheme if isinstance(wanted.scheme, str) else "schemes by name"
    count = None if graph is None else len(graph.branches)
    tree = {"scheme": text, "seed": wanted.seed, "residual": wanted.residual, "branches": count, "parameters": entries}
    return new, Initialized(tree)


def planner(wanted: Wanted, has_data: bool) -> Planner:
    """What chooses schemes; what is asked for is looked at first."""
    planned = Planner(wanted.scheme, wanted.embedding, wanted.activation, None)
    if wanted.activation is not None:
        _native.Part(0, 1, 1, 1, 1, 1, wanted.activation)
    if planned.needs_data and not has_data:
        raise UsageError("lsuv is fitted to data: give it some, as batch=inputs")
    return planned


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


def ends(wanted: Wanted, graph: Graph | None, parameters: Iterable[str]) -> dict[str, float]:
    """What the ends of residual branches are multiplied by, by the names of their parameters."""
    if wanted.residual is None:
        return {}
    if wanted.branches is not None:
        names = [name for name in parameters if "bias" not in name]
        return branch_ends((), wanted.residual, told_ends(wanted.branches, names))
    return branch_ends(branches_of(graph, f"residual={wanted.residual!r}"), wanted.residual)


def has_bias(wanted: Wanted, plan: Plan, parameters: Container[str], frozen: Container[str]) -> bool:
    """Whether a layer has a bias that is drawn."""
    name = plan.weight.bias
    is_there = name is not None and name in parameters and name not in frozen
    return plan.scheme is not None and is_there and wanted.bias != KEEP


def biases(wanted: Wanted, plan: Plan) -> Array:
    """The numbers of a layer's bias."""
    assert plan.scheme is not None
    own = plan.scheme if not _native.scheme(plan.scheme)[1] else "orthogonal"
    return plan.weight.drawn_biases(own, wanted.bias, wanted.seed, plan.slot, plan.before)


def fit(
    plans: Sequence[Plan], graph: Graph, deviation: Callable[[str], float], scale: Callable[[str, float], None]
) -> None:
    """Layer-sequential unit variance: divides each layer's weights by the deviation of its outputs, in the order in which they are
    used (Mishkin and Matas 2015, "All you need is a good init", algorithm 1)."""
    goals = {plan.weight.name: _gain(plan.scheme) for plan in plans if plan.scheme and _native.scheme(plan.scheme)[1]}
    for node in graph.nodes:
        names = [name for name in node.weights if name in goals]
        if node.kind != "weight" or not names:
            continue
        goal = goals.pop(names[-1])
        for _ in range(MOST):
            found = deviation(names[-1])
            if not 0.0 < found < math.inf or abs((found / goal) ** 2 - 1.0) < WITHIN:
                break
            scale(names[-1], goal / found)


def _gain(scheme: str) -> float:
    """The deviation that a layer's outputs shall have."""
    number = scheme.split(":")[1] if ":" in scheme else "1"
    return float(number) if not number.startswith("mean") else 1.0


def plan_told(plan: Plan, also: dict[str, Any]) -> dict[str, Any]:
    """What was done to a weight."""
    weight = plan.weight
    fan_in, fan_out = weight.fans
    about = {"role": weight.role, "fan_in": fan_in, "fan_out": fan_out, "parts": weight.parts, "before": plan.before}
    if plan.scheme is None:
        if "factor" in also:
            return about | {"done": "zeroed" if also["factor"] == 0 else "scaled"} | also
        return about | {"done": "left", "why": plan.why}
    why = {"why": "tied, drawn once"} if weight.is_tied else {}
    return about | {"done": "drawn", "scheme": _native.scheme(plan.scheme)[0]} | why | also


def entry(
    name: str,
    shape: Sequence[int],
    scale: float | None,
    told: dict[str, Any] | None,
    is_norm: bool,
    why: str | None = "no weight of a layer",
) -> dict[str, Any]:
    """What is said of a parameter; of one that nothing was done to, why."""
    about = {"name": name, "shape": list(shape), "role": "other", "scale": scale}
    if told is None:
        return about | {"role": "normalization" if is_norm else "other", "done": "left", "why": why}
    if "done" not in told:
        told = {"role": "normalization", "done": "zeroed" if told["factor"] == 0 else "scaled"} | told
    return about | told


def _size(array: Any) -> float | None:
    return measure.moment(array) ** 0.5 if array.size else None
