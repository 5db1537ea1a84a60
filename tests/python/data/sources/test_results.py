"""Laboratory results of a database end in the columns that files end in; MIMIC-IV's demo through PostgreSQL."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

import assay
from assay.data import Lake, Table, clinical_schema
from assay.data.laboratory import read_mimic_iv
from assay.data.sources import (
    ChangeStream,
    PostgresSource,
    load_incremental,
    read_results,
    results_of_table,
)


def ingest(server: Any, name: str, table: Table) -> None:
    from adbc_driver_postgresql import dbapi

    with dbapi.connect(server.uri) as connection, connection.cursor() as cursor:
        cursor.adbc_ingest(name, table.to_pyarrow(), mode="create")
        connection.commit()


@pytest.fixture(scope="module")
def mimic(test_data: Path) -> Table:
    return read_mimic_iv(test_data / "mimic_iv_demo").rows


def without_place(rows: Table) -> list[dict[str, Any]]:
    return rows.drop(["source_file", "source_line"]).sort("result_id").to_pylist()


def test_mimic_comes_back_as_it_went(server: Any, mimic: Table) -> None:
    ingest(server, "lab_results", mimic)
    back = read_results(PostgresSource(server.uri), "public.lab_results")
    assert (back.rows_read, back.rows.num_rows, back.rejected.num_rows) == (26426, 26426, 0)
    assert without_place(back.rows) == without_place(mimic)
    assert back.rows.schema.names == clinical_schema("laboratory_results").names
    assert back.rows["source_file"][0] == f"{server.uri}#public.lab_results"


def test_a_view_in_the_laboratorys_own_words(server: Any, mimic: Table, lake: Lake) -> None:
    ingest(server, "raw", mimic)
    server.sql(
        """CREATE VIEW lab_results AS
           SELECT result_id::bigint AS laufnummer, patient_id AS pat, observed_at AT TIME ZONE 'America/New_York' AS
                  abnahme, local_code::int AS itemid, test_name AS label, loinc AS loinc_code,
                  coalesce(comparator, '') || value::text AS wert, unit AS einheit, specimen AS fluid
           FROM raw"""
    )
    own = {
        "laufnummer": "result_id",
        "pat": "patient_id",
        "abnahme": "observed_at",
        "wert": "value",
        "einheit": "unit",
    }
    source = PostgresSource(server.uri, zone="America/New_York")
    back = read_results(source, "public.lab_results", columns=own)
    assert without_place(back.rows) == without_place(mimic)
    record = load_incremental(
        source, lake, "bronze.lab_results", table="public.lab_results", key=["laufnummer"], watermark="abnahme",
        partition_by="abnahme",
    )  # fmt: skip
    assert (record.rows_read, record.accepted, record.quarantined) == (26426, 26426, 0)
    loaded = lake.read("bronze.lab_results").drop(["abnahme_date"])
    assert without_place(results_of_table(loaded, own).rows) == without_place(mimic)


def test_mimic_followed_by_its_changes(server: Any, mimic: Table, lake: Lake) -> None:
    ingest(server, "lab_results", mimic.drop(["source_file", "source_line"]))
    server.sql("ALTER TABLE lab_results ADD PRIMARY KEY (result_id)")
    stream = ChangeStream(
        PostgresSource(server.uri), lake, tables={"public.lab_results": "bronze.lab_results"},
        slot="mimic",
    )  # fmt: skip
    assert stream.load()[0].rows_read == 26426
    server.sql("UPDATE lab_results SET status = 'final'", "DELETE FROM lab_results WHERE result_id = '0'")
    (record,) = stream.load()
    assert (record.rows_read, record.updated, record.deleted) == (26427, 26425, 1)
    rows = results_of_table(lake.read("bronze.lab_results")).rows
    expected = [row | {"status": "final"} for row in without_place(mimic) if row["result_id"] != "0"]
    assert without_place(rows) == expected


def test_rows_that_are_no_results_are_quarantined(server: Any) -> None:
    server.sql(
        """CREATE TABLE t (labevent_id int, subject_id int, charttime timestamptz, itemid int, value text,
           valueuom text)""",
        """INSERT INTO t VALUES (1, 7, '2026-01-01 08:00+00', 50971, '<0.01', 'ng/mL'),
           (2, null, '2026-01-01 08:00+00', 50971, '4', 'mmol/L'), (3, 7, null, 50971, '4', 'mmol/L'),
           (4, 7, 'infinity', 50971, '4', 'mmol/L'), (5, 7, '2026-01-01 08:00+00', 50971, E'ha\nem, "x"', null)""",
    )
    back = read_results(PostgresSource(server.uri), "public.t")
    assert (back.rows_read, back.rows.num_rows, back.rejected.num_rows) == (5, 2, 3)
    assert sorted(back.rejected.counts_by_rule()) == [
        "charttime.range",
        "charttime.required",
        "subject_id.required",
    ]
    first, second = back.rows.to_pylist()
    assert (first["comparator"], first["value"], first["unit"]) == ("<", 0.01, "ng/mL")
    assert first["observed_at"] == datetime(2026, 1, 1, 8, tzinfo=timezone.utc)
    assert second["text"] == 'ha\nem, "x"' and second["value"] is None
    with pytest.raises(assay.SchemaError, match="expected a column for the patient"):
        read_results(PostgresSource(server.uri), query="SELECT 1 AS result_id, now() AS charttime")


def test_times_and_numbers_that_are_kept_as_text(server: Any) -> None:
    server.sql(
        "CREATE TABLE t (id int, mrn text, collected_at text, test text, value text)",
        "INSERT INTO t VALUES (1, 'P', '03.04.2026 12:00', 'K', '4,5')",
    )
    offset = timezone(timedelta(hours=2))
    back = read_results(
        PostgresSource(server.uri), "t", columns={"id": "result_id"}, zone=offset, dates="day_first",
        decimal_point=",",
    )  # fmt: skip
    assert back.rows["value"].to_pylist() == [4.5]
    assert back.rows["observed_at"].to_pylist() == [datetime(2026, 4, 3, 10, tzinfo=timezone.utc)]


def test_results_without_an_id_are_told(server: Any) -> None:
    server.sql(
        "CREATE TABLE t (patient text, at timestamptz, test text, value float8)",
        "INSERT INTO t VALUES ('P', now(), 'K', 4)",
    )
    back = read_results(PostgresSource(server.uri), "public.t", columns={"at": "observed_at"})
    assert any("no column of ids" in remark for remark in back.remarks)
