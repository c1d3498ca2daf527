"""Models of Keras that run on JAX."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import jax

from .._models.graph import Graph
from .._models.guess import Guess
from .._models.pure import Looker, Pure, Runner, Step, deviation, traced
from .._models.pure import sharpness as sharpness_of
from ._model import Known, quiet

__all__ = ["Jax"]


class Jax:
    """A model as pure functions of its variables, by Keras's own stateless calls."""

    def __init__(
        self, known: Known, given: Any, targets: Any = None, loss: Callable[[Any, Any], Any] | None = None
    ) -> None:
        self.known, self.given = known, given
        model, names = known.model, known.names
        self._fixed = [variable for variable in model.non_trainable_variables if id(variable) not in names]

        def called(parameters: Any, others: Any, given: Any) -> tuple[Any, Any]:
            state = dict(zip(map(id, self._fixed), others)) | {
                id(variable): parameters[name] for name, variable in known.variables.items()
            }
            trained = [state[id(variable)] for variable in model.trainable_variables]
            fixed = [state[id(variable)] for variable in model.non_trainable_variables]
            result, after = model.stateless_call(trained, fixed, given, training=True)
            own = dict(zip(map(id, model.non_trainable_variables), after))
            return result, [own[id(variable)] for variable in self._fixed]

        def apply(parameters: Any, others: Any, given: Any) -> Any:
            with quiet(model):
                return called(parameters, others, given)[0]

        arrays = {name: variable.value for name, variable in known.variables.items()}
        others = [variable.value for variable in self._fixed]
        self.pure = Pure("keras", known.weights, arrays, known.trained, others, apply, called, known.norms)

        def loss_by(outputs: Any) -> Any:
            assert loss is not None
            return loss(targets, outputs)

        self.step = Step(given, targets, lambda result: (result, loss_by(result)), loss_by, given)

    def graph(self) -> tuple[Graph, Callable[[Mapping[str, Any], str], float]]:
        """How its parts hang together, and the deviation of a layer's outputs with other parameters."""
        trace = traced(self.pure, self.given) if self.step.targets is None else self._looker.trace
        return trace.graph, deviation(self.pure, trace, self.given)

    @cached_property
    def _looker(self) -> Looker:
        return Looker(self.pure, self.step)

    def seen(self, arrays: Mapping[str, Any]) -> tuple[dict[str, Any], Guess]:
        """How it looks with other parameters."""
        return self._looker.look(self.pure.with_arrays(arrays))

    def sharpness(self) -> float:
        """The largest eigenvalue of the loss's Hessian."""
        return sharpness_of(self.pure, self.step)

    def runner(self, make: Callable[[], Any]) -> Callable[[Mapping[str, Any], int, float, int], dict[str, Any]]:
        """What runs some steps of an optimizer."""
        optimizer, trained = make(), self.pure.trained
        optimizer.build([self.known.variables[name] for name in trained])
        begin = [variable.value for variable in optimizer.variables]

        def update(gradients: Any, state: Any, own: Any, factor: Any) -> tuple[Any, Any]:
            moved, state = optimizer.stateless_apply(
                state, [gradients[name] for name in trained], [own[name] for name in trained]
            )
            after = {name: own[name] + factor * (one - own[name]) for name, one in zip(trained, moved)}
            return jax.tree.map(lambda new, old: new.astype(old.dtype), after, dict(own)), state

        runner = Runner(self._looker, lambda own: begin, update)
        return lambda arrays, steps, factor, seed: runner.run(self.pure.with_arrays(arrays), steps, factor)
