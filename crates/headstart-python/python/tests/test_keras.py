"""Models of Keras: the bits and figures of PyTorch's, and the causes that are found in them, on each backend."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import headstart
import numpy as np
import pytest
from agree import differences, flowers, photos
from headstart.errors import UsageError

keras = pytest.importorskip("keras")
torch = pytest.importorskip("torch")

import headstart.keras  # noqa: E402
import headstart.torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402, N812
from torch import nn  # noqa: E402

L = keras.layers
LOGITS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
SHARES = "sparse_categorical_crossentropy"


@pytest.fixture(autouse=True)
def _seed() -> None:
    keras.utils.set_random_seed(1)


def chain(widths: list[int], activation: str = "relu", last: str | None = None, **more: Any) -> Any:
    *hidden, outputs = widths[1:]
    layers = [L.Dense(width, activation, **more) for width in hidden]
    return keras.Sequential([keras.Input((widths[0],)), *layers, L.Dense(outputs, last)])


def conv() -> Any:
    inputs = keras.Input((8, 8, 3))
    x = L.ReLU()(L.BatchNormalization(epsilon=1e-5)(L.Conv2D(8, 3, padding="same", name="first")(inputs)))
    x = keras.ops.gelu(x + L.Conv2D(8, 3, padding="same", groups=4, name="grouped")(x), approximate=False)
    x = L.GlobalAveragePooling2D()(L.Conv2DTranspose(4, 2, strides=2, name="up")(x))
    return keras.Model(inputs, L.Dense(3, name="head")(L.Dropout(0.5)(x)))


class TorchConv(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 8, 3, padding=1)
        self.norm = nn.BatchNorm2d(8)
        self.grouped = nn.Conv2d(8, 8, 3, padding=1, groups=4)
        self.up = nn.ConvTranspose2d(8, 4, 2, stride=2)
        self.head = nn.Linear(4, 3)

    def forward(self, x: Any) -> Any:
        x = F.relu(self.norm(self.first(x)))
        x = F.gelu(x + self.grouped(x))
        return self.head(self.up(x).mean((2, 3)))


def array(variable: Any) -> Any:
    return keras.ops.convert_to_numpy(variable.value if hasattr(variable, "value") else variable)


def state(model: Any) -> list[Any]:
    return [array(variable).copy() for variable in model.variables]


def test_dense_weights_are_those_of_weights_and_of_torch(tmp_path: Any) -> None:
    from safetensors.numpy import load_file

    model, other = (
        chain([2, 10, 5, 1]),
        nn.Sequential(nn.Linear(2, 10), nn.ReLU(), nn.Linear(10, 5), nn.ReLU(), nn.Linear(5, 1)),
    )
    for scheme in ("he", "glorot-uniform", "orthogonal", "critical"):
        headstart.keras.init_(model, scheme, seed=3)
        headstart.torch.init_(other, scheme, seed=3)
        file = str(tmp_path / "start.safetensors")
        headstart.weights("moons", hidden=[10, 5], init=scheme, seed=3, naming="keras", out=file)
        for layer, i, name in zip(model.layers, (0, 2, 4), ("dense", "dense_1", "dense_2")):
            assert np.array_equal(array(layer.kernel).T, other[i].weight.detach().numpy())
            assert np.array_equal(array(layer.kernel), load_file(file)[f"{name}/kernel"].astype(np.float32))


def test_convolutions_have_the_bits_of_torch() -> None:
    model, other = conv(), TorchConv()
    done = headstart.keras.init_(model, "he", seed=2)
    headstart.torch.init_(other, "he", seed=2)
    for name in ("first", "grouped", "up"):
        theirs = getattr(other, name).weight.detach().numpy()
        assert np.array_equal(array(model.get_layer(name).kernel).transpose(3, 2, 0, 1), theirs) or name == "up"
    assert np.array_equal(array(model.get_layer("up").kernel).transpose(3, 2, 0, 1), other.up.weight.detach().numpy())
    assert {one.name: one.fan_in for one in done.parameters}["grouped/kernel"] == 18
    depthwise, plain = L.SeparableConv1D(6, 3, depth_multiplier=2), nn.Conv1d(4, 8, 3, groups=4)
    depthwise.build((None, 9, 4))
    headstart.keras.init_(depthwise, "he")
    headstart.torch.init_(plain, "he")
    assert np.array_equal(
        array(depthwise.depthwise_kernel).transpose(1, 2, 0).reshape(8, 1, 3), plain.weight.detach().numpy()
    )


def test_attention_and_gates_have_the_bits_of_torch() -> None:
    model, other = L.MultiHeadAttention(2, 4), nn.MultiheadAttention(8, 2, batch_first=True)
    model(*[keras.ops.zeros((1, 5, 8))] * 2)
    headstart.keras.init_(model, "he")
    headstart.torch.init_(other, "he")
    own = [array(one.kernel).reshape(8, 8).T for one in (model._query_dense, model._key_dense, model._value_dense)]
    assert np.array_equal(np.concatenate(own), other.in_proj_weight.detach().numpy())
    assert np.array_equal(array(model._output_dense.kernel).reshape(8, 8).T, other.out_proj.weight.detach().numpy())
    for layer, like, order in (
        (L.LSTM, nn.LSTM, (0, 1, 2, 3)),
        (L.GRU, nn.GRU, (1, 0, 2)),
        (L.SimpleRNN, nn.RNN, (0,)),
    ):
        cell, theirs = layer(5), like(4, 5)
        cell.build((None, 3, 4))
        headstart.keras.init_(cell, "orthogonal")
        headstart.torch.init_(theirs, "orthogonal")
        gates = theirs.weight_ih_l0.detach().numpy().reshape(-1, 5, 4)[list(order)].reshape(-1, 4)
        assert np.array_equal(array(cell.cell.kernel).T, gates)
        gates = theirs.weight_hh_l0.detach().numpy().reshape(-1, 5, 5)[list(order)].reshape(-1, 5)
        assert np.array_equal(array(cell.cell.recurrent_kernel).T, gates)
        assert not array(cell.cell.bias).any()


def test_frozen_parameters_and_ends_of_branches() -> None:
    model = conv()
    model.get_layer("first").trainable = False
    before = array(model.get_layer("first").kernel).copy()
    done = headstart.keras.init_(model, "he", residual="zero")
    of = {one.name: one for one in done.parameters}
    assert np.array_equal(array(model.get_layer("first").kernel), before) and of["first/kernel"].why == "frozen"
    assert done.branches == 1 and not array(model.get_layer("grouped").kernel).any()
    assert {one.role for name, one in of.items() if "batch" in name} == {"normalization"}
    with pytest.raises(UsageError, match="call it once"):
        headstart.keras.init_(keras.Sequential([L.Dense(3)]))


def test_figures_are_those_of_torch() -> None:
    model, other = (
        chain([20, 30, 16, 2], "tanh"),
        nn.Sequential(nn.Linear(20, 30), nn.Tanh(), nn.Linear(30, 16), nn.Tanh(), nn.Linear(16, 2)),
    )
    headstart.keras.init_(model, "he")
    headstart.torch.init_(other, "he")
    x, y = flowers()
    found = headstart.keras.probe(model, (x, y), LOGITS)
    theirs = headstart.torch.probe(other, (torch.tensor(x), torch.tensor(y).long()), F.cross_entropy)
    assert differences(found._tree, theirs._tree) == []
    assert found.sharpness == pytest.approx(theirs.sharpness, rel=0.02)


def test_figures_of_convolutions_are_those_of_torch() -> None:
    model, other = conv(), TorchConv()
    headstart.keras.init_(model, "he")
    headstart.torch.init_(other, "he")
    x, y = photos()
    before = state(model)
    found = headstart.keras.probe(model, (x, y), LOGITS, sharpness=False)
    theirs = headstart.torch.probe(
        other, (torch.tensor(x).permute(0, 3, 1, 2), torch.tensor(y).long()), F.cross_entropy, sharpness=False
    )
    own, like = found._tree["look"], theirs._tree["look"]
    for document in (own, like):
        document["features"] = []
        for one in document["model"]["parameters"]:
            one["normalized"] = one["normalized"] is not None
    assert differences(own, like) == []
    assert all(np.array_equal(a, b) for a, b in zip(before, state(model)))


def test_a_model_is_untouched_also_after_an_exception() -> None:
    model, (x, y) = conv(), photos()
    before, call = state(model), L.BatchNormalization.__call__

    def fails(targets: Any, outputs: Any) -> Any:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        headstart.keras.probe(model, (x, y), fails)
    headstart.keras.explain(model, (x, y), LOGITS, optimizer="sgd", steps=2, sharpness=False)
    assert all(np.array_equal(a, b) for a, b in zip(before, state(model)))
    assert L.BatchNormalization.__call__ is call
    assert [layer.rate for layer in model.layers if isinstance(layer, L.Dropout)] == [0.5]


def test_attention_and_probabilities_are_seen() -> None:
    inputs = keras.Input((7,), dtype="int32")
    x = L.Embedding(11, 8)(inputs)
    x = x + L.MultiHeadAttention(2, 4, name="att")(x, x)
    x = x + L.Dense(8)(L.Dense(16, "silu")(L.LayerNormalization()(x)))
    model = keras.Model(inputs, L.Dense(11, "softmax")(x))
    tokens = np.random.default_rng(0).integers(0, 11, (6, 7)).astype(np.int32)
    found = headstart.keras.probe(model, (tokens, tokens), SHARES, sharpness=False)
    assert len(found.branches) == 2 and found.branches[0].name == "att/attention_output"
    (attention,) = found.attention
    assert (attention.name, attention.heads, attention.tokens) == ("att/query", 2, 7)
    assert [one.before for one in found.weights if one.role == "dense"] == [None, None, "silu", None]
    assert found.layers[-1].activation is None and found._tree["look"]["output"] == "softmax"
    assert found.guessing == pytest.approx(2.39, abs=0.1)


def test_recurrent_layers_are_not_looked_into() -> None:
    inputs = keras.Input((6,), dtype="int32")
    x = L.Bidirectional(L.LSTM(8, return_sequences=True, dropout=0.2))(L.Embedding(11, 8)(inputs))
    model = keras.Model(inputs, L.Dense(3)(L.GRU(8)(x)))
    tokens = np.random.default_rng(0).integers(0, 11, (20, 6)).astype(np.int32)
    found = headstart.keras.probe(model, (tokens, tokens[:, 0] % 3), LOGITS, sharpness=False)
    assert found.branches == () and found.unreached == ()
    assert all(layer.gradient > 0 for layer in found.layers)


def test_a_start_that_is_too_small_for_twenty_layers() -> None:
    model = chain([50] * 21 + [2], kernel_initializer="lecun_normal")
    explained = headstart.keras.explain(
        model, flowers(50), LOGITS, optimizer=keras.optimizers.Adam(1e-3), steps=30, sharpness=False
    )
    found = {one.name: one for one in explained.findings}
    (vanishing,) = [
        one for name, one in found.items() if name in ("vanishing signal", "default start too small for this depth")
    ]
    assert vanishing.evidence["factor_per_layer"] == pytest.approx(0.5, abs=0.1)
    assert str(vanishing.cure).startswith("init_(")


def test_a_healthy_start_is_called_so() -> None:
    model = chain([20, 64, 64, 2], last="softmax")
    headstart.keras.init_(model, "he")
    rule = keras.optimizers.SGD(0.01, momentum=0.9)
    explained = headstart.keras.explain(model, flowers(), SHARES, optimizer=rule, steps=30)
    assert explained.first.name == "nothing wrong"


def test_a_branch_that_is_shut_for_good_and_a_cure_that_is_verified() -> None:
    inputs = keras.Input((20,))
    x = L.Dense(16)(inputs)
    z = L.Dense(16, "relu", kernel_initializer="zeros", name="up")(x)
    z = L.Dense(16, kernel_initializer="zeros", name="down")(z)
    model = keras.Model(inputs, L.Dense(2)(x + z))
    explained = headstart.keras.explain(
        model, flowers(), LOGITS, optimizer="adam", steps=5, verify=True, seeds=1, sharpness=False
    )
    assert explained.first.name == "branch shut for good" and "up/kernel" in explained.first.sentence
    assert explained.checks


def test_logits_that_are_too_large() -> None:
    model = chain([20, 64, 64, 2])
    last = headstart.keras.init_(model, "he").drawn[-2].name
    headstart.keras.init_(model, {last: "normal:20", "*": "he"})
    explained = headstart.keras.explain(model, flowers(), LOGITS, sharpness=False)
    assert "logits" in explained.first.name or "loss" in explained.first.name


@pytest.mark.skipif(os.environ.get("KERAS_BACKEND") == "torch", reason="this is the run on PyTorch")
def test_all_of_it_on_pytorch() -> None:
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", __file__]
    done = subprocess.run(
        words, env={**os.environ, "KERAS_BACKEND": "torch"}, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:]
