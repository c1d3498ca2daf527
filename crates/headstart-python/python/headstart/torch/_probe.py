"""Measuring the start of a model of PyTorch, which is the same afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from .._models.probe import measured, starts
from .._models.results import ModelProbe
from ._batch import Step
from ._look import look
from ._model import unwrapped
from ._sharpness import sharpness as sharpness_of

__all__ = ["made", "probe"]


def made(make: Callable[[], nn.Module], seed: int) -> nn.Module:
    """A model from a seed of PyTorch's, whose stream is where it was afterwards."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = make()
    return unwrapped(model)


def probe(
    model: nn.Module | Callable[[], nn.Module],
    batch: Any,
    loss: Callable[..., Any] | None = None,
    *,
    forward: Callable[..., Any] | None = None,
    seeds: int = 1,
    sharpness: bool = True,
) -> ModelProbe:
    """Measures the start of a model by one pass forward and backward on a batch.

    >>> import torch, torch.nn as nn, torch.nn.functional as F, headstart.torch
    >>> model = nn.Sequential(nn.Linear(20, 50), nn.ReLU(), nn.Linear(50, 2))
    >>> batch = torch.randn(100, 20), torch.randint(0, 2, (100,))
    >>> round(headstart.torch.probe(model, batch, F.cross_entropy).guessing, 1)
    0.7

    Nothing of the model changes: parameters, gradients, buffers, modes and random streams are the same bits afterwards, and no hook
    stays, also after an exception. It is measured as it is trained (batch normalization by the batch), but without dropout.

    model:
        The model; compiled models and `DataParallel` are looked at inside. With `seeds`, a function that makes one.
    batch:
        Inputs and targets; inputs are a tensor, a tuple of arguments or a dict of keywords. Without `loss`, what the model takes.
    loss:
        `loss(outputs, targets)`, a mean over the samples, as `torch.nn.functional.cross_entropy`. Without it the model gives its
        loss (as models of Hugging Face do, or as one of several outputs).
    forward:
        `forward(model, batch)`, which gives the loss, or outputs and loss, where none of that fits.
    seeds:
        From how many seeds to make the model; figures are means then.
    sharpness:
        Whether to find the largest eigenvalue of the Hessian as well, which costs some ten passes more.
    """
    step = Step(batch, loss, forward)
    models = starts(model, nn.Module, made, seeds, "torch.nn.Module", "lambda: Model()")
    models = [unwrapped(one) for one in models]
    looks = [look(one, step) for one in models]
    sharp = [sharpness_of(one, step) for one in models] if sharpness else []
    return measured([(one.document, one.guess) for one in looks], sharp)
