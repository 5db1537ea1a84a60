"""A table of images with their true labels: what can be used, and what cannot and why."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from assay.errors import Error, StateError, ValueError
from assay.pipelines.image_files import read_unnamed

if TYPE_CHECKING:
    from assay._core.data import Image
    from assay.models import Clip, LabelSet
    from assay.models.clip import Vectors
    from assay.pipelines.progress import Progress

__all__ = ["EncodedImages", "LabelledImage", "LabelledImages", "Rejected", "encode", "read_labelled"]

_BATCH = 16


@dataclass(frozen=True)
class LabelledImage:
    """An accepted row."""

    row: int
    """Which of the rows that the reader could take apart, from 1."""
    path: Path
    labels: tuple[int, ...]
    """Positions in the label set."""
    written: str = ""
    """The path as the table has it."""


@dataclass(frozen=True)
class Rejected:
    """A row that was set aside."""

    place: str
    """``row 12`` of those that the reader could take apart; ``line 14`` of the file where it could not."""
    rule: str
    """``path.missing``, ``path.duplicate``, ``label.required``, ``label.unknown``, ``image.unreadable``; others of the
    reader."""
    path: str = ""
    """As the table has it."""
    reason: str = ""
    """Why the image could not be read; without its path, which may name a patient."""


@dataclass
class LabelledImages:
    """The rows of a table; read = accepted + rejected."""

    read: int
    accepted: list[LabelledImage] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)

    def counts_by_rule(self) -> dict[str, int]:
        return dict(sorted(Counter(row.rule for row in self.rejected).items()))

    def write_rejected(self, path: Path) -> None:
        """The rows set aside as CSV. It holds paths, which may name patients."""
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("place", "rule", "path", "reason"))
            writer.writerows((row.place, row.rule, row.path, row.reason) for row in self.rejected)


@dataclass(frozen=True)
class EncodedImages:
    """Images that could be read, with their vectors in the same order."""

    images: tuple[LabelledImage, ...]
    vectors: Vectors


def read_labelled(table: str | Path, labels: LabelSet) -> LabelledImages:
    """Reads a delimited file with the columns ``path`` (from the file's own folder) and ``label`` (several with ``;``).

    Raises:
        IoError: The file cannot be read.
        SchemaError: A column is missing.
    """
    from assay import data

    table = Path(table)
    schema = data.Schema([data.Field(name, "utf8", nullable=False) for name in ("path", "label")])
    found = data.read_csv(table, schema)
    images = LabelledImages(read=found.report.rows_read)
    for bad in found.rejected.table.to_pylist():
        images.rejected.append(Rejected(f"line {bad['line']}", str(bad["rules"])))
    positions = {label.name: i for i, label in enumerate(labels.labels)}
    seen: set[Path] = set()
    for row, values in enumerate(found.rows.to_pylist(), start=1):
        path = table.parent / str(values["path"]).strip()
        names = [name.strip() for name in str(values["label"]).split(";") if name.strip()]
        rule = ""
        if not names:
            rule = "label.required"
        elif any(name not in positions for name in names):
            rule = "label.unknown"
        elif not path.is_file():
            rule = "path.missing"
        elif path.resolve() in seen:
            rule = "path.duplicate"
        if rule:
            images.rejected.append(Rejected(f"row {row}", rule, str(values["path"])))
            continue
        seen.add(path.resolve())
        chosen = tuple(sorted({positions[name] for name in names}))
        images.accepted.append(LabelledImage(row, path, chosen, str(values["path"])))
    return images


def encode(clip: Clip, images: LabelledImages, progress: Progress) -> EncodedImages:
    """Vectors of the accepted images; those that cannot be read move to the rejected.

    Raises:
        ValueError: Nothing is left.
        StateError: The library that reads an image is missing, which is no fault of the image.
    """
    import numpy as np

    kept: list[LabelledImage] = []
    vectors: list[Vectors] = []
    batch: list[Image] = []

    def flush() -> None:
        if batch:
            vectors.append(clip.encode_images(batch))
            batch.clear()

    for image in progress.track(images.accepted, "images"):
        opened = _open(image, images.rejected)
        if opened is None:
            continue
        batch.append(opened)
        kept.append(image)
        if len(batch) == _BATCH:
            flush()
    flush()
    images.accepted = kept
    if not kept:
        reasons = ", ".join(f"{rule}: {count:,}" for rule, count in images.counts_by_rule().items())
        raise ValueError(
            f"images: expected one row at least with an image and a label of the set, got none of "
            f"{images.read:,} ({reasons or 'the table is empty'})"
        )
    return EncodedImages(tuple(kept), np.concatenate(vectors))


def _open(image: LabelledImage, rejected: list[Rejected]) -> Image | None:
    try:
        return read_unnamed(image.path)
    except StateError:
        raise
    except Error as error:
        reason = " ".join(str(error).split())
        rejected.append(Rejected(f"row {image.row}", "image.unreadable", image.written, reason))
        return None
