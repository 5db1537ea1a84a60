"""Matches each patient's image to candidate findings with a CLIP model that the user holds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.pipelines.clinical.sources import image_of
from assay.pipelines.image_files import read_unnamed
from assay.pipelines.job import Skip, reading_input

if TYPE_CHECKING:
    from assay.data import Table
    from assay.models import Clip, LabelSet
    from assay.models.evaluation import Calibration

__all__ = [
    "CANDIDATES",
    "ImageMatch",
    "MatcherOptions",
    "calibration_remark",
    "load_matcher",
    "match_images",
    "matches_of",
    "matches_table",
]

CANDIDATES = 5
"""How many findings the differential has."""


@dataclass(frozen=True)
class MatcherOptions:
    """Where the weights lie, and what an image is compared with."""

    weights: Path | None = None
    labels: str | Path = "chest_radiograph"
    calibration: Calibration | None = None
    """What makes probabilities those of labelled images, made with these weights and labels."""


@dataclass(frozen=True)
class ImageMatch:
    """What an image of a patient was matched to."""

    patient_id: str
    image: int
    """Which of the patient's images, from 1."""
    result: Mapping[str, Any]
    """`assay.models.MatchResult` as JSON has it."""
    embedding_dim: int


def load_matcher(options: MatcherOptions) -> tuple[Clip, LabelSet]:
    """The model and the candidates, whose vectors the model then keeps.

    Raises:
        Skip: no weights are given, or torch is missing.
        Error: labels, weights or tokenizer cannot be read, or the calibration was made with others; marked as an
            error of the input.
    """
    if options.weights is None:
        raise Skip(
            "image matching needs the weights of a CLIP model, such as BiomedCLIP's: give their folder with --clip "
            "or ASSAY_CLIP_MODEL"
        )
    from assay import StateError, models
    from assay.models import _libtorch

    with reading_input():
        labels = models.LabelSet.of(options.labels)
        try:
            _libtorch.load()
        except StateError as error:  # the text says what to install
            raise Skip(str(error)) from None
        clip = models.Clip.from_pretrained(options.weights)
        clip.encode_labels(labels)
        if options.calibration is not None:
            clip.checked_calibration(options.calibration, labels)
    return clip, labels


def match_images(
    clip: Clip, folder: Path, metadata: Table, labels: LabelSet, calibration: Calibration | None = None
) -> tuple[list[ImageMatch], list[str]]:
    """Every image that the metadata name and the folder holds, and remarks on those that could not be read."""
    from assay import Error

    found: list[ImageMatch] = []
    remarks: dict[str, int] = {}
    counted: dict[str, int] = {}
    for row in metadata.to_pylist():
        path = image_of(folder, row["image_file"])
        if path is None:
            continue
        patient = str(row["patient_id"])
        counted[patient] = counted.get(patient, 0) + 1
        try:
            image = read_unnamed(path)
        except Error as error:
            reason = " ".join(str(error).split())
            remarks[reason] = remarks.get(reason, 0) + 1
            continue
        result = clip.match(image, labels, k=CANDIDATES, calibration=calibration)
        found.append(ImageMatch(patient, counted[patient], result.to_dict(), clip.dim))
    return found, [
        f"{count} {'image' if count == 1 else 'images'} not matched: {reason}"
        for reason, count in remarks.items()
    ]


def calibration_remark(calibration: Calibration | None) -> str:
    """What the run's record says of the probabilities."""
    if calibration is None:
        return "probabilities are not calibrated (--calibration)"
    return (
        f"probabilities are calibrated on {calibration.images:,} labelled images, {calibration.date}, "
        f"temperature {calibration.temperature:.3g}"
    )


def matches_table(matches: Sequence[ImageMatch]) -> Table:
    """One row for each image and candidate, the best first."""
    from assay import data

    rows = [
        {
            "patient_id": match.patient_id,
            "image": match.image,
            "rank": rank,
            "diagnosis": candidate["label"],
            "similarity": candidate["similarity"],
            "probability": candidate["probability"],
            "urgency_level": candidate["urgency"],
            "icd10": candidate["icd10"],
            "margin": match.result["margin"],
            "abstained": match.result["abstained"],
            "calibrated": match.result["calibrated"],
            "calibrated_on": match.result.get("calibrated_on"),
            "embedding_dim": match.embedding_dim,
            "labels": match.result["labels"],
            "model": match.result["model"],
            "content": json.dumps(match.result) if rank == 1 else None,
        }
        for match in matches
        for rank, candidate in enumerate(match.result["matches"], start=1)
    ]
    field = data.Field
    return data.Table.from_pylist(
        rows,
        schema=data.Schema(
            [
                field("patient_id", "utf8", nullable=False),
                field("image", "int64", description="which of the patient's images, from 1"),
                field("rank", "int64"),
                field("diagnosis", "utf8", description="candidate finding; not a diagnosis"),
                field("similarity", "float64", description="cosine"),
                field(
                    "probability", "float64", description="among the candidates given, and only among them"
                ),
                field("urgency_level", "utf8"),
                field("icd10", "utf8"),
                field("margin", "float64", description="probability of the first less that of the second"),
                field("abstained", "bool"),
                field("calibrated", "bool"),
                field("calibrated_on", "int64", description="labelled images; null without a calibration"),
                field("embedding_dim", "int64"),
                field("labels", "utf8"),
                field("model", "utf8"),
                field("content", "utf8", description="JSON: the whole result, in the row of rank 1"),
            ]
        ),
    )


def matches_of(table: Table) -> list[ImageMatch]:
    """What `matches_table` made a table of."""
    return [
        ImageMatch(row["patient_id"], row["image"], json.loads(row["content"]), row["embedding_dim"])
        for row in table.to_pylist()
        if row["content"] is not None
    ]
