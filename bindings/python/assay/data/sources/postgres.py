"""PostgreSQL through ADBC: tables and queries as Arrow batches, with types and values checked by the server."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any, Literal

from assay.data.sources.address import Address
from assay.data.sources.columns import (
    Kind,
    SourceColumn,
    exact_in_float64,
    literal,
    projection,
    quoted,
    text_literal,
)
from assay.data.sources.failures import explained_database
from assay.data.sources.reading import Clock, Reading, Spool

__all__ = ["PostgresSource"]

NumericAs = Literal["float64", "int64", "text"]
# Text comes as the same bytes whatever the server's settings; equal tables are read in the same order.
_SESSION = (
    "SET TimeZone = 'UTC'",
    "SET DateStyle = 'ISO, YMD'",
    "SET IntervalStyle = 'iso_8601'",
    "SET bytea_output = 'hex'",
    "SET extra_float_digits = 1",
    "SET synchronize_seqscans = off",
)
# Other users' transactions show their start to members of pg_read_all_stats alone.
_OLDEST_WRITER = """
SELECT least((SELECT min(xact_start) FROM pg_stat_activity
              WHERE backend_xid IS NOT NULL AND datname = current_database() AND pid <> pg_backend_pid()),
             (SELECT min(prepared) FROM pg_prepared_xacts WHERE database = current_database()))
