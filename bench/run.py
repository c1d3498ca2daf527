"""Headstart against NumPy and JAX: the same trainings in the same run, alternating, medians over several rounds.

    python3 bench/run.py [ROUNDS] [ITEM ...]

Makes a virtual environment with the pinned requirements and a release build, both under target/. Prints steps per
second of one network (of all networks together where there are several), the ratio to each peer, and the share of the
machine's peak: operations of the plain algorithm per second, by those of the faster library's large matrix product.
Only ratios mean anything on another machine. A step's time is the difference of a long and a short run, so that reading
data, drawing weights and the look at the end do not count; JAX's compilation does not count either.

Items are all, or those whose names begin with one of the words given. Then it measures two threads against one, the
thread's table as a process, and the memory of a million runs.
"""
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PYTHON = os.path.join(ROOT, "target", "bench-venv", "bin", "python")
RELEASE = os.path.join(ROOT, "target", "release")


def item(name, samples, layers, activation, steps, **more):
    """`steps`: of Headstart, NumPy and JAX, as many as can be timed. `together`: networks that JAX trains at once, to
    be tried one after the other; 0 is one without vmap. `by_rows`: samples as rows, as columns, or whichever is faster
    in JAX."""
    defaults = {"loss": "ce" if layers[-1] > 1 else "bce", "biases": True, "batch": None, "adam": False, "networks": 1,
                "precision": "f64", "lrs": [0.01], "gains": [1.0], "threads": 2, "together": [0],
                "by_rows": [True, False]}
    return {"name": name, "samples": samples, "layers": layers, "activation": activation, "steps": steps, **defaults,
            **more}


CIRCLES = (300, [2, 10, 5, 1], "relu")
MNIST = {"samples": 8000, "layers": [784, 128, 64, 10], "activation": "relu", "batch": 128, "by_rows": [True]}
# A learning rate and a gain for each of 24 x 24 networks.
MAP = {"loss": "mse", "biases": False, "networks": 576, "together": [0, 32, 576],
       "lrs": [0.01 * 10 ** (4 * i / 23) for i in range(24) for _ in range(24)],
       "gains": [0.1 * 10 ** (2 * i / 23) for _ in range(24) for i in range(24)]}
ITEMS = [
    item("circles, one core", *CIRCLES, (200_000, 4000, 8000), threads=1),
    item("circles f32, one core", *CIRCLES, (400_000, 4000, 8000), threads=1, precision="f32"),
    item("circles x 1000", *CIRCLES, (1000, 4000, 2000), networks=1000, together=[0, 8, 32, 1000]),
    item("circles x 1000, f32", *CIRCLES, (2000, 4000, 2000), networks=1000, together=[0, 8, 32, 1000],
         precision="f32"),
    item("trainability map", 272, [16, 16, 1], "tanh", (500, 4000, 500), **MAP),
    item("cat shape, two layers", 209, [12288, 7, 1], "relu", (40_000, 40, 60)),
    item("cat shape, deep", 209, [12288, 20, 7, 5, 1], "relu", (40_000, 40, 60)),
    item("MNIST shape, sgd", steps=(800, 150, 400), **MNIST),
    item("MNIST shape, adam", steps=(800, 100, 400), adam=True, **MNIST),
    item("MNIST shape, sgd f32", steps=(1200, 200, 400), precision="f32", **MNIST),
    item("50 x 100, tanh", 1000, [10] + [100] * 50 + [10], "tanh", (40, 10, 20)),
    item("50 x 100, circles", 300, [2] + [100] * 50 + [1], "tanh", (100, 20, 50)),
    item("circles, tanh", 300, [2, 10, 5, 1], "tanh", (100_000, 4000, 8000)),
    item("one layer", 300, [2, 1], "relu", (400_000, 4000, 8000)),
    item("ten samples", 10, [2, 3, 1], "relu", (400_000, 4000, 8000)),
    item("wide circles", 300, [2, 100, 100, 1], "relu", (5000, 300, 1000)),
    item("wide circles, sigmoid", 300, [2, 100, 100, 1], "sigmoid", (5000, 300, 1000)),
    item("MNIST shape, all samples", 8000, [784, 128, 64, 10], "relu", (20, 5, 8)),
    item("MNIST shape, wide", 8000, [784, 512, 512, 10], "relu", (100, 40, 60), batch=128, by_rows=[True]),
    item("1000 wide", 2000, [784, 1000, 1000, 10], "relu", (10, 4, 4)),
    item("5000 features, batch 100", 200, [5000, 50, 1], "relu", (500, 60, 200), batch=100, by_rows=[True]),
    item("20000 samples", 20000, [20, 50, 2], "relu", (200, 20, 40)),
]


def prepare(script=__file__, *more):
    """Builds all sides and goes on under the environment's Python, with what more files of requirements ask for."""
    if not os.path.exists(PYTHON):
        venv = os.path.dirname(os.path.dirname(PYTHON))
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    for name in ("requirements.txt", *more):
        subprocess.run([PYTHON, "-m", "pip", "install", "-q", "-r", os.path.join(ROOT, "bench", name)], check=True)
    subprocess.run(["cargo", "build", "--release", "-q", "--workspace"], cwd=ROOT, check=True)
    os.execv(PYTHON, [PYTHON, os.path.abspath(script), "--prepared", *sys.argv[1:]])


def headstart(path, item, **changes):
    """Seconds per step of one network."""
    given = json.dumps({**item, "data": path, "steps": item["steps"][0], **changes})
    command = [os.path.join(RELEASE, "headstart-bench")]
    return float(subprocess.run(command, input=given, text=True, check=True, stdout=subprocess.PIPE).stdout)


