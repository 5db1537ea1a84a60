"""The image matcher as a model: which files travel with it, and that it predicts where it was loaded."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

import numpy as np
import pytest
from byte_pairs import write_byte_pairs
from made_up_png import write_png

import assay
from assay.models import LabelSet
from assay.models.evaluation import model_fingerprint
from assay.pipelines import clip_demo
from assay.tracking.models.image_matcher import ImageMatcher

LABELS = LabelSet.of(["pneumonia", "pleural effusion"])
WEIGHTS = "model.safetensors"
IN_ORDER = [
    "open_clip_model.safetensors",
    "open_clip_pytorch_model.safetensors",
    WEIGHTS,
    "open_clip_pytorch_model.bin",
    "pytorch_model.bin",
]
BESIDE = {
    "open_clip_config.json",
    "config.json",
    "preprocessor_config.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
}


def with_words(folder: Path) -> Path:
    return clip_demo.write_demo_model(folder)


def with_byte_pairs(folder: Path) -> Path:
    """The same model with the tokenizer's files of OpenAI's CLIP."""
    with mock.patch.object(clip_demo, "_vocabulary", return_value=[str(i) for i in range(600)]):
        clip_demo.write_demo_model(folder)
    (folder / "vocab.txt").unlink()
    return write_byte_pairs(folder, count=20)


def linked(folder: Path) -> Path:
    """As Hugging Face's cache: a snapshot of relative links to blobs."""
    blobs = clip_demo.write_demo_model(folder / "blobs")
    snapshot = folder / "snapshots" / "1"
    snapshot.mkdir(parents=True)
    for file in blobs.iterdir():
        (snapshot / file.name).symlink_to(Path("../../blobs") / file.name)
    return snapshot


def one_file(folder: Path) -> Path:
    return clip_demo.write_demo_model(folder) / WEIGHTS


def one_linked_file(folder: Path) -> Path:
    return linked(folder) / WEIGHTS


LAYOUTS = [with_words, with_byte_pairs, linked, one_file, one_linked_file]


def saved(weights: Path, folder: Path) -> tuple[Path, dict[str, Any]]:
    """The model's folder, moved away from where it was made, and its parameters."""
    made = folder / "made"
    made.mkdir(parents=True)
    parameters = json.loads(json.dumps(ImageMatcher(weights, LABELS).save(made)))
    shutil.copytree(made, folder / "moved", symlinks=True)
    shutil.rmtree(made)
    return folder / "moved", parameters


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder / "weights").as_posix() for path in (folder / "weights").rglob("*")}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_loaded_matcher_predicts_as_the_model_it_was_made_of(
    native: ModuleType, tmp_path: Path, layout: Callable[[Path], Path]
) -> None:
    import assay.data as ad
    from assay.models import Clip

    weights = layout(tmp_path / "model")
    write_png(tmp_path / "image.png", 3)
    expected = Clip.from_pretrained(weights).match(tmp_path / "image.png", LABELS)
    folder, parameters = saved(weights, tmp_path / "saved")
    shutil.rmtree(tmp_path / "model")

    image = (tmp_path / "image.png").read_bytes()
    rows = ad.Table.from_pylist([{"image": image}], schema=ad.Schema([ad.Field("image", "binary")]))
    (row,) = ImageMatcher.load(folder, parameters, 1).predict(rows).to_pylist()
    assert row["top_diagnosis"] == expected.matches[0].label
    assert row["top_similarity"] == expected.matches[0].similarity


def test_the_calibration_travels(native: ModuleType, tmp_path: Path) -> None:
    import assay.data as ad
    from assay.models import Clip
    from assay.models.evaluation import Calibration, TemperatureFit, fit_temperature

    weights = clip_demo.write_demo_model(tmp_path / "model")
    clip = Clip.from_pretrained(weights)
    fit: TemperatureFit = fit_temperature(
        np.array([[1, 0], [0, 0.5], [0.2, 0]], np.float32), [0, 1, 1], scale=2.0
    )
    calibration: Calibration = clip.calibration_of(fit, 3, LABELS, date="2026-01-31")
    made = tmp_path / "made"
    made.mkdir()
    parameters = json.loads(json.dumps(ImageMatcher(weights, LABELS, calibration=calibration).save(made)))
    write_png(tmp_path / "image.png", 3)
    expected = clip.match(tmp_path / "image.png", LABELS, calibration=calibration)
    image = (tmp_path / "image.png").read_bytes()
    rows = ad.Table.from_pylist([{"image": image}], schema=ad.Schema([ad.Field("image", "binary")]))
    (row,) = ImageMatcher.load(made, parameters, 1).predict(rows).to_pylist()
    found = json.loads(row["content"])
    assert found["calibrated"] and found["calibrated_on"] == 3
    assert found["matches"][0]["probability"] == expected.matches[0].probability
    parameters["labels"] = json.loads(LabelSet.of(["pneumonia", "fracture"]).to_json())
    with pytest.raises(assay.ValueError, match="made with other labels"):
        ImageMatcher.load(made, parameters, 1).predict(rows)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_whole_model_travels(tmp_path: Path, layout: Callable[[Path], Path]) -> None:
    weights = layout(tmp_path / "model")
    digest = model_fingerprint(weights)
    folder, parameters = saved(weights, tmp_path / "saved")
    assert not any(path.is_symlink() for path in folder.rglob("*"))
    assert model_fingerprint(folder / "weights" / parameters["file"]) == digest


@pytest.mark.parametrize("layout", [with_words, one_file])
def test_nothing_else_in_the_folder_travels(tmp_path: Path, layout: Callable[[Path], Path]) -> None:
    weights = layout(tmp_path / "model")
    beside = tmp_path / "model"
    for name in ("patients.json", "notes.txt", "other.safetensors", "other.bin"):
        (beside / name).write_text("made up", encoding="utf-8")
    for name in BESIDE:
        if not (beside / name).exists():
            (beside / name).write_text("{}", encoding="utf-8")
    folder, _ = saved(weights, tmp_path / "saved")
    assert names(folder) == {WEIGHTS, *BESIDE}


@pytest.mark.parametrize("first", range(len(IN_ORDER)))
def test_the_weights_are_those_that_the_loader_takes(tmp_path: Path, first: int) -> None:
    model = tmp_path / "model"
    model.mkdir()
    for i, name in enumerate(IN_ORDER[first:]):
        (model / name).write_text(f"made up {i}", encoding="utf-8")
    (model / "unrelated.safetensors").write_text("made up", encoding="utf-8")
    digest = model_fingerprint(model)
    folder, _ = saved(model, tmp_path / "saved")
    assert names(folder) == {IN_ORDER[first]}
    assert model_fingerprint(folder / "weights") == digest


def test_a_model_without_weights_is_not_saved(tmp_path: Path) -> None:
    model = clip_demo.write_demo_model(tmp_path / "model")
    (model / WEIGHTS).unlink()
    (model / WEIGHTS).symlink_to("nowhere")
    for weights in (model, model / WEIGHTS, tmp_path / "none"):
        with pytest.raises(assay.IoError, match="expected a weight file"):
            saved(weights, tmp_path / f"saved-{weights.name}")
