"""How far work on a model is, for whoever sits before a terminal."""

from __future__ import annotations

import sys
import time

__all__ = ["Progress"]

PATIENCE, OFTEN = 2.0, 0.2
"""Seconds after which something is said, and how far apart it is said."""


class Progress:
    """Says what is being done on one line of stderr that is taken back at the end; nothing where nobody looks, or it takes no
    time."""

    def __init__(self, what: str) -> None:
        self.what, self.began, self.told, self.length = what, time.perf_counter(), 0.0, 0

    def say(self, doing: str) -> None:
        """That this is being done now."""
        now = time.perf_counter()
        if now - self.began < PATIENCE or now - self.told < OFTEN or not sys.stderr.isatty():
            return
        line = f"{self.what}: {doing}"[:79]
        print(f"\r{line.ljust(self.length)}", end="", file=sys.stderr, flush=True)
        self.told, self.length = now, len(line)

    def end(self) -> None:
        """Takes the line back."""
        if self.length:
            print(f"\r{' ' * self.length}\r", end="", file=sys.stderr, flush=True)
            self.length = 0
