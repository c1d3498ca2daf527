"""Models of Flax: the bits and figures of PyTorch's, and the causes that are found in them."""

from __future__ import annotations

from typing import Any

import headstart
import numpy as np
import pytest
from agree import differences, flowers, photos
from headstart.errors import UsageError

jax = pytest.importorskip("jax")
optax = pytest.importorskip("optax")
nnx = pytest.importorskip("flax.nnx")
torch = pytest.importorskip("torch")

import headstart.flax as flax  # noqa: E402
import headstart.torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402, N812
from torch import nn  # noqa: E402


def loss(outputs: Any, targets: Any) -> Any:
    return optax.softmax_cross_entropy_with_integer_labels(outputs, targets).mean()


def chain(widths: list[int], between: Any = None, seed: int = 0) -> Any:
    rngs, between = nnx.Rngs(seed), between or nnx.relu
    pairs = list(zip(widths, widths[1:]))
    return nnx.Sequential(*[one for a, b in pairs for one in (nnx.Linear(a, b, rngs=rngs), between)][:-1])


class Conv(nnx.Module):
    """A small net of convolutions: groups, a normalization, and a transposed one."""

    def __init__(self, rngs: Any) -> None:
        self.first = nnx.Conv(3, 8, (3, 3), padding="SAME", rngs=rngs)
        self.norm = nnx.BatchNorm(8, rngs=rngs)
        self.grouped = nnx.Conv(8, 8, (3, 3), padding="SAME", feature_group_count=4, rngs=rngs)
        self.up = nnx.ConvTranspose(8, 4, (2, 2), strides=(2, 2), rngs=rngs)
        self.drop = nnx.Dropout(0.5, rngs=rngs)
        self.head = nnx.Linear(4, 3, rngs=rngs)

    def __call__(self, x: Any) -> Any:
        x = nnx.relu(self.norm(self.first(x)))
        x = nnx.gelu(x + self.grouped(x), approximate=False)
        return self.head(self.drop(self.up(x).mean((1, 2))))


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


class Transformer(nnx.Module):
    """One block of attention and one of dense layers, with the embedding as the head."""

    def __init__(self, rngs: Any) -> None:
        self.embed = nnx.Embed(11, 8, rngs=rngs)
        self.norm = nnx.LayerNorm(8, rngs=rngs)
        self.attention = nnx.MultiHeadAttention(2, 8, decode=False, rngs=rngs)
        self.up = nnx.Linear(8, 16, rngs=rngs)
        self.down = nnx.Linear(16, 8, rngs=rngs)

    def __call__(self, tokens: Any) -> Any:
        x = self.embed(tokens)
        x = x + self.attention(self.norm(x))
        x = x + self.down(nnx.silu(self.up(x)))
        return self.embed.attend(x)


class Shut(nnx.Module):
    def __init__(self, rngs: Any) -> None:
        self.stem = nnx.Linear(20, 16, rngs=rngs)
        self.up = nnx.Linear(16, 16, kernel_init=nnx.initializers.zeros, rngs=rngs)
        self.down = nnx.Linear(16, 16, kernel_init=nnx.initializers.zeros, rngs=rngs)
        self.head = nnx.Linear(16, 2, rngs=rngs)

    def __call__(self, x: Any) -> Any:
        x = self.stem(x)
        return self.head(x + self.down(nnx.relu(self.up(x))))


def state(model: Any) -> Any:
    """All numbers of a model, random streams too."""
    arrays = jax.tree.leaves(nnx.state(model))
    return [
        np.asarray(jax.random.key_data(one) if jax.dtypes.issubdtype(one.dtype, jax.dtypes.prng_key) else one)
        for one in arrays
    ]


def array(variable: Any) -> Any:
    return np.asarray(variable.get_value())


def test_dense_weights_are_those_of_weights_and_of_torch(tmp_path: Any) -> None:
    from safetensors.numpy import load_file

    model, other = (
        chain([2, 10, 5, 1]),
        nn.Sequential(nn.Linear(2, 10), nn.ReLU(), nn.Linear(10, 5), nn.ReLU(), nn.Linear(5, 1)),
    )
    for scheme in ("he", "glorot-uniform", "orthogonal", "normal:0.3"):
        flax.init_(model, scheme, seed=3)
        headstart.torch.init_(other, scheme, seed=3)
        file = str(tmp_path / "start.safetensors")
        headstart.weights("moons", hidden=[10, 5], init=scheme, seed=3, naming="nnx", out=file)
        drawn = load_file(file)
        for i in (0, 2, 4):
            own = array(model.layers[i].kernel)
            assert np.array_equal(own.T, other[i].weight.detach().numpy())
            assert np.array_equal(own, drawn[f"layers.{i}.kernel"].astype(np.float32))


