"""`assay lims units|loinc` read what `assay run lims` reads, by the same options. All patients are made up."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from assay.cli import main_group as main
from assay.data import read_local_tests
from assay.data.laboratory import read_results, standardise

HL7 = (
    "MSH|^~\\&|LAB||||202405011100||ORU^R01|1|P|2.5\rPID|||p1\rOBR|||F1||||20240501\r"
    "OBX|1|NM|K^Potassium^L||4.2|mmol/L|||||F\r"
    "OBX|2|NM|GLU^Glucose^L^2345-7^^LN||<5.0|mmol/L|||||F\r"
)
FHIR = """{"resourceType": "Observation", "id": "o1", "status": "final", "subject": {"reference": "Patient/p1"},
  "code": {"coding": [{"system": "http://loinc.org", "code": "2345-7", "display": "Glucose"}]},
  "effectiveDateTime": "2024-05-01T08:30:00Z",
  "valueQuantity": {"value": 90, "unit": "mg/dL", "system": "http://unitsofmeasure.org", "code": "mg/dL"}}
"""


def invoke(*arguments: object) -> Result:
    result = CliRunner().invoke(main, ["lims", *map(str, arguments)])
    assert result.exception is None or result.exit_code == 2, result.output + repr(result.exception)
    return result


@pytest.mark.parametrize(
    ("name", "content", "units", "loinc"),
    [
        ("messages.hl7", HL7, "2 rows: 2 standardised, 0 refused", "1 unmapped, 1 valid"),
        ("observations.ndjson", FHIR.replace("\n", " "), "1 rows: 1 standardised, 0 refused", "1 valid"),
        (
            "export.csv",
            "MRN,Collected At,Test Code,Result,UOM,LOINC Code\np1,2024-05-01 08:30,NA,140,mmol/L,2951-2\n"
            "p1,2024-05-01 08:30,PCT,<0.01,ng/mL,\n",
            "2 rows: 2 standardised, 0 refused",
            "1 unmapped, 1 valid",
        ),
    ],
)
def test_every_format_without_naming_columns(
    tmp_path: Path, name: str, content: str, units: str, loinc: str
) -> None:
    file = tmp_path / name
    file.write_text(content, newline="")
    assert units in invoke("units", file).output
    assert loinc in invoke("loinc", file).output


def test_mimic_as_the_run_reads_it(test_data: Path) -> None:
    folder = test_data / "mimic_iv_demo"
    published = folder / "d_labitems_to_loinc.csv"
    tests = read_local_tests(published, fluid="")[0]
    found = standardise(read_results(folder).rows, tests=tests)
    said = invoke("units", folder, "--map", published).output
    assert f"26,426 rows: {found.rows.num_rows:,} standardised, {found.refused.num_rows:,} refused" in said
    assert found.refused.num_rows == 531 + 3
    for rule, count in found.counts.items():
        assert f"  {rule}: {count:,}" in said


def test_numbers_and_times_as_a_laboratory_writes_them(tmp_path: Path) -> None:
    file = tmp_path / "werte.csv"
    file.write_text(
        "Wer;Wann;Was;Wieviel;Einheit\np1;31.03.2024 02:30;K;4,1;mmol/l\np1;01/05/2024 10:30;K;<4,5;mmol/l\n"
    )
    names = {"patient_id": "Wer", "observed_at": "Wann", "local_code": "Was", "value": "Wieviel"}
    columns = [part for ours, theirs in names.items() for part in ("--column", f"{ours}={theirs}")]
    mapping = tmp_path / "columns.json"
    mapping.write_text('{"Einheit": "unit"}')
    out = tmp_path / "silver.csv"
    options = [*columns, "--columns", mapping, "--decimal-comma", "--date-order", "day_first"]
    result = invoke("units", file, *options, "--zone", "Europe/Berlin", "--out", out)
    assert "1 of 2 results" in result.output and "Wann.zone: 1" in result.output
    [row] = csv.DictReader(out.open())
    assert (row["comparator"], float(row["value"]), row["unit_standard"]) == ("<", 4.5, "mmol/L")
    assert row["observed_at"].startswith("2024-05-01T08:30:00")
    assert "2 rows: 2 standardised" in invoke("units", file, *options).output  # in UTC both times exist


def test_a_list_of_tests_needs_no_patients(tmp_path: Path) -> None:
    file = tmp_path / "tests.csv"
    file.write_text("Test Code,Label,UOM\nWBC,Leukocytes,K/uL\nX,Unknown thing,furlong/wk\n")
    said = invoke("units", file).output
    assert "unit.unknown" in said and "10*3/uL" in said
    assert "2 unmapped" in invoke("loinc", file).output


def test_a_folder_and_what_to_leave_out(tmp_path: Path) -> None:
    (tmp_path / "results.csv").write_text("mrn,date,test_code,result,uom\np1,2024-05-01,K,4.1,mmol/L\n")
    (tmp_path / "towns.csv").write_text("a,b\n1,2\n")
    result = CliRunner().invoke(main, ["lims", "units", str(tmp_path)])
    assert "towns.csv" in str(result.exception) and "--skip" in str(result.exception)
    assert "1 rows: 1 standardised" in invoke("units", tmp_path, "--skip", "town*.csv").output
    (tmp_path / "towns.csv").unlink()
    remarks = read_results(tmp_path, skip=["town*.csv", "results_old.csv"]).remarks
    assert [text for text in remarks if "results_old.csv" in text] and [text for text in remarks if "town*" in text]
    assert not [text for text in read_results(tmp_path, skip=[]).remarks if text.startswith("skip")]


def test_units_need_a_column(tmp_path: Path) -> None:
    file = tmp_path / "results.csv"
    file.write_text("mrn,date,test_code,result\np1,2024-05-01,K,4.1\n")
    result = invoke("units", file)
    assert result.exit_code == 2 and "--column unit=THEIRS" in result.output


def test_deid_reads_by_the_same_options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_DEID_KEY", "5f1f8d3c0a9b7e6d4c2b1a0918273645" * 2)  # of this test alone
    file, out = tmp_path / "werte.csv", tmp_path / "shared.csv"
    file.write_text("Wer;date;test;value\np1;2024-03-31 02:30;K;4,1\np1;2024-05-01 10:30;K;4,2\n")
    options = ["--column", "patient_id=Wer", "--decimal-comma", "--zone", "Europe/Berlin", "--out", out]
    assert "left out: 1 row" in invoke("deid", file, "--plan", "laboratory", *options).output
    [row] = csv.DictReader(out.open())
    assert float(row["value"]) == 4.2 and row["patient_id"] != "p1"
    plan = tmp_path / "plan.json"
    plan.write_text('{"columns": {"Wer": "identifier", "date": "drop", "test": "keep", "value": "keep"}}')
    result = invoke("deid", file, "--plan", plan, *options)
    assert result.exit_code == 2 and "--plan laboratory" in result.output
