"""Weights of PyTorch models by a scheme: each by its own fans, from streams of its own."""

from __future__ import annotations

import math

import headstart
import headstart.torch
import numpy as np
import pytest
import torch
from headstart.errors import UsageError
from headstart.torch import init_
from torch import nn
from zoo import GPT, Encoder, Recurrent, images, mlp, resnet, seeded, tokens, with_shut_block


def variance(tensor: torch.Tensor) -> float:
    return float(tensor.detach().double().square().mean())


@pytest.mark.parametrize("scheme", ["he", "glorot-uniform", "orthogonal", "critical", "pytorch-default"])
def test_dense_layers_are_those_of_the_engine(scheme: str, tmp_path: object) -> None:
    model = mlp((7, 30, 20, 3), nn.Tanh).double()
    init_(model, scheme, seed=5)
    file = f"{tmp_path}/weights.safetensors"
    headstart.weights(
        out=file,
        layers=[7, 30, 20, 3],
        activation="tanh",
        output="softmax",
        init=scheme,
        seed=5,
        naming="pytorch",
        dtype="f64",
    )
    from safetensors.torch import load_file

    drawn = load_file(file)
    own = [tensor for _, tensor in sorted(drawn.items(), key=lambda item: item[0])]
    mine = [tensor for _, tensor in sorted(model.state_dict().items(), key=lambda item: item[0])]
    assert len(own) == len(mine) == 6
    assert all(torch.equal(a, b) for a, b in zip(own, mine))


@pytest.mark.parametrize(
    ("layer", "fan_in", "fan_out"),
    [
        (nn.Linear(100, 50), 100, 50),
        (nn.Conv1d(16, 24, 5), 80, 120),
        (nn.Conv2d(16, 24, 3), 144, 216),
        (nn.Conv2d(16, 24, 3, dilation=2), 144, 216),
        (nn.Conv2d(16, 24, 3, groups=4), 36, 54),
        (nn.Conv2d(32, 32, 3, groups=32), 9, 9),
        (nn.Conv3d(8, 8, 3), 216, 216),
        (nn.ConvTranspose2d(16, 24, 4, stride=2), 64, 384),
        (nn.Bilinear(8, 9, 10), 72, 10),
        (nn.LSTMCell(20, 30), 20, 30),
    ],
)
def test_fans_have_kernel_and_groups_in_them(layer: nn.Module, fan_in: int, fan_out: int) -> None:
    done = init_(nn.Sequential(layer), "glorot").parameters[0]
    assert (done.fan_in, done.fan_out) == (fan_in, fan_out)
    weight = next(layer.parameters())
    count = weight.numel()
    assert variance(weight) == pytest.approx(2 / (fan_in + fan_out), rel=5 * math.sqrt(2 / count))


def test_a_transposed_convolution_keeps_a_signal() -> None:
    layer = nn.ConvTranspose2d(64, 64, 4, stride=2, bias=False)
    init_(nn.Sequential(layer), "lecun")
    out = layer(torch.randn(8, 64, 16, 16, generator=torch.Generator().manual_seed(0)))[:, :, 4:-4, 4:-4]
    assert variance(out) == pytest.approx(1.0, rel=0.1)


def test_projections_and_gates_are_drawn_each_by_its_own_fans() -> None:
    attention = nn.MultiheadAttention(64, 4)
    done = init_(nn.ModuleList([attention]), "glorot")
    assert [variance(part) for part in attention.in_proj_weight.chunk(3)] == pytest.approx([1 / 64] * 3, rel=0.1)
    assert done.parameters[0].parts == 3
    gpt = GPT()
    init_(gpt, "glorot")
    assert [variance(part) for part in gpt.h[0].attn.c_attn.weight.chunk(3)] == pytest.approx([1 / 96] * 3, rel=0.1)
    model = Recurrent()
    init_(model, "orthogonal")
    for gate in model.cell.weight_hh_l0.detach().chunk(4):
        assert torch.allclose(gate @ gate.T, torch.eye(6), atol=1e-6)


def test_delta_orthogonal_kernels_pass_images_on() -> None:
    layer = nn.Conv2d(16, 16, 3, padding=1, bias=False)
    init_(nn.Sequential(layer), "delta-orthogonal")
    x = torch.randn(4, 16, 8, 8, generator=torch.Generator().manual_seed(0))
    assert float(layer(x).detach().norm()) == pytest.approx(float(x.norm()), rel=1e-5)
    grouped = nn.Conv2d(16, 16, 3, padding=1, groups=4, bias=False)
    init_(nn.Sequential(grouped), "delta-orthogonal")
    assert float(grouped(x).detach().norm()) == pytest.approx(float(x.norm()), rel=1e-5)