def test_convolutions_have_the_bits_of_torch() -> None:
    model, other = Conv(nnx.Rngs(0)), TorchConv()
    done = flax.init_(model, "he", seed=2)
    headstart.torch.init_(other, "he", seed=2)
    for own, theirs in ((model.first, other.first), (model.grouped, other.grouped)):
        assert np.array_equal(array(own.kernel).transpose(3, 2, 0, 1), theirs.weight.detach().numpy())
    assert np.array_equal(array(model.up.kernel).transpose(2, 3, 0, 1), other.up.weight.detach().numpy())
    fans = {one.name: (one.fan_in, one.done) for one in done.parameters}
    assert fans["first.kernel"] == (27, "drawn") and fans["grouped.kernel"] == (18, "drawn")
    assert fans["norm.scale"] == (None, "left")


def test_attention_and_gates_have_the_bits_of_torch() -> None:
    rngs = nnx.Rngs(0)
    model, other = nnx.MultiHeadAttention(2, 8, decode=False, rngs=rngs), nn.MultiheadAttention(8, 2, batch_first=True)
    flax.init_(model, "he")
    headstart.torch.init_(other, "he")
    packed = np.concatenate([array(one.kernel).reshape(8, 8).T for one in (model.query, model.key, model.value)])
    assert np.array_equal(packed, other.in_proj_weight.detach().numpy())
    assert np.array_equal(array(model.out.kernel).reshape(8, 8).T, other.out_proj.weight.detach().numpy())
    for cell, like in ((nnx.OptimizedLSTMCell, nn.LSTMCell), (nnx.GRUCell, nn.GRUCell), (nnx.SimpleCell, nn.RNNCell)):
        own, theirs = cell(4, 5, rngs=rngs), like(4, 5)
        flax.init_(own, "orthogonal")
        headstart.torch.init_(theirs, "orthogonal")
        assert np.array_equal(array(own.dense_i.kernel).T, theirs.weight_ih.detach().numpy())
        assert np.array_equal(array(own.dense_h.kernel).T, theirs.weight_hh.detach().numpy())


def test_frozen_and_tied_parameters() -> None:
    model = Transformer(nnx.Rngs(0))
    before = array(model.up.kernel)
    done = flax.init_(
        model, "he", batch=np.zeros((2, 5), np.int32), residual="scaled", wrt=lambda path, _: "up" not in path
    )
    of = {one.name: one for one in done.parameters}
    assert np.array_equal(array(model.up.kernel), before) and of["up.kernel"].why == "frozen"
    assert (
        of["embed.embedding"].scale == pytest.approx(8**-0.5, rel=0.2)
        and of["embed.embedding"].why == "tied, drawn once"
    )
    assert done.branches == 2
    assert {one.name for one in done.parameters if one.factor != 1} == {"attention.out.kernel", "down.kernel"}
    with pytest.raises(UsageError, match="batch=inputs"):
        flax.init_(model, "he", residual="zero")
    with pytest.raises(UsageError, match="what makes a layer's inputs"):
        flax.init_(model, "critical")


def test_lsuv_gives_layers_unit_variance() -> None:
    model, (x, y) = chain([20, 30, 30, 2]), flowers()
    flax.init_(model, "lsuv", batch=x)
    for layer in flax.probe(model, (x, y), loss, sharpness=False).layers:
        assert layer.signal - layer.mean**2 == pytest.approx(1, abs=0.12)


def test_figures_are_those_of_torch() -> None:
    model, other = (
        chain([20, 30, 16, 2], nnx.tanh),
        nn.Sequential(nn.Linear(20, 30), nn.Tanh(), nn.Linear(30, 16), nn.Tanh(), nn.Linear(16, 2)),
    )
    flax.init_(model, "he")
    headstart.torch.init_(other, "he")
    x, y = flowers()
    found = flax.probe(model, (x, y), loss)
    theirs = headstart.torch.probe(other, (torch.tensor(x), torch.tensor(y).long()), F.cross_entropy)
    assert differences(found._tree, theirs._tree) == []
    assert found.sharpness == pytest.approx(theirs.sharpness, rel=0.02)


