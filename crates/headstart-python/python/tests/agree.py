"""What tests of several frameworks share: batches, and documents that shall be the same."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def flowers(width: int = 20, classes: int = 2, samples: int = 100) -> tuple[Any, Any]:
    """Numbers and classes that they tell."""
    random = np.random.default_rng(0)
    x = random.normal(size=(samples, width)).astype(np.float32)
    return x, np.argmax(x @ random.normal(size=(width, classes)), 1).astype(np.int32)


def photos(size: int = 8, classes: int = 3, samples: int = 24) -> tuple[Any, Any]:
    """Pictures with channels last, and classes."""
    random = np.random.default_rng(1)
    return random.normal(size=(samples, size, size, 3)).astype(np.float32), random.integers(0, classes, samples).astype(
        np.int32
    )


def differences(one: Any, other: Any, path: str = "") -> list[str]:
    """Where two documents differ by more than rounding; names and shapes are each framework's own."""
    if isinstance(one, dict):
        keys = (one.keys() | other.keys()) - {"name", "shape", "framework", "sharpness"}
        return [told for key in sorted(keys) for told in differences(one.get(key), other.get(key), f"{path}.{key}")]
    if isinstance(one, (list, tuple)):
        if len(one) != len(other):
            return [f"{path}: {len(one)} and {len(other)} of them"]
        return [told for i, pair in enumerate(zip(one, other)) for told in differences(*pair, f"{path}[{i}]")]
    if isinstance(one, float) and isinstance(other, (int, float)):
        same = math.isclose(one, other, rel_tol=1e-5, abs_tol=1e-7) or (math.isnan(one) and math.isnan(other))
        return [] if same else [f"{path}: {one} and {other}"]
    return [] if one == other else [f"{path}: {one} and {other}"]
