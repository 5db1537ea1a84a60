"""Judges of clinical notes.

``GroundedJudge().judge(note, patient)`` scores a note (a `SoapNote` or any text) against the record by rules
alone; anything with the same ``judge`` is a `Judge`, a language model included. ``correct(note, patient, judge)``
applies what the findings offer and compares before and after.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from assay import _native  # noqa: F401 - cleans the core's errors
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
    if judge is None:
        judge = GroundedJudge()
    elif type(judge) is not GroundedJudge:
        judge = _Checked(judge)
    return _core.correct(note, patient, judge)


class _Checked:
    """A judge written in Python, whose answer is looked at before the core takes it."""

    def __init__(self, judge: Judge) -> None:
        self._name = type(judge).__name__
        if not isinstance(judge, Judge):
            raise TypeError(f"correct: expected a judge with a method judge(note, patient), got {self._name}")
        self._judge = judge

    def judge(self, note: SoapNote | str, patient: PatientSummary, /) -> Verdict:
        verdict: object = self._judge.judge(note, patient)
        if not isinstance(verdict, Verdict):
            came = type(verdict).__name__
            raise TypeError(f"correct: expected {self._name}.judge to return a Verdict, got {came}")
        return verdict


def __dir__() -> list[str]:
    return sorted(__all__)
