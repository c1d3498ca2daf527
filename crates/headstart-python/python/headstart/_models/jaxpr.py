"""What a function of JAX does to its inputs: the equations of its jaxpr as a graph, and their values with something added on the
way.

No code is changed. Calls that JAX wrote down by name (`relu`, `leaky_relu` ...) are one node, others are followed; so are
activations that are a number times a gate of it (`silu`, `gelu`), and normalizations, by the scope of their module."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import jax
import numpy as np

from .graph import Graph

__all__ = ["Trace", "scoped"]

SCOPE = "headstart-norm-"
"""What the scopes of normalizations begin with."""

ACTIVATION = {
    "relu": "relu", "leaky_relu": "leaky-relu", "tanh": "tanh", "logistic": "sigmoid", "sigmoid": "sigmoid", "elu": "elu", "selu":
    "selu", "celu": "celu", "gelu": "gelu", "silu": "silu", "swish": "silu", "mish": "mish", "softplus": "softplus", "logaddexp":
    "softplus", "soft_sign": "softsign", "relu6": "relu6", "hard_tanh": "hard-tanh", "hard_silu": "hard-swish", "hard_swish":
    "hard-swish", "hard_sigmoid": "hard-sigmoid", "log_sigmoid": "log-sigmoid", "tanh_shrink": "tanh-shrink", "sin": "sin",
}  # fmt: skip
"""Calls and primitives that are activations, and what they are called here."""

WEIGHT = {
    "dot_general",
    "conv_general_dilated",
    "gather",
    "scan",
    "while",
    "cond",
    "ragged_dot_general",
    "custom_vjp_call",
}
"""Those that multiply by weights, where there are any among what they are given."""

VIEWS = {
    "reshape", "transpose", "broadcast_in_dim", "squeeze", "expand_dims", "convert_element_type", "stop_gradient", "copy", "slice",
    "dynamic_slice", "rev", "split", "concatenate", "pad", "optimization_barrier", "reduce_precision",
}  # fmt: skip
"""Primitives that change no number, or leave numbers out."""

ELEMENTWISE = VIEWS | {
    "mul", "add", "sub", "div", "neg", "tanh", "logistic", "erf", "erfc", "integer_pow", "pow", "square", "exp", "log1p", "max",
    "abs", "add_any", "log",
}  # fmt: skip

INLINED = {
    "jit",
    "pjit",
    "closed_call",
    "core_call",
    "remat",
    "checkpoint",
    "remat2",
    "custom_jvp_call",
    "custom_vjp_call",
}


@contextmanager
def scoped(classes: Sequence[type]) -> Iterator[None]:
    """A block in which whatever is called of these classes has a scope of its own in a jaxpr."""
    own = {kind: kind.__dict__.get("__call__") for kind in classes}
    count = iter(range(1 << 30))

    def wrap(kind: type) -> Callable[..., Any]:
        inner: Callable[..., Any] = kind.__call__

        def call(self: Any, *args: Any, **kwargs: Any) -> Any:
            with jax.named_scope(f"{SCOPE}{next(count)}-{kind.__name__}"):
                return inner(self, *args, **kwargs)

        return call

    try:
        for kind in classes:
            kind.__call__ = wrap(kind)  # type: ignore[method-assign]
        yield
    finally:
        for kind, call in own.items():
            if call is None:
                del kind.__call__
            else:
                kind.__call__ = call  # type: ignore[method-assign]


class _Op:
    """An equation: slots that it reads and writes, of which constants are values themselves."""

    def __init__(self, eqn: Any, name: str, inputs: list[Any], outputs: list[int], scope: str) -> None:
        self.eqn, self.name, self.inputs, self.outputs, self.scope = eqn, name, inputs, outputs, scope

    @property
    def slots(self) -> list[int]:
        """Those that are no constants."""
        return [one for one in self.inputs if isinstance(one, int)]

    def run(self, values: list[Any]) -> list[Any]:
        """What it gives."""
        given = self.eqn.primitive.get_bind_params(self.eqn.params)
        # Until JAX 0.9 functions came beside the parameters.
        functions, params = given if isinstance(given, tuple) else ((), given)
        result = self.eqn.primitive.bind(*functions, *values, **params)
        return list(result) if self.eqn.primitive.multiple_results else [result]


class _Constant:
    def __init__(self, value: Any) -> None:
        self.value = value


def _name(eqn: Any) -> str:
    """The name of a call, or of the only one in what has a derivative of its own; else that of the primitive."""
    primitive: str = eqn.primitive.name
    name = eqn.params.get("name") if primitive in INLINED else None
    if name is None and primitive == "custom_jvp_call":
        inside = eqn.params["call_jaxpr"].eqns
        name = _name(inside[0]) if len(inside) == 1 else None
    return name if isinstance(name, str) and name in ACTIVATION else primitive


class Trace:
    """A function `f(parameters, others, inputs)` of parameters by name, as it runs on inputs of some shapes."""

    def __init__(self, function: Callable[..., Any], parameters: Mapping[str, Any], others: Any, inputs: Any) -> None:
        closed, shapes = jax.make_jaxpr(function, return_shape=True)(dict(parameters), others, inputs)
        self._structure = jax.tree.structure(shapes)
        self._ops: list[_Op] = []
        self._count = 0
        self._shapes: dict[int, Any] = {}
        names = sorted(parameters)
        others_count = len(jax.tree.leaves(others))
        slots = [self._slot(var) for var in closed.jaxpr.invars]
        self.names = dict(zip(names, slots))
        self._given = slots
        self._data = slots[len(names) + others_count :]
        self._outputs = self._flatten(closed.jaxpr, [_Constant(value) for value in closed.consts], slots, "")
        self._maker = {slot: op for op in self._ops for slot in op.outputs}
        self.graph = Graph()
        self.anchor: dict[int, int] = {}
        """For each node the slot of what it gives."""
        self.units: dict[int, int] = {}
        """For convolutions the dimension of their channels."""
        self.stacked: set[int] = set()
        """Loops whose steps are the first dimension of what they give, and samples the second."""
        self._build()

    def _slot(self, var: Any) -> int:
        self._count += 1
        self._shapes[self._count] = var.aval
        return self._count

    def _flatten(self, jaxpr: Any, consts: Sequence[Any], inputs: Sequence[Any], scope: str) -> list[Any]:
        of: dict[Any, Any] = dict(zip(jaxpr.constvars, consts)) | dict(zip(jaxpr.invars, inputs))

        def read(var: Any) -> Any:
            return _Constant(var.val) if hasattr(var, "val") else of[var]

        for eqn in jaxpr.eqns:
            given = [read(var) for var in eqn.invars]
            here = _scope(eqn) or scope
            name, inner = _name(eqn), _inner(eqn)
            if inner is not None and name not in ACTIVATION:
                own = inner.consts if hasattr(inner, "consts") else ()
                results = self._flatten(
                    getattr(inner, "jaxpr", inner), [_Constant(value) for value in own], given, here
                )
                of |= dict(zip(eqn.outvars, results))
                continue
            slots = [self._slot(var) for var in eqn.outvars]
            of |= dict(zip(eqn.outvars, slots))
            self._ops.append(_Op(eqn, name, given, slots, here))
        return [read(var) for var in jaxpr.outvars]

    def run(
        self, parameters: Mapping[str, Any], others: Any, inputs: Any, added: Mapping[int, Any]
    ) -> tuple[Any, dict[int, Any]]:
        """The outputs, and the value of each node, with something added to what some nodes give."""
        leaves = [*(parameters[name] for name in self.names), *jax.tree.leaves(others), *jax.tree.leaves(inputs)]
        values: dict[int, Any] = dict(zip(self._given, leaves))
        taps = {self.anchor[node]: value for node, value in added.items()}
        for op in self._ops:
            results = op.run([_value(one, values) for one in op.inputs])
            for slot, result in zip(op.outputs, results):
                values[slot] = result + taps[slot] if slot in taps else result
        outputs = jax.tree.unflatten(self._structure, [_value(one, values) for one in self._outputs])
        return outputs, {node: values[slot] for node, slot in self.anchor.items() if slot in values}

    def shape(self, node: int) -> Any:
        """Shape and type of what a node gives."""
        return self._shapes[self.anchor[node]]

    def _build(self) -> None:
        """The graph."""
        self._node: dict[int, int] = {}
        self._of: dict[int, tuple[str, ...]] = {slot: (name,) for name, slot in self.names.items()}
        if self._data:
            index = self.graph.add("input")
            self._node |= dict.fromkeys(self._data, index)
            self.anchor[index] = self._data[0]
        self._gates = self._found_gates()
        self._used = {one for one in self._outputs if isinstance(one, int)}
        for op in reversed(self._ops):
            if any(slot in self._used for slot in op.outputs):
                self._used |= set(op.slots)
        done: set[str] = set()
        for at, op in enumerate(self._ops):
            if op.scope:
                if op.scope not in done and self._is_of_data(op):
                    done.add(op.scope)
                    self._norm(op.scope)
            elif at in self._gates:
                self._gate(at)
            else:
                self._add(op)

    def _is_of_data(self, op: _Op) -> bool:
        return any(slot in self._node for slot in op.slots)

    def _norm(self, scope: str) -> None:
        """All that is done in a normalization is one node."""
        ops = [op for op in self._ops if op.scope == scope]
        made = {slot for op in ops for slot in op.outputs}
        read = [slot for op in ops for slot in op.slots if slot not in made]
        nodes = [self._node[slot] for slot in read if slot in self._node]
        names = [name for slot in read for name in self._of.get(slot, ()) if not _is_bias(name)]
        index = self.graph.add("norm", nodes, name=scope.rpartition("-")[2], weights=dict.fromkeys(names))
        self._node |= dict.fromkeys(made, index)
        shape = max((self._shapes[self.anchor[node]].size for node in nodes), default=0)
        whole = [slot for op in ops for slot in op.outputs if self._shapes[slot].size == shape]
        self.anchor[index] = whole[-1] if whole else ops[-1].outputs[0]

    def _gate(self, at: int) -> None:
        first, last, base, name = self._gates[at]
        if first == at and base in self._node:
            self.graph.add("activation", [self._node[base]], name=name)
            self.anchor[len(self.graph.nodes) - 1] = self._ops[last].outputs[0]
        index = len(self.graph.nodes) - 1
        self._node |= dict.fromkeys(self._ops[at].outputs, index)

    def _add(self, op: _Op) -> None:
        nodes = [self._node[slot] for slot in op.slots if slot in self._node]
        of = tuple(dict.fromkeys(name for slot in op.slots for name in self._of.get(slot, ())))
        if not nodes:
            self._of |= dict.fromkeys(op.outputs, of) if of else {}
            return
        if op.name in ("add", "add_any") and len(nodes) == 1 and of and all(map(_is_bias, of)):
            made = self._bare(nodes[0])
            if made is not None:
                # What a layer gives is what it gives with its bias.
                self._node[op.outputs[0]] = made
                self.anchor[made] = op.outputs[0]
                self.units.pop(made, None)
                return
        of = tuple(name for name in of if not _is_bias(name))
        kind, name = self._kind(op, nodes, of)
        index = self.graph.add(kind, nodes, name=name, weights=of, pads=op.name in VIEWS)
        self._node |= dict.fromkeys(op.outputs, index)
        self.anchor[index] = self._first_float(op)
        if op.name == "scan" and op.outputs.index(self.anchor[index]) >= op.eqn.params["num_carry"]:
            self.stacked.add(index)
        if op.name == "conv_general_dilated":
            self.units[index] = op.eqn.params["dimension_numbers"].out_spec[1]

    def _bare(self, index: int) -> int | None:
        """The layer whose outputs a node are, past views."""
        while self.graph.nodes[index].pads and len(self.graph.nodes[index].inputs) == 1:
            index = self.graph.nodes[index].inputs[0]
        return index if self.graph.nodes[index].kind == "weight" else None

    def _first_float(self, op: _Op) -> int:
        floats = [slot for slot in op.outputs if _is_float(self._shapes[slot])]
        # Of a loop's outputs what is used of them: the sequence of states, or the state at its end.
        used = [slot for slot in floats if slot in self._used] or floats
        return max(used, key=lambda slot: self._shapes[slot].size, default=op.outputs[0])

    def _kind(self, op: _Op, nodes: list[int], of: tuple[str, ...]) -> tuple[str, str]:
        """What kind of node an equation is, and its name."""
        unique = len(set(nodes))
        if op.name in WEIGHT and of:
            return "weight", op.name
        if op.name in ACTIVATION and _is_float(self._shapes[op.outputs[0]]):
            return "activation", self._activation(op)
        if op.name == "max" and any(_is_number(one, 0.0) for one in op.inputs):
            return "activation", "relu"
        if op.name in ("add", "add_any"):
            return ("add" if unique > 1 else "other"), "add"
        if op.name == "div" and self._is_softmax(op):
            return "other", "softmax"
        if op.name in ("mul", "div", "dot_general"):
            return ("mul" if unique > 1 or of else "other"), op.name
        return "other", op.name

    @staticmethod
    def _activation(op: _Op) -> str:
        if op.name == "leaky_relu":
            slope = next(
                (float(one.value) for one in op.inputs if isinstance(one, _Constant) and np.size(one.value) == 1), 0.01
            )
            return f"leaky-relu:{round(slope, 6)}" if slope > 0 else "relu"
        return ACTIVATION[op.name]

    def _past(self, one: Any, through: frozenset[str]) -> Any:
        """What a slot is, past primitives of some names."""
        while isinstance(one, int) and one in self._maker and self._maker[one].name in through:
            one = self._maker[one].slots[0] if self._maker[one].slots else None
        return one

    def _is_softmax(self, op: _Op) -> bool:
        """Exponentials by their sum."""
        views = frozenset(VIEWS)
        top, bottom = self._past(op.inputs[0], views), self._past(op.inputs[1], views)
        whole = self._maker.get(bottom) if isinstance(bottom, int) else None
        maker = self._maker.get(top) if isinstance(top, int) else None
        if whole is None or maker is None or whole.name != "reduce_sum":
            return False
        return maker.name == "exp" and self._past(whole.inputs[0], views) == top

    def _found_gates(self) -> dict[int, tuple[int, int, int, str]]:
        """For each equation of an activation that is a number times a gate of it: the first and the last of them, what it is of,
        and which it is."""
        position = {slot: i for i, op in enumerate(self._ops) for slot in op.outputs}
        found: dict[int, tuple[int, int, int, str]] = {}
        for at, op in enumerate(self._ops):
            if op.name != "mul" or len(op.slots) != 2 or op.scope:
                continue
            for one, gate in (op.slots, op.slots[::-1]):
                inside: set[int] = {at}
                base = self._scaled(one, inside, position)
                leaves, seen = self._leaves(gate, base, inside, position)
                name = _gate_name(seen) if leaves == {base} else None
                if name is not None:
                    found |= dict.fromkeys(inside, (min(inside), at, base, name))
                    break
        return found

    def _scaled(self, slot: int, inside: set[int], position: Mapping[int, int]) -> int:
        """What a number is a multiple of."""
        while slot in self._maker and self._maker[slot].name in ("mul", "div") and len(self._maker[slot].slots) == 1:
            inside.add(position[slot])
            slot = self._maker[slot].slots[0]
        return slot

    def _leaves(self, gate: int, base: int, inside: set[int], position: Mapping[int, int]) -> tuple[set[int], set[str]]:
        """What a gate is made of, number by number, and by which primitives."""
        todo, leaves, seen = [gate], set[int](), set[str]()
        while todo and len(inside) < 40:
            slot = todo.pop()
            maker = self._maker.get(slot)
            if (
                slot == base
                or maker is None
                or (maker.name not in ELEMENTWISE and maker.name not in ACTIVATION)
                or maker.scope
            ):
                leaves.add(slot)
                continue
            seen.add(maker.name)
            inside.add(position[slot])
            todo += maker.slots
        return leaves, seen


def _gate_name(seen: set[str]) -> str | None:
    """The activation whose gate is made by these primitives."""
    if seen & {"erf", "erfc"}:
        return "gelu"
    if "tanh" in seen:
        if seen & {"log1p", "logaddexp", "softplus"}:
            return "mish"
        return "gelu" if seen & {"integer_pow", "pow"} else None
    if seen & {"logistic", "sigmoid"}:
        # Sigmoid of a multiple: the approximation of gelu of Hendrycks and Gimpel 2016.
        return "gelu" if "mul" in seen else "silu"
    return "hard-swish" if "hard_sigmoid" in seen else None


def _scope(eqn: Any) -> str:
    stack = str(eqn.source_info.name_stack)
    at = stack.find(SCOPE)
    return "" if at < 0 else stack[at:].split("/")[0].rstrip(")")


def _inner(eqn: Any) -> Any:
    """What a call calls; None of what is no call, or has a derivative of its own."""
    name = eqn.primitive.name
    if name not in INLINED or name.startswith("custom_"):
        return None
    return eqn.params.get("jaxpr") or eqn.params.get("call_jaxpr")


def _value(one: Any, values: Mapping[int, Any]) -> Any:
    return one.value if isinstance(one, _Constant) else values[one]


def _is_bias(name: str) -> bool:
    own = name.replace("/", ".").rpartition(".")[2]
    return "bias" in own or own == "beta"


def _is_float(shape: Any) -> bool:
    return bool(jax.numpy.issubdtype(shape.dtype, jax.numpy.floating))


def _is_number(one: Any, value: float) -> bool:
    return (
        isinstance(one, _Constant)
        and np.size(one.value) == 1
        and math.isclose(float(np.asarray(one.value).item()), value)
    )
