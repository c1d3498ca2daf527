"""Layer-sequential unit variance on the model itself."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from .. import _native
from .._models.graph import Graph
from .._models.plan import Plan
from ._model import call_of, untouched
from ._recorder import Call, recorded

__all__ = ["fit"]

MOST, WITHIN = 10, 0.1
"""Rounds for one layer, and how near its variance has to be to what it shall be, as in the paper."""


@torch.no_grad()
def fit(model: nn.Module, graph: Graph | None, plans: list[Plan], batch: Any) -> None:
    """Divides each layer's weights by the deviation of its outputs on a batch, in the order in which they are used (Mishkin and
    Matas 2015, "All you need is a good init", algorithm 1)."""
    assert graph is not None
    args, kwargs = call_of(batch)
    goals = {plan.weight.name: _gain(plan.scheme) for plan in plans if plan.scheme and _native.scheme(plan.scheme)[1]}
    parameters = dict(model.named_parameters())
    for node in graph.nodes:
        names = [name for name in node.weights if name in goals]
        if node.kind != "weight" or not names:
            continue
        last = names[-1]
        for _ in range(MOST):
            deviation = _deviation(model, args, kwargs, last)
            if deviation is None or abs((deviation / goals[last]) ** 2 - 1.0) < WITHIN:
                break
            parameters[last].mul_(goals[last] / deviation)
        goals.pop(last)


def _gain(scheme: str) -> float:
    """The deviation that a layer's outputs shall have."""
    number = scheme.split(":")[1] if ":" in scheme else "1"
    return float(number) if not number.startswith("mean") else 1.0


def _deviation(model: nn.Module, args: Any, kwargs: Any, name: str) -> float | None:
    """The standard deviation of what comes out of a parameter's layer; None where that is 0 or no number."""
    found: list[float] = []

    def seen(graph: Graph, call: Call) -> None:
        node = graph.nodes[call.index]
        if not found and node.kind == "weight" and name in node.weights:
            result = call.result if isinstance(call.result, Tensor) else call.result[0]
            found.append(float(result.detach().double().std(correction=0)))

    with untouched(model), recorded(model, seen, (args, kwargs)):
        model(*args, **kwargs)
    is_number = bool(found) and 0.0 < found[0] < float("inf")
    return found[0] if is_number else None
