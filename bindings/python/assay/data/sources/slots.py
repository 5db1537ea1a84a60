"""Publications and replication slots of a PostgreSQL server, as a change stream needs them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from assay.data.sources.columns import quoted, text_literal

__all__ = ["SlotStatus", "lsn_text", "lsn_value"]


@dataclass(frozen=True)
class SlotStatus:
    """A slot as the server sees it; sizes in bytes of write-ahead log."""

    name: str
    plugin: str
    confirmed: int
    """Log position up to which all changes are in the lake."""
    lag_bytes: int
    """Written by the server and not yet confirmed."""
    retained_bytes: int
    """Kept on the server's disk for this slot."""
    safe_bytes: int | None
    """What may be written before the slot is in danger; None where the server sets no limit."""
    wal_status: str
    """reserved, extended, unreserved or lost."""
    active: bool
    """Whether a session reads it at this moment."""

    @property
    def lost(self) -> bool:
        return self.wal_status == "lost"


def lsn_value(text: str) -> int:
    high, _, low = text.partition("/")
    return int(high, 16) << 32 | int(low, 16)


def lsn_text(value: int) -> str:
    return f"{value >> 32:X}/{value & 0xFFFFFFFF:X}"


def rows_of(connection: Any, sql: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall()) if cursor.description else []


