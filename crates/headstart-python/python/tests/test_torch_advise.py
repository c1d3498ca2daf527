"""Where PyTorch models should start, by somebody's own training loop."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from headstart.errors import UsageError
from headstart.torch import advise, race, start_of, trainer
from torch import nn
from zoo import Residual, features, images, mlp


def deep() -> nn.Sequential:
    return mlp((20, *[32] * 12, 3))


def by_size(model: nn.Module, seed: int, share: float) -> Iterator[float]:
    """A training that is a formula: best where the first layer's weights have a standard deviation of 0.3."""
    size = float(next(model.parameters()).detach().std())
    yield 1.0
    yield 0.05 + abs(torch.tensor(size / 0.3).log().item()) + 0.001 * (seed % 7)


def test_the_start_that_trains_best_is_found_and_the_code_makes_it() -> None:
    advice = advise(deep, by_size, features(), F.cross_entropy, budget=70)
    assert advice.verdict == "start here" and advice.recommendation is not None and advice.code is not None
    model = deep()
    exec(advice.code, {"model": model})
    assert next(model.parameters()).detach().std().item() == pytest.approx(0.3, rel=0.35)
    assert {"as made", advice.recommendation.init} <= {cell.init for cell in advice.cells}
    assert advice.code in str(advice) and advice.trainings <= 100
    again = advise(deep, by_size, features(), F.cross_entropy, budget=70)
    assert again.sentence == advice.sentence and again.cells == advice.cells


def test_nothing_is_advised_where_starts_do_not_matter() -> None:
    def noise(model: nn.Module, seed: int, share: float) -> Iterator[float]:
        yield 0.5 + 0.01 * (hash((seed, share)) % 100) / 100

    assert advise(deep, noise, features(), F.cross_entropy, budget=50).verdict != "start here"


def test_schemes_that_are_not_for_a_model_are_not_tried() -> None:
    """No start of a sigmoid network is critical."""
    make = lambda: mlp((20, 16, 3), nn.Sigmoid)  # noqa: E731
    tried = {trial.init.split(":")[0] for trial in race(make, features(), F.cross_entropy, budget=60).ask()}
    assert tried == {"he", "glorot", "normal"}


def test_residual_rules_are_tried_where_there_are_branches() -> None:
    make = lambda: nn.Sequential(  # noqa: E731
        nn.Conv2d(3, 8, 3),
        Residual(8, False),
        Residual(8, False),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(8, 10),
    )
    contest = race(make, images(), F.cross_entropy, budget=200)
    trials = contest.ask()
    assert {trial.residual for trial in trials} == {None, "scaled", "zero"}
    scaled = next(trial for trial in trials if trial.residual == "zero")
    assert not start_of(make, scaled, images()[0])[2].two.weight.detach().any()
    assert "+zero" in scaled.init and contest.advice() is None
    contest.tell(scaled, [0.9, 0.8])
    with pytest.raises(UsageError, match="no score"):
        contest.tell(trials[1], [])
    contest.stop()


def test_a_loop_of_loaders_trains_and_is_judged_by_what_is_held_out() -> None:
    x, y = features(120)
    batches, held = [(x[:50], y[:50]), (x[50:100], y[50:100])], [(x[100:], y[100:])]
    train = trainer(batches, F.cross_entropy, lambda p: torch.optim.SGD(p, 0.1), steps=8, held=held)
    scores = list(train(mlp(), 1, 0.5))
    assert len(scores) == 4 and set(scores[0]) == {"train", "held"}
    diverging = trainer(batches, F.cross_entropy, lambda p: torch.optim.SGD(p, 1e30), steps=8, held=held)
    assert [score["held"] == score["held"] for score in diverging(mlp(), 1, 1.0)][-1] is False
    for wrong in ({"steps": 0}, {"batches": iter([])}):
        with pytest.raises(UsageError):
            trainer(
                **{"batches": batches, "loss": F.cross_entropy, "optimizer": None, "steps": 8, "held": held} | wrong
            )
