"""Delimited text to tables; no row is lost."""

from __future__ import annotations

import html
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

from assay import _core
from assay.data.describe import describe_dialect

Schema = _core.data.Schema
Dialect = _core.data.Dialect
SchemaLike = _core.data.Schema | Mapping[str, str] | None
DialectLike = _core.data.Dialect | Literal["auto"]
BytesLike = bytes | bytearray | memoryview


class CsvResult(NamedTuple):
    """Accepted rows, quarantined rows, and a report; unpacks as ``rows, rejected, report``."""

    rows: _core.data.Table
    rejected: _core.data.Quarantine
    report: _core.data.CsvReport

    def _repr_html_(self) -> str:
        report = self.report
        counts = (
            f"{report.rows_read:,} rows read, {report.rows_accepted:,} accepted, "
            f"{report.rows_quarantined:,} quarantined"
        )
        dialect = html.escape(describe_dialect(report.dialect))
        remarks = "".join(f"<li>{html.escape(text)}</li>" for text in (*report.doubts, *report.remarks))
        rules = "".join(
            f"<li>quarantined by <code>{html.escape(rule)}</code>: {count:,}</li>"
            for rule, count in sorted(self.rejected.counts_by_rule().items())
        )
        return f"<p>{counts}; {dialect}</p><ul>{rules}{remarks}</ul>{self.rows._repr_html_()}"


def _schema_from(schema: SchemaLike) -> _core.data.Schema | None:
    if schema is None or isinstance(schema, Schema):
        return schema
    if isinstance(schema, Mapping):
        return Schema([_core.data.Field(name, type_name) for name, type_name in schema.items()])
    raise TypeError(
        f"read_csv: expected schema as a Schema or a dict of names and types, got {type(schema).__name__}"
    )


def _options(schema: SchemaLike, dialect: DialectLike, others: dict[str, Any]) -> Any:
    if not (isinstance(dialect, Dialect) or dialect == "auto"):
        raise TypeError(f"read_csv: expected dialect 'auto' or a Dialect, got {type(dialect).__name__}")
    nulls = others["null_values"]
    if nulls is not None:
        others["null_values"] = [nulls] if isinstance(nulls, str) else list(nulls)
    given = dialect if isinstance(dialect, Dialect) else None
    return _core.data.CsvOptions(schema=_schema_from(schema), dialect=given, **others)


def _content(data: BytesLike) -> bytes:
    if isinstance(data, bytes):
        return data
    if isinstance(data, (bytearray, memoryview)):
        return bytes(data)
    raise TypeError(
        f"read_csv: expected a path, bytes, a bytearray or a memoryview, got {type(data).__name__}"
    )


def read_csv(
    path: str | os.PathLike[str] | BytesLike,
    schema: SchemaLike = None,
    dialect: DialectLike = "auto",
    *,
    name: str = "<memory>",
    encoding: str | None = None,
    infer_types: bool = True,
    enforce_limits: bool = True,
    keep_extra_columns: bool = True,
    missing_as_null: bool = False,
    null_values: str | Iterable[str] | None = None,
    max_row_bytes: int = 16 << 20,
    progress: Callable[[int, int], None] | None = None,
) -> CsvResult:
    """Reads a delimited text file (plain, gzip or zstd), or its bytes in memory, into typed columns.

    Rows that break a rule go to ``rejected`` with their bytes, place and every rule that failed; accepted and
    rejected rows add up to the rows read. Blank lines are not rows, but for files of one column.

    schema: a Schema, or ``{name: type}``; without one types are inferred from all rows, or all columns stay text
    with ``infer_types=False``.
    dialect: "auto" detects delimiter, quote, header, preamble, footnotes and encoding; ``report.dialect`` says what
    was found and ``report.doubts`` what is ambiguous.
    name: stands for the file in the quarantine and in errors where bytes are read.
    encoding: utf-8, utf-16le, utf-16be, latin-1, windows-1252 or cp949, where it is known.
    enforce_limits: rows with a value outside a field's ``outlier`` range are rejected.
    keep_extra_columns: columns that the schema does not name are kept as text.
    missing_as_null: nullable columns that the file lacks become nulls instead of an error.
    null_values: whole fields that mean null, one or several; the default is "", NA, N/A, NULL, null, NaN and nan.
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
    if isinstance(path, (str, os.PathLike)):
        return CsvResult(*_core.data.read_csv(Path(path), options))
    return CsvResult(*_core.data.read_csv_bytes(_content(path), options, name))


def read_csv_bytes(
    data: BytesLike,
    schema: SchemaLike = None,
    dialect: DialectLike = "auto",
    *,
    name: str = "<memory>",
    **options: Any,
) -> CsvResult:
    """Reads bytes in memory: :func:`read_csv` with its options, for what is never a path."""
    return read_csv(_content(data), schema, dialect, name=name, **options)
