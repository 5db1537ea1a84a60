"""Precision and recall, F1 and thresholds against scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from assay.errors import ValueError as AssayValueError
from assay.models.evaluation import (
    average_precision,
    choose_threshold,
    confusion_matrix,
    f1_score,
    precision_recall_curve,
)


@pytest.mark.parametrize("levels", [3, 20, 10**9])
def test_average_precision_is_scikit_learns(levels: int) -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        truth = rng.random(80) < 0.2
        truth[0] = True
        scores = rng.integers(0, levels, 80) / levels + 0.2 * truth
        found = average_precision(scores, truth, replicates=50)
        assert found.value == pytest.approx(metrics.average_precision_score(truth, scores), abs=1e-12)
        assert found.interval.low <= found.value + 0.1 and found.interval.high <= 1
        precision, recall, threshold = metrics.precision_recall_curve(truth, scores, drop_intermediate=False)
        curve = precision_recall_curve(scores, truth)
        np.testing.assert_allclose(curve.precision, precision[-2::-1])
        np.testing.assert_allclose(curve.recall, recall[-2::-1])
        np.testing.assert_allclose(curve.threshold, threshold[::-1])


@pytest.mark.parametrize("average", ["macro", "weighted", "micro"])
def test_f1_is_scikit_learns(average: str) -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        truth, called = rng.integers(0, 4, 60), rng.integers(0, 4, 60)
        found = f1_score(truth, called, average=average, classes=4, replicates=200, seed=1)
        assert found.average == average
        assert found.value == pytest.approx(metrics.f1_score(truth, called, average=average))
        assert found.interval.low < found.value < found.interval.high


def test_binary_f1_and_confusion_matrix() -> None:
    rng = np.random.default_rng(1)
    truth, called = rng.integers(0, 2, 200), rng.integers(0, 2, 200)
    found = f1_score(truth, called, average="binary")
    assert found.value == pytest.approx(metrics.f1_score(truth, called)) and found.positive == 1
    matrix = confusion_matrix(truth, called, classes=2)
    np.testing.assert_array_equal(matrix.counts, metrics.confusion_matrix(truth, called))
    precision, recall, f1, rows = metrics.precision_recall_fscore_support(truth, called)
    for i, score in enumerate(matrix.class_scores):
        assert (score.precision, score.recall, score.f1) == pytest.approx((precision[i], recall[i], f1[i]))
        assert score.rows == rows[i]
    same = f1_score(truth, called, average="binary", seed=5)
    assert same.interval.low == f1_score(truth, called, average="binary", seed=5).interval.low


def test_threshold_is_the_best_of_the_curve() -> None:
    rng = np.random.default_rng(2)
    truth = rng.random(300) < 0.1
    scores = rng.normal(size=300) + 2 * truth
    choice = choose_threshold(scores, truth)
    precision, recall, _ = metrics.precision_recall_curve(truth, scores)
    assert choice.value == pytest.approx(np.nanmax(2 * precision * recall / (precision + recall + 1e-300)))
    assert choice.value == pytest.approx(metrics.f1_score(truth, scores >= choice.threshold))
    youden = choose_threshold(scores, truth, aim="youden")
    false, true, _ = metrics.roc_curve(truth, scores)
    assert youden.value == pytest.approx((true - false).max())


def test_names_that_are_none() -> None:
    with pytest.raises(AssayValueError, match="binary, macro, weighted or micro, got 'mean'"):
        f1_score([0, 1], [0, 1], average="mean")
    with pytest.raises(TypeError):
        f1_score([0, 1], [0, 1])  # an average is always named
    with pytest.raises(AssayValueError, match="f1 or youden"):
        choose_threshold([0.0, 1.0], [False, True], aim="cost")
