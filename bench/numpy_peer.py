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


def train(x, y, widths, hidden, lr, steps, batch=None, adam=False):
    """Trains on samples in columns; returns seconds per step. One output is a sigmoid, several are a softmax."""
    phi, slope = ACTIVATIONS[hidden]
    rng = np.random.default_rng(0)
    weights = [rng.standard_normal((o, i)) * np.sqrt(1 / i) for i, o in zip(widths, widths[1:])]
    biases = [np.zeros((o, 1)) for o in widths[1:]]
    first = [np.zeros_like(p) for p in weights + biases]
    second = [np.zeros_like(p) for p in weights + biases]
    order, at = rng.permutation(x.shape[1]), 0
    begin = time.perf_counter()
    for step in range(1, steps + 1):
        bx, by = x, y
        if batch:
            if at + batch > len(order):
                order, at = rng.permutation(x.shape[1]), 0
            bx, by = x[:, order[at:at + batch]], y[:, order[at:at + batch]]
            at += batch
        zs, activations = [], [bx]
        for layer, (w, b) in enumerate(zip(weights, biases)):
            zs.append(w @ activations[-1] + b)
            activations.append(phi(zs[-1]) if layer < len(weights) - 1 else zs[-1])
        z = zs[-1]
        if len(z) == 1:
            p = 1 / (1 + np.exp(-z))
        else:
            p = np.exp(z - z.max(0))
            p /= p.sum(0)
        d = (p - by) / bx.shape[1]
        gradients = [None] * (2 * len(weights))
        for layer in reversed(range(len(weights))):
            gradients[layer] = d @ activations[layer].T
            gradients[len(weights) + layer] = d.sum(1, keepdims=True)
            if layer:
                d = (weights[layer].T @ d) * slope(zs[layer - 1], activations[layer])
        for p, g, m, v in zip(weights + biases, gradients, first, second):
            if adam:
                m *= 0.9
                m += 0.1 * g
                v *= 0.999
                v += 0.001 * g * g
                p -= lr * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8)
            else:
                p -= lr * g
    return (time.perf_counter() - begin) / steps
