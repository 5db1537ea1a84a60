"""Ports of this machine: a free one, whether one is taken, and by whom."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

__all__ = ["free_port", "is_held_by", "is_taken"]

_LISTENING = "0A"


def free_port() -> int:
    """A port on loopback that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_taken(port: int) -> bool:
    """Whether something accepts connections on this port of loopback."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except OSError:
        return False
    return True


def is_held_by(port: int, session: int) -> bool | None:
    """Whether a process of this session listens on the port; None where the system does not tell, or nobody does.

    Linux tells.
    """
    sockets = _listening(port)
    if not sockets:
        return None  # some sandboxes show an empty table
    return any(not sockets.isdisjoint(_open_files(process)) for process in _processes(session))


def _listening(port: int) -> set[str]:
    """The sockets that listen on a port, as /proc names open files; none where the system does not tell."""
    found: set[str] = set()
    tables = [table for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")) if table.exists()]
    for table in tables:
        for line in table.read_text(encoding="ascii").splitlines()[1:]:
            fields = line.split()
            if fields[3] == _LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                found.add(f"socket:[{fields[9]}]")
    return found


def _processes(session: int) -> Iterator[Path]:
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):  # it ended meanwhile
            if entry.name.isdigit() and os.getsid(int(entry.name)) == session:
                yield entry


def _open_files(process: Path) -> set[str]:
    files: set[str] = set()
    with contextlib.suppress(OSError):
        for link in (process / "fd").iterdir():
            with contextlib.suppress(OSError):
                files.add(os.readlink(link))
    return files
