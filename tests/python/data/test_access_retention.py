"""Who may read what, and how long it is kept. All made up."""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from assay import errors
from assay.data import Lake, Table, deid
from assay.data.access import AccessPolicy, Reader
from assay.data.audit import AuditLog
from assay.data.retention import RetentionPolicy, apply_retention, plan_retention

pytest.importorskip("deltalake")
TODAY = dt.date(2026, 6, 15)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(tmp_path / "lake", catalog="lims")
    days = ("2015-01-01", "2024-01-01", "2019-06-14", "2019-06-15", "2010-01-01")
    table = Table.from_dict(
        {
            "patient_id": ["quimby-1", "quimby-1", "tester-2", "tester-2", None],
            "location": ["ward 3", "ward 3", "ward 5", None, "ward 3"],
            "value": [1.0, 2.0, 3.0, 4.0, 5.0],
            "observed_at": [f"{day}T00:00:00" for day in days],
        }
    ).cast({"observed_at": "timestamp"})
    lake.write("bronze.lab_results", table)
    lake.write("silver.lab_results", table)
    return lake


@pytest.fixture
def log(tmp_path: Path) -> AuditLog:
    return AuditLog(tmp_path / "audit.jsonl", who="ann")


def write(path: Path, value: object) -> Path:
    path.write_text(json.dumps(value))
    return path


def test_a_role_reads_its_columns_and_rows_and_no_more(lake: Lake, log: AuditLog, tmp_path: Path) -> None:
    view = {"except": ["patient_id"], "rows": {"location": ["ward 3"]}}
    roles = {
        "ward3": {"*.silver.*": view},
        "quality": {"lims.silver.lab_results": {"columns": ["value"]}},
        "none": {},
    }
    policy = AccessPolicy.read(write(tmp_path / "policy.json", {"roles": roles}))
    ward = Reader(lake, policy, role="ward3", audit=log)
    assert ward.tables() == ["lims.silver.lab_results"]
    rows = ward.read("silver.lab_results", why="round")
    assert rows.column_names == ["location", "value", "observed_at"]
    assert rows.column("value").to_pylist() == [1.0, 2.0, 5.0]
    quality = Reader(lake, policy, role="quality", audit=log).read("silver.lab_results", why="report")
    assert quality.column_names == ["value"]
    assert quality.num_rows == 5
    for role in ("ward3", "none", "stranger"):
        with pytest.raises(errors.AuthError, match=role):
            Reader(lake, policy, role=role, audit=log).read("bronze.lab_results", why="curiosity")
    entries = list(log.entries())
    assert [(entry["what"], entry["about"]["role"]) for entry in entries] == [
        ("lake.read", "ward3"),
        ("lake.read", "quality"),
        ("lake.refused", "ward3"),
        ("lake.refused", "none"),
        ("lake.refused", "stranger"),
    ]
    assert "quimby" not in log.path.read_text()


def test_a_policy_that_does_not_fit_lets_nothing_through(lake: Lake, log: AuditLog, tmp_path: Path) -> None:
    path = tmp_path / "policy.json"
    policy = AccessPolicy.read(write(path, {"roles": {"r": {"*": {"rows": {"station": ["3"]}}}}}))
    with pytest.raises(errors.SchemaError, match="'station'"):
        Reader(lake, policy, role="r", audit=log).read("silver.lab_results", why="x")
    for bad in (
        {},
        {"roles": 1},
        {"roles": {"r": {"*": {"cols": []}}}},
        {"roles": {"r": {"*": {"columns": "value"}}}},
    ):
        with pytest.raises(errors.ValueError, match="access"):
            AccessPolicy.read(write(path, bad))
    with pytest.raises(errors.IoError):
        AccessPolicy.read(tmp_path / "none")


SEVEN = {"tables": "*.bronze.*", "column": "observed_at", "years": 7}


def test_old_rows_go_with_their_bytes_and_held_rows_stay(lake: Lake, log: AuditLog, tmp_path: Path) -> None:
    hold = {"name": "case 17", "tables": "*.bronze.*", "column": "patient_id", "values": ["tester-2"]}
    policy = RetentionPolicy.read(write(tmp_path / "p.json", {"tables": [SEVEN], "holds": [hold]}))
    (removal,) = plan_retention(policy, lake, today=TODAY)
    assert str(removal) == "lims.bronze.lab_results: 2 rows from before 2019-06-15, 1 kept for case 17"
    assert lake.read("bronze.lab_results").num_rows == 5  # a plan changes nothing
    ((_, count),) = apply_retention([removal], lake, audit=log, why="yearly")
    assert count == 2
    left = lake.read("bronze.lab_results")
    assert sorted(left.column("value")) == [2.0, 3.0, 4.0]
    assert lake.read("silver.lab_results").num_rows == 5
    files = list(lake.path("bronze.lab_results").glob("**/*.parquet"))
    assert len(files) == 1  # the older version is gone, bytes and all
    assert [entry["what"] for entry in log.entries()] == ["retention.begin", "retention.removed"]
    (again,) = plan_retention(policy, lake, today=TODAY)
    assert (again.count, again.held) == (0, 1)
    assert apply_retention([again], lake, audit=log, why="yearly") == []


