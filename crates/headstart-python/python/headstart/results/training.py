"""What `train` answers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cached_property

from ..model import Model
from ._rows import count, number
from .base import Result
from .run import Run
from .task import Task


class Training(Result):
    """What `train` answers: every run."""

    task: Task
    """What was asked for, everything inferred filled in."""
    runs: tuple[Run, ...]
    """The runs, seed by seed of each initialization."""

    @cached_property
    def model(self) -> Model | None:
        """What a single training ended with: it says something of new samples. None where there were several."""
        native = self._answer.model()
        return None if native is None else Model(native)

    def _sentences(self) -> Iterator[str]:
        told = f"{count(len(self.runs), 'run')} on {self.task.data.name}"
        best = max(self.runs, key=_merit, default=None)
        if best is not None:
            several = f", best {best.init}, seed {best.seed}" if len(self.runs) > 1 else f" from {best.init}"
            told += f"{several}: {_ended(best)}"
        yield told


def _merit(run: Run) -> tuple[float, float]:
    """The better a run is, the more."""
    loss = run.judged.loss
    return run.judged.accuracy or 0.0, -loss if math.isfinite(loss) else -math.inf


def _ended(run: Run) -> str:
    if run.status == "diverged":
        return f"diverged at step {run.step}"
    on, figures = ("test", run.test) if run.test else ("training", run.train)
    if figures.accuracy is not None:
        return f"{on} accuracy {number(figures.accuracy)}"
    return f"{on} loss {number(figures.loss)}"
