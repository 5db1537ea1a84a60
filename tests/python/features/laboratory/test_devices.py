"""Features of devices against a computation that shares nothing with the core, and proof that none sees the future.

The device, its results and its log are made up.
"""

from __future__ import annotations

import itertools
import math
import statistics
from datetime import date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

import assay
from assay import data
from assay.features import laboratory

UTC = timezone.utc
START = datetime(2026, 3, 1, tzinfo=UTC)
Rows = list[dict[str, Any]]
FEATURES = [
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
]


def table(schema: str, rows: Rows) -> data.Table:
    """With the columns that the rows name, in the types of the schema."""
    fields = [field for field in data.clinical_schema(schema) if any(field.name in row for row in rows)]
    names = [field.name for field in fields]
    return data.Table.from_dict(
        {name: [row.get(name) for row in rows] for name in names}, schema=data.Schema(fields)
    )


def made_up(seed: int, *, days: int = 60, devices: int = 3) -> tuple[Rows, Rows, Rows]:
    """Results, controls and events; some are reported or recorded days late, in an order of no meaning."""
    rng = np.random.default_rng(seed)

    def moment() -> datetime:
        return START + timedelta(seconds=int(rng.integers(0, days * 86400)))

    def late(time: datetime) -> datetime:
        hours = rng.exponential(2) if rng.random() < 0.9 else rng.exponential(60)
        return time + timedelta(seconds=int(hours * 3600))

    def device() -> str:
        return f"D{rng.integers(devices)}"

    results, controls, events = [], [], []
    for i in range(2500):
        at = moment()
        results.append(
            {
                "result_id": f"R{i if rng.random() < 0.97 else rng.integers(i + 1)}",
                "patient_id": "made up",
                "device_id": device() if rng.random() < 0.99 else None,
                "specimen_id": f"S{rng.integers(1200)}" if rng.random() < 0.95 else None,
                "observed_at": at,
                "reported_at": late(at) if rng.random() < 0.98 else None,
                "loinc": ["2345-7", "2951-2", None][int(rng.choice(3, p=[0.6, 0.3, 0.1]))],
                "local_code": "K" if rng.random() < 0.5 else None,
                "unit": "mg/dL",
                "value": float(rng.normal(100, 10)) if rng.random() < 0.97 else None,
                "comparator": "<" if rng.random() < 0.02 else None,
                "status": str(
                    rng.choice(["final", "corrected", "cancelled", "preliminary"], p=[0.9, 0.04, 0.03, 0.03])
                ),
            }
        )
    for _ in range(400):
        at = moment()
        z = float(rng.normal(0, 1.5))
        by_value = rng.random() < 0.3
        controls.append(
            {
                "device_id": device(),
                "measured_at": at,
                "recorded_at": late(at) if rng.random() < 0.7 else None,
                "loinc": "2345-7",
                "material": f"level {rng.integers(2)}",
                "z": None if by_value else z,
                "value": 100 + 2 * z if by_value else None,
                "target": 100.0,
                "standard_deviation": 2.0,
            }
        )
    for _ in range(250):
        at = moment()
        kind = str(rng.choice(["error", "calibration", "down", "up", "temperature", "door"]))
        events.append(
            {
                "device_id": device(),
                "at": at,
                "recorded_at": late(at) if rng.random() < 0.7 else None,
                "kind": kind,
                "value": float(rng.normal(5, 1)) if kind == "temperature" else None,
            }
        )
    return results, controls, events


def known(row: dict[str, Any]) -> datetime | None:
    if "observed_at" in row:
        return None if row["reported_at"] is None else max(row["observed_at"], row["reported_at"])
    at = row.get("measured_at") or row["at"]
    return max(at, row["recorded_at"] or at)


def compute(parts: tuple[Rows, Rows, Rows], **options: Any) -> laboratory.DeviceDays:
    schemas = ("laboratory_results", "quality_controls", "device_events")
    return laboratory.device_days(*map(table, schemas, parts), **options)


