"""OMOP MEASUREMENT to laboratory results, and telling kinds. All patients are synthetic or made up."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import datetime, timezone
from pathlib import Path

import pytest

import assay
from assay.data import laboratory

HEADER = (
    "measurement_id,person_id,measurement_concept_id,measurement_date,measurement_datetime,operator_concept_id,"
    "value_as_number,value_as_concept_id,unit_concept_id,range_low,range_high,measurement_source_value,"
    "unit_source_value,value_source_value\n"
)
CONCEPTS = (
    "concept_id,concept_name,vocabulary_id,concept_code\n"
    "3004501,Glucose [Mass/volume] in Serum or Plasma,LOINC,2345-7\n"
    "8840,milligram per deciliter,UCUM,mg/dL\n"
    "9189,Negative,SNOMED,260385009\n"
)


def test_the_shared_database_comes_out_complete(test_data: Path) -> None:
    path = test_data / "omop" / "Synthea27Nj_5.4.zip"
    if not path.exists():
        pytest.skip("the OMOP database is not in the test data")
    with zipfile.ZipFile(path) as archive:
        tables = {}
        for name in ("MEASUREMENT.csv", "CONCEPT.csv"):
            with archive.open(name) as file:
                tables[name] = list(csv.DictReader(io.TextIOWrapper(file, encoding="utf-8", newline="")))
    concepts = {row["concept_id"]: row for row in tables["CONCEPT.csv"]}
    expected = tables["MEASUREMENT.csv"]
    assert laboratory.results_kind(path) == "omop"
    read = laboratory.read_results(path)
    rows = read.rows.to_pydict()
    assert read.rows_read == read.rows.num_rows == len(expected) == 10_040
    assert len(read.rejected) == 0
    assert rows["result_id"] == [row["measurement_id"] for row in expected]
    assert rows["patient_id"] == [row["person_id"] for row in expected]

    def code(identifier: str, vocabulary: str) -> str | None:
        concept = concepts.get(identifier)
        return concept["concept_code"] if concept and concept["vocabulary_id"] == vocabulary else None

    loinc = [
        code(row["measurement_concept_id"], "LOINC") or code(row["measurement_source_concept_id"], "LOINC")
        for row in expected
    ]
    assert rows["loinc"] == loinc
    units = [code(row["unit_concept_id"], "UCUM") or row["unit_source_value"] or None for row in expected]
    assert rows["unit"] == units
    numbers = [row["value_as_number"] for row in expected]
    known = [i for i, number in enumerate(numbers) if number]
    assert [rows["value"][i] for i in known] == [float(numbers[i]) for i in known]
    times = [datetime.fromisoformat(row["measurement_datetime"]).replace(tzinfo=timezone.utc) for row in expected]
    assert rows["observed_at"] == times
    assert set(rows["source_file"]) == {"MEASUREMENT.csv"}


def test_concepts_give_comparators_units_and_words(tmp_path: Path) -> None:
    (tmp_path / "measurement.csv").write_text(
        HEADER
        + "1,10,3004501,2024-05-01,2024-05-01 08:30:00,4171756,5,,8840,70,99,GLU,mg/dl,5\n"
        + "2,10,3004501,2024-05-01,,0,5,0,0,,,GLU,mg/dl,<5\n"
        + "3,10,3004501,2024-05-01,,4172703,6,0,0,,,GLU,,other\n"
        + "4,10,0,2024-05-01,,,,9189,,,,CULT,,\n"
        + "5,10,0,2024-05-01,,,,,,,,CULT,,\n"
        + "6,,0,2024-05-01,,,1,,,,,CULT,,\n"
        + "7,10,0,someday,,,1,,,,,CULT,,\n",
        encoding="utf-8",
    )
    (tmp_path / "CONCEPT.csv").write_text(CONCEPTS, encoding="utf-8")
    read = laboratory.read_omop(tmp_path)
    rows = read.rows.to_pydict()
    assert rows["comparator"] == ["<", "<", None, None, None]
    assert rows["value"] == [5.0, 5.0, 6.0, None, None]
    assert rows["text"] == [None, None, None, "Negative", None]
    assert rows["absent_reason"] == [None, None, None, None, "unknown"]
    assert rows["unit"] == ["mg/dL", "mg/dl", None, None, None]
    assert rows["loinc"] == ["2345-7", "2345-7", "2345-7", None, None]
    assert rows["reference_low"] == [70.0, None, None, None, None]
    assert rows["observed_at"][0] == datetime(2024, 5, 1, 8, 30, tzinfo=timezone.utc)
    assert rows["observed_at"][1] == datetime(2024, 5, 1, tzinfo=timezone.utc)
    assert read.rejected.counts_by_rule() == {"person_id.required": 1, "measurement_date.type": 1}
    assert read.rows_read == 7


def test_an_archive_without_measurements_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "omop.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("PERSON.csv", "person_id\n1\n")
    with pytest.raises(assay.IoError, match="MEASUREMENT"):
        laboratory.read_results(path)
    with pytest.raises(assay.IoError, match="MEASUREMENT"):
        laboratory.read_omop(tmp_path)


def test_kinds_are_told(tmp_path: Path, test_data: Path) -> None:
    results = "patient,date,test,value\np,2024-05-01,GLU,1\n"
    message = "MSH|^~\\&|||||20240501||ORU^R01|1|P|2.5\rPID|||p\rOBR|||F||||20240501\rOBX|1|NM|K||4\r"

    def folder(name: str, **files: str) -> Path:
        path = tmp_path / name
        path.mkdir()
        for file, text in files.items():
            (path / file.replace("_", ".")).write_text(text, encoding="utf-8", newline="")
        return path

    both = folder("csv", a_csv=results, b_csv=results.replace("1\n", "<2\n"), names_csv="code,name\nGLU,Glucose\n")
    with pytest.raises(assay.SchemaError, match=r"every CSV file of the folder, got others in names\.csv;"):
        laboratory.read_results(both)
    read = laboratory.read_results(both, skip=["names*"])
    assert laboratory.results_kind(both) == "csv"
    assert read.rows.to_pydict()["source_file"] == ["a.csv", "b.csv"]
    assert "names.csv was left out, as was asked for" in read.remarks
    hl7 = folder("hl7", a_txt=message, b_txt="\x0b" + message + "\x1c\r")
    assert laboratory.results_kind(hl7) == "hl7"
    assert laboratory.read_results(hl7).rows_read == 2
    (hl7 / "README").write_text("what the others are")
    assert laboratory.read_results(hl7).rows_read == 2
    mixed = folder("mixed", a_csv=results, b_hl7=message)
    with pytest.raises(assay.ValueError, match="csv and hl7"):
        laboratory.read_results(mixed)
    assert laboratory.results_kind(mixed, skip=["a.csv"]) == "hl7"
    assert laboratory.read_results(mixed, skip=["a.csv"]).rows_read == 1
    with pytest.raises(assay.IoError):
        laboratory.read_results(folder("empty"))
    if (test_data / "mimic_iv_demo" / "labevents.csv").exists():
        assert laboratory.results_kind(test_data / "mimic_iv_demo") == "mimic_iv"
    if (test_data / "fhir").exists():
        assert laboratory.results_kind(test_data / "fhir") == "fhir"
