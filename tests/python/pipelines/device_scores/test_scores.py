"""Scores of a day: the rows in the table, what is set aside, and that a day is scored once."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from made_up_devices import MadeUpRisk, write_devices

import assay
from assay.data import Lake, Table
from assay.data.lake_days import days_of
from assay.data.lake_rows import sole_writer
from assay.pipelines import device_scores
from assay.pipelines.device_scores.store import DAYS, REFUSED, SCORES

DAY = date(2026, 11, 21)


def test_every_device_with_risk_class_reasons_and_action(
    fleet: Path, model: MadeUpRisk, tmp_path: Path
) -> None:
    done = device_scores.run(fleet, tmp_path / "out", model=model, day=DAY)
    rows = done.scores.to_pylist()
    assert [(row["device_id"], row["risk"], row["device_class"], row["flagged"]) for row in rows] == [
        ("A1", 100.0, "high", True),
        ("B2", 60.0, "high", True),
        ("E5", 60.0, "high", True),  # of equal risk, by name
        ("C3", 30.0, "medium", False),
        ("D4", 0.0, "low", False),
    ]
    assert json.loads(rows[0]["top_features"]) == [["temperature", 0.5], ["vibration", 0.5]]
    assert rows[4]["top_features"] == "[]"
    assert rows[0]["recommended_action"] == "Look at it today."
    assert json.loads(rows[1]["inputs"]) == {"temperature": 60.0, "vibration": 6.0}
    assert rows[0]["outside_training_range"] == "temperature"  # trained up to 90
    assert rows[1]["outside_training_range"] == ""
    assert rows[0]["previous_risk"] is None
    line = done.day
    assert (line.scored, line.high, line.medium, line.low, line.refused) == (5, 3, 1, 1, 0)
    stored = done.lake.read(SCORES)
    assert stored.num_rows == 5
    assert set(stored["scored_on"].to_pylist()) == {DAY}
    assert done.record.to_dict()["status"] == "done"


def test_the_change_since_the_day_before(fleet: Path, model: MadeUpRisk, tmp_path: Path) -> None:
    out = tmp_path / "out"
    device_scores.run(fleet, out, model=model, day=DAY - timedelta(days=3))
    now = write_devices(fleet, [("A1", 100, 10), ("B2", 20, 2), ("C3", 60, 6), ("F6", 80, 8)])
    done = device_scores.run(now, out, model=model, day=DAY)
    rows = {row["device_id"]: row for row in done.scores.to_pylist()}
    assert (rows["C3"]["previous_risk"], rows["C3"]["previous_class"]) == (30.0, "medium")
    assert rows["F6"]["previous_class"] is None
    assert done.day.compared_with == DAY - timedelta(days=3)
    assert (done.day.high, done.day.new_high) == (3, 2)  # C3, and F6 that was not there
    assert days_of(done.lake, SCORES, column="scored_on") == [DAY - timedelta(days=3), DAY]


def test_rows_that_cannot_be_scored_are_set_aside_with_their_rule(model: MadeUpRisk, tmp_path: Path) -> None:
    source = write_devices(
        tmp_path / "devices.csv",
        [
            ("A1", 10, 1),
            ("B2", "", 1),
            ("C3", "warm", 1),
            ("D4", "inf", 1),
            ("", 10, 1),
            ("F6", 10, 1),
            ("F6", 20, 1),
            ("  G7 ", 10, 1),
            ("H8", "nan", 1),
        ],
    )
    done = device_scores.run(source, tmp_path / "out", model=model, day=DAY)
    assert sorted(done.scores["device_id"].to_pylist()) == ["A1", "G7"]
    refused = {row["row"]: row["rules"] for row in done.lake.read(REFUSED).to_pylist()}
    assert refused[2] == "temperature.required"
    assert refused[3] == "temperature.type"
    assert refused[4] == "temperature.finite"
    assert refused[5] == "device.required"
    assert refused[6] == refused[7] == "device.repeated"
    assert refused[9] in ("temperature.finite", "temperature.required")  # a reader may take nan for missing
    read = done.step("read")
    assert (read.rows_read, read.accepted, read.rows_quarantined) == (9, 2, 7)


def test_a_line_that_cannot_be_read_keeps_the_numbers_of_the_others(
    model: MadeUpRisk, tmp_path: Path
) -> None:
    source = tmp_path / "devices.csv"
    source.write_text("device_id,temperature,vibration\nA1,1,1\nB2,1\nC3,,1\nD4,1,1\n")
    done = device_scores.run(source, tmp_path / "out", model=model, day=DAY)
    refused = {row["row"]: row["rules"] for row in done.lake.read(REFUSED).to_pylist()}
    assert refused[3] == "temperature.required"
    assert set(refused) == {2, 3}


def test_the_newest_row_of_a_device(model: MadeUpRisk, tmp_path: Path) -> None:
    source = tmp_path / "devices.csv"
    source.write_text(
        "device_id,day,temperature,vibration\nA1,2026-11-19,0,0\nA1,2026-11-20,60,6\nB2,2026-11-01,0,0\n"
        "C3,2026-11-20,1,1\nC3,2026-11-20,2,2\n"
    )
    done = device_scores.run(source, tmp_path / "out", model=model, day=DAY, latest="day")
    assert dict(zip(done.scores["device_id"].to_pylist(), done.scores["risk"].to_pylist(), strict=True)) == {
        "A1": 60.0,
        "B2": 0.0,
    }
    assert (done.day.rows_read, done.day.superseded, done.day.refused) == (5, 1, 2)  # two newest rows of C3


def scored_by_latest(
    given: list[str], model: MadeUpRisk, folder: Path, **options: Any
) -> tuple[dict[str, float], dict[int, str]]:
    """Risks by device and rules by row, where the column "at" tells the newest row."""
    folder.mkdir()
    source = folder / "devices.csv"
    source.write_text("\n".join(["device_id,at,temperature,vibration", *given]) + "\n")
    done = device_scores.run(source, folder / "out", model=model, day=DAY, latest="at", **options)
    refused = done.lake.read(REFUSED).to_pylist() if done.lake.exists(REFUSED) else []
    risks = dict(zip(done.scores["device_id"].to_pylist(), done.scores["risk"].to_pylist(), strict=True))
    return risks, {row["row"]: row["rules"] for row in refused}


def test_the_newest_row_by_text_is_newest_by_what_it_says(model: MadeUpRisk, tmp_path: Path) -> None:
    """One bad value makes a column text, in whose order "9" comes after "10"."""
    rows = ["A1,9,0,0", "A1,10,100,10", "B2,n/a,0,0", "B2,7,60,6", "C3,,1,1", "A1,inf,0,0"]
    assert scored_by_latest(rows, model, tmp_path / "numbers") == (
        {"A1": 100.0, "B2": 60.0},
        {3: "latest.type", 5: "latest.required", 6: "latest.finite"},
    )
    rows = [
        "A1,2026-11-20,0,0",
        "A1,2026-11-20T22:30:00-05:00,100,10",
        "A1,2026-11-21T03:00:00Z,60,6",
        "B2,2026-11-20 06:00:00,60,6",
        "B2,09/11/2026,0,0",
        "C3,2062-01-01T00:00:00Z,0,0",
        "D4,2026-11-10T00:00:00Z,0,0",
        "E5,20261121,0,0",
        "F6,2026-11-20T05:00,60,6",
    ]
    assert scored_by_latest(rows, model, tmp_path / "times", most_days=7) == (
        {"A1": 100.0, "B2": 60.0, "F6": 60.0},
        {5: "latest.type", 6: "latest.future", 7: "latest.old", 8: "latest.type"},
    )


def test_text_that_is_in_no_order_is_refused(model: MadeUpRisk, tmp_path: Path) -> None:
    days = ["A1,10/01/2026,0,0", "A1,09/11/2026,100,10"]
    with pytest.raises(assay.SchemaError, match=r"expected dates or times .* or numbers, got text that is neither"):
        scored_by_latest(days, model, tmp_path / "days")
    with pytest.raises(assay.SchemaError, match="--most-days"):
        scored_by_latest(["A1,1,0,0", "A1,x,0,0"], model, tmp_path / "numbers", most_days=1)
    source = tmp_path / "devices.parquet"
    place = {"device_id": ["A1"], "temperature": [1.0], "vibration": [1.0]}
    pq.write_table(pa.table({**place, "at": pa.array([True])}), source)
    with pytest.raises(assay.SchemaError, match="got bool"):
        device_scores.run(source, tmp_path / "out", model=model, day=DAY, latest="at")
    pq.write_table(pa.table({**place, "at": pa.array(["9"]).dictionary_encode()}), source)
    assert device_scores.run(source, tmp_path / "out", model=model, day=DAY, latest="at").day.scored == 1


def test_a_day_scored_anew_keeps_no_row_that_was_set_aside_before(model: MadeUpRisk, tmp_path: Path) -> None:
    source, out = tmp_path / "devices.csv", tmp_path / "out"
    write_devices(source, [("A1", 10, 1), ("B2", "", 1)])
    before = device_scores.run(source, out, model=model, day=DAY - timedelta(days=1))
    device_scores.run(source, out, model=model, day=DAY)
    write_devices(source, [("A1", 10, 1), ("B2", 20, 1)])
    done = device_scores.run(source, out, model=model, day=DAY, again=True)
    assert (done.day.scored, done.day.refused) == (2, 0)
    left = [(row["scored_on"], row["device_id"]) for row in done.lake.read(REFUSED).to_pylist()]
    assert left == [(before.day.scored_on, "B2")]
    assert done.lake.read(SCORES).num_rows == 3
    device_scores.run(source, out, model=model, day=DAY, again=True)  # and once more without any
    write_devices(source, [("A1", 10, 1), ("B2", "", 1)])
    device_scores.run(source, out, model=model, day=DAY, again=True)
    assert done.lake.read(REFUSED).num_rows == 2


def test_devices_that_are_old_or_ahead_of_their_time(model: MadeUpRisk, tmp_path: Path) -> None:
    source = tmp_path / "devices.csv"
    rows = [
        "A1,2026-11-14,1,1",
        "B2,2026-11-13,1,1",
        "C3,2026-11-20,2,2",
        "C3,2062-11-20,100,10",
        "D4,,1,1",
        "D4,2026-11-21,1,1",
    ]
    source.write_text("\n".join(["device_id,day,temperature,vibration", *rows]) + "\n")
    done = device_scores.run(source, tmp_path / "out", model=model, day=DAY, latest="day", most_days=7)
    assert sorted(done.scores["device_id"].to_pylist()) == ["A1", "C3", "D4"]
    refused = {row["row"]: row["rules"] for row in done.lake.read(REFUSED).to_pylist()}
    assert refused == {2: "latest.old", 4: "latest.future", 5: "latest.required"}
    with pytest.raises(assay.SchemaError, match="dates or times"):
        device_scores.run(source, tmp_path / "b", model=model, day=DAY, latest="temperature", most_days=7)
    with pytest.raises(assay.ValueError, match="together with latest"):
        device_scores.run(source, tmp_path / "c", model=model, day=DAY, most_days=7)


def test_where_every_row_is_old_or_repeated_what_to_do_is_said(model: MadeUpRisk, tmp_path: Path) -> None:
    source = tmp_path / "devices.csv"
    rows = ["A1,2026-06-01,1,1", "A1,2026-06-02,1,1", "B2,2026-06-03,1,1", "B2,2026-06-02,1,1"]
    source.write_text("\n".join(["device_id,day,temperature,vibration", *rows]) + "\n")
    with pytest.raises(assay.ValueError) as said:
        device_scores.run(source, tmp_path / "out", model=model, day=DAY, latest="day", most_days=7)
    days = (DAY - date(2026, 6, 3)).days
    assert f"newest row is of 2026-06-03, {days} days before {DAY} (--most-days 7)" in str(said.value)
    assert str(said.value).endswith("score that day with --day 2026-06-03")
    done = device_scores.run(
        source, tmp_path / "there", model=model, day=date(2026, 6, 3), latest="day", most_days=7
    )
    assert done.day.scored == 2  # what the sentence advises works
    with pytest.raises(assay.ValueError, match="--latest COLUMN takes the newest"):
        device_scores.run(source, tmp_path / "out", model=model, day=DAY)


@pytest.mark.parametrize("kind", ["parquet", "delta"])
def test_other_sources(kind: str, model: MadeUpRisk, tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = {"device_id": ["A1", "B2"], "temperature": [100, 0], "vibration": [10.0, None]}
    source = tmp_path / "devices.parquet"
    if kind == "delta":
        lake = Lake(tmp_path / "source")
        lake.write("gold.devices", Table.from_dict(rows))
        source = lake.path("gold.devices")
    else:
        pq.write_table(pa.table(rows), source)
    done = device_scores.run(source, tmp_path / "out", model=model, day=DAY)
    assert done.scores["device_id"].to_pylist() == ["A1"]
    assert done.day.refused == 1


def test_a_second_run_of_the_day_changes_nothing(fleet: Path, model: MadeUpRisk, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = device_scores.run(fleet, out, model=model, day=DAY)
    versions = {name: len(first.lake.history(name)) for name in first.lake.tables()}
    workbook = first.workbook.read_bytes()
    write_devices(fleet, [("Z9", 100, 10)])
    second = device_scores.run(fleet, out, model=model, day=DAY)
    assert model.asked == 1
    assert second.step("score").status.value == "skipped"
    assert {name: len(second.lake.history(name)) for name in second.lake.tables()} == versions
    assert second.workbook.read_bytes() == workbook
    assert second.day == first.day
    fleet.unlink()  # what is not needed need not be there
    device_scores.run(fleet, out, model=model, day=DAY)


def test_a_day_can_be_scored_anew(fleet: Path, model: MadeUpRisk, tmp_path: Path) -> None:
    out = tmp_path / "out"
    device_scores.run(fleet, out, model=model, day=DAY - timedelta(days=1))
    device_scores.run(fleet, out, model=model, day=DAY)
    write_devices(fleet, [("Z9", 100, 10), ("Y8", "", 1)])
    done = device_scores.run(fleet, out, model=model, day=DAY, again=True)
    assert done.scores["device_id"].to_pylist() == ["Z9"]
    assert done.lake.read(SCORES).num_rows == 6  # the day before stays
    assert done.lake.read(DAYS).num_rows == 2
    again = device_scores.run(fleet, out, model=model, day=DAY)
    assert again.scores.equals(done.scores)
    assert (again.day.scored, again.day.refused) == (1, 1)


def test_rows_without_their_line_are_scored_anew(fleet: Path, model: MadeUpRisk, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = device_scores.run(fleet, out, model=model, day=DAY)
    lines = first.lake.read(DAYS)
    first.lake.write(DAYS, lines.with_column("run_key", Table.from_dict({"k": ["other"]})["k"]))
    second = device_scores.run(fleet, out, model=model, day=DAY)
    assert model.asked == 2
    assert second.day.run_key == first.day.run_key


def test_a_folder_of_tables_is_told_from_a_table(model: MadeUpRisk, tmp_path: Path) -> None:
    run_out = tmp_path / "lims"
    with pytest.raises(assay.IoError, match=r"got another folder$"):
        device_scores.run(tmp_path, tmp_path / "out", model=model, day=DAY)
    lake = Lake(run_out / "lake", catalog="LIMS")
    rows = Table.from_dict({"device_id": ["A1"], "day": [DAY], "temperature": [1.0], "vibration": [1.0]})
    lake.write("gold.device_days", rows)
    for folder in (run_out, run_out / "lake", run_out / "lake" / "LIMS"):
        with pytest.raises(assay.IoError) as said:
            device_scores.run(folder, tmp_path / "out", model=model, day=DAY)
        named = str(said.value).partition("the devices are in ")[2].partition(" (with")[0]
        assert Path(named) == lake.path("gold.device_days")
    assert device_scores.run(named, tmp_path / "out", model=model, day=DAY, latest="day").day.scored == 1


def test_what_is_wrong_is_said(fleet: Path, model: MadeUpRisk, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(assay.IoError):
        device_scores.run(tmp_path / "none.csv", out, model=model, day=DAY)
    source = tmp_path / "other.csv"
    source.write_text("device_id,temperature\nA1,1\n")
    with pytest.raises(assay.SchemaError, match="'vibration'"):
        device_scores.run(source, out, model=model, day=DAY)
    source.write_text("name,temperature,vibration\nA1,1,1\n")
    with pytest.raises(assay.SchemaError, match="--device"):
        device_scores.run(source, out, model=model, day=DAY)
    with pytest.raises(assay.ValueError, match=r"at least one device.*temperature\.required 1"):
        device_scores.run(write_devices(source, [("A1", "", 1)]), out, model=model, day=DAY)
    with pytest.raises(assay.ValueError, match="at least one device"):
        device_scores.run(write_devices(source, []), out, model=model, day=DAY)
    with pytest.raises(assay.ValueError, match="day that has begun"):
        device_scores.run(fleet, out, model=model, day=date(2999, 1, 1))
    assert not Lake(out / "lake", catalog="LIMS").exists(SCORES)
    assert json.loads((out / "run.json").read_text())["status"] == "failed"


@pytest.mark.parametrize("name", ["devices.parquet", "devices.csv", "folder"])
def test_sources_that_are_none(name: str, model: MadeUpRisk, tmp_path: Path) -> None:
    source = tmp_path / name
    if name == "folder":
        source.mkdir()
    else:
        source.write_bytes(b"\x00\x01PAR1 nothing of the kind\xff")
    with pytest.raises((assay.IoError, assay.SchemaError)):
        device_scores.run(source, tmp_path / "out", model=model, day=DAY)


def test_a_model_that_answers_something_else_is_refused(fleet: Path, tmp_path: Path) -> None:
    class Broken(MadeUpRisk):
        def assess(self, table: Table) -> dict[str, object]:
            return {**super().assess(table), "risk": [101.0] * table.num_rows}

    with pytest.raises(assay.ShapeError, match="risks from 0 to 100"):
        device_scores.run(fleet, tmp_path / "out", model=Broken(), day=DAY)


def test_one_run_at_a_time(fleet: Path, model: MadeUpRisk, tmp_path: Path) -> None:
    lake = Lake(tmp_path / "out" / "lake", catalog="LIMS")
    with sole_writer(lake, SCORES), pytest.raises(assay.StateError, match="another load"):
        device_scores.run(fleet, tmp_path / "out", model=model, day=DAY)
