"""Files of initial weights."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .._fields import Fields
from ._rows import count, flat
from .base import Result


class Tensor(Fields):
    """One tensor of a file of weights."""

    name: str
    """Its name."""
    shape: tuple[int, ...]
    """Its shape."""


class WeightsFile(Result):
    """What `init` answers: the file of weights that was written."""

    file: str
    """The file."""
    tensors: tuple[Tensor, ...]
    """The weights and biases, layer by layer."""
    metadata: Mapping[str, str]
    """What it says of them."""

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        return map(flat, self.tensors)

    def _sentences(self) -> Iterator[str]:
        numbers = sum(math.prod(tensor.shape) for tensor in self.tensors)
        yield f"{self.file}: {count(len(self.tensors), 'tensor')}, {count(numbers, 'number')}"
