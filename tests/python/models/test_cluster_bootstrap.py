"""Intervals by group: against an own computation with scikit-learn and SciPy. All data are made up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn import metrics

import assay
from assay.models import evaluation as ev

stats = pytest.importorskip("scipy.stats", reason="SciPy is not installed")

DEVICES, DAYS = 14, 40


def made_up() -> tuple[Any, Any, Any]:
    """Scores, truth and device of days; devices differ in how often they fail and how well that shows."""
    rng = np.random.default_rng(11)
    device = np.repeat(np.arange(DEVICES), DAYS)
    often, shows = rng.normal(-1.5, 1, DEVICES), rng.normal(1, 0.8, DEVICES)
    truth = rng.random(len(device)) < 1 / (1 + np.exp(-often[device]))
    return np.round(rng.normal(0, 1, len(device)) + shows[device] * truth, 2), truth, device


def own_interval(
    statistic: Callable[[Any], float], device: Any, replicates: int = 4000
) -> tuple[float, float]:
    """Devices drawn whole by NumPy, as weights of the rows; percentiles expanded as Hesterberg 2015 has it."""
    rng, values = np.random.default_rng(5), []
    for _ in range(replicates):
        weights = np.bincount(rng.integers(0, DEVICES, DEVICES), minlength=DEVICES)[device]
        values.append(statistic(weights))
    t = stats.t.ppf(0.975, DEVICES - 1)
    tail = stats.norm.cdf(-np.sqrt(DEVICES / (DEVICES - 1)) * t)
    low, high = np.quantile(values, [tail, 1 - tail])
    return float(low), float(high)


def test_intervals_are_those_of_an_own_computation() -> None:
    scores, truth, device = made_up()
    called = scores > 0.7
    options: dict[str, Any] = {"groups": device, "replicates": 4000}
    found = {
        "average precision": ev.average_precision(scores, truth, **options).interval,
        "f1": ev.f1_score(truth, called, average="binary", **options).interval,
        "roc": ev.label_aucs(scores[:, None], truth[:, None], **options).interval,
        "recall": ev.bootstrap_proportion(called, truth, **options).interval,
    }
    own = {
        "average precision": lambda w: metrics.average_precision_score(truth, scores, sample_weight=w),
        "f1": lambda w: metrics.f1_score(truth, called, sample_weight=w),
        "roc": lambda w: metrics.roc_auc_score(truth, scores, sample_weight=w),
        "recall": lambda w: metrics.recall_score(truth, called, sample_weight=w),
    }
    for name, interval in found.items():
        low, high = own_interval(own[name], device)
        width = high - low
        assert interval is not None
        assert (interval.low, interval.high) == pytest.approx((low, high), abs=0.06 * width), name
    by_row = ev.average_precision(scores, truth).interval
    wide = found["average precision"]
    assert by_row is not None and wide is not None
    assert wide.high - wide.low > 1.3 * (by_row.high - by_row.low)


def test_groups_of_one_row_change_nothing() -> None:
    scores, truth, _ = made_up()
    alone = np.random.default_rng(0).permutation(len(scores))
    for with_groups, without in (
        (ev.average_precision(scores, truth, groups=alone), ev.average_precision(scores, truth)),
        (
            ev.f1_score(truth, scores > 1, average="macro", groups=alone),
            ev.f1_score(truth, scores > 1, average="macro"),
        ),
    ):
        assert with_groups.interval is not None and without.interval is not None
        assert (with_groups.interval.low, with_groups.interval.high) == (
            without.interval.low,
            without.interval.high,
        )


def test_groups_that_are_none() -> None:
    scores, truth, device = made_up()
    with pytest.raises(assay.ShapeError, match="expected 560 groups, got 559"):
        ev.average_precision(scores, truth, groups=device[1:])
    with pytest.raises(TypeError, match="expected groups as whole numbers"):
        ev.average_precision(scores, truth, groups=device.astype(str))
    assert ev.average_precision(scores, truth, groups=np.zeros(len(scores), dtype=int)).interval is None
