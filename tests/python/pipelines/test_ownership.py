"""Stored tables stand for the input they were made from, and for no other."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import assay
from assay.data import Lake
from assay.pipelines import clinical
from assay.pipelines.clinical.sources import identify
from assay.pipelines.job import is_bad_input

pytest.importorskip("deltalake")
pytest.importorskip("jinja2")


@pytest.fixture
def other(example: Path, tmp_path: Path) -> Path:
    """Another made-up patient, with a lower heart rate."""
    folder = tmp_path / "patient_m00002"
    shutil.copytree(example, folder)
    for path in folder.glob("*.csv"):
        path.write_text(path.read_text().replace("M00001", "M00002").replace(",113.3,", ",80.0,"))
    return folder


def patients(lake: Path, table: str = "gold.patient_clinical_summary") -> set[str]:
    return set(Lake(lake).read(table)["patient_id"].to_pylist())


def test_tables_of_another_input_are_not_reused(example: Path, other: Path, tmp_path: Path) -> None:
    clinical.run(other, tmp_path / "a", lake=tmp_path / "lake")
    with pytest.raises(assay.ValueError, match=r"bronze\.vital_signs .*made from another input") as refusal:
        clinical.run(example, tmp_path / "b", lake=tmp_path / "lake", from_step="gold")
    assert is_bad_input(refusal.value)
    assert "M0000" not in str(refusal.value)
    assert "m00002" not in str(refusal.value)


def test_another_input_replaces_nothing_unasked(example: Path, other: Path, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    first = clinical.run(example, tmp_path / "a", lake=lake)
    before = (tmp_path / "a" / "run.json").read_text()
    with pytest.raises(assay.ValueError, match=r"another input.*--lake.*--replace") as refusal:
        clinical.run(other, tmp_path / "a", lake=lake)
    assert is_bad_input(refusal.value)
    assert patients(lake) == {"M00001"}
    assert (tmp_path / "a" / "run.json").read_text() == before
    clinical.run(other, tmp_path / "b", lake=lake, replace=True)
    assert patients(lake) == {"M00002"}
    old = Lake(lake).read("gold.patient_clinical_summary", version=0)
    assert old.row(0)["patient_id"] == "M00001"
    assert first.record.id != json.loads((tmp_path / "b" / "run.json").read_text())["id"]


def test_same_folder_with_new_content_is_run_again(patient: Path, tmp_path: Path) -> None:
    clinical.run(patient, tmp_path / "out")
    path = patient / "vital_signs.csv"
    path.write_text(path.read_text() + "M00001,2026-01-20 08:00:00,90,120,80,95,37,16\n")
    with pytest.raises(assay.ValueError, match="before the files of INPUT changed; run without --from"):
        clinical.run(patient, tmp_path / "out", from_step="silver")
    done = clinical.run(patient, tmp_path / "out")
    assert done.gold.row(0)["vital_count"] == 49
    assert clinical.run(patient, tmp_path / "out", from_step="report").gold == done.gold


def test_a_copy_elsewhere_is_the_same_input(example: Path, patient: Path, tmp_path: Path) -> None:
    clinical.run(example, tmp_path / "out")
    again = clinical.run(patient, tmp_path / "out")
    assert not any(table.changed for step in again.record.steps for table in step.tables)
    clinical.run(patient, tmp_path / "out", from_step="gold")


def test_cut_between_two_tables_is_noticed(
    example: Path, other: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = tmp_path / "lake"
    clinical.run(example, tmp_path / "a", lake=lake)
    write = Lake.write

    def cut(self: Lake, name: str, *arguments: object, **options: object) -> object:
        if name == "bronze.medical_history":
            raise KeyboardInterrupt
        return write(self, name, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Lake, "write", cut)
    with pytest.raises(KeyboardInterrupt):
        clinical.run(other, tmp_path / "b", lake=lake, replace=True)
    monkeypatch.undo()
    assert patients(lake, "bronze.vital_signs") == {"M00002"}
    for source in (example, other):
        with pytest.raises(assay.ValueError, match=r"from: P2T2\.bronze\..*another input"):
            clinical.run(source, tmp_path / "c", lake=lake, from_step="silver")
        with pytest.raises(assay.ValueError, match="--replace"):
            clinical.run(source, tmp_path / "c", lake=lake)
    clinical.run(other, tmp_path / "b", lake=lake, replace=True)
    assert patients(lake, "bronze.medical_history") == {"M00002"}
    clinical.run(other, tmp_path / "b", lake=lake, from_step="silver")


def test_rows_of_others_are_not_taken_for_ours(example: Path, tmp_path: Path) -> None:
    done = clinical.run(example, tmp_path)
    done.lake.write("gold.patient_clinical_summary", done.gold.head(0))
    with pytest.raises(assay.ValueError, match="does not say which input it was made from"):
        clinical.run(example, tmp_path, from_step="notes")


def test_identity_is_made_of_content_and_place(example: Path, patient: Path) -> None:
    original, copy = identify(example), identify(patient)
    assert original.has_made(copy)
    assert original.location != copy.location
    (patient / "README.md").write_text("is not read")
    assert identify(patient) == copy
    path = patient / "vital_signs.csv"
    changed = path.read_text().replace("113.3", "113.4")
    path.write_text(changed)  # of the same size
    assert not identify(patient).has_made(copy)
    assert identify(patient).may_replace(copy)
    assert not identify(patient).may_replace(original)
    assert "m00001" not in copy.to_json().lower()
