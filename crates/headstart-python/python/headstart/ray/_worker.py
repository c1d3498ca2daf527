"""What runs on the nodes: a process that does parcels."""

from __future__ import annotations

import sys
from typing import Any

import ray

from .. import _native


class Worker:
    """Does parcels, one at a time; `stop` comes beside the one under way."""

    def __init__(self, cpus: int) -> None:
        self._bench = _native.Bench()
        self._cpus = cpus

    def hello(self) -> tuple[str, str, str]:
        """The version of Headstart here, the node, and the interpreter."""
        return _native.__version__, ray.get_runtime_context().get_node_id(), sys.executable

    def run(self, parcel: bytes, samples: dict[str, list[Any]]) -> tuple[bytes, float]:
        """Does a parcel. Samples that have not come are taken from the node's object store, where they are once."""
        for name, [reference] in samples.items():
            if not self._bench.has(name):
                self._bench.add(name, ray.get(reference))
        return self._bench.run(parcel, self._cpus)

    def stop(self) -> None:
        """Ends the parcel under way soon."""
        self._bench.stop()
