"""The images step with a small CLIP of random weights: what it stores, tracks and shows; its order means nothing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from journals import records_of

import assay
from assay.models.evaluation import fit_temperature
from assay.pipelines import clinical, clip_demo
from assay.pipelines.clinical.context import MATCHES
from assay.pipelines.clinical.image_matching import ImageMatch, matches_of, matches_table
from assay.pipelines.job import is_bad_input

pytest.importorskip("deltalake")
pytest.importorskip("jinja2")

PATIENT = Path(__file__).parents[3] / "examples" / "data" / "patient_m00001"


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from assay.models import _libtorch

    try:
        _libtorch.load()
    except assay.StateError as error:
        pytest.skip(str(error))
    return clip_demo.write_demo_model(tmp_path_factory.mktemp("made-up-clip"))


@pytest.fixture(scope="module")
def done(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> clinical.RunResult:
    return clinical.run(PATIENT, tmp_path_factory.mktemp("matched"), clip=weights)


def _step(result: clinical.RunResult, name: str) -> dict[str, Any]:
    record = json.loads((result.out / "run.json").read_text())
    return next(step for step in record["steps"] if step["name"] == name)


def test_five_candidates_are_stored_the_best_first(done: clinical.RunResult) -> None:
    assert _step(done, "images")["status"] == "done"
    rows = done.lake.read(MATCHES).to_pylist()
    assert [row["rank"] for row in rows] == [1, 2, 3, 4, 5]
    similarities = [row["similarity"] for row in rows]
    assert similarities == sorted(similarities, reverse=True)
    known = {label.name: label.urgency for label in assay.models.LabelSet.read("chest_radiograph").labels}
    for row in rows:
        assert row["patient_id"] == "M00001"
        assert row["urgency_level"] == known[row["diagnosis"]]
        assert not row["calibrated"]
        assert row["embedding_dim"] == 32


def test_the_table_agrees_with_the_model_by_itself(done: clinical.RunResult, weights: Path) -> None:
    image = next(path for path in PATIENT.iterdir() if path.suffix in (".png", ".jpg"))
    result = assay.models.Clip.from_pretrained(weights).match(image, "chest_radiograph", k=5)
    rows = done.lake.read(MATCHES).to_pylist()
    assert [row["diagnosis"] for row in rows] == [match.label for match in result.matches]
    assert [row["similarity"] for row in rows] == [match.similarity for match in result.matches]


def test_the_run_and_the_model_are_tracked(done: clinical.RunResult) -> None:
    track = _step(done, "track")
    assert "model P2T2.ai_results.biomedclip_matcher, alias staging" in track["remarks"]
    run = track["tracking"]["biomedclip_M00001"]
    best = done.lake.read(MATCHES).to_pylist()[0]
    logged = {
        (kind, body["key"]): body["value"]
        for kind, body in records_of(done.out / "journal")
        if kind in ("metric", "param") and body["run"] == run
    }
    assert logged["param", "top_diagnosis"] == best["diagnosis"]
    assert logged["param", "urgency_level"] == best["urgency_level"]
    assert logged["metric", "top_similarity"] == best["similarity"]
    assert logged["metric", "embedding_dim"] == 32


def test_the_report_shows_them_and_says_that_they_are_no_diagnosis(done: clinical.RunResult) -> None:
    page = done.report.read_text(encoding="utf-8")
    assert "What the image resembles" in page
    assert "Not a diagnosis" in page
    assert "not calibrated" in page


@pytest.fixture(scope="module")
def calibration(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One of made-up scores, for the model and the labels of these tests."""
    clip = assay.models.Clip.from_pretrained(weights)
    scores = np.array([[1, 0], [0, 0.5], [0.2, 0]], np.float32)
    fit = fit_temperature(scores, [0, 1, 1], scale=2.0)
    labels = assay.models.LabelSet.read("chest_radiograph")
    path = tmp_path_factory.mktemp("calibration") / "calibration.json"
    clip.calibration_of(fit, 3, labels, date="2026-01-31").write(path)
    return path


