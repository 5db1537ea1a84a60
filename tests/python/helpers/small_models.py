"""The smallest estimators that the bases allow: the nearest mean, least squares, distances, scaling."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.models.estimators import Classifier, OutlierDetector, Regressor, Transformer, class_weights


class NearestMean(Classifier):
    """Classes by the distance to their (weighted) means."""

    def __init__(self, *, sharpness: float = 1.0) -> None:
        self.sharpness = sharpness

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> NearestMean:
        data = self._training(X, y, sample_weight)
        weights = np.ones(len(data.y)) if data.weights is None else data.weights
        k = range(len(self.classes_))
        class_weights(
            None, self.classes_, data.y, data.weights, what="NearestMean.fit"
        )  # two classes with a weight
        self.means_ = np.array(
            [np.average(data.rows[data.y == i], axis=0, weights=weights[data.y == i]) for i in k]
        )
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        rows = self._rows(X, what="predict_proba")
        scores = -self.sharpness * ((rows[:, None, :] - self.means_) ** 2).sum(axis=2)
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        out: NDArray[np.float64] = odds / odds.sum(axis=1, keepdims=True)
        return out


class LeastSquares(Regressor):
    """Linear regression by least squares."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> LeastSquares:
        data = self._training(X, y, sample_weight)
        root = np.ones(len(data.y)) if data.weights is None else np.sqrt(data.weights)
        design = np.column_stack([np.ones(len(data.y)), data.rows]) * root[:, None]
        self.solution_ = np.linalg.lstsq(design, data.y * root, rcond=None)[0]
        return self

    def predict(self, X: Any) -> NDArray[np.float64]:
        rows = self._rows(X)
        out: NDArray[np.float64] = self.solution_[0] + rows @ self.solution_[1:]
        return out


class Filled(NearestMean):
    """The nearest mean, where missing values count as 0."""

    _allow_nan = True

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Filled:
        super().fit(np.nan_to_num(self._fit_rows(X), nan=0.0), y, sample_weight)
        self._fit_rows(X)
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        return super().predict_proba(np.nan_to_num(self._rows(X), nan=0.0))


class FarFromMean(OutlierDetector):
    """Outliers by their distance to the mean: a tenth of the training rows."""

    def fit(self, X: Any, y: Any = None) -> FarFromMean:
        rows = self._fit_rows(X)
        self.mean_ = rows.mean(axis=0)
        self.offset_ = 0.0
        self.offset_ = float(np.quantile(self.score_samples(X), 0.1))
        return self

    def score_samples(self, X: Any) -> NDArray[np.float64]:
        out: NDArray[np.float64] = -np.linalg.norm(self._rows(X, what="score_samples") - self.mean_, axis=1)
        return out

    def decision_function(self, X: Any) -> NDArray[np.float64]:
        scores = self.score_samples(X)
        return scores - self.offset_

    def predict(self, X: Any) -> NDArray[np.int64]:
        return np.where(self.decision_function(X) < 0, -1, 1)


class Centred(Transformer):
    """Features less their means."""

    def fit(self, X: Any, y: Any = None) -> Centred:
        self.mean_ = self._fit_rows(X).mean(axis=0)
        return self

    def transform(self, X: Any) -> NDArray[np.float64]:
        out: NDArray[np.float64] = self._rows(X, what="transform") - self.mean_
        return out
