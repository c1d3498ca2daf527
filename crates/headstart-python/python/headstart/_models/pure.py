"""Models as pure functions of JAX: looked at, measured and run, whatever they were written in."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..errors import UsageError
from . import measure
from .blocks import Weight
from .guess import Guess, guess
from .jaxpr import Trace, scoped
from .lanczos import largest
from .look import Pass, dead_units, told

__all__ = ["Pure", "Step", "Looker", "Runner", "deviation", "scalar", "sharpness", "split_loss", "traced", "update_of"]

Arrays = Mapping[str, Any]


@dataclass
class Pure:
    """A model as functions of its parameters by name, and of all else that it holds."""

    framework: str
    weights: list[Weight]
    arrays: dict[str, Any] = field(repr=False)
    trained: list[str]
    others: Any = field(repr=False)
    apply: Callable[[Any, Any, Any], Any] = field(repr=False)
    """`(parameters, others, given)`: what the model gives as it is trained, but without what is left out at random."""
    advance: Callable[[Any, Any, Any], tuple[Any, Any]] = field(repr=False)
    """The same with all of it, and the others afterwards."""
    norms: list[type] = field(repr=False)
    """Classes of normalizations."""

    def with_arrays(self, changed: Arrays) -> Pure:
        """The same model with other parameters."""
        arrays = {name: jnp.asarray(changed.get(name, array)) for name, array in self.arrays.items()}
        return Pure(
            self.framework, self.weights, arrays, self.trained, self.others, self.apply, self.advance, self.norms
        )

    def split(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Parameters that are trained, and those that are not."""
        trained = set(self.trained)
        own = {name: array for name, array in self.arrays.items() if name in trained}
        return own, {name: array for name, array in self.arrays.items() if name not in trained}


@dataclass(frozen=True)
class Step:
    """What a model is given, and what its loss is of what it gives."""

    given: Any
    targets: Any
    finish: Callable[[Any], tuple[Any, Any]]
    """From what the model gives to outputs and loss."""
    loss_of: Callable[[Any], Any] | None
    """The loss of outputs alone; None where the model gives it."""
    inputs: Any
    """What features are measured of; None where that is not known."""

    @property
    def samples(self) -> int:
        """How many samples there are."""
        return next((len(array) for array in jax.tree.leaves((self.given, self.targets)) if np.ndim(array)), 1)


def split_loss(result: Any, what: str) -> tuple[Any, Any]:
    """Outputs and the loss of what gives the loss itself: the one number among several, or the only one."""
    leaves = list(result) if isinstance(result, (tuple, list)) else [result]
    scalars = [one for one in leaves if hasattr(one, "ndim") and one.ndim == 0]
    if len(scalars) == 1:
        others = [one for one in leaves if hasattr(one, "ndim") and one.ndim > 0]
        return (others[0] if others else None), scalars[0]
    return None, scalar(result, what)


def scalar(value: Any, what: str) -> Any:
    """A loss as one number."""
    if hasattr(value, "size") and value.size == 1:
        return value.reshape(())
    told = tuple(value.shape) if hasattr(value, "shape") else type(value).__name__
    raise UsageError(f"{what} gives {told}, and a loss is one number: take the mean, or say loss= or forward=")


def traced(pure: Pure, given: Any) -> Trace:
    """The graph of a model, and the function that evaluates it."""
    with scoped(pure.norms):
        return Trace(pure.apply, pure.arrays, pure.others, given)


KEPT = ("input", "weight", "activation", "add", "norm", "mul")


