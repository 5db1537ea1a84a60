"""`assay run lims --say`: what a laboratory means by its own spellings of units. MIMIC-IV, and made-up patients."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from assay.cli import main_group
from assay.data.laboratory import loinc_terms
from assay.pipelines import lims
from assay.pipelines.local_units import local_unit, local_unit_text, read_local_units

pytest.importorskip("deltalake")

MCHC = "51249"  # MIMIC-IV's item, reported in "%"; LOINC 786-4 is a mass concentration


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, test_data: Path) -> Any:
    return lims.run(
        test_data / "mimic_iv_demo",
        tmp_path_factory.mktemp("told") / "out",
        identified=True,
        units=[local_unit(f"{MCHC}:%=g/dL")],
    )


def test_mchc_in_percent_is_kept_when_the_laboratory_says_what_it_is(told: Any, test_data: Path) -> None:
    with (test_data / "mimic_iv_demo" / "labevents.csv").open(newline="") as file:
        reported = {
            row["row_id"]: float(row["valuenum"])
            for row in csv.DictReader(file)
            if row["itemid"] == MCHC and row["valueuom"] == "%"
        }
    silver = told.step("silver")
    assert len(reported) == 528
    assert silver.accepted == 25_892 + 528 and silver.rows_quarantined == 534 - 528
    assert silver.quarantined == {"unit.other_dimension": 3, "unit.ambiguous": 3}
    rows = told.lake.read("silver.lab_results").to_pylist()
    kept = [row for row in rows if row["local_code"] == MCHC and row["unit"] == "%"]
    assert {row["result_id"] for row in kept} == set(reported)
    # g/dL is the unit of 786-4 in Assay's table, so that by hand every value stays the number that was reported.
    assert {term.loinc: term.unit for term in loinc_terms()}["786-4"] == "g/dL"
    assert {row["unit_standard"] for row in kept} == {"g/dL"}
    assert all(row["value_standard"] == pytest.approx(reported[row["result_id"]], rel=1e-12) for row in kept)
    assert {row["unit_read_by"] for row in kept} == {"site"}


def test_what_was_told_is_recorded(told: Any) -> None:
    tests = told.lake.read("silver.tests").to_pylist()
    [test] = [row for row in tests if row["local_code"] == MCHC and row["unit"] == "%"]
    assert (test["unit"], test["unit_read"], test["unit_read_by"]) == ("%", "g/dL", "site")
    assert (test["rows"], test["refused"]) == (528, 0)
    remarks = told.step("silver").remarks
    assert "'%' of 51249 was read as g/dL, as the laboratory says: 528 results" in remarks


def test_percent_elsewhere_stays_percent(told: Any) -> None:
    others = {
        row["unit_read_by"]
        for row in told.lake.read("silver.tests").to_pylist()
        if row["unit"] == "%" and row["local_code"] != MCHC
    }
    assert others == {"ucum"}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "results.csv"
    path.write_text(
        "patient_id,observed_at,local_code,loinc,value,unit\n"
        "p1,2024-05-01T08:30:00Z,MCHC,786-4,33.1,Prozent\n"
        "p1,2024-05-01T08:30:00Z,GLU,2345-7,5.0,mmol/L\n"
        "p1,2024-05-02T08:30:00Z,GLU,2345-7,90,Strich\n"
    )
    return path


def test_the_command_takes_options_and_a_file(source: Path, tmp_path: Path) -> None:
    units = tmp_path / "units.csv"
    units.write_text("code,unit,ucum\nMCHC,Prozent,g/dL\n")
    out = tmp_path / "out"
    options = ["--identified", "--quiet", "--target", "0", "--tracking", ""]
    command = ["run", "lims", str(source), "--out", str(out), *options]
    result = CliRunner().invoke(main_group, [*command, "--units", str(units), "--say", "Strich=mg/dL"])
    assert result.exit_code == 0, result.output + repr(result.exception)
    from assay.data import Lake

    rows = Lake(out / "lake", catalog="LIMS").read("silver.lab_results").to_pylist()
    found = {(row["local_code"], row["unit"]): (row["value_standard"], row["unit_standard"]) for row in rows}
    assert found["MCHC", "Prozent"] == (33.1, "g/dL") and found["GLU", "Strich"] == (90, "mg/dL")
    assert len(rows) == 3
    said = CliRunner().invoke(
        main_group, ["lims", "units", str(source), "--units", str(units), "--say", "Strich=mg/dL"]
    )
    assert "3 rows: 3 standardised, 0 refused" in said.output


def test_a_result_counts_for_the_meaning_of_its_test_alone(tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    path.write_text(
        "patient_id,observed_at,local_code,loinc,value,unit\n"
        "p1,2024-05-01T08:30:00Z,GLU,2345-7,90,Strich\n"
        "p1,2024-05-02T08:30:00Z,ALB,1751-7,90,strich\n"
    )
    units = [local_unit("Strich=mg/dL"), local_unit("GLU:Strich=mg/dL")]
    done = lims.run(path, tmp_path / "out", identified=True, target=0, units=units)
    told = [text for text in done.step("silver").remarks if "as the laboratory says" in text]
    assert told == [
        "'Strich' was read as mg/dL, as the laboratory says: 1 results",
        "'Strich' of GLU was read as mg/dL, as the laboratory says: 1 results",
    ]


@pytest.mark.parametrize("bad", ["%", "%=", "%=furlong"])
def test_what_cannot_be_meant(source: Path, tmp_path: Path, bad: str) -> None:
    command = ["run", "lims", str(source), "--out", str(tmp_path / "out"), "--identified", "--say", bad]
    result = CliRunner().invoke(main_group, command)
    assert isinstance(result.exception, ValueError) and "units: expected" in str(result.exception)
    assert not (tmp_path / "out").exists()


def test_texts_and_files_of_units(tmp_path: Path) -> None:
    unit = local_unit("51249:%=g/dL")
    assert (unit.code, unit.unit, unit.ucum) == ("51249", "%", "g/dL")
    assert local_unit_text(unit) == "51249:%=g/dL"
    assert (local_unit(":1:80=1").code, local_unit(":1:80=1").unit) == ("", "1:80")
    assert local_unit_text(local_unit("u=U/L")) == "u=U/L"
    file = tmp_path / "units.csv"
    file.write_text("unit,ucum\nu,U/L\nleer,\n")
    assert [local_unit_text(one) for one in read_local_units(file)] == ["u=U/L"]
    file.write_text("unit,ucum\nu,U/L\nmg,dL,mg/dL\n")
    with pytest.raises(ValueError, match="as many fields as the header has, line 3"):
        read_local_units(file)
    file.write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match="columns unit, ucum"):
        read_local_units(file)
