"""Loading a CSV: Headstart against polars and pandas, each in a process of its own, in turns, medians over several rounds.

    python3 bench/load.py [ROUNDS] [ROWS]

Makes a virtual environment with the pinned requirements and a release build, both under target/, and two files of 1,000,000 rows
and 30 columns: of numbers alone, and of 24 columns of numbers and 6 of text. The label is the last column of numbers. Seconds are
those of the call alone, without the start of the process; memory is the most that the process had.

The peers are timed at reading the file into a frame, and at that and a matrix of float64 of it, text one-hot, which is what
Headstart's loading ends with.
"""
import os
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PYTHON = os.path.join(ROOT, "target", "load-venv", "bin", "python")
COLUMNS, TEXTS = 30, 6
WORDS = ["red", "green", "blue", "yellow", "a longer name, in quotes", "grey", "black"]


def prepare():
    """Builds all sides and goes on under the environment's Python."""
    if not os.path.exists(PYTHON):
        subprocess.run([sys.executable, "-m", "venv", os.path.dirname(os.path.dirname(PYTHON))], check=True)
    requirements = os.path.join(ROOT, "bench", "load-requirements.txt")
    subprocess.run([PYTHON, "-m", "pip", "install", "-q", "-r", requirements], check=True)
    subprocess.run(["cargo", "build", "--release", "-q", "-p", "headstart-bench", "--bin", "load"], cwd=ROOT, check=True)
    os.execv(PYTHON, [PYTHON, os.path.abspath(__file__), "--prepared", *sys.argv[1:]])


def write(path, rows, texts):
    """The label is last, a class of two that the first column decides."""
    import numpy as np
    import polars as pl

    rng = np.random.default_rng(1)
    numbers = {f"x{i}": rng.standard_normal(rows).round(6) for i in range(COLUMNS - texts - 1)}
    words = {f"t{i}": np.array(WORDS)[rng.integers(0, len(WORDS), rows)] for i in range(texts)}
    label = {"y": (numbers["x0"] > 0).astype(int)}
    pl.DataFrame({**numbers, **words, **label}).write_csv(path)


def peer(library, matrix, path):
    """In a process of its own: prints the seconds, the rows and the columns."""
    begin = time.perf_counter()
    if library == "polars":
        import polars as pl

        begin = time.perf_counter()
        frame = pl.read_csv(path)
        if matrix:
            text = [name for name, kind in frame.schema.items() if kind == pl.String]
            frame = frame.to_dummies(text).cast(pl.Float64).to_numpy()
    else:
        import pandas as pd

        begin = time.perf_counter()
        frame = pd.read_csv(path)
        if matrix:
            frame = pd.get_dummies(frame, dtype=float).to_numpy(float)
    print(time.perf_counter() - begin, *frame.shape)


def measure(command):
    """Seconds, megabytes, and the last words of what went wrong, if anything did."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    out, error = process.stdout.read(), process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        return None, None, error.strip()[-200:]
    return float(out.split()[0]), used.ru_maxrss / 1024, None


def compare(name, path, rounds):
    sides = {"headstart": [os.path.join(ROOT, "target", "release", "load"), path, "y"]}
    for library in ("polars", "pandas"):
        for matrix in (False, True):
            command = [PYTHON, os.path.abspath(__file__), "--peer", library, str(int(matrix)), path]
            sides[f"{library}, {'matrix' if matrix else 'frame'}"] = command
    found = {side: [] for side in sides}
    for _ in range(rounds):
        for side, command in sides.items():
            found[side].append(measure(command))
    print(f"\n{name}, {os.path.getsize(path) / 1e6:.0f} MB", f"{'seconds':>14}{'MB':>8}{'time':>8}{'memory':>8}")
    ours = None
    for side, runs in found.items():
        problem = next((problem for *_, problem in runs if problem), None)
        if problem:
            print(f"{side:24}{problem}")
            continue
        seconds, memory = (statistics.median(run[i] for run in runs) for i in (0, 1))
        ours = ours or ((seconds, memory) if side == "headstart" else None)
        ratios = f"{ours[0] / seconds:8.2f}{ours[1] / memory:8.2f}" if ours else ""
        print(f"{side:24}{seconds:14.2f}{memory:8.0f}{ratios}", flush=True)


def main(words):
    rounds, rows = (int(word) if word else usual for word, usual in zip([*words, "", ""], (3, 1_000_000)))
    with tempfile.TemporaryDirectory() as folder:
        for name, texts in ("numbers", 0), ("numbers and text", TEXTS):
            path = os.path.join(folder, f"{texts}.csv")
            write(path, rows, texts)
            compare(name, path, rounds)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peer"]:
        peer(sys.argv[2], sys.argv[3] == "1", sys.argv[4])
        sys.exit()
    if sys.argv[1:2] != ["--prepared"]:
        prepare()
    main(sys.argv[2:])
