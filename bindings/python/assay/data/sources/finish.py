"""The end of every load: what was refused is kept first, then the rows are committed, then the record is written."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from assay.data.sources.record import LoadRecord, append_record

if TYPE_CHECKING:
    from assay.data import Lake
    from assay.data.lake_rows import StoredRows
    from assay.data.sources.reading import Clock

_SKEW_TO_TELL = 2.0  # seconds


def keep_refused(
    lake: Lake, record: LoadRecord, refused: Sequence[dict[str, Any]], *, whole: bool = False
) -> None:
    """Rows that were refused, in the table's quarantine, before the accepted ones are committed: none is lost between.

    A load of the `whole` table replaces those of the loads before; any other one adds what is not there.
    """
    from assay.data import Quarantine, Table
    from assay.data.lake_rows import merge

    name = f"{record.table}_quarantine"
    if not refused and not (whole and lake.exists(name)):
        return
    once = {(row["rules"], row["raw"]): row for row in refused}
    quarantine = Quarantine(Table.from_pylist(list(once.values()), schema=Quarantine.schema()))
    for rule, count in (
        Quarantine(Table.from_pylist(list(refused), schema=Quarantine.schema())).counts_by_rule().items()
    ):
        record.quarantined_by_rule[rule] = record.quarantined_by_rule.get(rule, 0) + count
    if whole or not lake.exists(name):
        lake.write(name, quarantine.table)
    else:
        merge(lake, name, quarantine.table.to_pyarrow().to_reader(), key=["rules", "raw"], only_insert=True)


def count(
    record: LoadRecord, stored: StoredRows, read: int, quarantined: int, remarks: Sequence[str]
) -> None:
    """Adds what one commit did; a load may be several."""
    record.version = stored.version
    record.changed = record.changed or stored.changed
    record.inserted += stored.inserted
    record.updated += stored.updated
    record.deleted += stored.deleted
    record.rows_read += read
    record.accepted += read - quarantined
    record.quarantined += quarantined
    record.schema_changes += [told for told in stored.schema_changes if told not in record.schema_changes]
    record.remarks += [remark for remark in remarks if remark not in record.remarks]


def clocked(record: LoadRecord, clock: Clock | None) -> None:
    if clock is None:
        return
    record.clock_skew_seconds, record.clock_uncertainty_seconds = clock.skew, clock.uncertainty
    if abs(clock.skew) > _SKEW_TO_TELL + clock.uncertainty:
        way = "ahead of" if clock.skew > 0 else "behind"
        record.remarks.append(f"the source's clock is {abs(clock.skew):.1f} s {way} this machine's")


def close(lake: Lake, record: LoadRecord, started: float) -> None:
    record.seconds = time.monotonic() - started
    append_record(lake, record)
