"""Small PNG files of noise, without an image library."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np

__all__ = ["write_png"]


def write_png(path: Path, seed: int) -> None:
    """50 x 40 pixels of noise, grey."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = np.random.default_rng(seed).integers(0, 256, (40, 51), dtype=np.uint8)
    rows[:, 0] = 0  # the filter of each row; 50 pixels follow
    header = struct.pack(">IIBBBBB", 50, 40, 8, 0, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows.tobytes()))
        + chunk(b"IEND", b"")
    )
