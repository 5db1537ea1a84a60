"""X as estimators take it: one matrix of numbers, and the names of its columns where they have any."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import DTypeLike, NDArray

from assay import errors

__all__ = ["Order", "Rows", "check_finite", "rows_of"]

Order = Literal["C", "F", "A"]


@dataclass(frozen=True)
class Rows:
    """A matrix [rows, features] and the names of its columns, None where the input had none."""

    values: NDArray[Any]
    names: list[str] | None


def rows_of(X: Any, *, what: str, dtype: DTypeLike = np.float64, order: Order = "C") -> Rows:
    """Numbers and names of an input.

    An array of that type and order, and a data frame that is such a block, are not copied; a table is gathered once,
    column by column. Nulls become NaN, booleans 0 and 1.

    Args:
        X: An array, lists or `Rows` of two dimensions; a table of Assay or Arrow, a data frame of pandas or polars.
        what: Method for the errors, as ``LogisticRegression.fit``.
        dtype: Of the matrix.
        order: ``C`` rows together, ``F`` columns together, ``A`` as it comes.

    Raises:
        ShapeError: Not two dimensions, no row or no column.
        TypeError: A column that holds no numbers; a sparse matrix.
        ValueError: Complex numbers, or texts that are no numbers.
    """
    if isinstance(X, Rows):
        return Rows(_matrix(X.values, what, dtype, order), X.names)
    if isinstance(X, np.ndarray):
        return Rows(_matrix(np.asarray(X), what, dtype, order), None)
    if hasattr(X, "toarray") and hasattr(X, "tocsr"):
        raise TypeError(f"{what}: sparse data was passed, but dense data is required; use X.toarray()")
    if type(X).__module__.split(".")[0] == "pandas" and hasattr(X, "columns"):
        return _from_pandas(X, what, dtype, order)
    if hasattr(X, "__arrow_c_stream__") and any(
        hasattr(X, it) for it in ("columns", "column_names", "schema")
    ):
        return _from_arrow(X, what, dtype, order)
    try:
        array = np.asarray(X)
    except ValueError:
        array = None
    if array is None:
        raise errors.ShapeError(f"{what}: expected rows of one length, got lists of different lengths")
    return Rows(_matrix(array, what, dtype, order), None)


def check_finite(values: NDArray[Any], names: Iterable[str] | None, *, what: str, allow_nan: bool) -> None:
    """Refuses infinity, and NaN unless it is allowed; the text names the first such feature.

    Cost: one pass; a second one only where something is found.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        total = float(values.sum())
    if np.isfinite(total):
        return
    for bad, is_bad in (("NaN", np.isnan), ("infinity", np.isinf)):
        if bad == "NaN" and allow_nan:
            continue
        found = np.flatnonzero(is_bad(values).any(axis=0))
        if found.size:
            column = int(found[0])
            label = f"'{list(names)[column]}'" if names is not None else str(column)
            count, rest = int(is_bad(values[:, column]).sum()), found.size - 1
            more = f" and in {rest} other features" if rest else ""
            kind = "NaN" if bad == "NaN" else f"infinity or a value too large for dtype('{values.dtype}')"
            advice = "fill them in first, or use a model that takes missing values"
            raise errors.ValueError(
                f"{what}: X contains {kind} in feature {label} ({count} of {len(values)} rows){more}; "
                + (advice if bad == "NaN" else "remove or limit them first")
            )


def _matrix(array: NDArray[Any], what: str, dtype: DTypeLike, order: Order) -> NDArray[Any]:
    """Two dimensions of that type; without a copy where it is that already."""
    if array.ndim != 2:
        _refuse_dimensions(array, what)
    rows, features = array.shape
    if features == 0:
        raise errors.ShapeError(
            f"{what}: found array with 0 feature(s) (shape=({rows}, 0)) while a minimum of 1 is required."
        )
    if rows == 0:
        raise errors.ShapeError(
            f"{what}: found array with 0 sample(s) (shape=(0, {features})) while a minimum of 1 is required."
        )
    return _numbers(array, what, None).astype(dtype, order="K" if order == "A" else order, copy=False)


