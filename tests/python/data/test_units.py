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


# What the archive converts by 1 only, and what is no unit of measure.
NOT_UNITS = {"", "estimate", "eliau/ml", "u/field"}
# Rows whose factor contradicts the units they name: 1 IU/L is 0.001 IU/mL, 1 nmol/L is 1e-6 mmol/L.
CONTRADICTED = {
    ("iu/l", "iu/ml", "1000"),
    ("iu/ml", "mu/l", "1000"),
    ("mu/l", "iu/ml", "0.001"),
    ("u/l", "iu/ml", "1000"),
    ("iu/ml", "u/l", "0.001"),
    ("nmol/l", "mmol/l", "0.001"),
}


def test_factors_of_a_national_laboratory_archive(test_data: Path) -> None:
    """Every factor of the archive's table, by units as it spells them; what is left out is named with its reason."""
    with (test_data / KANTA).open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert len(rows) == 178
    checked, contradicted = 0, set()
    for row in rows:
        source, target, rule = row["source_unit_valid"], row["to_source_unit_valid"], row["conversion"]
        if source in NOT_UNITS or target in NOT_UNITS:
            assert rule == "1", row
            continue
        hba1c = "X" in rule
        readings = [units.read(text, analyte="4548-4" if hba1c else "") for text in (source, target)]
        assert None not in readings, row
        # The archive calls international, arbitrary and enzyme units by one name: here too, for this comparison.
        one, other = (re.sub(r"\[arb'U\]|\[IU\]", "U", reading.code) for reading in readings if reading)
        got = units.convert(6.5, one, other, analyte="4548-4" if hba1c else "")
        want = 10.93 * 6.5 - 23.50 if hba1c else 6.5 * float(rule)
        checked += 1
        # Its factors have up to seven digits, its equation of HbA1c rounds 10.93 times 2.15 to 23.50.
        if got != pytest.approx(want, rel=3e-7, abs=6e-4 if hba1c else 0):
            contradicted.add((source, target, rule))
    assert checked > 160
    assert contradicted == CONTRADICTED
