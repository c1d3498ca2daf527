"""Models of Keras 3, on JAX or PyTorch: where they start, and why they do not.

>>> import keras, headstart.keras
>>> model = keras.Sequential([keras.Input((20,)), keras.layers.Dense(50, "relu"), keras.layers.Dense(2)])
>>> print(headstart.keras.init_(model, "he", seed=1).drawn[0].scale)  # doctest: +ELLIPSIS
0.3...
"""

from .._optional import MissingPackage, needed

try:
    needed("keras", "headstart.keras")
except ModuleNotFoundError as error:
    if error.name != "tensorflow":
        raise
    sentence = (
        "Keras runs on tensorflow, which is not installed: set KERAS_BACKEND to jax or torch before it is imported"
    )
    raise MissingPackage(sentence, name="tensorflow") from None

from ._explain import explain  # noqa: E402
from ._init import init_  # noqa: E402
from ._probe import probe  # noqa: E402

__all__ = ["explain", "init_", "probe"]
