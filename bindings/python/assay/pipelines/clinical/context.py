"""What every step of a run knows: where to read, where to write, and what was stored before."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from assay.pipelines.clinical.image_matching import ImageMatch, MatcherOptions, matches_of
from assay.pipelines.clinical.patient_traces import StepTimes
from assay.pipelines.clinical.quality import check_tables
from assay.pipelines.clinical.sources import PATIENT_FILES, Bronze, Format
from assay.pipelines.job import reading_input
from assay.pipelines.run_context import RunContext

if TYPE_CHECKING:
    from assay.data import Table

__all__ = [
    "GOLD",
    "MATCHES",
    "NOTES",
    "REFUSED",
    "REJECTED_ROWS",
    "VERDICTS",
    "Context",
    "Note",
    "Silver",
    "tables_of_step",
]

GOLD = "gold.patient_clinical_summary"
MATCHES = "ai_results.biomedclip_results"
NOTES = "ai_results.soap_notes"
VERDICTS = "ai_results.judge_evaluations"
REJECTED_ROWS = "quarantine.rows"
REFUSED = "quarantine.measurements"
MIMIC_TABLES = ("vital_signs", "lab_results", "emergency_data", "medical_history")


@dataclass(frozen=True)
class Note:
    """A patient's note in the forms that steps need."""

    patient_id: str
    markdown: str
    text: str
    content: Mapping[str, Any]
    tokens_used: int
    words: int


@dataclass
class Silver:
    """Cleaned tables by name, and the measurements that were refused."""

    tables: dict[str, Table]
    refused: Table
    measurements_read: int = 0


@dataclass
class Context(RunContext):
    """Paths, lake, options and record of one run."""

    patients: Sequence[str] | None = None
    matcher: MatcherOptions = field(default_factory=MatcherOptions)
    rejected: Table | None = None
    """Rows that the readers set aside, where this run read them."""
    times: StepTimes = field(default_factory=StepTimes)
    """When the steps of each patient ran, for the traces."""
    quality: list[dict[str, Any]] = field(default_factory=list)
    """Quality reports of the silver tables."""

    @property
    def format(self) -> Format:
        return cast(Format, self.input.format)

    def stored_tables(self, schema: str) -> dict[str, Table]:
        """The tables of one schema that this format has, by their last name."""
        return {name: self.lake.read(f"{schema}.{name}") for name in medallion_tables(self.input.format)}

    def stored_bronze(self) -> Bronze:
        tables = self.stored_tables("bronze")
        self.recall("bronze", REJECTED_ROWS)
        return Bronze(self.format, tables)

    def stored_silver(self) -> Silver:
        tables = self.stored_tables("silver")
        self.recall("silver", REFUSED)
        self.quality = check_tables(tables)
        return Silver(tables, self.lake.read(REFUSED), self.record.step("silver").rows_read)

    def rejected_rows(self) -> Table:
        return self.rejected if self.rejected is not None else self.lake.read(REJECTED_ROWS)

    def stored_gold(self) -> Table:
        summary = self.lake.read(GOLD)
        self.expect_patients(summary)
        return summary

    def expect_patients(self, summary: Table) -> None:
        """Checks that the patients asked for are there.

        Raises:
            ValueError: naming their places in the list, not the patients.
        """
        known = set(summary["patient_id"].to_pylist())
        missing = [str(i) for i, name in enumerate(self.patients or (), start=1) if name not in known]
        if missing:
            from assay import ValueError

            with reading_input():
                raise ValueError(
                    f"patients: number {', '.join(missing)} of the list is not in the source; "
                    f"column patient_id of {self.lake.name(GOLD)} holds those that are"
                )

    def stored_matches(self) -> list[ImageMatch]:
        """Those of an earlier run over this input; none where it matched no images."""
        if not self.lake.exists(MATCHES):
            return []
        return matches_of(self.lake.read(MATCHES))

    def stored_notes(self) -> list[Note]:
        return [
            Note(
                row["patient_id"],
                row["markdown"],
                row["text"],
                json.loads(row["content"]),
                row["tokens_used"],
                row["words"],
            )
            for row in self.lake.read(NOTES).to_pylist()
        ]

    def stored_verdicts(self) -> dict[str, dict[str, Any]]:
        return {row["patient_id"]: json.loads(row["content"]) for row in self.lake.read(VERDICTS).to_pylist()}


def medallion_tables(format: str) -> tuple[str, ...]:
    """The tables that bronze and silver have for that format."""
    return PATIENT_FILES if format == "patient" else MIMIC_TABLES


def tables_of_step(step: str, format: str) -> list[str]:
    """The tables that a step writes."""
    if step in ("bronze", "silver"):
        aside = REJECTED_ROWS if step == "bronze" else REFUSED
        return [*(f"{step}.{name}" for name in medallion_tables(format)), aside]
    return {"gold": [GOLD], "images": [MATCHES], "notes": [NOTES], "judge": [VERDICTS]}.get(step, [])
