"""Change streams: every kind of change, transactions, large values, changed columns, lost slots."""

from __future__ import annotations

import random
from datetime import datetime, timezone
from typing import Any

import pytest
from lims_server import made_up_results

import assay
from assay.data import Lake
from assay.data.sources import ChangeStream, LoadRecord, PostgresSource, load_records

TABLE, NAME = "public.lab_results", "bronze.lab_results"


def stream_of(server: Any, lake: Lake, **options: Any) -> ChangeStream:
    source = PostgresSource(server.uri, zone="Europe/Berlin")
    options = {"tables": {TABLE: NAME}, "partition_by": {TABLE: "observed_at"}, **options}
    return ChangeStream(source, lake, slot=slot_of(server), **options)


def slot_of(server: Any) -> str:
    return "slot_" + server.uri.rpartition("/")[2]


def load(server: Any, lake: Lake, **options: Any) -> LoadRecord:
    (record,) = stream_of(server, lake, **options).load()
    return record


def expect_equal(server: Any, lake: Lake, key: str = "result_id") -> None:
    """The lake holds what the database holds, row by row."""
    there = PostgresSource(server.uri, zone="Europe/Berlin").read("lab_results", order_by=[key]).rows
    here = lake.read(NAME).sort(key)
    assert here.select(there.column_names).to_pylist() == there.to_pylist()


def test_a_table_is_copied_and_then_followed(server: Any, lake: Lake) -> None:
    made_up_results(server)
    first = load(server, lake)
    assert (first.mode, first.inserted, first.version) == ("snapshot", 100, 0)
    expect_equal(server, lake)
    quiet = load(server, lake)
    assert (quiet.mode, quiet.changed, quiet.version, quiet.rows_read) == ("changes", False, 0, 0)
    server.sql(
        "INSERT INTO lab_results VALUES (101, 'P1', 'Na', 140, 'mmol/L', '2026-01-05 00:00+00')",
        "UPDATE lab_results SET value = 9.5 WHERE result_id <= 3",
        "UPDATE lab_results SET observed_at = '2026-02-01 00:00+00' WHERE result_id = 4",
        "UPDATE lab_results SET result_id = 1000 WHERE result_id = 5",
        "DELETE FROM lab_results WHERE result_id IN (6, 7)",
        "INSERT INTO lab_results VALUES (6, 'P2', 'again', null, null, null)",
    )
    record = load(server, lake)
    assert (record.rows_read, record.inserted, record.updated, record.deleted) == (9, 2, 5, 2)
    assert (record.version, record.quarantined) == (1, 0)
    expect_equal(server, lake)
    assert record.lag_bytes is not None and record.lag_bytes < 10_000
    assert record.lag_seconds is not None and 0 <= record.lag_seconds < 60
    assert load(server, lake).changed is False
    assert load_records(lake)["mode"].to_pylist() == ["snapshot", "changes", "changes", "changes"]


def test_what_nets_to_nothing_makes_no_version(server: Any, lake: Lake) -> None:
    made_up_results(server)
    load(server, lake)
    server.sql(
        "INSERT INTO lab_results (result_id, patient_id) VALUES (500, 'P')",
        "UPDATE lab_results SET result_id = 501 WHERE result_id = 500",
        "DELETE FROM lab_results WHERE result_id = 501",
        "UPDATE lab_results SET unit = 'x' WHERE result_id = 1",
        "UPDATE lab_results SET unit = 'mmol/L' WHERE result_id = 1",
    )
    record = load(server, lake)
    assert (record.rows_read, record.changed, record.version) == (5, False, 0)
    status = stream_of(server, lake).status()
    assert status is not None and status.lag_bytes < 10_000 and status.wal_status == "reserved"


def test_a_transaction_that_was_rolled_back_or_is_open_is_not_seen(server: Any, lake: Lake) -> None:
    from adbc_driver_postgresql import dbapi

    made_up_results(server)
    load(server, lake)
    with dbapi.connect(server.uri) as connection, connection.cursor() as cursor:
        cursor.execute("UPDATE lab_results SET value = 1")
        assert load(server, lake).rows_read == 0
        connection.rollback()
        cursor.execute("DELETE FROM lab_results WHERE result_id < 50")
        server.sql("UPDATE lab_results SET value = 2 WHERE result_id = 99")
        assert load(server, lake).rows_read == 1
        connection.commit()
    assert load(server, lake).deleted == 49
    expect_equal(server, lake)