def usable(parts: tuple[Rows, Rows, Rows]) -> tuple[Rows, Rows, Rows]:
    """What counts at all, in the order in which it was known; of a result's versions on a device the first."""
    results, controls, events = ([r for r in part if r["device_id"] and known(r)] for part in parts)
    results = [r for r in results if r["status"] != "cancelled"]
    first, seen = [], set()
    for row in sorted(results, key=known):  # type: ignore[arg-type]
        if (row["device_id"], row["result_id"]) not in seen:
            seen.add((row["device_id"], row["result_id"]))
            first.append(row)
    events = [e for e in events if e["kind"] != "door"]
    return first, sorted(controls, key=known), sorted(events, key=known)  # type: ignore[arg-type]


def naive_day(
    parts: tuple[Rows, Rows, Rows], device: str, day: date, zone: Any = UTC
) -> dict[str, float | None]:
    """Everything from the start, from the records known by the end of the day."""
    end = datetime.combine(day + timedelta(days=1), datetime.min.time(), zone).astimezone(UTC)
    of_device = [[r for r in part if r["device_id"] == device] for part in parts]
    begin_day = min(known(r).astimezone(zone).date() for part in of_device for r in part)  # type: ignore[union-attr]
    results, controls, events = ([r for r in part if known(r) < end] for part in of_device)  # type: ignore[operator]

    def window(part: Rows, days: int) -> Rows:
        return [r for r in part if known(r).astimezone(zone).date() > day - timedelta(days=days)]  # type: ignore[union-attr]

    def code(row: dict[str, Any]) -> str | None:
        return row["loinc"] or row["local_code"]

    out: dict[str, float | None] = dict.fromkeys(FEATURES)
    errors = len([e for e in window(events, 7) if e["kind"] == "error"])
    attempts = errors + len(window(results, 7))
    if events:
        out["error_rate"] = errors / attempts if attempts else None
    scores = {id(c): c["z"] if c["z"] is not None else (c["value"] - 100) / 2 for c in controls}
    recent = window(controls, 14)
    if len(recent) >= 5:
        t = [(c["measured_at"] - START) / timedelta(days=1) for c in recent]
        out["qc_z_trend"] = float(np.polyfit(t, [scores[id(c)] for c in recent], 1)[0])
    reached, recent_ids = [], {id(c) for c in window(controls, 7)}
    for material in {c["material"] for c in controls}:
        high = low = 0.0
        for c in (c for c in controls if c["material"] == material):
            high, low = max(0.0, high + scores[id(c)] - 0.5), max(0.0, low - scores[id(c)] - 0.5)
            reached += [max(high, low)] if id(c) in recent_ids else []
            if max(high, low) > 5:
                high = low = 0.0
    out["cusum_excursion"] = max(reached, default=None)
    calibrations = [e["at"] for e in events if e["kind"] == "calibration"]
    if calibrations:
        out["calibration_age"] = (end - max(calibrations)) / timedelta(days=1)
    now = window(results, 7)
    before = [r for r in window(results, 35) if not any(r is other for other in now)]
    for analyte in {code(r) for r in results} - {None}:
        a, b = (
            [
                r["value"]
                for r in part
                if code(r) == analyte and r["value"] is not None and not r["comparator"]
            ]
            for part in (now, before)
        )
        if min(len(a), len(b)) >= 20:
            shift = abs(statistics.fmean(a) - statistics.fmean(b)) / statistics.stdev(b)
            out["result_drift"] = max(out["result_drift"] or 0, shift)
    if events:
        from_day = max(begin_day, day - timedelta(days=6))
        begin = datetime.combine(from_day, datetime.min.time(), zone).astimezone(UTC)
        changes = [(e["at"], e["kind"]) for e in events if e["kind"] in ("down", "up")]
        changes = [(begin, "up"), *sorted(changes, key=lambda c: c[0]), (end, "up")]
        down = timedelta()
        for (start, kind), (stop, _) in itertools.pairwise(changes[1:]):
            if kind == "down":
                down += max(timedelta(), stop - max(start, begin))
        out["downtime"] = down / timedelta(hours=1)
    took = [(r["reported_at"] - r["observed_at"]) / timedelta(hours=1) for r in now]
    out["turn_around"] = statistics.median(took) if took else None
    repeats, total, seen = 0, 0, set()
    now_ids = {id(r) for r in now}
    for r in results:
        if r["specimen_id"] and code(r):
            key = (r["specimen_id"], code(r))
            repeats += id(r) in now_ids and key in seen
            total += id(r) in now_ids
            seen.add(key)
    out["repeat_rate"] = repeats / total if total else None
    out["temperature"] = max(
        (e["value"] for e in window(events, 1) if e["kind"] == "temperature"), default=None
    )
    out["load"] = len(now) / min(7, (day - begin_day).days + 1)
    return out


