"""What alerting remembers between two looks at a journal: how far it read, open incidents, what is still to be sent."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from assay import errors

__all__ = ["Incident", "State", "locked"]

_VERSION = 1


@dataclass(frozen=True)
class Incident:
    """Something to be told once. `text` holds concepts, models, counts and bounds, nothing else of what was logged."""

    id: str
    rule: str
    key: str  # concept, run or day; of a user only a hash
    time: int  # ms since 1970, UTC: of what began it
    text: str

    @classmethod
    def begin(cls, rule: str, key: str, time: int, text: str) -> Incident:
        if rule.endswith("by user"):
            key = hashlib.sha256(key.encode()).hexdigest()[:12]
        digest = hashlib.sha256(f"{rule}\n{key}\n{time}".encode()).hexdigest()
        return cls(digest[:16], rule, key, time, text)


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
