"""Image files whose names must not be told: they may hold a patient's name or id."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from assay.errors import IoError

if TYPE_CHECKING:
    from assay._core.data import Image

__all__ = ["read_unnamed"]


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