@pytest.mark.parametrize(
    ("seed", "zone"), [(1, "UTC"), (2, "UTC"), (3, "Europe/Berlin"), (4, "Pacific/Apia")]
)
def test_every_feature_equals_a_computation_from_the_start(seed: int, zone: str) -> None:
    """March 2026 has a day of 23 hours in Berlin; Samoa skipped a day in 2011."""
    parts = made_up(seed)
    found = compute(parts, zone=zone).rows.to_pylist()
    assert [(r["device_id"], r["day"]) for r in found] == sorted((r["device_id"], r["day"]) for r in found)
    clean, undefined = usable(parts), set()
    for row in found:
        expected = naive_day(clean, row["device_id"], row["day"], ZoneInfo(zone))
        for name in FEATURES:
            where = (name, row["device_id"], row["day"])
            assert (row[name] is None) == (expected[name] is None), where
            if row[name] is not None:
                assert row[name] == pytest.approx(expected[name], rel=1e-9, abs=1e-9), where
            else:
                undefined.add(name)
    assert {"calibration_age", "result_drift", "qc_z_trend", "temperature"} <= undefined
    assert all(any(row[name] is not None for row in found) for name in FEATURES)


def bits(rows: data.Table, until: date) -> list[tuple[Any, ...]]:
    return [
        tuple(v.hex() if isinstance(v, float) else v for v in row.values())
        for row in rows.to_pylist()
        if row["day"] <= until
    ]


@pytest.mark.parametrize("seed", [11, 12])
def test_no_feature_sees_the_future(seed: int) -> None:
    """Day by day: without what was known later, and with it changed, every earlier day stays as it is to the bit."""
    parts = made_up(seed, days=40)
    rng = np.random.default_rng(seed)
    whole = compute(parts).rows
    for d in range(1, 40):
        day = (START + timedelta(days=d)).date()
        end = START + timedelta(days=d + 1)
        cut = tuple([r for r in part if known(r) is None or known(r) < end] for part in parts)  # type: ignore[operator]
        assert bits(compute(cut, last_day=day).rows, day) == bits(whole, day)  # type: ignore[arg-type]
        if d % 4:
            continue
        changed: list[Rows] = [[], [], []]
        for part, out in zip(parts, changed, strict=True):
            for r in part:
                if known(r) is None or known(r) < end:  # type: ignore[operator]
                    out.append(r)
                elif rng.random() < 0.7:  # the others are gone
                    moved = {k: v + 1000 if isinstance(v, float) else v for k, v in r.items()}
                    if "kind" in r:
                        moved["kind"] = {"down": "up", "up": "down"}.get(r["kind"], r["kind"])
                    if "observed_at" in r:
                        moved["specimen_id"] = "S1"
                    out.append(moved)
        assert bits(compute(tuple(changed)).rows, day) == bits(whole, day)  # type: ignore[arg-type]


def test_a_late_report_changes_no_day_before_it() -> None:
    """A device goes down on the 1st; that it was up again after an hour is recorded on the 3rd."""
    log = [
        {"device_id": "D", "at": START, "recorded_at": None, "kind": "down", "value": None},
        {
            "device_id": "D",
            "at": START + timedelta(hours=1),
            "recorded_at": START + timedelta(days=2, hours=5),
            "kind": "up",
            "value": None,
        },
    ]
    results: Rows = [
        {
            "result_id": "R",
            "device_id": "D",
            "observed_at": START,
            "reported_at": START + timedelta(hours=2),
            "value": 1.0,
        }
    ]
    rows = compute((results, [], log), last_day=date(2026, 3, 9)).rows.to_pylist()
    assert [row["downtime"] for row in rows] == [24.0, 48.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0]
    assert [row["load"] for row in rows][:3] == [1.0, 0.5, pytest.approx(1 / 3)]
    assert {row["calibration_age"] for row in rows} == {None}


