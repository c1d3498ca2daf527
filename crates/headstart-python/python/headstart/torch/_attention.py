"""Attention weights of what PyTorch computes in one function."""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from ._recorder import Call

__all__ = ["weights_of"]


def weights_of(call: Call) -> Tensor | None:
    """The attention weights of a call, ... x queries x keys; None where it computes none."""
    name = call.function.strip("_")
    with torch.no_grad():
        if name == "softmax":
            result = call.result
            return result if isinstance(result, Tensor) and result.ndim >= 3 else None
        if name == "scaled_dot_product_attention":
            return _dot_product(*call.args, **call.kwargs)
        if name == "multi_head_attention_forward":
            return _multi_head(call)
    return None


def _dot_product(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """As `torch.nn.functional.scaled_dot_product_attention` has it."""
    if enable_gqa:
        key = key.repeat_interleave(query.shape[-3] // key.shape[-3], -3)
    logits = (
        query.float() @ key.float().transpose(-2, -1) * (1 / math.sqrt(query.shape[-1]) if scale is None else scale)
    )
    if is_causal:
        allowed = torch.ones(logits.shape[-2:], dtype=torch.bool, device=logits.device).tril()
        logits = logits.masked_fill(~allowed, -math.inf)
    if attn_mask is not None:
        logits = logits.masked_fill(~attn_mask, -math.inf) if attn_mask.dtype == torch.bool else logits + attn_mask
    return torch.nan_to_num(logits.softmax(-1))


PLACES = (
    "query key value embed_dim_to_check num_heads in_proj_weight in_proj_bias bias_k bias_v add_zero_attn "
    "dropout_p out_proj_weight out_proj_bias training key_padding_mask need_weights attn_mask "
    "use_separate_proj_weight q_proj_weight k_proj_weight v_proj_weight static_k static_v "
    "average_attn_weights is_causal "
).split()
"""The parameters of `torch.nn.functional.multi_head_attention_forward`, in order."""


def _multi_head(call: Call) -> Tensor | None:
    given: dict[str, Any] = dict(zip(PLACES, call.args)) | call.kwargs
    query, key, heads = given["query"], given["key"], given["num_heads"]
    if query.ndim != 3:
        return None
    if given.get("use_separate_proj_weight"):
        of_query, of_key = given["q_proj_weight"], given["k_proj_weight"]
    else:
        of_query, of_key, _ = given["in_proj_weight"].chunk(3)
    bias = given.get("in_proj_bias")
    biases = (None, None) if bias is None else bias.chunk(3)[:2]
    q, k = F.linear(query, of_query, biases[0]), F.linear(key, of_key, biases[1])

    def split(x: Tensor) -> Tensor:
        tokens, batch, width = x.shape
        return x.view(tokens, batch, heads, width // heads).permute(1, 2, 0, 3)

    mask = given.get("attn_mask")
    if mask is not None and mask.ndim == 3:
        mask = mask.view(-1, heads, *mask.shape[1:])
    return _dot_product(split(q), split(k), split(k), mask)
