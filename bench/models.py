"""What following the findings brings, and what advice brings, for models of PyTorch: the tables of docs/models.md.

    python bench/models.py cures [NAME]     # the cures of eleven models, side by side with the models as they are
    python bench/models.py advise [IMAGES]  # three models; IMAGES is a folder with MNIST's first 10,000 images as IDX files

The package has to be importable, with torch.
"""

from __future__ import annotations

import gzip
import math
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "crates/headstart-python/python/tests"))

from zoo import (  # noqa: E402
    GPT, Characters, characters, features, images, mlp, plain_conv, resnet, seeded, tokens, with_shut_block, without_area,
)  # fmt: skip

import headstart.torch as ht  # noqa: E402


def adam(parameters: Any) -> torch.optim.Optimizer:
    return torch.optim.Adam(parameters, 1e-3)


def sgd(parameters: Any) -> torch.optim.Optimizer:
    return torch.optim.SGD(parameters, 0.1)


def slow_sgd(parameters: Any) -> torch.optim.Optimizer:
    return torch.optim.SGD(parameters, 0.01)


def grouped() -> nn.Sequential:
    body = [layer for _ in range(8) for layer in (nn.Conv2d(32, 32, 3, padding=1, groups=8), nn.ReLU())]
    model = nn.Sequential(nn.Conv2d(3, 32, 1), *body, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 10))
    ht.init_(model, "he")
    for module in model:
        if isinstance(module, nn.Conv2d) and module.groups > 1:
            nn.init.normal_(module.weight, std=math.sqrt(2 / (32 * 9)))
    return model


def saturated() -> GPT:
    model = GPT(64, 3)
    for block in model.h:
        nn.init.normal_(block.attn.c_attn.weight, std=1.0)
    return model


def tied() -> GPT:
    model = GPT(64, 2)
    nn.init.normal_(model.wte.weight)
    return model


def hidden() -> nn.Sequential:
    model = resnet()
    for name, p in model.named_parameters():
        if p.ndim == 4 and "short" not in name:
            p.data.mul_(60.0)
    return model


MODELS = {
    "20 relu convolutions, PyTorch's default": (lambda: plain_conv(20, 32), images, adam),
    "the same, variance without the 3 x 3 area; SGD": (lambda: without_area(plain_conv(20, 32)), images, slow_sgd),
    "9 relu convolutions, groups not counted": (grouped, images, adam),
    "20 dense relu layers, PyTorch's default": (lambda: mlp((20, *[64] * 20, 3)), features, adam),
    "characters, all N(0, 1)": (Characters, characters, adam),
    "GPT of 12 blocks, branches not scaled": (lambda: GPT(96, 12), tokens, adam),
    "GPT, queries and keys too large": (saturated, tokens, adam),
    "GPT, embedding N(0, 1) tied to logits": (tied, tokens, adam),
    "residual block of two zero layers": (with_shut_block, images, adam),
    "ResNet, convolutions times 60": (hidden, images, sgd),
    "12 sigmoid layers": (lambda: mlp((20, *[64] * 12, 3), nn.Sigmoid), features, adam),
}


def cures(wanted: str) -> None:
    print("| model | found first | cure | figure | loss after 160 steps | lower in |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, (make, data, optimizer) in MODELS.items():
        if wanted not in name:
            continue
        explained = ht.explain(
            seeded(make), data(), F.cross_entropy, optimizer=optimizer, steps=40, verify=True, seeds=5, sharpness=False
        )
        first = explained.first
        trial = next((trial for trial in first.tried if trial.cure == first.cure), None)
        check = next((check for check in explained.checks if check.cure == first.cure), None)
        figure = "" if trial is None or trial.figure is None else f"{trial.figure} {trial.figures[0]:.3g} -> {trial.figures[1]:.3g}"
        loss = check.sentence.split("seeds: ")[-1].split(";")[:2] if check is not None else ["not run"]
        lower = "" if check is None else f"{check.others[0]} of {check.others[1]}"
        print(f"| {name} | {first.name} | `{first.cure}` | {figure} | {';'.join(loss)} | {lower} |", flush=True)


def idx(file: Path) -> np.ndarray:
    data = gzip.open(file).read() if file.suffix == ".gz" else file.read_bytes()
    sizes = np.frombuffer(data, ">i4", data[3], 4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(sizes)


def split(x: Tensor, y: Tensor, batch: int, held: int) -> tuple[list[Any], list[Any]]:
    train = [(x[i : i + batch], y[i : i + batch]) for i in range(0, len(x) - held, batch)]
    return train, [(x[-held:], y[-held:])]


def convolutions() -> nn.Sequential:
    sizes = [(1, 16, 2), (16, 32, 2), (32, 32, 1), (32, 32, 1), (32, 32, 1), (32, 32, 1), (32, 32, 1), (32, 32, 1)]
    body = [layer for a, b, stride in sizes for layer in (nn.Conv2d(a, b, 3, stride, 1), nn.ReLU())]
    return nn.Sequential(*body, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 10))


class Text(GPT):
    """A small transformer, as PyTorch starts it: embeddings N(0, 1), the rest by its default."""

    def __init__(self) -> None:
        super().__init__(48, 3)
        self.head = nn.Linear(48, 128)
        for module in self.modules():
            if isinstance(module, (nn.Linear, nn.Embedding)):
                module.reset_parameters()
        self.wte = nn.Embedding(128, 48)


def text() -> tuple[Tensor, Tensor]:
    told = " ".join(file.read_text() for file in sorted((ROOT / "docs").glob("*.md")))
    codes = torch.tensor([ord(c) if ord(c) < 128 else 0 for c in told[: 400 * 33]]).view(400, 33)
    order = torch.randperm(400, generator=torch.Generator().manual_seed(0))
    return codes[order, :-1], codes[order, 1:]


def advise(folder: Path) -> None:
    torch.set_num_threads(1)
    pictures, labels = (idx(next(folder.glob(f"*{kind}*"))) for kind in ("images", "labels"))
    x = torch.from_numpy(pictures[:2000].astype(np.float32) / 255 - 0.1307)[:, None, ::2, ::2] / 0.3081
    y = torch.from_numpy(labels[:2000].astype(np.int64))
    jobs = {
        "MNIST, 8 convolutions": (convolutions, split(x, y, 50, 500), lambda p: torch.optim.SGD(p, 0.05, 0.9), 90),
        "12 dense relu layers": (
            lambda: mlp((196, *[64] * 12, 10)),
            split(x.flatten(1), y, 50, 500),
            lambda p: torch.optim.SGD(p, 0.05),
            300,
        ),
        "transformer on text": (Text, split(*text(), 20, 100), lambda p: torch.optim.Adam(p, 1e-3), 120),
    }
    for name, (make, (batches, held), optimizer, steps) in jobs.items():
        began = time.perf_counter()
        train = ht.trainer(batches, F.cross_entropy, optimizer, steps=steps, held=held)
        advice = ht.advise(make, train, batches[0], F.cross_entropy, budget=90)
        print(f"## {name}\n\n{advice}")
        share = advice.own_seconds / advice.seconds
        print(f"own work {100 * share:.1f}% of {time.perf_counter() - began:.0f} s, {advice.trainings} trainings\n", flush=True)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["cures", *rest]:
            cures(rest[0] if rest else "")
        case ["advise", *rest]:
            advise(Path(rest[0] if rest else "../shared/data"))
        case _:
            print(__doc__)
