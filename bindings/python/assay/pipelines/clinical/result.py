"""What a run of the clinical pipeline left behind, for notebooks and the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.pipelines import result
from assay.pipelines.clinical.file_names import file_name

if TYPE_CHECKING:
    from assay.data import Table

__all__ = ["RunResult"]


class RunResult(result.RunResult):
    """The record of a run, and the way to its tables, notes and report."""

    @property
    def gold(self) -> Table:
        """One row per patient."""
        return self.lake.read("gold.patient_clinical_summary")

    def note(self, patient: str) -> str:
        """The patient's note as Markdown.

        Raises:
            ValueError: the run wrote no note for that patient.
        """
        path = self.out / "soap_notes" / f"{file_name(patient)}.md"
        if not path.is_file():
            from assay import ValueError

            raise ValueError(
                f"note: the run in {self.out} wrote none for the patient asked for; "
                "column patient_id of run.gold holds those that have one"
            )
        return path.read_bytes().decode("utf-8")