def done(connection: Any, sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def table_literal(table: str) -> str:
    return text_literal(".".join(quoted(part) for part in table.split("."))) + "::regclass"


def system_of(connection: Any) -> str:
    """Names the database cluster and the database: log positions of another one mean nothing here."""
    sql = "SELECT system_identifier::text || '/' || current_database() FROM pg_control_system()"
    return str(rows_of(connection, sql)[0][0])


def flushed(connection: Any) -> int:
    """End of the log that is on disk: every change committed before lies below it."""
    return lsn_value(rows_of(connection, "SELECT pg_current_wal_flush_lsn()::text")[0][0])


def find_slot(connection: Any, slot: str) -> SlotStatus | None:
    # safe_wal_size and wal_status came with PostgreSQL 13.
    found = rows_of(
        connection,
        f"""SELECT coalesce(plugin::text, ''), coalesce(confirmed_flush_lsn, '0/0')::text,
                   greatest(pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn), 0)::int8,
                   greatest(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::int8,
                   (to_jsonb(s) ->> 'safe_wal_size')::int8, coalesce(to_jsonb(s) ->> 'wal_status', 'reserved'), active
            FROM pg_replication_slots s
            WHERE slot_name = {text_literal(slot)} AND coalesce(database, current_database()) = current_database()""",
    )
    if not found:
        return None
    plugin, confirmed, lag, retained, safe, status, active = found[0]
    return SlotStatus(
        slot, plugin, lsn_value(confirmed), int(lag or 0), int(retained or 0), safe, status, active
    )


def make_slot(connection: Any, slot: str) -> None:
    done(
        connection,
        f"SELECT lsn::text FROM pg_create_logical_replication_slot({text_literal(slot)}, 'pgoutput')",
    )


def drop_slot(connection: Any, slot: str) -> None:
    done(connection, f"SELECT pg_drop_replication_slot({text_literal(slot)})::text")


def advance_slot(connection: Any, slot: str, lsn: int) -> None:
    done(
        connection,
        f"SELECT end_lsn::text FROM pg_replication_slot_advance({text_literal(slot)}, {text_literal(lsn_text(lsn))})",
    )


def ensure_publication(connection: Any, publication: str, tables: Sequence[str]) -> None:
    """The publication, made where it is not there; it must publish every change of all the tables.

    Raises:
        StateError: the server writes no logical log, or a publication of that name publishes less.
    """
    from assay import StateError

    level = rows_of(connection, "SELECT current_setting('wal_level')")[0][0]
    if level != "logical":
        raise StateError(
            f"change stream: expected wal_level = logical on the server, got {level}; ALTER SYSTEM SET wal_level = "
            "logical, then restart it"
        )
    name = text_literal(publication)
    found = rows_of(
        connection,
        "SELECT puballtables, pubinsert AND pubupdate AND pubdelete AND pubtruncate "
        f"FROM pg_publication WHERE pubname = {name}",
    )
    if not found:
        listed = ", ".join(".".join(quoted(part) for part in table.split(".")) for table in tables)
        # Changes of partitions under the name of their table; PostgreSQL 12 has no such option, and no such changes.
        option = " WITH (publish_via_partition_root = true)" if _version(connection) >= 130000 else ""
        done(connection, f"CREATE PUBLICATION {quoted(publication)} FOR TABLE {listed}{option}")
        return
    if not found[0][1]:
        raise StateError(
            f"publication '{publication}': expected all changes to be published; ALTER PUBLICATION "
            f"{publication} SET (publish = 'insert, update, delete, truncate')"
        )
    for table in tables:
        schema, _, relation = table.partition(".")
        in_it = rows_of(
            connection,
            f"""SELECT 1 FROM pg_publication_tables WHERE pubname = {name}
                AND schemaname = {text_literal(schema)} AND tablename = {text_literal(relation)}""",
        )
        if not in_it:
            raise StateError(
                f"publication '{publication}': expected the table {table} in it; ALTER PUBLICATION {publication} "
                f"ADD TABLE {table}"
            )


def _version(connection: Any) -> int:
    return int(rows_of(connection, "SELECT current_setting('server_version_num')")[0][0])


def claim(connection: Any, publication: str, token: str) -> None:
    """Says on the server which lake reads the slot."""
    done(connection, f"COMMENT ON PUBLICATION {quoted(publication)} IS {text_literal('assay lake ' + token)}")


def claim_of(connection: Any, publication: str) -> str:
    found = rows_of(
        connection,
        f"""SELECT coalesce(obj_description(oid, 'pg_publication'), '') FROM pg_publication
            WHERE pubname = {text_literal(publication)}""",
    )
    return str(found[0][0]) if found else ""


def identity_of(connection: Any, table: str) -> list[str]:
    """The columns by which the server names a changed row.

    Raises:
        SchemaError: it names none.
    """
    found = rows_of(
        connection,
        f"""SELECT a.attname::text
            FROM pg_class c
            JOIN pg_index i ON i.indrelid = c.oid
             AND CASE c.relreplident WHEN 'i' THEN i.indisreplident WHEN 'n' THEN false ELSE i.indisprimary END
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
            WHERE c.oid = {table_literal(table)} ORDER BY array_position(i.indkey::int2[], a.attnum)""",
    )
    if not found:
        from assay import SchemaError

        raise SchemaError(
            f"change stream: the table {table} has no primary key, or REPLICA IDENTITY NOTHING, so that the server "
            f"does not say which row changed; add a primary key, or ALTER TABLE {table} REPLICA IDENTITY USING INDEX …"
        )
    return [name for (name,) in found]


def published_columns(connection: Any, table: str) -> list[str]:
    """Columns whose changes are sent: all but the generated ones."""
    found = rows_of(
        connection,
        f"""SELECT attname::text FROM pg_attribute
            WHERE attrelid = {table_literal(table)} AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
            ORDER BY attnum""",
    )
    return [name for (name,) in found]


def base_types(connection: Any, oids: Sequence[int]) -> dict[int, int]:
    """Domains by the type they stand on, others by themselves."""
    if not oids:
        return {}
    found = rows_of(
        connection,
        f"""WITH RECURSIVE up (oid, base) AS (
                SELECT t.oid, t.oid FROM pg_type t WHERE t.oid IN ({", ".join(map(str, oids))})
                UNION ALL
                SELECT up.oid, t.typbasetype FROM up JOIN pg_type t ON t.oid = up.base WHERE t.typtype = 'd')
            SELECT up.oid::int8, up.base::int8 FROM up JOIN pg_type t ON t.oid = up.base WHERE t.typtype <> 'd'""",
    )
    return {int(oid): int(base) for oid, base in found}
