"""Prints what the frameworks' initializers draw, for a test of the schemes.

    target/frameworks/bin/python bench/golden_starts.py > crates/headstart-engine/tests/golden/starts.txt

A line is a scheme of this program, the framework's call that it stands for, the inputs and outputs of the layer, and of the weights
that the call drew: how many, their mean, their mean square, the least, the largest, and the share of zeros. Then the same of the
biases, where the framework has any of its own. Needs torch, keras, jax, flax and scikit-learn.
"""

import math
import os
import warnings

os.environ["KERAS_BACKEND"] = "torch"
warnings.filterwarnings("ignore")

import flax.linen
import jax
import keras
import numpy as np
import torch
from sklearn.neural_network import MLPClassifier

SHAPES = [(400, 100), (60, 150)]


def of_torch(fill):
    """Weights that a function of torch.nn.init fills, outputs x inputs."""

    def draw(fan_in, fan_out):
        torch.manual_seed(0)
        weights = torch.empty(fan_out, fan_in, dtype=torch.float64)
        fill(weights)
        return weights.numpy(), None

    return draw


def of_keras(initializer):
    def draw(fan_in, fan_out):
        return np.asarray(initializer((fan_in, fan_out), dtype="float64").cpu()).T, None

    return draw


def of_jax(initializer):
    def draw(fan_in, fan_out):
        return np.asarray(initializer(jax.random.key(0), (fan_in, fan_out), np.float32), np.float64).T, None

    return draw


def of_flax(fan_in, fan_out):
    params = flax.linen.Dense(fan_out).init(jax.random.key(0), np.zeros((1, fan_in)))["params"]
    return np.asarray(params["kernel"], np.float64).T, np.asarray(params["bias"], np.float64)


def of_sklearn(activation):
    def draw(fan_in, fan_out):
        model = MLPClassifier(activation=activation)
        model.activation, model._random_state = activation, np.random.RandomState(0)
        weights, biases = model._init_coef(fan_in, fan_out, np.dtype("float64"))
        return weights.T, biases

    return draw


def of_siren(omega):
    """The first layer of the paper's code, and the factor that is outside of the weights there."""

    def draw(fan_in, fan_out):
        torch.manual_seed(0)
        weights = torch.empty(fan_out, fan_in, dtype=torch.float64).uniform_(-1 / fan_in, 1 / fan_in)
        return omega * weights.numpy(), None

    return draw


