"""Arrays, frames and tensors in: the same figures whatever keeps the numbers, and a sentence for whatever is none."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import headstart
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from headstart.errors import DataError, FileError, HeadstartError, UsageError

ROWS = 40
DRAWN = np.random.default_rng(0)
X = DRAWN.normal(size=(ROWS, 3))
Y = (X[:, 0] + X[:, 1] > 0).astype(np.int64)
WHOLE = DRAWN.integers(0, 9, size=(ROWS, 3))


def figures(data: Any = None, labels: Any = None, **keywords: Any) -> Any:
    """What comes of it: all losses and accuracies."""
    keywords = {"steps": 20, "seeds": 2} | keywords
    runs = json.loads(headstart.train(data, labels, **keywords).json())["runs"]
    return [{key: value for key, value in run.items() if key != "seconds"} for run in runs]


PLAIN = figures((X, Y))


class Tensor:
    """A stand-in for PyTorch's, which says no where it is asked for numbers that want gradients or are on a device."""

    def __init__(self, numbers: Any, is_ready: int = 0) -> None:
        self.numbers, self.is_ready = numbers, is_ready

    def detach(self) -> Tensor:
        return Tensor(self.numbers, self.is_ready + 1)

    def cpu(self) -> Tensor:
        return Tensor(self.numbers, self.is_ready + 1)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        if self.is_ready < 2:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad.")
        return self.numbers


# Arrays.


def test_samples_and_labels_are_a_pair_or_two_keywords() -> None:
    assert figures(X, Y) == figures(data=X, labels=Y) == PLAIN
    assert figures(X.tolist(), Y.tolist()) == figures([list(row) for row in X], tuple(Y)) == PLAIN
    assert figures(np.column_stack([X, Y]), label=-1) == PLAIN
    assert figures((X[:30], Y[:30]), test_data=(X[30:], Y[30:])) == figures(
        X[:30], Y[:30], test_data=X[30:], test_labels=Y[30:]
    )


@pytest.mark.parametrize(
    "laid",
    [
        lambda x: np.asfortranarray(x),
        lambda x: np.repeat(x, 2, axis=0)[::2],
        lambda x: np.repeat(x, 2, axis=1)[:, ::2],
        lambda x: x[::-1, ::-1].copy()[::-1, ::-1],
        lambda x: x.astype(">f8"),
        lambda x: x.astype(np.longdouble),
        lambda x: x.astype(object),
        lambda x: np.ma.masked_array(x),
        lambda x: np.frombuffer(b"\0" + x.tobytes(), dtype=np.uint8)[1:].view(np.float64).reshape(x.shape),
        lambda x: Tensor(x),
        lambda x: pd.DataFrame(x).to_numpy(),
        lambda x: memoryview(x).tolist(),
    ],
    ids="fortran rows columns backwards big-endian longdouble object masked unaligned tensor pandas list".split(),
)
def test_figures_are_the_same_however_numbers_lie(laid: Callable[[Any], Any]) -> None:
    assert figures(laid(X), Y) == PLAIN


def test_figures_are_the_same_of_arrays_that_cannot_be_written(tmp_path: Path) -> None:
    fixed = X.copy()
    fixed.flags.writeable = False
    assert figures(fixed, Y) == PLAIN
    np.save(tmp_path / "x.npy", X)
    np.save(tmp_path / "y.npy", Y)
    for mode in ("r", "c"):
        assert figures(np.load(tmp_path / "x.npy", mmap_mode=mode), np.load(tmp_path / "y.npy", mmap_mode="r")) == PLAIN
    assert figures(tmp_path / "x.npy", tmp_path / "y.npy") == PLAIN


@pytest.mark.parametrize("kind", "f4 f2 i1 u1 i2 i4 i8 u8 >i4 >f4".split())
def test_numbers_of_other_types_are_those_numbers(kind: str) -> None:
    numbers = (WHOLE if "f" not in kind else X).astype(kind)
    assert figures(numbers, Y) == figures(numbers.astype(np.float64), Y)


def test_truth_values_are_0_and_1() -> None:
    truths = X > 0
    assert figures(truths, Y) == figures(truths.astype(np.float64), Y)
    runs = figures(X, Y.astype(bool))
    assert [run["train"] for run in runs] == [run["train"] for run in PLAIN]


