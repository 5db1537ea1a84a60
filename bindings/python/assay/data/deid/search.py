"""Looks for known identifiers in everything under a folder: the proof that none got out.

Meant for tests: plant identifiers in the input, run, search the output. Files are searched as they lie, in UTF-8 and
UTF-16, in both cases and as JSON and URLs escape them; gzip, zip, zstd, Parquet, Arrow and SQLite are opened; names of
files count. Not opened: encrypted files, compressed streams within PDF, pictures.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import os
import sqlite3
import tempfile
import urllib.parse
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Found", "find_identifiers"]

_SHORTEST = 4
_DEEPEST = 4  # archives within archives


@dataclass(frozen=True)
class Found:
    """One identifier in one place; the identifier itself is not repeated."""

    path: Path
    place: str
    """``"content"``, ``"name"``, ``"column 'x'"``, ``"table 't'"``, or a member of an archive."""
    identifier: int
    """Position in what was looked for."""


def find_identifiers(folder: str | os.PathLike[str], identifiers: Iterable[str]) -> list[Found]:
    """Every place under a folder (or in one file) where one of the identifiers stands.

    Args:
        identifiers: at least four characters each: a shorter one is found by chance.

    Returns:
        What was found, by path; empty where nothing was.

    Raises:
        ValueError: an identifier is too short, or none was given.
        IoError: there is no such folder.
    """
    from assay import IoError, ValueError

    wanted = list(identifiers)
    if not wanted or any(len(text.strip()) < _SHORTEST for text in wanted):
        raise ValueError(f"find_identifiers: expected identifiers of at least {_SHORTEST} characters")
    root = Path(folder)
    if not root.exists():
        raise IoError(f"find_identifiers: there is no '{root}'")
    forms = [_forms(text) for text in wanted]
    found: list[Found] = []
    paths = sorted(root.rglob("*")) if root.is_dir() else [root]
    for path in paths:
        name = str(path.relative_to(root)) if path != root else path.name
        found += _hits(path, "name", name.encode("utf-8", "surrogateescape"), forms)
        if path.is_file() and not path.is_symlink():
            for place, content in _contents(path.read_bytes(), "content", 0):
                found += _hits(path, place, content, forms)
    return sorted(set(found), key=lambda hit: (str(hit.path), hit.place, hit.identifier))


def _forms(text: str) -> set[bytes]:
    """What stands in bytes whose ASCII letters are small; other letters keep their case, so both are looked for."""
    text = text.strip()
    forms: set[bytes] = set()
    for own in (text, text.lower(), text.upper()):
        escaped = (own, json.dumps(own)[1:-1], urllib.parse.quote(own), urllib.parse.quote_plus(own))
        forms |= {form.encode() for form in escaped}
        forms |= {own.encode("utf-16-le"), own.encode("utf-16-be"), own.encode("latin-1", "ignore")}
    return {form.lower() for form in forms if len(form) >= _SHORTEST}


def _hits(path: Path, place: str, content: bytes, forms: list[set[bytes]]) -> list[Found]:
    lower = content.lower()
    return [Found(path, place, i) for i, own in enumerate(forms) if any(form in lower for form in own)]


def _contents(content: bytes, place: str, depth: int) -> Iterator[tuple[str, bytes]]:
    """The bytes themselves and all that can be unpacked from them."""
    yield place, content
    if depth >= _DEEPEST:
        return
    for name, unpacked in _unpacked(content):
        inner = name if place == "content" else f"{place}, {name}"
        yield from _contents(unpacked, inner, depth + 1)


def _unpacked(content: bytes) -> Iterator[tuple[str, bytes]]:
    if content.startswith(b"\x1f\x8b"):
        with contextlib.suppress(OSError, EOFError, zlib.error):
            yield "gzip", gzip.decompress(content)
    elif content.startswith(b"PK\x03\x04"):
        with contextlib.suppress(zipfile.BadZipFile), zipfile.ZipFile(io.BytesIO(content)) as archive:
            for number, member in enumerate(archive.infolist()):
                yield f"member {number}", member.filename.encode()
                with contextlib.suppress(RuntimeError, NotImplementedError, zipfile.BadZipFile):
                    yield f"member {number}", archive.read(member)
    elif content.startswith(b"\x28\xb5\x2f\xfd"):
        yield from _zstd(content)
    elif content.startswith(b"PAR1"):
        yield from _columns(content, parquet=True)
    elif content.startswith(b"ARROW1"):
        yield from _columns(content, parquet=False)
    elif content.startswith(b"SQLite format 3\x00"):
        yield from _sqlite(content)


def _zstd(content: bytes) -> Iterator[tuple[str, bytes]]:
    import pyarrow as pa

    with (
        contextlib.suppress(OSError),
        pa.input_stream(pa.BufferReader(content), compression="zstd") as stream,
    ):
        yield "zstd", stream.read()


def _columns(content: bytes, *, parquet: bool) -> Iterator[tuple[str, bytes]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        source = pa.BufferReader(content)
        table = pq.read_table(source) if parquet else pa.ipc.open_file(source).read_all()
    except (pa.ArrowInvalid, OSError):
        return
    yield "metadata", str(table.schema.metadata).encode()
    for name, column in zip(table.column_names, table.columns, strict=True):
        yield f"column '{name}'", "\n".join(map(_text, column.to_pylist())).encode("utf-8", "surrogateescape")


def _text(value: Any) -> str:
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else str(value)


def _sqlite(content: bytes) -> Iterator[tuple[str, bytes]]:
    with tempfile.NamedTemporaryFile(suffix=".db") as copy:
        copy.write(content)
        copy.flush()
        yield from _tables(copy.name)


def _tables(path: str) -> Iterator[tuple[str, bytes]]:
    database = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
    with contextlib.closing(database), contextlib.suppress(sqlite3.DatabaseError):
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in names:
            quoted = name.replace('"', '""')
            rows = database.execute(f'SELECT * FROM "{quoted}"')
            text = "\n".join("\t".join(map(_text, row)) for row in rows)
            yield f"table '{name}'", text.encode("utf-8", "surrogateescape")