def test_with_a_calibration_everything_says_so(
    done: clinical.RunResult, weights: Path, calibration: Path, tmp_path: Path
) -> None:
    result = clinical.run(PATIENT, tmp_path, clip=weights, calibration=calibration)
    rows = result.lake.read(MATCHES).to_pylist()
    before = done.lake.read(MATCHES).to_pylist()
    assert all(row["calibrated"] and row["calibrated_on"] == 3 for row in rows)
    assert all(row["calibrated_on"] is None for row in before)
    assert [row["similarity"] for row in rows] == [row["similarity"] for row in before]
    assert [row["probability"] for row in rows] != [row["probability"] for row in before]
    page = result.report.read_text(encoding="utf-8")
    assert "Probabilities are calibrated on 3 labelled images." in page
    assert "not calibrated" not in page
    params = {
        body["key"]: body["value"]
        for kind, body in records_of(result.out / "journal")
        if kind == "param" and body["run"] == _step(result, "track")["tracking"]["biomedclip_M00001"]
    }
    assert (params["calibrated"], params["calibrated_on"]) == ("True", "3")
    assert any(
        "calibrated on 3 labelled images, 2026-01-31" in text for text in _step(result, "images")["remarks"]
    )
    assert any("not calibrated" in text for text in _step(done, "images")["remarks"])


