"""Whether the results of an analyte on a device are distributed otherwise than before."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from assay._core.features import AnomalyTable
from assay._core.features import quality_anomalies as _quality_anomalies
from assay.features.laboratory._days import EPOCH, day_starts

if TYPE_CHECKING:
    from assay.data import Table

__all__ = ["AnomalyTable", "quality_anomalies"]


def quality_anomalies(
    results: Table,
    *,
    window_days: int = 7,
    reference_days: int = 28,
    minimum_results: int = 20,
    alpha: float = 0.05,
    least_effect: float = 0.2,
    known_when_observed: bool = False,
    first_day: date | None = None,
    last_day: date | None = None,
    zone: str = "UTC",
) -> AnomalyTable:
    """The results of a window against those of the days before it, by analyte and device.

    Each pair with a result in the window has a row: count, mean, reference_count, reference_mean, shift (of the
    means, in the reference's standard deviations), ks (Kolmogorov-Smirnov distance), p, p_adjusted (Benjamini
    and Hochberg over all pairs of the day), wasserstein (in the unit), anomalous. Statistics are null where
    either part has fewer than ``minimum_results``. A result enters on the day on which it was known, as in
    `device_days`: no later result changes a row.

    Args:
        results: laboratory_results with device_id, observed_at and reported_at; ``value_standard`` counts where
            it is there.
        window_days: Up to the day of the row.
        reference_days: Directly before the window.
        minimum_results: In window and reference.
        alpha: Of the adjusted p.
        least_effect: Of the Kolmogorov-Smirnov distance; less is no anomaly, whatever its p.
        known_when_observed: A result without reported_at was known when it was observed.
        first_day: Rows for each day from here on; by default for the last day alone.
        last_day: By default the last day with a result.
        zone: Whose days.

    Raises:
        SchemaError: A column that is missing or of another type.
        ValueError: A window below 1 day, alpha or least_effect outside [0, 1].
    """
    first_start, starts = day_starts(zone)
    return _quality_anomalies(
        results,
        window_days=window_days,
        reference_days=reference_days,
        minimum_results=minimum_results,
        alpha=alpha,
        least_effect=least_effect,
        known_when_observed=known_when_observed,
        first_day=None if first_day is None else (first_day - EPOCH).days,
        last_day=None if last_day is None else (last_day - EPOCH).days,
        first_start=first_start,
        starts=list(starts),
    )
