"""Calibrating and evaluating the demonstration model on made-up images: library and commands."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from click.testing import CliRunner
from made_up_png import write_png

import assay
from assay.cli import main_group
from assay.models import LabelSet
from assay.pipelines import clip_demo

NAMES = ["pneumonia", "pleural effusion", "rib fracture"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clip_demo.write_demo_model(tmp_path_factory.mktemp("demo-clip"))


@pytest.fixture(scope="module")
def clip(native: ModuleType, folder: Path) -> Any:
    from assay.models import Clip

    return Clip.from_pretrained(folder, device="cpu", dtype="fp32")


@pytest.fixture(scope="module")
def images(clip: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """30 images of noise; two in three have the label that the model puts first, the others another."""
    import assay.data as ad

    if not hasattr(ad, "read_image"):
        pytest.skip("this build reads no image files")
    place = tmp_path_factory.mktemp("images")
    truth = []
    for i in range(30):
        write_png(place / f"{i}.png", i)
        best = NAMES.index(clip.match(place / f"{i}.png", NAMES).matches[0].label)
        truth.append(NAMES[(best + (i % 3 == 0)) % 3])
    (place / "labels.txt").write_text("\n".join(NAMES), encoding="utf-8")
    (place / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    rows = [f"{i}.png,{name}" for i, name in enumerate(truth)]
    rows[1] += ";" + next(name for name in NAMES if name != truth[1])
    rows += ["broken.png,pneumonia", "gone.png,pneumonia", "1.png,measles"]
    (place / "images.csv").write_text("path,label\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return place, truth


def test_a_calibration_changes_probabilities_and_not_their_order(
    clip: Any, images: tuple[Path, list[str]], tmp_path: Path
) -> None:
    place, truth = images
    paths = [place / f"{i}.png" for i in range(30)]
    made = clip.calibrate(paths, truth, NAMES, date="2026-11-21")
    assert made.images == 30 and made.loss_after < made.loss_before
    made.write(tmp_path / "calibration.json")
    stored = json.loads((tmp_path / "calibration.json").read_text(encoding="utf-8"))
    assert stored["schema_version"] == 1 and stored["date"] == "2026-11-21" and stored["images"] == 30

    plain = clip.match(paths[0], NAMES)
    found = clip.match(paths[0], NAMES, calibration=tmp_path / "calibration.json")
    by_hand = clip.match(paths[0], NAMES, temperature=made.temperature)
    assert found.calibrated and found.calibrated_on == 30
    assert not by_hand.calibrated and by_hand.calibrated_on is None
    assert [m.label for m in found.matches] == [m.label for m in plain.matches]
    assert [m.probability for m in found.matches] == [m.probability for m in by_hand.matches]
    assert "calibrated on 30 images" in str(found) and "not calibrated" in str(plain)
    # The order of the labels says nothing about what they mean.
    assert clip.match(paths[0], NAMES[::-1], calibration=made).calibrated


def test_a_calibration_of_something_else_is_refused(
    clip: Any, images: tuple[Path, list[str]], tmp_path: Path
) -> None:
    from assay.models import Clip

    place, truth = images
    paths = [place / f"{i}.png" for i in range(30)]
    made = clip.calibrate(paths, truth, NAMES, date="2026-11-21")
    with pytest.raises(assay.ValueError, match="made with other labels, prompts"):
        clip.match(paths[0], [*NAMES[:2], "cardiomegaly"], calibration=made)
    worded = dataclasses.replace(LabelSet.of(NAMES), templates=("an X-ray of {}",))
    with pytest.raises(assay.ValueError, match=r"made with other prompts \("):
        clip.match(paths[0], worded, calibration=made)
    with pytest.raises(assay.ValueError, match="a temperature or a calibration"):
        clip.match(paths[0], NAMES, calibration=made, temperature=2)
    other = clip_demo.write_demo_model(tmp_path / "other")
    weights = bytearray((other / "model.safetensors").read_bytes())
    weights[-4] ^= 1
    (other / "model.safetensors").write_bytes(weights)
    with pytest.raises(assay.ValueError, match=r"made with other model \("):
        Clip.from_pretrained(other, device="cpu").match(paths[0], NAMES, calibration=made)


def test_what_cannot_be_calibrated_is_refused(clip: Any, images: tuple[Path, list[str]]) -> None:
    place, truth = images
    paths = [place / f"{i}.png" for i in range(30)]
    right = [clip.match(path, NAMES).matches[0].label for path in paths]
    with pytest.raises(assay.ValueError, match="do not determine a temperature"):
        clip.calibrate(paths, right, NAMES, date="2026-11-21")
    with pytest.raises(assay.ValueError, match="YYYY-MM-DD"):
        clip.calibrate(paths, truth, NAMES, date="yesterday")
    with pytest.raises(assay.ValueError, match="got 30 and 29"):
        clip.calibrate(paths, truth[1:], NAMES, date="2026-11-21")


def test_commands(clip: Any, folder: Path, images: tuple[Path, list[str]], tmp_path: Path) -> None:
    place, _ = images
    run = CliRunner()
    options = ["--model", str(folder), "--device", "cpu", "--labels", str(place / "labels.txt")]
    table, fitted = str(place / "images.csv"), str(tmp_path / "calibration.json")

    made = run.invoke(main_group, ["clip", "calibrate", table, "--out", fitted, *options])
    assert made.exit_code == 0, made.output
    assert "33 rows read, 30 used, 3 set aside" in made.output and "several labels: 1" in made.output
    assert "set aside by image.unreadable: 1" in made.output and "fitted on 29 images" in made.output

    out = tmp_path / "out"
    plain = run.invoke(main_group, ["clip", "evaluate", table, "--out", str(out), *options])
    assert plain.exit_code == 0, plain.output
    assert "Not a diagnosis" in plain.output and "not calibrated" in plain.output
    before = json.loads((out / "evaluation.json").read_text(encoding="utf-8"))
    assert before["top_k"][0]["hits"] >= 20 and before["cases"] == 30
    assert before["rows"]["rejected_by_rule"] == {
        "image.unreadable": 1,
        "label.unknown": 1,
        "path.missing": 1,
    }

    again = run.invoke(
        main_group, ["clip", "evaluate", table, "--out", str(out), "--calibration", fitted, *options]
    )
    assert again.exit_code == 0 and "calibrated on 29 images" in again.output
    after = json.loads((out / "evaluation.json").read_text(encoding="utf-8"))
    assert after["calibration"]["negative_log_likelihood"] < before["calibration"]["negative_log_likelihood"]
    assert after["top_k"] == before["top_k"] and after["calibrated_on"] == 29

    image = str(place / "0.png")
    matched = run.invoke(main_group, ["clip", "match", image, "--calibration", fitted, *options])
    assert matched.exit_code == 0 and "calibrated on 29 images" in matched.output
    refused = run.invoke(
        main_group,
        ["clip", "match", image, "--calibration", fitted, *options[:4], "--labels", "chest_radiograph"],
    )
    assert refused.exit_code != 0 and "made with other labels" in str(refused.exception)


def test_a_table_without_a_usable_row_is_refused(clip: Any, folder: Path, tmp_path: Path) -> None:
    table = tmp_path / "images.csv"
    table.write_text("path,label\ngone.png,pneumonia\n", encoding="utf-8")
    arguments = ["clip", "evaluate", str(table), "--out", str(tmp_path / "out"), "--model", str(folder)]
    found = CliRunner().invoke(main_group, arguments)
    assert "got none of 1 (path.missing: 1)" in str(found.exception)
    assert not (tmp_path / "out").exists()
