"""A look at a model's start: one pass forward and backward, of which every layer's figures are taken on the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from .._models.blocks import Weight
from .._models.graph import Graph
from .._models.guess import Guess
from .._models.look import Figures, Sight, told
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
class Look:
    """What was seen, and what the core is told of it."""

    document: dict[str, Any]
    """As `headstart::explain::evidence::Look` reads it."""
    guess: Guess


class _Eye:
    """Takes figures of calls as they come."""

    def __init__(self, samples: int) -> None:
        self.samples, self.seen = samples, dict[int, Figures]()
        self.probabilities: list[tuple[int, dict[str, Any]]] = []

    @torch.no_grad()
    def __call__(self, graph: Graph, call: Call) -> None:
        node = graph.nodes[call.index]
        result = call.result if isinstance(call.result, Tensor) else _first(call.result)
        if result is None or not result.is_floating_point() or node.pads:
            return
        taken = self.seen.setdefault(call.index, Figures())
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

    def _gradient(self, taken: Figures) -> Any:
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
    document = told(
        _Sight(
            framework=FRAMEWORK,
            graph=recorder.graph,
            weights=weights(model),
            trained=list(parameters),
            loss=float(loss.detach()),
            guess=known,
            features=_features(step),
            model=model,
            seen=eye.seen,
            gradients={name: g for name, g in zip(parameters, found) if g is not None},
        )
    )
    if not document["places"]:
        raise UsageError("model: no layer with weights was seen at work; there is nothing to measure")
    return Look(document, known)


def _given(step: Step) -> Any:
    return step.batch if step.forward is not None or step.loss is None else step.inputs


@dataclass
class _Sight(Sight):
    """A pass whose figures were taken on the way."""

    model: nn.Module
    seen: dict[int, Figures] = field(repr=False)
    gradients: dict[str, Tensor] = field(repr=False)

    def __post_init__(self) -> None:
        own = self.model.named_parameters(remove_duplicate=False)
        self._parameters = {name: tensor.detach() for name, tensor in own}

    def figures(self, index: int) -> Figures | None:
        return self.seen.get(index)

    def attention(self, index: int) -> dict[str, Any] | None:
        return self.seen[index].attention if index in self.seen else None

    def has(self, name: str) -> bool:
        return name in self._parameters

    def is_trained(self, name: str) -> bool:
        return self.model.get_parameter(name).requires_grad

    def count(self, name: str) -> int:
        return self._parameters[name].numel()

    def scale(self, name: str) -> float:
        return float(measure.moment(self._parameters[name]) ** 0.5)

    def is_zero(self, name: str) -> bool:
        return not bool(self._parameters[name].any())

    def gradient(self, name: str) -> float | None:
        gradient = self.gradients.get(name)
        return None if gradient is None else measure.number(gradient.double().norm())

    def identical(self, weight: Weight) -> int:
        gradient = self.gradients.get(weight.name)
        if gradient is None:
            return 0
        blocks = zip(weight.take(self._parameters[weight.name]), weight.take(gradient))
        return sum(measure.identical(*block) for block in blocks)

    def plain_name(self, name: str) -> str:
        return name.split(".parametrizations.")[0].removesuffix(".weight")

    def name_again(self, name: str) -> str:
        # The last of its names.
        tensor = self.model.get_parameter(name)
        every = [own for own, p in self.model.named_parameters(remove_duplicate=False) if p is tensor]
        return every[-1].removesuffix(".weight")


def _features(step: Step) -> list[float]:
    """Root mean square of each feature, or channel, of inputs that are numbers."""
    inputs = step.inputs if step.loss is not None else None
    if not isinstance(inputs, Tensor) or not inputs.is_floating_point() or inputs.ndim < 2:
        return []
    units = measure.units_first(inputs.detach().float(), inputs.ndim > 3)
    return [float(size) for size in units.double().square().mean(1).sqrt().tolist()]