def test_a_hold_on_a_table_keeps_all_of_it_and_the_longest_rule_wins(lake: Lake, tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    hold = {"name": "case 18", "tables": "lims.bronze.lab_results"}
    (removal,) = plan_retention(
        RetentionPolicy.read(write(path, {"tables": [SEVEN], "holds": [hold]})), lake, today=TODAY
    )
    assert (removal.count, removal.held) == (0, 3)
    longer = {**SEVEN, "years": 12}
    policy = RetentionPolicy.read(write(path, {"tables": [SEVEN, longer]}))
    (removal,) = plan_retention(policy, lake, today=TODAY)
    assert removal.count == 1
    assert plan_retention(policy, lake, today=dt.date(2020, 2, 29)) == []
    missing = RetentionPolicy.read(write(path, {"tables": [{**SEVEN, "column": "seen_at"}]}))
    with pytest.raises(errors.SchemaError, match="seen_at"):
        plan_retention(missing, lake, today=TODAY)
    no_date = RetentionPolicy.read(write(path, {"tables": [{**SEVEN, "column": "value"}]}))
    with pytest.raises(errors.SchemaError, match="date or time"):
        plan_retention(no_date, lake, today=TODAY)
    for bad in (
        [],
        {"tables": [{"years": 7}]},
        {"tables": [{**SEVEN, "years": 0}]},
        {"rules": []},
        {"holds": [{"name": "x"}]},
    ):
        with pytest.raises(errors.ValueError, match="retention"):
            RetentionPolicy.read(write(path, bad))


def test_moved_dates_keep_rows_longer_and_a_rule_names_a_table(lake: Lake, tmp_path: Path) -> None:
    rows = lake.read("bronze.lab_results")
    lake.write("moved.lab_results", rows.with_column("deid_key_id", ["k"] * rows.num_rows))
    path = tmp_path / "p.json"
    rule = {**SEVEN, "tables": "lims.moved.*"}
    (removal,) = plan_retention(RetentionPolicy.read(write(path, {"tables": [rule]})), lake, today=TODAY)
    assert removal.before == dt.date(2019, 6, 15) - dt.timedelta(days=182)
    exact = {**rule, "shift_days": 0}
    (removal,) = plan_retention(RetentionPolicy.read(write(path, {"tables": [exact]})), lake, today=TODAY)
    assert removal.before == dt.date(2019, 6, 15)
    misspelt = RetentionPolicy.read(write(path, {"tables": [{**SEVEN, "tables": "*.bronce.*"}]}))
    with pytest.raises(errors.ValueError, match=r"bronce.*got none"):
        plan_retention(misspelt, lake, today=TODAY)


def test_old_files_go_but_for_those_in_a_held_folder(lake: Lake, log: AuditLog, tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    (raw / "held").mkdir(parents=True)
    for name, year in (("a.hl7", 2015), ("b.hl7", 2025), ("held/c.hl7", 2015), ("d.txt", 2015)):
        (raw / name).write_text("MSH|made up")
        time = dt.datetime(year, 1, 1, tzinfo=dt.timezone.utc).timestamp()
        os.utime(raw / name, (time, time))
    rule = {"folder": str(raw), "pattern": "**/*.hl7", "years": 7}
    holds = [{"name": "case 17", "folder": str(raw / "held")}]
    policy = RetentionPolicy.read(write(tmp_path / "p.json", {"files": [rule], "holds": holds}))
    (removal,) = plan_retention(policy, lake, today=TODAY)
    assert (removal.count, removal.held, removal.holds) == (1, 1, ("case 17",))
    apply_retention([removal], lake, audit=log, why="yearly")
    assert sorted(path.name for path in raw.rglob("*.*")) == ["b.hl7", "c.hl7", "d.txt"]


def test_the_longest_rule_holds_in_nested_and_differently_spelt_folders(
    lake: Lake, log: AuditLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    for name, year in (("raw/a.hl7", 2023), ("raw/b.hl7", 2015), ("raw/d.txt", 2023), ("c.txt", 2023)):
        (tmp_path / name).write_text("MSH|made up")
        time = dt.datetime(year, 1, 1, tzinfo=dt.timezone.utc).timestamp()
        os.utime(tmp_path / name, (time, time))
    (tmp_path / "other").symlink_to(raw)
    monkeypatch.chdir(tmp_path)
    two = {"folder": str(tmp_path), "pattern": "**/*.*", "years": 2}
    for spelling in (str(raw), "raw", "raw/", "./raw", "raw/../raw", "other", str(tmp_path)):
        seven = {"folder": spelling, "pattern": "**/*.hl7", "years": 7}
        for rules in ([two, seven], [seven, two], [{**two, "folder": "raw"}, seven, two]):
            policy = RetentionPolicy.read(write(tmp_path / "policy", {"files": rules}))
            files = [path for one in plan_retention(policy, lake, today=TODAY) for path in one.files]
            gone = {path for path in files if "lake" not in path.parts}
            assert gone == {raw / "b.hl7", raw / "d.txt", tmp_path / "c.txt"}, (spelling, rules)
            assert len(files) == len(set(files))
    holds = [{"name": "case 17", "folder": "raw"}, {"name": "case 18", "folder": "none"}]
    policy = RetentionPolicy.read(write(tmp_path / "policy", {"files": [two], "holds": holds}))
    (removal,) = plan_retention(policy, lake, today=TODAY)
    assert (removal.count, removal.held, removal.holds) == (1, 3, ("case 17",))
    apply_retention([removal], lake, audit=log, why="yearly")
    assert not (tmp_path / "c.txt").exists()
    assert (raw / "d.txt").exists()


def test_the_command_that_removes(lake: Lake, tmp_path: Path) -> None:
    from assay.cli.lims.deid import retention as retention_command

    run = CliRunner()
    policy = write(tmp_path / "p.json", {"tables": [SEVEN]})
    place = [str(lake.root), "--policy", str(policy)]
    dry = run.invoke(retention_command, place)
    assert dry.exit_code == 0, dry.output
    assert dry.stdout.startswith("would go: lims.bronze.lab_results: ")
    assert run.invoke(retention_command, [*place, "--apply"]).exit_code == 2
    done = run.invoke(retention_command, [*place, "--apply", "--audit", str(tmp_path / "log.jsonl")])
    assert "recorded in" in done.stdout
    assert AuditLog(tmp_path / "log.jsonl").verify().ok


def test_the_command_that_deidentifies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from assay.cli.lims.deid import deid as deid_command

    run = CliRunner()
    source = tmp_path / "rows.csv"
    source.write_text("patient_id,observed_at,value\nM-000123,2024-03-05,5.1\nM-000124,2024-03-06,5.2\n")
    plan = write(
        tmp_path / "plan.json",
        {"columns": {"patient_id": "identifier", "observed_at": "date", "value": "keep"}},
    )
    monkeypatch.delenv("ASSAY_DEID_KEY", raising=False)
    options = [str(source), "--out", str(tmp_path / "out.csv"), "--plan", str(plan)]
    assert isinstance(run.invoke(deid_command, options).exception, errors.AuthError)
    assert not (tmp_path / "out.csv").exists()
    monkeypatch.setenv("ASSAY_DEID_KEY", bytes(range(32)).hex())
    monkeypatch.setenv("ASSAY_VAULT_KEY", bytes(range(1, 33)).hex())
    assert run.invoke(deid_command, [*options, "--vault", str(tmp_path / "v")]).exit_code == 2
    vault = ["--vault", str(tmp_path / "v"), "--audit", str(tmp_path / "log.jsonl")]
    done = run.invoke(deid_command, [*options, *vault])
    assert done.exit_code == 0, done.output
    assert "out.csv: 2 rows, key " in done.stdout
    assert deid.find_identifiers(tmp_path / "out.csv", ["M-000123", "2024-03-05"]) == []
    assert deid.find_identifiers(tmp_path / "v", ["M-000123"]) == []

    source.write_text(
        "Quimby,2024-03-05,5.1\nTester,2024-03-06,5.2\n"
    )  # no header: names of columns are a patient's
    failed = run.invoke(deid_command, options)
    assert isinstance(failed.exception, errors.SchemaError)
    assert "Quimby" not in str(failed.exception)


def test_the_command_deidentifies_results_of_any_kind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assay.cli.lims.deid import deid as deid_command

    monkeypatch.setenv("ASSAY_DEID_KEY", bytes(range(32)).hex())
    source = tmp_path / "results.hl7"
    segments = [
        "MSH|^~\\&|L|H|E|H|20240305||ORU^R01|1|P|2.5",
        "PID|1||M-000123||Quimby",
        "OBR|1|P1|F1|X^Y|||20240305",
    ]
    source.write_text("\r".join([*segments, "OBX|1|NM|NA^Sodium||139|mmol/L|||||F", ""]))
    out = tmp_path / "out.csv"
    done = CliRunner().invoke(deid_command, [str(source), "--out", str(out), "--plan", "laboratory"])
    assert done.exit_code == 0, done.output
    assert "out.csv: 1 row, key " in done.stdout
    assert deid.find_identifiers(out, ["M-000123", "Quimby", "2024-03-05"]) == []
    assert ",139," in out.read_text()
