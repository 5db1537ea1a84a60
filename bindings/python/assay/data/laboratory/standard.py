"""Laboratory results in one code and one unit for each quantity: silver.

::

    from assay.data import read_local_tests
    from assay.data.laboratory import LocalUnit, standardise

    tests, _ = read_local_tests("d_labitems_to_loinc.csv", fluid="")
    silver = standardise(bronze, tests=tests, units=[LocalUnit("%", "g/dL", code="51249")])   # MCHC
    silver.rows        # value_standard in unit_standard
    silver.refused     # what could not be compared, with its rule and likely cause
    silver.tests       # what each test's unit was read as: no patients' data
    silver.counts      # rows by rule
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from assay._core.data import (
    LocalLimits,
    LocalTest,
    LocalUnit,
    LoincTerm,
    StandardisationRule,
    Table,
    loinc_terms,
    standardisation_rules,
    standardise_results,
)

__all__ = [
    "LocalLimits",
    "LocalUnit",
    "LoincTerm",
    "StandardisationRule",
    "StandardisedResults",
    "loinc_terms",
    "standardisation_rules",
    "standardise",
]


class StandardisedResults(NamedTuple):
    """Results that compare, and those that do not. ``rows`` and ``refused`` together are what was read."""

    rows: Table
    """The columns given, with ``loinc`` filled, and ``value_standard``, ``unit_standard`` (UCUM), ``unit_read_by``
    (``"ucum"``, ``"spelling"``, ``"analyte"``, ``"site"``, ``"implied"``) and ``implausible``."""
    refused: Table
    """One row per refused result, with ``rule``, ``likely_cause`` and ``column``. Holds patients' values."""
    tests: Table
    """One row per distinct local code, LOINC code and unit: what it was read as, and how many rows it has."""
    counts: dict[str, int]
    """Rows by rule id; see :func:`standardisation_rules` for which of them refuse."""
    rows_read: int


def standardise(
    rows: Table,
    *,
    tests: Iterable[LocalTest] = (),
    units: Iterable[LocalUnit] = (),
    limits: Iterable[LocalLimits] = (),
) -> StandardisedResults:
    """Brings laboratory results to one code and one unit for each quantity, and refuses what it would have to guess.

    Values come in the unit of their LOINC code where Assay knows it (:func:`loinc_terms`), otherwise in the unit read.

    Args:
        rows: Columns of ``clinical_schema("laboratory_results")``; local_code, loinc, value and unit are needed.
        tests: The laboratory's map of local codes to LOINC, for rows without a valid code of their own.
        units: What the laboratory's own spellings of units mean; they win over every other reading.
        limits: The laboratory's own plausibility limits; they win over those Assay ships.

    Raises:
        SchemaError: A column is missing or of another type.
        ValueError: A unit of ``units`` is not UCUM.
    """
    rows, refused, table, counts, read = standardise_results(
        rows, tests=list(tests), units=list(units), limits=list(limits)
    )
    return StandardisedResults(rows, refused, table, counts, read)
