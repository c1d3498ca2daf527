"""Estimators of scikit-learn: they are what it takes for one, and train as the command line does."""

from __future__ import annotations

import pickle
from typing import Any

import headstart
import numpy as np
import pytest
from headstart._definition import commands
from headstart.sklearn import HeadstartClassifier, HeadstartRegressor
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_digits, load_iris
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

SECTIONS = ("Network", "Initialization", "Training")
"""The sections of the help whose flags are parameters."""

LEFT = {"layers", "output", "seed", "seeds", "rng", "target", "record_every"}
"""Of these, what an estimator decides by itself, or has another name for."""


@parametrize_with_checks([HeadstartClassifier(hidden=(20,)), HeadstartRegressor(hidden=(20,))])
def test_scikit_learn_takes_them_for_estimators(estimator: Any, check: Any) -> None:
    check(estimator)


def test_every_flag_of_a_training_is_a_parameter() -> None:
    flags = {flag.name for flag in commands()[("train",)].flags.values() if flag.section in SECTIONS}
    for estimator in (HeadstartClassifier, HeadstartRegressor):
        assert flags - LEFT <= set(estimator().get_params())


def test_figures_are_those_of_a_call() -> None:
    x, y = load_iris(return_X_y=True)
    fitted = HeadstartClassifier(hidden=(8,), epochs=20, random_state=3).fit(x, y)
    seed = np.random.RandomState(3).randint(2**31 - 1)
    called = headstart.train(x, y, hidden=8, optimizer="adam", epochs=20, seed=seed, test_share=0)
    assert fitted.result_.runs[0].train == called.runs[0].train
    assert fitted.score(x, y) == called.runs[0].train.accuracy
    assert fitted.n_iter_ == called.runs[0].steps


def test_rows_may_be_images_for_convolutions() -> None:
    x, y = load_digits(return_X_y=True)
    network = "conv 3x3 6 relu | max-pool 2x2 | conv 3x3 12 relu | gap | dense _"
    fitted = HeadstartClassifier(network=network, shape=(8, 8), lr=0.01, batch=64, epochs=4).fit(x, y)
    assert fitted.score(x, y) > 0.5
    assert fitted.result_.task.network.network == network.replace("_", "10")
    assert HeadstartClassifier(block="residual", hidden=(8, 8), epochs=2).fit(x, y).score(x, y) > 0


def test_classes_keep_their_names_and_probabilities_their_order() -> None:
    x, y = load_iris(return_X_y=True)
    names = np.array(["zebra", "ant", "mole"])[y]
    fitted = HeadstartClassifier(hidden=(8,), lr=0.01, epochs=100, random_state=0).fit(x, names)
    assert list(fitted.classes_) == ["ant", "mole", "zebra"]
    shares = fitted.predict_proba(x)
    assert np.allclose(shares.sum(axis=1), 1)
    assert (fitted.classes_[shares.argmax(axis=1)] == fitted.predict(x)).all()
    assert fitted.score(x, names) > 0.9


def test_it_starts_where_it_is_advised_or_told() -> None:
    x, y = load_iris(return_X_y=True)
    advised = HeadstartClassifier(hidden=(8,), init="advise", epochs=10, budget="20ksteps", random_state=0).fit(x, y)
    assert advised.advice_ is not None
    assert advised.advice_.recommendation is not None
    assert advised.init_ == advised.advice_.recommendation.init
    told = HeadstartClassifier(hidden=(8,), init=advised.init_, epochs=10, random_state=0).fit(x, y)
    assert (told.predict_proba(x) == advised.predict_proba(x)).all()
    with pytest.raises(ValueError, match='init="advise"'):
        HeadstartClassifier(lr="auto").fit(x, y)


def test_what_a_training_refuses_is_a_sentence() -> None:
    x, y = load_iris(return_X_y=True)
    for parameters, words in {
        ("init", "hee"): 'did you mean "he"',
        ("lr", -1): "positive",
        ("epochs", 0): "epoch",
    }.items():
        with pytest.raises(ValueError, match=words):
            HeadstartClassifier(**dict([parameters])).fit(x, y)


def test_pipelines_searches_and_processes_do() -> None:
    x, y = load_iris(return_X_y=True)
    network = HeadstartClassifier(hidden=(8,), epochs=30, random_state=0)
    pipeline = make_pipeline(StandardScaler(), network)
    search = GridSearchCV(pipeline, {"headstartclassifier__init": ["he", "zeros"]}, cv=3, n_jobs=2).fit(x, y)
    assert search.best_params_ == {"headstartclassifier__init": "he"}
    alone = cross_val_score(clone(pipeline), x, y, cv=3)
    assert (cross_val_score(clone(pipeline), x, y, cv=3, n_jobs=2) == alone).all()


def test_numbers_are_met_in_their_own_units_one_or_several() -> None:
    x, y = load_diabetes(return_X_y=True)
    one = HeadstartRegressor(hidden=(20,), epochs=100, random_state=0).fit(x, y)
    assert one.score(x, y) > 0.4
    assert one.predict(x).shape == y.shape
    both = HeadstartRegressor(hidden=(20,), epochs=100, random_state=0).fit(x, np.column_stack([y, -10 * y]))
    assert both.predict(x).shape == (len(x), 2)
    assert both.score(x, np.column_stack([y, -10 * y])) > 0.4
    again = pickle.loads(pickle.dumps(both))
    assert (again.predict(x) == both.predict(x)).all()


def test_without_probabilities_there_are_none() -> None:
    x, y = load_iris(return_X_y=True)
    hinge = HeadstartClassifier(hidden=(8,), loss="hinge", lr=0.01, epochs=100, random_state=0).fit(x, y)
    assert not hasattr(hinge, "predict_proba")
    assert hinge.score(x, y) > 0.8
