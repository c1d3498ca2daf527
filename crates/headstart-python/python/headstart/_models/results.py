"""What was measured of a model of a framework, and why it goes as it goes."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from .. import _native
from .._fields import Fields, Sentence
from ..results._rows import flat
from ..results.explanation import CureCheck, Finding, Prediction

__all__ = ["Attention", "Branch", "Layer", "ModelExplanation", "ModelProbe", "Weights", "plain"]


class Layer(Fields):
    """A layer, where it was measured: behind its weights, before anything else. Second moments are means over units and samples."""

    name: str
    """Its name in the model."""
    kind: str
    """`dense`, `conv`, `embedding`, `attention` or `recurrent`."""
    width: int
    """How many units, or channels, it has."""
    activation: str | None = None
    """What is applied behind it, as far as it was found."""
    signal: float
    """The second moment of the pre-activations."""
    gradient: float
    """The second moment of one sample's loss gradient with respect to them."""
    mean: float
    """The mean of the pre-activations."""
    scale: float
    """The root mean square of its weights."""
    weight_gradient: float
    """The norm of the gradient with respect to its weights."""
    dead: float | None
    """The share of units that are 0 for all samples and places behind a relu."""
    saturated: float | None
    """The share of units and samples at the ends of an activation that has two."""
    rank: float | None
    """The effective rank of the activations, on some of the samples."""
    correlation: float | None
    """The mean cosine between two samples."""
    tokens: float | None
    """The mean cosine between two tokens of a sample; None where there are no tokens."""
    identical: int
    """Pairs of units that gradients never tell apart."""
    spread: tuple[float, float] | None = None
    """Standard deviations of the logarithms of signal and gradient over seeds, where several were measured."""


class Branch(Fields):
    """What is computed beside a residual stream and added to it."""

    name: str
    """Its last layer."""
    stream: float
    """The second moment of the stream before."""
    size: float
    """That of what is added."""
    joined: float
    """That of the sum."""
    tokens: float | None
    """The mean cosine between two tokens of a sample in the sum."""
    zeros: tuple[str, ...]
    """Its weights, and scales of normalizations, that are all 0."""


class Attention(Fields):
    """Attention, in the mean over heads and queries that have a choice."""

    name: str
    """Its layer."""
    heads: int
    """How many heads it has."""
    tokens: int
    """How many there are to attend to."""
    entropy: float
    """The entropy of a query's attention, as a share of the largest: 1 is attention to all alike."""
    saturated: float
    """The share of queries that give more than 95% to one token."""


class Weights(Fields):
    """A weight tensor, and the scale that its shape and what makes its inputs ask for."""

    name: str
    """Its name in the model."""
    role: str
    """`dense`, `conv`, `embedding`, `attention`, `recurrent` or `other`."""
    shape: tuple[int, ...]
    """Its shape."""
    fan_in: int
    """Inputs of a unit, with the kernel's area and without other groups'."""
    fan_out: int
    """Units that an input goes to, counted alike."""
    scale: float
    """The root mean square of its numbers."""
    asked: float
    """The one that keeps the size of a signal."""
    gradient: float | None
    """The norm of its gradient; None where it was not reached or is frozen."""
    before: str | None
    """The activation that makes its inputs."""
    normalized: str | None
    """The normalization that follows at once: it hides the scale."""
    is_tied: bool
    """Whether several layers share it."""


class ModelProbe(Fields):
    """What was measured at a start by one pass forward and backward. `print` shows it as tables."""

    loss: float
    """The loss."""
    guessing: float
    """What the best outputs that do not depend on the inputs cost; NaN where that is not known."""
    sharpness: float
    """The largest eigenvalue of the loss's Hessian; NaN where it was not measured, or cannot be."""
    seeds: int
    """How many starts were measured: figures are means over them."""
    layers: tuple[Layer, ...]
    """The layers, in the order in which they are used."""
    branches: tuple[Branch, ...]
    """The residual branches, in the order in which they are added."""
    attention: tuple[Attention, ...]
    """Where it attends."""
    weights: tuple[Weights, ...]
    """The weight tensors, in the model's order."""
    unreached: tuple[str, ...]
    """Parameters that are to be trained, and that the loss does not depend on."""

    def __str__(self) -> str:
        sharpness = None if math.isnan(self.sharpness) else self.sharpness
        guessing = None if math.isnan(self.guessing) else self.guessing
        return _native.probe_text(json.dumps(self._tree["look"]), guessing, sharpness)

    def to_pandas(self) -> Any:
        """The layers as a frame of pandas."""
        from .._optional import needed

        return needed("pandas", "to_pandas()").DataFrame([flat(layer) for layer in self.layers])

    @staticmethod
    def of(look: Mapping[str, Any], guessing: float, sharpness: float, seeds: int = 1) -> ModelProbe:
        """From what the core reads."""
        model = look["model"]
        return ModelProbe(
            plain(
                {
                    "loss": look["loss"],
                    "guessing": guessing,
                    "sharpness": sharpness,
                    "seeds": seeds,
                    "layers": look["places"],
                    "branches": model["branches"],
                    "attention": model["attention"],
                    "weights": model["parameters"],
                    "unreached": model["unreached"],
                    "look": look,
                }
            )
        )


class ModelExplanation(Fields):
    """Why a model starts as it does. `print` shows it: the answer, then the findings with their figures and what to do."""

    init: str
    """What it was drawn by, as far as that is known."""
    findings: tuple[Finding, ...]
    """What was found, what explains most first; never empty."""
    prediction: Prediction | None
    """Whether a short run on the batch left the start; None where nothing was run."""
    checks: tuple[CureCheck, ...]
    """What runs with and without each cure showed; empty where nothing was verified."""
    loss: float
    """The loss at the start."""
    guessing: float
    """What guessing costs; NaN where that is not known."""
    sharpness: float | None
    """The largest eigenvalue of the loss's Hessian; None where it was not measured."""
    text: Sentence
    """All of it as text."""

    @property
    def first(self) -> Finding:
        """What explains most."""
        return self.findings[0]

    def __str__(self) -> str:
        return self.text


def plain(value: Any) -> Any:
    """A document as JSON has it: what is not finite is None."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def mean_of(looks: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One document of several starts: means of figures, geometric ones of second moments, with how far these spread over seeds."""
    merged: dict[str, Any] = _mean(looks)
    for place, several in zip(merged["places"], zip(*(look["places"] for look in looks))):
        logs = [[_log(one[key]) for one in several] for key in ("signal", "gradient")]
        place["signal"], place["gradient"] = (math.exp(sum(of) / len(of)) for of in logs)
        place["spread"] = [_deviation(of) for of in logs]
    return merged


def _log(value: float) -> float:
    return math.log(value) if value > 0 else -math.inf if value == 0 else math.nan


def _deviation(values: list[float]) -> float:
    mean = sum(values) / len(values)
    return math.sqrt(sum((value - mean) ** 2 for value in values) / max(1, len(values) - 1))


def _mean(values: Sequence[Any]) -> Any:
    first = values[0]
    if isinstance(first, Mapping):
        return {key: _mean([value[key] for value in values if key in value]) for key in first}
    if isinstance(first, list) and all(len(value) == len(first) for value in values):
        return [_mean(several) for several in zip(*values)]
    known = [value for value in values if value is not None]
    if isinstance(first, float) and known:
        return sum(known) / len(known)
    if isinstance(first, int) and not isinstance(first, bool) and len(set(known)) > 1:
        return round(sum(known) / len(known))
    return first
