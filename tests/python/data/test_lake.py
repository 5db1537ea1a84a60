from __future__ import annotations

import os
from pathlib import Path

import pytest

import assay
from assay.data import Field, Lake, Schema, Table

pytest.importorskip("deltalake")

NAME = "gold.scores"


def scores(**columns: list[object]) -> Table:
    return Table.from_dict(
        {"patient_id": ["A", "B"], "score": [0.25, None], **columns},
        schema=Schema(
            [
                Field("patient_id", "utf8", nullable=False),
                Field("score", "float64", unit="1"),
                *(Field(name, "int64") for name in columns),
            ]
        ),
    )


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def test_table_lies_under_its_three_names(lake: Lake) -> None:
    stored = lake.write(NAME, scores())
    assert stored.name == "P2T2.gold.scores"
    assert stored.path == lake.root / "P2T2" / "gold" / "scores"
    assert (stored.rows, stored.version, stored.changed) == (2, 0, True)
    assert lake.tables() == ["P2T2.gold.scores"]
    assert lake.read(NAME).to_pydict() == scores().to_pydict()
    assert lake.read("P2T2.gold.scores").num_rows == 2


def test_every_type_comes_back(lake: Lake) -> None:
    from datetime import date, datetime, timezone

    table = Table.from_dict(
        {
            "b": [True, None],
            "i": [1, None],
            "j": [-(2**62), None],
            "f": [1.5, None],
            "g": [0.1, None],
            "t": ["ä\n", None],
            "x": [b"\x00\xff", None],
            "d": [date(2026, 1, 4), None],
            "z": [datetime(2026, 1, 4, 7, 20, 0, 123456, tzinfo=timezone.utc), None],
        },
        schema=Schema(
            [
                Field("b", "bool"),
                Field("i", "int32"),
                Field("j", "int64"),
                Field("f", "float32"),
                Field("g", "float64"),
                Field("t", "utf8"),
                Field("x", "binary"),
                Field("d", "date32"),
                Field("z", "timestamp[us, UTC]"),
            ]
        ),
    )
    lake.write("bronze.types", table)
    back = lake.read("bronze.types")
    assert back.to_pydict() == table.to_pydict()
    assert [field.type for field in back.schema] == [field.type for field in table.schema]


def test_columns_are_replaced_on_request_and_older_versions_keep_theirs(lake: Lake) -> None:
    lake.write(NAME, scores())
    other = Table.from_dict(
        {"item": ["x"], "score": ["high"]},
        schema=Schema([Field("item", "utf8", nullable=False), Field("score", "utf8")]),
    )
    with pytest.raises(assay.SchemaError, match="'score' is"):
        lake.write(NAME, other)
    stored = lake.write(NAME, other, replace_schema=True)
    assert (stored.version, stored.changed) == (1, True)
    assert lake.read(NAME).to_pydict() == other.to_pydict()
    assert lake.read(NAME, version=0).to_pydict() == scores().to_pydict()
    assert not lake.write(NAME, other, replace_schema=True).changed
    lake.write(NAME, scores(), replace_schema=True)
    assert lake.read(NAME).column_names == ["patient_id", "score"]


def test_same_content_makes_no_version(lake: Lake) -> None:
    lake.write(NAME, scores())
    again = lake.write(NAME, scores())
    assert (again.version, again.changed) == (0, False)
    assert lake.read(NAME).num_rows == 2
    assert len(lake.history(NAME)) == 1


def test_volatile_columns_alone_make_no_version(lake: Lake) -> None:
    lake.write(NAME, scores(at=[1, 1]), volatile=["at"])
    assert not lake.write(NAME, scores(at=[2, 2]), volatile=["at"]).changed
    assert lake.write(NAME, scores(at=[2, 2])).changed


def test_overwriting_replaces_the_rows_and_keeps_the_old_version(lake: Lake) -> None:
    lake.write(NAME, scores())
    stored = lake.write(NAME, scores().head(1))
    assert stored.version == 1
    assert lake.read(NAME).num_rows == 1
    assert lake.read(NAME, version=0).num_rows == 2


def test_new_nullable_column_is_added_and_a_lost_one_stays_as_nulls(lake: Lake) -> None:
    lake.write(NAME, scores())
    lake.write(NAME, scores(news2=[3, 4]))
    assert lake.read(NAME)["news2"].to_pylist() == [3, 4]
    lake.write(NAME, scores())
    assert lake.read(NAME)["news2"].to_pylist() == [None, None]


def test_changed_type_is_refused_and_the_table_stays(lake: Lake) -> None:
    lake.write(NAME, scores())
    other = Table.from_dict({"patient_id": ["A"], "score": ["high"]})
    with pytest.raises(assay.SchemaError, match=r"'score' is .*--lake"):
        lake.write(NAME, other)
    assert lake.read(NAME).to_pydict() == scores().to_pydict()


def test_column_that_may_not_be_null_must_be_delivered(lake: Lake) -> None:
    lake.write(NAME, scores())
    with pytest.raises(assay.SchemaError, match="'patient_id' may not be null and is missing"):
        lake.write(NAME, scores().drop(["patient_id"]))


def test_empty_table(lake: Lake) -> None:
    lake.write(NAME, scores().head(0))
    assert lake.read(NAME).num_rows == 0
    assert lake.read(NAME).column_names == ["patient_id", "score"]


