"""Image files whose names must not be told: they may hold a patient's name or id."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from assay.errors import IoError

if TYPE_CHECKING:
    from assay._core.data import Image

__all__ = ["is_image", "read_unnamed"]

_HEAD = 132
"""Bytes: DICOM's mark ends here."""


def is_image(path: Path) -> bool:
    """Whether the file begins as PNG, JPEG or DICOM does, whatever its name.

    Raises:
        OSError: It cannot be read.
    """
    from assay import _native  # noqa: F401 - registers the core's submodules
    from assay._core.data import image_format

    with path.open("rb") as file:
        return image_format(file.read(_HEAD)) != "unknown"


def read_unnamed(path: Path) -> Image:
    """`assay.data.read_image` with errors that do not name the file.

    Raises:
        IoError, ValueError, StateError: as `assay.data.read_image`.
    """
    from assay.data import read_image

    try:
        content = path.read_bytes()
    except OSError as error:
        raise IoError(f"the file cannot be read: {error.strerror}") from None
    image: Image = read_image(content)
    return image
