"""What is measured of tensors: moments, likeness, units. Everything is a plain number in the end."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

__all__ = [
    "attention",
    "correlation",
    "dead",
    "identical",
    "moment",
    "rank",
    "saturated",
    "token_similarity",
    "units_first",
]

ROWS, UNITS, QUERIES = 256, 1024, 64
"""How much is looked at where all of it would cost more than it tells."""


def number(value: Tensor) -> float:
    """A number, in float64."""
    return float(value.detach().double())


def moment(z: Tensor) -> float:
    """The second moment."""
    # Of half precision squares are beyond all numbers soon.
    return number(z.detach().float().square().mean()) if z.numel() else math.nan


def units_first(z: Tensor, is_conv: bool) -> Tensor:
    """Numbers as units x everything else: channels of a convolution, the last dimension of what is not one."""
    if is_conv and z.ndim > 2:
        return z.transpose(0, 1).reshape(z.shape[1], -1)
    return z.reshape(-1, z.shape[-1]).T


def _cosine(rows: Tensor) -> Tensor:
    """The mean cosine between different rows, over the last two dimensions."""
    count = rows.shape[-2]
    unit = torch.nn.functional.normalize(rows.detach().float(), dim=-1)
    whole = unit.sum(-2).square().sum(-1) - unit.square().sum((-2, -1))
    return whole / (count * (count - 1))


def correlation(z: Tensor) -> float | None:
    """The mean cosine between two samples."""
    if z.ndim < 2 or z.shape[0] < 2:
        return None
    return _finite(number(_cosine(z.reshape(z.shape[0], -1))))


def token_similarity(z: Tensor) -> float | None:
    """The mean cosine between two tokens of the same sample, of samples x tokens x width."""
    if z.ndim != 3 or z.shape[1] < 2:
        return None
    return _finite(number(_cosine(z).mean()))


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


ENOUGH = 8
"""Numbers of a unit from which on it says something that all of them are 0."""


def dead(a: Tensor, is_conv: bool) -> float | None:
    """The share of units that are 0 everywhere; None of so few samples that half of a healthy layer's are."""
    units = units_first(a.detach(), is_conv)
    return number((units == 0).all(1).float().mean()) if units.shape[1] >= ENOUGH else None


FLAT = {
    "tanh": lambda a: 1 - a.square(),
    "sigmoid": lambda a: 4 * a * (1 - a),
    "hard-tanh": lambda a: (a.abs() < 1).float(),
    "hard-sigmoid": lambda a: ((a > 0) & (a < 1)).float(),
    "softsign": lambda a: (1 - a.abs()).square(),
}
"""The slopes of activations with two ends by their values, as shares of the largest."""


def saturated(a: Tensor, activation: str) -> float | None:
    """The share of units and samples whose slope is under a twentieth of the largest; None of activations without two ends."""
    slope = FLAT.get(activation)
    return None if slope is None else number((slope(a.detach().float()) < 0.05).float().mean())


def rank(a: Tensor, is_conv: bool) -> float | None:
    """The effective rank: the participation ratio of the eigenvalues of the second moments of units, on some of the rows."""
    rows = units_first(a.detach().float(), is_conv).T
    rows = rows[:: max(1, rows.shape[0] // ROWS)][:ROWS, :UNITS]
    gram = rows @ rows.T
    whole = gram.square().sum()
    return _finite(number(gram.diagonal().sum().square() / whole)) if number(whole) > 0 else 0.0


def identical(weights: Tensor, gradients: Tensor | None) -> int:
    """Pairs of rows that have the same weights and get the same gradients, so that they stay the same."""
    if gradients is None or weights.shape[0] < 2:
        return 0
    # What rounding made of the same sums is no difference.
    steps = max(1e-5 * number(gradients.abs().max()), 1e-10)
    both = torch.cat([weights.detach(), (gradients.detach() / steps).round()], 1)
    counts = torch.unique(both, dim=0, return_counts=True)[1]
    return int((counts * (counts - 1) // 2).sum())


def attention(weights: Tensor) -> dict[str, Any] | None:
    """Of attention weights ... x queries x keys the entropy of a query as a share of the largest, and the share of queries that
    give more than 95% to one key; of queries with two keys or more."""
    keys = weights.shape[-1]
    p = weights.detach().float()
    p = p[..., :: max(1, p.shape[-2] // QUERIES), :]
    visible = (p > 0).sum(-1)
    has_choice = visible > 1
    if not bool(has_choice.any()):
        return None
    entropy = -(p * p.clamp_min(1e-30).log()).sum(-1) / visible.clamp_min(2).float().log()
    sharp = (p.max(-1).values > 0.95).float()
    heads = p.shape[-3] if p.ndim > 2 else 1
    return {
        "heads": heads,
        "tokens": keys,
        "entropy": number(entropy[has_choice].mean()),
        "saturated": number(sharp[has_choice].mean()),
    }
