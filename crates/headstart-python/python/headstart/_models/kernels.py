"""Weights in the layout of JAX and Keras: kernel x inputs x outputs. What is drawn is what PyTorch's layout has, transposed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .blocks import Array, Block, Weight, dense, kernel

__all__ = ["conv", "depthwise", "einsum", "gates", "matrix", "table", "transposed", "unknown"]


def _of_rows(
    name: str,
    role: str,
    shape: Sequence[int],
    order: Sequence[int],
    blocks: Sequence[Block],
    bias: str | None,
    **more: Any,
) -> Weight:
    """A tensor that is rows x columns once its dimensions are in that order, cut into blocks of rows."""
    shape, order = tuple(shape), tuple(order)
    turned = tuple(shape[i] for i in order)
    back = tuple(int(i) for i in np.argsort(order))
    rows, columns = sum(block.rows for block in blocks), blocks[0].columns

    def place(numbers: list[Array]) -> Array:
        whole: Array = np.concatenate(numbers).reshape(turned).transpose(back)
        return whole

    def take(tensor: Any) -> list[Any]:
        whole = np.asarray(tensor).transpose(order).reshape(rows, columns)
        ends = np.cumsum([block.rows for block in blocks])
        return [whole[end - block.rows : end] for end, block in zip(ends, blocks)]

    return Weight(name, role, shape, tuple(blocks), place, take, bias, **more)


def matrix(
    name: str, shape: Sequence[int], bias: str | None, role: str = "dense", inputs: int = 1, batch: int = 0
) -> Weight:
    """So many dimensions of a batch, then of inputs, then outputs: each of the batch has weights of its own."""
    first = shape[batch : batch + inputs]
    last = shape[batch + inputs :]
    count = math.prod(shape[:batch])
    block = dense(math.prod(last), math.prod(first))
    order = [*range(batch), *range(batch + inputs, len(shape)), *range(batch, batch + inputs)]
    return _of_rows(name, role, shape, order, [block] * count, bias)


def conv(name: str, shape: Sequence[int], bias: str | None, groups: int = 1) -> Weight:
    """A convolution: kernel x inputs of a group x outputs."""
    *sizes, inputs, outputs = shape
    block = kernel(outputs // groups, inputs, tuple(sizes))
    order = [len(sizes) + 1, len(sizes), *range(len(sizes))]
    return _of_rows(name, "conv", shape, order, [block] * groups, bias, groups=groups)


def depthwise(name: str, shape: Sequence[int], bias: str | None) -> Weight:
    """A convolution of each channel by itself: kernel x channels x outputs of each."""
    *sizes, channels, outputs = shape
    order = [len(sizes), len(sizes) + 1, *range(len(sizes))]
    return _of_rows(name, "conv", shape, order, [kernel(outputs, 1, tuple(sizes))] * channels, bias, groups=channels)


def transposed(name: str, shape: Sequence[int], bias: str | None, strides: Sequence[int], is_swapped: bool) -> Weight:
    """A transposed convolution: kernel x inputs x outputs, or with these two swapped."""
    *sizes, inputs, outputs = shape
    if is_swapped:
        inputs, outputs = outputs, inputs
    block = kernel(outputs, inputs, tuple(sizes), tuple(strides))
    of_inputs, of_outputs = len(sizes), len(sizes) + 1
    order = [of_inputs, of_outputs] if is_swapped else [of_outputs, of_inputs]
    return _of_rows(name, "conv", shape, [*order, *range(len(sizes))], [block], bias)


def table(name: str, shape: Sequence[int]) -> Weight:
    """An embedding: one input at a time is 1, so that a vector is as large as its numbers."""
    count, width = shape
    return _of_rows(name, "embedding", shape, [0, 1], [Block(count, width, 1, width)], None)


def gates(name: str, shape: Sequence[int], bias: str | None, parts: int, order: Sequence[int] | None = None) -> Weight:
    """A matrix of a recurrent layer, inputs x outputs of all gates; `order` says which of PyTorch's gates stands where."""
    inputs, outputs = shape
    each = outputs // parts
    own = list(order or range(parts))

    def place(numbers: list[Array]) -> Array:
        whole: Array = np.concatenate([numbers[i] for i in own]).T
        return whole

    def take(tensor: Any) -> list[Any]:
        whole = np.asarray(tensor).T
        return [whole[own.index(i) * each : (own.index(i) + 1) * each] for i in range(parts)]

    blocks = (dense(each, inputs),) * parts
    return Weight(name, "recurrent", tuple(shape), blocks, place, take, bias, parts=parts)


def einsum(name: str, shape: Sequence[int], equation: str, bias: str | None, role: str = "dense") -> Weight:
    """The second operand of an einsum: what it shares with the first one alone are inputs, with the result alone outputs, with
    both a batch."""
    operands, result = equation.replace(" ", "").split("->")
    first, own = (one.replace("...", "") for one in operands.split(","))
    batch = [i for i, letter in enumerate(own) if letter in first and letter in result]
    inputs = [i for i, letter in enumerate(own) if letter in first and letter not in result]
    outputs = [i for i in range(len(own)) if i not in batch and i not in inputs]

    def size(of: list[int]) -> int:
        return math.prod(shape[i] for i in of)

    block = dense(size(outputs), size(inputs))
    return _of_rows(name, role, shape, [*batch, *outputs, *inputs], [block] * size(batch), bias)


def unknown(name: str, shape: Sequence[int]) -> Weight:
    """A parameter of no layer that is known: what its inputs are nobody says."""
    block = dense(max(shape[-1], 1), max(math.prod(shape[:-1]), 1))
    return _of_rows(name, "other", shape, [len(shape) - 1, *range(len(shape) - 1)], [block], None)
