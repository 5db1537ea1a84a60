"""Who did what, when and why: a log that nobody changes unseen.

::

    from assay.data import audit, deid

    log = audit.AuditLog("audit.jsonl", key=deid.DeidKey.from_env("ASSAY_AUDIT_KEY"))
    head = log.record("lake.read", why="monthly quality report", table="lims.silver.lab_results", rows=26426)
    assert log.verify().ok
    print(head)                     # keep it elsewhere: log.verify(anchor=head) proves that nothing was removed

Never a patient's data: names of tables, counts, tokens.
"""

from __future__ import annotations

import getpass
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assay import _core, _native  # noqa: F401 - registers the core's submodules, cleans its errors

__all__ = ["AuditHead", "AuditLog", "AuditReport", "read_anchor"]

AuditHead = _core.data.AuditHead
AuditReport = _core.data.AuditReport


class AuditLog:
    """An append-only log of JSON lines, each with the hash of the line before.

    With a key the hashes are HMACs: whoever lacks it cannot change, add, remove or reorder entries unseen, but for
    putting back an older log with its older head, which an anchor kept elsewhere shows. Without a key it finds
    accidents, not attackers. Processes and threads may share a log.

    Args:
        path: the log; ``<path>.head`` beside it holds the number of entries and the last hash.
        key: of the log alone, kept from those whose acts it records.
        who: who acts; the user of this process where not given.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, key: _core.data.DeidKey | None = None, who: str | None = None
    ) -> None:
        self._log = _core.data.AuditLog(path, key=key)
        self._who = who

    @property
    def path(self) -> Path:
        return Path(self._log.path)

    def __repr__(self) -> str:
        return f"AuditLog('{self.path}')"

    def record(self, what: str, *, why: str, who: str | None = None, **about: object) -> AuditHead:
        """Appends an entry; it is on disk when this returns.

        Args:
            what: the act, ``"vault.read"``.
            why: its purpose.
            about: names, counts and tokens, as text.

        Returns:
            Where the log stands now.

        Raises:
            StateError: the log does not match its head, that is, somebody changed it.
            ValueError: `what` or `why` is empty, or the entry exceeds 64 KiB.
        """
        texts = {name: str(value) for name, value in about.items()}
        return self._log.append(who or self._who or getpass.getuser(), what, why, texts)

    def verify(self, anchor: AuditHead | None = None) -> AuditReport:
        """Reads the whole log: every byte, every link, its end.

        Args:
            anchor: a head of this log that was kept elsewhere.
        """
        return self._log.verify(anchor)

    def entries(self) -> Iterator[dict[str, Any]]:
        """The entries as they stand, unchecked, first to last; a line that is none ends them."""
        with self.path.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                try:
                    entry = json.loads(line)
                except json.JSONDecodeError:
                    return
                if not isinstance(entry, dict):
                    return
                yield entry


def read_anchor(text: str) -> AuditHead:
    """``"17:9f86…"`` as ``str(head)`` writes it. Raises ValueError for another text."""
    match = re.fullmatch(r"([0-9]{1,18}):([0-9a-f]{64})", text.strip())
    if match is None:
        from assay import ValueError

        raise ValueError("anchor: expected the number of entries, ':' and 64 hexadecimal digits")
    return AuditHead(int(match[1]), match[2])
