"""Where a model of Keras runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ._model import Known, supported

if TYPE_CHECKING:
    from ._jax import Jax
    from ._torch import Torch

__all__ = ["on_backend"]


def on_backend(
    known: Known, given: Any, targets: Any = None, loss: Callable[[Any, Any], Any] | None = None
) -> Jax | Torch:
    """The model as its backend looks at it and runs it."""
    if supported() == "jax":
        from ._jax import Jax

        return Jax(known, given, targets, loss)
    from ._torch import Torch

    return Torch(known, given, targets, loss)
