"""Forests of decision trees, with scikit-learn's names and meanings.

`RandomForestClassifier` and `RandomForestRegressor` are grown in C++: the same bytes for a ``random_state`` at any
number of threads, missing values understood, out-of-bag scores, importances, and an early stop once the out-of-bag
score has settled. `IsolationForest` finds
outliers. All forests run compact: one row takes microseconds. `from_sklearn` takes over a forest that
scikit-learn has fitted, `assay.models.load_model` reads one from a file.
"""

from __future__ import annotations

from assay.models.forest._isolation import IsolationForest
from assay.models.forest._random_forest import (
    PermutationImportances,
    RandomForestClassifier,
    RandomForestRegressor,
)
from assay.models.forest._sklearn import from_sklearn
from assay.models.forest.running import ForestClassifier, ForestRegressor

__all__ = [
    "ForestClassifier",
    "ForestRegressor",
    "IsolationForest",
    "PermutationImportances",
    "RandomForestClassifier",
    "RandomForestRegressor",
    "from_sklearn",
]
