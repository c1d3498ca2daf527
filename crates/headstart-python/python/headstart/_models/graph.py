"""How the parts of a model hang together: a graph of what is done to numbers, whoever traced it.

>>> graph = Graph()
>>> x = graph.add("input")
>>> w = graph.add("weight", [x], weights=("up",))
>>> out = graph.add("add", [x, graph.add("weight", [graph.add("activation", [w], name="relu")], weights=("down",))])
>>> graph.before("down"), [branch.weights for branch in graph.branches]
('relu', [(('up',), ('down',))])
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

__all__ = ["Branch", "Graph", "Node"]


@dataclass(frozen=True)
class Node:
    """One thing that is done: to `inputs`, with `weights`."""

    index: int
    kind: str
    """`input`, `weight`, `norm`, `activation`, `attention`, `add`, `mul`, or `other` for what keeps numbers as they are, more or
    less."""
    inputs: tuple[int, ...]
    name: str = ""
    """Which activation or normalization it is; else the function's name."""
    weights: tuple[str, ...] = ()
    """The parameters that it multiplies by, for a normalization its scale."""
    pads: bool = False
    """Whether it changes the shape only."""


@dataclass(frozen=True)
class Branch:
    """What is computed beside a residual stream and added to it."""

    stream: int
    """The node that it begins at, and is added to."""
    output: int
    """The node that is added."""
    joined: int
    """The addition."""
    weights: tuple[tuple[str, ...], ...]
    """The parameters of its layers, in the order in which they are used."""
    last: tuple[str, ...]
    """Those of the layers behind which there are no others."""
    scale: str | None
    """The scale of a normalization behind the last of them, if there is one: it hides how large that one is."""
    chain: int
    """Branches of the same stream have the same number."""


