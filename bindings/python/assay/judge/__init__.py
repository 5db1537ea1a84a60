"""Judges of clinical notes.

``GroundedJudge().judge(note, patient)`` scores a note (a `SoapNote` or any text) against the record by rules
alone; anything with the same ``judge`` is a `Judge`, a language model included.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from assay._core.judge import Finding, GroundedJudge, Verdict

if TYPE_CHECKING:
    from assay._core.features import PatientSummary
    from assay._core.models import SoapNote

__all__ = ["Finding", "GroundedJudge", "Judge", "Verdict"]


@runtime_checkable
class Judge(Protocol):
    """Whatever scores a note against the record it was written from: rules, or a language model."""

    def judge(self, note: SoapNote | str, patient: PatientSummary) -> Verdict:
        """Scores of the note, with the evidence for each finding."""
        ...
