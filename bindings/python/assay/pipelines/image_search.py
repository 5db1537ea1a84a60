"""A folder of images as a searchable index: similar images, by image or by text."""

from __future__ import annotations

import json
from dataclasses import asdict, astuple, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.errors import Error, IoError, ValueError
from assay.pipelines.image_files import is_image, read_unnamed

if TYPE_CHECKING:
    from assay.models import Clip, ExactIndex

__all__ = [
    "IMAGE_SUFFIXES",
    "Hit",
    "ImageIndex",
    "IndexReport",
    "IndexedBy",
    "build_index",
    "passed_over_text",
]

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".dcm")

_BATCH = 64


@dataclass(frozen=True)
class IndexReport:
    """What became of a folder's files: indexed + refused + passed over."""

    indexed: int
    refused: tuple[tuple[str, str], ...]
    """Images that could not be read: relative path and reason."""
    passed_over: int
    """Files that are no images, by name and content."""
    path: Path


@dataclass(frozen=True)
class IndexedBy:
    """The model that an index was made with."""

    model: str
    """Its name."""
    fingerprint: str
    """`assay.models.evaluation.model_fingerprint` of its files."""
    dtype: str

    @classmethod
    def of(cls, clip: Clip) -> IndexedBy:
        """Reads the weights once a `Clip`."""
        return cls(clip.name, clip.fingerprint(), clip.dtype)


@dataclass(frozen=True)
class Hit:
    """One similar image."""

    path: str
    """Relative to the indexed folder."""
    similarity: float


def build_index(folder: str | Path, clip: Clip, out: str | Path) -> IndexReport:
    """Encodes every PNG, JPEG and DICOM below ``folder`` and writes ``out`` and, beside it, ``out`` + ``.json``.

    Images are told by their content, so that DICOM needs no suffix. One that cannot be read is left out and told in
    the report. One decoded image is in memory at a time.

    Raises:
        IoError: The folder is not there, or nothing in it is an image that can be read.
    """
    import numpy as np

    from assay.models import ExactIndex

    folder, out = Path(folder), Path(out)
    if not folder.is_dir():
        raise IoError(f"index: there is no folder {folder}")
    index = ExactIndex(dim=clip.dim)
    names: list[str] = []
    refused: list[tuple[str, str]] = []
    passed_over = 0
    batch: list[Any] = []

    def flush() -> None:
        if batch:
            index.add(clip.encode_pixels(np.stack(batch)))
            batch.clear()

    for path in _files_below(folder, out):
        name = path.relative_to(folder).as_posix()
        try:
            pixels = _prepared(path, clip)
        except (Error, OSError) as error:
            refused.append((name, _reason(error)))
            continue
        if pixels is None:
            passed_over += 1
            continue
        names.append(name)
        batch.append(pixels)
        if len(batch) == _BATCH:
            flush()
    flush()
    if not names:
        raise IoError(_nothing(folder, refused, passed_over))
    index.save(out)
    about = {**asdict(IndexedBy.of(clip)), "dim": clip.dim, "paths": names}
    _beside(out).write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")
    return IndexReport(len(names), tuple(refused), passed_over, out)


def passed_over_text(count: int) -> str:
    return "1 file is no image" if count == 1 else f"{count:,} files are no images"


def _files_below(folder: Path, out: Path) -> list[Path]:
    own = {out.absolute(), _beside(out).absolute()}
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.absolute() not in own)


def _prepared(path: Path, clip: Clip) -> Any:
    """What the model takes of an image; None where the file is no image by name and content."""
    if path.suffix.lower() not in IMAGE_SUFFIXES and not is_image(path):
        return None
    return clip.preprocessor(read_unnamed(path))


def _reason(error: Error | OSError) -> str:
    """Without the file's name, which may name a patient."""
    text = str(error) if isinstance(error, Error) else f"the file cannot be read: {error.strerror}"
    return " ".join(text.split())


def _nothing(folder: Path, refused: list[tuple[str, str]], passed_over: int) -> str:
    first = f" (the first: {refused[0][1]})" if refused else ""
    others = f"; {passed_over_text(passed_over)}" if passed_over else ""
    return f"index: expected PNG, JPEG or DICOM below {folder}, could read none of {len(refused)} found{first}{others}"


def _beside(index: Path) -> Path:
    return index.with_name(index.name + ".json")


class ImageIndex:
    """An index that `build_index` wrote."""

    def __init__(self, index: ExactIndex, paths: list[str], made_by: IndexedBy) -> None:
        self.index = index
        self.paths = paths
        self.made_by = made_by

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
            paths, made_by = list(about["paths"]), IndexedBy(*(about[f.name] for f in fields(IndexedBy)))
            if not all(isinstance(value, str) for value in (*astuple(made_by), *paths)):
                raise TypeError
        except (OSError, UnicodeDecodeError, KeyError, TypeError, json.JSONDecodeError):
            raise IoError(
                f"index: expected {path} and {_beside(path).name} as assay clip index writes them; make them again"
            ) from None
        index = ExactIndex.open(path)
        if len(index) != len(paths):
            raise IoError(f"index: {path} has {len(index)} rows, {_beside(path).name} {len(paths)} paths")
        return cls(index, paths, made_by)

    def search(self, clip: Clip, *, image: Any = None, text: str | None = None, k: int = 10) -> list[Hit]:
        """The ``k`` images nearest to an image or to a text, best first.

        Raises:
            ValueError: The index was made with another model or precision.
        """
        if (image is None) == (text is None):
            raise ValueError("search: expected an image or a text, and not both")
        made, used = self.made_by, IndexedBy.of(clip)
        if made.fingerprint != used.fingerprint or clip.dim != self.index.dim:
            raise ValueError(
                f"search: this index was made with another model (then {made.model}, now {used.model}), and vectors of "
                "two models say nothing about each other; use that one, or make the index again: assay clip index"
            )
        if made.dtype != used.dtype:
            raise ValueError(
                f"search: this index was made in {made.dtype}, got {used.dtype}; give --dtype {made.dtype}, or make "
                "the index again: assay clip index"
            )
        query = clip.encode_images([image]) if text is None else clip.encode_texts([text])
        scores, ids = self.index.search(query, k=k)
        return [Hit(self.paths[i], float(s)) for s, i in zip(scores[0], ids[0], strict=True)]
