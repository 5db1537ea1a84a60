"""A process that kills itself at a planned call, as a loss of power would."""

from __future__ import annotations

import importlib
import os
import signal
from typing import Any


def kill_at(place: str, when: str, call: int = 1) -> None:
    """Lets `module:name` or `module:Class.name` run as ever, but for one call: there the process dies.

    Args:
        when: ``before`` or ``after`` the call.
    """
    module_name, name = place.split(":")
    owner: Any = importlib.import_module(module_name)
    *classes, name = name.split(".")
    for one in classes:
        owner = getattr(owner, one)
    original, calls = getattr(owner, name), 0

    def killing(*args: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == call and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(*args, **options)
        if calls == call and when == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, killing)
