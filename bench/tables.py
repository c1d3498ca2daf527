"""Makes the tables that are built in, from scikit-learn 1.9's own data: the numbers of its load_* functions, of diabetes
those of load_diabetes(scaled=False), which the program scales as load_diabetes() does.

    pip install numpy scikit-learn
    python bench/tables.py

writes crates/headstart/src/data/builtin/tables/*.csv.gz: a header with scikit-learn's names of the features, then a row a
sample, the last column the class's number or the target. The same numbers give the same bytes.
"""
import gzip
import pathlib

import numpy as np
from sklearn import datasets as sk

FOLDER = pathlib.Path(__file__).parent.parent / "crates/headstart/src/data/builtin/tables"


def number(x: float) -> str:
    """The shortest text that is this number."""
    return repr(float(x)).removesuffix(".0")


for name, data in {
    "digits": sk.load_digits(),
    "iris": sk.load_iris(),
    "wine": sk.load_wine(),
    "breast-cancer": sk.load_breast_cancer(),
    "diabetes": sk.load_diabetes(scaled=False),
}.items():
    rows = [",".join([*data.feature_names, "target"])]
    rows += [",".join(map(number, row)) for row in np.c_[data.data, data.target]]
    with (FOLDER / f"{name}.csv.gz").open("wb") as file:
        file.write(gzip.compress(("\n".join(rows) + "\n").encode(), 9, mtime=0))
