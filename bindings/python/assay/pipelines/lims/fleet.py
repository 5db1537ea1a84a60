"""A made-up laboratory with many analysers, some of which fail: a source to train a model of device failure on."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np

from assay.pipelines.record import write_atomically

__all__ = ["Fleet", "simulate_fleet", "write_fleet"]

_START = datetime(2026, 1, 5, tzinfo=timezone.utc)
_TARGET, _SD = 100.0, 2.0
"""Of the control material: mg/dL of glucose."""
_QUIET_DAYS = 45.0
"""Mean of the exponential time until something begins to go wrong."""
_SUDDEN = 0.2
"""Share of failures that nothing announces."""
_MENDED = 0.25
"""Share of declines that are calibrated away before the device fails: no failure follows what looks like one."""


@dataclass(frozen=True)
class Fleet:
    """Rows of three tables, as :func:`assay.data.clinical_schema` names their columns. All of it is made up."""

    results: list[dict[str, Any]] = field(default_factory=list)
    controls: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)

    @property
    def failures(self) -> int:
        """How often a device went down."""
        return sum(event["kind"] == "down" for event in self.events)


def simulate_fleet(devices: int = 30, days: int = 150, *, results_a_day: int = 8, seed: int = 0) -> Fleet:
    """Analysers that decline over one to two weeks and then go down; others go down at once, or are mended in time.

    While a device declines its controls wander by up to 2.5 standard deviations, errors and repeats become more
    frequent, it grows warmer and slower. One failure in five comes without warning, and one decline in four is
    calibrated away, so that no model can be right about all. Every patient and result is made up.

    Cost: O(devices x days x results_a_day), some 4 s for 150,000 results.

    Raises:
        ValueError: fewer than 2 devices, 60 days or 1 result a day.
    """
    for name, value, fewest in (
        ("devices", devices, 2),
        ("days", days, 60),
        ("results_a_day", results_a_day, 1),
    ):
        if value < fewest:
            from assay import ValueError

            raise ValueError(f"{name}: expected {fewest} or more, got {value}")
    fleet = Fleet()
    for number in range(devices):
        # Each device has its own random numbers: with more of them the first ones stay as they were.
        rng = np.random.Generator(np.random.Philox(key=[seed, number]))
        _simulate_device(fleet, f"AU-{number + 1:02d}", days, results_a_day, rng)
    return fleet


def write_fleet(fleet: Fleet, folder: str | os.PathLike[str]) -> Path:
    """Writes results.csv, quality_controls.csv and device_events.csv: a SOURCE of ``assay run lims``."""
    import csv
    import io

    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    for name, rows in (
        ("results", fleet.results),
        ("quality_controls", fleet.controls),
        ("device_events", fleet.events),
    ):
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        write_atomically(place / f"{name}.csv", text.getvalue())
    return place


def _simulate_device(
    fleet: Fleet, name: str, days: int, results_a_day: int, rng: np.random.Generator
) -> None:
    decline, down = _course(days, rng)
    direction = rng.choice([-1.0, 1.0])
    calibrated = -int(rng.integers(0, 30))
    warmth = rng.normal(24, 0.8)
    for day in range(days):
        at = _START + timedelta(days=day)
        severity = decline[day]
        if day - calibrated >= 30 or (day and decline[day - 1] > 0 and severity == 0):
            calibrated = day
            _event(fleet, name, at + timedelta(hours=5, minutes=30), "calibration")
        _event(fleet, name, at + timedelta(hours=4), "temperature", rng.normal(warmth + 5 * severity, 0.5))
        for shift in (6, 14, 22):
            value = _TARGET + _SD * (rng.normal() + 2.5 * severity * direction)
            fleet.controls.append(_control(name, at + timedelta(hours=shift), value))
        for minute in sorted(rng.uniform(0, 1440, rng.poisson(0.15 + 2.5 * severity))):
            _event(fleet, name, at + timedelta(minutes=float(minute)), "error")
        if down[day]:
            hour = float(rng.uniform(8, 16))
            _event(fleet, name, at + timedelta(hours=hour), "down")
            _event(fleet, name, at + timedelta(hours=hour + float(rng.uniform(2, 7))), "up")
        _results(fleet, name, at, results_a_day, severity, direction, rng)


def _course(days: int, rng: np.random.Generator) -> tuple[list[float], list[bool]]:
    """How far the device has declined on each day, from 0 to 1, and on which days it goes down."""
    decline, down = [0.0] * days, [False] * days
    day = int(rng.exponential(_QUIET_DAYS))
    while day < days:
        if rng.uniform() < _SUDDEN:
            down[day] = True
        else:
            length, mended = int(rng.integers(7, 15)), rng.uniform() < _MENDED
            last = length * (0.6 if mended else 1.0)
            for step in range(length):
                if day + step < days and step < last:
                    decline[day + step] = (step + 1) / length
            day += length
            if day < days and not mended:
                down[day] = True
        day += 1 + int(rng.exponential(_QUIET_DAYS))
    return decline, down


def _results(
    fleet: Fleet,
    name: str,
    day: datetime,
    count: int,
    severity: float,
    direction: float,
    rng: np.random.Generator,
) -> None:
    for _ in range(int(rng.poisson(count))):
        number = len(fleet.results)
        observed = day + timedelta(minutes=float(rng.uniform(360, 1260)))
        specimen = f"S{number:07d}"
        for repeat in range(1 + int(rng.uniform() < 0.03 + 0.2 * severity)):
            reported = observed + timedelta(minutes=float(rng.gamma(6, 7 + 6 * severity)) + 20 * repeat)
            fleet.results.append(
                {
                    "result_id": f"R{len(fleet.results):07d}",
                    "patient_id": f"MADE-UP-{int(rng.integers(1, 5000)):05d}"
                    if not repeat
                    else _patient(fleet),
                    "specimen_id": specimen,
                    "observed_at": _text(observed + timedelta(minutes=20 * repeat)),
                    "reported_at": _text(reported),
                    "loinc": "2345-7",
                    "test_name": "Glucose",
                    "value": f"{max(20.0, rng.normal(95 + 2 * severity * direction, 14)):.0f}",
                    "unit": "mg/dL",
                    "device_id": name,
                }
            )


def _patient(fleet: Fleet) -> str:
    return str(fleet.results[-1]["patient_id"])


def _control(name: str, at: datetime, value: float) -> dict[str, Any]:
    return {
        "device_id": name,
        "measured_at": _text(at),
        "recorded_at": _text(at),
        "loinc": "2345-7",
        "material": "L1",
        "value": f"{value:.2f}",
        "target": _TARGET,
        "standard_deviation": _SD,
    }


def _event(fleet: Fleet, name: str, at: datetime, kind: str, value: float | None = None) -> None:
    fleet.events.append(
        {
            "device_id": name,
            "at": _text(at),
            "recorded_at": _text(at),
            "kind": kind,
            "value": "" if value is None else f"{value:.2f}",
        }
    )


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
