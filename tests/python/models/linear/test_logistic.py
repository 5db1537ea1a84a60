"""Logistic regression against scikit-learn's, and by its checks."""

from __future__ import annotations

import json
import math
import os
import pickle
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression as Theirs
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from assay._core.models import LogisticModel, save_model_file
from assay.data import Table
from assay.errors import IoError, ShapeError
from assay.errors import ValueError as AssayValueError
from assay.models import load_model
from assay.models.estimators import NotFittedError
from assay.models.linear import LogisticRegression


def made_up(classes: int, rows: int = 400, features: int = 6, seed: int = 0) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    y = rng.integers(0, classes, rows)
    x = rng.normal(size=(rows, features)) + np.eye(features)[y % features]
    return x, y


@pytest.mark.parametrize("classes", [2, 3, 5])
@pytest.mark.parametrize("c", [0.01, 1.0, 100.0])
@pytest.mark.parametrize("weight", [None, "balanced", {0: 3.0, 1: 0.5}])
@pytest.mark.parametrize("intercept", [True, False])
def test_coefficients_are_scikit_learns(classes: int, c: float, weight: Any, intercept: bool) -> None:
    x, y = made_up(classes)
    weights = np.random.default_rng(1).uniform(0, 2, len(y))
    options: dict[str, Any] = {"C": c, "class_weight": weight, "fit_intercept": intercept}
    theirs = Theirs(tol=1e-10, max_iter=10_000, solver="newton-cholesky", **options)
    theirs.fit(x, y, sample_weight=weights)
    ours = LogisticRegression(**options).fit(x, y, sample_weight=weights)
    assert ours.converged_ and ours.n_iter_[0] < 20
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-6)
    np.testing.assert_allclose(ours.predict_proba(x), theirs.predict_proba(x), atol=1e-6)
    np.testing.assert_allclose(ours.decision_function(x), theirs.decision_function(x), atol=1e-5)
    if intercept:
        np.testing.assert_allclose(ours.intercept_, theirs.intercept_, atol=1e-6)


@pytest.mark.filterwarnings("ignore:Estimator .* does not inherit from:UserWarning")
@pytest.mark.parametrize("model", [LogisticRegression(), LogisticRegression(standardise=True)], ids=repr)
def test_passes_check_estimator(model: LogisticRegression) -> None:
    results = check_estimator(model, on_skip=None)
    assert not [it["check_name"] for it in results if it["status"] in ("failed", "xfail")]
    assert sum(it["status"] == "passed" for it in results) > 50


def test_standardised_is_a_scaler_before() -> None:
    x, y = made_up(3)
    x = x * [1, 1e6, 1e-6, 1, 1, 1] + [0, 1e6, 0, 5, 0, 0]
    x[:, 4] = 7.25  # constant
    scaler = StandardScaler().fit(x)
    theirs = Theirs(tol=1e-10, max_iter=10_000, solver="newton-cholesky").fit(scaler.transform(x), y)
    ours = LogisticRegression(standardise=True).fit(x, y)
    np.testing.assert_allclose(ours.predict_proba(x), theirs.predict_proba(scaler.transform(x)), atol=1e-6)
    np.testing.assert_allclose(ours.coef_ * scaler.scale_, theirs.coef_, atol=1e-6)


