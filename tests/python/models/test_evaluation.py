"""The statistics of classifiers against scikit-learn and SciPy, and what they refuse."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import assay
from assay.models import evaluation as ev


def made_up(rows: int = 400, labels: int = 4, seed: int = 1) -> tuple[Any, Any]:
    """Logits that know something about the truth, rounded so that there are ties."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, labels, rows)
    logits = np.round(rng.normal(0, 1.5, (rows, labels)) + 1.5 * np.eye(labels)[truth], 1)
    return logits.astype(np.float32), truth


def test_auc_and_roc_equal_scikit_learn() -> None:
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")
    logits, truth = made_up()
    aucs = ev.label_aucs(logits, np.eye(4, dtype=bool)[truth], replicates=50)
    for label, auc in enumerate(aucs.labels):
        assert auc.value == pytest.approx(metrics.roc_auc_score(truth == label, logits[:, label]), abs=1e-12)
        curve = ev.roc_curve(logits[:, label], truth == label)
        assert curve is not None
        corners = np.stack(
            metrics.roc_curve(truth == label, logits[:, label], drop_intermediate=False), axis=1
        )
        ours = np.stack([curve.false_positive_rate, curve.true_positive_rate, curve.threshold], axis=1)
        nearest = np.abs(corners[:, None, :2] - ours[None, :, :2]).max(axis=2).min(axis=0)
        assert nearest.max() < 1e-12 and len(ours) <= len(corners)
        assert set(ours[1:, 2]) <= set(corners[1:, 2])
        assert metrics.auc(curve.false_positive_rate, curve.true_positive_rate) == pytest.approx(auc.value)
    one_hot = np.eye(4)[truth]
    assert aucs.macro == pytest.approx(metrics.roc_auc_score(one_hot, logits, average="macro"), abs=1e-12)


def test_auc_equals_the_u_statistic_of_scipy() -> None:
    stats = pytest.importorskip("scipy.stats", reason="SciPy is not installed")
    logits, truth = made_up(seed=2)
    positive = truth == 1
    u = stats.mannwhitneyu(logits[positive, 1], logits[~positive, 1]).statistic
    auc = ev.area_under_roc(logits[:, 1], positive)
    assert auc.value == pytest.approx(u / positive.sum() / (~positive).sum(), abs=1e-12)


def test_delong_agrees_with_a_bootstrap_within_the_groups() -> None:
    stats = pytest.importorskip("scipy.stats", reason="SciPy is not installed")
    logits, truth = made_up(rows=300, seed=3)
    positive = truth == 0
    auc = ev.area_under_roc(logits[:, 0], positive)

    def area(x: Any, y: Any) -> float:
        ranks = stats.rankdata(np.concatenate([x, y]))[: len(x)]
        return float((ranks.sum() - len(x) * (len(x) + 1) / 2) / len(x) / len(y))

    found = stats.bootstrap(
        (logits[positive, 0], logits[~positive, 0]),
        area,
        n_resamples=2000,
        vectorized=False,
        method="percentile",
        rng=np.random.default_rng(0),
    )
    assert auc.standard_error == pytest.approx(found.standard_error, rel=0.08)
    assert auc.interval is not None
    assert auc.interval.low == pytest.approx(found.confidence_interval.low, abs=0.012)
    assert auc.interval.high == pytest.approx(found.confidence_interval.high, abs=0.012)


def test_top_k_equals_scikit_learn() -> None:
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")
    rng = np.random.default_rng(4)
    scores, truth = rng.normal(size=(200, 6)), rng.integers(0, 6, 200)
    for k in (1, 2, 5):
        found = ev.top_k_accuracy(scores, np.eye(6, dtype=bool)[truth], k=k)
        assert found.cases.value == pytest.approx(metrics.top_k_accuracy_score(truth, scores, k=k))
    recall = ev.top_k_accuracy(scores, np.eye(6, dtype=bool)[truth]).macro
    assert recall == pytest.approx(metrics.balanced_accuracy_score(truth, scores.argmax(axis=1)))


def test_wilson_equals_scipy() -> None:
    stats = pytest.importorskip("scipy.stats", reason="SciPy is not installed")
    for hits, total in [(0, 1), (1, 1), (0, 20), (7, 9), (50, 1000), (1000, 1000)]:
        expected = stats.binomtest(hits, total).proportion_ci(0.9, method="wilson")
        found = ev.wilson_proportion(hits, total, confidence=0.9).interval
        assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_proper_scores_equal_scikit_learn() -> None:
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")
    logits, truth = made_up(seed=5)
    p = ev.softmax_rows(logits)
    np.testing.assert_allclose(p.sum(axis=1), 1)
    assert ev.negative_log_likelihood(p, truth) == pytest.approx(metrics.log_loss(truth, p), rel=1e-9)
    assert ev.brier_score(p, truth) == pytest.approx(((p - np.eye(4)[truth]) ** 2).sum(axis=1).mean())
    two = p[:, :2] / p[:, :2].sum(axis=1, keepdims=True)
    half = ev.brier_score(two, truth % 2) / 2
    assert half == pytest.approx(metrics.brier_score_loss(truth % 2, two[:, 1]))


