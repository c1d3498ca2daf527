"""Every key of every document is a declared attribute with a text and a type that is true, and every result is a table,
a picture and a piece of HTML.

The documents are small ones that stand here, and those of calls.
"""

from __future__ import annotations

import ast
import copy
import graphlib
import json
import math
import operator
import os
import pickle
import re
import subprocess
import sys
import typing
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, get_args, get_origin
from xml.etree import ElementTree

import headstart
import numpy as np
import pytest
from headstart import _html, results
from headstart._fields import Field, Fields, Sentence, attribute
from headstart.results import Result


class Answer:
    """An answer as the native code gives it, of a document."""

    outcome, seconds = "done", 0.5

    def __init__(self, document: bytes, columns: dict[str, list[Any]] | None = None, png: bytes | None = None) -> None:
        self.document, self.told, self.picture = document, columns, png

    def json(self) -> bytes:
        return self.document

    def text(self) -> str:
        return "as the command prints it\n"

    def columns(self) -> dict[str, list[Any]] | None:
        return self.told

    def png(self) -> bytes | None:
        return self.picture

    def model(self) -> None:
        return None


# Documents that stand here.

FIGURES = {"loss": 0.6, "accuracy": 0.7, "balanced_accuracy": 0.7, "f1": None, "auc": 0.8}
RUN = {
    "init": "he<2>",
    "seed": 1,
    "status": "finished",
    "train": FIGURES,
    "test": FIGURES,
    "trace": [{"step": 0, "loss": 0.9}, {"step": 10, "loss": 0.7}],
    "steps": 20,
    "reached": None,
    "seconds": 0.01,
}
DIVERGED = RUN | {"seed": 2, "status": "diverged", "step": 7, "train": {"loss": None, "accuracy": None}, "test": None}
IDENTITY = {"kind": "identity"}
TASK = {
    "data": {
        "name": "circles",
        "samples": [300, 100],
        "features": 2,
        "kind": "binary",
        "classes": ["0", "1"],
        "preprocess": "auto",
        "scaling": {"features": IDENTITY, "targets": IDENTITY},
    },
    "network": {
        "layers": [2, 3, 1],
        "activation": "relu",
        "output": "sigmoid",
        "loss": "bce",
        "biases": True,
        "parameters": 13,
    },
    "init": {"init": ["he<2>"], "bias": "auto", "seed": 1, "seeds": 2, "rng": "native"},
    "training": {
        "optimizer": "gd",
        "lr": 0.01,
        "lr_schedule": "constant",
        "batch": None,
        "steps": 20,
        "record_every": 10,
        "precision": "f64",
    },
    "notes": ["a note"],
}
STATISTICS = {
    "mean": 0.7,
    "interval": None,
    "no_interval": "too-few",
    "sd": None,
    "median": 0.7,
    "worst": 0.7,
    "worst_seed": 1,
}
SUMMARY = {"loss": STATISTICS, "accuracy": STATISTICS, "balanced_accuracy": 0.7, "auc": 0.8}
CELL = {
    "init": "he<2>",
    "runs": 2,
    "diverged": 1,
    "train": SUMMARY,
    "test": None,
    "reached": {
        "target": 0.9,
        "count": 0,
        "share": 0.0,
        "interval": [0.0, 0.5],
        "steps": {"curve": [[10.0, 0.5]], "median": None, "median_interval": [10.0, None]},
    },
}
DIFFERENCE = {
    "better": "he<2>",
    "than": "glorot",
    "figure": "test accuracy",
    "seeds": 2,
    "wins": 2,
    "losses": 0,
    "mean": 0.1,
    "interval": [0.0, 0.2],
    "p": 0.5,
    "adjusted": 0.5,
    "stands": False,
    "sentence": "he<2> and glorot: no difference that stands.",
}
SPREAD = {"mean": 0.5, "sd": 0.1, "quantiles": [0.4, 0.5, 0.6]}
LAYER = {
    "layer": 1,
    "width": 3,
    **dict.fromkeys(["signal", "gradient", "weight_gradient", "relative_step", "twins", "symmetric"], SPREAD),
    **dict.fromkeys(["correlation", "dead", "saturated", "rank"], None),
}
FINDING: dict[str, Any] = {
    "name": "plateau",
    "sentence": "The loss stays where guessing has it, < 1.",
    "layer": None,
    "evidence": {"loss": 0.69},
    "advice": "go on",
    "cure": None,
    "tried": [],
    "decides": True,
}
EXPLANATION = {
    "init": "he<2>",
    "seed": 1,
    "findings": [FINDING],
    "prediction": {
        "event": "training loss below 0.52",
        "plateau": 0.69,
        "threshold": 0.52,
        "from": None,
        "to": 300,
        "step": 200,
        "within": False,
        "method": "gradient flow",
        "evaluations": 10,
    },
    "check": None,
    "loss": 0.7,
    "signal": [0.5, 0.4],
    "gradient": [0.5, 0.4],
    "sharpness": 1.0,
}
GAPS = {"leader": "glorot", "mean": None, "interval": None, "adjusted": 1.0, "is_equal": True}
STANDING = {"init": "he<2>", "is_out": False, "seeds": 2, "behind": GAPS}
SETTLED = {
    "is_settled": False,
    "because": "budget",
    "budget": "1000steps",
    "repeatable": True,
    "figure": "test accuracy",
    "margin": 0.01,
    "seeds": 2,
    "looks": 1,
    "steps": 40,
    "inits": [STANDING],
}
STUDY = {
    "study": {"axes": ["lr=0.1,1"], "design": "random", "points": 2, "design-seed": 3, "traces": False},
    "data": {
        "data": "circles",
        "preprocess": "auto",
        "scale-targets": "auto",
        "test-share": 0.2,
        "split-seed": 0,
    },
    "network": {"layers": "_,3,_", "activation": "relu"},
    "init": {"init": "he", "bias": "auto", "seed": 1, "seeds": 1, "rng": "native"},
    "training": {"optimizer": "gd", "lr-schedule": "constant", "steps": 20, "precision": "f64"},
}
SMALL: dict[str, tuple[type[Result], Any]] = {
    "train": (results.Training, {"task": TASK, "runs": [RUN, DIVERGED]}),
    "compare": (
        results.Comparison,
        {"task": TASK, "runs": [RUN, DIVERGED], "cells": [CELL], "differences": [DIFFERENCE], "settled": SETTLED},
    ),
    "map": (
        results.Map,
        {
            "value": "loss",
            "done": 1,
            "wanted": 2,
            "seeds": 1,
            "x": {"name": "gain", "values": [1.0, 2.0]},
            "y": {"name": "hidden layers", "values": [1.0]},
            "lines": [{"name": "critical", "points": [[1.0, 1.0], [None, 2.0]]}],
            "cells": [
                {
                    "cell": 0,
                    "x": 1.0,
                    "y": 1.0,
                    "runs": 1,
                    "diverged": 0,
                    **dict.fromkeys(["test_accuracy", "train_accuracy", "success", "steps", "test_loss"], None),
                    "train_loss": 0.5,
                    "convergence": -3.0,
                }
            ],
        },
    ),
    "probe": (
        results.Probe,
        {
            "task": TASK,
            "at_step": 0,
            "inits": [
                {
                    "init": "he<2>",
                    "seeds": 2,
                    "diverged": 0,
                    **dict.fromkeys(["loss", "sharpness", "jacobian_largest"], SPREAD),
                    **dict.fromkeys(["jacobian_mean_square", "jacobian_root_mean_square"], SPREAD),
                    "saturated": None,
                    "sharpness_limit": None,
                    "layers": [LAYER, LAYER | {"layer": 2}],
                }
            ],
        },
    ),
    "theory": (
        results.Theory,
        {
            "activation": "relu",
            "critical": None,
            "critical_with_biases": None,
            "line": [{"weight_variance": 2.0, "bias_variance": 0.0, "variance": 0.0, "kind": "stable"}],
            "width": 100,
            "schemes": [
                {
                    "init": "he<2>",
                    "weight_variance": 2.0,
                    "bias_variance": 0.0,
                    "fixed_point": None,
                    "phase": "critical",
                    "signal": "signal keeps",
                    "chi": 1.0,
                    **dict.fromkeys(["correlation", "variance_depth", "correlation_depth"], None),
                }
            ],
        },
    ),
    "explain": (results.Explanation, {"task": TASK} | EXPLANATION),
    "advise": (
        results.Advice,
        {
            "task": TASK,
            "recommendation": {"init": "he:2", "lr": 0.1, "plateau": {"low": 1.0, "high": 3.0, "peak": 2.0}},
            "verdict": "start here",
            "keep_within": None,
            "sentence": "Start from --init he:2, as 1 < 2.",
            "why": ["It is the best."],
            "sure": "as sure as that",
            "scale": "Features are large.",
            "obstacle": FINDING,
            "lr": 0.1,
            "rates": [[0.1, 0.7]],
            "figure": "accuracy",
            "tried": [
                {
                    "scheme": "he",
                    "plateau": None,
                    "gains": [
                        {
                            "gain": 2.0,
                            "init": "he:2",
                            "early": 0.6,
                            "full": 0.7,
                            "seeds": 2,
                            "expected": [0.7, 0.1],
                        },
                        {
                            "gain": 9.0,
                            "init": "he:9",
                            "out": "it explodes",
                            "early": None,
                            "full": None,
                            "seeds": 0,
                            "expected": None,
                        },
                    ],
                }
            ],
            "tried_layers": [{"factors": [1.0, 0.5], "init": "he:2/he", "early": 0.5, "full": None}],
            "evidence": {"cells": [CELL], "differences": [DIFFERENCE]},
            "starts": [{"name": "he:2", "seeds": 2, "layers": [LAYER]}],
            "not_tried": "all others",
            "code": [{"framework": "PyTorch", "code": "if a < b:\n    pass"}],
            "steps": 40,
            "repeatable": True,
        },
    ),
    "sweep": (
        results.Study,
        {
            "store": "a<b.db",
            "study": STUDY,
            "cells": 2,
            "seeds": 1,
            "shard": "1/1",
            "wanted": 2,
            "runs": 1,
            "diverged": 0,
            "judged": "test loss",
            "units": {"of": "targets", "targets": 1, "guessing": {"train": 1.0, "test": None, "test_r2": None}},
            "best": [
                {
                    "cell": 0,
                    "point": [0.1],
                    "runs": 1,
                    "diverged": 0,
                    "accuracy": None,
                    "at_target": None,
                    "loss": 0.5,
                    "r2": 0.5,
                }
            ],
            "margins": [{"axis": "lr", "level": 0.1, "runs": 1, "diverged": 0.0, "accuracy": None, "at_target": None}],
        },
    ),
    "study list": (
        results.Stores,
        [{"store": "a<b.db", "study": STUDY, "cells": 2, "seeds": 1, "shard": "1/1", "wanted": 2, "runs": 1}],
    ),
    "replicate": (
        results.Replication,
        {
            "name": "an-experiment",
            "title": "what < was done",
            "source": "a paper",
            "agrees": True,
            "rows": [{"what": "accuracy", "published": "0.83", "measured": "0.83", "agrees": True}],
            "answer": "yes",
            "map": {
                "x": {"name": "a", "values": [1.0]},
                "y": {"name": "b", "values": [1.0]},
                "value": "accuracy",
                "range": [0.0, 1.0],
                "colours": "sequential",
                "outline": None,
                "lines": [],
                "panels": [{"title": "", "cells": [[None]]}],
            },
            "page": {"head": "a", "caption": "b", "rest": "c"},
            "profiles": [{"name": "he", "seeds": 2, "layers": [LAYER]}],
            "runs": [RUN | {"case": "x 10"}],
        },
    ),
    "audit": (
        results.Audit,
        {
            "verdict": "nothing looks wrong in <2> tensors",
            "files": ["<w>.safetensors"],
            "numbers": 6,
            "findings": [
                {
                    "name": "trend",
                    "level": "note",
                    "sentence": "the scale falls",
                    "weights": ["<w>"],
                    "evidence": {"first": 1.0},
                    "advice": "nothing",
                }
            ],
            "weights": [
                {
                    "name": "<w>",
                    "siblings": "<w>",
                    "file": "<w>.safetensors",
                    "shape": [3, 2],
                    "dtype": "f32",
                    "role": "dense",
                    "count": 6,
                    **dict.fromkeys(["mean", "sd", "rms", "min", "max", "kurtosis", "ratio"], 0.5),
                    **dict.fromkeys(["zeros", "not_finite"], 0),
                    **dict.fromkeys(["layer", "looks_like"], None),
                    **dict.fromkeys(["fan_in", "fan_out"], 2),
                    "asked": dict.fromkeys(["he", "glorot", "lecun", "pytorch"], 0.5),
                    "nearest": "he",
                }
            ],
        },
    ),
    "init": (
        results.WeightsFile,
        {"file": "<w>.npz", "tensors": [{"name": "0.weight", "shape": [3, 2]}], "metadata": {"init": "he"}},
    ),
    "data": (
        results.DataOverview,
        {
            "name": "a<b.csv",
            "samples": [5, 1],
            "features": 2,
            "names": ["a<script>", "a<script> missing"],
            "columns": [
                {
                    "column": "a<script>",
                    "becomes": "number",
                    "written": {"decimal": "comma", "mark": "%"},
                    "fill": 3.5,
                    "indicator": True,
                    "kind": "numbers",
                    "missing": 1,
                    "range": [1.0, 6.0],
                },
                {
                    "column": "id",
                    "becomes": "left-out",
                    "because": "identifier",
                    "kind": "text",
                    "missing": 0,
                    "distinct": 6,
                },
            ],
            "targets": [{"name": "y", "mean": 0.0, "sd": 1.0, "range": [-1.0, 1.0]}],
            "notes": [],
        },
    ),
}