def test_truncate_empties_and_what_follows_is_there(server: Any, lake: Lake) -> None:
    made_up_results(server)
    load(server, lake)
    server.sql("TRUNCATE lab_results", "INSERT INTO lab_results (result_id, patient_id) VALUES (7, 'P')")
    load(server, lake)
    expect_equal(server, lake)
    server.sql("TRUNCATE lab_results")
    load(server, lake)
    assert lake.read(NAME).num_rows == 0
    server.sql("INSERT INTO lab_results (result_id, patient_id) VALUES (8, 'P')")
    load(server, lake)
    expect_equal(server, lake)


@pytest.mark.parametrize("identity", ["DEFAULT", "FULL"])
def test_large_values_that_an_update_left_alone_are_kept(server: Any, lake: Lake, identity: str) -> None:
    made_up_results(server, 5)
    server.sql(
        f"ALTER TABLE lab_results REPLICA IDENTITY {identity}",
        "ALTER TABLE lab_results ADD COLUMN report text",
        "ALTER TABLE lab_results ALTER COLUMN report SET STORAGE EXTERNAL",
        "UPDATE lab_results SET report = repeat(md5(result_id::text), 200)",
    )
    load(server, lake)
    server.sql("UPDATE lab_results SET value = 1 WHERE result_id = 1")  # in the lake
    server.sql("UPDATE lab_results SET result_id = 12 WHERE result_id = 2")  # under another key in the lake
    server.sql(
        "INSERT INTO lab_results SELECT 13, 'P', 'K', 1, 'x', null, null, repeat('y', 9000)",
        "UPDATE lab_results SET value = 2 WHERE result_id = 13",  # in this part of the log
        "UPDATE lab_results SET report = repeat('z', 9000) WHERE result_id = 3",
        "UPDATE lab_results SET value = 3 WHERE result_id = 3",
        "DELETE FROM lab_results WHERE result_id = 4",
        "INSERT INTO lab_results (result_id, patient_id) VALUES (4, 'P')",
        "UPDATE lab_results SET value = 4 WHERE result_id = 4",
    )
    load(server, lake)
    expect_equal(server, lake)
    assert (
        len(lake.read(NAME).filter([i == 12 for i in lake.read(NAME)["result_id"].to_pylist()])["report"][0])
        == 6400
    )


def test_a_large_transaction_comes_whole(server: Any, lake: Lake) -> None:
    made_up_results(server, 10)
    load(server, lake)
    server.transaction(
        "INSERT INTO lab_results SELECT g, 'P', 'K', g, 'x', now(), now() FROM generate_series(100, 20099) g",
        "UPDATE lab_results SET value = value + 1 WHERE result_id % 2 = 0",
        "DELETE FROM lab_results WHERE result_id % 10 = 3",
    )
    server.sql("UPDATE lab_results SET value = -1 WHERE result_id = 100")
    record = load(server, lake, most_changes=1000)  # the limit cuts between transactions only
    assert record.rows_read == 20000 + 10005 + 2001 + 1
    assert [commit["operation"] for commit in lake.history(NAME)] == ["MERGE", "MERGE", "WRITE"]
    expect_equal(server, lake)


