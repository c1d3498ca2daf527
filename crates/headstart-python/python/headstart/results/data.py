"""What is in data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .._fields import Fields, Sentence
from ._rows import count, short
from .base import Result
from .task import ColumnPlan


class Column(ColumnPlan):
    """A column of a table: what it holds, and what becomes of it."""

    kind: str
    """What it holds: `whole numbers`, `numbers`, `true/false`, `dates`, `times` or `text`."""
    missing: int
    """Cells that are missing."""
    range: tuple[float, float] | None
    """The least and the greatest number; of dates in seconds from 1970-01-01 00:00 UTC. None of text."""
    distinct: int | None
    """The number of different texts. None of numbers."""


class Class(Fields):
    """A class."""

    name: str
    """Its name."""
    samples: int
    """How many training samples are of it."""


class Target(Fields):
    """A number to be met: figures of the training samples."""

    name: str | None
    """The column's name, if it has one."""
    mean: float
    """The mean."""
    sd: float
    """The standard deviation of the population."""
    range: tuple[float, float]
    """The least and the greatest."""


class DataOverview(Result):
    """What `data` answers: what is in data, and what becomes of it."""

    name: str
    """The built-in set's name, or the file's."""
    samples: tuple[int, int]
    """Samples to train on and to test on."""
    features: int
    """Numbers per sample."""
    shape: tuple[int, int, int] | None
    """Height, width and channels of a sample, where they are known; a sequence has height 1."""
    names: tuple[str, ...] = ()
    """Their names, where they are made of a table."""
    columns: tuple[Column, ...] = ()
    """The columns of a table."""
    classes: tuple[Class, ...] = ()
    """The classes, with their training samples."""
    targets: tuple[Target, ...] = ()
    """The numbers to be met."""
    notes: tuple[Sentence, ...]
    """What is worth knowing."""

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        for column in self.columns:
            row = {"column": column.column, "kind": column.kind, "becomes": column.becomes, "missing": column.missing}
            least, greatest = column.range or (None, None)
            row |= {"least": least, "greatest": greatest, "distinct": column.distinct, "features": _features(column)}
            fill = column.fill if column.fill is None else short(column.fill)
            yield row | {"fill": fill, "indicator": column.indicator, "because": column.because}

    def _sentences(self) -> Iterator[str]:
        train, test = self.samples
        columns = f" of {count(len(self.columns), 'column')}" if self.columns else ""
        yield (
            f"{self.name}: {count(train, 'sample')} to train on and {test:,} to test on, "
            f"{count(self.features, 'feature')}{_shape(self.shape)}{columns}"
        )


def _shape(shape: tuple[int, int, int] | None) -> str:
    """A shape behind the number of features: 28 x 28, 64 x 64 x 3, length 100."""
    if shape is None:
        return ""
    height, width, channels = shape
    place = f"length {width}" if height == 1 else f"{height} x {width}"
    return f" ({place} x {channels})" if channels > 1 else f" ({place})"


def _features(column: Column) -> int:
    """How many features a column becomes."""
    of_kind = {"one-hot": len(column.levels), "left-out": 0}
    return of_kind.get(column.becomes, 1) + column.indicator
