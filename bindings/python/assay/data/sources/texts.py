"""PostgreSQL's values as text, made the same Arrow columns that a query gives, by the rules of `columns`."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, cast

from assay.data.sources.columns import Kind, SourceColumn

__all__ = ["KIND_OF_OID", "Converted", "convert", "instants"]

# pg_type.dat; every other type is text.
KIND_OF_OID: dict[int, Kind] = {
    16: "bool", 17: "binary", 20: "int64", 21: "int32", 23: "int32", 700: "float32", 701: "float64", 1042: "padded",
    1082: "date", 1114: "local", 1184: "instant", 1700: "numeric",
}  # fmt: skip

_DATE = re.compile(r"(?!0000)\d{4}-\d\d-\d\d", re.ASCII)
_LOCAL = re.compile(r"(?!0000)\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?", re.ASCII)
_INSTANT = re.compile(_LOCAL.pattern + r"\+00", re.ASCII)


@dataclass
class Converted:
    """A pyarrow array, and the rule that each refused row failed; such a row is null."""

    array: Any
    refused: dict[int, str] = field(default_factory=dict)
    rounded: int = 0


def convert(texts: Sequence[str | None], column: SourceColumn, zone: str | None) -> Converted:
    """The column of these texts, as PostgreSQL writes them with DateStyle ISO, TimeZone UTC and bytea_output hex."""
    import pyarrow as pa

    kind = column.kind
    if kind == "numeric":
        return _numeric(texts, column)
    if kind in ("date", "instant", "local"):
        return _time(texts, column, zone)
    if kind == "padded":
        return Converted(pa.array([None if t is None else t.rstrip(" ") for t in texts], pa.string()))
    if kind in ("text", "other"):
        return Converted(pa.array(texts, pa.string()))
    if kind == "bool":
        return Converted(pa.array([None if t is None else t == "t" for t in texts], pa.bool_()))
    if kind == "binary":
        return Converted(pa.array([None if t is None else bytes.fromhex(t[2:]) for t in texts], pa.binary()))
    number = cast("Callable[[str], Any]", float if kind.startswith("float") else int)
    types = {"int32": pa.int32(), "int64": pa.int64(), "float32": pa.float32(), "float64": pa.float64()}
    return Converted(pa.array([None if t is None else number(t) for t in texts], types[kind]))


def _numeric(texts: Sequence[str | None], column: SourceColumn) -> Converted:
    import pyarrow as pa

    if column.type == "utf8":
        return Converted(pa.array(texts, pa.string()))
    if column.type == "int64":
        refused = {
            row: f"{column.name}.type" for row, t in enumerate(texts) if t is not None and not _is_int64(t)
        }
        whole = [None if t is None or row in refused else int(Decimal(t)) for row, t in enumerate(texts)]
        return Converted(pa.array(whole, pa.int64()), refused)
    values: list[float | None] = []
    result = Converted(None)
    for row, text in enumerate(texts):
        value = None if text is None else float(text)
        if text is not None and value is not None and text[-1].isdigit():
            digits = text.lstrip("-").replace(".", "").strip("0")
            # Too large, too small, or below the normal numbers.
            if math.isinf(value) or (digits and abs(value) < 2.2250738585072014e-308):
                result.refused[row] = f"{column.name}.range"
                value = None
            elif len(digits) > 15:
                result.rounded += 1
        values.append(value)
    result.array = pa.array(values, pa.float64())
    return result


def _is_int64(text: str) -> bool:
    value = Decimal(text)
    return value.is_finite() and value == value.to_integral_value() and -(2**63) <= value < 2**63


def _time(texts: Sequence[str | None], column: SourceColumn, zone: str | None) -> Converted:
    import pyarrow as pa

    form = {"date": _DATE, "instant": _INSTANT, "local": _LOCAL}[column.kind]
    refused = {
        row: f"{column.name}.range" for row, t in enumerate(texts) if t is not None and not form.fullmatch(t)
    }
    kept = pa.array([None if row in refused else t for row, t in enumerate(texts)], pa.string())
    if column.kind == "date":
        return Converted(kept.cast(pa.date32()), refused)
    if column.kind == "instant":
        return Converted(kept.cast(pa.timestamp("us", "UTC")), refused)
    return instants(kept.cast(pa.timestamp("us")), column.name, zone, refused)


def instants(wall: Any, name: str, zone: str | None, refused: dict[int, str]) -> Converted:
    """Times on the clocks of a zone as instants; those that the clocks skipped are refused.

    As in PostgreSQL, of a time that came twice the later one is taken, which mostly is in standard time.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    instant = pc.assume_timezone(wall, zone or "UTC", ambiguous="latest", nonexistent="earliest")
    skipped = pc.fill_null(pc.not_equal(pc.local_timestamp(instant), wall), False)
    for row in pc.indices_nonzero(skipped).to_pylist():
        refused[row] = f"{name}.zone"
    return Converted(pc.if_else(skipped, None, instant).cast(pa.timestamp("us", "UTC")), refused)
