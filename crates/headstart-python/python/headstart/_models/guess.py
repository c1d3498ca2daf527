"""What answering without a look at the inputs costs, by outputs, targets and the loss as arrays."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["ENOUGH", "ONE_CLASS", "UNKNOWN", "Guess", "guess", "is_close"]

Array = NDArray[np.float64]

ENOUGH = 10
"""Targets for each class from which on their shares are known."""

ONE_CLASS = 0.01
"""Entropies below this are of samples of one class: nothing is left to be guessed of them, and nothing is told by it."""


@dataclass(frozen=True)
class Guess:
    """What answering without a look at the inputs costs."""

    cost: float
    """The loss of the best outputs that are the same for all samples; not a number where nobody knows."""
    on_batch: float = math.nan
    """The same on this batch: of few samples their own shares are known best. Not a number where that is `cost`."""
    loss: str | None = None
    """What the loss is, as the core calls it."""
    output: str | None = None
    """What is applied to the logits, as the core calls it."""
    classes: int | None = None
    """How many classes there are."""
    targets: dict[str, Any] | None = None
    """What matters of targets that are numbers, as the core reads it."""


UNKNOWN = Guess(math.nan)


def guess(outputs: Any, targets: list[Any], loss: float, search: Callable[[], float] | None = None) -> Guess:
    """What guessing costs: the loss is recognized by its value, whether outputs are logits or probabilities. `search` finds the
    lowest loss of outputs that are the same for all samples, where it is none that is known."""
    if not hasattr(outputs, "ndim") or outputs.size == 0 or outputs.ndim == 0:
        return UNKNOWN
    z = np.asarray(outputs, np.float64)
    arrays = [np.asarray(target) for target in targets if hasattr(target, "ndim")]
    for target in arrays:
        for logits, classes in _as_classes(z, target):
            if any(is_close(_cross_entropy(logs, classes), loss) for logs in _logarithms(logits)):
                return _of_classes(logits.shape[1], classes)
    for target in arrays:
        if target.size != z.size:
            continue
        y, flat = target.astype(np.float64).reshape(-1), z.reshape(-1)
        if np.all((y >= 0) & (y <= 1)) and any(is_close(one, loss) for one in _binary(flat, y)):
            share = float(y.mean())
            entropy = _entropy(np.array([share, 1 - share]))
            return Guess(entropy if entropy > ONE_CLASS else math.log(2), math.nan, "cross-entropy", "sigmoid", 2)
        if is_close(float(np.mean((y - flat) ** 2)), loss):
            each = target.astype(np.float64).reshape(len(target), -1)
            return Guess(float(each.var(0).mean()), math.nan, "mse", "identity")
    found = search() if search is not None else math.nan
    return Guess(found) if math.isfinite(found) else UNKNOWN


def is_close(one: float, value: float) -> bool:
    """Whether a loss is the one that was seen."""
    return math.isclose(one, value, rel_tol=1e-3, abs_tol=1e-7)


def _logarithms(outputs: Array) -> Iterator[Array]:
    """Logarithms of probabilities, of outputs as logits, and as probabilities where they are some."""
    shifted = outputs - outputs.max(-1, keepdims=True)
    yield shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
    if outputs.min() >= 0 and np.allclose(outputs.sum(-1), 1, atol=1e-3):
        yield np.log(np.maximum(outputs, 1e-7))


def _cross_entropy(logs: Array, classes: NDArray[np.int64]) -> float:
    known = classes >= 0
    return float(-np.mean(logs[known, classes[known]]))


def _binary(z: Array, y: Array) -> Iterator[float]:
    """Cross-entropy of outputs as logits, and as probabilities where they are some."""
    yield float(np.mean(np.logaddexp(0, z) - y * z))
    if z.min() >= 0 and z.max() <= 1:
        p = np.clip(z, 1e-7, 1 - 1e-7)
        yield float(-np.mean(y * np.log(p) + (1 - y) * np.log1p(-p)))


def _as_classes(outputs: Array, target: NDArray[Any]) -> Iterator[tuple[Array, NDArray[np.int64]]]:
    """Logits and classes as cross-entropy takes them: as numbers, or as a 1 among zeros."""
    if outputs.ndim < 2:
        return
    count = outputs.shape[-1]
    if target.shape == outputs.shape and count > 1 and np.all((target == 0) | (target == 1)):
        if np.all(target.sum(-1) == 1):
            yield outputs.reshape(-1, count), target.argmax(-1).reshape(-1)
        return
    if target.dtype == np.bool_ or (target.size and not np.all(target == np.round(target))):
        return
    classes = target.astype(np.int64)
    if target.size == outputs.size // count and _fits(count, classes):
        yield outputs.reshape(-1, count), classes.reshape(-1)
    if outputs.ndim == 3 and classes.shape == outputs.shape[:2] and outputs.shape[1] > 1 and _fits(count, classes):
        # Language models that are given their inputs as targets.
        yield outputs[:, :-1].reshape(-1, count), classes[:, 1:].reshape(-1)


def _fits(count: int, classes: NDArray[np.int64]) -> bool:
    known = classes[classes >= 0]
    return count > 1 and known.size > 0 and bool(known.max() < count)


def _of_classes(count: int, classes: NDArray[np.int64]) -> Guess:
    known = classes[classes >= 0]
    by_shares = _entropy(np.bincount(known, minlength=count) / known.size)
    is_known = known.size >= ENOUGH * count and by_shares > ONE_CLASS
    on_batch = by_shares if by_shares > ONE_CLASS else math.nan
    return Guess(by_shares if is_known else math.log(count), on_batch, "cross-entropy", "softmax", count)


def _entropy(shares: Array) -> float:
    some = shares[shares > 0]
    return float(-np.sum(some * np.log(some)))
