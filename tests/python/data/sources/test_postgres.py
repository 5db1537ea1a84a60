"""PostgreSQL through ADBC: types, values that are refused, addresses and failures."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from datetime import date, datetime, timezone
from typing import Any

import pytest

import assay
from assay.data.sources import PostgresSource

UTC = timezone.utc


def test_every_type_has_its_rule(server: Any) -> None:
    server.sql(
        "CREATE TYPE flag AS ENUM ('H', 'L')",
        "CREATE DOMAIN positive AS int CHECK (VALUE > 0)",
        """CREATE TABLE kinds (a bool, b smallint, c int, d bigint, e numeric(10,2), f real, g float8, h text,
           i varchar(9), j char(4), k bytea, l date, m timestamp, n timestamptz, o time, p interval, q uuid, r jsonb,
           s int[], t flag, u positive, v inet)""",
        r"""INSERT INTO kinds VALUES (true, 7, -2147483648, 9223372036854775807, 105.10, 1.5, 0.1, 'ä''\n', 'x', 'ab',
           '\x00ff', '2026-01-04', '2026-01-04 07:20:00.123456', '2026-01-04 07:20:00.123456+02', '10:11', '1 day 2 h',
           '00000000-0000-0000-0000-000000000001', '{"a": [1]}', '{1,2}', 'H', 5, '127.0.0.1')""",
        "INSERT INTO kinds (a) VALUES (null)",
    )
    source = PostgresSource(server.uri, zone="Europe/Berlin")
    rows = source.read("public.kinds", order_by=["a"]).rows
    assert {field.name: field.type for field in rows.schema} == {
        "a": "bool", "b": "int32", "c": "int32", "d": "int64", "e": "float64", "f": "float32", "g": "float64",
        "h": "utf8", "i": "utf8", "j": "utf8", "k": "binary", "l": "date32", "m": "timestamp[us, UTC]",
        "n": "timestamp[us, UTC]", "o": "utf8", "p": "utf8", "q": "utf8", "r": "utf8", "s": "utf8", "t": "utf8",
        "u": "int32", "v": "utf8",
    }  # fmt: skip
    assert list(rows.row(0).values()) == [
        True, 7, -(2**31), 2**63 - 1, 105.1, 1.5, 0.1, "ä'\\n", "x", "ab", b"\x00\xff", date(2026, 1, 4),
        datetime(2026, 1, 4, 6, 20, 0, 123456, tzinfo=UTC), datetime(2026, 1, 4, 5, 20, 0, 123456, tzinfo=UTC),
        "10:11:00", "P1DT2H", "00000000-0000-0000-0000-000000000001", '{"a": [1]}', "{1,2}", "H", 5, "127.0.0.1",
    ]  # fmt: skip
    assert set(rows.row(1).values()) == {None}


def test_a_time_without_a_zone_needs_one(server: Any) -> None:
    server.sql("CREATE TABLE t (charttime timestamp)", "INSERT INTO t VALUES ('2026-07-01 12:00')")
    with pytest.raises(assay.SchemaError, match=r"\['charttime'\] are timestamps without a time zone.*zone="):
        PostgresSource(server.uri).read("t")
    assert PostgresSource(server.uri, zone="America/New_York").read("t").rows["charttime"].to_pylist() == [
        datetime(2026, 7, 1, 16, tzinfo=UTC)
    ]
    with pytest.raises(assay.ValueError, match="zone: expected a name of the tz database"):
        PostgresSource(server.uri, zone="Mars/Olympus")


def test_values_that_have_no_place_are_quarantined_with_their_rule(server: Any) -> None:
    server.sql(
        "CREATE TABLE t (id int, n numeric, at timestamptz, local timestamp, day date)",
        """INSERT INTO t VALUES
           (1, 1.5, '2026-01-01 00:00+00', '2026-03-29 03:30', '2026-01-01'),
           (2, 1e400, now(), now(), '2026-01-01'),
           (3, 'NaN', 'infinity', null, '-infinity'),
           (4, 1e-400, '0044-03-15 12:00+00 BC', null, '294276-12-31'),
           (5, null, null, '2026-03-29 02:30', null),
           (null, 2, null, '2026-10-25 02:30', null),
           (7, 'NaN', '9999-12-31 23:59:59.999999+00', '2026-10-25 02:30', '0001-01-01')""",
    )
    reading = PostgresSource(server.uri, zone="Europe/Berlin").read("t", required=["id"], order_by=["id"])
    assert (reading.rows_read, reading.accepted, reading.quarantined) == (7, 2, 5)
    rows = reading.rows
    assert rows["id"].to_pylist() == [1, 7]
    assert rows["local"].to_pylist() == [
        datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 30, tzinfo=UTC),  # came twice: standard time
    ]
    assert rows["n"].to_pylist()[1] != rows["n"].to_pylist()[1]
    assert reading.rejected.counts_by_rule() == {
        "n.range": 2, "at.range": 2, "day.range": 2, "local.zone": 1, "id.required": 1,
    }  # fmt: skip
    refused = reading.rejected.table.to_pylist()
    assert [row["line"] for row in refused] == [2, 3, 4, 5, 7]
    assert refused[1]["columns"] == "at;day" and b'"at": "infinity"' in refused[1]["raw"]


def test_numbers_with_more_digits_than_float64_holds_are_counted_or_kept(server: Any) -> None:
    server.sql(
        "CREATE TABLE t (n numeric)",
        "INSERT INTO t VALUES (0.1), (123456789012345), (0.1234567890123456), (12345678901234567890), (null), ('NaN')",
    )
    reading = PostgresSource(server.uri).read("t")
    assert reading.rows["n"].to_pylist()[:4] == [
        0.1,
        123456789012345.0,
        0.1234567890123456,
        1.2345678901234567e19,
    ]
    assert reading.remarks == [
        "2 values of 'n' have more than 15 significant digits and were rounded to float64; "
        "numeric={'n': 'text'} keeps them as written"
    ]
    kept = PostgresSource(server.uri, numeric={"n": "text"}).read("t").rows["n"].to_pylist()
    assert kept[2:] == ["0.1234567890123456", "12345678901234567890", None, "NaN"]
    server.sql(
        "CREATE TABLE d (n numeric(12, 4), m numeric(16, 2))",
        "INSERT INTO d VALUES ('NaN', 1), (-12345678.9012, 'NaN')",
    )
    assert {c.name: c.digits for c in PostgresSource(server.uri).columns("d")} == {"n": 12, "m": 16}
    assert (
        str(PostgresSource(server.uri).read("d").rows.to_pylist())
        == "[{'n': nan, 'm': 1.0}, {'n': -12345678.9012, 'm': nan}]"
    )
    whole = PostgresSource(server.uri, numeric="int64").read("t")
    assert whole.rows["n"].to_pylist() == [123456789012345, None]
    assert whole.rejected.counts_by_rule() == {"n.type": 4}


def test_queries_stand_for_tables(server: Any) -> None:
    server.sql("CREATE TABLE t (id int, v text)", "INSERT INTO t VALUES (1, 'a'), (2, 'b')")
    source = PostgresSource(server.uri)
    assert source.read(query="SELECT id AS n, upper(v) AS v FROM t WHERE id > 1;").rows.to_pylist() == [
        {"n": 2, "v": "B"}
    ]
    with pytest.raises(assay.SchemaError, match=r"each column once.*\['id'\]"):
        source.read(query="SELECT id, id FROM t")
    with pytest.raises(assay.ValueError, match="a table or a query"):
        source.read()
    with pytest.raises(assay.SchemaError, match=r"expected the columns \['nope'\], got \['id', 'v'\]"):
        source.read("t", required=["nope"])
    assert source.read(query="SELECT 1 AS a WHERE false").rows.num_rows == 0


def test_batches_stay_small_and_content_is_the_same_however_it_is_cut(server: Any) -> None:
    server.sql(
        "CREATE TABLE t AS SELECT g AS id, repeat('x', 90) AS v, g % 3 = 0 AS b FROM generate_series(1, 20000) g"
    )
    small = PostgresSource(server.uri, batch_bytes=65536).read("t", order_by=["id"])
    large = PostgresSource(server.uri).read("t", order_by=["id"])
    sizes = [batch.num_rows for batch in small.batches()]
    assert len(sizes) > 10 and sum(sizes) == 20000
    assert small.spool.digest() == large.spool.digest()
    other = PostgresSource(server.uri).read(query="SELECT id, v, NOT b AS b FROM t", order_by=["id"])
    assert other.spool.digest() != large.spool.digest()


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("SELECT 'SECRET-VALUE'::text::int", "cannot be computed or converted"),
        ("SELECT 1 / (length('SECRET-VALUE') - 12)", "cannot be computed or converted"),
        ("SELECT * FROM absent", "there is no such table"),
        ("SELECT absent", "there is no such column"),
        ("SELEC 'SECRET-VALUE'", "not valid SQL"),
    ],
)
def test_failures_quote_no_value(server: Any, query: str, sentence: str) -> None:
    with pytest.raises(assay.Error, match=f"read query: .*{sentence}.*SQLSTATE") as caught:
        PostgresSource(server.uri).read(query=query)
    assert "SECRET" not in str(caught.value)
    assert caught.value.__cause__ is None and caught.value.__context__ is None


def test_an_address_does_not_show_its_password(server: Any) -> None:
    source = PostgresSource(server.uri.replace("mlflow@", "mlflow:hunter2@"))
    assert source.read(query="SELECT 1 AS a").rows.num_rows == 1
    for text in (repr(source), source.shown, repr(source._address)):
        assert "hunter2" not in text and "mlflow@127.0.0.1" in text
    with pytest.raises(assay.StateError, match="not pickled") as caught:
        pickle.dumps(source)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "error", "sentence"),
    [
        (lambda uri: uri.rpartition("/")[0] + "/absent", assay.IoError, "no such database"),
        (lambda uri: uri.replace("mlflow@", "nobody:hunter2@"), assay.AuthError, "refused the credentials"),
        (lambda uri: "postgresql://me:hunter2@127.0.0.1:1/lims", assay.IoError, "gone or does not answer"),
    ],
)
def test_a_refused_connection_says_why(
    server: Any, change: Callable[[str], str], error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match=sentence) as caught:
        PostgresSource(change(server.uri)).read("t")
    assert "hunter2" not in str(caught.value) and caught.value.__context__ is None


def test_another_machine_is_spoken_to_by_tls_only() -> None:
    for mode in ("disable", "allow", "prefer"):
        with pytest.raises(assay.ValueError, match=f"sslmode={mode} may send patient data in plain text"):
            PostgresSource(f"postgresql://u:hunter2@lims.example/lims?sslmode={mode}")
    source = PostgresSource("postgresql://u:hunter2@lims.example/lims")
    assert "sslmode=verify-full" in source._address.reveal()
    assert "sslmode" not in PostgresSource("postgresql:///lims?host=/run/postgresql")._address.reveal()
    assert source.shown == "postgresql://u@lims.example:5432/lims"
    for text in ("mysql://u@h/d", "host=localhost password=hunter2", "postgresql://h:port/x"):
        with pytest.raises(assay.ValueError, match="expected postgresql://") as caught:
            PostgresSource(text)
        assert "hunter2" not in str(caught.value)


def test_a_backend_that_ends_in_mid_read_is_an_error(server: Any) -> None:
    server.sql("CREATE TABLE t AS SELECT g AS id, repeat('x', 200) AS v FROM generate_series(1, 50000) g")
    # The query ends its own connection when it is half through.
    query = """SELECT id, v FROM t
               WHERE CASE WHEN id = 25000 THEN pg_terminate_backend(pg_backend_pid()) ELSE true END"""
    with pytest.raises(assay.IoError, match=r"read query: the server (is gone|ended the connection)"):
        PostgresSource(server.uri, batch_bytes=65536).read(query=query)


def test_a_server_that_stops_in_mid_read_is_an_error(own_server: Callable[[], Any]) -> None:
    with own_server() as server:
        server.sql("CREATE TABLE t AS SELECT g AS id, repeat('x', 900) AS v FROM generate_series(1, 60000) g")
        source = PostgresSource(server.uri, batch_bytes=65536)
        with pytest.raises(assay.IoError, match=r"the server (is gone|ended the connection)"):
            read_until_it_stops(source, server)


def read_until_it_stops(source: PostgresSource, server: Any) -> None:
    with source.connection("read t") as connection, connection.cursor() as cursor:
        cursor.adbc_statement.set_options(**{"adbc.postgresql.batch_size_hint_bytes": "65536"})
        cursor.execute("SELECT * FROM t")
        batches = cursor.fetch_record_batch()
        batches.read_next_batch()
        server.sql(
            "CREATE TABLE stopper (line text)",
            "COPY stopper FROM PROGRAM 'kill -QUIT $(head -1 postmaster.pid)'",
        )
        for _ in batches:
            pass
