"""How calls behave: threads, progress, interruption, errors, and results that travel."""

from __future__ import annotations

import copy
import multiprocessing
import pickle
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import headstart
import numpy as np
import pytest
from headstart import _native
from headstart.errors import BugError, DataError, FileError, HeadstartError, UsageError
from joblib import Parallel, delayed

SMALL: dict[str, Any] = {"data": "circles", "samples": (30, 10), "steps": 20}
LONG: dict[str, Any] = {"data": "circles", "init": ["he", "glorot"], "seeds": 2000, "steps": 100_000}


def loss(seed: int) -> float:
    """The loss of a small training."""
    return headstart.train(**SMALL, seed=seed).runs[0].train.loss


def test_the_notebooks_figures_are_there() -> None:
    runs = headstart.train("circles", init=["normal:10", "normal:0.1", "normal:0.01"], rng="numpy", seed=3).runs
    figures = [(round(run.train.accuracy or 0, 2), round(run.test.accuracy or 0, 2)) for run in runs if run.test]
    assert figures == [(0.83, 0.86), (0.60, 0.57), (0.46, 0.48)]


def test_others_names_of_flags_are_taken_and_those_that_there_are_not_are_told() -> None:
    one, other = headstart.train(**SMALL, learning_rate=0.3), headstart.train(**SMALL, lr=0.3)
    assert one.runs[0].train == other.runs[0].train
    for keyword, words in {
        "lear": "no keyword lear",
        "l2": "weight_decay=D",
        "hiden": "did you mean|similar.*hidden",
    }.items():
        with pytest.raises(UsageError, match=f"(?s){words}"):
            headstart.train(**SMALL, **{keyword: 1})


@pytest.mark.parametrize(
    ("keywords", "error", "words"),
    [
        ({"lr": -1}, UsageError, "learning rate must be a positive number"),
        ({"lr": True}, UsageError, "lr: True is no value"),
        ({"lr": float("nan")}, UsageError, "lr"),
        ({"steps": 2.5}, UsageError, "whole number"),
        ({"steps": 10**30}, UsageError, "steps"),
        ({"steps": 10, "epochs": 2}, UsageError, "steps and epochs say the same"),
        ({"strict": 1}, UsageError, "strict is True or False"),
        ({"init": "hee"}, UsageError, 'did you mean "he"'),
        ({"init": []}, UsageError, "empty list"),
        ({"layers": [2, object(), 1]}, UsageError, "layers: an object is no value"),
        ({"data": "nowhere.csv"}, UsageError, 'no file "nowhere.csv"'),
        ({"data": Path("/")}, HeadstartError, "folder|director"),
        ({"csv": "/nowhere/runs.csv"}, FileError, "runs.csv"),
        ({"data": ([[1.0], [2.0]], [0, 1, 1])}, DataError, "data: 2 samples, but labels has 3"),
        ({"data": ([1], [2], [3])}, UsageError, "tuple of 3"),
    ],
)
def test_what_is_wrong_is_a_sentence_about_keywords(
    keywords: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words) as caught:
        headstart.train(**SMALL | {"samples": None} | keywords)
    assert isinstance(caught.value, ValueError | OSError)
    assert "--" not in str(caught.value)


def test_sentences_of_the_command_line_speak_of_keywords() -> None:
    for said, here in {
        "--lr 0.1: too small": "lr=0.1: too small",
        "(use --missing drop to leave such rows out)": '(use missing="drop" to leave such rows out)',
        "--drop-missing and --missing fill are two things": 'drop_missing and missing="fill" are two things',
        "draw it with --png FILE": "draw it with png=FILE",
        "invalid value 'x' for '--lr <LR>': no": "invalid value 'x' for 'lr': no",
        "--steps and --epochs say the same": "steps and epochs say the same",
        "a--b and --nothing-known": "a--b and --nothing-known",
    }.items():
        assert _native.in_python(said) == here


def test_python_goes_on_while_it_works() -> None:
    counted, done = 0, threading.Event()

    def count() -> None:
        nonlocal counted
        while not done.is_set():
            counted += 1
            time.sleep(0.001)

    thread = threading.Thread(target=count)
    thread.start()
    headstart.compare("circles", init="he", seeds=20, steps=3000)
    done.set()
    thread.join()
    assert counted > 20


