"""Makes tables as people have them, and what pandas and scikit-learn make of them.

    pip install numpy pandas scikit-learn
    python bench/golden_pandas.py | gzip -9n > crates/headstart/tests/tables.jsonl.gz

Each line has a table (its bytes, a character each), the flags it is read with, and features and labels: cells read by pandas, text
one-hot by OneHotEncoder, missing cells by SimpleImputer (the mean, or the most frequent) with a column that says where from 5%
of them on, columns in the order of the file, put together by a ColumnTransformer. What pandas has no word for (currencies,
percent, words for missing cells in dates) is taken away before, by string replacement.
"""
import csv
import io
import itertools
import json
import random
import sys

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

DELIMITERS = [",", ";", "\t", "|"]
NUMBERS = ["1234.5", "1234,5", "1,234.5", "1.234,5", "1 234,5"]  # how 1234.5 is written
ENCODINGS = ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"]
QUOTING = [csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]
MISSING = [None, "", "NA", "?", "null", "-"]  # None: nothing is missing
MARKS = ["", "$", "€", "%"]
LABELS = ["last", "first", "middle"]
ENDS = ["\n", "\r\n"]
ROWS = 24


def written(value, way):
    """A number in one of the ways of NUMBERS."""
    text = f"{value:,.2f}"
    groups, decimal = {"1234.5": ("", "."), "1234,5": ("", ","), "1,234.5": (",", "."), "1.234,5": (".", ","),
                       "1 234,5": (" ", ",")}[way]
    return text.replace(",", "G").replace(".", decimal).replace("G", groups)


def table(rng, delimiter, way, encoding, quoting, missing, mark, place, end):
    """A table: its names, its columns as text, and what each of them holds."""
    draw = np.random.RandomState(rng.randrange(2**31))
    columns = {
        "length": ([written(x, way) for x in draw.normal(0, 2000, ROWS)], "number"),
        "price": ([mark + written(abs(x), way) if mark != "%" else written(abs(x), way) + mark
                   for x in draw.normal(5000, 2000, ROWS)], "number"),
        "count": ([str(x) for x in draw.randint(-5, 90, ROWS)], "number"),
        "kind": (list(draw.choice(["Süd", "north, far", "it's", "West"] if encoding != "ascii" else ["a", "b"], ROWS)), "text"),
        "on": (list(draw.choice(["true", "false"], ROWS)), "bool"),
        "day": ([str(np.datetime64("2020-01-01") + int(x)) for x in draw.randint(0, 900, ROWS)], "date"),
    }
    if missing is not None:
        for name in rng.sample(sorted(columns), 3):
            cells, holds = columns[name]
            # A dash is no word for a missing name, and true or false has none.
            if holds == "bool" or missing == "-" and holds != "number":
                continue
            count = rng.choice([1, 4])
            for row in rng.sample(range(1, ROWS), count):
                cells[row] = missing
    columns["y"] = (["yes" if x else "no" for x in draw.randint(0, 2, ROWS)], "label")
    names = [name for name in columns if name != "y"]
    rng.shuffle(names)
    names.insert({"last": len(names), "first": 0, "middle": 3}[place], "y")
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=end)
    writer.writerow(names)
    writer.writerows(zip(*(columns[name][0] for name in names)))
    return names, columns, text.getvalue().encode(encoding)


def expected(data, names, columns, delimiter, way, encoding, missing, mark):
    """What pandas and scikit-learn make of it."""
    thousands = {"1,234.5": ",", "1.234,5": ".", "1 234,5": " "}.get(way)
    decimal = "." if way in ("1234.5", "1,234.5") else ","
    text = data.decode(encoding)
    if mark:
        text = text.replace(mark, "")
    frame = pd.read_csv(io.StringIO(text), sep=delimiter, decimal=decimal, thousands=thousands,
                        na_values=["?", "-"], quotechar='"')
    steps = []
    for name in names:
        holds = columns[name][1]
        if holds == "label":
            continue
        if holds == "date":
            days = pd.to_datetime(frame[name])
            frame[name] = (days - days.min()).dt.total_seconds() / 86400
        if holds == "text":
            fill = SimpleImputer(strategy="most_frequent", missing_values=np.nan)
            steps.append((name, make_pipeline(fill, OneHotEncoder(sparse_output=False, handle_unknown="ignore")), [name]))
        else:
            frame[name] = frame[name].astype(float)
            steps.append((name, SimpleImputer(strategy="mean"), [name]))
        if frame[name].isna().mean() > 0.05:
            steps.append((f"{name} missing", FunctionTransformer(lambda column: column.isna().astype(float)), [name]))
    frame = frame.replace({None: np.nan})
    x = np.asarray(ColumnTransformer(steps).fit_transform(frame), float)
    return x, [str(y) for y in frame["y"]]


def main():
    rng = random.Random(7)
    every = list(itertools.product(DELIMITERS, NUMBERS, ENCODINGS, QUOTING, MISSING, MARKS, LABELS, ENDS))
    rng.shuffle(every)
    made, seen = 0, {}
    for delimiter, way, encoding, quoting, missing, mark, place, end in every:
        # Every value of every dimension about as often as its others.
        pairs = [("d", delimiter), ("n", way), ("e", encoding), ("q", quoting), ("m", missing), ("k", mark), ("l", place)]
        if encoding == "cp1252" and mark not in ("", "$", "€", "%"):
            continue
        if any(seen.get(pair, 0) > 160 / {"d": 4, "n": 5, "e": 6, "q": 3, "m": 6, "k": 4, "l": 3}[pair[0]] + 1 for pair in pairs):
            continue
        for pair in pairs:
            seen[pair] = seen.get(pair, 0) + 1
        names, columns, data = table(rng, delimiter, way, encoding, quoting, missing, mark, place, end)
        x, y = expected(data, names, columns, delimiter, way, encoding, missing, mark)
        print(json.dumps(ensure_ascii=False, obj={
            "name": f"{made}: {delimiter!r} {way} {encoding} quoting {quoting} missing {missing!r} {mark!r} label {place}",
            "table": data.decode("latin-1"),
            "label": "y",
            "x": [[float(f"{value:.12g}") for value in row] for row in x],
            "y": y,
        }))
        made += 1
        if made == 160:
            break
    print(made, seen, file=sys.stderr)


main()
