"""Rows of a table in the lake: append, replace from a stream, and merge by key; each in one commit.

What a load has to remember, its watermark or log position, is a property in the same commit as its rows: a process
that is killed at any point has written both or neither.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.data.lake import _recorded
from assay.data.lake_commits import replace_rows
from assay.data.schema_changes import SchemaChange, compare
from assay.data.storage import explained, nothing_left_of_a_failure

if TYPE_CHECKING:
    from assay.data import Lake

__all__ = ["StoredRows", "append", "date_column", "merge", "replace", "sole_writer"]

CONTENT, RUN, PARTITION = "assay.content", "assay.run", "assay.partition_by"


@dataclass(frozen=True)
class StoredRows:
    """What a write of rows did."""

    name: str
    path: Path
    version: int
    changed: bool
    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    schema_changes: list[str] = field(default_factory=list)


def date_column(name: str) -> str:
    """The partition column that a time is filed under: observed_at under observed_date, UTC."""
    return f"{name.removesuffix('_at')}_date"


@contextlib.contextmanager
def sole_writer(lake: Lake, name: str) -> Iterator[None]:
    """Holds the table against a second load on this machine; the hold ends with the process, however that ends.

    Raises:
        StateError: another load holds it.
    """
    path = lake.path(name)
    with explained(f"write {lake.name(name)}", lake.root):
        path.parent.mkdir(parents=True, exist_ok=True)
        held = os.open(path.parent / f".{path.name}.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            from assay import StateError

            raise StateError(
                f"write {lake.name(name)}: another load of this table is running; wait for it"
            ) from None
        yield
    finally:
        os.close(held)


def append(lake: Lake, name: str, rows: Any) -> int:
    """Adds rows at the end, making the table at the first call; the version written."""
    from deltalake import DeltaTable, write_deltalake

    path = lake.path(name)
    with explained(f"write {lake.name(name)}", lake.root), nothing_left_of_a_failure(path):
        path.mkdir(parents=True, exist_ok=True)
        write_deltalake(path, rows, mode="append", schema_mode="merge", name=str(lake.name(name)))
        return int(DeltaTable(path).version())


def replace(
    lake: Lake,
    name: str,
    batches: Any,
    *,
    digest: str,
    partition_by: str | None = None,
    properties: Mapping[str, str] | None = None,
    run: str = "",
) -> StoredRows:
    """The table with these rows instead of those it had; the same content again makes no version.

    Args:
        batches: a pyarrow.RecordBatchReader; memory holds a few batches at a time.
        digest: names the content, such as its SHA-256.
        partition_by: a time or date column; the files lie by its UTC date, in the column that `date_column` names.
        properties: recorded in the same commit, under names that begin with ``assay.``.

    Raises:
        SchemaError: a column changed its type, other than by widening; the table stays as it was.
    """
    full, path = str(lake.name(name)), lake.path(name)
    before = lake.delta_table(name) if lake.exists(name) else None
    recorded = {**(properties or {}), CONTENT: f"sha256:{digest}", PARTITION: partition_by or ""}
    partitioned, columns = _partitioned(batches, partition_by)
    change = SchemaChange()
    if before is not None:
        _expect_partitions(full, before, columns)
        change = compare(full, before, partitioned.schema, without=columns)
        known = _recorded(before)
        if known.get(CONTENT) == recorded[CONTENT] and not change.told:
            if any(known.get(key) != value for key, value in recorded.items()):
                lake._annotate(full, before, {**known, **recorded})
            return StoredRows(full, path, before.version(), changed=False)
    written = {**recorded, RUN: run} if run else recorded
    version = replace_rows(
        lake.root,
        full,
        path,
        change.applied(partitioned),
        written,
        first=before is None,
        schema_mode="overwrite" if change.widened else "merge",
        partition_by=columns,
    )
    added = _rows_of_commit(lake, name)
    return StoredRows(full, path, version, changed=True, inserted=added, schema_changes=change.told)


def merge(
    lake: Lake,
    name: str,
    batches: Any,
    *,
    key: Sequence[str],
    partition_by: str | None = None,
    delete_mark: str | None = None,
    only_insert: bool = False,
    properties: Mapping[str, str] | None = None,
    run: str = "",
) -> StoredRows:
    """Inserts rows with a new key, updates those that differ and, by request, deletes; one commit, or none.

    Rows that stand in the table as they are make no version. A column that is not delivered keeps its values.

    Args:
        batches: a pyarrow.RecordBatchReader with each key once.
        key: columns that name a row; none of them null.
        delete_mark: a boolean column, not stored: true deletes the row of that key.
        only_insert: rows whose key is there stay as they are.

    Raises:
        SchemaError: a column changed its type, other than by widening; the table stays as it was.
    """
    from deltalake import CommitProperties

    full, path = str(lake.name(name)), lake.path(name)
    partitioned, columns = _partitioned(batches, partition_by)
    if not lake.exists(name):
        first = _without_marked(partitioned, delete_mark)
        recorded = _chained({}, properties, partition_by, run)
        version = replace_rows(lake.root, full, path, first, recorded, first=True, partition_by=columns)
        return StoredRows(full, path, version, changed=True, inserted=_rows_of_commit(lake, name))
    before = lake.delta_table(name)
    _expect_partitions(full, before, columns)
    change = compare(
        full, before, partitioned.schema, without=[*columns, *([delete_mark] if delete_mark else [])]
    )
    known = _recorded(before)
    if change.widened:
        _widen(lake, full, path, before, columns, known, change)
        before = lake.delta_table(name)
    version = before.version()  # the merge moves `before` on
    stored = {f.name for f in before.schema().fields}
    values = [n for n in partitioned.schema.names if n != delete_mark]
    differs = [
        f"(target.{_sql(n)} IS DISTINCT FROM source.{_sql(n)})"
        if n in stored
        else f"(source.{_sql(n)} IS NOT NULL)"
        for n in values
        if n not in key
    ]
    recorded = _chained(known, properties, partition_by, run)
    with explained(f"write {full}", lake.root):
        merger = before.merge(
            change.applied(partitioned),
            predicate=" AND ".join(f"target.{_sql(n)} = source.{_sql(n)}" for n in key),
            source_alias="source",
            target_alias="target",
            merge_schema=bool(change.added),
            commit_properties=CommitProperties(custom_metadata=recorded),
        )
        updates = {_sql(n): f"source.{_sql(n)}" for n in values}
        kept = "true"
        if delete_mark is not None:
            kept = f"NOT source.{_sql(delete_mark)}"
            merger = merger.when_matched_delete(predicate=f"source.{_sql(delete_mark)}")
        if differs and not only_insert:
            merger = merger.when_matched_update(updates, predicate=f"{kept} AND ({' OR '.join(differs)})")
        done = merger.when_not_matched_insert(updates, predicate=kept).execute()
        after = lake.delta_table(name)
    return StoredRows(
        full,
        path,
        int(after.version()),
        changed=after.version() != version,
        inserted=int(done["num_target_rows_inserted"]),
        updated=int(done["num_target_rows_updated"]),
        deleted=int(done["num_target_rows_deleted"]),
        schema_changes=change.told,
    )


def _sql(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _chained(
    known: Mapping[str, str], properties: Mapping[str, str] | None, partition_by: str | None, run: str
) -> dict[str, str]:
    """Properties of a commit of rows. Its content is named by what was there before and what came on top."""
    recorded = {**(properties or {}), PARTITION: partition_by or ""}
    chain = json.dumps([known.get(CONTENT, ""), recorded], sort_keys=True).encode()
    recorded[CONTENT] = f"rows:{hashlib.sha256(chain).hexdigest()}"
    return {**recorded, RUN: run} if run else recorded


def _rows_of_commit(lake: Lake, name: str) -> int:
    figures = lake.delta_table(name).history(1)[0].get("operationMetrics") or {}
    return int(figures.get("num_added_rows", 0))


def _partitioned(batches: Any, partition_by: str | None) -> tuple[Any, list[str]]:
    """The stream with the date of each row beside it, and the names of the partition columns."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if partition_by is None:
        return batches, []
    schema = batches.schema
    if partition_by not in schema.names:
        from assay import SchemaError

        raise SchemaError(f"partition_by: expected one of the columns {schema.names}, got '{partition_by}'")
    kind = schema.field(partition_by).type
    if pa.types.is_date32(kind):
        return batches, [partition_by]
    if not pa.types.is_timestamp(kind):
        from assay import SchemaError

        raise SchemaError(f"partition_by: expected a time or date, '{partition_by}' is {kind}")
    name = date_column(partition_by)
    wider = schema.append(pa.field(name, pa.date32()))

    def dated() -> Iterator[Any]:
        for batch in batches:
            days = pc.floor_temporal(batch.column(partition_by).cast(pa.timestamp("us")), unit="day")
            yield pa.RecordBatch.from_arrays([*batch.columns, days.cast(pa.date32())], schema=wider)

    return pa.RecordBatchReader.from_batches(wider, dated()), [name]


def _expect_partitions(name: str, before: Any, columns: Sequence[str]) -> None:
    stored = list(before.metadata().partition_columns)
    if stored != list(columns):
        from assay import SchemaError

        raise SchemaError(
            f"write {name}: expected the partitions of the stored table, {stored or 'none'}, "
            f"got {list(columns) or 'none'}"
        )


def _without_marked(batches: Any, mark: str | None) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    if mark is None:
        return batches
    names = [n for n in batches.schema.names if n != mark]
    schema = pa.schema([batches.schema.field(n) for n in names])
    return pa.RecordBatchReader.from_batches(
        schema, (batch.filter(pc.invert(batch.column(mark))).select(names) for batch in batches)
    )


def _widen(
    lake: Lake,
    full: str,
    path: Path,
    before: Any,
    partitions: Sequence[str],
    known: dict[str, str],
    change: SchemaChange,
) -> None:
    """The stored rows with wider columns, in a commit of its own that says what the last one said."""
    rows = lake.dataset(full, before).scanner().to_reader()
    replace_rows(
        lake.root,
        full,
        path,
        change.widening(rows),
        known,
        first=False,
        schema_mode="overwrite",
        partition_by=partitions,
    )
