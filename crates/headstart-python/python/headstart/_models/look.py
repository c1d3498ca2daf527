"""What the core is told of a model that was passed through forward and backward once, whatever framework did so."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from . import measure
from .blocks import Weight
from .graph import Graph
from .guess import Guess

__all__ = ["Figures", "Pass", "Sight", "dead_units", "told"]


@dataclass
class Figures:
    """What was measured of what a node gave."""

    signal: float = math.nan
    mean: float = math.nan
    gradient: float = math.nan
    """Of one sample's loss, where the loss is the mean of theirs."""
    width: int = 1
    correlation: float | None = None
    tokens: float | None = None
    dead: float | None = None
    """Of any other activation than relu and leaky-relu a 0 is a value like others."""
    saturated: float | None = None
    rank: float | None = None
    attention: dict[str, Any] | None = None


NONE = Figures()
"""Of what was not seen."""


@dataclass
class Sight(ABC):
    """One pass forward and backward."""

    framework: str
    graph: Graph
    weights: Sequence[Weight]
    trained: Sequence[str]
    """The parameters that are to be trained."""
    loss: float
    guess: Guess
    features: list[float]

    @abstractmethod
    def figures(self, index: int) -> Figures | None:
        """What was measured of a node; None where there is nothing."""

    @abstractmethod
    def attention(self, index: int) -> dict[str, Any] | None:
        """What was measured of a node's weights of attention, if it has some."""

    @abstractmethod
    def has(self, name: str) -> bool:
        """Whether this is a parameter."""

    @abstractmethod
    def count(self, name: str) -> int:
        """How many numbers a parameter has."""

    @abstractmethod
    def scale(self, name: str) -> float:
        """The root mean square of a parameter."""

    @abstractmethod
    def is_zero(self, name: str) -> bool:
        """Whether all of a parameter is 0."""

    @abstractmethod
    def gradient(self, name: str) -> float | None:
        """The norm of the gradient by a parameter; None where it was not reached."""

    @abstractmethod
    def identical(self, weight: Weight) -> int:
        """Pairs of units that stay the same."""

    @abstractmethod
    def plain_name(self, name: str) -> str:
        """What a layer is called, by its weights."""

    @abstractmethod
    def name_again(self, name: str) -> str:
        """What it is called where its weights are used a second time."""

    @property
    def has_own_output(self) -> bool:
        """Whether what follows the last layer belongs to the loss."""
        return False

    def is_trained(self, name: str) -> bool:
        """Whether a parameter is to be trained."""
        return name in self.trained


@dataclass
class Pass(Sight):
    """One whose values and gradients are arrays."""

    arrays: Mapping[str, Any] = field(repr=False)
    """All parameters, by name."""
    values: Mapping[int, Any] = field(repr=False)
    """What nodes gave, with units last."""
    backward: Mapping[int, Any] = field(repr=False)
    """Gradients of the loss by what layers gave."""
    gradients: Mapping[str, Any] = field(repr=False)
    """Gradients by parameters; none of those that were not reached."""
    samples: int
    attentions: Mapping[int, Any] = field(default_factory=dict, repr=False)
    """Weights of attention that a node computes and does not give."""

    def __post_init__(self) -> None:
        self._measured: dict[int, Figures | None] = {}

    def figures(self, index: int) -> Figures | None:
        if index not in self._measured:
            self._measured[index] = self._measure(index)
        return self._measured[index]

    def _measure(self, index: int) -> Figures | None:
        z, node = self.values.get(index), self.graph.nodes[index]
        if z is None or node.pads:
            return None
        found = Figures(measure.moment(z), tokens=measure.token_similarity(z))
        if node.kind == "weight":
            found.mean = float(np.mean(measure.single(z), dtype=np.float64))
            found.width = math.prod(z.shape[-1:])
            found.correlation = measure.correlation(z)
            if (backward := self.backward.get(index)) is not None:
                found.gradient = measure.moment(backward) * self.samples**2
        elif node.kind == "activation":
            found.dead = measure.dead(z) if node.name.startswith(("relu", "leaky-relu")) else None
            found.saturated = measure.saturated(z, node.name)
            found.rank = measure.rank(z)
        return found

    def attention(self, index: int) -> dict[str, Any] | None:
        value = self.attentions.get(index)
        if value is None and self.graph.nodes[index].name == "softmax":
            value = self.values.get(index)
            value = None if value is None or value.ndim < 3 else value
        return None if value is None else measure.attention(value)

    def has(self, name: str) -> bool:
        return name in self.arrays

    def count(self, name: str) -> int:
        return int(self.arrays[name].size)

    def scale(self, name: str) -> float:
        return float(measure.moment(self.arrays[name]) ** 0.5)

    def is_zero(self, name: str) -> bool:
        return not np.any(self.arrays[name])

    def gradient(self, name: str) -> float | None:
        gradient = self.gradients.get(name)
        return None if gradient is None else measure.norm(gradient)

    def identical(self, weight: Weight) -> int:
        gradient = self.gradients.get(weight.name)
        if gradient is None:
            return 0
        blocks = zip(weight.take(self.arrays[weight.name]), weight.take(gradient))
        return sum(measure.identical(*block) for block in blocks)

    def plain_name(self, name: str) -> str:
        for ending in (".kernel", "/kernel", ".embedding", "/embeddings"):
            name = name.removesuffix(ending)
        return name

    def name_again(self, name: str) -> str:
        return f"{self.plain_name(name)}, transposed"

    @property
    def has_own_output(self) -> bool:
        # Layers make probabilities of logits themselves.
        return self.guess.output is not None


