"""What a training ended with: a network that says something of new samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import _data, _native
from ._types import Data
from .errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Model"]


class Model:
    """A trained network, and what has to be done to samples before: columns, missing cells, scaling. It knows no samples.

    >>> import headstart
    >>> model = headstart.train("iris", init="he", steps=500).model
    >>> model.predict([[5.1, 3.5, 1.4, 0.2], [6.3, 2.9, 5.6, 1.8]]).tolist()
    ['setosa', 'virginica']
    """

    def __init__(self, native: _native.Model) -> None:
        self._native = native

    @property
    def classes(self) -> list[str] | None:
        """The classes, in the order of the columns of `outputs`; None of a regression."""
        return self._native.classes()

    @property
    def labels(self) -> list[str]:
        """The names of the label columns of the training data; empty where they have none."""
        return self._native.labels()

    @property
    def has_probabilities(self) -> bool:
        """Whether `outputs` are probabilities of classes."""
        return self._native.has_probabilities()

    @property
    def layers(self) -> list[tuple[NDArray[np.float64], NDArray[np.float64], float | None]]:
        """Layer by layer the weights (outputs x inputs), the biases (empty without any) and the learned slope, if there is one."""
        return self._native.layers()

    def outputs(self, data: Data) -> NDArray[np.float64]:
        """What it says of raw samples: samples x outputs.

        Of classes the probabilities, where the output is a sigmoid or softmax (a single sigmoid has two columns); of a regression
        the numbers, in the targets' own units.
        """
        return self._native.outputs("data", _samples(data))

    def predict(self, data: Data) -> NDArray[Any]:
        """The class of each raw sample; of a regression the numbers, one for each sample or samples x targets.

        Classes are told by their names; where all of these are numbers, as those numbers.
        """
        import numpy as np

        classes = self.classes
        if classes is not None:
            return np.array(_as_numbers(classes) or classes)[self.indices(data)]
        outputs = self.outputs(data)
        return outputs[:, 0] if outputs.shape[1] == 1 else outputs

    def indices(self, data: Data) -> NDArray[np.int64]:
        """The class of each raw sample by its place among `classes`, chosen as the accuracy counts it."""
        chosen = self._native.predict("data", _samples(data))
        if chosen is None:
            raise UsageError("this model is of a regression: it has no classes")
        return chosen

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickled, (self._native.to_bytes(),)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Model) and self._native.to_bytes() == other._native.to_bytes()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        what = "numbers" if self.classes is None else f"{len(self.classes)} classes"
        widths = [weights.shape[1] for weights, *_ in self.layers] + [self.layers[-1][0].shape[0]]
        return f"<Model: {'-'.join(map(str, widths))}, {what}>"


def _samples(data: Data) -> _native.Source:
    if not _data.is_in_memory(data):
        raise UsageError(f"data is {data!r}; samples in memory are needed: an array or a frame")
    return _data.source("data", data)


def _as_numbers(names: list[str]) -> list[int] | list[float] | None:
    """Names as the numbers that they are; None where one is not."""
    for number in (int, float):
        try:
            return [number(name) for name in names]
        except ValueError:
            continue
    return None


def _unpickled(packed: bytes) -> Model:
    return Model(_native.Model.from_bytes(packed))
