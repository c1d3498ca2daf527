"""The largest eigenvalue of a symmetric matrix, by products of it with vectors."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["largest"]

Array = NDArray[np.float32]

MOST, WITHIN = 16, 1e-2
"""Products, and how far two estimates may differ at the end."""


def largest(product: Callable[[Array], Array], size: int) -> float:
    """By Lanczos' method with full orthogonalization, from a vector that is always the same; not a number where a product is none.

    >>> import numpy as np
    >>> round(largest(lambda v: np.arange(5, dtype=np.float32) * v, 5), 3)
    4.0
    """
    if size == 0:
        return 0.0
    v = np.random.default_rng(0).standard_normal(size, dtype=np.float32)
    v, found = v / np.float32(np.linalg.norm(v)), math.nan
    basis: list[Array] = []
    alphas: list[float] = []
    betas: list[float] = []
    for _ in range(MOST):
        w = np.asarray(product(v), np.float32)
        alphas.append(float(w @ v))
        basis.append(v)
        for other in basis:
            w = w - np.float32(w @ other) * other
        beta = float(np.linalg.norm(w))
        tridiagonal = np.diag(np.array(alphas)) + np.diag(betas, 1) + np.diag(betas, -1)
        if not np.isfinite(tridiagonal).all():
            return math.nan
        before, found = found, float(np.linalg.eigvalsh(tridiagonal)[-1])
        if beta <= 1e-10 * max(abs(found), 1e-30) or abs(found - before) < WITHIN * abs(found):
            break
        betas.append(beta)
        v = (w / np.float32(beta)).astype(np.float32)
    return found
