"""Weights of a network of dense layers mean the same everywhere: the frameworks' forward passes agree with the engine's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import headstart
import numpy as np
import pytest

pytest.importorskip("safetensors")
from safetensors.numpy import load_file  # noqa: E402

Arrays = dict[str, Any]

HIDDEN, INIT = [24, 16], "he"


def in_torch(arrays: Arrays, activation: str, inputs: Any) -> Any:
    torch = pytest.importorskip("torch")
    nn, between = torch.nn, {"relu": torch.nn.ReLU, "tanh": torch.nn.Tanh, "gelu": torch.nn.GELU}[activation]
    widths = [inputs.shape[1], *HIDDEN, arrays["4.weight"].shape[0]]
    layers = [layer for i in range(3) for layer in (nn.Linear(widths[i], widths[i + 1]), between())][:-1]
    model = nn.Sequential(*layers)
    model.load_state_dict({name: torch.from_numpy(array).float() for name, array in arrays.items()})
    with torch.no_grad():
        return model(torch.from_numpy(inputs)).numpy()


def in_keras(arrays: Arrays, activation: str, inputs: Any) -> Any:
    keras = pytest.importorskip("keras")
    widths = [*HIDDEN, arrays["dense_2/bias"].shape[0]]
    layers = [keras.layers.Dense(width, activation if i < 2 else None) for i, width in enumerate(widths)]
    model = keras.Sequential([keras.Input(inputs.shape[1:]), *layers])
    for layer, name in zip(layers, ("dense", "dense_1", "dense_2")):
        layer.set_weights([arrays[f"{name}/kernel"], arrays[f"{name}/bias"]])
    return keras.ops.convert_to_numpy(model(inputs))


def in_flax(arrays: Arrays, activation: str, inputs: Any) -> Any:
    linen = pytest.importorskip("flax.linen")
    from flax.traverse_util import unflatten_dict

    between = {"relu": linen.relu, "tanh": linen.tanh, "gelu": lambda x: linen.gelu(x, approximate=False)}[activation]
    widths = [*HIDDEN, arrays["params/Dense_2/bias"].shape[0]]
    model = linen.Sequential([layer for width in widths for layer in (linen.Dense(width), between)][:-1])
    # In a Sequential activations count as well.
    moved = {
        ("params", f"layers_{2 * i}", own): arrays[f"params/Dense_{i}/{own}"]
        for i in range(3)
        for own in ("kernel", "bias")
    }
    return np.asarray(model.apply(unflatten_dict(moved), inputs))


def in_nnx(arrays: Arrays, activation: str, inputs: Any) -> Any:
    nnx = pytest.importorskip("flax.nnx")
    between = {"relu": nnx.relu, "tanh": nnx.tanh, "gelu": lambda x: nnx.gelu(x, approximate=False)}[activation]
    widths = [inputs.shape[1], *HIDDEN, arrays["layers.4.bias"].shape[0]]
    rngs = nnx.Rngs(0)
    layers = [one for i in range(3) for one in (nnx.Linear(widths[i], widths[i + 1], rngs=rngs), between)][:-1]
    model = nnx.Sequential(*layers)
    for i in (0, 2, 4):
        model.layers[i].kernel.set_value(np.float32(arrays[f"layers.{i}.kernel"]))
        model.layers[i].bias.set_value(np.float32(arrays[f"layers.{i}.bias"]))
    return np.asarray(model(inputs))


FRAMEWORKS: dict[str, Callable[[Arrays, str, Any], Any]] = {
    "pytorch": in_torch,
    "keras": in_keras,
    "flax": in_flax,
    "nnx": in_nnx,
}


def probabilities(logits: Any) -> Any:
    """As the engine has them: of one logit those of both classes."""
    logits = np.asarray(logits, np.float64)
    both = np.hstack([np.zeros_like(logits), logits]) if logits.shape[1] == 1 else logits
    shares = np.exp(both - both.max(1, keepdims=True))
    return shares / shares.sum(1, keepdims=True)


@pytest.mark.parametrize(("data", "activation"), [("moons", "tanh"), ("blobs", "relu"), ("moons", "gelu")])
@pytest.mark.parametrize("naming", list(FRAMEWORKS))
def test_forward_passes_agree(naming: str, data: str, activation: str, tmp_path: Path) -> None:
    task: dict[str, Any] = {"data": data, "samples": (60, 20), "hidden": HIDDEN, "activation": activation}
    file = tmp_path / "start.safetensors"
    headstart.weights(**task, init=INIT, bias=0.1, seed=3, naming=naming, out=str(file))
    # A step so short that nothing moves.
    model = headstart.train(**task, init=f"file:{file}", steps=1, lr=1e-30).model
    inputs = np.random.default_rng(0).normal(size=(50, 2)).astype(np.float32)
    found = FRAMEWORKS[naming](load_file(file), activation, inputs)
    assert found.shape == (50, model.layers[-1][0].shape[0])
    np.testing.assert_allclose(probabilities(found), model.outputs(inputs.astype(np.float64)), rtol=2e-5, atol=1e-6)
