"""Headstart against JAX on networks of blocks: residual, normalized and convolutional, alternating, medians over several rounds.

    python3 bench/blocks.py [ROUNDS] [ITEM ...]

As bench/run.py has it: steps per second of one network, or of all networks together where there are several, and the ratio. JAX has its
whole loop compiled by jit, or each step, whichever is faster (convolutions within a compiled loop are slow there), and the time of compiling
does not count; samples lie with their channels last, which is what XLA likes best.
"""

import json
import os
import statistics
import sys
import tempfile
import time

import run

MNIST = {"samples": 4000, "shape": (28, 28, 1), "outputs": 10, "batch": 128}
CIRCLES = {"samples": 300, "shape": (2,), "outputs": 1, "batch": None}
DIGITS = {"samples": 400, "shape": (8, 8, 1), "outputs": 10, "batch": 64}
LENET = "conv 5x5 6 tanh | mean-pool 2x2 | conv 5x5 16 valid tanh | mean-pool 2x2 | dense 120 tanh | dense 84 tanh | dense 10"
SMALL = "dense 8 | [ relu | dense 8 ] x6 | relu | dense 1"


def item(name, network, steps, data, **more):
    """`steps`: of Headstart and of JAX. `networks` of them at once, in JAX by vmap in each of the sizes in `together`: 0 is one without vmap,
    "steps" one whose steps are compiled and not its loop."""
    defaults = {"precision": "f64", "networks": 1, "threads": 2, "together": [0, "steps"], "adam": False}
    return {"name": name, "network": network, "steps": steps, **data, **defaults, **more}


ITEMS = [
    item("LeNet, MNIST shape", LENET, (60, 30), MNIST),
    item("LeNet, MNIST shape, f32", LENET, (100, 50), MNIST, precision="f32"),
    item("conv 16-32, MNIST shape", "conv 3x3 16 relu | conv 3x3 32 /2 relu | gap | dense 10", (40, 20), MNIST),
    item("conv 20 x 8, digits shape", "conv 3x3 8 relu x20 | gap | dense 10", (60, 30), DIGITS),
    item("residual 20 x 100", "dense 100 | [ relu | dense 100 ] x20 | relu | dense 10", (150, 60), MNIST),
    item("pre-norm 20 x 100", "dense 100 | [ norm layer | relu | dense 100 ] x20 | norm layer | relu | dense 10", (120, 50), MNIST),
    item("batch-norm 20 x 100", "( dense 100 | norm batch | relu ) x20 | dense 10", (120, 50), MNIST),
    item("residual 6 x 8, one", SMALL, (20_000, 2000), CIRCLES, threads=1),
    item("residual 6 x 8, x 1000", SMALL, (300, 600), CIRCLES, networks=1000, together=[0, 8, 32, 256]),
    item(
        "batch-norm 4 x 8, x 1000",
        "( dense 8 | norm batch | tanh ) x4 | dense 1",
        (300, 600),
        CIRCLES,
        networks=1000,
        together=[0, 8, 32, 256],
    ),
    item(
        "conv 4-8, digits, x 100",
        "conv 3x3 4 relu | max-pool 2x2 | conv 3x3 8 relu | gap | dense 10",
        (200, 200),
        DIGITS,
        networks=100,
        together=[0, 8, 32],
    ),
]


def items(text):
    """The items between bars, those within brackets together."""
    depth, start, parts = 0, 0, []
    for at, letter in enumerate(text):
        depth += (letter in "[(") - (letter in "])")
        if letter == "|" and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    return [part.strip() for part in [*parts, text[start:]]]


