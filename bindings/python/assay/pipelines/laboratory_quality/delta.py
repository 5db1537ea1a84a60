"""Delta checks over a table of standardised results."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from assay._core import features as _core
from assay.data import Table
from assay.data.laboratory import QualityCheck
from assay.pipelines.laboratory_quality.limits import DeltaLimits, read_delta_limits

__all__ = ["delta_checks"]


def delta_checks(
    rows: Table,
    *,
    limits: DeltaLimits | Mapping[str, Any] | str | os.PathLike[str] | None = None,
    within: timedelta | None = None,
    source_column: str | None = None,
) -> list[QualityCheck]:
    """Counts results that differ from the patient's last result of the same code and unit by more than a limit.

    Results without patient, time or exact number ("<0.01") are left out; a limit itself is no failure.

    Args:
        rows: Standardised results: patient_id, observed_at, loinc, value_standard, unit_standard are needed.
        limits: As :func:`read_delta_limits` takes them; the conventions that come with Assay where none are given.
        within: Results further apart in time are not compared, where a limit names no window of its own: three days.
        source_column: A text column that tells sources apart; a difference counts for the later result's source.

    Returns:
        One check ``delta`` of dimension plausibility for each source in which something was compared.

    Raises:
        SchemaError: A column is missing or of another type. ValueError: limits that cannot be.
    """
    known = read_delta_limits(limits, within=within)
    return _core.delta_checks(
        rows,
        limits=[
            (one.loinc, one.unit, one.difference, one.percent, one.per_day, one.within_days) for one in known.limits
        ],
        source_column=source_column or "",
    )
