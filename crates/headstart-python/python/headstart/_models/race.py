"""The race for a start of a model, by somebody's own training loop: asked and told in plain data."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from .. import _native
from .._fields import Fields, Sentence
from ..errors import UsageError
from ..results.advice import Plateau, Recommendation, TriedFamily
from ..results.comparison import Cell
from .results import plain

__all__ = ["STEPS", "ModelAdvice", "Race", "Trial"]

STEPS = 1000
"""A whole training, where nobody says how many steps that is: shares are thousandths of it then."""

GAINS = (0.25, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0)

SAMPLES = 1000
"""Samples that are held out: who trains holds them out, and says not how many."""


class Trial(Fields):
    """A training that is wanted."""

    id: int
    """Its number."""
    init: str
    """Where it starts: a scheme with its gain and what is done to residual branches (`he:0.5`, `critical+scaled`), or `as made`."""
    scheme: str | None
    """The scheme and gain in the grammar; None where the model starts as it is made."""
    residual: str | None
    """What is done to the ends of residual branches."""
    seed: int
    """What it is made and drawn from."""
    share: float
    """The share of the training to be done, 1 for all of it."""


class ModelAdvice(Fields):
    """Where to start, with the evidence. `print` shows it."""

    verdict: str
    """`start here`, `keep your default`, `any start works`, `no start works` or `interrupted`."""
    sentence: Sentence
    """It in a sentence."""
    why: tuple[Sentence, ...]
    """Why."""
    recommendation: Recommendation | None
    """Where to start; None if no start works."""
    plateau: Plateau | None
    """The gains that do as well."""
    tried: tuple[TriedFamily, ...]
    """All that was tried."""
    cells: tuple[Cell, ...]
    """The evidence: starts trained from fresh seeds."""
    code: str | None
    """What to paste behind the making of the model; None where it starts as it is made, or no start works."""
    trainings: int
    """Trainings that were begun."""
    seconds: float
    """How long it took."""
    own_seconds: float
    """How much of that was not the caller's training."""
    text: str
    """All of it as text."""

    def __str__(self) -> str:
        return self.text