def test_a_calibration_of_other_labels_or_another_model_stops_the_run(
    weights: Path, calibration: Path, tmp_path: Path
) -> None:
    (tmp_path / "labels.txt").write_text("pneumonia\neffusion\n", encoding="utf-8")
    with pytest.raises(assay.ValueError, match="made with other labels, prompts") as raised:
        clinical.run(
            PATIENT, tmp_path / "a", clip=weights, calibration=calibration, labels=tmp_path / "labels.txt"
        )
    assert is_bad_input(raised.value)
    changed = shutil.copytree(weights, tmp_path / "changed")
    (changed / "tokenizer_config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(assay.ValueError, match="made with other model"):
        clinical.run(PATIENT, tmp_path / "b", clip=changed, calibration=calibration)


def test_a_calibration_that_cannot_be_meant_stops_the_run_before_its_first_step(
    calibration: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ASSAY_CLIP_MODEL", raising=False)
    with pytest.raises(assay.ValueError, match="expected the model that it was made with") as raised:
        clinical.run(PATIENT, tmp_path / "out", calibration=calibration)
    assert is_bad_input(raised.value)
    (tmp_path / "note.json").write_text("{}", encoding="utf-8")
    with pytest.raises(assay.ValueError, match="expected a calibration as assay clip calibrate writes it"):
        clinical.run(PATIENT, tmp_path / "out", clip=tmp_path, calibration=tmp_path / "note.json")
    with pytest.raises(assay.IoError, match="none"):
        clinical.run(PATIENT, tmp_path / "out", clip=tmp_path, calibration=tmp_path / "none.json")
    assert not (tmp_path / "out").exists()


def test_later_steps_take_the_stored_matches(done: clinical.RunResult, weights: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    shutil.copytree(done.out, again)
    result = clinical.run(PATIENT, again, clip=weights, from_step="judge")
    assert _step(result, "images")["status"] == "skipped"
    assert "biomedclip_M00001" in _step(result, "track")["tracking"]
    assert "What the image resembles" in result.report.read_text(encoding="utf-8")


def renamed(folder: Path, name: str) -> Path:
    """The made-up patient with the image under that name; the image's path."""
    shutil.copytree(PATIENT, folder)
    image = next(path for path in folder.iterdir() if path.suffix in (".png", ".jpg"))
    image.rename(folder / name)
    metadata = folder / "dicom_metadata.csv"
    metadata.write_text(metadata.read_text(encoding="utf-8").replace(image.name, name), encoding="utf-8")
    return folder / name


@pytest.mark.parametrize("name", ["made-up-jane.png", "MADE-UP  JANE  DOE.png", "made up 1.png"])
def test_an_image_that_cannot_be_read_is_told_without_its_name(
    weights: Path, tmp_path: Path, name: str
) -> None:
    folder = tmp_path / "patient"
    image = renamed(folder, name)
    image.write_bytes(image.read_bytes()[:200])
    result = clinical.run(folder, tmp_path / "out", clip=weights)
    remarks = _step(result, "images")["remarks"]
    assert any(remark.startswith("1 image not matched: ") for remark in remarks)
    record = (result.out / "run.json").read_text(encoding="utf-8").lower()
    assert not any(word in record for word in (name.lower(), "jane", "made up 1"))
    assert result.lake.read(MATCHES).num_rows == 0


@pytest.mark.parametrize("labels", ["chest_radiographs", "empty.txt"])
def test_labels_that_cannot_be_read_stop_the_run_and_keep_what_is_stored(
    done: clinical.RunResult, weights: Path, tmp_path: Path, labels: str
) -> None:
    (tmp_path / "empty.txt").touch()
    mistyped = tmp_path / labels if labels.endswith(".txt") else labels
    shutil.copytree(done.out, tmp_path / "out")
    before = done.lake.read(MATCHES).num_rows
    with pytest.raises(assay.Error, match="labels: ") as raised:
        clinical.run(PATIENT, tmp_path / "out", clip=weights, labels=mistyped)
    assert is_bad_input(raised.value)
    record = json.loads((tmp_path / "out" / "run.json").read_text())
    assert record["status"] == "failed"
    assert next(step for step in record["steps"] if step["name"] == "images")["status"] == "failed"
    assert (
        clinical.run(PATIENT, tmp_path / "out", clip=weights, from_step="judge").lake.read(MATCHES).num_rows
        == before
    )


def test_a_model_without_its_tokenizer_stops_the_run(weights: Path, tmp_path: Path) -> None:
    for name in ("config.json", "model.safetensors"):
        shutil.copyfile(weights / name, tmp_path / name)
    with pytest.raises(assay.StateError, match="tokenizer's files") as raised:
        clinical.run(PATIENT, tmp_path / "out", clip=tmp_path)
    assert is_bad_input(raised.value)


def test_weights_that_cannot_be_loaded_are_no_missing_torch(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise assay.StateError("made up: the device has no memory left")

    monkeypatch.setattr("assay.models.clip.Clip.from_pretrained", full)
    with pytest.raises(assay.StateError, match="no memory left"):
        clinical.run(PATIENT, tmp_path / "out", clip=weights)


def test_weights_that_are_not_there_stop_the_run(tmp_path: Path) -> None:
    from assay.models import _libtorch

    try:
        _libtorch.load()
    except assay.StateError as error:
        pytest.skip(str(error))
    with pytest.raises(assay.IoError, match="made-up-folder"):
        clinical.run(PATIENT, tmp_path / "out", clip=tmp_path / "made-up-folder")


def test_without_weights_the_step_says_what_to_give(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ASSAY_CLIP_MODEL", raising=False)
    result = clinical.run(PATIENT, tmp_path)
    step = _step(result, "images")
    assert step["status"] == "skipped"
    assert "--clip" in str(step["reason"])
    assert not result.lake.exists(MATCHES)
    assert _step(clinical.run(PATIENT, tmp_path, from_step="notes"), "images")["status"] == "skipped"


def test_matches_survive_their_table() -> None:
    candidate = {"label": "made up", "similarity": 0.25, "probability": 0.5, "urgency": "none", "icd10": None}
    result = {
        "matches": [candidate, {**candidate, "label": "made up, too"}],
        "margin": 0.0,
        "abstained": False,
        "calibrated": True,
        "labels": "made up",
        "model": "made up",
    }
    matches = [ImageMatch("MADE-UP-1", 1, result, 32), ImageMatch("MADE-UP-1", 2, result, 32)]
    assert matches_of(matches_table(matches)) == matches
    assert matches_of(matches_table([])) == []
