"""Makes crates/headstart/src/data/read/samples: small files of formats that the tests of their readers read.

Made once, with pyarrow 26, polars 2.1, scipy 1.17, h5py 3.16, openpyxl 3.1 and pandas 3.1; what these read back of them is in the tests:

    python bench/formats.py
"""

import datetime
import decimal
import io
import pathlib

import h5py
import numpy as np
import openpyxl
import polars as pl
import pyarrow as pa
import scipy.io

SAMPLES = pathlib.Path(__file__).parent.parent / "crates/headstart/src/data/read/samples"


def save(name: str, data: bytes) -> None:
    SAMPLES.mkdir(parents=True, exist_ok=True)
    (SAMPLES / name).write_bytes(data)


def table() -> pa.Table:
    """Every type of column that is read, in three rows, the second of them missing."""
    day = datetime.date(2024, 2, 29)
    time = datetime.datetime(2024, 2, 29, 12, 30, 1, 500000)
    long = "a text of more than twelve bytes"
    columns = {
        "f64": pa.array([1.5, None, -2e300]),
        "f32": pa.array([0.5, None, 2.5], pa.float32()),
        "f16": pa.array([0.5, None, -2.0], pa.float16()),
        "i8": pa.array([-128, None, 127], pa.int8()),
        "u16": pa.array([65535, None, 0], pa.uint16()),
        "i64": pa.array([2**53 + 1, None, -5]),
        "u64": pa.array([2**64 - 1, None, 5], pa.uint64()),
        "yes": pa.array([True, None, False]),
        "text": pa.array(["größe", None, long]),
        "large": pa.array(["x", None, "NA"], pa.large_string()),
        "view": pa.array([long, None, "short"], pa.string_view()),
        "kind": pa.array(["cat", None, "dog"]).dictionary_encode(),
        "level": pa.DictionaryArray.from_arrays(pa.array([1, None, 0], pa.int8()), pa.array([2.5, 7.5])),
        "date": pa.array([day, None, datetime.date(1969, 12, 31)]),
        "date64": pa.array([day, None, day], pa.date64()),
        "us": pa.array([time, None, time], pa.timestamp("us")),
        "ns": pa.array([time, None, time], pa.timestamp("ns", tz="UTC")),
        "s": pa.array([1, None, -1], pa.timestamp("s")),
        "clock": pa.array([datetime.time(0, 1, 0), None, datetime.time(1, 0, 0)], pa.time32("ms")),
        "span": pa.array([1500, None, -500], pa.duration("ms")),
        "price": pa.array([decimal.Decimal("1.25"), None, decimal.Decimal("-3.50")], pa.decimal128(9, 2)),
        "wide": pa.array([decimal.Decimal("1.25"), None, decimal.Decimal("-3.50")], pa.decimal256(40, 2)),
        "none": pa.nulls(3),
    }
    return pa.table(columns)