"""
_RULES, _RAW, _ROUNDED = "_assay_rules", "_assay_raw", "_assay_rounded"


class PostgresSource:
    """A PostgreSQL database.

    Args:
        uri: postgresql://user@host:port/database; a password belongs into PGPASSWORD or ~/.pgpass rather than here,
            and is not shown if it is here. Another machine is reached by TLS with its certificate checked.
        zone: name of the time zone in which columns without one are meant, as in the tz database.
        numeric: type of numeric columns, of all or by name: float64, int64 or text.
        batch_bytes: size of the batches that the driver delivers, about.

    Raises:
        ValueError: not a PostgreSQL URI, no encryption, or no such zone.
        StateError: the driver is not installed.
    """

    def __init__(
        self,
        uri: str,
        *,
        zone: str | None = None,
        numeric: NumericAs | Mapping[str, NumericAs] = "float64",
        batch_bytes: int = 16 << 20,
    ) -> None:
        self._address = Address(uri)
        self.zone = checked_zone(zone)
        self._numeric = numeric
        self._batch_bytes = batch_bytes

    def __repr__(self) -> str:
        return f"PostgresSource('{self.shown}')"

    @property
    def shown(self) -> str:
        """The address without the password."""
        return self._address.shown

    @contextlib.contextmanager
    def connection(self, action: str) -> Iterator[Any]:
        """A connection in autocommit mode with settled formats; failures inside the block are told by `action`."""
        dbapi = _driver()
        with explained_database(action, self.shown):
            connection = dbapi.connect(self._address.reveal(), autocommit=True)
            try:
                with connection.cursor() as cursor:
                    for statement in _SESSION:
                        cursor.execute(statement)
                yield connection
            finally:
                # A connection that broke cannot be closed in order; the first failure is the one to tell.
                with contextlib.suppress(Exception):
                    connection.close()

    def columns(self, table: str | None = None, *, query: str | None = None) -> list[SourceColumn]:
        """Columns of a table or a query, with the types they get here."""
        with self.connection(f"describe {table or 'query'}") as connection:
            return self._columns(connection, table, query)

    def clock(self) -> Clock:
        """The server's clock against ours."""
        with self.connection("read the clock") as connection:
            return _clock(connection)

    def begin(self) -> tuple[Clock, datetime | None]:
        """The clock, and since when the oldest transaction has been writing that is still open.

        Rows of such a transaction may carry a time from its start on, and appear when it ends.
        """
        with self.connection("read the clock") as connection:
            clock = _clock(connection)
            with connection.cursor() as cursor:
                cursor.execute(_OLDEST_WRITER)
                return clock, cursor.fetchone()[0]

    def read(
        self,
        table: str | None = None,
        *,
        query: str | None = None,
        required: Sequence[str] = (),
        order_by: Sequence[str] = (),
        since: tuple[str, Any] | None = None,
    ) -> Reading:
        """All rows of a table or query, as of one moment.

        The rows are streamed to a file without a name in the folder for temporary files (TMPDIR), so that memory
        holds one batch; a server that goes away in mid-read is an IoError and leaves nothing.

        Args:
            table: schema.table, each part as written.
            query: SQL in place of a table.
            required: columns that may not be null; rows in which one is are quarantined.
            order_by: columns by which the server sorts.
            since: (column, value): only rows from that value on, and those without a value.

        Raises:
            IoError: the server cannot be reached, went away, or cannot compute the query.
            AuthError: it refuses the user.
            SchemaError: columns of one name, or times without a zone where the source names none.
        """
        relation = _relation(table, query)
        action = f"read {table or 'query'}"
        with self.connection(action) as connection:
            columns = self._columns(connection, table, query)
            _expect_columns(action, columns, [*required, *order_by, *([since[0]] if since else [])])
            sql = self._select(relation, columns, required, order_by, since)
            where = f"{self.shown}#{table or 'query'}"
            with connection.cursor() as cursor:
                cursor.adbc_statement.set_options(
                    **{"adbc.postgresql.batch_size_hint_bytes": str(self._batch_bytes)}
                )
                cursor.execute(sql)
                return _collected(cursor.fetch_record_batch(), columns, where)

    def _columns(self, connection: Any, table: str | None, query: str | None) -> list[SourceColumn]:
        from assay import SchemaError

        with connection.cursor() as cursor:
            schema = cursor.adbc_execute_schema(f"SELECT * FROM {_relation(table, query)}")
        if len(set(schema.names)) != len(schema.names):
            twice = sorted({name for name in schema.names if schema.names.count(name) > 1})
            raise SchemaError(
                f"query: expected each column once, got {twice} more than once; name them with AS"
            )
        columns = [self.column(field.name, field.type) for field in schema]
        if table is not None and any(column.kind == "numeric" for column in columns):
            digits = _declared_digits(connection, table)
            columns = [replace(column, digits=digits.get(column.name)) for column in columns]
        local = [column.name for column in columns if column.kind == "local"]
        if local and self.zone is None:
            raise SchemaError(
                f"columns {local} are timestamps without a time zone: name the zone they are meant in, as in "
                "PostgresSource(uri, zone='Europe/Berlin')"
            )
        return columns

    def column(self, name: str, arrow: Any) -> SourceColumn:
        """A column of an Arrow type of the driver, as it is read here."""
        import pyarrow.types as pt

        if getattr(arrow, "type_name", None) == "numeric":
            return self.column_of_kind(name, "numeric")
        if pt.is_timestamp(arrow):
            return self.column_of_kind(name, "instant" if arrow.tz else "local")
        kinds: tuple[tuple[Any, Kind], ...] = (
            (pt.is_boolean, "bool"),
            (pt.is_int16, "int32"),
            (pt.is_int32, "int32"),
            (pt.is_int64, "int64"),
            (pt.is_float32, "float32"),
            (pt.is_float64, "float64"),
            (pt.is_binary, "binary"),
            (pt.is_date32, "date"),
            (pt.is_string, "text"),
        )
        return self.column_of_kind(name, next((kind for test, kind in kinds if test(arrow)), "other"))

    def column_of_kind(self, name: str, kind: Kind) -> SourceColumn:
        """A column of a kind of PostgreSQL's types, with the type that it gets here."""
        if kind == "numeric":
            wanted = self._numeric if isinstance(self._numeric, str) else self._numeric.get(name, "float64")
            return SourceColumn(name, kind, {"text": "utf8"}.get(wanted, wanted))
        types = {
            "text": "utf8",
            "padded": "utf8",
            "other": "utf8",
            "date": "date32",
            "instant": "timestamp[us, UTC]",
            "local": "timestamp[us, UTC]",
        }
        return SourceColumn(name, kind, types.get(kind, kind))

    def _select(
        self,
        relation: str,
        columns: Sequence[SourceColumn],
        required: Sequence[str],
        order_by: Sequence[str],
        since: tuple[str, Any] | None,
    ) -> str:
        rules = {f"{name}.required": f"{quoted(name)} IS NULL" for name in required}
        selected, rounded = [], []
        for column in columns:
            expression, refused = projection(column, self.zone)
            rules.update(refused)
            selected.append(f"{expression} AS {quoted(column.name)}")
            if column.kind == "numeric" and column.type == "float64" and not exact_in_float64(column):
                c = quoted(column.name)
                bad = refused[f"{column.name}.range"]
                rounded.append(
                    f"CASE WHEN NOT {bad} AND {c}::float8::numeric <> {c} THEN {text_literal(column.name)} END"
                )
        whens = ", ".join(f"CASE WHEN {bad} THEN {text_literal(rule)} END" for rule, bad in rules.items())
        broken = f"NULLIF(concat_ws(';', {whens}), '')" if rules else "NULL::text"
        anything = " OR ".join(rules.values())
        selected.append(f"{broken} AS {_RULES}")
        selected.append(
            f"CASE WHEN {anything} THEN to_jsonb(source)::text END AS {_RAW}"
            if rules
            else f"NULL::text AS {_RAW}"
        )
        selected.append(
            f"NULLIF(concat_ws(';', {', '.join(rounded)}), '') AS {_ROUNDED}"
            if rounded
            else f"NULL::text AS {_ROUNDED}"
        )
        sql = f"SELECT {', '.join(selected)} FROM {relation}"
        if since is not None:
            c = quoted(since[0])
            column = next(column for column in columns if column.name == since[0])
            sql += f" WHERE {c} >= {literal(since[1], column, self.zone)} OR {c} IS NULL"
        if order_by:
            sql += f" ORDER BY {', '.join(quoted(name) for name in order_by)}"
        return sql