class Looker:
    """Looks at a model with any parameters: traced once, compiled once."""

    def __init__(self, pure: Pure, step: Step) -> None:
        self.pure, self.step, self.trace = pure, step, traced(pure, step.given)
        trace, graph = self.trace, self.trace.graph
        layers = [node.index for node in graph.nodes if node.kind == "weight" and node.index in trace.anchor]
        layers = [index for index in layers if jnp.issubdtype(trace.shape(index).dtype, jnp.floating)]
        wanted = {node.index for node in graph.nodes if node.kind in KEPT or node.name == "softmax"}
        wanted |= {index for branch in graph.branches for index in (branch.stream, branch.output)}
        self._added = {index: jnp.zeros(trace.shape(index).shape, trace.shape(index).dtype) for index in layers}

        def run(own: Any, added: Any, fixed: Any, others: Any, given: Any) -> Any:
            result, values = trace.run({**own, **fixed}, others, given, added)
            outputs, loss = step.finish(result)
            return loss, (outputs, {index: value for index, value in values.items() if index in wanted})

        own, fixed = pure.split()
        self._reached = _reached(run, own, self._added, fixed, pure.others, step.given)
        self._both = jax.jit(jax.value_and_grad(run, argnums=(0, 1), has_aux=True))

    def look(self, pure: Pure) -> tuple[dict[str, Any], Guess]:
        """What the core is told of the model with these parameters, and what guessing costs."""
        own, fixed = pure.split()
        step = self.step
        result, (gradients, backward) = self._both(own, self._added, fixed, pure.others, step.given)
        loss, (outputs, values) = result
        known = guess(outputs, jax.tree.leaves(step.targets), float(loss), lambda: _search(step, outputs))
        seen = Pass(
            framework=pure.framework,
            graph=self.trace.graph,
            weights=pure.weights,
            trained=pure.trained,
            loss=float(loss),
            guess=known,
            features=measure.sizes(step.inputs),
            arrays={name: np.asarray(array) for name, array in pure.arrays.items()},
            values={index: self._last(index, value) for index, value in values.items()},
            backward={index: self._last(index, value) for index, value in backward.items()},
            gradients={name: np.asarray(array) for name, array in gradients.items() if name in self._reached},
            samples=step.samples,
        )
        return told(seen), known

    def _last(self, index: int, value: Any) -> Any:
        """A value with units last."""
        unit, array = self.trace.units.get(index), np.asarray(value)
        if index in self.trace.stacked and array.ndim > 2:
            return np.swapaxes(array, 0, 1)
        return array if unit is None else np.moveaxis(array, unit, -1)


def _reached(run: Callable[..., Any], own: Arrays, *more: Any) -> set[str]:
    """The parameters that the loss depends on, by the equations between."""
    closed = jax.make_jaxpr(lambda own: run(own, *more)[0])(dict(own))
    needed = {var for var in closed.jaxpr.outvars if not hasattr(var, "val")}
    for eqn in reversed(closed.jaxpr.eqns):
        if any(var in needed for var in eqn.outvars):
            needed |= {var for var in eqn.invars if not hasattr(var, "val")}
    return {name for name, var in zip(sorted(own), closed.jaxpr.invars) if var in needed}


def _search(step: Step, outputs: Any) -> float:
    """The lowest loss of outputs that are the same for all samples, from 0 on; not a number where it is not one of outputs."""
    loss_of = step.loss_of
    if loss_of is None or not hasattr(outputs, "ndim") or outputs.ndim == 0:
        return math.nan
    from scipy.optimize import minimize  # JAX needs it itself.

    shape = (1, *outputs.shape[1:])

    @jax.jit
    def cost(same: Any) -> Any:
        return jax.value_and_grad(
            lambda one: loss_of(jnp.broadcast_to(one.reshape(shape), outputs.shape).astype(outputs.dtype))
        )(same)

    def both(same: Any) -> tuple[float, Any]:
        value, gradient = cost(jnp.asarray(same, jnp.float32))
        return float(value), np.asarray(gradient, np.float64)

    try:
        return float(minimize(both, np.zeros(math.prod(shape)), jac=True, method="L-BFGS-B").fun)
    except (TypeError, ValueError):
        return math.nan


