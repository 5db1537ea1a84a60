"""What the steps of the laboratory pipeline know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from assay.pipelines.lims.door import Door
from assay.pipelines.lims.mirror import Mirror
from assay.pipelines.run_context import RunContext

if TYPE_CHECKING:
    from assay.data import LocalTest, Table
    from assay.data.audit import AuditLog
    from assay.data.laboratory import LocalUnit, ResultQuality, StandardisedResults
    from assay.pipelines.laboratory_quality import DeltaLimits
    from assay.pipelines.lims.sources import Source

__all__ = [
    "ANOMALIES",
    "BRONZE",
    "CORRECTED",
    "DEVICES",
    "OUTBREAKS",
    "REFUSED",
    "REJECTED",
    "SILVER",
    "TESTS",
    "Context",
    "Found",
]

BRONZE, CORRECTED, REJECTED = "bronze.lab_results", "bronze.superseded_results", "quarantine.rows"
SILVER, TESTS, REFUSED = "silver.lab_results", "silver.tests", "quarantine.results"
DEVICES, ANOMALIES, OUTBREAKS = "gold.device_days", "gold.quality_anomalies", "gold.outbreak_signals"


@dataclass
class Found:
    """What the steps found that the report tells: one section each."""

    title: str
    sentence: str
    columns: tuple[str, ...] = ()
    rows: list[tuple[str, ...]] = field(default_factory=list)
    attention: list[str] = field(default_factory=list)
    """Sentences about what somebody has to look at."""
    metrics: dict[str, float] = field(default_factory=dict)
    tile: tuple[str, str] | None = None
    """What stands at the head of the report, large and small; how much there is to look at where not given."""
    link: tuple[str, str] | None = None
    """Words, and a file beside the report."""


@dataclass
class Context(RunContext):
    """Paths, lake, record and what one step leaves to the next.

    Aggregates over days need true dates, which are not stored: everything up to gold works on what is in memory, so
    a run has no steps to begin from.
    """

    address: str = ""
    """Folder, file or database, as given."""
    door: Door = field(default_factory=Door)
    target: float = 0.99
    delta_limits: DeltaLimits | None = None
    """Those that come with Assay where there are none."""
    reading: Mapping[str, Any] = field(default_factory=dict)
    mirror: Mirror | None = None
    audit: AuditLog | None = None
    tests: list[LocalTest] = field(default_factory=list)
    """The laboratory's map of local codes."""
    units: list[LocalUnit] = field(default_factory=list)
    """What the laboratory means by its own spellings of units."""
    read: Source | None = None
    bronze: Table | None = None
    """Results as read, with tokens in place of identifiers and true dates."""
    silver: StandardisedResults | None = None
    device_days: Table | None = None
    """Features of devices by day, with true dates."""
    dates_are_moved: bool = False
    """The source's dates are no true ones (MIMIC-IV): nothing can be asked of the clock."""
    quality: ResultQuality | None = None
    found: list[Found] = field(default_factory=list)
    """In the order of the report."""

    @property
    def score(self) -> float:
        """Of the quality of the source, from 0 to 1: no better than the share of results that could be read at all."""
        if self.quality is None or self.read is None:
            return 0.0
        results = self.read.results
        readable = 1 - results.rejected.num_rows / max(1, results.rows_read)
        return min([readable, *(one.score for one in self.quality.sources)]) if self.quality.sources else 0.0

    @property
    def test_names(self) -> dict[str, str]:
        """What the laboratory calls the tests, by LOINC code."""
        rows = [] if self.silver is None else self.silver.tests.to_pylist()
        return {row["loinc"]: row["test_name"] for row in rows if row["loinc"] and row["test_name"]}

    @property
    def good_enough(self) -> bool:
        """Whether features may be made: the score reaches the target."""
        return self.quality is None or self.score >= self.target

    @property
    def quality_sentence(self) -> str:
        from assay.pipelines.laboratory_quality.page import percent

        reached = "reaches" if self.good_enough else "is below"
        return f"the quality of the source is {percent(self.score)} and {reached} the target of {self.target:.0%}"
