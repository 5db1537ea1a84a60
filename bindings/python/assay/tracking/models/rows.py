"""What a model is given, as a table of its own schema: frames, tables and rows of every kind."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date, datetime, timezone
from typing import TYPE_CHECKING, Any

from assay import errors

if TYPE_CHECKING:
    from assay.data import Schema, Table

__all__ = ["as_table", "conform", "in_kind"]


def as_table(data: Any) -> Table:
    """Any table, mapping of columns or list of rows as an Assay table."""
    from assay.data import Table

    if isinstance(data, Table):
        return data
    if isinstance(data, Mapping):
        return Table.from_dict(dict(data))
    if isinstance(data, list):
        return Table.from_pylist(data)
    if hasattr(data, "__arrow_c_stream__") or hasattr(data, "__arrow_c_array__"):
        return Table.from_arrow(data)
    raise TypeError(f"model: expected a table, a mapping of columns or a list of rows, got {_name(data)}")


def conform(data: Any, schema: Schema) -> Table:
    """The data as a table of this schema.

    Columns that it does not name are left out. A column that is missing and may be null is null; NaN, NaT and NA are
    null. Whole numbers may come as floats, times as ISO-8601 text or without a zone (UTC then), as they do from
    pandas and JSON.

    Raises
    ------
    assay.SchemaError
        A required column is missing, or a value is of another type; the text names the column, never the value.
    """
    from assay.data import Table

    if isinstance(data, Table) and all(_same(data, field) for field in schema):
        return data.select(schema.names)
    columns = _columns(data)
    rows = max((len(values) for values in columns.values()), default=0)
    made: dict[str, list[Any]] = {}
    for field in schema:
        if field.name not in columns:
            if not field.nullable:
                raise errors.SchemaError(f"predict: expected a column '{field.name}', got none of that name")
            made[field.name] = [None] * rows
            continue
        read = _READERS[field.type.partition("[")[0]]
        try:
            made[field.name] = [None if _is_null(v) else read(v) for v in columns[field.name]]
        except (TypeError, ValueError, OverflowError):
            raise errors.SchemaError(
                f"predict: expected {field.type} in column '{field.name}', got a value that is none"
            ) from None
    return Table.from_dict(made, schema=schema)


def in_kind(table: Table, given: Any) -> Any:
    """The answer in the form of the question: a pandas frame for a pandas frame, a table for everything else."""
    if type(given).__module__.partition(".")[0] != "pandas":
        return table
    import pandas

    return pandas.DataFrame(table.to_pydict(), index=given.index)


def _same(table: Table, field: Any) -> bool:
    return field.name in table and table.schema.field(field.name).type == field.type


def _columns(data: Any) -> dict[str, list[Any]]:
    if type(data).__module__.partition(".")[0] == "pandas" and hasattr(data, "columns"):
        return {str(name): data[name].tolist() for name in data.columns}
    if isinstance(data, Mapping):
        columns = {str(name): _listed(values) for name, values in data.items()}
        if len({len(values) for values in columns.values()}) > 1:
            raise errors.ShapeError("predict: expected columns of one length")
        return columns
    if isinstance(data, list) and all(isinstance(row, Mapping) for row in data):
        names = dict.fromkeys(str(name) for row in data for name in row)
        return {name: [row.get(name) for row in data] for name in names}
    return dict(as_table(data).to_pydict())


def _listed(values: Any) -> list[Any]:
    if isinstance(values, (str, bytes)) or not hasattr(values, "__iter__"):
        return [values]
    return list(values.tolist() if hasattr(values, "tolist") else values)


def _is_null(value: Any) -> bool:
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, float) and math.isnan(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _whole(value: Any) -> int:
    number = value.item() if hasattr(value, "item") else value
    if isinstance(number, (bool, str)) or int(number) != number:
        raise TypeError
    return int(number)


def _real(value: Any) -> float:
    if isinstance(value, (bool, str)):
        raise TypeError
    return float(value)


def _truth(value: Any) -> bool:
    if isinstance(value, str) or value not in (0, 1):
        raise TypeError
    return bool(value)


def _moment(value: Any) -> datetime:
    if isinstance(value, str):
        value = datetime.fromisoformat(value.replace("Z", "+00:00"))  # Python 3.10 reads no Z
    if hasattr(value, "to_pydatetime"):
        value = value.to_pydatetime(warn=False)  # a column holds microseconds
    if not isinstance(value, datetime):
        raise TypeError
    return value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value


def _day(value: Any) -> date:
    if isinstance(value, str):
        return date.fromisoformat(value)
    if isinstance(value, datetime):
        return value.date()
    if not isinstance(value, date):
        raise TypeError
    return value


def _bytes(value: Any) -> bytes:
    if not isinstance(value, (bytes, bytearray)):
        raise TypeError
    return bytes(value)


_READERS: dict[str, Callable[[Any], Any]] = {
    "utf8": _text,
    "int32": _whole,
    "int64": _whole,
    "float32": _real,
    "float64": _real,
    "bool": _truth,
    "timestamp": _moment,
    "date32": _day,
    "binary": _bytes,
}


def _name(value: Any) -> str:
    return type(value).__name__
