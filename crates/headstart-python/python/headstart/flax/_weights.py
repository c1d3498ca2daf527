"""The weights of a model of Flax: which there are, what they are for, and how they lie in their tensors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from flax import nnx

from .._models import kernels
from .._models.blocks import Weight

__all__ = ["children", "weights"]

GATES = {"OptimizedLSTMCell": 4, "GRUCell": 3, "SimpleCell": 1}
"""Cells whose matrices are those of all gates, in PyTorch's order."""


def children(model: Any) -> Iterator[tuple[str, Any]]:
    """A module and all in it, each once, in the order in which they were set."""
    seen: set[int] = set()
    todo: list[tuple[str, Any]] = [("", model)]
    while todo:
        path, one = todo.pop()
        if id(one) in seen:
            continue
        if isinstance(one, nnx.Module):
            seen.add(id(one))
            yield path, one
            items = [(key, value) for key, value in vars(one).items() if not key.startswith("_pytree")]
        elif isinstance(one, dict):
            items = list(one.items())
        elif isinstance(one, (list, tuple)):
            items = [(str(i), value) for i, value in enumerate(one)]
        else:
            continue
        todo += [(f"{path}.{key}".lstrip("."), value) for key, value in reversed(items)]


def weights(model: nnx.Module, names: Mapping[int, str]) -> Iterator[Weight]:
    """All weights with two dimensions or more, each once; `names` are those of parameters by who they are."""
    found: dict[str, Weight] = {}
    times: dict[str, int] = {}
    shapes = {}
    cells: dict[int, int] = {}
    attention: set[int] = set()
    for _, module in children(model):
        for value in vars(module).values():
            if id(value) in names:
                name = names[id(value)]
                times[name] = times.get(name, 0) + 1
                shapes[name] = value.shape
        if isinstance(module, nnx.MultiHeadAttention):
            attention |= {id(module.query), id(module.key), id(module.value)}
        if isinstance(module, nnx.RNNCellBase):
            gates = GATES.get(type(module).__name__, 1)
            cells |= {id(one): gates for _, one in children(module) if one is not module}
            # As in PyTorch what is of the inputs comes first.
            for part in (getattr(module, "dense_i", None), getattr(module, "dense_h", None)):
                for weight in _of_module(part, names, gates, False) if part is not None else ():
                    found.setdefault(weight.name, weight)
        for weight in _of_module(module, names, cells.get(id(module)), id(module) in attention):
            found.setdefault(weight.name, weight)
    for name, shape in shapes.items():
        if name not in found and len(shape) >= 2 and not _is_bias(name):
            found[name] = kernels.unknown(name, shape)
    yield from (replace(weight, is_tied=times.get(name, 1) > 1) for name, weight in found.items())


def _is_bias(name: str) -> bool:
    return "bias" in name.rpartition(".")[2]


def _of_module(module: Any, names: Mapping[int, str], gates: int | None, is_attention: bool) -> Iterator[Weight]:
    """Those of one module that is known."""
    if isinstance(module, nnx.Embed) and id(module.embedding) in names:
        yield kernels.table(names[id(module.embedding)], module.embedding.shape)
    kernel = getattr(module, "kernel", None)
    if id(kernel) not in names:
        return
    assert kernel is not None
    name, shape = names[id(kernel)], tuple(kernel.shape)
    bias = names.get(id(getattr(module, "bias", None)))
    if isinstance(module, nnx.Linear):
        if gates is not None:
            yield kernels.gates(name, shape, bias, gates)
        else:
            yield kernels.matrix(name, shape, bias)
    elif isinstance(module, nnx.LinearGeneral):
        role = "attention" if is_attention else "dense"
        batch, inputs = len(module.batch_axis), len(module.in_features)
        yield kernels.matrix(name, shape, bias, role, inputs, batch)
    elif isinstance(module, nnx.Einsum):
        yield kernels.einsum(name, shape, module.einsum_str, bias)
    elif isinstance(module, nnx.ConvTranspose):
        strides = module.strides if module.strides is not None else 1
        yield kernels.transposed(name, shape, bias, _sequence(strides, len(shape) - 2), module.transpose_kernel)
    elif isinstance(module, nnx.Conv):
        yield kernels.conv(name, shape, bias, module.feature_group_count)


def _sequence(value: Any, count: int) -> tuple[int, ...]:
    return (value,) * count if isinstance(value, int) else tuple(value)
