"""What is measured of PyTorch models at their start: right, and without a trace."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import headstart.torch
import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from headstart.errors import UsageError
from headstart.torch import init_, probe
from torch import Tensor, nn
from zoo import (
    GPT,
    Characters,
    Encoder,
    Recurrent,
    characters,
    features,
    images,
    mlp,
    nano_gpt,
    plain_conv,
    resnet,
    seeded,
    tokens,
    with_shut_block,
    without_area,
)  # fmt: skip

seq = nn.Sequential


class Frozen(nn.Module):
    """A model of which a part is frozen and in evaluation mode, and a part is not used."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.head, self.unused = resnet()[:4], nn.Linear(16, 10), nn.Linear(3, 3)
        self.body.requires_grad_(False).eval()

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.body(x).mean((2, 3)))


class Own(nn.Module):
    """Normalization, activation and products by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.up, self.scale, self.down = (
            nn.Parameter(torch.randn(20, 32) / 5),
            nn.Parameter(torch.ones(32)),
            nn.Linear(32, 3),
        )

    def forward(self, x: Tensor) -> Tensor:
        y = x @ self.up
        y = y * torch.rsqrt(y.square().mean(-1, keepdim=True) + 1e-5) * self.scale
        return self.down(y * torch.sigmoid(y))


ZOO: dict[str, tuple[Callable[[], nn.Module], Callable[[], tuple[Any, Tensor]]]] = {
    "dense": (mlp, features),
    "tanh": (lambda: mlp((20, 30, 30, 3), nn.Tanh), features),
    "weight norm": (lambda: seq(nn.utils.parametrizations.weight_norm(nn.Linear(20, 8)), nn.Linear(8, 3)), features),
    "spectral norm": (lambda: seq(nn.utils.parametrizations.spectral_norm(nn.Linear(20, 8)), nn.Linear(8, 3)), features),
    "batch norm": (lambda: seq(nn.Linear(20, 8), nn.BatchNorm1d(8, momentum=None), nn.ReLU(), nn.Linear(8, 3)), features),
    "dropout": (lambda: seq(nn.Linear(20, 8), nn.Dropout(0.5), nn.RReLU(), nn.Linear(8, 3)), features),
    "convolutions": (lambda: plain_conv(3, 8), images),
    "residual": (resnet, images),
    "shut": (with_shut_block, images),
    "frozen": (Frozen, images),
    "by hand": (Own, features),
    "lstm": (Recurrent, lambda: tokens(4, 5, 11)),
    "gru": (lambda: Recurrent(nn.GRU), lambda: tokens(4, 5, 11)),
    "transformer": (Encoder, lambda: tokens(4, 5, 11)),
    "gpt": (lambda: GPT(32, 2), tokens),
    "gpt by hand": (lambda: GPT(32, 2, by_hand=True), tokens),
    "characters": (Characters, characters),
    "group norm": (
        lambda: seq(nn.Conv2d(3, 8, 3), nn.GroupNorm(2, 8), nn.SiLU(inplace=True), nn.Flatten(), nn.Linear(288, 10)),
        images,
    ),
    "transposed": (
        lambda: seq(nn.ConvTranspose2d(3, 8, 3), nn.PReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 10)),
        images,
    ),
}  # fmt: skip


def state(model: nn.Module) -> list[Any]:
    """Everything that probing must leave as it is."""
    hooks = [
        len(getattr(module, name))
        for module in model.modules()
        for name in vars(module)
        if name.endswith("hooks") and isinstance(getattr(module, name), dict)
    ]
    numbers = [t.detach().numpy().tobytes() for t in (*model.parameters(), *model.buffers())]
    gradients = [None if p.grad is None else p.grad.numpy().tobytes() for p in model.parameters()]
    modes = [module.training for module in model.modules()]
    streams = [torch.get_rng_state().numpy().tobytes(), random.getstate(), np.random.get_state()[1].tobytes()]
    of_parameters = [p._backward_hooks for p in model.parameters()]
    return [hooks, numbers, gradients, modes, streams, of_parameters, [p.requires_grad for p in model.parameters()]]


@pytest.mark.parametrize("name", ZOO)
def test_nothing_of_a_model_changes(name: str) -> None:
    make, data = ZOO[name]
    model, batch = seeded(make), data()
    model.train() if len(name) % 2 else model.eval()
    F.cross_entropy(model(batch[0]), batch[1]).backward()
    before = state(model)
    found = probe(model, batch, F.cross_entropy, sharpness=name != "transformer")
    assert state(model) == before
    assert (
        math.isfinite(found.loss)
        and len(found.layers) >= 2
        and all(math.isfinite(layer.signal) for layer in found.layers)
    )

    def failing(outputs: Tensor, targets: Tensor) -> Tensor:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        probe(model, batch, failing)
    assert state(model) == before
    explained = headstart.torch.explain(
        model, batch, F.cross_entropy, optimizer=torch.optim.Adam(model.parameters()), steps=2
    )
    assert state(model) == before and explained.findings


def test_it_costs_one_pass_beside_sharpness() -> None:
    calls = []
    model = resnet()
    model.register_forward_hook(lambda *_: calls.append(1))
    probe(model, images(), F.cross_entropy, sharpness=False)
    assert len(calls) <= 3


def test_figures_are_those_of_the_engine() -> None:
    """A dense network that both can measure."""
    x, y = features(100, 20, 2)
    model = mlp((20, 50, 50, 2), nn.Tanh).double()
    init_(model, "lecun", seed=3)
    own = probe(model, (x.double(), y), F.cross_entropy)
    data = dict(test_data=x.double().numpy(), test_labels=y.numpy(), preprocess="none", output="softmax")
    network = dict(layers=[20, 50, 50, 2], activation="tanh", init="lecun", seed=3, seeds=1)
    engine = headstart.probe(x.double().numpy(), y.numpy(), **data, **network).inits[0]
    assert own.loss == pytest.approx(engine.loss.mean, rel=1e-6)
    assert own.sharpness == pytest.approx(engine.sharpness.mean, rel=0.02)
    for mine, others in zip(own.layers, engine.layers, strict=True):
        assert mine.signal == pytest.approx(others.signal.mean, rel=1e-5)
        assert mine.gradient == pytest.approx(others.gradient.mean, rel=1e-5)
        assert mine.correlation == pytest.approx(others.correlation.mean, abs=1e-5)
    for mine, others in zip(own.layers[:-1], engine.layers[:-1], strict=True):
        assert mine.saturated == pytest.approx(others.saturated.mean, abs=1e-3)
        assert mine.rank == pytest.approx(others.rank.mean, rel=1e-3)


def test_sharpness_is_the_largest_eigenvalue_of_the_hessian() -> None:
    model, (x, y) = seeded(lambda: mlp((5, 6, 3), nn.Tanh)).double(), features(40, 5, 3)
    names = [name for name, _ in model.named_parameters()]
    shapes = [p.shape for p in model.parameters()]

    def loss(flat: Tensor) -> Tensor:
        parts = [part.view(shape) for part, shape in zip(flat.split([math.prod(shape) for shape in shapes]), shapes)]
        return F.cross_entropy(torch.func.functional_call(model, dict(zip(names, parts)), (x.double(),)), y)

    flat = torch.cat([p.detach().reshape(-1) for p in model.parameters()])
    largest = float(torch.linalg.eigvalsh(torch.func.hessian(loss)(flat))[-1])
    assert probe(model, (x.double(), y), F.cross_entropy).sharpness == pytest.approx(largest, rel=0.02)


def test_a_relu_network_loses_six_times_a_layer_with_pytorch_s_default() -> None:
    model = seeded(lambda: plain_conv(6))
    for module in model:
        if isinstance(module, nn.Conv2d):
            nn.init.zeros_(module.bias)
    signals = [layer.signal for layer in probe(model, images(4, 32), F.cross_entropy, sharpness=False).layers[:6]]
    assert signals[:3] == pytest.approx([0.34, 0.056, 0.0092], rel=0.2)
    init_(model, "he")
    kept = [layer.signal for layer in probe(model, images(4, 32), F.cross_entropy, sharpness=False).layers[:6]]
    assert all(1 < signal < 3 for signal in kept)
    without_area(model)
    signals = [layer.signal for layer in probe(model, images(4, 32), F.cross_entropy, sharpness=False).layers[:6]]
    assert 4 < (signals[5] / signals[0]) ** 0.2 < 5


def test_branches_and_attention_are_seen_however_they_are_written() -> None:
    by_function, by_hand = (seeded(lambda hand=hand: nano_gpt(by_hand=hand)) for hand in (False, True))
    one, other = (probe(model, tokens(), F.cross_entropy, sharpness=False) for model in (by_function, by_hand))
    assert len(one.branches) == len(other.branches) == 8 and len(one.attention) == len(other.attention) == 4
    for a, b in zip(one.attention, other.attention):
        assert (a.heads, a.tokens) == (b.heads, b.tokens) == (4, 16)
        assert a.entropy == pytest.approx(b.entropy, abs=1e-5) and 0.95 < a.entropy <= 1
    for a, b in zip(one.branches, other.branches):
        assert a.joined == pytest.approx(b.joined, rel=1e-5)
    own = probe(seeded(Encoder), tokens(4, 5, 11), F.cross_entropy, sharpness=False)
    assert [len(own.branches), len(own.attention), own.attention[0].heads] == [4, 2, 2]


def test_guessing_is_known_of_usual_losses_and_found_of_others() -> None:
    x, y = features(3000, 20, 3)
    model = mlp()
    shares = torch.bincount(y) / len(y)
    entropy = -float((shares * shares.log()).sum())
    numbers = torch.randn(3000, 3)
    for targets, loss, cost in [
        (y, F.cross_entropy, entropy),
        (y, lambda z, y: F.nll_loss(F.log_softmax(z, 1), y), entropy),
        (y, lambda z, y: 2 * F.cross_entropy(z, y), 2 * entropy),
        (numbers, F.mse_loss, float(numbers.var(0, correction=0).mean())),
        (numbers, F.l1_loss, float((numbers - numbers.median(0).values).abs().mean())),
        ((numbers > 0).float(), F.binary_cross_entropy_with_logits, math.log(2)),
    ]:
        assert probe(model, (x, targets), loss, sharpness=False).guessing == pytest.approx(cost, rel=1e-2)
    # Of few samples of many classes nobody knows the shares.
    assert probe(GPT(), tokens(2, 4), F.cross_entropy, sharpness=False).guessing == pytest.approx(math.log(65))
    unknown = probe(model, (x, y), forward=lambda model, batch: model(batch[0]).square().mean(), sharpness=False)
    assert math.isnan(unknown.guessing)


def test_models_are_called_as_they_want_to_be() -> None:
    class Hugging(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body = mlp()

        def forward(self, inputs: Tensor, labels: Tensor) -> Any:
            logits = self.body(inputs)
            return {"loss": F.cross_entropy(logits, labels), "logits": logits}

    x, y = features()
    model = mlp()
    whole = probe(model, (x, y), F.cross_entropy, sharpness=False)
    hugging = Hugging()
    hugging.body.load_state_dict(model.state_dict())
    output = type("Output", (), {})

    def as_output(model: nn.Module, batch: Any) -> Any:
        told = output()
        told.loss, told.logits = (model(**batch)[key] for key in ("loss", "logits"))
        return told

    same = probe(hugging, {"inputs": x, "labels": y}, forward=as_output, sharpness=False)
    assert same.loss == whole.loss and same.guessing == whole.guessing
    assert [layer.signal for layer in same.layers] == [layer.signal for layer in whole.layers]
    wrapped = probe(nn.DataParallel(model), (x, y), F.cross_entropy, sharpness=False)
    compiled = probe(torch.compile(model), (x, y), F.cross_entropy, sharpness=False)
    assert wrapped.loss == compiled.loss == whole.loss
    half = probe(mlp().bfloat16(), (x.bfloat16(), y), F.cross_entropy, sharpness=False)
    assert math.isfinite(half.loss) and half.layers[0].signal > 0
    several = probe(mlp, (x, y), F.cross_entropy, seeds=3, sharpness=False)
    assert several.seeds == 3 and several.layers[0].spread is not None
    assert str(whole).startswith("Loss ") and "signal" in str(whole)


def test_what_cannot_be_measured_is_said_in_a_sentence() -> None:
    model, batch = mlp(), features()
    for wrong, word in [
        (dict(batch=batch, loss=lambda z, y: z), "a loss is one number"),
        (dict(batch=batch[0], loss=F.cross_entropy), "inputs, targets"),
        (dict(batch=batch[0]), "a loss is one number"),
        (dict(batch=batch, loss=F.cross_entropy, seeds=2), "a function that makes it"),
        (dict(batch=batch, loss=F.cross_entropy, seeds=0), "at least one"),
    ]:
        with pytest.raises(UsageError, match=word):
            probe(model, **wrong)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA here")
def test_on_cuda_weights_are_the_same_bits_and_figures_alike() -> None:
    one, other = resnet(), resnet().cuda()
    init_(one, "he")
    init_(other, "he")
    assert torch.equal(one[4].conv1.weight, other[4].conv1.weight.cpu())
    x, y = images()
    here = probe(one, (x, y), F.cross_entropy, sharpness=False)
    there = probe(other, (x.cuda(), y.cuda()), F.cross_entropy, sharpness=False)
    assert [a.signal for a in here.layers] == pytest.approx([b.signal for b in there.layers], rel=1e-2)
