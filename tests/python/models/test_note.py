"""The template note from Python; its rules are proven in tests/cpp/models."""

from __future__ import annotations

import json

import pytest
from made_up import made_up_patient

from assay import features, models


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
