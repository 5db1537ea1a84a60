"""Outbreaks against naive computations, on constructed outbreaks and on MIMIC's microbiology. Others are made up."""

from __future__ import annotations

import csv
import math
import statistics
from collections import Counter
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import assay
from assay import data
from assay.features import laboratory

UTC = timezone.utc
START = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
Rows = list[dict[str, Any]]


def cultures(rows: Rows) -> data.Table:
    schema = data.clinical_schema("cultures")
    return data.Table.from_dict(
        {field.name: [row.get(field.name) for row in rows] for field in schema}, schema=schema
    )


def naive_ears(counts: list[float], method: str, least: float = 0.5) -> list[float]:
    lag = 0 if method == "c1" else 2
    out = []
    for day, count in enumerate(counts):
        baseline = counts[max(0, day - lag - 7) : max(0, day - lag)]
        if len(baseline) < 7 or any(math.isnan(b) for b in baseline):
            out.append(math.nan)
        else:
            deviation = max(statistics.stdev(baseline), least)
            out.append((count - statistics.fmean(baseline)) / deviation)
    if method == "c3":
        return [math.nan] * 2 + [
            sum(max(0.0, c - 1) if c == c else c for c in out[d - 2 : d + 1]) for d in range(2, len(out))
        ]
    return out


@pytest.mark.parametrize("method", ["c1", "c2", "c3"])
def test_ears_equals_a_naive_computation(method: str) -> None:
    rng = np.random.default_rng(1)
    counts = rng.poisson(2, 400).astype(float)
    counts[100:130] = 0
    counts[200] = np.nan
    counts[300:304] += 9
    chart = laboratory.ears(counts, method)
    expected = naive_ears(counts.tolist(), method)
    np.testing.assert_allclose(chart.statistic, expected, rtol=1e-9, atol=1e-9)
    threshold = 2 if method == "c3" else 3
    assert chart.alarms.tolist() == [d for d, s in enumerate(expected) if s > threshold]
    assert 300 in chart.alarms
    first = {"c1": 7, "c2": 9, "c3": 11}[
        method
    ]  # as in R's surveillance: baseline + 1, + 3, + 5, counted from 1
    assert np.flatnonzero(~np.isnan(chart.statistic))[0] == first


def test_ears_by_hand_and_a_baseline_without_spread() -> None:
    """Baseline 1..7: mean 4, deviation sqrt(28/6)."""
    chart = laboratory.ears([1, 2, 3, 4, 5, 6, 7, 11], "c1")
    assert chart.mean[7] == 4 and chart.deviation[7] == pytest.approx(math.sqrt(28 / 6))
    assert chart.statistic[7] == pytest.approx(7 / math.sqrt(28 / 6)) and chart.alarms.tolist() == [7]
    zeros = [0.0] * 7
    assert laboratory.ears([*zeros, 1], "c1").statistic[7] == 2
    assert laboratory.ears([*zeros, 2], "c1").alarms.tolist() == [7]
    assert laboratory.ears([*zeros, 2], "c1", least_deviation=1).alarms.tolist() == []
    rising = [0.0] * 9 + [1, 2, 3]
    assert laboratory.ears(rising, "c3").statistic[11] == 1 + 3 + 5  # C2: 2, 4, 6
    for bad, message in (({"method": "c4"}, "c1, c2 or c3"), ({"baseline": 1}, "2 days")):
        with pytest.raises(assay.ValueError, match=message):
            laboratory.ears(zeros, **bad)  # type: ignore[arg-type]
    with pytest.raises(assay.ValueError, match="at least 0"):
        laboratory.ears([1, -1])
    assert laboratory.ears([]).alarms.size == 0


def ratio(cases: float, expected: float, total: float) -> float:
    if cases <= expected:
        return 0.0
    rest = 0 if cases == total else (total - cases) * math.log((total - cases) / (total - expected))
    return cases * math.log(cases / expected) + rest


