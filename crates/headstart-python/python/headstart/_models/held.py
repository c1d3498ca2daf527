"""A model as the core asks for it, and the explanation that comes of that: whatever framework runs it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .. import _native
from ..errors import UsageError
from .guess import Guess
from .initialize import Wanted
from .results import ModelExplanation, plain

__all__ = ["Held", "check_asked", "explained"]

NOTHING = {"optimizer": "none", "momentum": None, "lr": math.nan, "rate": math.nan}
"""What moves parameters where no optimizer was given."""


@dataclass
class Held:
    """A model that may be looked at and run with another start: parameters by name, those that change, or a whole model."""

    seen: Callable[[Any], tuple[dict[str, Any], Guess]] = field(repr=False)
    """How a start looks, and what guessing costs."""
    runs: Callable[[Any, int, float, int], dict[str, Any]] | None = field(repr=False)
    """The losses before so many steps from a start with so many times the learning rate, and the dead units behind them; what
    chance has a part in is of that seed."""
    drawn: Callable[[Wanted], Any] = field(repr=False)
    """A start that is drawn anew."""
    facts: Mapping[str, Any]
    """What moves the parameters."""
    steps: int
    as_it_is: Any = field(default_factory=dict, repr=False)
    """The start that it has."""

    def changed(self, change: str, seed: int) -> tuple[Any, float]:
        """The start with a change, and the factor of the learning rate."""
        what = json.loads(change)
        if "lr" in what:
            return self.as_it_is, float(what["lr"]) / self.facts["lr"]
        return self.drawn(Wanted(dict(what["schemes"]), seed + 1, what["residual"])), 1.0

    def look(self, change: str) -> str | None:
        """How the start looks with a change; None where it cannot be made."""
        try:
            start, _ = self.changed(change, 0)
        except UsageError:
            return None
        return json.dumps(plain(self.seen(start)[0]))

    def run(self, change: str | None, seed: int, steps: int) -> str:
        """How some steps go."""
        assert self.runs is not None
        start, factor = (self.as_it_is, 1.0) if change is None else self.changed(change, seed)
        return json.dumps(plain(self.runs(start, steps, factor, seed)))

    def outlook(self, change: str) -> str:
        """How the first steps go with a change."""
        return self.run(change, 0, self.steps)

    def train(self, change: str | None, seed: int) -> str:
        """How a longer run goes with a change."""
        return self.run(change, seed, 4 * self.steps)


def check_asked(steps: int, verify: bool, optimizer: Any) -> None:
    """Says what of the keywords does not go together."""
    if steps < 1:
        raise UsageError("steps: at least one step is needed")
    if verify and optimizer is None:
        raise UsageError("verify: it takes an optimizer to run anything; give optimizer=")


def explained(held: Held, sharpness: Callable[[], float] | None, seeds: int, verify: bool) -> ModelExplanation:
    """What the core says of a model."""
    document, known = held.seen(held.as_it_is)
    sharp = None if sharpness is None else sharpness()
    momentum, lr = held.facts["momentum"], held.facts["lr"]
    limit = 2 * (1 + momentum) / lr if momentum is not None and lr else None
    run = held.runs(held.as_it_is, held.steps, 1.0, 0) if held.runs is not None else {"trace": [], "dead": []}
    measured = {
        "start": {"init": "as it is", "seed": 0},
        "look": document,
        "guessing": known.cost,
        "plateau": known.cost if math.isnan(known.on_batch) else known.on_batch,
        "training": {**held.facts, "steps": held.steps},
        "curvature": None if sharp is None else {"sharpness": sharp, "limit": limit},
        **run,
    }
    model = held if held.runs is not None else None
    found, text = _native.explain_model(json.dumps(plain(measured)), model, seeds, verify)
    return ModelExplanation(json.loads(found) | {"text": text})
