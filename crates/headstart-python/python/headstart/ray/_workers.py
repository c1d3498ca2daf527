"""Workers as Ray's actors: begun, given parcels, and what became of these. What is decided is decided by the native part."""

from __future__ import annotations

import collections
import functools
import logging
import math
import os
import socket
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import _native
from .._optional import needed
from ..errors import ClusterError
from . import _faults

MOST_SAMPLES = 64
"""Data sets that are kept in the object store, at most; more are put there again when they are needed."""

LOOK = 1.0
"""Seconds between two looks at which nodes there are."""

DOUBT = 0.5
"""Seconds until a worker that was not reached is asked again."""

MOST_DOUBTS = 20
"""So often it is asked until it is given up, should nobody know what became of it."""

LONG = 30.0
"""Seconds without any worker after which that is said."""

MOST_FAILURES = 3
"""Workers that failed to begin, one after another, for what others would fail for, too: no more are tried."""

LONGEST = 30.0
"""Seconds between two tries to begin workers, at most, where these fail."""

LOG = logging.getLogger("headstart.ray")

Event = tuple[Any, ...]
"""What happened, as the native part takes it: `joined`, `left`, `done` or `failed`, the worker, and more."""


@dataclass
class Member:
    """A worker: its actor, and where it is once it has said so."""

    actor: Any
    node: str = ""
    node_id: str = ""
    doubts: int = 0


