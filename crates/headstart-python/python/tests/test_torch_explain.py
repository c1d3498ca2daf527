"""What is found in PyTorch models: the cause first, with its figures, and a cure that works; nothing in healthy ones."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from headstart.errors import UsageError
from headstart.torch import explain, init_, probe
from torch import Tensor, nn
from zoo import (
    GPT,
    Characters,
    Encoder,
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


def adam(parameters: Any) -> torch.optim.Optimizer:
    return torch.optim.Adam(parameters, 1e-3)


def found(model: nn.Module, batch: Any, **more: Any) -> Any:
    return explain(model, batch, F.cross_entropy, sharpness=False, **more)


def test_pytorch_s_default_is_too_small_for_twenty_convolutions() -> None:
    model = seeded(lambda: plain_conv(20, 32))
    explained = found(model, images(), optimizer=adam, steps=8)
    first = explained.first
    assert first.name == "default start too small for this depth" and first.decides
    assert first.evidence["factor_per_layer"] == pytest.approx(1 / 6, rel=0.05) and first.evidence["layers"] == 20
    # With the default's own biases it stops at their floor, and samples become alike.
    assert "the biases add" in first.sentence and "samples look alike" in first.sentence
    assert first.cure == 'init_(model, "he")' and first.tried[0].helps
    for module in model:
        if isinstance(module, nn.Conv2d):
            nn.init.zeros_(module.bias)
    without = found(model, images()).first
    assert without.name == first.name and "biases" not in without.sentence
    assert without.evidence["last_layer"] < 1e-12 * without.evidence["first_layer"]
    init_(model, "he")
    assert found(model, images()).first.name == "nothing wrong"


def test_a_kernel_s_area_that_was_left_out_is_named() -> None:
    explained = found(without_area(seeded(lambda: plain_conv(20, 32))), images(), optimizer=adam, steps=8)
    first = explained.first
    assert first.name == "fan counted wrong" and first.decides
    assert first.evidence["factor"] == pytest.approx(9, rel=0.05) and first.evidence["layers"] >= 19
    assert "without the kernel's area" in first.sentence and first.cure == 'init_(model, "he")'


def test_groups_and_packed_projections_are_counted_wrong_by_some() -> None:
    grouped = nn.Sequential(
        *[layer for _ in range(6) for layer in (nn.Conv2d(32, 32, 3, padding=1, groups=8), nn.ReLU())]
    )
    model = nn.Sequential(nn.Conv2d(3, 32, 1), grouped, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 10))
    init_(model, "he")
    for module in grouped:
        if isinstance(module, nn.Conv2d):
            nn.init.normal_(module.weight, std=math.sqrt(2 / (32 * 9)))
    first = found(model, images()).first
    assert first.name == "fan counted wrong" and "all groups" in first.sentence
    assert first.evidence["factor"] == pytest.approx(1 / 8, rel=0.05)
    # PyTorch draws packed projections as one matrix, with three times the outputs.
    packed = {finding.name: finding for finding in found(seeded(lambda: Wide()), tokens(4, 8, 11)).findings}
    assert "projections that share the tensor" in packed["fan counted wrong"].sentence
    assert packed["fan counted wrong"].evidence["factor"] == pytest.approx(0.5, rel=0.05)


class Wide(Encoder):
    """PyTorch's own transformer, wide enough to tell variances apart."""

    def __init__(self) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(128, 4, 128, batch_first=True, norm_first=True)
        self.embedding, self.out = nn.Embedding(11, 128), nn.Linear(128, 11)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)


def test_logits_of_a_character_model_are_too_large() -> None:
    explained = found(seeded(Characters), characters(), optimizer=adam, steps=20)
    first = explained.first
    assert first.name == "logits too large at the start" and first.decides
    assert 20 < first.evidence["loss"] < 35 and "ln 27 = 3.30" in first.sentence
    assert first.evidence["saturated_units"] == pytest.approx(0.7, abs=0.06)
    assert "saturated units" in [finding.name for finding in explained.findings]
    assert first.cure is not None and first.tried[0].figures[1] < 6


def test_a_stream_of_unscaled_branches_grows() -> None:
    model = seeded(lambda: GPT(96, 12))
    explained = found(model, tokens(), optimizer=adam, steps=6)
    first = explained.first
    assert first.name == "residual stream grows with depth"
    assert first.evidence["second_moment_before"] ** 0.5 == pytest.approx(0.028, rel=0.1)
    assert first.evidence["second_moment_at_end"] ** 0.5 > 3 and first.evidence["branches"] == 24
    scaled = next(trial for trial in first.tried if "scaled" in trial.cure)
    assert scaled.figures[1] ** 0.5 < 1.2
    init_(model, "keep", residual="scaled", batch=tokens()[0])
    assert "residual stream grows with depth" not in [one.name for one in found(model, tokens()).findings]


