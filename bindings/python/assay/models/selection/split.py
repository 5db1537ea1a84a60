"""Folds by scikit-learn's names; which row is in which fold is computed in C++."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay import _native, errors  # noqa: F401 - cleans the core's errors
from assay._core.models import group_folds, stratified_folds, stratified_group_folds
from assay.models.estimators import seed_of

__all__ = [
    "Folds",
    "GroupKFold",
    "KFold",
    "Split",
    "StratifiedGroupKFold",
    "StratifiedKFold",
    "number_of_rows",
    "take_rows",
]

Split = tuple[NDArray[np.intp], NDArray[np.intp]]


class Folds:
    """Base of the folds: positions of training and of test rows, one pair for each fold.

    Args:
        n_splits: Number of folds, from 2.
        shuffle: Whether rows or groups are drawn instead of taken in their order.
        random_state: Seed of that; None for another draw each time.
    """

    def __init__(self, n_splits: int = 5, *, shuffle: bool = False, random_state: Any = None) -> None:
        if not shuffle and random_state is not None:
            raise errors.ValueError(f"{type(self).__name__}: random_state has no effect without shuffle=True")
        self.n_splits = n_splits
        self.shuffle = shuffle
        self.random_state = random_state

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(n_splits={self.n_splits}, random_state={self.random_state}, "
            f"shuffle={self.shuffle})"
        )

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Number of folds."""
        return self.n_splits

    def folds(self, y: Any, groups: Any = None) -> NDArray[np.int32]:
        """The fold that tests each row, [rows]."""
        raise NotImplementedError

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[Split]:
        """Positions of the training and of the test rows, fold by fold.

        Raises:
            ValueError: y or groups are missing where they are needed; too few rows, of a class or groups.
        """
        of_row = self.folds(np.zeros(number_of_rows(X), dtype=np.int64) if y is None else y, groups)
        if len(of_row) != number_of_rows(X):
            raise errors.ShapeError(
                f"{type(self).__name__}.split: X has {number_of_rows(X)} rows, y or groups {len(of_row)}"
            )
        for fold in range(self.n_splits):
            yield np.flatnonzero(of_row != fold), np.flatnonzero(of_row == fold)

    def _seed(self) -> int | None:
        return seed_of(self.random_state) if self.shuffle else None

    def _groups(self, groups: Any) -> NDArray[np.int64]:
        if groups is None:
            raise errors.ValueError(f"{type(self).__name__}.split: expected groups, got none")
        return _codes(groups)


class KFold(Folds):
    """Folds of equal size but for one row, whatever y is; without ``shuffle`` those of scikit-learn: neighbours."""

    def folds(self, y: Any, groups: Any = None) -> NDArray[np.int32]:
        if len(y) < self.n_splits:
            raise errors.ValueError(
                f"KFold: expected at least {self.n_splits} rows for as many folds, got {len(y)}"
            )
        # Of a single class stratified folds are plain ones.
        one = np.zeros(len(y), dtype=np.int64)
        found: NDArray[np.int32] = stratified_folds(one, folds=self.n_splits, seed=self._seed())
        return found


class StratifiedKFold(Folds):
    """Folds with the shares of the classes as in all rows; without ``shuffle`` those of scikit-learn."""

    def folds(self, y: Any, groups: Any = None) -> NDArray[np.int32]:
        codes = _codes(y)
        least = int(np.bincount(codes).min()) if len(codes) else 0
        found: NDArray[np.int32] = stratified_folds(codes, folds=self.n_splits, seed=self._seed())
        if least < self.n_splits:
            warnings.warn(
                f"StratifiedKFold: the rarest class has {least} rows, fewer than {self.n_splits} folds",
                UserWarning,
                stacklevel=2,
            )
        return found


class GroupKFold(Folds):
    """Folds of about equal size; rows of one group are never on both sides."""

    def folds(self, y: Any, groups: Any = None) -> NDArray[np.int32]:
        found: NDArray[np.int32] = group_folds(self._groups(groups), folds=self.n_splits, seed=self._seed())
        return found


class StratifiedGroupKFold(Folds):
    """Folds that keep groups whole, with shares of the classes as even as that allows."""

    def folds(self, y: Any, groups: Any = None) -> NDArray[np.int32]:
        found: NDArray[np.int32] = stratified_group_folds(
            _codes(y), self._groups(groups), folds=self.n_splits, seed=self._seed()
        )
        return found


def number_of_rows(X: Any) -> int:
    """Rows of an array, a list or a table."""
    shape = getattr(X, "shape", None)
    if shape:
        return int(shape[0])
    return int(X.num_rows) if hasattr(X, "num_rows") else len(X)


def take_rows(X: Any, rows: NDArray[np.intp]) -> Any:
    """The rows at these positions, of the same kind as X: array, list, Assay table, pandas, polars, Arrow."""
    if X is None or isinstance(X, np.ndarray):
        return None if X is None else X[rows]
    if hasattr(X, "iloc"):
        return X.iloc[rows]
    if hasattr(X, "take") and (hasattr(X, "num_rows") or hasattr(X, "null_count")):
        return X.take(rows)
    if isinstance(X, (list, tuple)):
        return [X[i] for i in rows]
    return X[rows]


def _codes(values: Any) -> NDArray[np.int64]:
    array = np.asarray(values)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise errors.ShapeError(f"folds: expected one label or group for each row, got shape {array.shape}")
    _, codes = np.unique(array, return_inverse=True)
    return codes.astype(np.int64, copy=False)
