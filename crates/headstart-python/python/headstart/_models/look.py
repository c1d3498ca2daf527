"""What the core is told of a model whose nodes' values and gradients are arrays, whatever framework computed them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from . import measure
from .blocks import Weight
from .graph import Graph
from .guess import Guess

__all__ = ["Pass", "dead_units", "told"]


@dataclass
class Pass:
    """One pass forward and backward."""

    framework: str
    graph: Graph
    weights: Sequence[Weight]
    arrays: Mapping[str, Any] = field(repr=False)
    """All parameters, by name."""
    trained: Sequence[str]
    """Those that are to be trained."""
    values: Mapping[int, Any] = field(repr=False)
    """What nodes gave, with units last."""
    backward: Mapping[int, Any] = field(repr=False)
    """Gradients of the loss by what layers gave."""
    gradients: Mapping[str, Any] = field(repr=False)
    """Gradients by parameters; none of those that were not reached."""
    loss: float
    guess: Guess
    samples: int
    features: list[float]
    attention: Mapping[int, Any] = field(default_factory=dict, repr=False)
    """Weights of attention that a node computes and does not give."""


def told(seen: Pass) -> dict[str, Any]:
    """As `headstart::explain::evidence::Look` reads it."""
    graph, known = seen.graph, seen.guess
    of_name = {weight.name: weight for weight in seen.weights}
    places: list[dict[str, Any]] = []
    at: dict[str, int] = {}
    by: dict[str, set[str]] = {}
    for node in graph.nodes:
        if node.kind != "weight" or node.index not in seen.values:
            continue
        own = [name for name in node.weights if name in of_name]
        # What is used by the same function a second time is a place already; an embedding is another one where it makes logits.
        if not own or any(node.name in by.get(name, ()) for name in own):
            continue
        is_again = own[-1] in at
        for name in own:
            by.setdefault(name, set()).add(node.name)
            at.setdefault(name, len(places))
        places.append(_place(seen, node.index, of_name[own[-1]]))
        if is_again:
            places[-1]["name"] += ", transposed"
    if places and known.output is not None:
        # What makes probabilities of logits belongs to the loss.
        places[-1] |= {"dead": None, "saturated": None, "rank": None}
        places[-1].pop("activation", None)
    index = {weight.name: i for i, weight in enumerate(seen.weights)}
    reached = set(seen.gradients)
    document = {
        "loss": seen.loss,
        "loss_kind": known.loss,
        "output": known.output,
        "saturated": None,
        "places": places,
        "features": seen.features,
        "model": {
            "framework": seen.framework,
            "classes": known.classes,
            "parameters": [_parameter(seen, weight, at.get(weight.name)) for weight in seen.weights],
            "branches": _branches(seen, index),
            "attention": _attention(seen),
            "unreached": [name for name in seen.trained if name not in reached],
        },
    }
    return {key: value for key, value in document.items() if value is not None or key == "saturated"}


def plain_name(name: str) -> str:
    """What a layer is called, by its weights."""
    for ending in (".kernel", "/kernel", ".embedding", "/embeddings"):
        name = name.removesuffix(ending)
    return name


def _place(seen: Pass, index: int, weight: Weight) -> dict[str, Any]:
    graph, z = seen.graph, seen.values[index]
    bent = graph._bent(index)
    after = seen.values.get(bent) if bent is not None else None
    activation = graph.nodes[bent].name if bent is not None else ""
    gradient, backward = seen.gradients.get(weight.name), seen.backward.get(index)
    fan_in, fan_out = weight.fans
    place: dict[str, Any] = {
        "name": plain_name(weight.name),
        "kind": weight.role,
        "width": math.prod(z.shape[-1:]),
        "fan_in": fan_in,
        "fan_out": fan_out,
        "scale": measure.moment(seen.arrays[weight.name]) ** 0.5,
        "signal": measure.moment(z),
        # Of one sample's loss, where the loss is the mean of theirs.
        "gradient": math.nan if backward is None else measure.moment(backward) * seen.samples**2,
        "mean": float(np.mean(measure.single(z), dtype=np.float64)),
        "weight_gradient": math.nan if gradient is None else measure.norm(gradient),
        # Of any other activation a 0 is a value like others.
        "dead": measure.dead(after) if after is not None and activation.startswith(("relu", "leaky-relu")) else None,
        "saturated": None if after is None else measure.saturated(after, activation),
        "rank": None if after is None else measure.rank(after),
        "correlation": measure.correlation(z),
        "tokens": measure.token_similarity(z),
        "identical": 0,
    }
    if weight.role in ("dense", "conv") and not weight.is_tied and gradient is not None:
        blocks = zip(weight.take(seen.arrays[weight.name]), weight.take(gradient))
        place["identical"] = sum(measure.identical(*block) for block in blocks)
    if bent is not None:
        place["activation"] = activation
    return place


def _parameter(seen: Pass, weight: Weight, place: int | None) -> dict[str, Any]:
    array, gradient = seen.arrays[weight.name], seen.gradients.get(weight.name)
    fan_in, fan_out = weight.fans
    before, norm = seen.graph.before(weight.name), seen.graph.normalized(weight.name)
    try:
        asked = weight.variance("critical", before or "identity")
    except ValueError:
        asked = weight.variance("lecun", "identity")
    return {
        "name": weight.name,
        "place": place,
        "role": weight.role,
        "shape": list(weight.shape),
        "count": int(array.size),
        "fan_in": fan_in,
        "fan_out": fan_out,
        "area": weight.area,
        "groups": weight.groups,
        "parts": weight.parts,
        "scale": measure.moment(array) ** 0.5,
        "asked": math.nan if asked is None else asked**0.5,
        "gradient": None if gradient is None else measure.norm(gradient),
        "before": before,
        "normalized": None if norm is None else norm.name,
        "is_tied": weight.is_tied,
        "is_trained": weight.name in seen.trained,
    }


def _branches(seen: Pass, index: Mapping[str, int]) -> list[dict[str, Any]]:
    branches = []
    for branch in seen.graph.branches:
        own = [name for of in branch.weights for name in of]
        scales = [norm.weights[0] for name in own if (norm := seen.graph.normalized(name)) is not None and norm.weights]
        names = [name for name in dict.fromkeys([*own, *scales]) if name in seen.arrays]
        joined = _known(seen, branch.joined)
        branches.append(
            {
                "name": plain_name(branch.last[-1] if branch.last else ""),
                "parameters": [index[name] for name in own if name in index],
                "zeros": [name for name in names if not np.any(seen.arrays[name])],
                "size": _moment(_known(seen, branch.output)),
                "stream": _moment(_known(seen, branch.stream)),
                "joined": _moment(joined),
                "tokens": None if joined is None else measure.token_similarity(joined),
                "chain": branch.chain,
                "is_normalized": branch.scale is not None,
            }
        )
    return branches


def _known(seen: Pass, index: int) -> Any:
    """What a node gave, or the one that it is a view of."""
    nodes = seen.graph.nodes
    while (index not in seen.values or nodes[index].pads) and nodes[index].inputs:
        index = nodes[index].inputs[0]
    return seen.values.get(index)


def _moment(value: Any) -> float:
    return math.nan if value is None else measure.moment(value)


def _attention(seen: Pass) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for node in seen.graph.nodes:
        value = seen.attention.get(node.index)
        if value is None:
            value = seen.values.get(node.index)
            if node.name != "softmax" or value is None or value.ndim < 3 or not _is_of_values(seen.graph, node.index):
                continue
        figures = measure.attention(value)
        if figures is not None:
            found.append({"name": _named(seen.graph, node.index, len(found) + 1)} | figures)
    return found


def _is_of_values(graph: Graph, index: int) -> bool:
    """Whether weights are what values are averaged with: a product with something else."""
    for consumer in graph.consumers[index]:
        node = graph.nodes[consumer]
        if node.kind == "mul" and len(node.inputs) > 1:
            return True
        if node.kind == "other" and _is_of_values(graph, consumer):
            return True
    return False


def _named(graph: Graph, index: int, number: int) -> str:
    """The layer that makes the queries, or where it stands."""
    node = graph.nodes[index]
    while node.kind != "weight" and node.inputs:
        node = graph.nodes[node.inputs[0]]
    return plain_name(node.weights[0]) if node.weights else f"attention {number}"


def dead_units(document: Mapping[str, Any]) -> list[float]:
    """The shares of dead units of hidden places."""
    return [place["dead"] or 0.0 for place in document["places"][:-1]]