# Documents of calls.

CALLS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "train": ("train", "circles", {"init": ["normal:0.1", "he"], "seeds": 2, "steps": 40}),
    "train by batches": (
        "train",
        "moons",
        {"init": "he", "steps": 60, "batch": 32, "warmup": 10, "validation_share": 0.2, "early_stopping": 2, "clip": 1}
        | {"dropout": 0.1, "weight_decay": 0.01, "decay_biases": True, "label_smoothing": 0.1}
        | {"class_weights": "balanced"},
    ),
    "train numbers": ("train", "numbers.csv", {"label": "y,z", "init": "he", "steps": 20}),
    "train that diverges": (
        "train",
        "numbers.csv",
        {"label": "y", "init": "normal:30", "lr": 10, "steps": 40, "seeds": 3},
    ),
    "compare": ("compare", "circles", {"init": ["he", "glorot"], "seeds": 5, "steps": 40, "target": 0.5}),
    "compare until settled": (
        "compare",
        "circles",
        {"init": ["he", "glorot", "normal:9"], "seeds": "auto", "budget": "8ksteps", "steps": 40},
    ),
    "compare numbers": ("compare", "numbers.csv", {"label": "y", "init": ["he", "glorot"], "seeds": 3, "steps": 20}),
    "map": ("map", "circles", {"x": "gain=0.1..10:log:5", "y": "lr=0.001..1:log:4", "steps": 20}),
    "map of convergence": (
        "map",
        "circles",
        {"x": "gain=0.1..10:log:4", "y": {"depth": [1, 2, 3]}, "steps": 20, "value": "convergence"},
    ),
    "probe": ("probe", "circles", {"hidden": "10x3", "init": ["normal:0.1", "he"], "seeds": 3}),
    "theory": ("theory", "gelu", {"depth": 6, "width": 100}),
    "theory layer by layer": ("theory", "tanh/gelu", {"init": ["he", "glorot"]}),
    "explain": ("explain", "circles", {"init": "he", "steps": 200}),
    "explain several": ("explain", "circles", {"init": ["normal:0.3", "he"], "steps": 300, "verify": True}),
    "advise": ("advise", "circles", {"steps": 100, "budget": "30ksteps"}),
    "advise numbers": ("advise", "numbers.csv", {"label": "y", "steps": 30, "lr": "auto", "budget": "20ksteps"}),
    "sweep": (
        "sweep",
        "circles",
        {"axis": {"gain": "0.1..10:log:3", "depth": [1, 2]}, "seeds": 2, "steps": 20, "out": "a.db"},
    ),
    "study list": ("study.list", ".", {}),
    "sweep names": (
        "sweep",
        "numbers.csv",
        {"label": "y", "axis": {"activation": ["relu", "tanh"], "gain": [1, 2]}, "steps": 20, "out": "b.db"},
    ),
    "replicate": ("replicate", "dls-planar", {}),
    "init": ("weights", "", {"layers": [4, 3, 1], "init": "he", "out": "w.safetensors"}),
    "audit": ("audit", "model.npz", {}),
    "data": ("data", "letters.csv", {"label": "y"}),
    "data of numbers": ("data", "numbers.csv", {"label": "y,z"}),
}
NUMBERS = "a,c,y,z\n" + "".join(
    f"{i * 7 % 31},{'red' if i % 3 else 'blue'},{i * 7 % 31 * 3 + i % 2},{i}\n" for i in range(60)
)
LETTERS = "a,b<,c,d,y\n" + "".join(
    f"{i % 5}.5,{'' if i == 3 else i % 4},{'red' if i % 3 else 'blue'},2020-01-{i % 28 + 1:02},{i % 2}\n"
    for i in range(40)
)


