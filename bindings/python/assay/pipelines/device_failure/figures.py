"""What a model of device failure is judged by, in words, and which of them come first."""

from __future__ import annotations

__all__ = ["FIGURES"]

FIGURES = {
    "f1_binary": "F1, failures only",
    "average_precision": "Average precision (PR AUC)",
    "roc_auc": "ROC AUC",
    "recall": "Recall of failures",
    "precision": "Precision of failures",
    "f1_macro": "F1, macro",
    "f1_weighted": "F1, weighted",
    "accuracy": "Accuracy",
    "brier_score": "Brier score (lower is better)",
}
"""Where failures are rare, accuracy says least: any model that calls none is nearly always right."""
