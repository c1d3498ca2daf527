"""The Python package beside its targets: what a call costs beyond the work, what is copied, scikit-learn's network, the import.

    pip install . scikit-learn
    python bench/python.py

Times are of this machine; what counts are ratios to a peer in the same run, and a call's own share.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import time
import warnings

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

import headstart
from headstart.sklearn import HeadstartClassifier


def cost_of_a_call(calls: int = 2000) -> None:
    """Time of a call less that of its work, which the native part takes itself."""
    x = np.random.default_rng(0).normal(size=(100, 4))
    y = (x[:, 0] > 0).astype(float)
    for name, call in {
        "train on arrays": lambda: headstart.train(x, y, steps=1, progress=False),
        "train on circles": lambda: headstart.train("circles", steps=1, lr=0.1, init="he", progress=False),
        "theory": lambda: headstart.theory("relu", init="he"),
    }.items():
        call()
        beyond = []
        for _ in range(calls):
            begin = time.perf_counter()
            result = call()
            beyond.append(time.perf_counter() - begin - result.seconds)
        middle, most = statistics.median(beyond), statistics.quantiles(beyond, n=100)[94]
        print(f"{name:<20} {1e6 * middle:6.1f} us beyond the work (95% of calls under {1e6 * most:.1f} us)")


def copies() -> None:
    """What the peak of memory grows by, as a share of the array, where it is float64 in C order and where it is not."""
    script = (
        "import resource, sys, numpy as np, headstart\n"
        "x = np.empty((1_000_000, 20), dtype=sys.argv[1])\n"
        "np.random.default_rng(0).standard_normal(out=x, dtype=x.dtype)\n"
        "y = (np.arange(len(x)) % 2).astype(float)\n"
        "headstart.data(np.zeros((10, 2)), np.arange(10) % 2)\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "headstart.data(x, y, preprocess='none')\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 / (8 * x.size))\n"
    )
    for dtype in ("float64", "float32"):
        done = subprocess.run([sys.executable, "-c", script, dtype], capture_output=True, text=True, check=True)
        print(f"{dtype}: the peak grows by {float(done.stdout):.2f} of the array in float64 (1.00 are the samples themselves)")


def beside_scikit_learn(rounds: int = 5) -> None:
    """MLPClassifier and ours with the same settings, in turn."""
    x, y = load_digits(return_X_y=True)
    x_train, x_test, y_train, y_test = train_test_split(x / 16, y, test_size=0.3, random_state=0, stratify=y)
    times: dict[str, list[float]] = {"theirs": [], "ours": []}
    right: dict[str, list[float]] = {"theirs": [], "ours": []}
    for seed in range(rounds):
        theirs = MLPClassifier((100,), batch_size=32, alpha=0.0, max_iter=30, n_iter_no_change=1000, random_state=seed)
        # scikit-learn's start, step, batch and number of epochs.
        ours = HeadstartClassifier(
            hidden=(100,), init="sklearn-default", batch=32, epochs=30, preprocess="none", random_state=seed
        )
        for name, estimator in {"theirs": theirs, "ours": ours}.items():
            begin = time.perf_counter()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                estimator.fit(x_train, y_train)
            times[name].append(time.perf_counter() - begin)
            right[name].append(estimator.score(x_test, y_test))
    ratio = statistics.median(a / b for a, b in zip(times["theirs"], times["ours"]))
    means = {name: f"{statistics.mean(shares):.4f} +- {statistics.stdev(shares):.4f}" for name, shares in right.items()}
    print(f"digits, 100 units, 30 epochs of 32: {ratio:.1f} times as fast as MLPClassifier; accuracy {means}")


def the_import(rounds: int = 9) -> None:
    """What `python -W error -c "import headstart"` takes beyond an empty program."""

    def took(script: str) -> float:
        begin = time.perf_counter()
        subprocess.run([sys.executable, "-W", "error", "-c", script], check=True)
        return time.perf_counter() - begin

    with_it, without = ([took(script) for _ in range(rounds)] for script in ("import headstart", "pass"))
    print(f"import: {1e3 * statistics.median(with_it):.0f} ms, an empty program {1e3 * statistics.median(without):.0f} ms")


if __name__ == "__main__":
    print(f"headstart {headstart.__version__}, Python {sys.version.split()[0]}")
    the_import()
    cost_of_a_call()
    copies()
    beside_scikit_learn()
    print(f"peak of memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
