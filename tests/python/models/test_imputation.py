"""Median imputation against scikit-learn's, and inside the logistic regression. All data are made up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression as Theirs
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from assay import IoError
from assay.cli import main_group
from assay.data import Table, read_csv, write_csv
from assay.errors import ValueError as AssayValueError
from assay.models import load_model
from assay.models.imputation import MedianImputer
from assay.models.linear import LogisticRegression
from assay.models.model_file import save_model
from assay.models.selection import StratifiedGroupKFold, cross_val_predict


def made_up(rows: int = 240, seed: int = 0) -> tuple[Any, Any]:
    """Four features, of which the second and the fourth lack values; what is missing says something of the class."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, rows)
    x = rng.gamma(2, 3, size=(rows, 4)) + y[:, None] * [1, 2, 0, 0.5]
    x[rng.random(rows) < 0.1 + 0.3 * y, 1] = np.nan
    x[rng.random(rows) < 0.2, 3] = np.nan
    return x, y


def test_is_scikit_learns() -> None:
    x, _ = made_up()
    later, _ = made_up(seed=1)
    later[0] = np.nan
    theirs = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True).fit(x)
    theirs.indicator_.error_on_new = False
    ours = MedianImputer().fit(x)
    np.testing.assert_array_equal(ours.transform(later), theirs.transform(later))
    assert ours.indicated_.tolist() == [1, 3]
    assert ours.get_feature_names_out().tolist() == ["x0", "x1", "x2", "x3", "missing_x1", "missing_x3"]
    table = Table.from_dict({name: x[:, j] for j, name in enumerate("abcd")})
    assert MedianImputer().fit(table).get_feature_names_out()[-1] == "missing_d"
    whole = MedianImputer().fit(np.nan_to_num(x))
    np.testing.assert_array_equal(whole.transform(x[:1]), np.where(np.isnan(x[:1]), whole.medians_, x[:1]))


def test_nothing_there_infinity_and_weights() -> None:
    empty = MedianImputer().fit([[np.nan, 1.0], [np.nan, 3.0]])
    assert empty.transform([[np.nan, np.nan]]).tolist() == [[0.0, 2.0, 1.0]]
    with pytest.raises(AssayValueError, match="infinity"):
        MedianImputer().fit([[np.inf], [1.0]])
    rng = np.random.default_rng(3)
    x = np.round(rng.normal(size=(31, 3)), 1)
    x[rng.random(x.shape) < 0.2] = np.nan
    weights = rng.integers(0, 4, 31)
    repeated = MedianImputer().fit(np.repeat(x, weights, axis=0))
    np.testing.assert_array_equal(MedianImputer().fit(x, sample_weight=weights).medians_, repeated.medians_)


@pytest.mark.filterwarnings("ignore:Estimator .* does not inherit from:UserWarning")
@pytest.mark.parametrize(
    "model", [MedianImputer(), LogisticRegression(impute=True, standardise=True)], ids=repr
)
def test_passes_check_estimator(model: Any) -> None:
    results = check_estimator(model, on_skip=None)
    assert not [it["check_name"] for it in results if it["status"] in ("failed", "xfail")]


def theirs() -> Any:
    return make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True),
        StandardScaler(),
        Theirs(tol=1e-10, max_iter=10_000, solver="newton-cholesky"),
    )


def test_the_regression_is_scikit_learns_pipeline() -> None:
    x, y = made_up()
    ours = LogisticRegression(standardise=True, impute=True).fit(x, y)
    assert ours.coef_.shape == (1, 6) and ours.n_features_in_ == 4
    np.testing.assert_allclose(ours.predict_proba(x), theirs().fit(x, y).predict_proba(x), atol=1e-6)
    with pytest.raises(AssayValueError, match="NaN"):
        LogisticRegression().fit(x, y)
    late = LogisticRegression().fit(np.nan_to_num(x), y).set_params(impute=True)
    with pytest.raises(AssayValueError, match="NaN"):
        late.predict_proba(x)
    refitted = ours.set_params(impute=False).fit(np.nan_to_num(x), y)
    assert not hasattr(refitted, "imputer_") and refitted.coef_.shape == (1, 4)


def test_nothing_is_learnt_from_the_fold_that_is_left_out() -> None:
    x, y = made_up()
    groups = np.repeat(np.arange(24), 10)
    folds = StratifiedGroupKFold(4, shuffle=True, random_state=2)
    options: dict[str, Any] = {"groups": groups, "cv": folds, "method": "predict_proba"}
    found = cross_val_predict(LogisticRegression(standardise=True, impute=True), x, y, **options)
    for train, test in folds.split(x, y, groups):
        expected = theirs().fit(x[train], y[train]).predict_proba(x[test])
        np.testing.assert_allclose(found[test], expected, atol=1e-6)
    # What stands in all other rows of its fold moves nothing of a row's prediction.
    _, test = next(iter(folds.split(x, y, groups)))
    changed = x.copy()
    changed[test[1:]] = np.where(np.isnan(x[test[1:]]), 1e6, np.nan)
    again = cross_val_predict(LogisticRegression(standardise=True, impute=True), changed, y, **options)
    np.testing.assert_array_equal(again[test[0]], found[test[0]])


def test_a_file_carries_the_imputation(tmp_path: Path) -> None:
    x, y = made_up()
    # Without a value a cell of CSV is empty: null, not NaN.
    columns = {name: [None if v != v else v for v in x[:, j].tolist()] for j, name in enumerate("abcd")}
    table = Table.from_dict(columns)
    model = LogisticRegression(standardise=True, impute=True).fit(table, np.where(y == 1, "fails", "works"))
    file, rows, out = tmp_path / "m.assay-model", tmp_path / "rows.csv", tmp_path / "out.csv"
    model.save(file)
    again = load_model(file)
    assert again.impute and again.metadata["kind"] == "linear.logistic"
    np.testing.assert_array_equal(again.predict_proba(table), model.predict_proba(table))
    write_csv(table, rows)
    done = CliRunner().invoke(main_group, ["models", "predict", str(file), str(rows), "--out", str(out)])
    assert done.exit_code == 0, (done.output, done.exception)
    chances = read_csv(out).rows.column("probability_fails").to_numpy()
    np.testing.assert_allclose(chances, model.predict_proba(table)[:, 0], atol=1e-9)


def test_a_file_whose_imputation_does_not_fit_is_refused(tmp_path: Path) -> None:
    x, y = made_up()
    model = LogisticRegression(impute=True).fit(x, y)

    class Changed:
        def __init__(self, imputation: Any) -> None:
            self.imputation = imputation

        def _model_state(self) -> Any:
            header, payload = model._model_state()
            return header | {"imputation": self.imputation}, payload

    for wrong in (
        {"medians": [1.0]},
        {"medians": [1.0], "indicated": []},
        {"medians": [0.0] * 4, "indicated": [4]},
    ):
        save_model(Changed(wrong), tmp_path / "m.assay-model")
        with pytest.raises(IoError, match="header that fits a model"):
            load_model(tmp_path / "m.assay-model")
