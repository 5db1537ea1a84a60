"""Ids as hospitals have them: slashes, blanks, 270 characters, other scripts. All patients here are made up."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.pipelines import clinical
from assay.pipelines.clinical.file_names import file_name
from assay.pipelines.record import Status


def test_plain_ids_are_taken_as_they_are() -> None:
    for name in ("M00001", "10004235", "a-b_c.d", "x" * 80):
        assert file_name(name) == name


def test_altered_ids_stay_apart() -> None:
    names = [
        file_name(name) for name in ("A/1", "A 1", "A_1", "A#1", "..", ".", "", "환자", "x" * 81, "x" * 270)
    ]
    assert len(set(names)) == len(names)
    assert names[2] == "A_1"
    assert file_name("A/1").startswith("A_1-")


@given(st.text(max_size=400))
def test_every_id_is_a_short_plain_name(patient: str) -> None:
    name = file_name(patient)
    assert re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}", name)
    assert os.path.basename(name) == name


@pytest.mark.parametrize("patient_id", ["A#1", "A/1", "K" * 270, "환자 7"])
def test_any_id_runs_to_the_end(patient: Path, tmp_path: Path, patient_id: str) -> None:
    pytest.importorskip("deltalake")
    for path in patient.glob("*.csv"):
        path.write_text(path.read_text().replace("M00001", patient_id))
    done = clinical.run(patient, tmp_path / "out")
    assert done.step("track").status is Status.DONE
    assert done.report.is_file()
    assert "105.6" in done.note(patient_id)
    assert all(Path(file).is_file() for step in done.record.steps for file in step.files)


def test_ids_that_look_alike_keep_their_notes(patient: Path, tmp_path: Path) -> None:
    pytest.importorskip("deltalake")
    ids = ("A/1", "A 1", "A_1")
    for path in patient.glob("*.csv"):
        header, *rows = path.read_text().splitlines()
        copies = [row.replace("M00001", name) for name in ids for row in rows]
        path.write_text("\n".join([header, *copies]) + "\n")
    done = clinical.run(patient, tmp_path / "out")
    assert done.gold.num_rows == 3
    assert len(list((done.out / "soap_notes").glob("*.md"))) == 3
    for name in ids:
        assert [other for other in ids if other in done.note(name)] == [name]