def test_a_temporal_scan_finds_the_planted_days() -> None:
    rng = np.random.default_rng(2)
    cases = rng.poisson(3, 120)
    cases[60:65] += 8
    specimens = rng.integers(20, 60, 120).astype(float)
    best = max(
        (
            ratio(
                cases[a : b + 1].sum(),
                specimens[a : b + 1].sum() * cases.sum() / specimens.sum(),
                cases.sum(),
            ),
            a,
            b,
        )
        for b in range(120)
        for a in range(max(0, b - 13), b + 1)
    )
    found = laboratory.temporal_scan(cases, specimens)
    assert (found[0].first_day, found[0].last_day) == best[1:] and found[0].p == 1 / 1000
    assert found[0].log_likelihood_ratio == pytest.approx(best[0], rel=1e-12)
    assert 59 <= found[0].first_day <= 61 and 63 <= found[0].last_day <= 65
    assert found[0].cases == cases[found[0].first_day : found[0].last_day + 1].sum()
    assert all(c.last_day < found[0].first_day or c.first_day > found[0].last_day for c in found[1:])
    assert [c.p for c in found] == sorted(c.p for c in found)
    alive = laboratory.temporal_scan(cases, specimens, alive_only=True)
    assert all(c.last_day == 119 for c in alive)
    assert laboratory.temporal_scan([0, 0]) == []
    with pytest.raises(assay.ValueError, match="only where some are expected"):
        laboratory.temporal_scan([1, 1], [1, 0])
    with pytest.raises(assay.ShapeError, match="2 and 1"):
        laboratory.temporal_scan([1, 1], [1])


def test_monte_carlo_p_values_are_those_of_a_simulation_and_uniform_without_clusters() -> None:
    rng = np.random.default_rng(3)
    cases = rng.poisson(1, 30)

    def highest(counts: np.ndarray) -> float:
        sums, total = np.concatenate([[0], np.cumsum(counts)]), counts.sum()
        return max(
            ratio(sums[b] - sums[a], (b - a) * total / 30, total)
            for b in range(1, 31)
            for a in range(max(0, b - 5), b)
        )

    made = [highest(np.bincount(rng.integers(0, 30, cases.sum()), minlength=30)) for _ in range(2000)]
    expected = np.mean(np.array(made) >= highest(cases) * (1 - 1e-12))
    found = laboratory.temporal_scan(cases, most_days=5, replicates=9999)
    assert found[0].p == pytest.approx(expected, abs=0.04)
    p = [
        laboratory.temporal_scan(rng.poisson(1, 30), most_days=5, replicates=99, seed=s)[0].p
        for s in range(300)
    ]
    assert np.mean(np.array(p) <= 0.05) == pytest.approx(0.05, abs=0.04)
    assert min(p) >= 0.01


def test_a_space_time_scan_finds_the_planted_wards() -> None:
    """Eight wards in a row; three neighbours have an outbreak for six days."""
    rng = np.random.default_rng(4)
    names = [f"ward {i}" for i in range(8)]
    wards, days = [], []
    for d in range(60):
        for w in range(8):
            for _ in range(rng.poisson(0.4 + 0.2 * (w % 3)) + (3 if 2 <= w <= 4 and 30 <= d <= 35 else 0)):
                wards.append(names[w])
                days.append(date(2026, 1, 1) + timedelta(days=d))
    distances = np.abs(np.subtract.outer(np.arange(8.0), np.arange(8.0)))
    found = laboratory.space_time_scan(wards, days, distances=distances, order=names, replicates=199)
    best = found[0]
    assert best.wards == ("ward 2", "ward 3", "ward 4") and best.p == 1 / 200
    assert (
        abs((best.first_day - date(2026, 1, 31)).days) <= 1
        and abs((best.last_day - date(2026, 2, 5)).days) <= 1
    )
    inside = [best.first_day <= d <= best.last_day for d in days]
    here = [w in best.wards for w in wards]
    assert best.cases == sum(a and b for a, b in zip(inside, here, strict=True))
    assert best.expected == pytest.approx(sum(inside) * sum(here) / len(wards), rel=1e-12)
    assert best.log_likelihood_ratio == pytest.approx(ratio(best.cases, best.expected, len(wards)), rel=1e-12)
    counts = np.zeros((8, 60))
    for w, d in zip(wards, days, strict=True):
        counts[names.index(w), (d - date(2026, 1, 1)).days] += 1
    zones = {tuple(np.argsort(row, kind="stable")[:k]) for row in distances for k in range(1, 5)}
    highest = max(
        ratio(here.sum(), counts[list(zone)].sum() * counts[:, a : b + 1].sum() / counts.sum(), counts.sum())
        for zone in zones
        for b in range(60)
        for a in range(max(0, b - 13), b + 1)
        for here in [counts[list(zone), a : b + 1]]
    )
    assert best.log_likelihood_ratio == pytest.approx(highest, rel=1e-12)
    single = laboratory.space_time_scan(wards, days, replicates=99)[0]
    assert single.wards[0] in best.wards and len(single.wards) == 1
    again = laboratory.space_time_scan(wards, days, distances=distances, order=names, replicates=199)
    assert again == found


