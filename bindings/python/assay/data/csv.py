"""Delimited text to tables; no row is lost."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

from assay import _core

Schema = _core.data.Schema
Dialect = _core.data.Dialect
SchemaLike = _core.data.Schema | Mapping[str, str] | None
DialectLike = _core.data.Dialect | Literal["auto"]


class CsvResult(NamedTuple):
    """Accepted rows, quarantined rows, and a report; unpacks as ``rows, rejected, report``."""

    rows: _core.data.Table
    rejected: _core.data.Quarantine
    report: _core.data.CsvReport


def _schema_from(schema: SchemaLike) -> _core.data.Schema | None:
    if schema is None or isinstance(schema, Schema):
        return schema
    if isinstance(schema, Mapping):
        return Schema([_core.data.Field(name, type_name) for name, type_name in schema.items()])
    raise TypeError(f"read_csv: expected schema as a Schema or a dict of names and types, got {type(schema).__name__}")


def _options(schema: SchemaLike, dialect: DialectLike, others: dict[str, Any]) -> Any:
    if not (isinstance(dialect, Dialect) or dialect == "auto"):
        raise TypeError(f"read_csv: expected dialect 'auto' or a Dialect, got {type(dialect).__name__}")
    if others["null_values"] is not None:
        others["null_values"] = list(others["null_values"])
    given = dialect if isinstance(dialect, Dialect) else None
    return _core.data.CsvOptions(schema=_schema_from(schema), dialect=given, **others)


def read_csv(
    path: str | os.PathLike[str],
    schema: SchemaLike = None,
    dialect: DialectLike = "auto",
    *,
    encoding: str | None = None,
    infer_types: bool = True,
    enforce_limits: bool = True,
    keep_extra_columns: bool = True,
    missing_as_null: bool = False,
    null_values: Iterable[str] | None = None,
    max_row_bytes: int = 16 << 20,
    progress: Callable[[int, int], None] | None = None,
) -> CsvResult:
    """Reads a delimited text file (plain, gzip or zstd) into typed columns.

    Rows that break a rule go to ``rejected`` with their bytes, place and every rule that failed; accepted and
    rejected rows add up to the rows read. Blank lines are not rows, but for files of one column.

    schema: a Schema, or ``{name: type}``; without one types are inferred from all rows, or all columns stay text
    with ``infer_types=False``.
    dialect: "auto" detects delimiter, quote, header, preamble, footnotes and encoding; ``report.dialect`` says what
    was found and ``report.doubts`` what is ambiguous.
    encoding: utf-8, utf-16le, utf-16be, latin-1, windows-1252 or cp949, where it is known.
    enforce_limits: rows with a value outside a field's ``outlier`` range are rejected.
    keep_extra_columns: columns that the schema does not name are kept as text.
    missing_as_null: nullable columns that the file lacks become nulls instead of an error.
    null_values: whole fields that mean null; the default is "", NA, N/A, NULL, null, NaN and nan.
    max_row_bytes: longer rows are rejected, with their first 64 KiB in ``raw``.
    progress: called with bytes done and bytes in all.

    Raises IoError (unreadable, empty, binary or cut short) and SchemaError (missing column, a name twice).
    """
    options = _options(
        schema,
        dialect,
        {
            "encoding": encoding,
            "infer_types": infer_types,
            "enforce_limits": enforce_limits,
            "keep_extra_columns": keep_extra_columns,
            "missing_as_null": missing_as_null,
            "null_values": null_values,
            "max_row_bytes": max_row_bytes,
            "progress": progress,
        },
    )
    return CsvResult(*_core.data.read_csv(Path(path), options))


def read_csv_bytes(
    data: bytes,
    schema: SchemaLike = None,
    dialect: DialectLike = "auto",
    *,
    name: str = "<memory>",
    encoding: str | None = None,
    infer_types: bool = True,
    enforce_limits: bool = True,
    keep_extra_columns: bool = True,
    missing_as_null: bool = False,
    null_values: Iterable[str] | None = None,
    max_row_bytes: int = 16 << 20,
) -> CsvResult:
    """Reads bytes in memory as :func:`read_csv` reads a file; ``name`` stands for the file in the quarantine."""
    options = _options(
        schema,
        dialect,
        {
            "encoding": encoding,
            "infer_types": infer_types,
            "enforce_limits": enforce_limits,
            "keep_extra_columns": keep_extra_columns,
            "missing_as_null": missing_as_null,
            "null_values": null_values,
            "max_row_bytes": max_row_bytes,
            "progress": None,
        },
    )
    return CsvResult(*_core.data.read_csv_bytes(data, options, name))
