"""A model of Keras as it is called, and left as it was."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

from .._models.blocks import Weight
from ..errors import UsageError
from ._weights import layers, own, parameters, weights

__all__ = ["Known", "checked", "inputs_of", "loss_of", "made", "quiet", "supported"]

DROPOUT = ("rate", "dropout", "recurrent_dropout", "_dropout")
"""What layers call the share that they leave out at random."""


def supported() -> str:
    """The backend, if models can be looked at there."""
    backend: str = keras.backend.backend()
    if backend not in ("jax", "torch"):
        raise UsageError(
            f"Keras runs on {backend}, and models are looked at on jax or torch: set KERAS_BACKEND before Keras is imported"
        )
    return backend


def checked(model: Any) -> Any:
    """The model, if it is one of Keras and has its variables."""
    if not isinstance(model, keras.Layer):
        raise TypeError(f"model: a keras.Model is needed, not a {type(model).__name__}")
    supported()
    if not model.built or not parameters(model):
        raise UsageError("model: it has no variables yet; call it once, as in model(inputs), and then this")
    return model


class Known:
    """What a model of Keras consists of."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self.variables = parameters(model)
        self.names = {id(variable): name for name, variable in self.variables.items()}
        self.weights: list[Weight] = list(weights(model, self.names))
        trained = {id(variable) for variable in model.trainable_variables}
        self.trained = [name for name, variable in self.variables.items() if id(variable) in trained]

    @property
    def arrays(self) -> dict[str, Any]:
        """The parameters as they are."""
        return {name: keras.ops.convert_to_numpy(variable.value) for name, variable in self.variables.items()}

    @property
    def norms(self) -> list[type]:
        """The classes of its normalizations."""
        return sorted({type(layer) for layer in layers(self.model) if is_norm(layer)}, key=lambda kind: kind.__name__)

    @property
    def of_norms(self) -> set[str]:
        """The parameters of normalizations."""
        return {self.names[id(v)] for layer in layers(self.model) if is_norm(layer) for v in own(layer).values()}

    def set(self, arrays: Mapping[str, Any]) -> None:
        """Gives some parameters other numbers."""
        for name, array in arrays.items():
            self.variables[name].assign(array)


def is_norm(layer: Any) -> bool:
    """Whether a layer is a normalization, or calls itself so."""
    name = type(layer).__name__.lower()
    return "norm" in name and not getattr(layer, "_layers", []) and "spectral" not in name


@contextmanager
def quiet(model: Any) -> Iterator[None]:
    """A block in which nothing is left out at random."""
    rates = []
    for layer in layers(model):
        kind = type(layer).__name__.lower()
        for name in DROPOUT:
            is_share = name != "rate" or "drop" in kind or "noise" in kind
            value = getattr(layer, name, None)
            # Recurrent layers show those of their cells.
            is_own = not isinstance(getattr(type(layer), name, None), property)
            if is_share and is_own and isinstance(value, float) and value > 0:
                rates.append((layer, name, value))
    try:
        for layer, name, _ in rates:
            setattr(layer, name, 0.0)
        yield
    finally:
        for layer, name, value in rates:
            setattr(layer, name, value)


def inputs_of(model: Any) -> Any:
    """Inputs of the shape that a model says it takes, all 0; None where it does not say."""
    try:
        inputs = [_zeros(one) for one in model.inputs]
    except (AttributeError, TypeError, ValueError):
        return None
    return inputs[0] if len(inputs) == 1 else inputs


def _zeros(one: Any) -> Any:
    shape = tuple(one.shape)
    if None in shape[1:]:
        raise ValueError("a shape that is not known")
    return keras.ops.zeros((shape[0] or 2, *shape[1:]), dtype=one.dtype)


def loss_of(model: Any, loss: Any) -> Callable[[Any, Any], Any]:
    """A loss as `compile` takes it, as a function of targets and outputs that gives one number; the compiled one where none is
    said."""
    if loss is None:
        loss = getattr(model, "loss", None)
    if loss is None or isinstance(loss, (dict, list)):
        raise UsageError(
            'loss: give one, as in loss="mse", or a function of targets and outputs; the model was compiled with none'
        )
    function = keras.losses.get(loss)

    def mean(targets: Any, outputs: Any) -> Any:
        return keras.ops.mean(function(targets, outputs))

    return mean


def pair_of(batch: Any) -> tuple[Any, Any]:
    """Inputs and targets as tensors."""
    if not isinstance(batch, (tuple, list)) or len(batch) != 2:
        raise UsageError("batch: inputs and targets are needed, as in (inputs, targets)")
    inputs, targets = batch
    return tensors(inputs), tensors(targets)


def tensors(values: Any) -> Any:
    """Arrays as the backend's tensors; numbers of double precision as Keras takes them."""
    return keras.tree.map_structure(_tensor, values)


def _tensor(one: Any) -> Any:
    if isinstance(one, np.ndarray) and one.dtype == np.float64:
        one = one.astype(keras.config.floatx())
    return keras.ops.convert_to_tensor(one)


def made(make: Callable[[], Any], seed: int) -> Any:
    """A model from a seed of Keras's, whose stream is where it was afterwards."""
    of_python, of_numpy = random.getstate(), np.random.get_state()
    try:
        random.seed(seed)
        np.random.seed(seed)
        return checked(make())
    finally:
        random.setstate(of_python)
        np.random.set_state(of_numpy)