@pytest.mark.parametrize("name", ["scores", "a.b.c.d", "gold.sco res", "gold.", "../x.y", "gold.a/b"])
def test_bad_names_are_refused(lake: Lake, name: str) -> None:
    with pytest.raises(assay.ValueError, match="table name"):
        lake.path(name)


def test_missing_table_names_those_that_exist(lake: Lake) -> None:
    lake.write(NAME, scores())
    with pytest.raises(assay.IoError, match=r"P2T2\.gold\.absent.*tables: P2T2\.gold\.scores"):
        lake.read("gold.absent")


def test_path_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "lake").write_text("")
    with pytest.raises(assay.IoError, match=r"write P2T2\.gold\.scores: .*not a folder.*--lake"):
        Lake(tmp_path / "lake").write(NAME, scores())


def test_folder_that_cannot_be_written(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere; the pipeline's test uses a read-only mount")
    root = tmp_path / "lake"
    root.mkdir(mode=0o555)
    with pytest.raises(assay.IoError, match=r"not writable.*--lake"):
        Lake(root).write(NAME, scores())


def test_failed_first_write_leaves_nothing(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    import deltalake

    def full(path: Path, *_: object, **__: object) -> None:
        (path / "part-0.parquet").write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(deltalake, "write_deltalake", full)
    with pytest.raises(assay.IoError, match=r"the disk is full.*free space"):
        lake.write(NAME, scores())
    assert not lake.root.exists()


def test_failed_later_write_leaves_the_old_table(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    import deltalake

    lake.write(NAME, scores())

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(deltalake, "write_deltalake", full)
    with pytest.raises(assay.IoError, match="the disk is full"):
        lake.write(NAME, scores().head(1))
    assert lake.read(NAME).num_rows == 2


def test_polars_and_duckdb_read_the_table(lake: Lake) -> None:
    polars = pytest.importorskip("polars")
    duckdb = pytest.importorskip("duckdb")
    path = lake.write(NAME, scores()).path
    assert polars.read_delta(str(path))["score"].to_list() == [0.25, None]
    with duckdb.connect() as database:
        database.register("scores", lake.read(NAME))
        assert database.sql("select count(*), max(score) from scores").fetchall() == [(2, 0.25)]
        files = str(path / "*.parquet")
        assert database.sql(f"select max(score) from read_parquet('{files}')").fetchall() == [(0.25,)]


def test_failed_first_write_leaves_files_that_were_there(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    import deltalake

    path = lake.path(NAME)
    (path / "thesis").mkdir(parents=True)
    (path / "thesis" / "chapter1.txt").write_text("years of work")

    def full(path: Path, *_: object, **__: object) -> None:
        (path / "_delta_log").mkdir()
        (path / "part-0.parquet").write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(deltalake, "write_deltalake", full)
    with pytest.raises(assay.IoError, match="the disk is full"):
        lake.write(NAME, scores())
    assert (path / "thesis" / "chapter1.txt").read_text() == "years of work"
    assert sorted(p.name for p in path.iterdir()) == ["thesis"]


def test_first_write_that_was_cut_off_is_made_good_by_the_next(lake: Lake) -> None:
    log = lake.path(NAME) / "_delta_log"
    log.mkdir(parents=True)
    (log / "_commit_0f.json.tmp").write_text("{")
    (lake.path(NAME) / "part-0.parquet").write_bytes(b"half")
    assert not lake.exists(NAME)
    assert lake.tables() == []
    with pytest.raises(assay.IoError, match="there is no such table"):
        lake.read(NAME)
    assert lake.write(NAME, scores()).version == 0
    assert lake.read(NAME).to_pydict() == scores().to_pydict()


def test_properties_stand_with_the_rows(lake: Lake) -> None:
    lake.write(NAME, scores(), properties={"assay.input": "a"}, run="1")
    assert lake.properties(NAME) == {"assay.input": "a"}
    assert not lake.write(NAME, scores(), properties={"assay.input": "a"}, run="2").changed
    assert len(lake.history(NAME)) == 1
    noted = lake.write(NAME, scores(), properties={"assay.input": "b"}, run="3")
    assert (noted.changed, noted.version) == (False, 1)
    assert lake.properties(NAME) == {"assay.input": "b"}
    assert lake.history(NAME)[0]["assay.run"] == "3"
    assert lake.read(NAME).num_rows == 2
    lake.write(NAME, scores().head(1))
    assert lake.properties(NAME) == {}


def test_properties_outlast_maintenance_but_not_rows_of_others(lake: Lake) -> None:
    import deltalake

    path = lake.write(NAME, scores(), properties={"assay.input": "a"}).path
    deltalake.DeltaTable(path).alter.set_table_properties({"delta.appendOnly": "false"})
    assert lake.properties(NAME) == {"assay.input": "a"}
    deltalake.write_deltalake(path, scores(), mode="append")
    assert lake.properties(NAME) == {}


def test_no_python_runs_on_arrows_threads_while_reading(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that waits for the interpreter while it ends would abort the process."""
    import deltalake.fs

    lake.write(NAME, scores())

    def refused(*_args: object, **_options: object) -> None:
        raise AssertionError("the table was read through a file system written in Python")

    monkeypatch.setattr(deltalake.fs.DeltaStorageHandler, "from_table", refused)
    assert lake.read(NAME).to_pydict() == scores().to_pydict()
