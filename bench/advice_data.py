"""Writes the small public sets of `bench/src/bin/advice.rs` as CSV, label last, into a folder.

    pip install scikit-learn
    python3 bench/advice_data.py FOLDER [MNIST_FOLDER]

The sets are those that scikit-learn ships, or makes, and two made here. With a folder that has MNIST's 10,000 test images, 1,000 of them, averaged over
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


def table(path, header, rows):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def loans(count, rng):
    """Numbers of very different size, text, and missing cells: who pays back."""
    income = np.exp(rng.normal(10.5, 0.6, count))
    asked = np.exp(rng.normal(9, 0.8, count))
    home = rng.choice(["own", "rent", "family"], count, p=[0.4, 0.45, 0.15])
    years = rng.integers(0, 30, count)
    logit = 1.5 * np.log(income / asked) - 2 + 0.06 * years + 0.8 * (home == "own") + rng.normal(0, 0.7, count)
    for i in range(count):
        known = "" if rng.random() < 0.08 else int(years[i])
        yield [int(income[i]), int(asked[i]), home[i], known, "paid" if logit[i] > 0 else "lost"]


def passengers(count, rng):
    """A ship's list, made up: who was saved."""
    for _ in range(count):
        rank, sex = int(rng.choice([1, 2, 3], p=[0.25, 0.2, 0.55])), str(rng.choice(["female", "male"], p=[0.35, 0.65]))
        age = max(0.5, rng.normal(30, 14))
        fare = round(float(np.exp(rng.normal(4.4 - 0.8 * rank, 0.5))), 2)
        logit = 1.2 * (sex == "female") * 2 - 0.8 * (rank - 2) - 0.03 * (age - 30) - 1.2 + rng.normal(0, 0.8)
        yield [rank, sex, "" if rng.random() < 0.2 else round(age, 1), fare, "yes" if logit > 0 else "no"]


def further(folder):
    """Sets on which nothing was tuned."""
    some = {"random_state": 1}
    for name, (x, y) in {
        "friedman1": datasets.make_friedman1(300, noise=1, **some),
        "friedman2": datasets.make_friedman2(300, noise=50, **some),
        "friedman3": datasets.make_friedman3(300, noise=0.1, **some),
        "swiss-roll": datasets.make_swiss_roll(400, noise=0.5, **some),
        "s-curve": datasets.make_s_curve(400, noise=0.1, **some),
        "linnerud": (lambda data: (data.data, data.target[:, 0]))(datasets.load_linnerud()),
        "alcohol": (lambda x: (x[:, 1:], x[:, 0]))(datasets.load_wine().data),
    }.items():
        write(folder / f"{name}.csv", x, list(map(float, y)))
    digits = datasets.load_digits()
    for name, (x, y) in {
        "hastie": datasets.make_hastie_10_2(400, **some),
        "classification": datasets.make_classification(400, 20, n_informative=6, n_classes=3, **some),
        "parity": (digits.data[:600], digits.target[:600] % 2),
    }.items():
        write(folder / f"{name}.csv", x, [f"class {int(label)}" for label in y])
    rng = np.random.default_rng(1)
    table(folder / "loans.csv", ["income", "asked", "home", "years", "end"], loans(800, rng))
    table(folder / "passengers.csv", ["rank", "sex", "age", "fare", "saved"], passengers(600, rng))


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    further(folder)
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
