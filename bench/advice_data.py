"""Writes the small public sets of `bench/src/bin/advice.rs` as CSV, label last, into a folder.

    pip install scikit-learn
    python3 bench/advice_data.py FOLDER [MNIST_FOLDER]

The sets are those that scikit-learn ships. With a folder that has MNIST's 10,000 test images, 1,000 of them, averaged over
2 x 2 pixels, are written as well.
"""

import csv
import gzip
import sys
from pathlib import Path

import numpy as np
from sklearn import datasets


def write(path, x, y):
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow([f"x{i}" for i in range(x.shape[1])] + ["label"])
        rows.writerows([*map(repr, map(float, features)), label] for features, label in zip(x, y))


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, load in [
        ("iris", datasets.load_iris),
        ("wine", datasets.load_wine),
        ("cancer", datasets.load_breast_cancer),
        ("digits", datasets.load_digits),
        ("diabetes", datasets.load_diabetes),
    ]:
        data = load()
        # A class is a name; a target of regression is a number, in units of its deviation.
        is_class = name != "diabetes"
        y = [f"class {label}" for label in data.target] if is_class else list(data.target / data.target.std())
        write(folder / f"{name}.csv", data.data, y)
    if len(sys.argv) > 2:
        images = np.frombuffer(gzip.open(Path(sys.argv[2]) / "t10k-images-idx3-ubyte.gz").read()[16:], np.uint8)
        labels = np.frombuffer(gzip.open(Path(sys.argv[2]) / "t10k-labels-idx1-ubyte.gz").read()[8:], np.uint8)
        small = images.reshape(-1, 14, 2, 14, 2).mean((2, 4)).reshape(-1, 196)[:1000] / 255
        write(folder / "mnist.csv", small, [f"digit {label}" for label in labels[:1000]])


if __name__ == "__main__":
    main()