class Net:
    """A network of the grammar in JAX, as its users write it: pure functions of parameters."""

    def __init__(self, text, shape):
        self.parameters, self.shape = [], shape
        self.apply = self.sequence(text)

    def parameter(self, shape, fan_in=None):
        import numpy as np

        rng = np.random.default_rng(len(self.parameters))
        drawn = rng.standard_normal(shape) / fan_in**0.5 if fan_in else np.zeros(shape)
        self.parameters.append(drawn)
        return len(self.parameters) - 1

    def sequence(self, text):
        layers = [layer for part in items(text) for layer in self.repeated(part)]

        def apply(p, x):
            for layer in layers:
                x = layer(p, x)
            return x

        return apply

    def repeated(self, part):
        head, _, times = part.rpartition(" x")
        times = int(times) if head and times.isdigit() else 1
        part = head.strip() if times > 1 else part
        return [layer for _ in range(times) for layer in self.piece(part)]

    def piece(self, part):
        import jax
        import jax.numpy as jnp

        bend = {"relu": jax.nn.relu, "tanh": jnp.tanh}
        if part[0] == "(":
            return [self.sequence(part[1:-1])]
        if part[0] == "[":
            branch = self.sequence(part[1:-1])
            return [lambda p, x: x + branch(p, x)]
        words = part.split()
        if words[0] in bend:
            return [lambda p, x: bend[words[0]](x)]
        if words[0] == "dense":
            (count,) = self.shape if len(self.shape) == 1 else (self.shape[0] * self.shape[1] * self.shape[2],)
            self.shape = (int(words[1]),)
            w, b = self.parameter((count, *self.shape), count), self.parameter(self.shape)
            dense = lambda p, x: x.reshape(len(x), -1) @ p[w] + p[b]
            return [dense, *([lambda p, x: bend[words[2]](x)] if len(words) > 2 else [])]
        if words[0] == "conv":
            k, channels, rest = int(words[1].split("x")[0]), int(words[2]), words[3:]
            height, width, inputs = self.shape
            w, b = self.parameter((k, k, inputs, channels), k * k * inputs), self.parameter((channels,))
            stride = next((int(word[1:]) for word in rest if word[0] == "/"), 1)
            padding = "VALID" if "valid" in rest else "SAME"
            size = lambda n: (n - k) // stride + 1 if padding == "VALID" else -(-n // stride)
            self.shape = (size(height), size(width), channels)
            names = ("NHWC", "HWIO", "NHWC")
            conv = lambda p, x: jax.lax.conv_general_dilated(x, p[w], (stride, stride), padding, dimension_numbers=names) + p[b]
            return [conv, *(lambda p, x, f=bend[word]: f(x) for word in rest if word in bend)]
        if words[0].endswith("pool"):
            height, width, channels = self.shape
            self.shape = (height // 2, width // 2, channels)
            window = ((1, 2, 2, 1), (1, 2, 2, 1), "VALID")
            if words[0] == "max-pool":
                return [lambda p, x: jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, *window)]
            return [lambda p, x: jax.lax.reduce_window(x, 0.0, jax.lax.add, *window) / 4]
        if words[0] == "gap":
            self.shape = self.shape[2:]
            return [lambda p, x: x.mean((1, 2))]
        gain, shift = self.parameter(self.shape[-1:]), self.parameter(self.shape[-1:])
        self.parameters[gain] = self.parameters[gain] + 1
        axes = 0 if words[1] == "batch" else -1

        def norm(p, x):
            x = x - x.mean(axes, keepdims=True)
            return x / jnp.sqrt((x * x).mean(axes, keepdims=True) + 1e-5) * p[gain] + p[shift]

        return [norm]


