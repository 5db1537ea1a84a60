"""Labelled images: what is set aside, and what the page and the diagrams hold. Needs no torch."""

from __future__ import annotations

import csv
import json
import math
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_up_png import write_png

import assay
import assay.data
from assay.models import LabelSet
from assay.models import evaluation as ev
from assay.pipelines.image_evaluation import EvaluationReport, charts
from assay.pipelines.image_evaluation.labelled_images import (
    LabelledImage,
    LabelledImages,
    Rejected,
    encode,
    read_labelled,
)
from assay.pipelines.progress import Progress

LABELS = LabelSet.of(["pneumonia", "pleural effusion", "<b>&"])


def table(folder: Path, text: str, *images: str) -> Path:
    for name in images:
        (folder / name).write_bytes(b"made up")
    path = folder / "images.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_rows_are_accepted_or_set_aside_by_a_rule(tmp_path: Path) -> None:
    found = read_labelled(
        table(
            tmp_path,
            "path,label\n"
            "a.png,pneumonia\n"
            "b.png, pneumonia ; pleural effusion;pneumonia\n"
            "c.png,pneumonia\n"
            "a.png,pleural effusion\n"
            "d.png,measles\n"
            ",pneumonia\n"
            "d.png,\n"
            "d.png,;\n"
            "d.png,pneumonia,extra\n",
            "a.png",
            "b.png",
            "d.png",
        ),
        LABELS,
    )
    assert [image.labels for image in found.accepted] == [(0,), (0, 1)]
    assert found.read == len(found.accepted) + len(found.rejected) == 9
    assert found.counts_by_rule() == {
        "label.required": 2,
        "label.unknown": 1,
        "path.duplicate": 1,
        "path.missing": 1,
        "path.required": 1,
        "row.field_count": 1,
    }
    unknown = next(r for r in found.rejected if r.rule == "label.unknown")
    assert (unknown.place, unknown.path) == ("row 5", "d.png")
    found.write_rejected(tmp_path / "rejected.csv")
    assert len((tmp_path / "rejected.csv").read_text().splitlines()) == 8


class Encoder:
    """Stands for a Clip: the vector of an image is its size."""

    def encode_images(self, images: list[Any]) -> Any:
        return np.array([[image.width, image.height] for image in images], dtype=np.float32)


@pytest.fixture
def mixed(tmp_path: Path) -> LabelledImages:
    """An image, one that is damaged, one of no known kind, and a DICOM file by its first bytes."""
    if not hasattr(assay.data, "read_image"):
        pytest.skip("this build reads no image files")
    names = ("MADE-UP  JANE.png", "damaged.png", "text.png", "IM0001")
    text = "path,label\n" + "".join(f"./{name},pneumonia\n" for name in names)
    made = table(tmp_path, text, *names)
    write_png(tmp_path / names[0], 1)
    (tmp_path / "damaged.png").write_bytes((tmp_path / names[0]).read_bytes()[:300])
    (tmp_path / "IM0001").write_bytes(bytes(128) + b"DICM" + bytes(64))
    return read_labelled(made, LABELS)


