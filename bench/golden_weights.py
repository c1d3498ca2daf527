"""Makes the files of weights that crates/headstart/tests/framework_weights.rs reads, each as its framework writes it, and what is in
them. Every one is a network of 2-3-1 with weights that tell where they are: layer l has weight 100 l + 10 o + i from input i to
output o, all from 1 on, and bias 100 l + 10 o. Those of prelu have the slope 0.125.

    pip install numpy keras jax torch
    python bench/golden_weights.py

Made with Keras 3.15 and PyTorch 2.15; the files are in crates/headstart/tests/golden/weights, and those that fuzzing starts from
in fuzz/corpus/weights.
"""
import os
import pathlib
import shutil

os.environ["KERAS_BACKEND"] = "jax"

import keras
import numpy as np
import torch

ROOT = pathlib.Path(__file__).parent.parent
FOLDER = ROOT / "crates/headstart/tests/golden/weights"
SEEDS = ["seq.keras", "old.h5", "seq.pt", "checkpoint.pt", "whole.pt", "arrays.npz", "row.npz"]


def weights(layer: int, inputs: int, outputs: int) -> np.ndarray:
    """outputs x inputs"""
    return np.array([[100 * layer + 10 * o + i for i in range(1, inputs + 1)] for o in range(1, outputs + 1)], "f4")


LAYERS = [(weights(1, 2, 3), np.array([110, 120, 130], "f4")), (weights(2, 3, 1), np.array([210], "f4"))]


def with_keras() -> None:
    def trained(names):
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, activation="tanh", name=names[0]),
                                  keras.layers.Dropout(0.1), keras.layers.Dense(1, activation="sigmoid", name=names[1])])
        # So that the optimizer has something to keep, too.
        model.compile("adam", "binary_crossentropy")
        model.fit(np.zeros((4, 2)), np.zeros(4), verbose=0)
        model.set_weights([a for w, b in LAYERS for a in (w.T, b)])
        return model

    # Names whose alphabet is not the layers' order.
    model = trained(["hidden", "a_probability"])
    model.save(FOLDER / "seq.keras")
    model.save_weights(FOLDER / "seq.weights.h5")
    trained(["dense_7", "dense_8"]).save(FOLDER / "old.h5")
    learned = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3), keras.layers.PReLU(shared_axes=[1]),
                                keras.layers.Dense(1)])
    learned.set_weights([*(LAYERS[0][0].T, LAYERS[0][1]), np.array([0.125]), LAYERS[1][0].T, LAYERS[1][1]])
    learned.save(FOLDER / "prelu.keras")
    each = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3), keras.layers.PReLU(), keras.layers.Dense(1)])
    each.save(FOLDER / "prelu-each.keras")
    nested = keras.Sequential([keras.Input((2,)), keras.Sequential([keras.layers.Dense(3)]), keras.layers.Dense(1)])
    nested.save(FOLDER / "nested.keras")


def with_torch() -> None:
    nn = torch.nn
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
    for linear, (w, b) in zip((model[0], model[2]), LAYERS):
        linear.weight.data, linear.bias.data = torch.tensor(w), torch.tensor(b)
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.zeros(4, 2)).sum().backward()
    # A step of no length gives the optimizer something to keep.
    optimizer.param_groups[0]["lr"] = 0.0
    optimizer.step()
    state = model.state_dict()
    torch.save(state, FOLDER / "seq.pt")
    torch.save({"epoch": 3, "model_state_dict": state, "optimizer_state_dict": optimizer.state_dict(), "loss": 0.5},
               FOLDER / "checkpoint.pt")
    for dtype in ("float64", "float16", "bfloat16"):
        torch.save({k: v.to(getattr(torch, dtype)) for k, v in state.items()}, FOLDER / f"{dtype}.pt")
    learned = nn.Sequential(nn.Linear(2, 3), nn.PReLU(init=0.125), nn.Linear(3, 1))
    for linear, (w, b) in zip((learned[0], learned[2]), LAYERS):
        linear.weight.data, linear.bias.data = torch.tensor(w), torch.tensor(b)
    torch.save(learned.state_dict(), FOLDER / "prelu.pt")
    named = {f"{'fc1' if k[0] == '0' else 'fc2' if k[0] == '2' else 'act1'}.{k[2:]}": v for k, v in learned.state_dict().items()}
    torch.save(named, FOLDER / "prelu-named.pt")
    # Views of one storage: a transpose, and rows from the midst; parameters in place of tensors.
    flat = torch.arange(1000, dtype=torch.float32)
    w1 = flat.as_strided((3, 2), (10, 1), 111)
    w2 = torch.tensor(LAYERS[1][0]).T.contiguous().T
    torch.save({"net.fc1.weight": nn.Parameter(w1), "net.fc1.bias": flat[110:140:10], "net.fc2.weight": w2,
                "net.fc2.bias": flat[210:211]}, FOLDER / "views.pt")
    torch.save(model, FOLDER / "whole.pt")
    torch.save(state, FOLDER / "legacy.pt", _use_new_zipfile_serialization=False)
    torch.jit.script(model).save(FOLDER / "script.pt")


def with_numpy() -> None:
    (w1, b1), (w2, b2) = LAYERS
    np.savez(FOLDER / "arrays.npz", W1=w1, b1=b1[:, None], W2=w2, b2=b2[:, None])
    np.savez(FOLDER / "row.npz", w1.T, b1, w2.T, b2)
    np.savez_compressed(FOLDER / "sklearn.npz", coefs_0=w1.T, intercepts_0=b1, coefs_1=w2.T, intercepts_1=b2)
    np.savez(FOLDER / "names.npz", **{"dense/kernel": w1.T, "dense/bias": b1, "dense_1/kernel": w2.T, "dense_1/bias": b2})


FOLDER.mkdir(parents=True, exist_ok=True)
with_keras()
with_torch()
with_numpy()
for name in SEEDS:
    shutil.copy(FOLDER / name, ROOT / "fuzz/corpus/weights" / name.replace(".", "-"))
