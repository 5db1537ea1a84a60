"""LOINC suggestions and damage, in Python and by the command."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner

from assay.cli import main_group as main
from assay.data.laboratory import LoincSuggester, loinc_damage, read_loinc_candidates, suggest_loinc
from assay.errors import SchemaError


def test_suggestions_carry_their_parts() -> None:
    best = suggest_loinc("WBC", unit="K/uL", specimen="Blood", values=[4.5, 6.1, 9.9])[0]
    assert (best.loinc, best.by_unit) == ("6690-2", 1.0)
    assert best.score == pytest.approx(
        0.6 * best.by_name + 0.2 * best.by_unit + 0.12 * best.by_specimen + 0.08 * best.by_values
    )
    assert len(suggest_loinc("Sodium", most=2)) == 2
    assert suggest_loinc("no such test at all") == []


def test_candidates_of_a_published_map(test_data: Path) -> None:
    candidates = read_loinc_candidates(test_data / "mimic_iv_demo/d_labitems_to_loinc.csv")
    assert len(candidates) == 1145
    found = LoincSuggester(candidates).suggest("Haptoglobin", unit="mg/dL", specimen="Blood")
    assert found[0].loinc == "4542-7"


def test_damage_is_named() -> None:
    damage = loinc_damage("-56064")
    assert damage is not None and (damage.kind, damage.candidates) == ("date_serial", ["1746-7"])
    assert loinc_damage("1746-7") is None and loinc_damage("positive") is None
    named = loinc_damage("Jul-46")
    assert named is not None and named.kind == "date_text" and "1746-7" in named.candidates


def test_the_damaged_codes_of_the_published_map(test_data: Path) -> None:
    """-56064 stands where 1746-7 was (albumin in cerebrospinal fluid), 968472 where 4551-8 was (haemoglobin A2)."""
    with (test_data / "mimic_iv_demo/d_labitems_to_loinc.csv").open(encoding="utf-8-sig") as file:
        codes = {row["omop_concept_code"] for row in csv.DictReader(file)} - {""}
    damaged = {code: damage for code in codes if (damage := loinc_damage(code))}
    assert {code: damage.candidates for code, damage in damaged.items()} == {
        "-56064": ["1746-7"],
        "968472": ["4551-8"],
    }


def test_the_command_checks_and_suggests(tmp_path: Path) -> None:
    tests = tmp_path / "tests.csv"
    tests.write_text(
        "code,label,loinc,unit,fluid\n"
        "A,Sodium,2951-2,mmol/L,Blood\n"
        "B,Albumin CSF,-56064,mg/dL,CSF\n"
        "C,Hgb,,g/dL,Blood\n"
        "D,zzz,,,\n"
    )
    out = tmp_path / "suggested.csv"
    names = ["local_code=code", "test_name=label", "specimen=fluid"]
    options = [part for name in names for part in ("--column", name)]
    result = CliRunner().invoke(main, ["lims", "loinc", str(tests), *options, "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert "1 damaged: date_serial, 2 unmapped, 1 valid" in result.output
    rows = list(csv.DictReader(out.open()))
    assert [row["suggestion"] for row in rows if row["local_code"] == "B"] == ["1746-7"]
    assert next(row["suggestion"] for row in rows if row["local_code"] == "C") == "718-7"
    assert next(row for row in rows if row["local_code"] == "A")["state"] == "valid"


def test_the_commands_ask_for_columns(tmp_path: Path) -> None:
    file = tmp_path / "other.csv"
    file.write_text("a,b\n1,2\n")
    for command in ("loinc", "units"):
        result = CliRunner().invoke(main, ["lims", command, str(file)])
        assert isinstance(result.exception, SchemaError) and "--column" in str(result.exception)
        result = CliRunner().invoke(main, ["lims", command, str(file), "--column", "colour=a"])
        assert isinstance(result.exception, ValueError) and "'colour'" in str(result.exception)
        result = CliRunner().invoke(main, ["lims", command, str(file), "--column", "colour"])
        assert result.exit_code == 2 and "NAME=THEIRS" in result.output


def test_the_command_reads_and_converts_units(tmp_path: Path) -> None:
    file = tmp_path / "results.csv"
    file.write_text(
        "item,code,result,uom\nGLU,2345-7,5.0,mmol/L\nGLU,2345-7,90,MG/DL\nMCHC,786-4,33,%\nX,,7,iu/l\n"
    )
    names = ["local_code=item", "loinc=code", "value=result", "unit=uom"]
    options = [part for name in names for part in ("--column", name)]
    out = tmp_path / "silver.csv"
    result = CliRunner().invoke(main, ["lims", "units", str(file), *options, "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert "4 rows: 2 standardised, 2 refused" in result.output
    assert "unit.ambiguous: 1" in result.output and "unit.other_dimension: 1" in result.output
    rows = list(csv.DictReader(out.open()))
    assert [(round(float(r["value_standard"]), 2), r["unit_standard"]) for r in rows] == [
        (90.08, "mg/dL"),
        (90.0, "mg/dL"),
    ]
    refused = list(csv.DictReader((tmp_path / "silver.refused.csv").open()))
    assert [row["rule"] for row in refused] == ["unit.other_dimension", "unit.ambiguous"]
    result = CliRunner().invoke(main, ["lims", "units", str(file), *options, "--say", "MCHC:%=g/dL"])
    assert "4 rows: 3 standardised, 1 refused" in result.output
    result = CliRunner().invoke(main, ["lims", "units", str(file), *options, "--say", "MCHC:%=furlong"])
    assert isinstance(result.exception, ValueError) and "'furlong'" in str(result.exception)