def test_a_ward_with_many_cases_at_all_times_is_no_cluster() -> None:
    rng = np.random.default_rng(5)
    wards = ["busy"] * 400 + ["quiet"] * 40
    days = [date(2026, 1, 1) + timedelta(days=int(d)) for d in rng.integers(0, 40, 440)]
    assert laboratory.space_time_scan(wards, days, replicates=199)[0].p > 0.05
    assert laboratory.space_time_scan([], []) == []
    with pytest.raises(assay.ShapeError, match="2 and 1"):
        laboratory.space_time_scan(["a", "b"], days[:1])
    with pytest.raises(assay.ValueError, match="places from 0 to 0"):
        laboratory.space_time_scan(["a", "b"], days[:2], order=["a"])


def made_up(seed: int) -> Rows:
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(900):
        at = START + timedelta(seconds=int(rng.integers(0, 80 * 86400)))
        rows.append(
            {
                "specimen_id": f"S{rng.integers(700)}" if rng.random() < 0.9 else None,
                "patient_id": f"P{rng.integers(150)}" if rng.random() < 0.95 else None,
                "ward": ["A", "B", None][int(rng.choice(3, p=[0.6, 0.35, 0.05]))],
                "collected_at": at,
                "reported_at": at + timedelta(hours=float(rng.exponential(40)))
                if rng.random() < 0.97
                else None,
                "organism": [None, "E. coli", "S. aureus", "C. auris"][
                    int(rng.choice(4, p=[0.6, 0.25, 0.13, 0.02]))
                ],
                "row": i,
            }
        )
    return rows


def naive_positivity(rows: Rows) -> dict[tuple[str, str, date], tuple[int, int]]:
    tested: dict[tuple[str, date], set[Any]] = {}
    found: dict[tuple[str, str, date], set[Any]] = {}
    for row in rows:
        if row["reported_at"] is None:
            continue
        day = row["reported_at"].date()
        week, ward = day - timedelta(days=day.weekday()), row["ward"] or ""
        specimen = row["specimen_id"] or row["row"]
        tested.setdefault((ward, week), set()).add(specimen)
        if row["organism"]:
            found.setdefault((ward, row["organism"], week), set()).add(specimen)
    last = max(r["reported_at"].date() for r in rows if r["reported_at"])
    out = {}
    for ward, organism in {key[:2] for key in found}:
        week = min(key[2] for key in found if key[:2] == (ward, organism))
        while week <= last:
            n, k = len(tested.get((ward, week), ())), len(found.get((ward, organism, week), ()))
            out[ward, organism, week] = (n, k)
            week += timedelta(days=7)
    return out


