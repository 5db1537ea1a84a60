"""What every step of a run knows: where to read, where to write, and what was stored before."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.data.lake import Lake
from assay.pipelines.clinical.sources import Bronze, Format
from assay.pipelines.job import table_record
from assay.pipelines.progress import Progress
from assay.pipelines.record import RunRecord, StepRecord

if TYPE_CHECKING:
    from assay.data import Table

__all__ = ["GOLD", "NOTES", "REFUSED", "REJECTED_ROWS", "VERDICTS", "Context", "Note", "Silver"]

GOLD = "gold.patient_clinical_summary"
NOTES = "ai_results.soap_notes"
VERDICTS = "ai_results.judge_evaluations"
REJECTED_ROWS = "quarantine.rows"
REFUSED = "quarantine.measurements"


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
class Context:
    """Paths, lake, options and record of one run."""

    source: Path
    out: Path
    lake: Lake
    format: Format
    record: RunRecord
    progress: Progress
    tracking: str | None = None
    prefix: str = "assay"
    patients: Sequence[str] | None = None
    rejected: Table | None = None
    """Rows that the readers set aside, where this run read them."""
    quality: list[dict[str, Any]] = field(default_factory=list)
    """Quality reports of the silver tables."""

    @classmethod
    def prepare(
        cls,
        source: str | os.PathLike[str],
        out: str | os.PathLike[str],
        lake: str | os.PathLike[str] | None,
        catalog: str,
        tracking: str | None,
        prefix: str,
        patients: Sequence[str] | None,
        format: Format,
        progress: Progress | None,
    ) -> Context:
        import assay

        folder = Path(out)
        _make_folder(folder)
        store = Lake(lake if lake is not None else folder / "lake", catalog=catalog)
        record = RunRecord("clinical", str(source), str(folder), str(store.root), catalog, assay.__version__)
        return cls(
            Path(source), folder, store, format, record, progress or Progress(), tracking, prefix, patients
        )

    @property
    def journal(self) -> Path:
        """Where tracking keeps its records until a server has them."""
        return self.out / "journal"

    def store(self, step: StepRecord, name: str, table: Table, *, volatile: Sequence[str] = ()) -> None:
        """Writes a table to the lake and notes it in the record."""
        step.tables.append(table_record(self.lake.write(name, table, volatile=volatile)))

    def stored_tables(self, schema: str) -> dict[str, Table]:
        """All tables of one schema, by their last name.

        Raises:
            IoError: there are none.
        """
        prefix = f"{self.lake.catalog}.{schema}."
        names = [name for name in self.lake.tables() if name.startswith(prefix)]
        if not names:
            from assay import IoError

            raise IoError(f"read {prefix}*: {self.lake.root} holds no such table; run without --from first")
        return {name.removeprefix(prefix): self.lake.read(name) for name in names}

    def stored_bronze(self) -> Bronze:
        tables = self.stored_tables("bronze")
        return Bronze("mimic-iv" if "lab_results" in tables else "patient", tables)

    def stored_silver(self) -> Silver:
        report = self.out / "quality.json"
        self.quality = json.loads(report.read_text(encoding="utf-8")) if report.is_file() else []
        return Silver(self.stored_tables("silver"), self.lake.read(REFUSED))

    def rejected_rows(self) -> Table:
        return self.rejected if self.rejected is not None else self.lake.read(REJECTED_ROWS)

    def stored_gold(self) -> Table:
        return self.lake.read(GOLD)

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


def _make_folder(path: Path) -> None:
    from assay import IoError
    from assay.pipelines.job import reading_input

    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        with reading_input():
            raise IoError(f"write {path}: {error.strerror}; choose a writable folder with --out") from error
