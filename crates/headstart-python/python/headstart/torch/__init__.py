"""Models of PyTorch: where they start, and why they do not.

>>> import torch.nn as nn, headstart.torch
>>> model = nn.Sequential(nn.Linear(20, 50), nn.ReLU(), nn.Linear(50, 2))
>>> print(headstart.torch.init_(model, "he", seed=1).drawn[0].scale)  # doctest: +ELLIPSIS
0.3...
"""

from .._optional import needed

needed("torch", "headstart.torch")

from ._advise import advise, race, start_of, trainer  # noqa: E402
from ._explain import explain  # noqa: E402
from ._init import init_  # noqa: E402
from ._probe import probe  # noqa: E402

__all__ = ["advise", "explain", "init_", "probe", "race", "start_of", "trainer"]
