"""The audit log of a server: each access, written by a thread so that no answer waits for the disk."""

from __future__ import annotations

import atexit
import queue
import threading
import time
from typing import NamedTuple

from assay.data.audit import AuditLog

__all__ = ["Access", "AuditTrail"]

_PACK = 256
"""Accesses in one entry at most: about 40 KiB of the 64 an entry may have."""


class Access(NamedTuple):
    """One request, without what it said."""

    when: float
    request: str
    caller: str
    role: str
    address: str
    method: str
    path: str
    """The route's, never what was asked for where there is none."""
    status: int
    rows: int
    model: str
    milliseconds: float
    left_out: int = 0
    """Accesses of strangers before it that are not written one by one."""

    def text(self) -> str:
        """As it stands in the log."""
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(self.when))
        left_out = f" left_out={self.left_out}" if self.left_out else ""
        return (
            f"{moment}.{int(self.when % 1 * 1000):03d}Z {self.request} {self.caller} {self.role} {self.address} "
            f"{self.method} {self.path} {self.status} rows={self.rows} model={self.model} "
            f"ms={self.milliseconds:.2f}{left_out}"
        )


class AuditTrail:
    """Accesses on their way to the log.

    An entry holds one access where the disk keeps up, and as many as came meanwhile where it does not. `close` writes
    what is left. Whatever the log cannot take stays in memory and is tried again; `problem` says so.

    Args:
        most: accesses that wait at most; then `full` is true and the server refuses requests.
    """

    def __init__(self, log: AuditLog, *, most: int = 100_000) -> None:
        self._log = log
        self._most = most
        self._waiting: queue.SimpleQueue[Access | None] = queue.SimpleQueue()
        self._left: list[Access] = []
        self._closing = threading.Event()
        self._ended = False
        self.written = 0
        self.problem = ""
        self._thread = threading.Thread(target=self._write, name="assay-audit", daemon=True)
        self._thread.start()
        atexit.register(self.close)  # a thread that is still writing when the interpreter ends would abort it

    def add(self, access: Access) -> None:
        """Takes one; costs a microsecond."""
        self._waiting.put(access)

    @property
    def waiting(self) -> int:
        return self._waiting.qsize() + len(self._left)

    @property
    def full(self) -> bool:
        return self.waiting >= self._most

    def close(self, timeout: float = 30.0) -> int:
        """Writes what waits. Returns how many accesses could not be written."""
        atexit.unregister(self.close)
        self._closing.set()
        self._waiting.put(None)
        self._thread.join(timeout)
        return self.waiting

    def _write(self) -> None:
        while self._take():
            pack = self._left[:_PACK]
            try:
                self._record(pack)
            except Exception as error:
                self.problem = f"the audit log cannot be written ({type(error).__name__})"
                if self._closing.wait(1.0):
                    return
                continue
            self.problem = ""
            self.written += len(pack)
            del self._left[: len(pack)]

    def _take(self) -> bool:
        """Moves what waits, up to a full entry; blocks where there is nothing. False at the end."""
        while len(self._left) < _PACK and not self._ended:
            try:
                each = self._waiting.get(block=not self._left)
            except queue.Empty:
                break
            if each is None:
                self._ended = True
            else:
                self._left.append(each)
        return bool(self._left)

    def _record(self, accesses: list[Access]) -> None:
        about = {f"{i:03d}": access.text() for i, access in enumerate(accesses)}
        callers = {access.caller for access in accesses}
        who = callers.pop() if len(callers) == 1 else "several"
        self._log.record(
            "api.access", why="a request to the server", who=who, accesses=len(accesses), **about
        )
