"""A look at a model's start: one pass forward and backward, of which every layer's figures are taken on the way."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from .._models.blocks import Weight
from .._models.graph import Graph
from .._models.guess import Guess
from ..errors import UsageError
from . import _measure as measure
from ._attention import weights_of
from ._batch import Step, check_batch, guess
from ._model import untouched
from ._recorder import Call, recorded
from ._weights import weights

__all__ = ["Look", "look"]

FRAMEWORK = "torch"


@dataclass
class _Seen:
    """What was taken of one call."""

    signal: float = math.nan
    mean: float = math.nan
    gradient: float = math.nan
    width: int = 1
    correlation: float | None = None
    tokens: float | None = None
    dead: float | None = None
    saturated: float | None = None
    rank: float | None = None
    attention: dict[str, Any] | None = None


@dataclass
class Look:
    """What was seen, and what the core is told of it."""

    document: dict[str, Any]
    """As `headstart::explain::evidence::Look` reads it."""
    guess: Guess
    graph: Graph
    order: list[str]
    """The weights of the places, in the order of these."""
    gradients: dict[str, Tensor] = field(repr=False)


class _Eye:
    """Takes figures of calls as they come."""

    def __init__(self, samples: int) -> None:
        self.samples, self.seen = samples, dict[int, _Seen]()
        self.probabilities: list[tuple[int, dict[str, Any]]] = []

    @torch.no_grad()
    def __call__(self, graph: Graph, call: Call) -> None:
        node = graph.nodes[call.index]
        result = call.result if isinstance(call.result, Tensor) else _first(call.result)
        if result is None or not result.is_floating_point() or node.pads:
            return
        taken = self.seen.setdefault(call.index, _Seen())
        z = result.detach()
        taken.signal = measure.moment(z)
        is_conv = _is_conv(z, node.name)
        if node.kind in ("weight", "add"):
            taken.tokens = measure.token_similarity(z)
        if node.kind == "weight":
            taken.mean = measure.number(z.float().mean())
            taken.width = z.shape[1] if is_conv else z.shape[-1]
            taken.correlation = measure.correlation(z)
            if result.requires_grad:
                result.register_hook(self._gradient(taken))  # type: ignore[no-untyped-call]
        elif node.kind == "activation":
            # Of any other activation a 0 is a value like others.
            taken.dead = measure.dead(z, is_conv) if node.name.startswith(("relu", "leaky-relu")) else None
            taken.saturated = measure.saturated(z, node.name)
            taken.rank = measure.rank(z, is_conv)
        probabilities = weights_of(call)
        if probabilities is not None:
            taken.attention = measure.attention(probabilities)

    def _gradient(self, taken: _Seen) -> Any:
        def hook(gradient: Tensor) -> None:
            # Of one sample's loss, where the loss is the mean of theirs.
            taken.gradient = measure.moment(gradient) * self.samples**2

        return hook


def _first(result: Any) -> Tensor | None:
    if isinstance(result, (tuple, list)):
        return next((one for one in result if isinstance(one, Tensor)), None)
    return None


def _is_conv(z: Tensor, name: str) -> bool:
    # Images and volumes; a sequence of vectors has its units last.
    return z.ndim >= 4 or (z.ndim == 3 and "conv" in name)


WITH_DROPOUT = (nn.RNNBase, nn.MultiheadAttention)
"""Modules that leave something out by a number of their own."""


@contextmanager
def training(model: nn.Module) -> Iterator[None]:
    """The mode in which a model is trained, but for what is left out at random: that is noise in every figure."""
    kept = [(module, module.dropout) for module in model.modules() if isinstance(module, WITH_DROPOUT)]
    with untouched(model):
        model.train()
        for module in model.modules():
            is_own = "drop" in type(module).__name__.lower() and not any(True for _ in module.children())
            if is_own or isinstance(module, nn.modules.dropout._DropoutNd):
                module.eval()
        try:
            for module, _ in kept:
                module.dropout = 0.0
            yield
        finally:
            for module, share in kept:
                module.dropout = share


def look(model: nn.Module, step: Step) -> Look:
    """Looks at a model that was unwrapped."""
    check_batch(step)
    eye = _Eye(step.samples)
    parameters = {name: p for name, p in model.named_parameters() if p.requires_grad}
    with training(model), torch.enable_grad(), recorded(model, eye, _given(step)) as recorder:
        outputs, loss = step(model)
        known = guess(step, outputs, loss)
        found: Sequence[Tensor | None]
        if parameters and loss.requires_grad:
            found = torch.autograd.grad(loss, list(parameters.values()), allow_unused=True)
        else:
            found = (None,) * len(parameters)
    gradients = {name: g for (name, _), g in zip(parameters.items(), found) if g is not None}
    unreached = [name for (name, _), g in zip(parameters.items(), found) if g is None]
    return _told(model, recorder.graph, eye, loss, known, gradients, unreached, step)


def _given(step: Step) -> Any:
    return step.batch if step.forward is not None or step.loss is None else step.inputs


def _told(
    model: nn.Module,
    graph: Graph,
    eye: _Eye,
    loss: Tensor,
    known: Guess,
    gradients: dict[str, Tensor],
    unreached: list[str],
    step: Step,
) -> Look:
    of_name = {weight.name: weight for weight in weights(model)}
    names = {id(p): name for name, p in model.named_parameters()}
    aliases: dict[int, list[str]] = {}
    for name, p in model.named_parameters(remove_duplicate=False):
        aliases.setdefault(id(p), []).append(name)
    places: list[dict[str, Any]] = []
    at: dict[str, int] = {}
    by: dict[str, set[str]] = {}
    for node in graph.nodes:
        if node.kind != "weight" or node.index not in eye.seen:
            continue
        own = [name for name in node.weights if name in of_name]
        # What is used by the same function a second time is a place already; an embedding is another one where it makes logits.
        if not own or any(node.name in by.get(name, ()) for name in own):
            continue
        weight, is_again = of_name[own[-1]], own[-1] in at
        for name in own:
            by.setdefault(name, set()).add(node.name)
            at.setdefault(name, len(places))
        places.append(_place(model, graph, eye, node.index, weight, gradients))
        if is_again:
            own_aliases = aliases[id(model.get_parameter(weight.name))]
            places[-1]["name"] = own_aliases[-1].removesuffix(".weight")
    parameters = [
        _parameter(model, graph, weight, at.get(weight.name), gradients, known) for weight in of_name.values()
    ]
    index = {weight.name: i for i, weight in enumerate(of_name.values())}
    document = {
        "loss": float(loss.detach()),
        "loss_kind": known.loss,
        "output": known.output,
        "saturated": None,
        "places": places,
        "features": _features(step),
        "model": {
            "framework": FRAMEWORK,
            "classes": known.classes,
            "parameters": parameters,
            "branches": _branches(model, graph, eye, index, names),
            "attention": _attention(graph, eye),
            "unreached": unreached,
        },
    }
    if not places:
        raise UsageError("model: no layer with weights was seen at work; there is nothing to measure")
    if known.targets is not None:
        document["targets"] = known.targets
    if known.loss is None:
        del document["loss_kind"]
    if known.output is None:
        del document["output"]
    return Look(document, known, graph, list(at), gradients)


def _place(
    model: nn.Module, graph: Graph, eye: _Eye, index: int, weight: Weight, gradients: dict[str, Tensor]
) -> dict[str, Any]:
    taken = eye.seen[index]
    bent = graph._bent(index)
    after = eye.seen.get(bent, _Seen()) if bent is not None else _Seen()
    tensor, gradient = model.get_parameter(weight.name).detach(), gradients.get(weight.name)
    fan_in, fan_out = weight.fans
    place: dict[str, Any] = {
        "name": weight.name.split(".parametrizations.")[0].removesuffix(".weight"),
        "kind": weight.role,
        "width": taken.width,
        "fan_in": fan_in,
        "fan_out": fan_out,
        "scale": measure.moment(tensor) ** 0.5,
        "signal": taken.signal,
        "gradient": taken.gradient,
        "mean": taken.mean,
        "weight_gradient": math.nan if gradient is None else measure.number(gradient.double().norm()),
        "dead": after.dead,
        "saturated": after.saturated,
        "rank": after.rank,
        "correlation": taken.correlation,
        "tokens": taken.tokens,
        "identical": 0,
    }
    if weight.role in ("dense", "conv") and not weight.is_tied:
        blocks = zip(
            weight.take(tensor), weight.take(gradient) if gradient is not None else [None] * len(weight.blocks)
        )
        place["identical"] = sum(measure.identical(*block) for block in blocks)
    if bent is not None:
        place["activation"] = graph.nodes[bent].name
    return place


def _parameter(
    model: nn.Module, graph: Graph, weight: Weight, place: int | None, gradients: dict[str, Tensor], known: Guess
) -> dict[str, Any]:
    tensor, gradient = model.get_parameter(weight.name), gradients.get(weight.name)
    fan_in, fan_out = weight.fans
    before, norm = graph.before(weight.name), graph.normalized(weight.name)
    try:
        asked = weight.variance("critical", before or "identity")
    except ValueError:
        asked = weight.variance("lecun", "identity")
    return {
        "name": weight.name,
        "place": place,
        "role": weight.role,
        "shape": list(weight.shape),
        "count": tensor.numel(),
        "fan_in": fan_in,
        "fan_out": fan_out,
        "area": weight.area,
        "groups": weight.groups,
        "parts": weight.parts,
        "scale": measure.moment(tensor) ** 0.5,
        "asked": math.nan if asked is None else asked**0.5,
        "gradient": None if gradient is None else measure.number(gradient.double().norm()),
        "before": before,
        "normalized": None if norm is None else norm.name,
        "is_tied": weight.is_tied,
        "is_trained": tensor.requires_grad,
    }


def _branches(
    model: nn.Module, graph: Graph, eye: _Eye, index: dict[str, int], names: dict[int, str]
) -> list[dict[str, Any]]:
    branches = []
    for branch in graph.branches:
        own = [name for of in branch.weights for name in of]
        scales = [norm.weights[0] for name in own if (norm := graph.normalized(name)) is not None and norm.weights]
        zeros = [name for name in dict.fromkeys([*own, *scales]) if not bool(model.get_parameter(name).detach().any())]
        size, stream, joined = (_known(graph, eye, one) for one in (branch.output, branch.stream, branch.joined))
        last = branch.last[-1] if branch.last else ""
        branches.append(
            {
                "name": last.removesuffix(".weight"),
                "parameters": [index[name] for name in own if name in index],
                "zeros": zeros,
                "size": size.signal,
                "stream": stream.signal,
                "joined": joined.signal,
                "tokens": joined.tokens,
                "chain": branch.chain,
                "is_normalized": branch.scale is not None,
            }
        )
    return branches


def _known(graph: Graph, eye: _Eye, index: int) -> _Seen:
    """What was taken of a node, or of the one that it is a view of."""
    while index not in eye.seen and graph.nodes[index].inputs:
        index = graph.nodes[index].inputs[0]
    return eye.seen.get(index, _Seen())


def _attention(graph: Graph, eye: _Eye) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for index, taken in eye.seen.items():
        node = graph.nodes[index]
        if taken.attention is None or (node.name == "softmax" and not _is_of_values(graph, index)):
            continue
        found.append({"name": _named(graph, index, len(found) + 1)} | taken.attention)
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
    name = node.weights[0] if node.weights else f"attention {number}"
    return name.rpartition(".in_proj_weight")[0] or name.removesuffix(".weight")


def _features(step: Step) -> list[float]:
    """Root mean square of each feature, or channel, of inputs that are numbers."""
    inputs = step.inputs if step.loss is not None else None
    if not isinstance(inputs, Tensor) or not inputs.is_floating_point() or inputs.ndim < 2:
        return []
    units = measure.units_first(inputs.detach().float(), inputs.ndim > 3)
    return [float(size) for size in units.double().square().mean(1).sqrt().tolist()]
