"""A model of Flax as a pure function of its parameters by name."""

from __future__ import annotations

from typing import Any

import jax
from flax import nnx

from .._models.pure import Pure, Step, scalar, split_loss
from ..errors import UsageError
from ._weights import children, weights

__all__ = ["call_of", "checked", "names_of", "norms_of", "pure_of", "step_of", "variables"]


def checked(model: Any) -> nnx.Module:
    """The model, if it is one of `flax.nnx`."""
    if not isinstance(model, nnx.Module):
        raise TypeError(f"model: a flax.nnx.Module is needed, not a {type(model).__name__}")
    return model


def call_of(inputs: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Arguments and keywords that a model is called with: a dict is keywords, a tuple or list arguments."""
    if isinstance(inputs, dict):
        return (), dict(inputs)
    return (tuple(inputs), {}) if isinstance(inputs, (tuple, list)) else ((inputs,), {})


def variables(model: nnx.Module, wrt: Any = nnx.Param) -> dict[str, Any]:
    """The variables of a kind, each once, by name, as they lie in the state."""
    found: dict[str, Any] = {}
    for path, _ in nnx.to_flat_state(nnx.state(model, wrt)):
        one: Any = model
        for key in path:
            one = _item(one, key)
        found[_name(path)] = one
    return found


def _item(one: Any, key: Any) -> Any:
    if isinstance(key, str) and hasattr(one, key):
        return getattr(one, key)
    return one[key]


def _name(path: Any) -> str:
    return ".".join(map(str, path))


def names_of(model: nnx.Module) -> dict[int, str]:
    """Names of parameters by who they are, in the order of the model."""
    of = {id(variable): name for name, variable in variables(model).items()}
    order = [key for _, module in children(model) for value in vars(module).values() if (key := id(value)) in of]
    return {key: of[key] for key in dict.fromkeys([*order, *of])}


def norms_of(model: nnx.Module) -> list[type]:
    """The classes of its normalizations: those of Flax, and those that call themselves so and have no others in them."""
    kinds = set()
    for _, module in children(model):
        name = type(module).__name__.lower()
        has_children = sum(1 for _ in children(module)) > 1
        if "norm" in name and not has_children and "weightnorm" not in name and "spectral" not in name:
            kinds.add(type(module))
    return sorted(kinds, key=lambda kind: kind.__name__)


def _mode(model: nnx.Module, is_random: bool) -> Any:
    """A copy as it is trained, with what is left out at random or without."""
    copy = nnx.clone(model)
    for _, module in nnx.iter_modules(copy):
        for name, value in (("deterministic", not is_random), ("use_running_average", False)):
            if hasattr(module, name):
                setattr(module, name, value)
    return copy


def _others(model: nnx.Module) -> Any:
    """All that a model holds beside its parameters."""
    return nnx.state(model, nnx.Not(nnx.Param))


def pure_of(model: nnx.Module, wrt: Any, forward: Any = None) -> Pure:
    """The model as functions. It is not touched: they are of copies."""
    quiet, whole = _mode(model, False), _mode(model, True)
    graph, state = nnx.split(quiet, nnx.Param, ...)[:2]
    other_graph, others = nnx.graphdef(whole), _others(quiet)
    structure = jax.tree.structure(state)
    paths = [_name(path) for path, _ in nnx.to_flat_state(state)]
    order = dict(zip(paths, jax.tree.leaves(state)))
    names = [name for name in names_of(model).values() if name in order]

    def merged(graph: Any, parameters: Any, others: Any) -> Any:
        # Variables are made anew: they may only be changed in the transformation that they come from.
        own = jax.tree.unflatten(structure, [parameters[name] for name in paths])
        return nnx.merge(graph, own, jax.tree.map(lambda one: one, others))

    def called(module: Any, given: Any) -> Any:
        if forward is not None:
            return forward(module, given)
        args, kwargs = call_of(given)
        return module(*args, **kwargs)

    def apply(parameters: Any, others: Any, given: Any) -> Any:
        return called(merged(graph, parameters, others), given)

    def advance(parameters: Any, others: Any, given: Any) -> tuple[Any, Any]:
        module = merged(other_graph, parameters, others)
        result = called(module, given)
        return result, _others(module)

    trained = set(variables(model, nnx.All(nnx.Param, wrt)))
    return Pure(
        "flax",
        list(weights(model, names_of(model))),
        {name: order[name] for name in names},
        [name for name in names if name in trained and jax.numpy.issubdtype(order[name].dtype, jax.numpy.floating)],
        others,
        apply,
        advance,
        norms_of(model),
    )


def step_of(batch: Any, loss: Any, forward: Any) -> Step:
    """What a model is given, and what its loss is."""
    if forward is not None:
        return Step(batch, batch, lambda result: split_loss(result, "forward(model, batch)"), None, None)
    if loss is None:
        return Step(batch, batch, lambda result: split_loss(result, "the model"), None, None)
    if not isinstance(batch, (tuple, list)) or len(batch) != 2:
        raise UsageError(
            "batch: a loss needs (inputs, targets); where they come otherwise say forward=, which gives the loss"
        )
    inputs, targets = batch

    def loss_of(outputs: Any) -> Any:
        return scalar(loss(outputs, targets), "loss(outputs, targets)")

    return Step(inputs, targets, lambda result: (result, loss_of(result)), loss_of, inputs)
