"""ODBC: SQLite's and PostgreSQL's drivers, which report types in their own ways; made-up rows."""

from __future__ import annotations

import pickle
import sqlite3
import subprocess
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from lims_server import made_up_results

import assay
from assay.data import Lake
from assay.data.sources import OdbcSource, PostgresSource, load_full, load_incremental

UTC = timezone.utc


def need(driver: str, package: str) -> None:
    pytest.importorskip("deltalake")
    try:
        import arrow_odbc  # noqa: F401

        listed = subprocess.run(["odbcinst", "-q", "-d"], capture_output=True, text=True, check=False).stdout
    except (ImportError, OSError):
        listed = ""
    if f"[{driver}]" not in listed:
        pytest.skip(
            f"the ODBC driver {driver} is not installed; on Debian: apt-get install unixodbc {package}"
        )


@pytest.fixture
def sqlite(tmp_path: Path) -> Path:
    need("SQLite3", "libsqliteodbc")
    return tmp_path / "lims.db"


def run(path: Path, *statements: str) -> None:
    with sqlite3.connect(path) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def source_of(path: Path, **options: Any) -> OdbcSource:
    return OdbcSource(f"Driver=SQLite3;Database={path};", **{"zone": "UTC", **options})


def test_types_of_sqlite(sqlite: Path) -> None:
    run(
        sqlite,
        """CREATE TABLE t (id integer PRIMARY KEY, v varchar(20), x text, d double, at timestamp, day date, b blob,
           flag boolean)""",
        "INSERT INTO t VALUES (1, 'ä', 'long', 0.1, '2026-01-01 00:00:01.123', '2026-01-01', x'00ff', 1)",
        "INSERT INTO t VALUES (9223372036854775807, null, null, null, null, null, null, null)",
    )
    rows = source_of(sqlite).read("t", order_by=["id"]).rows
    assert {field.name: field.type for field in rows.schema} == {
        "id": "int64", "v": "utf8", "x": "utf8", "d": "float64", "at": "timestamp[us, UTC]", "day": "date32",
        "b": "binary", "flag": "bool",
    }  # fmt: skip
    at = datetime(2026, 1, 1, 0, 0, 1, 123000, tzinfo=UTC)
    assert list(rows.row(0).values()) == [1, "ä", "long", 0.1, at, date(2026, 1, 1), b"\x00\xff", True]
    assert rows["id"].to_pylist()[1] == 2**63 - 1  # the driver says 32 bits


