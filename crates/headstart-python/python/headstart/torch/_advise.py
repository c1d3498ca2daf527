"""Where a model of PyTorch should start, by the caller's own training."""

from __future__ import annotations

import copy
import json
import math
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from .. import _native
from .._models.progress import Progress
from .._models.race import STEPS, ModelAdvice, Race, Trial
from .._models.results import plain
from ..errors import UsageError
from ._batch import Step
from ._init import graph_of, init_
from ._look import look
from ._probe import made
from ._weights import weights

__all__ = ["advise", "race", "start_of", "trainer"]

Train = Callable[[nn.Module, int, float], Iterable[Any]]


@dataclass(frozen=True)
class Trainer:
    """A training loop for `advise`: `train(model, seed, share)` yields losses as it goes."""

    batches: Iterable[Any]
    loss: Callable[..., Any]
    optimizer: Callable[[Any], torch.optim.Optimizer]
    steps: int
    """Steps of a whole training."""
    held: Iterable[Any]
    scores: int

    def __call__(self, model: nn.Module, seed: int, share: float) -> Iterator[dict[str, float]]:
        torch.manual_seed(seed)
        own, until = self.optimizer(model.parameters()), max(1, round(share * self.steps))
        source, recent = iter(self.batches), list[float]()
        model.train()
        for at in range(until):
            batch = next(source, None)
            if batch is None:
                source = iter(self.batches)
                batch = next(source)
            _, value = Step(batch, self.loss, None)(model)
            own.zero_grad()
            value.backward()  # type: ignore[no-untyped-call]
            own.step()
            recent.append(float(value.detach()))
            if not math.isfinite(recent[-1]):
                yield {"train": math.nan, "held": math.nan}
                return
            if (at + 1) * self.scores // until > at * self.scores // until:
                yield {"train": sum(recent) / len(recent), "held": _held(model, self.held, self.loss)}
                recent = []


def trainer(
    batches: Iterable[Any],
    loss: Callable[..., Any],
    optimizer: Callable[[Any], torch.optim.Optimizer],
    *,
    steps: int,
    held: Iterable[Any],
    scores: int = 4,
) -> Trainer:
    """A training loop for `advise`: so many steps on batches, one after the other and then from the first again; the loss on what
    is held out is told `scores` times on the way.

    `batches` and `held` are loaders, or lists of batches, each inputs and targets; `optimizer` makes one of parameters.
    """
    if steps < 1:
        raise UsageError("steps: at least one step is needed")
    if next(iter(batches), None) is None or next(iter(held), None) is None:
        raise UsageError(
            "batches, held: there has to be a batch to train on, and one to judge by, and both are gone through again and again"
        )
    return Trainer(batches, loss, optimizer, steps, held, scores)


@torch.no_grad()
def _held(model: nn.Module, held: Iterable[Any], loss: Callable[..., Any]) -> float:
    model.eval()
    total, samples = 0.0, 0
    for batch in held:
        step = Step(batch, loss, None)
        total += float(step(model)[1]) * step.samples
        samples += step.samples
    model.train()
    return total / max(samples, 1)


def race(
    make_model: Callable[[], nn.Module],
    batch: Any,
    loss: Callable[..., Any] | None = None,
    *,
    forward: Callable[..., Any] | None = None,
    budget: str | int | None = None,
    guessing: float | None = None,
    steps: int = STEPS,
    seed: int = 1,
) -> Race:
    """The race that `advise` drives, for those who train elsewhere: `ask` and `tell` it. Starts are screened here by probing on a
    batch.

    `start_of(make_model, trial, batch)` makes the model of a trial.
    """
    step = Step(batch, loss, forward)
    reference = made(make_model, seed)
    seen = look(reference, step)
    if guessing is None and math.isfinite(seen.guess.cost):
        guessing = seen.guess.cost
    base = {weight.name: _size(reference, weight.name) for weight in weights(reference)}
    inputs = step.inputs if loss is not None and forward is None else batch
    graph = graph_of(reference, inputs if forward is None else None)
    residuals = [None] if graph is None or not graph.branches else [None, "scaled", "zero"]

    def looks(scheme: str, residual: str | None) -> tuple[float | None, str | None]:
        model = copy.deepcopy(reference)
        init_(model, scheme, seed=seed, residual=residual, batch=inputs if forward is None else None)
        out = _native.screen(json.dumps(plain(look(model, step).document)))
        logs = [
            math.log2(_size(model, name) / size) for name, size in base.items() if size > 0 and _size(model, name) > 0
        ]
        return (sum(logs) / len(logs) if logs else None), out

    line = "from headstart.torch import init_; "
    return Race("PyTorch", residuals, looks, budget=budget, guessing=guessing, steps=steps, seed=seed, import_line=line)


def _size(model: nn.Module, name: str) -> float:
    return float(model.get_parameter(name).detach().double().square().mean().sqrt())


def start_of(make_model: Callable[[], nn.Module], trial: Trial, batch: Any = None) -> nn.Module:
    """The model of a trial: made from its seed, and drawn by its scheme."""
    model = made(make_model, trial.seed)
    if trial.scheme is not None:
        init_(model, trial.scheme, seed=trial.seed, residual=trial.residual, batch=batch)
    return model


def advise(
    make_model: Callable[[], nn.Module],
    train: Train,
    batch: Any,
    loss: Callable[..., Any] | None = None,
    *,
    forward: Callable[..., Any] | None = None,
    budget: str | int | None = None,
    guessing: float | None = None,
    seed: int = 1,
    verbose: bool = False,
) -> ModelAdvice:
    """Finds where a model should start, by training it: schemes, gains and rules for residual branches are screened by probing,
    raced by the caller's loop, and what is found is held against the model as it is made, from fresh seeds.

    make_model:
        Makes the model; PyTorch's stream is seeded before.
    train:
        `train(model, seed, share)` trains a model for a share of the whole training, and yields the loss on held-out samples as
        it goes, or dicts with `train` and `held`; the last one counts. `trainer` makes one of loaders, a loss and an optimizer.
    batch, loss, forward:
        What to probe on, as `probe` takes it.
    budget:
        So many whole trainings, or a time (`10m`). If nothing is said 2.84 for each start that is not ruled out.
    guessing:
        The loss of answering without a look at the inputs, if that cannot be found from the batch.
    """
    steps = getattr(train, "steps", STEPS)
    contest = race(make_model, batch, loss, forward=forward, budget=budget, guessing=guessing, steps=steps, seed=seed)
    inputs = None if forward is not None else Step(batch, loss, forward).inputs
    progress, done = Progress("advise"), 0
    try:
        while trials := contest.ask():
            for trial in trials:
                with torch.random.fork_rng():
                    model = start_of(make_model, trial, inputs)
                    began = time.perf_counter()
                    scores = list(train(model, trial.seed, trial.share))
                contest.tell(trial, scores, time.perf_counter() - began)
                done += 1
                progress.say(f"{done} trainings, at {trial.init}")
    except KeyboardInterrupt:
        contest.stop()
    finally:
        progress.end()
    found = contest.advice(verbose)
    if found is None:
        raise KeyboardInterrupt
    return found
