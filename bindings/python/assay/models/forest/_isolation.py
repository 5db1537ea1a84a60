"""The isolation forest as an estimator."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay import _native, errors  # noqa: F401 - _native cleans the core's errors
from assay._core.models import CompactForest, IsolationTrees
from assay.models.estimators import OutlierDetector, seed_of

__all__ = ["IsolationForest"]


class IsolationForest(OutlierDetector):
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

    _allow_nan = True
    _dtype = np.float32

    trees_: IsolationTrees
    max_samples_: int
    offset_: float
    metadata: dict[str, Any]

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
            trees=_count(self.n_estimators, "n_estimators"),
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
        own = self.__dict__
        if (type(X) is np.ndarray or type(X) is list) and "trees_" in own and "feature_names_in_" not in own:
            try:
                found: Any = own["trees_"].score_samples(X)
            except (TypeError, ValueError):  # ShapeError is one: the slow way says what is wrong
                found = ()
            if len(found):
                scores: NDArray[np.float64] = found
                return scores
        rows = self._rows(X, what="score_samples")  # first: it says where the model is not fitted
        return self.trees_.score_samples(rows)

    def score_row(self, row: Sequence[float]) -> float:
        """The score of one row [features] in the order of the training; the fastest way for one."""
        if "trees_" not in self.__dict__:
            self._rows([[0.0]], what="score_row")  # says so
        return self.trees_.score_row(row)

    def decision_function(self, X: Any) -> NDArray[np.float64]:
        """``score_samples`` minus ``offset_``: below 0 for outliers."""
        scores = self.score_samples(X)  # first: it says where the model is not fitted
        return scores - self.offset_

    def predict(self, X: Any) -> NDArray[np.int64]:
        """1 for inliers, -1 for outliers."""
        return np.where(self.decision_function(X) < 0, -1, 1).astype(np.int64)

    def save(self, path: str | os.PathLike[str], **metadata: Any) -> None:
        """Writes the model and what is said of it; see `assay.models.load_model`."""
        from assay.models.model_file import save_model

        save_model(self, path, **metadata)

    def _model_state(self) -> tuple[dict[str, Any], bytes]:
        if "trees_" not in self.__dict__:
            self._rows([[0.0]], what="save")  # says so
        from assay.models.forest.running import plain_parameters

        names = self.__dict__.get("feature_names_in_")
        header = {
            "kind": "forest.isolation",
            "feature_names": None if names is None else [str(name) for name in names],
            "features": self.n_features_in_,
            "classes": None,
            "parameters": plain_parameters(self.get_params(deep=False)),
            "samples": self.max_samples_,
            "offset": self.offset_,
        }
        return header, self.trees_.forest.encode()

    @classmethod
    def _from_model_state(cls, header: dict[str, Any], payload: bytes) -> IsolationForest:
        known = cls._defaults()
        model = cls(**{name: value for name, value in header["parameters"].items() if name in known})
        forest = CompactForest.decode(payload, name="model file")
        names = header["feature_names"]
        if header["features"] != forest.features or (names is not None and len(names) != forest.features):
            raise errors.ValueError("features")
        if type(header["samples"]) is not int or not isinstance(header["offset"], (int, float)):
            raise errors.ValueError("samples")
        model._take(forest, header["samples"], float(header["offset"]), names)
        return model

    def _take(self, forest: CompactForest, samples: int, offset: float, names: Sequence[str] | None) -> None:
        self.trees_ = IsolationTrees(forest, samples=samples)
        self.n_features_in_ = forest.features
        self.max_samples_ = samples
        self.offset_ = offset
        if names is not None:
            self.feature_names_in_ = np.array(names, dtype=object)

    def _samples(self, rows: int) -> int:
        wanted = self.max_samples
        if isinstance(wanted, str):
            if wanted != "auto":
                raise errors.ValueError("IsolationForest.fit: expected max_samples 'auto', a number or a share")
            return min(256, rows)
        if isinstance(wanted, float):
            if not 0 < wanted <= 1:
                raise errors.ValueError("IsolationForest.fit: expected a share max_samples above 0 and up to 1")
            return max(1, int(wanted * rows))
        count = _count(wanted, "max_samples")
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
                raise errors.ValueError("IsolationForest.fit: expected a share max_features above 0 and up to 1")
            return max(1, int(wanted * features))
        return _count(wanted, "max_features")

    def _contamination(self) -> float | None:
        wanted = self.contamination
        if isinstance(wanted, str):
            if wanted == "auto":
                return None
        elif 0 < wanted <= 0.5:
            return float(wanted)
        raise errors.ValueError("IsolationForest.fit: expected contamination 'auto' or a share up to 0.5")


def _count(value: Any, name: str) -> int:
    if not hasattr(value, "__index__") or isinstance(value, bool) or int(value) < 1:
        raise errors.ValueError(f"IsolationForest.fit: expected {name} as a whole number of at least 1")
    return int(value)
