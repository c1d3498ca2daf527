"""What computes in the place of the processor."""

from __future__ import annotations

from .._fields import Fields


class Device(Fields):
    """What trained in the place of the processor: its figures are not the processor's bits, and are the same wherever all of
    this is."""

    name: str
    """What it calls itself."""
    driver: str
    """What drives it, with its version."""
    precision: str
    """The numbers that it computes with: `float32`."""

    def __str__(self) -> str:
        return f"{self.name} ({self.driver}, {self.precision})"
