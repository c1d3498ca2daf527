"""Makes the golden trainings that the tests compare with, from the NumPy oracle and its stored results.

    pip install numpy scikit-learn
    python bench/golden_oracle.py FOLDER_OF_THE_ORACLE > crates/headstart/tests/golden/oracle.jsonl

One line per training: its configuration in the oracle's words and what the oracle saw. Stored results come as they
are, without the long list of pixels. The others are random architectures, activations and data. Where training is
chaotic, rounding decides and there is nothing to compare: a random configuration is only kept if the oracle agrees
with itself to 1e-9 when every first weight is changed by one unit in its last place. How many were not kept is said on
standard error.
"""
import glob
import json
import os
import sys

import numpy as np

folder = sys.argv[1]
sys.path.insert(0, folder)
import oracle  # noqa: E402

KEPT = ["config", "first_weights", "x_train_head", "x_train_sum", "y_train_sum", "cost", "final_cost",
        "train_accuracy", "test_accuracy"]


def show(result):
    result["x_train_head"] = [row[:4] for row in result["x_train_head"]]
    print(json.dumps({key: result[key] for key in KEPT}))


for path in sorted(glob.glob(os.path.join(folder, "*.json"))):
    show(json.load(open(path)))

rng = np.random.default_rng(2026)
initial = oracle.initial


def nudged(config):
    weights, biases = initial(config)
    return [np.nextafter(w, np.inf) for w in weights], biases


kept = dropped = 0
while kept < 60:
    data = str(rng.choice(["circles", "moons", "blobs", "quantiles", "flower"]))
    outputs = 6 if data == "blobs" else int(rng.choice([1, 1, 2]))
    hidden = [int(rng.integers(1, 24)) for _ in range(rng.integers(0, 5))]
    init = str(rng.choice(["normal", "uniform", "zeros"], p=[0.55, 0.4, 0.05]))
    scale = [0.3, 1.0, 0.05, "he", "lecun", "glorot"][rng.integers(0, 6)]
    config = {"data": data, "layers": [2, *hidden, outputs], "init": init, "scale": scale,
              "hidden": str(rng.choice(["relu", "tanh", "sigmoid", "leaky_relu"])), "seed": int(rng.integers(0, 2**32)),
              "lr": float(rng.choice([0.003, 0.03, 0.1, 0.3])), "steps": int(rng.integers(1, 600)), "every": 50}
    if data != "flower":
        config["n"] = [int(rng.integers(20, 400)), int(rng.integers(20, 200))]
        config["seeds"] = [int(rng.integers(0, 1000)), int(rng.integers(0, 1000))]
        if data == "blobs":
            config["seeds"][1] = config["seeds"][0]
    if data in ("circles", "moons"):
        config["noise"] = float(rng.choice([0.0, 0.05, 0.3]))
    with np.errstate(all="ignore"):
        result = oracle.run(config)
        oracle.initial = nudged
        other = oracle.run(config)
        oracle.initial = initial
    a, b = (np.array(r["cost"] + [r["final_cost"]]) for r in (result, other))
    if np.all(np.abs(a - b) <= 1e-9 * np.abs(a)):
        show(result)
        kept += 1
    else:
        dropped += 1
print(f"{kept} kept, {dropped} not: chaotic", file=sys.stderr)
