"""The three feature sets, as far as the source has what they need, and what they tell a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.pipelines.lims.context import Found
from assay.pipelines.lims.sources import CONTROLS, EVENTS

if TYPE_CHECKING:
    from assay.data import Table

__all__ = ["devices"]

_EXCURSION = 5.0
"""Decision interval of the cumulative sum: Montgomery, Introduction to Statistical Quality Control, 8th ed., 9.1."""
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


def devices(results: Table, tables: dict[str, Table]) -> tuple[Table, Found] | None:
    """Ten features by device and day; nothing where no result names its device."""
    from assay.features import laboratory

    if results["device_id"].null_count == results.num_rows and not tables:
        return None
    rows = laboratory.device_days(results, tables.get(CONTROLS), tables.get(EVENTS)).rows
    last = {row["device_id"]: row for row in rows.to_pylist()}  # rows lie by device and day
    excursions = {
        name: row["cusum_excursion"]
        for name, row in last.items()
        if row["cusum_excursion"] is not None and row["cusum_excursion"] > _EXCURSION
    }
    found = Found(
        title="Devices",
        sentence=f"{len(last):,} devices on {rows.num_rows:,} device days; below, the last day of each.",
        columns=("Device", *(name.replace("_", " ") for name in _COLUMNS)),
        rows=[(name, *(_text(row[column]) for column in _COLUMNS)) for name, row in sorted(last.items())],
        attention=[
            f"{name}: its controls have moved, the cumulative sum is {value:.1f} SD (limit {_EXCURSION:g}); "
            "calibrate before reporting"
            for name, value in sorted(excursions.items())
        ],
        metrics={"devices": float(len(last)), "devices_to_calibrate": float(len(excursions))},
    )
    return rows, found


def _text(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}"