def arrow() -> None:
    def file(table: pa.Table, compression: str | None = None) -> bytes:
        out = io.BytesIO()
        with pa.ipc.new_file(out, table.schema, options=pa.ipc.IpcWriteOptions(compression=compression)) as writer:
            writer.write_table(table, max_chunksize=max(2, len(table) // 2))
        return out.getvalue()

    for compression in (None, "lz4", "zstd"):
        save(f"{compression or 'plain'}.arrow", file(table(), compression))
    out = io.BytesIO()
    pieces = [pa.array(kinds).dictionary_encode() for kinds in (["cat", "dog"], ["cat", "dog", "owl"])]
    schema = pa.schema({"kind": pieces[0].type})
    with pa.ipc.new_stream(out, schema, options=pa.ipc.IpcWriteOptions(emit_dictionary_deltas=True)) as writer:
        for piece in pieces:
            writer.write_batch(pa.record_batch([piece], schema=schema))
    save("deltas.arrows", out.getvalue())
    # Polars' own: text in views, categories in a dictionary, a time of the day.
    own = {
        "f64": [1.5, None, -2e300],
        "text": ["a text of more than twelve bytes", None, "größe"],
        "kind": pl.Series(["cat", None, "dog"], dtype=pl.Categorical),
        "clock": [datetime.time(10, 30), None, datetime.time(0, 0, 1)],
    }
    out = io.BytesIO()
    pl.DataFrame(own).write_ipc(out, compression="uncompressed")
    save("polars.arrow", out.getvalue())
    nested = {
        "a": [1.5, 2.5, 3.5],
        "lst": pa.array([[1, 2], None, [3]], pa.list_(pa.int64())),
        "v": [3.0, 4.0, 5.0],
        "st": pa.array([{"p": 1, "q": ["x"]}, {"p": 2, "q": []}, None], pa.struct([("p", pa.int32()), ("q", pa.list_(pa.string()))])),
        "bin": pa.array([b"\xff", b"a", None], pa.binary()),
        "fsl": pa.array([[1, 2], [3, 4], [5, 6]], pa.list_(pa.float32(), 2)),
        "vw": pa.array([b"x", b"a long one, over twelve bytes", None], pa.binary_view()),
        "m": pa.array([[("k", 1)], [], None], pa.map_(pa.string(), pa.int8())),
        "un": pa.UnionArray.from_sparse(pa.array([0, 1, 0], pa.int8()), [pa.array([1, 2, 3]), pa.array(["a", "b", "c"])]),
        "y": pa.array(["p", "q", "p"]).dictionary_encode(),
    }
    save("nested.arrow", file(pa.table(nested)))
    save("zeros.arrow", file(pa.table({"a": np.zeros(200_000)}), "zstd"))


def mat() -> None:
    arrays = {
        "X": np.array([[1.5, 2.0], [3.0, -4e300], [5.0, 6.0]]),
        "y": np.array([[1], [0], [1]], np.uint8),
        "small": np.array([[1.0, 2.0, 300.0]]),
        "big": np.array([[2**53 + 1]], np.int64),
        "cube": np.arange(8.0).reshape(2, 2, 2),
        "yes": np.array([[True, False]]),
        "names": np.array(["cat", "größer"]),
        "cells": np.array(["setosa", "", "höher"], object),
        "s": {"a": 1.0},
        "z": np.array([[1 + 2j]]),
    }
    for name, packed in {"plain.mat": False, "packed.mat": True}.items():
        out = io.BytesIO()
        scipy.io.savemat(out, arrays, do_compression=packed)
        save(name, out.getvalue())
    out = io.BytesIO()
    scipy.io.savemat(out, {"X": arrays["X"], "y": arrays["y"], "names": np.array(["cat", "dog"]), "z": arrays["z"]}, format="4")
    save("old.mat", out.getvalue())
    out = io.BytesIO()
    with h5py.File(out, "w", userblock_size=512) as file:
        # MATLAB's axes are in the opposite order.
        file["X"] = arrays["X"].T.copy()
        file["#refs#/a"] = np.zeros(1)
    # What is before byte 128 is text, the version and the byte order.
    text = b"MATLAB 7.3 MAT-file, Platform: GLNXA64, Created on: Thu Jan  1 00:00:00 1970 HDF5 schema 1.00 ."
    save("new.mat", text.ljust(116) + bytes(8) + b"\0\2IM" + out.getvalue()[128:])


def xlsx() -> None:
    book = openpyxl.Workbook()
    book.active.title = "about"
    sheet = book.create_sheet("cats")
    day = datetime.datetime(2024, 2, 29, 12, 0)
    for row in (
        ["age", "kind", "yes", "day", "mixed"],
        [1.5, "cat", True, day, 1],
        [None, "größer & <b>", False, datetime.date(1900, 1, 1), "x"],
        [3, None, None, None, 2.5],
    ):
        sheet.append(row)
    book.create_sheet("more")["B2"] = 7
    out = io.BytesIO()
    book.save(out)
    save("cats.xlsx", out.getvalue())


if __name__ == "__main__":
    arrow()
    mat()
    xlsx()
