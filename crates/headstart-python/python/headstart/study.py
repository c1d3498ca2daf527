"""Stores of studies: looked at, written out, gone on with and joined; `headstart.sweep` and `headstart.map` make them."""

from __future__ import annotations

from typing import Any

from ._ask import ask, asks
from ._calls import _found
from ._progress import Progress
from .results import Map, Stores, Study

__all__ = ["delete", "draw", "export", "list", "merge", "resume", "show"]


@asks("study", "list")
def list(paths: Any = None, **keywords: Any) -> Stores:  # noqa: A001
    """List stores, and how far they are."""
    return _found(ask(("study", "list"), Stores, {"paths": paths, **keywords}))


@asks("study", "show")
def show(file: Any, **keywords: Any) -> Study:
    """Show what a store says: its best cells, and what each value of its axes does."""
    return _found(ask(("study", "show"), Study, {"file": file, **keywords}))


@asks("study", "export")
def export(file: Any, **keywords: Any) -> None:
    """Write a store's runs as CSV or Parquet: a row for each."""
    ask(("study", "export"), Study, {"file": file, **keywords})


@asks("study", "draw")
def draw(file: Any, **keywords: Any) -> Map:
    """Draw a store of two axes as a map, as far as it is."""
    return _found(ask(("study", "draw"), Map, {"file": file, **keywords}))


@asks("study", "resume")
def resume(file: Any, *, executor: Any = None, progress: Progress = None, **keywords: Any) -> Study:
    """Go on with a study that was stopped, whatever stopped it."""
    return _found(ask(("study", "resume"), Study, {"file": file, **keywords}, progress, executor))


@asks("study", "merge")
def merge(parts: Any, **keywords: Any) -> Study:
    """Join the stores of a study's parts into one."""
    return _found(ask(("study", "merge"), Study, {"parts": parts, **keywords}))


@asks("study", "delete")
def delete(files: Any, **keywords: Any) -> None:
    """Delete stores."""
    ask(("study", "delete"), Study, {"files": files, **keywords})
