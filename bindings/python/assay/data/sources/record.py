"""What a load did: rows, lag, freshness, clocks and changed columns, returned and kept in the lake."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assay.data import Lake, Table

__all__ = ["LoadRecord", "append_record", "load_records"]

RECORDS = "source_loads"


@dataclass
class LoadRecord:
    """One load of one table.

    ``rows_read == accepted + quarantined``. `lag_seconds` is the source's clock minus the newest watermark read,
    `clock_skew_seconds` the source's clock minus ours, known to plus or minus `clock_uncertainty_seconds`.
    """

    source: str
    source_table: str
    table: str
    mode: str
    started_at: datetime
    seconds: float = 0.0
    rows_read: int = 0
    accepted: int = 0
    quarantined: int = 0
    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    version: int = -1
    changed: bool = False
    watermark: str = ""
    """Newest value of the watermark column, or the log position of a change stream."""
    lag_seconds: float | None = None
    """Age of the newest row at the source; of a change stream, of the newest change not yet loaded."""
    lag_bytes: int | None = None
    """Write-ahead log that a change stream has not read yet."""
    retained_bytes: int | None = None
    """Write-ahead log that the server keeps for a change stream."""
    clock_skew_seconds: float | None = None
    clock_uncertainty_seconds: float | None = None
    schema_changes: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    quarantined_by_rule: dict[str, int] = field(default_factory=dict)

    def as_row(self) -> dict[str, Any]:
        row = asdict(self)
        for name in ("schema_changes", "remarks", "quarantined_by_rule"):
            row[name] = json.dumps(row[name], ensure_ascii=False)
        return row


def load_records(lake: Lake, schema: str = "bronze") -> Table:
    """All loads into tables of that schema of the lake, oldest first; lists and counts as JSON."""
    return lake.read(f"{schema}.{RECORDS}").sort("started_at")


def append_record(lake: Lake, record: LoadRecord) -> None:
    from assay.data import Field, Schema, Table
    from assay.data.lake_rows import append

    text = (
        "source",
        "source_table",
        "table",
        "mode",
        "watermark",
        "schema_changes",
        "remarks",
        "quarantined_by_rule",
    )
    whole = (
        "rows_read", "accepted", "quarantined", "inserted", "updated", "deleted", "version", "lag_bytes",
        "retained_bytes",
    )  # fmt: skip
    types = dict.fromkeys(text, "utf8") | dict.fromkeys(whole, "int64")
    types |= {"started_at": "timestamp[us, UTC]", "changed": "bool"}
    row = record.as_row()
    table = Table.from_pylist([row], schema=Schema([Field(name, types.get(name, "float64")) for name in row]))
    append(lake, f"{lake.name(record.table).schema}.{RECORDS}", table)
