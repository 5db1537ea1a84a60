"""The image matcher, as MLflow serves it: images in, candidate findings out."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.errors import IoError
from assay.tracking.models.kinds import model_kind
from assay.tracking.models.rows import conform, in_kind
from assay.tracking.models.signature import ModelSignature, infer_signature

if TYPE_CHECKING:
    from assay.data import Schema
    from assay.models import Clip, LabelSet

__all__ = ["ImageMatcher"]

WEIGHTS, CANDIDATES = "weights", 5

# As the loader looks for them in a folder: the first that is there.
WEIGHT_NAMES = (
    "open_clip_model.safetensors",
    "open_clip_pytorch_model.safetensors",
    "model.safetensors",
    "open_clip_pytorch_model.bin",
    "pytorch_model.bin",
)

# Nothing else beside the weights is part of the model: the folder may hold anything, patients' data too.
NAMES_BESIDE = (
    "open_clip_config.json",
    "config.json",
    "preprocessor_config.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
)


@model_kind("assay.image_matcher")
class ImageMatcher:
    """Matches images to a label set: `assay.models.Clip.match` over a table. The weights travel with the model."""

    def __init__(
        self, weights: str | os.PathLike[str], labels: LabelSet, *, clip: Clip | None = None
    ) -> None:
        self._weights = Path(weights)
        self._labels = labels
        self._clip = clip

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
        files = _model_files(self._weights)
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
        return {"file": name, "labels": json.loads(self._labels.to_json())}

    @classmethod
    def load(cls, folder: Path, parameters: Mapping[str, Any], version: int, /) -> ImageMatcher:
        from assay.models import LabelSet

        weights = folder / WEIGHTS / parameters["file"] if parameters["file"] else folder / WEIGHTS
        return cls(weights, LabelSet.from_json(json.dumps(parameters["labels"])))

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
            for result in self._clip.match_many(images, self._labels, k=CANDIDATES)
        ]
        return in_kind(Table.from_pylist(rows, schema=_matches()), data)


def _model_files(weights: Path) -> list[Path]:
    """The weight file that the loader takes, and its configuration and vocabulary.

    Raises:
        IoError: There is no weight file.
    """
    folder = weights if weights.is_dir() else weights.parent
    candidates = [folder / name for name in WEIGHT_NAMES] if weights.is_dir() else [weights]
    file = next((path for path in candidates if path.is_file()), None)
    if file is None:
        expected = f"in {folder} ({', '.join(WEIGHT_NAMES)})" if weights.is_dir() else f"at {weights}"
        raise IoError(f"image matcher: expected a weight file {expected}, got none")
    return [file, *(folder / name for name in NAMES_BESIDE if (folder / name).is_file())]


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
