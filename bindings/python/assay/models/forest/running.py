"""Forests that predict: what fitting, importing and loading give."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay import _native, errors  # noqa: F401 - cleans the core's errors
from assay._core.models import CompactForest
from assay.models.estimators import Classifier, Regressor
from assay.models.forest._kept import KeptForest

__all__ = ["ForestClassifier", "ForestRegressor", "RunningForest"]


class RunningForest(KeptForest):
    """What estimators share that predict by a `CompactForest`.

    Attributes:
        compact_: The trees, made to run.
        metadata: The header of the file that the model was loaded from.
    """

    _runner = "compact_"
    _method = "predict"

    compact_: CompactForest

    def predict_row(self, row: Sequence[float]) -> list[float]:
        """Probabilities, or [value], of one row [features] in the order of the training; the fastest way for one."""
        self._check_fitted("predict_row")
        return self.compact_.predict_row(row)

    def contributions(self, row: Sequence[float]) -> NDArray[np.float64]:
        """What each feature adds to the prediction of one row, by decision path: [features, outputs].

        With `contribution_base` they sum to the prediction. Saabas' method: features that act together do not share
        what they do as in SHAP.
        """
        self._check_fitted("contributions")
        return self.compact_.contributions(row)[1]

    @property
    def contribution_base(self) -> NDArray[np.float64]:
        """The prediction before any feature is known: the mean over the training rows, [outputs]."""
        self._check_fitted("contribution_base")
        return self.compact_.contributions([math.nan] * self.n_features_in_)[0]

    def _forest(self) -> CompactForest:
        return self.compact_

    def _take(self, forest: CompactForest, names: Sequence[str] | None) -> None:
        self.compact_ = forest
        self._name_features(forest, names)

    def _take_header(self, header: dict[str, Any], forest: CompactForest) -> None:
        self.compact_ = forest
        if self._kind == "classifier":
            classes = np.array(header["classes"])
            if classes.shape != (forest.outputs,):
                raise errors.ValueError("classes")
            self.__dict__["classes_"] = classes


class ForestClassifier(RunningForest, Classifier):
    """A forest that tells classes apart, imported or loaded."""

    _model_kind = "forest.classifier"

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Mean fractions of the classes over the trees [rows, classes].

        Raises:
            ValueError: Infinity, or a number beyond float32.
        """
        return self._asked(X, "predict_proba")


class ForestRegressor(RunningForest, Regressor):
    """A forest that predicts a number, imported or loaded."""

    _model_kind = "forest.regressor"

    def predict(self, X: Any) -> NDArray[np.float64]:
        """Mean of the trees [rows].

        Raises:
            ValueError: Infinity, or a number beyond float32.
        """
        return self._asked(X, "predict").reshape(-1)
