"""What layer-sequential unit variance measures of a model."""

from __future__ import annotations

import math
from typing import Any

from torch import Tensor, nn

from .._models.graph import Graph
from ._model import call_of, untouched
from ._recorder import Call, recorded

__all__ = ["deviation"]


def deviation(model: nn.Module, batch: Any, name: str) -> float:
    """The standard deviation of what comes out of a parameter's layer, as the model is called with a batch; not a number where it
    is not used."""
    args, kwargs = call_of(batch)
    found: list[float] = []

    def seen(graph: Graph, call: Call) -> None:
        node = graph.nodes[call.index]
        if not found and node.kind == "weight" and name in node.weights:
            result = call.result if isinstance(call.result, Tensor) else call.result[0]
            found.append(float(result.detach().double().std(correction=0)))

    with untouched(model), recorded(model, seen, (args, kwargs)):
        model(*args, **kwargs)
    return found[0] if found else math.nan
