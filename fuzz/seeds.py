"""Makes the seeds in fuzz/corpus that are not text: small files of every kind that readers know.

Weights as frameworks write them are from bench/golden_weights.py.

Made once, with numpy, h5py, pyarrow and safetensors, and a `headstart` on the path:

    python fuzz/seeds.py
"""

import gzip
import io
import json
import pathlib
import struct
import subprocess
import tempfile
import zipfile

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from safetensors.numpy import save

CORPUS = pathlib.Path(__file__).parent / "corpus"
# What bench/formats.py makes.
SAMPLES = pathlib.Path(__file__).parent.parent / "crates/headstart/src/data/read/samples"
X = np.array([[1.5, 2.0, -3.0], [4.0, 5.0, 6e3]])
Y = np.array([0, 1])
NAMES = np.array(["cat", "dog"])


def seed(target: str, name: str, data: bytes) -> None:
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def npy(array: np.ndarray, fortran: bool = False) -> bytes:
    out = io.BytesIO()
    np.save(out, np.asfortranarray(array) if fortran else array, allow_pickle=array.dtype == object)
    return out.getvalue()


def npz(packed: bool, **arrays: np.ndarray) -> bytes:
    out = io.BytesIO()
    (np.savez_compressed if packed else np.savez)(out, **arrays)
    return out.getvalue()


def hdf5(fill) -> bytes:
    out = io.BytesIO()
    with h5py.File(out, "w") as file:
        fill(file)
    return out.getvalue()


def parquet(table: pa.Table, **options) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out, **options)
    return out.getvalue()


def tables() -> None:
    texts = {
        "header": 'age,"weight",kind\n1,2.5,cat\n3,n/a,dog\r\n\n5,6e3,cat\n',
        "semicolons": "a;b;y\n1,5;2;0\n3,25;4;1\n",
        "tabs": "a\tb\ty\n1\t2\tcat\n3\t4\tdog\n",
        "bare": "1,2,0\n3,4,1\n5,6,0\n",
        "quotes": 'a,note,y\n1,"two\nlines, ""quoted""",cat\n2,"one",dog\n',
        "rows": ",a,y\n0,5,True\n1,6,False\n",
        "wide": ",".join("abcdefghijkl") + "\n" + ",".join("123456789012") + "\n",
        "bom": "\ufeffa, b, y\n1, 2 , 0\n",
    }
    for name, text in texts.items():
        seed("table", name, text.encode())
    seed("table", "gzip", gzip.compress(texts["header"].encode(), mtime=0))
    seed("table", "utf16", texts["header"].encode("utf-16"))


def texts() -> None:
    arff = "% c\n@relation r\n@attribute 'a b' real\n@attribute n integer\n@attribute k {x,'y z'}\n@attribute s string\n@data\n"
    by_ending = {
        0: {"dense": arff + "1,2,x,'a, b'\n?,3,'y z',?\n", "sparse": arff + "{0 1.5, 2 'y z'}\n{ }\n"},
        1: {"one": "1 1:0.5 3:2 # c\n-1 qid:3 2:1e3\n", "zero": "0 0:1 2:3\n1 1:2\n", "several": "1,2 1:0.5\n"},
        2: {
            "records": '[{"a":1.5,"k":"x","b":true},{"a":null,"k":"y\\u00e9","b":false}]',
            "columns": '{"a":{"0":1.5,"1":null},"k":{"0":"x","1":"y"}}',
            "index": '{"0":{"a":1.5,"k":"x"},"1":{"a":2,"k":"y"}}',
            "split": '{"columns":["a","k"],"index":[0,1],"data":[[1.5,"x"],[2,"y"]]}',
            "table": '{"schema":{"fields":[]},"data":[{"a":1,"k":"x"},{"a":2,"k":"y"}]}',
            "lists": '{"a":[1.5,null],"k":["x","y"]}',
            "values": "[[1.5,2],[3,4e5]]",
            "nested": '[{"a":[1]},{"a":{"b":2}}]',
        },
        3: {"lines": '{"a":1,"k":"x"}\n\n{"k":"y","b":2}\n', "line-lists": "[1,2]\n[3,4]\n"},
        4: {"blanks": "  1.5  2 x\n\t3\t4 \"y z\"\n", "r": '"a" "b"\n"1" 5 6\n"2" 7 8\n', "numpy": "# a b\n1 2\n3 4\n"},
    }
    for which, kinds in by_ending.items():
        for name, text in kinds.items():
            seed("texts", name, bytes([which]) + text.encode())
    seed("texts", "utf16", bytes([0]) + (arff + "1,2,x,ö\n").encode("utf-16"))
    seed("texts", "utf16-be", bytes([4]) + "1 2\n3 4\n".encode("utf-16-be"))
    seed("texts", "latin1", bytes([4]) + "größe art\n1 x\n2 ö\n".encode("latin-1"))