def test_images_are_their_pixels() -> None:
    images = DRAWN.integers(0, 256, size=(ROWS, 4, 5)).astype(np.uint8)
    assert figures(images, Y) == figures(images.reshape(ROWS, 20), Y)
    colours = np.stack([images] * 3, axis=-1)
    assert figures(colours, Y) == figures(colours.reshape(ROWS, 60), Y)


def test_arrays_are_not_changed() -> None:
    samples, labels = X.copy(), Y.copy()
    headstart.train(samples, labels, steps=3, preprocess="standardize")
    assert (samples == X).all() and (labels == Y).all()


def test_labels_are_numbers_or_text() -> None:
    names = np.array(["no", "yes"])[Y]
    plain = [run["test"] for run in figures(X, names)]
    assert plain == [run["test"] for run in PLAIN]
    for kind in (names.tolist(), names.astype(object), names.astype("S"), pd.Series(names), pl.Series(names)):
        assert [run["test"] for run in figures(X, kind)] == plain
    assert [run["test"] for run in figures(X, pd.Categorical(names))] == plain
    assert [run["test"] for run in figures(X, pa.array(names.tolist()))] == plain
    assert figures(X, np.stack([X[:, 0], X[:, 1] ** 2], axis=1))[0]["train"]["accuracy"] is None


@pytest.mark.parametrize("number", [Fraction, lambda x: Decimal(repr(float(x))), np.float64, float])
def test_objects_that_are_numbers_are_those_numbers(number: Callable[[Any], Any]) -> None:
    cells = np.empty(X.shape, dtype=object)
    for at in np.ndindex(*X.shape):
        cells[at] = number(X[at])
    assert figures(cells, Y) == PLAIN


def test_masked_cells_are_missing_ones() -> None:
    masked = np.ma.masked_array(X, X > 1.5)
    assert figures(masked, Y) == figures(np.where(X > 1.5, np.nan, X), Y)
    of_text = np.ma.masked_array(np.array(["no", "yes"])[Y], np.arange(ROWS) < 2)
    assert figures(X, of_text) == figures(X, [None, None, *np.array(["no", "yes"])[Y[2:]]])


def test_missing_numbers_are_filled_dropped_or_refused() -> None:
    holes = X.copy()
    holes[3, 1] = np.nan
    assert "1 missing value" in str(headstart.data(holes, Y))
    assert figures(holes, Y) == figures(holes, Y, missing="fill")
    kept = np.arange(ROWS) != 3
    assert figures(holes, Y, missing="drop") == figures(X[kept], Y[kept])
    with pytest.raises(DataError, match=r"row 4, column 1 .*NaN.*missing=\"drop\""):
        figures(holes, Y, missing="error")
    unlabelled = np.where(kept, Y, np.nan)
    assert "1 of 40 rows have no label" in str(headstart.data(X, unlabelled))


def test_large_whole_numbers_are_told_where_they_are_rounded() -> None:
    large = np.stack([np.arange(ROWS) + 2**53, np.arange(ROWS) % 3], axis=1)
    assert len(headstart.data(large, Y).notes) > len(headstart.data(large % 2**53, Y).notes)


def test_tensors_of_torch() -> None:
    torch = pytest.importorskip("torch")
    assert figures(torch.tensor(X, requires_grad=True), torch.tensor(Y)) == PLAIN
    assert figures(torch.tensor(X).bfloat16(), torch.tensor(Y)) == figures(
        torch.tensor(X).bfloat16().float(), torch.tensor(Y)
    )


# Tables.

TABLE = {
    "age": X[:, 0],
    "visits": WHOLE[:, 0],
    "city": np.array(["Paris", "Rome", "Oslo"])[WHOLE[:, 1] % 3],
    "member": X[:, 2] > 0,
    "since": pd.date_range("2021-03-01 06:00", periods=ROWS, freq="36h").to_numpy(),
    "y": np.array(["no", "yes"])[Y],
}


def frame() -> pd.DataFrame:
    table = pd.DataFrame(TABLE)
    table.loc[::7, "age"] = np.nan
    table.loc[::5, "city"] = None
    return table


def by_name(table: pd.DataFrame, folder: Path) -> Any:
    """The figures of the same table as files."""
    table.to_csv(folder / "table.csv", index=False, date_format="%Y-%m-%dT%H:%M:%S")
    table.to_parquet(folder / "table.parquet", index=False)
    of_csv = figures(folder / "table.csv", label="y")
    assert of_csv == figures(folder / "table.parquet", label="y")
    return of_csv