class Workers:
    """The workers of a cluster."""

    def __init__(self, address: str | None, workers: int | None, cpus: int, options: dict[str, Any]) -> None:
        self._ray = needed("ray", "a cluster")
        self._address, self._wanted, self._cpus, self._options = address, workers, cpus, options
        self._actors: Any = None
        self._members: dict[int, Member] = {}
        self._waiting: dict[Any, tuple[str, int]] = {}
        self._samples: collections.OrderedDict[str, Any] = collections.OrderedDict()
        self._doubtful: dict[int, float] = {}
        self._events: list[Event] = []
        self._nodes: dict[str, Any] = {}
        self._driver: str | None = None
        self._count = 0
        self._next_look = 0.0
        # Workers that failed in a row for what others fail for, too; how often in a row some failed for whatever reason; why.
        self._failures = 0
        self._tries = 0
        self._has_failed = False
        self._failure = ""
        # Since when there is no worker; infinite once that was said.
        self._without: float | None = None
        self._has_worker = False
        self._told: set[str] = set()

    def in_words(self) -> str:
        """What it is made with."""
        told = {"address": self._address, "workers": self._wanted, "cpus": self._cpus, **self._options}
        return ", ".join(f"{name}={value!r}" for name, value in told.items() if value is not None)

    def wait(self, seconds: float) -> list[Event]:
        """What happened; waits for the first thing as long as that."""
        self._connect()
        self._begin()
        self._ask_why()
        events, self._events = self._events, []
        if not self._waiting:
            if not events:
                time.sleep(seconds)
            return events
        ready, _ = self._ray.wait([*self._waiting], num_returns=1, timeout=0 if events else seconds)
        if ready and len(self._waiting) > 1:
            ready, _ = self._ray.wait([*self._waiting], num_returns=len(self._waiting), timeout=0)
        for reference in ready:
            events += self._came(reference)
        return events

    def lacks(self, names: list[str]) -> list[str]:
        """Samples that are not in the object store."""
        for name in names:
            if name in self._samples:
                self._samples.move_to_end(name)
        return [name for name in names if name not in self._samples]

    def give(self, worker: int, parcel: bytes, needs: list[str], contents: dict[str, bytes]) -> None:
        """Gives a worker a parcel, with samples that are put into the object store first."""
        for name, content in contents.items():
            # As an array every process of a node sees the same memory.
            self._samples[name] = self._ray.put(np.frombuffer(content, dtype=np.uint8))
        samples = {name: [self._samples[name]] for name in needs}
        while len(self._samples) > max(MOST_SAMPLES, len(needs)):
            self._samples.popitem(last=False)
        if worker in self._members:
            self._waiting[self._members[worker].actor.run.remote(parcel, samples)] = ("run", worker)

    def recall(self, worker: int) -> None:
        """Tells a worker that nobody waits for what it does."""
        if worker in self._members:
            self._members[worker].actor.stop.remote()

    def dismiss(self, worker: int) -> None:
        """Ends a worker; another one begins."""
        if worker in self._members:
            self._ray.kill(self._members.pop(worker).actor)
            self._waiting = {reference: of for reference, of in self._waiting.items() if of[1] != worker}
            self._doubtful.pop(worker, None)

    def end(self) -> None:
        """Ends all workers at once."""
        members, self._members = self._members, {}
        self._waiting.clear()
        self._doubtful.clear()
        self._events = [("left", worker, "it was ended", True) for worker in members]
        self._begin_anew()
        # Without a connection they are gone already.
        if self._ray.is_initialized():
            for member in members.values():
                self._ray.kill(member.actor)

    def _begin_anew(self) -> None:
        """What was there until now says nothing of the workers that begin next."""
        self._next_look, self._failures, self._tries, self._failure = 0.0, 0, 0, ""
        self._without, self._has_worker, self._has_failed = None, False, False

    def _connect(self) -> None:
        ray = self._ray
        if self._actors is not None and self._driver == self._current_driver():
            return
        # Of another connection there is nothing left.
        self._events += [("left", worker, "the connection to Ray was closed", True) for worker in self._members]
        self._members, self._samples, self._actors = {}, collections.OrderedDict(), None
        self._begin_anew()
        self._waiting.clear()
        self._doubtful.clear()
        if not ray.is_initialized():
            try:
                _check_reachable(self._address or os.environ.get("RAY_ADDRESS", ""))
                settings = {"address": self._address, "log_to_driver": False, "logging_level": "error"}
                _native.keeping_signals(functools.partial(ray.init, **settings))
            except (OSError, ValueError, RuntimeError) as error:
                reason = (str(error).strip() or type(error).__name__).splitlines()[0]
                raise ClusterError(
                    f"no Ray cluster is reached at address={self._address!r}: {reason}; begin one with ray start --head, "
                    "or leave address out for one on this machine"
                ) from None
        from ._worker import Worker

        options = {"num_cpus": self._cpus, "max_concurrency": 2, "scheduling_strategy": "SPREAD", **self._options}
        try:
            self._actors = ray.remote(Worker).options(**options)
        except (TypeError, ValueError) as error:
            raise _refused(error) from None
        self._driver = self._current_driver()

    def _current_driver(self) -> str | None:
        """What tells one connection from another."""
        return self._ray.get_runtime_context().get_worker_id() if self._ray.is_initialized() else None

    def _begin(self) -> None:
        """Begins workers that there is room for; nodes may have joined."""
        now = time.monotonic()
        if now < self._next_look:
            return
        self._tries, self._has_failed = self._tries + 1 if self._has_failed else 0, False
        self._next_look = now + min(LOOK * 2 ** min(self._tries, 9), LONGEST)
        self._look()
        wanted = self._wanted
        if wanted is None:
            nodes = (node for node in self._nodes.values() if node["Alive"])
            wanted = max(1, sum(int(node["Resources"].get("CPU", 0)) // self._cpus for node in nodes))
        while len(self._members) < wanted:
            self._count += 1
            try:
                actor = self._actors.remote(self._cpus)
            except (TypeError, ValueError) as error:
                raise _refused(error) from None
            self._members[self._count] = Member(actor)
            self._waiting[actor.hello.remote()] = ("hello", self._count)
        self._say_if_none(now)

    def _say_if_none(self, now: float) -> None:
        """Says once that there has been no worker for long, what each needs, and why the last one failed if one did."""
        if any(member.node for member in self._members.values()):
            self._without = None
        elif self._without is None:
            self._without = now
        elif now - self._without > LONG:
            self._without = math.inf
            there, free = (self._ray.cluster_resources(), self._ray.available_resources())
            needs = {"CPU": self._cpus, **self._options.get("resources", {})}
            told = ", ".join(
                f"{n:g} {of} ({there.get(of, 0):g} there, {free.get(of, 0):g} free)" for of, n in needs.items()
            )
            why = f"; the last one failed: {self._failure}" if self._failure else ""
            LOG.warning("no worker has begun in %.0f s: each needs %s%s; they are waited for", LONG, told, why)

    def _look(self) -> None:
        """Sees which nodes there are."""
        self._nodes = {node["NodeID"]: node for node in self._ray.nodes()}

    def _came(self, reference: Any) -> list[Event]:
        """What an answer says."""
        kind, worker = self._waiting.pop(reference)
        errors = self._ray.exceptions
        try:
            answer = self._ray.get(reference)
        except errors.RayTaskError as error:
            if kind == "run" and not isinstance(error.cause, errors.RayError):
                return [("failed", worker, _faults.short(str(error.cause)))]
            if kind == "run":
                # It is Ray that did not get the samples to the worker: they are put into the store again.
                self._samples.clear()
            return self._lose(kind, worker, error)
        except errors.ActorUnavailableError as error:
            if kind == "hello":
                return self._lose(kind, worker, error)
            return self._doubt(worker, error)
        except errors.RayError as error:
            return self._lose(kind, worker, error)
        if kind == "run":
            return [("done", worker, *answer)]
        if kind == "why":
            return self._lose(kind, worker, ConnectionError("the connection to its node was lost for a moment"))
        return self._joined(worker, *answer)

    def _doubt(self, worker: int, error: Exception) -> list[Event]:
        """A worker is not reached: its process or node is gone, or the way to it for a moment. Which, is known a little later."""
        member = self._members[worker]
        member.doubts += 1
        self._look()
        if member.doubts > MOST_DOUBTS or not self._is_alive(member):
            return self._lose("why", worker, error)
        self._doubtful[worker] = time.monotonic() + DOUBT
        return []

    def _ask_why(self) -> None:
        """Asks those that were not reached once more."""
        now = time.monotonic()
        for worker in [worker for worker, due in self._doubtful.items() if due <= now]:
            del self._doubtful[worker]
            self._waiting[self._members[worker].actor.hello.remote()] = ("why", worker)

    def _is_alive(self, member: Member) -> bool:
        return bool(self._nodes.get(member.node_id, {}).get("Alive", False))

    def _joined(self, worker: int, version: str, node_id: str, python: str) -> list[Event]:
        member = self._members[worker]
        if node_id not in self._nodes:
            self._look()
        address = self._nodes[node_id]["NodeManagerAddress"] if node_id in self._nodes else "a node"
        # Several nodes may have one address, as on one machine.
        node = f"{address}/{node_id[:6]}"
        if version != _native.__version__:
            self._refuse(
                f"headstart {version} is on node {node}, and {_native.__version__} is here, whose numbers may differ; "
                f"install the same wheel on all nodes, there with {python} -m pip install"
            )
            # Where it is no other one begins.
            return []
        member.node, member.node_id = node, node_id
        self._failures, self._failure, self._has_worker = 0, "", True
        return [("joined", worker, node, self._cpus)]

    def _refuse(self, sentence: str) -> None:
        """Nodes that cannot work end the call if there are no others, and are left out where work is under way."""
        if not self._has_worker:
            raise ClusterError(sentence)
        if sentence not in self._told:
            self._told.add(sentence)
            LOG.warning("%s; it is left out", sentence)

    def _lose(self, kind: str, worker: int, error: Exception) -> list[Event]:
        """A worker is gone, or never came."""
        member = self._members.pop(worker)
        self._ray.kill(member.actor)
        self._look()
        if kind != "hello":
            self._next_look = 0.0
            if _faults.is_of_node(error) or not self._is_alive(member):
                return [("left", worker, "the node is gone", True)]
            if _faults.is_unreached(self._ray.exceptions, error):
                # Its node may be gone all the same, which is noticed later: that says nothing of what it did.
                return [("left", worker, f"it was not reached: {_faults.short(str(error))}", True)]
            return [("left", worker, _faults.reason(error), False)]
        self._failure, self._has_failed = _faults.short(str(error)), True
        if _faults.will_recur(self._ray.exceptions, error):
            self._failures += 1
            if self._failures >= MOST_FAILURES:
                self._refuse(self._why_none(str(error)))
        return []

    def _why_none(self, text: str) -> str:
        if "No module named 'headstart" in text:
            version = _native.__version__
            return f"headstart is not installed on every node; install the wheel of version {version} on all of them"
        return f"no worker can be begun: {self._failure}"


def _refused(error: Exception) -> ClusterError:
    return ClusterError(f"Ray does not take these options: {_faults.short(str(error))}")


def _check_reachable(address: str) -> None:
    """Raises OSError where nobody listens at an address of a machine, for which Ray would wait for minutes."""
    host, _, port = address.rpartition(":")
    if host and port.isdecimal() and "/" not in host:
        socket.create_connection((host, int(port)), timeout=10).close()
