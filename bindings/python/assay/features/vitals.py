"""Cleaning of vital signs: limits, the pivot of charted measurements, and what was refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay._core.features import (
    CleanedVitals,
    MeasurementCounts,
    MeasurementSource,
    PivotCounts,
    PivotedMeasurements,
    VitalLimit,
    counts_by_rule,
    default_vital_limits,
    mimic_iv_measurements,
    read_vital_limits,
    vital_limits_from_json,
)
from assay._core.features import clean_vitals as _clean_vitals
from assay._core.features import pivot_measurements as _pivot_measurements

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assay.data import Table

__all__ = [
    "CleanedVitals",
    "MeasurementCounts",
    "MeasurementSource",
    "PivotCounts",
    "PivotedMeasurements",
    "VitalLimit",
    "clean_vitals",
    "counts_by_rule",
    "default_vital_limits",
    "mimic_iv_measurements",
    "pivot_measurements",
    "read_vital_limits",
    "vital_limits_from_json",
]


def clean_vitals(
    vitals: Table,
    *,
    limits: Sequence[VitalLimit] | None = None,
    units: Mapping[str, str] | None = None,
) -> CleanedVitals:
    """Check every measurement of a wide table, one row per patient and time, against its limits.

    The result has `rows` (the same columns and order; a refused measurement is null), `quarantine` (one
    row per refused measurement: patient_id, observed_at, measurement, value, unit, rule, likely_cause,
    source_row) and `counts`, where measurements read are accepted plus quarantined.

    Rules: `row.key` (no patient or time), `<m>.unit`, `<m>.impossible` (NaN or outside the outlier
    range), `<m>.implausible` (outside the valid range), `row.duplicate` and `row.conflict` (an earlier
    row of the same patient and time holds an equal or another value; the earlier is kept).

    Fahrenheit becomes Celsius only where a `temperature_unit` column, the field's unit or `units`
    ({"temperature": "[degF]"}) says so; a number alone is never converted.
    """
    return _clean_vitals(vitals, limits=None if limits is None else list(limits), units=dict(units or {}))


def pivot_measurements(
    measurements: Table,
    *,
    map: Sequence[MeasurementSource] | None = None,
    source_rows: bool = True,
) -> PivotedMeasurements:
    """Turn charted measurements (patient_id, observed_at, item, value, unit) into one wide row per patient
    time.

    `map` says which item goes to which column, by default MIMIC-IV's vital signs. The result has `rows`,
    `quarantine` (no key, no value, a unit that contradicts, a second value for one cell), `others` (items
    that the map does not name, untouched) and `counts`, which add up. With `source_rows` the wide table
    says which charted row each value came from.
    """
    return _pivot_measurements(measurements, map=None if map is None else list(map), source_rows=source_rows)