def test_calls_from_several_threads_have_the_same_figures() -> None:
    losses: dict[int, float] = {}
    threads = [threading.Thread(target=lambda seed=seed: losses.update({seed: loss(seed)})) for seed in range(1, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert losses == {seed: loss(seed) for seed in range(1, 6)}


def test_whoever_listens_hears_events_and_can_end_the_call() -> None:
    heard: list[dict[str, Any]] = []
    headstart.compare("circles", init="he", seeds=10, steps=2000, progress=heard.append)
    assert {event["event"] for event in heard} >= {"stage", "done"}

    def tired(event: dict[str, Any]) -> None:
        raise RuntimeError("enough")

    begin = time.monotonic()
    with pytest.raises(RuntimeError, match="enough"):
        headstart.compare(**LONG, progress=tired)
    assert time.monotonic() - begin < 30


INTERRUPTED = """
import sys, time, headstart
print("begun", flush=True)
try:
    headstart.{call}
except headstart.errors.Interrupted as stop:
    print(stop.result and type(stop.result).__name__, len(stop.result.runs) if stop.result else 0, flush=True)
"""


@pytest.mark.parametrize("call", ["compare(**LONG)", "map(**MAP)", "advise('circles', steps=100_000, budget='1h')"])
def test_ctrl_c_ends_a_call_at_once_with_what_there_is(call: str) -> None:
    text = INTERRUPTED.format(call=call).replace("**LONG", f"**{LONG!r}")
    text = text.replace("**MAP", "data='circles', x='gain=0.1..10:30', y='lr=0.01..1:30', steps=20000")
    script = text.replace("len(stop.result.runs)", "1")
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        time.sleep(1.0)
        begin = time.monotonic()
        process.send_signal(signal.SIGINT)
        said = process.stdout.readline()
        took = time.monotonic() - begin
        process.kill()
    assert took < 5, took
    assert said.split()[0] in ("Comparison", "Map", "Advice", "None"), said


def test_a_mistake_of_ours_is_said_to_be_ours() -> None:
    with pytest.raises(BugError, match="a mistake in Headstart.*on purpose"):
        _native.fail("on purpose")
    assert loss(1) == loss(1)


def test_results_travel() -> None:
    here = headstart.compare(**SMALL, init=["he", "glorot"], seeds=2)
    for there in (pickle.loads(pickle.dumps(here)), copy.deepcopy(here), copy.copy(here)):
        assert there == here
        assert str(there) == str(here)
        assert there.to_pandas().equals(here.to_pandas())


def test_processes_of_joblib_and_forks_have_the_same_figures() -> None:
    losses = [loss(seed) for seed in (1, 2)]
    assert Parallel(n_jobs=2)(delayed(loss)(seed) for seed in (1, 2)) == losses
    if "fork" in multiprocessing.get_all_start_methods():
        # Columns are looked at on threads of a pool, which a fork has not.
        headstart.train(np.random.default_rng(0).normal(size=(5000, 40)), np.arange(5000) % 2, steps=1)
        with multiprocessing.get_context("fork").Pool(1) as pool:
            assert pool.map_async(loss, [1, 2]).get(timeout=60) == losses
            wide = pool.apply_async(of_wide)
            assert wide.get(timeout=60) == of_wide()


def of_wide() -> float:
    """The loss of a training whose columns are looked at on several threads."""
    x = np.random.default_rng(0).normal(size=(5000, 40)) * 100
    return headstart.train(x, np.arange(5000) % 2, steps=1).runs[0].train.loss


def test_importing_it_is_quick_and_quiet() -> None:
    script = (
        "import sys, headstart; print([m for m in ('numpy', 'pandas', 'polars', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")


@pytest.mark.parametrize("call", ["probe", "explain"])
def test_what_would_not_fit_into_memory_is_refused(call: str) -> None:
    with pytest.raises(UsageError, match="of memory"):
        getattr(headstart, call)(**SMALL, layers=[2, 2_000_000, 1])


def test_a_map_of_more_runs_than_a_store_holds_is_refused() -> None:
    with pytest.raises(UsageError, match="10000000000 runs are more than"):
        headstart.map(**SMALL, x="gain=0.1..10:log:100000", y="lr=0.1..1:100000")


GIVEN_UP = """
import os, signal, threading, time, headstart
threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
try:
    headstart.weights(layers=[1200, 1200, 1200, 10], init="orthogonal", out="late.safetensors")
except headstart.errors.Interrupted:
    time.sleep(15)
    print(os.listdir())
"""


def test_a_call_that_was_interrupted_writes_nothing_later(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", GIVEN_UP], capture_output=True, text=True, cwd=tmp_path, check=True)
    # A machine that is faster has written it in time.
    assert done.stdout in ("[]\n", ""), done.stdout


def test_a_column_is_not_both_a_label_and_a_feature() -> None:
    table = {"a": np.arange(20.0), "k": np.arange(20) % 2}
    with pytest.raises(UsageError, match="label k: the labels are those of labels"):
        headstart.train(table, table["k"], label="k")


def test_predictions_can_be_interrupted() -> None:
    model = headstart.train("circles", layers=[2, 800, 800, 1], steps=1).model
    assert model is not None
    timer = threading.Timer(0.5, lambda: signal.raise_signal(signal.SIGINT))
    begin = time.monotonic()
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        while time.monotonic() - begin < 30:
            model.outputs(np.ones((50_000, 2)))
    assert time.monotonic() - begin < 10


def test_equal_calls_have_equal_results_whatever_time_they_took() -> None:
    assert headstart.train(**SMALL) == headstart.train(**SMALL)
    assert headstart.train(**SMALL) != headstart.train(**SMALL, seed=2)


def test_labels_that_are_numbers_are_predicted_as_numbers() -> None:
    x = np.random.default_rng(0).normal(size=(80, 2))
    y = np.where(x[:, 0] > 0, 3, 7)
    model = headstart.train(x, y, optimizer="adam", lr=0.05, epochs=60).model
    assert model is not None
    assert np.mean(model.predict(x) == y) > 0.9
