"""Tables that hold one set of rows for each day: a day is written, and written anew, in one commit.

The files lie by day, so that a year of days costs a write no more than the first one did.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from assay.data.lake import StoredTable
from assay.data.lake_commits import replace_rows
from assay.data.lake_rows import CONTENT, PARTITION, RUN
from assay.data.storage import explained

if TYPE_CHECKING:
    from assay.data import Lake

__all__ = ["days_of", "read_day", "replace_day"]


def replace_day(
    lake: Lake,
    name: str,
    rows: Any,
    day: date,
    *,
    column: str,
    properties: Mapping[str, str] | None = None,
    run: str = "",
    may_be_empty: bool = False,
) -> StoredTable:
    """Puts these rows in the place of those of one day; the rows of all other days stay.

    Args:
        rows: a pyarrow.Table whose date column `column` holds `day` and nothing else. A column that the stored table
            has not is added, as nulls for the other days.
        may_be_empty: no rows are an answer, too: those of the day go.
        properties: recorded in the same commit, under names that begin with ``assay.``.

    Raises:
        IoError: the folder cannot be written, or the disk is full; the old rows stay as they were.
        ValueError: `rows` has none of the day's rows, or one of another day.
    """
    full, path = str(lake.name(name)), lake.path(name)
    if rows.num_rows or not may_be_empty:
        _expect_one_day(full, rows, day, column)
    known = hashlib.sha256(f"{column}\n{day}\n{sorted((properties or {}).items())}".encode()).hexdigest()
    recorded = {**(properties or {}), CONTENT: f"day:{known}", PARTITION: column}
    version = replace_rows(
        lake.root,
        full,
        path,
        rows,
        {**recorded, RUN: run} if run else recorded,
        first=not lake.exists(name),
        partition_by=[column],
        predicate=f"{column} = DATE '{day.isoformat()}'",
    )
    return StoredTable(full, path, rows.num_rows, version, changed=True)


def read_day(lake: Lake, name: str, day: date, *, column: str, columns: Sequence[str] | None = None) -> Any:
    """The rows of one day as a pyarrow.Table, in the order in which they were written; none where there is none."""
    import pyarrow.dataset as ds

    stored = lake.delta_table(name)
    with explained(f"read {lake.name(name)}", lake.root):
        found = lake.dataset(name, stored)
        wanted = list(columns) if columns is not None else None
        return found.to_table(columns=wanted, filter=ds.field(column) == day)


def days_of(lake: Lake, name: str, *, column: str) -> list[date]:
    """The days that the table has rows of, in order; nothing where there is no table.   Cost: reads no rows."""
    if not lake.exists(name):
        return []
    stored = lake.delta_table(name)
    with explained(f"read {lake.name(name)}", lake.root):
        return sorted({_as_date(values[column]) for values in stored.partitions()})


def _as_date(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def _expect_one_day(name: str, rows: Any, day: date, column: str) -> None:
    import pyarrow.compute as pc

    given = pc.unique(rows[column]).to_pylist()
    if given != [day]:
        from assay import ValueError

        raise ValueError(
            f"write {name}: expected rows of {day} in '{column}', got {len(given)} different days"
            if len(given) != 1
            else f"write {name}: expected rows of {day} in '{column}', got another day"
        )
