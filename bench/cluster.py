"""Work on a Ray cluster beside its targets: what it costs beyond the threads of one machine, and the same trainings by Ray Tune.

    pip install . "ray[tune]"
    python bench/cluster.py [RUNS] [TRIALS] [ROUNDS]

Times are of this machine; what counts are ratios to a peer in the same run. RUNS (100,000) trainings of 1,000 steps are
done by threads and by Ray, on as many workers as there are threads, alternating; then TRIALS (1,000) by Ray Tune, one trial
for each, beside ours on the same cluster.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import headstart
import headstart.ray
import numpy as np
import ray

CPUS = len(os.sched_getaffinity(0))

STUDY = """
study = {{ axes = ['gain=0.1..10:log:10', 'lr=0.01..1:log:10'] }}
[data]
data = 'circles'
[init]
seeds = {seeds}
[training]
steps = 1000
"""


def ticks(of: str) -> float:
    """Seconds of CPU that the processes whose command line has one of these words have used so far."""
    used = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if any(word in line for word in of.split("|")):
                fields = (process / "stat").read_text().rsplit(")", 1)[1].split()
                used += int(fields[11]) + int(fields[12])
        except OSError:
            pass
    return used / os.sysconf("SC_CLK_TCK")


def timed(work: Callable[[], Any]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


@contextmanager
def study(runs: int) -> Iterator[tuple[Path, Callable[[], Path]]]:
    """A study of so many runs, and names for stores."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "study.toml"
        file.write_text(STUDY.format(seeds=runs // 100))
        count = iter(range(1_000_000))
        yield file, lambda: Path(folder) / f"{next(count)}.db"


def overhead(runs: int, rounds: int) -> None:
    """Ray beside threads, and where its time goes."""
    print(f"{runs:,} circles networks, 1,000 steps each, {CPUS} threads or workers; seconds")
    ratios = []
    with study(runs) as (file, store), headstart.ray.Cluster(workers=CPUS) as cluster:
        # The workers are there, as they are for whoever does more than one thing.
        headstart.compare("circles", seeds=4, steps=10, executor=cluster, progress=False)
        for _ in range(rounds):
            here = timed(lambda: headstart.sweep(config=file, out=store(), progress=False))
            before = [ticks(of) for of in ("gcs_server|raylet/raylet|ray/dashboard|log_monitor", "ray::Worker")]
            driver = time.process_time()
            there = timed(lambda: headstart.sweep(config=file, out=store(), executor=cluster, progress=False))
            driver = time.process_time() - driver
            after = [ticks(of) for of in ("gcs_server|raylet/raylet|ray/dashboard|log_monitor", "ray::Worker")]
            own, workers = (b - a for a, b in zip(before, after, strict=True))
            ratios.append(there / here)
            print(
                f"threads {here:7.2f}   Ray {there:7.2f}   ratio {there / here:.3f}   "
                f"CPU: workers {workers:.1f}, this process {driver:.1f}, Ray's own {own:.1f}"
            )
    print(f"Ray takes {statistics.median(ratios):.3f} times as long as threads (target: 1.10 at most)\n")


def small(runs: int) -> None:
    """The same with runs of next to nothing, where all that is not training shows."""
    print(f"{runs:,} circles networks of one step: what a run costs besides")
    with study(runs) as (file, store), headstart.ray.Cluster(workers=CPUS) as cluster:
        headstart.compare("circles", seeds=4, steps=10, executor=cluster, progress=False)
        for name, executor in (("threads", None), ("Ray", cluster)):
            took = timed(
                lambda by=executor: headstart.sweep(config=file, out=store(), steps=1, executor=by, progress=False)
            )
            print(f"{name:<8} {1e6 * took / runs:6.1f} us a run, {runs / took:,.0f} runs a second")
    begin = time.perf_counter()
    with headstart.ray.Cluster(workers=CPUS) as cluster:
        headstart.compare("circles", seeds=CPUS, steps=1, executor=cluster, progress=False)
        print(f"to begin {CPUS} workers takes {time.perf_counter() - begin:.2f} s\n")


def circles() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.RandomState(0)
    angle = rng.uniform(0, 2 * np.pi, 300)
    radius = np.where(np.arange(300) % 2, 0.8, 1.0)
    x = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1) + rng.normal(0, 0.05, (300, 2))
    return x, (np.arange(300) % 2).astype(float)


def train_numpy(config: dict[str, Any]) -> dict[str, float]:
    """The circles network, as a notebook trains it."""
    x, y = circles()
    rng = np.random.RandomState(config["seed"])
    sizes = [2, 10, 5, 1]
    weights = [rng.normal(0, config["gain"] * np.sqrt(2 / m), (m, n)) for m, n in zip(sizes, sizes[1:])]
    biases = [np.zeros(n) for n in sizes[1:]]
    for _ in range(config["steps"]):
        outputs = [x]
        for i, (w, b) in enumerate(zip(weights, biases)):
            z = outputs[-1] @ w + b
            outputs.append(np.maximum(z, 0) if i < 2 else 1 / (1 + np.exp(-z)))
        delta = (outputs[-1] - y[:, None]) / len(y)
        for i in (2, 1, 0):
            below = (delta @ weights[i].T) * (outputs[i] > 0) if i else None
            weights[i] -= config["lr"] * outputs[i].T @ delta
            biases[i] -= config["lr"] * delta.sum(axis=0)
            delta = below
    return {"accuracy": float(((outputs[-1][:, 0] > 0.5) == y).mean())}


def train_package(config: dict[str, Any]) -> dict[str, float]:
    """The same by the package, one training at a time."""
    init = f"he:{config['gain']}"
    run = headstart.train("circles", init=init, lr=config["lr"], seed=config["seed"], steps=1000, progress=False).runs[
        0
    ]
    return {"accuracy": run.train.accuracy or 0.0}


def beside_tune(trials: int, steps: int) -> None:
    """The same trainings, one trial of Ray Tune for each."""
    from ray import tune

    print(f"{trials:,} trainings of {steps:,} steps on the same cluster; trials a second")
    gains, lrs = np.geomspace(0.1, 10, 10), np.geomspace(0.01, 1, 10)
    space = {
        "gain": tune.grid_search([float(gain) for gain in gains]),
        "lr": tune.grid_search([float(lr) for lr in lrs]),
        "seed": tune.grid_search(list(range(1, trials // 100 + 1))),
        "steps": steps,
    }
    with study(trials) as (file, store), headstart.ray.Cluster(workers=CPUS) as cluster:
        rates = []
        for name in ("Headstart on Ray", "the same, its workers there"):
            took = timed(
                lambda: headstart.sweep(config=file, out=store(), steps=steps, executor=cluster, progress=False)
            )
            rates.append(trials / took)
            print(f"{name:<34} {rates[-1]:8.1f}", flush=True)
    for name, trainable in (("Ray Tune, NumPy", train_numpy), ("Ray Tune, the package", train_package)):
        with tempfile.TemporaryDirectory() as folder:
            tuner = tune.Tuner(
                tune.with_resources(trainable, {"cpu": 1}),
                param_space=space,
                tune_config=tune.TuneConfig(reuse_actors=True),
                run_config=tune.RunConfig(storage_path=folder, verbose=0),
            )
            took = timed(tuner.fit)
        times = " and ".join(f"{rate * took / trials:.0f}" for rate in rates)
        print(f"{name:<34} {trials / took:8.1f}, ours {times} times as many", flush=True)
    print()


if __name__ == "__main__":
    runs, trials, rounds = [int(argument) for argument in sys.argv[1:]] + [100_000, 1_000, 3][len(sys.argv) - 1 :]
    ray.init(log_to_driver=False, logging_level="error", include_dashboard=False)
    if rounds:
        overhead(runs, rounds)
        small(runs)
    for steps in (1000, 100) if trials else ():
        beside_tune(trials, steps)
