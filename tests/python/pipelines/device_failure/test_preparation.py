"""Features and labels of device failure: leaks never, derived columns anew, devices in one fold."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pytest

from assay import SchemaError
from assay.data import Table, read_csv
from assay.errors import ValueError as AssayValueError
from assay.pipelines.device_failure import LEAKS, prepare, prepare_device_days, read_source
from assay.pipelines.device_failure.judging import outer_folds


@pytest.fixture(scope="module")
def records(test_data: Path) -> Table:
    return read_csv(test_data / "maintenance" / "ai4i2020.csv").rows


def test_the_real_records(test_data: Path) -> None:
    prepared = read_source(test_data / "maintenance" / "ai4i2020.csv")
    assert (len(prepared.label), prepared.failures) == (10_000, 339)
    assert prepared.features.column_names == [
        "Type",
        "Air temperature [K]",
        "Process temperature [K]",
        "Rotational speed [rpm]",
        "Torque [Nm]",
        "Tool wear [min]",
        "power",
        "temperature_difference",
        "strain",
    ]
    assert (
        prepared.version is not None
        and prepared.version.kind == "file"
        and len(prepared.version.version) == 64
    )
    assert set(LEAKS) <= set(prepared.left_out) and "Mechanical Power" in prepared.left_out
    row = prepared.matrix[0]
    assert (
        row[6] == pytest.approx(42.8 * 2 * math.pi / 60 * 1551)
        and row[7] == pytest.approx(10.5)
        and row[8] == 0
    )


def test_leaks_and_what_the_copier_added_change_nothing(records: Table) -> None:
    plain = prepare(records)
    without = prepare(
        records.drop([*LEAKS, "Temperature Difference", "Mechanical Power", "UDI", "Product ID"])
    )
    np.testing.assert_array_equal(plain.matrix, without.matrix)
    wrong = records.with_column("Mechanical Power", np.zeros(records.num_rows))
    np.testing.assert_array_equal(prepare(wrong).matrix, plain.matrix)


def test_an_unknown_column_is_refused_for_it_might_be_a_leak(records: Table) -> None:
    with pytest.raises(SchemaError, match="'Repair cost' is none of AI4I 2020"):
        prepare(records.with_column("Repair cost", np.zeros(records.num_rows)))
    with pytest.raises(SchemaError, match="got no 'Torque"):
        prepare(records.drop(["Torque [Nm]"]))
    with pytest.raises(AssayValueError, match="L, M or H"):
        prepare(records.with_column("Type", ["X"] * records.num_rows))
    with pytest.raises(AssayValueError, match="0 and 1"):
        prepare(records.with_column("Machine failure", [2] * records.num_rows))


def test_device_days_of_a_made_up_fleet_keep_devices_whole(tmp_path: Path) -> None:
    from assay.pipelines.lims.fleet import simulate_fleet, write_fleet

    source = write_fleet(simulate_fleet(devices=8, days=70, results_a_day=3, seed=2), tmp_path / "made_up")
    prepared = read_source(source)
    assert prepared.preparation == "device_days" and prepared.groups is not None
    assert (prepared.horizon, read_source(source, horizon=3).horizon) == (7, 3)
    assert 0 < prepared.failures < len(prepared.label) and prepared.dropped_rows > 0
    assert "device_id" not in prepared.features.column_names and "day" not in prepared.features.column_names
    fold = outer_folds(prepared.label, prepared.groups, folds=3, seed=0)
    for device in set(prepared.groups):
        assert len(set(fold[prepared.groups == device])) == 1
    (source / "device_events.csv").unlink()
    with pytest.raises(SchemaError, match="expected device_events"):
        read_source(source)


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati"])
def test_outages_are_counted_once_whatever_days_stand_before_them(zone: str) -> None:
    """Against a count by moments: of every failing day the beginnings in the days after, by the log alone."""
    from datetime import datetime, time, timedelta, timezone
    from zoneinfo import ZoneInfo

    from assay.features import laboratory
    from assay.pipelines.lims.fleet import simulate_fleet

    made = simulate_fleet(devices=12, days=100, results_a_day=1, seed=3).events
    moments = [np.datetime64(row["at"].rstrip("Z").replace(" ", "T"), "us") for row in made]
    events = Table.from_dict(
        {
            "device_id": [row["device_id"] for row in made],
            "at": np.array(moments),
            "kind": [row["kind"] for row in made],
            "value": [float(row["value"] or "nan") for row in made],
        }
    )
    times = dict.fromkeys(("observed_at", "reported_at"), np.array(moments))
    results = Table.from_dict({"device_id": events.column("device_id"), **times, "value": np.ones(len(made))})
    days = laboratory.device_days(results, None, events, zone=zone).rows
    prepared = prepare_device_days(days, events, zone=zone)
    marks = laboratory.failures_ahead(days, events, zone=zone).to_pylist()
    found = set()
    for row in (row for row, mark in zip(days.to_pylist(), marks, strict=True) if mark):
        ends = datetime.combine(row["day"], time(), ZoneInfo(zone)) + timedelta(days=1)
        after = np.datetime64(ends.astimezone(timezone.utc).replace(tzinfo=None), "us")
        device = row["device_id"]
        own = [(at, one) for at, one in zip(moments, made, strict=True) if one["device_id"] == device]
        downs = [at for at, one in own if one["kind"] == "down"]
        found.add((device, min(at for at in downs if at >= after)))
    assert prepared.outages == len(found) > 3
    assert prepared.failing_devices == len({device for device, _ in found})
    assert prepared.failures > 3 * prepared.outages  # about a week of days stands before each


def test_days_without_a_known_answer() -> None:
    from assay.features import laboratory

    at = np.array(["2026-01-05"], dtype="M8[us]")
    results = Table.from_dict({"device_id": ["A"], "observed_at": at, "reported_at": at, "value": [1.0]})
    events = Table.from_dict({"device_id": ["A"], "at": at, "kind": ["up"]})
    days = laboratory.device_days(results, None, events).rows
    with pytest.raises(AssayValueError, match="whose answer is known"):
        prepare_device_days(days, events)


@pytest.mark.parametrize(("column", "line"), [("Torque [Nm]", 51), ("Machine failure", 7)])
def test_text_among_numbers_is_said_with_its_line(
    test_data: Path, tmp_path: Path, column: str, line: int
) -> None:
    import csv

    with (test_data / "maintenance" / "ai4i2020.csv").open(newline="", encoding="utf-8-sig") as opened:
        rows = list(csv.reader(opened))[:100]
    rows[line - 1][rows[0].index(column)] = "private"
    file = tmp_path / "abc.csv"
    with file.open("w", newline="", encoding="utf-8") as opened:
        csv.writer(opened).writerows(rows)
    with pytest.raises(SchemaError) as said:
        read_source(file)
    assert str(said.value) == (
        f"abc.csv: '{column}' is to hold numbers; 1 row holds text, the first in line {line}; mend or remove it"
    )
    rows[line][rows[0].index(column)] = "private"
    with file.open("w", newline="", encoding="utf-8") as opened:
        csv.writer(opened).writerows(rows)
    with pytest.raises(SchemaError, match=f"2 rows hold text, the first in line {line}; mend or remove them"):
        read_source(file)
    with pytest.raises((SchemaError, AssayValueError), match=f"in column '{re.escape(column)}'"):
        prepare(read_csv(file).rows)


def test_rows_that_cannot_be_read_are_said_with_the_first_line(test_data: Path, tmp_path: Path) -> None:
    lines = (test_data / "maintenance" / "ai4i2020.csv").read_text(encoding="utf-8-sig").splitlines()[:60]
    file = tmp_path / "abc.csv"
    for cut, said in (([20], "1 row cannot be read"), ([41, 20], "2 rows cannot be read")):
        for line in cut:
            lines[line - 1] = ",".join(lines[line - 1].split(",")[:5])
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        with pytest.raises(AssayValueError) as refused:
            read_source(file)
        fields = len(lines[0].split(","))
        assert f"abc.csv: {said}, the first in line 20, which has not the {fields} fields of the header" in str(
            refused.value
        )


def test_what_is_no_table_of_records_is_said(records: Table, tmp_path: Path) -> None:
    for name, content in (("a.json", '{\n"x": [1,\n2]}\n'), ("b.json", ' \n[{"x": 1}]\n')):
        (tmp_path / name).write_text(content, encoding="utf-8")
        with pytest.raises(SchemaError, match=f"{name} is no CSV file"):
            read_source(tmp_path / name)
    with pytest.raises(SchemaError, match=r"got no 'Torque \[Nm\]' and unknown came 'Moment \[Nm\]' \(renamed\?\)$"):
        prepare(records.rename({"Torque [Nm]": "Moment [Nm]"}))
    with pytest.raises(SchemaError, match="1 of 7 needed columns found: is this the file"):
        prepare(records.select(["Type", "UDI"]))


def test_a_horizon_is_of_a_laboratory_alone(test_data: Path, tmp_path: Path) -> None:
    from click.testing import CliRunner

    from assay.cli import main_group

    file = test_data / "maintenance" / "ai4i2020.csv"
    asked = ["lims", "train", str(file), "--out", str(tmp_path), "--horizon", "3"]
    result = CliRunner().invoke(main_group, asked)
    assert result.exit_code == 2 and "SOURCE holds records of machines" in result.output
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_another_format_is_left_out_where_asked(tmp_path: Path) -> None:
    from assay import Error
    from assay.pipelines.lims.fleet import simulate_fleet, write_fleet

    write_fleet(simulate_fleet(devices=3, days=60, results_a_day=1, seed=1), tmp_path)
    plain = read_source(tmp_path)
    (tmp_path / "old.hl7").write_text("MSH|^~\\&|A|B|C|D|20260101||ORU^R01|1|P|2.5\r", encoding="utf-8")
    with pytest.raises(Error, match="--skip"):
        read_source(tmp_path)
    np.testing.assert_array_equal(read_source(tmp_path, skip=["*.hl7"]).matrix, plain.matrix)
