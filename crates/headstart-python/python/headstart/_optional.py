"""Packages that are needed for tables and pictures alone: imported when they are asked for, and not before."""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["MissingPackage", "needed"]


class MissingPackage(ImportError):
    """A package that this needs is not installed; the message says how to install it."""


def needed(package: str, what_for: str, module: str | None = None) -> Any:
    """The package, or a module of it; a `MissingPackage` says how to get it where it is not installed."""
    try:
        return importlib.import_module(module or package)
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] != package:
            raise  # The package is there, and something that it needs itself is not.
        sentence = f'{what_for} needs {package}: pip install "headstart[{package}]"'
        raise MissingPackage(sentence, name=package) from None
