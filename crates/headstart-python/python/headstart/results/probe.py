"""A start, layer by layer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .._fields import Fields, Sentence
from ._rows import count, flat
from .base import Result
from .seeds import Spread
from .task import Task


class BranchSummary(Fields):
    """What a residual branch does, over the seeds: second moments."""

    added: Spread
    """Of what is added."""
    stream: Spread
    """Of the stream before."""
    joined: Spread
    """Of the stream behind."""


class Expected(Fields):
    """What equal blocks in a row do, in wide networks and in this one."""

    kind: str
    """`residual branches`, `normalized layers` or `convolutions`."""
    blocks: int
    """How many."""
    layers: tuple[int, ...]
    """From the pre-activations of which layer to those of which."""
    theory: tuple[float, ...]
    """Logarithms of the factors of the second moments of signal and gradient, as theory has them."""
    measured: tuple[float, ...]
    """The same of the means that were measured."""
    source: str
    """Where the theory is from."""


class LayerProbe(Fields):
    """What was measured of one layer, over the seeds."""

    layer: int
    """From 1 on."""
    width: int
    """Units."""
    signal: Spread
    """Second moment of the pre-activations."""
    gradient: Spread
    """Second moment of the gradient of one sample's loss with respect to them."""
    weight_gradient: Spread
    """Frobenius norm of the gradient of the mean loss with respect to the weights."""
    relative_step: Spread | None
    """The learning rate times that, by the norm of the weights: the step of plain descent as a share of what it moves.
    None where the weights are 0."""
    correlation: Spread | None
    """Mean cosine between the pre-activations of two samples."""
    dead: Spread | None
    """Share of units that are 0 for every sample; None for the logits."""
    saturated: Spread | None
    """Share of units and samples whose slope is under 5% of the activation's largest; None for the logits."""
    rank: Spread | None
    """Effective rank of the activations; None for the logits."""
    twins: Spread
    """Pairs of units with the same weights and bias."""
    symmetric: Spread
    """Those of them with the same outgoing weights, too, which gradients never tell apart."""
    kind: str | None
    """What it is, as `conv 3x3 16`; None in dense layers in a row."""
    branch: BranchSummary | None
    """What the residual branch that it ends adds to its stream; None if it ends none."""


class InitProbe(Fields):
    """What was measured from one initialization."""

    init: str
    """The initialization."""
    seeds: int
    """How many seeds."""
    diverged: int
    """How many of them had diverged before the step; they were measured where they ended."""
    loss: Spread
    """The training loss."""
    saturated: Spread | None
    """Share of outputs and samples whose slope is under 5% of the largest; None for an identity output."""
    jacobian_mean_square: Spread
    """Mean square of the singular values of the Jacobian of the logits with respect to the inputs."""
    jacobian_root_mean_square: Spread
    """The root of that of each seed, and then over the seeds."""
    jacobian_largest: Spread
    """The largest of these singular values."""
    sharpness: Spread
    """The largest eigenvalue of the loss's Hessian."""
    sharpness_limit: float | None
    """The sharpness from which on descent with this learning rate does not settle; None for adam and rmsprop, whose
    steps are not the gradient's."""
    layers: tuple[LayerProbe, ...]
    """The layers, first to last; the last one is that of the logits."""
    expected: Expected | None
    """What theory says of equal blocks in a row; None where there are none, or it has no word for them."""


class Profile(Fields):
    """The layers of a start, over the seeds."""

    name: str
    """The initialization, or what else tells it from the others."""
    seeds: int
    """How many seeds."""
    layers: tuple[LayerProbe, ...]
    """The layers, first to last; the last one is that of the logits."""


class Growth(Fields):
    """A figure over the widths of a network."""

    step: int
    """After so many steps."""
    means: tuple[float | None, ...]
    """At each width, the mean over the seeds; None where all diverged."""
    power: tuple[float, float] | None
    """The power of the width that it goes with, and its standard error; None of a figure that is 0."""


class LayerCheck(Fields):
    """A layer at all widths."""

    layer: int
    """From 1 on."""
    size: tuple[Growth, ...]
    """The mean absolute pre-activation, after 0, 1, 2 ... steps."""
    change: tuple[Growth, ...]
    """The mean absolute change of a pre-activation since the start, after 1, 2 ... steps."""


class CoordCheck(Fields):
    """Whether a network learns alike at every width."""

    sentence: Sentence
    """What goes with the width and what that means."""
    verdict: str
    """`flat`, `grows` or `falls`: what the changes of the pre-activations do."""
    init: str
    """The initialization."""
    widths: tuple[int, ...]
    """Widths of all hidden layers."""
    steps: int
    """Steps that were trained."""
    seeds: int
    """Seeds at each width."""
    diverged: int
    """Trainings that diverged: they have no figures from there on."""
    layers: tuple[LayerCheck, ...]
    """The layers, first to last; the last one is that of the logits."""


class Probe(Result):
    """What `probe` answers: signal, gradient and units of a start, layer by layer; with `coord_check` how its layers go
    with the width."""

    task: Task
    """What was asked for, everything inferred filled in."""
    at_step: int = 0
    """After so many updates."""
    inits: tuple[InitProbe, ...] = ()
    """What was measured from each initialization; nothing with `coord_check`."""
    coordinates: CoordCheck | None = None
    """How the layers go with the width, with `coord_check`; at the first width is the `task`."""

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        if self.coordinates:
            return self._widths(self.coordinates)
        return ({"init": init.init} | flat(layer) for init in self.inits for layer in init.layers)

    def _widths(self, check: CoordCheck) -> Iterator[Mapping[str, Any]]:
        for layer in check.layers:
            for figure, growths in (("size", layer.size), ("change", layer.change)):
                for growth in growths:
                    for width, mean in zip(check.widths, growth.means, strict=True):
                        yield {
                            "layer": layer.layer,
                            "figure": figure,
                            "step": growth.step,
                            "width": width,
                            "mean": mean,
                        }

    def _sentences(self) -> Iterator[str]:
        if self.coordinates:
            yield self.coordinates.sentence
            return
        names = ", ".join(init.init for init in self.inits)
        seeds = max((init.seeds for init in self.inits), default=0)
        yield f"{names} on {self.task.data.name}, layer by layer over {count(seeds, 'seed')}, at step {self.at_step:,}"
