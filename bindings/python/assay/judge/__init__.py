"""Judges of clinical notes.

``GroundedJudge().judge(note, patient)`` scores a note (a `SoapNote` or any text) against the record by rules
alone; anything with the same ``judge`` is a `Judge`, a language model included. ``correct(note, patient, judge)``
applies what the findings offer and compares before and after.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from assay._core import judge as _core
from assay._core.judge import AppliedCorrection, CorrectionReport, Finding, GroundedJudge, Verdict

if TYPE_CHECKING:
    from assay._core.features import PatientSummary
    from assay._core.models import SoapNote

__all__ = [
    "AppliedCorrection",
    "CorrectionReport",
    "Finding",
    "GroundedJudge",
    "Judge",
    "Verdict",
    "correct",
]


@runtime_checkable
class Judge(Protocol):
    """Whatever scores a note against the record it was written from: rules, or a language model."""

    def judge(self, note: SoapNote | str, patient: PatientSummary, /) -> Verdict:
        """Scores of the note, with the evidence for each finding."""
        ...


def correct(note: SoapNote | str, patient: PatientSummary, judge: Judge | None = None) -> CorrectionReport:
    """Apply the corrections that the judge's findings offer, judge again, and compare.

    A finding with a span and a correction replaces the span; what is missing is added to its section; what
    needs a person is left. At most four rounds. `judge` is a `GroundedJudge` unless given; one written in
    Python is handed the note as Markdown text.
    """
    return _core.correct(note, patient, GroundedJudge() if judge is None else judge)
