"""The index of a folder's images: which files are taken, and with which model it may be searched. Needs no torch."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from made_up_png import write_png

import assay
import assay.data
from assay.pipelines.image_search import ImageIndex, build_index

pytestmark = pytest.mark.skipif(
    not hasattr(assay.data, "read_image"), reason="this build reads no image files"
)

DICOM = bytes(128) + b"DICM" + bytes(64)


class Encoder:
    """Stands for a Clip of two numbers: the mean and the deviation of an image's pixels."""

    def __init__(self, *, name: str = "made-up", fingerprint: str = "1" * 64, dtype: str = "fp32") -> None:
        self.name, self._fingerprint, self.dtype, self.dim = name, fingerprint, dtype, 2
        self.batches: list[int] = []

    def preprocessor(self, image: Any) -> Any:
        pixels = np.asarray(image, dtype=np.float32)
        return np.full((3, 2, 2), pixels.mean(), dtype=np.float32) + np.array([0, pixels.std()], np.float32)

    def encode_pixels(self, pixels: Any) -> Any:
        self.batches.append(len(pixels))
        rows = np.stack([pixels[:, 0, 0, 0], pixels[:, 0, 0, 1] - pixels[:, 0, 0, 0]], axis=1)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def encode_images(self, images: list[Any]) -> Any:
        return self.encode_pixels(np.stack([self.preprocessor(assay.data.read_image(i)) for i in images]))

    def fingerprint(self) -> str:
        return self._fingerprint


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two images, DICOM as an archive exports it, one that is damaged, and files that are no images."""
    made = tmp_path / "images"
    (made / "sub").mkdir(parents=True)
    write_png(made / "a.png", 1)
    write_png(made / "sub" / "b", 2)
    (made / "sub" / "IM0001").write_bytes(DICOM)
    (made / "damaged.png").write_bytes((made / "a.png").read_bytes()[:300])
    for name in ("notes.txt", "table.csv", "sub/empty"):
        (made / name).write_bytes(b"made up" if name != "sub/empty" else b"")

    def shown(content: bytes, *, most_pixels: int) -> Any:
        assert content == DICOM
        return SimpleNamespace(show=lambda **_: np.arange(20, dtype=np.uint8).reshape(4, 5))

    monkeypatch.setattr("assay.data.images._dicom", lambda: SimpleNamespace(read=shown))
    return made


def build(folder: Path, clip: Any, out: Path | None = None) -> Any:
    return build_index(folder, clip, out or folder / "assay-clip.index")


def test_images_are_told_by_their_content_and_other_files_are_counted(folder: Path) -> None:
    for _ in range(2):  # the index's own files lie in the folder the second time, and are no others
        report = build(folder, Encoder())
        assert (report.indexed, report.passed_over) == (3, 3)
        ((name, reason),) = report.refused
        assert name == "damaged.png" and "whole PNG" in reason and "damaged.png" not in reason
        assert ImageIndex.open(report.path).paths == ["a.png", "sub/IM0001", "sub/b"]
    hits = ImageIndex.open(report.path).search(Encoder(), image=folder / "sub" / "b", k=1)  # type: ignore[arg-type]
    assert hits[0].path == "sub/b" and hits[0].similarity == pytest.approx(1)


def test_the_command_tells_how_many_files_were_passed_over(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from click.testing import CliRunner

    from assay.cli import main_group

    monkeypatch.setattr(importlib.import_module("assay.cli.clip"), "_load", lambda *_: Encoder())
    made = CliRunner().invoke(main_group, ["clip", "index", str(folder), "--model", "made-up"])
    assert made.exit_code == 0 and "3 images; 3 files are no images" in made.output
    assert "left out: damaged.png: " in made.output


def test_an_index_is_searched_with_the_model_that_made_it(folder: Path) -> None:
    index = ImageIndex.open(build(folder, Encoder()).path)
    image = folder / "a.png"
    index.search(Encoder(name="renamed"), image=image)  # type: ignore[arg-type]
    with pytest.raises(assay.ValueError, match=r"made with another model .*made-up"):
        index.search(Encoder(fingerprint="2" * 64), image=image)  # type: ignore[arg-type]
    with pytest.raises(assay.ValueError, match="made in fp32, got bf16"):
        index.search(Encoder(dtype="bf16"), image=image)  # type: ignore[arg-type]


def test_an_index_that_does_not_name_its_model_is_refused(folder: Path) -> None:
    path = build(folder, Encoder()).path
    beside = path.with_name(path.name + ".json")
    about = json.loads(beside.read_text(encoding="utf-8"))
    for content in ({key: about[key] for key in ("model", "dim", "paths")}, [about], {**about, "model": 5}):
        beside.write_text(json.dumps(content), encoding="utf-8")
        with pytest.raises(assay.IoError, match="as assay clip index writes them"):
            ImageIndex.open(path)


def test_one_decoded_image_is_in_memory_at_a_time(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for i in range(150):
        write_png(folder / f"{i}.png", i)
    read, alive = assay.data.read_image, []

    class Decoded(np.ndarray):  # type: ignore[type-arg]
        def __del__(self) -> None:
            alive.remove(id(self))

    most = 0

    def counted(source: Any) -> Any:
        nonlocal most
        pixels = np.asarray(read(source)).view(Decoded)
        alive.append(id(pixels))
        most = max(most, len(alive))
        return pixels

    clip = Encoder()
    monkeypatch.setattr(
        clip, "preprocessor", lambda image: np.full((3, 2, 2), np.mean(image.tolist()), np.float32)
    )
    monkeypatch.setattr(assay.data, "read_image", counted)
    assert build(folder, clip).indexed == 153
    assert most == 1
    assert max(clip.batches) <= 64


def test_a_folder_without_an_image_says_why(tmp_path: Path) -> None:
    (tmp_path / "scan.png").write_bytes(b"GIF89a")
    (tmp_path / "notes.txt").write_bytes(b"made up")
    with pytest.raises(assay.IoError, match=r"none of 1 found \(the first: .*GIF\); 1 file is no image"):
        build(tmp_path, Encoder())