def test_times_need_a_zone(sqlite: Path) -> None:
    run(
        sqlite,
        "CREATE TABLE t (id integer, at timestamp)",
        "INSERT INTO t VALUES (1, '2026-07-01 12:00:00'), (2, '2026-03-29 02:30:00')",
        "INSERT INTO t VALUES (3, '2026-10-25 02:30:00'), (null, null)",
    )
    with pytest.raises(
        assay.SchemaError, match=r"\['at'\] are times, which ODBC delivers without a zone.*zone="
    ):
        source_of(sqlite, zone=None).read("t")
    reading = source_of(sqlite, zone="Europe/Berlin").read("t", required=["id"], order_by=["id"])
    assert (reading.rows_read, reading.accepted, reading.quarantined) == (4, 2, 2)
    assert reading.rows["at"].to_pylist() == [
        datetime(2026, 7, 1, 10, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    ]  # fmt: skip
    assert reading.rejected.counts_by_rule() == {"id.required": 1, "at.zone": 1}


def test_a_long_value_is_an_error_and_not_cut(sqlite: Path) -> None:
    run(sqlite, "CREATE TABLE t (x text)", "INSERT INTO t VALUES ('" + "secret" * 100 + "')")
    with pytest.raises(assay.IoError, match=r"a value is longer than the longest.*raise `longest`") as caught:
        source_of(sqlite, longest=100).read("t")
    assert "secret" not in str(caught.value)
    assert source_of(sqlite, longest=1000).read("t").rows["x"].to_pylist() == ["secret" * 100]


def test_loads_from_sqlite(sqlite: Path, lake: Lake) -> None:
    run(
        sqlite,
        "CREATE TABLE results (id integer PRIMARY KEY, value double, at timestamp)",
        *(f"INSERT INTO results VALUES ({g}, {g / 10}, '2026-01-01 {g:02}:00:00.000')" for g in range(1, 21)),
    )
    source = source_of(sqlite, zone="Europe/Berlin", clock_query="SELECT CURRENT_TIMESTAMP AS now")
    rows: dict[str, Any] = {"table": "results", "key": ["id"]}
    full = load_full(source, lake, "bronze.whole", partition_by="at", **rows)
    assert (full.inserted, full.rows_read) == (20, 20)
    assert full.clock_skew_seconds is not None and abs(full.clock_skew_seconds) < 5
    assert not load_full(source, lake, "bronze.whole", partition_by="at", **rows).changed
    first = load_incremental(source, lake, "bronze.news", watermark="at", **rows)
    assert (first.inserted, first.watermark) == (20, "2026-01-01T19:00:00+00:00")
    run(
        sqlite,
        "UPDATE results SET value = 9, at = '2026-01-01 23:00:00.000' WHERE id = 1",
        "INSERT INTO results VALUES (21, 0, '2026-01-01 19:30:00.000')",
    )
    second = load_incremental(source, lake, "bronze.news", watermark="at", **rows)
    assert (second.rows_read, second.inserted, second.updated) == (4, 1, 1)
    late = load_incremental(source, lake, "bronze.news", watermark="at", overlap=timedelta(hours=4), **rows)
    assert not late.changed
    assert lake.read("bronze.news").num_rows == 21


def test_postgresql_by_odbc_is_postgresql_by_adbc(server: Any) -> None:
    need("PostgreSQL Unicode", "odbc-postgresql")
    made_up_results(server)
    server.sql(
        "ALTER TABLE lab_results ADD COLUMN f float8 DEFAULT 0.1",
        "ALTER TABLE lab_results ADD COLUMN n numeric DEFAULT 1.5",
    )
    port, database = server.uri.rpartition(":")[2].split("/")
    source = OdbcSource(
        f"Driver={{PostgreSQL Unicode}};Server=127.0.0.1;Port={port};Database={database};Uid=mlflow;"
        "ConnSettings=SET+TimeZone+TO+'UTC'", zone="UTC",
    )  # fmt: skip
    by_odbc = source.read("public.lab_results", order_by=["result_id"]).rows
    by_adbc = PostgresSource(server.uri).read("public.lab_results", order_by=["result_id"]).rows
    assert by_odbc.to_pylist() == by_adbc.to_pylist()
    assert [f.type for f in by_odbc.schema] == [f.type for f in by_adbc.schema]
    query = """SELECT result_id, repeat('x', 2000) FROM lab_results
               WHERE CASE WHEN result_id = 50 THEN pg_terminate_backend(pg_backend_pid()) ELSE true END"""
    with pytest.raises(assay.IoError, match="the server"):
        source.read(query=query)


def test_failures_are_sentences_without_secrets(sqlite: Path) -> None:
    run(sqlite, "CREATE TABLE t (id integer)")
    with pytest.raises(assay.SchemaError, match=r"expected the columns \['nope'\]"):
        source_of(sqlite).read("t", required=["nope"])
    secret = {"user": "me", "password": "hunter2"}
    for source, sentence in (
        (OdbcSource("Driver=NoSuchDriver;Server=localhost;", **secret), "no such ODBC driver.*odbcinst"),
        (OdbcSource("DSN=nosuchsource;Pwd=hunter2"), "no such ODBC driver or data source"),
    ):
        with pytest.raises(assay.IoError, match=sentence) as caught:
            source.read("t")
        assert "hunter2" not in str(caught.value) + repr(source) and caught.value.__context__ is None
        with pytest.raises(assay.StateError, match="not pickled"):
            pickle.dumps(source)


@pytest.mark.parametrize(
    "setting",
    ["Encrypt=no", "encrypt=Optional", "TrustServerCertificate=yes", "sslmode=prefer", "SSLmode={disable}"],
)
def test_another_machine_is_spoken_to_with_encryption(setting: str) -> None:
    with pytest.raises(assay.ValueError, match="may send patient data in plain text"):
        OdbcSource(
            f"Driver={{ODBC Driver 18 for SQL Server}};Server=tcp:lims.example,1433;{setting};Pwd={{a;b}}"
        )
    OdbcSource(f"Driver={{ODBC Driver 18 for SQL Server}};Server=localhost,1433;{setting}")
    shown = OdbcSource(
        "Driver={ODBC Driver 18 for SQL Server};Server=lims.example;Uid=me;Pwd={hunter;2}"
    ).shown
    assert shown == "odbc:driver=ODBC Driver 18 for SQL Server;server=lims.example"
