"""Makes the golden draws of the built-in data from scikit-learn 1.9 and, for the flower, from the course's formula.

    pip install numpy scikit-learn
    python bench/golden_data.py > crates/headstart/src/data/builtin.golden
"""
import numpy as np
from sklearn import datasets as sk


def flower(samples, noise):
    x, y = [], []
    for j, n in enumerate(((samples + 1) // 2, samples // 2)):
        t = np.linspace(j * 3.12, (j + 1) * 3.12, n) + np.random.randn(n) * noise
        r = 4 * np.sin(4 * t) + np.random.randn(n) * noise
        x.append(np.c_[r * np.sin(t), r * np.cos(t)])
        y += [j] * n
    return np.vstack(x), np.array(y)


draw = {
    "circles": lambda n, noise, centers: sk.make_circles(n_samples=n, noise=noise),
    "moons": lambda n, noise, centers: sk.make_moons(n_samples=n, noise=noise),
    "blobs": lambda n, noise, centers: sk.make_blobs(n_samples=n, n_features=2, centers=centers, cluster_std=noise),
    "quantiles": lambda n, noise, centers: sk.make_gaussian_quantiles(cov=0.5, n_samples=n, n_features=2, n_classes=2),
    "flower": lambda n, noise, centers: flower(n, noise),
}
print("# name samples noise centers seed: coordinates of the first and last three samples, their classes,")
print("# the sum of class times position, the sum of all coordinates; made by bench/golden_data.py")
for name, noises in [("circles", (0.05, 0.0)), ("moons", (0.2, 0.0)), ("blobs", (1.0, 0.3)), ("quantiles", (0.0,)),
                     ("flower", (0.2, 0.1))]:
    for noise in noises:
        for samples in (7, 100, 300, 1001):
            for seed in (1, 2, 7, 4294967295):
                np.random.seed(seed)
                x, y = draw[name](samples, noise, 6)
                ends = [*x[:3].ravel(), *x[-3:].ravel()], [*y[:3], *y[-3:]]
                weighted = int(((np.arange(len(y)) + 1) * y).sum())
                numbers = [*map(repr, map(float, ends[0])), *map(str, ends[1]), weighted, repr(float(x.sum()))]
                print(name, samples, noise, 6, f"{seed}:", *numbers)
