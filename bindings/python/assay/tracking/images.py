"""Images as artifacts: one under a name, or one of a series that MLflow's UI shows along its steps."""

from __future__ import annotations

import io
import uuid
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Image

_FORMATS = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".webp": "WEBP",
    ".gif": "GIF",
    ".bmp": "BMP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
}
_SMALL = 256  # pixels of the longer side of the copy that the UI loads first


def named_image(image: Any, artifact_file: str) -> bytes:
    """The image in the format of the name's ending."""
    ending = PurePosixPath(artifact_file).suffix.lower()
    if ending not in _FORMATS:
        raise ValueError(
            f"log_image: expected a name ending in one of {', '.join(_FORMATS)}, got {artifact_file!r}"
        )
    return _encoded(_as_pillow(image), _FORMATS[ending])


def series_files(image: Any, key: str, step: int, timestamp: int) -> list[tuple[str, bytes]]:
    """The picture and a small copy, under the names by which MLflow's UI finds series."""
    picture = _as_pillow(image)
    scale = _SMALL / max(picture.size)
    small = picture.resize((max(1, round(picture.width * scale)), max(1, round(picture.height * scale))))
    name = f"images/{key.replace('/', '~')}+step+{step}+timestamp+{timestamp}+{uuid.uuid4()}"
    return [(f"{name}.png", _encoded(picture, "PNG")), (f"{name}+compressed.webp", _encoded(small, "WEBP"))]


def _encoded(picture: Image, kind: str) -> bytes:
    buffer = io.BytesIO()
    (picture.convert("RGB") if kind == "JPEG" and picture.mode != "L" else picture).save(buffer, kind)
    return buffer.getvalue()


def _as_pillow(image: Any) -> Image:
    try:
        from PIL import Image
    except ImportError:
        raise ImportError("log_image: Pillow was not found; pip install pillow") from None
    if isinstance(image, Image.Image):
        return image
    if hasattr(image, "to_pil"):  # mlflow.Image
        picture: Image.Image = image.to_pil()
        return picture
    return Image.fromarray(_as_bytes(image))


def _as_bytes(image: Any) -> Any:
    """An array of uint8, of two dimensions or of three with 3 or 4 channels."""
    import numpy as np

    pixels = np.asarray(image)
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[:, :, 0]
    if pixels.ndim not in (2, 3) or (pixels.ndim == 3 and pixels.shape[2] not in (3, 4)) or pixels.size == 0:
        raise ValueError(
            f"log_image: expected height × width [× 1, 3 or 4 channels], got the shape {pixels.shape}"
        )
    kind = pixels.dtype.kind
    if kind not in "biuf":
        raise TypeError(f"log_image: expected numbers, got an array of {pixels.dtype}")
    most = 255 if kind in "iu" else 1
    if kind != "b" and not bool(((pixels >= 0) & (pixels <= most)).all()):  # NaN is in no range
        raise ValueError(f"log_image: expected values from 0 to {most} in an array of {pixels.dtype}")
    return pixels.astype(np.uint8) if kind in "iu" else np.round(pixels * 255.0).astype(np.uint8)
