"""Measuring the start of a model of Flax, which is the same afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flax import nnx

from .._models.probe import measured, starts
from .._models.pure import Looker
from .._models.pure import sharpness as sharpness_of
from .._models.results import ModelProbe
from ._model import checked, pure_of, step_of

__all__ = ["probe"]


def probe(
    model: nnx.Module | Callable[[nnx.Rngs], nnx.Module],
    batch: Any,
    loss: Callable[..., Any] | None = None,
    *,
    forward: Callable[..., Any] | None = None,
    seeds: int = 1,
    sharpness: bool = True,
    wrt: Any = nnx.Param,
) -> ModelProbe:
    """Measures the start of a model by one pass forward and backward on a batch.

    >>> import jax, optax
    >>> from flax import nnx
    >>> import headstart.flax
    >>> model = nnx.Sequential(nnx.Linear(20, 50, rngs=nnx.Rngs(0)), nnx.relu, nnx.Linear(50, 2, rngs=nnx.Rngs(1)))
    >>> batch = jax.random.normal(jax.random.key(0), (100, 20)), jax.random.randint(jax.random.key(1), (100,), 0, 2)
    >>> loss = lambda outputs, targets: optax.softmax_cross_entropy_with_integer_labels(outputs, targets).mean()
    >>> round(headstart.flax.probe(model, batch, loss).guessing, 1)
    0.7

    Nothing of the model changes: what is looked at is a pure function of copies of its variables. It is measured as it is trained
    (batch normalization by the batch), but without dropout. How its parts hang together is read off the jaxpr of its call:
    activations by the names of JAX's own functions, or as what they do (`silu`, `gelu`, `softmax`); normalizations by modules
    that call themselves so; a loop (`nnx.RNN`) is one layer, whose inside is not seen. An activation or a normalization that is
    written out by hand is not recognized.

    model:
        The model; with `seeds`, a function that makes one of `nnx.Rngs`.
    batch:
        Inputs and targets; inputs are an array, a tuple of arguments or a dict of keywords. Without `loss`, what the model takes.
    loss:
        `loss(outputs, targets)`, a mean over the samples. Without it the model gives its loss, or one of several outputs is it.
    forward:
        `forward(model, batch)`, which gives the loss, or outputs and loss, where none of that fits.
    seeds:
        From how many seeds to make the model; figures are means then.
    sharpness:
        Whether to find the largest eigenvalue of the Hessian as well, which costs some ten passes more.
    wrt:
        Which parameters are trained, as `nnx.Optimizer` takes it.
    """
    step = step_of(batch, loss, forward)
    models = starts(
        model, nnx.Module, lambda make, seed: make(nnx.Rngs(seed)), seeds, "flax.nnx.Module", "lambda rngs: Model(rngs)"
    )
    all_pure = [pure_of(checked(one), wrt, forward) for one in models]
    looks = [Looker(pure, step).look(pure) for pure in all_pure]
    return measured(looks, [sharpness_of(pure, step) for pure in all_pure] if sharpness else [])
