"""Drawing the weights of a model of Flax by a scheme."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import jax
import numpy as np
from flax import nnx

from .._models.initialize import Wanted, drawn
from .._models.initialized import Initialized
from .._models.jaxpr import Trace
from .._models.plan import Schemes
from .._models.pure import Pure, deviation, traced
from ._model import checked, pure_of, variables
from ._weights import children

__all__ = ["change", "init_"]


def init_(
    model: nnx.Module,
    scheme: Schemes = "he",
    *,
    seed: int = 1,
    residual: str | None = None,
    bias: str | None = None,
    embedding: str | None = None,
    batch: Any = None,
    activation: str | None = None,
    branches: Sequence[str] | None = None,
    wrt: Any = nnx.Param,
) -> Initialized:
    """Draws every weight of a model anew, in place, by a scheme, and says what it did, parameter by parameter.

    >>> from flax import nnx
    >>> import headstart.flax
    >>> rngs = nnx.Rngs(0)
    >>> model = nnx.Sequential(nnx.Conv(3, 64, (3, 3), rngs=rngs), nnx.relu, nnx.Conv(64, 64, (3, 3), rngs=rngs))
    >>> headstart.flax.init_(model, "he", seed=1).parameters[2].fan_in
    576

    Fans have the kernel's area and the groups in them; projections with several heads, and the gates of recurrent layers, are
    drawn each by its own fans; variables that are shared once. Variables that are no `nnx.Param`, normalizations and parameters
    of no known layer are left alone, biases start at 0 unless the scheme has its own. The numbers are the bits that
    `headstart.torch.init_` gives a model of the same layers in the same order, and `headstart.weights` a network of dense layers,
    transposed as Flax has them. The order is the one in which a model's attributes were set; one that came out of `nnx.merge` has
    them sorted by name.

    scheme:
        One in the grammar of `--init` (`he`, `glorot-uniform`, `normal:0.02`, `orthogonal`, `critical` ...), `delta-orthogonal`
        for convolutions, or a dict from patterns of names to schemes, of which the first that fits counts: `{"head.*": "zeros",
        "*": "he"}`. `keep` leaves what fits as it is. `lsuv` needs a `batch`.
    residual:
        What the last layer of each residual branch is multiplied by: `scaled` is 1 / sqrt(N) of N branches, `zero` is 0. If a
        normalization follows that layer, it is done to its scale. It needs a `batch`, or `branches`.
    bias:
        A scheme for all biases of layers, or `keep`.
    embedding:
        A scheme for embeddings. If nothing is said schemes with a size of their own count; with the others an embedding is N(0, 1),
        or N(0, 1 / width) where the batch shows that it is multiplied by as well (`attend`).
    batch:
        What the model is called with (an array, or a tuple of arguments, or a dict of keywords): it is traced to see how its
        parts hang together, which needs shapes, so that nothing is known of that without it.
    activation:
        What makes the inputs of all layers, for schemes that ask (`critical`), instead of what is found.
    branches:
        Patterns of names of the last layers of residual branches, instead of those that are found.
    wrt:
        Which parameters are trained, as `nnx.Optimizer` takes it; others are left alone.
    """
    pure = pure_of(checked(model), wrt)
    wanted = Wanted(scheme, seed, residual, bias, embedding, activation, branches)
    new, done = change(pure, wanted, batch, _of_norms(model))
    of = variables(model)
    for name, array in new.items():
        of[name].set_value(jax.device_put(array, of[name].get_value().sharding))
    return done


def _of_norms(model: nnx.Module) -> set[str]:
    """The parameters of normalizations."""
    of = {id(variable): name for name, variable in variables(model).items()}
    norms = [module for _, module in children(model) if "norm" in type(module).__name__.lower()]
    return {of[id(value)] for module in norms for value in vars(module).values() if id(value) in of}


def change(
    pure: Pure, wanted: Wanted, given: Any, norms: Collection[str] = (), trace: Trace | None = None
) -> tuple[dict[str, Any], Initialized]:
    """The parameters as they shall be, and what was done."""
    if trace is None and given is not None:
        trace = traced(pure, given)
    arrays = {name: np.asarray(array) for name, array in pure.arrays.items()}
    frozen = [name for name in arrays if name not in pure.trained]
    of = None if trace is None else deviation(pure, trace, given)
    return drawn(wanted, pure.weights, arrays, frozen, norms, None if trace is None else trace.graph, of)