@pytest.mark.parametrize(
    "kept",
    [
        lambda table: table,
        lambda table: table.astype({"city": "category"}),
        lambda table: table.astype({"city": "string", "y": "string"}),
        lambda table: table.astype({"city": object, "y": object}),
        lambda table: table.astype({"visits": "Int64", "member": "boolean"}),
        lambda table: table.astype({"age": "Float64", "visits": "int8"}),
        lambda table: table.astype({"visits": "int64[pyarrow]", "city": "string[pyarrow]", "age": "double[pyarrow]"}),
        lambda table: table.astype({"since": "datetime64[s]"}),
        lambda table: table.astype({"since": "timestamp[us][pyarrow]"}),
        lambda table: table.set_index(pd.Index(range(7, 7 + ROWS), name="number")),
        lambda table: table.set_index(table["y"] + table.index.astype(str)),
        lambda table: pl.from_pandas(table),
        lambda table: pl.from_pandas(table).with_columns(pl.col("city").cast(pl.Categorical)),
        lambda table: pa.Table.from_pandas(table),
        lambda table: pa.Table.from_pandas(table).to_batches()[0],
        lambda table: pa.Table.from_pandas(table).to_reader(),
        lambda table: pa.concat_tables([pa.Table.from_pandas(table)[:9], pa.Table.from_pandas(table)[9:]]),
        lambda table: dict(table),
        lambda table: {name: list(table[name]) for name in table},
        lambda table: {name: table[name].to_numpy() for name in table},
    ],
    ids=(
        "pandas category string object nullable nullable-numbers arrow seconds arrow-times numbered labelled polars "
        "polars-category table batch reader chunks dict dict-of-lists dict-of-arrays"
    ).split(),
)
def test_a_table_is_the_same_table_as_in_a_file(kept: Callable[[Any], Any], tmp_path: Path) -> None:
    assert figures(kept(frame()), label="y") == by_name(frame(), tmp_path)


def test_nullable_columns_have_missing_cells(tmp_path: Path) -> None:
    table = frame().astype({"visits": "Int64", "member": "boolean", "city": "string"})
    table.loc[3:6, ["visits", "member", "city"]] = pd.NA
    as_files = by_name(table, tmp_path)
    assert figures(table, label="y") == figures(pl.from_pandas(table), label="y") == as_files
    assert figures({name: table[name] for name in table}, label="y") == as_files


def test_times_with_a_zone_are_points_in_time(tmp_path: Path) -> None:
    table = frame()
    table["since"] = table["since"].dt.tz_localize("UTC").dt.tz_convert("Asia/Tokyo")
    table.to_parquet(tmp_path / "table.parquet", index=False)
    of_file = figures(tmp_path / "table.parquet", label="y")
    assert figures(table, label="y") == figures(pl.from_pandas(table), label="y") == of_file
    assert headstart.data(table, label="y").columns[-1].becomes == "time"


def test_names_may_be_of_several_levels_or_the_same() -> None:
    levels = pd.DataFrame(X, columns=pd.MultiIndex.from_tuples([("a", "x"), ("a", "z"), ("b", "x")]))
    assert [column.column for column in headstart.data(levels, Y).columns] == ["a_x", "a_z", "b_x"]
    twice = pd.DataFrame(X, columns=["a", "a", "b"])
    assert [column.column for column in headstart.data(twice, Y).columns] == ["a", "a", "b"]
    assert figures(twice, Y) == figures(levels, Y) == figures(pd.DataFrame(X), Y) == figures(pl.DataFrame(X), Y)


def test_a_structured_array_is_a_table() -> None:
    records = np.rec.fromarrays([X[:, 0], WHOLE[:, 0], Y], names="a,b,y")
    plain = figures({"a": X[:, 0], "b": WHOLE[:, 0], "y": Y}, label="y")
    assert figures(records, label="y") == figures(np.asarray(records), label="y") == plain
    masked = np.ma.array(np.asarray(records), mask=False)
    masked["a"][3] = np.ma.masked
    holes = np.where(np.arange(ROWS) == 3, np.nan, X[:, 0])
    assert figures(masked, label="y") == figures({"a": holes, "b": WHOLE[:, 0], "y": Y}, label="y")