init, vs, he = torch.nn.init, keras.initializers.VarianceScaling, torch.nn.init.kaiming_normal_
jax_vs = jax.nn.initializers.variance_scaling
CASES = [
    ("variance-scaling:1", "keras VarianceScaling()", of_keras(vs(seed=1))),
    ("variance-scaling:2,fan-out,uniform", "keras VarianceScaling", of_keras(vs(2.0, "fan_out", "uniform", seed=1))),
    ("variance-scaling:2,fan-avg,normal", "jax variance_scaling", of_jax(jax_vs(2.0, "fan_avg", "normal"))),
    ("variance-scaling:0.5,fan-out,truncated", "jax variance_scaling", of_jax(jax_vs(0.5, "fan_out", "truncated_normal"))),
    ("he:fan-out", "torch kaiming_normal_", of_torch(lambda w: he(w, mode="fan_out", nonlinearity="relu"))),
    ("he-uniform:fan-out", "torch kaiming_uniform_", of_torch(lambda w: init.kaiming_uniform_(w, mode="fan_out", nonlinearity="relu"))),
    ("he:leaky=0.2", "torch kaiming_normal_", of_torch(lambda w: he(w, a=0.2))),
    ("he:leaky", "torch kaiming_normal_", of_torch(lambda w: he(w, a=0.01, nonlinearity="leaky_relu"))),
    ("he:tanh", "torch kaiming_normal_", of_torch(lambda w: he(w, nonlinearity="tanh"))),
    ("he:selu:fan-out", "torch kaiming_normal_", of_torch(lambda w: he(w, mode="fan_out", nonlinearity="selu"))),
    ("he:linear", "torch kaiming_normal_", of_torch(lambda w: he(w, nonlinearity="linear"))),
    ("he:sigmoid", "torch kaiming_normal_", of_torch(lambda w: he(w, nonlinearity="sigmoid"))),
    ("he-uniform:tanh", "torch kaiming_uniform_", of_torch(lambda w: init.kaiming_uniform_(w, nonlinearity="tanh"))),
    ("glorot:tanh", "torch xavier_normal_", of_torch(lambda w: init.xavier_normal_(w, init.calculate_gain("tanh")))),
    ("glorot-uniform:relu", "torch xavier_uniform_", of_torch(lambda w: init.xavier_uniform_(w, init.calculate_gain("relu")))),
    ("orthogonal:tanh", "torch orthogonal_", of_torch(lambda w: init.orthogonal_(w, init.calculate_gain("tanh")))),
    ("uniform_", "torch uniform_", of_torch(init.uniform_)),
    ("uniform:-1..3", "keras RandomUniform", of_keras(keras.initializers.RandomUniform(-1.0, 3.0, seed=1))),
    ("jax.nn.initializers.uniform", "jax uniform", of_jax(jax.nn.initializers.uniform())),
    ("jax.nn.initializers.normal", "jax normal", of_jax(jax.nn.initializers.normal())),
    ("normal:0.1:mean=0.5", "keras RandomNormal", of_keras(keras.initializers.RandomNormal(0.5, 0.1, seed=1))),
    ("TruncatedNormal", "keras TruncatedNormal()", of_keras(keras.initializers.TruncatedNormal(seed=1))),
    ("TruncatedNormal:0.2:mean=1", "keras TruncatedNormal", of_keras(keras.initializers.TruncatedNormal(1.0, 0.2, seed=1))),
    ("jax.nn.initializers.truncated_normal:0.3", "jax truncated_normal", of_jax(jax.nn.initializers.truncated_normal(0.3))),
    ("trunc_normal_", "torch trunc_normal_", of_torch(init.trunc_normal_)),
    ("trunc_normal_:0.02", "torch trunc_normal_", of_torch(lambda w: init.trunc_normal_(w, std=0.02))),
    ("trunc_normal_:0.5:mean=0.2:-0.5..0.25", "torch trunc_normal_", of_torch(lambda w: init.trunc_normal_(w, 0.2, 0.5, -0.5, 0.25))),
    ("trunc_normal_:1:mean=0:1.5..4", "torch trunc_normal_", of_torch(lambda w: init.trunc_normal_(w, 0.0, 1.0, 1.5, 4.0))),
    ("Ones", "keras Ones", of_keras(keras.initializers.Ones())),
    ("Identity:2", "keras Identity", of_keras(keras.initializers.Identity(2.0))),
    ("eye_", "torch eye_", of_torch(init.eye_)),
    ("sparse_:0.9", "torch sparse_", of_torch(lambda w: init.sparse_(w, 0.9))),
    ("sparse_:0.33:std=0.5", "torch sparse_", of_torch(lambda w: init.sparse_(w, 0.33, 0.5))),
    ("flax-default", "flax.linen.Dense", of_flax),
    ("sklearn-default", "MLPClassifier(activation=relu)", of_sklearn("relu")),
    ("sklearn-default@sigmoid", "MLPClassifier(activation=logistic)", of_sklearn("logistic")),
    ("siren@sin", "the paper's first layer", of_siren(30.0)),
    ("siren:10@sin", "the paper's first layer", of_siren(10.0)),
]


def moments(numbers):
    numbers = np.asarray(numbers, np.float64).ravel()
    zeros = float(np.mean(numbers == 0.0))
    return [len(numbers), numbers.mean(), np.mean(numbers * numbers), numbers.min(), numbers.max(), zeros]


for scheme, call, draw in CASES:
    for fan_in, fan_out in SHAPES:
        weights, biases = draw(fan_in, fan_out)
        assert weights.shape == (fan_out, fan_in)
        fields = moments(weights) + ([] if biases is None else moments(biases))
        assert all(math.isfinite(field) for field in fields)
        print("\t".join([scheme, call, str(fan_in), str(fan_out)] + [f"{field:.9g}" for field in fields]))
