"""Parts as rows of a table, and numbers as words of a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .._fields import Fields, attribute
from .seeds import Spread


def by_column(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """A table by columns, None where a row has not what others have."""
    rows = list(rows)
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}


def flat(part: Fields, *without: str) -> dict[str, Any]:
    """A part in a row: what is in its own parts is beside it, under both names; of a figure over the seeds the mean has
    its name."""
    row: dict[str, Any] = {}
    for key, value in part.items():
        name = attribute(key)
        if key in without:
            continue
        if isinstance(value, Spread):
            low, median, high = value.quantiles
            row |= {name: value.mean, f"{name}_sd": value.sd}
            row |= {f"{name}_q10": low, f"{name}_median": median, f"{name}_q90": high}
        elif isinstance(value, Fields):
            row |= {f"{name}_{inner}": item for inner, item in flat(value).items()}
        else:
            row[name] = list(value) if isinstance(value, tuple) else value
    return row


def number(value: float) -> str:
    """A number for a sentence."""
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def count(count: int, what: str) -> str:
    """So many of something."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def short(level: float | str) -> str:
    """A value of an axis, or what stands for a missing cell."""
    return level if isinstance(level, str) else f"{level:g}"
