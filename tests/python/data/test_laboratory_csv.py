"""CSV and MIMIC-IV to laboratory results, checked against Python's csv module. Patients here are made up."""

from __future__ import annotations

import csv
import gzip
import shutil
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import assay
from assay.data import clinical_schema, laboratory


def write(folder: Path, text: str, name: str = "results.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_an_export_ends_in_the_one_schema(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "mrn;drawn at;test code;result;uom;lab phone\n"
        "p1;2024-05-01T08:30:00;GLU;95;mg/dL;1\n"
        "p2;2024-05-01 08:30:00;TSH;<0.01;mIU/L;1\n"
        ";2024-05-01 08:30:00;TSH;0.5;mIU/L;1\n",
    )
    read = laboratory.read_results_csv(path)
    assert read.rows.schema.names == clinical_schema("laboratory_results").names
    rows = read.rows.to_pydict()
    assert rows["value"] == [95.0, 0.01]
    assert rows["comparator"] == [None, "<"]
    assert rows["source_line"] == [2, 3]
    assert rows["result_id"] == ["results.csv:2", "results.csv:3"]
    assert read.rejected.counts_by_rule() == {"mrn.required": 1}
    assert read.rejected.table.to_pydict()["raw"] == [b";2024-05-01 08:30:00;TSH;0.5;mIU/L;1"]
    assert read.rows_read == 3
    assert "columns that were not read: lab phone" in read.remarks
    assert "3 results read" in read._repr_html_()


def test_times_without_a_zone_are_read_in_the_zone_named(tmp_path: Path) -> None:
    path = write(tmp_path, "patient,date,test,value\np,03/04/2024 10:00,GLU,1\np,2024-04-03T08:00:00Z,GLU,1\n")
    vienna = timezone(timedelta(hours=2))
    read = laboratory.read_results_csv(path, zone=vienna, dates="day_first")
    assert read.rows.to_pydict()["observed_at"] == [datetime(2024, 4, 3, 8, tzinfo=timezone.utc)] * 2
    assert laboratory.read_results_csv(path).rejected.counts_by_rule() == {"date.type": 1}
    with pytest.raises(ValueError, match="dates"):
        laboratory.read_results_csv(path, dates="ymd")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="14 hours"):
        laboratory.read_results_csv(path, zone=timedelta(hours=20))