@cache
def called(name: str, folder: Path) -> Result:
    """What a call finds, of files in a folder."""
    if name == "study list":
        called("sweep", folder)
    command, about, keywords = CALLS[name]
    (folder / "numbers.csv").write_text(NUMBERS)
    (folder / "letters.csv").write_text(LETTERS)
    np.savez(folder / "model.npz", W1=np.eye(3, 2), b1=np.zeros(2), W2=np.full((2, 4), 0.5), n=np.arange(3))
    if "out" in keywords:
        keywords = keywords | {"out": folder / keywords["out"]}
    call = operator.attrgetter(command)(headstart)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return call(**keywords) if command == "weights" else call(about, **keywords)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("recorded")


NAMES = [*(f"small {name}" for name in SMALL), *CALLS]


@pytest.fixture(params=NAMES)
def result(request: pytest.FixtureRequest, folder: Path) -> Result:
    return made(request.param, folder)


def made(name: str, folder: Path) -> Result:
    """A result of a small document, or of a call."""
    if not name.startswith("small "):
        return called(name, folder)
    kind, tree = SMALL[name.removeprefix("small ")]
    return kind(Answer(json.dumps(tree).encode(), columns(kind, tree)))


def columns(kind: type[Result], tree: Mapping[str, Any]) -> dict[str, list[Any]] | None:
    """A row for each run, as the native code has them, but for some columns."""
    if kind not in (results.Training, results.Comparison, results.Replication):
        return None
    runs = tree["runs"]
    table = {name: [run[name] for run in runs] for name in ("init", "seed", "status", "steps", "reached")}
    return table | {"train_loss": [run["train"]["loss"] for run in runs]}