class Race:
    """The race, driven from outside: `ask` gives trainings that are wanted, `tell` takes their scores.

    For those who train elsewhere: on a cluster, by a framework's own trainer. `advise` of the frameworks drives it with a loop.
    """

    DEFAULT = "as made"

    def __init__(
        self,
        framework: str,
        residuals: Iterable[str | None],
        looks: Callable[[str, str | None], tuple[float | None, str | None]],
        *,
        budget: str | int | None = None,
        guessing: float | None = None,
        steps: int = STEPS,
        seed: int = 1,
        import_line: str = "",
    ) -> None:
        """Which residual rules there are to try, and what tells of a start the logarithm of its weights' size, and why it need not
        be trained; a `UsageError` where it cannot be drawn. `guessing` is the score with which nothing has been learned."""
        self.framework, self.import_line, self.began = framework, import_line, time.perf_counter()
        self.training_seconds, self.trainings, self.steps = 0.0, 0, steps
        schemes: list[dict[str, Any]] = []
        for residual in residuals:
            for name, is_expected in (("critical", True), ("he", True), ("glorot", False), ("normal", False)):
                is_plain = name == "normal"
                gains = [0.005, 0.01, 0.02, 0.04, 0.08] if is_plain else GAINS
                entries = _entries(name, residual, gains, looks)
                if entries is None:
                    continue  # It is not for this model at all.
                full = name if residual is None else f"{name}+{residual}"
                schemes.append(
                    {"name": full, "has_own_gain": not is_plain, "is_expected": is_expected, "gains": entries}
                )
        usual = schemes[0]["name"]
        guess = None if guessing is None else {"train": guessing, "test": guessing, "test_r2": None}
        setting = {
            "name": "model",
            "ground": {"classes": None, "guessing": guess, "blind": guessing, "tested": SAMPLES, "target": None},
            "parts": [{"samples": SAMPLES, "guessing": None, "guessing_held": guessing}],
            "schemes": schemes,
            "defaults": [{"init": self.DEFAULT, "framework": framework, "like": None}],
            "range": [_start(usual, gain) for gain in (0.25, 4.0)],
            "layers": 1,
            "steps": steps,
            "lr": 1.0,
            "seed": seed,
            "seeds": 2**31,
            "at_once": 1,
            "scaling_helps": False,
        }
        if isinstance(budget, int):
            budget = f"{budget * steps}steps"
        self._race = _native.Race(json.dumps(plain(setting)), budget)
        self._asked: dict[int, dict[str, Any]] = {}

    def ask(self) -> list[Trial]:
        """The trainings that are wanted now, in any order; none where it is over."""
        text = self._race.ask()
        if text is None:
            return []
        trials = json.loads(text)["trials"]
        self._asked = {trial["id"]: trial for trial in trials}
        return [Trial(_trial(trial, self.steps)) for trial in trials]

    def tell(self, trial: Trial, scores: Iterable[float | Mapping[str, float]], seconds: float = 0.0) -> None:
        """What became of a training: its scores along the way, the last of which counts. A score is a loss on samples that are not
        trained on, the lower the better, or a dict with `train` and `held` losses. Not a number is a training that diverged."""
        asked = self._asked[trial.id]
        told = [_losses(score) for score in scores]
        if not told:
            raise UsageError("train: it gave no score at all; yield the loss on held-out samples at least at the end")
        self.training_seconds += seconds
        self.trainings += 1
        train, held = told[-1]
        is_finite = math.isfinite(train) and math.isfinite(held)
        points = [told[min(len(told) - 1, len(told) * i // 4)][0] for i in (1, 2, 3)] if len(told) > 3 else []
        answer = {
            "trial": trial.id,
            "diverged": not is_finite,
            "train": {"loss": train, "accuracy": None},
            "held": {"loss": held, "accuracy": None},
            "way": points,
            "steps": asked["until"],
            "details": {"seconds": seconds},
        }
        self._race.tell(json.dumps(plain([answer])))

    def stop(self) -> None:
        """Ends it where it is; what was told counts."""
        self._race.stop()

    def advice(self, verbose: bool = False) -> ModelAdvice | None:
        """What it comes to; None where nothing is known yet."""
        found = self._race.advice(verbose)
        if found is None:
            return None
        document, text = json.loads(found[0]), found[1]
        recommendation = document["recommendation"]
        code = self._code(recommendation["init"]) if recommendation is not None else None
        seconds = time.perf_counter() - self.began
        text = text.replace("--init ", "")
        if code is not None:
            text = f"{text.rstrip()}\n\nin code\n  {code}\n"
        document |= {
            "cells": document["evidence"]["cells"],
            "plateau": (recommendation or {}).get("plateau"),
            "code": code,
            "trainings": self.trainings,
            "seconds": seconds,
            "own_seconds": seconds - self.training_seconds,
            "text": text,
        }
        return ModelAdvice(document)

    def _code(self, init: str) -> str | None:
        if init == self.DEFAULT:
            return None
        scheme, residual = parts_of(init)
        also = "" if residual is None else f', residual="{residual}"'
        return f'{self.import_line}init_(model, "{scheme}", seed=1{also})'


def _entries(
    name: str,
    residual: str | None,
    gains: Sequence[float],
    looks: Callable[[str, str | None], tuple[float | None, str | None]],
) -> list[dict[str, Any]] | None:
    """The gains of a scheme; None where it cannot be drawn. Only the ends are looked at, inward until one need not be left out."""

    def named(gain: float) -> str:
        return name if gain == 1.0 and name != "normal" else f"{name}:{gain}"

    middle = gains[len(gains) // 2]
    try:
        size, out = looks(named(middle), residual)
    except UsageError:
        return None
    outs: dict[float, str | None] = {middle: out}
    for side in (gains[: len(gains) // 2], gains[: len(gains) // 2 : -1]):
        for gain in side:
            outs[gain] = looks(named(gain), residual)[1]
            if outs[gain] is None:
                break
    sizes = {gain: None if size is None else size + math.log2(gain / middle) for gain in gains}
    return [{"gain": gain, "size": sizes[gain], "out": outs.get(gain)} for gain in gains]


def parts_of(init: str) -> tuple[str, str | None]:
    """Scheme and residual rule of a start's name: `he+scaled:0.5` is `he:0.5` and `scaled`."""
    name, _, gain = init.partition(":")
    scheme, _, residual = name.partition("+")
    return (f"{scheme}:{gain}" if gain else scheme), residual or None


def _start(name: str, gain: float) -> dict[str, Any]:
    return {"init": f"{name}:{gain:g}", "scheme": [name, gain], "factors": [1.0, 1.0]}


def _trial(asked: Mapping[str, Any], steps: int) -> dict[str, Any]:
    start = asked["start"]
    scheme, residual = parts_of(start["init"]) if start["scheme"] is not None else (None, None)
    return {
        "id": asked["id"],
        "init": start["init"],
        "scheme": scheme,
        "residual": residual,
        "seed": asked["seed"],
        "share": asked["until"] / steps,
    }


def _losses(score: float | Mapping[str, float]) -> tuple[float, float]:
    """The losses in training and on what was held out."""
    if isinstance(score, Mapping):
        held = score.get("held", score.get("val", score.get("loss")))
        if held is None:
            raise UsageError(
                f"train: a score is a loss, or a dict with train and held; this one has {', '.join(score) or 'nothing'}"
            )
        return float(score.get("train", held)), float(held)
    return float(score), float(score)
