"""Work on a cluster: Ray takes trainings to as many machines as there are, and the figures are the same to the last bit.

    import headstart.ray

    headstart.ray.run("study.toml", out="study.db", address="auto")      # a study, as `headstart sweep` does it
    headstart.compare("digits", seeds=1000, executor="ray")              # any call that trains much
    with headstart.ray.Cluster("auto", workers=64) as cluster:           # workers that stay from call to call
        headstart.advise("digits", executor=cluster)

`python -m headstart.ray study.toml --out study.db` is the same from a shell. Nodes need this package in the same version.
"""

from __future__ import annotations

from typing import Any

from .. import _calls
from .._progress import Progress
from ..results import Study
from ._cluster import Cluster

__all__ = ["Cluster", "run"]


def run(
    study: Any,
    out: Any = None,
    address: str | None = None,
    *,
    workers: int | None = None,
    cpus: int = 1,
    options: dict[str, Any] | None = None,
    progress: Progress = None,
    **keywords: Any,
) -> Study:
    """Does what is missing of a study on a Ray cluster, into a store on this machine.

    Whatever ends it, the same call goes on where it was. `address`, `workers`, `cpus` and `options` are those of `Cluster`; all
    other keywords are those of `headstart.sweep`.

    Parameters
    ----------
    study : path
        The configuration file of the study.
    out : path
        The store: begun if there is none, gone on with if it is of this study.
    """
    with Cluster(address, workers=workers, cpus=cpus, **(options or {})) as cluster:
        return _calls.sweep(config=study, out=out, executor=cluster, progress=progress, **keywords)