def test_no_penalty_and_separated_classes() -> None:
    x, y = made_up(2)
    theirs = Theirs(C=np.inf, tol=1e-12, max_iter=10_000, solver="newton-cholesky").fit(x, y)
    ours = LogisticRegression(C=math.inf).fit(x, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-6)
    with pytest.warns(ConvergenceWarning, match="a plane separates the classes"):
        apart = LogisticRegression(C=math.inf).fit([[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1])
    assert not apart.converged_
    with pytest.warns(ConvergenceWarning, match="in 1 iterations"):
        LogisticRegression(max_iter=1).fit(x, y)


def test_tables_names_and_pickles() -> None:
    x, y = made_up(2, features=3)
    table = Table.from_dict({"torque": x[:, 0], "speed": x[:, 1], "wear": x[:, 2]})
    model = LogisticRegression().fit(table, np.where(y == 1, "failed", "ok"))
    assert model.classes_.tolist() == ["failed", "ok"] and set(model.predict(table)) == {"failed", "ok"}
    again = pickle.loads(pickle.dumps(model))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_array_equal(again.predict_proba(table), model.predict_proba(table))
    assert repr(LogisticRegression(C=2.0)) == "LogisticRegression(C=2.0)"


@pytest.mark.parametrize("wrong", [{"C": 0}, {"C": -1}, {"tol": 0}, {"max_iter": 0}])
def test_parameters_outside(wrong: dict[str, Any]) -> None:
    with pytest.raises(AssayValueError, match="above 0, and at least one iteration"):
        LogisticRegression(**wrong).fit([[0.0], [1.0], [2.0]], [0, 1, 0])


@pytest.mark.parametrize("shape", [(1, 6), (1, 1), (2, 3), (3,), (1, 0)])
def test_coefficients_that_were_set_must_fit_the_features(shape: tuple[int, ...], tmp_path: Any) -> None:
    x, y = made_up(2, features=3)
    model = LogisticRegression().fit(x, y)
    model.coef_ = np.ones(shape)
    for ask in (model.predict_proba, model.decision_function, model.predict):
        with pytest.raises(ShapeError, match=r"expected coef_ of shape \(1, 3\)"):
            ask(x)
    with pytest.raises(ShapeError, match="expected coef_ of shape"):
        model.save(tmp_path / "refused.assay-model")
    model.coef_, model.intercept_ = np.ones((1, 3)), np.zeros(2)
    with pytest.raises(ShapeError, match=r"intercept_ of shape \(1,\)"):
        model.predict(x)
    model.intercept_ = np.zeros(1)
    np.testing.assert_allclose(model.decision_function(x), x.sum(axis=1), rtol=1e-12)


@pytest.mark.parametrize("shape", [(4, 3), (1, 6), (6, 1), (2,), (4,), (2, 2, 1), (1, 2, 2)])
def test_the_core_takes_rows_of_its_features_only(shape: tuple[int, ...]) -> None:
    core = LogisticModel(np.ones((1, 2)), np.zeros(1), classes=2)
    for ask in (core.decision, core.probabilities):
        with pytest.raises(ShapeError, match=r"expected rows \[rows, 2\]"):
            ask(np.ones(shape))
    assert core.decision(np.ones((3, 2))).tolist() == [[2.0]] * 3
    assert core.probabilities(np.ones((0, 2))).shape == (0, 2)


def written(path: Any, model: LogisticRegression, **changes: Any) -> None:
    header, payload = model._model_state()
    save_model_file(str(path), json.dumps(header | changes), payload)


@pytest.mark.parametrize(
    "changes",
    [
        {"feature_names": ["a", "b", "c"]},
        {"feature_names": ["a"]},
        {"feature_names": []},
        {"features": 3},
        {"features": 1},
        {"features": 0},
        {"features": -1},
        {"classes": [0, 1, 2]},
        {"classes": [0]},
        {"classes": [[0], [1]]},
    ],
    ids=str,
)
def test_a_file_whose_header_does_not_fit_its_numbers_is_refused(
    changes: dict[str, Any], tmp_path: Any
) -> None:
    x, y = made_up(2, features=2)
    model = LogisticRegression().fit(Table.from_dict({"a": x[:, 0], "b": x[:, 1]}), y)
    written(tmp_path / "whole.assay-model", model)
    np.testing.assert_array_equal(load_model(tmp_path / "whole.assay-model").coef_, model.coef_)
    written(tmp_path / "changed.assay-model", model, **changes)
    with pytest.raises(IoError, match=r"fits a model of kind 'linear\.logistic'"):
        load_model(tmp_path / "changed.assay-model")


@pytest.mark.parametrize("c", [math.inf, 1e30])
def test_moles_per_litre_are_learnt_as_well_as_nanomoles(c: float) -> None:
    rng = np.random.default_rng(8)
    x = rng.normal(size=(2000, 2))
    y = (x @ [1.5, -1.0] + rng.logistic(size=2000) > 0.8).astype(int)
    plain = LogisticRegression(C=c, class_weight="balanced").fit(x, y)
    small = LogisticRegression(C=c, class_weight="balanced").fit(x * 3e-8, y)
    assert plain.converged_ and small.converged_
    np.testing.assert_allclose(small.coef_ * 3e-8, plain.coef_, rtol=1e-6)
    theirs = Theirs(
        C=np.inf, class_weight="balanced", tol=1e-12, max_iter=1000, solver="newton-cholesky"
    ).fit(x, y)
    np.testing.assert_allclose(small.predict_proba(x * 3e-8), theirs.predict_proba(x), atol=1e-6)


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("impute", [False, True])
def test_one_row_is_answered_as_in_a_table(classes: int, impute: bool, tmp_path: Path) -> None:
    x, y = made_up(classes, features=3)
    x = x * [1, 1e3, 1e-3] + [0, 5e3, 0]
    if impute:
        x[::7, 1] = np.nan
    table = Table.from_dict({"torque": x[:, 0], "speed": x[:, 1], "wear": x[:, 2]})
    fitted = LogisticRegression(standardise=True, impute=impute).fit(table, y)
    fitted.save(tmp_path / "m")
    for model in (fitted, load_model(tmp_path / "m"), LogisticRegression(impute=impute).fit(x, y)):
        asked = table if hasattr(model, "feature_names_in_") else x
        rows = [model.predict_row(row) for row in x[:30].tolist()]
        assert all(type(p) is float for row in rows for p in row)
        np.testing.assert_array_equal(rows, model.predict_proba(asked)[:30])
        missing = [math.nan] * 3
        if impute:
            completed = np.concatenate([model.imputer_.medians_, np.ones(len(model.imputer_.indicated_))])
            odds = model.coef_ @ completed + model.intercept_
            both = [-odds[0] / 2, odds[0] / 2] if classes == 2 else odds
            expected = np.exp(both) / np.exp(both).sum()
            np.testing.assert_allclose(model.predict_row(missing), expected, rtol=1e-9)
        else:
            with pytest.raises(AssayValueError, match="NaN in feature"):
                model.predict_row(missing)
        with pytest.raises(AssayValueError, match="infinity"):
            model.predict_row([0.0, math.inf, 0.0])
        for wrong in ([], [0.0, 1.0], [[0.0, 1.0, 2.0]]):
            with pytest.raises(ShapeError, match="expected one row of 3 features"):
                model.predict_row(wrong)
        with pytest.raises(TypeError, match="expected a list of numbers") as refused:
            model.predict_row(["Smith", 0.0, 0.0])
        assert "Smith" not in str(refused.value)
    with pytest.raises(NotFittedError, match="predict_row: this model is not fitted"):
        LogisticRegression().predict_row([0.0])


MEMORY = """
import numpy as np, warnings
from assay.models.linear import LogisticRegression

def peak():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM:"))

x = np.random.default_rng(0).normal(size=(8192, 400))
y = (x[:, 0] > 0).astype(int)
warnings.simplefilter("ignore")
LogisticRegression(max_iter=1).fit(x[:600, :4], y[:600])
before = peak()
LogisticRegression(max_iter=1).fit(x, y)
print((peak() - before) * 1024 / (8 * 401**2))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc")
def test_a_fit_keeps_no_more_squares_than_it_says() -> None:
    # One for each thread and three more; half of one for what is no square.
    done = subprocess.run(
        [sys.executable, "-c", MEMORY],
        env={**os.environ, "ASSAY_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert float(done.stdout) < 4.5
