"""Why a model of PyTorch starts as it does."""

from __future__ import annotations

import copy
import inspect
import json
import math
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from .. import _native
from .._models.progress import Progress
from .._models.results import ModelExplanation, plain
from ..errors import UsageError
from ._batch import Step
from ._init import init_
from ._look import look
from ._model import untouched, unwrapped
from ._sharpness import sharpness as sharpness_of

__all__ = ["explain"]

Optimizers = torch.optim.Optimizer | Callable[[Any], torch.optim.Optimizer]


def explain(
    model: nn.Module,
    batch: Any,
    loss: Callable[..., Any] | None = None,
    *,
    optimizer: Optimizers | None = None,
    steps: int = 60,
    forward: Callable[..., Any] | None = None,
    verify: bool = False,
    seeds: int = 3,
    sharpness: bool = True,
) -> ModelExplanation:
    """Says why a model starts as it does: what is wrong, by which figures, and what to do, tried on copies of it.

    >>> import torch, torch.nn as nn, torch.nn.functional as F, headstart.torch
    >>> model = nn.Sequential(*[layer for _ in range(20) for layer in (nn.Linear(50, 50), nn.ReLU())], nn.Linear(50, 2))
    >>> batch = torch.randn(100, 50), torch.randint(0, 2, (100,))
    >>> headstart.torch.explain(model, batch, F.cross_entropy).first.name
    'default start too small for this depth'

    The model itself is the same afterwards, as with `probe`, whose arguments these are. What is trained are copies.

    optimizer:
        The optimizer, as it was made for the model, or a function that makes one of parameters: copies of the model take some
        steps of it on the batch. Without it nothing is run, and no cure is tried.
    steps:
        How many.
    verify:
        Run what was found to help side by side with the model as it is, four times as long and from several seeds, and take back
        what does not.
    seeds:
        From how many seeds what is drawn anew is run then.
    """
    model, step = unwrapped(model), Step(batch, loss, forward)
    if steps < 1:
        raise UsageError("steps: at least one step is needed")
    if verify and optimizer is None:
        raise UsageError("verify: it takes an optimizer to run anything; give optimizer=")
    held = _Held(model, step, optimizer, steps)
    seen = look(model, step)
    facts = held.facts()
    sharp = sharpness_of(model, step) if sharpness else math.nan
    run = held.run(None, 0, steps) if optimizer is not None else {"trace": [], "dead": []}
    momentum = facts["momentum"]
    limit = 2 * (1 + momentum) / facts["lr"] if momentum is not None and facts["lr"] else None
    measured = {
        "start": {"init": "as it is", "seed": 0},
        "look": seen.document,
        "guessing": seen.guess.cost,
        "plateau": seen.guess.cost if math.isnan(seen.guess.on_batch) else seen.guess.on_batch,
        "training": facts,
        "curvature": {"sharpness": sharp, "limit": limit} if sharpness else None,
        **run,
    }
    model_of = held if optimizer is not None else None
    try:
        found, text = _native.explain_model(json.dumps(plain(measured)), model_of, seeds, verify)
    finally:
        held.progress.end()
    return ModelExplanation(json.loads(found) | {"text": text})


class _Held:
    """The model, as the core asks for it: looked at and run with a change, on copies."""

    def __init__(self, model: nn.Module, step: Step, optimizer: Optimizers | None, steps: int) -> None:
        self.model, self.step, self.optimizer, self.steps = model, step, optimizer, steps
        self.progress = Progress("explain")

    def facts(self) -> dict[str, Any]:
        """What moves the parameters."""
        facts: dict[str, Any] = {
            "optimizer": "none",
            "momentum": None,
            "lr": math.nan,
            "rate": math.nan,
            "steps": self.steps,
        }
        if self.optimizer is None:
            return facts
        optimizer = self.made(self.model)
        if isinstance(optimizer, torch.optim.LBFGS):
            raise UsageError(
                "optimizer: L-BFGS asks for the loss many times a step; give one that takes a step by a gradient"
            )
        group = optimizer.param_groups[0]
        name = type(optimizer).__name__
        rate = float(group["lr"])
        facts |= {"optimizer": name.lower(), "lr": rate, "rate": rate}
        if name == "SGD":
            facts["momentum"] = float(group.get("momentum", 0.0))
        return facts

    def made(self, model: nn.Module) -> torch.optim.Optimizer:
        """The optimizer, for another model: with the same groups."""
        if not isinstance(self.optimizer, torch.optim.Optimizer):
            assert self.optimizer is not None
            return self.optimizer(model.parameters())
        names = {id(p): name for name, p in self.model.named_parameters()}
        own = dict(model.named_parameters())
        groups = []
        for group in self.optimizer.param_groups:
            missing = [p for p in group["params"] if id(p) not in names]
            if missing:
                raise UsageError(
                    "optimizer: it has parameters that the model does not have; make it of model.parameters()"
                )
            groups.append({**group, "params": [own[names[id(p)]] for p in group["params"]]})
        return type(self.optimizer)(groups, **_known(self.optimizer.defaults, type(self.optimizer)))

    def changed(self, change: str | None, seed: int) -> tuple[nn.Module, float | None]:
        """A copy of the model with a change, and its learning rate if that is what changes."""
        model = copy.deepcopy(self.model)
        change_of = json.loads(change) if change is not None else {}
        if "lr" in change_of:
            return model, float(change_of["lr"])
        if change_of:
            batch = self.step.inputs if self.step.loss is not None and self.step.forward is None else None
            residual = change_of["residual"]
            done = init_(model, dict(change_of["schemes"]), seed=seed + 1, residual=residual, batch=batch)
            if not done.drawn:
                raise UsageError("nothing of the model can be drawn")
        return model, None

    def look(self, change: str | None) -> str | None:
        """How the start looks with a change; None where it cannot be made."""
        try:
            model, _ = self.changed(change, 0)
        except UsageError:
            return None
        return json.dumps(plain(look(model, self.step).document))

    def outlook(self, change: str | None) -> str:
        """How the first steps go with a change."""
        return json.dumps(plain(self.run(change, 0, self.steps)))

    def train(self, change: str | None, seed: int) -> str:
        """How a longer run goes with a change."""
        return json.dumps(plain(self.run(change, seed, 4 * self.steps)))

    def run(self, change: str | None, seed: int, steps: int) -> dict[str, Any]:
        """The losses before the first steps of a copy on the batch, and the dead units behind them. What chance has a part in is
        drawn from the same seed each time."""
        model, lr = self.changed(change, seed)
        optimizer = self.made(model)
        if lr is not None:
            first = float(optimizer.param_groups[0]["lr"])
            for group in optimizer.param_groups:
                group["lr"] *= lr / first
        trace: list[dict[str, Any]] = []
        with untouched(model), torch.enable_grad():
            torch.manual_seed(seed)
            model.train()
            for at in range(steps):
                _, loss = self.step(model)
                trace.append({"step": at, "loss": float(loss.detach())})
                self.progress.say(f"step {at + 1} of {steps}{'' if change is None else ' with a change that may help'}")
                if not math.isfinite(trace[-1]["loss"]):
                    break
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
        return {"trace": trace, "dead": self._dead(model)}

    def _dead(self, model: nn.Module) -> list[float]:
        places = look(model, self.step).document["places"]
        return [place["dead"] or 0.0 for place in places[:-1]]


def _known(defaults: dict[str, Any], kind: type) -> dict[str, Any]:
    """Of an optimizer's defaults those that it can be made with."""
    takes = inspect.signature(kind).parameters
    return {name: value for name, value in defaults.items() if name in takes}
