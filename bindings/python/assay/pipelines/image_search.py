"""A folder of images as a searchable index: similar images, by image or by text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.errors import Error, IoError, ValueError

if TYPE_CHECKING:
    from assay.models import Clip, ExactIndex

__all__ = ["IMAGE_SUFFIXES", "Hit", "ImageIndex", "IndexReport", "build_index"]

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".dcm")

_BATCH = 64


@dataclass(frozen=True)
class IndexReport:
    """What became of a folder's images."""

    indexed: int
    refused: tuple[tuple[str, str], ...]
    """Images that could not be read: relative path and reason."""
    path: Path


@dataclass(frozen=True)
class Hit:
    """One similar image."""

    path: str
    """Relative to the indexed folder."""
    similarity: float


def _images_below(folder: Path) -> Iterator[Path]:
    yield from sorted(p for p in folder.rglob("*") if p.suffix.lower() in IMAGE_SUFFIXES and p.is_file())


def build_index(folder: str | Path, clip: Clip, out: str | Path) -> IndexReport:
    """Encodes every PNG, JPEG and DICOM below ``folder`` and writes ``out`` and, beside it, ``out`` + ``.json``.

    An image that cannot be read is left out and told in the report.

    Raises:
        IoError: The folder is not there, or nothing in it is an image that can be read.
    """
    from assay.data import read_image
    from assay.models import ExactIndex

    folder, out = Path(folder), Path(out)
    if not folder.is_dir():
        raise IoError(f"index: there is no folder {folder}")
    index = ExactIndex(dim=clip.dim)
    names: list[str] = []
    refused: list[tuple[str, str]] = []
    batch: list[Any] = []

    def flush() -> None:
        if batch:
            index.add(clip.encode_images(batch))
            batch.clear()

    for path in _images_below(folder):
        name = path.relative_to(folder).as_posix()
        try:
            batch.append(read_image(path))
        except Error as error:
            refused.append((name, str(error)))
            continue
        names.append(name)
        if len(batch) == _BATCH:
            flush()
    flush()
    if not names:
        kinds = ", ".join(IMAGE_SUFFIXES)
        raise IoError(
            f"index: expected images ({kinds}) below {folder}, could read none of {len(refused)} found"
        )
    index.save(out)
    about = {"model": clip.name, "dim": clip.dim, "dtype": clip.dtype, "paths": names}
    _beside(out).write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")
    return IndexReport(len(names), tuple(refused), out)


def _beside(index: Path) -> Path:
    return index.with_name(index.name + ".json")


class ImageIndex:
    """An index that `build_index` wrote."""

    def __init__(self, index: ExactIndex, paths: list[str], model: str) -> None:
        self.index = index
        self.paths = paths
        self.model = model

    @classmethod
    def open(cls, path: str | Path) -> ImageIndex:
        """Maps the index.

        Raises:
            IoError: The index or the list of its paths is missing or damaged.
        """
        from assay.models import ExactIndex

        path = Path(path)
        try:
            about = json.loads(_beside(path).read_text(encoding="utf-8"))
            paths, model = list(about["paths"]), str(about["model"])
        except (OSError, UnicodeDecodeError, KeyError, TypeError, json.JSONDecodeError):
            raise IoError(
                f"index: expected {path} and {_beside(path).name} as assay clip index writes them"
            ) from None
        index = ExactIndex.open(path)
        if len(index) != len(paths):
            raise IoError(f"index: {path} has {len(index)} rows, {_beside(path).name} {len(paths)} paths")
        return cls(index, paths, model)

    def search(self, clip: Clip, *, image: Any = None, text: str | None = None, k: int = 10) -> list[Hit]:
        """The ``k`` images nearest to an image or to a text, best first."""
        if (image is None) == (text is None):
            raise ValueError("search: expected an image or a text, and not both")
        if clip.dim != self.index.dim or clip.name != self.model:
            raise ValueError(f"search: this index was made with the model {self.model}, got {clip.name}")
        query = clip.encode_images([image]) if text is None else clip.encode_texts([text])
        scores, ids = self.index.search(query, k=k)
        return [Hit(self.paths[i], float(s)) for s, i in zip(scores[0], ids[0], strict=True)]
