"""Standardising laboratory results: all of MIMIC-IV's demo, against factors written down by hand."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from assay.data import LocalTest, Table, mimic_iv_tests, read_csv, read_local_tests
from assay.data.laboratory import (
    LocalLimits,
    LocalUnit,
    StandardisedResults,
    loinc_terms,
    standardisation_rules,
    standardise,
)

# LOINC, unit of the reference, conventional factor to the SI unit: the project's clinical reference, printed tables.
SI = {
    "2345-7": ("mg/dL", "mmol/L", 0.05551),
    "2160-0": ("mg/dL", "umol/L", 88.40),
    "3094-0": ("mg/dL", "mmol/L", 0.3570),
    "17861-6": ("mg/dL", "mmol/L", 0.2495),
    "19123-9": ("mg/dL", "mmol/L", 0.4114),
    "2777-1": ("mg/dL", "mmol/L", 0.3229),
    "1751-7": ("g/dL", "g/L", 10.0),
    "718-7": ("g/dL", "g/L", 10.0),
    "1975-2": ("mg/dL", "umol/L", 17.10),
    "1742-6": ("U/L", "ukat/L", 0.01667),
    "2532-0": ("U/L", "ukat/L", 0.01667),
    "2093-3": ("mg/dL", "mmol/L", 0.02586),
    "2571-8": ("mg/dL", "mmol/L", 0.01129),
    "3255-7": ("mg/dL", "g/L", 0.01),
    "3084-1": ("mg/dL", "umol/L", 59.48),
    "2498-4": ("ug/dL", "umol/L", 0.1791),
    "2132-9": ("pg/mL", "pmol/L", 0.7378),
    "2143-6": ("ug/dL", "nmol/L", 27.59),
    "3024-7": ("ng/dL", "pmol/L", 12.87),
    "4544-3": ("%", "L/L", 0.01),
    "777-3": ("10*3/uL", "10*9/L", 1.0),
    "789-8": ("10*6/uL", "10*12/L", 1.0),
    "6598-7": ("ng/mL", "ng/L", 1000.0),
    "33762-6": ("pg/mL", "pmol/L", 0.118),
}
# What the demo's spellings are in UCUM, and the factor to the unit of the LOINC codes measured so: by hand.
SPELLED = {
    "mg/dl": "mg/dL",
    "meq/l": "mmol/L",  # all monovalent here: sodium, potassium, chloride, bicarbonate, gaps and excess
    "%": "%",
    "k/ul": "10*3/uL",
    "g/dl": "g/dL",
    "fl": "fL",
    "sec": "s",
    "iu/l": "U/L",
    "mm hg": "mm[Hg]",
    "m/ul": "10*6/uL",
    "pg": "pg",
    "units": "[pH]",
    "mmol/l": "mmol/L",
    "#/hpf": "/[HPF]",
    "ng/ml": "ng/mL",
    "#/ul": "/uL",
    "ug/dl": "ug/dL",
    "mosm/kg": "mosm/kg",
    "#/lpf": "/[LPF]",
    "pg/ml": "pg/mL",
    "uiu/ml": "m[IU]/L",
    "ratio": "{ratio}",
    "ug/ml": "ug/mL",
    "mg/l": "mg/L",
    "l/min": "L/min",
    "ng/dl": "ng/dL",
    "umol/l": "umol/L",
    "mm/hr": "mm/h",
    "iu/ml": "[IU]/mL",
    "gpl": "[GPL'U]",
    "mpl": "[MPL'U]",
    "": "{ratio}",  # specific gravity, whose unit MIMIC leaves out
}


@pytest.fixture(scope="module")
def mimic(test_data: Path) -> Table:
    """The demo's results under the names of laboratory_results."""
    read = read_csv(test_data / "mimic_iv_demo/labevents.csv", infer_types=False).rows
    columns = {
        "result_id": read.column("row_id"),
        "local_code": read.column("itemid"),
        "loinc": [None] * read.num_rows,
        "value": [None if v is None else float(v) for v in read.column("valuenum").to_pylist()],
        "unit": read.column("valueuom"),
    }
    assert read.num_rows == 26_426
    return Table.from_dict(columns)


@pytest.fixture(scope="module")
def published(test_data: Path) -> list[LocalTest]:
    return read_local_tests(test_data / "mimic_iv_demo/d_labitems_to_loinc.csv", fluid="")[0]


def whole(silver: StandardisedResults) -> None:
    assert silver.rows.num_rows + silver.refused.num_rows == silver.rows_read
    refusing = {rule.id for rule in standardisation_rules() if rule.refuses}
    by_rule = Counter(silver.refused.column("rule").to_pylist())
    assert by_rule == {rule: n for rule, n in silver.counts.items() if rule in refusing}
    assert sum(silver.tests.column("rows").to_pylist()) == silver.rows_read
    assert sum(silver.tests.column("refused").to_pylist()) == silver.refused.num_rows


