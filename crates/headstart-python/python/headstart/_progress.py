"""What happens while a call works: a bar, or whoever listens."""

from __future__ import annotations

import importlib.util
import json
import sys
import time
from collections.abc import Callable
from typing import Any

from ._optional import MissingPackage
from .errors import UsageError

Event = dict[str, Any]
"""An event as plain data: `event` says which (`stage`, `progress`, `partial`, `warning`, `done`), the rest is its own."""

Progress = bool | Callable[[Event], object] | None
"""True for a bar, False for none, a function for every event, None for a bar where somebody would see it."""

PATIENCE = 1.5
"""Seconds before a bar is shown that nobody asked for."""


class Listener:
    """Hears the events of a call, and keeps what a person should know."""

    def __init__(self, progress: Progress) -> None:
        if not (progress is None or isinstance(progress, bool) or callable(progress)):
            raise UsageError(f"progress is True, False or a function that hears events, not {progress!r}")
        self.notes: list[str] = []
        self._each = progress if callable(progress) else None
        self._progress = progress
        self._begin = time.monotonic()
        self._bar: Any = None

    def __call__(self, text: str) -> None:
        event = json.loads(text)
        if event["event"] == "warning":
            self.notes.append(event["text"].removeprefix("note: "))
        elif event["event"] == "progress" and self._shows():
            self._show(event)
        if self._each is not None:
            self._each(event)

    def _shows(self) -> bool:
        """Whether there is a bar, or shall be one now."""
        if self._bar is not None or self._progress is True:
            return True
        return self._progress is None and time.monotonic() - self._begin >= PATIENCE and _is_seen()

    def _show(self, event: Event) -> None:
        if self._bar is None:
            try:
                from tqdm.auto import tqdm
            except ImportError:
                if self._progress is True:
                    raise MissingPackage('a bar needs tqdm: pip install "headstart[tqdm]"', name="tqdm") from None
                self._progress = False
                return
            form = "{desc}{percentage:3.0f}%|{bar}| {postfix}"
            self._bar = tqdm(total=1.0, leave=False, bar_format=form)
        self._bar.set_description(event["stage"].strip(": ") or "training", refresh=False)
        left = event["left"]
        told = [] if left is None else [f"{left:.0f} s left"]
        if "workers" in event:
            told.append(f"{event['workers']} workers on {event['nodes']} nodes")
        self._bar.set_postfix_str(", ".join(told), refresh=False)
        self._bar.n = event["share"]
        self._bar.refresh()

    def close(self) -> None:
        """Takes the bar away."""
        if self._bar is not None:
            self._bar.close()


def _is_seen() -> bool:
    """Whether there is a terminal or a notebook that shows a bar."""
    stderr = sys.stderr
    if "ipykernel" in sys.modules:
        # Without these a notebook shows a line for each state of the bar.
        return importlib.util.find_spec("ipywidgets") is not None
    return stderr is not None and stderr.isatty()
