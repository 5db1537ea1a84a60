"""Evaluating and calibrating an image matcher on labelled images."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.errors import ValueError
from assay.pipelines.image_evaluation.labelled_images import LabelledImages, encode, read_labelled

if TYPE_CHECKING:
    from assay.models import Clip, LabelSet
    from assay.models.evaluation import Calibration, Evaluation
    from assay.pipelines.progress import Progress

__all__ = ["NOTICE", "CalibrationReport", "EvaluationReport", "calibrate_matcher", "evaluate_matcher"]

NOTICE = (
    "Not a diagnosis, and no validation for clinical use: agreement of a model with the labels of these images. "
    "It says nothing about other scanners, populations or findings."
)


@dataclass(frozen=True)
class EvaluationReport:
    """What an evaluation found, with what it was made of."""

    evaluation: Evaluation
    images: LabelledImages
    about: Mapping[str, Any]
    """Model, labels, temperature, calibration."""

    def to_dict(self) -> dict[str, Any]:
        return {
            "schema_version": 1,
            "notice": NOTICE,
            **self.about,
            "rows": {
                "read": self.images.read,
                "accepted": len(self.images.accepted),
                "rejected": len(self.images.rejected),
                "rejected_by_rule": self.images.counts_by_rule(),
                "rejected_rows": [
                    {"place": r.place, "rule": r.rule} | ({"reason": r.reason} if r.reason else {})
                    for r in self.images.rejected
                ],
            },
            **self.evaluation.to_dict(),
        }

    def write(self, folder: str | PathLike[str]) -> list[Path]:
        """``evaluation.json``, ``.html``, ``reliability.svg``, ``roc.svg``; ``rejected.csv`` if rows are set aside."""
        from assay.pipelines.image_evaluation import charts, page

        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        content = {
            "evaluation.json": json.dumps(self.to_dict(), indent=2, ensure_ascii=False) + "\n",
            "evaluation.html": page.render(self),
            "reliability.svg": charts.reliability_svg(self.evaluation.reliability),
            "roc.svg": charts.roc_svg(self.evaluation),
        }
        for name, text in content.items():
            (folder / name).write_text(text, encoding="utf-8")
        written = [folder / name for name in content]
        (folder / "rejected.csv").unlink(missing_ok=True)
        if self.images.rejected:
            self.images.write_rejected(folder / "rejected.csv")
            written.append(folder / "rejected.csv")
        return written

    def to_text(self) -> str:
        """The table for a terminal."""
        from assay.pipelines.image_evaluation import text

        return text.render(self)


@dataclass(frozen=True)
class CalibrationReport:
    """A calibration, with the rows it was made of."""

    calibration: Calibration
    images: LabelledImages
    several_labels: int
    """Accepted images that were left out because they have more than one true label."""


def _truth(images: LabelledImages, labels: LabelSet) -> Any:
    import numpy as np

    marks = np.zeros((len(images.accepted), len(labels.labels)), dtype=bool)
    for row, image in enumerate(images.accepted):
        marks[row, list(image.labels)] = True
    return marks


def evaluate_matcher(
    clip: Clip,
    table: str | Path,
    labels: LabelSet,
    progress: Progress,
    *,
    calibration: Calibration | str | PathLike[str] | None = None,
    bins: int = 10,
    binning: str = "equal_width",
    seed: int = 0,
    replicates: int = 2000,
) -> EvaluationReport:
    """Matches every labelled image of a table and compares.

    Raises:
        IoError, SchemaError: The table cannot be read.
        ValueError: No row of it can be used, or the calibration was made with something else.
        StateError: An image is DICOM, and DCMTK is missing.
    """
    from assay.models import evaluation as statistics

    chosen = None if calibration is None else clip.checked_calibration(calibration, labels)
    images = read_labelled(table, labels)
    encoded = encode(clip, images, progress)
    temperature = 1.0 if chosen is None else chosen.temperature
    similarities = clip.similarities(encoded.vectors, labels)
    found = statistics.evaluate(
        statistics.softmax_rows(similarities, scale=clip.scale / temperature),
        _truth(images, labels),
        [label.name for label in labels.labels],
        bins=bins,
        binning=binning,
        seed=seed,
        replicates=replicates,
    )
    about = {
        "model": clip.name,
        "dtype": clip.dtype,
        "device": clip.device,
        "label_set": labels.name,
        "temperature": temperature,
        "calibrated_on": None if chosen is None else chosen.images,
        "calibration_date": None if chosen is None else chosen.date,
        "binning": binning,
    }
    return EvaluationReport(found, images, about)


def calibrate_matcher(
    clip: Clip, table: str | Path, labels: LabelSet, progress: Progress, *, date: str
) -> CalibrationReport:
    """Fits a temperature on the images of a table that have one true label.

    Raises:
        IoError, SchemaError: The table cannot be read.
        ValueError: No row of it can be used, or the images do not determine a temperature.
        StateError: An image is DICOM, and DCMTK is missing.
    """
    from assay.models import evaluation as statistics

    images = read_labelled(table, labels)
    encoded = encode(clip, images, progress)
    single = [i for i, image in enumerate(images.accepted) if len(image.labels) == 1]
    if not single:
        raise ValueError("calibrate: expected images with one true label each, all have several")
    fit = statistics.fit_temperature(
        clip.similarities(encoded.vectors[single], labels),
        [images.accepted[i].labels[0] for i in single],
        scale=clip.scale,
    )
    calibration = clip.calibration_of(fit, len(single), labels, date=date)
    return CalibrationReport(calibration, images, len(images.accepted) - len(single))
