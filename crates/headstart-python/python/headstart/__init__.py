"""Headstart finds the weights a neural network should start from, and shows why.

>>> import headstart
>>> headstart.compare("circles", init=["normal:10", "normal:0.1", "he"], seeds=3).cells[0].init
'he'

Each call is a command of the program `headstart`, with the command's flags as keywords and its figures to the last bit. What is
found is an object: attributes, a table and a picture of itself in a notebook, `.to_pandas()`, `.to_polars()`, `.plot()`, `.json()`.
"""

from . import errors, results, study
from ._calls import advise, audit, compare, data, explain, map, probe, replicate, sweep, theory, train, weights  # noqa: A004
from ._native import __version__

__all__ = [
    "__version__",
    "advise",
    "audit",
    "compare",
    "data",
    "errors",
    "explain",
    "map",
    "probe",
    "replicate",
    "results",
    "study",
    "sweep",
    "theory",
    "train",
    "weights",
]
