"""Who does the runs of a call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

from . import _native
from .errors import UsageError

if TYPE_CHECKING:
    from .ray import Cluster

Executor: TypeAlias = "str | Cluster | None"
"""Who does the runs: `"threads"` of this process, the workers of `"ray"`, or of a cluster."""


@contextmanager
def chosen(executor: Any) -> Iterator[_native.Executor | None]:
    """The executor that is meant, as the native part takes it: None for threads of this process."""
    if executor is None or isinstance(executor, str) and executor == "threads":
        yield None
    elif isinstance(executor, str) and executor == "ray":
        from .ray import Cluster

        with Cluster() as cluster:
            yield cluster._native
    elif isinstance(native := getattr(executor, "_native", None), _native.Executor):
        yield native
    else:
        raise UsageError(f'executor is "threads", "ray" or a headstart.ray.Cluster, not {executor!r}')
