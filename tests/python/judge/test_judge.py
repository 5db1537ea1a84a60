"""The judge and the correction report from Python; their rules are proven in tests/cpp/judge."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up import made_up_patient

import assay
from assay import features, models
from assay.judge import CorrectionReport, Finding, GroundedJudge, Judge, Verdict, correct

PATIENT = made_up_patient("Husten – seit sechs Wochen")
NOTE = models.TemplateNoteWriter().write(PATIENT)
TEXT = NOTE.to_markdown()


def replaced(before: str, after: str) -> str:
    assert before in TEXT
    return TEXT.replace(before, after, 1)


def test_a_good_note_passes() -> None:
    verdict = GroundedJudge().judge(NOTE, PATIENT)
    assert verdict.passed
    assert verdict.overall >= 4.5
    assert set(verdict.scores) == {"accuracy", "completeness", "safety", "actionability", "relevance"}
    assert set(verdict.metrics()) == {"overall_score", "confidence", *(f"judge_{c}" for c in verdict.scores)}
    assert verdict.to_json() == GroundedJudge().judge(TEXT, PATIENT).to_json()
    assert json.loads(verdict.to_json())["passed"] is True
    assert "| accuracy | 5.00 |" in verdict.to_markdown()
    assert "<td>accuracy</td><td>5.00</td>" in verdict._repr_html_()


@pytest.mark.parametrize(
    ("before", "after", "criterion", "rule", "evidence"),
    [
        ("average 106.7/min", "average 166.7/min", "accuracy", "ACC-NUMBER", "166.7"),
        ("°C", "°F", "accuracy", "ACC-UNIT", "°F"),
        ("**Fever**: maximum", "No fever: maximum", "accuracy", "ACC-NEGATION", "No fever"),
        ("Allergies: Penicillin", "No known allergies", "safety", "SAF-ALLERGY-DENIED", "No known allergies"),
        ("58-year-old male", "58-year-old female", "accuracy", "ACC-SEX", "female"),
    ],
)
def test_a_defect_lowers_its_score_and_is_named(
    before: str, after: str, criterion: str, rule: str, evidence: str
) -> None:
    text = replaced(before, after)
    verdict = GroundedJudge().judge(text, PATIENT)
    assert verdict.scores[criterion] < GroundedJudge().judge(TEXT, PATIENT).scores[criterion]
    finding = next(f for f in verdict.findings if f.rule == rule)
    assert finding.criterion == criterion
    assert finding.evidence == evidence
    assert finding.begin is not None
    assert (
        text.encode()[finding.begin : finding.end].decode() == evidence
    )  # bytes, past a non-ASCII complaint


def test_what_is_missing_has_no_place() -> None:
    text = TEXT[: TEXT.index("## Plan")].replace("- Allergies: Penicillin. [allergies]\n", "")
    verdict = GroundedJudge().judge(text, PATIENT)
    found = {f.rule: f for f in verdict.findings}
    assert found["COM-ALLERGY"].begin is None
    assert found["ACT-NO-PLAN"].severity == "critical"
    assert verdict.scores["actionability"] == 1


@pytest.mark.parametrize("text", ["", "\n", "환자 상태 양호. 체온 37.6 °C.", "\x00", "🙂" * 50])
def test_any_text_gets_a_verdict(text: str) -> None:
    verdict = GroundedJudge().judge(text, PATIENT)
    assert not verdict.passed
    json.loads(verdict.to_json())


@settings(max_examples=50, deadline=None)
@given(st.integers(0, len(TEXT) - 1), st.text(max_size=8))
def test_spans_lie_in_the_text(at: int, inserted: str) -> None:
    text = TEXT[:at] + inserted + TEXT[at:]
    raw = text.encode()
    for finding in GroundedJudge().judge(text, PATIENT).findings:
        if finding.begin is not None and finding.end is not None:
            assert raw[finding.begin : finding.end].decode(errors="replace") == finding.evidence


def test_corrections_bring_the_record_back() -> None:
    text = replaced("average 106.7/min", "average 166.7/min")
    text = text.replace("- Allergies: Penicillin. [allergies]\n", "")
    report = correct(text, PATIENT)
    assert isinstance(report, CorrectionReport)
    assert report.after.overall > report.before.overall
    assert [c.rule for c in report.applied] == ["ACC-NUMBER", "COM-ALLERGY"]
    assert report.applied[0].section == "Objective"
    assert report.applied[0].line_before.startswith("Heart rate: average 166.7/min")
    assert report.applied[0].line_after.startswith("Heart rate: average 106.7/min")
    assert "average 106.7/min" in report.corrected
    assert "Allergies: Penicillin." in report.corrected
    assert "1. Objective, ACC-NUMBER: " in report.to_markdown()
    assert "<ins>Allergies: Penicillin.</ins>" in report._repr_html_()
    assert json.loads(report.to_json())["applied"][1]["begin"] is None
    assert correct(NOTE, PATIENT, GroundedJudge()).corrected == TEXT


class Flat:
    """A judge in Python: the same scores for all, one finding for every 'bad'."""

    def judge(self, note: models.SoapNote | str, patient: features.PatientSummary, /) -> Verdict:
        text = note if isinstance(note, str) else note.to_markdown()
        at = text.encode().find(b"bad")
        findings = []
        if at >= 0:
            findings.append(
                Finding(
                    rule="FLAT-BAD",
                    criterion="relevance",
                    severity="minor",
                    message="says bad",
                    begin=at,
                    end=at + 3,
                    evidence="bad",
                    correction="good",
                )
            )
        criteria = ("accuracy", "completeness", "safety", "actionability", "relevance")
        return Verdict(
            patient_id=patient.patient_id,
            judge="flat 1",
            scores=dict.fromkeys(criteria, 3.5),
            overall=3.5,
            confidence=0.5,
            findings=findings,
        )


def test_a_judge_in_python_is_a_judge() -> None:
    judges: list[Judge] = [Flat(), GroundedJudge()]
    assert all(isinstance(judge, Judge) for judge in judges)
    assert not isinstance(object(), Judge)
    report = correct("Ein – bad, bad note", PATIENT, Flat())
    assert report.corrected == "Ein – good, good note"
    assert report.before.judge == "flat 1"
    assert report.after.findings == []
    assert report.before.passed


def test_a_judge_derived_from_the_grounded_one_judges_itself() -> None:
    class Content(GroundedJudge):
        def judge(self, note: models.SoapNote | str, patient: features.PatientSummary, /) -> Verdict:
            return Flat().judge("all good", patient)

    report = correct(replaced("average 106.7/min", "average 166.7/min"), PATIENT, Content())
    assert report.before.judge == "flat 1"
    assert report.applied == []


def test_a_judge_that_fails_raises_its_own_error() -> None:
    class Broken:
        def judge(self, note: models.SoapNote | str, patient: features.PatientSummary, /) -> Verdict:
            raise RuntimeError("no quota")

    with pytest.raises(RuntimeError, match="no quota"):
        correct("text", PATIENT, Broken())


def test_verdicts_and_findings_are_checked() -> None:
    with pytest.raises(assay.ValueError, match="missing 'actionability'"):
        Verdict(
            patient_id="T1",
            judge="j",
            scores={"accuracy": 3, "completeness": 3, "safety": 3, "relevance": 3},
            overall=3,
            confidence=1,
        )
    with pytest.raises(assay.ValueError, match="severity"):
        Finding(rule="R", criterion="accuracy", severity="dreadful", message="m")
    with pytest.raises(assay.ValueError, match="begin <= end"):
        Finding(rule="R", criterion="accuracy", severity="minor", message="m", begin=3, end=2)


def test_every_rule_of_the_judge_stands_in_the_table_of_its_page() -> None:
    root = Path(__file__).resolve().parents[3]
    sources = [path.read_text(encoding="utf-8") for path in (root / "src" / "judge").rglob("*.cpp")]
    pattern = r"\b(?:ACC|COM|SAF|ACT|REL)(?:-[A-Z]+)+\b"
    rules = {rule for text in sources for rule in re.findall(f'"({pattern})"', text)}
    page = (root / "docs" / "judge.md").read_text(encoding="utf-8")
    table = {rule for line in page.splitlines() if line.startswith("|") for rule in re.findall(pattern, line)}
    assert len(rules) > 30
    assert table == rules
