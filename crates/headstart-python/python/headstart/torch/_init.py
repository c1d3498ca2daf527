"""Drawing the weights of a model of PyTorch by a scheme."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from .._models.graph import Graph
from .._models.initialize import Wanted, biases, ends, entry, fit, has_bias, plan_told, planner
from .._models.initialized import Initialized
from .._models.plan import Schemes
from ._lsuv import deviation
from ._model import call_of, untouched, unwrapped
from ._recorder import traced
from ._symbolic import symbolic
from ._weights import as_tensor, weights

__all__ = ["graph_of", "init_"]


def graph_of(model: nn.Module, batch: Any = None) -> Graph | None:
    """How the parts of a model hang together: seen as it runs where there is a batch, else by following its code; None where
    neither can be done."""
    if batch is None:
        return symbolic(model)
    args, kwargs = call_of(batch)
    with untouched(model):
        return traced(model, args, kwargs)


@torch.no_grad()
def init_(
    model: nn.Module,
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

    >>> import torch.nn as nn, headstart.torch
    >>> model = nn.Sequential(nn.Conv2d(3, 64, 3), nn.ReLU(), nn.Conv2d(64, 64, 3))
    >>> done = headstart.torch.init_(model, "he", seed=1)
    >>> done.parameters[2].fan_in
    576

    Fans have the kernel's area and the groups in them; projections that share a tensor, and the gates of recurrent layers, are
    drawn each by its own fans; tied weights once. Frozen parameters, normalizations and parameters of no known layer are left
    alone, biases start at 0 unless the scheme has its own. Numbers come from Headstart's streams, each block of weights from its
    own: they are the same bits on every device and in every framework, and those of a network of dense layers are those of
    `headstart.weights`.

    scheme:
        One in the grammar of `--init` (`he`, `glorot-uniform`, `normal:0.02`, `orthogonal`, `critical` ...), `delta-orthogonal`
        for convolutions, or a dict from patterns of names to schemes, of which the first that fits counts: `{"head.*": "zeros",
        "*": "he"}`. `keep` leaves what fits as it is. `lsuv` needs a `batch`.
    residual:
        What the last layer of each residual branch is multiplied by: `scaled` is 1 / sqrt(N) of N branches (GPT-2), `zero` is 0
        (Goyal et al. 2017). If a normalization follows that layer, it is done to its scale.
    bias:
        A scheme for all biases of layers, or `keep`.
    embedding:
        A scheme for embeddings. If nothing is said schemes with a size of their own count; with the others an embedding is N(0, 1),
        or N(0, 1 / width) where one is tied to a projection.
    batch:
        What the model is called with (a tensor, or a tuple of arguments, or a dict of keywords): it is run once to see how its
        parts hang together. Without it that is found by following its code, if that can be done.
    activation:
        What makes the inputs of all layers, for schemes that ask (`critical`), instead of what is found.
    branches:
        Patterns of names of the last layers of residual branches, instead of those that are found.
    """
    model = unwrapped(model)
    wanted = Wanted(scheme, seed, residual, bias, embedding, activation, branches)
    planned = planner(wanted, batch is not None)
    planned.graph = graph = graph_of(model, batch)
    parameters = dict(model.named_parameters())
    frozen = [name for name, tensor in parameters.items() if not tensor.requires_grad]
    plans = planned.plans(weights(model), frozen)
    factors = ends(wanted, graph, parameters)
    told: dict[str, dict[str, Any]] = {}
    # All is drawn before anything is changed: what cannot be drawn leaves the model as it was.
    drawn = [(plan, plan.draw(seed)) for plan in plans if plan.scheme is not None]
    drawn_biases = [(plan, biases(wanted, plan)) for plan in plans if has_bias(wanted, plan, parameters, frozen)]
    for plan, numbers in drawn:
        parameters[plan.weight.name].copy_(as_tensor(numbers, parameters[plan.weight.name]))
    for plan, numbers in drawn_biases:
        name = str(plan.weight.bias)
        parameters[name].copy_(as_tensor(numbers, parameters[name]))
        what = {"done": "drawn" if numbers.any() else "zeroed", "role": "bias"}
        told[name] = what
    if planned.needs_data:
        assert graph is not None

        def scale(name: str, by: float) -> None:
            parameters[name].mul_(by)

        fit(plans, graph, lambda name: deviation(model, batch, name), scale)
    for name, factor in factors.items():
        # A normalization's scale begins at 1, whatever was made of it before.
        if parameters[name].ndim < 2:
            parameters[name].fill_(1.0)
        parameters[name].mul_(factor)
        told.setdefault(name, {})["factor"] = factor
    for plan in plans:
        told[plan.weight.name] = plan_told(plan, told.get(plan.weight.name, {}))
    entries = [_entry(model, name, tensor, told.get(name)) for name, tensor in parameters.items()]
    text = scheme if isinstance(scheme, str) else "schemes by name"
    count = None if graph is None else len(graph.branches)
    tree = {"scheme": text, "seed": seed, "residual": residual, "branches": count, "parameters": entries}
    return Initialized(tree)


def _entry(model: nn.Module, name: str, tensor: Tensor, told: dict[str, Any] | None) -> dict[str, Any]:
    scale = float(tensor.detach().double().square().mean().sqrt()) if tensor.numel() else None
    owner = model.get_submodule(name.rpartition(".")[0])
    is_norm = "norm" in type(owner).__name__.lower()
    why = "frozen" if not tensor.requires_grad else None if is_norm else "of no layer that is drawn"
    return entry(name, tensor.shape, scale, told, is_norm, why)
