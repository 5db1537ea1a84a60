"""What a run of a pipeline left behind, for notebooks and the command line."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from assay.pipelines.record import RunRecord, StepRecord

if TYPE_CHECKING:
    from assay.data.lake import Lake

__all__ = ["RunResult"]


class RunResult:
    """The record of a run, and the way to its tables and its report."""

    def __init__(self, record: RunRecord) -> None:
        self.record = record

    @property
    def out(self) -> Path:
        return Path(self.record.out)

    @property
    def lake(self) -> Lake:
        from assay.data.lake import Lake

        return Lake(self.record.lake, catalog=self.record.catalog)

    @property
    def report(self) -> Path:
        return self.out / "report.html"

    @property
    def undelivered(self) -> bool:
        """A tracking server was given and has not all records; the journal does."""
        return any("waiting" in step.tracking for step in self.record.steps)

    def step(self, name: str) -> StepRecord:
        return self.record.step(name)

    def summary(self) -> str:
        """Where the results are, in a few lines."""
        files = [("report", self.report), ("record", self.out / "run.json"), ("lake", Path(self.record.lake))]
        lines = [f"{label:<8} {path}" for label, path in files if path.exists()]
        return "\n".join([*lines, f"web      assay ui {shlex.quote(str(self.out))}"])

    def __repr__(self) -> str:
        done = ", ".join(f"{step.name} {step.status.value}" for step in self.record.steps)
        return f"RunResult({self.record.pipeline}, {self.record.seconds:.2f} s: {done})"

    def _repr_html_(self) -> str:
        return self.record._repr_html_()
