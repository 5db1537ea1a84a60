"""MIMIC-IV in PhysioNet's layout, of made-up patients: dictionaries, texts among numbers, rows set aside."""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from pathlib import Path

import pytest

import assay
from assay.pipelines import clinical

pytest.importorskip("deltalake")
pytest.importorskip("jinja2")

FILES = {
    "hosp/patients": "subject_id,gender,anchor_age,anchor_year\n1,M,40,2150\n2,F,91+,2150\n",
    "hosp/admissions": "subject_id,hadm_id,admittime,dischtime\n"
    "1,11,2151-01-01 10:00:00,2151-01-03 10:00:00\n2,21,2151-02-01 10:00:00,2151-02-03 10:00:00\n",
    "hosp/d_icd_diagnoses": "icd_code,icd_version,long_title\n"
    "0010,9,Cholera due to vibrio cholerae\n"
    "0010,10,Another title under the same digits\n"
    "4139,9,Other and unspecified angina pectoris\n",
    "hosp/diagnoses_icd": "subject_id,hadm_id,seq_num,icd_code,icd_version\n"
    "1,11,1,0010,9\n1,11,2,4139,9\n2,21,1,9999,9\n",
    "hosp/d_icd_procedures": "icd_code,icd_version,long_title\n3961,9,Extracorporeal circulation\n",
    "hosp/procedures_icd": "subject_id,hadm_id,seq_num,chartdate,icd_code,icd_version\n1,11,1,2151-01-02,3961,9\n",
    "hosp/prescriptions": "subject_id,hadm_id,starttime,stoptime,drug,ndc\n"
    "1,11,2151-01-01 12:00:00,,Insulin,0\n1,11,2151-01-01 12:00:00,,Aspirin,63323026201\n",
    "hosp/d_labitems": "itemid,label,fluid\n50971,Potassium,Blood\n51463,Bacteria,Urine\n",
    "hosp/labevents": "subject_id,itemid,charttime,value,valuenum,valueuom,ref_range_lower,ref_range_upper\n"
    "1,50971,2151-01-01 11:00:00,4.1,4.1,mEq/L,3.3,5.1\n1,51463,2151-01-01 11:00:00,NEG,,,,\n",
    "icu/d_items": "itemid,label\n220045,Heart Rate\n220048,Heart Rhythm\n",
    "icu/chartevents": "subject_id,stay_id,charttime,itemid,value,valuenum,valueuom\n"
    "1,111,2151-01-01 11:00:00,220045,80,80,bpm\n"
    "1,111,2151-01-01 12:00:00,220045,90,90,bpm\n"
    "1,111,2151-01-01 12:00:00,220048,SR (Sinus Rhythm),,\n"
    "1,111,2151-01-01 13:00:00,220045,not taken,,\n",
}


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    folder = tmp_path / "mimiciv"
    for name, content in FILES.items():
        path = folder / f"{name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return folder


def test_rows_of_dictionaries_are_set_aside_and_counted(extract: Path, tmp_path: Path) -> None:
    done = clinical.run(extract, tmp_path / "out")
    bronze = done.step("bronze")
    assert bronze.rows_read == sum(content.count("\n") - 1 for content in FILES.values())
    assert bronze.rows_quarantined == 1
    assert bronze.quarantined == {"anchor_age.type": 1}
    row = done.lake.read("quarantine.rows").row(0)
    assert (Path(row["file"]).name, row["line"], row["raw"]) == ("patients.csv", 3, b"2,F,91+,2150")
    assert "2,F,91+,2150" in done.report.read_text()


def test_codes_are_explained_by_code_and_version(extract: Path, tmp_path: Path) -> None:
    done = clinical.run(extract, tmp_path / "out")
    history = {
        (row["code"], row["description"]) for row in done.lake.read("bronze.medical_history").to_pylist()
    }
    assert history == {
        ("icd9|0010", "Cholera due to vibrio cholerae"),
        ("icd9|4139", "Other and unspecified angina pectoris"),
        ("icd9|9999", None),
        ("icd9|3961", "Extracorporeal circulation"),
        (None, "Insulin"),
        ("ndc|63323026201", "Aspirin"),
    }
    assert "cholera" in done.note("1").lower()


