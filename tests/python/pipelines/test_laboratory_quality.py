"""The quality of laboratory results: score, gate, delta checks and the page. All results are made up."""

from __future__ import annotations

import random
import re
from datetime import datetime, timedelta, timezone

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
from assay.pipelines.laboratory_quality import delta_checks, quality_page

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
