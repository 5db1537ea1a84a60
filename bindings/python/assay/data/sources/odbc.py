"""SQL Server, Oracle and others through ODBC, with values checked here: drivers differ in what they check and report.

Integers are read as int64 and floating-point numbers as float64, whatever the driver says of their width: drivers
report narrower types than the values they deliver (SQLite's INTEGER is said to have 32 bits, PostgreSQL's double
precision 24 bits of mantissa), and a value cut to fit would be a wrong number.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timezone
from typing import Any, Literal, NoReturn

from assay.data.sources.address import is_local
from assay.data.sources.columns import SourceColumn
from assay.data.sources.failures import explained_database
from assay.data.sources.postgres import arrow_schema, checked_zone, refused_row, rounded_remark
from assay.data.sources.reading import Clock, Reading, Spool
from assay.data.sources.texts import Converted, convert, instants

__all__ = ["OdbcSource"]

NumericAs = Literal["float64", "int64", "text"]
_SHOWN = ("driver", "dsn", "server", "servername", "port", "database")
_UNSAFE = {
    "encrypt": ("no", "false", "optional", "0"),
    "trustservercertificate": ("yes", "true", "1"),
    "sslmode": ("disable", "allow", "prefer"),
}


class OdbcSource:
    """A database behind an ODBC driver.

    Args:
        connection: ODBC's connection string, as "Driver={ODBC Driver 18 for SQL Server};Server=lims;Database=lims".
        user, password: in place of Uid and Pwd in the string; neither is shown.
        zone: name of the time zone in which times are meant; ODBC's times have none, so that it is needed for them.
        numeric: type of decimal columns, of all or by name: float64, int64 or text.
        longest: bytes of the longest text or binary value; a longer one is an error, never cut.
        batch_rows: rows that are fetched at once; memory is batch_rows times the widest row.
        quote: the characters around names, '"' by the standard, "[]" of SQL Server, "`" of MySQL.
        clock_query: SQL for the server's time in UTC, as "SELECT SYSUTCDATETIME()"; without it no skew is measured.

    Raises:
        ValueError: a setting without encryption for another machine, or no such zone.
    """

    def __init__(
        self,
        connection: str,
        *,
        user: str | None = None,
        password: str | None = None,
        zone: str | None = None,
        numeric: NumericAs | Mapping[str, NumericAs] = "float64",
        longest: int = 65536,
        batch_rows: int = 1000,
        quote: str = '"',
        clock_query: str | None = None,
    ) -> None:
        settings = _settings(connection)
        _expect_encryption(settings)
        self._connection, self._user, self._password = connection, user, password
        self.shown = "odbc:" + ";".join(f"{name}={settings[name]}" for name in _SHOWN if name in settings)
        self.zone = checked_zone(zone)
        self._numeric = numeric
        self._longest, self._batch_rows = longest, batch_rows
        self._quote, self._clock_query = quote, clock_query

    def __repr__(self) -> str:
        return f"OdbcSource('{self.shown}')"

    def __reduce__(self) -> NoReturn:
        from assay import StateError

        raise StateError(f"a connection string may hold a password and is not pickled: {self.shown}")

    def begin(self) -> tuple[Clock | None, None]:
        """The clock, where a query for it is known; what other transactions do ODBC does not tell."""
        if self._clock_query is None:
            return None, None
        from assay import SchemaError

        with explained_database("read the clock", self.shown):
            before = datetime.now(timezone.utc)
            value = next(iter(self._fetch(self._clock_query))).column(0)[0].as_py()
            after = datetime.now(timezone.utc)
        if isinstance(value, str):
            value = datetime.fromisoformat(value)
        if not isinstance(value, datetime):
            raise SchemaError("clock_query: expected one time in UTC")
        server, half = value.replace(tzinfo=timezone.utc), (after - before) / 2
        return Clock(server, (server - (before + half)).total_seconds(), half.total_seconds()), None

    def read(
        self,
        table: str | None = None,
        *,
        query: str | None = None,
        required: Sequence[str] = (),
        order_by: Sequence[str] = (),
        since: tuple[str, Any] | None = None,
    ) -> Reading:
        """All rows of a table or query, as `PostgresSource.read` reads them.

        Raises:
            IoError: the database cannot be reached, went away, or a value is longer than `longest`.
            SchemaError: times, and no zone in which they are meant.
        """
        from assay import ValueError

        if (table is None) == (query is None):
            raise ValueError("read: expected a table or a query, and not both")
        relation = (
            f"({query.strip().rstrip(';')}) source" if query is not None else self._quoted_table(str(table))
        )
        sql = f"SELECT * FROM {relation}"
        if since is not None:
            name = self._quoted(since[0])
            sql += f" WHERE {name} >= {self._literal(since[1])} OR {name} IS NULL"
        if order_by:
            sql += f" ORDER BY {', '.join(self._quoted(name) for name in order_by)}"
        with explained_database(f"read {table or 'query'}", self.shown):
            batches = self._fetch(sql)
            columns = [self._column(field) for field in batches.schema]
            self._expect(columns, [*required, *order_by])
            return self._collected(batches, columns, required, f"{self.shown}#{table or 'query'}")

    def _fetch(self, sql: str) -> Any:
        from assay import StateError

        try:
            import arrow_odbc
        except (ImportError, OSError):
            raise StateError(
                "ODBC needs arrow-odbc and a driver manager: pip install arrow-odbc, and on Debian "
                "apt-get install unixodbc"
            ) from None
        return arrow_odbc.read_arrow_batches_from_odbc(
            sql, self._connection, batch_size=self._batch_rows, user=self._user, password=self._password,
            max_text_size=self._longest, max_binary_size=self._longest, login_timeout_sec=10, map_schema=_widest,
        )  # fmt: skip

    def _column(self, field: Any) -> SourceColumn:
        import pyarrow.types as pt

        kind = field.type
        if (field.metadata or {}).get(b"assay") == b"decimal":
            wanted = (
                self._numeric if isinstance(self._numeric, str) else self._numeric.get(field.name, "float64")
            )
            return SourceColumn(field.name, "numeric", {"text": "utf8"}.get(wanted, wanted))
        if pt.is_timestamp(kind):
            return SourceColumn(field.name, "instant" if kind.tz else "local", "timestamp[us, UTC]")
        if pt.is_boolean(kind):
            return SourceColumn(field.name, "bool", "bool")
        if pt.is_integer(kind):
            return SourceColumn(field.name, "int64", "int64")
        if pt.is_floating(kind):
            return SourceColumn(field.name, "float64", "float64")
        if pt.is_date32(kind):
            return SourceColumn(field.name, "date", "date32")
        if pt.is_binary(kind):
            return SourceColumn(field.name, "binary", "binary")
        return SourceColumn(field.name, "text", "utf8")

    def _expect(self, columns: Sequence[SourceColumn], names: Sequence[str]) -> None:
        from assay import SchemaError

        known = [column.name for column in columns]
        missing = [name for name in names if name not in known]
        if missing:
            raise SchemaError(
                f"read: expected the columns {missing}, got {known}; names are taken as written"
            )
        if len(set(known)) != len(known):
            raise SchemaError(f"query: expected each column once, got {known}; name them with AS")
        local = [column.name for column in columns if column.kind == "local"]
        if local and self.zone is None:
            raise SchemaError(
                f"columns {local} are times, which ODBC delivers without a zone: name the zone they are meant in, as "
                "in OdbcSource(connection, zone='Europe/Berlin')"
            )

    def _collected(
        self, batches: Any, columns: Sequence[SourceColumn], required: Sequence[str], where: str
    ) -> Reading:
        import pyarrow as pa
        import pyarrow.compute as pc

        schema = arrow_schema(columns)
        reading = Reading(Spool(schema), 0, types={column.name: column.type for column in columns})
        rounded: dict[str, int] = {}
        for batch in batches:
            rules: dict[int, list[str]] = {}
            for name in required:
                for row in pc.indices_nonzero(pc.is_null(batch.column(name))).to_pylist():
                    rules.setdefault(row, []).append(f"{name}.required")
            arrays = []
            for column, array in zip(columns, batch.columns, strict=True):
                converted = _checked(array, column, self.zone)
                arrays.append(converted.array.cast(schema.field(column.name).type))
                for row, rule in converted.refused.items():
                    rules.setdefault(row, []).append(rule)
                rounded[column.name] = rounded.get(column.name, 0) + converted.rounded
            for row, failed in sorted(rules.items()):
                raw = json.dumps(batch.slice(row, 1).to_pylist()[0], default=str, ensure_ascii=False).encode()
                reading.refused.append(refused_row(where, reading.rows_read + row + 1, ";".join(failed), raw))
            reading.rows_read += batch.num_rows
            kept = pa.array([row not in rules for row in range(batch.num_rows)], pa.bool_())
            reading.spool.add(pa.RecordBatch.from_arrays(arrays, schema=schema).filter(kept))
        reading.remarks += [rounded_remark(name, count) for name, count in rounded.items() if count]
        return reading

    def _quoted(self, name: str) -> str:
        left, right = self._quote[0], self._quote[-1]
        return left + name.replace(right, right * 2) + right

    def _quoted_table(self, table: str) -> str:
        return ".".join(self._quoted(part) for part in table.split("."))

    def _literal(self, value: Any) -> str:
        """A watermark in ODBC's escapes, which every driver translates; times as the database's clocks show them."""
        if isinstance(value, datetime):
            from zoneinfo import ZoneInfo

            wall = value.astimezone(ZoneInfo(self.zone or "UTC"))
            return f"{{ts '{wall:%Y-%m-%d %H:%M:%S}.{wall.microsecond // 1000:03}'}}"
        return f"{{d '{value.isoformat()}'}}" if isinstance(value, date) else str(int(value))


def _settings(connection: str) -> dict[str, str]:
    """The keys of a connection string, in lower case; a value in braces may hold semicolons."""
    found: dict[str, str] = {}
    rest = connection
    while rest.strip(" ;"):
        key, _, rest = rest.lstrip(" ;").partition("=")
        if rest.startswith("{"):
            value, _, rest = rest[1:].partition("}")
        else:
            value, _, rest = rest.partition(";")
        found.setdefault(key.strip().lower(), value.strip())
    return found


def _expect_encryption(settings: Mapping[str, str]) -> None:
    host = settings.get("server", settings.get("servername", "")).removeprefix("tcp:").partition(",")[0]
    if is_local(host):
        return
    for key, values in _UNSAFE.items():
        if settings.get(key, "").lower() in values:
            from assay import ValueError

            raise ValueError(
                f"ODBC: {key}={settings[key]} may send patient data in plain text, or to another server, on the way to "
                f"{host}; leave it out, and give the driver the certificate of the hospital's authority"
            )


def _widest(schema: Any) -> Any:
    """What to ask the driver for: the widest type of each kind, decimals as their text."""
    import pyarrow as pa

    fields = []
    for field in schema:
        kind, note = field.type, None
        if pa.types.is_decimal(kind):
            kind, note = pa.string(), {"assay": "decimal"}
        elif pa.types.is_integer(kind):
            kind = pa.int64()
        elif pa.types.is_floating(kind):
            kind = pa.float64()
        elif pa.types.is_timestamp(kind):
            kind = pa.timestamp("us", kind.tz)
        elif pa.types.is_fixed_size_binary(kind):
            kind = pa.binary()
        elif pa.types.is_time(kind):
            kind = pa.string()
        fields.append(pa.field(field.name, kind, metadata=note))
    return pa.schema(fields)


def _checked(array: Any, column: SourceColumn, zone: str | None) -> Converted:
    """The column with what has no place refused; ODBC's years go from -32768 to 32767."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if column.kind == "numeric":
        return convert(array.to_pylist(), column, zone)
    if column.kind not in ("date", "instant", "local"):
        return Converted(array)
    unit = pa.int64() if column.kind != "date" else pa.int32()
    per_day = 86_400_000_000 if column.kind != "date" else 1
    counted = array.cast(unit)
    outside = pc.fill_null(
        pc.or_(pc.less(counted, -719_162 * per_day), pc.greater_equal(counted, 2_932_897 * per_day)), False
    )
    refused = dict.fromkeys(pc.indices_nonzero(outside).to_pylist(), f"{column.name}.range")
    kept = pc.if_else(outside, None, array)
    if column.kind != "local":
        return Converted(kept, refused)
    return instants(kept, column.name, zone, refused)