def parts(value: Any) -> Iterator[Fields]:
    """All parts of a value, itself included if it is one."""
    if isinstance(value, Fields):
        yield value
        for key in value:
            yield from parts(value[key])
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from parts(item)


# Attributes.


def is_of(value: Any, kind: Any) -> bool:
    """Whether a value is of an annotated type."""
    origin, of = get_origin(kind), get_args(kind)
    if origin in (typing.Union, UnionType):
        return any(is_of(value, one) for one in of)
    if origin is tuple:
        kinds = [of[0]] * len(value) if of[-1] is Ellipsis else of
        return isinstance(value, tuple) and len(value) == len(kinds) and all(map(is_of, value, kinds))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return isinstance(value, Mapping) and all(is_of(item, of[1]) for item in value.values())
    if kind in (int, float):
        return type(value) is kind
    if kind is Sentence:
        # In Python there are no flags.
        return isinstance(value, str) and not re.search(r"(^|\s)--[a-z]", value)
    return isinstance(value, NoneType if kind is None else kind)


def test_every_key_is_a_documented_attribute_of_the_declared_type(result: Result) -> None:
    wrong = set()
    for part in parts(result):
        known = type(part)
        for key in part:
            declared = getattr(known, attribute(key), None)
            if not isinstance(declared, (Field, property)) or not declared.__doc__:
                wrong.add(f"{known.__name__}.{key} is not declared, or has no text")
            elif isinstance(declared, Field) and not is_of(part[key], declared.kind):
                wrong.add(f"{known.__name__}.{key} is {part[key]!r}, and not {declared.kind}")
    assert not wrong


