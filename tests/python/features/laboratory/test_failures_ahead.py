"""Labels of device days against a naive look at the events. All devices are made up."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest

import assay
from assay.data import Table
from assay.features import laboratory
from assay.pipelines.lims.fleet import simulate_fleet


def _tables(seed: int) -> tuple[Table, Table]:
    fleet = simulate_fleet(devices=4, days=60, results_a_day=2, seed=seed)
    events = Table.from_dict(
        {
            "device_id": [row["device_id"] for row in fleet.events],
            "at": [_moment(row["at"]) for row in fleet.events],
            "kind": [row["kind"] for row in fleet.events],
        }
    )
    results = Table.from_dict(
        {
            "device_id": [row["device_id"] for row in fleet.results],
            "observed_at": [_moment(row["observed_at"]) for row in fleet.results],
            "reported_at": [_moment(row["reported_at"]) for row in fleet.results],
            "loinc": [row["loinc"] for row in fleet.results],
            "value": [float(row["value"]) for row in fleet.results],
        }
    )
    return laboratory.device_days(results, events=events).rows, events


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _naive(device: str, day: date, events: list[dict], horizon: int, last: date) -> bool | None:
    own = sorted(
        (e["at"], e["kind"]) for e in events if e["device_id"] == device and e["kind"] in ("down", "up")
    )
    end = datetime(day.year, day.month, day.day, tzinfo=timezone.utc) + timedelta(days=1)
    if day + timedelta(days=horizon) > last:
        return None
    before = [kind for at, kind in own if at < end]
    if before and before[-1] == "down":
        return None
    return any(kind == "down" and end <= at < end + timedelta(days=horizon) for at, kind in own)


@pytest.mark.parametrize("horizon", [1, 7, 14])
def test_labels_equal_a_naive_look_at_the_events(horizon: int) -> None:
    days, events = _tables(seed=3)
    rows, log = days.to_pylist(), events.to_pylist()
    last = max(row["day"] for row in rows)
    expected = [_naive(row["device_id"], row["day"], log, horizon, last) for row in rows]
    assert laboratory.failures_ahead(days, events, horizon=horizon).to_pylist() == expected
    assert any(expected)
    assert False in expected
    assert None in expected


def test_a_device_without_a_log_has_no_labels() -> None:
    days = Table.from_dict({"device_id": ["AU-9"], "day": [date(2026, 1, 1)]})
    _, events = _tables(seed=1)
    assert laboratory.failures_ahead(days, events, last_day=date(2026, 12, 31)).to_pylist() == [None]


def test_days_are_those_of_the_zone() -> None:
    midnight_in_berlin = datetime(2026, 3, 2, 23, 30, tzinfo=timezone.utc)  # 00:30 on 3 March there
    events = Table.from_dict({"device_id": ["A"], "at": [midnight_in_berlin], "kind": ["down"]})
    days = Table.from_dict({"device_id": ["A", "A"], "day": [date(2026, 3, 1), date(2026, 3, 2)]})
    known = {"horizon": 1, "last_day": date(2026, 3, 9)}
    assert laboratory.failures_ahead(days, events, **known).to_pylist() == [
        True,
        None,
    ]  # down as 2 March ends
    assert laboratory.failures_ahead(days, events, zone="Europe/Berlin", **known).to_pylist() == [False, True]


def test_a_horizon_has_a_day() -> None:
    days, events = _tables(seed=1)
    with pytest.raises(assay.ValueError, match="at least 1 day"):
        laboratory.failures_ahead(days, events, horizon=0)
    with pytest.raises(assay.SchemaError, match="kind"):
        laboratory.failures_ahead(days, days)