def test_an_array_of_text_is_a_table_without_names() -> None:
    cells = np.stack([TABLE["city"], np.array(["a", "b"])[WHOLE[:, 2] % 2]], axis=1)
    assert figures(cells, Y) == figures(cells.astype(object), Y) == figures(cells.tolist(), Y)
    assert figures(cells, Y) == figures(cells.astype("S"), Y)
    assert headstart.data(cells, Y).columns[0].kind == "text"


def test_columns_of_which_nothing_can_be_made_are_left_out() -> None:
    lists = {"pandas": pd.DataFrame, "polars": pl.DataFrame}
    for made in lists.values():
        overview = headstart.data(made({"a": X[:, 0], "b": [[1, 2]] * ROWS}), Y)
        assert [column.because for column in overview.columns] == [None, "unread"]
    overview = headstart.data(pd.DataFrame({"a": X[:, 0], "b": X[:, 1] + 1j}), Y)
    assert overview.columns[1].because == "unread" and "b (complex numbers)" in str(overview)
    empty = headstart.data(pl.DataFrame({"a": X[:, 0], "b": [None] * ROWS}), Y)
    assert empty.columns[1].because == "empty"
    wide = pl.DataFrame({"a": X[:, 0], "b": WHOLE[:, 0]})
    assert figures(wide.with_columns(pl.col("b").cast(pl.Int128)), Y) == figures(wide, Y)


# What is no data.


class Raises:
    """Somebody's class that fails where it is asked."""

    columns = ("a",)

    def __init__(self, capsule: Callable[[], Any]) -> None:
        self.capsule = capsule

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self.capsule()


class NoArray:
    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise ZeroDivisionError("there is nothing here")


class OnMeta:
    def detach(self) -> Any:
        raise NotImplementedError("Cannot copy out of meta tensor; no data!")


def used() -> Raises:
    """A frame whose stream was read before."""
    capsule = pa.table({"a": X[:, 0]}).__arrow_c_stream__()
    headstart.data(Raises(lambda: capsule), Y)
    return Raises(lambda: capsule)


def closed() -> Any:
    reader = pa.table({"a": X[:0, 0]}).to_reader()
    reader.close()
    return reader


def within(number: float) -> np.ndarray:
    numbers = X.copy()
    numbers[2, 1] = number
    return numbers


def ring() -> list[Any]:
    a_list: list[Any] = []
    a_list.append(a_list)
    return a_list