def test_every_attribute_that_is_not_optional_is_there(result: Result) -> None:
    for part in parts(result):
        if not isinstance(part, results.Explanation) or "explanations" not in part:
            for name, field in part._fields.items():
                assert getattr(part, name) is not None or field.is_optional, f"{type(part).__name__}.{name}"


def test_attributes_have_texts_and_no_names_of_methods() -> None:
    known = [kind for kind in vars(results).values() if isinstance(kind, type) and issubclass(kind, Fields)]
    assert len(known) > 64
    for kind in known:
        assert kind.__doc__
        for name, field in kind._fields.items():
            assert field.__doc__ and field.__doc__.endswith("."), f"{kind.__name__}.{name}"
            taken = vars(Fields) | (vars(Result) if issubclass(kind, Result) else {})
            assert name not in taken, f"{kind.__name__}.{name}"


def test_a_run_is_read_by_attribute_and_by_key(folder: Path) -> None:
    result = made("small train", folder)
    assert isinstance(result, results.Training)
    run = result.runs[0]
    assert run.train.loss == run["train"]["loss"] == result["runs"][0].train["loss"] == 0.6
    assert run.judged == run.test and run.step is None and run.get("step") is None and "step" not in run
    assert dict(run.train) == FIGURES and run.train.to_dict() == FIGURES and len(run.train) == 5
    assert math.isnan(result.runs[1].train.loss) and result.runs[1].test is None
    assert result.task.training.warmup == 0 and result.task.data.columns == ()
    assert {"train", "steps", "judged", "to_dict"} <= set(dir(run))


