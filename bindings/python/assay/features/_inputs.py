"""What a score is given, as what the core takes: numbers, or columns of one length, with NaN or None for missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["are_scalars", "columns", "flag", "number", "objects"]

_NAN = float("nan")


def are_scalars(*values: Any) -> bool:
    """None, a number, a text, and what NumPy holds without a dimension."""
    return all(isinstance(v, str) or not hasattr(v, "__len__") or getattr(v, "ndim", 1) == 0 for v in values)


def number(value: Any) -> float:
    """One number; NaN for None, pandas' NA and a masked value."""
    if _is_null(value):
        return _NAN
    if not isinstance(value, str):
        try:
            return float(value)
        except (TypeError, ValueError):
            pass  # their texts may quote the value
    raise TypeError(f"scores: expected a number or an array of numbers, got {type(value).__name__}")


def flag(value: Any) -> bool | None:
    """True, False or, where it is missing, None; 0 and 1 count, as pandas writes them beside NaN."""
    if _is_null(value):
        return None
    if value in (0, 1):
        return bool(value)
    raise TypeError(f"scores: expected on_oxygen as True, False or None, got another {type(value).__name__}")


def columns(*values: Any, rows: int | None = None) -> list[NDArray[np.float64]]:
    """Columns: a number stands for all rows, None for a column of NaN, a masked value for NaN."""
    import numpy as np

    arrays = [np.float64(number(v)) if are_scalars(v) else _column(v) for v in values]
    n = max((array.size for array in arrays if array.ndim > 0), default=1) if rows is None else rows
    return [np.broadcast_to(array, (n,)) if array.ndim == 0 else array for array in arrays]


def objects(value: Any, n: int) -> list[Any]:
    """A column of texts or flags as a list of n, None where it is missing."""
    if are_scalars(value):
        return [None if _is_null(value) else value] * n
    to_list = getattr(value, "to_pylist", None) or getattr(value, "tolist", None) or value.__iter__
    out = [None if _is_null(v) else v for v in to_list()]
    if len(out) != n:
        from assay import ShapeError

        raise ShapeError(f"scores: expected arrays of one length, got {n} and {len(out)}")
    return out


def _column(value: Any) -> NDArray[np.float64]:
    import numpy as np

    try:
        if isinstance(value, np.ma.MaskedArray):
            hidden = np.ma.getmaskarray(value)
            return np.where(hidden, np.nan, value.astype(np.float64).data)
        return np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        pass  # their texts may quote a value
    raise TypeError(f"scores: expected an array of numbers, got {type(value).__name__} with something else")


def _is_null(value: Any) -> bool:
    if value is None or type(value).__name__ == "NAType":
        return True
    if isinstance(value, float):
        return value != value
    return bool(getattr(value, "mask", False)) and not getattr(value, "shape", ())