def _refuse_dimensions(array: NDArray[Any], what: str) -> None:
    if array.ndim > 2:
        raise errors.ShapeError(f"{what}: found array with dim {array.ndim}, expected 2")
    raise errors.ShapeError(
        f"{what}: Expected 2D array, got {array.ndim}D array instead (shape {array.shape}). Reshape your data using "
        "X.reshape(-1, 1) if it is one feature, or X.reshape(1, -1) if it is one row."
    )


def _numbers(array: NDArray[Any], what: str, column: str | None) -> NDArray[Any]:
    """The same array where it holds numbers; objects and texts are read as numbers. Errors quote no value."""
    where = "" if column is None else f" in column '{column}'"
    if array.dtype.kind in "biuf":
        return array
    if array.dtype.kind == "c":
        raise errors.ValueError(f"{what}: Complex data not supported{where}")
    if array.dtype.kind in "OUS":
        try:
            with np.errstate(over="ignore"):
                return array.astype(np.float64)
        except TypeError:
            failure: type[Exception] = TypeError
        except ValueError:
            failure = errors.ValueError
        raise failure(
            f"{what}: every argument must be a number or a string that is a number, got another value{where}"
        )
    raise TypeError(f"{what}: expected numbers, got {array.dtype}{where}")


def _from_pandas(X: Any, what: str, dtype: DTypeLike, order: Order) -> Rows:
    names = _names(list(X.columns), what)
    kinds = set(X.dtypes)
    if len(kinds) == 1 and isinstance(next(iter(kinds)), np.dtype):
        return Rows(_matrix(X.to_numpy(), what, dtype, order), names)
    labels = [str(name) for name in X.columns]
    columns = [_pandas_column(X.iloc[:, i], what, label) for i, label in enumerate(labels)]
    return Rows(_gathered(columns, len(X), what, dtype, order), names)


def _pandas_column(series: Any, what: str, label: str) -> NDArray[Any]:
    if isinstance(series.dtype, np.dtype):
        return _numbers(series.to_numpy(), what, label)
    if series.dtype.kind in "biuf":  # pandas' own types with a mask, and Arrow's
        values: NDArray[Any] = series.to_numpy(dtype=np.float64, na_value=np.nan)
        return values
    raise TypeError(f"{what}: expected numbers in column '{label}', got {series.dtype}; encode it first")


def _from_arrow(X: Any, what: str, dtype: DTypeLike, order: Order) -> Rows:
    from assay.data import Table

    table = X if isinstance(X, Table) else Table.from_arrow(X)
    names = [field.name for field in table.schema]
    columns = []
    for name in names:
        column = table.column(name)
        if column.type not in ("bool", "int32", "int64", "float32", "float64"):
            raise TypeError(
                f"{what}: expected numbers in column '{name}', got {column.type}; encode it first"
            )
        values = column.to_numpy()
        if values.dtype == object:  # booleans with nulls
            values = values.astype(np.float64)
        columns.append(values)
    return Rows(_gathered(columns, len(table), what, dtype, order), names)


def _gathered(
    columns: list[NDArray[Any]], rows: int, what: str, dtype: DTypeLike, order: Order
) -> NDArray[Any]:
    out = np.empty((rows, len(columns)), dtype=dtype, order="F" if order == "A" else order)
    with np.errstate(over="ignore"):
        for i, column in enumerate(columns):
            out[:, i] = column
    return _matrix(out, what, dtype, order)


def _names(columns: list[Any], what: str) -> list[str] | None:
    """The names of columns where all are texts, None where none is."""
    texts = [isinstance(name, str) for name in columns]
    if all(texts):
        return [str(name) for name in columns]
    if any(texts):
        raise TypeError(
            f"{what}: Feature names are only supported if all input features have string names, "
            "got texts and others; rename the columns"
        )
    return None
