"""The models of the clinical pipeline, as MLflow serves them: gold rows in, notes or verdicts out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay import errors
from assay.tracking.models.kinds import model_kind
from assay.tracking.models.rows import conform, in_kind
from assay.tracking.models.signature import ModelSignature, infer_signature

if TYPE_CHECKING:
    from assay.data import Schema

__all__ = ["JudgeEvaluator", "SoapGenerator"]

_CRITERIA = ("accuracy", "actionability", "completeness", "relevance", "safety")


def example_patient() -> dict[str, Any]:
    """A gold row that is made up: nobody's."""
    return {
        "patient_id": "MADE-UP-1",
        "age": 58,
        "sex": "female",
        "chief_complaint": "made up: shortness of breath",
        "avg_heart_rate": 104.0,
        "max_heart_rate": 118.0,
        "last_heart_rate": 112.0,
        "heart_rate_count": 4,
        "avg_spo2": 93.5,
        "min_spo2": 91.0,
        "last_spo2": 92.0,
        "spo2_count": 4,
        "vital_count": 4,
    }


@model_kind("assay.soap_generator")
class SoapGenerator:
    """Writes a SOAP note for every gold row: `TemplateNoteWriter` over a table."""

    def __init__(self) -> None:
        from assay.models import TemplateNoteWriter

        self._writer = TemplateNoteWriter()

    @property
    def signature(self) -> ModelSignature:
        return infer_signature(_gold(), _note_schema())

    @property
    def input_example(self) -> list[dict[str, Any]]:
        return [example_patient()]

    def save(self, folder: Path, /) -> dict[str, Any]:
        return {"writer": self._writer.version}

    @classmethod
    def load(cls, folder: Path, parameters: Mapping[str, Any], version: int, /) -> SoapGenerator:
        made = cls()
        _expect_rules("note writer", parameters.get("writer"), made._writer.version)
        return made

    def predict(self, data: Any, /) -> Any:
        """One note for each row of `data` (columns of gold.patient_clinical_summary; patient_id is required)."""
        from assay import features
        from assay.data import Table

        gold = conform(data, _gold())
        notes = (self._writer.write(features.patient_summary(gold, row)) for row in range(gold.num_rows))
        rows = [
            {
                "patient_id": note.patient_id,
                "writer": note.writer,
                "markdown": note.to_markdown(),
                "text": note.to_text(),
                "content": json.dumps(json.loads(note.to_json())),
                "words": note.word_count,
                "tokens_used": note.tokens_used,
            }
            for note in notes
        ]
        return in_kind(Table.from_pylist(rows, schema=_note_schema()), data)


@model_kind("assay.judge_evaluator")
class JudgeEvaluator:
    """Judges notes against the gold rows they were written from: `GroundedJudge` over a table."""

    def __init__(self) -> None:
        from assay.judge import GroundedJudge

        self._judge = GroundedJudge()

    @property
    def signature(self) -> ModelSignature:
        return infer_signature(_judged(), _verdict_schema())

    @property
    def input_example(self) -> list[dict[str, Any]]:
        patient = example_patient()
        note = SoapGenerator().predict([patient])
        return [{"note": note["markdown"].to_pylist()[0], **patient}]

    def save(self, folder: Path, /) -> dict[str, Any]:
        return {"judge": self._judge.version}

    @classmethod
    def load(cls, folder: Path, parameters: Mapping[str, Any], version: int, /) -> JudgeEvaluator:
        made = cls()
        _expect_rules("judge", parameters.get("judge"), made._judge.version)
        return made

    def predict(self, data: Any, /) -> Any:
        """A verdict for each row of `data`: the column ``note`` (Markdown) and those of the patient's gold row."""
        from assay import features
        from assay.data import Table

        given = conform(data, _judged())
        gold, notes = given.select(_gold().names), given["note"].to_pylist()
        verdicts = [
            self._judge.judge(note, features.patient_summary(gold, row)) for row, note in enumerate(notes)
        ]
        rows = [
            {
                "patient_id": verdict.patient_id,
                "judge": verdict.judge,
                "passed": verdict.passed,
                "findings": len(verdict.findings),
                **verdict.metrics(),
                "content": json.dumps(json.loads(verdict.to_json())),
            }
            for verdict in verdicts
        ]
        return in_kind(Table.from_pylist(rows, schema=_verdict_schema()), data)


def _gold() -> Schema:
    from assay.features import patient_summary_schema

    return patient_summary_schema()


def _judged() -> Schema:
    from assay.data import Field, Schema

    return Schema([Field("note", "utf8", nullable=False), *_gold()])


def _note_schema() -> Schema:
    from assay.data import Field, Schema

    texts = [
        Field(name, "utf8", nullable=False)
        for name in ("patient_id", "writer", "markdown", "text", "content")
    ]
    return Schema(
        [*texts, Field("words", "int64", nullable=False), Field("tokens_used", "int64", nullable=False)]
    )


def _verdict_schema() -> Schema:
    from assay.data import Field, Schema

    scores = ["overall_score", "confidence", *(f"judge_{name}" for name in _CRITERIA)]
    return Schema(
        [
            Field("patient_id", "utf8", nullable=False),
            Field("judge", "utf8", nullable=False),
            Field("passed", "bool", nullable=False),
            Field("findings", "int64", nullable=False),
            *(Field(name, "float64", nullable=False) for name in scores),
            Field("content", "utf8", nullable=False),
        ]
    )


def _expect_rules(what: str, saved: Any, present: str) -> None:
    if saved != present:
        raise errors.StateError(
            f"load_model: expected the {what} {present!r} of this Assay, got a model saved with {saved!r}; "
            "install the version that its requirements.txt names"
        )
