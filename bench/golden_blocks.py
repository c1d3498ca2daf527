"""Prints the losses along trainings of networks of blocks by PyTorch, for the engine's tests.

    pip install torch
    python bench/golden_blocks.py > crates/headstart-engine/tests/golden/blocks.txt

Weights, gains and samples are sines of their places, in float64. A line is the optimizer, the shape, the network, and behind a semicolon
the loss before each of its steps, then the loss on the training samples after the last one as the network answers when it is not training.
"""

import math

import torch
import torch.nn.functional as F

SAMPLES, STEPS = 12, 10
DOUBLE = {"dtype": torch.float64}


def sines(count, shape, a, b, by):
    return torch.tensor([by * math.sin(a * i + b) for i in range(count)], **DOUBLE).reshape(shape)


class Layers:
    """Parameters in the order of the engine: of each layer weights and biases, and behind them those of the normalizations before it."""

    def __init__(self):
        self.number, self.norms, self.parameters = 0, 0, []

    def tensor(self, shape, a, b, by, plus=0.0):
        count = math.prod(shape)
        tensor = (sines(count, shape, a, b, by) + plus).requires_grad_()
        self.parameters.append(tensor)
        return tensor

    def layer(self, shape):
        scale = 1.5 / math.sqrt(math.prod(shape[1:]))
        self.number += 1
        return self.tensor(shape, 1.3, self.number, scale), self.tensor(shape[:1], 3.1, self.number, 0.1)

    def norm(self, channels):
        self.norms += 1
        return self.tensor((channels,), 0.7, self.norms, 0.2, 1.0), self.tensor((channels,), 1.9, self.norms, 0.1)


def lenet(n):
    (a, b), (c, d), (e, f) = n.layer((3, 1, 3, 3)), n.layer((4, 3, 3, 3)), n.layer((2, 16))

    def net(x, train):
        x = F.max_pool2d(torch.tanh(F.conv2d(x, a, b, padding=1)), 2)
        x = torch.relu(F.conv2d(F.pad(x, (0, 1, 0, 1)), c, d, stride=2))
        return x.flatten(1) @ e.T + f

    return net


def groups(n):
    (a, b), (c, d), (e, f) = n.layer((4, 2, 3, 2)), n.layer((6, 2, 1, 1)), n.layer((2, 6))

    def net(x, train):
        x = torch.tanh(F.conv2d(x, a, b))
        x = F.avg_pool2d(torch.tanh(F.conv2d(x, c, d, groups=2)), (2, 2), stride=1)
        return x.mean((2, 3)) @ e.T + f

    return net


def sequence(n):
    (a, b), (c, d), (e, f) = n.layer((3, 2, 3)), n.layer((3, 3, 5)), n.layer((2, 12))

    def net(x, train):
        x = F.gelu(F.conv1d(F.pad(x, (1, 1), mode="circular"), a, b))
        x = F.conv1d(F.pad(x, (1, 2)), c, d, stride=2)
        return torch.tanh(x).flatten(1) @ e.T + f

    return net


def residual(n):
    (a, b), (c, d), (e, f), (g, h) = n.layer((5, 3)), n.layer((7, 5)), n.layer((5, 7)), n.layer((2, 5))

    def net(x, train):
        x = x @ a.T + b
        x = x + (torch.tanh(x) @ c.T + d).relu() @ e.T + f
        return torch.tanh(x) @ g.T + h

    return net


def layer_norm(n):
    a, b = n.layer((5, 3))
    blocks = []
    for _ in range(2):
        w = n.layer((5, 5))
        blocks.append((w, n.norm(5)))
    e, f = n.layer((2, 5))

    def net(x, train):
        x = x @ a.T + b
        for (w, v), (gain, shift) in blocks:
            x = x + torch.relu(F.layer_norm(x, (5,), gain, shift)) @ w.T + v
        return x @ e.T + f

    return net


