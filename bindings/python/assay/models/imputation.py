"""Missing values for models that take none: medians of the training rows, and indicators of what was missing."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay import errors
from assay.models.estimators import Transformer, row_weights

__all__ = ["MedianImputer"]


class MedianImputer(Transformer):
    """Puts the training rows' median where a value is missing (NaN), and adds an indicator of that.

    A feature that had no missing value at training gets no indicator; it is imputed all the same where it is missing
    later. A feature that had only missing values gets 0. To be fitted on training rows alone: within each fold, as
    `cross_validate` does with an estimator that has it inside.

    Attributes:
        medians_: [features]
        indicated_: Positions of the features with an indicator, which follow the features in that order.

    Cost: O(rows × log(rows) × features).
    Source: as scikit-learn's SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True).
    """

    _allow_nan = True

    medians_: NDArray[np.float64]
    indicated_: NDArray[np.intp]

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> MedianImputer:
        """Learns medians, weighted where there are weights (0: the row is not there), and what was missing.

        Raises:
            ValueError: Infinity, or weights below 0.
        """
        rows = self._fit_rows(X)
        weights = row_weights(sample_weight, len(rows), what="MedianImputer.fit")
        if weights is not None:
            rows, weights = rows[weights > 0], weights[weights > 0]
        self.medians_ = np.array([_median(rows[:, j], weights) for j in range(rows.shape[1])])
        self.indicated_ = np.flatnonzero(np.isnan(rows).any(axis=0))
        return self

    def transform(self, X: Any) -> NDArray[np.float64]:
        """[rows, features + indicators], without NaN; indicators are 1 where the value was missing."""
        return self._complete(self._rows(X, what="transform"))

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Names of the columns of `transform`; an indicator's is ``missing_`` and the feature's."""
        own = self.__dict__.get("feature_names_in_")
        if own is None:
            own = [f"x{j}" for j in range(self.n_features_in_)] if input_features is None else input_features
        return np.array([*own, *(f"missing_{own[j]}" for j in self.indicated_)], dtype=object)

    def _complete(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """`transform` of rows that are checked."""
        missing = np.isnan(rows)
        filled = np.where(missing, self.medians_, rows)
        return np.concatenate([filled, missing[:, self.indicated_].astype(np.float64)], axis=1)

    def _state(self) -> dict[str, Any]:
        """As the header of a model file has it."""
        return {"medians": self.medians_.tolist(), "indicated": self.indicated_.tolist()}

    @classmethod
    def _from_state(cls, state: dict[str, Any]) -> MedianImputer:
        made = cls()
        made.medians_ = np.array(state["medians"], dtype=np.float64)
        made.indicated_ = np.array(state["indicated"], dtype=np.intp)
        made.n_features_in_ = len(made.medians_)
        inside = (made.indicated_ >= 0) & (made.indicated_ < made.n_features_in_)
        if made.medians_.ndim != 1 or not np.isfinite(made.medians_).all() or not inside.all():
            raise errors.ValueError("imputation")
        return made


def _median(values: NDArray[np.float64], weights: NDArray[np.float64] | None) -> float:
    """The value with as much weight below as above, halfway between two where both are."""
    there = ~np.isnan(values)
    if not there.any():
        return 0.0
    if weights is None:
        return float(np.median(values[there]))
    order = np.argsort(values[there], kind="stable")
    ordered, upto = values[there][order], np.cumsum(weights[there][order])
    at = int(np.searchsorted(upto, upto[-1] / 2))
    if upto[at] == upto[-1] / 2 and at + 1 < len(ordered):
        return float((ordered[at] + ordered[at + 1]) / 2)
    return float(ordered[at])
