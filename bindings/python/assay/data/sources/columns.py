"""PostgreSQL's types as Assay's: what each column is asked for, and which values are refused.

==========================  =====================  =================================================================
PostgreSQL                  Assay                  rule
==========================  =====================  =================================================================
boolean, bytea, text …      bool, binary, utf8     as they are; char(n) without its padding
smallint, integer, bigint   int32, int32, int64    exact
real, double precision      float32, float64       exact
numeric                     float64                15 significant digits are exact; a value with more is rounded
                                                   and counted in the remarks; "text" or "int64" by option
timestamptz                 timestamp[us, UTC]     years 1 to 9999; infinity and others are quarantined
timestamp                   timestamp[us, UTC]     in the zone that the caller names; a local time that the clocks
                                                   skipped is quarantined, one that came twice is the second
date                        date32                 years 1 to 9999; infinity and others are quarantined
all others                  utf8                   as PostgreSQL writes them; intervals as ISO 8601
==========================  =====================  =================================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["Kind", "SourceColumn", "exact_in_float64", "literal", "projection", "quoted", "text_literal"]

Kind = Literal[
    "bool", "int32", "int64", "float32", "float64", "text", "padded", "other", "binary", "date", "instant", "local",
    "numeric",
]  # fmt: skip
_EARLIEST, _LATEST = "0001-01-01 00:00:00", "9999-12-31 23:59:59.999999"


@dataclass(frozen=True)
class SourceColumn:
    """A column as the source has it, and the type it has here."""

    name: str
    kind: Kind
    type: str
    """Assay's name of the type."""
    digits: int | None = None
    """Of a numeric column that was declared with so many digits at most."""


def quoted(name: str) -> str:
    """An identifier, taken as written."""
    return '"' + name.replace('"', '""') + '"'


def text_literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def literal(value: Any, column: SourceColumn, zone: str | None) -> str:
    """A watermark as SQL that compares with the column."""
    if isinstance(value, int):
        return str(value)
    text = text_literal(value.isoformat())
    if column.kind == "date":
        return f"DATE {text}"
    if column.kind == "local":
        return f"(TIMESTAMPTZ {text} AT TIME ZONE {text_literal(zone or 'UTC')})"
    return f"TIMESTAMPTZ {text}"


def projection(column: SourceColumn, zone: str | None) -> tuple[str, dict[str, str]]:
    """What to select for the column, and by rule the conditions under which its value is refused."""
    c = quoted(column.name)
    if column.kind == "numeric":
        return _numeric(column, c)
    if column.kind in ("instant", "local", "date"):
        return _time(column, c, zone)
    if column.kind == "other":
        # As the type writes itself, which its cast to text may not do (inet).
        return f"CASE WHEN {c} IS NULL THEN NULL ELSE format('%s', {c}) END", {}
    casts = {"text": "text", "padded": "text", "int32": "int4"}
    return (f"{c}::{casts[column.kind]}" if column.kind in casts else c), {}


def exact_in_float64(column: SourceColumn) -> bool:
    """Whether no value of a numeric column can be rounded by float64, nor fall out of its range."""
    return column.digits is not None and column.digits <= 15


def _numeric(column: SourceColumn, c: str) -> tuple[str, dict[str, str]]:
    if column.type == "utf8":
        return f"{c}::text", {}
    if column.type == "int64":
        bad = f"({c} <> trunc({c}) OR {c} NOT BETWEEN -9223372036854775808 AND 9223372036854775807)"
        return f"CASE WHEN {bad} THEN NULL ELSE {c}::int8 END", {f"{column.name}.type": bad}
    if exact_in_float64(column):
        return f"{c}::float8", {}
    bad = (
        f"(CASE WHEN abs({c}) > 1.7976931348623157e308 OR ({c} <> 0 AND abs({c}) < 2.2250738585072014e-308) "
        f"THEN {c}::text NOT IN ('NaN', 'Infinity', '-Infinity') ELSE false END)"
    )
    return f"CASE WHEN {bad} THEN NULL ELSE {c}::float8 END", {f"{column.name}.range": bad}


def _time(column: SourceColumn, c: str, zone: str | None) -> tuple[str, dict[str, str]]:
    kind, offset = {"instant": ("TIMESTAMPTZ", "+00"), "local": ("TIMESTAMP", ""), "date": ("DATE", "")}[
        column.kind
    ]
    bad = f"({c} NOT BETWEEN {kind} '{_EARLIEST}{offset}' AND {kind} '{_LATEST}{offset}')"
    rules = {f"{column.name}.range": bad}
    value = c
    if column.kind == "local":
        place = text_literal(zone or "UTC")
        value = f"({c} AT TIME ZONE {place})"
        rules[f"{column.name}.zone"] = f"(NOT {bad} AND {value} AT TIME ZONE {place} <> {c})"
    refused = " OR ".join(rules.values())
    return f"CASE WHEN {refused} THEN NULL ELSE {value} END", rules
