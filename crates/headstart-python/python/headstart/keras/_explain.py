"""Why a model of Keras starts as it does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from .._models.held import NOTHING, Held, check_asked, explained
from .._models.results import ModelExplanation
from ._backend import on_backend
from ._init import change
from ._model import Known, checked, loss_of, pair_of

__all__ = ["explain"]


def explain(
    model: Any,
    batch: Any,
    loss: Any = None,
    *,
    optimizer: str | keras.optimizers.Optimizer | Callable[[], keras.optimizers.Optimizer] | None = None,
    steps: int = 60,
    verify: bool = False,
    seeds: int = 3,
    sharpness: bool = True,
) -> ModelExplanation:
    """Says why a model starts as it does: what is wrong, by which figures, and what to do, tried on copies of its variables.

    >>> import keras, numpy as np, headstart.keras
    >>> layers = [keras.layers.Dense(50, "relu", kernel_initializer="lecun_uniform") for _ in range(20)]
    >>> model = keras.Sequential([keras.Input((50,)), *layers, keras.layers.Dense(2, "softmax")])
    >>> batch = np.random.normal(size=(100, 50)), np.random.randint(0, 2, 100)
    >>> found = headstart.keras.explain(model, batch, "sparse_categorical_crossentropy")
    >>> "vanishing signal" in [finding.name for finding in found.findings]
    True

    The model itself is the same afterwards, as with `probe`, whose arguments these are. What is trained are copies of its
    variables, or on PyTorch these themselves, which are put back.

    optimizer:
        The optimizer, as `compile` takes it, or a function that makes one: some steps of a new one with the same settings are
        taken on the batch. Without it nothing is run, and no cure is tried.
    steps:
        How many.
    verify:
        Run what was found to help side by side with the model as it is, four times as long and from several seeds, and take back
        what does not.
    seeds:
        From how many seeds what is drawn anew is run then.
    """
    check_asked(steps, verify, optimizer)
    known = Known(checked(model))
    inputs, targets = pair_of(batch)
    on = on_backend(known, inputs, targets, loss_of(model, loss))
    make = None if optimizer is None else _maker(optimizer)
    held = Held(
        on.seen,
        None if make is None else on.runner(make),
        lambda wanted: change(known, wanted, inputs, on)[0],
        NOTHING if make is None else _facts(make()),
        steps,
    )
    return explained(held, on.sharpness if sharpness else None, seeds, verify)


def _maker(optimizer: Any) -> Callable[[], Any]:
    """What makes an optimizer with these settings."""
    if isinstance(optimizer, str):
        return lambda: keras.optimizers.get(optimizer)
    if isinstance(optimizer, keras.optimizers.Optimizer):
        return lambda: type(optimizer).from_config(optimizer.get_config())
    if not callable(optimizer):
        raise TypeError(f"optimizer: one of keras.optimizers is needed, not a {type(optimizer).__name__}")
    made: Callable[[], Any] = optimizer
    return made


def _facts(optimizer: Any) -> dict[str, Any]:
    """What moves the parameters."""
    rate = float(keras.ops.convert_to_numpy(optimizer.learning_rate))
    kind = type(optimizer).__name__
    momentum = float(optimizer.momentum) if kind == "SGD" else None
    return {"optimizer": kind.lower(), "momentum": momentum, "lr": rate, "rate": rate}