def jax_run(item, x, y, steps, together):
    """Seconds per step of one network in JAX."""
    import jax
    import jax.numpy as jnp

    dtype = jnp.float32 if item["precision"] == "f32" else jnp.float64
    net = Net(item["network"], item["shape"])
    parameters = [jnp.asarray(p, dtype) for p in net.parameters]
    x, y, batch = jnp.asarray(x.reshape(-1, *item["shape"]), dtype), jnp.asarray(y, dtype), item["batch"]

    def loss(p, x, y):
        z = net.apply(p, x)
        if item["outputs"] == 1:
            return jnp.mean(jax.nn.softplus(z) - y * z)
        return -jnp.mean(jnp.sum(y * jax.nn.log_softmax(z), 1))

    def gradient_step(p, bx, by):
        return jax.tree.map(lambda p, g: p - 0.01 * g, p, jax.grad(loss)(p, bx, by))

    def one(p):
        def step(i, state):
            p, xs, ys = state
            if batch:
                per_epoch = len(x) // batch
                at = i % per_epoch * batch
                order = lambda: jax.random.permutation(jax.random.fold_in(jax.random.key(1), i // per_epoch), len(x))
                shuffled = lambda: (lambda o: (x[o], y[o]))(order())
                xs, ys = jax.lax.cond(at == 0, shuffled, lambda: (xs, ys))
                bx, by = (jax.lax.dynamic_slice_in_dim(a, at, batch) for a in (xs, ys))
            else:
                bx, by = xs, ys
            return gradient_step(p, bx, by), xs, ys

        return jax.lax.fori_loop(0, steps, step, (p, x, y))[0]

    key = (item["name"], steps, together)
    if together == "steps":
        # Each step compiled, called from Python; always the first batch.
        bx, by = x[: batch or len(x)], y[: batch or len(x)]
        compiled = COMPILED.setdefault(key, jax.jit(gradient_step).lower(parameters, bx, by).compile())
        begin = time.perf_counter()
        for _ in range(steps):
            parameters = compiled(parameters, bx, by)
        jax.block_until_ready(parameters)
        return (time.perf_counter() - begin) / steps
    if together:
        parameters = [jnp.broadcast_to(p, (together, *p.shape)) for p in parameters]
    if key not in COMPILED:
        COMPILED[key] = jax.jit(jax.vmap(one) if together else one).lower(parameters).compile()
        jax.block_until_ready(COMPILED[key](parameters))
    begin = time.perf_counter()
    jax.block_until_ready(COMPILED[key](parameters))
    return (time.perf_counter() - begin) / steps / (together or 1)


COMPILED = {}


def measure(item, rounds, folder):
    import numpy as np

    rng = np.random.default_rng(1)
    features = int(np.prod(item["shape"]))
    x = rng.standard_normal((item["samples"], features))
    classes = rng.integers(0, max(2, item["outputs"]), item["samples"])
    y = np.eye(item["outputs"])[classes] if item["outputs"] > 1 else classes.reshape(-1, 1).astype(float)
    path = os.path.join(folder, "data.npz")
    np.savez(path, x_train=x, y_train=classes, x_test=x[:2], y_test=classes[:2])
    shape = ",".join(map(str, item["shape"])) if len(item["shape"]) > 1 else None
    given = {**item, "shape": shape, "loss": "ce" if item["outputs"] > 1 else "bce", "biases": True, "lrs": [0.01], "gains": [1.0]}
    ours, theirs = [], {together: [] for together in item["together"]}
    for _ in range(rounds):
        for together, times in theirs.items():
            times.append(
                jax_run(item, x, y, max(10, item["steps"][1] // (together if isinstance(together, int) and together else 1)), together)
            )
        ours.append(run.headstart(path, {**given, "steps": item["steps"]}))
    return statistics.median(ours), min(statistics.median(times) for times in theirs.values())


def main(rounds="3", *names):
    import jax

    jax.config.update("jax_enable_x64", True)
    print(f"{'steps per second':28}{'JAX':>12}{'Headstart':>12}{'/JAX':>6}")
    with tempfile.TemporaryDirectory() as folder:
        for item in ITEMS:
            if not names or item["name"].startswith(names):
                ours, theirs = measure(item, int(rounds), folder)
                print(f"{item['name']:28}{run.rate(theirs)}{run.rate(ours)}{theirs / ours:6.1f}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] != ["--prepared"]:
        run.prepare(__file__)
    main(*sys.argv[2:])
