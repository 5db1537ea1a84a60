"""Change data capture from PostgreSQL: peek at the changes, commit them to the lake, then let the server forget them.

The position in the server's log is a property of the commit that holds the rows. Killed before the commit, the next
run reads the same changes again; killed after it, the next run sees by the position that they are there.
"""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from assay.data.lake_rows import merge, replace, sole_writer
from assay.data.sources import finish, slots
from assay.data.sources.columns import SourceColumn, quoted, text_literal
from assay.data.sources.log_changes import LogChanges
from assay.data.sources.net_changes import NetChanges
from assay.data.sources.net_rows import DELETED, lacks_columns, rows_of_changes
from assay.data.sources.pgoutput import Relation
from assay.data.sources.record import LoadRecord
from assay.data.sources.texts import KIND_OF_OID

if TYPE_CHECKING:
    from assay.data import Lake
    from assay.data.sources.postgres import PostgresSource

__all__ = ["ChangeStream"]

_SLOT, _CLAIM, _SYSTEM = "assay.cdc.slot", "assay.cdc.claim", "assay.cdc.system"
_LSN, _SINCE = "assay.cdc.lsn", "assay.cdc.snapshot_lsn"
_SNAPSHOTS_AT_MOST = 5
_LONGEST_WAIT = 15.0  # seconds


@dataclass
class _Peeked:
    """Changes by table, and up to where the log was read."""

    changes: dict[str, NetChanges]
    end: int
    whole: bool
    """Whether everything that was committed when the reading began is in it."""


class ChangeStream:
    """Tables of PostgreSQL followed in the lake by logical replication.

    The first `load` makes a publication and a replication slot, and copies each table; each further one applies what
    changed: inserts, updates, deletes and truncates, whole transactions only. The server keeps its log until a load
    has taken it, so that loads must go on for as long as the slot is there.

    Args:
        tables: tables of the database (schema.table, as written) by their names in the lake, such as
            {"public.lab_results": "bronze.lab_results"}.
        slot: name of the slot, and of the publication where none is given; one slot for each lake.
        partition_by: of tables of the database, the time or date by whose UTC date the files lie.
        most_changes: a load takes the log in parts of about so many changes; a transaction is never cut.

    Needs PostgreSQL 12 or newer with wal_level = logical, a user with REPLICATION who owns the tables and may CREATE in
    the database, and a primary key or replica identity in every table.
    """

    def __init__(
        self,
        source: PostgresSource,
        lake: Lake,
        *,
        tables: Mapping[str, str],
        slot: str = "assay",
        publication: str | None = None,
        partition_by: Mapping[str, str] | None = None,
        most_changes: int = 500_000,
        run: str = "",
    ) -> None:
        if not tables or not all("." in table for table in tables):
            from assay import ValueError

            raise ValueError(
                f"tables: expected {{'schema.table': 'name in the lake'}}, got the tables {list(tables)}"
            )
        self._source, self._lake, self._run = source, lake, run
        self.tables = {table: str(lake.name(name)) for table, name in tables.items()}
        self.slot, self.publication = slot, publication or slot
        self._partition_by = dict(partition_by or {})
        self._most_changes = most_changes

    def __repr__(self) -> str:
        return f"ChangeStream('{self._source.shown}', slot='{self.slot}', tables={list(self.tables)})"

    def status(self) -> slots.SlotStatus | None:
        """The slot, or None where it is not there."""
        with self._source.connection("read the slot") as connection:
            return slots.find_slot(connection, self.slot)

    def load(self) -> list[LoadRecord]:
        """Brings the tables of the lake to the state of the database; one record for each table.

        Raises:
            StateError: the slot is lost or gone while the lake counts on it, or belongs to another server; `restart`.
            SchemaError: a column changed its type; the lake stays as it was, and the server keeps its log.
            IoError: the server went away.
        """
        with self._held(), self._source.connection(f"read the changes of slot {self.slot}") as connection:
            self._expect_slot(connection)
            work = _Work(self, connection)
            for table in self.tables:
                if _LSN not in self._known(table):
                    work.snapshot(table)
            while not work.round():
                pass
            return work.finished()

    def restart(self) -> list[LoadRecord]:
        """Starts over with a new slot and whole copies of the tables, as after a slot was lost."""
        with self._held(), self._source.connection(f"restart the slot {self.slot}") as connection:
            if self._free_slot(connection) is not None:
                slots.drop_slot(connection, self.slot)
            self._make_slot(connection)
            work = _Work(self, connection)
            for table in self.tables:
                work.snapshot(table)
            while not work.round():
                pass
            return work.finished()

    def stop(self) -> None:
        """Drops the slot and the publication: the server keeps no log for this stream any longer."""
        with self._source.connection(f"drop the slot {self.slot}") as connection:
            if slots.find_slot(connection, self.slot) is not None:
                slots.drop_slot(connection, self.slot)
            slots.done(connection, f"DROP PUBLICATION IF EXISTS {quoted(self.publication)}")

    @contextlib.contextmanager
    def _held(self) -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            for name in sorted(self.tables.values()):
                stack.enter_context(sole_writer(self._lake, name))
            yield

    def _known(self, table: str) -> dict[str, str]:
        """What the lake knows about the table of this stream; nothing where another one wrote it."""
        name = self.tables[table]
        known = self._lake.properties(name) if self._lake.exists(name) else {}
        return known if known.get(_SLOT) == self.slot else {}

    def _make_slot(self, connection: Any) -> None:
        # The publication first: a slot decodes its log with the publications of that moment.
        slots.ensure_publication(connection, self.publication, list(self.tables))
        slots.claim(connection, self.publication, uuid.uuid4().hex)
        slots.make_slot(connection, self.slot)

    def _free_slot(self, connection: Any) -> slots.SlotStatus | None:
        """The slot as soon as no session reads it: the session of a load that was killed ends a little later."""
        deadline = time.monotonic() + _LONGEST_WAIT
        while True:
            slot = slots.find_slot(connection, self.slot)
            if slot is None or not slot.active or time.monotonic() > deadline:
                return slot
            slots.done(connection, "SELECT pg_sleep(0.1)::text")

    def _expect_slot(self, connection: Any) -> None:
        from assay import StateError

        system = slots.system_of(connection)
        states = [self._known(table) for table in self.tables]
        started = [state for state in states if _LSN in state]
        over = "ChangeStream.restart() copies the tables again and goes on from there"
        if any(state.get(_SYSTEM) != system for state in started):
            raise StateError(
                f"slot {self.slot}: the lake follows another database than this one (a restored or another server); "
                f"its log positions mean nothing here. {over}"
            )
        slot = self._free_slot(connection)
        if slot is None:
            if started:
                raise StateError(
                    f"slot {self.slot}: it is gone from the server, with the changes since. {over}"
                )
            self._make_slot(connection)
            return
        claim = slots.claim_of(connection, self.publication)
        if any(state.get(_CLAIM) != claim for state in started):
            raise StateError(
                f"slot {self.slot}: another lake has taken it over, with the changes since; give each lake a slot of "
                f"its own. {over}"
            )
        if not started:
            slots.claim(connection, self.publication, uuid.uuid4().hex)
        slots.ensure_publication(connection, self.publication, list(self.tables))
        if slot.plugin != "pgoutput":
            raise StateError(
                f"slot {self.slot}: expected the plugin pgoutput, got {slot.plugin}; choose another name"
            )
        if slot.lost:
            raise StateError(
                f"slot {self.slot}: it is lost: the server removed log that was not read yet (max_slot_wal_keep_size). "
                f"{over}; raise that limit, or load more often"
            )


