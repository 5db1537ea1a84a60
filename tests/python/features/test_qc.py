"""assay.features.qc against computations in NumPy that share nothing with it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from assay.errors import ShapeError
from assay.features import qc


def naive(z: np.ndarray, needed: int, limit: float) -> list[int]:
    """n consecutive of one material beyond the limit on one side, by looking at every window."""
    return [
        i
        for i in range(needed - 1, z.size)
        if (z[i - needed + 1 : i + 1] > limit).all() or (z[i - needed + 1 : i + 1] < -limit).all()
    ]


@pytest.mark.parametrize(
    ("rule", "needed", "limit"), [("1-2s", 1, 2), ("1-3s", 1, 3), ("2-2s", 2, 2), ("4-1s", 4, 1), ("10-x", 10, 0)]
)
def test_rules_equal_a_look_at_every_window(rule: str, needed: int, limit: float) -> None:
    z = np.random.default_rng(5).normal(0.4, 1.3, 20_000)
    found = [violation.point for violation in qc.check_controls(z, rules=[rule])]
    assert found == naive(z, needed, limit)
    assert len(found) > 20


def test_the_default_rules_follow_the_number_of_materials() -> None:
    z = [2.1, 0.0, 2.2]
    [first, second] = [v for v in qc.check_controls(z, runs=[0, 0, 0], materials=[0, 1, 2]) if v.point == 2]
    assert (first.rule.name, second.rule.name, second.across) == ("1-2s", "2of3-2s", True)
    assert not first.rule.rejects and second.rule.rejects
    assert [v.rule.name for v in qc.check_controls([2.1, 2.2])] == ["1-2s", "1-2s", "2-2s"]
    with pytest.raises(ValueError, match="point 1"):
        qc.check_controls([0.0, math.nan])
    with pytest.raises(ValueError, match="form like"):
        qc.check_controls([0.0], rules=["three sigma"])
    with pytest.raises(ShapeError, match="one length"):
        qc.check_controls([0.0, 1.0], runs=[1])


def test_charts_equal_their_recurrences() -> None:
    z = np.random.default_rng(6).normal(0.3, 1, 500)
    high = low = average = 0.0
    chart, moving = qc.cusum(z, restart=False), qc.ewma(z)
    for i, value in enumerate(z):
        high, low = max(0.0, high + value - 0.5), max(0.0, low - value - 0.5)
        average = 0.2 * value + 0.8 * average
        assert chart.high[i] == high and chart.low[i] == low
        assert moving.average[i] == pytest.approx(average, rel=1e-12)
        assert moving.limit[i] == pytest.approx(3 * math.sqrt(0.2 / 1.8 * (1 - 0.8 ** (2 * (i + 1)))), rel=1e-12)
    assert chart.signals.tolist() == np.flatnonzero(np.maximum(chart.high, chart.low) > 5).tolist()
    assert moving.signals.tolist() == np.flatnonzero(np.abs(moving.average) > moving.limit).tolist()


def test_deltas_and_moving_averages() -> None:
    assert qc.reference_change_value(3, 4) == pytest.approx(math.sqrt(2) * 1.96 * 5)
    assert qc.delta_check(4.0, 6.1, 1, percent=50).failed
    assert not qc.delta_check(4.0, 6.1, 5, percent=50, within_days=3).compared
    results = np.random.default_rng(7).normal(140, 3, 1000)
    averages = qc.patient_moving_average(results, block=50, low=130, high=150)
    kept = results[(results >= 130) & (results <= 150)]
    assert np.isnan(averages[:49]).all()
    assert averages[-1] == pytest.approx(kept[-50:].mean(), rel=1e-13)
