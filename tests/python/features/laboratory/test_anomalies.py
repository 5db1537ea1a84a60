"""Changed distributions against SciPy and by planted changes. All results are made up."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pytest

import assay
from assay import data
from assay.features import laboratory

stats = pytest.importorskip("scipy.stats", reason="scipy is not installed")
START = datetime(2026, 3, 2, tzinfo=timezone.utc)
Rows = list[dict[str, Any]]


def table(rows: Rows) -> data.Table:
    fields = [field for field in data.clinical_schema("laboratory_results") if field.name in rows[0]]
    return data.Table.from_dict(
        {field.name: [row[field.name] for row in rows] for field in fields}, schema=data.Schema(fields)
    )


def made_up(seed: int, *, days: int = 50, planted: float = 12.0) -> Rows:
    """Glucose of device D1 is higher by `planted` from day 40 on."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(6000):
        day = int(rng.integers(0, days))
        device, code = f"D{rng.integers(3)}", str(rng.choice(["2345-7", "2951-2"]))
        at = START + timedelta(days=day, seconds=int(rng.integers(0, 86400)))
        shift = planted if (device, code) == ("D1", "2345-7") and day >= 40 else 0.0
        rows.append(
            {
                "result_id": f"R{i}",
                "device_id": device,
                "observed_at": at,
                "reported_at": at + timedelta(hours=float(rng.exponential(10))),
                "loinc": code,
                "unit": "mg/dL" if code == "2345-7" else "mmol/L",
                "value": float(rng.normal(95 + shift, 10) if code == "2345-7" else rng.normal(140, 3)),
            }
        )
    return rows


def test_a_planted_change_is_found_and_nothing_else() -> None:
    found = laboratory.quality_anomalies(table(made_up(1)), last_day=date(2026, 4, 18)).rows.to_pylist()
    assert [(r["device_id"], r["code"]) for r in found if r["anomalous"]] == [("D1", "2345-7")]
    [one] = [r for r in found if r["anomalous"]]
    assert one["shift"] == pytest.approx(1.2, abs=0.3) and one["unit"] == "mg/dL" and one["ks"] > 0.3
    assert len(found) == 6
    calm = laboratory.quality_anomalies(
        table(made_up(2, planted=0.0)), first_day=date(2026, 4, 10)
    ).rows.to_pylist()
    assert not any(r["anomalous"] for r in calm) and len({r["day"] for r in calm}) > 5


def test_statistics_equal_scipys() -> None:
    rows = made_up(3)
    day = date(2026, 4, 15)
    found = laboratory.quality_anomalies(table(rows), last_day=day).rows.to_pylist()
    expected = []
    for r in found:

        def part(first: int, last: int, r: dict[str, Any] = r) -> list[float]:
            days = {day - timedelta(days=d) for d in range(first, last)}
            key = (r["device_id"], r["code"])
            return [
                x["value"]
                for x in rows
                if (x["device_id"], x["loinc"]) == key and x["reported_at"].date() in days
            ]

        now, before = part(0, 7), part(7, 35)
        test = stats.ks_2samp(before, now)
        assert (r["count"], r["reference_count"]) == (len(now), len(before))
        assert r["ks"] == pytest.approx(test.statistic, rel=1e-12) and r["p"] == pytest.approx(
            test.pvalue, rel=1e-8
        )
        assert r["wasserstein"] == pytest.approx(stats.wasserstein_distance(before, now), rel=1e-9)
        assert r["shift"] == pytest.approx(
            (np.mean(now) - np.mean(before)) / np.std(before, ddof=1), rel=1e-9
        )
        expected.append(test.pvalue)
    np.testing.assert_allclose(
        [r["p_adjusted"] for r in found], stats.false_discovery_control(expected), rtol=1e-7
    )


def test_no_row_sees_the_future() -> None:
    rows = made_up(4)
    first = date(2026, 3, 2)
    whole = laboratory.quality_anomalies(table(rows), first_day=first).rows.to_pylist()
    for d in range(0, 50, 3):
        day = (START + timedelta(days=d)).date()
        known = [r for r in rows if r["reported_at"].date() <= day]
        future = [{**r, "value": 1e6} for r in rows if r["reported_at"].date() > day]
        earlier = [r for r in whole if r["day"] <= day]
        assert (
            laboratory.quality_anomalies(table(known), first_day=first, last_day=day).rows.to_pylist()
            == earlier
        )
        changed = laboratory.quality_anomalies(table(known + future), first_day=first, last_day=day)
        assert changed.rows.to_pylist() == earlier


def test_few_results_constants_and_bad_options() -> None:
    rows = made_up(5)[:300]
    few = laboratory.quality_anomalies(table(rows)).rows.to_pylist()
    assert {r["p"] for r in few} == {None} and {r["anomalous"] for r in few} == {None}
    constant = [{**r, "value": 7.0} for r in made_up(6)]
    same = laboratory.quality_anomalies(table(constant), last_day=date(2026, 4, 18)).rows.to_pylist()
    assert {r["shift"] for r in same} == {None} and {r["ks"] for r in same} == {0.0}
    assert not any(r["anomalous"] for r in same)
    with pytest.raises(assay.ValueError, match="1 to 36,600 days"):
        laboratory.quality_anomalies(table(rows), window_days=0)
    with pytest.raises(assay.ValueError, match="from 0 to 1"):
        laboratory.quality_anomalies(table(rows), alpha=2)