def rms_norm(n):
    a, b = n.layer((5, 3))
    c, d = n.layer((2, 5))
    gain, _ = n.norm(5)
    n.parameters.pop()

    def net(x, train):
        return torch.tanh(F.rms_norm(x @ a.T + b, (5,), gain, eps=1e-5)) @ c.T + d

    return net


def batch_norm(n):
    a, b = n.layer((3, 1, 3, 3))
    c, d = n.layer((4, 3, 3, 3))
    first = (*n.norm(3), torch.zeros(3, **DOUBLE), torch.ones(3, **DOUBLE))
    e, f = n.layer((2, 4))
    second = (*n.norm(4), torch.zeros(4, **DOUBLE), torch.ones(4, **DOUBLE))

    def normalize(x, of, train):
        gain, shift, mean, variance = of
        return F.batch_norm(x, mean, variance, gain, shift, training=train)

    def net(x, train):
        x = torch.relu(normalize(F.conv2d(x, a, b, padding=1), first, train))
        x = F.conv2d(F.pad(x, (0, 1, 0, 1)), c, d, stride=2).mean((2, 3))
        return torch.relu(normalize(x, second, train)) @ e.T + f

    return net


def spatial_norm(n):
    a, b = n.layer((4, 1, 3, 3))
    c, d = n.layer((2, 4))
    gain, shift = n.norm(4)

    def net(x, train):
        x = F.group_norm(F.conv2d(x, a, b, padding=1), 1, gain, shift)
        return torch.relu(x).mean((2, 3)) @ c.T + d

    return net


NETWORKS = [
    (lenet, (1, 8, 8), "conv 3x3 3 tanh | max-pool 2x2 | conv 3x3 4 /2 relu | dense 2"),
    (groups, (2, 5, 5), "conv 3x2 4 valid tanh | conv 1x1 6 groups=2 tanh | mean-pool 2x2 /1 | gap | dense 2"),
    (sequence, (2, 8), "conv 3 3 circular gelu | conv 5 3 /2 tanh | dense 2"),
    (residual, (3,), "dense 5 | [ tanh | dense 7 relu | dense 5 ] | tanh | dense 2"),
    (layer_norm, (3,), "dense 5 | [ norm layer | relu | dense 5 ] x2 | dense 2"),
    (rms_norm, (3,), "dense 5 | norm rms | tanh | dense 2"),
    (batch_norm, (1, 6, 6), "conv 3x3 3 | norm batch | relu | conv 3x3 4 /2 | gap | norm batch | relu | dense 2"),
    (spatial_norm, (1, 6, 6), "conv 3x3 4 | norm layer | relu | gap | dense 2"),
]
OPTIMIZERS = {
    "sgd": lambda parameters: torch.optim.SGD(parameters, lr=0.1, momentum=0.9),
    "adam": lambda parameters: torch.optim.Adam(parameters, lr=0.01),
}

for make, shape, text in NETWORKS:
    for name, optimizer in OPTIMIZERS.items():
        layers = Layers()
        net = make(layers)
        # Samples lie with their channels last, place by place.
        if len(shape) == 1:
            x = sines(SAMPLES * shape[0], (SAMPLES, *shape), 1.7, 0.3, 1.0)
        else:
            last = sines(SAMPLES * math.prod(shape), (SAMPLES, *shape[1:], shape[0]), 1.7, 0.3, 1.0)
            x = last.movedim(-1, 1).contiguous()
        y = torch.tensor([(i * i + i // 3) % 2 for i in range(SAMPLES)])
        rule, losses = optimizer(layers.parameters), []
        for _ in range(STEPS):
            rule.zero_grad()
            loss = F.cross_entropy(net(x, True), y)
            loss.backward()
            rule.step()
            losses.append(loss.item())
        losses.append(F.cross_entropy(net(x, False), y).item())
        told = "x".join(map(str, (*shape[1:], shape[0])))
        print(f"{name}; {told}; {text};", *(repr(loss) for loss in losses))