def test_keys_with_dashes_and_keywords_have_attributes(folder: Path) -> None:
    study, explanation = made("small sweep", folder), made("small explain", folder)
    assert isinstance(study, results.Study) and isinstance(explanation, results.Explanation)
    assert study.study.study.design_seed == study.study.study["design-seed"] == 3
    assert explanation.prediction.from_ is None and explanation.prediction["from"] is None
    assert explanation.explanations[0] == results.StartExplanation(EXPLANATION)


def test_what_is_not_there_is_told_with_near_names(folder: Path) -> None:
    result = made("small train", folder)
    assert isinstance(result, results.Training)
    with pytest.raises(AttributeError, match="a Training has no run: did you mean runs?"):
        _ = result.run  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match="a Figures has no zzz: it has loss, accuracy"):
        _ = result.runs[0].train.zzz  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match="there is no loss in this Figures"):
        _ = results.Figures({}).loss
    with pytest.raises(AttributeError, match="cannot be changed"):
        result.runs[0].seed = 2
    with pytest.raises(AttributeError, match="cannot be changed"):
        del result.runs[0].seed
    with pytest.raises(KeyError):
        result["zzz"]


@pytest.mark.parametrize("kind", [results.Comparison, results.Map, results.Study, results.Replication, results.Advice])
def test_a_result_names_the_device_that_trained(kind: Any) -> None:
    def of(tree: dict[str, Any]) -> Any:
        return kind(Answer(json.dumps(tree).encode())).device

    found = of({"device": {"name": "Card", "driver": "Driver 1", "precision": "float32"}})
    assert (str(found), found.precision) == ("Card (Driver 1, float32)", "float32")
    assert of({}) is None


def test_keys_of_a_newer_document_can_be_read() -> None:
    run = results.Run(RUN | {"newer-key": {"inner": [1, {"x": 2}]}})
    newer: Any = run
    assert newer.newer_key.inner[1].x == 2 and "newer_key" in dir(run) and "newer_key" in repr(run)


# Results.


def test_a_result_is_its_document_and_its_text(result: Result) -> None:
    document = json.loads(result.json())
    assert result.to_dict() == ({"stores": document} if isinstance(result, results.Stores) else document)
    assert str(result).endswith("\n") and str(result).strip()
    assert repr(result).startswith(f"<{type(result).__name__}: ") and "\n" not in repr(result)


