"""Loads from a source into a table of the lake: whole, or what came since the last time."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Protocol

from assay.data.lake_rows import merge, replace, sole_writer
from assay.data.sources import finish
from assay.data.sources.reading import Clock, Reading
from assay.data.sources.record import LoadRecord

if TYPE_CHECKING:
    from assay.data import Lake
    from assay.data.lake_rows import StoredRows

__all__ = ["Source", "load_full", "load_incremental"]

_FROM, _COLUMN, _WATERMARK = "assay.source.from", "assay.source.watermark_column", "assay.source.watermark"
_REFUSED = "_assay_refused"


class Source(Protocol):
    """What a database offers to a load."""

    @property
    def shown(self) -> str: ...

    def begin(self) -> tuple[Clock | None, datetime | None]:
        """The clock, and since when the oldest transaction has been writing that is still open."""

    def read(
        self,
        table: str | None = None,
        *,
        query: str | None = None,
        required: Sequence[str] = (),
        order_by: Sequence[str] = (),
        since: tuple[str, Any] | None = None,
    ) -> Reading: ...


def load_full(
    source: Source,
    lake: Lake,
    name: str,
    *,
    table: str | None = None,
    query: str | None = None,
    key: Sequence[str] = (),
    partition_by: str | None = None,
    run: str = "",
) -> LoadRecord:
    """The whole table or query in place of what the lake had; the same content makes no version.

    Args:
        key: columns that name a row. Rows without one are quarantined, and the rows are sorted by them, so that
            equal content is told as equal whatever the order in which the database keeps it.
        partition_by: a time or date column; the files of the table lie by its UTC date.

    Raises:
        IoError: the database is not there, or went away; the lake is as it was.
        SchemaError: a column changed its type; the lake is as it was.
    """
    record, started = _begun(source, lake, name, table, query, "full"), time.monotonic()
    with sole_writer(lake, name):
        clock, _ = source.begin()
        reading = source.read(table, query=query, required=key, order_by=key)
        _expect_unique(reading, key)
        finish.keep_refused(lake, record, reading.refused, whole=True)
        stored = replace(
            lake, name, reading.batches(), digest=reading.spool.digest(), partition_by=partition_by,
            properties={_FROM: f"{record.source}#{record.source_table}"}, run=run,
        )  # fmt: skip
        _finished(lake, record, reading, stored, clock, started)
    return record


def load_incremental(
    source: Source,
    lake: Lake,
    name: str,
    *,
    key: Sequence[str],
    watermark: str,
    table: str | None = None,
    query: str | None = None,
    overlap: timedelta | int = timedelta(hours=1),
    partition_by: str | None = None,
    run: str = "",
) -> LoadRecord:
    """Rows whose watermark is new, merged by key; the first load reads everything.

    Read again is what lies within `overlap` before the last watermark, for rows that were committed late, and every
    row without a watermark. Rows with a watermark ahead of the server's clock are loaded, but the watermark never
    passes that clock, nor the start of a transaction that was still writing: no row is skipped. A row that cannot be
    stored as it is now is not left as it was: it is in the quarantine alone. Rows that were deleted at the source are
    not noticed; `load_full` and a `ChangeStream` notice them.

    Args:
        key: columns that name a row at the source.
        watermark: a column that grows with every insert and update: a time, a date or an integer.
        overlap: for an integer watermark an integer.

    Raises:
        StateError: the table was loaded by another watermark.
        SchemaError: the key is not unique, or a column changed its type; the lake is as it was.
    """
    record, started = _begun(source, lake, name, table, query, "incremental"), time.monotonic()
    with sole_writer(lake, name):
        known = lake.properties(name) if lake.exists(name) else {}
        last = _last(known, name, watermark)
        clock, writing_since = source.begin()
        since = None if last is None else (watermark, _minus(last, overlap, watermark))
        reading = source.read(table, query=query, required=key, since=since)
        _expect_unique(reading, key)
        newest, ahead = _newest(reading, watermark, clock.server if clock else datetime.now(timezone.utc))
        if ahead:
            reading.remarks.append(f"{ahead} rows have a '{watermark}' ahead of the source's clock")
        if isinstance(newest, datetime) and writing_since is not None and writing_since < newest:
            newest = writing_since
        kept = newest if last is None or (newest is not None and newest > last) else last
        properties = {_FROM: f"{record.source}#{record.source_table}", _COLUMN: watermark}
        if kept is not None:
            properties[_WATERMARK] = kept.isoformat() if isinstance(kept, date) else str(kept)
        finish.keep_refused(lake, record, reading.refused)
        stored = merge(
            lake, name, _with_refused_keys(reading, key), key=key, partition_by=partition_by, delete_mark=_REFUSED,
            properties=properties, run=run,
        )  # fmt: skip
        record.watermark = properties.get(_WATERMARK, "")
        if isinstance(kept, datetime) and clock is not None:
            record.lag_seconds = (clock.server - kept).total_seconds()
        _finished(lake, record, reading, stored, clock, started)
    return record


def _begun(
    source: Source, lake: Lake, name: str, table: str | None, query: str | None, mode: str
) -> LoadRecord:
    return LoadRecord(source.shown, table or "query", str(lake.name(name)), mode, datetime.now(timezone.utc))


def _finished(
    lake: Lake, record: LoadRecord, reading: Reading, stored: StoredRows, clock: Clock | None, started: float
) -> None:
    finish.count(record, stored, reading.rows_read, reading.quarantined, reading.remarks)
    finish.clocked(record, clock)
    reading.spool.close()
    finish.close(lake, record, started)


def _expect_unique(reading: Reading, key: Sequence[str]) -> None:
    """Two rows of one key cannot both be kept by a merge; that is said rather than one of them dropped."""
    if not key:
        return
    import pyarrow as pa

    columns = list(key)
    parts = [batch.select(columns) for batch in reading.batches()]
    if not parts:
        return
    keys = pa.Table.from_batches(parts)
    distinct = keys.group_by(columns, use_threads=False).aggregate([]).num_rows
    if distinct != keys.num_rows:
        from assay import SchemaError

        raise SchemaError(
            f"key {columns}: expected one row for each key, got {keys.num_rows - distinct} rows more than keys; "
            "name the columns that make a row unique"
        )


def _with_refused_keys(reading: Reading, key: Sequence[str]) -> Any:
    """The accepted rows and, marked, the keys of those that were refused."""
    import pyarrow as pa

    schema = reading.spool.schema.append(pa.field(_REFUSED, pa.bool_()))
    gone = _refused_keys(reading, key)

    def marked() -> Iterator[Any]:
        for batch in reading.batches():
            yield pa.record_batch([*batch.columns, pa.repeat(False, batch.num_rows)], schema=schema)
        for batch in gone.to_batches():
            known = {**dict(zip(key, batch.columns, strict=True)), _REFUSED: pa.repeat(True, batch.num_rows)}
            columns = [known[f.name] if f.name in known else pa.nulls(batch.num_rows, f.type) for f in schema]
            yield pa.record_batch(columns, schema=schema)

    return pa.RecordBatchReader.from_batches(schema, marked())


def _refused_keys(reading: Reading, key: Sequence[str]) -> Any:
    """Keys of refused rows that can be read, each once, without those of accepted rows."""
    import pyarrow as pa

    columns = list(key)
    schema = pa.schema([reading.spool.schema.field(name) for name in columns])
    found = []
    for refused in reading.refused:
        row = json.loads(refused["raw"])
        texts = [row.get(name) for name in columns]
        with contextlib.suppress(pa.ArrowInvalid):
            if None not in texts:
                parts = zip(texts, schema.types, strict=True)
                found.append(pa.table([pa.array([str(text)]).cast(kind) for text, kind in parts], schema=schema))
    if not found:
        return schema.empty_table()
    keys = pa.concat_tables(found).group_by(columns, use_threads=False).aggregate([])
    accepted = [batch.select(columns) for batch in reading.batches()]
    if accepted:
        keys = keys.join(pa.Table.from_batches(accepted), columns, join_type="left anti", use_threads=False)
    return keys.select(columns)


def _last(known: dict[str, str], name: str, watermark: str) -> Any:
    from assay import StateError

    column, text = known.get(_COLUMN), known.get(_WATERMARK)
    if column is not None and column != watermark:
        raise StateError(f"{name}: expected the watermark '{column}' of the loads before, got '{watermark}'")
    if text is None:
        return None
    if text.lstrip("-").isdigit():
        return int(text)
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def _minus(last: Any, overlap: timedelta | int, watermark: str) -> Any:
    if isinstance(last, int) != isinstance(overlap, int):
        from assay import ValueError

        kind = "an integer" if isinstance(last, int) else "a timedelta"
        raise ValueError(
            f"overlap: expected {kind} for the watermark '{watermark}', got {type(overlap).__name__}"
        )
    if isinstance(last, datetime):
        floor = datetime.min.replace(tzinfo=timezone.utc)
        return last - overlap if isinstance(overlap, timedelta) and last - floor > overlap else floor
    if isinstance(last, date) and isinstance(overlap, timedelta):
        return last - timedelta(days=-(-overlap // timedelta(days=1)))
    return last - overlap


def _newest(reading: Reading, watermark: str, now: datetime) -> tuple[Any, int]:
    """The greatest watermark that is not ahead of the source's clock, or that clock; and how many rows are ahead."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from assay import SchemaError

    kind = reading.spool.schema.field(watermark).type
    if not (pa.types.is_timestamp(kind) or pa.types.is_date32(kind) or pa.types.is_integer(kind)):
        raise SchemaError(f"watermark: expected a time, a date or an integer, '{watermark}' is {kind}")
    limit = None
    if pa.types.is_timestamp(kind):
        limit = pa.scalar(now, kind)
    elif pa.types.is_date32(kind):
        limit = pa.scalar(now.date() + timedelta(days=1), kind)  # a zone ahead of UTC is a day ahead
    newest, ahead = None, 0
    for batch in reading.batches():
        values = batch.column(watermark)
        if limit is not None:
            late = pc.greater(values, limit)
            ahead += pc.sum(late).as_py() or 0
            values = values.filter(pc.invert(late))
        top = pc.max(values).as_py()
        if top is not None and (newest is None or top > newest):
            newest = top
    return newest, ahead
