"""A batch, the loss on it, and what answering without a look at it would cost."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from .._models.guess import ENOUGH, ONE_CLASS, UNKNOWN, Guess, is_close
from ..errors import UsageError
from ._model import call_of

__all__ = ["Step", "check_batch", "guess"]


@dataclass(frozen=True)
class Step:
    """How a model is called with a batch, and what its loss is."""

    batch: Any
    loss: Callable[..., Any] | None
    forward: Callable[..., Any] | None

    @property
    def inputs(self) -> Any:
        """What the model is called with."""
        return self.batch[0] if self._is_pair else self.batch

    @property
    def targets(self) -> Any:
        """What the loss compares outputs with; None where the model or `forward` does that."""
        return self.batch[1] if self._is_pair else None

    @property
    def _is_pair(self) -> bool:
        return self.loss is not None and isinstance(self.batch, (tuple, list)) and len(self.batch) == 2

    @property
    def samples(self) -> int:
        """How many samples there are: the length of the first tensor."""
        return next((len(tensor) for tensor in tensors(self.batch) if tensor.ndim), 1)

    def __call__(self, model: nn.Module) -> tuple[Any, Tensor]:
        """The outputs and the loss."""
        if self.forward is not None:
            return self._split(self.forward(model, self.batch), "forward(model, batch)")
        args, kwargs = call_of(self.inputs)
        outputs = model(*args, **kwargs)
        if self.loss is None:
            return self._split(outputs, "the model")
        if not self._is_pair:
            raise UsageError(
                "batch: a loss needs (inputs, targets); where they come otherwise say forward=, which gives the loss"
            )
        outputs = getattr(outputs, "logits", outputs)
        return outputs, self._scalar(self.loss(outputs, self.targets), "loss(outputs, targets)")

    def _split(self, result: Any, what: str) -> tuple[Any, Tensor]:
        of_dict = result if isinstance(result, dict) else {}
        loss = getattr(result, "loss", of_dict.get("loss"))
        if loss is not None:
            return getattr(result, "logits", of_dict.get("logits")), self._scalar(loss, what)
        if isinstance(result, (tuple, list)):
            scalars = [one for one in result if isinstance(one, Tensor) and one.ndim == 0]
            if len(scalars) == 1:
                others = [one for one in result if isinstance(one, Tensor) and one.ndim > 0]
                return (others[0] if others else None), scalars[0]
        return None, self._scalar(result, what)

    @staticmethod
    def _scalar(value: Any, what: str) -> Tensor:
        if isinstance(value, Tensor) and value.numel() == 1:
            return value.reshape(())
        told = tuple(value.shape) if isinstance(value, Tensor) else type(value).__name__
        raise UsageError(f"{what} gives {told}, and a loss is one number: take the mean, or say loss= or forward=")


def tensors(value: Any) -> Iterator[Tensor]:
    """All tensors of a batch."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, dict) or hasattr(value, "values") and not isinstance(value, Tensor):
        for one in value.values():
            yield from tensors(one)
    elif isinstance(value, (tuple, list)):
        for one in value:
            yield from tensors(one)


def check_batch(step: Step) -> None:
    """Refuses a batch of which nothing could be measured."""
    if not any(True for _ in tensors(step.batch)):
        raise UsageError(
            f"batch: tensors are needed, and there are none in this {type(step.batch).__name__}; see torch.as_tensor"
        )
    for tensor in tensors(step.batch):
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            raise UsageError(
                "batch: there are numbers in it that are not finite (NaN or infinite); leave those samples out"
            )


