"""Arrays, frames and tensors as the native part takes them: float64 in C order as it lies there, columns by name, text.

NumPy is imported only when there is something to convert.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence, Sized
from typing import TYPE_CHECKING, Any

from ._native import Source
from ._words import called
from .errors import DataError, HeadstartError, UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TABLES = ("data", "test_data")
"""What may have text in columns, also where there is only one."""

LARGEST_EXACT = 2**53
"""Whole numbers beyond it are not all among the floats."""

Column = tuple[str, str, Any]
"""A column's name, what it is (`numbers`, `rounded`, `times`, `text`, or why nothing can be made of it), and its
cells."""


def is_in_memory(value: object) -> bool:
    """Whether this is no name and no path."""
    return not isinstance(value, str | os.PathLike)


def source(name: str, value: Any) -> Source:
    """Samples or labels in memory, which messages call by the keyword's name."""
    try:
        return _source(name, value)
    except (HeadstartError, MemoryError):
        raise
    except UnicodeEncodeError as error:
        raise DataError(f"{name}: {error.object!r} is no text: half a character stands in it") from error
    except Exception as error:
        # Whatever a class of others raises where its numbers are asked for.
        why = str(error) or type(error).__name__
        raise DataError(f"{name}: this {type(value).__name__} gives neither numbers nor text: {why}") from error


def _source(name: str, value: Any) -> Source:
    if isinstance(value, bytes | bytearray | memoryview):
        raise UsageError(f"{name} is bytes; save them as a file and give its name, or give an array")
    if isinstance(value, Iterator) and not hasattr(value, "__arrow_c_stream__"):
        raise UsageError(
            f"{name} is a {type(value).__name__}, which can be read only once; give list({name}), or an array"
        )
    if isinstance(value, set | frozenset):
        raise UsageError(f"{name} is a set, which has no order; give a list or an array")
    if _is_of(value, "pandas") and hasattr(value, "columns"):
        return _table(name, [_of_series(_named(label), series) for label, series in value.items()])
    if _is_of(value, "pandas") and hasattr(value, "dtype"):
        return _one_column(name, _of_series(name, value))
    if hasattr(value, "__arrow_c_stream__") and any(hasattr(value, its) for its in ("columns", "schema")):
        return Source.frame(_polars(value) if _is_of(value, "polars") else value)
    if isinstance(value, Mapping):
        return _table(name, [_of_cells(str(key), f"{name}[{key!r}]", cells) for key, cells in value.items()])
    if hasattr(value, "collect"):
        raise UsageError(f"{name} is a {type(value).__name__}, which has no rows yet; give {name}.collect()")
    if hasattr(value, "toarray"):
        raise UsageError(f"{name} is a sparse matrix; {name}.toarray() makes an array of it, if there is room for that")
    return _array(name, _as_array(name, value))


def _is_of(value: object, package: str) -> bool:
    return type(value).__module__.partition(".")[0] == package


def _named(label: object) -> str:
    return "_".join(map(str, label)) if isinstance(label, tuple) else str(label)


def _table(name: str, columns: list[Column]) -> Source:
    if not columns:
        raise DataError(f"{name}: the table has no columns")
    return Source.columns(columns)


def _polars(frame: Any) -> Any:
    """The same frame without the types of polars that Arrow has not, or has otherwise."""
    import polars as pl

    other = {"Null": pl.String, "Int128": pl.Float64, "UInt128": pl.Float64}
    return frame.cast({name: other[str(kind)] for name, kind in frame.schema.items() if str(kind) in other})


def _of_cells(name: str, words: str, cells: Any) -> Column:
    """A column of a table by names, whatever keeps its cells; messages call it by these words."""
    if _is_of(cells, "pandas") and hasattr(cells, "dtype"):
        return _of_series(name, cells)
    _, kind, cells = _of_array(words, _as_array(words, cells))
    return name, kind, cells


