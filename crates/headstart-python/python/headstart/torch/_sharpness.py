"""The largest eigenvalue of the loss's Hessian, by products of it with vectors."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from ._batch import Step
from ._look import training

__all__ = ["sharpness"]

MOST, WITHIN = 16, 1e-2
"""Products, and how far two estimates may differ at the end."""


def sharpness(model: nn.Module, step: Step) -> float:
    """By Lanczos' method with full orthogonalization, from a vector that is always the same; not a number where the model cannot be
    derived twice (fused kernels of recurrent layers, some of attention)."""
    parameters = [p for p in model.parameters() if p.requires_grad]
    if not parameters:
        return math.nan
    try:
        with (
            training(model),
            torch.enable_grad(),
            sdpa_kernel(SDPBackend.MATH),
            torch.backends.cudnn.flags(enabled=False),
        ):
            _, loss = step(model)
            gradients = torch.autograd.grad(loss, parameters, create_graph=True, allow_unused=True)
            pairs = [(p, g) for p, g in zip(parameters, gradients) if g is not None and g.requires_grad]
            return _lanczos(pairs)
    except (RuntimeError, NotImplementedError):
        return math.nan


def _lanczos(pairs: Sequence[tuple[Tensor, Tensor]]) -> float:
    if not pairs:
        return 0.0
    parameters = [p for p, _ in pairs]
    generator = torch.Generator().manual_seed(0)
    v = torch.cat([torch.randn(p.numel(), generator=generator).to(p.device, torch.float32) for p in parameters])
    basis: list[Tensor] = []
    alphas: list[float] = []
    betas: list[float] = []
    v, found = v / v.norm(), math.nan
    for _ in range(MOST):
        w = _product(pairs, v)
        alphas.append(float(w @ v))
        basis.append(v)
        for other in basis:
            w = w - (w @ other) * other
        beta = float(w.norm())
        tridiagonal = torch.diag(torch.tensor(alphas, dtype=torch.float64))
        for i, b in enumerate(betas):
            tridiagonal[i, i + 1] = tridiagonal[i + 1, i] = b
        if not bool(torch.isfinite(tridiagonal).all()):
            return math.nan
        before, found = found, float(torch.linalg.eigvalsh(tridiagonal)[-1])
        if beta <= 1e-10 * max(abs(found), 1e-30) or abs(found - before) < WITHIN * abs(found):
            break
        betas.append(beta)
        v = w / beta
    return found


def _product(pairs: Sequence[tuple[Tensor, Tensor]], v: Tensor) -> Tensor:
    parts = [part.view_as(p).to(p.dtype) for part, (p, _) in zip(torch.split(v, [p.numel() for p, _ in pairs]), pairs)]
    dot = sum(((g * part).sum() for (_, g), part in zip(pairs, parts)), torch.zeros((), device=v.device))
    products = torch.autograd.grad(dot, [p for p, _ in pairs], retain_graph=True, allow_unused=True)
    flat = [torch.zeros_like(p) if product is None else product for (p, _), product in zip(pairs, products)]
    return torch.cat([one.detach().reshape(-1).float() for one in flat])
