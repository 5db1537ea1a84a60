"""Tables of any kind as plain columns, for log_table."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, time
from typing import Any


def table_columns(data: Any) -> dict[str, list[Any]]:
    """Columns as lists of JSON-ready values; a missing value is None, a date or time is ISO-8601 text.

    Accepts a mapping of columns and anything with ``to_pydict`` (Arrow, Assay), ``to_dict(as_series=False)``
    (polars) or ``to_dict("list")`` (pandas).
    """
    if isinstance(data, Mapping):
        columns = {str(name): _as_list(values) for name, values in data.items()}
    elif hasattr(data, "to_pydict"):
        columns = {str(name): list(values) for name, values in data.to_pydict().items()}
    elif hasattr(data, "get_columns"):
        columns = {str(name): list(values) for name, values in data.to_dict(as_series=False).items()}
    elif hasattr(data, "to_dict"):
        columns = {str(name): list(values) for name, values in data.to_dict("list").items()}
    else:
        raise TypeError(f"log_table: expected a table or a mapping of columns, got {type(data).__name__}")
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"log_table: expected columns of one length, got {lengths}")
    return {name: [_plain(value) for value in values] for name, values in columns.items()}


def _as_list(values: Any) -> list[Any]:
    if isinstance(values, str) or not hasattr(values, "__iter__"):
        return [values]
    if hasattr(values, "mask") and hasattr(values, "filled"):  # a masked array hides what lies under its mask
        return [None if hidden else value for hidden, value in zip(_mask(values), values.data, strict=True)]
    return list(values)


def _mask(values: Any) -> Any:
    import numpy as np

    return np.ma.getmaskarray(values)


def _plain(value: Any) -> Any:
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    if kind in ("M", "m"):  # datetime64 and timedelta64; .item() of nanoseconds is a bare number
        text = str(value)
        if "." in text:
            text = text.rstrip("0").rstrip(".")
        return None if text == "NaT" else text
    if hasattr(value, "item") and not hasattr(value, "__len__"):
        value = value.item()  # a NumPy scalar
    if _is_null(value):
        return None  # JSON has no NaN
    if isinstance(value, (date, time)):  # datetime is a date
        return value.isoformat()
    if isinstance(value, (bool, int, float, str, list, dict)):
        return value
    return str(value)


def _is_null(value: Any) -> bool:
    """None, NaN, an infinity, and what pandas puts for a missing value: NaT and NA."""
    if isinstance(value, float):
        return not math.isfinite(value)
    return value is None or type(value).__name__ in ("NaTType", "NAType")
