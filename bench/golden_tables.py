"""Makes what the built-in tables are compared to: figures of what scikit-learn's load_* functions return.

    pip install numpy scikit-learn xxhash
    python bench/golden_tables.py > crates/headstart/src/data/builtin/tables.golden
"""
import numpy as np
import xxhash
from sklearn import datasets as sk

print("# set, rows and features, the first row, XXH3-64 of all features and of all labels as float64, names of the features and of")
print("# the classes, tabs between them; made by bench/golden_tables.py")
for name in ("digits", "iris", "wine", "breast-cancer", "diabetes"):
    data = getattr(sk, f"load_{name.replace('-', '_')}")()
    hashes = [xxhash.xxh3_64(np.ascontiguousarray(a, "<f8").tobytes()).hexdigest() for a in (data.data, data.target)]
    print(name, "{} {}".format(*data.data.shape), " ".join(repr(float(x)) for x in data.data[0]), *hashes,
          ",".join(data.feature_names), ",".join(map(str, data.get("target_names", []))), sep="\t")
