"""The calls are the commands: the same flags, and the same figures to the last bit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import headstart
import numpy as np
import pytest
from headstart import _calls
from headstart._definition import commands

TABLE = "a,b,c,y\n" + "".join(f"{i % 7},{'xyz'[i % 3]},{'' if i == 5 else i * i % 11},{i % 2}\n" for i in range(40))
CONFIG = '[data]\ndata = "moons"\nsamples = [30, 10]\n[training]\nsteps = 20\nlr = 0.1\n'

SMALL = {"data": "circles", "samples": (30, 20), "steps": 12, "layers": [2, 4, 3, 1]}

TASKS: list[dict[str, Any]] = [
    SMALL
    | {"noise": 0.1, "data_seeds": (3, 4), "activation": ["tanh", "relu"], "output": "sigmoid", "loss": "bce"}
    | {"init": "he", "bias": 0.1, "output_bias": "prior", "seed": 2, "rng": "numpy", "seeds": 2}
    | {"optimizer": "sgd", "lr": 0.05, "batch": 8}
    | {"lr_factors": [1, 1, 0.5], "lr_schedule": "cosine", "warmup": 3, "weight_decay": 0.01, "decoupled_decay": True}
    | {"decay_biases": True, "clip": 1.0, "momentum": 0.9, "nesterov": True, "record_every": 5, "precision": "f32"}
    | {"class_weights": [1, 2], "target": 0.6, "dropout": 0.1, "label_smoothing": 0.05},
    {"data": "moons", "samples": (40, 20), "hidden": [4], "optimizer": "adam", "beta1": 0.8, "beta2": 0.99}
    | {
        "epsilon": 1e-7,
        "epochs": 6,
        "early_stopping": 2,
        "validation_share": 0.2,
        "validation_every": 4,
        "clip_value": 0.5,
    },
    {
        "data": "circles",
        "samples": (30, 20),
        "steps": 12,
        "layers": [2, 4, 4, 4, 1],
        "block": "residual",
        "norm": "layer",
    }
    | {"branch_layers": 2, "branch_scale": "1/sqrt(L)", "parametrization": "mup", "base_width": 8, "lr": 0.05},
    {"data": "digits", "network": "conv 3x3 3 relu | norm batch | gap | dense _", "steps": 3},
    {"data": "blobs", "samples": (40, 20), "centers": 3, "steps": 12, "optimizer": "rmsprop", "decay": 0.9},
    {"data": "classification", "samples": (40, 20), "classes": 3, "class_sep": 1.5, "set_features": 6, "informative": 4}
    | {"steps": 12, "optimizer": "adagrad", "initial_accumulator": 0.1},
    SMALL | {"optimizer": "lbfgs", "history": 4},
    {"data": "table.csv", "label": "y", "features": ["a", "b", "c"], "drop": "c", "missing": "drop", "test_share": 0.25}
    | {"split_seed": 1, "preprocess": "standardize", "task": "regression", "scale_targets": "none", "steps": 12},
    {"data": "table.csv", "drop_missing": True, "steps": 12},
    {"data": "numbers.csv", "strict": True, "shape": (1, 2), "steps": 12},
    {"data": "arrays.npz", "x_key": "pixels", "y_key": "marks", "transpose": True, "steps": 12},
    {"data": "x.npy", "labels": "y.npy", "test_data": "x_test.npy", "test_labels": "y_test.npy", "steps": 12},
    {"config": "task.toml"},
]
"""Keywords of a task that go together; all there are."""

DRAWN = {"png": "drawn.png", "width": 900, "height": 900, "dpi": 96, "html": "page.html"}
WRITTEN = DRAWN | {"csv": "runs.csv", "parquet": "runs.parquet"}
AXES = {"x": "gain=0.5,1,2", "y": "lr=0.01,0.1"}

OWN: dict[str, list[dict[str, Any]]] = {
    "advise": [SMALL | DRAWN | {"budget": "3ksteps", "verbose": True, "threads": 1, "device": "cpu"}],
    "audit": [{"checkpoint": "arrays.npz", "all": True, "threads": 1, "csv": "runs.csv", "parquet": "runs.parquet"}],
    "compare": [
        SMALL | {"init": ["he", "glorot"], "seeds": 3, "budget": "100ksteps", "threads": 1} | WRITTEN,
        SMALL | {"device": "auto", "precision": "f64"},
    ],
    "data": [],
    "explain": [SMALL | DRAWN | {"verify": True, "threads": 1}],
    "map": [
        SMALL | AXES | DRAWN | {"out": "map.db", "budget": "1h", "threads": 1, "traces": True},
        SMALL | AXES | {"value": "loss", "refine": 0.5, "device": "cpu"},
    ],
    "probe": [
        SMALL | DRAWN | {"at_step": 3, "threads": 1},
        SMALL | DRAWN | {"coord_check": True, "widths": [8, 16], "coord_steps": 2, "threads": 1},
    ],
    "replicate": [{"name": "dls-thread", "threads": 1, "device": "cpu"} | WRITTEN],
    "sweep": [
        SMALL | {"axis": {"gain": [0.5, 1], "lr": "0.01..0.1:log:2"}, "traces": True, "shard": "1/2", "threads": 1},
        SMALL
        | {"axis": ["gain=0.5..2"], "design": "sobol", "points": 3, "design_seed": 2, "budget": "1h"}
        | {"device": "cpu"},
    ],
    "theory": [
        {"activation": "tanh", "init": ["he", "glorot:2"], "bias_variance": 0.05, "depth": 10, "width": 50},
        {"layers": [4, 8, 8, 2], "html": "page.html"},
        {"block": "residual", "norm": "layer", "branch_layers": 2, "branch_scale": "1/sqrt(L)", "depth": 9},
    ],
    "train": [SMALL | WRITTEN | {"save": "w.safetensors", "naming": "keras", "dtype": "f32", "threads": 1}],
    "weights": [SMALL | {"naming": "flax", "dtype": "bf16"}],
}
"""Keywords of each call's own."""