def _as_array(name: str, value: Any) -> NDArray[Any]:
    import numpy as np

    if hasattr(value, "detach"):
        # A tensor of PyTorch, which may want gradients or be on a device.
        value = value.detach().cpu()
        if str(getattr(value, "dtype", "")) == "torch.bfloat16":
            # NumPy has none.
            value = value.float()
    try:
        array = value if isinstance(value, np.ma.MaskedArray) else np.asarray(value)
    except ValueError as error:
        raise DataError(f"{name}: {_no_array(value, error)}") from error
    if array.ndim == 0:
        what = repr(array.item()) if array.dtype.kind in "biufUS" else called(value)
        raise UsageError(f"{name} is {what}; an array, a frame, or the name of a file or a built-in set is needed")
    return _unmasked(array)


def _no_array(value: Any, error: ValueError) -> str:
    """Why NumPy makes no array of this."""
    if isinstance(value, Sequence):
        lengths = [len(row) if isinstance(row, Sized) else 1 for row in value]
        for row, length in enumerate(lengths, 1):
            if length != lengths[0]:
                return f"row {row} has a length of {length}, and the first one {lengths[0]}; rows have to be alike"
    pair = "; samples and their labels are a tuple: (X, y)" if isinstance(value, list) and len(value) == 2 else ""
    return f"NumPy makes no array of this {type(value).__name__}{pair}: {error}"


def _unmasked(array: NDArray[Any]) -> NDArray[Any]:
    """The same with a missing cell where one is masked."""
    import numpy as np

    if not isinstance(array, np.ma.MaskedArray) or array.dtype.names is not None:
        return array
    is_number = array.dtype.kind in "biuf"
    kind = np.float64 if is_number else np.object_
    return np.asarray(np.ma.filled(array.astype(kind), np.nan if is_number else None))


def _array(name: str, array: NDArray[Any]) -> Source:
    if array.dtype.names is not None:
        return Source.columns([_of_array(field, _unmasked(array[field])) for field in array.dtype.names])
    if array.dtype.kind in "biuf":
        numbers, rounded = _float64(array)
        return Source.numbers(numbers, rounded)
    if array.ndim > 1 and array.dtype.kind in "OUS" and (array.shape[-1] > 1 or name in TABLES):
        if array.ndim > 2:
            raise DataError(f"{name} has {array.ndim} axes of {_kind(array)}; arrays of that many have to be numbers")
        columns = [_of_array(str(at), array[:, at]) for at in range(array.shape[1])]
        if all(kind in ("numbers", "rounded") for _, kind, _ in columns):
            import numpy as np

            rounded = any(kind == "rounded" for _, kind, _ in columns)
            return Source.numbers(np.ascontiguousarray(np.column_stack([cells for *_, cells in columns])), rounded)
        return Source.columns(columns)
    if array.ndim > 1 and array.dtype.kind in "mM":
        raise DataError(
            f"{name}: these are {_kind(array)} with {array.ndim} axes; arrays of that many have to be numbers"
        )
    return _one_column(name, _of_array(name, array.reshape(-1)))


def _one_column(name: str, column: Column) -> Source:
    _, kind, cells = column
    if kind in ("numbers", "rounded"):
        return Source.numbers(cells, kind == "rounded")
    if kind == "text":
        return Source.texts([len(cells)], cells)
    what = "points in time" if kind == "times" else kind
    raise DataError(f"{name}: these are {what}; numbers or text are needed")


def _of_array(name: str, array: NDArray[Any]) -> Column:
    import numpy as np

    if array.ndim != 1:
        raise DataError(f"{name}: a column has one axis, and this has {array.ndim}")
    kind = array.dtype.kind
    if kind in "biuf":
        numbers, rounded = _float64(array)
        return name, "rounded" if rounded else "numbers", numbers
    if kind == "M":
        seconds = array.astype("datetime64[us]")
        return name, "times", np.where(np.isnat(seconds), np.nan, seconds.astype(np.int64) / 1e6)
    if kind == "m":
        spans = array.astype("timedelta64[us]")
        return name, "numbers", np.where(np.isnat(spans), np.nan, spans.astype(np.int64) / 1e6)
    if kind == "U":
        return name, "text", array.tolist()
    if kind == "S":
        return name, "text", [cell.decode("utf-8", "replace") for cell in array.tolist()]
    if kind in "OT":
        return _of_objects(name, array.tolist())
    return name, _kind(array), [None] * len(array)


