"""Headstart's optimizers against JAX with optax on MNIST's shape: ratios of steps per second, in one run.

    python3 bench/optimizers.py [ROUNDS] [NAME ...]

Makes a virtual environment with the pinned requirements and a release build, both under target/. 784-128-64-10, relu, batches of
128 of 8,000 samples, float64, with all that goes with it (decay of adamw and lion; dropout and clipping in rows of their own), both
sides with two threads. A step's time is the difference of a long and a short run, alternating, medians over the rounds; JAX's
compilation does not count. lbfgs takes all samples at every step, on both sides without a line search.
"""
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

import run

SHAPE = [784, 128, 64, 10]
SAMPLES, BATCH = 8000, 128
# Of a short and a long run.
STEPS = {None: (100, 700), "lbfgs": (4, 20)}
ROWS = {
    "adam": ("optax.adam(1e-3)", []),
    "adamw": ("optax.adamw(1e-3, weight_decay=0.01)", []),
    "nadam": ("optax.nadam(1e-3)", []),
    "adamax": ("optax.adamax(1e-3)", []),
    "adagrad": ("optax.adagrad(1e-2)", []),
    "adadelta": ("optax.adadelta(1.0)", []),
    "lion": ("optax.lion(1e-4, weight_decay=0.01)", ["--weight-decay", "0.01"]),
    "adam, clipped": ("optax.chain(optax.clip_by_global_norm(1.0), optax.adam(1e-3))", ["--clip", "1"]),
    "adam, dropout": ("optax.adam(1e-3)", ["--dropout", "0.2"]),
    "lbfgs": ("optax.lbfgs(0.5, memory_size=10, linesearch=None)", ["--lr", "0.5"]),
}


def ours(path, name, more, steps):
    command = [os.path.join(run.RELEASE, "headstart"), "train", "--data", path, "--layers", ",".join(map(str, SHAPE)),
               "--optimizer", name.split(",")[0], "--steps", str(steps), "--record-every", str(steps), "--threads", "2",
               "--preprocess", "none", "--format", "json", *more]
    if name != "lbfgs":
        command += ["--batch", str(BATCH)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)["runs"][0]["seconds"]


def peer(x, y, name, rule):
    """A function of a number of steps that trains so long in JAX."""
    import jax
    import jax.numpy as jnp
    import numpy as np
    import optax

    optimizer = eval(rule)
    rng = np.random.default_rng(0)
    start = [(jnp.asarray(rng.standard_normal((i, o)) / np.sqrt(i)), jnp.zeros(o)) for i, o in zip(SHAPE, SHAPE[1:])]
    x, y = jnp.asarray(x), jnp.asarray(y)
    share = 0.2 if "dropout" in name else 0.0

    def loss(parameters, x, y, key):
        for layer, (w, b) in enumerate(parameters):
            x = x @ w + b
            if layer < len(parameters) - 1:
                x = jax.nn.relu(x)
                if share:
                    key, own = jax.random.split(key)
                    x = x * jax.random.bernoulli(own, 1 - share, x.shape) / (1 - share)
        return optax.softmax_cross_entropy_with_integer_labels(x, y).mean()

    def step(i, state):
        parameters, moments, xs, ys = state
        key = jax.random.fold_in(jax.random.key(1), i)
        if name == "lbfgs":
            bx, by = xs, ys
        else:
            epoch, at = i // (SAMPLES // BATCH), i % (SAMPLES // BATCH) * BATCH
            order = lambda: jax.random.permutation(jax.random.fold_in(jax.random.key(2), epoch), SAMPLES)
            xs, ys = jax.lax.cond(at == 0, lambda: (lambda o: (x[o], y[o]))(order()), lambda: (xs, ys))
            bx, by = (jax.lax.dynamic_slice_in_dim(a, at, BATCH) for a in (xs, ys))
        gradient = jax.grad(loss)(parameters, bx, by, key)
        updates, moments = optimizer.update(gradient, moments, parameters)
        return optax.apply_updates(parameters, updates), moments, xs, ys

    @jax.jit
    def train(steps):
        return jax.lax.fori_loop(0, steps, step, (start, optimizer.init(start), x, y))[0]

    def timed(steps):
        begin = time.perf_counter()
        jax.block_until_ready(train(steps))
        return time.perf_counter() - begin

    timed(1)
    return timed


def main(words):
    import jax
    import numpy as np

    jax.config.update("jax_enable_x64", True)
    rounds = int(words.pop(0)) if words and words[0].isdigit() else 3
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((SAMPLES, SHAPE[0])), rng.integers(0, SHAPE[-1], SAMPLES)
    print(f"{'steps per second':18}{'JAX, optax':>12}{'Headstart':>12}{'ratio':>7}")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "data.npz")
        np.savez(path, x_train=x, y_train=y, x_test=x[:2], y_test=y[:2])
        for name in words or ROWS:
            rule, more = ROWS[name]
            theirs = peer(x, y, name, rule)
            short, long = STEPS.get(name, STEPS[None])
            of_step = lambda train: (train(long) - train(short)) / (long - short)
            pairs = [(of_step(theirs), of_step(lambda steps: ours(path, name, more, steps))) for _ in range(rounds)]
            jax_, own = (statistics.median(times) for times in zip(*pairs))
            print(f"{name:18}{1 / jax_:12,.1f}{1 / own:12,.1f}{jax_ / own:7.2f}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] != ["--prepared"]:
        run.prepare(__file__)
    main(sys.argv[2:])
