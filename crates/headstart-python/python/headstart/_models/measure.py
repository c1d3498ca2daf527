"""What is measured of arrays: moments, likeness, units. Units, or channels, are the last dimension; every figure is a plain
number."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["attention", "correlation", "dead", "identical", "moment", "rank", "saturated", "sizes", "token_similarity"]

Array = NDArray[Any]

ROWS, UNITS, QUERIES = 256, 1024, 64
"""How much is looked at where all of it would cost more than it tells."""


def single(z: Any) -> Array:
    """Numbers of half precision as ones whose squares there are."""
    array = np.asarray(z)
    return array if array.dtype in (np.float32, np.float64) else array.astype(np.float32)


def moment(z: Any) -> float:
    """The second moment."""
    flat = single(z).reshape(-1)
    return float(np.mean(np.square(flat), dtype=np.float64)) if flat.size else math.nan


def norm(z: Any) -> float:
    """The Frobenius norm."""
    return float(np.sqrt(np.sum(np.square(single(z), dtype=np.float64))))


def rows_of(z: Any) -> Array:
    """Numbers as everything else x units."""
    array = single(z)
    return array.reshape(-1, array.shape[-1])


def _cosine(rows: Array) -> Array:
    """The mean cosine between different rows, over the last two dimensions."""
    count = rows.shape[-2]
    lengths = np.sqrt(np.sum(np.square(rows), -1, keepdims=True))
    unit = rows / np.maximum(lengths, 1e-12)
    whole = np.sum(np.square(np.sum(unit, -2, dtype=np.float64)), -1) - np.sum(
        np.square(unit), (-2, -1), dtype=np.float64
    )
    return np.asarray(whole / (count * (count - 1)))


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def correlation(z: Any) -> float | None:
    """The mean cosine between two samples."""
    array = single(z)
    if array.ndim < 2 or array.shape[0] < 2:
        return None
    return _finite(float(_cosine(array.reshape(array.shape[0], -1))))


def token_similarity(z: Any) -> float | None:
    """The mean cosine between two tokens of the same sample, of samples x tokens x width."""
    array = single(z)
    if array.ndim != 3 or array.shape[1] < 2:
        return None
    return _finite(float(_cosine(array).mean()))


def dead(a: Any) -> float:
    """The share of units that are 0 everywhere."""
    return float(np.mean(np.all(rows_of(a) == 0, 0)))


FLAT: dict[str, Callable[[Array], Any]] = {
    "tanh": lambda a: 1 - np.square(a),
    "sigmoid": lambda a: 4 * a * (1 - a),
    "hard-tanh": lambda a: (np.abs(a) < 1).astype(np.float32),
    "hard-sigmoid": lambda a: ((a > 0) & (a < 1)).astype(np.float32),
    "softsign": lambda a: np.square(1 - np.abs(a)),
}
"""The slope of an activation that has two ends as a share of its largest, by its value."""


def saturated(a: Any, activation: str) -> float | None:
    """The share of units and samples whose slope is under a twentieth of the largest; None of activations without two ends."""
    slope = FLAT.get(activation)
    return None if slope is None else float(np.mean(slope(single(a)) < 0.05))


def rank(a: Any) -> float | None:
    """The effective rank: the participation ratio of the eigenvalues of the second moments of units, on some of the rows."""
    rows = rows_of(a)
    rows = rows[:: max(1, rows.shape[0] // ROWS)][:ROWS, :UNITS]
    gram = (rows @ rows.T).astype(np.float64)
    whole = float(np.sum(np.square(gram)))
    return _finite(float(np.trace(gram)) ** 2 / whole) if whole > 0 else 0.0


def identical(weights: Any, gradients: Any) -> int:
    """Pairs of rows that have the same weights and get the same gradients, so that they stay the same."""
    if gradients is None or weights.shape[0] < 2:
        return 0
    both = np.concatenate([single(weights), single(gradients)], 1)
    counts = np.unique(both, axis=0, return_counts=True)[1]
    return int(np.sum(counts * (counts - 1) // 2))


def attention(weights: Any) -> dict[str, Any] | None:
    """Of attention weights ... x queries x keys the entropy of a query as a share of the largest, and the share of queries that
    give more than 95% to one key; of queries with two keys or more."""
    p = single(weights)
    keys = p.shape[-1]
    p = p[..., :: max(1, p.shape[-2] // QUERIES), :]
    visible = np.sum(p > 0, -1)
    has_choice = visible > 1
    if not has_choice.any():
        return None
    entropy = -np.sum(p * np.log(np.maximum(p, 1e-30)), -1) / np.log(np.maximum(visible, 2))
    sharp = np.max(p, -1) > 0.95
    return {
        "heads": p.shape[-3] if p.ndim > 2 else 1,
        "tokens": keys,
        "entropy": float(np.mean(entropy[has_choice])),
        "saturated": float(np.mean(sharp[has_choice])),
    }


def sizes(inputs: Any) -> list[float]:
    """Root mean square of each feature, or channel, of inputs that are numbers; none of others."""
    if not hasattr(inputs, "ndim") or inputs.ndim < 2 or not np.issubdtype(np.asarray(inputs).dtype, np.floating):
        return []
    return [float(size) for size in np.sqrt(np.mean(np.square(rows_of(inputs), dtype=np.float64), 0))]
