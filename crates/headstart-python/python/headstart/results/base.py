"""Results: a whole document each, with its text, its tables and its picture."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from .. import _native
from .._fields import Fields
from .._optional import needed
from ._rows import by_column

if TYPE_CHECKING:
    import pandas as pd  # type: ignore[import-untyped, unused-ignore]
    import polars as pl
    from matplotlib.axes import Axes


class Answer(Protocol):
    """What a result is made of: one answer of the native code, in all its forms."""

    def json(self) -> bytes:
        """The document of `--format json`."""

    def text(self) -> str:
        """The text that the command prints, with keywords in the place of flags."""

    def columns(self) -> Mapping[str, Any] | None:
        """A row for each run, by column; None where there are no runs."""

    def png(self) -> bytes | None:
        """The picture that the command draws, if it draws one."""

    def model(self) -> _native.Model | None:
        """What a single training ended with."""

    @property
    def outcome(self) -> str:
        """How it ended."""

    @property
    def seconds(self) -> float:
        """How long the work took."""


class Kept:
    """An answer that was copied out of the native code, as a pickle has it."""

    def __init__(self, answer: Answer) -> None:
        columns = answer.columns()
        self._json, self._text, self._png = answer.json(), answer.text(), answer.png()
        self.outcome, self.seconds = answer.outcome, answer.seconds
        model = answer.model()
        self._model = None if model is None else model.to_bytes()
        self._columns = None if columns is None else dict(columns)

    def json(self) -> bytes:
        return self._json

    def text(self) -> str:
        return self._text

    def columns(self) -> Mapping[str, Any] | None:
        return self._columns

    def png(self) -> bytes | None:
        return self._png

    def model(self) -> _native.Model | None:
        return None if self._model is None else _native.Model.from_bytes(self._model)


class Result(Fields):
    """What a command answers."""

    _answer: Answer
    _notes: tuple[str, ...]

    def __init__(self, answer: Answer, notes: Iterable[str] = ()) -> None:
        """Of an answer, and of what was told on the way to it."""
        self.__dict__.update(_answer=answer, _notes=tuple(notes))

    @cached_property
    def _tree(self) -> Mapping[str, Any]:  # type: ignore[override]
        tree: Mapping[str, Any] = json.loads(self._answer.json())
        return tree

    @property
    def outcome(self) -> str:
        """How it ended: `done`, `interrupted`, `stopped` (messages say how to go on) or `disagrees` (with what was published)."""
        return self._answer.outcome

    @property
    def seconds(self) -> float:
        """How long the work took."""
        return self._answer.seconds

    @property
    def messages(self) -> tuple[str, ...]:
        """What a person should know who reads the figures, and was told on the way to them."""
        return self._notes

    def json(self) -> str:
        """The JSON document, as the command prints it with `--format json`."""
        return self._answer.json().decode()

    def to_columns(self) -> Mapping[str, Any]:
        """A table by columns, lists or arrays: a row for each run, or whatever else there are several of."""
        columns = self._answer.columns()
        return by_column(self._rows()) if columns is None else columns

    def to_pandas(self) -> pd.DataFrame:
        """The same table as a data frame of pandas."""
        frame: pd.DataFrame = needed("pandas", "to_pandas()").DataFrame(self.to_columns())
        return frame

    def to_polars(self) -> pl.DataFrame:
        """The same table as a data frame of polars."""
        # What is in the first rows says nothing of the type of the others, and an axis may have numbers and names.
        frame: pl.DataFrame = needed("polars", "to_polars()").DataFrame(self.to_columns(), strict=False)
        return frame

    def plot(self, ax: Axes | None = None, **options: Any) -> Axes:
        """Draw it with matplotlib, into axes that are given or new ones, which are returned.

        Options go to matplotlib, to the lines, dots or colours that show the figures.
        """
        needed("matplotlib", "plot()")
        from .. import _plot

        return _plot.draw(self, ax, **options)

    def __str__(self) -> str:
        return self._answer.text()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {_native.in_python(next(iter(self._sentences()), ''))}>"

    def _repr_html_(self) -> str:
        from .. import _html

        return _html.page(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (Kept(self._answer), self._notes)

    def _png(self) -> bytes | None:
        return self._answer.png()

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        """The rows of that table, where there is none of runs."""
        return ()

    def _sentences(self) -> Iterator[str]:
        """The answer, in a sentence or a few."""
        raise NotImplementedError
