"""Stores of studies. Written by stubs.py."""

from collections.abc import Sequence

from ._executors import Executor
from ._progress import Progress
from ._types import Budget, Path
from .results import Map, Stores, Study

__all__ = ["delete", "draw", "export", "list", "merge", "resume", "show"]

def delete(files: Path | Sequence[Path]) -> None: ...
def merge(parts: Sequence[Path], *, out: Path | None = None) -> Study: ...
def resume(
    file: Path,
    *,
    budget: Budget | None = None,
    threads: int | None = None,
    executor: Executor = None,
    progress: Progress = None,
) -> Study: ...
def draw(
    file: Path,
    *,
    value: str | None = None,
    png: Path | None = None,
    width: str | None = None,
    height: str | None = None,
    dpi: str | None = None,
    html: Path | None = None,
) -> Map: ...
def export(
    file: Path,
    *,
    csv: Path | None = None,
    parquet: Path | None = None,
    traces_csv: Path | None = None,
    traces_parquet: Path | None = None,
) -> None: ...
def show(file: Path, *, config: bool = False) -> Study: ...
def list(paths: Path | Sequence[Path] | None = None) -> Stores: ...
