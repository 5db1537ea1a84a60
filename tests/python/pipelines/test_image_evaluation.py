"""Labelled images: what is set aside, and what the page and the diagrams hold. Needs no torch."""

from __future__ import annotations

import json
import math
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import assay
from assay.models import LabelSet
from assay.models import evaluation as ev
from assay.pipelines.image_evaluation import EvaluationReport, charts
from assay.pipelines.image_evaluation.labelled_images import (
    LabelledImage,
    LabelledImages,
    Rejected,
    read_labelled,
)

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
