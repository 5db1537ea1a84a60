"""Prompts beside each other: counts, readability by hand, the judge's own scores, table, HTML and chart."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest
from made_up import made_up_patient

from assay import errors
from assay import tracking as at
from assay.judge import GroundedJudge
from assay.models import TemplateNoteWriter
from assay.tracking.readability import count_syllables, measure

PLAIN = "The cat sat on the mat. It was warm."
HARD = "Interdisciplinary documentation necessitates comprehensive pharmacological reconciliation."


@pytest.mark.parametrize(
    ("word", "syllables"),
    [
        ("cat", 1), ("the", 1), ("warm", 1), ("table", 2), ("people", 2), ("state", 1), ("walked", 1), ("wanted", 2),
        ("agreed", 2), ("patient", 2), ("medicine", 3), ("tuberculosis", 5), ("oxygen", 3), ("don't", 1), ("times", 1),
        ("comprehensive", 4), ("hospital", 3), ("e", 1), ("patient's", 2),
    ],
)  # fmt: skip
def test_syllables(word: str, syllables: int) -> None:
    assert count_syllables(word) == syllables


def test_the_formulas_by_hand() -> None:
    found = measure(PLAIN)
    assert (found.words, found.sentences, found.syllables) == (9, 2, 9)
    assert found.reading_ease == pytest.approx(206.835 - 1.015 * 9 / 2 - 84.6 * 9 / 9)
    assert found.grade == pytest.approx(0.39 * 9 / 2 + 11.8 * 9 / 9 - 15.59)
    hard = measure(HARD)
    assert hard.reading_ease is not None
    assert hard.reading_ease < 0  # beyond the scale's difficult end


@pytest.mark.parametrize("text", ["", "120/80, 37.5", "환자는 안정적입니다. 혈압 120/80 mmHg.", "ἀγαθός"])
def test_no_readability_where_it_means_nothing(text: str) -> None:
    assert (measure(text).reading_ease, measure(text).grade) == (None, None)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two! Three?", 3), ("Dose 2.5 mg daily.", 1), ("no end", 1), ("a\n\nb", 2),
        ("- a b\n- c d\n1. e", 3), ("Really?!", 1),
    ],
)  # fmt: skip
def test_sentences(text: str, sentences: int) -> None:
    assert measure(text).sentences == sentences


def test_judged_as_the_judge_judges() -> None:
    patient = made_up_patient()
    note = TemplateNoteWriter().write(patient)
    outputs = {
        "template": [note, note],
        "wrong": ["Heart rate 40 /min.", note],
        "short": ["No data.", "None."],
    }
    found = at.compare_prompts(outputs, patient=patient)
    judge = GroundedJudge()
    for name, texts in outputs.items():
        expected = sum(judge.judge(text, patient).overall for text in texts) / len(texts)
        assert found[name].judge_score == pytest.approx(expected)
        assert found[name].texts == 2
    assert found.best is not None
    assert found.best.variant == "template"
    assert found["short"].characters == (8 + 5) / 2
    table = found.table()
    assert table.to_pydict()["variant"] == ["template", "wrong", "short"]
    assert table.to_pydict()["judge_score"] == [one.judge_score for one in found.variants]
    assert "Judge: GroundedJudge" in found.to_html()


def test_without_a_patient_nothing_is_judged() -> None:
    found = at.compare_prompts({"a": PLAIN, "b": HARD, "한국어": "환자는 안정적입니다."})
    assert [one.judge_score for one in found.variants] == [None] * 3
    assert found.best is None
    assert found["한국어"].grade is None
    assert "Not judged" in found.to_html()
    assert "Judge" not in found.to_svg()
    lines = repr(found).splitlines()
    assert len(lines) == 4
    assert lines[1].split()[:4] == ["a", "1", "36", "9"]
    with pytest.raises(KeyError):
        found["c"]


def test_what_cannot_be_compared() -> None:
    patient = made_up_patient()
    for variants in ({}, {"a": []}):
        with pytest.raises(errors.ValueError):
            at.compare_prompts(variants)
    with pytest.raises(errors.ValueError, match="expected 2 outputs"):
        at.compare_prompts({"a": "one"}, patient=[patient, patient])


@pytest.mark.parametrize("width", [100, 320, 500, 720, 1200])
def test_chart_stays_in_its_frame(width: int) -> None:
    names = {'a <b> & "c"': PLAIN, "a very long name of a variant that needs room": HARD * 20, "z": "환자"}
    found = at.compare_prompts(names, patient=made_up_patient())
    svg = ET.fromstring(found.to_svg(width))
    assert svg.get("width") == str(max(width, 320))
    space = "{http://www.w3.org/2000/svg}"
    for group in svg.iter(f"{space}g"):
        left, top = map(float, re.findall(r"[\d.]+", group.get("transform", "")))
        for rect in group.iter(f"{space}rect"):
            assert float(rect.get("width", -1)) >= 0
            right = left + float(rect.get("x", 0)) + float(rect.get("width", 0))
            assert left <= left + float(rect.get("x", 0)) <= right <= max(width, 320) - 40
            assert top + float(rect.get("y", 0)) < float(svg.get("height", 0))
    assert len(list(svg.iter(f"{space}g"))) == 4
    assert "<b>" not in found.to_html().replace("&lt;b&gt;", "")


def test_means_are_of_all_texts_or_of_none() -> None:
    found = at.compare_prompts({"mixed": [PLAIN, "환자"], "plain": [PLAIN, PLAIN + " " + PLAIN]})
    assert found["mixed"].reading_ease is None
    assert found["mixed"].words == 4.5
    assert found["plain"].grade == pytest.approx(measure(PLAIN).grade)
