"""Measuring the start of a model of Keras, which is the same afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from .._models.probe import measured, starts
from .._models.results import ModelProbe
from ._backend import on_backend
from ._model import Known, checked, loss_of, made, pair_of

__all__ = ["probe"]


def probe(
    model: Any | Callable[[], Any], batch: Any, loss: Any = None, *, seeds: int = 1, sharpness: bool = True
) -> ModelProbe:
    """Measures the start of a model by one pass forward and backward on a batch.

    >>> import keras, numpy as np, headstart.keras
    >>> layers = [keras.layers.Dense(50, activation="relu"), keras.layers.Dense(2, activation="softmax")]
    >>> model = keras.Sequential([keras.Input((20,)), *layers])
    >>> batch = np.random.normal(size=(100, 20)), np.random.randint(0, 2, 100)
    >>> round(headstart.keras.probe(model, batch, "sparse_categorical_crossentropy").guessing, 1)
    0.7

    Nothing of the model changes: its variables and random streams are the same bits afterwards, also after an exception. It is
    measured as it is trained (batch normalization by the batch), but without dropout, and without the losses of regularizers. How
    its parts hang together is read off the jaxpr of its call on JAX; on PyTorch its functions are recorded as they are called.
    Recurrent layers are not looked into, and an activation or a normalization that is written out by hand is not recognized.

    model:
        The model; with `seeds`, a function that makes one.
    batch:
        Inputs and targets, as `fit` takes them.
    loss:
        As `compile` takes it: a name, a loss, or a function of targets and outputs. Without it the one that the model was
        compiled with.
    seeds:
        From how many seeds to make the model; figures are means then.
    sharpness:
        Whether to find the largest eigenvalue of the Hessian as well, which costs some ten passes more.
    """
    models = starts(model, keras.Layer, made, seeds, "keras.Model", "lambda: make()")
    inputs, targets = pair_of(batch)
    held = [on_backend(Known(checked(one)), inputs, targets, loss_of(one, loss)) for one in models]
    looks = [one.seen({}) for one in held]
    return measured(looks, [one.sharpness() for one in held] if sharpness else [])
