"""Weights in memory are audited like those in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import headstart
import numpy as np
import pytest
from headstart.errors import DataError, UsageError

DRAWN = np.random.default_rng(0).normal(size=(64, 100)) * (2 / 100) ** 0.5


def test_arrays_and_a_file_of_them_say_the_same(tmp_path: Path) -> None:
    weights = {"fc.weight": DRAWN, "fc.bias": np.zeros(64)}
    np.savez(tmp_path / "model.npz", **weights)
    in_memory, in_file = headstart.audit(weights), headstart.audit(tmp_path / "model.npz")
    assert in_memory.verdict == in_file.verdict == "nothing looks wrong in 2 tensors of 6,464 numbers"
    for one, other in zip(in_memory.weights, in_file.weights, strict=True):
        assert one.to_dict() | {"file": ""} == other.to_dict() | {"file": ""}
    bias, weight = in_memory.weights
    assert (weight.role, weight.looks_like, bias.role) == ("dense", "he normal: normal(0.141)", "bias")
    assert weight.asked is not None and weight.asked.he == pytest.approx(0.02**0.5)
    assert not Path(in_memory.files[0]).exists()


def test_orders_of_numbers_and_of_bytes_are_seen_through() -> None:
    other = {
        "a": np.asfortranarray(DRAWN),
        "b": DRAWN.astype(">f4"),
        "c": DRAWN[::2, ::3],
        "d": np.array(2.0),
        "e": np.int64(3),
    }
    a, b, c, d, e = headstart.audit(other).weights
    assert (e.role, e.dtype, e.rms, e.shape) == ("buffer", "i64", None, ())
    assert (a.rms, b.dtype, c.shape, d.shape) == (pytest.approx((DRAWN**2).mean() ** 0.5), "f32", (32, 34), ())
    assert b.rms == pytest.approx(a.rms, rel=1e-6) and c.max == DRAWN[::2, ::3].max()


def test_dictionaries_within_are_names_with_slashes() -> None:
    audit = headstart.audit({"params": {"Dense_0": {"kernel": DRAWN.T, "bias": np.zeros(64)}, "more": None}})
    assert [weight.name for weight in audit.weights] == ["params/Dense_0/bias", "params/Dense_0/kernel"]
    assert (audit.weights[1].fan_in, audit.weights[1].fan_out) == (100, 64)


def test_state_dicts_of_pytorch_have_all_their_types() -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(100, 64), torch.nn.BatchNorm1d(64), torch.nn.Linear(64, 32))
    for kind, name in [(torch.float32, "f32"), (torch.bfloat16, "bf16"), (torch.float16, "f16")]:
        audit = headstart.audit(model.to(kind).state_dict())
        assert audit.verdict.startswith("nothing looks wrong in 9 tensors"), audit.verdict
        weight = next(weight for weight in audit.weights if weight.name == "0.weight")
        assert weight.dtype == name and (weight.looks_like or "").startswith("PyTorch's default: uniform(-0.1, 0.1)")
    wanted: Any = {"turned.weight": model[0].weight.float().T, "parameter.weight": model[2].weight}
    shapes = {weight.name: weight.shape for weight in headstart.audit(wanted).weights}
    assert shapes == {"turned.weight": (100, 64), "parameter.weight": (32, 64)}
    if hasattr(torch, "float8_e4m3fn"):
        small = headstart.audit({"w": torch.ones(3).to(torch.float8_e4m3fn)}).weights[0]
        assert (small.dtype, small.mean) == ("f8_e4m3", 1.0)


def test_files_of_torch_are_read_where_they_lie(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    table = torch.from_numpy(DRAWN)
    torch.save(
        {"state_dict": {"a.weight": table, "tied.weight": table, "view.weight": table[:, ::2]}}, tmp_path / "m.pt"
    )
    audit = headstart.audit(tmp_path / "m.pt")
    assert [weight.shape for weight in audit.weights] == [(64, 100), (64, 100), (64, 50)]
    assert audit.findings[0].name == "copied" and audit.findings[0].weights == ("a.weight", "tied.weight")
    assert audit.weights[2].rms == pytest.approx((DRAWN[:, ::2] ** 2).mean() ** 0.5)


def test_what_is_no_model_is_refused_in_a_sentence() -> None:
    for wrong, words in [
        ({}, "no tensors"),
        ({"name": "resnet"}, r"checkpoint\['name'\] is a str; give the tensors"),
        ({"w": np.zeros(3, complex)}, "of the type complex128"),
    ]:
        with pytest.raises((UsageError, DataError), match=words):
            headstart.audit(wrong)
    with pytest.raises(UsageError):
        headstart.audit()
