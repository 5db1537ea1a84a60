"""The report on the quality of laboratory results: one HTML file with everything inside."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from assay.data.laboratory.quality import WEIGHTS, ResultQuality, SourceQuality
from assay.data.laboratory.standard import StandardisedResults, standardisation_rules
from assay.pipelines.laboratory_quality.limits import DeltaLimit, DeltaLimits
from assay.pipelines.pages import template_engine

__all__ = ["DIMENSIONS", "percent", "quality_page"]

MOST_TESTS = 40
MOST_SOURCES = 60

DIMENSIONS = {
    "completeness": "Is everything there?",
    "validity": "Can it be read and compared?",
    "uniqueness": "Is it there once?",
    "consistency": "Does it fit what stands beside it?",
    "timeliness": "Was it there in time?",
    "plausibility": "Can it be true?",
}
_CHECKS = {
    "patient_id.present": "a patient is named",
    "result.readable": "a result that can be read",
    "test.present": "a test is named",
    "observed_at.present": "a time is given",
    "value.present": "a value, a text or a reason for neither",
    "unit.present": "a number has a unit, where it needs one",
    "value.not_finite": "the value is a finite number",
    "unit.unknown": "the unit is a known one",
    "unit.ambiguous": "the unit has one meaning",
    "unit.other_dimension": "the unit measures what the LOINC code measures",
    "loinc.valid": "a LOINC code that was sent is valid",
    "result_id.unique": "no result twice",
    "patient_test_time.unique": "no test of a specimen twice at one time",
    "reference.ordered": "the reference range is not upside down",
    "flag.reference": "the flag agrees with value and reference range",
    "unit.usual": "the unit is the one most results of the test have",
    "reported_after_observed": "reported after it was observed",
    "not_in_the_future": "no time in the future",
    "reported_in_time": "reported in time",
    "fresh": "the latest result is recent",
    "value.impossible": "the value is possible",
    "value.implausible": "the value is plausible",
    "delta": "the change from the patient's last result is credible",
}


def quality_page(
    quality: ResultQuality,
    standardised: StandardisedResults,
    *,
    title: str = "Quality of laboratory results",
    made_at: datetime | None = None,
    delta_limits: DeltaLimits | None = None,
) -> str:
    """The page as text: gate and scores, what failed, what to do about it, and how it is counted.

    It names tests, units and rules, and holds no patient's data. Every text is escaped by the template engine.

    Args:
        quality: What :func:`assay.data.laboratory.measure_quality` found.
        standardised: The results it was measured on.
        title: Of the page.
        made_at: When it was made, for the head; left out without one, so that the same input gives the same page.
        delta_limits: Those of the delta checks, to be shown with where they are from.
    """
    engine, css = template_engine("assay.pipelines.laboratory_quality")
    engine.filters["percent"] = percent
    tests = standardised.tests.to_pylist()
    return engine.get_template("quality.html.j2").render(
        title=title,
        css=css,
        made_at=made_at.strftime("%Y-%m-%d %H:%M %Z") if made_at else "",
        quality=quality,
        results={
            "read": standardised.rows_read,
            "kept": standardised.rows.num_rows,
            "refused": standardised.refused.num_rows,
        },
        named=len(quality.sources) > 1 or any(source.source for source in quality.sources),
        sources=[_source(source, quality.target) for source in quality.sources[:MOST_SOURCES]],
        more_sources=max(0, len(quality.sources) - MOST_SOURCES),
        dimensions=list(DIMENSIONS.items()),
        weights=WEIGHTS,
        problems=_problems(quality),
        rules=_rules(standardised.counts),
        refused_tests=_refused_tests(tests),
        unmapped=_unmapped(tests),
        deltas=[] if delta_limits is None else [_delta(limit) for limit in delta_limits.limits],
        deltas_source="" if delta_limits is None else delta_limits.source,
    )


def percent(share: float) -> str:
    """99.96 % stays below 100 %: only what is whole says so."""
    if share >= 1:
        return "100 %"
    return f"{min(share * 100, 99.99):.2f} %"


def _source(source: SourceQuality, target: float) -> dict[str, Any]:
    return {
        "name": source.source or "all results",
        "results": source.results,
        "score": source.score,
        "passed": source.score >= target,
        "dimensions": [source.dimensions.get(name) for name in DIMENSIONS],
        "newest": source.newest.strftime("%Y-%m-%d %H:%M") if source.newest else "–",
    }


def _delta(limit: DeltaLimit) -> dict[str, str]:
    from assay.features.drift.page import unit_text

    unit = unit_text(limit.unit)
    parts = (
        (limit.difference, f" {unit}" if unit else ""),
        (limit.percent, " %"),
        (limit.per_day, f" {unit} a day" if unit else " a day"),
    )
    most = " or ".join(f"{value:.4g}{of}" for value, of in parts if math.isfinite(value))
    return {"test": limit.name or limit.loinc, "loinc": limit.loinc, "most": most, "days": f"{limit.within_days:g}"}


def _problems(quality: ResultQuality) -> list[dict[str, Any]]:
    """Checks that failed, over all sources, most failures first."""
    counts: dict[tuple[str, str], list[int]] = {}
    for source in quality.sources:
        for check in source.checks:
            total = counts.setdefault((check.dimension, check.check), [0, 0])
            total[0] += check.checked
            total[1] += check.failed
    rows = [
        {
            "dimension": dimension,
            "check": check,
            "says": _CHECKS.get(check, check),
            "checked": checked,
            "failed": failed,
            "share": 1 - failed / checked,
        }
        for (dimension, check), (checked, failed) in counts.items()
    ]
    return sorted(rows, key=lambda row: (-row["failed"], row["check"]))


def _rules(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    return [
        {"id": rule.id, "refuses": rule.refuses, "cause": rule.likely_cause, "rows": counts[rule.id]}
        for rule in standardisation_rules()
        if rule.id in counts
    ]


def _refused_tests(tests: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Tests with refused results, most first."""
    refused = [dict(test) for test in tests if test["refused"]]
    return sorted(refused, key=lambda t: (-t["refused"], t["local_code"] or ""))[:MOST_TESTS]


def _unmapped(tests: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Tests without a LOINC code, by how many results they have."""
    by_code: dict[str, dict[str, Any]] = {}
    for test in tests:
        if test["loinc"]:
            continue
        code = test["local_code"] or ""
        entry = by_code.setdefault(code, {"code": code, "name": test["test_name"] or "", "rows": 0})
        entry["rows"] += test["rows"]
    return sorted(by_code.values(), key=lambda t: (-t["rows"], t["code"]))[:MOST_TESTS]
