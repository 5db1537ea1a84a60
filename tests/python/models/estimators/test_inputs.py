"""Inputs of estimators: every kind of table, columns by name, and clear errors that quote no value."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import warnings
from typing import Any

import numpy as np
import pytest
from small_models import Filled, LeastSquares, NearestMean

from assay import SchemaError, ShapeError
from assay.data import Column, Table
from assay.errors import ValueError as AssayValueError
from assay.models.estimators import (
    FeatureOrderWarning,
    NotFittedError,
    Rows,
    class_codes,
    class_weights,
    rows_of,
    seed_of,
)

NAMES = ["torque", "speed", "wear"]
ROWS = np.array([[40.0, 1500.0, 1.0], [42.0, 1400.0, 5.0], [60.0, 1200.0, 200.0], [65.0, 1250.0, 210.0]])
Y = ["ok", "ok", "failed", "failed"]


def columns(order: list[str] = NAMES) -> dict[str, list[float]]:
    return {name: ROWS[:, NAMES.index(name)].tolist() for name in order}


def table_of(kind: str, order: list[str] = NAMES) -> Any:
    table = Table.from_dict(columns(order))
    if kind == "assay":
        return table
    pytest.importorskip(kind, reason=f"{kind} is not installed")
    return getattr(table, f"to_{kind}")()


@pytest.fixture
def model() -> NearestMean:
    return NearestMean(sharpness=1e-4).fit(table_of("assay"), Y)


@pytest.mark.parametrize("kind", ["assay", "pandas", "polars", "pyarrow"])
def test_every_table_gives_the_same(kind: str, model: NearestMean) -> None:
    fitted = NearestMean(sharpness=1e-4).fit(table_of(kind), Y)
    assert fitted.feature_names_in_.tolist() == NAMES and fitted.feature_names_in_.dtype == object
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_array_equal(
            fitted.predict_proba(table_of(kind)), model.predict_proba(table_of("assay"))
        )
    assert fitted.predict(table_of(kind)).tolist() == Y


@pytest.mark.parametrize("kind", ["assay", "pandas", "polars", "pyarrow"])
def test_another_order_is_put_right_by_name_and_said(kind: str, model: NearestMean) -> None:
    with pytest.warns(FeatureOrderWarning, match="put in order by name") as seen:
        predicted = model.predict_proba(table_of(kind, ["wear", "torque", "speed"]))
    assert len(seen) == 1
    np.testing.assert_array_equal(predicted, model.predict_proba(table_of(kind)))


def test_a_missing_renamed_or_new_feature_is_named(model: NearestMean) -> None:
    table = table_of("assay")
    for given, words in (
        (table.drop(["wear"]), "expected the 3 features of the training, got no 'wear'"),
        (table.rename({"wear": "tool_wear"}), "'wear' is missing and unknown came 'tool_wear' (renamed?)"),
        (table.with_column("age", [1.0] * 4), "got also 'age', unknown to the model"),
    ):
        with pytest.raises(SchemaError) as error:
            model.predict(given)
        assert words in str(error.value)
        assert str(error.value).startswith("NearestMean.predict_proba: ")


def test_names_on_one_side_only_are_remarked(model: NearestMean) -> None:
    with pytest.warns(
        UserWarning, match="X does not have valid feature names, but NearestMean was fitted with"
    ):
        model.predict(ROWS)
    nameless = NearestMean().fit(ROWS, Y)
    assert not hasattr(nameless, "feature_names_in_")
    with pytest.warns(UserWarning, match="X has feature names, but NearestMean was fitted without"):
        nameless.predict(table_of("assay"))
    model.fit(ROWS, Y)
    assert not hasattr(model, "feature_names_in_")


def test_columns_of_one_name_are_refused() -> None:
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    with pytest.raises(SchemaError, match="got 'a' twice"):
        NearestMean().fit(pandas.DataFrame(ROWS, columns=["a", "a", "b"]), Y)
    with pytest.raises(TypeError, match="all input features have string names"):
        NearestMean().fit(pandas.DataFrame(ROWS, columns=["a", 1, 2]), Y)


@pytest.mark.parametrize(
    ("rows", "error", "words"),
    [
        (np.empty((0, 3)), ShapeError, "0 sample(s)"),
        (np.empty((4, 0)), ShapeError, "0 feature(s)"),
        (np.arange(4.0), ShapeError, "Reshape your data"),
        (np.zeros((4, 2, 2)), ShapeError, "dim 3"),
        ([[1.0, 2.0], [1.0]], ShapeError, "different lengths"),
        (ROWS * 1j, AssayValueError, "Complex data not supported"),
        ([["1", "secret"]] * 4, AssayValueError, "a string that is a number"),
        (np.full((4, 2), np.nan), AssayValueError, "contains NaN in feature 0 (4 of 4 rows) and in 1 other"),
        (np.full((4, 1), np.inf), AssayValueError, "contains infinity"),
        (np.array(["2026-01-01"] * 4, dtype="M8[D]")[:, None], TypeError, "expected numbers, got datetime64"),
    ],
    ids=lambda it: "" if isinstance(it, (np.ndarray, list, type)) else it,
)
def test_rows_that_cannot_be_used(rows: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error) as raised:
        NearestMean().fit(rows, Y)
    assert words in str(raised.value) and "secret" not in str(raised.value)


def test_a_column_that_is_no_number_is_named() -> None:
    for kind in ("assay", "pandas", "polars", "pyarrow"):
        if kind != "assay":
            pytest.importorskip(kind, reason=f"{kind} is not installed")
        table = Table.from_dict({"torque": [1.0, 2.0], "line": ["private", "b"]})
        given = table if kind == "assay" else getattr(table, f"to_{kind}")()
        with pytest.raises((TypeError, ValueError), match="in column 'line'") as raised:
            NearestMean().fit(given, [0, 1])
        assert "private" not in str(raised.value)


@pytest.mark.parametrize(
    ("y", "error", "words"),
    [
        (None, AssayValueError, "requires y to be passed, but the target y is None"),
        ([1, 1, 1, 1], AssayValueError, "at least 2 classes in y, got 1 class"),
        ([1, 2, 3, 4], AssayValueError, "4 classes in 4 rows; is y an identifier?"),
        ([0, 1, 0], ShapeError, "X has 4, y 3"),
        ([[0, 1], [1, 0], [0, 1], [1, 0]], ShapeError, "y should be a 1d array"),
        ([0.5, 0.25, 1.0, 0.5], AssayValueError, "Unknown label type: continuous"),
        ([0.0, np.nan, 1.0, 0.0], AssayValueError, "Input y contains NaN"),
        (np.array(["a", None, "b", "a"], dtype=object), AssayValueError, "NaN or None"),
        (np.array(["a", 1, "b", 1], dtype=object), AssayValueError, "cannot be sorted"),
    ],
    ids=["none", "one class", "identifier", "length", "two columns", "continuous", "nan", "null", "mixed"],
)
def test_targets_that_cannot_be_used(y: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error) as raised:
        NearestMean().fit(ROWS, y)
    assert words in str(raised.value)


def test_targets_of_every_kind() -> None:
    for y in (Y, np.array(Y), Column(Y), table_of("polars").with_columns(y=np.array(Y))["y"]):
        classes, codes = class_codes(y, 4, what="fit")
        assert classes.tolist() == ["failed", "ok"] and codes.tolist() == [1, 1, 0, 0]
    assert class_codes([True, False, True], 3, what="fit")[0].tolist() == [False, True]


@pytest.mark.parametrize(
    "weights", [[1, 1, 1], [[1]] * 4, [1, -1, 1, 1], [0, 0, 0, 0], [1, np.nan, 1, 1], ["x"] * 4]
)
def test_weights_that_cannot_be_used(weights: Any) -> None:
    with pytest.raises(ValueError, match=r"LeastSquares\.fit: "):
        LeastSquares().fit(ROWS, [1.0, 2.0, 3.0, 4.0], sample_weight=weights)


def test_class_weights() -> None:
    classes, codes = np.array(["a", "b"]), np.array([0, 0, 0, 1])
    of = {"what": "fit"}
    assert class_weights(None, classes, codes, None, **of).tolist() == [1.0, 1.0]
    np.testing.assert_allclose(class_weights("balanced", classes, codes, None, **of), [4 / 6, 4 / 2])
    assert class_weights({"b": 5}, classes, codes, None, **of).tolist() == [1.0, 5.0]
    weighted = class_weights("balanced", classes, codes, np.array([1.0, 1.0, 0.0, 3.0]), **of)
    np.testing.assert_allclose(weighted, [5 / 4, 5 / 6])
    for wrong in ("even", {"c": 1}, {"a": -1}, {"a": 0}, 3):
        with pytest.raises(AssayValueError):
            class_weights(wrong, classes, codes, None, **of)
    with pytest.raises(AssayValueError, match="got 1 class"):
        class_weights(None, classes, codes, np.array([0.0, 0.0, 0.0, 1.0]), **of)


def test_missing_values_where_they_are_allowed() -> None:
    rows = ROWS.copy()
    rows[0, 1] = np.nan
    assert Filled(sharpness=1e-6).fit(rows, Y).predict(rows).shape == (4,)
    with_null = Table.from_dict({"a": [1.0, None, 2.0], "b": [True, None, False], "c": [1, None, 3]})
    np.testing.assert_array_equal(rows_of(with_null, what="fit").values[1], [np.nan] * 3)
    with pytest.raises(AssayValueError, match="infinity"):
        Filled().fit(np.where(np.isnan(rows), np.inf, rows), Y)


def test_nothing_is_copied_where_it_need_not_be() -> None:
    assert np.shares_memory(rows_of(ROWS, what="fit").values, ROWS)
    fortran = np.asfortranarray(ROWS)
    assert np.shares_memory(rows_of(fortran, what="fit", order="F").values, fortran)
    assert np.shares_memory(rows_of(fortran, what="fit", order="A").values, fortran)
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    frame = pandas.DataFrame(ROWS, columns=NAMES)
    assert np.shares_memory(rows_of(frame, what="fit", order="A").values, frame.to_numpy())


def test_pandas_own_types() -> None:
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    frame = pandas.DataFrame(
        {"a": pandas.array([1, None], dtype="Int64"), "b": [0.5, 1.5], "c": [True, False]}
    )
    np.testing.assert_array_equal(rows_of(frame, what="fit").values, [[1, 0.5, 1], [np.nan, 1.5, 0]])


def test_parameters_and_texts() -> None:
    model = NearestMean(sharpness=2.0)
    assert repr(model) == "NearestMean(sharpness=2.0)" and repr(NearestMean()) == "NearestMean()"
    assert "<b>2.0</b>" in model._repr_html_() and "not fitted" in model._repr_html_()
    assert model.set_params(sharpness=3) is model and model.get_params() == {"sharpness": 3}
    with pytest.raises(
        AssayValueError, match=r"Invalid parameter 'C' .*Valid parameters are: \['sharpness'\]"
    ):
        model.set_params(C=1)
    assert (
        "fitted on 3 features (torque, speed, wear), 2 classes"
        in model.fit(table_of("assay"), Y)._repr_html_()
    )
    model.sharpness = "<script>"  # type: ignore[assignment]
    assert "<script>" not in model._repr_html_()


def test_pickles_and_not_fitted() -> None:
    model = NearestMean().fit(table_of("assay"), Y)
    again = pickle.loads(pickle.dumps(model))
    assert again.feature_names_in_.tolist() == NAMES
    np.testing.assert_array_equal(
        again.predict_proba(table_of("assay")), model.predict_proba(table_of("assay"))
    )
    with pytest.raises(NotFittedError) as raised:
        LeastSquares().predict(ROWS)
    assert isinstance(pickle.loads(pickle.dumps(raised.value)), NotFittedError)


def test_scores_by_hand() -> None:
    model = LeastSquares().fit([[0.0], [1.0], [2.0]], [0.0, 1.0, 2.0])
    assert model.score([[0.0], [1.0], [2.0]], [0.0, 1.0, 3.0]) == pytest.approx(1 - 1 / (14 / 3))
    assert NearestMean().fit([[0.0], [0.0], [1.0]], [0, 0, 1]).score([[0.0], [0.9]], [0, 0], [3, 1]) == 0.75


def test_seeds() -> None:
    assert seed_of(7) == 7 and seed_of(None) != seed_of(None)
    assert seed_of(np.random.default_rng(1)) == seed_of(np.random.default_rng(1))
    for wrong in (-1, "7", 1.5):
        with pytest.raises(AssayValueError):
            seed_of(wrong)


def test_needs_no_scikit_learn() -> None:
    code = """
import sys
from small_models import NearestMean
from assay.models.estimators import NotFittedError
try:
    NearestMean().predict([[1.0]])
except NotFittedError as error:
    assert isinstance(error, (ValueError, AttributeError))
NearestMean().fit([[0.0], [0.0], [1.0]], [[0], [0], [1]]).predict([[1.0]])
assert not {"sklearn", "pandas", "polars", "pyarrow"} & set(sys.modules)
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, env=environment)


def test_rows_with_names_are_taken_as_a_table_is() -> None:
    model = LeastSquares().fit(Table.from_dict(columns()), [1.0, 2.0, 3.0, 4.0])
    expected = model.predict(Table.from_dict(columns()))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_array_equal(model.predict(Rows(ROWS, list(NAMES))), expected)
    with pytest.warns(FeatureOrderWarning):
        np.testing.assert_array_equal(model.predict(Rows(ROWS[:, ::-1].copy(), NAMES[::-1])), expected)
    with pytest.raises(ShapeError, match="2D"):
        model.predict(Rows(ROWS[0], list(NAMES)))
