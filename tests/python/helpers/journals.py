"""A journal's records by the standard library alone: an independent reading of docs/adr/0005-journal.md."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

KINDS = {1: "create_run", 2: "metric", 3: "param", 4: "tag", 5: "artifact", 6: "end_run"}
HEADER, FRAME = 48, struct.Struct("<4sIIB3xQq")


def records_of(journal: Path) -> list[tuple[str, dict[str, Any]]]:
    """Kind and content of every record, segment by segment. For journals without damage."""
    segments = sorted((journal / "segments").glob("*.journal"))
    return [record for segment in segments for record in _frames(segment.read_bytes())]


def _frames(content: bytes) -> Iterator[tuple[str, dict[str, Any]]]:
    at = HEADER
    while at + FRAME.size <= len(content):
        mark, _, length, kind, _, _ = FRAME.unpack_from(content, at)
        if mark != b"\xfaAJ\xf5":
            return
        at += FRAME.size
        if kind in KINDS:
            yield KINDS[kind], json.loads(content[at : at + length])
        at += length