def binaries() -> None:
    for path in sorted(SAMPLES.iterdir()):
        seed({".arrow": "arrow", ".arrows": "arrow", ".mat": "mat", ".xlsx": "excel"}[path.suffix], path.name, path.read_bytes())
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("__MACOSX/._a.csv", b"x")
        archive.writestr("data/a.csv", "a,y\n1,cat\n2,dog\n")
    seed("excel", "zip", out.getvalue())


def arrays() -> None:
    for kind in ("<f8", ">f4", "<i8", "<u1", "?", "<f2", "<c8"):
        seed("arrays", f"npy-{kind.strip('<>').replace('?', 'bool')}", npy(X.astype(kind)))
    seed("arrays", "npy-fortran", npy(X, fortran=True))
    seed("arrays", "npy-text", npy(NAMES))
    seed("arrays", "npy-empty", npy(np.zeros((0, 3))))
    seed("arrays", "npz", npz(False, x=X, y=Y))
    seed("arrays", "npz-packed", npz(True, x=X, y=NAMES))
    seed("arrays", "idx", struct.pack(">BBBBII", 0, 0, 8, 2, 2, 3) + bytes(range(6)))
    seed("arrays", "idx-f8", struct.pack(">BBBBII", 0, 0, 14, 2, 2, 3) + X.astype(">f8").tobytes())
    seed("arrays", "idx-gz", gzip.compress(struct.pack(">BBBBI", 0, 0, 8, 1, 2) + b"\0\1", mtime=0))


def hdf5s() -> None:
    def plain(file):
        file["train_set_x"], file["train_set_y"] = X, Y

    def nested(file):
        file["a/b/x"], file["a/y"] = X, NAMES.astype("S")
        file["link"] = h5py.SoftLink("/a/b/x")
        file["loop"] = file["a"]

    def chunked(file):
        file.create_dataset("x", data=np.tile(X, (8, 1)), chunks=(4, 3), compression="gzip", shuffle=True)
        file.create_dataset("y", data=np.tile(Y, 8), dtype="u1")

    def texts(file):
        file["x"], file["y"] = X, ["cat", "dog"]

    for name, fill in {"plain": plain, "nested": nested, "chunked": chunked, "texts": texts}.items():
        seed("hdf5", name, hdf5(fill))


def parquets() -> None:
    table = pa.table({"a": [1.5, None, 2.5], "b": [255, 0, 7], "kind": ["cat", "dog", "cat"], "yes": [True, False, True]})
    for packed in ("none", "snappy", "zstd", "gzip", "lz4"):
        seed("parquet", packed, parquet(table, compression=packed))
    seed("parquet", "plain", parquet(table, use_dictionary=False, compression="none", data_page_version="2.0"))
    seed("parquet", "groups", parquet(table, row_group_size=1, compression="none", store_schema=False))
    seed("parquet", "types", parquet(pa.table({"f": pa.array([1, 2], pa.float32()), "d": pa.array([1, 2], pa.date32()),
                                               "y": pa.array(["a", "b"]).dictionary_encode()})))


def weights() -> None:
    rng = np.random.default_rng(0)
    shapes = {"0": (3, 2), "1": (1, 3)}
    torch, keras, flax = {}, {}, {}
    for i, (out, into) in enumerate(shapes.values()):
        w, b = rng.normal(size=(out, into)), np.zeros(out)
        torch |= {f"{2 * i}.weight": w, f"{2 * i}.bias": b}
        stem = "dense" + (f"_{i}" if i else "")
        keras |= {f"sequential/{stem}/kernel": w.T.copy(), f"sequential/{stem}/bias": b}
        flax |= {f"params/Dense_{i}/kernel": w.T.astype("f4"), f"params/Dense_{i}/bias": b.astype("f4")}
    for name, tensors in {"pytorch": torch, "keras": keras, "flax": flax}.items():
        seed("weights", name, save(tensors))
    header = json.dumps({"0.weight": {"dtype": "BF16", "shape": [3, 2], "data_offsets": [0, 12]}}).encode()
    seed("weights", "bf16", struct.pack("<Q", len(header)) + header + bytes(12))


def stores() -> None:
    task = "--data circles --samples 4,2 --layers 2,2,1 --steps 4".split()
    with tempfile.TemporaryDirectory() as folder:
        for name, extra in {"plain": [], "traces": ["--traces"], "part": ["--shard", "1/2"]}.items():
            out = f"{folder}/{name}.db"
            axes = ["--axis", "lr=0.1,0.2", "--axis", "init=he,glorot"]
            subprocess.run(["headstart", "sweep", *task, *axes, *extra, "--out", out], check=True, capture_output=True)
            seed("store", name, pathlib.Path(out).read_bytes())


if __name__ == "__main__":
    tables()
    texts()
    binaries()
    arrays()
    hdf5s()
    parquets()
    weights()
    stores()
