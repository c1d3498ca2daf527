"""What a model of PyTorch does with a batch: each function that it calls, as it calls it.

No code is changed and nothing is compiled: functions are seen by `torch.overrides.TorchFunctionMode`, whoever calls them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from .._models.graph import Graph
from ._functions import BY_MODULE, activation_of, is_norm, kind_of

__all__ = ["Call", "recorded"]

VIEWS = {
    "view", "reshape", "transpose", "permute", "flatten", "contiguous", "squeeze", "unsqueeze", "to", "float", "detach", "chunk",
    "split", "unbind", "getitem", "dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "identity", "clone", "t", "T",
    "movedim", "swapaxes", "expand", "type", "half", "bfloat16", "get",
}  # fmt: skip
"""Functions that change no number, or leave numbers out."""


DROPOUTS = {"dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout"}
"""Functions that leave something out at random, where their third argument says so."""


def _without_dropout(
    name: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of a call with nothing left out at random: that is noise in every figure."""
    if name in DROPOUTS:
        return (*args[:2], False, *args[3:]) if len(args) > 2 else args, kwargs | (
            {"training": False} if len(args) < 3 else {}
        )
    if name == "scaled_dot_product_attention":
        return (*args[:4], 0.0, *args[5:]) if len(args) > 4 else args, kwargs | (
            {"dropout_p": 0.0} if len(args) < 5 else {}
        )
    return args, kwargs


class Call:
    """What a function was called with, and what it gave: a node of the graph and its tensors."""

    def __init__(self, index: int, function: str, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> None:
        self.index, self.function, self.args, self.kwargs, self.result = index, function, args, kwargs, result


def _tensors(value: Any) -> Iterator[Tensor]:
    """All tensors in what a function takes or gives."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, (tuple, list)):
        for one in value:
            yield from _tensors(one)
    elif isinstance(value, dict):
        for one in value.values():
            yield from _tensors(one)


class _Recorder(TorchFunctionMode):
    def __init__(self, model: nn.Module, seen: Callable[[Graph, Call], None]) -> None:
        super().__init__()
        self.graph, self.seen = Graph(), seen
        self.names = {id(p): name for name, p in model.named_parameters()}
        self.buffers = {id(b) for b in model.buffers()}
        # Of tensors of the data which node made them, and of those made of parameters alone which ones: both kept alive, so that no
        # other tensor takes the place of one.
        self.made: dict[int, tuple[int, Tensor]] = {}
        self.derived: dict[int, tuple[tuple[str, ...], Tensor]] = {}
        self.inside = 0

    def node(self, tensor: Tensor) -> int | None:
        """The node that made a tensor; None of what is no tensor of the data."""
        known = self.made.get(id(tensor))
        return None if known is None else known[0]

    def parameters(self, tensor: Tensor) -> tuple[str, ...]:
        """The parameters that a tensor is made of."""
        name = self.names.get(id(tensor))
        if name is not None:
            return (name,)
        return self.derived[id(tensor)][0] if id(tensor) in self.derived else ()

    def give(self, index: int, result: Any) -> None:
        """Says that a node made these tensors."""
        for tensor in _tensors(result):
            self.made[id(tensor)] = (index, tensor)

    def inputs(self, values: Any) -> None:
        """Says that these tensors are the data."""
        tensors = list(_tensors(values))
        if tensors:
            index = self.graph.add("input")
            self.give(index, tensors)

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = getattr(func, "__name__", "")
        args, kwargs = _without_dropout(name, args, kwargs or {})
        result = func(*args, **kwargs)
        if self.inside == 0 and any(True for _ in _tensors(result)) and name not in ("__set__", "requires_grad_"):
            self.note(name, args, kwargs, result)
        return result

    def note(self, name: str, args: Any, kwargs: Any, result: Any) -> None:
        """Adds a node for a call."""
        given = list(_tensors((args, kwargs)))
        if name.strip("_") in VIEWS and any(result is one for one in given):
            return  # Nothing was done: `to` where it is that already.
        nodes = [node for node in map(self.node, given) if node is not None]
        of = tuple(dict.fromkeys(name for tensor in given for name in self.parameters(tensor)))
        if not nodes:
            if of:
                for tensor in _tensors(result):
                    self.derived[id(tensor)] = (of, tensor)
                return
            if id(result) in self.buffers or not given:
                # Made of nothing: positions, masks.
                return
        of = tuple(one for one in of if "bias" not in one.rsplit(".")[-1])
        kind = kind_of(name, bool(of))
        if kind == "add" and len(set(nodes)) < 2:
            kind = "other"
        label = name.strip("_")
        if kind == "activation":
            label = activation_of(name, args, kwargs)
        elif kind == "mul" and len(set(nodes)) < 2 and not of:
            # By a number: it changes the size, and no more.
            kind = "other"
        index = self.graph.add(
            "other" if kind == "softmax" else kind, nodes, name=label, weights=of, pads=label in VIEWS
        )
        self.give(index, result)
        self.seen(self.graph, Call(index, name, args, kwargs, result))


@contextmanager
def recorded(model: nn.Module, seen: Callable[[Graph, Call], None], inputs: Any) -> Iterator[_Recorder]:
    """Records what is done to these inputs in the `with` block; `seen` is told each call right behind it. Nothing of it stays."""
    recorder = _Recorder(model, seen)
    recorder.inputs(inputs)
    handles = []
    whole: list[tuple[nn.Module, Any, Any]] = []

    def enter(module: nn.Module, args: Any, kwargs: Any) -> None:
        whole.append((module, args, kwargs))
        recorder.inside += 1

    def leave(module: nn.Module, args: Any, kwargs: Any, result: Any) -> None:
        recorder.inside -= 1
        _, args, kwargs = whole.pop()
        if recorder.inside:
            return
        nodes = [node for node in map(recorder.node, _tensors((args, kwargs))) if node is not None]
        scales = [
            name for p, name in recorder.names.items() if any(p == id(q) for q in module.parameters(recurse=False))
        ]
        function = BY_MODULE.get(type(module).__name__)
        if function is not None:
            index = recorder.graph.add("activation", nodes, name=activation_of(function))
        else:
            scales = [name for name in scales if "bias" not in name.rsplit(".")[-1]]
            index = recorder.graph.add("norm", nodes, name=type(module).__name__, weights=scales)
        recorder.give(index, result)
        recorder.seen(recorder.graph, Call(index, function or "norm", args, kwargs, result))

    try:
        for module in model.modules():
            # What is done by hand inside of a normalization or an activation is one thing.
            by_hand = type(module).__module__.split(".")[0] != "torch"
            if by_hand and (is_norm(module) or type(module).__name__ in BY_MODULE):
                handles.append(module.register_forward_pre_hook(enter, with_kwargs=True))
                handles.append(module.register_forward_hook(leave, with_kwargs=True, always_call=True))
        with recorder:
            yield recorder
    finally:
        for handle in handles:
            handle.remove()


def nothing(graph: Graph, call: Call) -> None:
    """Does not look."""


def traced(model: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Graph:
    """How the parts of a model hang together, by running it once without gradients."""
    with torch.no_grad(), recorded(model, nothing, (args, kwargs)) as recorder:
        model(*args, **kwargs)
    return recorder.graph