REFUSED: dict[str, tuple[Callable[[], Any], type[HeadstartError], str]] = {
    "nothing": (lambda: {}, UsageError, "no data: name a file by data, or one of circles"),
    "none": (lambda: {"data": None, "labels": Y}, UsageError, "no data: name a file by data"),
    "a number": (lambda: {"data": (3.0, Y)}, UsageError, "data is 3.0; an array, a frame"),
    "an array of no axes": (lambda: {"data": (np.array(3.0), Y)}, UsageError, "data is 3.0; an array"),
    "a function": (lambda: {"data": (len, Y)}, UsageError, "data is a builtin_function_or_method; an array"),
    "a module": (lambda: {"data": (np, Y)}, UsageError, "data is a module; an array"),
    "a class": (lambda: {"data": (int, Y)}, UsageError, "data is a type; an array"),
    "an object": (lambda: {"data": (object(), Y)}, UsageError, "data is an object; an array"),
    "a tuple of three": (lambda: {"data": (X, Y, Y)}, UsageError, r"data is a tuple of 3; \(samples, labels\)"),
    "a tuple of one": (lambda: {"data": (X,)}, UsageError, "data is a tuple of 1"),
    "labels twice": (lambda: {"data": (X, Y), "labels": Y}, UsageError, "give them once"),
    "a list of two": (lambda: {"data": [X, Y]}, DataError, r"labels are a tuple: \(X, y\)"),
    "no labels": (lambda: {"data": X}, UsageError, "one array and no labels"),
    "a generator": (lambda: {"data": (row for row in X)}, UsageError, "generator, which can be read only once"),
    "labels to be read once": (lambda: {"data": (X, iter(Y))}, UsageError, "labels is a .*only once"),
    "a set": (lambda: {"data": ({1, 2}, Y)}, UsageError, "data is a set, which has no order"),
    "a set of labels": (lambda: {"data": (X, {0, 1})}, UsageError, "labels is a set"),
    "bytes": (lambda: {"data": b"1,2,3"}, UsageError, "data is bytes; save them as a file"),
    "no rows": (lambda: {"data": (X[:0], Y[:0])}, DataError, r"there is nothing in it: its shape is \[0\]"),
    "no columns": (lambda: {"data": (X[:, :0], Y)}, DataError, r"there is nothing in it: its shape is \[40, 0\]"),
    "an empty list": (lambda: {"data": ([], [])}, DataError, "there is nothing in it"),
    "too few labels": (lambda: {"data": (X, Y[:-1])}, DataError, "40 samples, but labels has 39 labels"),
    "an infinite feature": (lambda: {"data": (within(np.inf), Y)}, DataError, "row 3, column 1 .*inf is not a finite"),
    "beyond float64": (
        lambda: {"data": (within(1.0).astype(np.longdouble) * np.longdouble("1e400"), Y)},
        DataError,
        "inf is not a finite number",
    ),
    "an infinite label": (
        lambda: {"data": (X, within(np.inf)[:, 1])},
        DataError,
        "labels, row 3: the label is not a finite number",
    ),
    "no label at all": (lambda: {"data": (X, [None] * ROWS)}, DataError, "no row has a label"),
    "labels that are NaN": (lambda: {"data": (X, np.full(ROWS, np.nan))}, DataError, "no row has a label"),
    "one class": (lambda: {"data": (X, np.zeros(ROWS))}, DataError, 'all 40 labels are "0"'),
    "complex numbers": (lambda: {"data": (X + 1j, Y)}, DataError, "data: these are complex numbers"),
    "complex labels": (lambda: {"data": (X, Y + 1j)}, DataError, "labels: these are complex numbers"),
    "times": (lambda: {"data": (X.astype("M8[s]"), Y)}, DataError, "data: these are points in time"),
    "times as labels": (lambda: {"data": (X, Y.astype("M8[D]"))}, DataError, "labels: these are points in time"),
    "raw bytes": (lambda: {"data": (np.zeros(4, "V8"), Y[:4])}, DataError, "data: these are raw bytes"),
    "rows of several lengths": (
        lambda: {"data": ([[1, 2], [3]], [0, 1])},
        DataError,
        "row 2 has a length of 1, and the first one 2",
    ),
    "lists in lists": (lambda: {"data": ([[[1, [2]]], [[2, [3]]]], [0, 1])}, DataError, "NumPy makes no array"),
    "a list in itself": (lambda: {"data": (ring(), [0])}, DataError, "NumPy makes no array of this list"),
    "a number of 400 digits": (lambda: {"data": ([[10**400], [1]], [0, 1])}, DataError, "int too large .*no float64"),
    "dicts": (lambda: {"data": ([{"a": 1}, {"a": 2}], [0, 1])}, DataError, "cells like the dict in row 1"),
    "objects": (lambda: {"data": ([object(), object()], [0, 1])}, DataError, "cells like the object in row 1"),
    "text features": (lambda: {"data": (["a", "b"], [0, 1])}, DataError, "it holds text, but features have to be"),
    "images of text": (lambda: {"data": (np.full((4, 2, 2), "a"), Y[:4])}, DataError, "have to be numbers"),
    "half a character": (lambda: {"data": (X, ["\ud800", "b"] * 20)}, DataError, "is no text: half a character"),
    "half a character in a name": (
        lambda: {"data": {"\ud800": X[:, 0], "y": Y}, "label": "y"},
        DataError,
        "is no text: half a character",
    ),
    "a sparse matrix": (
        lambda: {"data": (SimpleNamespace(toarray=lambda: X), Y)},
        UsageError,
        r"sparse matrix; data.toarray\(\)",
    ),
    "an empty frame": (lambda: {"data": pd.DataFrame(), "label": "y"}, DataError, "the table has no columns"),
    "an empty frame of polars": (lambda: {"data": pl.DataFrame(), "label": "y"}, DataError, "has no columns"),
    "an empty dict": (lambda: {"data": {}}, DataError, "the table has no columns"),
    "a frame without rows": (
        lambda: {"data": pd.DataFrame({"a": [], "y": []}), "label": "y"},
        DataError,
        "there are no samples",
    ),
    "a frame of polars without rows": (
        lambda: {"data": pl.DataFrame({"a": [], "y": []}), "label": "y"},
        DataError,
        "no rows",
    ),
    "a frame that is closed": (lambda: {"data": closed(), "label": "a"}, DataError, "data: |no rows"),
    "a frame that was read before": (lambda: {"data": (used(), Y)}, DataError, "stream is already released"),
    "a frame that fails": (lambda: {"data": (Raises(lambda: 1 / 0), Y)}, DataError, "division by zero"),
    "a frame that gives a number": (lambda: {"data": (Raises(lambda: 1), Y)}, DataError, "PyCapsule"),
    "a frame that gives something else": (
        lambda: {"data": (Raises(pa.schema([]).__arrow_c_schema__), Y)},
        DataError,
        "incorrect name",
    ),
    "a frame that is lazy": (lambda: {"data": pl.LazyFrame({"a": [1]})}, UsageError, r"give data.collect\(\)"),
    "a label that is no column": (
        lambda: {"data": {"a": X[:, 0], "y": Y}, "label": "yy"},
        UsageError,
        'data has no column "yy", did you mean "y"',
    ),
    "columns of several lengths": (
        lambda: {"data": {"a": [1, 2], "y": [1]}, "label": "y"},
        DataError,
        'column "y" has 1 cells, and the first one has 2',
    ),
    "a column of two axes": (lambda: {"data": {"a": X, "y": Y}, "label": "y"}, DataError, r"data\['a'\]: a column has"),
    "a column that is a word": (lambda: {"data": {"a": "abc"}}, UsageError, r"data\['a'\] is 'abc'"),
    "an array that fails": (lambda: {"data": (NoArray(), Y)}, DataError, "this NoArray gives .*nothing here"),
    "a tensor that fails": (lambda: {"data": (OnMeta(), Y)}, DataError, "this OnMeta gives .*meta tensor"),
    "no such file": (lambda: {"data": "nowhere.csv"}, UsageError, 'there is no file "nowhere.csv"'),
    "a name that is no text": (lambda: {"data": "\ud800"}, UsageError, "is no text"),
    "a test set of a built-in one": (lambda: {"data": "circles", "test_data": (X, Y)}, UsageError, "is built in"),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.filterwarnings("error")
def test_what_is_no_data_gets_a_sentence(name: str) -> None:
    made, error, words = REFUSED[name]
    with pytest.raises(HeadstartError, match=words) as caught:
        headstart.train(**made(), steps=3)
    assert type(caught.value) is error


def test_a_folder_and_a_broken_file_are_told(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="folder|directory"):
        headstart.train(tmp_path)
    (tmp_path / "broken.npy").write_bytes(b"\x93NUMPY\x01\0")
    with pytest.raises(DataError, match="broken.npy"):
        headstart.train(tmp_path / "broken.npy", label=-1)


# Keywords.


@pytest.mark.parametrize(
    ("keywords", "words"),
    [
        ({"init": {"he"}}, "init: a set is no value of it"),
        ({"init": b"he"}, "init: a bytes is no value of it"),
        ({"init": []}, "init is an empty list"),
        ({"init": "h\ud800"}, "init: .* is no text"),
        ({"lr": {"a": 1}}, "lr: a dict is no value of it"),
        ({"lr": 1j}, "lr: a complex is no value of it"),
        ({"lr": float("nan")}, "a finite number is needed"),
        ({"lr": True}, "lr: True is no value of it"),
        ({"steps": object()}, "steps: an object is no value of it"),
        ({"nesterov": 1}, "nesterov is True or False, not 1"),
        ({"lr_factors": np.ones((2, 2))}, "lr_factors: a list is no value of it"),
        ({"lrr": 1}, "there is no keyword lrr"),
        ({"lrr": None}, r"there is no keyword lrr; did you mean lr\?"),
        ({"nestrov": False}, r"there is no keyword nestrov; did you mean nesterov\?"),
    ],
)
def test_keywords_that_make_no_sense_get_a_sentence(keywords: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        headstart.train("circles", **{"steps": 3} | keywords)


def test_keywords_are_words_numbers_and_lists() -> None:
    plain = figures("circles", layers="2,4,3,1", activation="relu/tanh", init="he", lr="0.1")
    as_objects = {"layers": [2, 4, 3, 1], "activation": ["relu", "tanh"], "init": ["he"], "lr": 0.1}
    assert figures("circles", **as_objects) == plain
    of_numpy = {"layers": np.array([2, 4, 3, 1]), "lr": np.float64(0.1), "steps": np.int64(20)}
    assert figures("circles", **as_objects | of_numpy) == plain
    assert figures("circles", **as_objects | {"layers": (2, 4, 3, None)}) == plain
    budget = datetime.timedelta(seconds=0.5)
    assert headstart.advise("circles", steps=20, budget=budget).verdict
