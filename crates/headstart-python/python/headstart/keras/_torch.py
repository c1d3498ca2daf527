"""Models of Keras that run on PyTorch."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import torch
from torch import Tensor

from .._models import measure
from .._models.graph import Graph
from .._models.guess import Guess, guess
from .._models.lanczos import largest
from .._models.look import Pass, dead_units, told
from ..torch._attention import weights_of
from ..torch._recorder import Call, recorded
from ._model import Known, quiet
from ._weights import layers, own

__all__ = ["Torch"]

KEPT = ("input", "weight", "activation", "add", "norm", "mul")


class Torch:
    """A model as it is called, whose variables are put back afterwards."""

    def __init__(
        self, known: Known, given: Any, targets: Any = None, loss: Callable[[Any, Any], Any] | None = None
    ) -> None:
        self.known, self.model, self.given, self.targets, self.loss = known, known.model, given, targets, loss

    def loss_by(self, outputs: Any) -> Any:
        """The loss of outputs."""
        assert self.loss is not None
        return self.loss(self.targets, outputs)

    def graph(self) -> tuple[Graph, Callable[[Mapping[str, Any], str], float]]:
        """How its parts hang together, and the deviation of a layer's outputs with other parameters."""
        with kept(self.model), torch.no_grad():
            eye = _Eye(self.known)
            eye.watch(self.given)

        def deviation(arrays: Mapping[str, Any], name: str) -> float:
            with kept(self.model), torch.no_grad():
                self.known.set(arrays)
                other = _Eye(self.known)
                other.watch(self.given)
                node = other.graph.user(name)
                return math.nan if node is None else float(other.values[node.index].double().std(correction=0))

        return eye.graph, deviation

    def seen(self, arrays: Mapping[str, Any]) -> tuple[dict[str, Any], Guess]:
        """How it looks with other parameters."""
        with kept(self.model), torch.enable_grad():
            self.known.set(arrays)
            eye = _Eye(self.known)
            outputs = eye.watch(self.given)
            loss = self.loss_by(outputs)
            names = self.known.trained
            layers = [
                node.index for node in eye.graph.nodes if node.kind == "weight" and eye.values[node.index].requires_grad
            ]
            wanted = [*(self.known.variables[name].value for name in names), *(eye.values[index] for index in layers)]
            found = torch.autograd.grad(loss, wanted, allow_unused=True)
            of_names, of_layers = found[: len(names)], found[len(names) :]
            known = self._guess(outputs, loss)
            seen = Pass(
                framework="keras",
                graph=eye.graph,
                weights=self.known.weights,
                trained=names,
                loss=float(loss.detach()),
                guess=known,
                features=measure.sizes(numbers(self.given)) if isinstance(self.given, Tensor) else [],
                arrays=self.known.arrays,
                values={index: eye.last(index, value) for index, value in eye.values.items()},
                backward={i: eye.last(i, value) for i, value in zip(layers, of_layers) if value is not None},
                gradients={name: numbers(value) for name, value in zip(names, of_names) if value is not None},
                samples=next((len(one) for one in keras.tree.flatten(self.given) if one.ndim), 1),
                attentions={index: numbers(value) for index, value in eye.attention.items()},
            )
            return told(seen), known

    def _guess(self, outputs: Any, loss: Tensor) -> Guess:
        targets = [numbers(one) for one in keras.tree.flatten(self.targets)]
        whole = outputs if isinstance(outputs, Tensor) else None
        return guess(
            None if whole is None else numbers(whole), targets, float(loss.detach()), lambda: self._search(outputs)
        )

    def _search(self, outputs: Tensor) -> float:
        """The lowest loss of outputs that are the same for all samples, from 0 on."""
        same = torch.zeros_like(outputs[:1], requires_grad=True)
        search = torch.optim.LBFGS([same], max_iter=100, line_search_fn="strong_wolfe")

        def closure() -> float:
            search.zero_grad()
            value = self.loss_by(same.expand_as(outputs))
            value.backward()
            return float(value.detach())

        try:
            search.step(closure)  # type: ignore[no-untyped-call]
            return float(self.loss_by(same.expand_as(outputs)).detach())
        except (RuntimeError, TypeError, ValueError):
            return math.nan

    def sharpness(self) -> float:
        """The largest eigenvalue of the loss's Hessian; not a number where the model cannot be derived twice."""
        parameters = [self.known.variables[name].value for name in self.known.trained]
        sizes = [one.numel() for one in parameters]
        if not parameters:
            return math.nan
        try:
            with kept(self.model), quiet(self.model), torch.enable_grad():
                loss = self.loss_by(self.model(self.given, training=True))
                gradients = torch.autograd.grad(loss, parameters, create_graph=True, allow_unused=True)
                pairs = [(p, g) for p, g in zip(parameters, gradients) if g is not None and g.requires_grad]

                def product(v: Any) -> Any:
                    parts = dict(zip(map(id, parameters), torch.split(torch.from_numpy(v), sizes)))
                    dot = torch.stack([(g * parts[id(p)].view_as(p).to(g)).sum() for p, g in pairs]).sum()
                    found = torch.autograd.grad(dot, parameters, retain_graph=True, allow_unused=True)
                    flat = [torch.zeros_like(p) if one is None else one for p, one in zip(parameters, found)]
                    return np.concatenate([numbers(one).reshape(-1) for one in flat])

                return largest(product, sum(sizes)) if pairs else 0.0
        except (RuntimeError, NotImplementedError):
            return math.nan

    def runner(self, make: Callable[[], Any]) -> Callable[[Mapping[str, Any], int, float, int], dict[str, Any]]:
        """What runs some steps of an optimizer."""

        def run(arrays: Mapping[str, Any], steps: int, factor: float, seed: int) -> dict[str, Any]:
            variables = [self.known.variables[name] for name in self.known.trained]
            trace: list[dict[str, Any]] = []
            with kept(self.model), torch.enable_grad():
                self.known.set(arrays)
                optimizer = make()
                optimizer.build(variables)
                for at in range(steps):
                    loss = self.loss_by(self.model(self.given, training=True))
                    trace.append({"step": at, "loss": float(loss.detach())})
                    if not math.isfinite(trace[-1]["loss"]):
                        break
                    found = torch.autograd.grad(loss, [one.value for one in variables], allow_unused=True)
                    before = [v.value.detach().clone() for v in variables] if factor != 1.0 else []
                    with torch.no_grad():
                        optimizer.apply(
                            [g if g is not None else torch.zeros_like(v.value) for g, v in zip(found, variables)]
                        )
                        for old, v in zip(before, variables):
                            v.value.copy_(old + factor * (v.value - old))
                dead = dead_units(self.seen({})[0])
            return {"trace": trace, "dead": dead}

        return run


