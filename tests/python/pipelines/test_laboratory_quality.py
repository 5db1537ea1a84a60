"""The quality of laboratory results: score, gate, delta checks and the page. All results are made up."""

from __future__ import annotations

import json
import random
import re
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from assay.data import Table
from assay.data.laboratory import (
    QualityCheck,
    ResultQuality,
    StandardisedResults,
    measure_quality,
    standardise,
)
from assay.data.laboratory.quality import TARGET, WEIGHTS
from assay.pipelines.laboratory_quality import (
    default_delta_limits,
    delta_checks,
    quality_page,
    read_delta_limits,
)

NOW = datetime(2024, 5, 1, 12, tzinfo=timezone.utc)
TESTS = [("GLU", "2345-7", "mg/dL", 95.0), ("NA", "2951-2", "mmol/L", 140.0), ("HGB", "718-7", "g/dL", 13.5)]


def results(count: int = 600, defects: int = 0) -> Table:
    """Results of two analysers; the second has defects: an error code, a unit of another kind, a clock a day ahead."""
    chance = random.Random(0)
    rows = []
    for i in range(count):
        code, loinc, unit, middle = TESTS[i % 3]
        at = NOW - timedelta(minutes=10 * (count - i) + 60)
        row = {
            "result_id": str(i),
            "patient_id": f"P{i % 50}",
            "local_code": code,
            "test_name": code.title(),
            "loinc": loinc,
            "value": middle * chance.uniform(0.97, 1.03),
            "unit": unit,
            "observed_at": at,
            "reported_at": at + timedelta(minutes=chance.randint(5, 50)),
            "device_id": f"analyser-{i % 2}",
        }
        if i % 2 and i < 2 * defects:
            broken = {"value": -999.0}, {"unit": "U/L"}, {"reported_at": at - timedelta(days=1)}
            row |= broken[i // 2 % 3]
        rows.append(row)
    return Table.from_pylist(rows)


def measured(defects: int) -> tuple[ResultQuality, StandardisedResults]:
    rows = results(defects=defects)
    silver = standardise(rows)
    return measure_quality(rows, silver, source_column="device_id", now=NOW, freshness=timedelta(hours=2)), silver


def test_clean_results_pass() -> None:
    quality, silver = measured(0)
    assert quality.passed and [source.score for source in quality.sources] == [1.0, 1.0]
    assert silver.counts == {}
    assert {source.source for source in quality.sources} == {"analyser-0", "analyser-1"}


def test_the_score_is_what_its_formula_says() -> None:
    quality, _ = measured(30)
    worst, other = quality.sources
    assert (worst.source, other.score) == ("analyser-1", 1.0)
    assert not quality.passed and worst.score < TARGET
    shares: dict[str, float] = {}
    for name in WEIGHTS:
        own = [check for check in worst.checks if check.dimension == name]
        if own:
            shares[name] = 1 - sum(c.failed for c in own) / sum(c.checked for c in own)
    assert dict(worst.dimensions) == pytest.approx(shares)
    total = sum(WEIGHTS[name] for name in shares)
    assert worst.score == pytest.approx(sum(WEIGHTS[name] * share for name, share in shares.items()) / total)
    failed = {check.check: check.failed for check in worst.checks if check.failed}
    once = ("value.impossible", "unit.other_dimension", "unit.usual", "reported_after_observed")
    assert failed == dict.fromkeys(once, 10)


def test_freshness_and_the_future() -> None:
    rows = results()
    silver = standardise(rows)
    late = measure_quality(rows, silver, now=NOW + timedelta(days=2), freshness=timedelta(hours=2))
    assert [c.failed for c in late.sources[0].checks if c.check == "fresh"] == [1]
    early = measure_quality(rows, silver, now=NOW - timedelta(days=1))
    assert next(c.failed for c in early.sources[0].checks if c.check == "not_in_the_future") > 100
    with pytest.raises(ValueError, match="time zone"):
        measure_quality(rows, silver, now=datetime(2024, 5, 1))
    with pytest.raises(ValueError, match="beside freshness"):
        measure_quality(rows, silver, freshness=timedelta(hours=2))


def test_nothing_does_not_pass() -> None:
    rows = results().filter([False] * 600)
    quality = measure_quality(rows, standardise(rows))
    assert not quality.passed and quality.sources == ()
    assert "No results" in quality_page(quality, standardise(rows))


def test_delta_checks_count_mixed_up_specimens() -> None:
    """Patient P9's haemoglobin under P0's name: 13.5 and 7 g/dL within a day."""
    rows = Table.from_dict(
        {
            "patient_id": ["P0", "P0", "P0", "P1"],
            "local_code": ["HGB"] * 4,
            "loinc": ["718-7"] * 4,
            "observed_at": [NOW, NOW + timedelta(hours=9), NOW + timedelta(days=9), NOW],
            "value": [13.5, 7.0, 13.4, 12.0],
            "unit": ["g/dL"] * 4,
        }
    )
    silver = standardise(rows)
    (check,) = delta_checks(silver.rows)
    assert (check.dimension, check.checked, check.failed) == ("plausibility", 1, 1)
    quality = measure_quality(rows, silver, extra=[check])
    assert check in quality.sources[0].checks or any(c.check == "delta" for c in quality.sources[0].checks)
    assert delta_checks(silver.rows, limits={"718-7": 7.0})[0].failed == 0


def naive_delta_checks(rows: Table, limits: dict[str, float]) -> dict[str, tuple[int, int]]:
    """Checked and failed by device: each series sorted by time, neighbours at most three days apart."""
    series: dict[tuple[str, str], list[Any]] = {}
    for row in rows.to_pylist():
        if row["loinc"] in limits and row["value_standard"] is not None:
            series.setdefault((row["patient_id"], row["loinc"]), []).append(row)
    counts: dict[str, tuple[int, int]] = {}
    for (_, loinc), own in series.items():
        for was, now in pairwise(sorted(own, key=lambda row: row["observed_at"])):
            if now["observed_at"] - was["observed_at"] <= timedelta(days=3):
                checked, failed = counts.get(now["device_id"] or "", (0, 0))
                failed += abs(now["value_standard"] - was["value_standard"]) > limits[loinc]
                counts[now["device_id"] or ""] = (checked + 1, failed)
    return counts


def test_delta_checks_are_those_of_a_naive_walk() -> None:
    rows = standardise(results(900, defects=90)).rows
    limits = {"2345-7": 3.0, "2951-2": 4.0, "718-7": 0.3}
    found = delta_checks(rows, limits=limits, source_column="device_id")
    counts = {check.source: (check.checked, check.failed) for check in found}
    assert counts == naive_delta_checks(rows, limits) and len(counts) == 2
    assert all(failed > 20 for _, failed in counts.values())


def test_delta_checks_and_newest_results_of_mimic(test_data: Path, tmp_path: Path) -> None:
    """The counts of releases that walked the rows in Python."""
    from assay.data.laboratory import read_results

    pytest.importorskip("pyarrow")
    bronze = read_results(test_data / "mimic_iv_demo").rows
    silver = standardise(bronze)
    (check,) = delta_checks(silver.rows)
    naive = naive_delta_checks(silver.rows, {one.loinc: one.difference for one in default_delta_limits().limits})
    assert {"": (check.checked, check.failed)} == naive
    (source,) = measure_quality(bronze, silver).sources
    assert source.results == 26_426
    assert source.newest == max(at for at in bronze["observed_at"].to_pylist() if at is not None)


def test_sources_have_their_newest_result() -> None:
    rows = results(300)
    for source in measure_quality(rows, standardise(rows), source_column="device_id").sources:
        own = [row["observed_at"] for row in rows.to_pylist() if row["device_id"] == source.source]
        assert (source.results, source.newest) == (len(own), max(own))
    untimed = rows.drop(["observed_at"])
    assert measure_quality(untimed, standardise(untimed)).sources[0].newest is None


def test_the_limits_that_come_with_assay_say_that_they_are_conventions() -> None:
    limits = default_delta_limits()
    assert "not published" in limits.source
    assert {one.loinc: (one.difference, one.unit, one.within_days) for one in limits.limits} == {
        "2951-2": (20, "mmol/L", 3),
        "2160-0": (4, "mg/dL", 3),
        "718-7": (6, "g/dL", 3),
        "787-2": (10, "fL", 3),
    }
    quality, silver = measured(0)
    page = quality_page(quality, silver, delta_limits=limits)
    assert "20 mmol/L" in page and "not published" in page
    assert "Delta checks" not in quality_page(quality, silver)


def test_a_laboratory_sets_its_own_limits(tmp_path: Path) -> None:
    file = tmp_path / "delta.json"
    change = {"analytical_cv": 1.1, "within_person_cv": 5.2}
    content = {
        "source": "made up",
        "within_days": 2,
        "limits": {
            "2160-0": {"unit": "mg/dL", "reference_change": change},
            "718-7": {"unit": "g/dL", "difference": 3, "per_day": 2, "within_days": 7, "name": "Haemoglobin"},
        },
    }
    file.write_text(json.dumps(content))
    creatinine, haemoglobin = read_delta_limits(file).limits
    # CVi 5.2 % and CVa 1.1 %: Front Med 2022;9:1009358; 1.96 * sqrt(2 * (1.1**2 + 5.2**2))
    assert creatinine.percent == pytest.approx(14.7326, abs=1e-4) and creatinine.within_days == 2
    assert (haemoglobin.difference, haemoglobin.per_day, haemoglobin.within_days) == (3, 2, 7)
    assert read_delta_limits({"718-7": 3}).limits[0].difference == 3
    quality, silver = measured(0)
    assert "14.73 %" in quality_page(quality, silver, delta_limits=read_delta_limits(file))
    assert read_delta_limits({"limits": {}}).limits == ()
    assert delta_checks(silver.rows, limits={"limits": {}}) == []


BOTH = {"analytical_cv": 1, "within_person_cv": 1}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"limits": {"718-8": {"difference": 1}}}, "LOINC codes in limits"),
        ({"limits": {"718-7": {"differense": 1}}}, "got 'differense'"),
        ({"limits": {"718-7": {"difference": 0}}}, "difference above 0"),
        ({"limits": {"718-7": {"difference": True}}}, "difference above 0"),
        ({"limits": {"718-7": {"unit": "g/dL"}}}, "difference, percent, per_day or reference_change"),
        ({"limits": {"718-7": {"reference_change": {"z": 2}}}}, "analytical_cv"),
        ({"limits": {"718-7": {"percent": 1, "reference_change": BOTH}}}, "both"),
        ({"limits": [1]}, "an object 'limits'"),
        ({"limit": {}}, "got 'limit'"),
        ({"limits": {}, "within_days": -1}, "within_days above 0"),
    ],
)
def test_limits_that_cannot_be(wrong: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=message):
        read_delta_limits(wrong)
    file = tmp_path / "delta.json"
    file.write_text(json.dumps(wrong))
    with pytest.raises(ValueError, match=message):
        read_delta_limits(file)