def test_days_are_times_at_midnight(extract: Path, tmp_path: Path) -> None:
    rows = clinical.run(extract, tmp_path / "out").lake.read("bronze.medical_history").to_pylist()
    day = next(row["recorded_at"] for row in rows if row["category"] == "procedure")
    assert day == datetime(2151, 1, 2, tzinfo=timezone.utc)


def test_texts_are_no_measurements_and_no_errors(extract: Path, tmp_path: Path) -> None:
    done = clinical.run(extract, tmp_path / "out")
    charted = done.lake.read("bronze.vital_signs").to_pylist()
    assert [(row["value"], row["value_text"]) for row in charted] == [
        (80.0, "80"),
        (90.0, "90"),
        (None, "SR (Sinus Rhythm)"),
        (None, "not taken"),
    ]
    silver = done.step("silver")
    assert (silver.rows_read, silver.accepted, silver.rows_quarantined) == (2, 2, 0)
    assert "2 values charted as text stay in bronze" in silver.remarks
    row = done.gold.row(0)
    assert (row["avg_heart_rate"], row["vital_count"]) == (85.0, 2)
    labs = done.lake.read("silver.lab_results")
    assert labs["value_text"].to_pylist() == ["4.1", "NEG"]
    quality = json.loads((done.out / "quality.json").read_text())
    missing = [r for report in quality for r in report["rules"] if r["id"] == "value.required"]
    assert [rule["severity"] for rule in missing] == ["info"]


def test_a_number_that_is_missing_without_a_text_is_set_aside(extract: Path, tmp_path: Path) -> None:
    path = extract / "icu" / "chartevents.csv"
    path.write_text(path.read_text() + "1,111,2151-01-01 14:00:00,220045,,,bpm\n")
    silver = clinical.run(extract, tmp_path / "out").step("silver")
    assert (silver.rows_read, silver.accepted, silver.rows_quarantined) == (3, 2, 1)


def test_column_of_numbers_must_stand_in_the_file(extract: Path, tmp_path: Path) -> None:
    path = extract / "icu" / "chartevents.csv"
    path.write_text(path.read_text().replace("valuenum", "val"))
    with pytest.raises(
        assay.SchemaError, match=r"lacks the column 'valuenum' \(it has: .*and 2 of no known name"
    ):
        clinical.run(extract, tmp_path / "out")


def test_file_without_a_header_tells_no_values(extract: Path, tmp_path: Path) -> None:
    path = extract / "hosp" / "d_labitems.csv"
    path.write_text("Kim,Minjun,Seoul\nLee,Seoyeon,Busan\n")
    with pytest.raises(assay.SchemaError, match="none of its 3 columns has a known name") as refusal:
        clinical.run(extract, tmp_path / "out")
    assert "Kim" not in str(refusal.value)


def test_local_times_are_not_called_utc(extract: Path, tmp_path: Path) -> None:
    page = clinical.run(extract, tmp_path / "out").report.read_text()
    assert "MIMIC-IV gives the hospital&#39;s local time without an offset" in page
    made = re.search(r"made [\d: -]+ UTC", page)
    assert made is not None
    assert "UTC" not in page.replace(made[0], "")


def test_an_input_of_another_format_replaces_columns_and_all(
    example: Path, extract: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    for source, other in ((example, extract), (extract, example)):
        clinical.run(source, out, replace=True)
        with pytest.raises(assay.ValueError, match="--replace"):
            clinical.run(other, out)
        done = clinical.run(other, out, replace=True)
        alone = clinical.run(other, tmp_path / "alone" / other.name)
        for name in ("bronze.vital_signs", "silver.emergency_data", "gold.patient_clinical_summary"):
            assert done.lake.read(name).column_names == alone.lake.read(name).column_names
    assert "item" in done.lake.read("bronze.vital_signs", version=1)
