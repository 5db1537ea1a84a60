"""
DICOM by DCMTK; private, use assay.data.
"""

from __future__ import annotations
import numpy
import typing

__all__: list[str] = ["DicomPixels", "read"]

class DicomPixels:
    """
    The stored values of a DICOM image and what is needed to show them.
    """
    def __repr__(self) -> str: ...
    def show(
        self,
        *,
        frame: typing.SupportsInt | typing.SupportsIndex = 0,
        window: tuple[
            typing.SupportsFloat | typing.SupportsIndex, typing.SupportsFloat | typing.SupportsIndex
        ]
        | None = None,
    ) -> numpy.ndarray:
        """
        One frame as 8-bit grey or RGB after rescale and window (center, width); by default the file's first, else the frame's whole range. MONOCHROME1 is turned over.
        """
    @property
    def frames(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def intercept(self) -> float: ...
    @property
    def padding(self) -> int | None:
        """
        stored value outside of the image
        """
    @property
    def photometric(self) -> str: ...
    @property
    def slope(self) -> float:
        """
        of the rescale; 1 where the file has none
        """
    @property
    def values(self) -> numpy.ndarray:
        """
        As pydicom's pixel_array: ([frames,] height, width[, 3]), a read-only view.
        """
    @property
    def width(self) -> int: ...
    @property
    def windows(self) -> list[tuple[float, float, str]]:
        """
        (center, width, function) of the file
        """

def read(
    content: bytes, *, most_pixels: typing.SupportsInt | typing.SupportsIndex = 178956970
) -> DicomPixels:
    """
    The pixels of the bytes of a DICOM file.
    """