UNRUN = {("replicate", "data_dir"), ("replicate", "resolution"), ("replicate", "markdown")}
"""Keywords that only experiments have that take minutes."""

NEEDED = {"sweep": {"axis": "gain=1,2", "out": "study.db"}, "map": AXES, "weights": {"out": "start.safetensors"}}
"""What a call does not go without."""


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("table.csv").write_text(TABLE)
    Path("numbers.csv").write_text("".join(f"{i % 7},{i * i % 11},{i % 2}\n" for i in range(40)))
    Path("task.toml").write_text(CONFIG)
    x = np.random.default_rng(0).normal(size=(40, 3))
    y = (x[:, 0] > 0).astype(int)
    np.savez("arrays.npz", pixels=x.T, marks=y)
    for name, array in {"x": x, "y": y, "x_test": x[:10] + 1, "y_test": y[:10]}.items():
        np.save(f"{name}.npy", array)


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Calls with keywords: each with all groups of a task's that it takes, and its own."""
    for call, words in _calls.COMMANDS.items():
        flags = commands()[words].flags
        tasks = TASKS if {"data", "test_data"} & set(flags) else []
        for keywords in [*tasks, *OWN[call]]:
            known = {name: value for name, value in keywords.items() if name in flags}
            needed = {name: value for name, value in NEEDED.get(call, {}).items() if name not in known}
            if call == "advise":
                needed.setdefault("budget", "1ksteps")
            # Frameworks have no names for what is no row of dense layers.
            if call == "weights" and {"block", "network"} & set(known):
                needed["naming"] = "plain"
            if known:
                yield call, needed | known


def line(call: str, keywords: dict[str, Any]) -> list[str]:
    """The command line with these flags, written as one would."""
    command = commands()[_calls.COMMANDS[call]]
    words = list(command.words)
    for name, value in keywords.items():
        flag = command.flags[name]
        if value is True:
            words.append(f"--{flag.flag}")
        elif flag.flag is None:
            words.append(value)
        elif isinstance(value, dict):
            words += [f"--{flag.flag}={axis}={spelled(over, ',')}" for axis, over in value.items()]
        else:
            words += [f"--{flag.flag}", spelled(value, "/" if name == "activation" else ",")]
    return words


def spelled(value: Any, between: str) -> str:
    """A value as it stands on a command line."""
    return between.join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def masked(document: Any) -> Any:
    """A document without times."""
    if isinstance(document, dict):
        return {key: masked(value) for key, value in document.items() if key not in ("seconds", "took")}
    return [masked(value) for value in document] if isinstance(document, list) else document


def test_every_flag_is_a_keyword_that_is_tried() -> None:
    for call, words in _calls.COMMANDS.items():
        tried = {name for other, keywords in cases() if other == call for name in keywords}
        there = set(commands()[words].flags)
        missed = {name for name in there - tried if (call, name) not in UNRUN}
        assert not missed, f"{call}: {sorted(missed)} need a value here"


@pytest.mark.parametrize("call", list(_calls.COMMANDS))
def test_a_call_has_the_figures_of_the_command(call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for other, keywords in cases():
        if other != call:
            continue
        words = [sys.executable, "-m", "headstart", *line(call, keywords), "--format", "json"]
        done = subprocess.run(words, capture_output=True, text=True, timeout=120, env=os.environ, check=False)
        files = {name: Path(name).read_bytes() for name in written(keywords) if Path(name).exists()}
        for name in files:
            Path(name).unlink()
        assert done.returncode == 0, f"{words}: {done.stderr}"
        found = getattr(headstart, call)(**keywords)
        assert masked(json.loads(found.json())) == masked(json.loads(done.stdout)), words
        for name, bytes_of_command in files.items():
            of_call = Path(name).read_bytes()
            if name.endswith((".png", ".safetensors")):
                assert of_call == bytes_of_command, name
            Path(name).unlink()


def written(keywords: dict[str, Any]) -> list[str]:
    """The files that keywords have written."""
    return [keywords[name] for name in ("png", "csv", "parquet", "html", "out", "save") if name in keywords]
