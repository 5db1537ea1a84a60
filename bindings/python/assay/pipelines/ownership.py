"""Which input the stored tables were made from, so that one patient's tables never stand for another's.

Every commit of a run records the input under ``assay.input``: its format, the SHA-256 of its resolved path, and
one SHA-256 over the names and contents of the files that are read. Contents are hashed in full, not sizes and
times: a copy elsewhere is the same input, and no change goes unseen. That costs one more pass over the files.

A run replaces tables of the same input only: the same content, or the same folder whatever it now holds. Steps
that are not repeated need tables of this very content.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from assay.data.lake import Lake

__all__ = ["INPUT_KEY", "InputIdentity", "expect_own_tables", "identity_of"]

INPUT_KEY = "assay.input"


@dataclass(frozen=True)
class InputIdentity:
    """What tells one input from another; holds no name and no value of it."""

    format: str
    location: str
    content: str

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    def has_made(self, stored: InputIdentity) -> bool:
        """Whether tables of `stored` are of this format and content."""
        return (self.format, self.content) == (stored.format, stored.content)

    def may_replace(self, stored: InputIdentity) -> bool:
        """Whether `stored` is this input, or what the same folder held before."""
        return self.has_made(stored) or (self.format, self.location) == (stored.format, stored.location)


def identity_of(format: str, source: Path, files: Mapping[str, Path]) -> InputIdentity:
    """The identity of an input that is these files, by name.   Cost: reads them once.

    Raises:
        IoError: a file cannot be read.
    """
    contents = hashlib.sha256()
    for name, path in sorted(files.items()):
        contents.update(f"{name}\0{path.suffix}\0".encode())
        contents.update(_digest(path))
    location = hashlib.sha256(bytes(source.resolve())).hexdigest()
    return InputIdentity(format, location, contents.hexdigest())


def expect_own_tables(
    lake: Lake, identity: InputIdentity, *, reused: Sequence[str], written: Sequence[str], replace: bool
) -> list[str]:
    """Checks whose tables stand in the lake before one is read or replaced.

    Args:
        reused: tables that the run takes as they are.
        written: tables that it makes anew.
        replace: tables of another input may be replaced.

    Returns:
        The tables of another input that the run is to replace.

    Raises:
        IoError: a table to reuse is not there.
        ValueError: naming the table and what to do.
    """
    from assay import IoError, ValueError

    missing = [name for name in reused if not lake.exists(name)]
    if missing:
        raise IoError(
            f"read {', '.join(missing)}: catalog {lake.catalog} of {lake.root} holds no such table; "
            "run without --from first"
        )
    for name in reused:
        stored = _stored(lake.properties(name))
        if stored is None or not identity.has_made(stored):
            raise ValueError(
                f"from: {lake.name(name)} (lake {lake.root}) {_why_not_reused(identity, stored)}"
            )
    others = []
    for name in filter(lake.exists, written):
        stored = _stored(lake.properties(name))
        if stored is not None and identity.may_replace(stored):
            continue
        others.append(name)
        if not replace:
            made = "was made from another input" if stored else "does not say which input it was made from"
            raise ValueError(
                f"write {lake.name(name)}: the table in {lake.root} {made}; choose another --out "
                "(and --lake, where one is given), or give --replace to put this input's tables in its place"
            )
    return others


def _why_not_reused(identity: InputIdentity, stored: InputIdentity | None) -> str:
    if stored is None:
        return "does not say which input it was made from; run without --from"
    if identity.may_replace(stored):
        return "was made before the files of INPUT changed; run without --from"
    return "was made from another input than INPUT; give the --lake of INPUT's tables, or run without --from"


def _stored(properties: Mapping[str, str]) -> InputIdentity | None:
    try:
        return InputIdentity(**json.loads(properties[INPUT_KEY]))
    except (KeyError, TypeError, json.JSONDecodeError):
        return None


def _digest(path: Path) -> bytes:
    from assay import IoError

    digest = hashlib.sha256()
    try:
        with path.open("rb", buffering=0) as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise IoError(f"read {path}: {error.strerror}") from error
    return digest.digest()
