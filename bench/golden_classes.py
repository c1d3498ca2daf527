"""Makes the figures of classes, class weights and trainings with them that the tests compare with.

    pip install numpy scikit-learn
    python bench/golden_classes.py > crates/headstart/tests/golden/classes.jsonl

Figures and balanced weights are scikit-learn's. The trainings are plain NumPy: the loss of a batch is the sum of the
weighted losses divided by the number of samples, which is Keras' `class_weight` (`PyTorch` divides by the sum of the
weights); with scikit-learn's balanced weights both are `sklearn.metrics.log_loss` with `sample_weight`, which is checked here.
"""
import json

import numpy as np
from sklearn.metrics import balanced_accuracy_score, f1_score, log_loss, roc_auc_score
from sklearn.utils.class_weight import compute_class_weight

rng = np.random.default_rng(16)


def show(**what):
    print(json.dumps({key: value.tolist() if isinstance(value, np.ndarray) else value for key, value in what.items()}))


# Scores with many ties, few, and none; shares of the second class from rare to most.
for digits in (0, 1, 15):
    for share in (0.03, 0.5, 0.9):
        y = (rng.random(120) < share).astype(int)
        y[:2] = [0, 1]
        scores = np.round(rng.normal(size=120) + 0.8 * y - 0.3, digits)
        chosen = (scores > 0).astype(int)
        show(kind="two", y=y, scores=scores, balanced_accuracy=float(balanced_accuracy_score(y, chosen)),
             f1=float(f1_score(y, chosen)), auc=float(roc_auc_score(y, scores)))
for classes in (3, 5):
    y = rng.choice(classes, size=60, p=[0.8] + [0.2 / (classes - 1)] * (classes - 1))
    scores = np.round(rng.normal(size=(60, classes)) + np.eye(classes)[y], 3)
    show(kind="several", y=y, scores=scores, balanced_accuracy=float(balanced_accuracy_score(y, scores.argmax(1))))


def forward(x, parameters, output):
    a = [x]
    for i, (w, b) in enumerate(parameters):
        z = a[-1] @ w.T + b
        a.append(np.tanh(z) if i + 1 < len(parameters) else z)
    z = a[-1]
    if output == "sigmoid":
        return a, 1 / (1 + np.exp(-z))
    e = np.exp(z - z.max(1, keepdims=True))
    return a, e / e.sum(1, keepdims=True)


def train(x, y, parameters, output, weights, lr, steps):
    """Gradient descent on the mean of the weighted cross-entropies; the loss before each step."""
    n = len(x)
    target = y[:, None].astype(float) if output == "sigmoid" else np.eye(len(weights))[y]
    w = weights[y][:, None] / n
    losses = []
    for _ in range(steps):
        a, p = forward(x, parameters, output)
        each = target * np.log(p) + ((1 - target) * np.log1p(-p) if output == "sigmoid" else 0)
        losses.append(float(-(w * each).sum()))
        delta = w * (p - target)
        updated = []
        for i in range(len(parameters) - 1, -1, -1):
            weight, bias = parameters[i]
            updated.append((weight - lr * delta.T @ a[i], bias - lr * delta.sum(0)))
            delta = (delta @ weight) * (1 - a[i] ** 2)
        parameters = updated[::-1]
    return losses


# Narrow features, and more of them than samples, which are trained through the Gram matrix.
for inputs, classes, n in ((4, 2, 40), (66, 2, 20), (4, 4, 40), (66, 3, 20)):
    output = "sigmoid" if classes == 2 else "softmax"
    widths = [inputs, 5, 1 if classes == 2 else classes]
    y = np.minimum(rng.geometric(0.6, size=n) - 1, classes - 1)
    y[:classes] = np.arange(classes)
    x = np.round(rng.normal(size=(n, inputs)) + 0.5 * y[:, None], 3)
    parameters = [(np.round(rng.normal(size=(b, a)) / np.sqrt(a), 4), np.zeros(b)) for a, b in zip(widths, widths[1:])]
    balanced = compute_class_weight("balanced", classes=np.arange(classes), y=y)
    given = np.round(rng.uniform(0.2, 5, size=classes), 2)
    for name, weights in (("balanced", balanced), ("given", given)):
        losses = train(x, y, parameters, output, weights, 0.3, 20)
        if name == "balanced":
            p = forward(x, parameters, output)[1]
            p = np.hstack([1 - p, p]) if classes == 2 else p
            assert abs(log_loss(y, p, sample_weight=weights[y]) - losses[0]) < 1e-12
        show(kind="training", x=x, y=y, parameters=[w.tolist() for w, _ in parameters], weights=weights,
             balanced=name == "balanced", losses=losses)
