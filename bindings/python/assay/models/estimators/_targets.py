"""y, sample weights, class weights and seeds as estimators take them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay import errors
from assay.models.estimators._errors import warn_column_vector

__all__ = [
    "Training",
    "class_codes",
    "class_weights",
    "flat_target",
    "r_squared",
    "row_weights",
    "seed_of",
    "targets",
]


@dataclass(frozen=True)
class Training:
    """What a model is fitted with, checked."""

    rows: NDArray[Any]
    """[rows, features]"""
    y: NDArray[Any]
    """[rows]: positions of the classes (int64) of a classifier, numbers (float64) of a regression."""
    weights: NDArray[np.float64] | None
    """[rows], the sample weights; None where every row counts the same."""


def class_codes(y: Any, rows: int, *, what: str) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """The sorted classes of y, and the position of each row's class.

    Raises:
        ValueError: No y, missing values, a continuous target, one class only, or every row a class of its own.
        ShapeError: More than one column, or another length than X.
    """
    labels = _flat(y, rows, what)
    if labels.dtype.kind == "f":
        _refuse_missing(labels, what)
        if not np.array_equal(labels, np.floor(labels)):
            raise errors.ValueError(
                f"{what}: Unknown label type: continuous. A classifier was given a target with continuous values"
            )
    elif labels.dtype.kind == "O":
        if any(label is None or label != label for label in labels):
            raise errors.ValueError(f"{what}: Input y contains NaN or None; drop the rows without a label")
    elif labels.dtype.kind not in "biuUS":
        raise errors.ValueError(f"{what}: Unknown label type: {labels.dtype}")
    classes, codes = _sorted_classes(labels, what)
    if len(classes) < 2:
        raise errors.ValueError(
            f"{what}: expected at least 2 classes in y, got 1 class; nothing can be learned"
        )
    if len(classes) == rows > 2:
        raise errors.ValueError(
            f"{what}: expected several rows of a class, got {rows} classes in {rows} rows; is y an identifier?"
        )
    return classes, codes


def targets(y: Any, rows: int, *, what: str) -> NDArray[np.float64]:
    """y of a regression as float64.

    Raises:
        ValueError: No y, texts, NaN or infinity.
        ShapeError: More than one column, or another length than X.
    """
    values = _flat(y, rows, what)
    try:
        numbers: NDArray[np.float64] | None = values.astype(np.float64)
    except (TypeError, ValueError):
        numbers = None  # their texts quote a value
    if numbers is None or values.dtype.kind in "cMm":
        raise errors.ValueError(f"{what}: expected numbers in y, got {values.dtype}")
    _refuse_missing(numbers, what)
    return numbers


def row_weights(sample_weight: Any, rows: int, *, what: str) -> NDArray[np.float64] | None:
    """Sample weights as float64 [rows]; one number stands for all rows, None stays None.

    Raises:
        ShapeError: Not one weight for each row.
        ValueError: A weight that is negative, NaN or infinite, or all are 0.
    """
    if sample_weight is None:
        return None
    try:
        weights = np.asarray(sample_weight, dtype=np.float64)
    except (TypeError, ValueError):
        weights = None
    if weights is None:
        raise errors.ValueError(f"{what}: expected numbers as sample_weight")
    if weights.ndim == 0:
        weights = np.full(rows, float(weights))
    if weights.ndim != 1:
        raise errors.ShapeError(
            f"{what}: Sample weights must be 1D array or scalar, got {weights.ndim} dimensions"
        )
    if len(weights) != rows:
        raise errors.ShapeError(f"{what}: expected {rows} sample weights as X has rows, got {len(weights)}")
    if not np.isfinite(weights).all() or (weights < 0).any():
        raise errors.ValueError(
            f"{what}: expected sample weights of 0 or more, got negative ones, NaN or infinity"
        )
    if not weights.any():
        raise errors.ValueError(
            f"{what}: expected a sample weight above 0, got a weight of zero for every row"
        )
    return np.ascontiguousarray(weights)


def class_weights(
    class_weight: Any,
    classes: NDArray[Any],
    codes: NDArray[np.int64],
    weights: NDArray[np.float64] | None,
    *,
    what: str,
) -> NDArray[np.float64]:
    """The weight of each class.

    Args:
        class_weight: None for 1, ``"balanced"`` for rows / (classes × rows of the class), by weight where there are
            sample weights; or {class: weight}, 1 for those not named.
        classes: As `class_codes` has them.
        codes: As `class_codes` has them.
        weights: Sample weights.
        what: Method for the errors.

    Raises:
        ValueError: Another text; a class that y does not have; a negative weight; only one class with a weight.
    """
    counts = np.bincount(codes, weights=weights, minlength=len(classes)).astype(np.float64)
    if class_weight is None:
        out = np.ones(len(classes))
    elif isinstance(class_weight, str):
        if class_weight != "balanced":
            raise errors.ValueError(
                f"{what}: expected class_weight 'balanced', a dict or None, got another text"
            )
        with np.errstate(divide="ignore"):
            out = np.where(counts > 0, counts.sum() / (np.count_nonzero(counts) * counts), 0.0)
    elif isinstance(class_weight, Mapping):
        given = dict(class_weight)
        out = np.array([float(given.pop(label, 1.0)) for label in classes.tolist()])
        if given:
            raise errors.ValueError(f"{what}: class_weight names {len(given)} classes that y does not have")
    else:
        raise errors.ValueError(
            f"{what}: expected class_weight 'balanced', a dict or None, got {type(class_weight).__name__}"
        )
    if not np.isfinite(out).all() or (out < 0).any():
        raise errors.ValueError(f"{what}: expected class weights of 0 or more")
    if np.count_nonzero(counts * out) < 2:
        raise errors.ValueError(
            f"{what}: expected rows of at least 2 classes with a weight above 0, got 1 class"
        )
    return out


def seed_of(random_state: Any) -> int:
    """A seed: a number as it is, one drawn from a generator of NumPy, a new one for None."""
    if random_state is None:
        return secrets.randbits(63)
    if isinstance(random_state, (int, np.integer)):
        if random_state < 0:
            raise errors.ValueError(f"random_state: expected a seed of 0 or more, got {random_state}")
        return int(random_state)
    if isinstance(random_state, np.random.Generator):
        return int(random_state.integers(2**31))
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(2**31 - 1))
    raise errors.ValueError(
        f"random_state: expected a number, a generator or None, got {type(random_state).__name__}"
    )


def r_squared(
    truth: NDArray[np.float64], predicted: NDArray[np.float64], weights: NDArray[np.float64] | None = None
) -> float:
    """1 - residual sum of squares / that around the mean.

    NaN for fewer than two rows; 1 or 0 where the truth is constant, as it is met or not.
    """
    if len(truth) < 2:
        return float("nan")
    around = np.average((truth - np.average(truth, weights=weights)) ** 2, weights=weights)
    residual = np.average((truth - predicted) ** 2, weights=weights)
    if around == 0:
        return 1.0 if residual == 0 else 0.0
    return float(1.0 - residual / around)


def flat_target(y: Any, rows: int, *, what: str) -> NDArray[Any]:
    """y as [rows], of whatever type; a matrix of one column is read as that column.

    Raises:
        ValueError: No y, or complex numbers.
        ShapeError: More than one column, or another length than X.
    """
    return _flat(y, rows, what, warn=False)


def _flat(y: Any, rows: int, what: str, *, warn: bool = True) -> NDArray[Any]:
    if y is None:
        raise errors.ValueError(f"{what} requires y to be passed, but the target y is None")
    values = y if isinstance(y, np.ndarray) else np.asarray(y)
    if values.ndim == 2 and values.shape[1] == 1:
        if warn:
            warn_column_vector(len(values))
        values = values[:, 0]
    if values.ndim != 1:
        raise errors.ShapeError(
            f"{what}: y should be a 1d array, got an array of shape {values.shape} instead."
        )
    if len(values) != rows:
        raise errors.ShapeError(
            f"{what}: Found input variables with inconsistent numbers of samples: X has {rows}, y {len(values)}"
        )
    if values.dtype.kind == "c":
        raise errors.ValueError(f"{what}: Complex data not supported in y")
    return values


def _sorted_classes(labels: NDArray[Any], what: str) -> tuple[NDArray[Any], NDArray[np.int64]]:
    try:
        classes, codes = np.unique(labels, return_inverse=True)
    except TypeError:
        pass  # its text may quote a value
    else:
        return classes, codes.astype(np.int64, copy=False)
    raise errors.ValueError(f"{what}: Unknown label type: y mixes types that cannot be sorted")


def _refuse_missing(values: NDArray[Any], what: str) -> None:
    if np.isnan(values).any():
        raise errors.ValueError(f"{what}: Input y contains NaN.")
    if np.isinf(values).any():
        raise errors.ValueError(
            f"{what}: Input y contains infinity or a value too large for dtype('{values.dtype}')."
        )
