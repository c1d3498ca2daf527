"""A cluster as users name it."""

from __future__ import annotations

import operator
from types import TracebackType
from typing import Any

from .. import _native
from ..errors import UsageError
from ._workers import Workers

REFUSED = {
    "get_if_exists": "workers have no names",
    "lifetime": "workers end with the cluster object",
    "max_concurrency": "a worker does one thing at a time",
    "max_restarts": "other workers take the place of those that are lost",
    "max_task_retries": "what is lost is done again anyway",
    "name": "workers have no names",
    "namespace": "workers have no names",
    "num_cpus": "cpus says how many a worker has",
}
"""What Ray's actors take, and not these."""


MOST_WORKERS = 10_000
"""Of one cluster object: more than one process can give work to."""


class Cluster:
    """Workers on a Ray cluster, begun when they are needed, and ended by `close`.

    Calls at the same time do not share it: while one is under way, runs of another one are done in this process.

    Parameters
    ----------
    address : str, optional
        Of the cluster, as `ray.init` takes it; `"auto"` is the one that runs on this machine. Left out it is that of
        `RAY_ADDRESS`, or the one that runs here, or a new one on this machine alone.
    workers : int, optional
        How many there are [default: one for each CPU, also of nodes that join later]. A cluster that grows by itself grows
        until there are so many.
    cpus : int, default 1
        CPUs of each. More of them share one copy of the samples, and one process is lost with all of them.
    **options
        What else Ray's actors take: `memory` in bytes for each, `resources`, `runtime_env`, `scheduling_strategy` and others.
    """

    def __init__(
        self, address: str | None = None, *, workers: int | None = None, cpus: int = 1, **options: Any
    ) -> None:
        if not (address is None or isinstance(address, str)):
            raise UsageError(f'address is text, as in "auto", not {address!r}')
        if workers is not None and _count("workers", workers) > MOST_WORKERS:
            raise UsageError(f"workers={workers}: one command gives work to {MOST_WORKERS:,} at the most")
        for name, why in REFUSED.items():
            if name in options:
                raise UsageError(f"{name} is no option of a cluster: {why}")
        self._workers = Workers(
            address, None if workers is None else _count("workers", workers), _count("cpus", cpus), options
        )
        self._native = _native.Executor(self._workers)

    def close(self) -> None:
        """Ends its workers; the next call begins others."""
        self._workers.end()

    def __enter__(self) -> Cluster:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Cluster({self._workers.in_words()})"


def _count(name: str, value: Any) -> int:
    try:
        count = operator.index(value)
    except TypeError:
        raise UsageError(f"{name} is a whole number, not {value!r}") from None
    if isinstance(value, bool) or count < 1:
        raise UsageError(f"{name}={value!r}: at least 1 is needed")
    return count
