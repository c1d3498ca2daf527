"""The calls. Each is a command of the command line, its keywords are the command's flags, and so are its figures, to the last bit.

Samples are given by the name of a built-in set, by a file, or as arrays, frames and tensors: `data=(X, y)`, `data=X, labels=y`,
or a frame with `label="species"`. None is what the command line does where a flag is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import _tensors
from ._ask import ask, asks
from ._progress import Progress
from .results import (
    Advice,
    Audit,
    Comparison,
    DataOverview,
    Explanation,
    Map,
    Probe,
    Replication,
    Result,
    Study,
    Theory,
    Training,
    WeightsFile,
)

COMMANDS: dict[str, tuple[str, ...]] = {
    "advise": ("advise",),
    "audit": ("audit",),
    "compare": ("compare",),
    "data": ("data",),
    "explain": ("explain",),
    "map": ("map",),
    "probe": ("probe",),
    "replicate": ("replicate",),
    "sweep": ("sweep",),
    "theory": ("theory",),
    "train": ("train",),
    "weights": ("init",),
}
"""The calls, and the commands that they are."""


def _found(result: Result | None) -> Any:
    """What was found; none only where there was no time, which is raised before."""
    assert result is not None
    return result


@asks("train")
def train(data: Any = None, labels: Any = None, *, progress: Progress = None, **keywords: Any) -> Training:
    """Train from one or several initializations.

    >>> import headstart
    >>> run = headstart.train("circles", init="normal:10", rng="numpy", seed=3, lr=0.01, steps=15000).runs[0]
    >>> round(run.train.accuracy, 2), round(run.test.accuracy, 2)
    (0.83, 0.86)
    """
    return _found(ask(("train",), Training, {"data": data, "labels": labels, **keywords}, progress))


@asks("compare")
def compare(
    data: Any = None, labels: Any = None, *, executor: Any = None, progress: Progress = None, **keywords: Any
) -> Comparison:
    """Put initializations side by side over many seeds, best first.

    >>> import headstart
    >>> compared = headstart.compare("circles", init=["normal:10", "normal:0.1", "he"], seeds=5)
    >>> [cell.init for cell in compared.cells]
    ['he', 'normal:10', 'normal:0.1']
    """
    return _found(ask(("compare",), Comparison, {"data": data, "labels": labels, **keywords}, progress, executor))


@asks("map")
def map(
    data: Any = None, labels: Any = None, *, executor: Any = None, progress: Progress = None, **keywords: Any
) -> Map:  # noqa: A001
    """Draw what becomes of training over two axes: gain, depth, lr and others.

    >>> import headstart
    >>> seen = headstart.map("circles", x="gain=0.1..10:log:3", y={"lr": [0.01, 0.1]}, steps=100)
    >>> len(seen.cells)
    6
    """
    return _found(ask(("map",), Map, {"data": data, "labels": labels, **keywords}, progress, executor))


@asks("probe")
def probe(data: Any = None, labels: Any = None, *, progress: Progress = None, **keywords: Any) -> Probe:
    """Measure signal, gradient and units of a start, layer by layer.

    >>> import headstart
    >>> small = headstart.probe("circles", init="normal:0.01", seeds=3).inits[0]
    >>> small.layers[0].signal.median < 0.001
    True
    """
    return _found(ask(("probe",), Probe, {"data": data, "labels": labels, **keywords}, progress))


@asks("theory")
def theory(activation: Any = None, **keywords: Any) -> Theory:
    """Say what depth does to signal and gradient, by theory alone.

    >>> import headstart
    >>> headstart.theory("relu", init="he").schemes[0].init
    'he'
    """
    return _found(ask(("theory",), Theory, {"activation": activation, **keywords}))


@asks("explain")
def explain(
    data: Any = None, labels: Any = None, *, executor: Any = None, progress: Progress = None, **keywords: Any
) -> Explanation:
    """Say what is wrong with a start, and what to do; with `verify`, prove it by running.

    >>> import headstart
    >>> headstart.explain("circles", init="normal:0.1", rng="numpy", seed=3).verdict
    'plateau'
    """
    return _found(ask(("explain",), Explanation, {"data": data, "labels": labels, **keywords}, progress, executor))


@asks("advise")
def advise(
    data: Any = None, labels: Any = None, *, executor: Any = None, progress: Progress = None, **keywords: Any
) -> Advice:
    """Say where to start, for this data and this network, with the evidence.

    >>> import headstart
    >>> advice = headstart.advise("circles", layers=[2, 10, 5, 1], lr=0.01, steps=500, budget="50ksteps")
    >>> advice.verdict != "interrupted"
    True
    """
    return _found(ask(("advise",), Advice, {"data": data, "labels": labels, **keywords}, progress, executor))


@asks("audit")
def audit(checkpoint: Any = None, *, progress: Progress = None, **keywords: Any) -> Audit:
    """Look at weights alone: a file, the files of one model, or tensors by their names, as of `model.state_dict()`.

    Tensors in memory are written to a file of safetensors for as long as they are looked at.

    >>> import headstart, numpy
    >>> drawn = numpy.random.default_rng(0).normal(size=(64, 100)) * (2 / 100) ** 0.5
    >>> headstart.audit({"fc.weight": drawn}).weights[0].looks_like
    'he normal: normal(0.141)'
    """
    if hasattr(checkpoint, "state_dict"):
        checkpoint = checkpoint.state_dict()
    if not isinstance(checkpoint, Mapping):
        return _found(ask(("audit",), Audit, {"checkpoint": checkpoint, **keywords}, progress))
    with _tensors.as_file("checkpoint", checkpoint) as path:
        return _found(ask(("audit",), Audit, {"checkpoint": path, **keywords}, progress))


@asks("sweep")
def sweep(
    data: Any = None, labels: Any = None, *, executor: Any = None, progress: Progress = None, **keywords: Any
) -> Study:
    """Train over any axes and many seeds, into a store; begun before, it goes on where it was.

    >>> import headstart, tempfile, os
    >>> store = os.path.join(tempfile.mkdtemp(), "study.db")
    >>> study = headstart.sweep("circles", axis={"gain": [0.5, 1, 2], "lr": [0.01, 0.1]}, steps=50, out=store)
    >>> len(study.to_columns()["seed"])
    6
    """
    return _found(ask(("sweep",), Study, {"data": data, "labels": labels, **keywords}, progress, executor))


@asks("replicate")
def replicate(name: Any = None, *, executor: Any = None, progress: Progress = None, **keywords: Any) -> Replication:
    """Rerun a published experiment, beside the published figures.

    >>> import headstart
    >>> headstart.replicate("dls-thread").agrees
    True
    """
    return _found(ask(("replicate",), Replication, {"name": name, **keywords}, progress, executor))


@asks("init")
def weights(data: Any = None, labels: Any = None, **keywords: Any) -> WeightsFile:
    """Write initial weights for PyTorch, Keras, Flax or `train`: the command `init`.

    >>> import headstart, tempfile, os
    >>> out = os.path.join(tempfile.mkdtemp(), "start.safetensors")
    >>> [tensor.shape for tensor in headstart.weights(layers=[784, 256, 10], init="he", out=out).tensors][0]
    (256, 784)
    """
    return _found(ask(("init",), WeightsFile, {"data": data, "labels": labels, **keywords}))


@asks("data")
def data(data: Any = None, labels: Any = None, **keywords: Any) -> DataOverview:
    """Show what is in a file, an array or a frame, and what becomes of its columns.

    >>> import headstart
    >>> headstart.data({"age": [1.0, 2.0, 3.0, 4.0], "who": ["a", "b", "a", "b"]}, label="who").columns[0].column
    'age'
    """
    return _found(ask(("data",), DataOverview, {"data": data, "labels": labels, **keywords}))