def _driver() -> Any:
    from assay import StateError

    try:
        from adbc_driver_postgresql import dbapi
    except ImportError:
        raise StateError(
            "PostgreSQL is read through ADBC, which is not installed: "
            "pip install adbc-driver-manager adbc-driver-postgresql"
        ) from None
    return dbapi


def checked_zone(zone: str | None) -> str | None:
    if zone is None:
        return None
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(zone)
    except Exception:
        from assay import ValueError

        raise ValueError(
            f"zone: expected a name of the tz database such as 'Europe/Berlin', got '{zone}'"
        ) from None
    return zone


def _relation(table: str | None, query: str | None) -> str:
    from assay import ValueError

    if (table is None) == (query is None):
        raise ValueError("read: expected a table or a query, and not both")
    if query is not None:
        return f"({query.strip().rstrip(';')}\n) AS source"
    assert table is not None
    return ".".join(quoted(part) for part in table.split(".")) + " AS source"


def _declared_digits(connection: Any, table: str) -> dict[str, int]:
    """Numeric columns of a table that were declared with a number of digits, as numeric(12, 4), by name."""
    named = text_literal(".".join(quoted(part) for part in table.split(".")))
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT attname::text, (((atttypmod - 4) >> 16) & 65535)::int FROM pg_attribute
                WHERE attrelid = {named}::regclass AND atttypid = 'numeric'::regtype AND atttypmod >= 4
                  AND attnum > 0 AND NOT attisdropped"""
        )
        return {name: int(digits) for name, digits in cursor.fetchall()}


def _expect_columns(action: str, columns: Sequence[SourceColumn], names: Sequence[str]) -> None:
    known = [column.name for column in columns]
    missing = [name for name in names if name not in known]
    if missing:
        from assay import SchemaError

        raise SchemaError(
            f"{action}: expected the columns {missing}, got {known}; names are taken as written"
        )


def _clock(connection: Any) -> Clock:
    with connection.cursor() as cursor:
        before = datetime.now(timezone.utc)
        cursor.execute("SELECT clock_timestamp()")
        server = cursor.fetchone()[0]
        after = datetime.now(timezone.utc)
    half = (after - before) / 2
    return Clock(server, (server - (before + half)).total_seconds(), half.total_seconds())


def arrow_schema(columns: Sequence[SourceColumn]) -> Any:
    """The columns as a pyarrow schema, all nullable."""
    import pyarrow as pa

    types = {
        "bool": pa.bool_(),
        "int32": pa.int32(),
        "int64": pa.int64(),
        "float32": pa.float32(),
        "float64": pa.float64(),
        "utf8": pa.string(),
        "binary": pa.binary(),
        "date32": pa.date32(),
        "timestamp[us, UTC]": pa.timestamp("us", "UTC"),
    }
    return pa.schema([pa.field(column.name, types[column.type]) for column in columns])


def _collected(batches: Any, columns: Sequence[SourceColumn], where: str) -> Reading:
    import pyarrow as pa
    import pyarrow.compute as pc

    schema = arrow_schema(columns)
    reading = Reading(Spool(schema), 0, types={column.name: column.type for column in columns})
    rounded: dict[str, int] = {}
    for batch in batches:
        rules = batch.column(_RULES)
        for name in batch.column(_ROUNDED).drop_null().to_pylist():
            for part in name.split(";"):
                rounded[part] = rounded.get(part, 0) + 1
        raw = batch.column(_RAW)
        for row in pc.indices_nonzero(pc.is_valid(rules)).to_pylist():
            reading.refused.append(
                refused_row(where, reading.rows_read + row + 1, rules[row].as_py(), raw[row].as_py().encode())
            )
        reading.rows_read += batch.num_rows
        kept = batch.filter(pc.is_null(rules)).select(schema.names)
        reading.spool.add(
            pa.RecordBatch.from_arrays(
                [c.cast(t) for c, t in zip(kept.columns, schema.types, strict=True)], schema=schema
            )
        )
    reading.remarks += [rounded_remark(name, count) for name, count in rounded.items()]
    return reading


def rounded_remark(name: str, count: int) -> str:
    return (
        f"{count} values of '{name}' have more than 15 significant digits and were rounded to float64; "
        f"numeric={{'{name}': 'text'}} keeps them as written"
    )


def refused_row(where: str, line: int, rules: str, raw: bytes) -> dict[str, Any]:
    """A row of a Quarantine: positions in bytes mean nothing in a database and are 0."""
    columns = ";".join(dict.fromkeys(rule.rpartition(".")[0] for rule in rules.split(";")))
    return {
        "file": where,
        "line": line,
        "byte_offset": 0,
        "byte_length": len(raw),
        "rules": rules,
        "columns": columns,
        "raw": raw,
    }
