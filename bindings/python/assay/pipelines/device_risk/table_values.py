"""The inputs' columns of a table, as arrays of numbers, and which rows can be scored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from assay import errors
from assay.pipelines.device_risk.inputs import Input

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from assay.data import Table

__all__ = ["columns_of"]

_NUMBERS = ("float64", "float32", "int64", "int32")


def columns_of(
    source: Any, inputs: Sequence[Input], codes: Sequence[Mapping[str, float]]
) -> tuple[list[NDArray[np.float64]], NDArray[np.bool_]]:
    """[n] each, NaN for missing, categories as codes; and [n] whether the row has what the model needs."""
    import numpy as np

    table = _as_table(source)
    have = set(table.column_names)
    missing = [each.name for each in inputs if each.name not in have and each.field not in have]
    if missing:
        raise errors.SchemaError(f"device risk: expected {len(inputs)} inputs, missing {', '.join(missing)}")
    usable = np.ones(table.num_rows, dtype=bool)
    values = []
    for each, code in zip(inputs, codes, strict=True):
        column = table[each.name if each.name in have else each.field]
        if each.choices:
            if str(column.type) != "utf8":
                raise errors.SchemaError(f"device risk: expected text in {each.name}, got {column.type}")
            found = np.array([code.get(text, np.nan) for text in column.to_pylist()], dtype=np.float64)
        elif str(column.type) in _NUMBERS or column.null_count == table.num_rows:
            found = _numbers(column, table.num_rows)
        else:
            raise errors.SchemaError(f"device risk: expected numbers in {each.name}, got {column.type}")
        values.append(found)
        usable &= _within(found, each)
    return values, usable


def _as_table(source: Any) -> Table:
    from assay.data import Table

    if isinstance(source, Table):
        return source
    if isinstance(source, Mapping):
        return Table.from_dict(dict(source))
    return Table.from_arrow(source)


def _numbers(column: Any, rows: int) -> NDArray[np.float64]:
    import numpy as np

    if column.null_count == rows:
        return np.full(rows, np.nan)
    found = np.array(column.to_numpy(), dtype=np.float64)
    if column.null_count:
        found[np.asarray(column.is_null(), dtype=bool)] = np.nan
    return found


def _within(values: NDArray[np.float64], each: Input) -> NDArray[np.bool_]:
    import numpy as np

    missing = np.isnan(values)
    fine = ~np.isinf(values)
    if each.minimum is not None:
        fine &= ~(values < each.minimum)
    if each.maximum is not None:
        fine &= ~(values > each.maximum)
    return fine if each.missing else fine & ~missing