def sharpness(pure: Pure, step: Step) -> float:
    """The largest eigenvalue of the loss's Hessian; not a number where the model cannot be derived twice."""
    own, fixed = pure.split()
    leaves, structure = jax.tree.flatten(own)
    ends = np.cumsum([leaf.size for leaf in leaves])
    if not leaves:
        return math.nan

    @jax.jit
    def product(own: Any, fixed: Any, others: Any, given: Any, v: Any) -> Any:
        def loss(own: Any) -> Any:
            return step.finish(pure.apply({**own, **fixed}, others, given))[1]

        tangents = [part.reshape(leaf.shape).astype(leaf.dtype) for part, leaf in zip(jnp.split(v, ends[:-1]), leaves)]
        found = jax.jvp(jax.grad(loss), (own,), (jax.tree.unflatten(structure, tangents),))[1]
        return jnp.concatenate([leaf.reshape(-1).astype(jnp.float32) for leaf in jax.tree.leaves(found)])

    try:
        return largest(lambda v: np.asarray(product(own, fixed, pure.others, step.given, v)), int(ends[-1]))
    except (TypeError, NotImplementedError, ValueError):
        return math.nan


def deviation(pure: Pure, trace: Trace, given: Any) -> Callable[[Arrays, str], float]:
    """The standard deviation of what comes out of a parameter's layer, with other parameters."""
    run = jax.jit(lambda arrays, others, given: trace.run(arrays, others, given, {})[1])

    def of(arrays: Arrays, name: str) -> float:
        values = run({key: jnp.asarray(value) for key, value in arrays.items()}, pure.others, given)
        node = trace.graph.user(name)
        return math.nan if node is None else float(np.std(np.asarray(values[node.index], np.float64)))

    return of


Updates = Callable[[Any, Any, Any, Any], tuple[Any, Any]]


class Runner:
    """Takes steps of training from any parameters; `update(gradients, state, parameters, factor)` gives new parameters and state,
    and `begin(parameters)` the state. A learning rate is `factor` times its own."""

    def __init__(self, looker: Looker, begin: Callable[[Any], Any], update: Updates) -> None:
        pure, step = looker.pure, looker.step
        self.looker, self.step, self.begin = looker, step, begin

        @jax.jit
        def advance(own: Any, fixed: Any, others: Any, state: Any, given: Any, factor: Any) -> Any:
            def loss(own: Any) -> Any:
                result, after = pure.advance({**own, **fixed}, others, given)
                return step.finish(result)[1], after

            (value, after), gradients = jax.value_and_grad(loss, has_aux=True)(own)
            own, state = update(gradients, state, own, factor)
            return value, own, after, state

        self._advance = advance

    def run(self, start: Pure, steps: int, factor: float = 1.0) -> dict[str, Any]:
        """The losses before each step, and the dead units behind them."""
        own, fixed = start.split()
        others, state = start.others, self.begin(own)
        trace: list[dict[str, Any]] = []
        for at in range(steps):
            value, own, others, state = self._advance(own, fixed, others, state, self.step.given, jnp.float32(factor))
            trace.append({"step": at, "loss": float(value)})
            if not math.isfinite(trace[-1]["loss"]):
                break
        after = start.with_arrays(own)
        return {"trace": trace, "dead": dead_units(self.looker.look(after)[0])}


def update_of(rule: Callable[[float, int], Sequence[float]], steps: int) -> dict[str, Any]:
    """What moves the parameters, by what a rule does to gradients that are the same all along: `rule(gradient, steps)` gives how
    far each step goes."""
    small, large = rule(1e-3, max(steps, 3)), rule(2e-3, 3)
    moves = [abs(one) for one in small]
    rate = max(moves)
    if not math.isclose(abs(large[0]), 2 * moves[0], rel_tol=1e-3) or moves[0] == 0:
        # Steps that do not grow with the gradient are as long as the rate.
        return {"optimizer": "the optimizer", "momentum": None, "lr": rate, "rate": rate}
    first, second, third = (one / 1e-3 for one in moves[:3])
    grows = second - first
    momentum = (third - second) / grows if abs(grows) > 1e-3 * first else 0.0
    momentum = momentum if 1e-3 < momentum < 1 else 0.0
    is_nesterov = momentum > 0 and not math.isclose(first, grows / momentum, rel_tol=1e-2)
    lr = first / (1 + momentum) if is_nesterov else first
    return {"optimizer": "sgd", "momentum": momentum, "lr": lr, "rate": lr}
