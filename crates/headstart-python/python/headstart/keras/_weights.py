"""The weights of a model of Keras: which there are, what they are for, and how they lie in their tensors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from .._models import kernels
from .._models.blocks import Weight

__all__ = ["layers", "own", "parameters", "weights"]

PROJECTIONS = ("_query_dense", "_key_dense", "_value_dense")
"""What layers of attention call them."""

CELLS: dict[str, tuple[int, tuple[int, ...] | None]] = {
    "LSTMCell": (4, None),
    # Keras has the update gate first, PyTorch the reset gate.
    "GRUCell": (3, (1, 0, 2)),
    "SimpleRNNCell": (1, None),
}
"""How many gates a cell has, and which of PyTorch's stands where."""


def layers(model: Any) -> Iterator[Any]:
    """A layer and all in it, each once, in the order in which they were made."""
    seen: set[int] = set()
    todo = [model]
    while todo:
        layer = todo.pop()
        if id(layer) in seen:
            continue
        seen.add(id(layer))
        yield layer
        todo += reversed(getattr(layer, "_layers", []))


def own(layer: Any) -> dict[str, Any]:
    """The parameters of a layer itself, by their own names."""
    return {variable.name: variable for variable in getattr(layer, "_trainable_variables", [])}


def parameters(model: Any) -> dict[str, Any]:
    """All variables that are or could be trained, each once, by their paths."""
    found: dict[str, Any] = {}
    seen: set[int] = set()
    for layer in layers(model):
        for variable in own(layer).values():
            if id(variable) in seen:
                continue
            seen.add(id(variable))
            path, count = variable.path, 2
            while path in found:
                path, count = f"{variable.path} {count}", count + 1
            found[path] = variable
    return found


def weights(model: Any, names: Mapping[int, str]) -> Iterator[Weight]:
    """All weights with two dimensions or more, each once; `names` are those of parameters by who they are."""
    found: dict[str, Weight] = {}
    times: dict[str, int] = {}
    shapes: dict[str, tuple[int, ...]] = {}
    attention: set[int] = set()
    for layer in layers(model):
        attention |= {id(getattr(layer, name)) for name in PROJECTIONS if hasattr(layer, name)}
        for variable in own(layer).values():
            name = names[id(variable)]
            times[name] = times.get(name, 0) + 1
            shapes[name] = tuple(variable.shape)
        for weight in _of_layer(layer, names, id(layer) in attention):
            found.setdefault(weight.name, weight)
    for name, shape in shapes.items():
        if name not in found and len(shape) >= 2 and "bias" not in name.rpartition("/")[2]:
            found[name] = kernels.unknown(name, shape)
    yield from (replace(weight, is_tied=times[name] > 1) for name, weight in found.items())


def _of_layer(layer: Any, names: Mapping[int, str], is_attention: bool) -> Iterator[Weight]:
    """Those of one layer that is known."""
    variables = own(layer)
    kinds = {kind.__name__ for kind in type(layer).__mro__}
    bias = names[id(variables["bias"])] if "bias" in variables else None

    def about(name: str) -> tuple[str, tuple[int, ...]]:
        return names[id(variables[name])], tuple(variables[name].shape)

    if "Embedding" in kinds and "embeddings" in variables:
        yield kernels.table(*about("embeddings"))
    elif "BaseSeparableConv" in kinds:
        yield kernels.depthwise(*about("depthwise_kernel"), None)
        yield kernels.conv(*about("pointwise_kernel"), bias)
    elif "kernel" not in variables:
        return
    elif kinds & CELLS.keys():
        count, order = CELLS[next(kind for kind in CELLS if kind in kinds)]
        yield kernels.gates(*about("kernel"), bias, count, order)
        yield kernels.gates(*about("recurrent_kernel"), None, count, order)
    elif "EinsumDense" in kinds:
        yield kernels.einsum(*about("kernel"), layer.equation, bias, "attention" if is_attention else "dense")
    elif "Dense" in kinds:
        yield kernels.matrix(*about("kernel"), bias)
    elif "BaseDepthwiseConv" in kinds:
        yield kernels.depthwise(*about("kernel"), bias)
    elif "BaseConvTranspose" in kinds:
        yield kernels.transposed(*about("kernel"), bias, tuple(layer.strides), True)
    elif "BaseConv" in kinds:
        yield kernels.conv(*about("kernel"), bias, layer.groups)
