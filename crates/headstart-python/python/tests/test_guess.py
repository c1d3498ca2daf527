"""What answering without a look at the inputs costs, in the frameworks' arrays."""

import math

import numpy as np
from headstart._models.guess import guess


def test_of_one_class_nothing_is_left_to_be_guessed() -> None:
    alone = guess(np.zeros((40, 3)), [np.zeros(40, int)], math.log(3))
    assert alone.cost == math.log(3)
    assert math.isnan(alone.on_batch)
    binary = guess(np.zeros((40, 1)), [np.ones((40, 1))], math.log(2))
    assert binary.cost == math.log(2)


def test_shares_of_classes_are_what_guessing_costs() -> None:
    classes = np.repeat([0, 1], [10, 30])
    found = guess(np.zeros((40, 2)), [classes], math.log(2))
    entropy = -(0.25 * math.log(0.25) + 0.75 * math.log(0.75))
    assert math.isclose(found.cost, entropy) and math.isclose(found.on_batch, entropy)
