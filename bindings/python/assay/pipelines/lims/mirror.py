"""A copy of a database's table that loads keep up to date, so that a run need not read the database whole.

It holds the rows as they are, identifiers and all: its folder is for its owner alone, and lies outside what a run
writes. What a run makes of a copy is what it makes of the database itself.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.errors import StateError, ValueError

if TYPE_CHECKING:
    from assay.data import Lake, Table
    from assay.data.laboratory import ResultsReading
    from assay.data.sources import LoadRecord, PostgresSource

__all__ = ["Mirror", "describe_load", "read_mirror"]

_OTHERS = 0o077
_HOUR, _NUMBERS = timedelta(hours=1), 10_000
# What is read again before the last watermark: of a time or date, and of an integer.


@dataclass(frozen=True)
class Mirror:
    """Where the copy is, and how it is kept up to date."""

    folder: Path
    incremental: str | None = None
    """A column that grows with every insert and update, a time, a date or an integer: rows that are new by it are read,
    and those of the last hour or of 10,000 numbers before; deleted ones are not noticed."""
    changes: str | None = None
    """Name of a replication slot: the server's log is followed, and deleted rows are noticed."""
    key: tuple[str, ...] = ("result_id",)
    """Columns that name a row at the source: `incremental` merges by them, and refused rows are told apart by them."""

    def __post_init__(self) -> None:
        if (self.incremental is None) == (self.changes is None):
            raise ValueError("mirror: expected incremental (a column) or changes (a slot), and one of them")
        if self.incremental is not None and not self.key:
            raise ValueError("mirror: expected the columns that name a row beside incremental")

    def expect_apart(self, *written: Path) -> None:
        """Checks that the copy lies outside folders that others may be given.

        Raises:
            ValueError: it does not, or others than its owner may look into it.
        """
        folder = self.folder.resolve()
        for other in written:
            if folder == other.resolve() or other.resolve() in folder.parents:
                raise ValueError(
                    f"mirror: expected a folder outside {other}, got {self.folder}: it holds rows with identifiers"
                )
        if folder.exists() and folder.stat().st_mode & _OTHERS:
            raise ValueError(
                f"mirror: expected a folder for its owner alone, got {self.folder}; chmod 700, for it holds identifiers"
            )


def read_mirror(
    database: PostgresSource, table: str, mirror: Mirror, options: Mapping[str, Any]
) -> tuple[ResultsReading, LoadRecord]:
    """Brings the copy up to date and reads the results in it.

    Raises:
        IoError: the server went away; the copy is as it was.
        StateError: the copy is of another table or was loaded by another watermark, or the slot is lost.
        SchemaError: a column changed its type, or a key is not unique.
    """
    from assay.data import Lake, Quarantine, Table
    from assay.data.sources import ChangeStream, load_incremental, results_of_table

    os.makedirs(mirror.folder, mode=0o700, exist_ok=True)
    lake = Lake(mirror.folder, catalog="mirror")
    name = "raw." + re.sub(r"\W", "_", table)
    _expect_copy_of(lake, name, f"{database.shown}#{table}")
    if mirror.incremental is not None:
        record = load_incremental(
            database, lake, name, table=table, key=mirror.key, watermark=mirror.incremental,
            overlap=_overlap(lake, name),
        )  # fmt: skip
    else:
        qualified = table if "." in table else f"public.{table}"
        (record,) = ChangeStream(database, lake, tables={qualified: name}, slot=mirror.changes or "").load()
    rows = lake.read(name)
    refused = _refused(lake, f"{name}_quarantine", rows, mirror.key)
    found = results_of_table(rows, **options, name=f"{database.shown}#{table}")
    rejected = [found.rejected.table] if refused is None else [refused, found.rejected.table]
    return (
        found._replace(
            rejected=Quarantine(Table.concat(rejected)),
            rows_read=found.rows_read + (0 if refused is None else refused.num_rows),
        ),
        record,
    )


def _expect_copy_of(lake: Lake, name: str, source: str) -> None:
    """Rows of two databases in one copy would be nobody's."""
    known = lake.properties(name).get("assay.source.from") if lake.exists(name) else None
    if known is not None and known != source:
        raise StateError(f"mirror: the copy is of {known}, got {source}; give each table a folder of its own")


def _overlap(lake: Lake, name: str) -> timedelta | int:
    """By the watermark of the loads before."""
    last = lake.properties(name).get("assay.source.watermark", "") if lake.exists(name) else ""
    return _NUMBERS if last.lstrip("-").isdigit() else _HOUR


def _refused(lake: Lake, name: str, rows: Table, key: tuple[str, ...]) -> Table | None:
    """Rows that the database could not deliver, each once, but for those that it has delivered since."""
    if not lake.exists(name):
        return None
    table = lake.read(name)
    if not all(column in rows for column in key):
        return table
    there = set(zip(*([str(value) for value in rows[column].to_pylist()] for column in key), strict=True))
    keep = []
    for raw in table["raw"].to_pylist():
        row = json.loads(raw)
        named = all(row.get(column) is not None for column in key)
        of_row = tuple(str(row.get(column)) for column in key)
        keep.append(of_row not in there)
        if named:
            there.add(of_row)  # a row that was refused, changed and refused again is one
    return table.filter(keep)


def describe_load(record: LoadRecord) -> list[str]:
    """Counts, freshness and clocks in sentences."""
    lines = [
        f"copy ({record.mode}): {record.rows_read:,} rows read, {record.inserted:,} inserted, "
        f"{record.updated:,} updated, {record.deleted:,} deleted, {record.quarantined:,} quarantined"
    ]
    if record.watermark:
        lines.append(f"copy: up to {record.watermark}")
    if record.lag_seconds is not None:
        lines.append(f"copy: {record.lag_seconds:,.0f} s behind the source")
    if record.clock_skew_seconds is not None:
        lines.append(f"copy: the source's clock is {record.clock_skew_seconds:+.1f} s from this machine's")
    lines += [f"copy: columns changed: {change}" for change in record.schema_changes]
    return lines + [f"copy: {remark}" for remark in record.remarks]
