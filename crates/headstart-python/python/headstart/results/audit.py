"""What is in files of weights."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .._fields import Fields, Sentence
from ._rows import flat
from .base import Result


class AskedScales(Fields):
    """The standard deviations that the shape of a weight asks for."""

    he: float
    """`sqrt(2 / fan_in)`, for relu."""
    glorot: float
    """`sqrt(2 / (fan_in + fan_out))`, the default of Keras."""
    lecun: float
    """`sqrt(1 / fan_in)`, the default of Flax."""
    pytorch: float
    """`sqrt(1 / (3 fan_in))`, the default of PyTorch."""


class AuditedWeight(Fields):
    """A tensor, its figures, and what its shape asks for."""

    name: str
    """Its name, as the file has it."""
    siblings: str
    """The same with a `*` in the place of the layer's number: what is the same for all its siblings."""
    layer: int | None
    """The number of the layer; None where the name has none."""
    file: str
    """Its file."""
    shape: tuple[int, ...]
    """Its shape."""
    dtype: str
    """The type of its numbers: `f32`, `bf16`, `i64`."""
    role: str
    """What it is for: `dense`, `conv`, `attention`, `recurrent`, `embedding`, `norm`, `bias`, `statistic`, `buffer` or
    `other`."""
    count: int
    """How many numbers there are."""
    mean: float | None
    """Their mean, as of all that follows over those that are finite; None where there are none."""
    sd: float | None
    """Their standard deviation."""
    rms: float | None
    """Their root mean square: the scale."""
    min: float | None
    """The least."""
    max: float | None
    """The greatest."""
    kurtosis: float | None
    """Their kurtosis: 3 of normal ones, 1.8 of uniform ones; None where all are one number."""
    zeros: int
    """How many are 0."""
    not_finite: int
    """How many are infinite or no numbers."""
    fan_in: int | None
    """Inputs of an output, times the kernel's area; None where there are none, or where nothing says which way round
    it is."""
    fan_out: int | None
    """Outputs of an input, times the kernel's area, of one part where several are packed."""
    asked: AskedScales | None
    """The scales that fans ask for; None where there are none."""
    nearest: str | None
    """The rule among these whose scale is nearest."""
    ratio: float | None
    """Its scale over the one of that rule."""
    looks_like: str | None
    """The usual start that it looks as if it was drawn by, and not moved since; None where it looks like none."""


class AuditFinding(Fields):
    """Something that was found in weights."""

    name: str
    """A short name, as `twins` or `out-of-line`; docs/audit.md has all."""
    level: str
    """How much it matters: `wrong`, `suspect` or `note`."""
    sentence: Sentence
    """What it is, in one sentence."""
    weights: tuple[str, ...]
    """The tensors that it is about."""
    evidence: Mapping[str, float]
    """The figures behind it."""
    advice: Sentence
    """What to do."""


class Audit(Result):
    """What `audit` answers: what a model's files have in them."""

    verdict: Sentence
    """The answer, in a sentence."""
    files: tuple[str, ...]
    """The files; of tensors in memory the one that they were written to, which is there no more."""
    numbers: int
    """Numbers of all floating-point tensors together."""
    findings: tuple[AuditFinding, ...]
    """What was found, what matters most first."""
    weights: tuple[AuditedWeight, ...]
    """Every tensor, in the order of their names, numbers in these by their size."""

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        return (flat(weight) for weight in self.weights)

    def _sentences(self) -> Iterator[str]:
        yield self.verdict
        yield from (finding.sentence for finding in self.findings)
