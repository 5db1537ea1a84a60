"""Loads into the lake: whole and incremental, rerun, late rows, changed columns, a database that goes away."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from functools import partial
from typing import Any

import pytest
from lims_server import made_up_results

import assay
from assay.data import Lake
from assay.data.sources import LoadRecord, PostgresSource, load_full, load_incremental, load_records

NAME = "bronze.lab_results"
UTC = timezone.utc


def full(server: Any, lake: Lake, **more: Any) -> LoadRecord:
    return load_full(
        PostgresSource(server.uri),
        lake,
        NAME,
        table="lab_results",
        key=["result_id"],
        partition_by="observed_at",
        **more,
    )


def incremental(server: Any, lake: Lake, **more: Any) -> LoadRecord:
    options = {"watermark": "updated_at", "partition_by": "observed_at", **more}
    return load_incremental(
        PostgresSource(server.uri), lake, NAME, table="lab_results", key=["result_id"], **options
    )


def expect_equal(server: Any, lake: Lake) -> None:
    """The lake holds what the database holds, row by row."""
    there = PostgresSource(server.uri).read("lab_results", order_by=["result_id"]).rows
    here = lake.read(NAME).sort("result_id")
    assert here.select(there.column_names).to_pylist() == there.to_pylist()


def test_a_full_load_lies_by_date_and_again_makes_no_version(server: Any, lake: Lake) -> None:
    made_up_results(server, 600)
    first = full(server, lake)
    assert (first.rows_read, first.accepted, first.quarantined, first.inserted) == (600, 600, 0, 600)
    assert (first.version, first.changed) == (0, True)
    expect_equal(server, lake)
    assert sorted(p.name for p in lake.path(NAME).glob("observed_date=*")) == [
        "observed_date=2026-01-01", "observed_date=2026-01-02", "observed_date=2026-01-03",
    ]  # fmt: skip
    assert set(lake.read(NAME)["observed_date"].to_pylist()) == {date(2026, 1, day) for day in (1, 2, 3)}
    # The same content in another physical order.
    server.sql("UPDATE lab_results SET unit = unit WHERE result_id < 50", "VACUUM FULL lab_results")
    again = full(server, lake)
    assert (again.version, again.changed, again.inserted) == (0, False, 0)
    server.sql("DELETE FROM lab_results WHERE result_id = 5")
    assert full(server, lake).version == 1
    expect_equal(server, lake)
    records = load_records(lake)
    assert records["changed"].to_pylist() == [True, False, True]
    assert records["rows_read"].to_pylist() == [600, 600, 599]


def test_an_incremental_load_takes_new_changed_and_late_rows(server: Any, lake: Lake) -> None:
    made_up_results(server)
    first = incremental(server, lake)
    assert (first.rows_read, first.inserted, first.watermark) == (100, 100, "2026-01-01T09:20:00+00:00")
    assert first.lag_seconds is not None and first.lag_seconds > 0
    assert first.clock_skew_seconds is not None and abs(first.clock_skew_seconds) < 5
    again = incremental(server, lake)
    assert (again.rows_read, again.changed, again.version) == (13, False, 0)  # the overlap of an hour
    server.sql(
        "UPDATE lab_results SET value = 9.9, updated_at = '2026-01-01 09:30+00' WHERE result_id = 3",
        "INSERT INTO lab_results VALUES (101, 'P1', 'K', 4, 'mmol/L', '2026-01-05 00:00+00', '2026-01-01 09:40+00')",
        "INSERT INTO lab_results VALUES (102, 'P1', 'K', 4, 'mmol/L', null, '2026-01-01 08:20+00')",  # late
        "INSERT INTO lab_results VALUES (103, 'P1', 'K', 4, 'mmol/L', null, null)",
    )
    second = incremental(server, lake)
    assert (second.inserted, second.updated, second.version) == (3, 1, 1)
    expect_equal(server, lake)
    # A changed observation time moves the row to another partition.
    server.sql(
        """UPDATE lab_results SET observed_at = '2026-02-01 00:00+00', updated_at = '2026-01-01 10:00+00'
           WHERE result_id = 3"""
    )
    assert incremental(server, lake).updated == 1
    expect_equal(server, lake)
    assert lake.path(NAME).joinpath("observed_date=2026-02-01").is_dir()
    assert lake.properties(NAME)["assay.source.watermark"] == "2026-01-01T10:00:00+00:00"


def test_a_row_that_is_later_than_the_overlap_is_the_price_of_a_short_one(server: Any, lake: Lake) -> None:
    made_up_results(server)
    incremental(server, lake)
    server.sql("INSERT INTO lab_results VALUES (101, 'P1', 'K', 4, 'mmol/L', null, '2026-01-01 05:00+00')")
    assert incremental(server, lake).inserted == 0
    assert incremental(server, lake, overlap=timedelta(hours=6)).inserted == 1
    expect_equal(server, lake)


def test_the_watermark_waits_for_a_transaction_that_is_still_writing(server: Any, lake: Lake) -> None:
    from adbc_driver_postgresql import dbapi

    made_up_results(server)
    with dbapi.connect(server.uri) as connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO lab_results VALUES (101, 'P1', 'K', 4, 'mmol/L', null, now())")
        # Began later, committed earlier: its watermark is past the row that nobody sees yet.
        server.sql("INSERT INTO lab_results VALUES (102, 'P1', 'K', 4, 'mmol/L', null, now())")
        assert incremental(server, lake, overlap=timedelta(0)).inserted == 101
        connection.commit()
    assert incremental(server, lake, overlap=timedelta(0)).inserted == 1
    expect_equal(server, lake)


def test_rows_ahead_of_the_clock_do_not_hide_those_that_follow(server: Any, lake: Lake) -> None:
    made_up_results(server)
    server.sql("INSERT INTO lab_results VALUES (101, 'P1', 'K', 4, 'mmol/L', null, '2999-01-01 00:00+00')")
    first = incremental(server, lake)
    assert (first.inserted, first.watermark) == (101, "2026-01-01T09:20:00+00:00")
    assert "1 rows have a 'updated_at' ahead of the source's clock" in first.remarks
    server.sql("INSERT INTO lab_results VALUES (102, 'P1', 'K', 4, 'mmol/L', null, now())")
    assert incremental(server, lake).inserted == 1
    expect_equal(server, lake)


def test_a_clock_that_is_off_is_measured_and_told(
    server: Any, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assay.data.sources import postgres

    class Ahead(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + timedelta(minutes=5)

    made_up_results(server)
    monkeypatch.setattr(postgres, "datetime", Ahead)
    record = incremental(server, lake)
    assert record.clock_skew_seconds == pytest.approx(-300, abs=2)
    assert any("the source's clock is 300." in remark or "299." in remark for remark in record.remarks)
    assert any("s behind this machine's" in remark for remark in record.remarks)


@pytest.mark.parametrize("column", ["seq bigint", "day date"])
def test_watermarks_may_be_integers_or_dates(server: Any, lake: Lake, column: str) -> None:
    name, kind = column.split()
    value = "g" if kind == "bigint" else "date '2026-01-01' + g"
    server.sql(
        f"CREATE TABLE t (id int, {column})", f"INSERT INTO t SELECT g, {value} FROM generate_series(1, 50) g"
    )
    source = PostgresSource(server.uri)
    overlap: Any = 5 if kind == "bigint" else timedelta(days=5)

    def load() -> LoadRecord:
        return load_incremental(
            source, lake, "bronze.t", table="t", key=["id"], watermark=name, overlap=overlap
        )

    assert load().watermark == ("50" if kind == "bigint" else "2026-02-20")
    assert load().rows_read == 6
    server.sql(f"INSERT INTO t SELECT g, {value} FROM generate_series(51, 60) g")
    assert load().inserted == 10
    if kind == "bigint":
        with pytest.raises(assay.ValueError, match="overlap: expected an integer"):
            load_incremental(source, lake, "bronze.t", table="t", key=["id"], watermark=name)
    with pytest.raises(
        assay.StateError, match=f"expected the watermark '{name}' of the loads before, got 'id'"
    ):
        load_incremental(source, lake, "bronze.t", table="t", key=["id"], watermark="id", overlap=0)


def test_new_columns_are_added_and_wider_ones_taken(server: Any, lake: Lake) -> None:
    made_up_results(server)
    server.sql("ALTER TABLE lab_results ADD COLUMN rack int DEFAULT 1")
    incremental(server, lake)
    server.sql(
        "ALTER TABLE lab_results ADD COLUMN device text",
        "UPDATE lab_results SET device = 'XYZ', updated_at = now() WHERE result_id = 7",
    )
    record = incremental(server, lake)
    assert record.schema_changes == ["'device' added as string"]
    assert record.updated == 1
    expect_equal(server, lake)
    server.sql(
        "ALTER TABLE lab_results ALTER COLUMN rack TYPE bigint",
        "UPDATE lab_results SET rack = 5000000000, updated_at = now() WHERE result_id = 8",
    )
    record = incremental(server, lake)
    assert record.schema_changes == ["'rack' widened from int32 to int64"]
    expect_equal(server, lake)
    assert lake.properties(NAME)["assay.source.watermark"] == record.watermark
    server.sql(
        "ALTER TABLE lab_results DROP COLUMN device",
        "ALTER TABLE lab_results ALTER COLUMN rack TYPE int USING 3",
    )
    assert incremental(server, lake).schema_changes == ["'device' is no longer delivered"]
    assert lake.read(NAME)["device"].to_pylist().count("XYZ") == 1
    assert {f.name: f.type for f in lake.read(NAME).schema}["rack"] == "int64"


@pytest.mark.parametrize("load", [full, incremental])
def test_a_changed_type_is_refused_with_column_and_types(server: Any, lake: Lake, load: Any) -> None:
    made_up_results(server)
    load(server, lake)
    before = lake.read(NAME).to_pylist()
    server.sql(
        "ALTER TABLE lab_results ALTER COLUMN value TYPE text", "UPDATE lab_results SET updated_at = now()"
    )
    with pytest.raises(
        assay.SchemaError, match=r"'value' is stored as double and comes as string.*not touched.*CAST"
    ):
        load(server, lake)
    assert lake.read(NAME).to_pylist() == before


@pytest.mark.parametrize("load", [full, incremental])
def test_a_database_that_goes_away_in_mid_read_leaves_the_lake_as_it_was(
    server: Any, lake: Lake, load: Any
) -> None:
    made_up_results(server)
    load(server, lake)
    before, versions = lake.read(NAME).to_pylist(), len(lake.history(NAME))
    server.sql(
        """INSERT INTO lab_results
           SELECT g, 'P', 'K', 4, repeat('x', 200), null, now() FROM generate_series(101, 40000) g"""
    )
    query = """SELECT * FROM lab_results
               WHERE CASE WHEN result_id = 20000 THEN pg_terminate_backend(pg_backend_pid()) ELSE true END"""
    source = PostgresSource(server.uri, batch_bytes=65536)
    broken: Any = load_full if load is full else partial(load_incremental, watermark="updated_at")
    with pytest.raises(assay.IoError, match="the server"):
        broken(source, lake, NAME, query=query, key=["result_id"], partition_by="observed_at")
    assert lake.read(NAME).to_pylist() == before and len(lake.history(NAME)) == versions
    assert load(server, lake).changed
    expect_equal(server, lake)


def test_keys_name_one_row_each(server: Any, lake: Lake) -> None:
    server.sql(
        "CREATE TABLE t (id int, at timestamptz)", "INSERT INTO t VALUES (1, now()), (1, now()), (2, now())"
    )
    source = PostgresSource(server.uri)
    for load in (
        lambda: load_full(source, lake, "bronze.t", table="t", key=["id"]),
        lambda: load_incremental(source, lake, "bronze.t", table="t", key=["id"], watermark="at"),
    ):
        with pytest.raises(assay.SchemaError, match=r"key \['id'\].*got 1 rows more than keys"):
            load()
    assert not lake.exists("bronze.t")


def test_refused_rows_lie_beside_the_table(server: Any, lake: Lake) -> None:
    made_up_results(server)
    server.sql("INSERT INTO lab_results VALUES (101, 'P1', 'K', 4, 'mmol/L', 'infinity', now())")
    record = incremental(server, lake)
    assert (record.rows_read, record.accepted, record.quarantined) == (101, 100, 1)
    assert record.quarantined_by_rule == {"observed_at.range": 1}
    refused = lake.read("bronze.lab_results_quarantine").to_pylist()
    assert len(refused) == 1 and b'"result_id": 101' in refused[0]["raw"]


def test_one_load_at_a_time(server: Any, lake: Lake) -> None:
    from assay.data.lake_rows import sole_writer

    made_up_results(server)
    with (
        sole_writer(lake, NAME),
        pytest.raises(assay.StateError, match="another load of this table is running"),
    ):
        full(server, lake)
    assert full(server, lake).changed


def test_partitions_are_those_of_the_stored_table(server: Any, lake: Lake) -> None:
    made_up_results(server)
    full(server, lake)
    with pytest.raises(
        assay.SchemaError, match=r"partitions of the stored table, \['observed_date'\], got none"
    ):
        load_full(PostgresSource(server.uri), lake, NAME, table="lab_results", key=["result_id"])
    for column, sentence in (("unit", "expected a time or date"), ("absent", "expected one of the columns")):
        with pytest.raises(assay.SchemaError, match=sentence):
            load_full(
                PostgresSource(server.uri), lake, "bronze.other", table="lab_results", partition_by=column
            )


def test_names_are_taken_as_written_and_nan_is_nan(server: Any, lake: Lake) -> None:
    server.sql(
        'CREATE TABLE "Odd" ("ResultID" int, "Wert" float8, "target" text, "source" text, "At" timestamptz)',
        """INSERT INTO "Odd" SELECT g, 'NaN', null, 'a', now() FROM generate_series(1, 5) g""",
    )
    source = PostgresSource(server.uri)

    def load() -> LoadRecord:
        return load_incremental(
            source,
            lake,
            "bronze.odd",
            table="public.Odd",
            key=["ResultID"],
            watermark="At",
            partition_by="At",
        )

    assert load().inserted == 5
    assert not load().changed
    server.sql("""UPDATE "Odd" SET target = 'x', "At" = now() WHERE "ResultID" = 2""")
    assert load().updated == 1
    assert lake.read("bronze.odd").sort("ResultID")["target"].to_pylist() == [None, "x", None, None, None]
    with pytest.raises(assay.IoError, match="there is no such table"):
        source.read("public.odd")


def test_an_empty_table_is_a_beginning(server: Any, lake: Lake) -> None:
    made_up_results(server, 0)
    for load in (full, incremental):
        record = load(server, lake)
        assert (record.rows_read, record.watermark, record.lag_seconds) == (0, "", None)
        assert lake.read(NAME).num_rows == 0
    made_up = "INSERT INTO lab_results VALUES (1, 'P1', 'K', 4, 'mmol/L', '2026-01-05 00:00+00', now())"
    server.sql(made_up)
    assert incremental(server, lake).inserted == 1
    expect_equal(server, lake)
