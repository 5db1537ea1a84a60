"""Images from files: PNG, JPEG and DICOM, told apart by their content."""

from __future__ import annotations

import importlib
import importlib.util
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from assay import _native
from assay._core.data import Image, decode_image, image_format
from assay.errors import Error, IoError, StateError, ValueError

if TYPE_CHECKING:
    from collections.abc import Callable
    from os import PathLike
    from types import ModuleType

    from assay._dicom import DicomPixels

__all__ = ["Image", "read_dicom", "read_image"]

MOST_PIXELS = 178_956_970
"""Width times height times frames; the limit at which Pillow refuses an image."""

T = TypeVar("T")


@cache
def _dicom() -> ModuleType:
    """The module ``assay._dicom``, which needs DCMTK's shared libraries."""
    if importlib.util.find_spec("assay._dicom") is None:
        raise StateError(
            "this build of Assay is without DICOM, because DCMTK was not there when it was built; on Debian and "
            "Ubuntu: apt install libdcmtk-dev, then build Assay again from its source"
        )
    try:
        return _native.clean(importlib.import_module("assay._dicom"))
    except ImportError as error:
        raise StateError(
            f"DICOM needs the shared libraries of DCMTK that Assay was built with ({error}); on Debian 12: apt "
            "install libdcmtk17; elsewhere install DCMTK with its headers, then build Assay again from its source"
        ) from None


def _on_bytes(source: str | PathLike[str] | bytes, read: Callable[[bytes], T]) -> T:
    """Calls ``read`` with the content; errors of a file name its path."""
    if isinstance(source, bytes):
        return read(source)
    path = Path(source)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise IoError(f"{path}: cannot be read: {error.strerror}") from None
    try:
        return read(content)
    except Error as error:
        raise type(error)(f"{path}: {error}") from None


def read_image(
    source: str | PathLike[str] | bytes,
    *,
    frame: int = 0,
    window: tuple[float, float] | None = None,
    most_pixels: int = MOST_PIXELS,
) -> Image:
    """An image from a file or its bytes: PNG, JPEG or DICOM.

    PNG and JPEG give the pixels of Pillow's ``Image.open``: 16-bit grey stays 16-bit (mode I;16), other 16-bit
    samples keep their high byte, grey with alpha becomes RGBA, a palette RGB. EXIF orientation, gamma and
    colour profiles are not applied.

    DICOM gives what a reader sees: RGB, or 8-bit grey after rescale and window, MONOCHROME1 turned over.

    Args:
        source: A path, or the content.
        frame: Which frame of a DICOM file.
        window: (center, width) for a DICOM file; by default its own first one, else the frame's whole range.
        most_pixels: Width times height times frames, checked before memory is taken.

    Raises:
        IoError: The file cannot be read, is damaged or cut off.
        ValueError: Another format, too many pixels, an animated, CMYK or 1-bit image, a frame that is not there.
        StateError: DICOM without DCMTK; the text says what to install.
    """

    def read(content: bytes) -> Image:
        if image_format(content) == "dicom":
            pixels = _dicom().read(content, most_pixels=most_pixels)
            return Image(pixels.show(frame=frame, window=window))
        if frame != 0:
            raise ValueError(f"read_image: expected frame 0 of a PNG or JPEG, got {frame}")
        return decode_image(content, most_pixels=most_pixels)

    return _on_bytes(source, read)


def read_dicom(source: str | PathLike[str] | bytes, *, most_pixels: int = MOST_PIXELS) -> DicomPixels:
    """The stored values of all frames of a DICOM file, as pydicom's ``pixel_array``, with rescale and windows.

    Raises:
        IoError: The file cannot be read, is damaged, cut off or holds no image.
        ValueError: Too many pixels, or a kind or a transfer syntax that is not decoded here.
        StateError: DCMTK is missing; the text says what to install.
    """

    def read(content: bytes) -> DicomPixels:
        pixels: DicomPixels = _dicom().read(content, most_pixels=most_pixels)
        return pixels

    return _on_bytes(source, read)