def test_images_that_cannot_be_read_are_told_with_the_reason(
    mixed: LabelledImages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise assay.IoError("made up: a damaged DICOM file")

    monkeypatch.setattr("assay.data.images._dicom", refuse)
    encoded = encode(Encoder(), mixed, Progress())  # type: ignore[arg-type]
    assert encoded.vectors.tolist() == [[50, 40]]
    assert mixed.counts_by_rule() == {"image.unreadable": 3}
    assert [(r.place, r.path) for r in mixed.rejected] == [
        ("row 2", "./damaged.png"),
        ("row 3", "./text.png"),
        ("row 4", "./IM0001"),
    ]
    damaged, text, dicom = (r.reason for r in mixed.rejected)
    assert "whole PNG" in damaged and "expected PNG, JPEG or DICOM" in text and "damaged DICOM" in dicom
    assert not any(str(tmp_path) in r.reason or Path(r.path).name in r.reason for r in mixed.rejected)
    mixed.write_rejected(tmp_path / "rejected.csv")
    with (tmp_path / "rejected.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["path"] for row in rows] == ["./damaged.png", "./text.png", "./IM0001"]
    assert [row["reason"] for row in rows] == [damaged, text, dicom]
    content = EvaluationReport(report().evaluation, mixed, report().about).to_dict()
    assert content["rows"]["rejected_rows"][0] == {
        "place": "row 2",
        "rule": "image.unreadable",
        "reason": damaged,
    }


def test_a_missing_library_is_no_fault_of_the_images(
    mixed: LabelledImages, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> None:
        raise assay.StateError("this build of Assay is without DICOM")

    monkeypatch.setattr("assay.data.images._dicom", missing)
    with pytest.raises(assay.StateError, match="without DICOM"):
        encode(Encoder(), mixed, Progress())  # type: ignore[arg-type]


def test_a_table_without_its_columns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(assay.SchemaError, match="label"):
        read_labelled(table(tmp_path, "path,finding\na.png,pneumonia\n", "a.png"), LABELS)
    with pytest.raises(assay.IoError):
        read_labelled(tmp_path / "none.csv", LABELS)


def report(rows: int = 60, *, calibrated: bool = False) -> EvaluationReport:
    rng = np.random.default_rng(2)
    truth = np.arange(rows) % 2  # the third label does not occur
    logits = rng.normal(size=(rows, 3)).astype(np.float32) + np.eye(3, dtype=np.float32)[truth]
    marks = np.eye(3, dtype=bool)[truth]
    marks[0, 1] = True
    found = ev.evaluate(
        ev.softmax_rows(logits), marks, [label.name for label in LABELS.labels], replicates=100
    )
    images = LabelledImages(rows + 1, [LabelledImage(i, Path(), (0,)) for i in range(rows)])
    images.rejected.append(Rejected("row 3", "path.missing", "patient-7.png"))
    about = {
        "model": "<script>alert(1)</script>",
        "dtype": "fp32",
        "device": "cpu",
        "label_set": "made up",
        "temperature": 1.5 if calibrated else 1.0,
        "calibrated_on": 250 if calibrated else None,
        "calibration_date": "2026-11-21" if calibrated else None,
    }
    return EvaluationReport(found, images, about)


def test_everything_is_written_and_whole(tmp_path: Path) -> None:
    made = report()
    names = {path.name for path in made.write(tmp_path / "out")}
    assert names == {"evaluation.json", "evaluation.html", "reliability.svg", "roc.svg", "rejected.csv"}
    content: dict[str, Any] = json.loads((tmp_path / "out/evaluation.json").read_text(encoding="utf-8"))
    assert content["rows"] == {
        "read": 61,
        "accepted": 60,
        "rejected": 1,
        "rejected_by_rule": {"path.missing": 1},
        "rejected_rows": [{"place": "row 3", "rule": "path.missing"}],
    }
    assert "Not a diagnosis" in content["notice"] and content["calibrated_on"] is None
    assert [k["k"] for k in content["top_k"]] == [1]
    assert content["labels"][2]["auc"] is None and content["labels"][0]["auc_interval"] is not None
    assert content["calibration"]["cases_with_one_label"] == 59
    page = (tmp_path / "out/evaluation.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page and "&lt;b&gt;&amp;" in page and "<b>&" not in page
    assert "Not a diagnosis" in page and "not calibrated" in page
    assert "patient-7" not in page and "patient-7" not in json.dumps(content)
    for name in ("reliability.svg", "roc.svg"):
        root = ET.parse(tmp_path / "out" / name).getroot()
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
    text = made.to_text()
    assert "61 rows read, 60 used, 1 set aside" in text and "not defined" in text
    assert "patient-7" not in text


def test_a_calibrated_evaluation_says_on_how_many_images() -> None:
    text = report(calibrated=True).to_text()
    assert "calibrated on 250 images (temperature 1.5, 2026-11-21)" in text and "not calibrated" not in text


def test_points_of_the_diagram_lie_where_the_bins_say() -> None:
    found = ev.reliability(
        [0.25] * 4 + [0.75] * 4, [True, False, False, False] + [True] * 3 + [False], bins=2
    )
    root = ET.fromstring(charts.reliability_svg(found))
    circles = [
        (float(c.get("cx", "nan")), float(c.get("cy", "nan")))
        for c in root.iter("{http://www.w3.org/2000/svg}circle")
    ]
    # The plot is from 58 to 438 across and from 396 up to 16; both points are on the diagonal.
    assert circles == [
        pytest.approx((58 + 0.25 * 380, 16 + 0.75 * 380)),
        pytest.approx((58 + 0.75 * 380, 16 + 0.25 * 380)),
    ]


def test_nothing_that_can_be_drawn_is_said() -> None:
    found = ev.evaluate([[0.4, 0.6]], [[True, False]], ["a", "b"], replicates=10)
    assert "No label has images" in charts.roc_svg(found)
    assert found.aucs.macro is None and math.isfinite(found.reliability.expected_error)
    with pytest.raises(assay.ShapeError, match=r"\[cases, 2\]"):
        ev.evaluate([[0.4, 0.6]], [[True, False, True]], ["a", "b"])
