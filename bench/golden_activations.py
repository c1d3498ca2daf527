"""Writes values and slopes of activations, as the frameworks compute them in float64, for the engine's tests.

    python bench/golden_activations.py > crates/headstart-engine/tests/golden/activations.txt

Needs torch, and JAX and Keras for what they have, too. A line is an activation by its name here, the framework, the point, the
value and the slope there.
"""

import os

os.environ["KERAS_BACKEND"] = "jax"

import jax
import torch
from torch.nn import functional as F

jax.config.update("jax_enable_x64", True)

import keras

keras.config.set_floatx("float64")

POINTS = [
    -30.0, -12.0, -7.5, -5.25, -4.0, -3.25, -2.75, -2.0, -1.6, -1.3, -1.1, -0.9, -0.7, -0.55, -0.45, -0.3, -0.1, -0.01, -1e-4,
    1e-4, 0.01, 0.1, 0.3, 0.45, 0.55, 0.7, 0.9, 1.1, 1.3, 1.6, 2.0, 2.75, 3.25, 4.0, 5.25, 5.9, 6.1, 7.5, 12.0, 30.0,
]

TORCH = {
    "relu": F.relu,
    "leaky-relu:0.01": F.leaky_relu,
    "leaky-relu:0.2": lambda z: F.leaky_relu(z, 0.2),
    "prelu:0.25": lambda z: F.prelu(z, torch.tensor([0.25], dtype=z.dtype)),
    "elu": F.elu,
    "selu": F.selu,
    "gelu": F.gelu,
    "silu": F.silu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "sin": torch.sin,
    "relu6": F.relu6,
    "hard-tanh": F.hardtanh,
    "hard-sigmoid": F.hardsigmoid,
    "hard-swish": F.hardswish,
    "softsign": F.softsign,
    "mish": F.mish,
    "gelu-tanh": lambda z: F.gelu(z, approximate="tanh"),
    "celu:0.5": lambda z: F.celu(z, 0.5),
    "celu:2": lambda z: F.celu(z, 2.0),
    "log-sigmoid": F.logsigmoid,
    "tanh-shrink": F.tanhshrink,
    "soft-shrink:0.5": F.softshrink,
    "soft-shrink:2.5": lambda z: F.softshrink(z, 2.5),
    "hard-shrink:0.5": F.hardshrink,
    "threshold:0.5": lambda z: F.threshold(z, 0.5, 0.0),
    "threshold:-2.5": lambda z: F.threshold(z, -2.5, 0.0),
    "exp": torch.exp,
    # Beyond 20 its softplus is a line unless told otherwise.
    "softplus": lambda z: F.softplus(z, threshold=1e3),
}

JAX = {
    "relu": jax.nn.relu,
    "leaky-relu:0.01": jax.nn.leaky_relu,
    "elu": jax.nn.elu,
    "selu": jax.nn.selu,
    "gelu": lambda z: jax.nn.gelu(z, approximate=False),
    "gelu-tanh": jax.nn.gelu,
    "silu": jax.nn.silu,
    "tanh": jax.nn.tanh,
    "sigmoid": jax.nn.sigmoid,
    "softplus": jax.nn.softplus,
    "relu6": jax.nn.relu6,
    "hard-tanh": jax.nn.hard_tanh,
    "hard-sigmoid": jax.nn.hard_sigmoid,
    "hard-swish": jax.nn.hard_swish,
    "softsign": jax.nn.soft_sign,
    "mish": jax.nn.mish,
    "celu:0.5": lambda z: jax.nn.celu(z, 0.5),
    "log-sigmoid": jax.nn.log_sigmoid,
    "squareplus": jax.nn.squareplus,
    "sparse-plus": jax.nn.sparse_plus,
    "sparse-sigmoid": jax.nn.sparse_sigmoid,
}

A = keras.activations
KERAS = {
    "relu": A.relu,
    "leaky-relu:0.2": A.leaky_relu,
    "elu": A.elu,
    "selu": A.selu,
    "gelu": A.gelu,
    "gelu-tanh": lambda z: A.gelu(z, approximate=True),
    "silu": A.silu,
    "softplus": A.softplus,
    "relu6": A.relu6,
    "hard-tanh": A.hard_tanh,
    "hard-sigmoid": A.hard_sigmoid,
    "hard-swish": A.hard_silu,
    "softsign": A.softsign,
    "mish": A.mish,
    "celu:2": lambda z: A.celu(z, 2.0),
    "log-sigmoid": A.log_sigmoid,
    "tanh-shrink": A.tanh_shrink,
    "soft-shrink:0.5": A.soft_shrink,
    "hard-shrink:0.5": A.hard_shrink,
    "threshold:0.5": lambda z: A.threshold(z, 0.5, 0.0),
    "squareplus": A.squareplus,
    "exp": A.exponential,
    "sparse-plus": A.sparse_plus,
    "sparse-sigmoid": A.sparse_sigmoid,
}


def by_torch(function, point):
    z = torch.tensor(point, dtype=torch.float64, requires_grad=True)
    value = function(z)
    value.backward()
    return value.item(), z.grad.item()


def by_jax(function, point):
    value, slope = jax.value_and_grad(function)(jax.numpy.float64(point))
    return float(value), float(slope)


def main():
    print(f"# bench/golden_activations.py: torch {torch.__version__}, jax {jax.__version__}, keras {keras.__version__} on jax")
    for framework, functions, by in [("torch", TORCH, by_torch), ("jax", JAX, by_jax), ("keras", KERAS, by_jax)]:
        for name, function in functions.items():
            for point in POINTS:
                value, slope = by(function, point)
                print(name, framework, repr(point), repr(value), repr(slope))


if __name__ == "__main__":
    main()
