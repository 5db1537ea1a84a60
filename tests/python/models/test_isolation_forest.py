"""The isolation forest: scikit-learn's meanings, outliers found, files."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import assay
from assay.models import load_model
from assay.models.forest import IsolationForest, from_sklearn


def rows_with_outliers(seed: int = 0, rows: int = 2000) -> tuple[Any, Any]:
    """Made-up rows: normal ones, and 5% spread over a wide box."""
    rng = np.random.default_rng(seed)
    outlier = np.arange(rows) % 20 == 0
    X = rng.normal(size=(rows, 5)) @ rng.normal(size=(5, 5))
    X[outlier] = rng.uniform(-7, 7, size=(outlier.sum(), 5))
    return X.astype(np.float32), outlier


@pytest.mark.parametrize(
    "options",
    [{}, {"max_features": 0.6}, {"max_samples": 100, "bootstrap": True}, {"contamination": 0.1}],
)
@pytest.mark.parametrize("gaps", [False, True])
def test_a_forest_of_scikit_learn_scores_the_same(options: dict[str, Any], gaps: bool) -> None:
    ensemble = pytest.importorskip("sklearn.ensemble")
    X, _ = rows_with_outliers()
    if gaps:
        X[np.random.default_rng(0).random(X.shape) < 0.1] = np.nan
    theirs = ensemble.IsolationForest(n_estimators=20, random_state=0, **options).fit(X)
    ours = from_sklearn(theirs)
    np.testing.assert_allclose(ours.score_samples(X), theirs.score_samples(X), rtol=4e-16, atol=0)
    assert (ours.predict(X) == theirs.predict(X)).all()
    assert ours.offset_ == theirs.offset_


def test_outliers_are_found_as_well_as_by_scikit_learn() -> None:
    ensemble = pytest.importorskip("sklearn.ensemble")
    metrics = pytest.importorskip("sklearn.metrics")
    ours, theirs = [], []
    for seed in range(8):
        X, outlier = rows_with_outliers(seed)
        ours.append(metrics.roc_auc_score(outlier, -IsolationForest(random_state=seed).fit(X).score_samples(X)))
        peer = ensemble.IsolationForest(random_state=seed).fit(X)
        theirs.append(metrics.roc_auc_score(outlier, -peer.score_samples(X)))
    assert np.mean(ours) > 0.8
    difference = np.array(ours) - np.array(theirs)
    assert abs(difference.mean()) < 3 * difference.std(ddof=1) / np.sqrt(8) + 0.005


def test_contamination_sets_the_offset() -> None:
    X, _ = rows_with_outliers()
    model = IsolationForest(random_state=1, contamination=0.05).fit(X)
    assert (model.predict(X) == -1).mean() == pytest.approx(0.05, abs=0.001)
    assert model.offset_ == np.percentile(model.score_samples(X), 5)
    assert (model.decision_function(X) == model.score_samples(X) - model.offset_).all()
    assert IsolationForest(random_state=1).fit(X).offset_ == -0.5
    assert set(np.unique(model.fit_predict(X))) == {-1, 1}


def test_the_same_for_a_seed_and_another_for_another() -> None:
    X, _ = rows_with_outliers()
    scores = [IsolationForest(random_state=seed).fit(X).score_samples(X).tobytes() for seed in (1, 1, 2)]
    assert scores[0] == scores[1] != scores[2]


def test_one_row_alone_and_in_a_batch() -> None:
    X, _ = rows_with_outliers()
    model = IsolationForest(random_state=1).fit(X)
    together = model.score_samples(X)
    assert model.score_samples(X[5:6])[0] == together[5] == model.score_row(X[5].tolist()) == model.score_row(X[5])
    assert model.score_samples(X[5:6].tolist())[0] == together[5]


def test_files_and_pickles(tmp_path: Path) -> None:
    X, _ = rows_with_outliers()
    model = IsolationForest(random_state=1, contamination=0.1).fit(X)
    model.save(tmp_path / "m.assay-model", trained_on={"rows": len(X)})
    for back in (load_model(tmp_path / "m.assay-model"), pickle.loads(pickle.dumps(model))):
        assert type(back) is IsolationForest
        assert back.decision_function(X).tobytes() == model.decision_function(X).tobytes()
        assert back.get_params() == model.get_params()


def test_small_constant_and_bad_input() -> None:
    one = np.array([[1.0, 2.0]])
    assert IsolationForest(random_state=0).fit(one).score_samples(one) == [-0.5]
    flat = np.ones((50, 2))
    assert IsolationForest(random_state=0).fit(flat).score_samples(flat) == pytest.approx(-0.5)
    X, _ = rows_with_outliers()
    with pytest.raises(assay.ShapeError):
        IsolationForest().fit(np.empty((0, 3)))
    with pytest.raises(ValueError, match="nfinit"):
        IsolationForest().fit(np.where(np.arange(10000).reshape(2000, 5) == 7, np.inf, X))
    model = IsolationForest(random_state=0).fit(X)
    with pytest.raises(assay.ShapeError):
        model.score_samples(X[:, :3])
    with pytest.raises(ValueError, match="nfinit"):
        model.score_samples(np.full((1, 5), np.inf))
    with pytest.warns(UserWarning, match="greater than the total"):
        IsolationForest(max_samples=5000, random_state=0).fit(X)
    for wrong in (
        {"n_estimators": 0},
        {"max_samples": "all"},
        {"max_samples": 0},
        {"max_samples": 1.5},
        {"max_features": 9},
        {"max_features": 0.0},
        {"contamination": 0.7},
        {"contamination": "some"},
    ):
        with pytest.raises(assay.ValueError):
            IsolationForest(**wrong).fit(X)  # type: ignore[arg-type]


def test_scikit_learns_checks_of_estimators() -> None:
    checks = pytest.importorskip("sklearn.utils.estimator_checks")
    results = checks.check_estimator(
        IsolationForest(n_estimators=20, random_state=0), on_skip=None, on_fail=None
    )
    assert [it["check_name"] for it in results if it["status"] == "failed"] == []
