"""The quality of laboratory results: counts by check, a score per source, and a gate.

::

    from assay.data.laboratory import measure_quality, standardise

    silver = standardise(bronze, tests=tests)
    quality = measure_quality(bronze, silver, now=datetime.now(timezone.utc))
    quality.sources[0].score, quality.passed

The score of a dimension is the share of its checks that did not fail: 1 - sum(failed) / sum(checked). The score of a
source is the mean of its dimensions, weighted by :data:`WEIGHTS`; dimensions in which nothing could be checked are left
out, and so are their weights. A source passes at 0.99 or more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from assay._core.data import QualityCheck, Table, result_quality, results_by_source
from assay.data.laboratory.standard import StandardisedResults

__all__ = ["TARGET", "WEIGHTS", "QualityCheck", "ResultQuality", "SourceQuality", "measure_quality"]

TARGET = 0.99
"""The least score that passes."""

WEIGHTS: Mapping[str, float] = {
    "completeness": 0.2,
    "validity": 0.3,
    "uniqueness": 0.1,
    "consistency": 0.15,
    "timeliness": 0.1,
    "plausibility": 0.15,
}
"""What each dimension counts: most what makes a value wrong or unusable, least what a later step can mend."""


@dataclass(frozen=True)
class SourceQuality:
    """One source's checks and what follows from them."""

    source: str
    checks: tuple[QualityCheck, ...]
    results: int
    """How many results the source sent."""
    dimensions: Mapping[str, float]
    """Score by dimension, 0 to 1; without those in which nothing could be checked."""
    score: float
    newest: datetime | None
    """When its latest result was observed."""


@dataclass(frozen=True)
class ResultQuality:
    """The quality of a batch of results."""

    sources: tuple[SourceQuality, ...]
    target: float
    now: datetime | None

    @property
    def passed(self) -> bool:
        """Whether every source reaches the target; a batch without results does not."""
        return bool(self.sources) and all(source.score >= self.target for source in self.sources)

    def to_dict(self) -> dict[str, Any]:
        """Numbers only, for a file or a tracking server."""
        return {
            "target": self.target,
            "passed": self.passed,
            "sources": [
                {
                    "source": source.source,
                    "results": source.results,
                    "score": source.score,
                    "dimensions": dict(source.dimensions),
                    "newest": source.newest.isoformat() if source.newest else None,
                    "checks": [
                        {"dimension": c.dimension, "check": c.check, "checked": c.checked, "failed": c.failed}
                        for c in source.checks
                    ],
                }
                for source in self.sources
            ],
        }


def measure_quality(
    rows: Table,
    standardised: StandardisedResults,
    *,
    source_column: str | None = None,
    now: datetime | None = None,
    latest_report: timedelta | None = None,
    freshness: timedelta | None = None,
    extra: Iterable[QualityCheck] = (),
    weights: Mapping[str, float] = WEIGHTS,
    target: float = TARGET,
) -> ResultQuality:
    """Completeness, validity, uniqueness, consistency, timeliness and plausibility of results, by source.

    Args:
        rows: What was standardised.
        standardised: ``standardise(rows, ...)``.
        source_column: A text column that tells sources apart (``"source_file"``, ``"device_id"``); None for one source.
        now: With a time zone; results observed or reported after it are of the future (a clock is wrong).
        latest_report: The longest time from observation to report; what takes longer is late.
        freshness: The most that a source's latest result may be old at ``now``; one check a source.
        extra: Checks counted elsewhere, such as delta checks; their ``source`` names the source.
        weights: Of the dimensions.
        target: The least score that passes.

    Raises:
        ValueError: ``now`` has no time zone, ``freshness`` without ``now``, or a weight is not above 0.
        SchemaError: A column is missing or of another type.
    """
    if now is not None and now.tzinfo is None:
        raise ValueError(
            "measure_quality: expected now with a time zone, got one without; use datetime.now(UTC)"
        )
    if freshness is not None and now is None:
        raise ValueError("measure_quality: expected now beside freshness, got none")
    if not all(weight > 0 for weight in weights.values()):
        raise ValueError("measure_quality: expected weights above 0")
    checks = result_quality(
        rows,
        standardised.rows,
        standardised.refused,
        source_column=source_column or "",
        now=None if now is None else _micros(now),
        latest_report=None if latest_report is None else round(latest_report.total_seconds() * 1e6),
    )
    newest = {
        source: (results, None if at is None else _moment(at))
        for source, results, at in results_by_source(rows, source_column=source_column or "")
    }
    for source, (_, at) in newest.items():
        if now is not None and freshness is not None and at is not None:
            checks.append(QualityCheck(source, "timeliness", "fresh", 1, int(now - at > freshness)))
    checks += list(extra)
    sources = []
    for source, (results, at) in newest.items():
        own = tuple(check for check in checks if check.source == source)
        dimensions = _scores(own, weights)
        total = sum(weights[name] for name in dimensions)
        score = sum(weights[name] * share for name, share in dimensions.items()) / total if total else 0.0
        sources.append(SourceQuality(source, own, results, dimensions, score, at))
    return ResultQuality(tuple(sorted(sources, key=lambda s: (s.score, s.source))), target, now)


def _scores(checks: Iterable[QualityCheck], weights: Mapping[str, float]) -> dict[str, float]:
    counts = {name: [0, 0] for name in weights}
    for check in checks:
        if check.dimension in counts:
            counts[check.dimension][0] += check.checked
            counts[check.dimension][1] += check.failed
    return {name: 1 - failed / checked for name, (checked, failed) in counts.items() if checked}


_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def _micros(moment: datetime) -> int:
    return round((moment - _EPOCH) / timedelta(microseconds=1))


def _moment(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)