def test_types_are_those_of_a_whole_load(server: Any, lake: Lake) -> None:
    server.sql(
        "CREATE TYPE flag AS ENUM ('H', 'L')",
        "CREATE DOMAIN positive AS int CHECK (VALUE > 0)",
        "CREATE DOMAIN very_positive AS positive CHECK (VALUE > 1)",
        """CREATE TABLE lab_results (id uuid PRIMARY KEY, a bool, b smallint, c int, d bigint, e numeric(10,2), f real,
           g float8, h text, i varchar(9), j char(4), k bytea, l date, m timestamp, n timestamptz, o time, p interval,
           r jsonb, s int[], t flag, u very_positive, v inet, w numeric, x int GENERATED ALWAYS AS (c + 1) STORED)""",
    )
    row = r"""(gen_random_uuid(), true, 7, -2147483648, 9223372036854775807, 105.10, 1.1, 0.1, 'ä''\n', 'x', 'ab',
        '\x00ff', '2026-01-04', '2026-10-25 02:30:00.12', '2026-01-04 07:20:00.123456+02', '10:11', '1 day 2 h',
        '{"a": [1]}', '{1,2}', 'H', 5, '127.0.0.1', {})"""
    names = "(id, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, r, s, t, u, v, w)"
    server.sql(f"INSERT INTO lab_results {names} VALUES {row.replace('{}', '1.5')}")
    load(server, lake, partition_by={})
    for value in ("'NaN'", "0.1234567890123456", "null", "-12345678901234567890.5"):
        server.sql(f"INSERT INTO lab_results {names} VALUES {row.replace('{}', value)}")
    server.sql("INSERT INTO lab_results (id) VALUES (gen_random_uuid())")
    record = load(server, lake, partition_by={})
    assert record.inserted == 5
    assert record.remarks == [
        "2 values of 'w' have more than 15 significant digits and were rounded to float64; "
        "numeric={'w': 'text'} keeps them as written"
    ]
    there = (
        PostgresSource(server.uri, zone="Europe/Berlin").read("lab_results", order_by=["id"]).rows.drop(["x"])
    )
    here = lake.read(NAME).sort("id")
    assert [f.type for f in here.schema] == [f.type for f in there.schema]
    assert str(here.to_pylist()) == str(there.to_pylist())  # NaN is not NaN


def test_values_that_have_no_place_are_quarantined_and_their_rows_leave(server: Any, lake: Lake) -> None:
    server.sql(
        "CREATE TABLE lab_results (result_id int PRIMARY KEY, n numeric, at timestamptz, wall timestamp, day date)"
    )
    server.sql(
        "INSERT INTO lab_results SELECT g, 1, now(), '2026-01-01', '2026-01-01' FROM generate_series(1, 9) g"
    )
    load(server, lake, partition_by={})
    server.sql(
        "UPDATE lab_results SET n = 1e400 WHERE result_id = 1",
        "UPDATE lab_results SET at = 'infinity' WHERE result_id = 2",
        "UPDATE lab_results SET at = '0044-03-15 12:00+00 BC', day = '-infinity' WHERE result_id = 3",
        "UPDATE lab_results SET wall = '2026-03-29 02:30' WHERE result_id = 4",
        "UPDATE lab_results SET n = 1e-400 WHERE result_id = 5",
    )
    record = load(server, lake, partition_by={})
    assert (record.rows_read, record.accepted, record.quarantined, record.deleted) == (5, 0, 5, 5)
    assert record.quarantined_by_rule == {"n.range": 2, "at.range": 2, "day.range": 1, "wall.zone": 1}
    expect_equal(server, lake)
    assert lake.read(NAME).num_rows == 4
    assert lake.read("bronze.lab_results_quarantine").num_rows == 5
    server.sql("UPDATE lab_results SET n = 2, at = now(), wall = now(), day = now()")
    assert load(server, lake, partition_by={}).inserted == 5
    expect_equal(server, lake)


def test_a_column_that_is_added_in_mid_stream_comes_with_its_old_rows(server: Any, lake: Lake) -> None:
    made_up_results(server)
    load(server, lake)
    server.sql(
        "UPDATE lab_results SET value = 1 WHERE result_id = 1",
        "DELETE FROM lab_results WHERE result_id = 2",
        "ALTER TABLE lab_results ADD COLUMN device text DEFAULT 'XYZ'",
        "UPDATE lab_results SET device = 'ABC' WHERE result_id = 3",
        "INSERT INTO lab_results (result_id, patient_id) VALUES (101, 'P')",
        "DELETE FROM lab_results WHERE result_id = 101",
    )
    record = load(server, lake)
    assert "'device' added as string" in record.schema_changes
    expect_equal(server, lake)
    assert lake.read(NAME)["device"].to_pylist().count("XYZ") == 98
    server.sql(
        "ALTER TABLE lab_results RENAME COLUMN device TO analyser",
        "UPDATE lab_results SET value = 5 WHERE result_id = 4",
    )
    load(server, lake)
    expect_equal(server, lake)
    server.sql(
        "ALTER TABLE lab_results DROP COLUMN analyser", "UPDATE lab_results SET value = 6 WHERE result_id = 4"
    )
    assert load(server, lake).updated == 1
    expect_equal(server, lake)