def test_a_file_of_limits_that_cannot_be_read(tmp_path: Path) -> None:
    file = tmp_path / "delta.json"
    file.write_text("{,")
    with pytest.raises(ValueError, match="line 1"):
        read_delta_limits(file)
    with pytest.raises(OSError, match=r"cannot read absent\.json"):
        read_delta_limits(tmp_path / "absent.json")


def test_the_page_says_what_to_do_and_holds_no_patient() -> None:
    quality, silver = measured(30)
    page = quality_page(quality, silver, made_at=NOW)
    assert "Not passed" in page and "1 of 2 sources" in page and "analyser-1" in page
    assert "value.impossible" in page and "U/L" in page
    for planted in ("-999", "P17", "P49"):
        assert planted not in page
    assert not re.search(r'(src|href)="http', page)
    assert page == quality_page(quality, silver, made_at=NOW)


def test_names_are_escaped() -> None:
    rows = results(30).with_column("device_id", ["<script>alert(1)</script>"] * 30)
    silver = standardise(rows)
    page = quality_page(measure_quality(rows, silver, source_column="device_id"), silver)
    assert "<script>alert" not in page and "&lt;script&gt;" in page


def test_numbers_for_a_file() -> None:
    quality, _ = measured(30)
    told = quality.to_dict()
    assert told["passed"] is False and told["target"] == TARGET
    assert {"dimension", "check", "checked", "failed"} == set(told["sources"][0]["checks"][0])
    assert isinstance(QualityCheck("a", "validity", "b", 2, 1).failed, int)
