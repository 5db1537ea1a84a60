"""Label sets: files as people write them, and what is refused with a text that helps. Needs no torch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import assay
from assay.models import Label, LabelSet


def of_json(label: Any = None, **content: Any) -> LabelSet:
    return LabelSet.from_json(json.dumps({"labels": [label or {"name": "pneumonia"}], **content}))


def test_what_is_written_is_read() -> None:
    labels = LabelSet(
        (
            Label("pneumonia", "urgent", "J18.9", prompts=("lungs with pneumonia", "consolidation")),
            Label("none"),
        ),
        ("an X-ray of {}", "{}"),
        "mine",
        {"labels": "made up"},
    )
    assert LabelSet.from_json(labels.to_json()) == labels
    assert labels.prompts() == (["lungs with pneumonia", "consolidation", "an X-ray of none", "none"], [2, 4])


@pytest.mark.parametrize("name", ["mine.txt", "mine.json"])
def test_files_of_windows_editors_are_read(tmp_path: Path, name: str) -> None:
    text = "pneumonia\r\npleural effusion\r\n"
    if name.endswith(".json"):
        text = json.dumps({"labels": [{"name": "pneumonia"}, {"name": "pleural effusion"}]})
    (tmp_path / name).write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert [label.name for label in LabelSet.read(tmp_path / name).labels] == [
        "pneumonia",
        "pleural effusion",
    ]


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ({"name": "a", "prompts": "a whole sentence"}, "prompts of 'a' to be a list of texts"),
        ({"name": "a", "prompts": ["a", 5]}, "prompts of 'a' to be a list of texts"),
        ({"name": "a", "prompts": [" "]}, "prompts of 'a' to be a list of texts"),
        ({"name": "a", "prompts": None}, "prompts of 'a' to be a list of texts"),
        ({"name": 5}, "expected a text as name, got int"),
        ({"name": None}, "expected a text as name, got NoneType"),
        ({"name": "a", "icd10": 5}, "icd10 of 'a' to be a text or null, got int"),
        ({"name": "a", "radlex": ["RID1"]}, "radlex of 'a' to be a text or null, got list"),
        ({"name": "a", "urgency": None}, "urgency of 'a'"),
        ({"name": "a", "urgency": ["urgent"]}, "urgency of 'a'"),
        ("pneumonia", "objects with 'name'"),
    ],
)
def test_labels_of_another_form_are_refused(label: Any, text: str) -> None:
    with pytest.raises(assay.ValueError, match=text):
        of_json(label)


@pytest.mark.parametrize(
    "templates",
    [
        ["{} {view} film"],
        ["{} }"],
        ["{0}"],
        ["{!r} {}"],
        ["{} and {}"],
        ["none"],
        [5],
        "an X-ray of {}",
        5,
        [],
    ],
)
def test_templates_of_another_form_are_refused(templates: Any) -> None:
    with pytest.raises(assay.ValueError, match=r"labels: expected .*template"):
        of_json(templates=templates)


@pytest.mark.parametrize("content", [{"name": 5}, {"sources": ["x"]}])
def test_names_and_sources_of_another_form_are_refused(content: dict[str, Any]) -> None:
    with pytest.raises(assay.ValueError, match="labels: expected"):
        of_json(**content)


def test_braces_in_a_name_are_letters() -> None:
    assert LabelSet.of(["{x} {}"]).prompts()[0] == ["this is a photo of {x} {}"]


@pytest.mark.parametrize("second", ["Pneumonia", "pneumonia ", "PNEUMONIA"])
def test_names_that_differ_by_case_or_spaces_are_the_same(second: str) -> None:
    with pytest.raises(assay.ValueError, match="expected each once, got twice: pneumonia"):
        LabelSet.of(["pneumonia", "effusion", second])


def test_names_given_in_python_are_checked_too() -> None:
    with pytest.raises(assay.ValueError, match="expected a text as name, got int"):
        LabelSet.of([5])  # type: ignore[list-item]
    with pytest.raises(assay.ValueError, match="list of texts"):
        LabelSet.of([Label("a", prompts="a whole sentence")])  # type: ignore[arg-type]
