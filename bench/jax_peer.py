"""The same trainings in JAX: the whole loop compiled by jit, many networks at once by vmap.

Imported by bench/run.py.
"""
import time
from functools import partial

import jax

jax.config.update("jax_enable_x64", True)

import jax.numpy as jnp
import numpy as np

ACTIVATIONS = {"relu": jax.nn.relu, "tanh": jnp.tanh, "sigmoid": jax.nn.sigmoid}


def forward(parameters, x, hidden, rows):
    """Logits; `rows` says that samples are rows of `x`, as JAX's users have them, and not columns."""
    for layer, (w, b) in enumerate(parameters):
        x = x @ w if rows else w.T @ x
        if b is not None:
            x = x + (b if rows else b[:, None])
        if layer < len(parameters) - 1:
            x = ACTIVATIONS[hidden](x)
    return x


def loss(parameters, x, y, hidden, kind, rows):
    z = forward(parameters, x, hidden, rows)
    if kind == "bce":
        return jnp.mean(jax.nn.softplus(z) - y * z)
    if kind == "mse":
        return jnp.mean((z - y) ** 2)
    return -jnp.mean(jnp.sum(y * jax.nn.log_softmax(z, axis=1 if rows else 0), axis=1 if rows else 0))


def update(parameters, gradient, moments, lr, step, adam):
    if not adam:
        return jax.tree.map(lambda p, g: p - lr * g, parameters, gradient), moments
    first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, moments[0], gradient)
    second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, moments[1], gradient)
    down = lr / (1 - 0.9 ** (step + 1.0))
    scale = jnp.sqrt(1 - 0.999 ** (step + 1.0))
    new = jax.tree.map(lambda p, m, v: p - down * m / (jnp.sqrt(v) / scale + 1e-8), parameters, first, second)
    return new, (first, second)


@partial(jax.jit, static_argnames=("hidden", "kind", "steps", "batch", "adam", "rows", "many"))
def run(parameters, lr, x, y, key, *, hidden, kind, steps, batch, adam, rows, many):
    """All steps of one network, or of `many` at once, each with its own parameters and learning rate."""

    def one(parameters, lr):
        moments = tuple(jax.tree.map(jnp.zeros_like, parameters) for _ in range(2 if adam else 0))

        def step(i, state):
            parameters, moments, xs, ys = state
            if batch:
                per_epoch = len(x) // batch
                epoch, at = i // per_epoch, i % per_epoch * batch
                xs, ys = jax.lax.cond(at == 0, lambda: shuffled(epoch), lambda: (xs, ys))
                bx, by = (jax.lax.dynamic_slice_in_dim(a, at, batch) for a in (xs, ys))
            else:
                bx, by = xs, ys
            gradient = jax.grad(loss)(parameters, bx, by, hidden, kind, rows)
            return *update(parameters, gradient, moments, lr, i, adam), xs, ys

        def shuffled(epoch):
            order = jax.random.permutation(jax.random.fold_in(key, epoch), len(x))
            return x[order], y[order]

        return jax.lax.fori_loop(0, steps, step, (parameters, moments, x, y))[0]

    return jax.vmap(one)(parameters, lr) if many else one(parameters, lr)


def start(widths, biases, networks, gains, dtype):
    rng = np.random.default_rng(0)
    shape = (networks,) if networks else ()
    gains = np.asarray(gains).reshape(-1, 1, 1) if networks else 1.0
    return [
        (
            jnp.asarray(rng.standard_normal((*shape, i, o)) * np.sqrt(1 / i) * gains, dtype),
            jnp.zeros((*shape, o), dtype) if biases else None,
        )
        for i, o in zip(widths, widths[1:])
    ]


def train(x, y, item, steps, together=None, rows=True):
    """Trains on samples in rows; returns seconds per step of one network. So many networks at once, or a single one."""
    dtype = jnp.float32 if item["precision"] == "f32" else jnp.float64
    x, y = (jnp.asarray(a if rows else a.T, dtype) for a in (x, y))
    lrs, gains = (np.resize(item[name], together or 1) for name in ("lrs", "gains"))
    parameters = start(item["layers"], item["biases"], together, gains, dtype)
    lr = jnp.asarray(lrs if together else lrs[0], dtype)
    compiled = partial(run, parameters, lr, x, y, jax.random.key(1), hidden=item["activation"], kind=item["loss"],
                       steps=steps, batch=item["batch"], adam=item["adam"], rows=rows, many=bool(together))
    if item_key(item, steps, together, rows) not in COMPILED:
        jax.block_until_ready(compiled())
        COMPILED.add(item_key(item, steps, together, rows))
    begin = time.perf_counter()
    jax.block_until_ready(compiled())
    return (time.perf_counter() - begin) / steps / (together or 1)


COMPILED = set()


def item_key(item, steps, together, rows):
    return item["name"], steps, together, rows


def peak(dtype, size=3000, times=3):
    """Floating-point operations per second in the product of two square matrices."""
    a = jnp.ones((size, size), dtype)
    jax.block_until_ready(multiply(a))
    begin = time.perf_counter()
    for _ in range(times):
        jax.block_until_ready(multiply(a))
    return 2 * size**3 * times / (time.perf_counter() - begin)


@jax.jit
def multiply(a):
    return a @ a
