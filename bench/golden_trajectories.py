"""Prints the losses along trainings by PyTorch, optax, Keras and scikit-learn's own optimizers, for the engine's tests.

    pip install torch jax optax keras
    python bench/golden_trajectories.py > crates/headstart-engine/tests/golden/trajectories.txt

One small network, 3-5-4-2 with tanh, softmax and cross-entropy, from weights and on samples that are sines of their places, in
float64, all samples at every step; with `prelu` the hidden units are such. A line is whose it is, the training, and the loss before each of its steps.
"""
import math
import os

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_ENABLE_X64"] = "1"

import jax
import jax.numpy as jnp
import keras
import numpy as np
import optax
import torch

keras.config.set_floatx("float64")
WIDTHS = [3, 5, 4, 2]
SAMPLES, STEPS = 12, 20
X = np.array([[math.sin(1.7 * i + 0.9 * j + 0.3) for j in range(3)] for i in range(SAMPLES)])
Y = np.array([(i * i + i // 3) % 2 for i in range(SAMPLES)])
# Weights `outputs x inputs` and biases, layer by layer.
START = [
    [
        np.array([[math.sin(2.3 * o + 1.1 * i + l) for i in range(n)] for o in range(m)]),
        np.array([0.1 * math.sin(3.1 * o + l) for o in range(m)]),
    ]
    for l, (n, m) in enumerate(zip(WIDTHS, WIDTHS[1:]))
]


def tell(whose, training, losses):
    print(whose, training, *(repr(float(loss)) for loss in losses))


def by_torch(training, make, schedule=None, shape=lambda parameters: None, smoothing=0.0, learns=False):
    parameters = [torch.tensor(p, dtype=torch.float64, requires_grad=True) for layer in START for p in layer]
    slopes = [torch.full((1,), 0.25, dtype=torch.float64, requires_grad=True) for _ in range(2)]
    bend = lambda l, a: torch.nn.functional.prelu(a, slopes[l]) if learns else torch.tanh(a)
    x, y = torch.tensor(X), torch.tensor(Y)

    def loss():
        a = x
        for l in range(3):
            a = a @ parameters[2 * l].T + parameters[2 * l + 1]
            a = bend(l, a) if l < 2 else a
        return torch.nn.functional.cross_entropy(a, y, label_smoothing=smoothing)

    optimizer = make(parameters + slopes if learns else parameters)
    rates = schedule(optimizer) if schedule else None
    losses = []
    for _ in range(STEPS):
        first = []

        def closure():
            optimizer.zero_grad()
            value = loss()
            value.backward()
            shape(parameters)
            first.append(value.item())
            return value

        optimizer.step(closure)
        losses.append(first[0])
        if rates:
            rates.step()
    tell("torch", training, losses)


def by_optax(training, optimizer):
    parameters = [[jnp.array(w), jnp.array(b)] for w, b in START]
    x, y = jnp.array(X), jnp.array(Y)

    def loss(parameters):
        a = x
        for l, (w, b) in enumerate(parameters):
            a = a @ w.T + b
            a = jnp.tanh(a) if l < 2 else a
        return optax.softmax_cross_entropy_with_integer_labels(a, y).mean()

    state, losses = optimizer.init(parameters), []
    for _ in range(STEPS):
        value, gradient = jax.value_and_grad(loss)(parameters)
        losses.append(value)
        updates, state = optimizer.update(gradient, state, parameters)
        parameters = optax.apply_updates(parameters, updates)
    tell("optax", training, losses)


def by_keras(training, optimizer):
    parameters = [keras.Variable(p, dtype="float64") for layer in START for p in layer]
    x, y = jnp.array(X), jnp.array(Y)

    def loss(values):
        a = x
        for l in range(3):
            a = a @ values[2 * l].T + values[2 * l + 1]
            a = jnp.tanh(a) if l < 2 else a
        return optax.softmax_cross_entropy_with_integer_labels(a, y).mean()

    optimizer.build(parameters)
    losses = []
    for _ in range(STEPS):
        value, gradient = jax.value_and_grad(loss)([p.value for p in parameters])
        losses.append(value)
        optimizer.apply_gradients(zip(gradient, parameters))
    tell("keras", training, losses)


t, s, k = torch.optim, torch.optim.lr_scheduler, keras.optimizers
by_torch("sgd", lambda p: t.SGD(p, 0.1))
by_torch("momentum", lambda p: t.SGD(p, 0.1, momentum=0.9))
by_torch("nesterov", lambda p: t.SGD(p, 0.1, momentum=0.9, nesterov=True))
by_torch("adam", lambda p: t.Adam(p, 0.01))
by_torch("nadam", lambda p: t.NAdam(p, 0.01))
by_torch("adamax", lambda p: t.Adamax(p, 0.01))
by_torch("rmsprop", lambda p: t.RMSprop(p, 0.01))
by_torch("adagrad", lambda p: t.Adagrad(p, 0.1))
by_torch("adadelta", lambda p: t.Adadelta(p, 1.0))
by_torch("lbfgs", lambda p: t.LBFGS(p, 0.5, max_iter=1, history_size=5))
by_torch("sgd-decay", lambda p: t.SGD(p, 0.1, momentum=0.9, weight_decay=0.05))
by_torch("adam-decay", lambda p: t.Adam(p, 0.01, weight_decay=0.05))
by_torch("adamw", lambda p: t.AdamW(p, 0.01, weight_decay=0.05))
by_torch(
    "clip-norm", lambda p: t.SGD(p, 0.5), shape=lambda p: torch.nn.utils.clip_grad_norm_(p, 0.05, error_if_nonfinite=True)
)
by_torch("clip-value", lambda p: t.SGD(p, 0.5), shape=lambda p: torch.nn.utils.clip_grad_value_(p, 0.01))
by_torch("smoothing", lambda p: t.SGD(p, 0.1), smoothing=0.2)
by_torch("prelu", lambda p: t.SGD(p, 0.3), learns=True)
by_torch("prelu-adamw", lambda p: t.AdamW(p, 0.05, weight_decay=0.05), learns=True)
by_torch("step", lambda p: t.SGD(p, 0.5), schedule=lambda o: s.StepLR(o, 6, 0.5))
by_torch("exponential", lambda p: t.SGD(p, 0.5), schedule=lambda o: s.ExponentialLR(o, 0.9))
by_torch("cosine", lambda p: t.SGD(p, 0.5), schedule=lambda o: s.CosineAnnealingLR(o, STEPS))
by_torch("polynomial", lambda p: t.SGD(p, 0.5), schedule=lambda o: s.PolynomialLR(o, STEPS, 2.0))
by_torch("linear", lambda p: t.SGD(p, 0.5), schedule=lambda o: s.LinearLR(o, 1.0, 0.2, STEPS))
by_torch(
    "one-cycle", lambda p: t.SGD(p, 0.5), schedule=lambda o: s.OneCycleLR(o, 0.5, total_steps=STEPS, cycle_momentum=False)
)
by_torch(
    "warmup-cosine",
    lambda p: t.SGD(p, 0.5),
    schedule=lambda o: s.SequentialLR(o, [s.LinearLR(o, 1 / 5, 1.0, 4), s.CosineAnnealingLR(o, STEPS - 5)], [5]),
)
by_optax("adam", optax.adam(0.01))
by_optax("nesterov", optax.sgd(0.1, 0.9, nesterov=True))
by_optax("adamw", optax.adamw(0.01, weight_decay=0.05))
by_optax("lion", optax.lion(0.001, 0.9, 0.99, weight_decay=0.05))
by_optax("adagrad-initial", optax.adagrad(0.1, 0.1, 0.0))
by_optax("clip-norm", optax.chain(optax.clip_by_global_norm(0.05), optax.sgd(0.5)))
by_optax("clip-value", optax.chain(optax.clip(0.01), optax.sgd(0.5)))
by_optax("polynomial", optax.sgd(optax.polynomial_schedule(0.5, 0.0, 2.0, STEPS)))
by_optax("linear", optax.sgd(optax.linear_schedule(0.5, 0.1, STEPS)))
by_keras("lion", k.Lion(0.001, 0.9, 0.99, weight_decay=0.05))
by_keras("clip-norm", k.SGD(0.5, global_clipnorm=0.05))
by_keras("clip-value", k.SGD(0.5, clipvalue=0.01))
by_keras("step", k.SGD(k.schedules.ExponentialDecay(0.5, 6, 0.5, staircase=True)))
by_keras("polynomial", k.SGD(k.schedules.PolynomialDecay(0.5, STEPS, 0.0, 2.0)))
by_keras("cosine", k.SGD(k.schedules.CosineDecay(0.5, STEPS)))
