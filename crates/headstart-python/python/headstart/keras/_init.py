"""Drawing the weights of a model of Keras by a scheme."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .._models.initialize import Wanted, drawn
from .._models.initialized import Initialized
from .._models.plan import Schemes
from ._backend import on_backend
from ._model import Known, checked, inputs_of, tensors

if TYPE_CHECKING:
    from ._jax import Jax
    from ._torch import Torch

__all__ = ["change", "init_"]


def init_(
    model: Any,
    scheme: Schemes = "he",
    *,
    seed: int = 1,
    residual: str | None = None,
    bias: str | None = None,
    embedding: str | None = None,
    batch: Any = None,
    activation: str | None = None,
    branches: Sequence[str] | None = None,
) -> Initialized:
    """Draws every weight of a model anew, in place, by a scheme, and says what it did, parameter by parameter.

    >>> import keras, headstart.keras
    >>> layers = [keras.layers.Conv2D(64, 3, activation="relu"), keras.layers.Conv2D(64, 3)]
    >>> model = keras.Sequential([keras.Input((32, 32, 3)), *layers])
    >>> headstart.keras.init_(model, "he", seed=1).parameters[2].fan_in
    576

    Fans have the kernel's area and the groups in them; projections with several heads, and the gates of recurrent layers, are
    drawn each by its own fans; variables that are shared once. What is not trainable, normalizations and parameters of no known
    layer are left alone, biases start at 0 unless the scheme has its own. The numbers are the bits that `headstart.torch.init_`
    gives a model of the same layers in the same order, and `headstart.weights` a network of dense layers, transposed as Keras has
    them.

    model:
        The model, with its variables: one that has not been called has none, unless it was given an `Input`.
    scheme:
        One in the grammar of `--init` (`he`, `glorot-uniform`, `normal:0.02`, `orthogonal`, `critical` ...), `delta-orthogonal`
        for convolutions, or a dict from patterns of names to schemes, of which the first that fits counts: `{"head/*": "zeros",
        "*": "he"}`. `keep` leaves what fits as it is. `lsuv` needs a `batch`.
    residual:
        What the last layer of each residual branch is multiplied by: `scaled` is 1 / sqrt(N) of N branches, `zero` is 0. If a
        normalization follows that layer, it is done to its scale.
    bias:
        A scheme for all biases of layers, or `keep`.
    embedding:
        A scheme for embeddings. If nothing is said schemes with a size of their own count; with the others an embedding is N(0, 1),
        or N(0, 1 / width) where it is multiplied by as well.
    batch:
        What the model is called with: it is called once to see how its parts hang together. A model that says the shape of its
        inputs does not need it.
    activation:
        What makes the inputs of all layers, for schemes that ask (`critical`), instead of what is found.
    branches:
        Patterns of names of the last layers of residual branches, instead of those that are found.
    """
    known = Known(checked(model))
    wanted = Wanted(scheme, seed, residual, bias, embedding, activation, branches)
    new, done = change(known, wanted, None if batch is None else tensors(batch))
    known.set(new)
    return done


def change(
    known: Known, wanted: Wanted, given: Any, on: Jax | Torch | None = None
) -> tuple[dict[str, Any], Initialized]:
    """The parameters as they shall be, and what was done."""
    has_data = given is not None
    given = given if has_data else inputs_of(known.model)
    graph, deviation = (None, None) if given is None else (on or on_backend(known, given)).graph()
    frozen = [name for name in known.variables if name not in known.trained]
    of_data = deviation if has_data else None
    return drawn(wanted, known.weights, known.arrays, frozen, known.of_norms, graph, of_data)
