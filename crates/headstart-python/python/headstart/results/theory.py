"""What depth does to signal and gradient."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .._fields import Fields
from ._rows import flat, number
from .base import Result


class CriticalStart(Fields):
    """Weights and biases at which depth neither kills nor explodes."""

    weight_variance: float
    """Variance of the weights times the fan-in."""
    bias_variance: float
    """Variance of the biases."""
    variance: float
    """Variance of the pre-activations at which it holds; 0 as a limit."""
    kind: str
    """`scale-invariant`, `decaying`, `half-stable` or `stable`."""


class Through(Fields):
    """What happens from the first hidden layer to the last."""

    signal: float | None
    """Factor of the signal's second moment, forward, in wide layers; None where it leaves the floating-point
    numbers."""
    ln_signal: float
    """Its logarithm."""
    gradient: float | None
    """Factor of the gradient's second moment, backward, in wide layers; None where it leaves the floating-point
    numbers."""
    ln_gradient: float
    """Its logarithm; nothing comes back where it is not finite."""
    spread: float
    """Standard deviation of the logarithm of the signal's second moment over the draws of the weights, to first order
    in depth over width."""
    out_of_range: float
    """The chance that the signal's second moment changes by more than a factor of 10, counted."""


class TheoryLayer(Fields):
    """A layer of weights, and the units that it leads to. Second moments and correlations are of pre-activations in
    wide layers."""

    layer: int
    """The layer, from 1; the one behind the last hidden layer is the output."""
    units: int
    """Its units."""
    activation: str | None
    """Their activation; None for the output, where theory ends."""
    weight_variance: float
    """Variance of the weights times the fan-in."""
    bias_variance: float
    """Variance of the biases."""
    variance: float | None
    """The second moment of the pre-activations; None where it leaves the floating-point numbers."""
    ln_variance: float
    """Its logarithm; not finite where it is 0."""
    chi: float | None
    """The factor of the gradient's squared length from this layer back to the one before, and of small differences
    between two samples on their way here. None for the first layer, and where it leaves the floating-point numbers."""
    ln_chi: float | None
    """Its logarithm."""
    signal: float | None
    """Factor of the signal's second moment from the first hidden layer to here."""
    ln_signal: float
    """Its logarithm."""
    gradient: float | None
    """Factor of the gradient's second moment, a mean over units, from the last hidden layer back to here; None for the
    output, and where it leaves the floating-point numbers."""
    ln_gradient: float | None
    """Its logarithm."""
    correlation: float | None
    """The correlation of two samples whose inputs have correlation 0; None where there is no signal."""


class TheoryWhole(Fields):
    """What all blocks together do to second moments."""

    signal: float | None
    """Factor of the signal's; None where it leaves the floating-point numbers."""
    ln_signal: float
    """Its logarithm."""
    gradient: float | None
    """Factor of the gradient's on its way back; None where it leaves the floating-point numbers."""
    ln_gradient: float
    """Its logarithm."""


class TheoryBehind(Fields):
    """What there is behind so many blocks."""

    blocks: int
    """How many; 0 is behind the first hidden layer."""
    variance: float | None
    """The second moment of the stream, or of the pre-activations."""
    ln_variance: float
    """Its logarithm."""
    gradient: float | None
    """Factor of the gradient's second moment from the last block back to here."""
    ln_gradient: float
    """Its logarithm."""
    correlation: float | None
    """The correlation of two samples whose inputs have correlation 0; None where it was not computed."""


class TheoryScheme(Fields):
    """What one scheme does in wide layers: in one layer that is repeated, layer by layer, or block by block."""

    init: str
    """The initialization."""
    layers: tuple[TheoryLayer, ...] = ()
    """The layers of weights, first to last, where they may differ; empty where one is repeated, and all below is
    known."""
    weight_variance: float | None
    """Variance of the weights times the fan-in."""
    bias_variance: float | None
    """Variance of the biases."""
    fixed_point: float | None
    """Where the variance of the pre-activations goes with depth; None if to infinity, or if it stays whatever it is."""
    phase: str | None
    """`ordered`, `critical` or `chaotic`: whether gradients and differences between samples shrink, stay or grow."""
    signal: str | None
    """`signal dies` (exponentially in depth), `signal fades` (like a power of it), `signal explodes`, `signal keeps`
    (its size, whatever it is) or `signal settles`."""
    chi: float | None
    """Factor of the gradient's second moment per layer, `chi_1`."""
    correlation: float | None
    """Where the correlation of two samples goes."""
    variance_depth: float | None
    """Layers over which the variance comes closer to its fixed point by a factor of e; None if never."""
    correlation_depth: float | None
    """Layers over which two samples come closer to their correlation by a factor of e; None if never."""
    through: Through | None
    """What happens through all hidden layers, if a depth is asked for."""
    whole: TheoryWhole | None
    """What all blocks together do, of residual or normalized layers."""
    last: TheoryWhole | None
    """What the last block does by itself."""
    gradient_power: float | None
    """The power of the depth that the gradient grows like, where it does."""
    behind: tuple[TheoryBehind, ...] = ()
    """What there is behind 0, 1, 2, 4 ... blocks."""


class Theory(Result):
    """What `theory` answers: what depth does to signal and gradient. Of one layer that is repeated, or of layers that
    may differ."""

    activation: str | None
    """The activation; None where layers may differ."""
    activations: tuple[str, ...] = ()
    """The activation of every hidden layer, where they may differ."""
    widths: tuple[int, ...] = ()
    """All widths, input first, where layers may differ."""
    best: str | None
    """Where layers may differ, the initialization that changes the signal's or the gradient's second moment, whichever
    changes more, least of all; None if none lets both through."""
    critical: CriticalStart | None
    """Weights and biases that keep signal and gradient through any depth; None if there are none."""
    critical_with_biases: CriticalStart | None
    """The weights that are critical with the biases asked for; None if there are none, or no biases were asked for."""
    line: tuple[CriticalStart, ...] = ()
    """Points of the critical line, by the variance of the biases."""
    depth: int | None
    """Hidden layers, if asked for."""
    width: int | None
    """Units in every hidden layer, where one is repeated."""
    block: str | None
    """What one block computes of the stream x; None of plain dense layers."""
    kind: str | None
    """`residual branches` or `normalized layers`."""
    blocks: int | None
    """How many there are."""
    branch_scale: float | None
    """What the last layer of each branch is multiplied by."""
    source: str | None
    """Where the theory of blocks is from."""
    schemes: tuple[TheoryScheme, ...]
    """What the initializations do."""

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        for scheme in self.schemes:
            if scheme.behind:
                yield from ({"init": scheme.init} | flat(behind) for behind in scheme.behind)
            elif scheme.layers:
                yield from ({"init": scheme.init} | flat(layer) for layer in scheme.layers)
            else:
                yield flat(scheme)

    def _sentences(self) -> Iterator[str]:
        if self.activation is None:
            best = f"{self.best} changes signal and gradient least" if self.best else "no start lets both through"
            yield f"{' '.join(self.activations)}: {best}"
        elif self.block is not None:
            for scheme in self.schemes:
                if scheme.whole:
                    signal, gradient = scheme.whole.signal, scheme.whole.gradient
                    yield f"{scheme.init}: {self.blocks} {self.kind} multiply the signal by {signal}, the gradient by {gradient}"
        elif self.critical:
            weights, biases = self.critical.weight_variance, self.critical.bias_variance
            yield (
                f"{self.activation} is critical with a weight variance of {number(weights)} / fan-in "
                f"and a bias variance of {number(biases)}"
            )
        else:
            yield f"{self.activation}: no weights and biases keep both signal and gradient through depth"
