"""assay.data.units: UCUM in Python, and the conversions of a national laboratory archive."""

from __future__ import annotations

import csv
import math
import pickle
import re
from pathlib import Path

import numpy as np
import pytest

from assay.data import Column, units

KANTA = Path("kanta/quantity_source_unit_conversion.tsv")


def test_scalars_arrays_and_columns() -> None:
    assert units.convert(7.1, "g/dL", "g/L") == 71.0
    assert units.convert(1, units.parse("[lb_av]"), "kg") == 0.45359237
    many = units.convert(np.array([[32.0, 212.0], [np.nan, -40.0]]), "[degF]", "Cel")
    assert many.shape == (2, 2)
    np.testing.assert_array_equal(many, [[0.0, 100.0], [np.nan, -40.0]])
    assert units.convert([90, 126], "mg/dL", "mmol/L", analyte="2345-7") == pytest.approx([4.99567, 6.99394], rel=1e-5)
    column = units.convert(Column([1, None, 3]), "g", "mg")
    assert column.to_pylist() == [1000.0, None, 3000.0]
    sliced = units.convert(Column([1.0, None, 3.0, None, 5.0])[1:4], "g", "mg")
    assert sliced.to_pylist() == [None, 3000.0, None]
    assert math.isnan(units.convert(float("nan"), "g", "mg"))


def test_units_are_values() -> None:
    unit = units.parse("mg/dL")
    assert (unit.canonical_code, unit.magnitude, str(unit), repr(unit)) == ("g.m-3", 10.0, "mg/dL", "Unit('mg/dL')")
    assert unit.name == "(milligram) / (deciliter)"
    assert unit == units.parse("mg/dL")
    assert len({unit, units.parse("mg/dL")}) == 1
    assert pickle.loads(pickle.dumps(unit)) == unit
    assert (units.parse("g") * units.parse("m")).canonical_code == "g.m"
    assert (units.parse("g") / units.parse("m/s")).canonical_code == "g.m-1.s"
    assert units.parse("Cel").is_special and units.parse("[iU]/L").is_arbitrary
    assert units.is_valid("10*3/uL") and not units.is_valid("mgdl")
    assert units.is_commensurable("J", "kg.m2/s2") and not units.is_commensurable("mg/dL", "mmol/L")


def test_a_missing_molar_mass_is_asked_for() -> None:
    with pytest.raises(ValueError, match="molar_mass"):
        units.convert(1, "mg/dL", "mmol/L")
    with pytest.raises(ValueError, match="charge"):
        units.convert(1, "meq/L", "mmol/L")
    assert units.convert(1, "meq/L", "mmol/L", charge=2) == 0.5
    with pytest.raises(ValueError, match="expected a unit of UCUM at character 1"):
        units.parse("furlongs")


def test_reading_what_laboratories_write() -> None:
    assert units.read("K/uL") == units.Reading("10*3/uL", "spelling")
    assert units.read("IU/L", analyte="1742-6") == units.Reading("U/L", "analyte")
    assert units.read("mg/dL") == units.Reading("mg/dL", "ucum")
    assert units.read("N/A") is None and units.is_missing("#ERROR!")
    known = {analyte.loinc: analyte for analyte in units.analytes()}
    assert known["17861-6"].charge == 2 and known["2345-7"].molar_mass == 180.156


# Units of the archive that are no unit of measure, each converted by 1 only.
NOT_UNITS = {"", "estimate", "mom", "eliau/ml", "u/field"}


def test_factors_of_the_national_laboratory_archive(test_data: Path) -> None:
    """Every factor of the archive's table, by units as it spells them; what is left out is named with its reason."""
    with (test_data / KANTA).open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert len(rows) > 120
    checked = 0
    wrong: list[tuple[str, str, str]] = []
    for row in rows:
        source, target, rule = row["source_unit_valid"], row["to_source_unit_valid"], row["conversion"]
        if source in NOT_UNITS or target in NOT_UNITS:
            assert rule == "1" or source == target, row
            continue
        analyte = "4548-4" if "X" in rule else ""
        ours, theirs = units.read(source, analyte=analyte), units.read(target, analyte=analyte)
        assert ours is not None and theirs is not None, row
        # The archive calls international and enzyme units by one name: by the quantity they are one here too.
        one, other = (re.sub(r"\[arb'U\]|\[IU\]", "U", reading.code) for reading in (ours, theirs))
        try:
            got = units.convert(6.5, one, other, analyte=analyte)
        except ValueError as error:
            raise AssertionError(f"{row}: {error}") from None
        want = 10.93 * 6.5 - 23.50 if "X" in rule else 6.5 * float(rule)
        checked += 1
        if got != pytest.approx(want, rel=1e-12, abs=6e-4 if "X" in rule else 0):
            wrong.append((source, target, rule))
    assert checked > 110
    assert sorted(wrong) == []