def test_types_that_change_in_mid_stream(server: Any, lake: Lake) -> None:
    made_up_results(server)
    server.sql("ALTER TABLE lab_results ADD COLUMN rack int")
    load(server, lake)
    server.sql(
        "UPDATE lab_results SET rack = 4 WHERE result_id = 1",
        "ALTER TABLE lab_results ALTER COLUMN rack TYPE bigint",
    )
    server.sql("UPDATE lab_results SET rack = 5000000000 WHERE result_id = 2")
    assert load(server, lake).schema_changes == ["'rack' widened from int32 to int64"]
    expect_equal(server, lake)
    before = lake.read(NAME).to_pylist()
    server.sql(
        "ALTER TABLE lab_results ALTER COLUMN value TYPE text",
        "UPDATE lab_results SET value = 'a' WHERE result_id = 1",
    )
    for _ in range(2):  # nothing is skipped: it stays refused
        with pytest.raises(assay.SchemaError, match=r"'value' is stored as double and comes as string"):
            load(server, lake)
    assert lake.read(NAME).to_pylist() == before


def test_tables_are_followed_together(server: Any, lake: Lake) -> None:
    made_up_results(server)
    server.sql(
        "CREATE TABLE qc (id int, day date, z float8, PRIMARY KEY (id, day))",
        "INSERT INTO qc VALUES (1, '2026-01-01', 0.5)",
    )
    stream = stream_of(server, lake, tables={TABLE: NAME, "public.qc": "bronze.qc"})
    stream.load()
    server.transaction(
        "UPDATE qc SET z = 3",
        "DELETE FROM lab_results WHERE result_id = 1",
        "INSERT INTO qc VALUES (1, '2026-01-02', 1)",
    )
    first, second = stream.load()
    assert (first.deleted, second.updated, second.inserted) == (1, 1, 1)
    assert lake.read("bronze.qc").sort("day")["z"].to_pylist() == [3, 1]
    expect_equal(server, lake)
    server.sql("TRUNCATE qc, lab_results")
    stream.load()
    assert lake.read("bronze.qc").num_rows == lake.read(NAME).num_rows == 0


def test_a_slot_that_is_gone_or_taken_is_told_and_started_again(
    server: Any, lake: Lake, tmp_path: Any
) -> None:
    made_up_results(server)
    stream = stream_of(server, lake)
    stream.load()
    server.sql(
        f"SELECT pg_drop_replication_slot('{slot_of(server)}')::text",
        "DELETE FROM lab_results WHERE result_id = 1",
    )
    with pytest.raises(assay.StateError, match=r"gone from the server.*ChangeStream\.restart\(\)"):
        stream.load()
    assert stream.restart()[0].mode == "snapshot"
    expect_equal(server, lake)
    other = Lake(tmp_path / "other")
    stream_of(server, other).load()
    server.sql("DELETE FROM lab_results WHERE result_id = 2")
    with pytest.raises(assay.StateError, match="another lake has taken it over"):
        stream.load()
    stream_of(server, other).load()
    expect_equal(server, other)
    stream.stop()
    assert stream.status() is None


def test_a_lost_slot_says_what_to_do(own_server: Any, lake: Lake) -> None:
    with own_server() as server:
        made_up_results(server)
        stream = stream_of(server, lake)
        stream.load()
        server.sql(
            "ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'", "SELECT pg_reload_conf()",
            "CREATE TABLE filler (t text)",
        )  # fmt: skip
        for _ in range(3):
            server.sql(
                "INSERT INTO filler SELECT repeat('x', 900) FROM generate_series(1, 9000)",
                "SELECT pg_switch_wal()::text",
            )
        server.sql("DELETE FROM lab_results WHERE result_id = 1", "CHECKPOINT")
        status = stream.status()
        assert status is not None and status.lost
        with pytest.raises(assay.StateError, match=r"it is lost: .*max_slot_wal_keep_size.*restart\(\)"):
            stream.load()
        server.sql("ALTER SYSTEM RESET max_slot_wal_keep_size", "SELECT pg_reload_conf()")
        stream.restart()
        expect_equal(server, lake)


