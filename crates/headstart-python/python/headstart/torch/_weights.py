"""The weights of a model of PyTorch: which there are, what they are for, and how they lie in their tensors."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from .._models.blocks import Array, Block, Weight, dense, kernel
from ..errors import UsageError

__all__ = ["as_tensor", "weights"]

PACKED = re.compile(r"(^|[._])(qkv|c_attn|in_proj|query_key_value|wqkv|to_qkv|qkv_proj)$", re.IGNORECASE)
"""Names of layers that have three projections of attention in one."""

GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}


def weights(model: nn.Module) -> list[Weight]:
    """All weights with two dimensions or more, each once, in the order of the model's modules."""
    found: dict[int, Weight] = {}
    times: dict[int, int] = {}
    uninitialized = nn.parameter.UninitializedParameter
    for prefix, module in model.named_modules():
        for name, tensor in module.named_parameters(recurse=False):
            if isinstance(tensor, uninitialized):
                full = f"{prefix}.{name}".lstrip(".")
                raise UsageError(
                    f"{full} has no shape yet: call the lazy model once, as in model(inputs), and then this"
                )
            times[id(tensor)] = times.get(id(tensor), 0) + 1
        for weight in _of_module(prefix, module):
            found.setdefault(id(model.get_parameter(weight.name)), weight)
    for name, tensor in model.named_parameters():
        if tensor.ndim >= 2 and id(tensor) not in found:
            found[id(tensor)] = _unknown(name, tensor)
    return [replace(weight, is_tied=times.get(key, 0) > 1) for key, weight in found.items()]


def _of_module(prefix: str, module: nn.Module) -> Iterator[Weight]:
    """Those of one module that is known."""

    def full(name: str) -> str:
        return f"{prefix}.{name}".lstrip(".")

    kind = type(module).__name__
    if "weight" not in dict(module.named_parameters(recurse=False)) and not isinstance(
        module, (nn.MultiheadAttention, nn.RNNBase, nn.RNNCellBase)
    ):
        return
    has_bias = getattr(module, "bias", None) is not None
    bias = full("bias") if has_bias else None
    if isinstance(module, nn.Linear):
        yield _matrix(full("weight"), module.weight, bias, parts=_parts(prefix, *module.weight.shape))
    elif isinstance(module, nn.modules.conv._ConvTransposeNd):
        yield _conv_transpose(full("weight"), module, bias)
    elif isinstance(module, nn.modules.conv._ConvNd):
        yield _conv(full("weight"), module, bias)
    elif isinstance(module, (nn.Embedding, nn.EmbeddingBag)):
        yield _embedding(full("weight"), module)
    elif isinstance(module, nn.Bilinear):
        outputs, first, second = module.weight.shape
        yield _reshaped(full("weight"), "dense", module.weight, dense(outputs, first * second), bias)
    elif isinstance(module, nn.MultiheadAttention):
        yield from _attention(full, module)
    elif isinstance(module, (nn.RNNBase, nn.RNNCellBase)):
        yield from _recurrent(full, module)
    elif kind == "Conv1D" and module.get_parameter("weight").ndim == 2:
        # Of GPT-2 in Hugging Face's transformers: inputs x outputs.
        tensor = module.get_parameter("weight")
        parts = _parts(prefix, *reversed(tensor.shape))
        yield _matrix(full("weight"), tensor, bias, parts=parts, is_transposed=True)


def _parts(prefix: str, outputs: int, inputs: int) -> int:
    return 3 if PACKED.search(prefix) and outputs == 3 * inputs else 1


def _matrix(
    name: str, tensor: Tensor, bias: str | None, parts: int = 1, is_transposed: bool = False, role: str = "dense"
) -> Weight:
    """A matrix of outputs x inputs, or the other way round, with so many projections one after the other."""
    shape = tuple(tensor.shape)
    outputs, inputs = reversed(shape) if is_transposed else shape
    each = outputs // parts

    def place(numbers: list[Array]) -> Array:
        whole = np.concatenate(numbers)
        return whole.T if is_transposed else whole

    def take(tensor: Any) -> list[Any]:
        whole = tensor.T if is_transposed else tensor
        return [whole[i * each : (i + 1) * each] for i in range(parts)]

    role = "attention" if parts > 1 else role
    return Weight(name, role, shape, (dense(each, inputs),) * parts, place, take, bias, parts=parts)


