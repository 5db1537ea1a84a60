"""The image matcher, as MLflow serves it: images in, candidate findings out."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.tracking.models.kinds import model_kind
from assay.tracking.models.rows import conform, in_kind
from assay.tracking.models.signature import ModelSignature, infer_signature

if TYPE_CHECKING:
    from assay.data import Schema
    from assay.models import Clip, LabelSet
    from assay.models.evaluation import Calibration

__all__ = ["ImageMatcher"]

WEIGHTS, CANDIDATES = "weights", 5


@model_kind("assay.image_matcher")
class ImageMatcher:
    """Matches images to a label set: `assay.models.Clip.match` over a table.

    The weights travel with the model, and so does the calibration, where there is one.
    """

    def __init__(
        self,
        weights: str | os.PathLike[str],
        labels: LabelSet,
        *,
        clip: Clip | None = None,
        calibration: Calibration | None = None,
    ) -> None:
        self._weights = Path(weights)
        self._labels = labels
        self._clip = clip
        self._calibration = calibration

    @property
    def signature(self) -> ModelSignature:
        return infer_signature(_images(), _matches())

    @property
    def requirements(self) -> list[str]:
        from importlib.metadata import version

        return [f"torch=={version('torch').split('+')[0]}"]

    def save(self, folder: Path, /) -> dict[str, Any]:
        """Links or copies the weights, their configuration and vocabulary, and no other file beside them.

        Raises:
            IoError: The weights are not there.
        """
        from assay.models.weights import model_files

        files = model_files(self._weights)
        target = folder / WEIGHTS
        target.mkdir(parents=True)
        for file in files:
            # Resolved: a link to a link dangles where that one is relative, as in Hugging Face's cache.
            content = file.resolve()
            try:  # a link, since these are hundreds of megabytes; what is kept is taken by content later
                os.link(content, target / file.name)
            except OSError:
                shutil.copyfile(content, target / file.name)
        name = self._weights.name if self._weights.is_file() else ""
        parameters = {"file": name, "labels": json.loads(self._labels.to_json())}
        if self._calibration is not None:
            parameters["calibration"] = json.loads(self._calibration.to_json())
        return parameters

    @classmethod
    def load(cls, folder: Path, parameters: Mapping[str, Any], version: int, /) -> ImageMatcher:
        from assay.models import LabelSet
        from assay.models.evaluation import Calibration

        known = parameters.get("calibration")
        calibration = Calibration.from_json(json.dumps(known)) if known is not None else None
        weights = folder / WEIGHTS / parameters["file"] if parameters["file"] else folder / WEIGHTS
        labels = LabelSet.from_json(json.dumps(parameters["labels"]))
        return cls(weights, labels, calibration=calibration)

    def predict(self, data: Any, /) -> Any:
        """The best candidates for each row of `data`: the column ``image`` holds a PNG, JPEG or DICOM file's bytes."""
        from assay.data import Table, read_image
        from assay.models import Clip

        if self._clip is None:
            self._clip = Clip.from_pretrained(self._weights)
        images = [read_image(content) for content in conform(data, _images())["image"].to_pylist()]
        rows = [
            {
                "top_diagnosis": result.matches[0].label,
                "top_similarity": result.matches[0].similarity,
                "urgency_level": result.matches[0].urgency,
                "content": result.to_json(),
            }
            for result in self._clip.match_many(
                images, self._labels, k=CANDIDATES, calibration=self._calibration
            )
        ]
        return in_kind(Table.from_pylist(rows, schema=_matches()), data)


def _images() -> Schema:
    from assay.data import Field, Schema

    return Schema([Field("image", "binary", nullable=False)])


def _matches() -> Schema:
    from assay.data import Field, Schema

    return Schema(
        [
            Field("top_diagnosis", "utf8", nullable=False),
            Field("top_similarity", "float64", nullable=False),
            Field("urgency_level", "utf8", nullable=False),
            Field("content", "utf8", nullable=False),
        ]
    )