def test_figures_of_convolutions_are_those_of_torch() -> None:
    model, other = Conv(nnx.Rngs(0)), TorchConv()
    flax.init_(model, "he")
    headstart.torch.init_(other, "he")
    x, y = photos()
    before = state(model)
    found = flax.probe(model, (x, y), loss, sharpness=False)
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
    model, (x, y) = Conv(nnx.Rngs(0)), photos()
    before = state(model)
    call = nnx.BatchNorm.__call__

    def fails(outputs: Any, targets: Any) -> Any:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        flax.probe(model, (x, y), fails)
    with pytest.raises(UsageError, match="take the mean"):
        flax.probe(model, (x, y), lambda outputs, targets: outputs)
    flax.explain(model, (x, y), loss, optimizer=optax.sgd(0.01), steps=2)
    assert all(np.array_equal(a, b) for a, b in zip(before, state(model)))
    assert nnx.BatchNorm.__call__ is call and not model.drop.deterministic


def test_parts_of_a_transformer_are_seen() -> None:
    model = Transformer(nnx.Rngs(0))
    tokens = np.random.default_rng(0).integers(0, 11, (6, 7))
    found = flax.probe(model, (tokens, tokens), loss)
    assert [one.name for one in found.branches] == ["attention.out", "down"]
    (attention,) = found.attention
    assert (attention.name, attention.heads, attention.tokens) == ("attention.query", 2, 7)
    weights = {one.name: one for one in found.weights}
    assert weights["down.kernel"].before == "silu" and weights["up.kernel"].before is None
    assert [one.name for one in found.layers][-1] == "embed, transposed"
    assert found.guessing == pytest.approx(2.39, abs=0.1) and found.unreached == ()


def test_the_default_of_flax_is_too_small_for_twenty_layers() -> None:
    model, batch = chain([50] * 21 + [2]), flowers(50)
    explained = flax.explain(model, batch, loss, optimizer=optax.adam(1e-3), steps=30, sharpness=False)
    found = {one.name: one for one in explained.findings}
    assert explained.first.name != "nothing wrong"
    (vanishing,) = [
        one for name, one in found.items() if name in ("vanishing signal", "default start too small for this depth")
    ]
    assert vanishing.evidence["factor_per_layer"] == pytest.approx(0.55, abs=0.07)
    assert vanishing.cure == 'init_(model, "he")'


def test_a_healthy_start_is_called_so() -> None:
    model = chain([20, 64, 64, 2])
    flax.init_(model, "he")
    explained = flax.explain(model, flowers(), loss, optimizer=optax.sgd(0.01, 0.9), steps=30)
    assert explained.first.name == "nothing wrong"


def test_a_branch_that_is_shut_for_good() -> None:
    batch = flowers()
    explained = flax.explain(Shut(nnx.Rngs(0)), batch, loss, sharpness=False)
    assert explained.first.name == "branch shut for good" and "up.kernel" in explained.first.sentence


def test_logits_that_are_too_large() -> None:
    model = chain([20, 64, 64, 2])
    flax.init_(model, {"layers.4.kernel": "normal:20", "*": "he"})
    explained = flax.explain(model, flowers(), loss, sharpness=False)
    assert "logits" in explained.first.name or "loss" in explained.first.name


@pytest.mark.parametrize(
    ("rule", "momentum"),
    [
        (optax.sgd(0.05), 0.0),
        (optax.sgd(0.05, 0.9), 0.9),
        (optax.sgd(0.05, 0.9, nesterov=True), 0.9),
        (optax.adam(0.05), None),
        (optax.chain(optax.clip_by_global_norm(1.0), optax.adamw(0.05)), None),
    ],
)
def test_what_an_optimizer_does_is_measured(rule: Any, momentum: float | None) -> None:
    from headstart._models.pure import update_of
    from headstart.flax._explain import _moves

    facts = update_of(lambda gradient, count: _moves(rule, gradient, count), 10)
    assert facts["lr"] == pytest.approx(0.05, rel=1e-3)
    assert facts["momentum"] is None if momentum is None else facts["momentum"] == pytest.approx(momentum, abs=1e-3)
