"""A model of PyTorch as it is called, and left as it was."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

__all__ = ["call_of", "device_of", "unwrapped", "untouched"]


def unwrapped(model: nn.Module) -> nn.Module:
    """The model itself, of one that was compiled or is spread over devices."""
    if not isinstance(model, nn.Module):
        raise TypeError(f"model: a torch.nn.Module is needed, not a {type(model).__name__}")
    compiled = getattr(model, "_orig_mod", None)
    if isinstance(compiled, nn.Module):
        return unwrapped(compiled)
    if isinstance(model, (nn.DataParallel, nn.parallel.DistributedDataParallel)):
        return unwrapped(model.module)
    return model


def call_of(inputs: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Arguments and keywords that a model is called with: a dict, or what has its keys, is keywords, a tuple or list arguments."""
    if isinstance(inputs, dict) or (hasattr(inputs, "keys") and not isinstance(inputs, Tensor)):
        return (), dict(inputs)
    if isinstance(inputs, (tuple, list)):
        return tuple(inputs), {}
    return (inputs,), {}


def device_of(model: nn.Module) -> torch.device:
    """Where a model is, by its first parameter."""
    first = next(model.parameters(), None)
    return torch.device("cpu") if first is None else first.device


@contextmanager
def untouched(model: nn.Module) -> Iterator[None]:
    """A block behind which a model's buffers, modes and random streams are what they were, also after an exception. Parameters and
    their gradients are not to be touched in it."""
    buffers = {name: buffer.detach().clone() for name, buffer in model.named_buffers()}
    training = {module: module.training for module in model.modules()}
    devices = sorted({t.device.index or 0 for t in model.parameters() if t.device.type == "cuda"})
    # Some normalizations keep what they made of weights as a plain attribute.
    plain = [(m, name, v) for m in model.modules() for name, v in vars(m).items() if isinstance(v, Tensor)]
    of_python, of_numpy = random.getstate(), np.random.get_state()
    try:
        with torch.random.fork_rng(devices=devices):
            yield
    finally:
        random.setstate(of_python)
        np.random.set_state(of_numpy)
        now = dict(model.named_buffers())
        with torch.no_grad():
            for name, buffer in buffers.items():
                if name in now and now[name].shape == buffer.shape:
                    now[name].copy_(buffer)
                else:
                    owner, _, own = name.rpartition(".")
                    model.get_submodule(owner)._buffers[own] = buffer
        for module, name, value in plain:
            module.__dict__[name] = value
        for module, mode in training.items():
            module.training = mode
