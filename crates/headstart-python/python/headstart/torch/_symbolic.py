"""How the parts of a model hang together without running it: by `torch.fx`, which follows most models whose code does not look at
numbers or shapes."""

from __future__ import annotations

import operator
from typing import Any

import torch
from torch import fx, nn

from .._models.graph import Graph
from ._functions import ACTIVATION, BY_MODULE, activation_of, is_norm, kind_of, plain
from ._recorder import VIEWS

__all__ = ["symbolic"]


WITH_BRANCHES = (nn.Transformer, nn.TransformerEncoderLayer, nn.TransformerDecoderLayer)


def symbolic(model: nn.Module) -> Graph | None:
    """The graph of a model; None where its code cannot be followed without numbers."""
    # What these do inside is not followed, and they have branches there.
    if any(isinstance(module, WITH_BRANCHES) for module in model.modules()):
        return None
    random = torch.random.get_rng_state()
    try:
        traced = fx.symbolic_trace(model)
    except Exception:
        # Whatever the model's own code makes of numbers that are none.
        return None
    finally:
        torch.random.set_rng_state(random)
    graph, made = Graph(), dict[Any, int]()
    names = {id(p): name for name, p in model.named_parameters()}
    of: dict[Any, tuple[str, ...]] = {}
    for node in traced.graph.nodes:
        inputs = [made[one] for one in node.all_input_nodes if one in made]
        if node.op == "placeholder":
            made[node] = graph.add("input")
        elif node.op == "get_attr":
            parameter = _attribute(model, node.target)
            if id(parameter) in names:
                of[node] = (names[id(parameter)],)
        elif node.op == "call_module":
            made[node] = _module(graph, model, node.target, inputs)
        elif node.op in ("call_function", "call_method"):
            name = _name(node.target)
            weights = tuple(name for one in node.all_input_nodes for name in of.get(one, ()))
            if not inputs:
                of[node] = weights
            else:
                made[node] = _function(graph, name, node, inputs, weights)
    return graph


def _attribute(model: Any, path: str) -> Any:
    for name in path.split("."):
        model = getattr(model, name, None)
    return model


def _name(target: Any) -> str:
    if isinstance(target, str):
        return target
    if target in (operator.add, operator.iadd):
        return "add"
    return str(getattr(target, "__name__", ""))


def _function(graph: Graph, name: str, node: Any, inputs: list[int], weights: tuple[str, ...]) -> int:
    weights = tuple(one for one in weights if "bias" not in one.rsplit(".")[-1])
    kind = kind_of(name, bool(weights))
    label = activation_of(name, node.args, node.kwargs) if kind == "activation" else plain(name)
    is_one = len(set(inputs)) < 2
    if kind == "softmax" or (kind == "add" and is_one) or (kind == "mul" and is_one and not weights):
        kind = "other"
    return graph.add(kind, inputs, name=label, weights=weights, pads=label in VIEWS)


def _module(graph: Graph, model: nn.Module, target: str, inputs: list[int]) -> int:
    """What a module of PyTorch itself is, which is not looked into."""
    module = model.get_submodule(target)
    function = BY_MODULE.get(type(module).__name__)
    if function in ACTIVATION:
        slope = getattr(module, "negative_slope", None)
        return graph.add("activation", inputs, name=activation_of(function, (None, slope) if slope else ()))
    owner = {id(p): name for name, p in model.named_parameters()}
    own = [owner[id(p)] for _, p in module.named_parameters() if id(p) in owner]
    weights = [name for name in own if "bias" not in name.rsplit(".")[-1]]
    if is_norm(module):
        return graph.add("norm", inputs, name=type(module).__name__, weights=weights)
    return graph.add("weight" if weights else "other", inputs, name=type(module).__name__, weights=weights)
