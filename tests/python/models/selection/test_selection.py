"""Folds, cross-validation and search against scikit-learn's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn import metrics, model_selection
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from assay import ShapeError
from assay.data import Table
from assay.errors import ValueError as AssayValueError
from assay.models.linear import LogisticRegression
from assay.models.selection import (
    GroupKFold,
    RandomizedSearch,
    StratifiedGroupKFold,
    StratifiedKFold,
    cross_val_predict,
    cross_validate,
    take_rows,
)

RNG = np.random.default_rng(4)
Y = RNG.permutation(np.repeat([0, 1, 1, 1], 50))
X = RNG.normal(size=(200, 4)) + Y[:, None] * [1, 0.5, 0, 0]
GROUPS = RNG.integers(0, 30, 200)


@pytest.mark.parametrize("folds", [2, 3, 5, 7])
def test_stratified_folds_are_scikit_learns(folds: int) -> None:
    for y in (Y, np.where(Y == 1, "b", "a"), Y[::-1]):
        ours = list(StratifiedKFold(folds).split(X, y))
        theirs = list(model_selection.StratifiedKFold(folds).split(X, y))
        for (train, test), (their_train, their_test) in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(test, their_test)
            np.testing.assert_array_equal(train, their_train)


def test_groups_stay_whole_and_every_row_is_tested_once() -> None:
    for folds in (GroupKFold(4), StratifiedGroupKFold(4, shuffle=True, random_state=1)):
        seen = np.zeros(200, dtype=int)
        for train, test in folds.split(X, Y, GROUPS):
            assert not set(GROUPS[train]) & set(GROUPS[test])
            seen[test] += 1
        assert (seen == 1).all()
    shares = [Y[test].mean() for _, test in StratifiedGroupKFold(4).split(X, Y, GROUPS)]
    theirs = [Y[test].mean() for _, test in model_selection.StratifiedGroupKFold(4).split(X, Y, GROUPS)]
    assert np.std(shares) <= np.std(theirs) + 0.02


def test_shuffled_folds_are_those_of_their_seed() -> None:
    def of(seed: int) -> list[Any]:
        folds = StratifiedKFold(5, shuffle=True, random_state=seed)
        return [test.tolist() for _, test in folds.split(X, Y)]

    assert of(1) == of(1) != of(2)
    with pytest.raises(AssayValueError, match="without shuffle"):
        StratifiedKFold(5, random_state=1)


def test_folds_that_cannot_be() -> None:
    with pytest.raises(AssayValueError, match="expected groups"):
        next(GroupKFold(3).split(X, Y))
    with pytest.raises(AssayValueError, match="3 groups"):
        next(GroupKFold(3).split(X[:4], Y[:4], [0, 0, 1, 1]))
    with pytest.warns(UserWarning, match="the rarest class has 1 rows"):
        next(StratifiedKFold(3).split(X[:7], [0, 0, 0, 0, 0, 0, 1]))
    with pytest.raises(ShapeError, match="X has 200 rows, y or groups 199"):
        next(StratifiedKFold(3).split(X, Y[1:]))


def test_scores_are_scikit_learns() -> None:
    scoring = [
        "accuracy",
        "roc_auc",
        "average_precision",
        "f1",
        "f1_macro",
        "f1_weighted",
        "f1_micro",
        "neg_log_loss",
    ]
    ours = cross_validate(LogisticRegression(), X, Y, scoring=scoring, cv=5)
    theirs = model_selection.cross_validate(LogisticRegression(), X, Y, scoring=scoring, cv=5)
    for name in scoring:
        np.testing.assert_allclose(ours[f"test_{name}"], theirs[f"test_{name}"], atol=1e-12)
    assert (ours["fit_time"] > 0).all()


def test_cross_validation_of_tables_pipelines_and_weights() -> None:
    names = ["a", "b", "c", "d"]
    table = Table.from_dict({name: X[:, i] for i, name in enumerate(names)})
    plain = cross_validate(LogisticRegression(), X, Y)["test_score"]
    for kind in (table, table.to_pandas(), table.to_polars(), table.to_pyarrow(), X.tolist()):
        np.testing.assert_array_equal(cross_validate(LogisticRegression(), kind, Y)["test_score"], plain)
    pipeline = make_pipeline(StandardScaler(), LogisticRegression())
    done: list[tuple[int, int]] = []
    found = cross_validate(pipeline, X, Y, return_estimator=True, progress=lambda *it: done.append(it))
    assert done == [(i, 5) for i in range(1, 6)] and len(found["estimator"]) == 5
    weights = np.where(Y == 1, 1.0, 5.0)
    weighted = cross_val_predict(LogisticRegression(), X, Y, fit_params={"sample_weight": weights})
    assert weighted.mean() < cross_val_predict(LogisticRegression(), X, Y).mean()


def test_out_of_fold_probabilities() -> None:
    ours = cross_val_predict(LogisticRegression(), X, Y, method="predict_proba", cv=4)
    theirs = model_selection.cross_val_predict(LogisticRegression(), X, Y, method="predict_proba", cv=4)
    np.testing.assert_allclose(ours, theirs)


def test_search_finds_the_best_and_is_the_same_again() -> None:
    space = {"C": [1e-6, 1e-3, 1.0], "standardise": [True, False]}
    done: list[int] = []
    search = RandomizedSearch(
        LogisticRegression(),
        space,
        n_iter=10,
        scoring="neg_log_loss",
        cv=3,
        progress=lambda i, n: done.append(n),
    ).fit(X, Y)
    assert done == [6] * 6 and len({str(it) for it in search.cv_results_["params"]}) == 6
    assert (
        search.best_score_ == max(search.cv_results_["mean_test_score"]) and search.best_params_["C"] == 1.0
    )
    assert search.predict(X).tolist() == search.best_estimator_.predict(X).tolist()
    again = RandomizedSearch(LogisticRegression(), space, n_iter=3, cv=3).fit(X, Y)
    assert (
        again.cv_results_["params"]
        == RandomizedSearch(LogisticRegression(), space, n_iter=3, cv=3).fit(X, Y).cv_results_["params"]
    )
    nested = cross_validate(search, X, Y, cv=3, scoring="roc_auc")["test_score"]
    assert nested.mean() > 0.7
    with pytest.raises(AssayValueError, match="a list of values or a distribution"):
        RandomizedSearch(LogisticRegression(), {"C": "1"}).fit(X, Y)
    with pytest.raises(AssayValueError, match="at least one draw"):
        RandomizedSearch(LogisticRegression(), {}).fit(X, Y)


def test_search_draws_from_distributions() -> None:
    stats = pytest.importorskip("scipy.stats", reason="SciPy is not installed")
    space = {"C": stats.loguniform(1e-3, 1e3), "standardise": [True, False]}
    first = RandomizedSearch(LogisticRegression(), space, n_iter=4, cv=2, random_state=3).fit(X, Y)
    second = RandomizedSearch(LogisticRegression(), space, n_iter=4, cv=2, random_state=3).fit(X, Y)
    assert first.cv_results_["params"] == second.cv_results_["params"]
    assert len({it["C"] for it in first.cv_results_["params"]}) == 4


def test_scoring_by_function_and_unknown_names() -> None:
    def brier(model: Any, x: Any, y: Any) -> float:
        return -float(metrics.brier_score_loss(y, model.predict_proba(x)[:, 1]))

    assert (cross_validate(LogisticRegression(), X, Y, scoring=brier)["test_score"] > -0.25).all()
    with pytest.raises(AssayValueError, match="expected one of accuracy, roc_auc"):
        cross_validate(LogisticRegression(), X, Y, scoring="auc")


def test_rows_of_what_is_taken() -> None:
    rows = np.array([2, 0])
    assert take_rows([1, 2, 3], rows) == [3, 1] and take_rows(None, rows) is None
    assert Table.from_dict({"a": [1, 2, 3]}).take(rows) == take_rows(Table.from_dict({"a": [1, 2, 3]}), rows)
