"""Makes the golden draws of classification and regression from scikit-learn 1.9.

    pip install numpy scikit-learn
    python bench/golden_problems.py > crates/headstart/src/data/builtin/problems.golden
"""
import numpy as np
from sklearn import datasets as sk


def tell(words, x, y):
    rows, columns = [0, 1, -2, -1], [0, 1, -2, -1]
    numbers = [*x[np.ix_(rows, columns)].ravel(), *y[rows], ((np.arange(len(y)) + 1) * y).sum(),
               (x * (np.arange(x.shape[1]) + 1)).sum()]
    print(*words[:-1], f"{words[-1]}:", *(repr(float(number)) for number in numbers))


print("# name, arguments and seed: the first and last two features of the first and last two samples, their labels, the sum")
print("# of label times position, the sum of features times the position of their column; made by bench/golden_problems.py")
for shape in [(100, 20, 2, 2, 2, 0.01, 1.0), (400, 20, 2, 2, 2, 0.01, 1.0), (300, 2, 2, 2, 1, 0.0, 2.0),
              (301, 3, 2, 3, 1, 0.2, 0.5), (250, 20, 5, 5, 3, 0.01, 1.0), (500, 40, 12, 3, 2, 0.01, 1.5),
              (200, 50, 33, 4, 2, 0.05, 1.0), (90, 31, 31, 2, 2, 0.01, 1.0)]:
    samples, features, informative, classes, clusters, flip, separation = shape
    for seed in (1, 7, 4294967295):
        np.random.seed(seed)
        x, y = sk.make_classification(samples, features, n_informative=informative,
                                      n_redundant=min(2, features - informative), n_classes=classes,
                                      n_clusters_per_class=clusters, flip_y=flip, class_sep=separation)
        tell(["classification", *shape, seed], x, y)
for shape in [(100, 100, 10, 0.0), (400, 100, 10, 5.0), (50, 2, 2, 0.5), (301, 7, 3, 20.0)]:
    samples, features, informative, noise = shape
    for seed in (1, 7, 4294967295):
        np.random.seed(seed)
        x, y = sk.make_regression(samples, features, n_informative=informative, noise=noise)
        tell(["regression", *shape, seed], x, y)
