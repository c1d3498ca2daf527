"""Writes losses of one sample and their slopes by the logits, as the frameworks compute them in float64, for the engine's tests.

    python bench/golden_losses.py > crates/headstart-engine/tests/golden/losses.txt

Needs torch, and JAX, optax and Keras for what they have, too. A line is a loss and an output by their names here, the framework,
the logits, the targets, the loss and its slopes; lists with commas.
"""

import os

os.environ["KERAS_BACKEND"] = "jax"

import jax
import optax
import torch
from jax import numpy as jnp
from torch.nn import functional as F

jax.config.update("jax_enable_x64", True)

import keras

keras.config.set_floatx("float64")

LOGITS = [-9.0, -3.0, -1.2, -0.4, 0.15, 0.7, 1.6, 3.5, 8.0]
NUMBERS = [-1.75, 0.0, 0.4, 2.25]
SIDES = [-1.0, 1.0]
CLASSES = [0.0, 1.0]
COUNTS = [0.0, 1.0, 4.0]
TRIPLES = [[0.3, -1.2, 2.0], [5.0, 4.0, -6.0], [0.0, 0.0, 0.0], [-30.0, 1.0, 7.5]]

K = keras.losses


def kept(counts):
    """What only counts decide, which is left out here."""
    return sum(y - y * float(torch.log(torch.tensor(y, dtype=torch.float64))) for y in counts if y > 0)


def poisson_torch(log_input, output):
    of = lambda z, y: F.poisson_nll_loss(output(z), y, log_input=log_input, eps=0.0)
    return lambda z, y: of(z, y) - kept([y.item()])


TORCH = [
    ("mse", "identity", NUMBERS, F.mse_loss),
    ("mse", "softplus", NUMBERS, lambda z, y: F.mse_loss(F.softplus(z), y)),
    ("mse", "relu", NUMBERS, lambda z, y: F.mse_loss(F.relu(z), y)),
    ("mse", "exp", NUMBERS, lambda z, y: F.mse_loss(torch.exp(z), y)),
    ("mae", "identity", NUMBERS, F.l1_loss),
    ("mae", "sigmoid", NUMBERS, lambda z, y: F.l1_loss(torch.sigmoid(z), y)),
    ("huber:1", "identity", NUMBERS, F.huber_loss),
    ("huber:1", "identity", NUMBERS, F.smooth_l1_loss),
    ("huber:0.25", "tanh", NUMBERS, lambda z, y: F.huber_loss(torch.tanh(z), y, delta=0.25)),
    ("bce", "sigmoid", CLASSES, F.binary_cross_entropy_with_logits),
    ("poisson", "exp", COUNTS, poisson_torch(True, lambda z: z)),
    ("poisson", "softplus", COUNTS, poisson_torch(False, F.softplus)),
]

OPTAX = [
    ("huber:0.25", "identity", NUMBERS, lambda z, y: optax.huber_loss(z, y, delta=0.25)),
    ("log-cosh", "identity", NUMBERS, optax.log_cosh),
    ("log-cosh", "softplus", NUMBERS, lambda z, y: optax.log_cosh(jax.nn.softplus(z), y)),
    ("hinge", "identity", SIDES, optax.hinge_loss),
    ("focal:2", "sigmoid", CLASSES, lambda z, y: optax.sigmoid_focal_loss(z, y, gamma=2.0)),
    ("focal:0.5", "sigmoid", CLASSES, lambda z, y: optax.sigmoid_focal_loss(z, y, gamma=0.5)),
]

KERAS = [
    ("mae", "identity", NUMBERS, lambda z, y: K.mean_absolute_error(y, z)),
    ("huber:1", "identity", NUMBERS, lambda z, y: K.huber(y, z)),
    ("log-cosh", "identity", NUMBERS, lambda z, y: K.log_cosh(y, z)),
    ("hinge", "tanh", SIDES, lambda z, y: K.hinge(y, jnp.tanh(z))),
    ("squared-hinge", "identity", SIDES, lambda z, y: K.squared_hinge(y, z)),
    ("poisson", "exp", COUNTS, lambda z, y: K.poisson(y, jnp.exp(z)) - kept([float(y[0])])),
    ("focal:2", "sigmoid", CLASSES, lambda z, y: K.binary_focal_crossentropy(y, z, from_logits=True)),
]


def listed(numbers):
    return ",".join(repr(float(x)) for x in numbers)


def main():
    versions = f"torch {torch.__version__}, jax {jax.__version__}, optax {optax.__version__}, keras {keras.__version__} on jax"
    print(f"# bench/golden_losses.py: {versions}")
    for loss, output, targets, function in TORCH:
        for z in LOGITS:
            for y in targets:
                logit = torch.tensor(z, dtype=torch.float64, requires_grad=True)
                value = function(logit, torch.tensor(y, dtype=torch.float64))
                value.backward()
                print(loss, output, "torch", repr(z), repr(y), repr(value.item()), repr(logit.grad.item()))
    for framework, losses in [("optax", OPTAX), ("keras", KERAS)]:
        for loss, output, targets, function in losses:
            for z in LOGITS:
                for y in targets:
                    # Keras takes the mean over the last axis.
                    of = (lambda z: function(z, y)) if framework == "optax" else (lambda z: function(z[None], jnp.array([y])))
                    value, slope = jax.value_and_grad(of)(jnp.float64(z))
                    print(loss, output, framework, repr(z), repr(y), repr(float(value)), repr(float(slope)))
    for gamma in [2.0, 0.5]:
        for triple in TRIPLES:
            for hot in range(3):
                y = [float(j == hot) for j in range(3)]
                logits = torch.tensor(triple, dtype=torch.float64, requires_grad=True)
                log = F.log_softmax(logits, 0)[hot]
                value = -((-torch.expm1(log)) ** gamma) * log
                value.backward()
                slopes = listed(logits.grad.tolist())
                print(f"focal:{gamma:g}", "softmax", "torch", listed(triple), listed(y), repr(value.item()), slopes)
    for triple in TRIPLES:
        for hot in range(3):
            logits = torch.tensor(triple, dtype=torch.float64, requires_grad=True)
            value = F.cross_entropy(logits, torch.tensor(hot))
            value.backward()
            y = listed(j == hot for j in range(3))
            print("ce", "softmax", "torch", listed(triple), y, repr(value.item()), listed(logits.grad.tolist()))
    # Keras knows no probability below 1e-7, which the last of them have.
    for triple in TRIPLES[:3]:
        for hot in range(3):
            y = [float(j == hot) for j in range(3)]
            of = lambda z: K.categorical_focal_crossentropy(jnp.array(y), z, alpha=1.0, gamma=2.0, from_logits=True)
            value, slopes = jax.value_and_grad(of)(jnp.array(triple))
            print("focal:2", "softmax", "keras", listed(triple), listed(y), repr(float(value)), listed(slopes))


if __name__ == "__main__":
    main()
