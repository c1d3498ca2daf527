"""Networks as estimators of scikit-learn: in pipelines, in grid searches, in joblib's processes.

>>> from headstart.sklearn import HeadstartClassifier
>>> from sklearn.datasets import load_iris
>>> x, y = load_iris(return_X_y=True)
>>> HeadstartClassifier(hidden=(10,), random_state=0).fit(x, y).score(x, y) > 0.9
True
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from ._calls import advise, train
from ._native import in_python
from ._optional import needed
from .errors import HeadstartError, UsageError
from .model import Model
from .results import Advice, Training

needed("sklearn", "headstart.sklearn")

import numpy as np  # noqa: E402
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin  # noqa: E402
from sklearn.exceptions import ConvergenceWarning  # noqa: E402
from sklearn.utils import check_random_state  # noqa: E402
from sklearn.utils.metaestimators import available_if  # noqa: E402
from sklearn.utils.multiclass import check_classification_targets  # noqa: E402
from sklearn.utils.validation import check_is_fitted, column_or_1d, validate_data  # noqa: E402

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["HeadstartClassifier", "HeadstartRegressor"]

OWN = {"budget", "random_state", "threads"}
"""Parameters that are no keywords of a training."""


class _Estimator(BaseEstimator):  # type: ignore[misc]
    """What the two have in common. Parameters are keywords of `headstart.train`; None is what that does without one."""

    def __init__(
        self,
        *,
        hidden: Any = (100,),
        activation: Any = "relu",
        network: str | None = None,
        shape: Any = None,
        block: str | None = None,
        norm: str | None = None,
        branch_layers: int | None = None,
        parametrization: str | None = None,
        base_width: int | None = None,
        loss: str | None = None,
        init: Any = "he",
        branch_scale: Any = None,
        bias: Any = None,
        output_bias: Any = None,
        optimizer: str = "adam",
        lr: float | str | None = None,
        lr_factors: Any = None,
        lr_schedule: str | None = None,
        warmup: int | None = None,
        weight_decay: float | None = None,
        decoupled_decay: bool = False,
        decay_biases: bool = False,
        clip: float | None = None,
        clip_value: float | None = None,
        dropout: Any = None,
        label_smoothing: float | None = None,
        early_stopping: int | None = None,
        validation_every: int | None = None,
        validation_share: float | None = None,
        batch: int | None = None,
        steps: int | None = None,
        epochs: int | None = 200,
        momentum: float | None = None,
        nesterov: bool = False,
        beta1: float | None = None,
        beta2: float | None = None,
        decay: float | None = None,
        epsilon: float | None = None,
        initial_accumulator: float | None = None,
        history: int | None = None,
        precision: str | None = None,
        class_weights: Any = None,
        preprocess: str | None = None,
        scale_targets: str | None = None,
        budget: Any = None,
        random_state: Any = None,
        threads: int | None = None,
    ) -> None:
        self.hidden = hidden
        self.activation = activation
        self.network = network
        self.shape = shape
        self.block = block
        self.norm = norm
        self.branch_layers = branch_layers
        self.parametrization = parametrization
        self.base_width = base_width
        self.loss = loss
        self.init = init
        self.branch_scale = branch_scale
        self.bias = bias
        self.output_bias = output_bias
        self.optimizer = optimizer
        self.lr = lr
        self.lr_factors = lr_factors
        self.lr_schedule = lr_schedule
        self.warmup = warmup
        self.weight_decay = weight_decay
        self.decoupled_decay = decoupled_decay
        self.decay_biases = decay_biases
        self.clip = clip
        self.clip_value = clip_value
        self.dropout = dropout
        self.label_smoothing = label_smoothing
        self.early_stopping = early_stopping
        self.validation_every = validation_every
        self.validation_share = validation_share
        self.batch = batch
        self.steps = steps
        self.epochs = epochs
        self.momentum = momentum
        self.nesterov = nesterov
        self.beta1 = beta1
        self.beta2 = beta2
        self.decay = decay
        self.epsilon = epsilon
        self.initial_accumulator = initial_accumulator
        self.history = history
        self.precision = precision
        self.class_weights = class_weights
        self.preprocess = preprocess
        self.scale_targets = scale_targets
        self.budget = budget
        self.random_state = random_state
        self.threads = threads

    def _train(self, x: NDArray[Any], y: NDArray[Any], task: str) -> None:
        """Trains, from where it is told or where `advise` says, on all samples."""
        keywords = {name: value for name, value in self.get_params(deep=False).items() if name not in OWN}
        keywords |= {"task": task, "threads": self.threads}
        if self.network is not None:
            # It says all of the network.
            keywords["hidden"] = keywords["activation"] = None
        if self.steps is not None:
            # As often as not it is the number of epochs that nobody chose.
            keywords["epochs"] = None
        self.advice_: Advice | None = None
        if self.init == "advise" or self.lr == "auto":
            keywords |= self._advised(x, y, keywords)
        seed = check_random_state(self.random_state).randint(2**31 - 1)
        result = train(x, y, **keywords, seed=seed, test_share=0, progress=False)
        model, run = result.model, result.runs[0]
        if model is None or len(result.runs) > 1:
            raise UsageError(f"init is {self.init!r}: an estimator has one start; headstart.compare compares several")
        if run.status == "diverged":
            warnings.warn(
                f"training diverged at step {run.step}: predictions mean nothing; a smaller lr, or another init, may help",
                ConvergenceWarning,
                stacklevel=3,
            )
        self.result_: Training = result
        self.model_: Model = model
        self.init_ = keywords["init"]
        self.n_iter_ = run.steps

    def _advised(self, x: NDArray[Any], y: NDArray[Any], keywords: dict[str, Any]) -> dict[str, Any]:
        """The start, and the learning rate where it is searched, that `advise` recommends."""
        if self.init != "advise":
            raise UsageError('lr="auto" is searched with the start: init="advise"')
        asked = {name: value for name, value in keywords.items() if name != "init"}
        self.advice_ = advise(x, y, **asked, budget=self.budget, progress=False)
        start = self.advice_.recommendation
        if start is None:
            sentence = in_python(self.advice_.sentence)
            raise HeadstartError(f"{sentence}; give another init than advise, or train otherwise")
        return {"init": start.init} | ({"lr": start.lr} if self.lr == "auto" else {})

    def _checked(self, x: ArrayLike) -> NDArray[Any]:
        check_is_fitted(self)
        checked: NDArray[Any] = validate_data(self, x, reset=False, dtype=np.float64)
        return checked


def _has_probabilities(estimator: HeadstartClassifier) -> bool:
    return not hasattr(estimator, "model_") or estimator.model_.has_probabilities


class HeadstartClassifier(ClassifierMixin, _Estimator):  # type: ignore[misc]
    """A network that tells classes apart, trained from a start that is known to be good.

    `init` is a scheme of `headstart.train`, or `"advise"`: then the start that `headstart.advise` recommends for this data, within
    `budget`; with `lr="auto"` it searches the learning rate, too.

    Attributes: `classes_`, `model_` (a `headstart.model.Model`), `result_` (of `headstart.train`), `init_`, `advice_`, `n_iter_`
    (updates of the weights), `n_features_in_`, `feature_names_in_`.
    """

    def fit(self, X: ArrayLike, y: ArrayLike) -> HeadstartClassifier:  # noqa: N803
        """Trains on samples x features and a class for each sample."""
        x, labels = validate_data(self, X, y, dtype=np.float64, ensure_min_samples=2)
        check_classification_targets(labels)
        labels = column_or_1d(labels, warn=True)
        self.classes_, indices = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"all samples are of one class, {self.classes_[0]!r}; at least two are needed to tell apart"
            )
        self._train(x, indices.astype(np.float64), "binary" if len(self.classes_) == 2 else "classes")
        return self

    def predict(self, X: ArrayLike) -> NDArray[Any]:  # noqa: N803
        """The class of each sample."""
        x = self._checked(X)
        predicted: NDArray[Any] = self.classes_[self.model_.indices(x)]
        return predicted

    @available_if(_has_probabilities)  # type: ignore[untyped-decorator]
    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:  # noqa: N803
        """The probability of each class, samples x classes in the order of `classes_`."""
        x = self._checked(X)
        outputs = self.model_.outputs(x)
        return np.asarray(outputs / outputs.sum(axis=1, keepdims=True))


class HeadstartRegressor(RegressorMixin, _Estimator):  # type: ignore[misc]
    """A network that meets numbers, one or several for each sample.

    Parameters and attributes are those of `HeadstartClassifier`, without the classes.
    """

    def fit(self, X: ArrayLike, y: ArrayLike) -> HeadstartRegressor:  # noqa: N803
        """Trains on samples x features and a number for each sample, or samples x targets."""
        x, targets = validate_data(
            self, X, y, dtype=np.float64, multi_output=True, y_numeric=True, ensure_min_samples=2
        )
        self._train(x, np.asarray(targets, dtype=np.float64), "regression")
        self._is_one_number = np.ndim(targets) == 1
        return self

    def predict(self, X: ArrayLike) -> NDArray[np.float64]:  # noqa: N803
        """The numbers, one for each sample or samples x targets, as the targets were."""
        x = self._checked(X)
        outputs = self.model_.outputs(x)
        return outputs[:, 0] if self._is_one_number else outputs

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