class _Work:
    """One load: snapshots where they are needed, then changes until the log is read."""

    def __init__(self, stream: ChangeStream, connection: Any) -> None:
        self._stream, self._connection = stream, connection
        self._origin = {
            _SLOT: stream.slot, _SYSTEM: slots.system_of(connection),
            _CLAIM: slots.claim_of(connection, stream.publication),
        }  # fmt: skip
        self._keys = {table: slots.identity_of(connection, table) for table in stream.tables}
        self._snapshots = 0
        self._started = time.monotonic()
        self._clock, _ = stream._source.begin()
        self._read_at = self._clock.server
        now = datetime.now(timezone.utc)
        self._records = {
            table: LoadRecord(stream._source.shown, table, name, "changes", now)
            for table, name in stream.tables.items()
        }

    def snapshot(self, table: str) -> None:
        """The whole table, with the position from which its changes are applied on top.

        Changes between that position and the copy are applied although they are in it: each of them is followed, in
        the log, by the one that the copy has, so that the end is the same.
        """
        stream, record = self._stream, self._records[table]
        self._expect_few_snapshots()
        slot = slots.find_slot(self._connection, stream.slot)
        assert slot is not None
        since = stream._known(table).get(_LSN) or slots.lsn_text(slot.confirmed)
        columns = ", ".join(quoted(name) for name in slots.published_columns(self._connection, table))
        named = ".".join(quoted(part) for part in table.split("."))
        key = self._keys[table]
        reading = stream._source.read(query=f"SELECT {columns} FROM {named}", order_by=key)
        properties = {**self._origin, _LSN: since, _SINCE: slots.lsn_text(slots.flushed(self._connection))}
        record.mode = "snapshot"
        finish.keep_refused(stream._lake, record, reading.refused, whole=True)
        stored = replace(
            stream._lake, record.table, reading.batches(), digest=reading.spool.digest(),
            partition_by=stream._partition_by.get(table), properties=properties, run=stream._run,
        )  # fmt: skip
        reading.spool.close()
        finish.count(record, stored, reading.rows_read, reading.quarantined, reading.remarks)

    def _expect_few_snapshots(self) -> None:
        self._snapshots += 1
        if self._snapshots > _SNAPSHOTS_AT_MOST * len(self._stream.tables):
            from assay import StateError

            raise StateError(
                "change stream: the tables' columns change faster than they can be copied; run again later"
            )

    def round(self) -> bool:
        """Takes a part of the log; whether everything committed before it is in the lake."""
        peeked = self._peek()
        for table, net in peeked.changes.items():
            if lacks_columns(self._stream._lake, self._records[table].table, net):
                # What a new column holds in rows that did not change is not in the log.
                self.snapshot(table)
                self._records[table].remarks.append("copied again, for a column was added")
                return False
        for table, net in peeked.changes.items():
            self._commit(table, net)
        self._advance(peeked.end)
        return peeked.whole

    def _commit(self, table: str, net: NetChanges) -> None:
        stream, record = self._stream, self._records[table]
        known = stream._known(table)
        properties = {**self._origin, _LSN: slots.lsn_text(net.lsn), _SINCE: known.get(_SINCE, "0/0")}
        partition = stream._partition_by.get(table)
        rows = rows_of_changes(
            stream._lake, record.table, net, self._columns(net.relation), stream._source.zone,
            where=f"{stream._source.shown}#{table}", snapshot=slots.lsn_value(properties[_SINCE]),
            partition_by=partition,
        )  # fmt: skip
        finish.keep_refused(stream._lake, record, rows.refused)
        if net.truncated:
            stored = replace(
                stream._lake, record.table, rows.reader(with_deletes=False), digest=f"{stream.slot}:{properties[_LSN]}",
                partition_by=partition, properties=properties, run=stream._run,
            )  # fmt: skip
        else:
            stored = merge(
                stream._lake, record.table, rows.reader(), key=net.key, partition_by=partition, delete_mark=DELETED,
                properties=properties, run=stream._run,
            )  # fmt: skip
        finish.count(record, stored, net.changes, len(rows.refused), rows.remarks)

    def _advance(self, lsn: int) -> None:
        slot = slots.find_slot(self._connection, self._stream.slot)
        if slot is not None and lsn > slot.confirmed:
            slots.advance_slot(self._connection, self._stream.slot, lsn)

    def _columns(self, relation: Relation | None) -> list[SourceColumn]:
        if relation is None:  # truncated, and nothing after it
            return []
        own = [c.type_oid for c in relation.columns if c.type_oid >= 16384]
        bases = slots.base_types(self._connection, own)
        found = []
        for column in relation.columns:
            kind = KIND_OF_OID.get(bases.get(column.type_oid, column.type_oid), "text")
            found.append(self._stream._source.column_of_kind(column.name, kind))
        return found

    def _peek(self) -> _Peeked:
        """What is in the log and not in the lake; nothing is taken from the server."""
        stream = self._stream
        positions = {t: slots.lsn_value(stream._known(t)[_LSN]) for t in stream.tables}
        snapshots = [slots.lsn_value(stream._known(t).get(_SINCE, "0/0")) for t in stream.tables]
        slot = slots.find_slot(self._connection, stream.slot)
        assert slot is not None
        # Up to the moment of a copy the tables are not consistent; that stretch is applied at once.
        limit = None if max(snapshots) > slot.confirmed else stream._most_changes
        self._read_at = slots.rows_of(self._connection, "SELECT clock_timestamp()")[0][0]
        flushed = slots.flushed(self._connection)
        changes, last, count = self._read(positions, limit)
        whole = limit is None or count < limit
        return _Peeked(changes, max(last, flushed) if whole else last, whole)

    def _read(self, positions: dict[str, int], limit: int | None) -> tuple[dict[str, NetChanges], int, int]:
        read = LogChanges(positions, self._keys)
        with self._connection.cursor() as cursor:
            cursor.execute(
                f"""SELECT data FROM pg_logical_slot_peek_binary_changes({text_literal(self._stream.slot)}, NULL,
                    {limit or "NULL"}, 'proto_version', '1', 'publication_names',
                    {text_literal(quoted(self._stream.publication))})"""
            )
            for batch in cursor.fetch_record_batch():
                for value in batch.column(0):
                    read.take(value.as_py())
        return read.by_table, read.end, read.count

    def finished(self) -> list[LoadRecord]:
        """The records of all tables, kept in the lake."""
        slot = slots.find_slot(self._connection, self._stream.slot)
        now = slots.rows_of(self._connection, "SELECT clock_timestamp()")[0][0]
        for record in self._records.values():
            known = self._stream._lake.properties(record.table)
            record.watermark = known.get(_LSN, "")
            if record.version < 0:
                record.version = int(self._stream._lake.delta_table(record.table).version())
            record.lag_seconds = (now - self._read_at).total_seconds()
            if slot is not None:
                record.lag_bytes, record.retained_bytes = slot.lag_bytes, slot.retained_bytes
            finish.clocked(record, self._clock)
            finish.close(self._stream._lake, record, self._started)
        return list(self._records.values())