def test_what_a_stream_needs_is_asked_for(server: Any, lake: Lake) -> None:
    server.sql("CREATE TABLE lab_results (result_id int)")
    with pytest.raises(assay.SchemaError, match="no primary key"):
        load(server, lake, partition_by={})
    with pytest.raises(assay.ValueError, match=r"expected \{'schema.table'"):
        stream_of(server, lake, tables={"lab_results": NAME})
    server.sql(
        "ALTER TABLE lab_results ADD PRIMARY KEY (result_id)", "CREATE TABLE other (id int PRIMARY KEY)"
    )
    load(server, lake, partition_by={})
    with pytest.raises(assay.StateError, match=r"expected the table public\.other in it; ALTER PUBLICATION"):
        stream_of(server, lake, tables={TABLE: NAME, "public.other": "bronze.other"}, partition_by={}).load()
    server.sql("SET synchronous_commit = on", f"ALTER PUBLICATION {slot_of(server)} SET (publish = 'insert')")
    with pytest.raises(assay.StateError, match="expected all changes to be published"):
        load(server, lake, partition_by={})


@pytest.mark.parametrize("seed", range(3))
def test_random_changes_end_in_the_same_table(server: Any, lake: Lake, seed: int) -> None:
    rng = random.Random(seed)
    server.sql("CREATE TABLE lab_results (result_id int PRIMARY KEY, v int, big text, at timestamptz)")
    server.sql("ALTER TABLE lab_results ALTER COLUMN big SET STORAGE EXTERNAL")
    for _ in range(4):
        for _ in range(rng.randint(1, 12)):
            server.transaction(*(random_change(rng) for _ in range(rng.randint(1, 4))))
        load(server, lake, partition_by={TABLE: "at"}, most_changes=rng.choice([1, 5, 1000]))
        expect_equal(server, lake)


def random_change(rng: random.Random) -> str:
    one, two = rng.randint(1, 12), rng.randint(1, 12)
    at = datetime(2026, 1, rng.randint(1, 3), tzinfo=timezone.utc).isoformat()
    return rng.choice(
        [
            f"INSERT INTO lab_results VALUES ({one}, 0, repeat('{one}', 4000), '{at}') ON CONFLICT DO NOTHING",
            f"INSERT INTO lab_results VALUES ({one}, 0, repeat('{one}', 4000), '{at}') ON CONFLICT DO NOTHING",
            f"UPDATE lab_results SET v = {two} WHERE result_id = {one}",
            f"UPDATE lab_results SET v = v + 1, at = '{at}' WHERE result_id > {one}",
            f"UPDATE lab_results SET big = repeat('{two}', 3000) WHERE result_id = {one}",
            f"UPDATE lab_results SET result_id = result_id + 12 WHERE result_id = {one} AND NOT EXISTS "
            f"(SELECT 1 FROM lab_results WHERE result_id = {one} + 12)",
            f"DELETE FROM lab_results WHERE result_id = {one}",
            "TRUNCATE lab_results"
            if rng.random() < 0.2
            else f"DELETE FROM lab_results WHERE result_id > {12 + two}",
        ]
    )


def test_a_user_with_no_more_than_the_rights_it_needs(server: Any, lake: Lake) -> None:
    database = server.uri.rpartition("/")[2]
    server.sql(f"CREATE ROLE follower_{database} LOGIN REPLICATION", f"CREATE ROLE reader_{database} LOGIN")
    made_up_results(server)
    reader = type(server)(server.uri.replace("mlflow@", f"reader_{database}@"))
    with pytest.raises(assay.AuthError, match=r"the user may not do this.*grant SELECT"):
        PostgresSource(reader.uri).read("public.lab_results")
    server.sql(f"GRANT SELECT ON lab_results TO reader_{database}")
    assert PostgresSource(reader.uri).read("public.lab_results").rows_read == 100
    server.sql(
        f"ALTER TABLE lab_results OWNER TO follower_{database}",
        f"GRANT CREATE ON DATABASE {database} TO follower_{database}",
    )
    follower = type(server)(server.uri.replace("mlflow@", f"follower_{database}@"))
    load(follower, lake)
    server.sql("DELETE FROM lab_results WHERE result_id = 1")
    assert load(follower, lake).deleted == 1
    stream_of(follower, lake).stop()
    server.sql(
        f"REASSIGN OWNED BY follower_{database} TO mlflow", f"DROP OWNED BY follower_{database}, reader_{database}",
        f"DROP ROLE follower_{database}, reader_{database}",
    )  # fmt: skip
