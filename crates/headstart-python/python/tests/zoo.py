"""Models of PyTorch that the tests look at: healthy ones, and some that do not start."""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn


def plain_conv(layers: int = 20, channels: int = 64) -> nn.Sequential:
    """Relu convolutions and nothing else, with PyTorch's default start."""
    convs = [nn.Conv2d(3 if i == 0 else channels, channels, 3, padding=1) for i in range(layers)]
    body = [layer for conv in convs for layer in (conv, nn.ReLU())]
    return nn.Sequential(*body, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 10))


def without_area(model: nn.Module) -> nn.Module:
    """Variances of 2 / (in + out) channels, as if kernels had one place."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.normal_(module.weight, std=math.sqrt(2 / (module.in_channels + module.out_channels)))
            nn.init.zeros_(module.bias)
    return model


class Characters(nn.Module):
    """The next of 27 characters by the three before; everything N(0, 1)."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding, self.hidden, self.out = nn.Embedding(27, 10), nn.Linear(30, 200), nn.Linear(200, 27)
        for p in self.parameters():
            nn.init.normal_(p)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(torch.tanh(self.hidden(self.embedding(x).flatten(1))))


class SelfAttention(nn.Module):
    """As nanoGPT has it."""

    def __init__(self, width: int, heads: int, by_hand: bool = False) -> None:
        super().__init__()
        self.c_attn, self.c_proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.heads, self.by_hand = heads, by_hand

    def forward(self, x: Tensor) -> Tensor:
        batch, tokens, width = x.shape
        parts = (t.view(batch, tokens, self.heads, -1).transpose(1, 2) for t in self.c_attn(x).split(width, 2))
        q, k, v = parts
        if self.by_hand:
            logits = (q @ k.transpose(-2, -1)) / math.sqrt(k.size(-1))
            mask = torch.ones(tokens, tokens, dtype=torch.bool, device=x.device).tril()
            y = F.softmax(logits.masked_fill(~mask, -math.inf), dim=-1) @ v
        else:
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.c_proj(y.transpose(1, 2).reshape(batch, tokens, width))


class Block(nn.Module):
    """A pre-norm block."""

    def __init__(self, width: int, heads: int, by_hand: bool = False) -> None:
        super().__init__()
        self.ln_1, self.attn, self.ln_2 = nn.LayerNorm(width), SelfAttention(width, heads, by_hand), nn.LayerNorm(width)
        self.mlp = nn.ModuleDict({"c_fc": nn.Linear(width, 4 * width), "c_proj": nn.Linear(4 * width, width)})

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp["c_proj"](F.gelu(self.mlp["c_fc"](self.ln_2(x))))


class GPT(nn.Module):
    """A small GPT; `sd` is the deviation of all weights but those of embeddings, 1 / sqrt(width) if nothing is said."""

    def __init__(self, width: int = 96, layers: int = 4, sd: float | None = None, by_hand: bool = False) -> None:
        super().__init__()
        self.wte, self.wpe = nn.Embedding(65, width), nn.Embedding(32, width)
        self.h = nn.ModuleList(Block(width, 4, by_hand) for _ in range(layers))
        self.ln_f, self.head = nn.LayerNorm(width), nn.Linear(width, 65, bias=False)
        self.head.weight = self.wte.weight
        for name, p in self.named_parameters():
            if p.ndim > 1:
                nn.init.normal_(p, std=0.02 if name.startswith("w") else sd or 1 / math.sqrt(width))
            elif name.endswith("bias"):
                nn.init.zeros_(p)

    def forward(self, x: Tensor) -> Tensor:
        x = self.wte(x) + self.wpe(torch.arange(x.shape[1], device=x.device))
        for block in self.h:
            x = block(x)
        return self.head(self.ln_f(x)).transpose(1, 2)


def nano_gpt(by_hand: bool = False) -> GPT:
    """A GPT by nanoGPT's recipe: 0.02, and the ends of branches divided by sqrt(2 layers)."""
    model = GPT(sd=0.02, by_hand=by_hand)
    for name, p in model.named_parameters():
        if name.endswith("c_proj.weight"):
            p.data /= math.sqrt(2 * len(model.h))
    return model


class Residual(nn.Module):
    """A residual block of a network without normalization."""

    def __init__(self, channels: int, are_zero: bool) -> None:
        super().__init__()
        self.one, self.two = (nn.Conv2d(channels, channels, 3, padding=1) for _ in range(2))
        if are_zero:
            for p in self.parameters():
                nn.init.zeros_(p)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.two(F.relu(self.one(x)))


def with_shut_block() -> nn.Sequential:
    """The second of two blocks can never open."""
    blocks = (Residual(16, False), Residual(16, True))
    return nn.Sequential(
        nn.Conv2d(3, 16, 3), nn.ReLU(), *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 10)
    )


class Bottle(nn.Module):
    """A block of a small ResNet, which projects its stream where the width changes."""

    def __init__(self, before: int, channels: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(before, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels)
        self.conv2, self.bn2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels)
        is_same = before == channels
        self.short = nn.Identity() if is_same else nn.Conv2d(before, channels, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        y += self.short(x)
        return F.relu(y, inplace=True)


def resnet() -> nn.Sequential:
    """A small ResNet with PyTorch's default start."""
    stem = (nn.Conv2d(3, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(inplace=True))
    return nn.Sequential(
        *stem, Bottle(16, 16), Bottle(16, 32), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 10)
    )


def mlp(widths: tuple[int, ...] = (20, 64, 64, 3), activation: type[nn.Module] = nn.ReLU) -> nn.Sequential:
    """Dense layers with an activation between them."""
    layers = [nn.Linear(a, b) for a, b in zip(widths, widths[1:])]
    return nn.Sequential(*[layer for dense in layers[:-1] for layer in (dense, activation())], layers[-1])


class Recurrent(nn.Module):
    """An LSTM between an embedding and logits."""

    def __init__(self, kind: type[nn.RNNBase] = nn.LSTM) -> None:
        super().__init__()
        self.embedding, self.cell, self.out = nn.Embedding(11, 8), kind(8, 6, batch_first=True), nn.Linear(6, 11)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.cell(self.embedding(x))[0]).transpose(1, 2)


class Encoder(nn.Module):
    """PyTorch's own transformer, with dropout."""

    def __init__(self) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True, dropout=0.1)
        self.embedding, self.encoder = nn.Embedding(11, 16), nn.TransformerEncoder(layer, 2)
        self.out = nn.Linear(16, 11)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.encoder(self.embedding(x))).transpose(1, 2)


def images(samples: int = 8, size: int = 8) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(samples, 3, size, size, generator=generator)
    return x, torch.randint(0, 10, (samples,), generator=generator)


def features(samples: int = 64, width: int = 20, classes: int = 3) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(samples, width, generator=generator), torch.randint(0, classes, (samples,), generator=generator)


def tokens(samples: int = 4, length: int = 16, words: int = 65) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    both = torch.randint(0, words, (2, samples, length), generator=generator)
    return both[0], both[1]


def characters() -> tuple[Tensor, Tensor]:
    x, _ = tokens(128, 3, 27)
    return x, tokens(1, 128, 27)[1][0]


def seeded(make: Any, seed: int = 1) -> Any:
    """What is made from a seed, without a trace in the stream."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return make()
