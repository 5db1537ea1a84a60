"""Scores through the bindings: scalars, arrays, missing inputs, bad shapes. The numbers are proven in C++."""

import math
import re
from typing import Any

import numpy as np
import pytest

import assay
from assay.features import scores


def test_news2_says_what_is_missing() -> None:
    full = scores.news2(
        heart_rate=95,
        systolic_bp=120,
        spo2=98,
        temperature=37,
        respiratory_rate=22,
        on_oxygen=True,
        consciousness="A",
    )
    assert (full.total, full.n_missing, full.risk) == (5, 0, "medium")
    partial = scores.news2(heart_rate=95)
    assert partial.total is None
    assert (partial.known_points, partial.n_missing, partial.risk) == (1, 6, None)


def test_news2_refuses_an_unknown_level_and_scale() -> None:
    with pytest.raises(assay.ValueError, match="A, C, V, P, U"):
        scores.news2(consciousness="alert")
    with pytest.raises(ValueError, match="1 or 2"):
        scores.news2(spo2_scale=3)


def test_point_scores_of_numbers_and_arrays_agree() -> None:
    one = scores.qsofa(respiratory_rate=25, systolic_bp=90, glasgow_coma_scale=15)
    many = scores.qsofa(
        respiratory_rate=[25, 25], systolic_bp=np.array([90, np.nan]), glasgow_coma_scale=np.float32([15, 15])
    )
    assert one.total == 2
    assert many[0] == 2
    assert math.isnan(many[1])
    assert scores.sirs(temperature=39, heart_rate=100, respiratory_rate=24, wbc=15).total == 4
    assert list(scores.sirs(temperature=[39.0], heart_rate=[100], respiratory_rate=[24], wbc=[15])) == [4]


def test_shock_index_and_risk_score() -> None:
    assert scores.shock_index(heart_rate=90, systolic_bp=100) == 0.9
    assert math.isnan(scores.shock_index(heart_rate=90, systolic_bp=0))
    assert scores.risk_score(heart_rate=118.9, systolic_bp=144.7, spo2=87.1) == 0.5
    strided = np.arange(20.0)[::2] + 80
    out = scores.risk_score(heart_rate=strided, systolic_bp=np.full(10, 120), spo2=np.full(10, 97))
    assert out.shape == (10,)
    np.testing.assert_array_equal(out, np.where(strided > 100, 0.1, 0.0))


def test_weights_are_data() -> None:
    weights = scores.RiskWeights()
    weights.heart_rate = scores.RiskBand(
        severe_low=0, mild_low=0, mild_high=90, severe_high=200, mild=0.05, severe=0.2
    )
    assert scores.risk_score(heart_rate=95, systolic_bp=120, spo2=98, weights=weights) == 0.05
    weights.heart_rate = scores.RiskBand(
        severe_low=9, mild_low=0, mild_high=0, severe_high=0, mild=0, severe=0
    )
    with pytest.raises(assay.ValueError, match="heart_rate"):
        scores.risk_score(heart_rate=95, systolic_bp=120, spo2=98, weights=weights)


def test_arrays_of_different_lengths_are_refused() -> None:
    with pytest.raises(assay.ShapeError, match=re.escape("one length")):
        scores.shock_index(heart_rate=[1.0, 2.0], systolic_bp=[1.0, 2.0, 3.0])
    with pytest.raises(assay.ShapeError):
        scores.shock_index(heart_rate=np.ones((2, 2)), systolic_bp=np.ones((2, 2)))


FULL = {
    "heart_rate": 95,
    "systolic_bp": 120,
    "spo2": 98,
    "temperature": 37,
    "respiratory_rate": 22,
    "on_oxygen": True,
    "consciousness": "A",
}


def test_news2_of_columns() -> None:
    one = scores.news2(**FULL).total
    many = scores.news2(
        **{
            **FULL,
            "heart_rate": np.array([95, 131, np.nan]),
            "on_oxygen": [True, None, True],
            "consciousness": ["A", "A", "V"],
        }
    )
    assert many.dtype == np.float64
    assert many[0] == one == 5
    assert math.isnan(many[1]) and math.isnan(many[2])
    columns = {name: [value, value] for name, value in FULL.items()}
    assert scores.news2(**columns).tolist() == [5, 5]
    columns["consciousness"] = np.ma.array(["A", "V"], mask=[False, True])
    assert scores.news2(**columns)[0] == 5
    assert math.isnan(scores.news2(**columns)[1])
    assert scores.news2(**{**FULL, "consciousness": ["V"], "on_oxygen": np.array([0.0])}).tolist() == [6]
    assert scores.news2(heart_rate=[]).shape == (0,)


