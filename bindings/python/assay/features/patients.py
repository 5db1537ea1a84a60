"""Patient summaries, gold.patient_clinical_summary, and the abnormal laboratory results in them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from assay._core.features import (
    AbnormalResult,
    PatientSummary,
    RiskWeights,
    VitalStatistics,
    patient_summary,
    patient_summary_schema,
    to_table,
)
from assay._core.features import abnormal_labs as _abnormal_labs
from assay._core.features import summarise_patients as _summarise_patients

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assay._core.features import CleanedVitals
    from assay.data import Table

__all__ = [
    "AbnormalResult",
    "PatientSummary",
    "VitalStatistics",
    "abnormal_labs",
    "patient_summary",
    "patient_summary_schema",
    "summarise_patients",
    "to_table",
]

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def _micros(time: datetime | None) -> int:
    moment = datetime.now(timezone.utc) if time is None else time
    if moment.tzinfo is None:
        from assay import ValueError

        raise ValueError("summarise_patients: expected aggregated_at with a time zone, got a naive datetime")
    return (moment - _EPOCH) // timedelta(microseconds=1)


def summarise_patients(
    vitals: Table | CleanedVitals,
    *,
    history: Table | None = None,
    emergency: Table | None = None,
    imaging: Table | None = None,
    labs: Table | None = None,
    aggregated_at: datetime | None = None,
    risk_weights: RiskWeights | None = None,
    spo2_scale: int = 1,
) -> Table:
    """Summarise every patient of any table: one row each, sorted by patient_id.

    `vitals` are cleaned: what `clean_vitals` returned, which is quickest, or its `rows`. Of each vital sign
    the row has avg_, min_, max_, last_, the time of the last, the slope per hour and the count; then the
    risk score, the worst NEWS2 with its time (only of rows within an arrival of `emergency` that states
    consciousness and oxygen, never a partial sum), whether a single parameter of NEWS2 scored 3 in any row
    and which, history, abnormal laboratory results and imaging. Statuses are read by HL7 FHIR R4; one that
    is not known keeps its entry.
    Lists are JSON text. `aggregated_at` is now unless given; give it for results that must be the same byte
    for byte.
    """
    return _summarise_patients(
        vitals,
        history=history,
        emergency=emergency,
        imaging=imaging,
        labs=labs,
        aggregated_at_micros=_micros(aggregated_at),
        risk_weights=risk_weights or RiskWeights(),
        spo2_scale=spo2_scale,
    )


def abnormal_labs(
    labs: Table, *, sex_of: Mapping[str, str] | None = None
) -> tuple[dict[str, list[AbnormalResult]], dict[str, int]]:
    """Find the latest result of each test that is outside its reference range, by patient.

    The second value counts all results: normal, abnormal, or why they were not compared (no_value,
    no_code, no_reference, no_unit, other_unit). `sex_of` gives "female" or "male" by patient for ranges
    that need it.
    """
    return _abnormal_labs(labs, sex_of=dict(sex_of or {}))
