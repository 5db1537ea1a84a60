"""`assay run lims postgresql://… --mirror`: what is new by a watermark, or the server's log; patients are made up."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from assay.cli import main_group
from assay.data import Lake
from assay.data.sources import PostgresSource, load_records
from assay.pipelines import lims
from assay.pipelines.lims import Mirror

KEY = "0f1e2d3c4b5a69788796a5b4c3d2e1f0" * 2  # of this test alone
COLUMNS = (
    "result_id text PRIMARY KEY, patient_id text, observed_at timestamptz, local_code text, loinc text, "
    "value text, unit text, updated_at timestamptz"
)


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_DEID_KEY", KEY)


@pytest.fixture
def database(server: Any) -> Any:
    """300 results of seven patients, two hours apart."""
    server.sql(
        f"CREATE TABLE lab_results ({COLUMNS})",
        """INSERT INTO lab_results SELECT 'R' || i, 'PAT-' || 7000 + i % 7,
           timestamptz '2026-01-01' + i * interval '1 h', 'GLU', '2345-7', (80 + i % 30)::text, 'mg/dL',
           now() - (400 - i) * interval '2 h' FROM generate_series(1, 300) i""",
    )
    return server


def change(server: Any) -> None:
    server.sql(
        "INSERT INTO lab_results VALUES ('R301', 'PAT-7001', '2026-02-01', 'GLU', '2345-7', '<40', 'mg/dL', now())",
        "UPDATE lab_results SET value = '111', updated_at = now() WHERE result_id = 'R5'",
    )


def silver(run: Any) -> list[dict[str, Any]]:
    return list(run.lake.read("silver.lab_results").sort("result_id").to_pylist())


@pytest.mark.parametrize("way", [{"incremental": "updated_at"}, {"changes": "assay_mirror"}])
def test_a_copy_gives_what_the_database_gives(database: Any, tmp_path: Path, way: dict[str, str]) -> None:
    mirror = Mirror(tmp_path / "copy", **way)
    first = lims.run(database.uri, tmp_path / "copied", mirror=mirror, target=0.0)
    whole = lims.run(database.uri, tmp_path / "whole", target=0.0)
    assert silver(first) == silver(whole) and len(silver(first)) == 300
    change(database)
    later = lims.run(database.uri, tmp_path / "copied", mirror=mirror, target=0.0)
    whole = lims.run(database.uri, tmp_path / "whole", target=0.0)
    assert silver(later) == silver(whole) and len(silver(later)) == 301
    assert later.step("bronze").rows_read == whole.step("bronze").rows_read == 301
    # The second load read what changed, not the table, and says so.
    records = load_records(Lake(tmp_path / "copy", catalog="mirror"), "raw").to_pylist()
    overlap = 1 if "incremental" in way else 0  # the newest one before is read again
    assert [row["rows_read"] for row in records] == [300, 2 + overlap]
    assert (records[1]["inserted"], records[1]["updated"]) == (1, 1)
    told = [text for text in later.step("bronze").remarks if text.startswith("copy")]
    assert f": {2 + overlap} rows read, 1 inserted, 1 updated, 0 deleted, 0 quarantined" in told[0]
    if "incremental" in way:
        assert any(text.endswith("s behind the source") for text in told)
        assert any("the source's clock is" in text for text in told)


def test_nothing_new_changes_nothing(database: Any, tmp_path: Path) -> None:
    mirror = Mirror(tmp_path / "copy", incremental="updated_at")
    first = lims.run(database.uri, tmp_path / "out", mirror=mirror, target=0.0)
    again = lims.run(database.uri, tmp_path / "out", mirror=mirror, target=0.0)
    for step in ("bronze", "silver"):
        assert not any(table.changed for table in again.step(step).tables)
        assert [t.version for t in again.step(step).tables] == [t.version for t in first.step(step).tables]


def test_deleted_rows_are_noticed_by_the_log(database: Any, tmp_path: Path) -> None:
    mirror = Mirror(tmp_path / "copy", changes="assay_mirror")
    lims.run(database.uri, tmp_path / "out", mirror=mirror, target=0.0)
    database.sql("DELETE FROM lab_results WHERE result_id = 'R7'")
    done = lims.run(database.uri, tmp_path / "out", mirror=mirror, target=0.0)
    assert done.step("bronze").rows_read == 299
    assert any("1 deleted" in text for text in done.step("bronze").remarks)
    assert "R7" not in {row["result_id"] for row in silver(done)}


def test_rows_that_have_no_place_count_until_they_are_put_right(database: Any, tmp_path: Path) -> None:
    mirror = Mirror(tmp_path / "copy", incremental="updated_at")
    database.sql(
        "INSERT INTO lab_results VALUES ('R400', 'PAT-7001', 'infinity', 'GLU', '2345-7', '90', 'mg/dL', now())"
    )
    done = lims.run(database.uri, tmp_path / "out", mirror=mirror, target=0.0)
    bronze = done.step("bronze")
    assert (bronze.rows_read, bronze.accepted) == (301, 300)
    assert bronze.quarantined == {"observed_at.range": 1}
    database.sql("UPDATE lab_results SET observed_at = '2026-02-02', updated_at = now() WHERE result_id = 'R400'")
    bronze = lims.run(database.uri, tmp_path / "out", mirror=mirror, target=0.0).step("bronze")
    assert (bronze.rows_read, bronze.accepted, bronze.quarantined) == (301, 301, {})


@pytest.mark.parametrize("way", [{"incremental": "updated_at"}, {"changes": "assay_mirror"}])
def test_a_row_that_became_unreadable_is_not_read_as_it_was(
    database: Any, tmp_path: Path, way: dict[str, str]
) -> None:
    mirror = Mirror(tmp_path / "copy", **way)
    lims.run(database.uri, tmp_path / "out", mirror=mirror, target=0.0)
    for wrong in ("observed_at = 'infinity'", "value = '999'", "observed_at = '-infinity'"):
        database.sql(f"UPDATE lab_results SET {wrong}, updated_at = now() WHERE result_id = 'R5'")
        done = lims.run(database.uri, tmp_path / "out", mirror=mirror, target=0.0)
        whole = lims.run(database.uri, tmp_path / "whole", target=0.0)
        assert silver(done) == silver(whole) and len(silver(done)) == 299
        for run in (done, whole):
            bronze = run.step("bronze")
            assert (bronze.rows_read, bronze.accepted) == (300, 299)  # once, however often it was changed
            assert bronze.quarantined == {"observed_at.range": 1}


def test_a_watermark_may_be_a_number(database: Any, tmp_path: Path) -> None:
    database.sql("ALTER TABLE lab_results ADD COLUMN change bigserial")
    mirror = Mirror(tmp_path / "copy", incremental="change")
    lims.run(database.uri, tmp_path / "out", mirror=mirror, target=0.0)
    change(database)
    later = lims.run(database.uri, tmp_path / "out", mirror=mirror, target=0.0)
    whole = lims.run(database.uri, tmp_path / "whole", target=0.0)
    assert silver(later) == silver(whole) and len(silver(later)) == 301
    assert "copy: up to 301" in later.step("bronze").remarks


def test_the_copy_is_its_owners_alone_and_apart(database: Any, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    lims.run(database.uri, tmp_path / "out", mirror=Mirror(copy, incremental="updated_at"), target=0.0)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o700
    stored = b"".join(path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert b"PAT-700" not in stored
    for inside in (tmp_path / "out", tmp_path / "out" / "lake" / "copy"):
        with pytest.raises(ValueError, match="mirror: expected a folder outside"):
            lims.run(database.uri, tmp_path / "out", mirror=Mirror(inside, incremental="updated_at"))
    copy.chmod(0o755)
    with pytest.raises(ValueError, match="chmod 700"):
        lims.run(database.uri, tmp_path / "out", mirror=Mirror(copy, incremental="updated_at"))


def test_a_copy_is_of_one_table(database: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mirror = Mirror(tmp_path / "copy", incremental="updated_at")
    lims.run(database.uri, tmp_path / "out", mirror=mirror, target=0.0)
    with monkeypatch.context() as patch:
        patch.setattr(PostgresSource, "shown", "postgresql://elsewhere/lims")
        with pytest.raises(RuntimeError, match="got postgresql://elsewhere/lims#lab_results"):
            lims.run(database.uri, tmp_path / "out", mirror=mirror, target=0.0)
    with pytest.raises(ValueError, match=r"expected postgresql://"):
        lims.run(tmp_path, tmp_path / "else", mirror=mirror)
    with pytest.raises(ValueError, match="one of them"):
        Mirror(tmp_path / "copy")
    with pytest.raises(ValueError, match="one of them"):
        Mirror(tmp_path / "copy", incremental="a", changes="b")


def test_the_command(database: Any, tmp_path: Path) -> None:
    out, copy = tmp_path / "out", tmp_path / "copy"
    command = ["run", "lims", database.uri, "--out", str(out), "--quiet", "--target", "0", "--tracking", ""]
    result = CliRunner().invoke(main_group, [*command, "--mirror", str(copy), "--incremental", "updated_at"])
    assert result.exit_code == 0, result.output + repr(result.exception)
    record = json.loads((out / "run.json").read_text())
    assert any(text.startswith("copy (incremental): 300 rows read") for text in record["steps"][0]["remarks"])
    for wrong in (
        ["--incremental", "updated_at"],
        ["--mirror", str(copy)],
        ["--mirror", str(copy), "--incremental", "a", "--changes", "b"],
    ):
        result = CliRunner().invoke(main_group, [*command, *wrong])
        assert result.exit_code == 2 and "--mirror" in result.output
