"""Choosing among models honestly: folds, cross-validation, search; deterministic by seed."""

from __future__ import annotations

from assay.models.selection.search import RandomizedSearch
from assay.models.selection.split import (
    GroupKFold,
    KFold,
    StratifiedGroupKFold,
    StratifiedKFold,
    take_rows,
)
from assay.models.selection.validate import cross_val_predict, cross_validate, scorer

__all__ = [
    "GroupKFold",
    "KFold",
    "RandomizedSearch",
    "StratifiedGroupKFold",
    "StratifiedKFold",
    "cross_val_predict",
    "cross_validate",
    "scorer",
    "take_rows",
]