def test_a_transformer_of_24_blocks_grows_to_seven_and_a_half_and_scaled_to_one() -> None:
    model, batch = seeded(lambda: GPT(384, 24)), tokens(2, 16)
    first = found(model, batch).first
    assert first.name == "residual stream grows with depth"
    ends = [first.evidence[f"second_moment_{where}"] ** 0.5 for where in ("before", "at_end")]
    assert ends == pytest.approx([0.028, 7.7], rel=0.1)
    init_(model, "keep", residual="scaled", batch=batch[0])
    scaled = probe(model, batch, F.cross_entropy, sharpness=False)
    assert scaled.branches[-1].joined ** 0.5 == pytest.approx(1.1, rel=0.1)


def test_a_branch_of_two_zero_layers_is_shut_for_good() -> None:
    model = seeded(with_shut_block)
    first = found(model, images(), optimizer=adam, steps=20).first
    assert first.name == "branch shut for good" and "3.one.weight and 3.two.weight" in first.sentence
    assert first.cure == 'init_(model, {"3.one.weight": "he", "*": "keep"})'
    init_(model, {"3.one.weight": "he", "*": "keep"})
    assert found(model, images()).first.name == "nothing wrong"


HEALTHY: dict[str, tuple[Callable[[], nn.Module], Callable[[], Any]]] = {
    "resnet": (resnet, images),
    "gpt": (nano_gpt, tokens),
    "mlp": (mlp, features),
    "tanh": (lambda: mlp((20, 64, 64, 64, 3), nn.Tanh), features),
}


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("name", HEALTHY)
def test_nothing_wrong_is_claimed_of_healthy_models(name: str, seed: int) -> None:
    make, data = HEALTHY[name]
    model = seeded(make, seed)
    if name in ("mlp", "tanh"):
        init_(model, "he" if name == "mlp" else "lecun", seed=seed)
    explained = found(model, data(), optimizer=adam, steps=40)
    assert [finding.name for finding in explained.findings] == ["nothing wrong"], str(explained)


def test_what_else_only_real_models_show() -> None:
    def names(model: nn.Module, batch: Any) -> list[str]:
        return [finding.name for finding in found(model, batch).findings]

    sharp = seeded(lambda: GPT(64, 3))
    for block in sharp.h:
        nn.init.normal_(block.attn.c_attn.weight, std=1.5)
    assert "attention saturated" in names(sharp, tokens())

    deep = nn.Sequential(
        *[one for i in range(16) for one in (nn.Linear(20 if i == 0 else 128, 128), nn.BatchNorm1d(128), nn.ReLU())],
        nn.Linear(128, 3),
    )
    init_(deep, "he")
    batch = found(deep, features(256)).findings
    growth = next(one for one in batch if one.name == "batch normalization's gradient grows with depth")
    assert growth.evidence["factor_per_layer"] == pytest.approx(1.467, abs=0.1)

    hidden = resnet()
    nn.init.normal_(hidden[3].conv1.weight, std=5.0)
    assert "normalization hides the weights' scale" in names(hidden, images())

    class Unused(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body, self.other = mlp(), nn.Linear(3, 3)

        def forward(self, x: Tensor) -> Tensor:
            return self.body(x)

    assert "parameter without gradient" in names(Unused(), features())

    large = GPT(64, 2)
    nn.init.normal_(large.wte.weight)
    assert {"embedding scale", "logits too large at the start"} <= set(names(large, tokens()))

    collapsed = seeded(Collapsing)
    assert "tokens alike" in names(collapsed, tokens(4, 16))


class Collapsing(nn.Module):
    """Attention and nothing beside it: means of means."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding, self.out = nn.Embedding(65, 32), nn.Linear(32, 65)
        self.layers = nn.ModuleList(nn.Linear(32, 32, bias=False) for _ in range(6))
        for layer in self.layers:
            nn.init.orthogonal_(layer.weight)

    def forward(self, x: Tensor) -> Tensor:
        x = self.embedding(x)
        for layer in self.layers:
            x = layer(F.scaled_dot_product_attention(x / 4, x, x))
        return self.out(x).transpose(1, 2)


def test_cures_are_run_side_by_side() -> None:
    model = seeded(Characters)
    explained = found(model, characters(), optimizer=adam, steps=20, verify=True, seeds=2)
    assert explained.checks and all(check.others == [2, 2] or check.others == (2, 2) for check in explained.checks)
    assert all(check.bears_out for check in explained.checks) and "checked" in str(explained)
    with pytest.raises(UsageError, match="optimizer"):
        found(model, characters(), verify=True)


def test_the_optimizer_of_a_model_is_made_again_for_its_copies() -> None:
    model = mlp()
    init_(model, "he")
    groups = [
        {"params": model[0].parameters(), "lr": 0.1},
        {"params": [*model[2].parameters(), *model[4].parameters()]},
    ]
    own = torch.optim.SGD(groups, lr=0.05, momentum=0.9, nesterov=True)
    explained = explain(model, features(), F.cross_entropy, optimizer=own, steps=20)
    assert explained.prediction is not None and not own.state
    with pytest.raises(UsageError, match="model.parameters"):
        found(model, features(), optimizer=torch.optim.SGD(mlp().parameters(), lr=0.1))
    steep = explain(model, features(), F.cross_entropy, optimizer=lambda p: torch.optim.SGD(p, 100.0), steps=20)
    assert steep.first.name == "step too large" and "lr=" in steep.first.advice