def _of_objects(name: str, cells: list[Any]) -> Column:
    """Cells of any type: numbers if all are numbers or missing, else text."""
    import numbers

    import numpy as np

    cells = [cell.item() if isinstance(cell, np.generic) else cell for cell in cells]
    for at, cell in enumerate(cells, 1):
        if not (_is_missing(cell) or isinstance(cell, str | bytes | numbers.Real) or hasattr(cell, "isoformat")):
            if not hasattr(cell, "__float__"):
                return name, f"cells like the {type(cell).__name__} in row {at}", [None] * len(cells)
    if all(_is_missing(cell) or hasattr(cell, "__float__") for cell in cells):
        try:
            values = np.array([np.nan if _is_missing(cell) else float(cell) for cell in cells])
        except (OverflowError, TypeError, ValueError) as error:
            raise DataError(f"{name}: {error}: it is no float64") from error
        rounded = any(isinstance(cell, int) and int(value) != cell for cell, value in zip(cells, values, strict=True))
        return name, "rounded" if rounded else "numbers", values
    return name, "text", [None if _is_missing(cell) else _text(cell) for cell in cells]


def _text(cell: Any) -> str:
    if isinstance(cell, bytes):
        return cell.decode("utf-8", "replace")
    return str(cell.isoformat()) if hasattr(cell, "isoformat") else str(cell)


def _is_missing(cell: Any) -> bool:
    return cell is None or type(cell).__name__ in ("NAType", "NaTType") or isinstance(cell, float) and cell != cell


def _of_series(name: str, series: Any) -> Column:
    """A column of pandas, whatever keeps its cells."""
    import numpy as np
    from pandas.api import types

    dtype = series.dtype
    if isinstance(dtype, np.dtype):
        return _of_array(name, series.to_numpy())
    if hasattr(dtype, "categories"):
        # Of a category, or of text that pandas keeps as one.
        return _of_objects(name, series.astype(object).tolist())
    if types.is_bool_dtype(dtype) or types.is_integer_dtype(dtype) or types.is_float_dtype(dtype):
        numbers = series.to_numpy(dtype=np.float64, na_value=np.nan)
        rounded = bool(types.is_integer_dtype(dtype) and (np.abs(numbers[~np.isnan(numbers)]) > LARGEST_EXACT).any())
        return name, "rounded" if rounded else "numbers", np.ascontiguousarray(numbers)
    if types.is_datetime64_any_dtype(dtype):
        local = series if series.dt.tz is None else series.dt.tz_convert("UTC").dt.tz_localize(None)
        return _of_array(name, local.to_numpy(dtype="datetime64[us]", na_value=np.datetime64("NaT")))
    if types.is_string_dtype(dtype) or types.is_object_dtype(dtype) or hasattr(dtype, "pyarrow_dtype"):
        return _of_objects(name, series.astype(object).tolist())
    return name, f"of the type {dtype}", [None] * len(series)


def _float64(array: NDArray[Any]) -> tuple[NDArray[np.float64], bool]:
    """The same numbers in C order, and whether a whole one had to be rounded; the array itself if it is that
    already."""
    import numpy as np

    # What is beyond a float64 is infinite, and told; what is rounded beyond the whole numbers is not that number.
    with np.errstate(over="ignore", invalid="ignore"):
        numbers = np.require(array, np.float64, ["C_CONTIGUOUS", "ALIGNED"])
        wide = array.dtype.kind in "iu" and array.dtype.itemsize == 8 and array.size > 0
        is_beyond = wide and (np.abs(numbers) > LARGEST_EXACT).any()
        rounded = bool(is_beyond and (numbers.astype(array.dtype) != array).any())
    return numbers, rounded


def _kind(array: NDArray[Any]) -> str:
    kinds = {"c": "complex numbers", "M": "points in time", "m": "spans of time", "V": "raw bytes", "O": "objects"}
    return kinds.get(array.dtype.kind, "text" if array.dtype.kind in "US" else f"of the type {array.dtype}")
