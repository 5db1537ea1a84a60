"""
Judges, rubrics, gates
"""

from __future__ import annotations
import assay._core.features
import assay._core.models
import collections.abc
import typing

__all__: list[str] = [
    "AppliedCorrection",
    "CorrectionReport",
    "Finding",
    "GroundedJudge",
    "Verdict",
    "correct",
]

class Finding:
    """
    What was found in a note, and where; offsets are bytes of its UTF-8.
    """
    def __init__(
        self,
        *,
        rule: str,
        criterion: str,
        severity: str,
        message: str,
        begin: typing.SupportsInt | typing.SupportsIndex | None = None,
        end: typing.SupportsInt | typing.SupportsIndex | None = None,
        evidence: str = "",
        source: str = "",
        correction: str = "",
    ) -> None: ...
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
    Scores of one note, 1 (worst) to 5, with the evidence for each; passed at 3.0.
    """
    def __init__(
        self,
        *,
        patient_id: str,
        judge: str,
        scores: collections.abc.Mapping[str, typing.SupportsFloat | typing.SupportsIndex],
        overall: typing.SupportsFloat | typing.SupportsIndex,
        confidence: typing.SupportsFloat | typing.SupportsIndex,
        findings: collections.abc.Sequence[Finding] = [],
    ) -> None: ...
    def __repr__(self) -> str: ...
    def _repr_html_(self) -> str: ...
    def _repr_markdown_(self) -> str: ...
    def metrics(self) -> dict[str, float]:
        """
        overall_score, confidence and judge_<criterion>
        """
    def to_html(self) -> str: ...
    def to_json(self) -> str: ...
    def to_markdown(self) -> str: ...
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

    version: typing.ClassVar[str] = "grounded 1"
    def __init__(self) -> None: ...
    @typing.overload
    def judge(
        self, note: assay._core.models.SoapNote, patient: assay._core.features.PatientSummary
    ) -> Verdict: ...
    @typing.overload
    def judge(self, note: str, patient: assay._core.features.PatientSummary) -> Verdict: ...

class AppliedCorrection:
    """
    One correction that was applied.
    """
    def __repr__(self) -> str: ...
    @property
    def after(self) -> str: ...
    @property
    def before(self) -> str: ...
    @property
    def begin(self) -> int | None:
        """
        byte offset in the original text, None for what was added
        """
    @property
    def line_after(self) -> str: ...
    @property
    def line_before(self) -> str: ...
    @property
    def message(self) -> str: ...
    @property
    def rule(self) -> str: ...
    @property
    def section(self) -> str: ...

class CorrectionReport:
    """
    A note before and after the corrections that its findings offer.
    """
    def __repr__(self) -> str: ...
    def _repr_html_(self) -> str: ...
    def _repr_markdown_(self) -> str: ...
    def to_html(self) -> str: ...
    def to_json(self) -> str: ...
    def to_markdown(self) -> str: ...
    @property
    def after(self) -> Verdict: ...
    @property
    def applied(self) -> list[AppliedCorrection]: ...
    @property
    def before(self) -> Verdict: ...
    @property
    def corrected(self) -> str: ...
    @property
    def left(self) -> list[Finding]:
        """
        findings on the corrected text, for a person to decide on
        """
    @property
    def overlapped(self) -> list[Finding]:
        """
        corrections left out, for one that was applied changed the same text
        """

@typing.overload
def correct(
    note: assay._core.models.SoapNote, patient: assay._core.features.PatientSummary, judge: typing.Any
) -> CorrectionReport: ...
@typing.overload
def correct(note: str, patient: assay._core.features.PatientSummary, judge: typing.Any) -> CorrectionReport:
    """
    Apply the corrections of the judge's findings, for at most four rounds, and judge again.
    """
