"""Scorings against scikit-learn's, and what they say where nothing can be scored."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from sklearn import metrics
from sklearn.exceptions import UndefinedMetricWarning

from assay.errors import ShapeError
from assay.errors import ValueError as AssayValueError
from assay.models.forest import RandomForestClassifier, RandomForestRegressor
from assay.models.linear import LogisticRegression
from assay.models.selection import RandomizedSearch, cross_validate, scorer

RNG = np.random.default_rng(5)
X = RNG.normal(size=(150, 3))
Y = (X[:, 0] + 0.7 * RNG.normal(size=150) > 0).astype(int)
THREE = np.digitize(X[:, 0] + 0.5 * RNG.normal(size=150), [-0.5, 0.5])
TWO_CLASSES = [
    "accuracy",
    "roc_auc",
    "average_precision",
    "f1",
    "f1_macro",
    "f1_weighted",
    "f1_micro",
    "neg_log_loss",
]


@pytest.mark.parametrize("name", [*TWO_CLASSES, "r2"])
@pytest.mark.parametrize(
    "model", [LogisticRegression(), RandomForestClassifier(10, random_state=0)], ids=repr
)
def test_a_column_is_a_list_of_labels(name: str, model: Any) -> None:
    model.fit(X[:100], Y[:100])
    of_list = scorer(name, model)(model, X[100:], Y[100:])
    theirs = metrics.get_scorer(name)(model, X[100:], Y[100:])
    assert of_list == pytest.approx(theirs, abs=1e-12)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for same in (Y[100:, None], Y[100:].tolist(), Y[100:].astype(float)):
            assert scorer(name, model)(model, X[100:], same) == of_list
    for wrong in (Y[:49], Y[100:101], np.stack([Y[100:], Y[100:]], axis=1), Y[100:, None].T):
        with pytest.raises(ShapeError):
            scorer(name, model)(model, X[100:], wrong)


def test_the_score_of_a_classifier_wants_one_label_for_each_row() -> None:
    model = LogisticRegression().fit(X, Y)
    assert model.score(X, Y[:, None]) == model.score(X, Y)
    for wrong in (Y[:1], Y[:-1], np.append(Y, 1)):
        with pytest.raises(
            ShapeError, match=r"LogisticRegression\.score: Found input variables with inconsistent"
        ):
            model.score(X, wrong)


def test_text_labels_are_scored() -> None:
    y = np.where(Y == 1, "failed", "ok")  # the second class is "ok"
    model = LogisticRegression().fit(X, y)
    assert scorer("f1", model)(model, X, y) == pytest.approx(
        metrics.f1_score(y, model.predict(X), pos_label="ok"), abs=1e-12
    )


def test_the_log_loss_of_a_forest_is_finite_and_scikit_learns() -> None:
    forest = RandomForestClassifier(5, random_state=1)
    plain = forest.fit(X[:100], Y[:100]).predict_proba(X[100:])
    assert (plain[np.arange(50), Y[100:]] == 0).any()  # not clipped, the loss is infinite
    found = cross_validate(forest, X, Y, cv=3, scoring="neg_log_loss")["test_score"]
    assert np.isfinite(found).all()
    chances = forest.predict_proba(X[100:])
    ours = scorer("neg_log_loss", forest)(forest, X[100:], Y[100:])
    assert ours == pytest.approx(-metrics.log_loss(Y[100:], chances), rel=1e-12)
    by_hand = np.log(np.clip(chances[np.arange(50), Y[100:]], 2.220446049250313e-16, 1)).mean()
    assert ours == pytest.approx(by_hand, rel=1e-12)


def test_f1_is_of_two_classes() -> None:
    with pytest.raises(AssayValueError, match="expected two classes, got 3; take f1_macro"):
        cross_validate(LogisticRegression(), X, THREE, cv=3, scoring="f1")
    cross_validate(LogisticRegression(), X, THREE, cv=3, scoring=["f1_macro", "f1_weighted", "f1_micro"])


def test_r2_is_no_accuracy() -> None:
    model = LogisticRegression().fit(X, THREE)
    ours = scorer("r2", model)(model, X, THREE)
    assert ours == pytest.approx(metrics.r2_score(THREE, model.predict(X)), abs=1e-12)
    assert ours != pytest.approx(model.score(X, THREE))
    texts = LogisticRegression().fit(X, np.where(Y == 1, "b", "a"))
    with pytest.raises(AssayValueError, match="expected numbers in y"):
        scorer("r2", texts)(texts, X, np.where(Y == 1, "b", "a"))
    forest = RandomForestRegressor(5, random_state=0).fit(X, X[:, 1])
    assert scorer("r2", forest)(forest, X, X[:, 1]) == forest.score(X, X[:, 1])


def test_an_f1_that_is_not_defined_is_0_with_a_warning() -> None:
    model = LogisticRegression().fit(X, Y)
    calm = X[model.predict(X) == 0]
    with pytest.warns(UndefinedMetricWarning, match="F1 counts as 0"):
        assert scorer("f1", model)(model, calm, np.zeros(len(calm), dtype=int)) == 0.0
    with pytest.warns(UndefinedMetricWarning):
        assert metrics.f1_score(np.zeros(len(calm)), model.predict(calm)) == 0.0


def test_a_search_keeps_the_best_draw_where_an_f1_is_not_defined() -> None:
    # The second fold tests no positive: the draw that calls none there has no F1 in it, and is the best elsewhere.
    x = np.concatenate([np.tile([[-1.0], [1.0]], (20, 1)), np.full((20, 1), -1.0)])
    y = np.concatenate([np.tile([0, 1], 20), np.zeros(20, dtype=int)])
    folds = [(np.arange(20, 60), np.arange(20)), (np.arange(40), np.arange(40, 60))]
    space = {"class_weight": [None, {0: 1e-9, 1: 1.0}]}  # the second calls every row positive
    search = RandomizedSearch(LogisticRegression(), space, n_iter=2, scoring="f1", cv=folds)
    with pytest.warns(UndefinedMetricWarning):
        search.fit(x, y)
    assert search.best_params_ == {"class_weight": None}
    assert search.best_score_ == 0.5
    by_weight = dict(
        zip(map(str, search.cv_results_["params"]), search.cv_results_["mean_test_score"], strict=True)
    )
    assert by_weight[str({"class_weight": {0: 1e-9, 1: 1.0}})] == pytest.approx(1 / 3)