def _reshaped(name: str, role: str, tensor: Tensor, block: Block, bias: str | None) -> Weight:
    shape = tuple(tensor.shape)

    def take(tensor: Any) -> list[Any]:
        return [tensor.reshape(block.rows, block.columns)]

    return Weight(name, role, shape, (block,), lambda numbers: numbers[0].reshape(shape), take, bias)


def _conv(name: str, module: Any, bias: str | None) -> Weight:
    shape, groups = tuple(module.weight.shape), module.groups
    outputs = shape[0] // groups
    block = kernel(outputs, shape[1], shape[2:])

    def take(tensor: Any) -> list[Any]:
        rows = tensor.reshape(shape[0], -1)
        return [rows[i * outputs : (i + 1) * outputs] for i in range(groups)]

    def place(numbers: list[Array]) -> Array:
        return np.concatenate(numbers).reshape(shape)

    return Weight(name, "conv", shape, (block,) * groups, place, take, bias, groups=groups)


def _conv_transpose(name: str, module: Any, bias: str | None) -> Weight:
    """Its tensor is inputs x outputs of a group x kernel."""
    shape, groups = tuple(module.weight.shape), module.groups
    inputs, outputs = shape[0] // groups, shape[1]
    block = kernel(outputs, inputs, shape[2:], tuple(module.stride))
    of_group = (outputs, inputs, *shape[2:])

    def take(tensor: Any) -> list[Any]:
        groups_of = [tensor[i * inputs : (i + 1) * inputs] for i in range(groups)]
        return [one.swapaxes(0, 1).reshape(block.rows, block.columns) for one in groups_of]

    def place(numbers: list[Array]) -> Array:
        return np.concatenate([one.reshape(of_group).swapaxes(0, 1) for one in numbers])

    return Weight(name, "conv", shape, (block,) * groups, place, take, bias, groups=groups)


def _embedding(name: str, module: Any) -> Weight:
    """A table of vectors: one input at a time is 1, so that a vector is as large as its numbers."""
    count, width = shape = tuple(module.weight.shape)
    padding = module.padding_idx

    def place(numbers: list[Array]) -> Array:
        table = numbers[0]
        if padding is not None:
            table[padding] = 0.0
        return table

    return Weight(name, "embedding", shape, (Block(count, width, 1, width),), place, lambda tensor: [tensor])


def _attention(full: Callable[[str], str], module: nn.MultiheadAttention) -> Iterator[Weight]:
    """The projections to queries, keys and values; that of the output is a layer of its own."""
    if module.in_proj_weight is not None:
        bias = full("in_proj_bias") if module.in_proj_bias is not None else None
        yield _matrix(full("in_proj_weight"), module.in_proj_weight, bias, parts=3)
        return
    for name in ("q_proj_weight", "k_proj_weight", "v_proj_weight"):
        yield _matrix(full(name), getattr(module, name), None, role="attention")


def _recurrent(full: Callable[[str], str], module: Any) -> Iterator[Weight]:
    """The matrices of a recurrent layer, gate by gate."""
    kind = type(module).__name__.removesuffix("Cell")
    gates = GATES.get(kind, 1)
    for name, tensor in module.named_parameters(recurse=False):
        if tensor.ndim != 2:
            continue
        bias = name.replace("weight", "bias", 1)
        has_bias = isinstance(getattr(module, bias, None), Tensor)
        parts = 1 if "weight_hr" in name else gates
        weight = _matrix(full(name), tensor, full(bias) if has_bias else None, parts=parts)
        yield replace(weight, role="recurrent")


def _unknown(name: str, tensor: Tensor) -> Weight:
    """A parameter of no module that is known: what its inputs are nobody says."""
    shape = tuple(tensor.shape)
    rows, columns = shape[0], int(np.prod(shape[1:]))
    return _reshaped(name, "other", tensor, dense(max(rows, 1), max(columns, 1)), None)


def as_tensor(numbers: Array, like: Tensor) -> Tensor:
    """Numbers as a tensor of the type and on the device of another one: rounded once, on the CPU."""
    return torch.from_numpy(np.ascontiguousarray(numbers)).to(like.dtype).to(like.device)
