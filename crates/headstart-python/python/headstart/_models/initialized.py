"""What was done to the parameters of a model."""

from __future__ import annotations

from collections.abc import Sequence

from .._fields import Fields

__all__ = ["Initialized", "Parameter"]


class Parameter(Fields):
    """What was done to one parameter."""

    name: str
    """Its name in the model."""
    shape: tuple[int, ...]
    """Its shape."""
    role: str
    """What it is: `dense`, `conv`, `embedding`, `attention`, `recurrent`, `bias`, `normalization` or `other`."""
    done: str
    """`drawn`, `zeroed`, `scaled`, or `left` as it was."""
    why: str | None = None
    """Why it was left, or what else was done."""
    scheme: str | None = None
    """The scheme that it was drawn by, in the grammar of `--init`."""
    fan_in: int | None = None
    """Inputs of a unit: of a convolution those of its group times the kernel's area."""
    fan_out: int | None = None
    """Units that an input goes to, counted alike."""
    parts: int = 1
    """How many projections or gates share the tensor, each drawn by its own fans."""
    before: str | None = None
    """The activation that makes its inputs, as far as it was found."""
    factor: float = 1.0
    """What it was multiplied by, as the end of a residual branch."""
    scale: float | None = None
    """The root mean square of its numbers."""


class Initialized(Fields):
    """What was done to a model, parameter by parameter. `print` shows it as a table."""

    scheme: str
    """The scheme, as it was asked for."""
    seed: int
    """The seed."""
    residual: str | None
    """What was done to the ends of residual branches."""
    branches: int | None
    """How many residual branches the model has; None where that was not looked for or could not be found."""
    parameters: tuple[Parameter, ...]
    """Every parameter, in the model's order."""

    @property
    def drawn(self) -> tuple[Parameter, ...]:
        """Those that were drawn."""
        return tuple(one for one in self.parameters if one.done != "left")

    @property
    def left(self) -> tuple[Parameter, ...]:
        """Those that were left as they were, each with the reason."""
        return tuple(one for one in self.parameters if one.done == "left")

    def __str__(self) -> str:
        rows = [("parameter", "shape", "fans", "done", "scale")]
        for one in self.parameters:
            fans = f"{one.fan_in} -> {one.fan_out}" if one.fan_in is not None else ""
            if one.parts > 1:
                fans = f"{one.parts} of {fans}"
            rows.append((one.name, " x ".join(map(str, one.shape)), fans, _done(one), _scale(one)))
        count = len(self.drawn)
        head = f"{count} of {len(self.parameters)} parameters start anew, by {self.scheme} from seed {self.seed}"
        if self.residual is not None:
            head += f"; the ends of {self.branches} residual branches: {self.residual}"
        return f"{head}.\n\n{_table(rows)}"


def _done(one: Parameter) -> str:
    if one.done == "left":
        return f"left: {one.why}" if one.why else "left"
    text = one.scheme or one.done
    if one.factor != 1.0:
        text += f", x {one.factor:.3g}"
    return f"{text}: {one.why}" if one.why else text


def _scale(one: Parameter) -> str:
    return "" if one.scale is None else f"{one.scale:.3g}"


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)
