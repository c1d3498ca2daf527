"""Predicted and measured steps of `headstart explain --verify`, over many tasks: the table of docs/explain.md.

    python3 bench/predictions.py [--all]

Without --all it prints the tasks of the table; with it, a few hundred drawn at random as well, in short. Needs nothing
but Python and the program, which it builds.
"""

import json
import random
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# data, widths, activation, init, learning rate, seed, stream
TABLE = [
    ("circles", "2,10,5,1", "relu", "normal:0.5", 0.01, 3, "numpy"),
    ("circles", "2,10,5,1", "relu", "normal:0.2", 0.01, 3, "numpy"),
    ("circles", "2,10,5,1", "relu", "normal:0.1", 0.01, 3, "numpy"),
    ("circles", "2,10,5,1", "relu", "normal:0.05", 0.01, 3, "numpy"),
    ("circles", "2,10,5,1", "relu", "normal:0.01", 0.01, 3, "numpy"),
    ("circles", "2,10,5,1", "relu", "he", 0.01, 3, "numpy"),
    ("circles", "2,10,5,1", "relu", "normal:10", 0.01, 3, "numpy"),
    ("circles", "2,10,5,1", "relu", "normal:0.1", 0.001, 3, "numpy"),
    ("circles", "2,10,5,1", "relu", "normal:0.1", 1.0, 3, "numpy"),
    ("moons", "2,10,1", "tanh", "normal:0.01", 0.1, 1, "native"),
    ("moons", "2,10,10,1", "sigmoid", "glorot", 0.5, 1, "native"),
    ("flower", "2,4,1", "tanh", "normal:0.01", 0.1, 2, "numpy"),
    ("blobs", "2,10,10,6", "tanh", "normal:0.1", 0.1, 1, "native"),
    ("quantiles", "2,10,10,_", "gelu", "normal:0.1", 0.1, 1, "native"),
    ("circles", "2,10,10,10,1", "tanh", "normal:0.3", 0.1, 1, "native"),
    ("circles", "2,10,10,10,10,1", "relu", "normal:0.3", 0.1, 3, "native"),
    ("circles", "2,20,20,20,20,20,20,1", "relu", "he:0.7", 0.1, 3, "native"),
    ("circles", "2,20,20,20,20,20,20,20,1", "tanh", "lecun:0.8", 0.1, 3, "native"),
    ("circles", "2,20,20,20,20,20,20,20,1", "relu", "he:0.5", 0.1, 1, "native"),
]


def drawn(count):
    """Tasks at random: 1 to 7 hidden layers, five widths of data, ten activations, three orders of learning rates."""
    random.seed(5)
    for _ in range(count):
        depth = random.randint(1, 7)
        data = random.choice(["circles", "moons", "circles", "blobs", "spirals"])
        widths = ",".join(["2"] + [str(random.choice([5, 10, 20]))] * depth + ["_"])
        activation = random.choice(["relu", "tanh", "relu", "gelu", "silu", "elu", "leaky-relu", "sin", "selu", "softplus"])
        if depth <= 2:
            init = f"normal:{random.choice([0.01, 0.03, 0.1, 0.2, 0.5, 1])}"
        else:
            init = f"{random.choice(['he', 'lecun', 'orthogonal'])}:{random.choice([0.5, 0.6, 0.7, 0.8, 1.0, 1.5])}"
        lr = random.choice([0.01, 0.03, 0.1, 0.3, 1.0])
        yield data, widths, activation, init, lr, random.randint(1, 50), "native"


def explained(task):
    data, widths, activation, init, lr, seed, rng = task
    command = [ROOT / "target/release/headstart", "explain", "--verify", "--format", "json", "--data", data]
    command += ["--layers", widths, "--activation", activation, "--init", init, "--lr", str(lr), "--seed", str(seed)]
    command += ["--rng", rng, "--steps", "15000"]
    done = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return done["prediction"], done["check"]


def interval(prediction):
    ends = [prediction["from"], prediction["to"]]
    if prediction["step"] is None:
        return "never" if ends[0] is None else f"after {ends[0]:,}"
    return f"{prediction['step']:,} ({ends[0]:,} to {ends[1]:,})"


def main():
    subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=ROOT, check=True)
    print("| data | network | start | lr | predicted step | measured | evaluations |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for task in TABLE:
        data, widths, activation, init, lr, *_ = task
        prediction, check = explained(task)
        measured = f"{check['measured']:,}" if check["measured"] is not None else f"not in {check['steps']:,}"
        network = f"{widths.replace(',', '-')} {activation}"
        row = [data, network, init, f"{lr:g}", interval(prediction), measured, f"{prediction['evaluations']:,}"]
        print(f"| {' | '.join(row)} |" + ("" if check["holds"] else " DOES NOT HOLD"))
    if "--all" in sys.argv:
        count, held, found = 0, 0, 0
        ratios = []
        for task in drawn(300):
            prediction, check = explained(task)
            count += 1
            held += check["holds"]
            if prediction["step"] and check["measured"]:
                found += 1
                ratios.append(check["measured"] / prediction["step"])
            if not check["holds"]:
                print("does not hold:", *task, "|", interval(prediction), "| measured", check["measured"])
        ratios.sort()
        print(f"{count} tasks drawn at random: {held} predictions hold; of {found} with an event that was run the measured")
        print(f"step is {ratios[0]:.2f} to {ratios[-1]:.2f} times the predicted one, the middle 90% {ratios[len(ratios) // 20]:.2f}")
        print(f"to {ratios[-len(ratios) // 20]:.2f}")


if __name__ == "__main__":
    main()