def test_positivity_equals_naive_counts_and_sees_no_future() -> None:
    rows = made_up(6)
    table = laboratory.positivity(cultures(rows))
    found = table.rows.to_pylist()
    expected = naive_positivity(rows)
    assert {(r["ward"], r["organism"], r["week"]): (r["tested"], r["positive"]) for r in found} == expected
    assert all(r["positivity"] == (r["positive"] / r["tested"] if r["tested"] else None) for r in found)
    assert [(r["ward"], r["organism"], r["week"]) for r in found] == sorted(expected)
    assert table.left_out == {"cultures.no_report_time": sum(r["reported_at"] is None for r in rows)}
    for weeks in range(1, 11):
        sunday = (START + timedelta(days=7 * weeks - 1)).date()
        known = [r for r in rows if r["reported_at"] is None or r["reported_at"].date() <= sunday]
        cut = laboratory.positivity(cultures(known), last_day=sunday).rows.to_pylist()
        assert cut == [r for r in found if r["week"] <= sunday]


def test_outbreak_days_equal_naive_series_and_see_no_future() -> None:
    rows = made_up(7)
    found = laboratory.outbreak_days(cultures(rows)).rows.to_pylist()
    known = sorted((r for r in rows if r["reported_at"]), key=lambda r: r["reported_at"])
    last = known[-1]["reported_at"].date()
    pairs = sorted({(r["ward"] or "", r["organism"]) for r in known if r["organism"]})
    assert sorted({(r["ward"], r["organism"]) for r in found}) == pairs
    for ward, organism in pairs:
        in_ward = [r for r in known if (r["ward"] or "") == ward]
        first = in_ward[0]["reported_at"].date()
        series, cases_of = [0.0] * ((last - first).days + 1), {}
        for r in in_ward:
            if r["organism"] == organism:
                day = r["reported_at"].date()
                patient = r["patient_id"] or ("specimen", r["specimen_id"] or r["row"])
                if patient not in cases_of or (day - cases_of[patient]).days >= 30:
                    cases_of[patient] = day
                    series[(day - first).days] += 1
        mine = [r for r in found if (r["ward"], r["organism"]) == (ward, organism)]
        begin = (mine[0]["day"] - first).days
        assert [r["cases"] for r in mine] == series[begin:] and sum(series[:begin]) == 0
        charts = {m: naive_ears(series, m) for m in ("c1", "c2", "c3")}
        total, sums = 0.0, []
        for z in charts["c2"]:
            total = 0.0 if total > 5 else total
            total = total if z != z else max(0.0, total + z - 0.5)
            sums.append(total)
        for i, r in enumerate(mine, start=begin):
            for m, chart in charts.items():
                assert r[m] == (None if chart[i] != chart[i] else pytest.approx(chart[i], abs=1e-9))
            assert r["cusum"] == pytest.approx(sums[i], abs=1e-9)
            limits = {
                "c1": (charts["c1"][i], 3),
                "c2": (charts["c2"][i], 3),
                "c3": (charts["c3"][i], 2),
                "cusum": (sums[i], 5),
            }
            assert (r["signals"] or "") == ";".join(
                name for name, (value, limit) in limits.items() if value > limit
            )
    for d in range(3, 80, 11):
        day = (START + timedelta(days=d)).date()
        cut = [r for r in rows if r["reported_at"] is None or r["reported_at"].date() <= day]
        earlier = laboratory.outbreak_days(cultures(cut), last_day=day).rows.to_pylist()
        assert earlier == [r for r in found if r["day"] <= day]


def test_a_planted_outbreak_is_signalled_in_its_ward_within_two_days() -> None:
    rng = np.random.default_rng(8)
    rows = []
    for d in range(90):
        for ward in ("ICU", "surgery"):
            for _ in range(rng.poisson(0.4) + (4 if ward == "ICU" and 60 <= d < 64 else 0)):
                at = START + timedelta(days=d, hours=8)
                rows.append(
                    {
                        "ward": ward,
                        "collected_at": at,
                        "reported_at": at + timedelta(hours=3),
                        "organism": "K",
                    }
                )
    found = laboratory.outbreak_days(cultures(rows)).rows.to_pylist()
    planted = {(START + timedelta(days=d)).date() for d in (60, 61)}
    assert any(r["day"] in planted and "c2" in (r["signals"] or "") for r in found if r["ward"] == "ICU")
    assert not any(
        r["day"] in planted and "c2" in (r["signals"] or "") for r in found if r["ward"] == "surgery"
    )


