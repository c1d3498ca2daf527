"""What keywords may be given as, for those who check types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from os import PathLike
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    from numpy.typing import ArrayLike
else:
    ArrayLike = Any


class Frame(Protocol):
    """A table that gives its columns by the Arrow PyCapsule interface."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The columns."""


Path: TypeAlias = str | PathLike[str]
"""A file."""

Checkpoint: TypeAlias = Path | Sequence[Path] | Mapping[str, Any]
"""A file of weights, the files of one model, or its tensors by their names."""

Labels: TypeAlias = Path | ArrayLike | Frame
"""A file, or what is in memory."""

Data: TypeAlias = Labels | Mapping[str, ArrayLike] | tuple[Any, Any]
"""A built-in set, a file, samples in memory, or samples with their labels."""

Words: TypeAlias = str | int | float | Sequence[str | int | float | None]
"""A word of the grammar, or several."""

Numbers: TypeAlias = float | Sequence[float]
"""A number, or several."""

Axis: TypeAlias = str | Mapping[str, Any] | Sequence[str | Mapping[str, Any]]
"""An axis: `"gain=0.1..10:log:20"`, or `{"gain": "0.1..10:log:20", "depth": [1, 2, 5]}`."""

Budget: TypeAlias = str | timedelta
"""What may be spent: `"60s"`, `"5Msteps"`."""
