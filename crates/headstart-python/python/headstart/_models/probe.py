"""Measuring one start of a model, or several: what is the same of every framework."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..errors import UsageError
from .guess import Guess
from .results import ModelProbe, mean_of

__all__ = ["measured", "starts"]


def starts(model: Any, kind: type, made: Callable[[Any, int], Any], seeds: int, name: str, example: str) -> list[Any]:
    """The model, or what `made(model, seed)` makes from each seed where it is a function."""
    if seeds < 1:
        raise UsageError("seeds: at least one start is needed")
    if isinstance(model, kind):
        if seeds > 1:
            raise UsageError(
                f"seeds: a model has one start; give a function that makes it, as in probe({example}, ...)"
            )
        return [model]
    if not callable(model):
        raise TypeError(f"model: a {name} is needed, or a function that makes one, not a {type(model).__name__}")
    return [made(model, seed) for seed in range(1, seeds + 1)]


def measured(looks: Sequence[tuple[Mapping[str, Any], Guess]], sharpness: Sequence[float]) -> ModelProbe:
    """What looks say, and the sharpness of each start; none where it was not found. Figures of several are their means."""
    document, known = looks[0]
    if len(looks) > 1:
        document = mean_of([one for one, _ in looks])
    sharp = sum(sharpness) / len(sharpness) if sharpness else math.nan
    return ModelProbe.of(document, known.cost, sharp, len(looks))
