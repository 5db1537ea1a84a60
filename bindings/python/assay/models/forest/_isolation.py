"""The isolation forest as an estimator."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay import _native, errors  # noqa: F401 - _native cleans the core's errors
from assay._core.models import CompactForest, IsolationTrees
from assay.models.estimators import OutlierDetector, seed_of
from assay.models.forest._kept import KeptForest
from assay.models.forest._options import count_of

__all__ = ["IsolationForest"]

_FIT = "IsolationForest.fit"


class IsolationForest(KeptForest, OutlierDetector):
    """Outliers by how few random cuts set a row apart (Liu, Ting & Zhou 2008).

    Parameters, signs and attributes are scikit-learn's; ``warm_start``, ``verbose`` and sample weights are not there.
    The same bytes for a ``random_state`` at any number of threads. NaN is a missing value; infinity is refused.

    Args:
        n_estimators: Number of trees.
        max_samples: Rows of a tree: ``auto`` for the least of 256 and all, a number, or a share.
        contamination: Share of outliers in the training, up to 0.5, which sets ``offset_``; ``auto`` for -0.5.
        max_features: Features of a tree: a number or a share.
        bootstrap: Draw rows with replacement.
        n_jobs: Has no effect: threads are those of the process (`ASSAY_NUM_THREADS`).
        random_state: Seed, generator or None.

    Attributes:
        trees_: The trees, made to run.
        max_samples_: Rows of a tree.
        offset_: ``decision_function`` is ``score_samples`` minus this.
    """

    _model_kind = "forest.isolation"
    _runner = "trees_"
    _method = "score_samples"

    trees_: IsolationTrees
    max_samples_: int
    offset_: float

    def __init__(
        self,
        *,
        n_estimators: int = 100,
        max_samples: str | int | float = "auto",
        contamination: str | float = "auto",
        max_features: int | float = 1.0,
        bootstrap: bool = False,
        n_jobs: int | None = None,
        random_state: Any = None,
    ) -> None:
        self.n_estimators = n_estimators
        self.max_samples = max_samples
        self.contamination = contamination
        self.max_features = max_features
        self.bootstrap = bootstrap
        self.n_jobs = n_jobs
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> IsolationForest:
        """Grows the trees.

        Args:
            X: [rows, features]; numbers, NaN where missing.
            y: Is not looked at.

        Raises:
            ValueError: Infinity, or a parameter outside its range.
        """
        rows = self._fit_rows(X)
        samples = self._samples(len(rows))
        share = self._contamination()
        self.trees_ = IsolationTrees.fit(
            rows,
            trees=count_of(self.n_estimators, "n_estimators", _FIT),
            max_samples=samples,
            max_features=self._features(rows.shape[1]),
            bootstrap=bool(self.bootstrap),
            seed=seed_of(self.random_state),
        )
        self.__dict__.pop("metadata", None)
        self.max_samples_ = samples
        self.offset_ = -0.5
        if share is not None:
            self.offset_ = float(np.percentile(self.trees_.score_samples(rows), 100.0 * share))
        return self

    def score_samples(self, X: Any) -> NDArray[np.float64]:
        """[rows]: near -1 for outliers, -0.5 and above for what is ordinary."""
        return self._asked(X, "score_samples")

    def score_row(self, row: Sequence[float]) -> float:
        """The score of one row [features] in the order of the training; the fastest way for one."""
        self._check_fitted("score_row")
        return self.trees_.score_row(row)

    def decision_function(self, X: Any) -> NDArray[np.float64]:
        """``score_samples`` minus ``offset_``: below 0 for outliers."""
        scores = self.score_samples(X)  # first: it says where the model is not fitted
        return scores - self.offset_

    def predict(self, X: Any) -> NDArray[np.int64]:
        """1 for inliers, -1 for outliers."""
        return np.where(self.decision_function(X) < 0, -1, 1).astype(np.int64)

    def _forest(self) -> CompactForest:
        return self.trees_.forest

    def _model_state(self) -> tuple[dict[str, Any], bytes]:
        header, payload = super()._model_state()
        return header | {"samples": self.max_samples_, "offset": self.offset_}, payload

    def _take_header(self, header: dict[str, Any], forest: CompactForest) -> None:
        if type(header["samples"]) is not int or not isinstance(header["offset"], (int, float)):
            raise errors.ValueError("samples")
        self._take(forest, header["samples"], float(header["offset"]))

    def _take(self, forest: CompactForest, samples: int, offset: float) -> None:
        self.trees_ = IsolationTrees(forest, samples=samples)
        self.max_samples_ = samples
        self.offset_ = offset

    def _samples(self, rows: int) -> int:
        wanted = self.max_samples
        if isinstance(wanted, str):
            if wanted != "auto":
                raise errors.ValueError(
                    f"IsolationForest.fit: expected max_samples 'auto', a number or a share, got {wanted!r}"
                )
            return min(256, rows)
        if isinstance(wanted, float):
            if not 0 < wanted <= 1:
                raise errors.ValueError(
                    f"IsolationForest.fit: expected a share max_samples above 0 and up to 1, got {wanted!r}"
                )
            return max(1, int(wanted * rows))
        count = count_of(wanted, "max_samples", _FIT)
        if count > rows:
            warnings.warn(
                f"IsolationForest.fit: max_samples ({count}) is greater than the total number of samples ({rows}); "
                "trees are grown on all of them",
                UserWarning,
                stacklevel=3,
            )
        return min(count, rows)

    def _features(self, features: int) -> int:
        wanted = self.max_features
        if isinstance(wanted, float):
            if not 0 < wanted <= 1:
                raise errors.ValueError(
                    f"IsolationForest.fit: expected a share max_features above 0 and up to 1, got {wanted!r}"
                )
            return max(1, int(wanted * features))
        return count_of(wanted, "max_features", _FIT)

    def _contamination(self) -> float | None:
        wanted = self.contamination
        if isinstance(wanted, str):
            if wanted == "auto":
                return None
        elif 0 < wanted <= 0.5:
            return float(wanted)
        raise errors.ValueError(
            f"IsolationForest.fit: expected contamination 'auto' or a share up to 0.5, got {wanted!r}"
        )