@pytest.mark.parametrize("scale", [1, 2])
def test_news2_of_columns_is_that_of_each_row(scale: int) -> None:
    random = np.random.default_rng(3)
    rows = 2000
    columns: dict[str, list[Any]] = {
        name: np.where(random.random(rows) < 0.05, np.nan, random.normal(mean, spread, rows)).tolist()
        for name, mean, spread in (
            ("heart_rate", 85, 30),
            ("systolic_bp", 130, 40),
            ("spo2", 93, 5),
            ("temperature", 37, 1.5),
            ("respiratory_rate", 17, 6),
        )
    }
    columns["on_oxygen"] = random.choice([True, False, None], rows, p=[0.45, 0.45, 0.1]).tolist()
    columns["consciousness"] = random.choice([*"ACVPU", None], rows).tolist()
    together = scores.news2(**columns, spo2_scale=scale)
    for i, total in enumerate(together):
        one = scores.news2(**{name: values[i] for name, values in columns.items()}, spo2_scale=scale).total
        assert (one is None and math.isnan(total)) or one == total
    assert 500 < np.isfinite(together).sum() < rows


def test_news2_of_columns_refuses_what_does_not_fit() -> None:
    with pytest.raises(assay.ShapeError, match="one length"):
        scores.news2(heart_rate=[90, 91], consciousness=["A"])
    with pytest.raises(assay.ShapeError, match="one length"):
        scores.news2(heart_rate=[90], consciousness=["A", "V"])
    with pytest.raises(assay.ShapeError):
        scores.news2(heart_rate=np.ones((2, 2)))
    with pytest.raises(TypeError, match="on_oxygen"):
        scores.news2(**{**FULL, "on_oxygen": "yes"})
    for level in ("alert", ["A"]):
        with pytest.raises(assay.ValueError, match="A, C, V, P, U"):
            scores.news2(heart_rate=[90, 91], consciousness=np.array(["A", level], dtype=object))
    with pytest.raises(assay.ValueError, match="spo2_scale"):
        scores.news2(heart_rate=[90], spo2_scale=3)


@pytest.mark.parametrize("name", ["pandas", "polars", "pyarrow", "assay"])
def test_columns_of_any_library_with_nulls(name: str) -> None:
    rates, levels = [95, None, 95], ["A", "A", None]
    if name == "pandas":
        pd = pytest.importorskip("pandas")
        rate, level = pd.Series(rates, dtype="Int64"), pd.Series(levels)
    elif name == "polars":
        pl = pytest.importorskip("polars")
        rate, level = pl.Series(rates), pl.Series(levels)
    elif name == "pyarrow":
        pa = pytest.importorskip("pyarrow")
        rate, level = pa.array(rates), pa.chunked_array([levels])
    else:
        table = assay.data.Table.from_dict({"rate": rates, "level": levels})
        rate, level = table["rate"], table["level"]
    np.testing.assert_array_equal(
        scores.news2(**{**FULL, "heart_rate": rate, "consciousness": level}), [5, np.nan, np.nan]
    )
    np.testing.assert_array_equal(scores.shock_index(heart_rate=rate, systolic_bp=95), [1, np.nan, 1])


def test_a_masked_value_is_missing() -> None:
    hidden = np.ma.array([90.0, 9999.0], mask=[False, True])
    np.testing.assert_array_equal(
        scores.shock_index(heart_rate=hidden, systolic_bp=[100, 100]), [0.9, np.nan]
    )
    assert np.isnan(scores.sirs(temperature=hidden, heart_rate=90, respiratory_rate=20, wbc=9)[1])
    hidden = np.ma.array([90, 9999], mask=[False, True])  # integers have no NaN of their own
    assert np.isnan(scores.risk_score(heart_rate=hidden, systolic_bp=120, spo2=98)[1])


def test_nothing_measured_is_nan() -> None:
    assert math.isnan(scores.risk_score(heart_rate=None, systolic_bp=None, spo2=None))
    assert math.isnan(scores.shock_index(heart_rate=None, systolic_bp=None))
    assert scores.qsofa().total is None
    assert scores.news2().n_missing == 7


@pytest.mark.parametrize("kind", [np.int64, np.float32, np.array])
def test_numbers_of_numpy_are_numbers(kind: type) -> None:
    index = scores.shock_index(heart_rate=kind(90), systolic_bp=kind(100))
    assert isinstance(index, float) and index == 0.9
    risk = scores.risk_score(heart_rate=kind(95), systolic_bp=kind(120), spo2=kind(98))
    assert isinstance(risk, float)
    assert (
        scores.qsofa(respiratory_rate=kind(25), systolic_bp=kind(90), glasgow_coma_scale=kind(15)).total == 2
    )
    assert scores.news2(**{**FULL, "heart_rate": kind(95), "on_oxygen": np.True_}).total == 5


@pytest.mark.parametrize("value", ["Made-Up-Name", ["Made-Up-Name"], object()])
def test_what_is_no_number_is_not_quoted(value: object) -> None:
    for call in (scores.shock_index, scores.qsofa, scores.news2):
        names = {"systolic_bp": 100, "heart_rate": value}
        if call is scores.qsofa:
            names = {"systolic_bp": 100, "respiratory_rate": value}
        with pytest.raises(TypeError, match="expected a") as caught:
            call(**names)
        assert "Made-Up" not in str(caught.value)
        assert caught.value.__context__ is None
