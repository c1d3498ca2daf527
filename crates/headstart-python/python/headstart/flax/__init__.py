"""Models of Flax (`flax.nnx`): where they start, and why they do not.

>>> from flax import nnx
>>> import headstart.flax
>>> model = nnx.Sequential(nnx.Linear(20, 50, rngs=nnx.Rngs(0)), nnx.relu, nnx.Linear(50, 2, rngs=nnx.Rngs(1)))
>>> print(headstart.flax.init_(model, "he", seed=1).drawn[0].scale)  # doctest: +ELLIPSIS
0.3...
"""

from .._optional import needed

needed("flax", "headstart.flax")

from ._explain import explain  # noqa: E402
from ._init import init_  # noqa: E402
from ._probe import probe  # noqa: E402

__all__ = ["explain", "init_", "probe"]