@pytest.mark.parametrize("name", ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"])
def test_local_times_are_read_as_zoneinfo_reads_them(tmp_path: Path, name: str) -> None:
    zone = ZoneInfo(name)
    # Every 37 minutes of a year, the hours that the clocks leave out or show twice among them.
    local = [datetime(2024, 1, 1) + timedelta(minutes=37 * n) for n in range(14_000)]
    path = write(tmp_path, "patient,date,test,value\n" + "".join(f"p,{time},K,4\n" for time in local))
    read = laboratory.read_results_csv(path, zone=name)
    # What was shown twice is the second (fold=1), as in PostgreSQL; what was left out does not come back as it went.
    instants = [time.replace(tzinfo=zone, fold=1).astimezone(timezone.utc) for time in local]
    back = [instant.astimezone(zone).replace(tzinfo=None) for instant in instants]
    expected = [instant for instant, shown, time in zip(instants, back, local, strict=True) if shown == time]
    skipped = len(local) - len(expected)
    assert skipped <= 2 and (name != "Asia/Kolkata" or skipped == 0)
    assert read.rejected.counts_by_rule() == ({"date.zone": skipped} if skipped else {})
    assert read.rows_read == len(expected) + skipped
    assert read.rows.to_pydict()["observed_at"] == expected
    assert laboratory.read_results_csv(path, zone=zone).rows.to_pydict()["observed_at"] == expected
    with pytest.raises(ValueError, match="Europe/Berlin"):
        laboratory.read_results_csv(path, zone="Europe/Nowhere")


def test_a_missing_column_is_named_and_no_value_is(tmp_path: Path) -> None:
    path = write(tmp_path, "patient,test,value\nsecret-patient,GLU,1\n")
    with pytest.raises(assay.SchemaError, match="observed_at") as caught:
        laboratory.read_results_csv(path)
    assert "secret-patient" not in str(caught.value)
    with pytest.raises(assay.ValueError, match="valeu"):
        laboratory.read_results_csv(path, {"value": "valeu"})


def test_mimic_iv_comes_out_complete(test_data: Path, tmp_path: Path) -> None:
    folder = test_data / "mimic_iv_demo"
    if not (folder / "labevents.csv").exists():
        pytest.skip("the MIMIC-IV demo is not in the test data")
    read = laboratory.read_mimic_iv(folder)
    with open(folder / "labevents.csv", newline="", encoding="utf-8") as file:
        expected = list(csv.DictReader(file))
    with open(folder / "d_labitems.csv", newline="", encoding="utf-8") as file:
        labels = {row["itemid"]: row["label"] for row in csv.DictReader(file)}
    with open(folder / "d_labitems_to_loinc.csv", newline="", encoding="utf-8") as file:
        loinc = {
            row["itemid (omop_source_code)"]: row["omop_concept_code"]
            for row in csv.DictReader(file)
            if row["omop_vocabulary_id"] == "LOINC"
        }
    assert read.rows_read == read.rows.num_rows == len(expected) == 26_426
    assert len(read.rejected) == 0 and read.superseded.num_rows == 0
    rows = read.rows.to_pydict()
    assert rows["result_id"] == [row["row_id"] for row in expected]
    assert rows["patient_id"] == [row["subject_id"] for row in expected]
    assert rows["local_code"] == [row["itemid"] for row in expected]
    assert rows["value"] == [float(row["valuenum"]) if row["valuenum"] else None for row in expected]
    assert rows["unit"] == [row["valueuom"] or None for row in expected]
    assert rows["test_name"] == [labels.get(row["itemid"]) or None for row in expected]
    assert rows["loinc"] == [loinc.get(row["itemid"]) or None for row in expected]
    times = [datetime.fromisoformat(row["charttime"]).replace(tzinfo=timezone.utc) for row in expected]
    assert rows["observed_at"] == times

    packed = tmp_path / "packed"
    packed.mkdir()
    for name in ("labevents.csv", "d_labitems.csv", "d_labitems_to_loinc.csv"):
        with open(folder / name, "rb") as plain, gzip.open(packed / f"{name}.gz", "wb", 1) as out:
            shutil.copyfileobj(plain, out)
    again = laboratory.read_mimic_iv(packed)
    columns = [name for name in read.rows.schema.names if name != "source_file"]
    assert again.rows.select(columns).to_pydict() == read.rows.select(columns).to_pydict()


def test_many_rows_agree_with_a_simple_reader(tmp_path: Path) -> None:
    """More rows than one thread takes at a time; quoted line ends move the lines of all that follow."""
    lines = ["id,patient,date,test,result,ref_range,flag,comment"]
    expected = []
    line = 2
    for n in range(150_000):
        comment = '"two\nlines"' if n % 1000 == 7 else ""
        value = "" if n % 997 == 0 else f"{'<' if n % 13 == 0 else ''}{n / 8}"
        name = "" if n % 3 else f"r{n}"
        lines.append(f"{name},p{n % 100},2024-05-01,K,{value},{n % 5}-{n % 5 + 2},high,{comment}")
        expected.append(
            (name or f"many.csv:{line}", n / 8 if value else None, "<" if value[:1] == "<" else None, n % 5, line)
        )
        line += 2 if comment else 1
    path = write(tmp_path, "\n".join(lines) + "\n", "many.csv")
    read = laboratory.read_results_csv(path, {"id": "result_id"})
    rows = read.rows.to_pydict()
    names = ("result_id", "value", "comparator", "reference_low", "source_line")
    assert list(zip(*(rows[name] for name in names), strict=True)) == expected
    assert set(rows["flag"]) == {"H"}
    assert rows["absent_reason"].count("unknown") == len([n for n in range(150_000) if n % 997 == 0 and n % 1000 != 7])
