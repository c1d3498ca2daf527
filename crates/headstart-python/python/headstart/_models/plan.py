"""Which parameter of a model gets which scheme, whatever framework the model is of."""

from __future__ import annotations

import fnmatch
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .. import _native
from ..errors import UsageError
from .blocks import Array, Weight
from .graph import Branch, Graph

__all__ = ["RESIDUAL", "Plan", "Schemes", "branch_ends", "branches_of"]

RESIDUAL = ("scaled", "zero")
"""What may be done to the ends of residual branches."""

KEEP = "keep"
"""The word for parameters that are left as they are."""

Schemes = str | Mapping[str, str]
"""One scheme for all, or one for each pattern of names, of which the first that fits counts."""


@dataclass(frozen=True)
class Plan:
    """What one weight tensor is drawn by."""

    weight: Weight
    slot: int
    """The first of its blocks' slots."""
    scheme: str | None
    """None where it is left."""
    why: str
    """Why it is."""
    before: str
    """What makes its inputs, as the core calls it."""

    def draw(self, seed: int) -> Array:
        """Its numbers."""
        assert self.scheme is not None
        return self.weight.drawn(self.scheme, seed, self.slot, self.before)


class Planner:
    """Chooses a scheme for each weight."""

    def __init__(self, schemes: Schemes, embedding: str | None, activation: str | None, graph: Graph | None) -> None:
        self.patterns = list(schemes.items()) if isinstance(schemes, Mapping) else [("*", schemes)]
        if not self.patterns:
            raise UsageError("scheme: no pattern is given; one that fits every name is *")
        self.read = {text: _native.scheme(text) for _, text in self.patterns if text != KEEP}
        if embedding not in (None, KEEP):
            _native.scheme(embedding)
        self.embedding, self.activation, self.graph = embedding, activation, graph

    @property
    def needs_data(self) -> bool:
        """Whether some weights are fitted to data."""
        return any(needs for _, needs, _ in self.read.values())

    def of_name(self, name: str) -> tuple[str, str | None]:
        """The pattern that fits a name, and its scheme."""
        for pattern, text in self.patterns:
            if fnmatch.fnmatchcase(name, pattern):
                return pattern, text
        return "", None

    def plans(self, weights: Sequence[Weight], frozen: Iterable[str]) -> list[Plan]:
        """What each weight is drawn by."""
        frozen, slot, plans = set(frozen), 0, []
        tied = any(weight.is_tied for weight in weights if weight.role == "embedding")
        for weight in weights:
            scheme, why = self._scheme(weight, weight.name in frozen)
            if weight.role == "embedding" and scheme is not None and self._is_by_fans(scheme):
                # As one of many inputs where the same numbers are multiplied by as many, else as the one input that is 1.
                weight = weight.with_embedding_fans(weight.shape[1] if tied else 1)
                scheme = "lecun"
            plans.append(Plan(weight, slot, scheme, why, self._before(weight, slot)))
            slot += len(weight.blocks)
        if not weights:
            raise UsageError("model: it has no weights that could be drawn")
        for pattern, _ in self.patterns:
            if not any(fnmatch.fnmatchcase(weight.name, pattern) for weight in weights):
                known = ", ".join(weight.name for weight in list(weights)[:5])
                raise UsageError(f'scheme: no weight is called "{pattern}"; there are {known} and others')
        return plans

    def _scheme(self, weight: Weight, is_frozen: bool) -> tuple[str | None, str]:
        pattern, text = self.of_name(weight.name)
        if is_frozen:
            return None, "frozen"
        if text is None:
            return None, "no pattern fits"
        if text == KEEP:
            return None, "as asked"
        if weight.role == "embedding" and self.embedding is not None:
            return (None, "as asked") if self.embedding == KEEP else (self.embedding, "")
        if weight.role == "other" and pattern == "*":
            return None, "of no layer that is known, or parametrized; a pattern with its name draws it"
        return text, ""

    @staticmethod
    def _is_by_fans(scheme: str) -> bool:
        return _native.scheme(scheme)[2]

    def _before(self, weight: Weight, slot: int) -> str:
        if self.activation is not None:
            return self.activation
        if self.graph is None:
            return "identity"
        found = self.graph.after(weight.name) if slot == 0 else self.graph.before(weight.name)
        return found or "identity"


def branches_of(graph: Graph | None, why: str) -> tuple[Branch, ...]:
    """The residual branches of a model; a `UsageError` where it is not known how its parts hang together, or it has none."""
    if graph is None:
        raise UsageError(
            f"{why}: the code of this model cannot be followed without numbers; give it some, as batch=inputs"
        )
    if not graph.branches:
        raise UsageError(f"{why}: no residual branch was found in this model, so there is nothing to do; leave it out")
    return graph.branches


def branch_ends(branches: Sequence[Branch], residual: str, told: Sequence[str] | None = None) -> dict[str, float]:
    """What the last layer of each branch is multiplied by: the parameter's name and the factor.

    `scaled` is 1 / sqrt(N) of N branches (Radford et al. 2019, "Language models are unsupervised multitask
    learners", section 2.3: N there is the number of residual layers), `zero` is 0 (Goyal et al. 2017, "Accurate, large minibatch
    SGD", section 5.1; Zhang et al. 2019, "Fixup initialization"). Where a normalization follows the last layer, it is its scale
    that counts.
    """
    if residual not in RESIDUAL:
        raise UsageError(f'residual: "{residual}" is neither of {" and ".join(RESIDUAL)}')
    if told is not None:
        factor = 0.0 if residual == "zero" else 1.0 / math.sqrt(max(len(told), 1))
        return dict.fromkeys(told, factor)
    factor = 0.0 if residual == "zero" else 1.0 / math.sqrt(max(len(branches), 1))
    ends: dict[str, float] = {}
    for branch in branches:
        for name in (branch.scale,) if branch.scale is not None else branch.last:
            ends[name] = factor
    return ends


def told_ends(patterns: Sequence[str], names: Iterable[str]) -> list[str]:
    """The parameters that patterns name."""
    names = list(names)
    found = [name for name in names if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)]
    for pattern in patterns:
        if not any(fnmatch.fnmatchcase(name, pattern) for name in names):
            raise UsageError(
                f'branches: no parameter is called "{pattern}"; one is called {names[0] if names else "nothing"}'
            )
    return found


def is_scheme(value: Any) -> bool:
    """Whether something may be a scheme, or one for each pattern."""
    return isinstance(value, (str, Mapping))