def told(sight: Sight) -> dict[str, Any]:
    """As `headstart::explain::evidence::Look` reads it."""
    graph, known = sight.graph, sight.guess
    of_name = {weight.name: weight for weight in sight.weights}
    places: list[dict[str, Any]] = []
    at: dict[str, int] = {}
    by: dict[str, set[str]] = {}
    for node in graph.nodes:
        if node.kind != "weight":
            continue
        own = [name for name in node.weights if name in of_name]
        # What is used by the same function a second time is a place already; an embedding is another one where it makes logits.
        if not own or any(node.name in by.get(name, ()) for name in own):
            continue
        figures = sight.figures(node.index)
        if figures is None:
            continue
        is_again = own[-1] in at
        for name in own:
            by.setdefault(name, set()).add(node.name)
            at.setdefault(name, len(places))
        places.append(_place(sight, node.index, figures, of_name[own[-1]]))
        if is_again:
            places[-1]["name"] = sight.name_again(own[-1])
    if places and sight.has_own_output:
        places[-1] |= {"dead": None, "saturated": None, "rank": None}
        places[-1].pop("activation", None)
    parameters = [_parameter(sight, weight, at.get(weight.name)) for weight in sight.weights]
    index = {weight.name: i for i, weight in enumerate(sight.weights)}
    document = {
        "loss": sight.loss,
        "loss_kind": known.loss,
        "output": known.output,
        "saturated": None,
        "places": places,
        "features": sight.features,
        "model": {
            "framework": sight.framework,
            "classes": known.classes,
            "parameters": parameters,
            "branches": _branches(sight, index),
            "attention": _attention(sight),
            "unreached": [name for name in sight.trained if sight.gradient(name) is None],
        },
        "targets": known.targets,
    }
    return {key: value for key, value in document.items() if value is not None or key == "saturated"}


def _place(sight: Sight, index: int, figures: Figures, weight: Weight) -> dict[str, Any]:
    bent = sight.graph._bent(index)
    after = NONE if bent is None else sight.figures(bent) or NONE
    gradient = sight.gradient(weight.name)
    fan_in, fan_out = weight.fans
    place: dict[str, Any] = {
        "name": sight.plain_name(weight.name),
        "kind": weight.role,
        "width": figures.width,
        "fan_in": fan_in,
        "fan_out": fan_out,
        "scale": sight.scale(weight.name),
        "signal": figures.signal,
        "gradient": figures.gradient,
        "mean": figures.mean,
        "weight_gradient": math.nan if gradient is None else gradient,
        "dead": after.dead,
        "saturated": after.saturated,
        "rank": after.rank,
        "correlation": figures.correlation,
        "tokens": figures.tokens,
        "identical": sight.identical(weight) if weight.role in ("dense", "conv") and not weight.is_tied else 0,
    }
    if bent is not None:
        place["activation"] = sight.graph.nodes[bent].name
    return place


def _parameter(sight: Sight, weight: Weight, place: int | None) -> dict[str, Any]:
    fan_in, fan_out = weight.fans
    before, norm = sight.graph.before(weight.name), sight.graph.normalized(weight.name)
    try:
        asked = weight.variance("critical", before or "identity")
    except ValueError:
        asked = weight.variance("lecun", "identity")
    return {
        "name": weight.name,
        "place": place,
        "role": weight.role,
        "shape": list(weight.shape),
        "count": sight.count(weight.name),
        "fan_in": fan_in,
        "fan_out": fan_out,
        "area": weight.area,
        "groups": weight.groups,
        "parts": weight.parts,
        "scale": sight.scale(weight.name),
        "asked": math.nan if asked is None else asked**0.5,
        "gradient": sight.gradient(weight.name),
        "before": before,
        "normalized": None if norm is None else norm.name,
        "is_tied": weight.is_tied,
        "is_trained": sight.is_trained(weight.name),
    }


def _branches(sight: Sight, index: Mapping[str, int]) -> list[dict[str, Any]]:
    graph, branches = sight.graph, []
    for branch in graph.branches:
        own = [name for of in branch.weights for name in of]
        scales = [norm.weights[0] for name in own if (norm := graph.normalized(name)) is not None and norm.weights]
        names = [name for name in dict.fromkeys([*own, *scales]) if sight.has(name)]
        joined = _known(sight, branch.joined)
        branches.append(
            {
                "name": sight.plain_name(branch.last[-1] if branch.last else ""),
                "parameters": [index[name] for name in own if name in index],
                "zeros": [name for name in names if sight.is_zero(name)],
                "size": _known(sight, branch.output).signal,
                "stream": _known(sight, branch.stream).signal,
                "joined": joined.signal,
                "tokens": joined.tokens,
                "chain": branch.chain,
                "is_normalized": branch.scale is not None,
            }
        )
    return branches


def _known(sight: Sight, index: int) -> Figures:
    """What was measured of a node, or of the one that it is a view of."""
    nodes, found = sight.graph.nodes, sight.figures(index)
    while found is None and nodes[index].inputs:
        index = nodes[index].inputs[0]
        found = sight.figures(index)
    return found or NONE


def _attention(sight: Sight) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for node in sight.graph.nodes:
        if node.name == "softmax" and not _is_of_values(sight.graph, node.index):
            continue
        figures = sight.attention(node.index)
        if figures is not None:
            found.append({"name": _named(sight, node.index, len(found) + 1)} | figures)
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


def _named(sight: Sight, index: int, number: int) -> str:
    """The layer that makes the queries, or where it stands."""
    node = sight.graph.nodes[index]
    while node.kind != "weight" and node.inputs:
        node = sight.graph.nodes[node.inputs[0]]
    return sight.plain_name(node.weights[0].removesuffix(".in_proj_weight")) if node.weights else f"attention {number}"


def dead_units(document: Mapping[str, Any]) -> list[float]:
    """The shares of dead units of hidden places."""
    return [place["dead"] or 0.0 for place in document["places"][:-1]]
