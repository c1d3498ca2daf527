"""The same trainings in plain NumPy: what a notebook does, as fast as it goes without tricks.

Imported by bench/run.py.
"""
import time

import numpy as np

ACTIVATIONS = {
    "relu": (lambda z: np.maximum(0, z), lambda z, a: z > 0),
    "tanh": (np.tanh, lambda z, a: 1 - a * a),
    "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), lambda z, a: a * (1 - a)),
}


def outputs(z, loss):
    """What the loss compares with the targets; its gradient with respect to `z` is the difference for all three."""
    if loss == "bce":
        return 1 / (1 + np.exp(-z))
    if loss == "ce":
        p = np.exp(z - z.max(0))
        return p / p.sum(0)
    return z


def train(x, y, item, steps):
    """Trains on samples in rows; returns seconds per step."""
    dtype = np.float32 if item["precision"] == "f32" else np.float64
    x, y = np.ascontiguousarray(x.T, dtype), np.ascontiguousarray(y.T, dtype)
    widths, batch, lr = item["layers"], item["batch"], dtype(item["lrs"][0])
    phi, slope = ACTIVATIONS[item["activation"]]
    rng = np.random.default_rng(0)
    weights = [(rng.standard_normal((o, i)) * np.sqrt(1 / i)).astype(dtype) for i, o in zip(widths, widths[1:])]
    biases = [np.zeros((o, 1), dtype) for o in widths[1:]] if item["biases"] else []
    first = [np.zeros_like(p) for p in weights + biases]
    second = [np.zeros_like(p) for p in weights + biases]
    order, at = rng.permutation(x.shape[1]), 0
    scale = dtype(2 if item["loss"] == "mse" else 1)
    begin = time.perf_counter()
    for step in range(1, steps + 1):
        bx, by = x, y
        if batch:
            if at + batch > len(order):
                order, at = rng.permutation(x.shape[1]), 0
            bx, by = x[:, order[at:at + batch]], y[:, order[at:at + batch]]
            at += batch
        zs, activations = [], [bx]
        for layer, w in enumerate(weights):
            zs.append(w @ activations[-1] + biases[layer] if biases else w @ activations[-1])
            activations.append(phi(zs[-1]) if layer < len(weights) - 1 else zs[-1])
        d = (outputs(zs[-1], item["loss"]) - by) * (scale / bx.shape[1])
        gradients = [None] * (len(weights) + len(biases))
        for layer in reversed(range(len(weights))):
            gradients[layer] = d @ activations[layer].T
            if biases:
                gradients[len(weights) + layer] = d.sum(1, keepdims=True)
            if layer:
                d = (weights[layer].T @ d) * slope(zs[layer - 1], activations[layer])
        for p, g, m, v in zip(weights + biases, gradients, first, second):
            if item["adam"]:
                m *= 0.9
                m += 0.1 * g
                v *= 0.999
                v += 0.001 * g * g
                p -= lr * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8)
            else:
                p -= lr * g
    return (time.perf_counter() - begin) / steps
