"""scikit-learn's own checks on estimators made with the bases; what is expected to differ has its reason."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.base import clone, is_classifier, is_outlier_detector, is_regressor
from sklearn.exceptions import NotFittedError as TheirNotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator
from small_models import Centred, FarFromMean, Filled, LeastSquares, NearestMean

from assay import StateError


@pytest.mark.parametrize(
    "model",
    [NearestMean(), Filled(), LeastSquares(), FarFromMean(), Centred()],
    ids=lambda m: type(m).__name__,
)
@pytest.mark.filterwarnings("ignore:Estimator .* does not inherit from:UserWarning")
def test_passes_check_estimator(model: Any) -> None:
    # check_dataframe_column_names_consistency, which check_estimator leaves out, would fail: it wants columns in
    # another order refused; they are put right by name (test_inputs.py).
    results = check_estimator(model, on_skip=None)
    assert not [it["check_name"] for it in results if it["status"] in ("failed", "xfail")]
    assert {it["check_name"] for it in results if it["status"] == "skipped"} <= {"check_array_api_input"}
    assert sum(it["status"] == "passed" for it in results) > 40


def test_kinds_are_scikit_learns() -> None:
    assert is_classifier(NearestMean()) and not is_regressor(NearestMean())
    assert is_regressor(LeastSquares()) and is_outlier_detector(FarFromMean())


def test_clone_pipeline_cross_validation_and_search() -> None:
    rng = np.random.default_rng(3)
    rows = np.vstack([rng.normal(0, 1, (40, 3)), rng.normal(2, 1, (40, 3))])
    y = np.repeat(["low", "high"], 40)
    copy = clone(NearestMean(sharpness=0.5))
    assert copy.get_params() == {"sharpness": 0.5}
    pipeline = make_pipeline(StandardScaler(), NearestMean())
    assert cross_val_score(pipeline, rows, y, cv=4).mean() > 0.9
    search = GridSearchCV(pipeline, {"nearestmean__sharpness": [0.1, 1.0]}, cv=4, scoring="roc_auc").fit(
        rows, y
    )
    assert search.best_score_ > 0.95
    assert pipeline.set_params(nearestmean__sharpness=2.0).get_params()["nearestmean__sharpness"] == 2.0


def test_not_fitted_is_both_errors() -> None:
    with pytest.raises(TheirNotFittedError) as ours:
        NearestMean().predict([[1.0]])
    assert isinstance(ours.value, StateError)
    assert "NearestMean.predict_proba: this model is not fitted yet" in str(ours.value)
