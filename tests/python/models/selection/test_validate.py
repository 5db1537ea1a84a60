"""Cross-validation of regressions, of folds that lack classes and of folds that are no partition."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from sklearn import model_selection
from sklearn.linear_model import LinearRegression
from sklearn.linear_model import LogisticRegression as Theirs
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from assay.errors import ValueError as AssayValueError
from assay.models.estimators import Classifier
from assay.models.forest import RandomForestClassifier, RandomForestRegressor
from assay.models.linear import LogisticRegression
from assay.models.selection import (
    GroupKFold,
    KFold,
    RandomizedSearch,
    StratifiedKFold,
    cross_val_predict,
    cross_validate,
)

RNG = np.random.default_rng(11)
X = RNG.normal(size=(90, 3))
THREE = np.repeat([0, 1, 2], 30)
SHIFTED = X + np.eye(3)[THREE] * 1.5
NUMBERS = X @ [1.0, -2.0, 0.5] + 0.1 * RNG.normal(size=90)


@pytest.mark.parametrize("folds", [2, 3, 4, 7, 90])
def test_plain_folds_are_scikit_learns(folds: int) -> None:
    ours, theirs = KFold(folds).split(X), model_selection.KFold(folds).split(X)
    for (train, test), (their_train, their_test) in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(test, their_test)
        np.testing.assert_array_equal(train, their_train)


def test_plain_folds_that_are_shuffled_or_too_many() -> None:
    folds = [test for _, test in KFold(4, shuffle=True, random_state=2).split(X)]
    assert sorted(len(test) for test in folds) == [22, 22, 23, 23]
    assert sorted(np.concatenate(folds).tolist()) == list(range(90))
    assert any(np.diff(test).max() > 1 for test in folds)
    with pytest.raises(AssayValueError, match="at least 5 rows"):
        next(KFold(5).split(X[:4]))


def test_a_regression_is_cross_validated_by_plain_folds() -> None:
    found = cross_validate(LinearRegression(), X, NUMBERS, cv=5)["test_score"]
    np.testing.assert_allclose(found, model_selection.cross_val_score(LinearRegression(), X, NUMBERS, cv=5))
    np.testing.assert_allclose(
        cross_validate(LinearRegression(), X, NUMBERS, cv=5, scoring="r2")["test_score"], found
    )
    forest = RandomForestRegressor(20, random_state=0)
    own = cross_val_predict(forest, X, NUMBERS, cv=3)
    by_hand = np.empty(90)
    for train, test in model_selection.KFold(3).split(X):
        by_hand[test] = (
            RandomForestRegressor(20, random_state=0).fit(X[train], NUMBERS[train]).predict(X[test])
        )
    np.testing.assert_array_equal(own, by_hand)
    search = RandomizedSearch(forest, {"max_depth": [1, 4]}, n_iter=2, cv=3).fit(X, NUMBERS)
    assert search.best_params_ == {"max_depth": 4}
    assert np.isfinite(cross_validate(search, X, NUMBERS, cv=3)["test_score"]).all()


@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(),
        Theirs(),
        make_pipeline(StandardScaler(), LogisticRegression()),
        make_pipeline(StandardScaler(), Theirs()),
        RandomizedSearch(LogisticRegression(), {"C": [1.0]}, n_iter=1, cv=2),
    ],
    ids=repr,
)
def test_a_classifier_is_cross_validated_by_stratified_folds(estimator: Any) -> None:
    # Sorted by class: a plain fold of the first third would hold the whole of a class.
    found = cross_validate(estimator, SHIFTED, THREE, cv=3)["test_score"]
    stratified = cross_validate(estimator, SHIFTED, THREE, cv=StratifiedKFold(3))["test_score"]
    np.testing.assert_array_equal(found, stratified)
    assert found.min() > 0.5


@pytest.mark.parametrize(
    ("tests", "told"),
    [
        ([[0, 1, 2], [3, 4]], "got 85 in none, 0 in several and 0 positions outside"),
        ([list(range(60)), list(range(50, 90))], "got 0 in none, 10 in several"),
        ([list(range(60)), list(range(60, 91))], "1 positions outside"),
        ([list(range(60)), [*range(60, 89), -1]], "1 positions outside"),
    ],
)
def test_predictions_want_every_row_tested_once(tests: list[list[int]], told: str) -> None:
    every = np.arange(90)
    folds = [(np.setdiff1d(every, test), np.array(test)) for test in tests]
    with pytest.raises(AssayValueError, match=told):
        cross_val_predict(LogisticRegression(), SHIFTED, THREE, cv=folds)


def test_scores_take_folds_of_some_rows_and_their_weights() -> None:
    train, test = np.arange(0, 60, 2), np.arange(1, 60, 2)
    y, weights = THREE % 2, RNG.uniform(1, 2, 90)
    found = cross_validate(
        LogisticRegression(), SHIFTED, y, cv=[(train, test)], fit_params={"sample_weight": weights}
    )
    by_hand = LogisticRegression().fit(SHIFTED[train], y[train], sample_weight=weights[train])
    assert found["test_score"].tolist() == [by_hand.score(SHIFTED[test], y[test])]


@pytest.mark.parametrize("method", ["predict_proba", "predict_log_proba"])
def test_columns_are_those_of_the_classes_where_a_fold_lacks_one(method: str) -> None:
    folds = GroupKFold(3)
    with pytest.warns(RuntimeWarning, match="have 2 of 3 classes; the others get"):
        ours = cross_val_predict(LogisticRegression(), SHIFTED, THREE, groups=THREE, cv=folds, method=method)
    with pytest.warns(RuntimeWarning, match="Number of classes in"):
        theirs = model_selection.cross_val_predict(
            LogisticRegression(),
            SHIFTED,
            THREE,
            groups=THREE,
            cv=model_selection.GroupKFold(3),
            method=method,
        )
    theirs[theirs == np.finfo(np.float64).min] = -np.inf  # scikit-learn's logarithm of 0
    np.testing.assert_allclose(ours, theirs)
    absent = 0.0 if method == "predict_proba" else -np.inf
    assert (ours[np.arange(90), THREE] == absent).all()


def test_log_odds_of_a_class_that_a_fold_lacks_are_refused() -> None:
    with pytest.raises(AssayValueError, match=r"fold 1 of 3: .* the training rows lack a class"):
        cross_val_predict(
            LogisticRegression(), SHIFTED, THREE, groups=THREE, cv=GroupKFold(3), method="decision_function"
        )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cross_val_predict(LogisticRegression(), SHIFTED, THREE, cv=3, method="decision_function")


class LongestYet(Classifier):
    """Calls every row by the last class of its training, in as few letters as that takes."""

    def fit(self, X: Any, y: Any) -> LongestYet:
        self._training(X, y)
        return self

    def predict(self, X: Any) -> Any:
        return np.array([str(self.classes_[-1])] * len(X))


def test_texts_of_a_later_fold_keep_their_letters() -> None:
    y = ["a"] * 5 + ["b"] * 5 + ["c is longer"] * 2
    folds = [(np.arange(0, 10), np.arange(10, 12)), (np.arange(5, 12), np.arange(0, 10))]
    found = cross_val_predict(LongestYet(), np.arange(12.0)[:, None], y, cv=folds)
    assert set(found.tolist()) == {"b", "c is longer"}


@pytest.mark.parametrize("scoring", ["f1_macro", "f1_weighted", "f1_micro", "neg_log_loss"])
def test_a_class_that_training_lacked_names_the_fold(scoring: str) -> None:
    with pytest.raises(
        AssayValueError, match=rf"fold 1 of 3: scoring '{scoring}': .* got 1 class that these lacked"
    ):
        cross_validate(LogisticRegression(), SHIFTED, THREE, groups=THREE, cv=GroupKFold(3), scoring=scoring)


def test_accuracy_counts_a_class_that_training_lacked_as_wrong() -> None:
    for scoring in ("accuracy", None):
        found = cross_validate(
            RandomForestClassifier(3, random_state=0),
            SHIFTED,
            THREE,
            groups=THREE,
            cv=GroupKFold(3),
            scoring=scoring,
        )
        assert found["test_score"].tolist() == [0.0, 0.0, 0.0]
