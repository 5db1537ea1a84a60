"""The template note from Python; its rules are proven in tests/cpp/models."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest

from assay import data, features, models

START = datetime(2026, 1, 4, 8, tzinfo=timezone.utc)


def made_up_patient(
    complaint: str = "cough and night sweats", allergy: str = "Penicillin"
) -> features.PatientSummary:
    """Nobody: three hours of vital signs, one diagnosis, one medication, one allergy."""
    times = [START + timedelta(hours=i) for i in range(3)]
    vitals = data.Table.from_dict(
        {
            "patient_id": ["T1"] * 3,
            "observed_at": times,
            "heart_rate": [104.0, 110.0, 106.0],
            "systolic_bp": [130.0, 134.0, 138.0],
            "diastolic_bp": [80.0, 82.0, 84.0],
            "spo2": [90.0, 91.0, 92.0],
            "temperature": [37.2, 38.4, 38.1],
            "respiratory_rate": [18.0, 19.0, 20.0],
        }
    )
    history = data.Table.from_dict(
        {
            "patient_id": ["T1"] * 3,
            "category": ["diagnosis", "medication", "allergy"],
            "code": ["icd10|A15.0", None, None],
            "description": ["Pulmonary tuberculosis", "Isoniazid 300 mg daily", allergy],
            "status": ["active"] * 3,
        }
    )
    emergency = data.Table.from_dict(
        {
            "patient_id": ["T1"],
            "arrived_at": [START],
            "age": [58],
            "sex": ["male"],
            "chief_complaint": [complaint],
            "consciousness": ["A"],
            "on_oxygen": [True],
        }
    )
    gold = features.summarise_patients(vitals, history=history, emergency=emergency, aggregated_at=START)
    return features.patient_summary(gold, 0)


def test_the_note_says_what_the_record_says() -> None:
    note = models.TemplateNoteWriter().write(made_up_patient())
    assert isinstance(note, models.SoapNote)
    assert note.patient_id == "T1"
    assert note.tokens_used == 0
    text = note.to_text()
    assert "Template-written (template 1, no language model)" in text
    assert (
        "Heart rate: average 106.7/min, range 104.0–110.0/min, last 106.0/min at 2026-01-04T10:00:00Z" in text
    )
    assert "Allergies: Penicillin. [allergies]" in text
    assert len(text.split()) == note.word_count
    assert any(s.source.startswith("avg_spo2") for s in note.objective)
    assert {p.source for p in note.assessment} >= {"R-TUBERCULOSIS", "R-HYPOXAEMIA", "R-FEVER"}
    assert all(item.action and item.timing and item.owner for p in note.assessment for item in p.plan)


def test_every_form_holds_the_same_note() -> None:
    note = models.TemplateNoteWriter().write(made_up_patient())
    value = json.loads(note.to_json())
    assert [s["text"] for s in value["subjective"]] == [s.text for s in note.subjective]
    assert note.to_markdown() == note._repr_markdown_()
    assert "## Assessment" in note.to_markdown()
    assert note._repr_html_() == note.to_html()
    assert "<h4>Assessment</h4>" in note.to_html()
    assert repr(note) == "<SoapNote by template 1>"  # no patient in a log


def test_non_ascii_texts_of_the_record_survive() -> None:
    note = models.TemplateNoteWriter().write(made_up_patient("기침과 발열 <6주>", "Pénicilline"))
    assert "Chief complaint: 기침과 발열 <6주>" in note.to_text()
    assert "Pénicilline" in json.loads(note.to_json())["subjective"][4]["text"]
    assert "기침과 발열 &lt;6주&gt;" in note.to_html()


def test_a_writer_in_python_is_a_note_writer() -> None:
    class Terse:
        def write(self, patient: features.PatientSummary, /) -> models.SoapNote:
            item = models.PlanItem(action="Examine", timing="now", owner="physician", source="terse")
            return models.SoapNote(
                patient_id=patient.patient_id,
                writer="terse 1",
                subjective=[models.Statement(text="Unwell", source="chief_complaint")],
                objective=[],
                assessment=[models.Problem(name="Unwell", reasoning="said so", plan=[item])],
                safety_net=[],
                tokens_used=7,
            )

    writers: list[models.NoteWriter] = [Terse(), models.TemplateNoteWriter()]
    assert all(isinstance(writer, models.NoteWriter) for writer in writers)
    text = writers[0].write(made_up_patient()).to_text()
    assert "Written by terse 1; a clinician must review it." in text
    assert "Examine; now; physician." in text
    assert not isinstance(object(), models.NoteWriter)
    with pytest.raises(TypeError):
        models.TemplateNoteWriter().write(None)  # type: ignore[arg-type]