def operations(item):
    """Floating-point operations in the matrix products of a step: forward, backward, and of the weights' gradient."""
    sizes = [i * o for i, o in zip(item["layers"], item["layers"][1:])]
    return 2 * (3 * sum(sizes) - sizes[0]) * (item["batch"] or item["samples"])


def samples(item):
    import numpy as np

    rng = np.random.default_rng(1)
    count, outputs = item["samples"], item["layers"][-1]
    x = rng.standard_normal((count, item["layers"][0]))
    if item["loss"] == "mse":
        y = rng.standard_normal((count, outputs))
        return x, y, y[:, 0]
    classes = rng.integers(0, max(2, outputs), count)
    return x, np.eye(outputs)[classes] if outputs > 1 else classes.reshape(-1, 1).astype(float), classes


def peaks():
    """Operations per second in a large matrix product of NumPy or JAX, whichever is faster, by precision."""
    import numpy as np

    import jax_peer

    found = {}
    for precision, dtype in ("f64", np.float64), ("f32", np.float32):
        a = np.ones((3000, 3000), dtype)
        begin = time.perf_counter()
        a @ a
        found[precision] = max(2 * 3000**3 / (time.perf_counter() - begin), jax_peer.peak(dtype))
    return found


def measure(item, rounds, folder):
    """Medians of seconds per step of one network in NumPy, JAX and Headstart."""
    import numpy as np

    import jax_peer
    import numpy_peer

    x, y, labels = samples(item)
    path = os.path.join(folder, "data.npz")
    np.savez(path, x_train=x, y_train=labels, x_test=x[:2], y_test=labels[:2])
    _, numpy_steps, jax_steps = item["steps"]
    ways = [(together, rows) for together in item["together"] for rows in item["by_rows"]]
    ours, theirs, jaxes = [], [], {way: [] for way in ways}
    for _ in range(rounds):
        theirs.append(numpy_peer.train(x, y, item, numpy_steps))
        for together, rows in ways:
            # Many networks at once take as long for fewer steps.
            steps = jax_steps if item["loss"] == "mse" else max(20, jax_steps // max(1, together))
            jaxes[together, rows].append(jax_peer.train(x, y, item, steps, together, rows))
        ours.append(headstart(path, item))
    return statistics.median(theirs), min(statistics.median(times) for times in jaxes.values()), statistics.median(ours)


def rate(seconds):
    return f"{1 / seconds:12,.0f}" if seconds < 0.01 else f"{1 / seconds:12,.1f}"


def table(items, rounds, folder):
    found = [peaks() for _ in range(rounds)]
    peak = {precision: statistics.median(peaks[precision] for peaks in found) for precision in ("f64", "f32")}
    print(f"peak: {peak['f64'] / 1e9:.0f} GFLOP/s in f64, {peak['f32'] / 1e9:.0f} in f32\n")
    print(f"{'steps per second':24}{'NumPy':>12}{'JAX':>12}{'Headstart':>12}{'/NumPy':>8}{'/JAX':>6}{'peak':>6}")
    for item in items:
        theirs, jax, ours = measure(item, rounds, folder)
        share = operations(item) / ours / peak[item["precision"]]
        print(f"{item['name']:24}{rate(theirs)}{rate(jax)}{rate(ours)}{theirs / ours:8.1f}{jax / ours:6.1f}{share:6.0%}",
              flush=True)


def scaling(rounds, folder):
    """How much faster two threads are than one."""
    import numpy as np

    print("\ntwo threads against one:", end="", flush=True)
    for item in (item for item in ITEMS if item["threads"] == 2 and item["name"] in
                 ("circles x 1000", "trainability map", "MNIST shape, sgd", "50 x 100, tanh")):
        x, _, labels = samples(item)
        path = os.path.join(folder, "data.npz")
        np.savez(path, x_train=x, y_train=labels, x_test=x[:2], y_test=labels[:2])
        ratios = [headstart(path, item, threads=1) / headstart(path, item) for _ in range(rounds)]
        print(f" {item['name']} {statistics.median(ratios):.2f};", end="", flush=True)
    print()


def processes(rounds):
    """What a user waits for, and what a million runs need."""
    command = [os.path.join(RELEASE, "headstart"), "replicate", "dls-thread"]
    times = []
    for _ in range(3 * rounds):
        begin = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - begin)
    print(f"replicate dls-thread, 3 x 15,000 steps, as a process: {statistics.median(times):.3f} s")
    for form in ("table", "json"):
        command = [os.path.join(RELEASE, "headstart"), "compare", "--data", "circles", "--layers", "2,10,5,1", "--init",
                   "he", "--steps", "10", "--seeds", "1000000", "--format", form]
        begin = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        most = 0
        while process.poll() is None:
            with open(f"/proc/{process.pid}/status") as status:
                most = max([most, *map(int, re.findall(r"VmHWM:\s+(\d+)", status.read()))])
            time.sleep(0.02)
        seconds = time.perf_counter() - begin
        print(f"a million runs of 10 steps as {form}: {most / 1024:.0f} MB at most, {seconds:.0f} s")


def main(words):
    rounds = int(words.pop(0)) if words and words[0].isdigit() else 3
    items = [item for item in ITEMS if not words or item["name"].startswith(tuple(words))]
    with tempfile.TemporaryDirectory() as folder:
        table(items, rounds, folder)
        if not words:
            scaling(rounds, folder)
            processes(rounds)


if __name__ == "__main__":
    if sys.argv[1:2] != ["--prepared"]:
        prepare()
    main(sys.argv[2:])