def guess(step: Step, outputs: Any, loss: Tensor) -> Guess:
    """What guessing costs: the loss is recognized by its value."""
    if not isinstance(outputs, Tensor) or not outputs.is_floating_point():
        return UNKNOWN
    outputs, value = outputs.detach().float(), float(loss.detach())
    targets = [step.targets] if isinstance(step.targets, Tensor) else list(tensors(step.batch))
    for target in targets:
        for logits, classes in _as_classes(outputs, target.detach().to(outputs.device)):
            if is_close(float(F.cross_entropy(logits, classes)), value):
                return _of_classes(logits.shape[1], classes)
    for target in targets:
        target = target.detach().to(outputs.device)
        if target.numel() != outputs.numel() or outputs.numel() == 0:
            continue
        y, z = target.float().reshape(-1), outputs.reshape(-1)
        if bool(((y >= 0) & (y <= 1)).all()) and is_close(float(F.binary_cross_entropy_with_logits(z, y)), value):
            share = y.double().mean()
            entropy = float(torch.special.entr(share) + torch.special.entr(1 - share))
            return Guess(entropy if entropy > ONE_CLASS else math.log(2), math.nan, "cross-entropy", "sigmoid", 2)
        if is_close(float(F.mse_loss(z, y)), value):
            of_outputs = target.float().reshape(len(target), -1)
            cost = float(of_outputs.double().var(0, correction=0).mean())
            facts = {
                "range": [float(y.min()), float(y.max())],
                "size": float(y.double().square().mean().sqrt()),
                "out_of_reach": 0.0,
                "are_unscaled": True,
            }
            return Guess(cost, math.nan, "mse", "identity", targets=facts)
    return _by_search(step, outputs)


def _as_classes(outputs: Tensor, target: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Logits and classes as cross-entropy takes them, in the ways in which models give them."""
    if target.is_floating_point() or target.dtype == torch.bool or outputs.ndim < 2:
        return
    if target.ndim == outputs.ndim - 1 and target.shape == (outputs.shape[0], *outputs.shape[2:]):
        if _fits(outputs.shape[1], target):
            logits = outputs.movedim(1, -1).reshape(-1, outputs.shape[1])
            yield logits, target.reshape(-1)
    if target.numel() == outputs.numel() // outputs.shape[-1] and _fits(outputs.shape[-1], target):
        yield outputs.reshape(-1, outputs.shape[-1]), target.reshape(-1)
    if (
        outputs.ndim == 3
        and target.shape == outputs.shape[:2]
        and outputs.shape[1] > 1
        and _fits(outputs.shape[-1], target)
    ):
        # Language models that are given their inputs as targets.
        yield outputs[:, :-1].reshape(-1, outputs.shape[-1]), target[:, 1:].reshape(-1)


def _fits(classes: int, target: Tensor) -> bool:
    known = target[target != -100]
    return bool(((known >= 0) & (known < classes)).all()) and known.numel() > 0


def _of_classes(count: int, classes: Tensor) -> Guess:
    known = classes[classes != -100]
    shares = torch.bincount(known.reshape(-1), minlength=count).double() / known.numel()
    by_shares = float(torch.special.entr(shares).sum())
    is_known = known.numel() >= ENOUGH * count and by_shares > ONE_CLASS
    on_batch = by_shares if by_shares > ONE_CLASS else math.nan
    return Guess(by_shares if is_known else math.log(count), on_batch, "cross-entropy", "softmax", count)


def _by_search(step: Step, outputs: Tensor) -> Guess:
    """The lowest loss of outputs that are the same for all samples, by L-BFGS from 0; not known where the loss is not one of
    outputs."""
    loss = step.loss
    if loss is None or step.targets is None:
        return UNKNOWN
    same = torch.zeros_like(outputs[:1], requires_grad=True)
    search = torch.optim.LBFGS([same], max_iter=100, line_search_fn="strong_wolfe")

    def closure() -> float:
        search.zero_grad()
        value = loss(same.expand_as(outputs), step.targets)
        value.backward()
        return float(value)

    try:
        with torch.enable_grad():
            search.step(closure)  # type: ignore[no-untyped-call]
            cost = float(loss(same.expand_as(outputs), step.targets))
    except (RuntimeError, TypeError, ValueError):
        return UNKNOWN
    return Guess(cost) if math.isfinite(cost) else UNKNOWN
