"""Statistics of classifiers: accuracy, ROC, calibration, with confidence intervals. Needs no torch.

Scores are arrays [rows, labels], truth booleans of that shape or positions [rows]. NaN is refused; what is not
defined is None (an AUC without positives) or NaN (a share of nothing).
"""

from __future__ import annotations

from assay import _native  # noqa: F401 - cleans the core's errors
from assay._core.models import (
    Auc,
    Interval,
    LabelAucs,
    Proportion,
    Reliability,
    ReliabilityBin,
    RocCurve,
    TemperatureFit,
    TopK,
    area_under_roc,
    brier_score,
    fit_temperature,
    label_aucs,
    negative_log_likelihood,
    reliability,
    roc_curve,
    softmax_rows,
    top_k_accuracy,
    wilson_proportion,
)

__all__ = [
    "Auc",
    "Interval",
    "LabelAucs",
    "Proportion",
    "Reliability",
    "ReliabilityBin",
    "RocCurve",
    "TemperatureFit",
    "TopK",
    "area_under_roc",
    "brier_score",
    "fit_temperature",
    "label_aucs",
    "negative_log_likelihood",
    "reliability",
    "roc_curve",
    "softmax_rows",
    "top_k_accuracy",
    "wilson_proportion",
]