def test_a_result_is_pickled_and_copied(result: Result) -> None:
    again = pickle.loads(pickle.dumps(result))
    assert type(again) is type(result) and again == result and again.to_pandas().equals(result.to_pandas())
    assert (str(again), repr(again), again._repr_html_()) == (str(result), repr(result), result._repr_html_())
    assert json.loads(again.json()) == json.loads(result.json())
    assert copy.copy(result) == copy.deepcopy(result) == result
    inner = [part for part in parts(result) if part is not result][:3]
    assert pickle.loads(pickle.dumps(inner)) == copy.copy(inner) == inner


def test_results_of_other_documents_are_others(folder: Path) -> None:
    assert made("small train", folder) == made("small train", folder) != made("small compare", folder)
    assert (
        results.Figures({"loss": math.nan}) == results.Figures({"loss": float("nan")}) != results.Figures({"loss": 1.0})
    )
    assert results.Record({"step": 1}) != results.Figures({"step": 1})


def test_a_number_that_json_has_not_is_none_that_is_a_number() -> None:
    document = {"task": TASK, "runs": [RUN | {"train": {"loss": None, "accuracy": None}}]}
    again = pickle.loads(pickle.dumps(results.Training(Answer(json.dumps(document).encode()))))
    assert math.isnan(again.runs[0].train.loss) and again.runs[0].train.accuracy is None


# Tables.

EXPECTED = {
    results.Training: ["init", "seed", "status", "steps", "reached", "train_loss"],
    results.Comparison: ["init", "seed", "status", "steps", "reached", "train_loss"],
    results.Replication: ["init", "seed", "status", "steps", "reached", "train_loss"],
    results.Map: ["cell", "x", "y", "runs", "diverged", "test_accuracy", "train_loss", "convergence"],
    results.Probe: [
        "init",
        "layer",
        "width",
        "signal",
        "signal_sd",
        "signal_q10",
        "signal_median",
        "signal_q90",
        "rank",
    ],
    results.Theory: ["init", "weight_variance", "bias_variance", "signal", "chi", "correlation"],
    results.Explanation: ["init", "seed", "name", "sentence", "layer", "advice", "cure", "decides"],
    results.Advice: ["scheme", "gain", "init", "out", "early", "full", "seeds", "expected", "expected_error"],
    results.Study: ["cell"],
    results.Stores: ["store", "cells", "seeds", "shard", "wanted", "runs"],
    results.Audit: ["name", "siblings", "shape", "role", "rms", "ratio", "looks_like"],
    results.WeightsFile: ["name", "shape"],
    results.DataOverview: ["column", "kind", "becomes", "missing", "least", "greatest", "features", "because"],
}


def test_frames_have_a_row_for_each_of_them(result: Result) -> None:
    pandas, polars = result.to_pandas(), result.to_polars()
    assert list(pandas.columns) == polars.columns and pandas.shape == polars.shape and len(pandas) > 0
    assert set(EXPECTED[type(result)]) <= set(polars.columns)
    if isinstance(result, results.Study):
        # A row for each run, or for each cell where the runs are not there.
        assert {"seed", "status", "train_loss"} <= set(pandas) or {"runs", "accuracy", "loss"} <= set(pandas)
    if isinstance(result, results.Map):
        assert len(pandas) == len(result.cells)
    if isinstance(result, results.Probe):
        assert len(pandas) == sum(len(init.layers) for init in result.inits)


# Pictures.


@pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning:matplotlib")
def test_every_result_draws_itself_or_says_that_it_does_not(result: Result) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    if isinstance(result, (results.Audit, results.WeightsFile, results.DataOverview, results.Stores)):
        with pytest.raises(TypeError, match="there is no picture of a"):
            result.plot()
        return
    ax = result.plot()
    assert ax.get_xlabel() and ax.get_ylabel() or isinstance(result, (results.Comparison, results.Replication))
    ax.figure.canvas.draw()
    _, given = plt.subplots()
    assert result.plot(given, alpha=0.5) is given
    given.figure.canvas.draw()
    plt.close("all")