def test_features_do_not_depend_on_the_order_of_rows() -> None:
    parts = made_up(21)
    rng = np.random.default_rng(0)
    one = compute(parts).rows.to_pylist()
    results = list(parts[0])
    rng.shuffle(results)  # type: ignore[arg-type]
    other = compute((results, *parts[1:])).rows.to_pylist()
    for a, b in zip(one, other, strict=True):
        for name in FEATURES:
            assert a[name] == (None if b[name] is None else pytest.approx(b[name], rel=1e-9)), name


def test_what_is_left_out_is_counted() -> None:
    parts = made_up(31)
    found = compute(parts)
    results, _, events = parts
    assert found.left_out["results.no_device"] == sum(r["device_id"] is None for r in results)
    of_device = [r for r in results if r["device_id"]]
    assert found.left_out["results.no_result"] == sum(r["status"] == "cancelled" for r in of_device)
    assert found.left_out["results.no_report_time"] == sum(
        r["reported_at"] is None and r["status"] != "cancelled" for r in of_device
    )
    kept = [r for r in of_device if r["status"] != "cancelled" and r["reported_at"]]
    assert found.left_out["results.revision"] == len(kept) - len(
        {(r["device_id"], r["result_id"]) for r in kept}
    )
    assert found.left_out["events.unknown_kind"] == sum(e["kind"] == "door" for e in events)
    early = compute(parts, last_day=date(2026, 3, 10))
    assert max(row["day"] for row in early.rows.to_pylist()) == date(2026, 3, 10)
    assert early.left_out["controls.after_last_day"] > 0
    assumed = compute(parts, options=laboratory.DeviceDayOptions(known_when_observed=True))
    assert "results.no_report_time" not in assumed.left_out


def test_bad_input_is_refused() -> None:
    parts = made_up(41, days=5)
    with pytest.raises(assay.ValueError, match="at least 1 day"):
        compute(parts, options=laboratory.DeviceDayOptions(error_days=0))
    with pytest.raises(TypeError, match="unexpected option 'eror_days'"):
        laboratory.DeviceDayOptions(eror_days=3)
    with pytest.raises(assay.ValueError, match="time zone database"):
        compute(parts, zone="Mars/Olympus")
    far = {**parts[2][0], "kind": "error", "device_id": "D0", "at": datetime(2900, 1, 1, tzinfo=UTC)}
    far["recorded_at"] = None
    with pytest.raises(assay.ValueError, match="36,600 days"):
        compute((parts[0], parts[1], [*parts[2], far]))
    until = compute((parts[0], parts[1], [*parts[2], far]), last_day=date(2026, 3, 8))
    assert until.left_out["events.after_last_day"] >= 1
    without = [{k: v for k, v in row.items() if k != "reported_at"} for row in parts[0]]
    with pytest.raises(assay.SchemaError, match="reported_at"):
        laboratory.device_days(table("laboratory_results", without))


def test_empty_tables_and_constant_columns() -> None:
    empty = data.Table.from_dict(
        {"device_id": [], "observed_at": [], "reported_at": []},
        schema=data.Schema(
            [
                field
                for field in data.clinical_schema("laboratory_results")
                if field.name in ("device_id", "observed_at", "reported_at")
            ]
        ),
    )
    found = laboratory.device_days(empty)
    assert len(found.rows) == 0 and found.rows.column_names[2:] == FEATURES
    results = [
        {
            "result_id": f"R{i}",
            "device_id": "D",
            "observed_at": START + timedelta(hours=i),
            "reported_at": START + timedelta(hours=i),
            "loinc": "2345-7",
            "value": 7.0,
        }
        for i in range(2000)
    ]
    controls = [{"device_id": "D", "measured_at": START, "z": 1.0} for _ in range(9)]
    rows = laboratory.device_days(
        table("laboratory_results", results), table("quality_controls", controls)
    ).rows.to_pylist()
    assert {row["result_drift"] for row in rows} == {None}  # a baseline without spread
    assert rows[0]["qc_z_trend"] is None  # all at one time
    assert rows[0]["cusum_excursion"] == 4.5 and rows[7]["cusum_excursion"] is None
    assert rows[20]["turn_around"] == 0.0 and rows[20]["load"] == 24.0
    assert {row["error_rate"] for row in rows} == {None}  # no log
    assert all(v is None or not math.isnan(v) for row in rows for v in list(row.values())[2:])
