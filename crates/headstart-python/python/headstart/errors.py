"""What can go wrong, and whose fault it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .results import Result

__all__ = [
    "BugError",
    "ClusterError",
    "DataError",
    "DeviceError",
    "FileError",
    "HeadstartError",
    "Interrupted",
    "UsageError",
]


class HeadstartError(Exception):
    """Anything that Headstart refuses or cannot do; its text is a sentence that says what, where, and what to do."""


class UsageError(HeadstartError, ValueError):
    """What was asked for makes no sense: unknown names, numbers out of range, things that do not go together."""


class DataError(HeadstartError, ValueError):
    """The data is not what it has to be: wrong shapes, missing values, text in the place of numbers."""


class FileError(HeadstartError, OSError):
    """A file cannot be read or written, or a store not be used."""


class ClusterError(HeadstartError, RuntimeError):
    """Machines that were to work cannot be reached, differ from this one, or could not do what they were given."""


class DeviceError(HeadstartError, RuntimeError):
    """A GPU cannot be used, or failed."""


class BugError(HeadstartError, RuntimeError):
    """A mistake in Headstart, not in what was asked for."""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C, or a notebook's stop button, ended a call."""

    result: Result | None
    """What there was until then; None if that was nothing."""

    def __init__(self, result: Result | None = None) -> None:
        super().__init__("interrupted" if result is None else "interrupted; .result has what there was until then")
        self.result = result