def test_axes_are_logarithmic_where_numbers_are_spaced_so() -> None:
    from headstart._plot.base import is_log
    from headstart._plot.cells import edges

    assert is_log([0.1, 1.0, 10.0]) and is_log([0.1, 0.31, 1.0, 3.2])
    assert not is_log([1.0, 2.0, 3.0]) and not is_log([0.0, 1.0, 10.0]) and not is_log([1.0, 2.0])
    assert edges([1.0, 2.0, 3.0]) == [0.5, 1.5, 2.5, 3.5] and edges([4.0]) == [3.5, 4.5]
    assert edges([0.1, 1.0, 10.0]) == pytest.approx([0.1 / 10**0.5, 0.1 * 10**0.5, 10**0.5, 10 * 10**0.5])


# HTML.


def test_html_is_well_formed_and_has_the_answer_and_no_script(result: Result) -> None:
    html = result._repr_html_()
    told = "".join(ElementTree.fromstring(html).itertext())
    assert type(result).__name__ in told and ("<table>" in html or "<img" in html)
    assert "<script" not in html and "background" not in html and "color" not in html


def test_html_escapes_what_is_not_its_own(folder: Path) -> None:
    for name in SMALL:
        root = ElementTree.fromstring(made(f"small {name}", folder)._repr_html_())
        ours = {"div", "p", "strong", "table", "thead", "tbody", "tr", "th", "td", "details", "summary", "pre"}
        assert {element.tag for element in root.iter()} <= ours
    assert "a&lt;script&gt;" in made("small data", folder)._repr_html_()


def test_html_has_the_notes_of_a_call() -> None:
    document = json.dumps(SMALL["train"][1]).encode()
    html = results.Training(Answer(document), ["0 < 1"])._repr_html_()
    assert "<p>note: 0 &lt; 1</p>" in html


def test_html_shows_the_picture_of_a_map() -> None:
    document = json.dumps(SMALL["map"][1]).encode()
    html = results.Map(Answer(document, png=b"\x89PNG"))._repr_html_()
    assert 'src="data:image/png;base64,iVBORw=="' in html and ElementTree.fromstring(html) is not None


def test_html_tells_of_the_rows_that_it_does_not_show() -> None:
    document = json.dumps({"task": TASK, "runs": [RUN] * 23}).encode()
    html = results.Training(Answer(document))._repr_html_()
    assert html.count("<tr>") == 21 and "... and 3 more: .to_pandas()" in html


def test_numbers_have_sensible_digits() -> None:
    numbers = [0.123456, 1234.5, 1e12, 12345, 1009, None, math.nan, True, (3, 2)]
    assert [_html.told(number) for number in numbers] == [
        *["0.1235", "1,234", "1e+12", "12,345", "1009", "-", "-", "yes", "3 x 2"]
    ]


# Packages.


def test_missing_packages_are_told_with_what_installs_them(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = made("small train", folder)
    for package, call in (("pandas", result.to_pandas), ("polars", result.to_polars), ("matplotlib", result.plot)):
        monkeypatch.setitem(sys.modules, package, None)
        with pytest.raises(results.MissingPackage, match=rf'pip install "headstart\[{package}\]"') as caught:
            call()
        assert isinstance(caught.value, ImportError) and caught.value.name == package


def test_results_import_none_of_them() -> None:
    names = "'numpy', 'pandas', 'polars', 'matplotlib'"
    code = f"import sys, headstart.results; print([name for name in ({names}) if name in sys.modules])"
    path = os.pathsep.join(entry for entry in sys.path if entry)
    environment = os.environ | {"PYTHONPATH": path}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True, timeout=60)
    assert done.stdout.strip() == b"[]"


def test_modules_import_one_way() -> None:
    folder = Path(results.__file__).parent
    names = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    imports = {
        name: {
            node.module
            for node in ast.walk(ast.parse((folder / f"{name}.py").read_text()))
            if isinstance(node, ast.ImportFrom) and node.level == 1
        }
        & names
        for name in names
    }
    graphlib.TopologicalSorter(imports).prepare()
