"""Delta checks over a table of standardised results."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from itertools import pairwise

from assay.data import Table
from assay.data.laboratory import QualityCheck
from assay.features.qc import delta_check

__all__ = ["DELTA_LIMITS", "delta_checks"]

DELTA_LIMITS: Mapping[str, float] = {"2951-2": 20.0, "787-2": 10.0, "2160-0": 4.0, "718-7": 6.0}
"""By LOINC code, in its unit: how far two results of a patient may lie apart within the window. Wide, so that what is
beyond is rather a mixed-up specimen than an illness; a laboratory's own limits go before them."""


def delta_checks(
    rows: Table,
    *,
    limits: Mapping[str, float] = DELTA_LIMITS,
    within: timedelta = timedelta(days=3),
    source_column: str | None = None,
) -> list[QualityCheck]:
    """Counts results that differ from the patient's last result of the same code by more than its limit.

    Args:
        rows: Standardised results: patient_id, observed_at, loinc, value_standard are needed.
        limits: Largest credible difference by LOINC code, in the code's unit.
        within: Results further apart in time are not compared.
        source_column: A text column that tells sources apart; a difference counts for the later result's source.

    Returns:
        One check ``delta`` of dimension plausibility for each source in which something was compared.
    """
    columns = [
        rows.column(name).to_pylist() for name in ("patient_id", "loinc", "observed_at", "value_standard")
    ]
    sources = rows.column(source_column).to_pylist() if source_column else [""] * rows.num_rows
    series: dict[tuple[str, str], list[tuple[object, float, str]]] = {}
    for patient, loinc, at, value, source in zip(*columns, sources, strict=True):
        if loinc in limits and None not in (patient, at, value):
            series.setdefault((patient, loinc), []).append((at, value, source or ""))
    counts: dict[str, list[int]] = {}
    for (_, loinc), results in series.items():
        results.sort(key=lambda result: result[0])  # type: ignore[arg-type,return-value]
        for (before, was, _), (after, now, source) in pairwise(results):
            if after - before > within:  # type: ignore[operator]
                continue
            days = (after - before) / timedelta(days=1)  # type: ignore[operator]
            total = counts.setdefault(source, [0, 0])
            total[0] += 1
            total[1] += delta_check(was, now, days, difference=limits[loinc]).failed
    return [
        QualityCheck(source, "plausibility", "delta", checked, failed)
        for source, (checked, failed) in sorted(counts.items())
    ]
