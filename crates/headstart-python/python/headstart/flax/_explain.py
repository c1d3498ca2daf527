"""Why a model of Flax starts as it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import optax
from flax import nnx

from .._models.held import NOTHING, Held, check_asked, explained
from .._models.initialize import Wanted
from .._models.pure import Looker, Runner, update_of
from .._models.pure import sharpness as sharpness_of
from .._models.results import ModelExplanation
from ._init import change
from ._model import checked, pure_of, step_of

__all__ = ["explain"]


def explain(
    model: nnx.Module,
    batch: Any,
    loss: Callable[..., Any] | None = None,
    *,
    optimizer: optax.GradientTransformation | nnx.Optimizer[Any] | None = None,
    steps: int = 60,
    forward: Callable[..., Any] | None = None,
    verify: bool = False,
    seeds: int = 3,
    sharpness: bool = True,
    wrt: Any = nnx.Param,
) -> ModelExplanation:
    """Says why a model starts as it does: what is wrong, by which figures, and what to do, tried on copies of it.

    >>> import jax, optax
    >>> from flax import nnx
    >>> import headstart.flax
    >>> rngs = nnx.Rngs(0)
    >>> layers = [layer for _ in range(20) for layer in (nnx.Linear(50, 50, rngs=rngs), nnx.relu)]
    >>> model = nnx.Sequential(*layers, nnx.Linear(50, 2, rngs=rngs))
    >>> batch = jax.random.normal(jax.random.key(0), (100, 50)), jax.random.randint(jax.random.key(1), (100,), 0, 2)
    >>> loss = lambda outputs, targets: optax.softmax_cross_entropy_with_integer_labels(outputs, targets).mean()
    >>> found = headstart.flax.explain(model, batch, loss)
    >>> "vanishing signal" in [finding.name for finding in found.findings]
    True

    The model itself is the same afterwards, as with `probe`, whose arguments these are. What is trained are copies.

    optimizer:
        The optimizer, of `optax`: copies of the model take some steps of it on the batch. Without it nothing is run, and no cure
        is tried. Its learning rate and momentum are measured, by what it does to gradients that stay the same.
    steps:
        How many.
    verify:
        Run what was found to help side by side with the model as it is, four times as long and from several seeds, and take back
        what does not.
    seeds:
        From how many seeds what is drawn anew is run then.
    """
    check_asked(steps, verify, optimizer)
    pure, step = pure_of(checked(model), wrt, forward), step_of(batch, loss, forward)
    looker = Looker(pure, step)
    rule = optimizer.tx if isinstance(optimizer, nnx.Optimizer) else optimizer
    runner = None if rule is None else Runner(looker, rule.init, lambda *given: _updated(rule, *given))

    def drawn(wanted: Wanted) -> Mapping[str, Any]:
        return change(pure, wanted, step.given, trace=looker.trace)[0]

    def runs(arrays: Mapping[str, Any], count: int, factor: float, seed: int) -> dict[str, Any]:
        assert runner is not None
        return runner.run(pure.with_arrays(arrays), count, factor)

    held = Held(
        lambda arrays: looker.look(pure.with_arrays(arrays)),
        None if runner is None else runs,
        drawn,
        NOTHING if rule is None else update_of(lambda gradient, count: _moves(rule, gradient, count), steps),
        steps,
    )
    return explained(held, (lambda: sharpness_of(pure, step)) if sharpness else None, seeds, verify)


def _updated(rule: optax.GradientTransformation, gradients: Any, state: Any, own: Any, factor: Any) -> tuple[Any, Any]:
    """Parameters after one step, and the rule's state."""
    updates, state = rule.update(gradients, state, own)
    return optax.apply_updates(own, jax.tree.map(lambda one: one * factor, updates)), state


def _moves(rule: optax.GradientTransformation, gradient: float, steps: int) -> Sequence[float]:
    """How far a parameter that is 0 goes step by step on a gradient that stays the same."""
    at = jnp.zeros(1)
    state = rule.init(at)
    moves = []
    for _ in range(steps):
        update, state = rule.update(jnp.full(1, gradient), state, at)
        moves.append(float(update[0]))
    return moves