def test_what_is_no_weight_of_a_layer_is_left_alone() -> None:
    model = resnet()
    model[3].conv1.weight.requires_grad_(False)
    model.register_parameter("free", nn.Parameter(torch.ones(3, 3)))
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    done = init_(model, "he")
    changed = {name for name, tensor in model.state_dict().items() if not torch.equal(tensor, before[name])}
    assert changed == {"0.weight", "0.bias", "3.conv2.weight", "7.weight", "7.bias"} | {
        f"4.{name}.weight" for name in ("conv1", "conv2", "short")
    }
    why = {one.name: one.why for one in done.left}
    assert why["3.conv1.weight"] == "frozen" and "no layer that is known" in str(why["free"])
    named = init_(model, {"free": "normal:2", "*": "keep"})
    assert [one.name for one in named.drawn] == ["free"]
    # An embedding that is tied to logits is drawn once, as both need it; padding stays 0.
    gpt = GPT()
    told = init_(gpt, "he").parameters[0]
    assert (told.name, told.why) == ("wte.weight", "tied, drawn once")
    assert variance(gpt.wte.weight) == pytest.approx(1 / 96, rel=0.1)
    table = nn.Embedding(50, 20, padding_idx=3)
    init_(nn.Sequential(table), "he")
    assert variance(table.weight[3]) == 0 and variance(table.weight) == pytest.approx(0.98, rel=0.1)


def test_ends_of_branches_are_scaled_or_zero() -> None:
    model = GPT(layers=4)
    init_(model, "normal:0.02", residual="scaled", batch=tokens()[0])
    for block in model.h:
        assert variance(block.attn.c_proj.weight) == pytest.approx(0.02**2 / 8, rel=0.1)
        assert variance(block.mlp["c_proj"].weight) == pytest.approx(0.02**2 / 8, rel=0.1)
        assert variance(block.mlp["c_fc"].weight) == pytest.approx(0.02**2, rel=0.1)
    # Behind a normalization it is its scale that counts.
    images_of = resnet()
    init_(images_of, "he", residual="zero")
    assert variance(images_of[3].bn2.weight) == 0 and variance(images_of[3].conv2.weight) > 0
    told = init_(GPT(layers=4), "normal:0.02", residual="zero", branches=["*.c_proj.weight"])
    assert sum(one.factor == 0 for one in told.parameters) == 8
    # What is kept is multiplied where it stands.
    kept = with_shut_block()
    first = variance(kept[2].two.weight)
    init_(kept, "keep", residual="scaled")
    assert variance(kept[2].two.weight) == pytest.approx(first / 2)


def test_streams_do_not_depend_on_what_else_is_drawn() -> None:
    one, other = resnet(), resnet()
    init_(one, "he", seed=3)
    other[3].conv1.weight.requires_grad_(False)
    init_(other, "he", seed=3)
    assert torch.equal(one[4].conv1.weight, other[4].conv1.weight)
    half = resnet().bfloat16()
    init_(half, "he", seed=3)
    assert torch.equal(one[4].conv1.weight.bfloat16(), half[4].conv1.weight)
    init_(other, "he", seed=4)
    assert not torch.equal(one[4].conv1.weight, other[4].conv1.weight)


def test_lsuv_makes_every_layer_s_outputs_of_variance_one() -> None:
    model, batch = mlp((20, 64, 64, 64, 3)), torch.randn(256, 20, generator=torch.Generator().manual_seed(0))
    init_(model, "lsuv", batch=batch)
    for layer in model:
        batch = layer(batch)
        if isinstance(layer, nn.Linear):
            assert float(batch.detach().var(correction=0)) == pytest.approx(1.0, abs=0.1)


def test_the_activation_before_a_layer_is_found_or_told() -> None:
    done = init_(mlp((20, 64, 64, 3), nn.SELU), "critical")
    assert [one.before for one in done.drawn if one.role == "dense"] == ["selu", "selu", "selu"]
    relu = init_(resnet(), "critical", batch=images()[0])
    assert {one.name: one.before for one in relu.drawn}["3.conv2.weight"] == "relu"
    told = init_(mlp((20, 64, 64, 3), nn.SELU), "critical", activation="relu")
    assert {one.before for one in told.drawn if one.role == "dense"} == {"relu"}


def test_what_cannot_be_done_leaves_the_model_as_it_was() -> None:
    model = mlp((20, 64, 64, 3), nn.Sigmoid)
    before = [p.clone() for p in model.parameters()]
    for wrong, word in [
        (dict(scheme="hee"), "he"),
        (dict(scheme={"nothing": "he"}), "nothing"),
        (dict(scheme="he", residual="scaled"), "no residual branch"),
        (dict(scheme="he", residual="half"), "half"),
        (dict(scheme="lsuv"), "batch"),
        (dict(scheme="critical"), "sigmoid"),
        (dict(scheme="he", activation="rellu"), "relu"),
        (dict(scheme="he", branches=["no"], residual="zero"), "no"),
    ]:
        with pytest.raises(UsageError, match=word):
            init_(model, **wrong)
    with pytest.raises(UsageError, match="call the lazy model once"):
        init_(nn.Sequential(nn.LazyLinear(3)))
    with pytest.raises(TypeError, match="Module"):
        init_([1])
    assert all(torch.equal(a, b) for a, b in zip(before, model.parameters()))


def test_what_was_done_is_told_as_a_table() -> None:
    text = str(init_(seeded(Encoder), "glorot", residual="scaled", batch=tokens(2, 5, 11)[0]))
    assert text.startswith(
        "19 of 27 parameters start anew, by glorot from seed 1; the ends of 4 residual branches: scaled."
    )
    assert "encoder.layers.0.self_attn.in_proj_weight" in text and "3 of 16 -> 16" in text and "x 0.5" in text
    assert np.isfinite([one.scale for one in init_(resnet(), "he").parameters]).all()
