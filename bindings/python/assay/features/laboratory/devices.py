"""Ten features of a laboratory's devices by day, for models of their failure."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from assay._core.features import DeviceDayOptions, DeviceDays
from assay._core.features import device_days as _device_days
from assay._core.features import failures_ahead as _failures_ahead
from assay.features.laboratory._days import EPOCH, day_starts

if TYPE_CHECKING:
    from assay.data import Column, Table

__all__ = ["DeviceDayOptions", "DeviceDays", "device_days", "failures_ahead"]


def device_days(
    results: Table,
    controls: Table | None = None,
    events: Table | None = None,
    *,
    options: DeviceDayOptions | None = None,
    last_day: date | None = None,
    zone: str = "UTC",
) -> DeviceDays:
    """The features of each device on each day from its first record on, as they could be computed that evening.

    A record enters on the day on which it was known: the later of when it happened and when it was reported or
    recorded. What came to be known later changes nothing of a day. A feature is null where it is undefined, never 0.

    Args:
        results: laboratory_results with device_id, observed_at and reported_at; ``value_standard`` counts where
            it is there.
        controls: quality_controls: device_id, measured_at, and z or value, target and standard_deviation.
        events: device_events: device_id, at, kind (error, calibration, down, up, temperature), value.
        options: Windows in calendar days.
        last_day: What came to be known later is left out and counted; by default the last day with a record.
        zone: Whose days. A day on which clocks are changed is one day, of 23 or 25 hours.

    Returns:
        ``rows`` with device_id, day, error_rate, qc_z_trend (a day), cusum_excursion, calibration_age (days),
        result_drift, downtime (hours), turn_around (hours), repeat_rate, temperature (Cel) and load (a day);
        ``left_out``: how many records could not be used, by reason.

    Raises:
        SchemaError: A column that is missing or of another type.
        ValueError: A window below 1 day, an unknown zone, records that span more than 36,600 days.
    """
    first_start, starts = day_starts(zone)
    return _device_days(
        results,
        controls,
        events,
        options=options or DeviceDayOptions(),
        last_day=None if last_day is None else (last_day - EPOCH).days,
        first_start=first_start,
        starts=list(starts),
    )


def failures_ahead(
    days: Table, events: Table, *, horizon: int = 7, last_day: date | None = None, zone: str = "UTC"
) -> Column:
    """Whether a device goes down within the days after each of its days: the label that belongs to device_days.

    The day itself does not count. Null where the answer is not known: the days after reach beyond the last one, the
    device is down already as the day ends, or its log has told nothing at all.

    Args:
        days: rows of :func:`device_days`.
        events: device_events, of which kind "down" and "up" count.
        horizon: calendar days after the day.
        last_day: of what is known; by default the last one of ``days``.
        zone: Whose days, as for :func:`device_days`.

    Raises:
        SchemaError: A column that is missing or of another type.
        ValueError: A horizon below 1 day, an unknown zone.
    """
    first_start, starts = day_starts(zone)
    return _failures_ahead(
        days,
        events,
        horizon=horizon,
        last_day=None if last_day is None else (last_day - EPOCH).days,
        first_start=first_start,
        starts=list(starts),
    )
