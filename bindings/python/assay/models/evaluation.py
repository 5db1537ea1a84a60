"""Statistics of classifiers: accuracy, ROC, calibration, with confidence intervals. Needs no torch.

Scores are arrays [rows, labels], truth booleans of that shape or positions [rows]. NaN is refused; what is not
defined is None (an AUC without positives) or NaN (a share of nothing).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assay import _native  # noqa: F401 - cleans the core's errors
from assay._core.models import (
    F1,
    Auc,
    AveragePrecision,
    Calibration,
    CalibrationScope,
    ClassScore,
    ConfusionMatrix,
    Interval,
    LabelAucs,
    PrecisionRecallCurve,
    Proportion,
    Reliability,
    ReliabilityBin,
    RocCurve,
    TemperatureFit,
    ThresholdChoice,
    TopK,
    area_under_roc,
    average_precision,
    bootstrap_proportion,
    brier_score,
    choose_threshold,
    confusion_matrix,
    f1_score,
    fit_temperature,
    label_aucs,
    model_fingerprint,
    negative_log_likelihood,
    precision_recall_curve,
    reliability,
    roc_curve,
    softmax_rows,
    text_fingerprint,
    top_k_accuracy,
    wilson_proportion,
)
from assay.errors import ShapeError

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = [
    "F1",
    "Auc",
    "AveragePrecision",
    "Calibration",
    "CalibrationScope",
    "ClassScore",
    "ConfusionMatrix",
    "Evaluation",
    "Interval",
    "LabelAucs",
    "PrecisionRecallCurve",
    "Proportion",
    "Reliability",
    "ReliabilityBin",
    "RocCurve",
    "TemperatureFit",
    "ThresholdChoice",
    "TopK",
    "area_under_roc",
    "average_precision",
    "bootstrap_proportion",
    "brier_score",
    "choose_threshold",
    "confusion_matrix",
    "evaluate",
    "f1_score",
    "fit_temperature",
    "label_aucs",
    "model_fingerprint",
    "negative_log_likelihood",
    "precision_recall_curve",
    "reliability",
    "roc_curve",
    "softmax_rows",
    "text_fingerprint",
    "top_k_accuracy",
    "wilson_proportion",
]


@dataclass(frozen=True)
class Evaluation:
    """What is known of a classifier from labelled cases."""

    labels: tuple[str, ...]
    cases: int
    top_k: dict[int, TopK]
    aucs: LabelAucs
    rocs: tuple[RocCurve | None, ...]
    reliability: Reliability
    """Of the label that comes first: its probability against how often it is true."""
    one_label: int
    """Cases with exactly one true label; the two scores below are of these, and None where there is none."""
    brier_score: float | None
    negative_log_likelihood: float | None
    confidence: float
    seed: int
    replicates: int

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it: what is not defined is None."""
        return {
            "cases": self.cases,
            "confidence": self.confidence,
            "bootstrap": {"seed": self.seed, "replicates": self.replicates},
            "top_k": [
                {"k": k, **_proportion(found.cases), "macro_recall": _number(found.macro)}
                for k, found in self.top_k.items()
            ],
            "auc": {
                "macro": _number(self.aucs.macro),
                "interval": _interval(self.aucs.interval),
                "labels_defined": self.aucs.defined,
            },
            "labels": [
                {
                    "label": name,
                    "positives": auc.positives,
                    "negatives": auc.negatives,
                    "auc": _number(auc.value),
                    "auc_interval": _interval(auc.interval),
                    **{f"recall_at_{k}": _proportion(found.labels[i]) for k, found in self.top_k.items()},
                }
                for i, (name, auc) in enumerate(zip(self.labels, self.aucs.labels, strict=True))
            ],
            "calibration": {
                "expected_calibration_error": _number(self.reliability.expected_error),
                "interval": _interval(self.reliability.expected_error_interval),
                "largest_error": _number(self.reliability.largest_error),
                "cases_with_one_label": self.one_label,
                "brier_score": _number(self.brier_score),
                "negative_log_likelihood": _number(self.negative_log_likelihood),
                "bins": [
                    {
                        "low": b.low,
                        "high": b.high,
                        "mean_probability": _number(b.mean_probability),
                        **_proportion(b.observed),
                    }
                    for b in self.reliability.bins
                ],
            },
        }


def _number(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _interval(interval: Interval | None) -> list[float] | None:
    return None if interval is None else [interval.low, interval.high]


def _proportion(found: Proportion) -> dict[str, Any]:
    return {
        "hits": found.hits,
        "of": found.total,
        "value": _number(found.value),
        "interval": _interval(found.interval) if found.total else None,
    }


def evaluate(
    probabilities: npt.ArrayLike,
    truth: npt.ArrayLike,
    labels: Sequence[str],
    *,
    ks: Sequence[int] = (1, 3, 5),
    bins: int = 10,
    binning: str = "equal_width",
    confidence: float = 0.95,
    seed: int = 0,
    replicates: int = 2000,
) -> Evaluation:
    """All statistics of this module on one set of cases.

    Args:
        probabilities: [cases, labels], 0 to 1.
        truth: [cases, labels] of booleans; every case has one true label at least.
        labels: Names of the columns.
        ks: For top-k accuracy; those at or above the number of labels say nothing and are left out.
        bins: Of the reliability diagram.
        binning: ``equal_width`` or ``equal_count``.
        confidence: Of every interval.
        seed: Of the bootstrap; the same seed gives the same intervals at any number of threads.
        replicates: Of the bootstrap.

    Raises:
        ShapeError: The shapes do not fit.
        ValueError: A probability is NaN or outside, or a case has no true label.
    """
    import numpy as np

    values, marks = np.asarray(probabilities, dtype=np.float64), np.asarray(truth, dtype=bool)
    if values.ndim != 2 or values.shape != marks.shape or values.shape[1] != len(labels):
        raise ShapeError(
            f"evaluate: expected probabilities and truth of shape [cases, {len(labels)}], "
            f"got {values.shape} and {marks.shape}"
        )
    columns = range(len(labels))
    options: dict[str, Any] = {"confidence": confidence, "seed": seed, "replicates": replicates}
    first = values.argmax(axis=1) if len(values) else np.empty(0, dtype=np.intp)
    cases = np.arange(len(values))
    single = marks.sum(axis=1) == 1
    positions = marks[single].argmax(axis=1)
    kept = [k for k in ks if k == 1 or k < len(labels)]
    return Evaluation(
        labels=tuple(labels),
        cases=len(values),
        top_k={k: top_k_accuracy(values, marks, k=k, confidence=confidence) for k in kept},
        aucs=label_aucs(values, marks, **options),
        rocs=tuple(roc_curve(values[:, i], marks[:, i]) for i in columns),
        reliability=reliability(
            values[cases, first], marks[cases, first], bins=bins, binning=binning, **options
        ),
        one_label=int(single.sum()),
        brier_score=brier_score(values[single], positions) if single.any() else None,
        negative_log_likelihood=negative_log_likelihood(values[single], positions) if single.any() else None,
        confidence=confidence,
        seed=seed,
        replicates=replicates,
    )
