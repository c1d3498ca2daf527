"""Why a model of PyTorch starts as it does."""

from __future__ import annotations

import copy
import inspect
import math
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from .._models.guess import Guess
from .._models.held import NOTHING, Held, check_asked, explained
from .._models.initialize import Wanted
from .._models.look import dead_units
from .._models.progress import Progress
from .._models.results import ModelExplanation
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
    check_asked(steps, verify, optimizer)
    own, step = unwrapped(model), Step(batch, loss, forward)
    rule = None if optimizer is None else _Rule(own, optimizer)

    def seen(start: nn.Module) -> tuple[dict[str, Any], Guess]:
        found = look(start, step)
        return found.document, found.guess

    def drawn(wanted: Wanted) -> nn.Module:
        start = copy.deepcopy(own)
        given = step.inputs if step.loss is not None and step.forward is None else None
        done = init_(start, wanted.scheme, seed=wanted.seed, residual=wanted.residual, batch=given)
        if not done.drawn:
            raise UsageError("nothing of the model can be drawn")
        return start

    progress = Progress("explain")

    def runs(start: nn.Module, count: int, factor: float, seed: int) -> dict[str, Any]:
        assert rule is not None
        is_changed = start is not own or factor != 1.0
        doing = f"of {count}{' with a change that may help' if is_changed else ''}"
        trained = copy.deepcopy(start)
        trace = _trained(
            trained, step, rule.made(trained, factor), count, seed, lambda at: progress.say(f"step {at} {doing}")
        )
        return {"trace": trace, "dead": dead_units(look(trained, step).document)}

    facts = NOTHING if rule is None else rule.facts()
    held = Held(seen, None if rule is None else runs, drawn, facts, steps, own)
    try:
        return explained(held, (lambda: sharpness_of(own, step)) if sharpness else None, seeds, verify)
    finally:
        progress.end()


class _Rule:
    """The optimizer, as it was given for a model."""

    def __init__(self, model: nn.Module, optimizer: Optimizers) -> None:
        self.model, self.optimizer = model, optimizer

    def facts(self) -> dict[str, Any]:
        """What moves the parameters."""
        optimizer = self.made(self.model)
        if isinstance(optimizer, torch.optim.LBFGS):
            raise UsageError(
                "optimizer: L-BFGS asks for the loss many times a step; give one that takes a step by a gradient"
            )
        group = optimizer.param_groups[0]
        name, rate = type(optimizer).__name__, float(group["lr"])
        momentum = float(group.get("momentum", 0.0)) if name == "SGD" else None
        return {"optimizer": name.lower(), "momentum": momentum, "lr": rate, "rate": rate}

    def made(self, model: nn.Module, factor: float = 1.0) -> torch.optim.Optimizer:
        """The optimizer, for another model: with the same groups, and so many times their learning rates."""
        optimizer = self._made(model)
        if factor != 1.0:
            for group in optimizer.param_groups:
                group["lr"] *= factor
        return optimizer

    def _made(self, model: nn.Module) -> torch.optim.Optimizer:
        if not isinstance(self.optimizer, torch.optim.Optimizer):
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


def _trained(
    model: nn.Module,
    step: Step,
    optimizer: torch.optim.Optimizer,
    steps: int,
    seed: int,
    say: Callable[[int], None],
) -> list[dict[str, Any]]:
    """The losses before the first steps of a model on the batch. What chance has a part in is of the same seed each time."""
    trace: list[dict[str, Any]] = []
    with untouched(model), torch.enable_grad():
        torch.manual_seed(seed)
        model.train()
        for at in range(steps):
            _, loss = step(model)
            trace.append({"step": at, "loss": float(loss.detach())})
            say(at + 1)
            if not math.isfinite(trace[-1]["loss"]):
                break
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    return trace


def _known(defaults: dict[str, Any], kind: type) -> dict[str, Any]:
    """Of an optimizer's defaults those that it can be made with."""
    takes = inspect.signature(kind).parameters
    return {name: value for name, value in defaults.items() if name in takes}
