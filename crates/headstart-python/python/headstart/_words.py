"""Keywords as words of a command line, so that flags and keywords are one and the same."""

from __future__ import annotations

import datetime
import os
from collections.abc import Mapping, Sequence
from typing import Any

from ._definition import Flag
from .errors import UsageError

JOINED = {"activation": "/", "bias": "/"}
"""What stands between the parts of a list; a comma where nothing else is said."""


def words(name: str, flag: Flag | None, value: Any) -> list[str]:
    """What a keyword is on a command line. One that there is not goes on as it is: the command line knows others' names
    for its flags."""
    if flag is not None and flag.is_plain and (type(value) is float or type(value) is str and value.isascii()):
        # What most keywords are, without a look at all that they could be.
        return [f"--{flag.flag}={value}"]
    if hasattr(value, "tolist"):
        value = value.tolist()
    long = f"--{(flag.flag or '') if flag else name.replace('_', '-')}"
    if flag is not None and flag.type == "bool":
        if not isinstance(value, bool):
            raise UsageError(f"{name} is True or False, not {value!r}")
        return [long] if value else []
    if flag is None and value is True:
        return [long]
    if flag is not None and flag.flag is None:
        several = isinstance(value, Sequence) and not isinstance(value, str)
        return [_one(name, part) for part in (value if several else [value])]
    if flag is not None and (flag.type == "axis" or flag.action == "again"):
        return [f"{long}={axis}" for axis in _axes(name, value)]
    return [f"{long}={_joined(name, value)}"]


def _joined(name: str, value: Any) -> str:
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        if not value:
            raise UsageError(f"{name} is an empty list; leave it out, or give what it shall be")
        return JOINED.get(name, ",").join("_" if part is None else _one(name, part) for part in value)
    return _one(name, value)


def _axes(name: str, value: Any) -> list[str]:
    """Axes as {"gain": "0.1..10:log:20", "depth": [1, 2, 5]}, or in the grammar of the command line."""
    if isinstance(value, Mapping):
        return [f"{_one(name, axis).replace('_', '-')}={_joined(name, values)}" for axis, values in value.items()]
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [axis for part in value for axis in _axes(name, part)]
    return [_one(name, value)]


def _one(name: str, value: Any) -> str:
    if hasattr(value, "item") and not isinstance(value, str):
        value = value.item()
    if isinstance(value, str):
        try:
            os.fsencode(value)
        except UnicodeEncodeError:
            raise UsageError(f"{name}: {value!r} is no text: half a character stands in it") from None
        return value
    if isinstance(value, bool) or value is None:
        raise UsageError(f"{name}: {value!r} is no value of it")
    if isinstance(value, int | float):
        try:
            return repr(value)
        except ValueError:
            raise UsageError(f"{name}: a number of so many digits is no value of it") from None
    if isinstance(value, os.PathLike):
        return os.fsdecode(value)
    if isinstance(value, datetime.timedelta):
        return f"{value.total_seconds()!r}s"
    raise UsageError(f"{name}: {called(value)} is no value of it; give text, a number, or a list of them")


def called(value: object) -> str:
    """A value by its type: a dict, an object."""
    kind = type(value).__name__
    return f"{'an' if kind[0].lower() in 'aeio' else 'a'} {kind}"
