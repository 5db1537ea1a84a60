"""The three feature sets, as far as the source has what they need, and what they tell a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING

from assay.data.describe import number_of
from assay.pipelines.lims.context import Found
from assay.pipelines.lims.sources import CONTROLS, EVENTS

if TYPE_CHECKING:
    from assay.data import Table

__all__ = ["anomalies", "devices", "outbreaks"]

_EXCURSION = 5.0
"""Decision interval of the cumulative sum: Montgomery, Introduction to Statistical Quality Control, 8th ed., 9.1."""
_RECENT_DAYS = 14
_TIMES = ("observed_at", "reported_at", "measured_at", "recorded_at", "at", "collected_at")
_COLUMNS = (
    "error_rate",
    "qc_z_trend",
    "cusum_excursion",
    "calibration_age",
    "result_drift",
    "downtime",
    "turn_around",
    "repeat_rate",
    "temperature",
    "load",
)


def devices(
    results: Table, tables: dict[str, Table], *, now: datetime | None
) -> tuple[Table, Found] | None:
    """Ten features by device and day; nothing where no result names its device."""
    from assay.features import laboratory

    if _no_device(results) and not {CONTROLS, EVENTS} & tables.keys():
        return None
    controls, events = tables.get(CONTROLS), tables.get(EVENTS)
    last = _last_day([table for table in (results, controls, events) if table is not None], now)
    rows = laboratory.device_days(results, controls, events, last_day=last).rows
    newest = {row["device_id"]: row for row in rows.to_pylist()}  # rows lie by device and day
    excursions = {
        name: row["cusum_excursion"]
        for name, row in newest.items()
        if row["cusum_excursion"] is not None and row["cusum_excursion"] > _EXCURSION
    }
    found = Found(
        title="Devices",
        sentence=f"{number_of(len(newest), 'device')} on {number_of(rows.num_rows, 'device day')}; "
        "below, the last day of each.",
        columns=("Device", *(name.replace("_", " ") for name in _COLUMNS)),
        rows=[(name, *(_text(row[column]) for column in _COLUMNS)) for name, row in sorted(newest.items())],
        attention=[
            f"{name}: its controls have moved, the cumulative sum is {_beyond(value)} SD (limit {_EXCURSION:g}); "
            "calibrate before reporting"
            for name, value in sorted(excursions.items())
        ],
        metrics={"devices": float(len(newest)), "devices_to_calibrate": float(len(excursions))},
    )
    return rows, found


def anomalies(
    results: Table, names: Mapping[str, str], *, now: datetime | None
) -> tuple[Table, Found] | None:
    """The last week of each test on each device against the four before; nothing where no result names its device."""
    from assay.features import laboratory

    if _no_device(results):
        return None
    rows = laboratory.quality_anomalies(results, last_day=_last_day([results], now)).rows
    all_rows = rows.to_pylist()
    odd = [row for row in all_rows if row["anomalous"]]
    judged = sum(row["p"] is not None for row in all_rows)
    found = Found(
        title="Anomalies",
        sentence=f"{len(odd):,} of {judged:,} pairs of test and device are distributed otherwise than in the four "
        f"weeks before; {len(all_rows) - judged:,} have too few results to say.",
        columns=("Device and test", "Mean before", "Mean now", "Shift, SD", "p, adjusted"),
        rows=[
            (
                f"{row['device_id']}, {names.get(row['code'], row['code'])}",
                _text(row["reference_mean"]),
                _text(row["mean"]),
                _text(row["shift"]),
                _text(row["p_adjusted"]),
            )
            for row in odd
        ],
        attention=[
            f"{row['device_id']}: {names.get(row['code'], row['code'])} went from {_text(row['reference_mean'])} to "
            f"{_text(row['mean'])} on average ({row['shift']:+.2f} SD); look at calibration, reagent lot and patients"
            for row in odd
        ],
        metrics={"anomalous_pairs": float(len(odd)), "judged_pairs": float(judged)},
    )
    return rows, found


def outbreaks(cultures: Table | None, *, now: datetime | None) -> tuple[Table, Found] | None:
    """New cases by ward, organism and day with their charts; nothing without cultures."""
    from assay.features import laboratory

    if cultures is None:
        return None
    rows = laboratory.outbreak_days(cultures, last_day=_last_day([cultures], now)).rows
    all_rows = rows.to_pylist()
    last = max((row["day"] for row in all_rows), default=None)
    signals = [row for row in all_rows if row["signals"]]
    recent = [row for row in signals if (last - row["day"]).days < _RECENT_DAYS]
    found = Found(
        title="Outbreaks",
        sentence=f"Days of a ward and an organism above a limit (EARS C1, C2, C3 or CUSUM): {len(signals):,}; below, "
        f"those of the last {_RECENT_DAYS} days.",
        columns=("Ward and organism", "Day", "New cases", "Charts"),
        rows=[
            (f"{row['ward']}, {row['organism']}", str(row["day"]), _text(row["cases"]), row["signals"].upper())
            for row in recent
        ],
        attention=[
            f"{row['ward']}: {row['cases']:g} new cases of {row['organism']} on {row['day']} "
            f"({row['signals'].upper().replace(';', ', ')}); tell infection control"
            for row in recent
        ],
        metrics={"outbreak_signals": float(len(signals)), "outbreak_signals_recent": float(len(recent))},
    )
    return rows, found


def _last_day(tables: Iterable[Table], now: datetime | None) -> date | None:
    """The last day on which something came to be known by now; None where the dates are no true ones.

    A date in the future by mistake would else make its own day the last, and hide what there is to see today.
    """
    if now is None:
        return None
    import pyarrow as pa
    import pyarrow.compute as pc

    latest: list[datetime] = []
    for table in tables:
        columns = [pa.table(table.select([name]))[name] for name in _TIMES if name in table]
        for column in columns:
            past = column.filter(pc.less_equal(column, pa.scalar(now, pa.timestamp("us", "UTC"))))
            if len(past) > past.null_count:
                latest.append(pc.max(past).as_py())
    return max(latest).date() if latest else None


def _no_device(results: Table) -> bool:
    return bool(results["device_id"].null_count == results.num_rows)


def _text(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}"


def _beyond(value: float) -> str:
    """A value above the limit in as many decimals as show that it is."""
    return next((text for n in (1, 2, 3) if float(text := f"{value:.{n}f}") > _EXCURSION), f"{value:.6f}")
