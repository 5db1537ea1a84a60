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
    statistic: Callable[[Any], float], device: Any, replicates: int = 4000, informing: int = DEVICES
) -> tuple[float, float]:
    """Devices drawn whole by NumPy, as weights of the rows; percentiles expanded as Hesterberg 2015 has it."""
    rng, values = np.random.default_rng(5), []
    for _ in range(replicates):
        weights = np.bincount(rng.integers(0, DEVICES, DEVICES), minlength=DEVICES)[device]
        values.append(statistic(weights))
    t = stats.t.ppf(0.975, informing - 1)
    tail = stats.norm.cdf(-np.sqrt(informing / (informing - 1)) * t)
    low, high = np.nanquantile(values, [tail, 1 - tail])
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


def test_intervals_are_expanded_for_the_devices_that_fail() -> None:
    scores, truth, device = made_up()
    truth &= np.isin(device, [1, 2, 3, 5, 8, 11])
    called = scores > 0.7
    options: dict[str, Any] = {"groups": device, "replicates": 4000, "confidence": 0.95}
    calling = len(np.unique(device[called]))
    assert len(np.unique(device[truth])) == 6

    def f1(weights: Any, one: int) -> float:
        hits = weights[(truth == one) & (called == one)].sum()
        return float(2 * hits / (weights[truth == one].sum() + weights[called == one].sum()))

    above = np.sign(scores[truth][:, None] - scores[~truth][None, :]) / 2 + 0.5

    def roc(weights: Any) -> float:
        bad, good = weights[truth], weights[~truth]
        return float(bad @ above @ good / (bad.sum() * good.sum())) if bad.any() else np.nan

    def share(weights: Any, hits: Any, among: Any) -> float:
        counted = weights[among].sum()
        return float(weights[hits & among].sum() / counted) if counted else np.nan

    own: dict[str, tuple[Callable[[Any], float], int]] = {
        "f1": (lambda w: f1(w, 1), 6),
        "f1 of the rest": (lambda w: f1(w, 0), 6),
        "f1 macro": (lambda w: (f1(w, 0) + f1(w, 1)) / 2, 6),
        "f1 micro": (lambda w: share(w, truth == called, np.ones(len(w), dtype=bool)), DEVICES),
        "roc": (roc, 6),
        "recall": (lambda w: share(w, called, truth), 6),
        "precision": (lambda w: share(w, truth, called), calling),
    }
    found = {
        "f1": ev.f1_score(truth, called, average="binary", **options).interval,
        "f1 of the rest": ev.f1_score(truth, called, average="binary", positive=0, **options).interval,
        "f1 macro": ev.f1_score(truth, called, average="macro", **options).interval,
        "f1 micro": ev.f1_score(truth, called, average="micro", **options).interval,
        "roc": ev.label_aucs(scores[:, None], truth[:, None], **options).interval,
        "recall": ev.bootstrap_proportion(called, truth, **options).interval,
        "precision": ev.bootstrap_proportion(truth, called, **options).interval,
    }
    for name, interval in found.items():
        statistic, informing = own[name]
        low, high = own_interval(statistic, device, informing=informing)
        assert interval is not None
        assert (interval.low, interval.high) == pytest.approx((low, high), abs=0.1 * (high - low)), name
    low, high = own_interval(own["roc"][0], device)
    expanded = found["roc"]
    assert expanded is not None
    assert expanded.high - expanded.low > 1.15 * (high - low)


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
