"""Headstart on a GPU beside JAX on the same GPU, and beside Headstart on the processor: many networks at once, in float32.

    python3 bench/gpu.py [ROUNDS] [ITEM ...]

Items are named by how they begin; map:256 is a map of 256 x 256 trainings, as a process.

Millions of steps of one network a second: of JAX (vmap and fori_loop, compiled, its best of several numbers of networks and of both
layouts, without the time of compiling), of Headstart on the GPU and on the processor, and how much of the GPU's float32 rate that is, as a
kernel measures it that does nothing but multiply-adds. JAX takes the GPU if its wheel for it is there (bench/gpu-requirements.txt, for NVIDIA);
else it computes on the processor, and the column says so. HEADSTART_GPU names the GPU, as for the program.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

import run


def item(name, samples, layers, activation, networks, steps, **more):
    """`networks` at once, and `steps` of each; `together`: how many at once JAX tries, and the steps that it does."""
    defaults = {
        "loss": "bce", "biases": True, "batch": None, "adam": False, "precision": "f32", "lrs": [0.01], "gains": [1.0],
        "threads": os.cpu_count(), "together": [1000, 10_000, 65_536],
    }  # fmt: skip
    return {"name": name, "samples": samples, "layers": layers, "activation": activation, "networks": networks, "steps": (steps, steps),
            **defaults, **more}  # fmt: skip


ITEMS = [
    item("circles x 100,000", 300, [2, 10, 5, 1], "relu", 100_000, 2000, together=[10_000, 100_000]),
    item("circles x 1,000", 300, [2, 10, 5, 1], "relu", 1000, 20_000, together=[1000]),
    item("circles x 100,000, adam", 300, [2, 10, 5, 1], "relu", 100_000, 1000, adam=True, together=[10_000, 100_000]),
    item("circles x 10,000, batches of 32", 300, [2, 10, 5, 1], "relu", 10_000, 2000, batch=32, together=[1000, 10_000]),
    item("2-32-32-1 x 10,000", 300, [2, 32, 32, 1], "relu", 10_000, 1000, together=[1000, 10_000]),
    item("16-16-1 x 65,536", 272, [16, 16, 1], "tanh", 65_536, 500, loss="mse", biases=False, together=[16_384, 65_536]),
    # Learning rates from 0.01 to 100 by gains from 0.1 to 10: more than half diverge, which ends them here.
    item("trainability map x 1,048,576", 272, [16, 16, 1], "tanh", 1 << 20, 500, loss="mse", biases=False, together=[16_384, 65_536],
         lrs=[0.01 * 10 ** (4 * i / 127) for i in range(128) for _ in range(128)],
         gains=[0.1 * 10 ** (2 * i / 127) for _ in range(128) for i in range(128)]),
    item("20-50-2 x 10,000", 400, [20, 50, 2], "relu", 10_000, 500, loss="ce", together=[1000, 10_000]),
    item("784-32-10 x 1,000", 2000, [784, 32, 10], "relu", 1000, 50, loss="ce", together=[100, 1000]),
]  # fmt: skip


def written(item, folder):
    """The samples of an item, as a file and as they are."""
    import numpy as np

    x, y, labels = run.samples(item)
    path = os.path.join(folder, "data.npz")
    np.savez(path, x_train=x, y_train=labels, x_test=x[:2], y_test=labels[:2])
    return path, x, y


def measure(item, rounds, folder):
    import jax_peer

    path, x, y = written(item, folder)
    ours, here, theirs = [], [], {}
    for _ in range(rounds):
        for together in item["together"]:
            # As much work as ours, so that it is well beyond what beginning takes.
            steps = max(20, min(2000, item["steps"][0] * item["networks"] // together // 4))
            for rows in (True, False):
                theirs.setdefault((together, rows), []).append(jax_peer.train(x, y, item, steps, together, rows))
        ours.append(run.headstart(path, item, gpu=True))
        few = max(item["threads"] * 8, 64, len(item["lrs"]))
        here.append(run.headstart(path, item, networks=few, steps=max(20, item["steps"][0] // 10)))
    return statistics.median(ours), min(statistics.median(times) for times in theirs.values()), statistics.median(here)


def whole(rounds, cells):
    """A map and its picture, as a process: the seconds that somebody waits."""
    with tempfile.TemporaryDirectory() as folder:
        path, *_ = written(next(item for item in ITEMS if item["name"].startswith("trainability map")), folder)
        command = [os.path.join(run.RELEASE, "headstart"), "map", "--data", path, "--task", "regression", "--layers", "16,16,1",
                   "--activation", "tanh", "--init", "lecun", "--bias", "none", "--steps", "500", "--x", f"lr=0.01..100:log:{cells}",
                   "--y", f"gain=0.1..10:log:{cells}", "--device", "gpu", "--png", os.path.join(folder, "map.png")]  # fmt: skip
        times = []
        for _ in range(rounds):
            begin = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            times.append(time.perf_counter() - begin)
        print(f"a map of {cells} x {cells} trainings of 500 steps with its picture, as a process: {statistics.median(times):.1f} s")


def main(rounds="3", *names):
    import jax

    device, peak = subprocess.run(
        [os.path.join(run.RELEASE, "headstart-bench"), "gpu"], check=True, text=True, stdout=subprocess.PIPE
    ).stdout.splitlines()
    peak = float(peak)
    print(f"Headstart on {device}: {peak / 1e12:.2f} trillion multiply-adds a second; {os.cpu_count()} threads. JAX on {jax.devices()[0]}.")
    print(f"{'million steps a second':32}{'JAX':>9}{'GPU':>9}{'threads':>9}{'/JAX':>7}{'of peak':>9}")
    with tempfile.TemporaryDirectory() as folder:
        for item in ITEMS:
            if not names or item["name"].startswith(names):
                ours, theirs, here = measure(item, int(rounds), folder)
                share = run.operations(item) / 2 / ours / peak
                rates = "".join(f"{1e-6 / seconds:9.3f}" for seconds in (theirs, ours, here))
                print(f"{item['name']:32}{rates}{theirs / ours:7.1f}{share:9.1%}", flush=True)
    for cells in [int(name.removeprefix("map:")) for name in names or ["map:1024"] if name.startswith("map:")]:
        whole(int(rounds), cells)


if __name__ == "__main__":
    if sys.argv[1:2] != ["--prepared"]:
        run.prepare(__file__, "gpu-requirements.txt")
    main(*sys.argv[2:])