def test_every_row_of_mimic_by_rule(mimic: Table, published: list[LocalTest]) -> None:
    """By the published map.

    Refused: MCHC as "%" (528), reticulocytes as "%" under a code of counts (3), and three indices of "u" that the map
    leaves without a code. Implausible: pO2 below 32 mm Hg (5), AST below 6 U/L (2), an anion gap of 4 (1).
    """
    silver = standardise(mimic, tests=published)
    whole(silver)
    assert silver.rows_read == 26_426
    assert silver.counts == {
        "unit.ambiguous": 3,
        "unit.other_dimension": 531,
        "value.implausible": 8,
    }


def test_values_against_a_recomputation_by_hand(mimic: Table, published: list[LocalTest]) -> None:
    silver = standardise(mimic, tests=published, units=[LocalUnit("%", "g/dL", code="51249")])
    whole(silver)
    rows = silver.rows
    spelled = [SPELLED[unit or ""] for unit in rows.column("unit").to_pylist()]
    # MCHC's "%" is g/dL; the published map calls the one D-dimer a mass of fibrinogen equivalents.
    own = {"51249": "g/dL", "50915": "ng/mL{FEU}"}
    codes = rows.column("local_code").to_pylist()
    wanted = [own.get(str(code), unit) for code, unit in zip(codes, spelled, strict=True)]
    assert rows.column("unit_standard").to_pylist() == wanted
    # Every spelling of the demo is the unit of its code under another name: values stay to the bit.
    assert rows.column("value_standard").to_pylist() == rows.column("value").to_pylist()
    by = Counter(rows.column("unit_read_by").to_pylist())
    assert by["site"] == 528 and by["implied"] == 98 and by["analyte"] >= 102 + 518


def test_results_in_si_units_come_back(mimic: Table, published: list[LocalTest]) -> None:
    """The demo as a laboratory of SI units would send it, by printed factors of three to four digits."""
    silver = standardise(mimic, tests=published).rows
    loincs = silver.column("loinc").to_pylist()
    values = np.array(silver.column("value_standard").to_pylist(), dtype=float)
    picked = [i for i, code in enumerate(loincs) if code in SI]
    assert len(picked) > 9_000
    si = standardise(
        Table.from_dict(
            {
                "local_code": [None] * len(picked),
                "loinc": [loincs[i] for i in picked],
                "value": [values[i] * SI[str(loincs[i])][2] for i in picked],
                "unit": [SI[str(loincs[i])][1] for i in picked],
            }
        )
    )
    assert si.rows.column("unit_standard").to_pylist() == [SI[str(loincs[i])][0] for i in picked]
    np.testing.assert_allclose(si.rows.column("value_standard").to_numpy(), values[picked], rtol=2.1e-3)
    assert set(SI) == {loincs[i] for i in picked}


def test_without_a_map_nothing_is_guessed(mimic: Table) -> None:
    """Lower-case spellings of several meanings (iu/l, units, uiu/ml, iu/ml, u) wait for a code."""
    silver = standardise(mimic)
    whole(silver)
    assert silver.counts["loinc.unmapped"] == silver.rows.num_rows
    assert silver.counts["unit.missing"] == 98
    units = Counter(mimic.column("unit").to_pylist())
    ambiguous = units["iu/l"] + units["units"] + units["uiu/ml"] + units["iu/ml"] + units["u"]
    assert silver.counts["unit.ambiguous"] == ambiguous
    assert silver.refused.num_rows == 98 + ambiguous


def test_shipped_map_of_blood_tests(mimic: Table) -> None:
    silver = standardise(mimic, tests=mimic_iv_tests(), units=[LocalUnit("%", "g/dL", code="51249")])
    whole(silver)
    mapped = silver.rows.num_rows - silver.counts["loinc.unmapped"]
    assert mapped > 0.9 * silver.rows_read


def test_messages_and_tests_hold_no_values() -> None:
    rows = Table.from_dict({"local_code": ["GLU"], "loinc": ["2345-7"], "value": [424242.5], "unit": ["mg/dL"]})
    silver = standardise(rows, limits=[LocalLimits("2345-7", possible=(0, 3000), plausible=(40, 500))])
    assert silver.counts == {"value.impossible": 1}
    assert silver.refused.column("value").to_pylist() == [424242.5]
    assert "424242" not in str(silver.tests.to_pylist()) + str(silver.counts)
    assert "424242" not in silver.refused.column("likely_cause").to_pylist()[0]
    with pytest.raises(ValueError, match="'furlong'"):
        standardise(rows, units=[LocalUnit("x", "furlong")])


def test_terms_carry_their_limits_and_source() -> None:
    terms = {term.loinc: term for term in loinc_terms()}
    glucose = terms["2345-7"]
    assert (glucose.unit, glucose.reference, glucose.possible) == ("mg/dL", (70, 99), (0, 2200))
    assert (glucose.plausible, glucose.limits_source) == ((33, 2000), "MIMIC-Extract")
    assert terms["736-9"].possible == (0, 100) and terms["736-9"].plausible is None
    for code, (unit, _, _) in SI.items():
        assert terms[code].unit == unit
