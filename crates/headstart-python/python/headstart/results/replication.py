"""Published experiments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .._fields import Fields, Sentence
from ._rows import flat
from .base import Result
from .device import Device
from .map import HeatMap
from .probe import Profile
from .run import Run


class Published(Fields):
    """One published figure beside ours."""

    what: str
    """Which figure of which training."""
    published: str
    """As published; a dash where nothing was."""
    measured: str
    """As measured here, in the digits of the published one."""
    agrees: bool | None
    """Whether they agree to the digits published; None where there is nothing to agree with."""


class Page(Fields):
    """What an experiment says as a page in Markdown."""

    head: str
    """What comes before its picture."""
    caption: str
    """What the picture shows."""
    rest: str
    """What comes behind it."""


class Replication(Result):
    """What `replicate` answers: an experiment's published figures beside ours."""

    name: str
    """The experiment's name."""
    title: str
    """What was done."""
    source: str
    """Where the figures were published."""
    agrees: bool
    """Whether all figures agree."""
    device: Device | None
    """What trained, where that is not the processor."""
    rows: tuple[Published, ...]
    """The figures."""
    answer: Sentence | None
    """The answer to the experiment's question, in a sentence; None where the figures are the answer."""
    map: HeatMap | None
    """All runs as colours, where that says more than their losses."""
    page: Page | None
    """All of that as a page, of an experiment that writes one."""
    profiles: tuple[Profile, ...] = ()
    """The starts layer by layer, where the figures are about them."""
    runs: tuple[Run, ...]
    """The trainings behind them."""

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        return map(flat, self.rows)

    def _sentences(self) -> Iterator[str]:
        yield f"{self.name}: {self._verdict()}"
        yield self.title
        if self.answer:
            yield self.answer

    def _verdict(self) -> str:
        if all(row.agrees is None for row in self.rows):
            return "no figures were published to agree with"
        return "all published figures agree" if self.agrees else "not all published figures agree"
