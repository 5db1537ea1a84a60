"""Runs a command for as long as the process that wants it lives. A script on its own: it imports nothing of Assay.

Standard input is a pipe whose other end that process holds. Whatever ends it, a signal, ``kill -9`` or a crash,
closes the pipe; the command and all it started, one process group, are then ended too. Unlike Linux's "parent
death signal" this reaches the children's children, does not mistake the end of a thread for that of its process,
and works on every POSIX system.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading

GRACE = 5.0
"""Seconds between asking the group to end and ending it."""


def main(command: list[str]) -> int:
    if os.getpgrp() != os.getpid():
        os.setsid()  # the group that is ended must be its own
    # Signals for the group are the command's business; this process ends after it. A handler, not SIG_IGN,
    # which the command would inherit.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    orphaned = threading.Event()

    def watch() -> None:
        while os.read(0, 4096):
            pass
        orphaned.set()
        os.killpg(0, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(timeout=GRACE)
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()
    status = child.wait()
    if orphaned.is_set():
        os.killpg(0, signal.SIGKILL)  # what the command left behind, and this process
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
