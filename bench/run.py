"""Headstart against NumPy: the same trainings in the same run, alternating, medians over several rounds.

    python3 bench/run.py [ROUNDS]

Makes a virtual environment with the pinned requirements and a release build, both under target/. Prints steps per
second of both and their ratio; only the ratio means anything on another machine. A step's time is the difference of a
long and a short run, so that reading data, drawing weights and the look at the end do not count on either side. Exits
with 1 if Headstart is slower anywhere.
"""
import json
import os
import statistics
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PYTHON = os.path.join(ROOT, "target", "bench-venv", "bin", "python")
HEADSTART = os.path.join(ROOT, "target", "release", "headstart")

# Steps of ours for one of NumPy's, where ours would be too short to be timed.
MORE = {"cat shape, two layers": 50, "cat shape, deep": 50}

# name, samples, widths, activation, steps, minibatch, adam
ITEMS = [
    ("circles", 300, [2, 10, 5, 1], "relu", 4000, None, False),
    ("circles, tanh", 300, [2, 10, 5, 1], "tanh", 4000, None, False),
    ("one layer", 300, [2, 1], "relu", 4000, None, False),
    ("ten samples", 10, [2, 3, 1], "relu", 4000, None, False),
    ("wide circles", 300, [2, 100, 100, 1], "relu", 300, None, False),
    ("wide circles, sigmoid", 300, [2, 100, 100, 1], "sigmoid", 300, None, False),
    ("20 layers", 1000, [10] + [100] * 20 + [10], "tanh", 20, None, False),
    ("MNIST shape, sgd", 8000, [784, 128, 64, 10], "relu", 150, 128, False),
    ("MNIST shape, adam", 8000, [784, 128, 64, 10], "relu", 100, 128, True),
    ("MNIST shape, all samples", 8000, [784, 128, 64, 10], "relu", 5, None, False),
    ("MNIST shape, wide", 8000, [784, 512, 512, 10], "relu", 40, 128, False),
    ("1000 wide", 2000, [784, 1000, 1000, 10], "relu", 4, None, False),
    ("1000 wide, batch 128", 128, [1000, 1000, 1000, 10], "tanh", 15, None, False),
    ("cat shape, two layers", 209, [12288, 7, 1], "relu", 40, None, False),
    ("cat shape, deep", 209, [12288, 20, 7, 5, 1], "relu", 40, None, False),
    ("5000 features, batch 100", 200, [5000, 50, 1], "relu", 60, 100, False),
    ("20000 samples", 20000, [20, 50, 2], "relu", 20, None, False),
]


def prepare():
    """Builds both sides and goes on under the environment's Python."""
    if not os.path.exists(PYTHON):
        venv = os.path.dirname(os.path.dirname(PYTHON))
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    requirements = os.path.join(ROOT, "bench", "requirements.txt")
    subprocess.run([PYTHON, "-m", "pip", "install", "-q", "-r", requirements], check=True)
    subprocess.run(["cargo", "build", "--release", "-q"], cwd=ROOT, check=True)
    os.execv(PYTHON, [PYTHON, os.path.abspath(__file__), "--prepared", *sys.argv[1:]])


def headstart(path, widths, hidden, steps, batch, adam):
    kind = "binary" if widths[-1] == 1 else "classes"
    command = [HEADSTART, "train", "--data", path, "--task", kind, "--layers", ",".join(map(str, widths)),
               "--activation", hidden, "--init", "lecun", "--lr", "0.01", "--steps", str(steps),
               "--record-every", str(steps), "--format", "json"]
    if batch:
        command += ["--batch", str(batch)]
    if adam:
        command += ["--optimizer", "adam"]
    report = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return report["runs"][0]["seconds"]


def main(rounds):
    import numpy as np
    from numpy_peer import train

    print(f"{'':26}{'NumPy':>12}{'Headstart':>12}{'ratio':>9}   (steps per second)")
    slower = []
    for name, samples, widths, hidden, steps, batch, adam in ITEMS:
        rng = np.random.default_rng(1)
        x, classes = rng.standard_normal((samples, widths[0])), rng.integers(0, max(2, widths[-1]), samples)
        y = np.eye(widths[-1])[classes].T if widths[-1] > 1 else classes.reshape(1, -1).astype(float)
        columns = np.ascontiguousarray(x.T)
        ours, theirs = [], []
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "data.npz")
            np.savez(path, x_train=x, y_train=classes, x_test=x[:2], y_test=classes[:2])
            for _ in range(rounds):
                theirs.append(train(columns, y, widths, hidden, 0.01, steps, batch, adam))
                # More than four steps, so that both runs go the same way through the first layer.
                short = headstart(path, widths, hidden, 5, batch, adam)
                more = steps * MORE.get(name, 1)
                ours.append((headstart(path, widths, hidden, 5 + more, batch, adam) - short) / more)
        ours, theirs = statistics.median(ours), statistics.median(theirs)
        ratio = theirs / ours
        if ratio < 1:
            slower.append(name)
        print(f"{name:26}{1 / theirs:12,.1f}{1 / ours:12,.1f}{ratio:9.1f}", flush=True)
    if slower:
        sys.exit("slower than NumPy: " + ", ".join(slower))


if __name__ == "__main__":
    arguments = sys.argv[1:]
    if arguments[:1] != ["--prepared"]:
        prepare()
    main(int(arguments[1]) if len(arguments) > 1 else 5)
