"""What alerting remembers between two looks at a journal: how far it read, open incidents, what is still to be sent."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from assay import errors

__all__ = ["Incident", "Pseudonyms", "State", "locked"]

_VERSION = 2


@dataclass(frozen=True)
class Incident:
    """Something to be told once. `text` holds concepts, models, counts and bounds, nothing else of what was logged."""

    id: str
    rule: str
    key: str  # run, day or model; of a user or concept its pseudonym
    time: int  # ms since 1970, UTC: of what began it
    text: str

    @classmethod
    def begin(cls, rule: str, key: str, time: int, text: str) -> Incident:
        digest = hashlib.sha256(f"{rule}\n{key}\n{time}".encode()).hexdigest()
        return cls(digest[:16], rule, key, time, text)


class Pseudonyms:
    """Stands for users and concepts in what is remembered: HMAC-SHA256 with a key that only the folder's owner reads.

    A hash without a key would be undone by trying names. Without the file, known incidents are taken for new ones.
    """

    def __init__(self, file: Path) -> None:
        try:
            self._key = file.read_bytes()
        except FileNotFoundError:
            self._key = secrets.token_bytes(32)
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(descriptor, "wb") as out:
                out.write(self._key)
                out.flush()
                os.fsync(out.fileno())
        if len(self._key) < 32:  # cut by a power failure
            raise errors.ValueError(f"alerts: {file} is no key of 32 bytes; move it away to begin anew")

    def of(self, text: str) -> str:
        """16 hexadecimal digits, the same for the same text; nothing for nothing."""
        return text and hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()[:16]


@dataclass
class State:
    """Kept as one small JSON file, replaced whole."""

    positions: dict[str, int] = field(
        default_factory=dict
    )  # of each segment, the last record that was looked at
    rules: dict[str, dict[str, Any]] = field(default_factory=dict)  # by the rule's name
    costs: dict[str, str] = field(default_factory=dict)  # the newest sum of each tag
    pending: list[dict[str, Any]] = field(default_factory=list)  # incident, channel, tries

    @classmethod
    def load(cls, file: Path) -> State:
        """The state of a file; an empty one where there is none.

        Raises
        ------
        assay.ValueError
            The file is none of this version's.
        """
        try:
            content = json.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return cls()
        except json.JSONDecodeError:
            content = {}
        if not isinstance(content, dict) or content.pop("version", None) != _VERSION:
            raise errors.ValueError(f"alerts: {file} is no state of this version; move it away to begin anew")
        return cls(**content)

    def save(self, file: Path) -> None:
        """Replace the file; a power cut leaves the old or the new one."""
        text = json.dumps({"version": _VERSION, **asdict(self)}, ensure_ascii=False)
        draft = file.with_suffix(".new")
        with draft.open("w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(file)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One process at a time looks at a journal for alerts.

    Raises
    ------
    assay.StateError
        Another one does.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise errors.StateError(f"alerts: another process is checking {folder}") from None
        yield
