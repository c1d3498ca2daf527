"""Tensors in memory as a file of safetensors, which is read like any other.

The format is a length of eight bytes, a header in JSON, and the numbers one tensor after the other; a few lines write it, tensor by
tensor, so that there is no second model in memory. Its page: https://huggingface.co/docs/safetensors.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ._words import called
from .errors import DataError, UsageError

TYPES = {
    "float64": "F64",
    "float32": "F32",
    "float16": "F16",
    "bfloat16": "BF16",
    "float8_e4m3fn": "F8_E4M3",
    "float8_e5m2": "F8_E5M2",
    "int64": "I64",
    "int32": "I32",
    "int16": "I16",
    "int8": "I8",
    "uint64": "U64",
    "uint32": "U32",
    "uint16": "U16",
    "uint8": "U8",
    "bool": "BOOL",
}
"""The format's names of types, by those of NumPy and PyTorch."""


@contextmanager
def as_file(name: str, tensors: Mapping[Any, Any]) -> Iterator[str]:
    """A file of these tensors, which messages call by the keyword's name, for as long as it is looked at."""
    flat = dict(_flat(name, tensors, ""))
    if not flat:
        raise DataError(f"{name}: there are no tensors in it")
    with tempfile.TemporaryDirectory(prefix="headstart-") as folder:
        path = os.path.join(folder, f"{name}.safetensors")
        with open(path, "wb") as file:
            header, at = {}, 0
            for key, tensor in flat.items():
                kind, shape, size = _about(name, key, tensor)
                header[key] = {"dtype": kind, "shape": shape, "data_offsets": [at, at + size]}
                at += size
            text = json.dumps(header).encode()
            text += b" " * (-len(text) % 8)
            file.write(len(text).to_bytes(8, "little") + text)
            for key in list(flat):
                # One that only this dictionary has is free again.
                file.write(_bytes(flat.pop(key)))
        yield path


def _flat(name: str, tensors: Mapping[Any, Any], before: str) -> Iterator[tuple[str, Any]]:
    """Tensors by their names; of dictionaries within, by the names on the way to them."""
    for key, value in tensors.items():
        if isinstance(value, Mapping):
            yield from _flat(name, value, f"{before}{key}/")
        elif value is not None:
            yield f"{before}{key}", _tensor(f"{name}[{before + str(key)!r}]", value)


def _tensor(words: str, value: Any) -> Any:
    """An array or a tensor of PyTorch; whatever else gives an array is asked for it."""
    if hasattr(value, "detach") and hasattr(value, "element_size"):
        return value.detach()
    import numpy as np

    try:
        array = np.asarray(value)
    except Exception as error:
        raise DataError(f"{words}: this {type(value).__name__} gives no array: {error}") from error
    if array.dtype.kind in "OUSMmV" and array.dtype.name not in TYPES:
        raise UsageError(f"{words} is {called(value)}; give the tensors of a model alone, as model.state_dict() does")
    return array


def _about(name: str, key: str, tensor: Any) -> tuple[str, list[int], int]:
    """The type, the shape and the bytes of a tensor."""
    kind = str(tensor.dtype).removeprefix("torch.") if hasattr(tensor, "detach") else tensor.dtype.name
    if kind not in TYPES:
        raise UsageError(f"{name}[{key!r}] is of the type {kind}, which files of weights have not; leave it out")
    shape = [int(length) for length in tensor.shape]
    size = tensor.element_size() * tensor.numel() if hasattr(tensor, "detach") else tensor.nbytes
    return TYPES[kind], shape, size


def _bytes(tensor: Any) -> memoryview:
    """The numbers of a tensor, the last axis running fastest and the smallest byte first."""
    import numpy as np

    if hasattr(tensor, "detach"):
        import torch

        # NumPy has not all types of PyTorch, but bytes it has.
        array = tensor.cpu().reshape(-1).contiguous().view(torch.uint8).numpy()
    else:
        little = tensor.dtype.newbyteorder("<") if tensor.dtype.byteorder == ">" else tensor.dtype
        array = np.ascontiguousarray(tensor, dtype=little).reshape(-1).view(np.uint8)
    return memoryview(array)