class _Eye:
    """Keeps what functions give as they are called."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.values: dict[int, Tensor] = {}
        self.attention: dict[int, Tensor] = {}
        self.graph = Graph()
        self.first: set[int] = set()
        self.is_first = any(getattr(layer, "data_format", "") == "channels_first" for layer in layers(known.model))

    def watch(self, given: Any) -> Any:
        """Calls the model; its outputs."""
        with quiet(self.known.model), recorded(self.known.model, self._seen, given) as recorder:
            recorder.names = {id(variable.value): name for name, variable in self.known.variables.items()}
            self.recorder, self.graph = recorder, recorder.graph
            with self._wholes():
                return self.known.model(given, training=True)

    def _seen(self, graph: Graph, call: Call) -> None:
        node = graph.nodes[call.index]
        result = call.result[0] if isinstance(call.result, (tuple, list)) else call.result
        if not isinstance(result, Tensor) or not result.is_floating_point():
            return
        if node.kind == "other" and node.name == "add" and len(node.inputs) == 1:
            of = [name for one in call.args if isinstance(one, Tensor) for name in self.recorder.parameters(one)]
            made = self._bare(node.inputs[0])
            if made is not None and of and all("bias" in name.rpartition("/")[2] for name in of):
                # What a layer gives is what it gives with its bias.
                self.values[made] = result
                self.first -= {made}
                return
        if node.kind == "attention":
            probabilities = weights_of(call)
            if probabilities is not None:
                self.attention[call.index] = probabilities
        if node.kind in KEPT or node.name == "softmax":
            self.values[call.index] = result
            if node.kind == "weight" and "conv" in node.name:
                self.first.add(call.index)

    def _bare(self, index: int) -> int | None:
        """The layer whose outputs a node are, past views."""
        nodes = self.graph.nodes
        while nodes[index].pads and len(nodes[index].inputs) == 1:
            index = nodes[index].inputs[0]
        return index if nodes[index].kind == "weight" else None

    def last(self, index: int, value: Tensor) -> Any:
        """A value with units last: convolutions of PyTorch have channels second."""
        array = numbers(value)
        is_first = index in self.first or (self.is_first and array.ndim > 3)
        return np.moveaxis(array, 1, -1) if is_first else array

    @contextmanager
    def _wholes(self) -> Iterator[None]:
        """A block in which what is done in a normalization, or in a recurrent layer, is one node."""
        norms = self.known.norms
        kinds = [*norms, *{type(layer) for layer in layers(self.known.model) if isinstance(layer, keras.layers.RNN)}]
        before = {kind: kind.__dict__.get("__call__") for kind in kinds}
        recorder = self.recorder

        def wrap(kind: type) -> Callable[..., Any]:
            inner: Callable[..., Any] = kind.__call__

            def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
                given = [one for one in keras.tree.flatten((args, kwargs)) if isinstance(one, Tensor)]
                nodes = [node for node in map(recorder.node, given) if node is not None]
                recorder.inside += 1
                try:
                    result = inner(layer, *args, **kwargs)
                finally:
                    recorder.inside -= 1
                if recorder.inside == 0 and nodes:
                    names = [name for name in self._names(layer) if not _is_bias(name)]
                    what = "norm" if kind in norms else "weight"
                    index = recorder.graph.add(what, nodes, name=kind.__name__, weights=names)
                    recorder.give(index, result)
                    self._seen(recorder.graph, Call(index, "norm", args, kwargs, result))
                return result

            return call

        try:
            for kind in kinds:
                kind.__call__ = wrap(kind)  # type: ignore[method-assign]
            yield
        finally:
            for kind, call in before.items():
                if call is None:
                    del kind.__call__
                else:
                    kind.__call__ = call  # type: ignore[method-assign]

    def _names(self, layer: Any) -> Sequence[str]:
        """The parameters of a layer and all in it."""
        return [self.known.names[id(one)] for part in layers(layer) for one in own(part).values()]


def _is_bias(name: str) -> bool:
    return name.rpartition("/")[2] in ("beta", "bias")


@contextmanager
def kept(model: Any) -> Iterator[None]:
    """A block behind which all variables of a model, and PyTorch's random streams, are what they were."""
    before = [(variable, variable.value.detach().clone()) for variable in model.variables]
    try:
        with torch.random.fork_rng():
            yield
    finally:
        with torch.no_grad():
            for variable, value in before:
                variable.value.copy_(value)


def numbers(tensor: Tensor) -> Any:
    """A tensor as an array."""
    whole = tensor.detach().cpu()
    return (whole.float() if whole.dtype in (torch.bfloat16, torch.float16) else whole).numpy()