class Graph:
    """What a model does, in an order in which it can be done."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []

    def add(
        self, kind: str, inputs: Sequence[int] = (), *, name: str = "", weights: Iterable[str] = (), pads: bool = False
    ) -> int:
        """Another node behind those that there are; its number."""
        unique = tuple(dict.fromkeys(inputs))
        self.nodes.append(Node(len(self.nodes), kind, unique, name, tuple(weights), pads))
        return len(self.nodes) - 1

    @cached_property
    def consumers(self) -> list[list[int]]:
        """For each node those that it is an input of."""
        consumers: list[list[int]] = [[] for _ in self.nodes]
        for node in self.nodes:
            for one in node.inputs:
                consumers[one].append(node.index)
        return consumers

    @cached_property
    def _ancestors(self) -> list[int]:
        """For each node a set of bits: the nodes that it depends on, and itself."""
        sets: list[int] = []
        for node in self.nodes:
            bits = 1 << node.index
            for one in node.inputs:
                bits |= sets[one]
            sets.append(bits)
        return sets

    def depends(self, node: int, on: int) -> bool:
        """Whether a node depends on another one, or is it."""
        return bool(self._ancestors[node] >> on & 1)

    def user(self, weight: str) -> Node | None:
        """The first node that multiplies by a parameter."""
        return next((node for node in self.nodes if node.kind == "weight" and weight in node.weights), None)

    def of_data(self, weight: str) -> bool:
        """Whether a parameter is the first that the data meet."""
        node = self.user(weight)
        if node is None:
            return False
        behind = self._ancestors[node.index] & ~(1 << node.index)
        return not any(behind >> other.index & 1 for other in self.nodes if other.kind == "weight")

    def before(self, weight: str) -> str | None:
        """The activation that makes the inputs of a parameter's layer; None where something else does."""
        node = self.user(weight)
        while node is not None and node.inputs:
            node = self.nodes[node.inputs[0]]
            if node.kind == "activation":
                return node.name
            if node.kind != "other":
                return None
        return None

    def after(self, weight: str) -> str | None:
        """The activation that is applied to what comes out of a parameter's layer, past a normalization; None where there is
        none."""
        node = self.user(weight)
        found = None if node is None else self._bent(node.index)
        return None if found is None else self.nodes[found].name

    def _bent(self, index: int) -> int | None:
        for consumer in self.consumers[index]:
            node = self.nodes[consumer]
            if node.kind == "activation":
                return consumer
            if node.kind in ("other", "norm") and (found := self._bent(consumer)) is not None:
                return found
        return None

    def normalized(self, weight: str) -> Node | None:
        """The normalization of what comes out of a parameter's layer, before anything else is done to it; None where there is
        none."""
        node = self.user(weight)
        while node is not None:
            consumers = [self.nodes[i] for i in self.consumers[node.index]]
            if len(consumers) != 1 or consumers[0].kind not in ("other", "norm"):
                return None
            node = consumers[0]
            if node.kind == "norm":
                return node
        return None

    def _between(self, start: int, end: int) -> Iterator[Node]:
        """The nodes behind one that another one needs, and that one."""
        for node in self.nodes[start + 1 : end + 1]:
            if self.depends(end, node.index) and self.depends(node.index, start):
                yield node

    @cached_property
    def branches(self) -> tuple[Branch, ...]:
        """All residual branches, in the order in which they are added.

        An addition joins a branch to a stream where one of the two begins at the other, or beside it at what the other one is
        made of, and has layers. A stream may be projected on its way (He et al. 2016, "Identity mappings in deep residual
        networks").
        """
        skips: dict[int, int] = {}
        chains: dict[int, int] = {}
        found: list[Branch] = []
        for node in self.nodes:
            if node.kind != "add" or len(node.inputs) != 2:
                continue
            branch = self._branch(node, skips)
            if branch is None:
                continue
            start, side, output, is_projected = branch
            skips[node.index] = start if is_projected else side
            stem = list(self._stem(node.index, skips))[1:]
            chain = next((chains[one] for one in stem if one in chains), len(set(chains.values())))
            chains[node.index] = chain
            layers = [one for one in self._between(start, output) if one.kind == "weight"]
            inside = {one.index for one in layers}
            last = [one for one in layers if not any(self.depends(other, one.index) for other in inside - {one.index})]
            scales = [self.normalized(name) for one in last for name in one.weights[-1:]]
            scale = next((norm.weights[0] for norm in scales if norm is not None and norm.weights), None)
            weights = tuple(one.weights for one in layers)
            last_names = tuple(one.weights[-1] for one in last)
            found.append(Branch(side, output, node.index, weights, last_names, scale, chain))
        return tuple(found)

    def _stem(self, index: int, skips: dict[int, int]) -> Iterator[int]:
        """A node and what it is a residual stream of, back to its beginning."""
        while True:
            yield index
            node = self.nodes[index]
            if index in skips:
                index = skips[index]
            elif node.kind in ("other", "norm", "activation") and len(node.inputs) == 1:
                index = node.inputs[0]
            else:
                return

    def _layers(self, start: int, end: int) -> int:
        return sum(node.kind == "weight" for node in self._between(start, end))

    def _branch(self, node: Node, skips: dict[int, int]) -> tuple[int, int, int, bool] | None:
        """Where a branch begins, the stream's side of the addition, and the branch's, and whether the stream has a layer between;
        None where nothing is joined."""
        a, b = node.inputs
        for side, output in ((a, b), (b, a)):
            for start in self._stem(side, skips):
                if self.depends(output, start) and self._layers(start, output):
                    return start, side, output, False
        # A stream that is projected: beside it a branch of more layers begins at the same place.
        common = self._ancestors[a] & self._ancestors[b]
        if not common:
            return None
        start = common.bit_length() - 1
        layers = self._layers(start, a), self._layers(start, b)
        if min(layers) == 1 < max(layers):
            return (start, a, b, True) if layers[0] == 1 else (start, b, a, True)
        return None
