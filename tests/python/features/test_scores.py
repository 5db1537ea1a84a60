"""Scores through the bindings: scalars, arrays, missing inputs, bad shapes. The numbers are proven in C++."""

import math
import re

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