def test_mimics_microbiology_is_counted_as_counted_by_hand(test_data: Path) -> None:
    """Dates are shifted by patient there, so that a week or a cluster has no meaning: only counts are compared."""
    with (test_data / "mimic_iv_demo" / "microbiologyevents.csv").open(newline="", encoding="utf-8") as file:
        source = list(csv.DictReader(file))
    rows = [
        {
            "specimen_id": f"{r['subject_id']} {r['charttime']} {r['spec_type_desc']}",
            "patient_id": r["subject_id"],
            "collected_at": datetime.fromisoformat(r["charttime"]).replace(tzinfo=UTC),
            "organism": r["org_name"] or None,
        }
        for r in source
        if r["charttime"]
    ]
    found = laboratory.positivity(cultures(rows), known_when_observed=True).rows.to_pylist()
    specimens = {(r["organism"], r["collected_at"].date().isocalendar()[:2], r["specimen_id"]) for r in rows}
    by_organism = Counter(organism for organism, _, _ in specimens if organism)
    counted: Counter[str] = Counter()
    for r in found:
        counted[r["organism"]] += r["positive"]
    assert len(rows) > 1000 and by_organism["ESCHERICHIA COLI".lower()] + by_organism["ESCHERICHIA COLI"] > 5
    assert counted == by_organism
    cases = laboratory.outbreak_days(
        cultures(rows), known_when_observed=True, one_case_days=100_000
    ).rows.to_pylist()
    patients = {(r["organism"], r["patient_id"]) for r in rows if r["organism"]}
    assert sum(r["cases"] for r in cases) == len(patients)


def test_scans_of_mimics_microbiology_equal_a_naive_search(test_data: Path) -> None:
    """Weeks of shifted dates, and kinds of specimens for wards: the numbers are compared, a cluster has no meaning."""
    with (test_data / "mimic_iv_demo" / "microbiologyevents.csv").open(newline="", encoding="utf-8") as file:
        rows = [r for r in csv.DictReader(file) if r["org_name"] and r["charttime"]]
    weeks = [date.fromisoformat(r["charttime"][:10]).toordinal() // 7 for r in rows]
    first, last = min(weeks), max(weeks)
    counts = np.bincount([w - first for w in weeks], minlength=last - first + 1)
    total = len(rows)
    found = laboratory.temporal_scan(counts, most_days=4, replicates=99)
    sums = np.concatenate([[0], np.cumsum(counts)])
    expected = total / counts.size
    best = max(
        ratio(float(sums[b] - sums[b - k]), k * expected, total)
        for k in range(1, 5)
        for b in range(k, counts.size + 1)
    )
    assert found[0].log_likelihood_ratio == pytest.approx(best, rel=1e-12)
    assert found[0].cases == sums[found[0].last_day + 1] - sums[found[0].first_day]

    kinds = [r["spec_type_desc"] for r in rows]
    days = [date.fromordinal(730_000 + w - first) for w in weeks]
    cluster = laboratory.space_time_scan(kinds, days, most_days=4, replicates=99)[0]
    highest = 0.0
    for kind in set(kinds):
        own = np.bincount(
            [w - first for w, k in zip(weeks, kinds, strict=True) if k == kind], minlength=counts.size
        )
        inside = np.concatenate([[0], np.cumsum(own)])
        for length in range(1, 5):
            here, any_kind = inside[length:] - inside[:-length], sums[length:] - sums[:-length]
            for b in np.flatnonzero(here):
                highest = max(highest, ratio(float(here[b]), own.sum() * any_kind[b] / total, total))
    assert cluster.log_likelihood_ratio == pytest.approx(highest, rel=1e-12)
    assert 0.01 <= cluster.p <= 1
