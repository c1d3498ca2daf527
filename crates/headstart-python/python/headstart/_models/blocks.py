"""Weights as blocks that are drawn one by one, with the bits that they have in every framework and on every device."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import _native

__all__ = ["Block", "Weight", "dense", "kernel"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Block:
    """One matrix of a weight tensor that is drawn by itself: a row for each output."""

    rows: int
    columns: int
    fan_in: int
    fan_out: int
    area: int = 1
    """Places of a kernel."""


@dataclass(frozen=True)
class Weight:
    """A weight tensor: what it is, and the blocks that it is made of."""

    name: str
    role: str
    """`dense`, `conv`, `embedding`, `attention`, `recurrent`; `normalization` and `other` are not drawn."""
    shape: tuple[int, ...]
    blocks: tuple[Block, ...]
    place: Callable[[list[Array]], Array] = field(repr=False, compare=False)
    """From the blocks' numbers to those of the tensor, in its layout."""
    take: Callable[[Any], list[Any]] = field(repr=False, compare=False)
    """From the tensor to its blocks, each rows x columns."""
    bias: str | None = None
    """The bias of its outputs, if it has one of its own."""
    groups: int = 1
    parts: int = 1
    """How many projections share the tensor."""
    is_tied: bool = False
    """Whether other modules have the same tensor."""

    @property
    def area(self) -> int:
        """Places of a kernel that reach an output: of a transposed convolution fewer than the kernel has."""
        block = self.blocks[0]
        return max(1, round(block.fan_in * block.area / block.columns))

    @property
    def fans(self) -> tuple[int, int]:
        """Fan-in and fan-out of its first block: all are alike."""
        return self.blocks[0].fan_in, self.blocks[0].fan_out

    def with_embedding_fans(self, fan_in: int) -> Weight:
        """The same table of vectors, drawn as if it had so many inputs."""
        return replace(self, blocks=tuple(replace(block, fan_in=fan_in) for block in self.blocks))

    def drawn(self, scheme: str, seed: int, slot: int, before: str) -> Array:
        """Its numbers by a scheme, block by block from the stream of each block's slot."""
        numbers = [native(block, slot + i, before).draw(scheme, seed) for i, block in enumerate(self.blocks)]
        return self.place(numbers)

    def drawn_biases(self, scheme: str, biases: str | None, seed: int, slot: int, before: str) -> Array:
        """The biases of its rows, block by block."""
        numbers = [
            native(block, slot + i, before).draw_biases(scheme, biases, seed) for i, block in enumerate(self.blocks)
        ]
        return np.concatenate(numbers)

    def variance(self, scheme: str, before: str) -> float | None:
        """The second moment that the scheme means its numbers to have; None where that is left to the data."""
        return native(self.blocks[0], 1, before).variance(scheme)


def native(block: Block, slot: int, before: str) -> _native.Part:
    """The block as the core draws it."""
    return _native.Part(slot, block.rows, block.columns, block.area, block.fan_in, block.fan_out, before)


def dense(outputs: int, inputs: int) -> Block:
    """The block of a dense layer."""
    return Block(outputs, inputs, inputs, outputs)


def kernel(outputs: int, inputs: int, sizes: tuple[int, ...], strides: tuple[int, ...] = ()) -> Block:
    """The block of a convolution's group. `strides` are those of a transposed one, where an output has so many fewer inputs."""
    area = math.prod(sizes)
    fan_in = max(1, round(inputs * area / math.prod(strides)))
    return Block(outputs, inputs * area, fan_in, outputs * area, area)
