"""What a trained classifier is asked: the probability of failure, of a table or of one row, and what it came from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from assay import errors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Scorer"]


class Scorer:
    """A classifier of two classes, asked for the probability of one of them.

    Args:
        estimator: has ``predict_proba(array [n × p])``. Where it has ``predict_row(list)`` and ``contributions(list)``,
            as forests have (a logistic regression the first), they are used for one row.
    """

    def __init__(self, estimator: Any, features: Sequence[str], positive: int) -> None:
        from assay.models.estimators import Estimator

        if not callable(getattr(estimator, "predict_proba", None)):
            raise errors.SchemaError(
                f"device risk: expected a classifier with predict_proba, got {type(estimator).__name__}"
            )
        self._estimator = estimator
        self._positive = positive
        self._names = list(features) if isinstance(estimator, Estimator) else None
        self._one: Callable[[Sequence[float]], Any] | None = getattr(estimator, "predict_row", None)
        self._contributions: Callable[[Any], Any] | None = getattr(estimator, "contributions", None)

    @property
    def explains(self) -> bool:
        """Whether the estimator itself says what each feature contributed."""
        return callable(self._contributions)

    def of_table(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """[n]: of [n × p] features."""
        import numpy as np

        from assay.models.estimators import Rows

        if len(rows) == 0:
            return np.empty(0)
        given: Any = rows
        if self._names is not None:  # fitted with names, it is asked with names
            given = Rows(rows, self._names)
        found = np.asarray(self._estimator.predict_proba(given), dtype=np.float64)
        if found.ndim != 2 or found.shape[0] != len(rows) or found.shape[1] <= self._positive:
            raise errors.ShapeError(
                f"device risk: expected {len(rows)} rows and two classes, got {found.shape}"
            )
        return found[:, self._positive]

    def of_row(self, row: Sequence[float]) -> float:
        """Of p features."""
        if self._one is not None:
            return float(self._one(row)[self._positive])
        import numpy as np

        return float(self.of_table(np.asarray([row], dtype=np.float64))[0])

    def contributions(self, row: Sequence[float]) -> list[float]:
        """[p]: what each feature adds to the probability, by the estimator itself."""
        assert self._contributions is not None
        found = self._contributions(row)
        if getattr(found, "ndim", 1) == 2:
            found = found[:, self._positive]
        values: list[float] = found.tolist() if hasattr(found, "tolist") else list(found)
        return values