@pytest.mark.parametrize(("binning", "strategy"), [("equal_width", "uniform"), ("equal_count", "quantile")])
def test_reliability_equals_scikit_learn(binning: str, strategy: str) -> None:
    calibration = pytest.importorskip("sklearn.calibration", reason="scikit-learn is not installed")
    rng = np.random.default_rng(6)
    p = rng.uniform(size=1000)
    came_true = rng.uniform(size=1000) < p**2
    found = ev.reliability(p, came_true, bins=8, binning=binning, replicates=50)
    observed, mean = calibration.calibration_curve(came_true, p, n_bins=8, strategy=strategy)
    filled = [b for b in found.bins if b.observed.total]
    np.testing.assert_allclose([b.mean_probability for b in filled], mean, atol=2e-3)
    np.testing.assert_allclose([b.observed.value for b in filled], observed, atol=1e-2)
    weights = [b.observed.total for b in filled]
    gaps = [abs(b.observed.value - b.mean_probability) for b in filled]
    assert found.expected_error == pytest.approx(np.average(gaps, weights=weights))
    assert found.largest_error == pytest.approx(max(gaps))


def test_temperature_equals_scipys_minimum() -> None:
    optimize = pytest.importorskip("scipy.optimize", reason="SciPy is not installed")
    special = pytest.importorskip("scipy.special", reason="SciPy is not installed")
    logits, truth = made_up(seed=7)

    def loss(u: float) -> float:
        rows = special.log_softmax(logits.astype(np.float64) * math.exp(-u), axis=1)
        return float(-rows[np.arange(len(truth)), truth].mean())

    best = optimize.minimize_scalar(loss, bounds=(-3, 3), method="bounded", options={"xatol": 1e-10})
    fit = ev.fit_temperature(logits, truth)
    assert fit.temperature == pytest.approx(math.exp(best.x), rel=1e-6)
    assert (fit.loss_before, fit.loss_after) == pytest.approx((loss(0), best.fun), rel=1e-9)
    assert not fit.at_limit


def test_what_is_not_defined_is_absent() -> None:
    auc = ev.area_under_roc([0.1, 0.9], [True, True])
    assert auc.value is None and auc.interval is None and (auc.positives, auc.negatives) == (2, 0)
    assert ev.roc_curve([0.1, 0.9], [False, False]) is None
    assert ev.area_under_roc([], []).value is None
    one = ev.label_aucs([[0.2, 0.8]], [[False, True]])
    assert one.macro is None and one.defined == 0
    assert math.isnan(ev.reliability([], []).expected_error)
    assert math.isnan(ev.top_k_accuracy(np.empty((0, 3)), np.empty((0, 3), bool)).cases.value)


def test_what_cannot_be_evaluated_is_refused_by_name() -> None:
    marks = [[True, False], [False, True]]
    with pytest.raises(assay.ValueError, match="score 2 is NaN"):
        ev.label_aucs([[0, 1], [np.nan, 1]], marks)
    with pytest.raises(assay.ValueError, match="row 1 has no true label"):
        ev.top_k_accuracy([[0, 1], [1, 0]], [[True, False], [False, False]])
    with pytest.raises(assay.ShapeError, match="shape of the scores"):
        ev.label_aucs([[0, 1], [1, 0]], [True, False])
    with pytest.raises(assay.ShapeError, match=r"\[rows, labels\]"):
        ev.top_k_accuracy([0, 1], [True, False])
    with pytest.raises(TypeError, match="booleans"):
        ev.area_under_roc([0, 1], [0.5, 1.0])
    with pytest.raises(assay.ValueError, match="value 1 is NaN"):
        ev.reliability([0.5, np.nan], [True, False])
    with pytest.raises(assay.ValueError, match="equal_width or equal_count"):
        ev.reliability([0.5], [True], binning="quantile")
    with pytest.raises(assay.ValueError, match="true labels from 0 to 1"):
        ev.brier_score([[0.5, 0.5]], [2])
    with pytest.raises(assay.ValueError, match="score 1 is not"):
        ev.fit_temperature([[0, np.inf]], [0])
