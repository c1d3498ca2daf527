"""Where to start."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .._fields import Fields, Sentence
from .base import Result
from .comparison import Cell, Difference, Settled
from .device import Device
from .explanation import Finding
from .probe import Profile
from .task import Task


class Plateau(Fields):
    """Gains within noise of the best."""

    low: float
    """The smallest."""
    high: float
    """The largest."""
    peak: float
    """The one that is expected to be the best."""


class Recommendation(Fields):
    """Where to start."""

    init: str
    """The initialization."""
    lr: float
    """The learning rate."""
    plateau: Plateau | None
    """The gains that do as well, of the same scheme; of plain weights, the scales. None of a framework's default, of
    which only that one was trained."""


class Tried(Fields):
    """A start that was tried."""

    gain: float
    """The gain, or the scale of plain weights."""
    init: str
    """The initialization."""
    out: str | None
    """Why it was not trained at all."""
    early: float | None
    """The validation accuracy, or in regression the loss, after a part of the training: the mean over the seeds."""
    full: float | None
    """The same after all of it."""
    seeds: int
    """Seeds that were trained to the end."""
    expected: tuple[float, float] | None
    """How a training is expected to end by all that was seen, and the standard error. None of what was not trained to
    the end."""


class TriedFamily(Fields):
    """A family of starts that was tried."""

    scheme: str
    """The scheme."""
    plateau: Plateau | None
    """Its plateau; None if nothing of it was trained to the end."""
    gains: tuple[Tried, ...]
    """Its gains."""


class TriedLayers(Fields):
    """A start whose first or last layer has a gain of its own, and what came of it."""

    factors: tuple[float, float]
    """What the gain of the first layer is multiplied by, and that of the last one."""
    init: str
    """The initialization."""
    early: float | None
    """The validation accuracy, or in regression the loss, after the first part of the training."""
    full: float | None
    """The same after all of it."""


class Evidence(Fields):
    """The start that was found beside the usual ones."""

    cells: tuple[Cell, ...]
    """One for each initialization, best first."""
    differences: tuple[Difference, ...]
    """What separates them, those of the best one first."""
    settled: Settled | None
    """How a comparison ended that went on until it was settled; None of any other."""


class Snippet(Fields):
    """Code of one framework."""

    framework: str
    """`PyTorch`, `Keras`, `JAX/Flax`, `Burn` or `candle`."""
    code: str
    """The lines, with line ends between them."""


class NetworkChange(Fields):
    """A change of a deep network, and what came of it."""

    flags: str
    """It as flags."""
    cells: tuple[Cell, ...]
    """The usual start with it, and of the change that does best other starts of the evidence behind that."""


class Depth(Fields):
    """What the depth of a network costs, and which change of it makes it train."""

    sentence: Sentence
    """It in a sentence."""
    why: tuple[Sentence, ...]
    """How much the start matters with the change that does best, and what came of the others."""
    hidden: int
    """Hidden layers of the network that was asked about."""
    helps: bool
    """Whether a change does better than the best plain start beyond chance, and by enough to come before the start."""
    leads: bool
    """Whether it comes before the start in the answer: where a change helps, or a shallow network does better."""
    plain: Cell
    """The best plain start of the evidence."""
    shallow: Cell | None
    """The usual start of a plain network of two hidden layers; None where there is no such network."""
    changes: tuple[NetworkChange, ...]
    """What was tried, best first."""


class Advice(Result):
    """What `advise` answers: where to start, and why."""

    task: Task
    """What was asked for, everything inferred filled in."""
    recommendation: Recommendation | None
    """Where to start; None if no start works."""
    verdict: str
    """`start here`, `keep your default`, `any start works` or `no start works`; `interrupted` where it was told to
    stop."""
    keep_within: float | None
    """Of a default that is to be kept, by how much some start that was found may be better at the most, as far as the
    seeds tell. None with any other verdict."""
    sentence: Sentence
    """It in a sentence."""
    why: tuple[Sentence, ...]
    """Why, in a few sentences."""
    sure: str
    """What the race found, by which the evidence was chosen."""
    scale: Sentence | None
    """What is wrong with the sizes of the features, and what to do; it may matter more than the start."""
    depth: Depth | None
    """What the depth of a deep network costs, and which change of it makes it train; None of others."""
    obstacle: Finding | None
    """What stands in the way, where no start works."""
    lr: float
    """The learning rate of all that is told: the one that was found, if one was searched."""
    rates: tuple[tuple[float, float], ...] = ()
    """The learning rates that were tried, if one was searched: each with the figure of its best start."""
    figure: str
    """What `early`, `full` and `rates` tell: `accuracy`, on what was held out, or `loss`."""
    tried: tuple[TriedFamily, ...]
    """All that was tried, family by family."""
    tried_layers: tuple[TriedLayers, ...] = ()
    """Starts whose first or last layer has a gain of its own."""
    evidence: Evidence
    """The start that was found beside the usual ones: on all training samples and the test set, from fresh seeds."""
    starts: tuple[Profile, ...]
    """The starts of the evidence, layer by layer."""
    not_tried: Sentence
    """What was not tried, in a sentence."""
    code: tuple[Snippet, ...]
    """The code that starts so, by framework."""
    device: Device | None
    """What trained, where that is not the processor; starts are looked at by the processor in any case."""
    steps: int
    """Updates that were spent, of all networks together."""
    repeatable: bool
    """Whether the same would be advised again: not if the budget was a time."""

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        for family in self.tried:
            for tried in family.gains:
                expected, error = tried.expected or (None, None)
                figures = {"out": tried.out, "early": tried.early, "full": tried.full, "seeds": tried.seeds}
                row = {"scheme": family.scheme, "gain": tried.gain, "init": tried.init}
                yield row | figures | {"expected": expected, "expected_error": error}
        for layers in self.tried_layers:
            first, last = layers.factors
            figures = {"early": layers.early, "full": layers.full}
            yield {"init": layers.init} | figures | {"first_factor": first, "last_factor": last}

    def _sentences(self) -> Iterator[str]:
        if self.depth and self.depth.leads:
            yield self.depth.sentence
        if self.scale:
            yield self.scale
        yield self.sentence
        yield from self.why
