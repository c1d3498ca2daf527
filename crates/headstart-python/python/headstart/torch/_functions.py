"""What the functions of PyTorch are to a model: by their names, which modules, tensors and graphs share."""

from __future__ import annotations

from torch import nn

__all__ = ["activation_of", "kind_of", "is_norm"]

WEIGHT = {
    "linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "embedding",
    "embedding_bag", "bilinear", "matmul", "mm", "bmm", "addmm", "baddbmm", "einsum", "rmatmul", "tensordot", "lstm", "gru",
    "rnn_tanh", "rnn_relu", "lstm_cell", "gru_cell", "rnn_tanh_cell", "rnn_relu_cell", "multi_head_attention_forward",
    "_native_multi_head_attention", "_transformer_encoder_layer_fwd",
}  # fmt: skip
"""Those that multiply by weights, where there are any among what they are given."""

NORM = {"layer_norm", "batch_norm", "group_norm", "instance_norm", "rms_norm", "native_layer_norm", "native_batch_norm"}

ACTIVATION = {
    "relu": "relu", "leaky_relu": "leaky-relu", "prelu": "leaky-relu:0.25", "rrelu": "leaky-relu:0.229", "tanh": "tanh",
    "sigmoid": "sigmoid", "elu": "elu", "selu": "selu", "celu": "celu", "gelu": "gelu", "silu": "silu", "mish": "mish",
    "softplus": "softplus", "softsign": "softsign", "relu6": "relu6", "hardtanh": "hard-tanh", "hardswish": "hard-swish",
    "hardsigmoid": "hard-sigmoid", "logsigmoid": "log-sigmoid", "tanhshrink": "tanh-shrink", "sin": "sin",
}  # fmt: skip
"""What they are called here."""

ATTENTION = {"scaled_dot_product_attention"}

ADD = {"add", "iadd", "radd"}

MUL = {"mul", "imul", "rmul", "div", "truediv"}

BY_MODULE = {
    "ReLU": "relu", "LeakyReLU": "leaky_relu", "PReLU": "prelu", "RReLU": "rrelu", "Tanh": "tanh", "Sigmoid": "sigmoid",
    "ELU": "elu", "SELU": "selu", "CELU": "celu", "GELU": "gelu", "SiLU": "silu", "Mish": "mish", "Softplus": "softplus",
    "Softsign": "softsign", "ReLU6": "relu6", "Hardtanh": "hardtanh", "Hardswish": "hardswish", "Hardsigmoid": "hardsigmoid",
    "LogSigmoid": "logsigmoid", "Tanhshrink": "tanhshrink", "NewGELUActivation": "gelu", "GELUActivation": "gelu",
    "QuickGELUActivation": "gelu", "FastGELUActivation": "gelu", "PytorchGELUTanh": "gelu", "SiLUActivation": "silu",
}  # fmt: skip
"""Modules that are one function."""


def plain(name: str) -> str:
    """A function's name without what says that it works in place, or is an operator's."""
    return name.strip("_")


def kind_of(name: str, has_weights: bool) -> str:
    """What kind of node a function is."""
    name = plain(name)
    if name in WEIGHT and has_weights:
        return "weight"
    if name in NORM:
        return "norm"
    if name in ACTIVATION:
        return "activation"
    if name in ATTENTION:
        return "attention"
    if name in ADD:
        return "add"
    if name == "softmax":
        return "softmax"
    if name in MUL or name in WEIGHT:
        return "mul"
    return "other"


def activation_of(name: str, args: tuple[object, ...] = (), kwargs: dict[str, object] | None = None) -> str:
    """The activation that a function of this name is, with the slope that it was given."""
    name = plain(name)
    known = ACTIVATION[name]
    if name == "leaky_relu":
        slope = (kwargs or {}).get("negative_slope", args[1] if len(args) > 1 else 0.01)
        return f"leaky-relu:{slope}" if isinstance(slope, float) and slope > 0 else known
    return known


def is_norm(module: nn.Module) -> bool:
    """Whether a module is a normalization: one of PyTorch's, or one that calls itself so and does it by hand."""
    name = type(module).__name__.lower()
    is_wrapper = any(True for _ in module.children())
    return ("norm" in name and not is_wrapper) and "weightnorm" not in name and "spectral" not in name
