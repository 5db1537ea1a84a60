"""
Judges, rubrics, gates
"""

from __future__ import annotations
import assay._core.features
import assay._core.models
import typing

__all__: list[str] = ["Finding", "GroundedJudge", "Verdict"]

class Finding:
    """
    What was found in a note, and where; offsets are bytes of its UTF-8.
    """
    def __repr__(self) -> str: ...
    @property
    def begin(self) -> int | None:
        """
        None where something is missing
        """
    @property
    def correction(self) -> str: ...
    @property
    def criterion(self) -> str: ...
    @property
    def end(self) -> int | None: ...
    @property
    def evidence(self) -> str: ...
    @property
    def message(self) -> str: ...
    @property
    def rule(self) -> str: ...
    @property
    def severity(self) -> str: ...
    @property
    def source(self) -> str: ...

class Verdict:
    """
    Scores of one note, 1 (worst) to 5, with the evidence for each.
    """
    def __repr__(self) -> str: ...
    def metrics(self) -> dict[str, float]:
        """
        overall_score, confidence and judge_<criterion>
        """
    def to_json(self) -> str: ...
    @property
    def confidence(self) -> float:
        """
        share of the checkable statements that could be checked
        """
    @property
    def findings(self) -> list[Finding]: ...
    @property
    def judge(self) -> str: ...
    @property
    def overall(self) -> float: ...
    @property
    def passed(self) -> bool: ...
    @property
    def patient_id(self) -> str: ...
    @property
    def scores(self) -> dict[str, float]: ...

class GroundedJudge:
    """
    Judges a SOAP note against the patient's record by rules alone.
    """
    def __init__(self) -> None: ...
    @typing.overload
    def judge(
        self, note: assay._core.models.SoapNote, patient: assay._core.features.PatientSummary
    ) -> Verdict: ...
    @typing.overload
    def judge(self, note: str, patient: assay._core.features.PatientSummary) -> Verdict: ...
